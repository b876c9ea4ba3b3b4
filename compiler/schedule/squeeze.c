/* squeeze.c - what pass squeeze-epilogue marked: the mean (or largest value) of a whole map moves into the steps that compute
 * the map and the step that needs it:
 *
 *     map = conv ...              map, sums[chunk] = conv ...; the results are summed while they are in registers
 *     z = reduce mean map    =>
 *     gate = excite z             gate = excite mean of sums
 *
 * Each item of the conv leaves one partial sum a channel, and excite adds them up in a fixed order: items do not depend
 * on the number of threads, and neither does a bit of the result. A concatenation has several such steps, each for its
 * channels. Where somebody else reads z too, the REDUCE step stays and reads the sums instead of the map.
 *
 * The step may take the sums in front of its last epilogues, where the map itself is needed for nothing else (fuse.c):
 *
 *     map = conv ...              y, sums[chunk] = conv ...; sums; relu
 *     z = reduce mean map    =>
 *     y = copy map; relu
 *
 * Declined: maps whose rows several steps write (transposed convolutions, concatenations along rows). */
#include "build.h"

static bool leaves_sums(const struct plan_step *step) {
    switch (step->anchor) {
    case ANCHOR_CONV:
    case ANCHOR_WINOGRAD:
    case ANCHOR_WINOGRAD_RESULT:
    case ANCHOR_DEPTHWISE:
    case ANCHOR_COPY:
    case ANCHOR_GATHER:
    case ANCHOR_RESHAPE:
    case ANCHOR_POOL:
    case ANCHOR_UPSAMPLE: return true;
    case ANCHOR_REARRANGE: return step->as.rearrange.tile_axis != 1;
    default: return false;
    }
}

bool schedule_can_squeeze(const struct plan_step *step) {
    const struct plan_axis *axis = step->as.conv.axis;
    bool is_phase = step->anchor == ANCHOR_CONV && (axis[0].result_step != 1 || axis[1].result_step != 1);
    return leaves_sums(step) && !is_phase && step->squeeze_count < PLAN_MAX_SQUEEZES;
}

/* Partial sums that the step leaves for each channel. */
static int64_t count_chunks(const struct plan_step *step) {
    const struct plan_winograd *winograd = &step->as.winograd;
    switch (step->anchor) {
    case ANCHOR_CONV: return plan_parts(step->as.conv.axis[0].grid, step->as.conv.item_rows);
    case ANCHOR_WINOGRAD: return plan_parts(winograd->tile_rows * winograd->tile_columns, winograd->item_tiles);
    case ANCHOR_WINOGRAD_RESULT: return winograd->tile_rows;
    default: return step->result.h;
    }
}

const struct plan_squeeze *plan_find_squeeze(const struct plan_step *step, const struct plan_buffer *buffer) {
    for (int i = 0; i < step->squeeze_count; i++)
        if (step->squeezes[i].sums == buffer) return &step->squeezes[i];
    return NULL;
}

/* The sums of what the step stores, or NULL. */
static struct plan_buffer *sums_of_results(const struct plan_step *step, bool is_max) {
    for (int i = 0; i < step->squeeze_count; i++)
        if (step->squeezes[i].at == step->epilogues.count && step->squeezes[i].is_max == is_max) return step->squeezes[i].sums;
    return NULL;
}

static int64_t summed_channels(const struct plan *plan, const struct plan_step *step) {
    int64_t groups = step->anchor == ANCHOR_CONV ? step->as.conv.output_groups : step->as.winograd.output_groups;
    int64_t blocks = step->anchor == ANCHOR_CONV ? step->as.conv.tile_blocks : step->as.winograd.tile_blocks;
    bool in_groups = step->anchor == ANCHOR_CONV || step->anchor == ANCHOR_WINOGRAD;
    return in_groups ? groups * blocks * plan->lanes : step->result.c;
}

/* The steps that write a map, in the order of the channels that each computes. */
struct writers {
    struct plan_step *items[PLAN_MAX_PARTS];
    int count;
};

static bool writes_whole_rows(const struct plan_step *step) {
    const struct plan_buffer *target = step->target;
    return step->result.h == target->shape.h && step->result.w == target->shape.w && !step->target_row &&
           !step->target_column;
}

static void insert_writer(struct writers *writers, struct plan_step *step) {
    int at = writers->count++;
    for (; at > 0 && plan_whole_block(writers->items[at - 1]->target) > plan_whole_block(step->target); at--)
        writers->items[at] = writers->items[at - 1];
    writers->items[at] = step;
}

/* Whether the steps can leave the sums of all channels of `buffer`, each of some of them alone. */
static bool find_writers(const struct plan *plan, const struct plan_buffer *buffer, bool is_max, struct writers *writers) {
    writers->count = 0;
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (!step->target || step->anchor == ANCHOR_HALO || plan_whole(step->target) != plan_whole(buffer)) continue;
        if (!plan_buffers_meet(step->target, buffer)) continue;
        if (!leaves_sums(step) || (!schedule_can_squeeze(step) && !sums_of_results(step, is_max))) return false;
        if (writers->count == PLAN_MAX_PARTS || !writes_whole_rows(step)) return false;
        insert_writer(writers, step);
    }
    int64_t block = plan_whole_block(buffer), end = block + plan_blocks(buffer->shape.c, plan->lanes);
    for (int i = 0; i < writers->count; i++) {
        if (plan_whole_block(writers->items[i]->target) != block) return false;
        block += plan_blocks(writers->items[i]->result.c, plan->lanes);
    }
    return writers->count && block == end;
}

