/* pack_table.c - the small tables of TAKE, RESAMPLE and REARRANGE steps, as their kernels read them. */
#include "build.h"

#include "../base/fatal.h"

#include <string.h>

static int64_t offset_in(const struct plan_buffer *source, struct plan_spot spot) {
    return spot.row * source->row_stride + spot.column * source->block;
}

/* [channel block][source channels, offsets of rows and columns][lanes], then [row][source channel, offset], then the
 * same for columns. */
static void pack_rearrange(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    const struct plan_buffer *source = step->source.buffer;
    int64_t lanes = plan->lanes, extents[2] = {step->result.h, step->result.w};
    for (int64_t c = 0; c < step->result.c; c++) {
        int32_t *at = to + c / lanes * 2 * lanes + c % lanes;
        at[0] = (int32_t)step->as.rearrange.tables[0][c].channel;
        at[lanes] = (int32_t)offset_in(source, step->as.rearrange.tables[0][c]);
    }
    to += plan_blocks(step->result.c, lanes) * 2 * lanes;
    for (int axis = 0; axis < 2; axis++)
        for (int64_t i = 0; i < extents[axis]; i++) {
            struct plan_spot spot = step->as.rearrange.tables[axis + 1][i];
            *to++ = (int32_t)spot.channel;
            *to++ = (int32_t)offset_in(source, spot);
        }
}

/* Along rows or columns: [result][tap] indices, then as many weights. Along channels, for each block:
 * [tap][places, weights][lanes]. */
static void pack_resample(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    int64_t taps = step->as.resample.taps, count = step->as.resample.count, lanes = plan->lanes;
    const int64_t *indices = step->as.resample.indices;
    const float *weights = step->as.resample.weights;
    const struct plan_buffer *source = step->source.buffer;
    if (step->as.resample.axis) {
        for (int64_t i = 0; i < count * taps; i++) to[i] = (int32_t)indices[i];
        memcpy(to + count * taps, weights, (size_t)(count * taps) * sizeof *weights);
        return;
    }
    for (int64_t c = 0; c < count; c++)
        for (int64_t tap = 0; tap < taps; tap++) {
            int32_t *at = to + (c / lanes * taps + tap) * 2 * lanes + c % lanes;
            int64_t channel = indices[c * taps + tap];
            at[0] = (int32_t)(channel / source->block * source->block_stride + channel % source->block);
            memcpy(at + lanes, &weights[c * taps + tap], sizeof *weights);
        }
}

int64_t plan_table_size(const struct plan *plan, const struct plan_step *step) {
    int64_t blocks = plan_blocks(step->result.c, plan->lanes), lanes = plan->lanes;
    switch (step->anchor) {
    case ANCHOR_TAKE: return step->as.take.count;
    case ANCHOR_RESAMPLE:
        return 2 * step->as.resample.taps * (step->as.resample.axis ? step->as.resample.count : blocks * lanes);
    case ANCHOR_REARRANGE: return 2 * (blocks * lanes + step->result.h + step->result.w);
    default: fatal_bug("a step of '%s' has no table", anchor_name(step->anchor));
    }
}

void plan_pack_table(const struct plan *plan, const struct plan_step *step, int32_t *to) {
    switch (step->anchor) {
    case ANCHOR_TAKE:
        for (int64_t i = 0; i < step->as.take.count; i++) to[i] = (int32_t)step->as.take.indices[i];
        break;
    case ANCHOR_RESAMPLE: pack_resample(plan, step, to); break;
    case ANCHOR_REARRANGE: pack_rearrange(plan, step, to); break;
    default: fatal_bug("a step of '%s' has no table", anchor_name(step->anchor));
    }
}
