/* kernel_winograd.c - 3x3 convolution by minimal filtering: WINOGRAD_INPUT transforms tiles of the source, WINOGRAD
 * multiplies them position by position with transformed weights, transforms back, and stores with the epilogue. */
#include "kernel.h"

#include "../schedule/winograd.h"

/* sum of c[i] * x[i] over i of one parity (0, 1) or of all (-1); NULL where all are 0. */
static LLVMValueRef combination(struct kernel *kernel, const double *c, LLVMValueRef *x, int size, int parity) {
    LLVMValueRef sum = NULL;
    for (int i = 0; i < size; i++) {
        if (c[i] == 0 || (parity >= 0 && i % 2 != parity)) continue;
        if (!sum)
            sum = c[i] == 1 ? x[i] : LLVMBuildFMul(kernel->builder, x[i], ir_number(kernel, c[i]), "");
        else if (c[i] == 1)
            sum = LLVMBuildFAdd(kernel->builder, sum, x[i], "");
        else if (c[i] == -1)
            sum = LLVMBuildFSub(kernel->builder, sum, x[i], "");
        else
            sum = ir_multiply_add(kernel, x[i], ir_number(kernel, c[i]), sum);
    }
    return sum;
}

/* B x along one axis. */
static void transform_source(struct kernel *kernel, const struct winograd *winograd, LLVMValueRef *x, LLVMValueRef *out) {
    int size = winograd->size;
    out[0] = combination(kernel, winograd->first, x, size, -1);
    out[size - 1] = combination(kernel, winograd->last, x, size, -1);
    for (int k = 0; k < winograd->pairs; k++) {
        LLVMValueRef even = combination(kernel, winograd->pair[k], x, size, 0);
        LLVMValueRef odd = combination(kernel, winograd->pair[k], x, size, 1);
        out[2 * k + 1] = LLVMBuildFAdd(kernel->builder, even, odd, "");
        out[2 * k + 2] = LLVMBuildFSub(kernel->builder, even, odd, "");
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
        out[r] = combination(kernel, power, sums[r % 2], winograd->pairs, -1);
        if (r == 0) out[r] = LLVMBuildFAdd(kernel->builder, out[r], m[0], "");
        if (r == winograd->results - 1) out[r] = LLVMBuildFAdd(kernel->builder, out[r], m[winograd->size - 1], "");
        for (int k = 0; k < winograd->pairs; k++) power[k] *= winograd->point[k];
    }
}

typedef void transform_axis(struct kernel *kernel, const struct winograd *winograd, LLVMValueRef *in, LLVMValueRef *out);

/* Along columns, then along rows: in[rows][size] becomes out[count][count]. */
static void transform_tile(struct kernel *kernel, const struct winograd *winograd, transform_axis *transform, int count,
                           LLVMValueRef in[WINOGRAD_MOST][WINOGRAD_MOST], LLVMValueRef out[WINOGRAD_MOST][WINOGRAD_MOST]) {
    LLVMValueRef half[WINOGRAD_MOST][WINOGRAD_MOST], line[WINOGRAD_MOST], done[WINOGRAD_MOST];
    for (int x = 0; x < winograd->size; x++) {
        for (int y = 0; y < winograd->size; y++) line[y] = in[y][x];
        transform(kernel, winograd, line, done);
        for (int y = 0; y < count; y++) half[y][x] = done[y];
    }
    for (int y = 0; y < count; y++) transform(kernel, winograd, half[y], out[y]);
}

void emit_WINOGRAD_INPUT(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct winograd *winograd = winograd_get(shape->results);
    const struct plan_buffer *source = kernel->step->source.buffer, *target = kernel->step->target;
    struct loop items, columns = {0};
    struct place place = rows_open(kernel, &items, shape->tile_rows), from = place;
    const struct plan_buffer *factor = kernel->step->source.scale;
    LLVMValueRef scale = factor ? scale_load(kernel, kernel->source_scale, factor, place) : NULL;
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, shape->tile_columns), 1);
    from.row = ir_add(kernel, ir_mul(kernel, place.row, shape->results), ir_i64(kernel, shape->first_row));
    from.column = ir_add(kernel, ir_mul(kernel, columns.index, shape->results), ir_i64(kernel, shape->first_column));
    LLVMValueRef at = ir_plain_address(kernel, place_address(kernel, kernel->source, source, from));
    LLVMValueRef in[WINOGRAD_MOST][WINOGRAD_MOST], out[WINOGRAD_MOST][WINOGRAD_MOST];
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < winograd->size; x++) {
            in[y][x] = ir_load_vector(
                kernel, ir_offset(kernel, at, ir_i64(kernel, y * source->row_stride + x * source->block)));
            if (scale) in[y][x] = LLVMBuildFMul(kernel->builder, in[y][x], scale, "");
        }
    transform_tile(kernel, winograd, transform_source, winograd->size, in, out);
    place.column = ir_add(kernel, ir_mul(kernel, place.row, shape->tile_columns), columns.index);
    place.row = ir_i64(kernel, 0);
    LLVMValueRef to = ir_plain_address(kernel, place_address(kernel, kernel->target, target, place));
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < winograd->size; x++) {
            LLVMValueRef position = ir_i64(kernel, (y * winograd->size + x) * target->row_stride);
            ir_store(kernel, out[y][x], ir_offset(kernel, to, position), (unsigned)kernel->lanes * 4);
        }
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}

