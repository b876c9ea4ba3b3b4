/* axis.c - operations along chosen axes become TAKE, GATHER, RESAMPLE, FOLD, REDUCE and ARGMAX steps. */
#include "build.h"

static struct plan_step *step_from(struct builder *builder, enum anchor anchor, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = schedule_step(builder, anchor, node);
    step->source = (struct plan_operand){.buffer = source};
    return step;
}

/* Channels are lanes, so they are gathered; rows and columns are whole vectors. */
void schedule_take(struct builder *builder, const struct node *node) {
    int axis = schedule_map_axis(node->shape.rank, node->as.take.axis);
    if (axis == 0) {
        schedule_take_channels(builder, node);
        return;
    }
    struct plan_step *step = step_from(builder, ANCHOR_TAKE, node);
    step->as.take.axis = axis;
    step->as.take.count = node->as.take.count;
    step->as.take.indices = node->as.take.indices;
    step->as.take.fill = (float)node->as.take.fill;
    for (int64_t i = 0; i < node->as.take.count; i++)
        if (node->as.take.indices[i] < 0) step->as.take.fills = true;
    step->panels[0] = schedule_panel(builder, PANEL_TABLE, step, NULL);
    schedule_finish(builder, step, node);
}

void schedule_resample(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_RESAMPLE, node);
    step->as.resample.axis = schedule_map_axis(node->shape.rank, node->as.resample.axis);
    step->as.resample.count = node->as.resample.count;
    step->as.resample.taps = node->as.resample.taps;
    step->as.resample.indices = node->as.resample.indices;
    step->as.resample.weights = node->as.resample.weights;
    step->panels[0] = schedule_panel(builder, PANEL_TABLE, step, NULL);
    schedule_finish(builder, step, node);
}

/* Sums, means and largest values of whole maps are REDUCE steps, which the steps that make the maps can help. */
static void schedule_whole_maps(struct builder *builder, const struct node *node, int64_t count) {
    struct plan_step *step = step_from(builder, ANCHOR_REDUCE, node);
    step->as.reduce.is_max = node->as.reduce.kind == REDUCE_MAX;
    step->as.reduce.from_sums = node->from_sums;
    step->as.reduce.count = node->as.reduce.kind == REDUCE_SUM ? 1 : count;
    schedule_finish(builder, step, node);
}

void schedule_reduce(struct builder *builder, const struct node *node) {
    struct map_shape x = shape_as_map(node->inputs[0]->shape);
    enum reduce_kind kind = node->as.reduce.kind;
    bool over[3] = {x.c == 1, x.h == 1, x.w == 1}; /* over an extent of 1 it makes no difference */
    for (int axis = 0; axis < node->shape.rank; axis++)
        if (node->as.reduce.axes >> axis & 1) over[schedule_map_axis(node->shape.rank, axis)] = true;
    if (over[1] && over[2] && (!over[0] || x.c == 1) && kind != REDUCE_MIN && kind != REDUCE_PROD) {
        schedule_whole_maps(builder, node, x.h * x.w);
        return;
    }
    struct plan_step *step = step_from(builder, ANCHOR_FOLD, node);
    step->as.fold.kind = kind;
    for (int i = 0; i < 3; i++) step->as.fold.over[i] = over[i];
    step->as.fold.count = shape_element_count(node->inputs[0]->shape) / shape_element_count(node->shape);
    schedule_finish(builder, step, node);
}

void schedule_argmax(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_ARGMAX, node);
    step->as.argmax.axis = schedule_map_axis(node->shape.rank, node->as.argmax.axis);
    step->as.argmax.last = node->as.argmax.last;
    step->as.argmax.is_min = node->as.argmax.is_min;
    schedule_finish(builder, step, node);
}
