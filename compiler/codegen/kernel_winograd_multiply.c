/* kernel_winograd_multiply.c - 3x3 convolution by minimal filtering, the middle: WINOGRAD_PRODUCTS multiplies transformed tiles
 * position by position with transformed weights; WINOGRAD does that for some tiles and stores their results at once. */
#include "kernel_winograd.h"

/* What an item works on. */
struct item {
    LLVMValueRef source, panel;       /* first transformed tile; weights */
    struct products products;         /* of the item's first group and tile */
    int64_t group_step;               /* products of groups */
    LLVMValueRef first_tile, tiles;   /* number of the first tile; how many */
    LLVMValueRef first_group, groups; /* of output channel blocks */
    LLVMValueRef chunk;               /* which tiles of all */
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

static int64_t count_chunks(const struct plan_winograd *shape) {
    return plan_parts(shape->tile_rows * shape->tile_columns, shape->item_tiles);
}

/* Weights of one group at one position. */
static int64_t group_floats(const struct kernel *kernel) {
    return count_input_blocks(kernel) * kernel->lanes * width_of(kernel);
}

/* Products of one group at one position of the tiles. */
struct product {
    LLVMValueRef source, panel, to; /* of tile 0 */
    int64_t block_step;             /* of `to` */
    LLVMValueRef tile;              /* the first of those multiplied together */
    int64_t blocks, count;          /* output channel blocks; tiles multiplied together */
    LLVMValueRef number;            /* of these tiles, among all `numbers` of the item */
    int64_t numbers;
};

/* While a group's weights pass, the next ones, which follow in memory, are brought nearer: at `count` channels from `channel`
 * on their share. */
static void prefetch_weights(struct kernel *kernel, const struct product *product, LLVMValueRef channel, int64_t count) {
    int64_t channels = count_input_blocks(kernel) * kernel->lanes, floats = group_floats(kernel);
    if (!kernel->step->as.winograd.streams_weights) return;
    LLVMValueRef slot = ir_add(kernel, ir_mul(kernel, product->number, channels), channel);
    ir_prefetch_share(kernel, ir_offset(kernel, product->panel, ir_i64(kernel, floats)), 4 * floats, slot, count,
                      product->numbers * channels);
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
    for (int i = 0; i < outer.carried_count; i++) inner.carried[i] = outer.carried[i];
    loop_open(kernel, &inner, ir_i64(kernel, 0), ir_i64(kernel, lanes), UNROLL);
    LLVMValueRef channel_from = ir_plain_address(kernel, ir_offset(kernel, block_from, inner.index));
    LLVMValueRef channel_panel =
        ir_plain_address(kernel, ir_offset(kernel, block_panel, ir_mul(kernel, inner.index, width)));
    prefetch_weights(kernel, product, ir_add(kernel, ir_mul(kernel, outer.index, lanes), inner.index), UNROLL);
    for (int64_t u = 0; u < UNROLL; u++)
        ir_multiply_channel(kernel, ir_offset(kernel, channel_from, ir_i64(kernel, u)), lanes,
                            (struct weights){.at = ir_offset(kernel, channel_panel, ir_i64(kernel, u * width))}, lanes, count,
                            blocks, inner.carried);
    loop_close(kernel, &inner);
    for (int i = 0; i < outer.carried_count; i++) outer.carried[i] = inner.carried[i];
    loop_close(kernel, &outer);
    LLVMValueRef to = ir_offset(kernel, product->to, ir_mul(kernel, product->tile, lanes));
    for (int64_t i = 0; i < count; i++)
        for (int64_t j = 0; j < blocks; j++)
            ir_store(kernel, outer.carried[i * blocks + j],
                     ir_offset(kernel, to, ir_i64(kernel, i * lanes + j * product->block_step)), (unsigned)lanes * 4);
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

/* All groups at one position: they read the same numbers of the tiles (but those of a grouped convolution). */
static void multiply_position(struct kernel *kernel, const struct item *item, LLVMValueRef panel, LLVMValueRef source,
                              LLVMValueRef to) {
    struct loop groups = {0};
    loop_open(kernel, &groups, ir_i64(kernel, 0), item->groups, 1);
    LLVMValueRef group = ir_add(kernel, item->first_group, groups.index);
    struct product product = {.source = ir_offset(kernel, source, first_input(kernel, group)),
                              .block_step = item->products.block_step};
    product.panel = ir_offset(kernel, panel, ir_mul(kernel, groups.index, group_floats(kernel)));
    product.to = ir_offset(kernel, to, ir_mul(kernel, groups.index, item->group_step));
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        product.blocks = group_open(kernel, &branch, group, kernel->step->as.winograd.tile_blocks, which);
        if (!product.blocks) continue;
        multiply_group(kernel, item, &product);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &groups);
}

/* Which tiles of all are in chunk `item->chunk`. */
static void set_tiles(struct kernel *kernel, struct item *item) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    int64_t tiles = shape->tile_rows * shape->tile_columns;
    item->first_tile = ir_mul(kernel, item->chunk, shape->item_tiles);
    item->tiles = ir_min(kernel, ir_i64(kernel, shape->item_tiles), ir_sub(kernel, ir_i64(kernel, tiles), item->first_tile));
}