/* What an item works on. */
struct item {
    LLVMValueRef source, panel, products; /* first transformed tile; weights; [position][tile][nv * lanes] in memory */
    LLVMValueRef first_tile, tiles;       /* number of the first tile; how many */
    int64_t blocks;                       /* output channel blocks */
    struct place place;
};

static int64_t width_of(const struct kernel *kernel) {
    return kernel->step->as.winograd.tile_blocks * kernel->lanes;
}

/* products[tile ..][..] of one position: `count` tiles at a time. */
static void multiply(struct kernel *kernel, const struct item *item, LLVMValueRef position, LLVMValueRef tile, int64_t count) {
    enum { UNROLL = 4 };
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t blocks = item->blocks, width = width_of(kernel), lanes = kernel->lanes;
    int64_t channels = plan_blocks(source->shape.c, lanes) * lanes;
    LLVMValueRef from = ir_add(kernel, ir_mul(kernel, position, source->row_stride), ir_mul(kernel, tile, lanes));
    from = ir_offset(kernel, item->source, from);
    LLVMValueRef panel = ir_offset(kernel, item->panel, ir_mul(kernel, position, channels * width));
    struct loop outer = {.carried_count = (int)(count * blocks)}, inner = {.carried_count = (int)(count * blocks)};
    for (int i = 0; i < outer.carried_count; i++) outer.carried[i] = ir_number(kernel, 0);
    loop_open(kernel, &outer, ir_i64(kernel, 0), ir_i64(kernel, channels / lanes), 1);
    LLVMValueRef block_from = ir_offset(kernel, from, ir_mul(kernel, outer.index, source->block_stride));
    LLVMValueRef block_panel = ir_offset(kernel, panel, ir_mul(kernel, outer.index, lanes * width));
    if (kernel->step->as.winograd.streams_weights) {
        int64_t groups = (kernel->step->as.winograd.item_tiles + count - 1) / count, slots = channels / lanes;
        LLVMValueRef slot = ir_add(kernel, ir_mul(kernel, ir_div(kernel, tile, count), slots), outer.index);
        LLVMValueRef next = ir_offset(kernel, panel, ir_i64(kernel, channels * width));
        ir_prefetch_share(kernel, next, 4 * channels * width, slot, groups * slots);
    }
    for (int i = 0; i < outer.carried_count; i++) inner.carried[i] = outer.carried[i];
    loop_open(kernel, &inner, ir_i64(kernel, 0), ir_i64(kernel, lanes), UNROLL);
    LLVMValueRef channel_from = ir_plain_address(kernel, ir_offset(kernel, block_from, inner.index));
    LLVMValueRef channel_panel =
        ir_plain_address(kernel, ir_offset(kernel, block_panel, ir_mul(kernel, inner.index, width)));
    for (int64_t u = 0; u < UNROLL; u++)
        ir_multiply_channel(kernel, ir_offset(kernel, channel_from, ir_i64(kernel, u)), lanes,
                            ir_offset(kernel, channel_panel, ir_i64(kernel, u * width)), count, blocks, inner.carried);
    loop_close(kernel, &inner);
    for (int i = 0; i < outer.carried_count; i++) outer.carried[i] = inner.carried[i];
    loop_close(kernel, &outer);
    LLVMValueRef to = ir_mul(kernel, position, kernel->step->as.winograd.item_tiles * width);
    to = ir_offset(kernel, item->products, ir_add(kernel, to, ir_mul(kernel, tile, width)));
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < blocks; j++)
            ir_store(kernel, outer.carried[i * blocks + j], ir_offset(kernel, to, ir_i64(kernel, i * width + j * lanes)),
                     (unsigned)lanes * 4);
}

