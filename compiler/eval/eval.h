/* eval.h - the reference interpreter: a graph run by plain loops, sums in double. Slow and obviously right. */
#ifndef SENC_EVAL_EVAL_H
#define SENC_EVAL_EVAL_H

#include "../graph/graph.h"

/* The value of one node from its inputs' values; allocated in `arena`. Not for OP_INPUT. */
const struct tensor *eval_node(struct arena *arena, const struct node *node, const struct tensor *const *inputs);

/* One picture through the whole graph: inputs[i] for graph->inputs.items[i]; out_outputs[i] for outputs.items[i],
 * allocated in `arena`. All params must be bound. Intermediate values are freed as soon as their last use is past. */
void eval_graph(struct arena *arena, const struct graph *graph, const struct tensor *const *inputs,
                const struct tensor **out_outputs);

/* An activation of one number, in double. */
double eval_activation(struct activation activation, double x);

#endif
