/* remove_identity.c - operations that give back what they take are dropped: slices of everything, reshapes to the same
 * shape, also by way of another, paddings by nothing, sums with 0, products with 1.
 *
 *     %3 = slice %2, all of its channels      ->  (nothing)
 *     %4 = add %3, zeros                          (nothing)
 *     %5 = relu %4                                %5 = relu %2
 *
 * Declined: what is taken is a parameter, or an input of the network where the result is an output of it; a sum or product that
 * is larger than what is taken. Legal because each number of the result is the number at the same place of the operand: their
 * shapes are equal. (A sum with 0 makes 0 of -0; without it -0 stays.) */
#include "pass.h"

#include "param.h"

static bool is_all(const struct node *param, float wanted) {
    if (!param_is_bound(param)) return false;
    for (int64_t i = 0, count = shape_element_count(param->shape); i < count; i++)
        if (param->as.param.tensor->values[i] != wanted) return false;
    return true;
}

/* The nearest value of the reshape's shape that it is a reshape of, perhaps by way of others; else its operand. */
static struct node *behind_reshapes(const struct node *reshape) {
    for (struct node *x = reshape->inputs[0];; x = x->inputs[0]) {
        if (shape_equal(x->shape, reshape->shape)) return x;
        if (x->op != OP_RESHAPE) return reshape->inputs[0];
    }
}

/* The operand that the node gives back, or NULL. */
static struct node *find_same(const struct node *node) {
    switch (node->op) {
    case OP_SLICE:
    case OP_PAD: return node->inputs[0];
    case OP_RESHAPE: return behind_reshapes(node);
    case OP_ADD:
    case OP_MUL:
        for (int i = 0; i < 2; i++)
            if (is_all(node->inputs[i], node->op == OP_MUL)) return node->inputs[1 - i];
        return NULL;
    case OP_SUB:
    case OP_DIV: return is_all(node->inputs[1], node->op == OP_DIV) ? node->inputs[0] : NULL;
    default: return NULL;
    }
}

static bool is_output(const struct graph *graph, const struct node *node) {
    for (size_t i = 0; i < graph->outputs.count; i++)
        if (graph->outputs.items[i].node == node) return true;
    return false;
}

/* The node, and what only it used on the way to x. */
static void remove_unused(struct graph *graph, struct node *node, const struct node *x) {
    while (node != x && !graph_use_count(graph, node)) {
        struct node *before = node->op == OP_RESHAPE ? node->inputs[0] : NULL;
        graph_remove(graph, node);
        if (!before) return;
        node = before;
    }
}

void pass_remove_identity(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        struct node *x = find_same(node);
        if (!x || x->op == OP_PARAM || !shape_equal(x->shape, node->shape)) continue;
        if (x->op == OP_INPUT && is_output(graph, node)) continue;
        graph_replace_uses(graph, node, x);
        remove_unused(graph, node, x);
    }
}
