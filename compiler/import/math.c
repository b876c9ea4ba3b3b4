/* math.c - arithmetic with numpy's broadcasting, of constants and of nodes. */
#include "importer.h"

static const enum op binary_ops[] = {
    [BINARY_ADD] = OP_ADD, [BINARY_SUB] = OP_SUB, [BINARY_MUL] = OP_MUL, [BINARY_DIV] = OP_DIV,
    [BINARY_MIN] = OP_MIN, [BINARY_MAX] = OP_MAX, [BINARY_POW] = OP_POW,
};

/* The extents of an operand without the batch, which axis 0 of `rank` axes is. */
static bool find_picture(struct call *call, const struct value *value, int rank, struct dims *out_picture) {
    *out_picture = value->dims;
    if (!call->importer->is_batched || (value->dims.rank < rank && !value->node)) return true;
    bool is_batch = value->dims.rank == rank && (value->node || value->dims.d[0] == 1);
    if (!is_batch) return call_fail_batch(call);
    *out_picture = dims_drop_front(value->dims);
    return true;
}

struct operand {
    struct value *value;
    struct dims picture;
    struct shape shape;
};

static struct shape as_shape(struct dims dims, int first) {
    struct shape shape = {.rank = dims.rank - first};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = dims.d[i + first];
    return shape;
}

/* Axes that are broadcast alike become one; false: more than three are left. */
static bool join_axes(struct operand *operands, const struct dims *result) {
    int last = -1;
    struct dims padded[2] = {dims_pad_front(operands[0].picture, result->rank),
                             dims_pad_front(operands[1].picture, result->rank)};
    operands[0].shape = operands[1].shape = (struct shape){0};
    for (int i = 0; i < result->rank; i++) {
        if (result->d[i] == 1) continue;
        int pattern = (padded[0].d[i] == 1) + 2 * (padded[1].d[i] == 1);
        int rank = operands[0].shape.rank;
        if (pattern != last && rank == 3) return false;
        for (int k = 0; k < 2; k++) {
            struct shape *shape = &operands[k].shape;
            if (pattern == last)
                shape->dims[rank - 1] *= padded[k].d[i];
            else
                shape->dims[shape->rank++] = padded[k].d[i];
        }
        last = pattern;
    }
    return true;
}

static bool is_single_constant(const struct value *value) {
    return !value->node && dims_count(value->dims) == 1;
}

/* Shapes under which both go together in the graph. */
static bool choose_shapes(struct call *call, struct operand *operands, const struct dims *result) {
    const struct value *a = operands[0].value, *b = operands[1].value;
    int skip = !call->importer->is_batched && result->rank >= 2 && result->d[0] == 1;
    struct dims padded[2] = {dims_pad_front(operands[0].picture, result->rank),
                             dims_pad_front(operands[1].picture, result->rank)};
    for (int k = 0; k < 2; k++) {
        if (!is_single_constant(operands[k].value)) continue;
        operands[k].shape = (struct shape){0};
        operands[1 - k].shape = operands[1 - k].value->node->shape;
        return true;
    }
    if (dims_equal(padded[0], padded[1])) {
        bool is_same = a->node && b->node && shape_equal(a->node->shape, b->node->shape);
        operands[0].shape = operands[1].shape = is_same ? a->node->shape : value_shape(call, *result);
        return true;
    }
    if (result->rank - skip <= 3) {
        for (int k = 0; k < 2; k++) operands[k].shape = as_shape(padded[k], skip);
        return true;
    }
    if (join_axes(operands, result)) return true;
    for (int k = 0; k < 2; k++) {
        struct dims dims = *result;
        if (call->importer->is_batched && operands[k].value->node) {
            dims = dims_pad_front(dims, dims.rank + 1);
            dims.d[0] = call->importer->batch;
        }
        operands[k].value = value_expand(call, operands[k].value, dims);
        if (!operands[k].value) return false;
        operands[k].shape = value_shape(call, *result);
    }
    return true;
}

