/* kernel_winograd.c - 3x3 convolution by minimal filtering: WINOGRAD_INPUT transforms tiles of the source, WINOGRAD
 * multiplies them position by position with transformed weights, transforms back, and stores with the epilogue. */
#include "kernel.h"

#include "../schedule/winograd.h"

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
    const struct winograd transforms = winograd_make(shape->results), *winograd = &transforms;
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
    LLVMValueRef tile = ir_add(kernel, ir_mul(kernel, place.row, shape->tile_columns), columns.index);
    struct place first = {place.picture, ir_i64(kernel, 0), place.block, tile};
    LLVMValueRef to = ir_plain_address(kernel, place_address(kernel, kernel->target, target, first));
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < winograd->size; x++) {
            LLVMValueRef position = ir_i64(kernel, (y * winograd->size + x) * target->block_stride);
            ir_store(kernel, out[y][x], ir_offset(kernel, to, position), (unsigned)kernel->lanes * 4);
        }
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}

/* What an item works on. */
struct item {
    LLVMValueRef source, panel, products; /* first transformed tile; weights; [group][position][tile][nv * lanes] in memory */
    LLVMValueRef first_tile, tiles;       /* number of the first tile; how many */
    LLVMValueRef first_group, groups;     /* of output channel blocks */
    LLVMValueRef chunk;                   /* which tiles of all */
    struct place place;
};

static int64_t width_of(const struct kernel *kernel) {
    return kernel->step->as.winograd.tile_blocks * kernel->lanes;
}

static int64_t count_input_blocks(const struct kernel *kernel) {
    return plan_blocks(kernel->step->as.winograd.inputs, kernel->lanes);
}

static int64_t count_positions(const struct plan_winograd *shape) {
    return (int64_t)(shape->results + 2) * (shape->results + 2);
}

/* Weights of one group at one position. */
static int64_t group_floats(const struct kernel *kernel) {
    return count_input_blocks(kernel) * kernel->lanes * width_of(kernel);
}

/* Products of one group at one position of the tiles. */
struct product {
    LLVMValueRef source, panel, to; /* of tile 0 */
    LLVMValueRef tile;              /* the first of those multiplied together */
    int64_t blocks, count;          /* output channel blocks; tiles multiplied together */
    LLVMValueRef number;            /* of these tiles, among all `numbers` of the item */
    int64_t numbers;
};

/* While a group's weights pass, the next ones, which follow in memory, are brought nearer. */
static void prefetch_weights(struct kernel *kernel, const struct product *product, LLVMValueRef block) {
    int64_t blocks = count_input_blocks(kernel), floats = group_floats(kernel);
    if (!kernel->step->as.winograd.streams_weights) return;
    LLVMValueRef slot = ir_add(kernel, ir_mul(kernel, product->number, blocks), block);
    ir_prefetch_share(kernel, ir_offset(kernel, product->panel, ir_i64(kernel, floats)), 4 * floats, slot,
                      product->numbers * blocks);
}

