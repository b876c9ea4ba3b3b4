/* shape.c - extents compared, multiplied, broadcast and written out. */
#include "shape.h"

#include "../base/text.h"

bool shape_equal(struct shape a, struct shape b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dims[i] != b.dims[i]) return false;
    return true;
}

int64_t shape_element_count(struct shape shape) {
    int64_t count = 1;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dims[i] < 1 || shape.dims[i] > SHAPE_MAX_ELEMENTS / count) return -1;
        count *= shape.dims[i];
    }
    return count;
}

static bool is_single(struct shape shape) {
    for (int i = 0; i < shape.rank; i++)
        if (shape.dims[i] != 1) return false;
    return true;
}

static bool is_vector_beside_map(struct shape vector, struct shape map) {
    return vector.rank == 1 && map.rank == 3;
}

static bool broadcast_equal_ranks(struct shape a, struct shape b, struct shape *out_shape) {
    struct shape result = {.rank = a.rank};
    for (int i = 0; i < a.rank; i++) {
        if (a.dims[i] != b.dims[i] && a.dims[i] != 1 && b.dims[i] != 1) return false;
        result.dims[i] = a.dims[i] == 1 ? b.dims[i] : a.dims[i];
    }
    *out_shape = result;
    return true;
}

bool shape_broadcast(struct shape a, struct shape b, struct shape *out_shape) {
    if (is_vector_beside_map(a, b)) a = (struct shape){.rank = 3, .dims = {a.dims[0], 1, 1}};
    if (is_vector_beside_map(b, a)) b = (struct shape){.rank = 3, .dims = {b.dims[0], 1, 1}};
    if (a.rank == b.rank) return broadcast_equal_ranks(a, b, out_shape);
    struct shape longer = a.rank > b.rank ? a : b, shorter = a.rank > b.rank ? b : a;
    if (!is_single(shorter)) return false;
    *out_shape = longer;
    return true;
}

const char *extents_text(struct arena *arena, const int64_t *extents, int rank) {
    struct text text = text_create(arena);
    text_add(&text, "[");
    for (int i = 0; i < rank; i++) text_format(&text, "%s%lld", i ? ", " : "", (long long)extents[i]);
    text_add(&text, "]");
    return text.bytes;
}

const char *shape_text(struct arena *arena, struct shape shape) {
    return extents_text(arena, shape.dims, shape.rank);
}

struct map_shape shape_as_map(struct shape shape) {
    const int64_t *d = shape.dims;
    switch (shape.rank) {
    case 0: return (struct map_shape){1, 1, 1};
    case 1: return (struct map_shape){d[0], 1, 1};
    case 2: return (struct map_shape){d[0], 1, d[1]};
    case 3: return (struct map_shape){d[0], d[1], d[2]};
    default: return (struct map_shape){d[0], d[1] * d[2], d[3]};
    }
}
