/* binary.c - add, sub, mul, div, min, max, pow of the interpreter, broadcast by shape_broadcast's rule. */
#include "eval_op.h"

#include <math.h>

/* How far apart the numbers of an operand lie along each axis of the result; 0 where it is broadcast. */
struct strides {
    int64_t along[SHAPE_MAX_RANK];
};

static struct strides operand_strides(struct shape operand, struct shape result) {
    if (operand.rank == 1 && result.rank == 3) operand = (struct shape){.rank = 3, .dims = {operand.dims[0], 1, 1}};
    struct strides strides = {{0}};
    if (operand.rank != result.rank) return strides; /* a single number */
    int64_t size = 1;
    for (int axis = result.rank - 1; axis >= 0; axis--) {
        strides.along[axis] = operand.dims[axis] == 1 ? 0 : size;
        size *= operand.dims[axis];
    }
    return strides;
}

static double combine(enum op op, double a, double b) {
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUB: return a - b;
    case OP_MUL: return a * b;
    case OP_DIV: return a / b;
    case OP_MIN: return a < b || isnan(a) ? a : b; /* a NaN wins */
    case OP_MAX: return a > b || isnan(a) ? a : b;
    default: return pow(a, b);
    }
}

static void binary(const struct node *node, const struct tensor *const *inputs, float *out) {
    struct strides a = operand_strides(inputs[0]->shape, node->shape);
    struct strides b = operand_strides(inputs[1]->shape, node->shape);
    int64_t count = shape_element_count(node->shape), position[SHAPE_MAX_RANK] = {0}, from_a = 0, from_b = 0;
    for (int64_t i = 0; i < count; i++) {
        out[i] = (float)combine(node->op, inputs[0]->values[from_a], inputs[1]->values[from_b]);
        for (int axis = node->shape.rank - 1; axis >= 0; axis--) { /* the next position in row-major order */
            from_a += a.along[axis];
            from_b += b.along[axis];
            if (++position[axis] < node->shape.dims[axis]) break;
            position[axis] = 0;
            from_a -= a.along[axis] * node->shape.dims[axis];
            from_b -= b.along[axis] * node->shape.dims[axis];
        }
    }
}

void eval_ADD(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_SUB(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_MUL(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_DIV(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_MIN(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_MAX(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}

void eval_POW(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    binary(node, inputs, out);
}
