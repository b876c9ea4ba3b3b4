/* onnx_move.c - what moves numbers about or sums them along axes, as operators of ONNX; axis i of ours is i + 1 there. */
#include "onnx.h"

#include "../base/fatal.h"

#include <string.h>

/* Any rank: 0 in front keeps the batch. */
static const char *reshape(struct onnx *onnx, const char *x, const int64_t *dims, int rank) {
    int64_t target[REARRANGE_MAX_RANK + 1] = {0};
    for (int i = 0; i < rank; i++) target[i + 1] = dims[i];
    return onnx_add_node(onnx, "Reshape", x, onnx_add_integers(onnx, "shape", target, rank + 1), NULL)->output[0];
}

const char *onnx_write_reshape(struct onnx *onnx, const char *x, struct shape shape) {
    return reshape(onnx, x, shape.dims, shape.rank);
}

static const char *permute(struct onnx *onnx, const char *x, const int *axes, int rank) {
    int64_t permutation[REARRANGE_MAX_RANK + 1] = {0};
    for (int i = 0; i < rank; i++) permutation[i + 1] = axes[i] + 1;
    Onnx__NodeProto *node = onnx_add_node(onnx, "Transpose", x, NULL);
    onnx_set_integers(onnx, node, "perm", permutation, rank + 1);
    return node->output[0];
}

static const char *write_slice(struct onnx *onnx, const struct node *node, const char *x) {
    int64_t begins[SHAPE_MAX_RANK], ends[SHAPE_MAX_RANK], axes[SHAPE_MAX_RANK];
    for (int i = 0; i < node->shape.rank; i++) {
        begins[i] = node->as.slice.begin[i];
        ends[i] = begins[i] + node->shape.dims[i];
        axes[i] = i + 1;
    }
    int rank = node->shape.rank;
    return onnx_add_node(onnx, "Slice", x, onnx_add_integers(onnx, "begins", begins, rank),
                         onnx_add_integers(onnx, "ends", ends, rank), onnx_add_integers(onnx, "axes", axes, rank), NULL)
        ->output[0];
}

static const char *write_shuffle(struct onnx *onnx, const struct node *node, const char *x) {
    const int64_t *dims = node->shape.dims, groups = node->as.shuffle.groups;
    const int64_t seen[4] = {groups, dims[0] / groups, node->shape.rank > 1 ? dims[1] : 1, node->shape.rank > 2 ? dims[2] : 1};
    static const int axes[4] = {1, 0, 2, 3};
    return onnx_write_reshape(onnx, permute(onnx, reshape(onnx, x, seen, 4), axes, 4), node->shape);
}

static const char *write_rearrange(struct onnx *onnx, const struct node *node, const char *x) {
    int rank = node->as.rearrange.rank;
    const char *seen = reshape(onnx, x, node->as.rearrange.dims, rank);
    return onnx_write_reshape(onnx, permute(onnx, seen, node->as.rearrange.axes, rank), node->shape);
}

static const char *write_upsample(struct onnx *onnx, const struct node *node, const char *x) {
    float *scales = ARENA_NEW_ARRAY(onnx->arena, float, 4);
    for (int i = 0; i < 4; i++) scales[i] = i < 2 ? 1 : (float)node->as.upsample.scale[i - 2];
    const char *name = onnx_add_floats(onnx, arena_format(onnx->arena, "%s/scales", onnx->label),
                                       (struct shape){.rank = 1, .dims = {4}}, scales);
    bool is_linear = node->as.upsample.mode == UPSAMPLE_BILINEAR;
    Onnx__NodeProto *resize = onnx_add_node(onnx, "Resize", x, "", name, NULL);
    onnx_set_string(onnx, resize, "mode", is_linear ? "linear" : "nearest");
    onnx_set_string(onnx, resize, "coordinate_transformation_mode", is_linear ? "half_pixel" : "asymmetric");
    if (!is_linear) onnx_set_string(onnx, resize, "nearest_mode", "floor");
    return resize->output[0];
}

static const char *write_pad(struct onnx *onnx, const struct node *node, const char *x) {
    const int64_t *pad = node->as.pad.pad;
    const int64_t pads[8] = {0, 0, pad[EDGE_TOP], pad[EDGE_LEFT], 0, 0, pad[EDGE_BOTTOM], pad[EDGE_RIGHT]};
    const char *value = onnx_add_number(onnx, node->as.pad.value);
    return onnx_add_node(onnx, "Pad", x, onnx_add_integers(onnx, "pads", pads, 8), value, NULL)->output[0];
}

