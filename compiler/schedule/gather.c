/* gather.c - the lanes of a GATHER step: mostly those of a block come from two or three vectors of the sources, and blocks in
 * which the same lanes of their vectors come to the same places are made by the same shuffles, a pick:
 *
 *     concat of 12 and 12 channels, 8 lanes       block 0: a0 a1 .. a7                  pick 0: v0[0..7]
 *                                                 block 1: a8 .. a11, b0 .. b3          pick 1: v0[0..3], v1[0..3]
 *                                                 block 2: b4 .. b11                    pick 2: v0[4..7], v1[0..3]
 *
 * Where that takes too many vectors or too many picks, each lane is fetched by its own address. */
#include "build.h"

#include <string.h>

/* One block: its pick, and for each vector that it takes the first lane's channel. */
struct block_inputs {
    struct plan_pick pick;
    const struct plan_buffer *sources[PLAN_PICK_INPUTS];
    int64_t channels[PLAN_PICK_INPUTS];
};

static int find_input(struct block_inputs *block, const struct plan_buffer *source, int64_t channel) {
    for (int i = 0; i < block->pick.input_count; i++)
        if (block->sources[i] == source && block->channels[i] == channel) return i;
    if (block->pick.input_count == PLAN_PICK_INPUTS) return -1;
    block->sources[block->pick.input_count] = source;
    block->channels[block->pick.input_count] = channel;
    return block->pick.input_count++;
}

/* False if the block takes too many vectors. */
static bool look_at_block(const struct plan *plan, const struct plan_step *step, int64_t number, struct block_inputs *block) {
    int64_t lanes = plan->lanes;
    *block = (struct block_inputs){.pick = {0}};
    for (int64_t lane = 0; lane < PLAN_MAX_LANES; lane++) block->pick.input[lane] = PICK_ZERO;
    for (int64_t lane = 0; lane < lanes && number * lanes + lane < step->result.c; lane++) {
        const struct plan_buffer *source = step->as.gather.sources[number * lanes + lane];
        int64_t channel = step->as.gather.channels[number * lanes + lane];
        int input = PICK_FILL;
        if (channel >= 0) {
            if (source->block != lanes) return false;
            input = find_input(block, source, channel / lanes * lanes);
            if (input < 0) return false;
            block->pick.lane[lane] = (signed char)(channel % lanes);
        }
        block->pick.input[lane] = (signed char)input;
    }
    return true;
}

static int find_pick(struct plan_step *step, const struct plan_pick *pick) {
    for (int i = 0; i < step->as.gather.pick_count; i++)
        if (memcmp(&step->as.gather.picks[i], pick, sizeof *pick) == 0) return i;
    if (step->as.gather.pick_count == PLAN_MAX_PICKS) return -1;
    step->as.gather.picks[step->as.gather.pick_count] = *pick;
    return step->as.gather.pick_count++;
}

void schedule_picks(struct plan *plan, struct plan_step *step) {
    struct block_inputs block;
    int64_t blocks = plan_blocks(step->result.c, plan->lanes);
    step->as.gather.picks = ARENA_NEW_ARRAY(plan->arena, struct plan_pick, PLAN_MAX_PICKS);
    for (int64_t i = 0; i < blocks && plan->level > 0; i++)
        if (!look_at_block(plan, step, i, &block) || find_pick(step, &block.pick) < 0) {
            step->as.gather.pick_count = 0;
            return;
        }
}

int64_t plan_gather_size(const struct plan *plan, const struct plan_step *step) {
    return plan_blocks(step->result.c, plan->lanes) * (step->as.gather.pick_count ? PICK_WORDS : 3 * plan->lanes);
}

static int32_t place_of(const struct plan_step *step, const struct plan_buffer *source, int64_t channel) {
    return (int32_t)(source->offset_bytes / 4 + source->origin + channel / source->block * source->block_stride +
                     channel % source->block + step->source_row * source->row_stride + step->source_column * source->block);
}

/* For each block: its pick, then for each vector where it begins in the arena, its batch stride, its row stride. */
static void pack_picks(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    for (int64_t i = 0; i < plan_blocks(step->result.c, plan->lanes); i++, to += PICK_WORDS) {
        struct block_inputs block;
        look_at_block(plan, step, i, &block);
        while (memcmp(&step->as.gather.picks[to[0]], &block.pick, sizeof block.pick) != 0) to[0]++;
        for (int k = 0; k < block.pick.input_count; k++) {
            to[1 + 3 * k] = place_of(step, block.sources[k], block.channels[k]);
            to[2 + 3 * k] = (int32_t)block.sources[k]->batch_stride;
            to[3 + 3 * k] = (int32_t)block.sources[k]->row_stride;
        }
    }
}

/* For each lane: where its channel begins in the arena (in floats), its batch stride, its row stride; for lanes beyond
 * the last channel the place is -1, for those of the fill -2. */
static void pack_lanes(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    int64_t lanes = plan->lanes;
    for (int64_t c = 0; c < plan_blocks(step->result.c, lanes) * lanes; c++) {
        int32_t *at = to + c / lanes * 3 * lanes + c % lanes;
        at[0] = -1;
        if (c >= step->result.c) continue;
        const struct plan_buffer *source = step->as.gather.sources[c];
        if (step->as.gather.channels[c] < 0) {
            at[0] = -2;
            continue;
        }
        at[0] = place_of(step, source, step->as.gather.channels[c]);
        at[lanes] = (int32_t)source->batch_stride;
        at[2 * lanes] = (int32_t)source->row_stride;
    }
}

void plan_pack_gather(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    if (step->as.gather.pick_count)
        pack_picks(plan, step, to);
    else
        pack_lanes(plan, step, to);
}
