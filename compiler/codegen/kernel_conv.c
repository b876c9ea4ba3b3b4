/* kernel_conv.c - direct convolution: a tile of columns x output blocks is summed in registers over the input blocks,
 * taps and input channels, passes the epilogue, and is stored. Linear and transposed convolutions are the same.
 *
 * Where the weights of an output group are more than L1 holds, an item takes several passes over its tiles, each over
 * some of the input blocks, so that these blocks' weights stay in L1; the sums wait in memory in between.
 *
 * A source with a scale: W (s x) = (W diag(s)) x. The first tile of each pass multiplies the weights by their channels' scale as it
 * reads them, and leaves them in memory for the tiles behind it; where they are kept, also for the items of the same output
 * group and picture that follow. */
#include "kernel.h"

/* Where the tile begins, and what it reads. */
struct tile {
    int64_t columns, blocks;     /* its size */
    LLVMValueRef source, panel;  /* first source number of its first column; weights of its output group */
    struct place place;          /* of its first result */
    LLVMValueRef waiting;        /* its sums between passes, [column][block][lanes]; NULL: there is one pass */
    LLVMValueRef first, end;     /* input blocks of this pass */
    LLVMValueRef number, item;   /* of the tile in its item; of the item */
    LLVMValueRef scale, scaled;  /* the source's, and memory for weights times it: a pass's, or all (keeps_scaled); or NULL */
    LLVMValueRef is_kept;        /* the item before has left them; NULL: it has not */
};

/* Channels of the source that follow each other, for one tap or more. */
struct run {
    LLVMValueRef block, number; /* of the input block, and the run's in it */
    int64_t count, channels;    /* runs of a block; channels of a run */
};

/* What is done with a tile: all at once, or a pass, or what follows the last pass. */
enum stage { STAGE_WHOLE, STAGE_PASS, STAGE_FINISH };

static int64_t panel_width(const struct kernel *kernel) {
    return kernel->step->as.conv.tile_blocks * kernel->lanes;
}

/* Weights of an output group for one input block. */
static int64_t block_floats(const struct kernel *kernel) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    return conv->axis[0].taps * conv->axis[1].taps * conv->block_channels * panel_width(kernel);
}

/* From a weight vector to that of the next input channel, and to that of the next output block. */
static int64_t channel_step(const struct kernel *kernel) {
    return kernel->step->as.conv.spreads_weights ? kernel->lanes : panel_width(kernel);
}

static int64_t block_step(const struct kernel *kernel) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    int64_t taps = conv->axis[0].taps * conv->axis[1].taps;
    return conv->spreads_weights ? conv->reduce_blocks * taps * conv->block_channels * kernel->lanes : kernel->lanes;
}

static int64_t source_row_stride(const struct kernel *kernel) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t columns = kernel->step->collapsed_columns;
    return columns ? columns * source->block : source->row_stride;
}

/* Input `channel` of each lane's group, from a vector of all inputs of those groups. */
static LLVMValueRef permute(struct kernel *kernel, LLVMValueRef inputs, int64_t channel) {
    int64_t each = kernel->step->as.conv.inputs_per_group;
    LLVMValueRef items[64];
    for (int64_t lane = 0; lane < kernel->lanes; lane++)
        items[lane] = LLVMConstInt(kernel->unit->i32, (unsigned long long)(lane / each * each + channel), 0);
    LLVMValueRef mask = LLVMConstVector(items, (unsigned)kernel->lanes);
    return LLVMBuildShuffleVector(kernel->builder, inputs, LLVMGetPoison(kernel->vector), mask, "");
}

static LLVMValueRef load_permuted(struct kernel *kernel, LLVMValueRef at, int64_t channel) {
    return permute(kernel, ir_load_vector(kernel, at), channel);
}

static LLVMValueRef load_broadcast(struct kernel *kernel, LLVMValueRef at, int64_t channel) {
    (void)channel;
    return ir_load_splat(kernel, at);
}

static struct plan_cut cut_row(const struct plan_conv *conv) {
    return plan_cut_row(conv->axis[1].grid, conv->tile_columns);
}

/* At `count` channels from `channel` on of a run, a share of the weights that are read later is brought nearer: of `bytes` from
 * `from` on, in the course of `tiles` tiles of `blocks` input blocks, where the channels are of tile `number`, input block `block`. */
