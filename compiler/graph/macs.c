/* macs.c - how many multiply-accumulates an operation takes. */
#include "graph.h"

static bool multiply(int64_t *product, int64_t factor) {
    return !__builtin_mul_overflow(*product, factor, product);
}

int64_t graph_count_macs(const struct node *node) {
    const struct shape *weight = node->input_count > 1 ? &node->inputs[1]->shape : NULL;
    int64_t macs = 0, positions;
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_TRANSPOSE: /* each weight meets each position of the result, or of the input */
        macs = shape_element_count(*weight);
        positions = node->op == OP_CONV ? node->shape.dims[1] : node->inputs[0]->shape.dims[1];
        if (!multiply(&macs, positions)) return -1;
        positions = node->op == OP_CONV ? node->shape.dims[2] : node->inputs[0]->shape.dims[2];
        return multiply(&macs, positions) ? macs : -1;
    case OP_LINEAR: return shape_element_count(*weight);
    case OP_SE: return 2 * shape_element_count(*weight);
    default: return 0;
    }
}
