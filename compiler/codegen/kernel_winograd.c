/* kernel_winograd.c - 3x3 convolution by minimal filtering, both ends: WINOGRAD_INPUT transforms tiles of the source,
 * WINOGRAD_RESULT transforms products back and stores them with the epilogue. */
#include "kernel_winograd.h"

/* The sum of c[i] * x[i * step] over `count` i, of which the last c is often 1. */
static LLVMValueRef combination(struct kernel *kernel, const double *c, LLVMValueRef *x, int count, int step) {
    LLVMValueRef sum = NULL;
    for (int i = count - 1; i >= 0; i--) {
        LLVMValueRef value = x[i * step];
        if (!sum)
            sum = c[i] == 1 ? value : LLVMBuildFMul(kernel->builder, value, ir_number(kernel, c[i]), "");
        else if (c[i] == 1)
            sum = LLVMBuildFAdd(kernel->builder, sum, value, "");
        else if (c[i] == -1)
            sum = LLVMBuildFSub(kernel->builder, sum, value, "");
        else
            sum = ir_multiply_add(kernel, value, ir_number(kernel, c[i]), sum);
    }
    return sum;
}

/* B x along one axis. */
static void transform_source(struct kernel *kernel, const struct winograd *winograd, LLVMValueRef *x, LLVMValueRef *out) {
    int pairs = winograd->pairs;
    out[0] = combination(kernel, winograd->all, x, pairs + 1, 2);
    out[winograd->size - 1] = combination(kernel, winograd->all, x + 1, pairs + 1, 2);
    for (int k = 0; k < pairs; k++) {
        LLVMValueRef sums[2] = {combination(kernel, winograd->others[k], x + 1, pairs, 2),
                                combination(kernel, winograd->others[k], x + 2, pairs, 2)};
        for (int sign = 0; sign < 2; sign++) {
            double c[2] = {sign ? -winograd->point[k] : winograd->point[k], 1};
            out[2 * k + 1 + sign] = combination(kernel, c, sums, 2, 1);
        }
    }
}

/* A m along one axis. */
static void transform_result(struct kernel *kernel, const struct winograd *winograd, LLVMValueRef *m, LLVMValueRef *out) {
    double power[WINOGRAD_MOST_PAIRS] = {1, 1, 1};
    LLVMValueRef sums[2][WINOGRAD_MOST_PAIRS];
    for (int k = 0; k < winograd->pairs; k++) {
        sums[0][k] = LLVMBuildFAdd(kernel->builder, m[2 * k + 1], m[2 * k + 2], "");
        sums[1][k] = LLVMBuildFSub(kernel->builder, m[2 * k + 1], m[2 * k + 2], "");
    }
    for (int r = 0; r < winograd->results; r++) {
        out[r] = combination(kernel, power, sums[r % 2], winograd->pairs, 1);
        if (r == 0) out[r] = LLVMBuildFAdd(kernel->builder, out[r], m[0], "");
        if (r == winograd->results - 1) out[r] = LLVMBuildFAdd(kernel->builder, out[r], m[winograd->size - 1], "");
        for (int k = 0; k < winograd->pairs; k++) power[k] *= winograd->point[k];
    }
}

static struct transform transform_make(struct kernel *kernel, const struct winograd *winograd, transform_axis *along, int rows) {
    LLVMValueRef half = ir_stack(kernel, (int64_t)rows * winograd->size * kernel->lanes);
    return (struct transform){winograd, along, rows, half};
}

static bool passes_are_loops(const struct winograd *winograd) {
    return winograd->size > 6;
}

/* Where the numbers of a tile are: rows, columns lie so far apart; all are multiplied by `scale`, if there is one. */
struct tile {
    LLVMValueRef at;
    int64_t row_step, column_step;
    LLVMValueRef scale;
    bool is_far; /* positions of the tiles that follow are fetched ahead */
};

/* Positions lie far apart, too many for the processor to see that each is read, or written, in order. */
enum { AHEAD = 4 * 16 }; /* floats */

