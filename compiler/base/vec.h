/* vec.h - growing arrays in an arena:  VEC(struct node *) nodes = {0};  vec_push(arena, &nodes, node);
 *
 * Items are reached as nodes.items[i], 0 <= i < nodes.count. Growing moves the items: keep no pointer to one.
 */
#ifndef SENC_BASE_VEC_H
#define SENC_BASE_VEC_H

#include "arena.h"

#define VEC(type)                                                                                            \
    struct {                                                                                                 \
        type *items;                                                                                         \
        size_t count, capacity;                                                                              \
    }

#define vec_push(arena, vec, item)                                                                           \
    ((void)((vec)->count < (vec)->capacity ||                                                                \
            ((vec)->items = vec_grow((arena), (vec)->items, (vec)->count, &(vec)->capacity,                  \
                                     sizeof *(vec)->items))),                                                \
     (void)((vec)->items[(vec)->count++] = (item)))

/* The items moved to twice the capacity (at least 8). */
void *vec_grow(struct arena *arena, const void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
