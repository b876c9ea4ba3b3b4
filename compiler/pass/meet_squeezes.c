/* meet_squeezes.c - in a network from picture to picture, global pools become meetings of all tiles of the picture.
 *
 *     %2 = global_avgpool %1   ->   %2 = meet %1, mean in phase 1
 *
 * A tile's own mean is not that of the picture; a `meet` is the place where the runtime gathers it (graph/tiling.h). The
 * nodes are sorted by the phase that first needs them, so that a phase runs no further than its last meeting.
 * Stands before the passes that move squeezes: they leave a `meet` where it is, since its map's place in the picture is
 * written down here. Declined: networks that make no picture. */
#include "pass.h"

#include "../base/fatal.h"
#include "../graph/tiling.h"

/* needed[id]: the first phase that needs the node. */
static void find_phases(const struct graph *graph, int *needed, int last_phase) {
    for (uint32_t i = 0; i < graph->next_id; i++) needed[i] = last_phase;
    for (const struct node *node = graph->last; node; node = node->previous) {
        if (node->op == OP_MEET) needed[node->id] = node->as.meet.phase;
        for (int i = 0; i < node->input_count; i++) {
            int *input = &needed[node->inputs[i]->id];
            if (needed[node->id] < *input) *input = needed[node->id];
        }
    }
}

static void sort_by_phase(struct graph *graph, int phase_count) {
    struct arena *scratch = arena_create();
    int *needed = ARENA_NEW_ARRAY(scratch, int, graph->next_id);
    find_phases(graph, needed, phase_count);
    for (int phase = 1; phase <= phase_count; phase++) {
        const struct node *last = graph->last;
        bool is_last = false;
        for (struct node *node = graph->first, *next; node && !is_last; node = next) {
            next = node->next;
            is_last = node == last;
            if (needed[node->id] == phase) graph_move_to_end(graph, node);
        }
    }
    arena_destroy(scratch);
}

void pass_meet_squeezes(struct graph *graph) {
    struct tiling_problem problem;
    if (!graph->outputs.items[0].picture) return;
    struct tiling *tiling = tiling_analyse(graph, &problem);
    if (!tiling) fatal_bug("network '%s' can no longer be tiled: %s", graph->name, problem.text);
    for (size_t i = 0; i < tiling->meetings.count; i++) {
        struct node *node = tiling->meetings.items[i].node;
        bool is_max = node->op == OP_GLOBAL_MAX_POOL;
        node->op = OP_MEET;
        node->as.meet.is_max = is_max;
        node->as.meet.index = (int)i;
        node->as.meet.phase = tiling->meetings.items[i].phase;
    }
    sort_by_phase(graph, tiling->phase_count);
    graph->tiling = tiling;
}
