/* meet_squeezes.c - in a network from picture to picture, global pools become meetings of all tiles of the picture.
 *
 *     %2 = global_avgpool %1   ->   %2 = meet %1, mean in phase 1
 *
 * A tile's own mean is not that of the picture; a `meet` is the place where the runtime gathers it (graph/tiling.h);
 * the next pass sorts by phases. Stands before the passes that move squeezes: they leave a `meet` where it is, since its map's
 * place in the picture is written down here. Declined: networks that make no picture. */
#include "pass.h"

#include "../base/fatal.h"
#include "../graph/tiling.h"

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
    graph->tiling = tiling;
}
