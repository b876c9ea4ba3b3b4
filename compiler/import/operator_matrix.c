/* operator_matrix.c - MatMul and Gemm; products with a constant matrix: linear layers, and 1x1 convolutions over the rows of
 * a tensor. */
#include "importer.h"

#include <string.h>

/* [K, M] or, as most layers want it, [M, K]; times `factor`. */
static struct value *turn_matrix(struct call *call, struct value *matrix, bool is_turned, double factor) {
    static const int swap[] = {1, 0};
    if (is_turned) {
        const char *name = matrix->name;
        matrix = fold_permute(call, matrix, swap);
        if (matrix) matrix->name = name;
    }
    if (!matrix || factor == 1) return matrix;
    const char *name = matrix->name;
    matrix = fold_binary(call, BINARY_MUL, matrix, value_number(call, factor));
    if (matrix) matrix->name = name;
    return matrix;
}

/* matrix [M, K] times the K numbers of each of `rows` rows of x, which is [rows, K] or, if `is_turned`, [K, rows]:
 * a linear layer for one row, else a 1x1 convolution. The result likewise. */
static struct node *multiply(struct call *call, struct value *x, int64_t rows, bool is_turned, struct value *matrix,
                             struct node *bias) {
    int64_t out = matrix->dims.d[0], in = matrix->dims.d[1];
    struct node *inputs[3] = {NULL, NULL, bias};
    if (rows == 1) {
        inputs[0] = value_node(call, x, (struct shape){.rank = 1, .dims = {in}});
        inputs[1] = value_param(call, matrix, (struct shape){.rank = 2, .dims = {out, in}}, PARAM_WEIGHT, in);
        return inputs[0] ? call_finish(call, call_add(call, OP_LINEAR, inputs, bias ? 3 : 2)) : NULL;
    }
    struct shape map = {.rank = 3, .dims = {in, 1, rows}};
    if (is_turned) {
        inputs[0] = value_node(call, x, map);
    } else {
        struct node *source = value_node(call, x, (struct shape){.rank = 2, .dims = {rows, in}});
        if (!source) return NULL;
        inputs[0] = call_add(call, OP_REARRANGE, &source, 1);
        inputs[0]->shape = map;
        inputs[0]->as.rearrange.rank = 2;
        memcpy(inputs[0]->as.rearrange.dims, (int64_t[]){rows, in}, 2 * sizeof(int64_t));
        memcpy(inputs[0]->as.rearrange.axes, (int[]){1, 0}, 2 * sizeof(int));
        inputs[0] = call_finish(call, inputs[0]);
    }
    if (!inputs[0]) return NULL;
    inputs[1] = value_param(call, matrix, (struct shape){.rank = 4, .dims = {out, in, 1, 1}}, PARAM_WEIGHT, in);
    struct node *conv = call_add(call, OP_CONV, inputs, bias ? 3 : 2);
    conv->as.conv.window = (struct window){{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    conv->as.conv.groups = 1;
    conv = call_finish(call, conv);
    if (!conv || is_turned) return conv;
    struct node *back = call_add(call, OP_REARRANGE, &conv, 1);
    back->shape = (struct shape){.rank = 2, .dims = {rows, out}};
    back->as.rearrange.rank = 2;
    memcpy(back->as.rearrange.dims, (int64_t[]){out, rows}, 2 * sizeof(int64_t));
    memcpy(back->as.rearrange.axes, (int[]){1, 0}, 2 * sizeof(int));
    return call_finish(call, back);
}

static bool misfit(struct call *call, const struct value *a, const struct value *b) {
    return call_fail(call, "%s and %s cannot be multiplied", dims_text(call->importer->arena, a->dims),
                     dims_text(call->importer->arena, b->dims));
}

/* x [..., K] times a constant [K, M] */
static struct value *multiply_right(struct call *call, struct value *x, struct value *matrix, bool is_turned,
                                    double factor, struct node *bias) {
    int rank = x->dims.rank;
    struct value *turned = turn_matrix(call, matrix, !is_turned, factor);
    if (!turned) return NULL;
    if (rank < 1 || x->dims.d[rank - 1] != turned->dims.d[1]) return misfit(call, x, matrix), NULL;
    if (rank == 1 && call->importer->is_batched) return call_fail_batch(call), NULL;
    struct dims picture = value_picture(call, x), dims = x->dims;
    dims.d[rank - 1] = turned->dims.d[0];
    return value_flow(call, multiply(call, x, dims_product(&picture, 0, picture.rank - 1), false, turned, bias), dims);
}

/* a constant [M, K] times x [K, T] */
static struct value *multiply_left(struct call *call, struct value *matrix, struct value *x) {
    struct dims dims = x->dims;
    int rank = dims.rank;
    if (rank < 2 || (call->importer->is_batched && rank < 3)) return call_fail_batch(call), NULL;
    if (dims.d[rank - 2] != matrix->dims.d[1]) return misfit(call, matrix, x), NULL;
    dims.d[rank - 2] = matrix->dims.d[0];
    return value_flow(call, multiply(call, x, dims.d[rank - 1], true, matrix, NULL), dims);
}

/* The constant without leading axes of extent 1; NULL if more than a matrix is left. */
static struct value *as_matrix(struct call *call, struct value *value) {
    struct dims dims = value->dims;
    while (dims.rank > 2 && dims.d[0] == 1) dims = dims_drop_front(dims);
    return dims.rank == 2 && dims_count(dims) > 0 ? value_view(call, value, dims) : NULL;
}

/* Factors of two axes or more. */
static struct value *multiply_any(struct call *call, struct value *a, struct value *b) {
    struct value *matrix = a->node && !b->node && b->dims.rank <= a->dims.rank ? as_matrix(call, b) : NULL;
    if (matrix) return multiply_right(call, a, matrix, false, 1, NULL);
    struct dims picture = value_picture(call, b);
    bool is_one = b->node && !a->node && a->dims.rank == 2 && dims_product(&picture, 0, picture.rank - 2) == 1;
    return is_one ? multiply_left(call, a, b) : value_product(call, a, b);
}

bool import_matmul(struct call *call, int variant) {
    (void)variant;
    struct value *a = call->inputs[0], *b = call->inputs[1];
    bool is_row = a->dims.rank == 1, is_column = b->dims.rank == 1;
    if (!a->dims.rank || !b->dims.rank) return misfit(call, a, b);
    if (is_row) a = value_reshape(call, a, (struct dims){2, {1, a->dims.d[0]}});
    if (is_column) b = value_reshape(call, b, (struct dims){2, {b->dims.d[0], 1}});
    struct value *product = a && b ? multiply_any(call, a, b) : NULL;
    if (!product) return false;
    struct dims dims = product->dims;
    if (is_column) dims.rank--;
    if (is_row) dims.d[dims.rank - 1 - !is_column] = dims.d[dims.rank - 1];
    if (is_row) dims.rank--;
    call->outputs[0] = is_row || is_column ? value_reshape(call, product, dims) : product;
    return call->outputs[0];
}

/* C, if it is one number for each of the M results. */
static bool is_bias(const struct value *c, int64_t out) {
    return c && !c->node && c->dims.rank >= 1 && c->dims.d[c->dims.rank - 1] == out && dims_count(c->dims) == out;
}

/* The product of matrices of which b is no constant or a is one. */
static struct value *multiply_gemm(struct call *call, struct value *a, struct value *b, bool turns_b, double alpha) {
    static const int swap[] = {1, 0};
    if (turns_b) b = value_permute(call, b, swap);
    struct value *product = b ? multiply_any(call, a, b) : NULL;
    return product && alpha != 1 ? value_binary(call, BINARY_MUL, product, value_number(call, alpha)) : product;
}

bool import_gemm(struct call *call, int variant) {
    (void)variant;
    static const int swap[] = {1, 0};
    double alpha = attribute_real(call, "alpha", 1), beta = attribute_real(call, "beta", 1);
    bool turn_a = attribute_integer(call, "transA", 0) != 0, turn_b = attribute_integer(call, "transB", 0) != 0;
    (void)attribute_find(call, "broadcast"); /* opset 6 */
    struct value *a = call->inputs[0], *b = call->inputs[1], *c = call_has_input(call, 2) ? call->inputs[2] : NULL;
    if (a->dims.rank != 2 || b->dims.rank != 2) return call_fail(call, "its factors are no matrices");
    if (turn_a && !(a = value_permute(call, a, swap))) return false;
    int64_t out = b->dims.d[turn_b ? 0 : 1];
    bool is_layer = a->node && !b->node;
    struct node *bias = NULL;
    if (is_layer && is_bias(c, out)) {
        const char *name = c->name;
        if (beta != 1) c = fold_binary(call, BINARY_MUL, c, value_number(call, beta));
        if (!c) return false;
        c->name = name;
        bias = value_param(call, c, (struct shape){.rank = 1, .dims = {out}}, PARAM_BIAS, 0);
        c = NULL;
    }
    struct value *product = is_layer ? multiply_right(call, a, b, turn_b, alpha, bias) : multiply_gemm(call, a, b, turn_b, alpha);
    if (!product) return false;
    if (c && beta != 1) c = value_binary(call, BINARY_MUL, c, value_number(call, beta));
    call->outputs[0] = call_has_input(call, 2) && !bias ? value_binary(call, BINARY_ADD, product, c) : product;
    return call->outputs[0];
}

/* --- bias */

/* Whether the value comes straight from its product, and goes nowhere else. A product that became a convolution over
 * rows has its channels at another axis. */
static bool is_product(const struct call *call, int index) {
    static const struct {
        const char *name;
        enum op op;
    } rows[] = {{"MatMul", OP_LINEAR}, {"Gemm", OP_LINEAR}, {"Conv", OP_CONV}, {"ConvTranspose", OP_CONV_TRANSPOSE}};
    const struct node *node = call->inputs[index]->node;
    const char *name = call->proto->input[index];
    const Onnx__NodeProto *producer = map_lookup(&call->importer->producers, name);
    if (!producer || !node || node->use_count || model_count_uses(call->importer, name) != 1) return false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!strcmp(producer->op_type, rows[i].name)) return node->op == rows[i].op && node->input_count == 2;
    return false;
}

/* One number for each channel: [C, 1, 1] beside a map, [M] beside the result of a linear layer. */
static bool fits_channels(const struct value *bias, const struct value *product) {
    int rank = product->dims.rank, channel = product->node->op == OP_LINEAR ? rank - 1 : 1;
    int64_t count = product->node->shape.dims[0];
    if (bias->node || bias->element != ELEMENT_FLOAT || bias->dims.rank > rank || dims_count(bias->dims) != count) return false;
    return product->dims.d[channel] == count && dims_pad_front(bias->dims, rank).d[channel] == count;
}

struct value *value_add_bias(struct call *call, int index) {
    struct value *product = call->inputs[index], *bias = call->inputs[1 - index];
    if (call->importer->opset < 7 || !is_product(call, index) || !fits_channels(bias, product)) return NULL;
    struct node *old = product->node;
    struct shape shape = {.rank = 1, .dims = {old->shape.dims[0]}};
    struct node *inputs[3] = {old->inputs[0], old->inputs[1], value_param(call, bias, shape, PARAM_BIAS, 0)};
    struct node *node = call_add(call, old->op, inputs, 3);
    node->as = old->as;
    graph_remove(call->importer->graph, old);
    return value_flow(call, call_finish(call, node), product->dims);
}