/* Items go through the tiles first, then through the positions, then through the pictures. */
void emit_WINOGRAD_PRODUCTS(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer, *target = kernel->step->target;
    int64_t chunks = count_chunks(shape);
    struct item item = {.first_group = ir_i64(kernel, 0), .groups = ir_i64(kernel, shape->output_groups)};
    item.products.block_step = target->row_stride;
    item.group_step = shape->tile_blocks * target->row_stride;
    struct loop items = {0};
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    LLVMValueRef rest = ir_div(kernel, items.index, chunks);
    item.chunk = ir_rem(kernel, items.index, chunks);
    set_tiles(kernel, &item);
    LLVMValueRef position = ir_rem(kernel, rest, count_positions(shape));
    struct place at = {ir_div(kernel, rest, count_positions(shape)), position, ir_i64(kernel, 0), item.first_tile};
    LLVMValueRef from = place_address(kernel, kernel->source, source, at), to = place_address(kernel, kernel->target, target, at);
    int64_t panel_floats = shape->output_groups * group_floats(kernel);
    multiply_position(kernel, &item, ir_offset(kernel, kernel->panels[0], ir_mul(kernel, position, panel_floats)), from, to);
    loop_close(kernel, &items);
}

static void multiply_all(struct kernel *kernel, const struct item *item) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct loop each = {0};
    loop_open(kernel, &each, ir_i64(kernel, 0), ir_i64(kernel, count_positions(&kernel->step->as.winograd)), 1);
    LLVMValueRef panels = LLVMBuildMul(kernel->builder, each.index, item->groups, "");
    multiply_position(kernel, item, ir_offset(kernel, item->panel, ir_mul(kernel, panels, group_floats(kernel))),
                      ir_offset(kernel, item->source, ir_mul(kernel, each.index, source->block_stride)),
                      ir_offset(kernel, item->products.at, ir_mul(kernel, each.index, item->products.position_step)));
    loop_close(kernel, &each);
}

static void store_item_tile(struct kernel *kernel, const struct item *item, const struct transform *transform,
                            struct products products, LLVMValueRef tile) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    LLVMValueRef number = ir_add(kernel, item->first_tile, tile);
    struct place place = item->place;
    place.row = ir_mul(kernel, ir_div(kernel, number, shape->tile_columns), shape->results);
    place.column = ir_mul(kernel, ir_rem(kernel, number, shape->tile_columns), shape->results);
    products.at = ir_offset(kernel, products.at, ir_mul(kernel, tile, kernel->lanes));
    winograd_store_tile(kernel, transform, products, place);
}

static void store_all(struct kernel *kernel, struct item *item) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct winograd winograd = winograd_make(shape->results);
    struct transform transform = winograd_open_results(kernel, &winograd);
    struct loop groups = {0};
    loop_open(kernel, &groups, ir_i64(kernel, 0), item->groups, 1);
    LLVMValueRef group = ir_add(kernel, item->first_group, groups.index);
    LLVMValueRef first_block = ir_mul(kernel, group, shape->tile_blocks);
    struct products products = item->products;
    LLVMValueRef at = ir_offset(kernel, products.at, ir_mul(kernel, groups.index, item->group_step));
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        struct loop tiles = {0};
        int64_t blocks = group_open(kernel, &branch, group, shape->tile_blocks, which);
        if (!blocks) continue;
        item->place.block = first_block;
        squeeze_open(kernel, item->place, blocks, item->chunk);
        loop_open(kernel, &tiles, ir_i64(kernel, 0), item->tiles, 1);
        for (int64_t j = 0; j < blocks; j++) {
            item->place.block = ir_add(kernel, first_block, ir_i64(kernel, j));
            products.at = ir_offset(kernel, at, ir_i64(kernel, j * products.block_step));
            store_item_tile(kernel, item, &transform, products, tiles.index);
        }
        loop_close(kernel, &tiles);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &groups);
}

/* Items go through the output groups first, then through the tiles, then through the pictures. */
void emit_WINOGRAD(struct kernel *kernel) {
    const struct plan_winograd *shape = &kernel->step->as.winograd;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t positions = count_positions(shape), chunks = count_chunks(shape);
    int64_t sets = plan_parts(shape->output_groups, shape->item_groups);
    struct item item = {.group_step = positions * shape->item_tiles * width_of(kernel)};
    item.products.at = ir_stack(kernel, shape->item_groups * item.group_step);
    item.products.position_step = shape->item_tiles * width_of(kernel);
    item.products.block_step = shape->item_tiles * kernel->lanes;
    struct loop items = {0};
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    LLVMValueRef rest = ir_div(kernel, items.index, sets);
    item.first_group = ir_mul(kernel, ir_rem(kernel, items.index, sets), shape->item_groups);
    item.groups = ir_min(kernel, ir_i64(kernel, shape->item_groups),
                         ir_sub(kernel, ir_i64(kernel, shape->output_groups), item.first_group));
    item.place.picture = ir_div(kernel, rest, chunks);
    item.chunk = ir_rem(kernel, rest, chunks);
    set_tiles(kernel, &item);
    struct place from = {item.place.picture, ir_i64(kernel, 0), ir_i64(kernel, 0), item.first_tile};
    item.source = place_address(kernel, kernel->source, source, from);
    item.panel = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, item.first_group, positions * group_floats(kernel)));
    multiply_all(kernel, &item);
    store_all(kernel, &item);
    loop_close(kernel, &items);
}
