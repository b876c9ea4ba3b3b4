/* dims.c - the extents of ONNX tensors. */
#include "importer.h"

int64_t dims_product(const struct dims *dims, int begin, int end) {
    int64_t count = 1;
    for (int i = begin; i < end; i++) count *= dims->d[i];
    return count;
}

/* An extent of 0 does not excuse the others: no product of some of them may leave the limit either. */
int64_t dims_count(struct dims dims) {
    int64_t count = 1;
    bool is_empty = false;
    for (int i = 0; i < dims.rank; i++) {
        int64_t extent = dims.d[i];
        if (extent == 0) {
            is_empty = true;
            extent = 1;
        }
        if (extent < 0 || extent > SHAPE_MAX_ELEMENTS / count) return -1;
        count *= extent;
    }
    return is_empty ? 0 : count;
}

bool dims_equal(struct dims a, struct dims b) {
    if (a.rank != b.rank) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.d[i] != b.d[i]) return false;
    return true;
}

const char *dims_text(struct arena *arena, struct dims dims) {
    return extents_text(arena, dims.d, dims.rank);
}

struct dims dims_of_shape(struct shape shape) {
    struct dims dims = {.rank = shape.rank};
    for (int i = 0; i < shape.rank; i++) dims.d[i] = shape.dims[i];
    return dims;
}

struct dims dims_pad_front(struct dims dims, int rank) {
    struct dims padded = {.rank = rank};
    int more = rank - dims.rank;
    for (int i = 0; i < rank; i++) padded.d[i] = i < more ? 1 : dims.d[i - more];
    return padded;
}

struct dims dims_drop_front(struct dims dims) {
    struct dims rest = {.rank = dims.rank - 1};
    for (int i = 0; i < rest.rank; i++) rest.d[i] = dims.d[i + 1];
    return rest;
}

bool dims_broadcast(struct dims a, struct dims b, struct dims *out_dims) {
    int rank = a.rank > b.rank ? a.rank : b.rank;
    a = dims_pad_front(a, rank);
    b = dims_pad_front(b, rank);
    struct dims result = {.rank = rank};
    for (int i = 0; i < rank; i++) {
        if (a.d[i] != b.d[i] && a.d[i] != 1 && b.d[i] != 1) return false;
        result.d[i] = a.d[i] == 1 ? b.d[i] : a.d[i];
    }
    *out_dims = result;
    return true;
}