static void prefetch_share(struct kernel *kernel, const struct run *run, LLVMValueRef channel, int64_t count, LLVMValueRef from,
                           int64_t bytes, LLVMValueRef number, int64_t tiles, LLVMValueRef block, int64_t blocks) {
    LLVMValueRef slot = ir_add(kernel, ir_mul(kernel, number, blocks), block);
    slot = ir_add(kernel, ir_mul(kernel, slot, run->count), run->number);
    slot = ir_add(kernel, ir_mul(kernel, slot, run->channels), channel);
    ir_prefetch_share(kernel, from, bytes, slot, count, tiles * blocks * run->count * run->channels);
}

/* Of a step that streams its weights: while a pass goes over its tiles, the weights of the next pass or group; where scaled
 * ones are kept, of the same pass over the next group. For the steps that follow: while all items go over their tiles. */
static void prefetch_weights(struct kernel *kernel, const struct tile *tile, const struct run *run, LLVMValueRef channel,
                             int64_t count) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    int64_t tiles = conv->item_rows * cut_row(conv).tiles;
    if (conv->streams_weights) {
        LLVMValueRef after = conv->keeps_scaled ? ir_add(kernel, tile->first, ir_i64(kernel, conv->reduce_blocks)) : tile->end;
        LLVMValueRef from = ir_offset(kernel, tile->panel, ir_mul(kernel, after, block_floats(kernel)));
        prefetch_share(kernel, run, channel, count, from, 4 * conv->pass_blocks * block_floats(kernel), tile->number, tiles,
                       ir_sub(kernel, run->block, tile->first), conv->pass_blocks);
    }
    if (conv->ahead_bytes) {
        LLVMValueRef from = ir_offset(kernel, kernel->panels[0], ir_i64(kernel, kernel->step->panels[0]->size_bytes / 4));
        LLVMValueRef number = ir_add(kernel, ir_mul(kernel, tile->item, tiles), tile->number);
        prefetch_share(kernel, run, channel, count, from, conv->ahead_bytes, number, tiles * kernel->step->items, run->block,
                       conv->reduce_blocks);
    }
}

/* Tiles of a 1x1 convolution read a few lines here and there: those of the next tile are brought into L1. */
static void prefetch_source(struct kernel *kernel, const struct tile *tile, LLVMValueRef source) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    int64_t tile_floats = tile->columns * conv->axis[1].stride * kernel->step->source.buffer->block;
    ir_prefetch(kernel, ir_offset(kernel, source, ir_i64(kernel, tile_floats)), (tile_floats + 15) / 16,
                PREFETCH_READ, PREFETCH_L1);
}

static struct loop inner_loop(struct kernel *kernel, const struct loop *outer, int64_t count, int64_t stride) {
    struct loop loop = {.carried_count = outer->carried_count};
    for (int i = 0; i < outer->carried_count; i++) loop.carried[i] = outer->carried[i];
    loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, count), stride);
    return loop;
}

static void close_inner(struct kernel *kernel, struct loop *inner, struct loop *outer) {
    loop_close(kernel, inner);
    for (int i = 0; i < outer->carried_count; i++) outer->carried[i] = inner->carried[i];
}

/* The weights of an input block: where they are read, and, by the tile that scales them, where the scales of its channels
 * are, and where they are stored; both NULL for others. */
struct panel {
    LLVMValueRef weights, scales, scaled;
};

static struct panel panel_offset(struct kernel *kernel, struct panel panel, LLVMValueRef floats) {
    panel.weights = ir_offset(kernel, panel.weights, floats);
    if (panel.scaled) panel.scaled = ir_offset(kernel, panel.scaled, floats);
    return panel;
}

/* The weights at `panel`, those of number `index` of the block's channels, tap after tap. */
static struct weights channel_weights(struct kernel *kernel, struct panel panel, LLVMValueRef index) {
    struct weights weights = {.at = panel.weights, .scaled = panel.scaled};
    if (!panel.scales) return weights;
    LLVMValueRef channel = ir_rem(kernel, index, kernel->step->as.conv.block_channels);
    weights.scale = ir_load_splat(kernel, ir_offset(kernel, panel.scales, channel));
    return weights;
}

static struct weights permuted_weights(struct kernel *kernel, struct panel panel, int64_t channel) {
    struct weights weights = {.at = panel.weights, .scaled = panel.scaled};
    if (panel.scales) weights.scale = load_permuted(kernel, panel.scales, channel);
    return weights;
}

