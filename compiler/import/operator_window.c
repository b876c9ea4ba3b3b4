/* operator_window.c - convolutions and pools. Those over one axis become ones of height 1. */
#include "importer.h"

#include <string.h>

/* The spatial part of an operator: 1 or 2 axes, in ONNX's order. */
struct spatial {
    int rank;
    int64_t kernel[2], stride[2], dilation[2], begin[2], end[2];
    const char *auto_pad;
};

static bool read_pair(struct call *call, const char *name, int rank, int64_t otherwise, int64_t *out) {
    size_t count;
    const int64_t *values = attribute_integers(call, name, &count);
    for (int i = 0; i < rank; i++) out[i] = count ? values[i < (int)count ? i : 0] : otherwise;
    return !count || (int)count == rank ||
           call_fail(call, "its attribute '%s' has %zu numbers for %d axes", name, count, rank);
}

static bool read_pads(struct call *call, struct spatial *spatial) {
    size_t count;
    const int64_t *pads = attribute_integers(call, "pads", &count);
    if (count && (int)count != 2 * spatial->rank)
        return call_fail(call, "its attribute 'pads' has %zu numbers for %d axes", count, spatial->rank);
    for (int i = 0; i < spatial->rank; i++) {
        spatial->begin[i] = count ? pads[i] : 0;
        spatial->end[i] = count ? pads[i + spatial->rank] : 0;
    }
    return true;
}

/* `kernel`: its extents, or NULL: the attribute has them. */
static bool read_spatial(struct call *call, const int64_t *kernel, struct spatial *spatial) {
    int rank = call->inputs[0]->dims.rank - 2;
    if (rank != 1 && rank != 2)
        return call_fail(call, "its input %s has %d spatial axes; 1 and 2 are supported",
                         dims_text(call->importer->arena, call->inputs[0]->dims), rank < 0 ? 0 : rank);
    *spatial = (struct spatial){.rank = rank, .auto_pad = attribute_string(call, "auto_pad", "NOTSET")};
    if (!read_pair(call, "kernel_shape", rank, 0, spatial->kernel) || !read_pair(call, "strides", rank, 1, spatial->stride) ||
        !read_pair(call, "dilations", rank, 1, spatial->dilation) || !read_pads(call, spatial))
        return false;
    for (int i = 0; i < rank; i++) {
        if (kernel && spatial->kernel[i] && spatial->kernel[i] != kernel[i])
            return call_fail(call, "its kernel_shape is not that of its weight");
        if (kernel) spatial->kernel[i] = kernel[i];
        const int64_t most = (int64_t)1 << 24;
        if (spatial->stride[i] < 1 || spatial->stride[i] > most || spatial->dilation[i] < 1 || spatial->dilation[i] > most ||
            spatial->kernel[i] < 1 || spatial->kernel[i] > most)
            return call_fail(call, "its kernel, strides or dilations are not between 1 and %lld", (long long)most);
    }
    return true;
}

/* SAME: as many results as strides fit into the input. */
static bool resolve_auto_pad(struct call *call, struct spatial *spatial, const int64_t *extents) {
    if (!strcmp(spatial->auto_pad, "NOTSET")) return true;
    bool is_upper = !strcmp(spatial->auto_pad, "SAME_UPPER"), is_lower = !strcmp(spatial->auto_pad, "SAME_LOWER");
    if (!is_upper && !is_lower && strcmp(spatial->auto_pad, "VALID") != 0)
        return call_fail(call, "its auto_pad '%s' is not supported", spatial->auto_pad);
    for (int i = 0; i < spatial->rank; i++) {
        int64_t reach = spatial->dilation[i] * (spatial->kernel[i] - 1) + 1, stride = spatial->stride[i];
        int64_t total = ((extents[i] + stride - 1) / stride - 1) * stride + reach - extents[i];
        if (total < 0 || !(is_upper || is_lower)) total = 0;
        spatial->begin[i] = is_lower ? total - total / 2 : total / 2;
        spatial->end[i] = total - spatial->begin[i];
    }
    return true;
}

