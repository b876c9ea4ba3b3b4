/* kernel_fold.c - FOLD and ARGMAX: axes of a map become one number each, or where in an axis the best number is.
 *
 * Results of a row that lie beside each other are computed together, so that each line of the cache is read once; along
 * columns as many partial results of one row. Lanes that are no channels hold what changes nothing. */
#include "arithmetic.h"

#include <math.h>

enum { TOGETHER = 4 };

static double start_of(enum reduce_kind kind) {
    switch (kind) {
    case REDUCE_MAX: return -INFINITY;
    case REDUCE_MIN: return INFINITY;
    case REDUCE_PROD: return 1;
    default: return 0;
    }
}

static LLVMValueRef join(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    enum reduce_kind kind = kernel->step->as.fold.kind;
    if (kind == REDUCE_MAX || kind == REDUCE_MIN) return vector_extreme(kernel, kind == REDUCE_MAX, a, b);
    return kind == REDUCE_PROD ? f_mul(kernel, a, b) : f_add(kernel, a, b);
}

static LLVMValueRef load_from(struct kernel *kernel, struct place place, int64_t columns_on) {
    place.column = ir_add(kernel, place.column, ir_i64(kernel, columns_on));
    return ir_load_vector(kernel, place_address(kernel, kernel->source, kernel->step->source.buffer, place));
}

/* Lanes of `value` that are channels of the source in block `block`; the others hold `instead`. */
static LLVMValueRef only_channels(struct kernel *kernel, LLVMValueRef block, LLVMValueRef value, LLVMValueRef instead) {
    int64_t channels = kernel->step->source.buffer->shape.c;
    if (channels % kernel->lanes == 0) return value;
    LLVMValueRef first = LLVMBuildTrunc(kernel->builder, ir_mul(kernel, block, kernel->lanes), kernel->unit->i32, "");
    LLVMValueRef channel = LLVMBuildAdd(kernel->builder, ir_splat(kernel, first), ir_lane_indices(kernel), "");
    LLVMValueRef exists = LLVMBuildICmp(kernel->builder, LLVMIntSLT, channel, ir_integers(kernel, channels), "");
    return LLVMBuildSelect(kernel->builder, exists, value, instead, "");
}

/* The lanes that are `distance` away, both ways. */
static LLVMValueRef other_lanes(struct kernel *kernel, LLVMValueRef value, int64_t distance) {
    LLVMValueRef items[64];
    for (int64_t i = 0; i < kernel->lanes; i++)
        items[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)(i ^ distance), 0);
    LLVMValueRef mask = LLVMConstVector(items, (unsigned)kernel->lanes);
    return LLVMBuildShuffleVector(kernel->builder, value, LLVMGetPoison(kernel->vector), mask, "");
}

/* A whole row of the source. */
static LLVMValueRef fold_row(struct kernel *kernel, struct place place) {
    int64_t width = kernel->step->source.buffer->shape.w, whole = width / TOGETHER * TOGETHER;
    struct loop loop = {.carried_count = TOGETHER};
    for (int i = 0; i < TOGETHER; i++) loop.carried[i] = ir_number(kernel, start_of(kernel->step->as.fold.kind));
    if (whole) {
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, whole), TOGETHER);
        place.column = loop.index;
        for (int i = 0; i < TOGETHER; i++)
            loop.carried[i] = join(kernel, loop.carried[i], load_from(kernel, place, i));
        loop_close(kernel, &loop);
    }
    place.column = ir_i64(kernel, whole);
    for (int64_t i = 0; i < width - whole; i++)
        loop.carried[i] = join(kernel, loop.carried[i], load_from(kernel, place, i));
    return join(kernel, join(kernel, loop.carried[0], loop.carried[1]), join(kernel, loop.carried[2], loop.carried[3]));
}

static LLVMValueRef finish_fold(struct kernel *kernel, LLVMValueRef value) {
    const struct plan_step *step = kernel->step;
    for (int64_t distance = kernel->lanes / 2; step->as.fold.over[0] && distance >= 1; distance /= 2)
        value = join(kernel, value, other_lanes(kernel, value, distance));
    if (step->as.fold.kind == REDUCE_MEAN) value = ir_divide(kernel, value, ir_i64(kernel, step->as.fold.count));
    return value;
}

