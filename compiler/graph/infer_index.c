/* infer_index.c - shapes of what works along chosen axes: rearrange, take, resample, reduce, argmax. */
#include "infer.h"

static bool need_axis(struct infer *infer, const struct node *node, int axis) {
    struct shape x = node->inputs[0]->shape;
    if (axis >= 0 && axis < x.rank) return true;
    return infer_problem(infer, "axis %d is not one of the axes of %s", axis, infer_shape_text(infer, x));
}

/* The product of the extents that the input is seen with; -1 if there is one below 1, or it is too large. */
static int64_t count_seen(const struct node *node) {
    int64_t count = 1;
    for (int i = 0; i < node->as.rearrange.rank; i++) {
        int64_t extent = node->as.rearrange.dims[i];
        if (extent < 1 || extent > SHAPE_MAX_ELEMENTS / count) return -1;
        count *= extent;
    }
    return count;
}

static bool is_permutation(const int *axes, int rank) {
    unsigned seen = 0;
    for (int i = 0; i < rank; i++) {
        if (axes[i] < 0 || axes[i] >= rank) return false;
        seen |= 1u << axes[i];
    }
    return seen == (1u << rank) - 1;
}

bool infer_REARRANGE(struct infer *infer, struct node *node) {
    struct shape x = node->inputs[0]->shape;
    int rank = node->as.rearrange.rank;
    if (rank < 1 || rank > REARRANGE_MAX_RANK)
        return infer_problem(infer, "rearrange sees 1 to %d axes, not %d", REARRANGE_MAX_RANK, rank);
    if (!is_permutation(node->as.rearrange.axes, rank))
        return infer_problem(infer, "the axes of rearrange do not name each of %d axes once", rank);
    int64_t count = shape_element_count(x), seen = count_seen(node),
            result = shape_element_count(node->shape);
    if (seen != count)
        return infer_problem(infer, "%s (%lld elements) cannot be seen with the extents given",
                             infer_shape_text(infer, x), (long long)count);
    if (result == count || result < 0)
        return true; /* what is wrong with the result itself, graph_infer says */
    return infer_problem(infer, "cannot see %s (%lld elements) as %s (%lld elements)",
                         infer_shape_text(infer, x), (long long)count, infer_shape_text(infer, node->shape),
                         (long long)result);
}

/* Each of the indices lies within least .. extent - 1. */
static bool check_indices(struct infer *infer, const int64_t *indices, int64_t count, int64_t least,
                          int64_t extent) {
    for (int64_t i = 0; i < count; i++)
        if (indices[i] < least || indices[i] >= extent)
            return infer_problem(infer, "index %lld is not one of the %lld of the axis",
                                 (long long)indices[i], (long long)extent);
    return true;
}

static bool check_count(struct infer *infer, const struct node *node, const char *what, int64_t count) {
    if (count >= 1 && count <= SHAPE_MAX_ELEMENTS) return true;
    return infer_problem(infer, "%s of %s: %lld is not between 1 and %lld", what, op_name(node->op),
                         (long long)count, (long long)SHAPE_MAX_ELEMENTS);
}

bool infer_TAKE(struct infer *infer, struct node *node) {
    int axis = node->as.take.axis;
    int64_t count = node->as.take.count;
    if (!need_axis(infer, node, axis) || !check_count(infer, node, "indices", count)) return false;
    struct shape result = node->inputs[0]->shape;
    if (!check_indices(infer, node->as.take.indices, count, -1, result.dims[axis])) return false;
    result.dims[axis] = count;
    node->shape = result;
    return true;
}

bool infer_RESAMPLE(struct infer *infer, struct node *node) {
    int axis = node->as.resample.axis;
    int64_t count = node->as.resample.count, taps = node->as.resample.taps;
    if (!need_axis(infer, node, axis) || !check_count(infer, node, "results", count) ||
        !check_count(infer, node, "taps", taps) || !check_count(infer, node, "indices", count * taps))
        return false;
    struct shape result = node->inputs[0]->shape;
    if (!check_indices(infer, node->as.resample.indices, count * taps, 0, result.dims[axis])) return false;
    result.dims[axis] = count;
    node->shape = result;
    return true;
}

bool infer_REDUCE(struct infer *infer, struct node *node) {
    struct shape result = node->inputs[0]->shape;
    unsigned axes = node->as.reduce.axes;
    if (!axes) return infer_problem(infer, "reduce works over one axis at least");
    if (axes >> result.rank)
        return infer_problem(infer, "reduce works over an axis that %s does not have",
                             infer_shape_text(infer, result));
    for (int axis = 0; axis < result.rank; axis++)
        if (axes >> axis & 1) result.dims[axis] = 1;
    node->shape = result;
    return true;
}

bool infer_ARGMAX(struct infer *infer, struct node *node) {
    int64_t most = (int64_t)1 << 24; /* whole numbers beyond are no float32 */
    if (!need_axis(infer, node, node->as.argmax.axis)) return false;
    struct shape result = node->inputs[0]->shape;
    if (result.dims[node->as.argmax.axis] > most)
        return infer_problem(infer, "argmax along axis %d of %s: more than %lld places do not fit a float32",
                             node->as.argmax.axis, infer_shape_text(infer, result), (long long)most);
    result.dims[node->as.argmax.axis] = 1;
    node->shape = result;
    return true;
}