/* The channels of one input block for a row of taps, tap by tap the same results. */
static void sum_tap_row(struct kernel *kernel, const struct tile *tile, const struct run *run, LLVMValueRef source,
                        struct panel panel, struct loop *outer) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    if (conv->is_permuted) {
        prefetch_weights(kernel, tile, run, ir_i64(kernel, 0), conv->block_channels);
        for (int64_t channel = 0; channel < conv->block_channels; channel++) {
            struct panel at = panel_offset(kernel, panel, ir_i64(kernel, channel * kernel->lanes));
            ir_multiply_tap_row(kernel, tile->columns, source, permuted_weights(kernel, at, channel), conv->block_channels,
                                channel, load_permuted, outer->carried);
        }
        return;
    }
    struct loop channels = inner_loop(kernel, outer, conv->block_channels, 1);
    prefetch_weights(kernel, tile, run, channels.index, 1);
    struct panel at = panel_offset(kernel, panel, ir_mul(kernel, channels.index, kernel->lanes));
    ir_multiply_tap_row(kernel, tile->columns, ir_offset(kernel, source, channels.index),
                        channel_weights(kernel, at, channels.index), conv->block_channels, 0, load_broadcast,
                        channels.carried);
    close_inner(kernel, &channels, outer);
}

/* The channels of one input block for one tap, or for all taps of a row where these follow each other in memory. */
static void sum_channels(struct kernel *kernel, const struct tile *tile, const struct run *run, LLVMValueRef source,
                         struct panel panel, struct loop *outer) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    int64_t unroll = conv->unroll;
    if (conv->by_tap_rows) {
        sum_tap_row(kernel, tile, run, source, panel, outer);
        return;
    }
    struct loop channels = inner_loop(kernel, outer, run->channels, unroll);
    prefetch_weights(kernel, tile, run, channels.index, unroll);
    LLVMValueRef from = ir_plain_address(kernel, ir_offset(kernel, source, channels.index));
    panel = panel_offset(kernel, panel, ir_mul(kernel, channels.index, channel_step(kernel)));
    panel.weights = ir_plain_address(kernel, panel.weights);
    if (panel.scaled) panel.scaled = ir_plain_address(kernel, panel.scaled);
    int64_t column_step = conv->axis[1].stride * kernel->step->source.buffer->block;
    for (int64_t u = 0; u < unroll; u++) {
        struct panel at = panel_offset(kernel, panel, ir_i64(kernel, u * channel_step(kernel)));
        LLVMValueRef index = ir_add(kernel, channels.index, ir_i64(kernel, u));
        ir_multiply_channel(kernel, ir_offset(kernel, from, ir_i64(kernel, u)), column_step,
                            channel_weights(kernel, at, index), block_step(kernel), tile->columns, tile->blocks,
                            channels.carried);
    }
    close_inner(kernel, &channels, outer);
}

/* Of input block `block`; `scales`: the tile scales them. */
static struct panel block_panel(struct kernel *kernel, const struct tile *tile, LLVMValueRef block, bool scales) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    int64_t floats = conv->axis[0].taps * conv->axis[1].taps * conv->block_channels * channel_step(kernel);
    struct panel panel = {.weights = ir_offset(kernel, tile->panel, ir_mul(kernel, block, floats))};
    if (!tile->scaled) return panel;
    LLVMValueRef on = conv->keeps_scaled ? block : ir_sub(kernel, block, tile->first);
    LLVMValueRef scaled = ir_offset(kernel, tile->scaled, ir_mul(kernel, on, floats));
    if (!scales) return (struct panel){.weights = scaled};
    panel.scaled = scaled;
    panel.scales = ir_offset(kernel, tile->scale, ir_mul(kernel, block, kernel->step->source.scale->block_stride));
    return panel;
}

