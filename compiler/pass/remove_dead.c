/* remove_dead.c - what no output needs is dropped.
 *
 *     %2 = relu %1        ->  (nothing)
 *     output y = %1           output y = %1
 *
 * Declined: inputs, which callers count by position. Legal because operations have no effect but their result. */
#include "pass.h"

void pass_remove_dead(struct graph *graph) {
    for (struct node *node = graph->last, *previous; node; node = previous) {
        previous = node->previous; /* users come behind, so they have been dropped before */
        if (node->op != OP_INPUT && !graph_use_count(graph, node)) graph_remove(graph, node);
    }
}
