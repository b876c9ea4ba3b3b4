/* excite.c - excitations become steps: how many, and which threads do what.
 *
 * Of an excitation of two layers in one step, every thread computes the hidden units for itself, and then its share of the
 * gates. Where the weights of the first layer are many, reading them takes every thread longer than to meet: they are a step
 * of their own, of which each thread does a share.
 *
 *     gate = excite z, F1, F2    =>    h = excite z, F1
 *                                      gate = excite h, F2
 *
 * An excitation whose last layer has few weights is done by every thread as a whole, in memory of its own, so that what
 * follows need not wait for the others: such an SE block costs no barrier. */
#include "build.h"

enum { BARRIER_CYCLES = 2500 };

/* The blocks of an item are read in as many streams: the more, the faster (decision 0028), unless two threads then share
 * a layer of few blocks too unevenly. */
static int64_t choose_group(int64_t blocks) {
    int64_t best = EXCITE_MAX_GROUP, least = blocks;
    for (int64_t group = EXCITE_MAX_GROUP; group > 0; group--) {
        int64_t first = plan_blocks(blocks, group) / 2 * group, most = first > blocks - first ? first : blocks - first;
        if (8 * most >= 7 * least) continue;
        best = group;
        least = most;
    }
    return best;
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
                                           .group = choose_group(plan_blocks(node->shape.dims[1], builder->plan->lanes)),
                                           .inner = node->as.se.inner,
                                           .gate = node->as.se.gate,
                                           .is_strict = node->as.se.is_strict,
                                           .is_wary = node->as.se.is_wary,
                                           .is_fused = node->as.se.is_fused,
                                           .border = border};
    schedule_finish(builder, step, node);
}

/* On two threads, the half of the time that it takes one core to read the weights from memory is at stake. */
static bool should_split(const struct plan *plan, const struct plan_step *step) {
    if (step->anchor != ANCHOR_EXCITE || !step->as.excite.hidden || step->as.excite.is_wary) return false;
    if (!step->as.excite.is_fused) return true;
    int64_t bytes = step->as.excite.hidden * step->panels[0]->tensor->shape.dims[1] * 4;
    return bytes / plan->target->memory_bytes_per_cycle > 4 * BARRIER_CYCLES;
}

/* The first layer of `step`, taken from it. */
static struct plan_step *split(struct builder *builder, struct plan_step *step) {
    struct plan_step *first = ARENA_NEW(builder->plan->arena, struct plan_step);
    struct plan_excite *front = &first->as.excite, *back = &step->as.excite;
    *first = *step;
    first->result = (struct map_shape){back->hidden, 1, 1};
    first->target = schedule_buffer(builder, "hidden units", first->result);
    plan_layout_buffer(first->target, builder->graph->batch);
    int64_t blocks = plan_blocks(back->hidden, first->target->block);
    front->group = choose_group(blocks);
    first->items = plan_blocks(blocks, front->group);
    first->epilogues.count = first->epilogues.capacity = 0;
    first->panels[1] = NULL;
    first->vectors[1] = NULL;
    front->hidden = 0;
    front->gate = back->inner;
    *back = (struct plan_excite){.group = back->group, .gate = back->gate, .is_fused = back->is_fused};
    step->source = (struct plan_operand){.buffer = first->target};
    step->panels[0] = step->panels[1];
    step->vectors[0] = step->vectors[1];
    step->panels[1] = NULL;
    step->vectors[1] = NULL;
    for (size_t i = 0; i < builder->plan->panels.count; i++)
        if (builder->plan->panels.items[i] == first->panels[0]) builder->plan->panels.items[i]->step = first;
    return first;
}

static void split_large(struct builder *builder) {
    struct plan *plan = builder->plan;
    VEC(struct plan_step *) steps = {0};
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (should_split(plan, step)) vec_push(plan->arena, &steps, split(builder, step));
        vec_push(plan->arena, &steps, step);
    }
    plan->steps.count = 0;
    for (size_t i = 0; i < steps.count; i++) {
        steps.items[i]->index = (int)i;
        vec_push(plan->arena, &plan->steps, steps.items[i]);
    }
}

/* Whether computing the last layer on every thread takes less time than a barrier. */
static bool is_cheap(const struct plan *plan, const struct plan_step *step, int64_t private_bytes) {
    enum { BYTES_PER_CYCLE = 16, MOST_BYTES = 64 * 1024 };
    int64_t inputs = step->as.excite.hidden ? step->as.excite.hidden : step->panels[0]->tensor->shape.dims[1];
    int64_t bytes = inputs * step->result.c * 4 * plan->graph->batch;
    return bytes <= BARRIER_CYCLES * BYTES_PER_CYCLE && private_bytes + step->target->size_bytes <= MOST_BYTES;
}

static bool can_be_private(const struct plan *plan, const struct plan_buffer *buffer) {
    for (size_t i = 0; i < plan->buffers.count; i++)
        if (plan->buffers.items[i] != buffer && plan_whole(plan->buffers.items[i]) == plan_whole(buffer)) return false;
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (step->target == buffer && step->anchor != ANCHOR_EXCITE) return false;
        for (int64_t c = 0; step->anchor == ANCHOR_GATHER && c < step->result.c; c++)
            if (step->as.gather.sources[c] == buffer) return false;
    }
    return true;
}

static void repeat_on_threads(struct plan *plan) {
    int64_t private_bytes = 0;
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (step->anchor != ANCHOR_EXCITE || !step->as.excite.is_fused || !is_cheap(plan, step, private_bytes)) continue;
        if (!can_be_private(plan, step->target)) continue;
        step->is_redundant = true;
        step->target->space = SPACE_PRIVATE;
        private_bytes += step->target->size_bytes;
    }
}

void schedule_excitations(struct builder *builder) {
    split_large(builder);
    repeat_on_threads(builder->plan);
}
