/* ahead.c - which weights a convolution fetches for the steps behind it.
 *
 * Weights lie in memory in the order of the steps that read them, and each is read once a run: a step that begins finds its own
 * beyond L2. A direct convolution whose own weights fit L2 leaves the way from memory idle; it fetches what lies behind its
 * panel, up to the end of the weights of the next convolution: with them those of depthwise convolutions and excitations in between. */
#include "build.h"
#include "tile_model.h"

static bool can_fetch(const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    return step->anchor == ANCHOR_CONV && !conv->streams_weights && !conv->spreads_weights;
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
    /* measured: a gain with 2 MB, none with 512 KB, which a step's maps and weights fill */
    enum { LEAST_L2_BYTES = 1 << 20, LEAST_BYTES = 16 << 10 };
    struct plan_step *fetching = NULL;
    int64_t bytes = 0, all = 0, half = plan->target->l2_bytes / 2;
    for (size_t i = 0; i < plan->panels.count; i++) all += plan->panels.items[i]->size_bytes;
    /* weights that L2 holds stay there from run to run */
    if (plan->target->l2_bytes < LEAST_L2_BYTES || !tile_streams_weights(plan, all)) return;
    for (size_t i = 0; i < plan->panels.count; i++) {
        const struct plan_panel *panel = plan->panels.items[i];
        struct plan_step *step = plan->steps.items[panel->step->index];
        bytes += panel->size_bytes;
        if (!is_convolution(step) && i + 1 < plan->panels.count) continue;
        if (bytes > half) bytes = half;
        if (fetching && bytes > most_bytes(plan, fetching)) bytes = most_bytes(plan, fetching);
        if (fetching && bytes >= LEAST_BYTES) fetching->as.conv.ahead_bytes = bytes;
        fetching = can_fetch(step) ? step : NULL;
        bytes = 0;
    }
}
