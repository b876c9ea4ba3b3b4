/* fold_constants.c - operations whose inputs are all known numbers are computed now.
 *
 *     %3 = sqrt2 * 0.5, with both constants       ->  a constant
 *     %4 = reshape fc.weight, a bound parameter   ->  a constant
 *
 * Declined: parameters that are not bound, and results much larger than their inputs (an upsampled or broadcast
 * constant), which would cost more memory than they save time.
 * Legal because operations have no effect but their result, and the interpreter computes what the generated code
 * would, rounded to float at the same places. */
#include "pass.h"

#include "../eval/eval.h"
#include "param.h"

enum { SMALL_ELEMENTS = 1024, GROWTH = 2 }; /* always folded; at most so many times the inputs */

static bool is_worth_it(const struct node *node) {
    int64_t result = shape_element_count(node->shape), inputs = 0;
    for (int i = 0; i < node->input_count; i++) inputs += shape_element_count(node->inputs[i]->shape);
    return result <= SMALL_ELEMENTS || result <= GROWTH * inputs;
}

static bool can_fold(const struct node *node) {
    return node->input_count > 0 && param_inputs_are_bound(node, 0) && is_worth_it(node);
}

static void fold(struct graph *graph, struct node *node) {
    const struct tensor **inputs = ARENA_NEW_ARRAY(graph->arena, const struct tensor *, (size_t)node->input_count);
    for (int i = 0; i < node->input_count; i++) inputs[i] = node->inputs[i]->as.param.tensor;
    const struct tensor *result = eval_node(graph->arena, node, inputs);
    graph_replace_uses(graph, node, param_add_constant(graph, result, node));
    graph_remove(graph, node);
}

void pass_fold_constants(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (can_fold(node)) fold(graph, node);
    }
}
