/* onnx_operator.c - one operation of the graph as operators of ONNX: layers with weights, pools, operands that are
 * stretched. */
#include "onnx.h"

#include "../base/fatal.h"

#include <string.h>

/* A weight as an initializer of the same numbers under another shape; under its own name where that is free. */
static const char *weight(struct onnx *onnx, const struct node *param, struct shape shape) {
    if (param->op != OP_PARAM) fatal_bug("a weight of '%s' is computed", onnx->label);
    bool is_same = shape_equal(shape, param->shape);
    const char **value = &onnx->values[param->id];
    if (is_same && *value) return *value;
    const char *name = param->as.param.name ? param->as.param.name : arena_format(onnx->arena, "%s/constant", onnx->label);
    name = onnx_add_floats(onnx, name, shape, param->as.param.tensor->values);
    if (is_same) *value = name;
    return name;
}

static const char *own_weight(struct onnx *onnx, const struct node *param) {
    return weight(onnx, param, param->shape);
}

static struct shape with_ones(struct shape shape, int rank) {
    while (shape.rank < rank) shape.dims[shape.rank++] = 1;
    return shape;
}

/* A constant that flows: once for each picture. */
static const char *spread(struct onnx *onnx, const struct node *param) {
    static const int64_t begin[1] = {0}, end[1] = {1};
    const char *given = onnx->values[onnx->graph->inputs.items[0]->id];
    const char *shape = onnx_add_node(onnx, "Shape", given, NULL)->output[0];
    const char *batch = onnx_add_node(onnx, "Slice", shape, onnx_add_integers(onnx, "begin", begin, 1),
                                      onnx_add_integers(onnx, "end", end, 1), NULL)->output[0];
    const char *dims = onnx_add_integers(onnx, "dims", param->shape.dims, param->shape.rank);
    Onnx__NodeProto *target = onnx_add_node(onnx, "Concat", batch, dims, NULL);
    onnx_set_integer(onnx, target, "axis", 0);
    return onnx_add_node(onnx, "Expand", own_weight(onnx, param), target->output[0], NULL)->output[0];
}

static const char *flowing(struct onnx *onnx, const struct node *node) {
    return node->op == OP_PARAM ? spread(onnx, node) : onnx->values[node->id];
}

/* --- layers with weights */

static void set_window(struct onnx *onnx, Onnx__NodeProto *node, const struct window *window) {
    onnx_set_integers(onnx, node, "kernel_shape", window->kernel, 2);
    onnx_set_integers(onnx, node, "strides", window->stride, 2);
    onnx_set_integers(onnx, node, "pads", window->pad, EDGE_COUNT);
    if (window->dilation[0] != 1 || window->dilation[1] != 1) onnx_set_integers(onnx, node, "dilations", window->dilation, 2);
}

static const char *write_conv(struct onnx *onnx, const struct node *node, const char *x) {
    bool is_transposed = node->op == OP_CONV_TRANSPOSE;
    const char *weights = own_weight(onnx, node->inputs[1]);
    Onnx__NodeProto *conv = onnx_add_node(onnx, is_transposed ? "ConvTranspose" : "Conv", x, weights, NULL);
    if (node->input_count == 3) onnx_add_input(onnx, conv, own_weight(onnx, node->inputs[2]));
    set_window(onnx, conv, &node->as.conv.window);
    onnx_set_integer(onnx, conv, "group", node->as.conv.groups);
    if (is_transposed) onnx_set_integers(onnx, conv, "output_padding", node->as.conv.output_pad, 2);
    return conv->output[0];
}

static const char *write_linear(struct onnx *onnx, const struct node *node, const char *x) {
    if (node->inputs[0]->shape.rank == 3) x = onnx_add_node(onnx, "Flatten", x, NULL)->output[0];
    Onnx__NodeProto *gemm = onnx_add_node(onnx, "Gemm", x, own_weight(onnx, node->inputs[1]), NULL);
    if (node->input_count == 3) onnx_add_input(onnx, gemm, own_weight(onnx, node->inputs[2]));
    onnx_set_integer(onnx, gemm, "transB", 1);
    return gemm->output[0];
}

