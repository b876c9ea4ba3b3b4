/* view.c - what a concatenation copies together is computed where it belongs, in blocks of the whole:
 *
 *     a = conv ...                 c[blocks of a] = conv ...
 *     b = conv ...                 c[blocks of b] = conv ...
 *     c = copy a, copy b       =>
 *
 * A buffer that is a part of another one, a view, has its own channels and lies in the other's memory, with the rows,
 * columns and halo of the whole; steps and kernels know nothing of it. Parts may have parts in turn.
 *
 * Declined: parts that begin within a block (they are gathered), that are scaled or in a second concatenation (it copies
 * them), and where the concatenation would cost more than its copies: it would give convolutions a halo in their way, or the
 * network's largest live set would grow. */
#include "build.h"

/* The part that a step copies to a concatenation and does nothing else; NULL if it is none. */
static struct plan_buffer *copied_part(const struct plan *plan, const struct plan_step *step) {
    const struct plan_operand *source = &step->source;
    const struct plan_buffer *part = source->buffer, *target = step->target;
    if (step->anchor != ANCHOR_COPY || step->epilogues.count || !part || !target->whole) return NULL;
    if (source->scale || part->whole || part->space != SPACE_ARENA || plan_whole(target) == part) return NULL;
    bool is_whole = part->shape.c == target->shape.c && part->shape.h == target->shape.h && part->shape.w == target->shape.w;
    bool is_there = !step->source_row && !step->source_column && !step->target_row && !step->target_column;
    return is_whole && is_there && part->block == target->block ? plan->buffers.items[part->id] : NULL;
}

/* Whether the buffer's rows do not lie end to end. */
static bool is_bordered(const struct plan_buffer *buffer) {
    const int64_t *halo = plan_whole(buffer)->halo;
    return halo[EDGE_LEFT] || halo[EDGE_RIGHT];
}

/* Adds to *has what a buffer has: 1 it is a part of `whole`, 2 it is bordered. */
static void look_at(const struct plan_buffer *buffer, const struct plan_buffer *whole, int *has) {
    if (!buffer || buffer->shape.h * buffer->shape.w == 1) return;
    *has |= (plan_whole(buffer) == whole ? 1 : 0) | (is_bordered(buffer) ? 2 : 0);
}

/* Whether a convolution that sees its maps as rows of any length could no longer do so if two buffers became one. */
static bool breaks_rows(const struct plan *plan, const struct plan_buffer *part, const struct plan_buffer *whole) {
    if (is_bordered(part) == is_bordered(whole)) return false;
    const struct plan_buffer *plain = plan_whole(is_bordered(part) ? whole : part);
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (step->anchor != ANCHOR_CONV || !conv_is_pointwise(step)) continue;
        int has = 0;
        look_at(step->source.buffer, plain, &has);
        look_at(step->target, plain, &has);
        for (size_t e = 0; e < step->epilogues.count; e++) look_at(step->epilogues.items[e].operand.buffer, plain, &has);
        if (has == 1) return true;
    }
    return false;
}

/* As the buffers are now. */
static int64_t largest_live_set(struct plan *plan) {
    plan_find_lifetimes(plan);
    for (size_t i = 0; i < plan->buffers.count; i++)
        if (!plan->buffers.items[i]->whole) plan_layout_buffer(plan->buffers.items[i], plan->graph->batch);
    return plan_count_live_bytes(plan);
}

/* Makes `part` a part of `view`, if that pays. */
static bool join(struct plan *plan, struct plan_buffer *part, struct plan_buffer *view, int64_t most_live) {
    struct plan_buffer *whole = plan->buffers.items[plan_whole(view)->id], before = *whole;
    if (breaks_rows(plan, part, whole)) return false;
    part->whole = view;
    schedule_need_halo(whole, part->halo);
    if (largest_live_set(plan) <= most_live) return true;
    *whole = before;
    part->whole = NULL;
    return false;
}

void schedule_views(struct builder *builder) {
    struct plan *plan = builder->plan;
    size_t kept = 0;
    for (size_t i = 0; i < plan->buffers.count; i++) {
        struct plan_buffer *view = plan->buffers.items[i];
        if (view->whole) schedule_need_halo(plan->buffers.items[plan_whole(view)->id], view->halo);
    }
    if (builder->level == 0) return;
    int64_t most_live = largest_live_set(plan);
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        struct plan_buffer *part = copied_part(plan, step);
        if (part && join(plan, part, step->target, most_live)) step->anchor = ANCHOR_COUNT;
    }
    for (size_t i = 0; i < plan->steps.count; i++)
        if (plan->steps.items[i]->anchor != ANCHOR_COUNT) plan->steps.items[kept++] = plan->steps.items[i];
    plan->steps.count = kept;
}
