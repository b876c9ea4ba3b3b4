/* kernel_pool.c - windows (POOL) and whole maps (REDUCE) become their largest or mean value. */
#include "kernel.h"

#include <math.h>

/* The taps of one axis of a window that lie inside the map. */
struct span_taps {
    LLVMValueRef begin, end; /* tap numbers */
    LLVMValueRef origin;     /* map coordinate of tap 0 */
};

static LLVMValueRef ceil_div(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return ir_div(kernel, ir_add(kernel, a, ir_i64(kernel, b - 1)), b);
}

/* Taps t with 0 <= origin + t * dilation < extent. */
static struct span_taps valid_taps(struct kernel *kernel, LLVMValueRef at, const struct window *window, int axis,
                                   int64_t extent) {
    struct span_taps taps;
    int64_t dilation = window->dilation[axis], pad = window->pad[axis ? EDGE_LEFT : EDGE_TOP];
    LLVMValueRef zero = ir_i64(kernel, 0);
    taps.origin = ir_sub(kernel, ir_mul(kernel, at, window->stride[axis]), ir_i64(kernel, pad));
    LLVMValueRef before = ir_max(kernel, zero, ir_sub(kernel, zero, taps.origin));
    taps.begin = ceil_div(kernel, before, dilation);
    LLVMValueRef left = ir_max(kernel, zero, ir_sub(kernel, ir_i64(kernel, extent), taps.origin));
    taps.end = ir_min(kernel, ir_i64(kernel, window->kernel[axis]), ceil_div(kernel, left, dilation));
    return taps;
}

/* How many taps of an axis count for a mean: those inside the map, or inside the map and its padding. */
static LLVMValueRef counted_taps(struct kernel *kernel, const struct span_taps *taps, int axis, int64_t extent) {
    const struct plan_pool *pool = &kernel->step->as.pool;
    if (!pool->count_include_pad) return ir_sub(kernel, taps->end, taps->begin);
    int64_t padded = extent + pool->window.pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
    LLVMValueRef left = ir_sub(kernel, ir_i64(kernel, padded), taps->origin);
    return ir_min(kernel, ir_i64(kernel, pool->window.kernel[axis]), ceil_div(kernel, left, pool->window.dilation[axis]));
}

LLVMValueRef ir_combine(struct kernel *kernel, bool is_max, LLVMValueRef sum, LLVMValueRef value) {
    if (!is_max) return LLVMBuildFAdd(kernel->builder, sum, value, "");
    return vector_extreme(kernel, true, sum, value);
}

LLVMValueRef ir_divide(struct kernel *kernel, LLVMValueRef sum, LLVMValueRef count) {
    LLVMValueRef number = LLVMBuildSIToFP(kernel->builder, count, kernel->unit->f32, "");
    return LLVMBuildFDiv(kernel->builder, sum, ir_splat(kernel, number), "");
}

static LLVMValueRef window_value(struct kernel *kernel, struct place place) {
    const struct plan_pool *pool = &kernel->step->as.pool;
    const struct window *window = &pool->window;
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct span_taps rows = valid_taps(kernel, place.row, window, 0, source->shape.h);
    struct span_taps columns = valid_taps(kernel, place.column, window, 1, source->shape.w);
    struct loop row_loop = {.carried_count = 1, .carried = {ir_number(kernel, pool->is_max ? -INFINITY : 0)}};
    loop_open(kernel, &row_loop, rows.begin, rows.end, 1);
    struct loop column_loop = {.carried_count = 1, .carried = {row_loop.carried[0]}};
    loop_open(kernel, &column_loop, columns.begin, columns.end, 1);
    struct place from = place;
    from.row = ir_add(kernel, rows.origin, ir_mul(kernel, row_loop.index, window->dilation[0]));
    from.column = ir_add(kernel, columns.origin, ir_mul(kernel, column_loop.index, window->dilation[1]));
    LLVMValueRef value = ir_load_vector(kernel, place_address(kernel, kernel->source, source, from));
    column_loop.carried[0] = ir_combine(kernel, pool->is_max, column_loop.carried[0], value);
    loop_close(kernel, &column_loop);
    row_loop.carried[0] = column_loop.carried[0];
    loop_close(kernel, &row_loop);
    if (pool->is_max) return row_loop.carried[0];
    LLVMValueRef count = LLVMBuildMul(kernel->builder, counted_taps(kernel, &rows, 0, source->shape.h),
                                      counted_taps(kernel, &columns, 1, source->shape.w), "");
    return ir_divide(kernel, row_loop.carried[0], count);
}

void emit_POOL(struct kernel *kernel) {
    rows_store(kernel, window_value);
}

/* Rows are summed one by one and the sums of rows added up, which keeps the error small on large maps. */
static LLVMValueRef row_value(struct kernel *kernel, struct place place, bool is_max) {
    enum { CHAINS = 4 };
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t whole = source->shape.w / CHAINS * CHAINS;
    LLVMValueRef start = ir_number(kernel, is_max ? -INFINITY : 0);
    struct loop loop = {.carried_count = CHAINS, .carried = {start, start, start, start}};
    LLVMValueRef row = place_address(kernel, kernel->source, source, place);
    if (whole) {
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, whole), CHAINS);
        LLVMValueRef at = ir_offset(kernel, row, ir_mul(kernel, loop.index, source->block));
        for (int i = 0; i < CHAINS; i++) {
            LLVMValueRef value = ir_load_vector(kernel, ir_offset(kernel, at, ir_i64(kernel, i * source->block)));
            loop.carried[i] = ir_combine(kernel, is_max, loop.carried[i], value);
        }
        loop_close(kernel, &loop);
    }
    for (int64_t i = whole; i < source->shape.w; i++) {
        LLVMValueRef value = ir_load_vector(kernel, ir_offset(kernel, row, ir_i64(kernel, i * source->block)));
        loop.carried[i - whole] = ir_combine(kernel, is_max, loop.carried[i - whole], value);
    }
    LLVMValueRef low = ir_combine(kernel, is_max, loop.carried[0], loop.carried[1]);
    LLVMValueRef high = ir_combine(kernel, is_max, loop.carried[2], loop.carried[3]);
    return ir_combine(kernel, is_max, low, high);
}

void emit_REDUCE(struct kernel *kernel) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    bool is_max = kernel->step->as.reduce.is_max;
    struct loop items;
    struct place place = rows_open(kernel, &items, 1), from = place;
    struct loop rows = {.carried_count = 1, .carried = {ir_number(kernel, is_max ? -INFINITY : 0)}};
    loop_open(kernel, &rows, ir_i64(kernel, 0), ir_i64(kernel, source->shape.h), 1);
    from.row = rows.index;
    rows.carried[0] = ir_combine(kernel, is_max, rows.carried[0], row_value(kernel, from, is_max));
    loop_close(kernel, &rows);
    LLVMValueRef value = rows.carried[0];
    if (!is_max) value = ir_divide(kernel, value, ir_i64(kernel, kernel->step->as.reduce.count));
    place_store(kernel, place, value);
    loop_close(kernel, &items);
}
