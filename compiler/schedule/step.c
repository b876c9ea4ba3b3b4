/* step.c - steps are added to the plan, with their epilogue and the buffer that they fill. */
#include "build.h"

struct plan_step *schedule_step(struct builder *builder, enum anchor anchor, const struct node *node) {
    struct plan *plan = builder->plan;
    struct plan_step *step = ARENA_NEW(plan->arena, struct plan_step);
    step->index = (int)plan->steps.count;
    step->anchor = anchor;
    step->node = node;
    vec_push(plan->arena, &plan->steps, step);
    return step;
}

static const char *node_label(const struct node *node) {
    return node->name ? node->name : op_name(node->op);
}

void schedule_finish(struct builder *builder, struct plan_step *step, const struct node *node) {
    step->result = shape_as_map(node->shape);
    const struct node *last = schedule_epilogues(builder, step, node);
    step->node = last;
    step->target = schedule_buffer(builder, node_label(last), step->result);
    builder->values[last->id] = step->target;
}
