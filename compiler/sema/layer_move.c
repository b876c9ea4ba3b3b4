/* layer_move.c - builds the layers that pool numbers or move them about. */
#include "layer.h"

#include <string.h>

static struct value build_global_pool(struct layer_call *call) {
    for (int i = 1; i < LAYER_MAX_ARGUMENTS; i++) {
        if (!call->arguments[i].is_given) continue;
        argument_fail(call, call->arguments[i].span, DIAG_UNKNOWN_ARGUMENT,
                      "'%s' means nothing to %s(global)", call->layer->arguments[i], call->layer->name);
        return NO_VALUE;
    }
    enum op op = call->layer->variant == OP_MAX_POOL ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVG_POOL;
    return layer_finish(call, layer_add_node(call, op, call->inputs, 1));
}

struct value build_pool(struct layer_call *call) {
    enum { K, STRIDE, PAD, CEIL, COUNT_INCLUDE_PAD, AFTER };
    bool is_mean = call->layer->variant == OP_AVG_POOL;
    if (argument_is_word(call, K, "global")) return build_global_pool(call);
    struct window window = {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    argument_pair(call, K, 1, 1, window.kernel);
    argument_pair(call, STRIDE, 1, 1, window.stride);
    if (!call->arguments[STRIDE].is_given) memcpy(window.stride, window.kernel, sizeof window.stride);
    argument_pair(call, is_mean ? AFTER : CEIL + 1, 1, 1, window.dilation);
    argument_window_pad(call, PAD, &window, EDGES_GIVEN);
    bool is_ceil = argument_boolean(call, CEIL, false),
         count_pad = is_mean ? argument_boolean(call, COUNT_INCLUDE_PAD, true) : true;
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, (enum op)call->layer->variant, call->inputs, 1);
    node->as.pool.window = window;
    node->as.pool.ceil_mode = is_ceil;
    node->as.pool.count_include_pad = count_pad;
    return layer_finish(call, node);
}

struct value build_concat(struct layer_call *call) {
    enum { AXIS, MOST_INPUTS = 1024 };
    int axis = (int)argument_integer(call, AXIS, 0, 0);
    if (call->input_count > MOST_INPUTS)
        argument_fail(call, call->call->span, DIAG_ARGUMENT_COUNT, "'concat' joins at most %d tensors",
                      MOST_INPUTS);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_CONCAT, call->inputs, call->input_count);
    node->as.concat.axis = axis;
    return layer_finish(call, node);
}

static struct value finish_shaped(struct layer_call *call, enum op op, struct shape shape) {
    struct node *node = layer_add_node(call, op, call->inputs, 1);
    node->shape = shape;
    return layer_finish(call, node);
}

struct value build_flatten(struct layer_call *call) {
    struct shape x = call->inputs[0]->shape;
    if (x.rank == 1) return value_tensor(call->inputs[0]);
    return finish_shaped(call, OP_RESHAPE, (struct shape){.rank = 1, .dims = {shape_element_count(x)}});
}

/* The extents of a reshape as written: -1 stands for what is left. False after an error. */
static bool read_extents(struct layer_call *call, int place, struct shape *out_shape, int *out_open) {
    enum { MOST_AXES = 3 };
    struct value value = call->arguments[place].value;
    bool is_good = value.kind == VALUE_LIST && value.as.list->items.count >= 1 &&
                   value.as.list->items.count <= MOST_AXES;
    *out_open = -1;
    for (size_t i = 0; is_good && i < value.as.list->items.count; i++) {
        struct value item = value.as.list->items.items[i];
        bool is_open = item.kind == VALUE_INTEGER && item.as.integer == -1;
        is_good = item.kind == VALUE_INTEGER && (is_open ? *out_open < 0 : item.as.integer >= 1);
        if (is_open) *out_open = (int)i;
        out_shape->dims[out_shape->rank++] = is_open || !is_good ? 1 : item.as.integer;
    }
    if (!is_good)
        argument_fail(
            call, call->arguments[place].span, DIAG_TYPE,
            "'shape' of '%s' is a list of one to three positive integers%s", call->layer->name,
            strcmp(call->layer->name, "parameter") ? ", one of which may be -1" : "");
    if (value.kind == VALUE_INTEGER && !strcmp(call->layer->name, "reshape"))
        diag_note(call->sema->diag, SPAN_NONE, "'flatten' makes a vector of a map");
    return is_good;
}

/* A tensor of the weights file that is named by the label alone. */
struct value build_parameter(struct layer_call *call) {
    enum { SHAPE };
    struct shape shape = {0};
    int open;
    if (!read_extents(call, SHAPE, &shape, &open)) return NO_VALUE;
    if (open >= 0) {
        argument_fail(call, call->arguments[SHAPE].span, DIAG_TYPE, "'shape' of 'parameter' is known: no extent is -1");
        return NO_VALUE;
    }
    struct node *node = layer_add_param(call, "", PARAM_BIAS, shape, 0);
    return node ? value_tensor(node) : NO_VALUE;
}

bool argument_shape(struct layer_call *call, int place, struct shape *out_shape) {
    struct shape shape = {0};
    int open;
    if (!read_extents(call, place, &shape, &open)) return false;
    int64_t count = shape_element_count(call->inputs[0]->shape), given = shape_element_count(shape);
    if (open >= 0 && given > 0 && count % given == 0) {
        shape.dims[open] = count / given;
        given = count;
    }
    *out_shape = shape;
    if (given == count) return true;
    argument_fail(call, call->arguments[place].span, DIAG_LAYER_SHAPE,
                  "cannot reshape %s: its %lld numbers do not fill the shape",
                  shape_text(call->sema->arena, call->inputs[0]->shape), (long long)count);
    layer_label_inputs(call);
    return false;
}

