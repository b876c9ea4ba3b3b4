/* vec.c - the growing behind vec_push. */
#include "vec.h"

#include <string.h>

void *vec_grow(struct arena *arena, const void *items, size_t count, size_t *capacity, size_t item_bytes) {
    *capacity = *capacity ? 2 * *capacity : 8;
    void *grown = arena_alloc_array(arena, *capacity, item_bytes);
    if (count) memcpy(grown, items, count * item_bytes);
    return grown;
}