static void multiply(struct kernel *kernel, const struct product *product) {
    enum { UNROLL = 4 };
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t count = product->count, blocks = product->blocks, width = width_of(kernel), lanes = kernel->lanes;
    LLVMValueRef from = ir_offset(kernel, product->source, ir_mul(kernel, product->tile, lanes));
    struct loop outer = {.carried_count = (int)(count * blocks)}, inner = {.carried_count = (int)(count * blocks)};
    for (int i = 0; i < outer.carried_count; i++) outer.carried[i] = ir_number(kernel, 0);
    loop_open(kernel, &outer, ir_i64(kernel, 0), ir_i64(kernel, count_input_blocks(kernel)), 1);
    LLVMValueRef block_from = ir_offset(kernel, from, ir_mul(kernel, outer.index, source->row_stride));
    LLVMValueRef block_panel = ir_offset(kernel, product->panel, ir_mul(kernel, outer.index, lanes * width));
    prefetch_weights(kernel, product, outer.index);
    for (int i = 0; i < outer.carried_count; i++) inner.carried[i] = outer.carried[i];
    loop_open(kernel, &inner, ir_i64(kernel, 0), ir_i64(kernel, lanes), UNROLL);
    LLVMValueRef channel_from = ir_plain_address(kernel, ir_offset(kernel, block_from, inner.index));
    LLVMValueRef channel_panel =
        ir_plain_address(kernel, ir_offset(kernel, block_panel, ir_mul(kernel, inner.index, width)));
    for (int64_t u = 0; u < UNROLL; u++)
        ir_multiply_channel(kernel, ir_offset(kernel, channel_from, ir_i64(kernel, u)), lanes,
                            ir_offset(kernel, channel_panel, ir_i64(kernel, u * width)), lanes, count, blocks,
                            inner.carried);
    loop_close(kernel, &inner);
    for (int i = 0; i < outer.carried_count; i++) outer.carried[i] = inner.carried[i];
    loop_close(kernel, &outer);
    LLVMValueRef to = ir_offset(kernel, product->to, ir_mul(kernel, product->tile, width));
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < blocks; j++)
            ir_store(kernel, outer.carried[i * blocks + j], ir_offset(kernel, to, ir_i64(kernel, i * width + j * lanes)),
                     (unsigned)lanes * 4);
}

/* `tiles` tiles, cut as equally as can be. */
static void multiply_tiles(struct kernel *kernel, struct product product, int64_t tiles) {
    struct plan_cut cut = plan_cut_row(tiles, kernel->step->as.winograd.tile_most);
    int64_t counts[2] = {cut.big, cut.tiles - cut.big}, sizes[2] = {cut.small + 1, cut.small};
    product.numbers = cut.tiles;
    for (int i = 0; i < 2; i++) {
        if (!counts[i]) continue;
        struct loop loop = {0};
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, counts[i]), 1);
        product.count = sizes[i];
        product.number = ir_add(kernel, loop.index, ir_i64(kernel, i ? cut.big : 0));
        product.tile = ir_add(kernel, ir_mul(kernel, loop.index, sizes[i]), ir_i64(kernel, i ? cut.big * sizes[0] : 0));
        multiply(kernel, &product);
        loop_close(kernel, &loop);
    }
}

/* All tiles of the item; the last item has fewer than the others. */
static void multiply_group(struct kernel *kernel, const struct item *item, const struct product *product) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    int64_t last = shape->tile_rows * shape->tile_columns % shape->item_tiles, sizes[2] = {shape->item_tiles, last};
    for (int i = 0; i < 2; i++) {
        struct branch branch;
        if (!sizes[i]) continue;
        if (last)
            branch_open(kernel, &branch,
                        LLVMBuildICmp(kernel->builder, LLVMIntEQ, item->tiles, ir_i64(kernel, sizes[i]), ""));
        multiply_tiles(kernel, *product, sizes[i]);
        if (last) branch_close(kernel, &branch);
    }
}

/* Where the input blocks begin that output group `group` reads, of those at one position. */
static LLVMValueRef first_input(struct kernel *kernel, LLVMValueRef group) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    if (shape->groups == 1) return ir_i64(kernel, 0);
    int64_t sets = plan_blocks(kernel->step->result.c, kernel->lanes) / shape->tile_blocks / shape->groups;
    LLVMValueRef block = ir_mul(kernel, ir_div(kernel, group, sets), count_input_blocks(kernel));
    return ir_mul(kernel, block, kernel->step->source.buffer->row_stride);
}