/* All positions of all tiles of the item: groups of tile_most tiles, then the rest one by one. */
static void multiply_all(struct kernel *kernel, const struct item *item) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    int64_t tiles = shape->tile_rows * shape->tile_columns, most = shape->tile_most;
    struct loop positions = {0}, groups = {0};
    loop_open(kernel, &positions, ir_i64(kernel, 0), ir_i64(kernel, kernel->step->source.buffer->shape.h), 1);
    LLVMValueRef whole = ir_mul(kernel, ir_div(kernel, item->tiles, most), most);
    loop_open(kernel, &groups, ir_i64(kernel, 0), whole, most);
    multiply(kernel, item, positions.index, groups.index, most);
    loop_close(kernel, &groups);
    int64_t last_item = tiles % shape->item_tiles ? tiles % shape->item_tiles : shape->item_tiles;
    int64_t rests[2] = {shape->item_tiles % most, last_item % most};
    for (int i = 0; i < 2; i++) {
        if (!rests[i] || (i == 1 && rests[1] == rests[0])) continue;
        struct branch has_rest;
        LLVMValueRef rest = ir_sub(kernel, item->tiles, whole);
        branch_open(kernel, &has_rest, LLVMBuildICmp(kernel->builder, LLVMIntEQ, rest, ir_i64(kernel, rests[i]), ""));
        multiply(kernel, item, positions.index, whole, rests[i]);
        branch_close(kernel, &has_rest);
    }
    loop_close(kernel, &positions);
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
    LLVMValueRef to = place_address(kernel, kernel->target, target, place);
    for (int x = 0; x < kernel->step->as.winograd.results; x++) {
        LLVMValueRef condition = exists(kernel, place.column, x, kernel->step->result.w);
        struct branch inside;
        if (condition) branch_open(kernel, &inside, condition);
        LLVMValueRef value = epilogue_apply(kernel, &epilogue, values[x], x);
        squeeze_add(kernel, place, &value, 1);
        ir_store(kernel, value, ir_offset(kernel, to, ir_i64(kernel, x * target->block)), (unsigned)kernel->lanes * 4);
        if (condition) branch_close(kernel, &inside);
    }
}

/* One output block of one tile: back from products to results. */
static void store_tile(struct kernel *kernel, const struct item *item, LLVMValueRef tile, int64_t j) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct winograd *winograd = winograd_get(shape->results);
    int64_t width = width_of(kernel);
    LLVMValueRef in[WINOGRAD_MOST][WINOGRAD_MOST], out[WINOGRAD_MOST][WINOGRAD_MOST];
    LLVMValueRef products = ir_plain_address(kernel, ir_offset(kernel, item->products, ir_mul(kernel, tile, width)));
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < winograd->size; x++) {
            int64_t at = (y * winograd->size + x) * shape->item_tiles * width + j * kernel->lanes;
            in[y][x] = ir_load_vector(kernel, ir_offset(kernel, products, ir_i64(kernel, at)));
        }
    transform_tile(kernel, winograd, transform_result, winograd->results, in, out);
    LLVMValueRef number = ir_add(kernel, item->first_tile, tile);
    struct place place = item->place;
    place.block = ir_add(kernel, place.block, ir_i64(kernel, j));
    LLVMValueRef first_row = ir_mul(kernel, ir_div(kernel, number, shape->tile_columns), shape->results);
    place.column = ir_mul(kernel, ir_rem(kernel, number, shape->tile_columns), shape->results);
    for (int y = 0; y < winograd->results; y++) {
        LLVMValueRef condition = exists(kernel, first_row, y, kernel->step->result.h);
        struct branch inside;
        if (condition) branch_open(kernel, &inside, condition);
        place.row = ir_add(kernel, first_row, ir_i64(kernel, y));
        store_tile_row(kernel, place, out[y]);
        if (condition) branch_close(kernel, &inside);
    }
}

static void store_all(struct kernel *kernel, const struct item *item) {
    struct loop tiles = {0};
    loop_open(kernel, &tiles, ir_i64(kernel, 0), item->tiles, 1);
    for (int64_t j = 0; j < item->blocks; j++) store_tile(kernel, item, tiles.index, j);
    loop_close(kernel, &tiles);
}

void emit_WINOGRAD(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t tiles = shape->tile_rows * shape->tile_columns, width = width_of(kernel);
    int64_t tile_items = (tiles + shape->item_tiles - 1) / shape->item_tiles;
    int64_t positions = source->shape.h, channels = plan_blocks(source->shape.c, kernel->lanes) * kernel->lanes;
    struct item item = {.products = ir_stack(kernel, positions * shape->item_tiles * width)};
    struct loop items = {0};
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    LLVMValueRef rest = ir_div(kernel, items.index, tile_items);
    LLVMValueRef group = ir_rem(kernel, rest, shape->output_groups);
    item.place.picture = ir_div(kernel, rest, shape->output_groups);
    item.place.block = ir_mul(kernel, group, shape->tile_blocks);
    LLVMValueRef chunk = ir_rem(kernel, items.index, tile_items);
    item.first_tile = ir_mul(kernel, chunk, shape->item_tiles);
    item.tiles = ir_min(kernel, ir_i64(kernel, shape->item_tiles),
                        ir_sub(kernel, ir_i64(kernel, tiles), item.first_tile));
    struct place from = {item.place.picture, ir_i64(kernel, 0), ir_i64(kernel, 0), item.first_tile};
    item.source = place_address(kernel, kernel->source, source, from);
    item.panel = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, group, positions * channels * width));
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        item.blocks = group_open(kernel, &branch, group, shape->tile_blocks, which);
        if (!item.blocks) continue;
        squeeze_open(kernel, item.place, item.blocks, chunk);
        multiply_all(kernel, &item);
        store_all(kernel, &item);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &items);
}