/* Gather. An index of -1 finds the fill, which is put behind the last number of the axis. */
static const char *write_take(struct onnx *onnx, const struct node *node, const char *x) {
    int axis = node->as.take.axis, rank = node->shape.rank + 1;
    int64_t count = node->as.take.count, extent = node->inputs[0]->shape.dims[axis];
    int64_t *indices = ARENA_NEW_ARRAY(onnx->arena, int64_t, (size_t)count), pads[2 * (SHAPE_MAX_RANK + 1)] = {0};
    for (int64_t i = 0; i < count; i++) {
        indices[i] = node->as.take.indices[i] < 0 ? extent : node->as.take.indices[i];
        if (indices[i] == extent) pads[rank + axis + 1] = 1;
    }
    if (pads[rank + axis + 1]) {
        const char *fill = onnx_add_number(onnx, node->as.take.fill);
        x = onnx_add_node(onnx, "Pad", x, onnx_add_integers(onnx, "pads", pads, 2 * rank), fill, NULL)->output[0];
    }
    const char *places = onnx_add_integers(onnx, "indices", indices, (int)count);
    Onnx__NodeProto *gather = onnx_add_node(onnx, "Gather", x, places, NULL);
    onnx_set_integer(onnx, gather, "axis", axis + 1);
    return gather->output[0];
}

/* A product with a matrix [in, out], with the axis moved to the end and back. */
static const char *write_resample(struct onnx *onnx, const struct node *node, const char *x) {
    int axis = node->as.resample.axis, rank = node->shape.rank, axes[SHAPE_MAX_RANK] = {0, 1, 2, 3};
    int64_t in = node->inputs[0]->shape.dims[axis], out = node->as.resample.count, taps = node->as.resample.taps;
    float *matrix = ARENA_NEW_ARRAY(onnx->arena, float, (size_t)in * (size_t)out);
    for (int64_t i = 0; i < out * taps; i++)
        matrix[node->as.resample.indices[i] * out + i / taps] += node->as.resample.weights[i];
    const char *weights = onnx_add_floats(onnx, arena_format(onnx->arena, "%s/matrix", onnx->label),
                                          (struct shape){.rank = 2, .dims = {in, out}}, matrix);
    bool is_last = axis == rank - 1;
    axes[axis] = rank - 1; /* the two axes change places */
    axes[rank - 1] = axis;
    if (!is_last) x = permute(onnx, x, axes, rank);
    x = onnx_add_node(onnx, "MatMul", x, weights, NULL)->output[0];
    return is_last ? x : permute(onnx, x, axes, rank);
}

static const char *write_reduce(struct onnx *onnx, const struct node *node, const char *x) {
    static const char *const operators[] = {[REDUCE_MEAN] = "ReduceMean", [REDUCE_SUM] = "ReduceSum",
                                            [REDUCE_MAX] = "ReduceMax",   [REDUCE_MIN] = "ReduceMin",
                                            [REDUCE_PROD] = "ReduceProd"};
    int64_t axes[SHAPE_MAX_RANK];
    int count = 0;
    for (int i = 0; i < node->shape.rank; i++)
        if (node->as.reduce.axes >> i & 1) axes[count++] = i + 1;
    const char *over = onnx_add_integers(onnx, "axes", axes, count);
    Onnx__NodeProto *reduce = onnx_add_node(onnx, operators[node->as.reduce.kind], x, over, NULL);
    onnx_set_integer(onnx, reduce, "noop_with_empty_axes", 1);
    return reduce->output[0];
}

static const char *write_argmax(struct onnx *onnx, const struct node *node, const char *x) {
    Onnx__NodeProto *found = onnx_add_node(onnx, node->as.argmax.is_min ? "ArgMin" : "ArgMax", x, NULL);
    onnx_set_integer(onnx, found, "axis", node->as.argmax.axis + 1);
    onnx_set_integer(onnx, found, "select_last_index", node->as.argmax.last);
    Onnx__NodeProto *cast = onnx_add_node(onnx, "Cast", found->output[0], NULL);
    onnx_set_integer(onnx, cast, "to", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    return cast->output[0];
}

const char *onnx_write_move(struct onnx *onnx, const struct node *node, const char *x) {
    switch (node->op) {
    case OP_RESHAPE: return onnx_write_reshape(onnx, x, node->shape);
    case OP_SLICE: return write_slice(onnx, node, x);
    case OP_CHANNEL_SHUFFLE: return write_shuffle(onnx, node, x);
    case OP_UPSAMPLE: return write_upsample(onnx, node, x);
    case OP_PAD: return write_pad(onnx, node, x);
    case OP_REARRANGE: return write_rearrange(onnx, node, x);
    case OP_TAKE: return write_take(onnx, node, x);
    case OP_RESAMPLE: return write_resample(onnx, node, x);
    case OP_REDUCE: return write_reduce(onnx, node, x);
    case OP_ARGMAX: return write_argmax(onnx, node, x);
    default: fatal_bug("no ONNX for %s", op_name(node->op));
    }
}