struct value build_reshape(struct layer_call *call) {
    enum { SHAPE };
    struct shape shape;
    return argument_shape(call, SHAPE, &shape) ? finish_shaped(call, OP_RESHAPE, shape) : NO_VALUE;
}

int argument_axis(struct layer_call *call, int place) {
    int64_t axis = argument_integer(call, place, 0, 0), rank = call->inputs[0]->shape.rank;
    if (!call->has_failed && axis >= rank) {
        argument_fail(call, argument_span(call, place), DIAG_RANGE, "%s has axes 0 to %lld; there is no %lld",
                      shape_text(call->sema->arena, call->inputs[0]->shape), (long long)rank - 1, (long long)axis);
        layer_label_inputs(call);
    }
    return call->has_failed ? -1 : (int)axis;
}

static struct value finish_slice(struct layer_call *call, int axis, int64_t begin, int64_t end) {
    struct shape shape = call->inputs[0]->shape;
    shape.dims[axis] = end - begin;
    struct node *node = layer_add_node(call, OP_SLICE, call->inputs, 1);
    node->shape = shape;
    node->as.slice.begin[axis] = begin;
    return layer_finish(call, node);
}

struct value build_slice(struct layer_call *call) {
    enum { AXIS, BEGIN, END };
    int axis = argument_axis(call, AXIS);
    int64_t begin = argument_integer(call, BEGIN, 0, 0), end = argument_integer(call, END, 0, 0);
    if (call->has_failed) return NO_VALUE;
    int64_t extent = call->inputs[0]->shape.dims[axis];
    if (begin < end && end <= extent) return finish_slice(call, axis, begin, end);
    argument_fail(call, call->call->span, DIAG_RANGE,
                  "the slice %lld..%lld is empty or beyond the %lld of axis %d", (long long)begin,
                  (long long)end, (long long)extent, axis);
    layer_label_inputs(call);
    return NO_VALUE;
}

struct value build_split(struct layer_call *call) {
    enum { PARTS, INDEX, AXIS };
    int axis = argument_axis(call, AXIS);
    int64_t parts = argument_integer(call, PARTS, 1, 1), index = argument_integer(call, INDEX, 0, 0);
    if (call->has_failed) return NO_VALUE;
    int64_t extent = call->inputs[0]->shape.dims[axis];
    if (extent % parts) {
        argument_fail(call, argument_span(call, PARTS), DIAG_RANGE,
                      "%lld parts do not divide the %lld of axis %d", (long long)parts, (long long)extent,
                      axis);
        layer_label_inputs(call);
    } else if (index >= parts) {
        argument_fail(call, argument_span(call, INDEX), DIAG_RANGE,
                      "the parts are numbered 0 to %lld; there is no %lld", (long long)parts - 1,
                      (long long)index);
    }
    return call->has_failed
               ? NO_VALUE
               : finish_slice(call, axis, index * (extent / parts), (index + 1) * (extent / parts));
}

struct value build_shuffle(struct layer_call *call) {
    enum { GROUPS };
    int64_t groups = argument_integer(call, GROUPS, 1, 1);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_CHANNEL_SHUFFLE, call->inputs, 1);
    node->as.shuffle.groups = groups;
    return layer_finish(call, node);
}

struct value build_upsample(struct layer_call *call) {
    enum { SCALE, MODE };
    static const char *const modes[] = {[UPSAMPLE_NEAREST] = "nearest", [UPSAMPLE_BILINEAR] = "bilinear"};
    int64_t scale[2];
    argument_pair(call, SCALE, 1, 1, scale);
    enum upsample_mode mode = (enum upsample_mode)argument_word(call, MODE, modes, 2, UPSAMPLE_NEAREST);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_UPSAMPLE, call->inputs, 1);
    memcpy(node->as.upsample.scale, scale, sizeof scale);
    node->as.upsample.mode = mode;
    return layer_finish(call, node);
}

/* Edges of pad and crop, where `same` would mean nothing. */
static void argument_plain_edges(struct layer_call *call, int place, int64_t out_edges[EDGE_COUNT]) {
    if (argument_edges(call, place, out_edges) == EDGES_SAME)
        argument_fail(call, argument_span(call, place), DIAG_TYPE, "'same' means nothing to '%s'",
                      call->layer->name);
}

struct value build_pad(struct layer_call *call) {
    enum { EDGES, VALUE };
    int64_t edges[EDGE_COUNT];
    argument_plain_edges(call, EDGES, edges);
    double value = argument_real(call, VALUE, 0);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_PAD, call->inputs, 1);
    memcpy(node->as.pad.pad, edges, sizeof edges);
    node->as.pad.value = value;
    return layer_finish(call, node);
}

struct value build_crop(struct layer_call *call) {
    enum { EDGES };
    int64_t edges[EDGE_COUNT];
    argument_plain_edges(call, EDGES, edges);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    struct shape shape = call->inputs[0]->shape;
    shape.dims[1] -= edges[EDGE_TOP] + edges[EDGE_BOTTOM];
    shape.dims[2] -= edges[EDGE_LEFT] + edges[EDGE_RIGHT];
    if (shape.dims[1] < 1 || shape.dims[2] < 1) {
        argument_fail(call, argument_span(call, EDGES), DIAG_RANGE, "'crop' leaves nothing of %s",
                      shape_text(call->sema->arena, call->inputs[0]->shape));
        layer_label_inputs(call);
        return NO_VALUE;
    }
    struct node *node = layer_add_node(call, OP_SLICE, call->inputs, 1);
    node->shape = shape;
    node->as.slice.begin[1] = edges[EDGE_TOP];
    node->as.slice.begin[2] = edges[EDGE_LEFT];
    return layer_finish(call, node);
}
