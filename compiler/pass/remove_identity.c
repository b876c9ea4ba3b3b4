/* remove_identity.c - operations that give back what they take are dropped: slices of everything, reshapes to the same
 * shape, paddings by nothing.
 *
 *     %3 = slice %2, all of its channels      ->  (nothing)
 *     %4 = relu %3                                %4 = relu %2
 *
 * Declined: what is taken is an input or a parameter, which outputs do not name in its place. Legal because each number of
 * the result is the number at the same place of the operand: their shapes are equal. */
#include "pass.h"

static bool is_identity(const struct node *node) {
    if (node->op != OP_SLICE && node->op != OP_RESHAPE && node->op != OP_PAD) return false;
    const struct node *x = node->inputs[0];
    return x->op != OP_INPUT && x->op != OP_PARAM && shape_equal(x->shape, node->shape);
}

void pass_remove_identity(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (!is_identity(node)) continue;
        graph_replace_uses(graph, node, node->inputs[0]);
        graph_remove(graph, node);
    }
}
