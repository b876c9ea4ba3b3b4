/* squeeze.c - a mean over a whole map moves into the step that computes the map: its vectors are summed while they are
 * in registers, one partial sum for each chunk of rows, and the REDUCE step adds up the chunks.
 *
 *     map = conv ...; z = reduce mean map     =>     map, sums[chunk] = conv ...; z = reduce mean sums
 *
 * Chunks are items of work, so they do not depend on the number of threads, and neither does a bit of the result.
 * Declined: maps that several steps write (concatenations, transposed convolutions), and largest instead of mean. */
#include "build.h"

/* The only step that writes `buffer`, if it writes all of it. */
static struct plan_step *only_writer(const struct plan *plan, const struct plan_buffer *buffer) {
    struct plan_step *writer = NULL;
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (step->target != buffer || step->anchor == ANCHOR_HALO) continue;
        if (writer) return NULL;
        writer = step;
    }
    return writer;
}

/* Partial sums that the step would leave for each channel; 0: it cannot. */
static int64_t count_chunks(const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_winograd *winograd = &step->as.winograd;
    int64_t tiles = winograd->tile_rows * winograd->tile_columns;
    switch (step->anchor) {
    case ANCHOR_CONV: return (conv->axis[0].grid + conv->item_rows - 1) / conv->item_rows;
    case ANCHOR_WINOGRAD: return (tiles + winograd->item_tiles - 1) / winograd->item_tiles;
    case ANCHOR_DEPTHWISE:
    case ANCHOR_COPY:
    case ANCHOR_POOL:
    case ANCHOR_UPSAMPLE: return step->result.h;
    default: return 0;
    }
}

static int64_t summed_channels(const struct plan *plan, const struct plan_step *step) {
    int64_t groups = step->anchor == ANCHOR_CONV ? step->as.conv.output_groups : step->as.winograd.output_groups;
    int64_t blocks = step->anchor == ANCHOR_CONV ? step->as.conv.tile_blocks : step->as.winograd.tile_blocks;
    bool in_groups = step->anchor == ANCHOR_CONV || step->anchor == ANCHOR_WINOGRAD;
    return in_groups ? groups * blocks * plan->lanes : step->result.c;
}

void schedule_squeezes(struct builder *builder) {
    struct plan *plan = builder->plan;
    for (size_t i = 0; i < plan->steps.count && builder->level > 0; i++) {
        struct plan_step *reduce = plan->steps.items[i];
        if (reduce->anchor != ANCHOR_REDUCE || reduce->as.reduce.is_max) continue;
        struct plan_step *writer = only_writer(plan, reduce->source.buffer);
        int64_t chunks = writer ? count_chunks(writer) : 0;
        if (!chunks || chunks >= writer->result.h * writer->result.w) continue;
        if (!writer->squeeze) {
            struct map_shape shape = {summed_channels(plan, writer), chunks, 1};
            writer->squeeze = schedule_buffer(builder, "partial sums", shape);
            plan_layout_buffer(writer->squeeze, plan->graph->batch);
        }
        reduce->source.buffer = writer->squeeze;
    }
}
