/* fuse_excite.c - marks the excitations whose two layers and gate are one step.
 *
 *     %3 = excite %2, F1, f1, F2, f2        ->  %3 = excite %2, F1, f1, F2, f2  fused
 *
 * s = gate(F2 h + f2) with h = act(F1 z + f1), where each of T threads computes all of h, which is short, in memory of its own,
 * and then its share of s. The first layer is computed T times, and in exchange nobody waits between the layers:
 *
 *     two steps: (C_z h + h C) / T and two barriers        one step: C_z h + h C / T and one
 *     one step on every thread: C_z h + h C and none
 *
 * schedule/excite.c takes what its cost model finds fastest, from the bytes of weights that a thread reads and from the cycles
 * of a barrier. Each number is added up in the same order in each of these, so they give the same bits.
 *
 * Legal because every thread computes h from the same numbers. Declined: by the schedule, for a first layer of many weights,
 * which takes each thread longer to read than to wait; an excitation that is not marked stays two steps, except a wary one
 * (sink-scale), whose gates look at z again. */
#include "pass.h"

void pass_fuse_excite(struct graph *graph) {
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_EXCITE) node->as.se.is_fused = true;
}