static struct value *add_binary(struct call *call, enum op op, struct operand *operands, struct dims result) {
    struct node *inputs[2];
    if (!choose_shapes(call, operands, &result)) return NULL;
    for (int k = 0; k < 2; k++) {
        inputs[k] = value_node(call, operands[k].value, operands[k].shape);
        if (!inputs[k]) return NULL;
    }
    struct node *node = call_finish(call, call_add(call, op, inputs, 2));
    if (call->importer->is_batched) {
        result = dims_pad_front(result, result.rank + 1);
        result.d[0] = call->importer->batch;
    }
    return value_flow(call, node, result);
}

/* An operand as it is behind `like`: turned alike, a constant, or one that can be turned without moving a number, such as a
 * gate [N, 1, 1, C]. NULL: none of these, or after call_fail. */
static struct value *find_behind(struct call *call, struct value *operand, const struct value *like) {
    if (value_is_turned_alike(operand, like)) return operand->behind;
    if (operand->behind || operand->dims.rank > like->dims.rank) return NULL;
    if (is_single_constant(operand)) return operand;
    if (operand->node && operand->dims.rank != like->dims.rank) return NULL;
    struct value *back = value_turn_back(call, operand, like);
    return back && !back->behind ? back : NULL;
}

/* Operands of which one is turned: done behind, then turned. NULL: they do not go together so, or after call_fail. */
static struct value *apply_behind(struct call *call, enum binary kind, struct value *a, struct value *b) {
    const struct value *like = a->behind ? a : b;
    if (!like->behind || kind > BINARY_POW) return NULL;
    a = find_behind(call, a, like);
    b = find_behind(call, b, like);
    return a && b ? value_turn_like(call, value_binary(call, kind, a, b), like) : NULL;
}

struct value *value_binary(struct call *call, enum binary kind, struct value *a, struct value *b) {
    if (!a || !b) return NULL;
    if (!a->node && !b->node) return fold_binary(call, kind, a, b);
    struct value *turned = apply_behind(call, kind, a, b);
    if (turned || call->problem) return turned;
    if (a->node) a = value_settle(call, a);
    if (b->node) b = value_settle(call, b);
    if (!a || !b) return NULL;
    if (kind > BINARY_POW)
        return call_fail(call, "it is supported only where its inputs are known when the model is compiled"), NULL;
    int rank = -1;
    struct operand operands[2] = {{.value = a}, {.value = b}};
    struct dims result;
    for (int k = 0; k < 2; k++)
        if (operands[k].value->node && operands[k].value->dims.rank > rank) rank = operands[k].value->dims.rank;
    for (int k = 0; k < 2; k++)
        if (!find_picture(call, operands[k].value, rank, &operands[k].picture)) return NULL;
    if (!dims_broadcast(operands[0].picture, operands[1].picture, &result))
        return call_fail(call, "its inputs %s and %s do not go together", dims_text(call->importer->arena, a->dims),
                         dims_text(call->importer->arena, b->dims)),
               NULL;
    if (dims_count(result) < 1) return call_fail(call, "its result is empty or too large"), NULL;
    return add_binary(call, binary_ops[kind], operands, result);
}

struct value *value_activation(struct call *call, struct value *value, struct activation activation) {
    if (!value) return NULL;
    if (!value->node) return fold_activation(call, value, activation);
    if (value->behind) return value_turn_like(call, value_activation(call, value->behind, activation), value);
    struct node *node = call_add(call, OP_ACTIVATION, &value->node, 1);
    node->as.activation = activation;
    return value_flow(call, call_finish(call, node), value->dims);
}

struct value *value_unary(struct call *call, struct value *value, enum activation_kind kind) {
    static const double defaults[][2] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) {alpha_default, beta_default},
#include "../graph/activation.def"
#undef ACTIVATION
    };
    return value_activation(call, value, (struct activation){kind, defaults[kind][0], defaults[kind][1]});
}
