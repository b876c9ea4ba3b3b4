/* hoist_squeeze.c - the mean of a 1x1 convolution's result is the convolution of its input's mean.
 *
 *     %2 = conv %1, w, b          1x1        ->  %4 = global_avgpool %1
 *     %3 = global_avgpool %2                     %5 = conv %4, w, b
 *                                                %2 = conv %1, w, b
 *
 * mean(A x + b) = A mean(x) + b. The squeeze of an SE block behind the last convolution of a bottleneck so reads a map
 * with a quarter of the channels, and its gate is known before that convolution runs, which can apply it to its results
 * in registers. The new nodes stand before the convolution.
 * Declined: kernels other than 1x1, strides (the mean would be over other pixels), padding, convolutions that do not
 * widen (nothing is saved), and parameters that are not bound. */
#include "pass.h"

#include "param.h"

static bool can_hoist(const struct node *squeeze) {
    if (squeeze->op != OP_GLOBAL_AVG_POOL) return false;
    const struct node *conv = squeeze->inputs[0];
    if (conv->op != OP_CONV || !param_inputs_are_bound(conv, 1)) return false;
    const struct window *window = &conv->as.conv.window;
    for (int i = 0; i < 2; i++)
        if (window->kernel[i] != 1 || window->stride[i] != 1) return false;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return conv->inputs[0]->shape.dims[0] < conv->shape.dims[0];
}

static void hoist(struct graph *graph, struct node *squeeze) {
    struct node *conv = squeeze->inputs[0];
    struct node *mean = graph_add(graph, conv, OP_GLOBAL_AVG_POOL, &conv->inputs[0], 1, squeeze->origin);
    mean->shape = (struct shape){.rank = 3, .dims = {conv->inputs[0]->shape.dims[0], 1, 1}};
    mean->name = squeeze->name;
    mean->se = squeeze->se;
    struct node *inputs[3] = {mean};
    for (int i = 1; i < conv->input_count; i++) inputs[i] = conv->inputs[i];
    struct node *product = graph_add(graph, conv, OP_CONV, inputs, conv->input_count, conv->origin);
    product->shape = squeeze->shape;
    product->name = conv->name;
    product->as = conv->as;
    graph_replace_uses(graph, squeeze, product);
    graph_remove(graph, squeeze);
}

void pass_hoist_squeeze(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (can_hoist(node)) hoist(graph, node);
    }
}