static const char *write_batch_norm(struct onnx *onnx, const struct node *node, const char *x) {
    Onnx__NodeProto *norm = onnx_add_node(onnx, "BatchNormalization", x, NULL);
    for (int i = 1; i < 5; i++) onnx_add_input(onnx, norm, own_weight(onnx, node->inputs[i]));
    onnx_set_float(onnx, norm, "epsilon", node->as.batch_norm.epsilon);
    return norm->output[0];
}

/* A layer of the excitation as a 1x1 convolution. */
static const char *write_excitation(struct onnx *onnx, const char *x, const struct node *matrix, const struct node *bias) {
    Onnx__NodeProto *conv = onnx_add_node(onnx, "Conv", x, weight(onnx, matrix, with_ones(matrix->shape, 4)), NULL);
    if (bias) onnx_add_input(onnx, conv, own_weight(onnx, bias));
    return conv->output[0];
}

static const char *write_se(struct onnx *onnx, const struct node *node, const char *x) {
    bool has_bias = node->input_count == 5, is_max = node->as.se.squeeze == SQUEEZE_MAX;
    const char *z = onnx_add_node(onnx, is_max ? "GlobalMaxPool" : "GlobalAveragePool", x, NULL)->output[0];
    z = write_excitation(onnx, z, node->inputs[1], has_bias ? node->inputs[2] : NULL);
    z = onnx_write_activation(onnx, node->as.se.inner, z);
    z = write_excitation(onnx, z, node->inputs[has_bias ? 3 : 2], has_bias ? node->inputs[4] : NULL);
    z = onnx_write_activation(onnx, node->as.se.gate, z);
    return onnx_add_node(onnx, "Mul", x, z, NULL)->output[0];
}

static const char *write_prelu(struct onnx *onnx, const struct node *node, const char *x) {
    struct shape slope = with_ones(node->inputs[1]->shape, node->shape.rank);
    return onnx_add_node(onnx, "PRelu", x, weight(onnx, node->inputs[1], slope), NULL)->output[0];
}

/* --- pools */

static int64_t reach(const struct window *window, int axis) {
    return window->dilation[axis] * (window->kernel[axis] - 1) + 1;
}

/* Positions that rounding down would give. */
static int64_t count_down(const struct node *node, int axis) {
    const struct window *window = &node->as.pool.window;
    int64_t pads = window->pad[axis ? EDGE_LEFT : EDGE_TOP] + window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
    return (node->inputs[0]->shape.dims[axis + 1] + pads - reach(window, axis)) / window->stride[axis] + 1;
}

/* ONNX counts the positions of its ceil_mode otherwise: what reaches beyond becomes padding. Only a mean that counts
 * padding, but not what lies beyond it, needs the mode. */
static const char *write_pool(struct onnx *onnx, const struct node *node, const char *x) {
    bool is_mean = node->op == OP_AVG_POOL, reaches_beyond = false;
    bool counts_pad = is_mean && node->as.pool.count_include_pad;
    struct window window = node->as.pool.window;
    for (int axis = 0; axis < 2; axis++) {
        int64_t positions = node->shape.dims[axis + 1], before = window.pad[axis ? EDGE_LEFT : EDGE_TOP];
        if (positions == count_down(node, axis)) continue;
        reaches_beyond = true;
        if (counts_pad) continue;
        window.pad[axis ? EDGE_RIGHT : EDGE_BOTTOM] = (positions - 1) * window.stride[axis] + reach(&window, axis) -
                                                      node->inputs[0]->shape.dims[axis + 1] - before;
    }
    Onnx__NodeProto *pool = onnx_add_node(onnx, is_mean ? "AveragePool" : "MaxPool", x, NULL);
    set_window(onnx, pool, &window);
    if (is_mean) onnx_set_integer(onnx, pool, "count_include_pad", counts_pad);
    if (counts_pad && reaches_beyond) onnx_set_integer(onnx, pool, "ceil_mode", 1);
    return pool->output[0];
}