static struct window make_window(const struct spatial *spatial) {
    struct window window = {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    for (int i = 0; i < spatial->rank; i++) {
        int axis = i + 2 - spatial->rank;
        window.kernel[axis] = spatial->kernel[i];
        window.stride[axis] = spatial->stride[i];
        window.dilation[axis] = spatial->dilation[i];
        window.pad[axis ? EDGE_LEFT : EDGE_TOP] = spatial->begin[i];
        window.pad[axis ? EDGE_RIGHT : EDGE_BOTTOM] = spatial->end[i];
    }
    return window;
}

/* [C, H, W] of [N, C, H, W] or [N, C, W]. */
static struct node *map_node(struct call *call, struct value *value) {
    const struct dims *dims = &value->dims;
    if (!value->node) return call_fail(call, "its input is a constant"), NULL;
    if (!call->importer->is_batched && dims->d[0] != 1)
        return call_fail(call, "its input %s is no batch: another node mixes the pictures",
                         dims_text(call->importer->arena, *dims)),
               NULL;
    struct shape shape = {.rank = 3, .dims = {dims->d[1], dims->rank == 4 ? dims->d[2] : 1, dims->d[dims->rank - 1]}};
    return value_node(call, value, shape);
}

/* [N, C, H, W] or [N, C, W] of a map. */
static struct value *map_value(struct call *call, struct node *node, const struct dims *like) {
    if (!node) return NULL;
    struct dims dims = *like;
    dims.d[1] = node->shape.dims[0];
    if (dims.rank == 4) dims.d[2] = node->shape.dims[1];
    dims.d[dims.rank - 1] = node->shape.dims[2];
    return value_flow(call, node, dims);
}

/* The weight [A, B, k] or [A, B, kh, kw] as a kernel of four axes. */
static struct node *kernel_node(struct call *call, struct value *weight, int64_t fan_in) {
    const int64_t *d = weight->dims.d;
    bool is_flat = weight->dims.rank == 3;
    struct shape shape = {.rank = 4, .dims = {d[0], d[1], is_flat ? 1 : d[2], d[weight->dims.rank - 1]}};
    return value_param(call, weight, shape, PARAM_WEIGHT, fan_in);
}

/* A bias, or NULL if there is none or after call_fail. */
static struct node *bias_node(struct call *call, int64_t count) {
    if (!call_has_input(call, 2)) return NULL;
    struct value *bias = call_constant(call, 2, "bias");
    if (!bias) return NULL;
    if (dims_count(bias->dims) != count)
        return call_fail(call, "its bias %s does not fit its %lld channels", dims_text(call->importer->arena, bias->dims),
                         (long long)count),
               NULL;
    return value_param(call, bias, (struct shape){.rank = 1, .dims = {count}}, PARAM_BIAS, 0);
}

static struct value *find_weight(struct call *call) {
    struct value *weight = call_constant(call, 1, "weight");
    if (!weight) return NULL;
    if (weight->dims.rank != call->inputs[0]->dims.rank || dims_count(weight->dims) < 1)
        return call_fail(call, "its weight %s does not go with its input %s",
                         dims_text(call->importer->arena, weight->dims),
                         dims_text(call->importer->arena, call->inputs[0]->dims)),
               NULL;
    return weight;
}

static bool finish_conv(struct call *call, enum op op, struct node *x, struct value *weight, int64_t fan_in,
                        const struct window *window, int64_t groups, int64_t out, const int64_t *output_pad) {
    struct node *inputs[3] = {x, kernel_node(call, weight, fan_in), bias_node(call, out)};
    if (call->problem) return false;
    struct node *node = call_add(call, op, inputs, inputs[2] ? 3 : 2);
    node->as.conv.window = *window;
    node->as.conv.groups = groups;
    if (output_pad) memcpy(node->as.conv.output_pad, output_pad, sizeof node->as.conv.output_pad);
    call->outputs[0] = map_value(call, call_finish(call, node), &call->inputs[0]->dims);
    return call->outputs[0];
}

bool import_conv(struct call *call, int variant) {
    (void)variant;
    struct spatial spatial;
    struct value *weight = find_weight(call);
    int64_t groups = attribute_integer(call, "group", 1);
    if (!weight || !read_spatial(call, weight->dims.d + 2, &spatial) ||
        !resolve_auto_pad(call, &spatial, call->inputs[0]->dims.d + 2))
        return false;
    struct node *x = map_node(call, call->inputs[0]);
    if (!x) return false;
    struct window window = make_window(&spatial);
    int64_t fan_in = dims_product(&weight->dims, 1, weight->dims.rank);
    return finish_conv(call, OP_CONV, x, weight, fan_in, &window, groups, weight->dims.d[0], NULL);
}

/* What output_shape or auto_pad say instead of pads: the result has `wanted` extents. */
static void pad_for_result(struct spatial *spatial, const int64_t *extents, const int64_t *wanted, int64_t *output_pad) {
    bool is_upper = !strcmp(spatial->auto_pad, "SAME_UPPER");
    for (int i = 0; i < spatial->rank; i++) {
        int64_t total = spatial->stride[i] * (extents[i] - 1) + output_pad[i] +
                        spatial->dilation[i] * (spatial->kernel[i] - 1) + 1 - wanted[i];
        if (total < 0) { /* the result is filled up at its end */
            output_pad[i] -= total;
            total = 0;
        }
        spatial->begin[i] = is_upper ? total / 2 : total - total / 2;
        spatial->end[i] = total - spatial->begin[i];
    }
}

static bool resolve_transposed(struct call *call, struct spatial *spatial, int64_t *output_pad) {
    size_t count;
    const int64_t *wanted = attribute_integers(call, "output_shape", &count), *extents = call->inputs[0]->dims.d + 2;
    int64_t same[2];
    bool is_same = !strncmp(spatial->auto_pad, "SAME_", 5);
    if (!is_same && strcmp(spatial->auto_pad, "NOTSET") != 0 && strcmp(spatial->auto_pad, "VALID") != 0)
        return call_fail(call, "its auto_pad '%s' is not supported", spatial->auto_pad);
    if (count && (int)count != spatial->rank) return call_fail(call, "its output_shape does not fit its axes");
    for (int i = 0; i < spatial->rank; i++) {
        if (output_pad[i] < 0 || output_pad[i] > SHAPE_MAX_ELEMENTS)
            return call_fail(call, "its output_padding is out of range");
        same[i] = extents[i] * spatial->stride[i];
        if (count && (wanted[i] < 1 || wanted[i] > SHAPE_MAX_ELEMENTS))
            return call_fail(call, "its output_shape is out of range");
    }
    if (count || is_same) pad_for_result(spatial, extents, count ? wanted : same, output_pad);
    return true;
}

bool import_conv_transpose(struct call *call, int variant) {
    (void)variant;
    struct spatial spatial;
    struct value *weight = find_weight(call);
    int64_t groups = attribute_integer(call, "group", 1), given[2] = {0, 0}, output_pad[2] = {0, 0};
    if (!weight || !read_spatial(call, weight->dims.d + 2, &spatial) ||
        !read_pair(call, "output_padding", spatial.rank, 0, given) || !resolve_transposed(call, &spatial, given))
        return false;
    struct node *x = map_node(call, call->inputs[0]);
    if (!x) return false;
    for (int i = 0; i < spatial.rank; i++) output_pad[i + 2 - spatial.rank] = given[i];
    if (groups < 1 || groups > weight->dims.d[0]) return call_fail(call, "it has %lld groups", (long long)groups);
    struct window window = make_window(&spatial);
    int64_t area = window.kernel[0] * window.kernel[1], steps = window.stride[0] * window.stride[1];
    int64_t fan_in = weight->dims.d[0] / groups * area / steps;
    return finish_conv(call, OP_CONV_TRANSPOSE, x, weight, fan_in ? fan_in : 1, &window, groups,
                       weight->dims.d[1] * groups, output_pad);
}

/* --- pools: variant is OP_MAX_POOL or OP_AVG_POOL */

static bool covers(const struct window *window, const struct node *x) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == x->shape.dims[1] && window->kernel[1] == x->shape.dims[2] && window->dilation[0] == 1 &&
           window->dilation[1] == 1;
}

