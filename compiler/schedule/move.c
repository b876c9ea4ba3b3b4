/* move.c - operations that only move numbers become COPY, FILL, GATHER and UPSAMPLE steps. */
#include "build.h"

/* A copy of `source` (from a place in it) to a place in `target`; `result` is the size of what is copied. */
static struct plan_step *copy_step(struct builder *builder, const struct node *node, const struct plan_buffer *source,
                                   struct map_shape result) {
    struct plan_step *step = schedule_step(builder, ANCHOR_COPY, node);
    step->source = (struct plan_operand){.buffer = source};
    step->result = result;
    return step;
}

/* A step that picks each channel of the result from a channel of a source; the caller fills the two lists. */
static struct plan_step *gather_step(struct builder *builder, const struct node *node) {
    struct plan_step *step = schedule_step(builder, ANCHOR_GATHER, node);
    struct arena *arena = builder->plan->arena;
    size_t channels = (size_t)shape_as_map(node->shape).c;
    step->as.gather.sources = ARENA_NEW_ARRAY(arena, const struct plan_buffer *, channels);
    step->as.gather.channels = ARENA_NEW_ARRAY(arena, int64_t, channels);
    step->panels[0] = schedule_panel(builder, PANEL_GATHER, step, NULL);
    return step;
}

static void gather_channel(struct plan_step *step, int64_t to, const struct plan_buffer *source, int64_t from) {
    step->as.gather.sources[to] = source;
    step->as.gather.channels[to] = from;
}

int schedule_map_axis(int rank, int axis) {
    return rank == 2 && axis == 1 ? 2 : axis;
}

bool schedule_concat_is_aligned(const struct builder *builder, const struct node *node) {
    int64_t begin = 0;
    if (schedule_map_axis(node->shape.rank, node->as.concat.axis) != 0) return false;
    for (int i = 0; i < node->input_count; i++) {
        if (begin % builder->plan->lanes) return false;
        begin += shape_as_map(node->inputs[i]->shape).c;
    }
    return true;
}

static void concat_by_gather(struct builder *builder, const struct node *node, const struct plan_operand *sources) {
    struct plan_step *step = gather_step(builder, node);
    int64_t to = 0;
    for (int i = 0; i < node->input_count; i++)
        for (int64_t c = 0; c < sources[i].buffer->shape.c; c++) gather_channel(step, to++, sources[i].buffer, c);
    schedule_finish(builder, step, node);
}

static void concat_by_copies(struct builder *builder, const struct node *node, const struct plan_operand *sources) {
    int axis = schedule_map_axis(node->shape.rank, node->as.concat.axis);
    struct plan_buffer *target = schedule_buffer(builder, node->name ? node->name : "concat", shape_as_map(node->shape));
    int64_t at[3] = {0, 0, 0};
    for (int i = 0; i < node->input_count; i++) {
        struct map_shape shape = sources[i].buffer->shape;
        struct plan_step *step = copy_step(builder, node, sources[i].buffer, shape);
        step->source.scale = sources[i].scale;
        bool is_view = axis == 0 && sources[i].buffer->shape.c < target->shape.c;
        step->target = is_view ? schedule_view(builder, target->name, target, at[0] / builder->plan->lanes, shape.c) : target;
        step->target_row = at[1];
        step->target_column = at[2];
        int64_t extents[3] = {shape.c, shape.h, shape.w};
        at[axis] += extents[axis];
    }
    builder->values[node->id] = target;
    builder->done[node->id] = true;
}

void schedule_concat(struct builder *builder, const struct node *node) {
    size_t count = (size_t)node->input_count;
    struct plan_operand *sources = ARENA_NEW_ARRAY(builder->plan->arena, struct plan_operand, count);
    for (size_t i = 0; i < count; i++) sources[i] = schedule_source(builder, node->inputs[i]);
    bool along_channels = schedule_map_axis(node->shape.rank, node->as.concat.axis) == 0;
    if (along_channels && !schedule_concat_is_aligned(builder, node))
        concat_by_gather(builder, node, sources);
    else
        concat_by_copies(builder, node, sources);
}

/* Whether a slice need not be copied: all rows and columns, and whole blocks up to the last channel. */
static bool is_whole_part(const struct builder *builder, const struct node *node, const struct plan_buffer *part,
                          const int64_t *begin) {
    struct map_shape from = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    bool ends_well = result.c % builder->plan->lanes == 0 || begin[0] + result.c == from.c;
    return builder->level > 0 && ends_well && part->shape.h == result.h && part->shape.w == result.w;
}

void schedule_slice(struct builder *builder, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    int64_t begin[3] = {0, 0, 0};
    for (int axis = 0; axis < node->shape.rank; axis++)
        begin[schedule_map_axis(node->shape.rank, axis)] = node->as.slice.begin[axis];
    struct map_shape result = shape_as_map(node->shape);
    struct plan_step *step;
    if (begin[0] % builder->plan->lanes == 0) {
        if (result.c < source->shape.c)
            source = schedule_view(builder, source->name, source, begin[0] / builder->plan->lanes, result.c);
        if (is_whole_part(builder, node, source, begin)) {
            builder->values[node->id] = source;
            builder->done[node->id] = true;
            return;
        }
        step = copy_step(builder, node, source, result);
    } else {
        step = gather_step(builder, node);
        for (int64_t c = 0; c < result.c; c++) gather_channel(step, c, source, begin[0] + c);
    }
    step->source_row = begin[1];
    step->source_column = begin[2];
    schedule_finish(builder, step, node);
}

void schedule_pad(struct builder *builder, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_buffer *target = schedule_buffer(builder, node->name ? node->name : "pad", shape_as_map(node->shape));
    struct plan_step *fill = schedule_step(builder, ANCHOR_FILL, node);
    fill->as.fill = (float)node->as.pad.value;
    fill->target = target;
    fill->result = target->shape;
    struct plan_step *copy = copy_step(builder, node, source, source->shape);
    copy->target = target;
    copy->target_row = node->as.pad.pad[EDGE_TOP];
    copy->target_column = node->as.pad.pad[EDGE_LEFT];
    builder->values[node->id] = target;
    builder->done[node->id] = true;
}

void schedule_shuffle(struct builder *builder, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = gather_step(builder, node);
    int64_t groups = node->as.shuffle.groups, each = source->shape.c / groups;
    for (int64_t g = 0; g < groups; g++)
        for (int64_t i = 0; i < each; i++) gather_channel(step, i * groups + g, source, g * each + i);
    schedule_finish(builder, step, node);
}

/* Index -1 picks no channel: that of the fill. */
void schedule_take_channels(struct builder *builder, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = gather_step(builder, node);
    step->as.gather.fill = (float)node->as.take.fill;
    for (int64_t c = 0; c < node->as.take.count; c++) gather_channel(step, c, source, node->as.take.indices[c]);
    schedule_finish(builder, step, node);
}

void schedule_upsample(struct builder *builder, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = schedule_step(builder, ANCHOR_UPSAMPLE, node);
    step->source = (struct plan_operand){.buffer = source};
    for (int i = 0; i < 2; i++) step->as.upsample.scale[i] = node->as.upsample.scale[i];
    step->as.upsample.mode = node->as.upsample.mode;
    schedule_finish(builder, step, node);
}
