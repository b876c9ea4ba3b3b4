/* ahead.c - which weights a convolution fetches for the steps behind it, and which must fetch their own.
 *
 * Weights lie in memory in the order of the steps that read them, and each is read once a run: a step that begins finds its own
 * beyond L2. A direct convolution whose own weights fit L2 leaves the way from memory idle; it fetches what lies behind its
 * panel, up to the end of the weights of the next convolution: with them those of depthwise convolutions and excitations in
 * between. A direct convolution whose weights the one before it has not fetched, or not all, fetches them group by group. */
#include "build.h"
#include "tile_model.h"

static bool can_fetch(const struct plan *plan, const struct plan_step *step) {
    return step->anchor == ANCHOR_CONV && !step->as.conv.spreads_weights && step->panels[0]->size_bytes <= plan->target->l2_bytes / 2;
}

static bool is_convolution(const struct plan_step *step) {
    return step->anchor == ANCHOR_CONV || step->anchor == ANCHOR_WINOGRAD || step->anchor == ANCHOR_WINOGRAD_PRODUCTS;
}

/* What comes while the convolution multiplies: a line in 16 cycles, as much as one core gets from memory. */
static int64_t most_bytes(const struct plan *plan, const struct plan_step *step) {
    enum { BYTES_PER_CYCLE = 4 };
    const struct plan_axis *axis = step->as.conv.axis;
    int64_t vectors = step->panels[0]->size_bytes / (4 * plan->lanes), positions = axis[0].grid * axis[1].grid;
    return BYTES_PER_CYCLE * vectors * positions * plan->graph->batch / tile_fma_per_cycle(plan->target);
}

void choose_ahead(struct plan *plan) {
    enum { LEAST_BYTES = 16 << 10 };
    struct plan_step *fetching = NULL;
    int64_t wanted = 0, all = 0, half = plan->target->l2_bytes / 2;
    for (size_t i = 0; i < plan->panels.count; i++) all += plan->panels.items[i]->size_bytes;
    /* weights that L2 holds stay there from run to run; measured: a gain with 2 MB of it, none with 512 KB */
    if (!tile_l2_is_large(plan->target) || !tile_streams_weights(plan, all)) return;
    for (size_t i = 0; i < plan->panels.count; i++) {
        const struct plan_panel *panel = plan->panels.items[i];
        struct plan_step *step = plan->steps.items[panel->step->index];
        wanted += panel->size_bytes;
        if (!is_convolution(step) && i + 1 < plan->panels.count) continue;
        int64_t bytes = fetching ? most_bytes(plan, fetching) : 0;
        if (bytes > half) bytes = half;
        if (bytes > wanted) bytes = wanted;
        if (bytes >= LEAST_BYTES) fetching->as.conv.ahead_bytes = bytes;
        if (step->anchor == ANCHOR_CONV && !step->as.conv.spreads_weights && bytes < wanted) step->as.conv.streams_weights = true;
        fetching = can_fetch(plan, step) ? step : NULL;
        wanted = 0;
    }
}