/* `count` results from `place` on. */
static void fold_places(struct kernel *kernel, struct place place, int count) {
    const struct plan_step *step = kernel->step;
    const struct plan_buffer *source = step->source.buffer;
    LLVMValueRef start = ir_number(kernel, start_of(step->as.fold.kind)), one = ir_i64(kernel, 1);
    struct place from = place;
    struct loop blocks = {.carried_count = count}, rows = {.carried_count = count};
    for (int i = 0; i < count; i++) blocks.carried[i] = start;
    LLVMValueRef all_blocks = ir_i64(kernel, plan_blocks(source->shape.c, kernel->lanes));
    bool over_channels = step->as.fold.over[0], over_rows = step->as.fold.over[1];
    LLVMValueRef first_block = over_channels ? ir_i64(kernel, 0) : place.block;
    LLVMValueRef first_row = over_rows ? ir_i64(kernel, 0) : place.row;
    loop_open(kernel, &blocks, first_block, over_channels ? all_blocks : ir_add(kernel, first_block, one), 1);
    from.block = blocks.index;
    for (int i = 0; i < count; i++) rows.carried[i] = start;
    LLVMValueRef end_row = over_rows ? ir_i64(kernel, source->shape.h) : ir_add(kernel, first_row, one);
    loop_open(kernel, &rows, first_row, end_row, 1);
    from.row = rows.index;
    for (int i = 0; i < count; i++) {
        LLVMValueRef value = step->as.fold.over[2] ? fold_row(kernel, from) : load_from(kernel, from, i);
        rows.carried[i] = join(kernel, rows.carried[i], value);
    }
    loop_close(kernel, &rows);
    for (int i = 0; i < count; i++) {
        LLVMValueRef value = rows.carried[i];
        if (over_channels) value = only_channels(kernel, blocks.index, value, start);
        blocks.carried[i] = join(kernel, blocks.carried[i], value);
    }
    loop_close(kernel, &blocks);
    for (int i = 0; i < count; i++) {
        struct place to = place;
        to.column = ir_add(kernel, place.column, ir_i64(kernel, i));
        place_store(kernel, to, finish_fold(kernel, blocks.carried[i]));
    }
}

/* Each row of the result: TOGETHER columns at a time, the rest one by one. */
static void emit_places(struct kernel *kernel, void (*emit)(struct kernel *kernel, struct place place, int count)) {
    int64_t width = kernel->step->result.w, whole = width / TOGETHER * TOGETHER;
    struct loop items, columns = {0}, rest = {0};
    struct place place = rows_open(kernel, &items, kernel->step->result.h);
    if (whole) {
        loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, whole), TOGETHER);
        place.column = columns.index;
        emit(kernel, place, TOGETHER);
        loop_close(kernel, &columns);
    }
    if (width > whole) {
        loop_open(kernel, &rest, ir_i64(kernel, whole), ir_i64(kernel, width), 1);
        place.column = rest.index;
        emit(kernel, place, 1);
        loop_close(kernel, &rest);
    }
    loop_close(kernel, &items);
}

void emit_FOLD(struct kernel *kernel) {
    emit_places(kernel, fold_places);
}

/* The best number so far and where it is. */
struct best {
    LLVMValueRef value, at;
};

static LLVMValueRef compare(struct kernel *kernel, LLVMRealPredicate relation, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildFCmp(kernel->builder, relation, a, b, "");
}

static LLVMValueRef both(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildAnd(kernel->builder, a, b, "");
}

static LLVMValueRef either(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildOr(kernel->builder, a, b, "");
}

