/* rearrange.c - numbers under another shape, in another order, become REARRANGE or RESHAPE steps.
 *
 * The axes that the numbers are seen with are split until each belongs to one of C, H, W of the source and to one of
 * the result: [6, 4, 5] with 6 seen as 3 x 2. Then a part of the channel, row and column of the source depends on the
 * channel of the result alone, one on its row, one on its column, and three small tables tell all (REARRANGE):
 *
 *     source channel = table of c + table of y + table of x, row and column likewise
 *
 * Where no such split exists ([3, 5, 7] as [5, 7, 3]), the number of each element is taken apart by divisions (RESHAPE). */
#include "build.h"

#include <string.h>

enum {
    MOST = REARRANGE_MAX_RANK + 8, /* axes: each of four borders splits one at most */
    MOST_ENTRIES = 32768           /* of the tables: of larger results (all numbers as a vector) they would be a burden */
};

struct axis {
    int64_t extent;
    int64_t stride; /* of its numbers in the source, row-major */
};

/* Axes in the order of the source and in that of the result; both lists hold the same axes. */
struct view {
    struct axis axes[MOST];
    int source[MOST], result[MOST];
    int count;
};

static void split_entry(int *order, int count, int axis, int low) {
    int at = 0;
    while (order[at] != axis) at++;
    memmove(order + at + 2, order + at + 1, (size_t)(count - at - 1) * sizeof *order);
    order[at + 1] = low;
}

/* Splits an axis so that in `order` the last ones hold `inner` numbers; false if none can be split so. */
static bool split_at(struct view *view, const int *order, int64_t inner) {
    int64_t below = 1;
    for (int i = view->count - 1; i >= 0 && below < inner; i--) {
        struct axis *axis = &view->axes[order[i]];
        if (below * axis->extent <= inner) {
            below *= axis->extent;
            continue;
        }
        int64_t part = inner / below;
        if (inner % below || axis->extent % part || view->count == MOST) return false;
        int high = order[i], low = view->count;
        view->axes[low] = (struct axis){part, axis->stride};
        *axis = (struct axis){axis->extent / part, axis->stride * part};
        split_entry(view->source, view->count, high, low);
        split_entry(view->result, view->count, high, low);
        view->count++;
        return true;
    }
    return below == inner;
}

static struct view see(const struct node *node) {
    struct view view = {.count = 1};
    view.axes[0] = (struct axis){shape_element_count(node->shape), 1};
    if (node->op == OP_RESHAPE) return view;
    view.count = node->as.rearrange.rank;
    for (int64_t i = view.count - 1, stride = 1; i >= 0; i--) {
        view.axes[i] = (struct axis){node->as.rearrange.dims[i], stride};
        stride *= node->as.rearrange.dims[i];
        view.source[i] = (int)i;
        view.result[i] = node->as.rearrange.axes[i];
    }
    return view;
}

static bool split_all(struct view *view, struct map_shape from, struct map_shape to) {
    return split_at(view, view->source, from.w) && split_at(view, view->source, from.w * from.h) &&
           split_at(view, view->result, to.w) && split_at(view, view->result, to.w * to.h);
}

/* Whether the result's numbers come in the order of the source's. */
static bool is_same_order(const struct node *node) {
    int64_t before = -1;
    for (int i = 0; node->op == OP_REARRANGE && i < node->as.rearrange.rank; i++) {
        if (node->as.rearrange.dims[node->as.rearrange.axes[i]] == 1) continue;
        if (node->as.rearrange.axes[i] < before) return false;
        before = node->as.rearrange.axes[i];
    }
    return true;
}

/* Where number `at` along C, H or W of the result lies in the source: the axes from `*end` down that make up `extent`. */
static void fill_table(const struct view *view, struct map_shape from, int end, int64_t extent, struct plan_spot *table) {
    for (int64_t at = 0; at < extent; at++) {
        int64_t number = 0, rest = at, covered = 1;
        for (int i = end; i >= 0 && covered < extent; i--) {
            const struct axis *axis = &view->axes[view->result[i]];
            number += rest % axis->extent * axis->stride;
            rest /= axis->extent;
            covered *= axis->extent;
        }
        table[at] = (struct plan_spot){number / (from.h * from.w), number / from.w % from.h, number % from.w};
    }
}

/* The last axis of the result in front of those that make up `inner` numbers. */
static int axis_before(const struct view *view, int64_t inner) {
    int at = view->count - 1;
    for (int64_t below = 1; at >= 0 && below < inner; at--) below *= view->axes[view->result[at]].extent;
    return at;
}