/* Adds the tile's products over its input blocks to `sums`, which has columns * blocks entries. */
static void sum_blocks(struct kernel *kernel, const struct tile *tile, bool scales, LLVMValueRef *sums) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t tap_floats = conv->block_channels * channel_step(kernel);
    int64_t row_floats = conv->axis[1].taps * tap_floats;
    struct loop none = {.carried_count = (int)(tile->columns * tile->blocks)};
    for (int i = 0; i < none.carried_count; i++) none.carried[i] = sums[i];

    struct loop blocks = {.carried_count = none.carried_count};
    for (int i = 0; i < none.carried_count; i++) blocks.carried[i] = none.carried[i];
    loop_open(kernel, &blocks, tile->first, tile->end, 1);
    LLVMValueRef block_source = ir_offset(kernel, tile->source, ir_mul(kernel, blocks.index, source->block_stride));
    struct panel panel = block_panel(kernel, tile, blocks.index, scales);
    if (conv->fetches_source) prefetch_source(kernel, tile, block_source);
    struct loop rows = inner_loop(kernel, &blocks, conv->axis[0].taps, 1);
    int64_t row_step = conv->axis[0].tap_step * source_row_stride(kernel);
    LLVMValueRef row_source = ir_offset(kernel, block_source, ir_mul(kernel, rows.index, row_step));
    struct panel row_panel = panel_offset(kernel, panel, ir_mul(kernel, rows.index, row_floats));
    int64_t runs = conv->by_tap_rows ? 1 : conv->axis[1].taps * source->block / conv->run_channels;
    struct loop columns = inner_loop(kernel, &rows, runs, 1);
    struct run run = {.block = blocks.index, .count = conv->axis[0].taps * runs};
    run.number = ir_add(kernel, ir_mul(kernel, rows.index, runs), columns.index);
    run.channels = conv->by_tap_rows ? conv->block_channels : conv->run_channels;
    int64_t column_step = conv->axis[1].tap_step * source->block;
    sum_channels(kernel, tile, &run, ir_offset(kernel, row_source, ir_mul(kernel, columns.index, column_step)),
                 panel_offset(kernel, row_panel, ir_mul(kernel, columns.index, tap_floats)), &columns);
    close_inner(kernel, &columns, &rows);
    close_inner(kernel, &rows, &blocks);
    close_inner(kernel, &blocks, &none);
    for (int i = 0; i < none.carried_count; i++) sums[i] = none.carried[i];
}

/* The tile's sums, with weights that it scales or that a tile before it has left: each way is a loop of no round or of one. */
static void sum_tile(struct kernel *kernel, const struct tile *tile, LLVMValueRef *sums) {
    if (!tile->scaled) {
        sum_blocks(kernel, tile, false, sums);
        return;
    }
    LLVMValueRef zero = ir_i64(kernel, 0);
    LLVMValueRef scales = LLVMBuildICmp(kernel->builder, LLVMIntEQ, tile->number, zero, "");
    if (tile->is_kept)
        scales = LLVMBuildAnd(kernel->builder, scales, LLVMBuildNot(kernel->builder, tile->is_kept, ""), "");
    LLVMValueRef middle = LLVMBuildZExt(kernel->builder, scales, kernel->unit->i64, "");
    LLVMValueRef bounds[] = {zero, middle, ir_i64(kernel, 1)};
    struct loop way = {.carried_count = (int)(tile->columns * tile->blocks)};
    for (int i = 0; i < way.carried_count; i++) way.carried[i] = sums[i];
    for (int which = 0; which < 2; which++) {
        loop_open(kernel, &way, bounds[which], bounds[which + 1], 1);
        sum_blocks(kernel, tile, which == 0, way.carried);
        loop_close(kernel, &way);
    }
    for (int i = 0; i < way.carried_count; i++) sums[i] = way.carried[i];
}

/* One output block of the tile: epilogue and stores. */
static void store_block(struct kernel *kernel, const struct tile *tile, int64_t j, LLVMValueRef *sums) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    struct place place = tile->place;
    LLVMValueRef values[LOOP_MAX_CARRIED];
    place.block = ir_add(kernel, place.block, ir_i64(kernel, j));
    for (int64_t i = 0; i < tile->columns; i++) values[i] = sums[i * tile->blocks + j];
    values_store(kernel, place, values, tile->columns, conv->axis[1].result_step);
}

static LLVMValueRef waiting_address(struct kernel *kernel, const struct tile *tile, int64_t i) {
    return ir_offset(kernel, tile->waiting, ir_i64(kernel, i * kernel->lanes));
}

/* Adds what waits to `sums`. A pass begins at zero, so that no sum gets longer than a pass: its rounding error stays small. */
static void add_waiting(struct kernel *kernel, const struct tile *tile, LLVMValueRef *sums) {
    for (int64_t i = 0; i < tile->columns * tile->blocks; i++)
        sums[i] = LLVMBuildFAdd(kernel->builder, ir_load_vector(kernel, waiting_address(kernel, tile, i)), sums[i], "");
}