/* A pool of 1x1 that moves by one: adaptive pools become such. */
static bool is_idle(const struct window *window) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == 1 && window->kernel[1] == 1 && window->stride[0] == 1 && window->stride[1] == 1;
}

bool import_pool(struct call *call, int variant) {
    struct spatial spatial;
    bool is_ceil = attribute_integer(call, "ceil_mode", 0) != 0,
         counts_pad = attribute_integer(call, "count_include_pad", 0) != 0;
    (void)attribute_find(call, "storage_order"); /* of the indices, which cannot be had */
    if (!read_spatial(call, NULL, &spatial) || !resolve_auto_pad(call, &spatial, call->inputs[0]->dims.d + 2)) return false;
    struct node *x = map_node(call, call->inputs[0]);
    if (!x) return false;
    struct window window = make_window(&spatial);
    if (is_idle(&window)) {
        call->outputs[0] = call->inputs[0];
        return true;
    }
    bool is_global = covers(&window, x);
    enum op global = variant == OP_MAX_POOL ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVG_POOL;
    struct node *node = call_add(call, is_global ? global : (enum op)variant, &x, 1);
    if (!is_global) {
        node->as.pool.window = window;
        node->as.pool.ceil_mode = is_ceil;
        node->as.pool.count_include_pad = counts_pad;
    }
    call->outputs[0] = map_value(call, call_finish(call, node), &call->inputs[0]->dims);
    return call->outputs[0];
}

/* variant: a reduce_kind, over all axes behind the channels */
bool import_global_pool(struct call *call, int variant) {
    int rank = call->inputs[0]->dims.rank;
    if (rank < 3) return call_fail(call, "its input has no spatial axes");
    unsigned axes = ((1u << rank) - 1) & ~3u;
    call->outputs[0] = value_reduce(call, (enum reduce_kind)variant, call->inputs[0], axes);
    return call->outputs[0];
}
