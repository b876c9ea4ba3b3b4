/* tile_choice.c - what a user wants of a tile (--tile) is held against the machine and the layer. */
#include "build.h"
#include "tile_choice.h"

#include <string.h>

bool tile_choice_names(const struct tile_choice *choice, const struct plan_step *step) {
    return step->node && step->node->name && !strcmp(step->node->name, choice->layer);
}

const char *tile_choice_refusal(const struct plan *plan, const struct plan_step *step,
                                const struct tile_choice *choice, int64_t most_columns) {
    const struct plan_conv *conv = &step->as.conv;
    int64_t blocks = plan_blocks(step->result.c, plan->lanes);
    if (conv->is_permuted && choice->blocks != 1)
        return arena_format(plan->arena, "groups of %lld channels take tiles of 1 block", (long long)conv->inputs_per_group);
    if (choice->blocks > blocks)
        return arena_format(plan->arena, "the result has %lld blocks of %lld channels", (long long)blocks, (long long)plan->lanes);
    if (choice->columns > conv->axis[1].grid)
        return arena_format(plan->arena, "the rows of its grid have %lld columns", (long long)conv->axis[1].grid);
    if (choice->columns > most_columns) {
        const char *most = most_columns < 1 ? "none" : arena_format(plan->arena, "%lld", (long long)most_columns);
        return arena_format(plan->arena, "the %d vector registers of %s hold tiles of %s columns by %lld blocks at most",
                            plan->target->vector_registers, plan->target->name, most, (long long)choice->blocks);
    }
    if (choice->rows > conv->axis[0].grid)
        return arena_format(plan->arena, "its grid has %lld rows", (long long)conv->axis[0].grid);
    return NULL;
}

const char *tile_choice_refuse_passes(const struct plan *plan, const struct plan_step *step,
                                      const struct tile_choice *choice) {
    const struct plan_conv *conv = &step->as.conv;
    int64_t waiting_bytes = conv->item_rows * conv->axis[1].grid * conv->tile_blocks * plan->lanes * 4;
    if (choice->passes > conv->reduce_blocks)
        return arena_format(plan->arena, "%lld input blocks are all there are for a tile", (long long)conv->reduce_blocks);
    if (choice->passes && choice->passes < conv->reduce_blocks && waiting_bytes > PLAN_MAX_WAITING_BYTES)
        return arena_format(plan->arena, "the sums of an item, %lld bytes, would wait between passes; %d is the most: give fewer rows",
                            (long long)waiting_bytes, PLAN_MAX_WAITING_BYTES);
    return NULL;
}