static void emit_tile(struct kernel *kernel, const struct tile *tile, enum stage stage) {
    LLVMValueRef sums[LOOP_MAX_CARRIED];
    for (int64_t i = 0; i < tile->columns * tile->blocks; i++)
        sums[i] = stage == STAGE_FINISH ? ir_load_vector(kernel, waiting_address(kernel, tile, i)) : ir_number(kernel, 0);
    if (stage != STAGE_FINISH) sum_tile(kernel, tile, sums);
    if (stage == STAGE_PASS) {
        add_waiting(kernel, tile, sums);
        for (int64_t i = 0; i < tile->columns * tile->blocks; i++)
            ir_store(kernel, sums[i], waiting_address(kernel, tile, i), (unsigned)kernel->lanes * 4);
        return;
    }
    for (int64_t j = 0; j < tile->blocks; j++) store_block(kernel, tile, j, sums);
}

/* `count` tiles of `columns` columns, from column `first` of the grid on. */
static void emit_tiles(struct kernel *kernel, struct tile tile, enum stage stage, int64_t first, int64_t columns,
                       int64_t count) {
    const struct plan_axis *axis = &kernel->step->as.conv.axis[1];
    if (!count) return;
    struct loop loop = {0};
    loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, count), 1);
    LLVMValueRef column = ir_add(kernel, ir_mul(kernel, loop.index, columns), ir_i64(kernel, first));
    tile.columns = columns;
    tile.source = ir_offset(kernel, tile.source, ir_mul(kernel, column, axis->stride * kernel->step->source.buffer->block));
    tile.place.column = ir_add(kernel, ir_mul(kernel, column, axis->result_step), ir_i64(kernel, axis->result_first));
    tile.number = ir_add(kernel, tile.number, loop.index);
    if (tile.waiting)
        tile.waiting = ir_plain_address(kernel, ir_offset(kernel, tile.waiting, ir_mul(kernel, column, panel_width(kernel))));
    emit_tile(kernel, &tile, stage);
    loop_close(kernel, &loop);
}

/* The tiles of grid row `row`; row 0 of the item is row `first_row`. */
static void emit_row(struct kernel *kernel, struct tile tile, enum stage stage, LLVMValueRef row, LLVMValueRef first_row) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t rows_stride = source_row_stride(kernel), grid = conv->axis[1].grid;
    LLVMValueRef at = ir_mul(kernel, row, conv->axis[0].stride * rows_stride);
    at = ir_add(kernel, at, ir_i64(kernel, conv->axis[0].first * rows_stride + conv->axis[1].first * source->block));
    tile.source = ir_offset(kernel, tile.source, at);
    tile.place.row =
        ir_add(kernel, ir_mul(kernel, row, conv->axis[0].result_step), ir_i64(kernel, conv->axis[0].result_first));
    if (tile.waiting) {
        LLVMValueRef on = ir_mul(kernel, ir_sub(kernel, row, first_row), grid * panel_width(kernel));
        tile.waiting = ir_offset(kernel, tile.waiting, on);
    }
    struct plan_cut cut = cut_row(conv);
    tile.number = ir_mul(kernel, ir_sub(kernel, row, first_row), cut.tiles);
    emit_tiles(kernel, tile, stage, 0, cut.small + 1, cut.big);
    tile.number = ir_add(kernel, tile.number, ir_i64(kernel, cut.big));
    emit_tiles(kernel, tile, stage, cut.big * (cut.small + 1), cut.small, cut.tiles - cut.big);
    if (stage == STAGE_PASS) return;
    tile.place.column = ir_i64(kernel, conv->axis[1].result_first);
    row_finish(kernel, tile.place, tile.blocks, grid, conv->axis[1].result_step);
}

static void emit_rows_of_item(struct kernel *kernel, const struct tile *tile, enum stage stage, LLVMValueRef first_row) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    LLVMValueRef end = ir_min(kernel, ir_add(kernel, first_row, ir_i64(kernel, conv->item_rows)),
                              ir_i64(kernel, conv->axis[0].grid));
    struct loop rows = {0};
    loop_open(kernel, &rows, first_row, end, 1);
    emit_row(kernel, *tile, stage, rows.index, first_row);
    loop_close(kernel, &rows);
}

