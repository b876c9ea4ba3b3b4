/* reduce.c - pooling, squeeze and softmax become steps. */
#include "build.h"

static struct plan_step *step_from(struct builder *builder, enum anchor anchor, const struct node *node) {
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = schedule_step(builder, anchor, node);
    step->source = (struct plan_operand){.buffer = source};
    return step;
}

void schedule_pool(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_POOL, node);
    step->as.pool = (struct plan_pool){.window = node->as.pool.window,
                                       .is_max = node->op == OP_MAX_POOL,
                                       .count_include_pad = node->as.pool.count_include_pad};
    schedule_finish(builder, step, node);
}

void schedule_global_pool(struct builder *builder, const struct node *node) {
    struct map_shape source = shape_as_map(node->inputs[0]->shape);
    struct plan_step *step = step_from(builder, ANCHOR_REDUCE, node);
    step->as.reduce.is_max = node->op == OP_GLOBAL_MAX_POOL;
    step->as.reduce.from_sums = node->from_sums;
    step->as.reduce.count = source.h * source.w;
    schedule_finish(builder, step, node);
}

void schedule_meet(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_MEET, node);
    step->as.meet.is_max = node->as.meet.is_max;
    step->as.meet.index = node->as.meet.index;
    step->as.meet.phase = node->as.meet.phase;
    step->as.meet.ends_phase = true;
    for (const struct node *later = node->next; later; later = later->next)
        if (later->op == OP_MEET && later->as.meet.phase == node->as.meet.phase) step->as.meet.ends_phase = false;
    schedule_finish(builder, step, node);
}

void schedule_softmax(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_SOFTMAX, node);
    step->as.is_log = node->op == OP_LOG_SOFTMAX;
    schedule_finish(builder, step, node);
}
