/* memory.c - buffers get their place in the arena by lifetime, weights theirs, and steps their barriers. */
#include "build.h"

#include <stdlib.h>
#include <string.h>

static void visit_operand(const struct plan_operand *operand,
                          void (*visit)(void *context, const struct plan_buffer *buffer, bool is_write),
                          void *context) {
    if (operand->buffer && operand->buffer->space == SPACE_ARENA) visit(context, operand->buffer, false);
    if (operand->scale && operand->scale->space == SPACE_ARENA) visit(context, operand->scale, false);
}

void plan_visit_buffers(const struct plan_step *step,
                        void (*visit)(void *context, const struct plan_buffer *buffer, bool is_write),
                        void *context) {
    visit_operand(&step->source, visit, context);
    for (size_t i = 0; i < step->epilogues.count; i++) visit_operand(&step->epilogues.items[i].operand, visit, context);
    if (step->anchor == ANCHOR_GATHER) {
        const struct plan_buffer *last = NULL;
        for (int64_t c = 0; c < step->result.c; c++) {
            const struct plan_buffer *source = step->as.gather.sources[c];
            if (source == last || step->as.gather.channels[c] < 0) continue;
            visit(context, source, false);
            last = source;
        }
    }
    if (step->anchor == ANCHOR_EXCITE && step->as.excite.border) visit(context, step->as.excite.border->map, false);
    for (int i = 0; step->anchor == ANCHOR_EXCITE && i < step->as.excite.part_count; i++)
        visit(context, step->as.excite.parts[i], false);
    if (step->target && step->target->space == SPACE_ARENA) visit(context, step->target, true);
    for (int i = 0; i < step->squeeze_count; i++) visit(context, step->squeezes[i].sums, true);
}

struct lifetime_context {
    struct plan *plan;
    int step;
};

static void extend_lifetime(void *context, const struct plan_buffer *seen, bool is_write) {
    const struct lifetime_context *at = context;
    const struct plan_buffer *both[] = {seen, plan_whole(seen)};
    for (int i = 0; i < 2; i++) {
        struct plan_buffer *buffer = at->plan->buffers.items[both[i]->id];
        if (buffer->first_step < 0) buffer->first_step = at->step;
        buffer->last_step = at->step;
    }
    (void)is_write;
}

void plan_find_lifetimes(struct plan *plan) {
    for (size_t i = 0; i < plan->buffers.count; i++) plan->buffers.items[i]->first_step = -1;
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct lifetime_context context = {plan, (int)i};
        plan_visit_buffers(plan->steps.items[i], extend_lifetime, &context);
    }
}

/* Whether it takes a place of its own in the arena. */
static bool has_place(const struct plan_buffer *buffer) {
    return buffer->space == SPACE_ARENA && buffer->first_step >= 0 && !buffer->whole;
}

static int larger_first(const void *left, const void *right) {
    const struct plan_buffer *a = *(struct plan_buffer *const *)left, *b = *(struct plan_buffer *const *)right;
    if (a->size_bytes != b->size_bytes) return a->size_bytes < b->size_bytes ? 1 : -1;
    return a->id - b->id;
}

static bool live_together(const struct plan_buffer *a, const struct plan_buffer *b) {
    return a->first_step <= b->last_step && b->first_step <= a->last_step;
}

static bool overlap(const struct plan_buffer *a, const struct plan_buffer *b) {
    return a->offset_bytes < b->offset_bytes + b->size_bytes && b->offset_bytes < a->offset_bytes + a->size_bytes;
}

/* The lowest offset at which `buffer` meets none of the placed buffers that live at the same time. */
static void place_lowest(struct plan_buffer *buffer, struct plan_buffer *const *placed, size_t count) {
    buffer->offset_bytes = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < count; i++) {
            if (!live_together(buffer, placed[i]) || !overlap(buffer, placed[i])) continue;
            buffer->offset_bytes = placed[i]->offset_bytes + placed[i]->size_bytes;
            moved = true;
        }
    }
}

int64_t plan_count_live_bytes(const struct plan *plan) {
    int64_t *change = ARENA_NEW_ARRAY(plan->arena, int64_t, plan->steps.count + 1), live = 0, most = 0;
    for (size_t i = 0; i < plan->buffers.count; i++) {
        const struct plan_buffer *buffer = plan->buffers.items[i];
        if (!has_place(buffer)) continue;
        change[buffer->first_step] += buffer->size_bytes;
        change[buffer->last_step + 1] -= buffer->size_bytes;
    }
    for (size_t i = 0; i < plan->steps.count; i++) {
        live += change[i];
        if (live > most) most = live;
    }
    return most;
}

/* Places the buffers in order; the one that reaches the furthest. */
static size_t place_in_order(struct plan_buffer **buffers, size_t count) {
    size_t furthest = 0;
    for (size_t i = 0; i < count; i++) {
        place_lowest(buffers[i], buffers, i);
        const struct plan_buffer *most = buffers[furthest];
        if (buffers[i]->offset_bytes + buffers[i]->size_bytes > most->offset_bytes + most->size_bytes) furthest = i;
    }
    return furthest;
}