static void emit_item(struct kernel *kernel, struct tile *tile, LLVMValueRef first_row) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    LLVMValueRef all = ir_i64(kernel, conv->reduce_blocks), zero = ir_i64(kernel, 0);
    tile->first = zero;
    tile->end = all;
    if (!tile->waiting) {
        emit_rows_of_item(kernel, tile, STAGE_WHOLE, first_row);
        return;
    }
    int64_t bytes = 4 * conv->item_rows * conv->axis[1].grid * panel_width(kernel);
    LLVMValueRef nothing = LLVMConstInt(LLVMInt8TypeInContext(kernel->unit->context), 0, 0);
    LLVMBuildMemSet(kernel->builder, tile->waiting, nothing, ir_i64(kernel, bytes), (unsigned)kernel->lanes * 4);
    struct loop passes = {0};
    loop_open(kernel, &passes, zero, all, conv->pass_blocks);
    tile->first = passes.index;
    tile->end = ir_min(kernel, all, ir_add(kernel, passes.index, ir_i64(kernel, conv->pass_blocks)));
    emit_rows_of_item(kernel, tile, STAGE_PASS, first_row);
    loop_close(kernel, &passes);
    emit_rows_of_item(kernel, tile, STAGE_FINISH, first_row);
}

/* The input block where output group `group` begins: a table where groups differ, folded to 0 where they do not. */
static LLVMValueRef first_block(struct kernel *kernel, LLVMValueRef group) {
    const struct plan_step *step = kernel->step;
    const struct plan_conv *conv = &step->as.conv;
    int64_t last = plan_blocks(step->source.buffer->shape.c, step->source.buffer->block) - conv->reduce_blocks;
    if (conv->groups == 1) return ir_i64(kernel, 0);
    if (conv->is_permuted) return group;
    LLVMValueRef channel = ir_mul(kernel, group, panel_width(kernel));
    LLVMValueRef input = ir_mul(kernel, ir_div(kernel, channel, conv->outputs_per_group), conv->inputs_per_group);
    return ir_min(kernel, ir_div(kernel, input, step->source.buffer->block), ir_i64(kernel, last));
}

void emit_CONV(struct kernel *kernel) {
    const struct plan_step *step = kernel->step;
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_buffer *source = step->source.buffer;
    int64_t row_items = (conv->axis[0].grid + conv->item_rows - 1) / conv->item_rows;
    struct loop items = {0};
    if (conv->keeps_scaled) items.carried[items.carried_count++] = ir_i64(kernel, -1); /* the group of the picture that was scaled last */
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    int64_t inner = conv->keeps_scaled ? row_items : conv->output_groups;
    int64_t outer = conv->keeps_scaled ? conv->output_groups : row_items;
    LLVMValueRef inside = ir_rem(kernel, items.index, inner), number = ir_div(kernel, items.index, inner);
    LLVMValueRef outside = ir_rem(kernel, number, outer);
    LLVMValueRef group = conv->keeps_scaled ? outside : inside, chunk = conv->keeps_scaled ? inside : outside;
    LLVMValueRef first_row = ir_mul(kernel, chunk, conv->item_rows);
    struct tile tile = {0};
    if (conv->pass_blocks < conv->reduce_blocks)
        tile.waiting = ir_stack(kernel, conv->item_rows * conv->axis[1].grid * panel_width(kernel));
    tile.item = items.index;
    tile.place.picture = ir_div(kernel, number, outer);
    tile.place.block = ir_mul(kernel, group, conv->tile_blocks);
    int64_t batch_stride = kernel->plan->graph->batch > 1 ? source->batch_stride : 0;
    LLVMValueRef from = ir_mul(kernel, tile.place.picture, batch_stride), block = first_block(kernel, group);
    from = ir_add(kernel, from, ir_mul(kernel, block, source->block_stride));
    tile.source = ir_offset(kernel, kernel->source, from);
    if (step->source.scale) {
        int64_t blocks = conv->keeps_scaled ? conv->reduce_blocks : conv->pass_blocks;
        tile.scaled = ir_stack(kernel, blocks * block_floats(kernel));
        struct place at = {tile.place.picture, block, ir_i64(kernel, 0), ir_i64(kernel, 0)};
        tile.scale = place_address(kernel, kernel->source_scale, step->source.scale, at);
    }
    tile.panel = ir_offset(kernel, kernel->panels[0],
                           ir_mul(kernel, group, conv->reduce_blocks * block_floats(kernel)));
    if (conv->keeps_scaled) tile.is_kept = LLVMBuildICmp(kernel->builder, LLVMIntEQ, number, items.carried[0], "");
    items.carried[0] = number;
    for (int which = 0; which < 2; which++) {
        struct branch branch;
        tile.blocks = group_open(kernel, &branch, group, conv->tile_blocks, which);
        if (!tile.blocks) continue;
        squeeze_open(kernel, tile.place, tile.blocks, chunk);
        emit_item(kernel, &tile, first_row);
        group_close(kernel, &branch);
    }
    loop_close(kernel, &items);
}