/* Of two the better one: the larger (smaller) number, a NaN before all others; of equals the first (last) place. */
static struct best better(struct kernel *kernel, struct best a, struct best b) {
    bool is_min = kernel->step->as.argmax.is_min, last = kernel->step->as.argmax.last;
    LLVMValueRef a_nan = compare(kernel, LLVMRealUNO, a.value, a.value);
    LLVMValueRef b_nan = compare(kernel, LLVMRealUNO, b.value, b.value);
    LLVMValueRef wins = compare(kernel, is_min ? LLVMRealOLT : LLVMRealOGT, b.value, a.value);
    wins = either(kernel, wins, both(kernel, b_nan, LLVMBuildNot(kernel->builder, a_nan, "")));
    LLVMValueRef equal = either(kernel, compare(kernel, LLVMRealOEQ, a.value, b.value), both(kernel, a_nan, b_nan));
    LLVMValueRef place = compare(kernel, last ? LLVMRealOGT : LLVMRealOLT, b.at, a.at);
    LLVMValueRef takes = either(kernel, wins, both(kernel, equal, place));
    return (struct best){LLVMBuildSelect(kernel->builder, takes, b.value, a.value, ""),
                         LLVMBuildSelect(kernel->builder, takes, b.at, a.at, "")};
}

/* Number `at` along the axis; along channels, the numbers of block `at`, those that are none the worst of all. */
static struct best candidate(struct kernel *kernel, struct place place, LLVMValueRef at, int column) {
    const struct plan_step *step = kernel->step;
    int axis = step->as.argmax.axis;
    *(axis == 0 ? &place.block : axis == 1 ? &place.row : &place.column) = at;
    struct best best = {.value = load_from(kernel, place, axis == 2 ? 0 : column)};
    LLVMValueRef number = axis == 0 ? ir_mul(kernel, at, kernel->lanes) : at;
    best.at = ir_splat(kernel, LLVMBuildSIToFP(kernel->builder, number, kernel->unit->f32, ""));
    if (axis) return best;
    LLVMValueRef lanes = LLVMBuildSIToFP(kernel->builder, ir_lane_indices(kernel), kernel->vector, "");
    LLVMValueRef worst = ir_number(kernel, step->as.argmax.is_min ? INFINITY : -INFINITY);
    LLVMValueRef nowhere = ir_number(kernel, step->as.argmax.last ? -1 : 0x1p30);
    best.at = only_channels(kernel, at, f_add(kernel, best.at, lanes), nowhere);
    best.value = only_channels(kernel, at, best.value, worst);
    return best;
}

static void best_places(struct kernel *kernel, struct place place, int count) {
    const struct plan_step *step = kernel->step;
    const struct plan_buffer *source = step->source.buffer;
    int axis = step->as.argmax.axis;
    int64_t extents[3] = {plan_blocks(source->shape.c, kernel->lanes), source->shape.h, source->shape.w};
    struct loop loop = {.carried_count = 2 * count};
    for (int i = 0; i < count; i++) {
        struct best first = candidate(kernel, place, ir_i64(kernel, 0), i);
        loop.carried[2 * i] = first.value;
        loop.carried[2 * i + 1] = first.at;
    }
    if (extents[axis] > 1) {
        loop_open(kernel, &loop, ir_i64(kernel, 1), ir_i64(kernel, extents[axis]), 1);
        for (int i = 0; i < count; i++) {
            struct best before = {loop.carried[2 * i], loop.carried[2 * i + 1]};
            struct best best = better(kernel, before, candidate(kernel, place, loop.index, i));
            loop.carried[2 * i] = best.value;
            loop.carried[2 * i + 1] = best.at;
        }
        loop_close(kernel, &loop);
    }
    for (int i = 0; i < count; i++) {
        struct best best = {loop.carried[2 * i], loop.carried[2 * i + 1]};
        for (int64_t distance = kernel->lanes / 2; axis == 0 && distance >= 1; distance /= 2) {
            struct best other = {other_lanes(kernel, best.value, distance), other_lanes(kernel, best.at, distance)};
            best = better(kernel, best, other);
        }
        struct place to = place;
        to.column = ir_add(kernel, place.column, ir_i64(kernel, i));
        place_store(kernel, to, best.at);
    }
}

void emit_ARGMAX(struct kernel *kernel) {
    emit_places(kernel, best_places);
}
