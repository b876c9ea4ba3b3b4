/* squeeze_epilogue.c - marks the squeezes whose sums the steps that compute the map keep, while its numbers are in registers.
 *
 *     %2 = conv %1, w, b                    ->  %2 = conv %1, w, b
 *     %3 = global_avgpool %2                    %3 = global_avgpool %2  sums
 *
 * The work of such a step is cut into items, and every item leaves the sum of its own results, channel by channel:
 *
 *     mean(u) = (1 / H W) sum over i of P_i,        P_i = sum of the pixels of item i
 *
 * and likewise the largest value. What needs the mean adds the P_i up in the order of the items. Neither the items nor that order
 * depend on the number of threads, so no bit of the result does. No pass over the map is left: schedule/squeeze.c has the steps
 * that keep sums, schedule/border.c those of classes of rows and columns (hoist-squeeze), schedule/fuse.c sums in front of an
 * epilogue, of a map that is then not stored.
 *
 * Legal because a sum may be cut up in any way; rounding differs. Declined, with the reason: maps that no step computes, maps
 * that are moved together from several places (padding, transposed convolutions with a stride, parts along rows or columns),
 * and what is computed along channels. The schedule lets the excitation read a map of few pixels itself. */
#include "pass.h"

static bool has_stride(const struct node *conv) {
    return conv->as.conv.window.stride[0] != 1 || conv->as.conv.window.stride[1] != 1;
}

/* NULL, or why the steps that compute the map keep no sums. */
static const char *find_obstacle(const struct node *map) {
    switch (map->op) {
    case OP_INPUT:
    case OP_PARAM: return "no step computes the map, an input";
    case OP_PAD: return "padding lies in the map";
    case OP_CONCAT: return map->as.concat.axis == 0 ? NULL : "the map is joined of rows or columns";
    case OP_CONV_TRANSPOSE: return has_stride(map) ? "several steps write each row of a transposed convolution" : NULL;
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX:
    case OP_TAKE:
    case OP_RESAMPLE:
    case OP_REDUCE:
    case OP_ARGMAX: return "the step that computes the map keeps no sums";
    default: return NULL;
    }
}

/* The pool of a whole map, or the first of two sums of classes: of rows. */
static bool is_squeeze(const struct node *node) {
    switch (node->op) {
    case OP_GLOBAL_AVG_POOL:
    case OP_GLOBAL_MAX_POOL:
    case OP_REDUCE: return true;
    case OP_RESAMPLE: return node->se && node->as.resample.axis == 1 && node->inputs[0]->op != OP_RESAMPLE;
    default: return false;
    }
}

void pass_squeeze_epilogue(struct graph *graph) {
    for (struct node *node = graph->first; node; node = node->next) {
        if (!is_squeeze(node)) continue;
        const struct node *map = node->inputs[0];
        const char *obstacle = find_obstacle(map);
        node->from_sums = !obstacle;
        if (obstacle) graph_note_se(graph, node->se, "squeeze-epilogue", map->origin, "declined: %s", obstacle);
    }
}
