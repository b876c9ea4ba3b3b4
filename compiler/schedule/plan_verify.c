/* plan_verify.c - checks what code generation relies on: placement, halos, order of use. */
#include "plan.h"
#include "schedule.h"

#include "../../runtime/senrt_abi.h"

static bool meet(int64_t a, int64_t a_bytes, int64_t b, int64_t b_bytes) {
    return a < b + b_bytes && b < a + a_bytes;
}

/* Whether a view is blocks of the whole: as they lie in memory, and while it lives. */
static bool lies_in(const struct plan_buffer *view, const struct plan_buffer *whole) {
    int64_t begin = plan_whole_block(view), end = begin + plan_blocks(view->shape.c, view->block);
    if (view->space != whole->space || view->block != whole->block || begin < 0 || end > plan_blocks(whole->shape.c, whole->block))
        return false;
    if (view->shape.h != whole->shape.h || view->shape.w != whole->shape.w || view->origin != whole->origin) return false;
    if (view->row_stride != whole->row_stride || view->block_stride != whole->block_stride) return false;
    if (view->offset_bytes != whole->offset_bytes + begin * whole->block_stride * (int64_t)sizeof(float)) return false;
    return view->space != SPACE_ARENA || (whole->first_step <= view->first_step && view->last_step <= whole->last_step);
}

static const char *verify_buffers(const struct plan *plan) {
    for (size_t i = 0; i < plan->buffers.count; i++) {
        const struct plan_buffer *a = plan->buffers.items[i];
        int64_t space = a->space == SPACE_ARENA     ? plan->arena_bytes
                        : a->space == SPACE_WEIGHTS ? plan->weight_bytes
                                                    : plan->private_bytes;
        if (a->space == SPACE_ARENA && a->first_step < 0) continue;
        if (a->whole) {
            if (!lies_in(a, plan_whole(a))) return "a part of a buffer does not lie in it";
            continue;
        }
        if (a->offset_bytes % SENRT_ALIGNMENT) return "a buffer is not aligned";
        if (a->offset_bytes < 0 || a->offset_bytes + a->size_bytes > space) return "a buffer exceeds its space";
        for (size_t j = 0; j < i; j++) {
            const struct plan_buffer *b = plan->buffers.items[j];
            if (b->whole || a->space != b->space || (b->space == SPACE_ARENA && b->first_step < 0)) continue;
            bool together = a->space != SPACE_ARENA || (a->first_step <= b->last_step && b->first_step <= a->last_step);
            if (together && meet(a->offset_bytes, a->size_bytes, b->offset_bytes, b->size_bytes))
                return "two buffers that live together overlap";
        }
    }
    return NULL;
}

/* The first and last source position that an axis of a convolution reads lie in the map or its halo. */
static bool axis_fits(const struct plan_axis *axis, int64_t extent, int64_t before, int64_t after) {
    if (!axis->grid || !axis->taps) return true;
    int64_t reach = (axis->taps - 1) * axis->tap_step;
    int64_t least = axis->first + (reach < 0 ? reach : 0);
    int64_t most = axis->first + (axis->grid - 1) * axis->stride + (reach > 0 ? reach : 0);
    return least >= -before && most < extent + after;
}

static const char *verify_squeezes(const struct plan_step *step) {
    for (int i = 0; i < step->squeeze_count; i++) {
        const struct plan_squeeze *squeeze = &step->squeezes[i];
        if (squeeze->at > step->epilogues.count) return "a step takes sums behind its last epilogue";
        if (!squeeze->sums->size_bytes || squeeze->sums->shape.c < step->result.c) return "a step has no room for its sums";
    }
    return NULL;
}

static const char *verify_step(const struct plan_step *step) {
    if (step->anchor == ANCHOR_CONV || step->anchor == ANCHOR_DEPTHWISE) {
        const struct plan_buffer *source = step->source.buffer;
        const struct plan_axis *axis = step->as.conv.axis;
        int64_t rows = source->shape.h, columns = source->shape.w;
        if (step->collapsed_columns) {
            columns = step->collapsed_columns;
            rows = source->shape.h * source->shape.w / columns;
        }
        if (!axis_fits(&axis[0], rows, source->halo[EDGE_TOP], source->halo[EDGE_BOTTOM]) ||
            !axis_fits(&axis[1], columns, source->halo[EDGE_LEFT], source->halo[EDGE_RIGHT]))
            return "a convolution reads beyond its source's halo";
    }
    if (step->is_redundant != (step->target && step->target->space == SPACE_PRIVATE))
        return "a step that every thread does must write memory of its own";
    if (step->target && step->target->space == SPACE_ARENA && (step->target->first_step > step->index || step->target->last_step < step->index))
        return "a step writes a buffer outside its lifetime";
    if (step->items < 0) return "a step has a negative number of items";
    return verify_squeezes(step);
}

const char *plan_verify(const struct plan *plan) {
    const char *problem = verify_buffers(plan);
    for (size_t i = 0; i < plan->steps.count && !problem; i++) problem = verify_step(plan->steps.items[i]);
    return problem;
}