static void move_to_front(struct plan_buffer **buffers, size_t index) {
    struct plan_buffer *moved = buffers[index];
    memmove(buffers + 1, buffers, index * sizeof *buffers);
    buffers[0] = moved;
}

/* The larger ones first; then, as long as that may help, once more with the one first that reached the furthest. */
static void place_best(struct plan *plan, struct plan_buffer **buffers, size_t count) {
    enum { MOST_ROUNDS = 64 };
    struct plan_buffer **best = ARENA_NEW_ARRAY(plan->arena, struct plan_buffer *, count + 1);
    for (int round = 0; round < MOST_ROUNDS && plan->arena_bytes != plan->live_bytes; round++) {
        size_t furthest = place_in_order(buffers, count);
        int64_t bytes = buffers[furthest]->offset_bytes + buffers[furthest]->size_bytes;
        if (!round || bytes < plan->arena_bytes) {
            plan->arena_bytes = bytes;
            memcpy(best, buffers, count * sizeof *buffers);
        }
        move_to_front(buffers, furthest);
    }
    place_in_order(best, count);
}

static void place_arena(struct plan *plan) {
    struct plan_buffer **buffers = ARENA_NEW_ARRAY(plan->arena, struct plan_buffer *, plan->buffers.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < plan->buffers.count; i++) {
        struct plan_buffer *buffer = plan->buffers.items[i];
        if (has_place(buffer)) buffers[count++] = buffer;
    }
    if (!count) return;
    qsort(buffers, count, sizeof *buffers, larger_first);
    plan->live_bytes = plan_count_live_bytes(plan);
    place_best(plan, buffers, count);
}

static void place_view(struct plan_buffer *buffer) {
    int64_t block_bytes = buffer->block_stride * (int64_t)sizeof(float);
    if (buffer->whole) buffer->offset_bytes = plan_whole(buffer)->offset_bytes + plan_whole_block(buffer) * block_bytes;
}

bool plan_buffers_meet(const struct plan_buffer *a, const struct plan_buffer *b) {
    if (plan_whole(a) != plan_whole(b)) return overlap(plan_whole(a), plan_whole(b));
    int64_t a_first = plan_whole_block(a), b_first = plan_whole_block(b);
    return a_first < b_first + plan_blocks(b->shape.c, b->block) && b_first < a_first + plan_blocks(a->shape.c, a->block);
}

void plan_place_buffers(struct plan *plan) {
    plan_find_lifetimes(plan);
    place_arena(plan);
    for (size_t i = 0; i < plan->buffers.count; i++) place_view(plan->buffers.items[i]);
    for (size_t i = 0; i < plan->panels.count; i++) {
        plan->panels.items[i]->offset_bytes = plan->weight_bytes;
        plan->weight_bytes += plan->panels.items[i]->size_bytes;
    }
    for (size_t i = 0; i < plan->buffers.count; i++) {
        struct plan_buffer *buffer = plan->buffers.items[i];
        if (buffer->space == SPACE_ARENA || buffer->whole) continue;
        int64_t *end = buffer->space == SPACE_WEIGHTS ? &plan->weight_bytes : &plan->private_bytes;
        buffer->offset_bytes = *end;
        *end += buffer->size_bytes;
    }
}

struct access {
    const struct plan_buffer *buffer;
    bool is_write, is_fill;
};

struct barrier_context {
    struct arena *arena;
    VEC(struct access) since; /* accesses since the last barrier */
    const struct plan_step *step;
    bool conflict;
};

static void check_conflict(void *context, const struct plan_buffer *buffer, bool is_write) {
    struct barrier_context *at = context;
    for (size_t i = 0; i < at->since.count && !at->conflict; i++) {
        const struct access *before = &at->since.items[i];
        if (!(is_write || before->is_write) || !plan_buffers_meet(buffer, before->buffer)) continue;
        /* several steps may write parts of one buffer (a halo, a concatenation), but not over a fill */
        bool parts = plan_whole(buffer) == plan_whole(before->buffer) && is_write && before->is_write && !before->is_fill;
        at->conflict = !parts;
    }
}

static void record_access(void *context, const struct plan_buffer *buffer, bool is_write) {
    struct barrier_context *at = context;
    struct access access = {buffer, is_write, at->step->anchor == ANCHOR_FILL};
    vec_push(at->arena, &at->since, access);
}

void plan_place_barriers(struct plan *plan) {
    struct barrier_context context = {.arena = plan->arena};
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        context.step = step;
        context.conflict = false;
        plan_visit_buffers(step, check_conflict, &context);
        step->barrier = context.conflict;
        if (step->barrier) context.since.count = 0;
        plan_visit_buffers(step, record_access, &context);
    }
}
