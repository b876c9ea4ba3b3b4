/* layer_axis.c - builds the layers that work along chosen axes: transpose, take, mean, argmax ... */
#include "layer.h"

#include <string.h>

/* The numbers seen as `dims`, `axes` permuted, under `shape`. */
static struct value finish_rearranged(struct layer_call *call, const int64_t *dims, const int *axes, int rank,
                                      struct shape shape) {
    struct node *node = layer_add_node(call, OP_REARRANGE, call->inputs, 1);
    node->shape = shape;
    node->as.rearrange.rank = rank;
    memcpy(node->as.rearrange.dims, dims, (size_t)rank * sizeof *dims);
    memcpy(node->as.rearrange.axes, axes, (size_t)rank * sizeof *axes);
    return layer_finish(call, node);
}

static bool is_permutation(const int64_t *order, int64_t count) {
    unsigned seen = 0;
    for (int64_t i = 0; i < count; i++)
        if (order[i] < count) seen |= 1u << order[i];
    return seen == (1u << count) - 1;
}

/* A list that names each of `count` axes once (count 0: of as many as it has). */
static bool argument_order(struct layer_call *call, int place, int64_t count, int *out_axes) {
    struct integers order = argument_integers(call, place, 0);
    if (call->has_failed) return false;
    if (order.count != count || !is_permutation(order.items, count)) {
        argument_fail(call, argument_span(call, place), DIAG_RANGE, "'%s' of '%s' does not name each of %lld axes once",
                      call->layer->arguments[place], call->layer->name, (long long)count);
        layer_label_inputs(call);
        return false;
    }
    for (int64_t i = 0; i < count; i++) out_axes[i] = (int)order.items[i];
    return true;
}

struct value build_transpose(struct layer_call *call) {
    enum { ORDER };
    struct shape x = call->inputs[0]->shape, shape = x;
    int axes[SHAPE_MAX_RANK];
    if (!argument_order(call, ORDER, x.rank, axes)) return NO_VALUE;
    for (int i = 0; i < x.rank; i++) shape.dims[i] = x.dims[axes[i]];
    return x.rank ? finish_rearranged(call, x.dims, axes, x.rank, shape) : value_tensor(call->inputs[0]);
}

struct value build_rearrange(struct layer_call *call) {
    enum { DIMS, AXES, SHAPE };
    struct integers dims = argument_integers(call, DIMS, 1);
    struct shape shape;
    int axes[REARRANGE_MAX_RANK];
    if (!call->has_failed && (dims.count < 1 || dims.count > REARRANGE_MAX_RANK))
        argument_fail(call, argument_span(call, DIMS), DIAG_RANGE, "'dims' of 'rearrange' are 1 to %d extents, not %lld",
                      REARRANGE_MAX_RANK, (long long)dims.count);
    if (call->has_failed || !argument_order(call, AXES, dims.count, axes) || !argument_shape(call, SHAPE, &shape))
        return NO_VALUE;
    return finish_rearranged(call, dims.items, axes, (int)dims.count, shape);
}

static struct value fail_block(struct layer_call *call, int64_t block) {
    argument_fail(call, call->call->span, DIAG_LAYER_SHAPE, "'%s' of blocks of %lldx%lld does not go with %s",
                  call->layer->name, (long long)block, (long long)block,
                  shape_text(call->sema->arena, call->inputs[0]->shape));
    layer_label_inputs(call);
    return NO_VALUE;
}

/* Channels seen as [block, block, C] (ONNX's DCR), or as [C, block, block] (variant 1: PyTorch's pixel shuffle). */
struct value build_depth_to_space(struct layer_call *call) {
    enum { BLOCK, MOST = 1 << 15 };
    int64_t block = argument_integer(call, BLOCK, 1, 1);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    const int64_t *x = call->inputs[0]->shape.dims;
    if (block > MOST || x[0] % (block * block)) return fail_block(call, block);
    int64_t channels = x[0] / (block * block);
    struct shape shape = {.rank = 3, .dims = {channels, x[1] * block, x[2] * block}};
    bool channels_first = call->layer->variant == 1;
    int64_t dims[] = {channels_first ? channels : block, block, channels_first ? block : channels, x[1], x[2]};
    static const int dcr[] = {2, 3, 0, 4, 1}, crd[] = {0, 3, 1, 4, 2};
    return finish_rearranged(call, dims, channels_first ? crd : dcr, 5, shape);
}