/* Position by position all groups: they read the same numbers of the tiles (but those of a grouped convolution). */
static void multiply_all(struct kernel *kernel, const struct item *item) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t width = width_of(kernel), positions = count_positions(shape);
    struct loop each = {0}, groups = {0};
    loop_open(kernel, &each, ir_i64(kernel, 0), ir_i64(kernel, positions), 1);
    loop_open(kernel, &groups, ir_i64(kernel, 0), item->groups, 1);
    LLVMValueRef group = ir_add(kernel, item->first_group, groups.index);
    struct product product = {.source = ir_offset(kernel, item->source, ir_mul(kernel, each.index, source->block_stride))};
    product.source = ir_offset(kernel, product.source, first_input(kernel, group));
    LLVMValueRef number = ir_add(kernel, LLVMBuildMul(kernel->builder, each.index, item->groups, ""), groups.index);
    product.panel = ir_offset(kernel, item->panel, ir_mul(kernel, number, group_floats(kernel)));
    number = ir_add(kernel, ir_mul(kernel, groups.index, positions), each.index);
    product.to = ir_offset(kernel, item->products, ir_mul(kernel, number, shape->item_tiles * width));
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        product.blocks = group_open(kernel, &branch, group, shape->tile_blocks, which);
        if (!product.blocks) continue;
        multiply_group(kernel, item, &product);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &groups);
    loop_close(kernel, &each);
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
static void store_tile(struct kernel *kernel, const struct item *item, LLVMValueRef tile, LLVMValueRef products, int64_t j) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct winograd transforms = winograd_make(shape->results), *winograd = &transforms;
    int64_t width = width_of(kernel);
    LLVMValueRef in[WINOGRAD_MOST][WINOGRAD_MOST], out[WINOGRAD_MOST][WINOGRAD_MOST];
    products = ir_plain_address(kernel, ir_offset(kernel, products, ir_mul(kernel, tile, width)));
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

static void store_all(struct kernel *kernel, struct item *item) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    int64_t product_floats = count_positions(shape) * shape->item_tiles * width_of(kernel);
    struct loop groups = {0};
    loop_open(kernel, &groups, ir_i64(kernel, 0), item->groups, 1);
    LLVMValueRef group = ir_add(kernel, item->first_group, groups.index);
    LLVMValueRef products = ir_offset(kernel, item->products, ir_mul(kernel, groups.index, product_floats));
    item->place.block = ir_mul(kernel, group, shape->tile_blocks);
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        struct loop tiles = {0};
        int64_t blocks = group_open(kernel, &branch, group, shape->tile_blocks, which);
        if (!blocks) continue;
        squeeze_open(kernel, item->place, blocks, item->chunk);
        loop_open(kernel, &tiles, ir_i64(kernel, 0), item->tiles, 1);
        for (int64_t j = 0; j < blocks; j++) store_tile(kernel, item, tiles.index, products, j);
        loop_close(kernel, &tiles);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &groups);
}

/* Items go through the output groups first, then through the tiles, then through the pictures. */
void emit_WINOGRAD(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t tiles = shape->tile_rows * shape->tile_columns, width = width_of(kernel), positions = count_positions(shape);
    int64_t chunks = (tiles + shape->item_tiles - 1) / shape->item_tiles;
    int64_t sets = (shape->output_groups + shape->item_groups - 1) / shape->item_groups;
    struct item item = {.products = ir_stack(kernel, shape->item_groups * positions * shape->item_tiles * width)};
    struct loop items = {0};
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    LLVMValueRef rest = ir_div(kernel, items.index, sets);
    item.first_group = ir_mul(kernel, ir_rem(kernel, items.index, sets), shape->item_groups);
    item.groups = ir_min(kernel, ir_i64(kernel, shape->item_groups),
                         ir_sub(kernel, ir_i64(kernel, shape->output_groups), item.first_group));
    item.place.picture = ir_div(kernel, rest, chunks);
    item.chunk = ir_rem(kernel, rest, chunks);
    item.first_tile = ir_mul(kernel, item.chunk, shape->item_tiles);
    item.tiles = ir_min(kernel, ir_i64(kernel, shape->item_tiles),
                        ir_sub(kernel, ir_i64(kernel, tiles), item.first_tile));
    struct place from = {item.place.picture, ir_i64(kernel, 0), ir_i64(kernel, 0), item.first_tile};
    item.source = place_address(kernel, kernel->source, source, from);
    item.panel = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, item.first_group, positions * group_floats(kernel)));
    multiply_all(kernel, &item);
    store_all(kernel, &item);
    loop_close(kernel, &items);
}