static void transform_column(struct kernel *kernel, const struct transform *transform, const struct tile *tile, LLVMValueRef x) {
    int size = transform->winograd->size;
    LLVMValueRef in[WINOGRAD_MOST], out[WINOGRAD_MOST];
    LLVMValueRef at = ir_offset(kernel, tile->at, ir_mul(kernel, x, tile->column_step));
    if (passes_are_loops(transform->winograd)) at = ir_plain_address(kernel, at);
    for (int y = 0; y < size; y++) {
        in[y] = ir_load_vector(kernel, ir_offset(kernel, at, ir_i64(kernel, y * tile->row_step)));
        if (tile->scale) in[y] = LLVMBuildFMul(kernel->builder, in[y], tile->scale, "");
        if (tile->is_far && passes_are_loops(transform->winograd))
            ir_prefetch(kernel, ir_offset(kernel, at, ir_i64(kernel, y * tile->row_step + AHEAD)), 1, PREFETCH_READ, PREFETCH_L1);
    }
    transform->along(kernel, transform->winograd, in, out);
    LLVMValueRef to = ir_offset(kernel, transform->half, ir_mul(kernel, x, kernel->lanes));
    for (int y = 0; y < transform->rows; y++)
        ir_store(kernel, out[y], ir_offset(kernel, to, ir_i64(kernel, y * size * kernel->lanes)), (unsigned)kernel->lanes * 4);
}

static void transform_columns(struct kernel *kernel, const struct transform *transform, struct tile tile) {
    int size = transform->winograd->size;
    if (passes_are_loops(transform->winograd)) {
        struct loop columns = {0};
        loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, size), 1);
        transform_column(kernel, transform, &tile, columns.index);
        loop_close(kernel, &columns);
        return;
    }
    tile.at = ir_plain_address(kernel, tile.at);
    for (int x = 0; x < size; x++) transform_column(kernel, transform, &tile, ir_i64(kernel, x));
}

static void transform_row(struct kernel *kernel, const struct transform *transform, LLVMValueRef row, LLVMValueRef *out) {
    int size = transform->winograd->size;
    LLVMValueRef in[WINOGRAD_MOST];
    LLVMValueRef from = ir_offset(kernel, transform->half, ir_mul(kernel, row, size * kernel->lanes));
    for (int x = 0; x < size; x++) in[x] = ir_load_vector(kernel, ir_offset(kernel, from, ir_i64(kernel, x * kernel->lanes)));
    transform->along(kernel, transform->winograd, in, out);
}

/* Row `row` of a transformed tile of the source. */
static void store_positions(struct kernel *kernel, const struct transform *transform, LLVMValueRef to, LLVMValueRef row) {
    int size = transform->winograd->size;
    int64_t position = kernel->step->target->block_stride;
    LLVMValueRef out[WINOGRAD_MOST];
    transform_row(kernel, transform, row, out);
    to = ir_offset(kernel, to, ir_mul(kernel, row, size * position));
    if (passes_are_loops(transform->winograd)) to = ir_plain_address(kernel, to);
    for (int x = 0; x < size; x++) {
        ir_store(kernel, out[x], ir_offset(kernel, to, ir_i64(kernel, x * position)), (unsigned)kernel->lanes * 4);
        if (passes_are_loops(transform->winograd))
            ir_prefetch(kernel, ir_offset(kernel, to, ir_i64(kernel, x * position + AHEAD)), 1, PREFETCH_WRITE, PREFETCH_L1);
    }
}

void emit_WINOGRAD_INPUT(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct winograd transforms = winograd_make(shape->results), *winograd = &transforms;
    const struct plan_buffer *source = kernel->step->source.buffer, *target = kernel->step->target;
    struct transform transform = transform_make(kernel, winograd, transform_source, winograd->size);
    struct loop items, columns = {0}, rows = {0};
    struct place place = rows_open(kernel, &items, shape->tile_rows), from = place;
    const struct plan_buffer *factor = kernel->step->source.scale;
    LLVMValueRef scale = factor ? scale_load(kernel, kernel->source_scale, factor, place) : NULL;
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, shape->tile_columns), 1);
    from.row = ir_add(kernel, ir_mul(kernel, place.row, shape->results), ir_i64(kernel, shape->first_row));
    from.column = ir_add(kernel, ir_mul(kernel, columns.index, shape->results), ir_i64(kernel, shape->first_column));
    LLVMValueRef at = place_address(kernel, kernel->source, source, from);
    transform_columns(kernel, &transform, (struct tile){at, source->row_stride, source->block, scale, false});
    LLVMValueRef tile = ir_add(kernel, ir_mul(kernel, place.row, shape->tile_columns), columns.index);
    struct place first = {place.picture, ir_i64(kernel, 0), place.block, tile};
    LLVMValueRef to = place_address(kernel, kernel->target, target, first);
    if (passes_are_loops(winograd)) {
        loop_open(kernel, &rows, ir_i64(kernel, 0), ir_i64(kernel, winograd->size), 1);
        store_positions(kernel, &transform, to, rows.index);
        loop_close(kernel, &rows);
    } else {
        to = ir_plain_address(kernel, to);
        for (int y = 0; y < winograd->size; y++) store_positions(kernel, &transform, to, ir_i64(kernel, y));
    }
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}