/* The other way round. */
struct value build_space_to_depth(struct layer_call *call) {
    enum { BLOCK, MOST = 1 << 15 };
    int64_t block = argument_integer(call, BLOCK, 1, 1);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    const int64_t *x = call->inputs[0]->shape.dims;
    if (block > MOST || x[1] % block || x[2] % block) return fail_block(call, block);
    struct shape shape = {.rank = 3, .dims = {x[0] * block * block, x[1] / block, x[2] / block}};
    int64_t dims[] = {x[0], x[1] / block, block, x[2] / block, block};
    static const int dcr[] = {2, 4, 0, 1, 3}, crd[] = {0, 2, 4, 1, 3};
    return finish_rearranged(call, dims, call->layer->variant == 1 ? crd : dcr, 5, shape);
}

struct value build_take(struct layer_call *call) {
    enum { AXIS, INDICES, FILL };
    int axis = argument_axis(call, AXIS);
    struct integers indices = argument_integers(call, INDICES, -1);
    double fill = argument_real(call, FILL, 0);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_TAKE, call->inputs, 1);
    node->as.take.axis = axis;
    node->as.take.count = indices.count;
    node->as.take.indices = indices.items;
    node->as.take.fill = fill;
    return layer_finish(call, node);
}

/* The indices and weights of the results one after the other, as many for each. */
struct value build_resample(struct layer_call *call) {
    enum { AXIS, COUNT, INDICES, WEIGHTS };
    int axis = argument_axis(call, AXIS);
    int64_t count = argument_integer(call, COUNT, 1, 1);
    struct integers indices = argument_integers(call, INDICES, 0);
    struct reals weights = argument_reals(call, WEIGHTS);
    if (call->has_failed) return NO_VALUE;
    if (indices.count != weights.count || indices.count < 1 || indices.count % count) {
        argument_fail(call, call->call->span, DIAG_RANGE,
                      "%lld indices and %lld weights are not the same number for each of %lld results",
                      (long long)indices.count, (long long)weights.count, (long long)count);
        return NO_VALUE;
    }
    struct node *node = layer_add_node(call, OP_RESAMPLE, call->inputs, 1);
    node->as.resample.axis = axis;
    node->as.resample.count = count;
    node->as.resample.taps = indices.count / count;
    node->as.resample.indices = indices.items;
    node->as.resample.weights = weights.items;
    return layer_finish(call, node);
}

/* Over rows and columns together they are the pools that SE blocks have. */
static struct node *add_reduction(struct layer_call *call, enum reduce_kind kind, unsigned axes) {
    bool is_whole_map = call->inputs[0]->shape.rank == 3 && axes == 6;
    if (is_whole_map && kind == REDUCE_MEAN) return layer_add_node(call, OP_GLOBAL_AVG_POOL, call->inputs, 1);
    if (is_whole_map && kind == REDUCE_MAX) return layer_add_node(call, OP_GLOBAL_MAX_POOL, call->inputs, 1);
    struct node *node = layer_add_node(call, OP_REDUCE, call->inputs, 1);
    node->as.reduce.kind = kind;
    node->as.reduce.axes = axes;
    return node;
}

struct value build_reduce(struct layer_call *call) {
    enum { AXIS };
    struct integers axes = argument_integers(call, AXIS, 0);
    int64_t rank = call->inputs[0]->shape.rank;
    unsigned mask = 0;
    for (int64_t i = 0; i < axes.count && !call->has_failed; i++) {
        if (axes.items[i] < rank) {
            mask |= 1u << axes.items[i];
            continue;
        }
        argument_fail(call, argument_span(call, AXIS), DIAG_RANGE, "%s has axes 0 to %lld; there is no %lld",
                      shape_text(call->sema->arena, call->inputs[0]->shape), (long long)rank - 1,
                      (long long)axes.items[i]);
        layer_label_inputs(call);
    }
    if (call->has_failed) return NO_VALUE;
    return layer_finish(call, add_reduction(call, (enum reduce_kind)call->layer->variant, mask));
}

struct value build_argmax(struct layer_call *call) {
    enum { AXIS, LAST };
    int axis = argument_axis(call, AXIS);
    bool last = argument_boolean(call, LAST, false);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_ARGMAX, call->inputs, 1);
    node->as.argmax.axis = axis;
    node->as.argmax.last = last;
    node->as.argmax.is_min = call->layer->variant == 1;
    return layer_finish(call, node);
}