/* --- operands */

/* An operand so that numpy's rule stretches it as ours does, given that the other one flows with `rank` axes. */
static const char *operand(struct onnx *onnx, const struct node *node, const struct node *other, struct shape result) {
    bool is_vector_beside_map = node->shape.rank == 1 && result.rank == 3;
    bool is_single = shape_element_count(node->shape) == 1;
    if (node->op == OP_PARAM && other->op != OP_PARAM) {
        struct shape shape = is_single ? (struct shape){0} : is_vector_beside_map ? with_ones(node->shape, 3) : node->shape;
        return weight(onnx, node, shape);
    }
    const char *value = flowing(onnx, node);
    if (node->shape.rank == result.rank) return value;
    return onnx_write_reshape(onnx, value, with_ones(node->shape, result.rank));
}

static const char *write_binary(struct onnx *onnx, const struct node *node) {
    static const char *const operators[OP_COUNT] = {[OP_ADD] = "Add", [OP_SUB] = "Sub", [OP_MUL] = "Mul",
                                                    [OP_DIV] = "Div", [OP_MIN] = "Min", [OP_MAX] = "Max",
                                                    [OP_POW] = "Pow"};
    const char *a = operand(onnx, node->inputs[0], node->inputs[1], node->shape);
    const char *b = operand(onnx, node->inputs[1], node->inputs[0], node->shape);
    return onnx_add_node(onnx, operators[node->op], a, b, NULL)->output[0];
}

static const char *write_concat(struct onnx *onnx, const struct node *node) {
    VEC(const char *) parts = {0};
    for (int i = 0; i < node->input_count; i++) vec_push(onnx->arena, &parts, flowing(onnx, node->inputs[i]));
    Onnx__NodeProto *concat = onnx_add_node(onnx, "Concat", parts.items[0], NULL);
    for (size_t i = 1; i < parts.count; i++) onnx_add_input(onnx, concat, parts.items[i]);
    onnx_set_integer(onnx, concat, "axis", node->as.concat.axis + 1);
    return concat->output[0];
}

static const char *write_softmax(struct onnx *onnx, const char *operator, const char *x) {
    Onnx__NodeProto *softmax = onnx_add_node(onnx, operator, x, NULL);
    onnx_set_integer(onnx, softmax, "axis", 1);
    return softmax->output[0];
}

const char *onnx_write_node(struct onnx *onnx, const struct node *node) {
    if (op_is_binary(node->op)) return write_binary(onnx, node);
    if (node->op == OP_CONCAT) return write_concat(onnx, node);
    if (node->op == OP_PARAM) return spread(onnx, node);
    const char *x = flowing(onnx, node->inputs[0]);
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_TRANSPOSE: return write_conv(onnx, node, x);
    case OP_LINEAR: return write_linear(onnx, node, x);
    case OP_BATCH_NORM: return write_batch_norm(onnx, node, x);
    case OP_SE: return write_se(onnx, node, x);
    case OP_ACTIVATION: return onnx_write_activation(onnx, node->as.activation, x);
    case OP_PRELU: return write_prelu(onnx, node, x);
    case OP_SOFTMAX: return write_softmax(onnx, "Softmax", x);
    case OP_LOG_SOFTMAX: return write_softmax(onnx, "LogSoftmax", x);
    case OP_MAX_POOL:
    case OP_AVG_POOL: return write_pool(onnx, node, x);
    case OP_GLOBAL_MAX_POOL: return onnx_add_node(onnx, "GlobalMaxPool", x, NULL)->output[0];
    case OP_GLOBAL_AVG_POOL: return onnx_add_node(onnx, "GlobalAveragePool", x, NULL)->output[0];
    default: return onnx_write_move(onnx, node, x);
    }
}
