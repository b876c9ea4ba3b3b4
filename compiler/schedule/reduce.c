/* reduce.c - pooling, squeeze, excitation and softmax become steps. */
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

/* Inputs of an excite node: z, fc1, fc2 or z, fc1, bias1, fc2, bias2. */
void schedule_excite(struct builder *builder, const struct node *node) {
    struct plan_border *border = NULL;
    struct plan_buffer *source = schedule_border(builder, node, &border);
    if (!source) source = schedule_arena_value(builder, node->inputs[0]);
    struct plan_step *step = schedule_step(builder, ANCHOR_EXCITE, node);
    step->source = (struct plan_operand){.buffer = source};
    bool has_bias = node->input_count == 5;
    const struct node *fc[2] = {node->inputs[1], node->inputs[has_bias ? 3 : 2]};
    bool is_single = node->as.se.is_single && builder->level > 0;
    for (int i = 0; i < (is_single ? 1 : 2); i++) {
        step->panels[i] = schedule_panel(builder, PANEL_MATRIX, step, fc[i]->as.param.tensor);
        if (has_bias) step->vectors[i] = schedule_value(builder, node->inputs[2 + 2 * i]);
    }
    step->as.excite = (struct plan_excite){.hidden = is_single ? 0 : fc[0]->shape.dims[0],
                                           .inner = node->as.se.inner,
                                           .gate = node->as.se.gate,
                                           .is_strict = node->as.se.is_strict,
                                           .is_wary = node->as.se.is_wary,
                                           .border = border};
    schedule_finish(builder, step, node);
}

void schedule_softmax(struct builder *builder, const struct node *node) {
    struct plan_step *step = step_from(builder, ANCHOR_SOFTMAX, node);
    step->as.is_log = node->op == OP_LOG_SOFTMAX;
    schedule_finish(builder, step, node);
}