/* Whether the result has row or column `first` + `on`; NULL: for all tiles. */
static LLVMValueRef exists(struct kernel *kernel, LLVMValueRef first, int on, int64_t extent) {
    int64_t results = kernel->step->as.winograd.results, in_last = extent % results;
    if (!in_last || on < in_last) return NULL;
    return LLVMBuildICmp(kernel->builder, LLVMIntSLT, ir_add(kernel, first, ir_i64(kernel, on)), ir_i64(kernel, extent), "");
}

static void store_tile_row(struct kernel *kernel, struct place place, LLVMValueRef *values) {
    const struct plan_buffer *target = kernel->step->target;
    struct epilogue epilogue = epilogue_open(kernel, place);
    LLVMValueRef to = ir_plain_address(kernel, place_address(kernel, kernel->target, target, place));
    for (int x = 0; x < kernel->step->as.winograd.results; x++) {
        LLVMValueRef condition = exists(kernel, place.column, x, kernel->step->result.w);
        struct branch inside;
        if (condition) branch_open(kernel, &inside, condition);
        LLVMValueRef summed[PLAN_MAX_SQUEEZES], value = epilogue_apply(kernel, &epilogue, values[x], x, summed);
        squeezes_add(kernel, place, summed);
        ir_store(kernel, value, ir_offset(kernel, to, ir_i64(kernel, x * target->block)), (unsigned)kernel->lanes * 4);
        if (condition) branch_close(kernel, &inside);
    }
}

struct transform winograd_open_results(struct kernel *kernel, const struct winograd *winograd) {
    return transform_make(kernel, winograd, transform_result, winograd->results);
}

void winograd_store_tile(struct kernel *kernel, const struct transform *transform, struct products products, struct place place) {
    int results = transform->winograd->results, size = transform->winograd->size;
    LLVMValueRef first_row = place.row, out[WINOGRAD_MOST];
    transform_columns(kernel, transform,
                      (struct tile){.at = products.at,
                                    .row_step = size * products.position_step,
                                    .column_step = products.position_step,
                                    .is_far = kernel->step->anchor == ANCHOR_WINOGRAD_RESULT});
    if (passes_are_loops(transform->winograd)) {
        LLVMValueRef rest = ir_sub(kernel, ir_i64(kernel, kernel->step->result.h), first_row);
        struct loop rows = {0};
        loop_open(kernel, &rows, ir_i64(kernel, 0), ir_min(kernel, rest, ir_i64(kernel, results)), 1);
        place.row = ir_add(kernel, first_row, rows.index);
        transform_row(kernel, transform, rows.index, out);
        store_tile_row(kernel, place, out);
        loop_close(kernel, &rows);
        return;
    }
    for (int y = 0; y < results; y++) {
        LLVMValueRef condition = exists(kernel, first_row, y, kernel->step->result.h);
        struct branch inside;
        if (condition) branch_open(kernel, &inside, condition);
        place.row = ir_add(kernel, first_row, ir_i64(kernel, y));
        transform_row(kernel, transform, ir_i64(kernel, y), out);
        store_tile_row(kernel, place, out);
        if (condition) branch_close(kernel, &inside);
    }
}

void emit_WINOGRAD_RESULT(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer;
    const struct winograd winograd = winograd_make(shape->results);
    struct transform transform = winograd_open_results(kernel, &winograd);
    struct loop items, columns = {0};
    struct place place = rows_open(kernel, &items, shape->tile_rows);
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, shape->tile_columns), 1);
    LLVMValueRef tile = ir_add(kernel, ir_mul(kernel, place.row, shape->tile_columns), columns.index);
    struct place from = {place.picture, ir_i64(kernel, 0), place.block, tile};
    struct products products = {place_address(kernel, kernel->source, source, from), source->block_stride, source->row_stride};
    place.row = ir_mul(kernel, place.row, shape->results);
    place.column = ir_mul(kernel, columns.index, shape->results);
    winograd_store_tile(kernel, &transform, products, place);
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}
