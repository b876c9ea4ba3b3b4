/* order_nodes.c - nodes come in one order, whatever the order in the file: depth first from the outputs.
 *
 *     %1 = conv %0 @shortcut          %2 = conv %0 @first
 *     %2 = conv %0 @first        ->   %3 = conv %2 @second
 *     %3 = conv %2 @second            %1 = conv %0 @shortcut
 *     %4 = add %1, %3                 %4 = add %1, %3
 *
 * Of the two operands of an elementwise operation the one of fewer numbers is computed first: a gate is then known when
 * its map is computed, if it does not need that map. Of two maps it is the one with the most multiply-accumulates
 * on a path behind it: the main branch before the shortcut, as PyTorch computes and exports them. What a concatenation
 * joins comes in the order in which it lies there, what several outputs need by the first of them.
 *
 * Meetings of tiles (graph/tiling.h) go before all else, by phase, each after just what it needs, so that a phase runs no
 * further than its last meeting. What no output needs comes last. Declined: nothing. */
#include "pass.h"

#include "../graph/tiling.h"

#include <math.h>

struct path { /* the longest from the inputs to a node's result, both included */
    double macs;
    int length;
};

struct visit {
    struct node *node;
    int next; /* of its inputs to look at */
};

struct ordering {
    struct graph *graph;
    struct arena *scratch;
    struct path *paths; /* by node id */
    bool *is_placed;
    VEC(struct visit) stack;
};

static struct path find_path(const struct ordering *order, const struct node *node) {
    int64_t macs = graph_count_macs(node); /* -1: more than can be counted */
    struct path longest = {0, 0};
    for (int i = 0; i < node->input_count; i++) {
        const struct path *path = &order->paths[node->inputs[i]->id];
        if (path->macs > longest.macs) longest.macs = path->macs;
        if (path->length > longest.length) longest.length = path->length;
    }
    return (struct path){longest.macs + (macs < 0 ? INFINITY : (double)macs), longest.length + 1};
}

/* Of the inputs of a node: which one comes first. */
static bool is_second_first(const struct ordering *order, const struct node *node) {
    if (!op_is_binary(node->op)) return false;
    const struct node *a = node->inputs[0], *b = node->inputs[1];
    int64_t a_count = shape_element_count(a->shape), b_count = shape_element_count(b->shape);
    const struct path *a_path = &order->paths[a->id], *b_path = &order->paths[b->id];
    if (a_count != b_count) return b_count < a_count;
    if (a_path->macs != b_path->macs) return b_path->macs > a_path->macs;
    return b_path->length > a_path->length;
}

static void place(struct ordering *order, struct node *node) {
    order->is_placed[node->id] = true;
    graph_move_to_end(order->graph, node);
}

/* The node, after all that it needs and that has no place yet. */
static void visit(struct ordering *order, struct node *root) {
    vec_push(order->scratch, &order->stack, ((struct visit){root, 0}));
    while (order->stack.count) {
        struct visit *top = &order->stack.items[order->stack.count - 1];
        struct node *node = top->node;
        if (order->is_placed[node->id]) {
            order->stack.count--;
        } else if (top->next < node->input_count) {
            struct node *input = node->inputs[is_second_first(order, node) ? 1 - top->next : top->next];
            top->next++;
            vec_push(order->scratch, &order->stack, ((struct visit){input, 0}));
        } else {
            place(order, node);
            order->stack.count--;
        }
    }
}

/* The nodes of the list as it is now; it is about to change. */
static struct node **list_nodes(const struct graph *graph, struct arena *arena, size_t *out_count) {
    struct node **nodes = ARENA_NEW_ARRAY(arena, struct node *, graph->next_id);
    *out_count = 0;
    for (struct node *node = graph->first; node; node = node->next) nodes[(*out_count)++] = node;
    return nodes;
}

void pass_order_nodes(struct graph *graph) {
    struct arena *scratch = arena_create();
    struct ordering order = {.graph = graph,
                             .scratch = scratch,
                             .paths = ARENA_NEW_ARRAY(scratch, struct path, graph->next_id),
                             .is_placed = ARENA_NEW_ARRAY(scratch, bool, graph->next_id)};
    size_t count;
    struct node **nodes = list_nodes(graph, scratch, &count);
    for (size_t i = 0; i < count; i++) order.paths[nodes[i]->id] = find_path(&order, nodes[i]);
    for (size_t i = 0; i < count; i++)
        if (!nodes[i]->input_count) place(&order, nodes[i]);
    for (int phase = 1; graph->tiling && phase < graph->tiling->phase_count; phase++)
        for (size_t i = 0; i < graph->tiling->meetings.count; i++)
            if (graph->tiling->meetings.items[i].phase == phase) visit(&order, graph->tiling->meetings.items[i].node);
    for (size_t i = 0; i < graph->outputs.count; i++) visit(&order, graph->outputs.items[i].node);
    for (size_t i = 0; i < count; i++)
        if (!order.is_placed[nodes[i]->id]) place(&order, nodes[i]);
    arena_destroy(scratch);
}