struct plan_buffer *schedule_sums(struct builder *builder, struct plan_step *step, bool is_max) {
    struct plan_buffer *sums = schedule_buffer(builder, "partial sums", (struct map_shape){step->result.c, 1, 1});
    step->squeezes[step->squeeze_count++] = (struct plan_squeeze){.sums = sums, .at = step->epilogues.count, .is_max = is_max};
    return sums;
}

static void lay_out_sums(const struct plan *plan, const struct plan_step *step, struct plan_buffer *sums) {
    sums->shape = (struct map_shape){summed_channels(plan, step), count_chunks(step), 1};
    plan_layout_buffer(sums, plan->graph->batch);
}

static struct plan_buffer *leave_sums(struct builder *builder, struct plan_step *step, bool is_max) {
    struct plan_buffer *sums = sums_of_results(step, is_max);
    if (!sums) sums = schedule_sums(builder, step, is_max);
    lay_out_sums(builder->plan, step, sums);
    return sums;
}

static void count_readers(void *context, const struct plan_buffer *buffer, bool is_write) {
    int *counts = context;
    if (!is_write) counts[buffer->id]++;
}

/* The only reader of what a REDUCE step computes, if it is an excitation. */
static struct plan_step *only_excitation(const struct plan *plan, const struct plan_step *reduce) {
    int *counts = ARENA_NEW_ARRAY(plan->arena, int, plan->buffers.count);
    for (size_t i = 0; i < plan->steps.count; i++) plan_visit_buffers(plan->steps.items[i], count_readers, counts);
    if (counts[reduce->target->id] != 1 || reduce->epilogues.count) return NULL;
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (step->anchor == ANCHOR_EXCITE && step->source.buffer == reduce->target) return step;
    }
    return NULL;
}

/* The excitation squeezes for itself. */
static void merge(struct plan *plan, struct plan_step *excite, const struct plan_step *reduce,
                  const struct plan_buffer *const *parts, const int64_t *blocks, int count) {
    struct plan_excite *how = &excite->as.excite;
    int64_t *part_blocks = ARENA_NEW_ARRAY(plan->arena, int64_t, (size_t)count);
    how->parts = ARENA_NEW_ARRAY(plan->arena, const struct plan_buffer *, (size_t)count);
    for (int i = 0; i < count; i++) how->parts[i] = parts[i], part_blocks[i] = blocks[i];
    how->part_blocks = part_blocks;
    how->part_count = count;
    how->is_max = reduce->as.reduce.is_max;
    how->count = reduce->as.reduce.count;
    excite->source.buffer = NULL;
}

/* The step that leaves sums in `buffer` and does not store the map itself, or NULL. */
static struct plan_step *find_early(const struct plan *plan, const struct plan_buffer *buffer) {
    for (size_t i = 0; i < plan->steps.count; i++)
        if (plan_find_squeeze(plan->steps.items[i], buffer)) return plan->steps.items[i];
    return NULL;
}

/* Gives false if the step stays. */
static bool schedule_squeeze(struct builder *builder, struct plan_step *reduce) {
    enum { SMALL_MAP = 16 };
    struct plan *plan = builder->plan;
    const struct plan_buffer *map = reduce->source.buffer, *parts[PLAN_MAX_PARTS] = {map};
    int64_t blocks[PLAN_MAX_PARTS] = {plan_blocks(map->shape.c, plan->lanes)};
    struct writers writers = {.count = 0};
    struct plan_step *excite = only_excitation(plan, reduce), *early = find_early(plan, map);
    bool is_max = reduce->as.reduce.is_max, is_small = !early && map->shape.h * map->shape.w <= SMALL_MAP;
    if (early) {
        lay_out_sums(plan, early, plan->buffers.items[map->id]);
        writers.count = 1;
    } else if (!is_small) {
        if (!find_writers(plan, map, is_max, &writers) || (!excite && writers.count > 1)) return false;
        for (int i = 0; i < writers.count; i++) {
            parts[i] = leave_sums(builder, writers.items[i], is_max);
            blocks[i] = plan_blocks(writers.items[i]->result.c, plan->lanes);
        }
    }
    if (excite) merge(plan, excite, reduce, parts, blocks, is_small ? 1 : writers.count);
    if (!excite && !is_small) reduce->source.buffer = parts[0];
    return excite != NULL;
}

static bool is_marked(const struct plan_step *step) {
    return step->anchor == ANCHOR_REDUCE && step->as.reduce.from_sums;
}

void schedule_squeezes(struct builder *builder) {
    struct plan *plan = builder->plan;
    size_t kept = 0;
    bool *is_merged = ARENA_NEW_ARRAY(plan->arena, bool, plan->steps.count + 1);
    for (size_t i = 0; i < plan->steps.count; i++)
        is_merged[i] = is_marked(plan->steps.items[i]) && schedule_squeeze(builder, plan->steps.items[i]);
    for (size_t i = 0; i < plan->steps.count; i++) {
        if (is_merged[i]) continue;
        plan->steps.items[kept] = plan->steps.items[i];
        plan->steps.items[kept]->index = (int)kept;
        kept++;
    }
    plan->steps.count = kept;
}
