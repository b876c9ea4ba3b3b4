/* infer_move.c - shapes of what only moves numbers: concat, reshape, slice, channel_shuffle, upsample, pad. */
#include "infer.h"

bool infer_CONCAT(struct infer *infer, struct node *node) {
    struct shape result = node->inputs[0]->shape;
    int axis = node->as.concat.axis;
    if (axis < 0 || axis >= result.rank)
        return infer_problem(infer, "axis %d is not one of the axes of %s", axis, infer_shape_text(infer, result));
    for (int i = 1; i < node->input_count; i++) {
        struct shape shape = node->inputs[i]->shape, same = shape;
        if (same.rank == result.rank) same.dims[axis] = result.dims[axis];
        if (!shape_equal(same, result))
            return infer_problem(infer, "cannot join %s and %s along axis %d: the other axes differ",
                                 infer_shape_text(infer, node->inputs[0]->shape), infer_shape_text(infer, shape),
                                 axis);
        result.dims[axis] += shape.dims[axis]; /* at most 1024 times 2^30 */
    }
    node->shape = result;
    return true;
}

bool infer_RESHAPE(struct infer *infer, struct node *node) {
    struct shape x = node->inputs[0]->shape;
    int64_t from = shape_element_count(x), to = shape_element_count(node->shape);
    if (from == to || to < 0) return true; /* what is wrong with `to` itself, graph_infer says */
    return infer_problem(infer, "cannot see %s (%lld elements) as %s (%lld elements)", infer_shape_text(infer, x),
                         (long long)from, infer_shape_text(infer, node->shape), (long long)to);
}

bool infer_SLICE(struct infer *infer, struct node *node) {
    struct shape x = node->inputs[0]->shape;
    if (node->shape.rank != x.rank)
        return infer_problem(infer, "a slice of %s has %d axes, not %d", infer_shape_text(infer, x), x.rank,
                             node->shape.rank);
    for (int i = 0; i < x.rank; i++) {
        int64_t begin = node->as.slice.begin[i], extent = node->shape.dims[i];
        if (begin < 0 || begin > x.dims[i] || extent < 1 || extent > x.dims[i] - begin)
            return infer_problem(infer, "a slice of %lld from %lld on along axis %d does not lie within %s",
                                 (long long)extent, (long long)begin, i, infer_shape_text(infer, x));
    }
    return true;
}

bool infer_CHANNEL_SHUFFLE(struct infer *infer, struct node *node) {
    if (!infer_channelwise(infer, node)) return false;
    int64_t groups = node->as.shuffle.groups;
    if (groups >= 1 && node->shape.dims[0] % groups == 0) return true;
    return infer_problem(infer, "%lld groups do not divide the %lld channels", (long long)groups,
                         (long long)node->shape.dims[0]);
}

bool infer_UPSAMPLE(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node)) return false;
    struct shape result = node->inputs[0]->shape;
    for (int axis = 0; axis < 2; axis++) {
        int64_t scale = node->as.upsample.scale[axis];
        if (scale < 1 || scale > SHAPE_MAX_ELEMENTS)
            return infer_problem(infer, "scale %lld is not between 1 and %lld", (long long)scale,
                                 (long long)SHAPE_MAX_ELEMENTS);
        result.dims[axis + 1] *= scale;
    }
    node->shape = result;
    return true;
}

bool infer_PAD(struct infer *infer, struct node *node) {
    if (!infer_need_map(infer, node)) return false;
    const int64_t *pad = node->as.pad.pad;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (pad[edge] < 0 || pad[edge] > SHAPE_MAX_ELEMENTS)
            return infer_problem(infer, "pad %lld is not between 0 and %lld", (long long)pad[edge],
                                 (long long)SHAPE_MAX_ELEMENTS);
    struct shape result = node->inputs[0]->shape;
    result.dims[1] += pad[EDGE_TOP] + pad[EDGE_BOTTOM];
    result.dims[2] += pad[EDGE_LEFT] + pad[EDGE_RIGHT];
    node->shape = result;
    return true;
}