/* Whether all places begin at whole blocks of channels. */
static bool is_shared(const struct plan_spot *table, int64_t count, int64_t lanes) {
    for (int64_t i = 0; i < count; i++)
        if (table[i].channel % lanes) return false;
    return true;
}

/* Whether each block of channels of the result is a block of the source. */
static bool moves_blocks(const struct plan_rearrange *how, struct map_shape to, int64_t lanes) {
    const struct plan_spot *c = how->tables[0];
    for (int64_t i = 0; i < to.c; i++) {
        const struct plan_spot *first = &c[i / lanes * lanes];
        if (first->channel % lanes || c[i].channel != first->channel + i % lanes || c[i].row != first->row ||
            c[i].column != first->column)
            return false;
    }
    return is_shared(how->tables[1], to.h, lanes) && is_shared(how->tables[2], to.w, lanes);
}

/* Whether each whole tile of an axis of the result is a block of channels of the source. */
static bool holds_channels(const struct plan_spot *table, int64_t extent, int64_t lanes) {
    for (int64_t i = 0; i < extent / lanes * lanes; i++) {
        const struct plan_spot *first = &table[i / lanes * lanes];
        if (first->channel % lanes || table[i].channel != first->channel + i % lanes || table[i].row != first->row ||
            table[i].column != first->column)
            return false;
    }
    return extent >= lanes;
}

/* Lanes of the source become places of the result, and places lanes: tiles are transposed. 0: they do not. */
static int find_tile_axis(const struct plan_rearrange *how, struct map_shape to, int64_t lanes) {
    const struct plan_spot *c = how->tables[0], *y = how->tables[1], *x = how->tables[2];
    for (int64_t i = 0; i < to.c; i++)
        if (c[i].channel != c[i / lanes * lanes].channel) return 0;
    if (!is_shared(c, to.c, lanes)) return 0;
    if (holds_channels(x, to.w, lanes) && is_shared(y, to.h, lanes)) return 2;
    return holds_channels(y, to.h, lanes) && is_shared(x, to.w, lanes) ? 1 : 0;
}

static bool all_users_are_linear(const struct builder *builder, const struct node *node) {
    int uses = 0;
    for (const struct node *user = node->next; user; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node) {
                if (user->op != OP_LINEAR) return false;
                uses++;
            }
    return uses == builder->use_counts[node->id];
}

static void schedule_tables(struct builder *builder, struct plan_step *step, const struct view *view,
                            const struct node *node) {
    struct map_shape from = step->source.buffer->shape, to = shape_as_map(node->shape);
    struct plan_rearrange *how = &step->as.rearrange;
    int64_t extents[3] = {to.c, to.h, to.w}, inner[3] = {to.h * to.w, to.w, 1};
    for (int i = 0; i < 3; i++) {
        how->tables[i] = ARENA_NEW_ARRAY(builder->plan->arena, struct plan_spot, (size_t)extents[i]);
        fill_table(view, from, axis_before(view, inner[i]), extents[i], how->tables[i]);
    }
    how->moves_blocks = moves_blocks(how, to, builder->plan->lanes);
    if (!how->moves_blocks) how->tile_axis = find_tile_axis(how, to, builder->plan->lanes);
    step->panels[0] = schedule_panel(builder, PANEL_TABLE, step, NULL);
}

void schedule_rearrange(struct builder *builder, const struct node *node) {
    struct map_shape from = shape_as_map(node->inputs[0]->shape), to = shape_as_map(node->shape);
    bool is_plain = is_same_order(node);
    if (is_plain && from.c == to.c && from.h == to.h && from.w == to.w) {
        builder->values[node->id] = schedule_arena_value(builder, node->inputs[0]);
        builder->done[node->id] = true;
        return;
    }
    if (node->op == OP_RESHAPE && builder->level > 0 && all_users_are_linear(builder, node))
        return; /* schedule_linear reads the map itself */
    struct plan_buffer *source = schedule_arena_value(builder, node->inputs[0]);
    struct view view = see(node);
    bool has_tables = to.c + to.h + to.w <= MOST_ENTRIES && split_all(&view, from, to);
    struct plan_step *step = schedule_step(builder, has_tables ? ANCHOR_REARRANGE : ANCHOR_RESHAPE, node);
    step->source = (struct plan_operand){.buffer = source};
    if (has_tables)
        schedule_tables(builder, step, &view, node);
    else if (!is_plain)
        step->as.reshape = (struct plan_reshape){
            .rank = node->as.rearrange.rank, .dims = node->as.rearrange.dims, .axes = node->as.rearrange.axes};
    schedule_finish(builder, step, node);
}
