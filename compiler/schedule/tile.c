/* tile.c - how a direct convolution is cut up: the register tile, and the rows that one item of work takes.
 *
 * A tile of `columns` results in a row by `blocks` output channel blocks keeps columns * blocks accumulators in
 * registers. For each input channel it loads `blocks` weight vectors, broadcasts `columns` numbers and issues
 * columns * blocks fused multiply-adds. The model counts cycles per input channel: the most of what the FMA units,
 * the FMA latency, the load ports and the stream of weights from L2 allow. */
#include "build.h"
#include "tile_choice.h"

#include "../../runtime/senrt_abi.h"

static double max_of(double a, double b) {
    return a > b ? a : b;
}

/* Cycles for one input channel of one tile. */
static double tile_cycles(const struct target *target, int64_t columns, int64_t blocks) {
    enum { LOADS_PER_CYCLE = 2, L2_BYTES_PER_CYCLE = 32 };
    double fma_per_cycle = target->chains > 5 ? 2 : 1;
    double fma = (double)(columns * blocks) / fma_per_cycle;
    double latency = target->chains / fma_per_cycle;
    double loads = (double)(columns + blocks) / LOADS_PER_CYCLE;
    double stream = (double)(blocks * target->vector_bytes) / L2_BYTES_PER_CYCLE;
    /* of tiles that are equally fast the one with fewer loads */
    return max_of(max_of(fma, latency), max_of(loads, stream)) + loads / 64;
}

static double row_cycles(const struct target *target, int64_t grid, int64_t most, int64_t blocks) {
    struct plan_cut cut = plan_cut_row(grid, most);
    return (double)cut.big * tile_cycles(target, cut.small + 1, blocks) +
           (double)(cut.tiles - cut.big) * tile_cycles(target, cut.small, blocks);
}

/* All output blocks, in groups of nv and a smaller last one. */
static double groups_cycles(const struct target *target, int64_t grid, int64_t columns, int64_t blocks, int64_t nv) {
    double cycles = (double)(blocks / nv) * row_cycles(target, grid, columns, nv);
    return blocks % nv ? cycles + row_cycles(target, grid, columns, blocks % nv) : cycles;
}

static int64_t count_reduce_blocks(struct plan_step *step, int64_t lanes) {
    struct plan_conv *conv = &step->as.conv;
    int64_t block = step->source.buffer->block, channels = step->result.c, most = 1;
    for (int64_t first = 0; first < channels; first += conv->tile_blocks * lanes) {
        int64_t last = first + conv->tile_blocks * lanes - 1;
        if (last >= channels) last = channels - 1;
        int64_t from = first / conv->outputs_per_group * conv->inputs_per_group;
        int64_t to = (last / conv->outputs_per_group + 1) * conv->inputs_per_group - 1;
        int64_t count = to / block - from / block + 1;
        if (count > most) most = count;
    }
    return most;
}

/* Registers hold the accumulators, the weights, and broadcast numbers: one where the broadcast is part of the
 * multiply-add (AVX-512, 32 registers), two where it is an instruction that runs ahead, three where products are
 * numbers of their own (no FMA). */
static int64_t most_columns(const struct target *target, int64_t blocks) {
    int broadcasts = target->vector_registers > 16 ? 1 : target->features & SENRT_CPU_FMA ? 2 : 3;
    return (target->vector_registers - broadcasts - blocks) / blocks;
}

/* Weight vectors in registers while a row of taps goes over a tile of one output block; 1: taps go one by one. */
static int64_t weights_of_tap_row(const struct plan_conv *conv) {
    enum { MOST_TAPS = 7 };
    const struct plan_axis *axis = &conv->axis[1];
    return axis->tap_step > 0 && axis->taps > 0 && (axis->taps <= MOST_TAPS || conv->is_permuted) ? axis->taps : 1;
}

/* The most columns of a tile of `blocks` output blocks. */
static int64_t most_tile_columns(const struct plan *plan, const struct plan_conv *conv, int64_t blocks) {
    int64_t most = most_columns(plan->target, blocks);
    if (blocks == 1) most -= weights_of_tap_row(conv) - 1;
    return most < 1 ? 1 : most;
}

static void set_tile(const struct plan *plan, struct plan_step *step, int64_t columns, int64_t blocks) {
    struct plan_conv *conv = &step->as.conv;
    conv->tile_columns = columns;
    conv->tile_blocks = blocks;
    conv->by_tap_rows = conv->is_permuted || (plan->level > 0 && blocks == 1 && weights_of_tap_row(conv) > 1);
    conv->output_groups = (plan_blocks(step->result.c, plan->lanes) + blocks - 1) / blocks;
    conv->reduce_blocks = conv->is_permuted ? 1 : count_reduce_blocks(step, plan->lanes);
}

static void choose_register_tile(const struct plan *plan, struct plan_step *step) {
    struct plan_conv *conv = &step->as.conv;
    int64_t grid = conv->axis[1].grid, blocks = plan_blocks(step->result.c, plan->lanes);
    double best = 0;
    int64_t best_columns = 0, best_blocks = 0;
    for (int64_t nv = 1; nv <= (conv->is_permuted ? 1 : blocks) && nv <= 12; nv++) {
        int64_t most = most_tile_columns(plan, conv, nv);
        if (most > grid) most = grid;
        for (int64_t columns = most; columns >= 1 && columns >= most / 2; columns--) {
            set_tile(plan, step, columns, nv);
            double cycles = (double)conv->reduce_blocks * groups_cycles(plan->target, grid, columns, blocks, nv);
            if (!best_columns || cycles < best) best = cycles, best_columns = columns, best_blocks = nv;
        }
    }
    set_tile(plan, step, best_columns, best_blocks);
}

/* Work, in rows times blocks, of the items before item `index`, where `rows` rows make an item; items go through the
 * output groups first, then down the rows, then through the pictures. */
static int64_t work_before(const struct plan_conv *conv, int64_t blocks, int64_t rows, int64_t index) {
    int64_t grid = conv->axis[0].grid, chunks = (grid + rows - 1) / rows;
    int64_t group = index % conv->output_groups, chunk = index / conv->output_groups;
    int64_t first_row = chunk % chunks * rows, rows_here = grid - first_row < rows ? grid - first_row : rows;
    int64_t blocks_here = group * conv->tile_blocks < blocks ? group * conv->tile_blocks : blocks;
    return (chunk / chunks * grid + first_row) * blocks + blocks_here * rows_here;
}

/* What the busiest of `threads` threads has to do, over an equal share. */
static double imbalance(const struct plan_conv *conv, int64_t blocks, int64_t rows, int64_t items, int64_t threads) {
    int64_t most = 0;
    for (int64_t t = 0; t < threads; t++) {
        int64_t end = work_before(conv, blocks, rows, items * (t + 1) / threads);
        int64_t work = end - work_before(conv, blocks, rows, items * t / threads);
        if (work > most) most = work;
    }
    return (double)(most * threads) / (double)work_before(conv, blocks, rows, items);
}

/* Cycles in which what an item of `rows` rows reads comes from beyond L2, over the cycles of its multiply-adds. Weights
 * come once, or, more than L2 keeps, with each chunk of rows; the chunk's source comes once, or, as far as L2 does not keep
 * it, with each output group that reads it. */
static double traffic(const struct plan *plan, const struct plan_step *step, int64_t rows) {
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_buffer *source = step->source.buffer;
    int64_t grid = conv->axis[0].grid, taps = conv->axis[0].taps * conv->axis[1].taps, l2 = plan->target->l2_bytes;
    int64_t source_blocks = plan_blocks(source->shape.c, source->block);
    int64_t row_bytes = conv->axis[0].stride * source->row_stride * source_blocks * 4, chunks = (grid + rows - 1) / rows;
    int64_t vectors = conv->output_groups * conv->tile_blocks * conv->reduce_blocks * taps * conv->block_channels;
    double weights = (double)(vectors * plan->lanes * 4), chunk = (double)(rows * row_bytes), fma_per_cycle = plan->target->chains > 5 ? 2 : 1;
    double reads = (double)(conv->output_groups * conv->reduce_blocks) / (double)source_blocks;
    double spilt = (chunk - (double)l2 / 2) / ((double)l2 / 2);
    if (spilt < 0 || reads < 1) spilt = 0;
    if (spilt > 1) spilt = 1;
    double all_rows = (double)(grid * row_bytes), source_bytes = all_rows * (1 + (reads - 1) * spilt);
    double weight_bytes = weights > (double)l2 / 2 ? weights * (double)chunks : weights;
    double cycles = source_bytes / schedule_bytes_per_cycle(plan, all_rows) + weight_bytes / schedule_bytes_per_cycle(plan, weights);
    return cycles * fma_per_cycle / (double)(vectors * grid * conv->axis[1].grid);
}

/* Rows of an item: little comes from beyond L2, there are items enough to share out, and threads get equal shares; an item
 * of few results reads its weights for little. */
static void choose_item_rows(const struct plan *plan, struct plan_step *step) {
    /* each item of a scaled source scales the weights of its output group */
    enum { LEAST_ITEMS = 24, LEAST_SCALED_ITEMS = 8 };
    int64_t least = step->source.scale ? LEAST_SCALED_ITEMS : LEAST_ITEMS;
    struct plan_conv *conv = &step->as.conv;
    int64_t grid = conv->axis[0].grid, most = grid;
    int64_t groups = conv->output_groups * plan->graph->batch, blocks = plan_blocks(step->result.c, plan->lanes);
    while (most > 1 && groups * ((grid + most - 1) / most) < least) most--;
    double best = 0;
    conv->item_rows = 0;
    for (int64_t chunks = (grid + most - 1) / most; chunks <= grid; chunks++) {
        int64_t rows = (grid + chunks - 1) / chunks, items = groups * ((grid + rows - 1) / rows);
        double few_results = (step->source.scale ? 8 : 1) / (double)(rows * conv->axis[1].grid);
        double cost = imbalance(conv, blocks, rows, items, 2) + imbalance(conv, blocks, rows, items, 4) + 2 * few_results +
                      2 * traffic(plan, step, rows);
        if (conv->item_rows && cost >= best) continue;
        best = cost;
        conv->item_rows = rows;
        step->items = items;
    }
}

/* Input blocks whose weights stay in half of L1 while a pass goes over the tiles of an item. */
static void choose_passes(const struct plan *plan, struct plan_step *step) {
    enum { LEAST_TILES = 4 };
    struct plan_conv *conv = &step->as.conv;
    int64_t taps = conv->axis[0].taps * conv->axis[1].taps, width_bytes = conv->tile_blocks * plan->lanes * 4;
    int64_t block_bytes = taps * conv->block_channels * width_bytes;
    int64_t tiles = conv->item_rows * plan_cut_row(conv->axis[1].grid, conv->tile_columns).tiles;
    int64_t blocks = block_bytes ? plan->target->l1_bytes / 2 / block_bytes : conv->reduce_blocks;
    if (blocks < 1) blocks = 1;
    bool pays = plan->level > 0 && tiles >= LEAST_TILES && blocks * 3 / 2 < conv->reduce_blocks &&
                conv->item_rows * conv->axis[1].grid * width_bytes <= PLAN_MAX_WAITING_BYTES;
    conv->pass_blocks = pays ? blocks : conv->reduce_blocks;
}

/* Weights of which L2 keeps most are there for the second item; all others come from far away each time. */
static bool streams_weights(const struct plan *plan, int64_t bytes) {
    return plan->level > 0 && bytes > plan->target->l2_bytes / 2;
}

static bool rows_lie_end_to_end(const struct plan_buffer *buffer) {
    return buffer->row_stride == buffer->shape.w * buffer->block;
}

static bool operand_collapses(const struct plan_operand *operand) {
    if (!operand->buffer) return true;
    if (operand->buffer->shape.h == 1 && operand->buffer->shape.w == 1) return true;
    return !operand->one_row && !operand->one_column && rows_lie_end_to_end(operand->buffer);
}

/* Whether H x W can be cut into rows of another length: nothing depends on where a row ends. */
static bool collapses(const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    for (int i = 0; i < 2; i++) {
        const struct plan_axis *axis = &conv->axis[i];
        if (axis->taps != 1 || axis->stride != 1 || axis->first != 0 || axis->result_step != 1) return false;
    }
    if (step->target_row || step->target_column || step->target->shape.w != step->result.w) return false;
    if (!rows_lie_end_to_end(step->source.buffer) || !rows_lie_end_to_end(step->target)) return false;
    for (size_t i = 0; i < step->epilogues.count; i++)
        if (!operand_collapses(&step->epilogues.items[i].operand)) return false;
    return true;
}

/* The row length, a divisor of H * W up to 64, that tiles with the fewest cycles. */
static void choose_collapsed_columns(const struct plan *plan, struct plan_step *step) {
    struct plan_axis *axis = step->as.conv.axis;
    int64_t area = axis[0].grid * axis[1].grid, blocks = plan_blocks(step->result.c, plan->lanes);
    double best = 0;
    for (int64_t columns = 1; columns <= area && columns <= 64; columns++) {
        if (area % columns) continue;
        axis[0].grid = area / columns;
        axis[1].grid = columns;
        choose_register_tile(plan, step);
        double cycles = (double)axis[0].grid * groups_cycles(plan->target, columns, step->as.conv.tile_columns, blocks,
                                                             step->as.conv.tile_blocks);
        if (!step->collapsed_columns || cycles < best) best = cycles, step->collapsed_columns = columns;
    }
    axis[0].grid = area / step->collapsed_columns;
    axis[1].grid = step->collapsed_columns;
    /* a vector stands for all rows and columns, also where the map had but one of them */
    for (size_t i = 0; i < step->epilogues.count; i++) {
        struct plan_operand *operand = &step->epilogues.items[i].operand;
        if (operand->buffer && operand->buffer->shape.h == 1 && operand->buffer->shape.w == 1)
            operand->one_row = operand->one_column = true;
    }
}

/* The largest divisor of a run's length that keeps the loop's body short. */
static int64_t choose_unroll(int64_t run) {
    enum { MOST = 4 };
    int64_t unroll = run < MOST ? run : MOST;
    while (run % unroll) unroll--;
    return unroll;
}

/* Groups smaller than a vector, as many inputs as outputs: the inputs of a vector of outputs are one vector. (Taps that go
 * backwards, of transposed convolutions, are not by rows.) */
static bool is_permuted(const struct plan *plan, const struct plan_conv *conv) {
    return plan->level > 0 && conv->groups > 1 && conv->axis[1].tap_step > 0 &&
           conv->inputs_per_group == conv->outputs_per_group &&
           conv->inputs_per_group < plan->lanes && plan->lanes % conv->inputs_per_group == 0;
}

static void refuse(struct plan *plan, const struct tile_choice *wanted, const char *why) {
    const char *text = arena_format(plan->arena, "'%s' cannot have %lldx%lld: %s", wanted->layer,
                                    (long long)wanted->columns, (long long)wanted->blocks, why);
    vec_push(plan->arena, &plan->tile_refusals, text);
}

/* The register tile, or false: then the model's stays. */
static bool take_tile(struct plan *plan, struct plan_step *step, const struct tile_choice *wanted) {
    int64_t most = most_tile_columns(plan, &step->as.conv, wanted->blocks);
    const char *why = tile_choice_refusal(plan, step, wanted, most);
    if (why)
        refuse(plan, wanted, why);
    else
        set_tile(plan, step, wanted->columns, wanted->blocks);
    return !why;
}

static void take_rows(const struct plan *plan, struct plan_step *step, int64_t rows) {
    struct plan_conv *conv = &step->as.conv;
    conv->item_rows = rows;
    step->items = conv->output_groups * plan->graph->batch * ((conv->axis[0].grid + rows - 1) / rows);
}

static void take_passes(struct plan *plan, struct plan_step *step, const struct tile_choice *wanted) {
    const char *why = tile_choice_refuse_passes(plan, step, wanted);
    if (why)
        refuse(plan, wanted, why);
    else
        step->as.conv.pass_blocks = wanted->passes;
}

void choose_conv_tile(struct plan *plan, struct plan_step *step, const struct tile_choice *wanted) {
    struct plan_conv *conv = &step->as.conv;
    conv->is_permuted = is_permuted(plan, conv);
    conv->block_channels = conv->is_permuted ? conv->inputs_per_group : step->source.buffer->block;
    conv->run_channels = step->source.buffer->block;
    if (!conv->is_permuted && conv->axis[1].tap_step == 1 && conv->axis[1].taps > 0)
        conv->run_channels *= conv->axis[1].taps;
    conv->unroll = choose_unroll(conv->run_channels);
    if (plan->level == 0) {
        conv->unroll = 1;
        set_tile(plan, step, 1, 1);
    } else {
        if (collapses(step)) choose_collapsed_columns(plan, step);
        choose_register_tile(plan, step);
    }
    bool is_wanted = wanted && take_tile(plan, step, wanted);
    choose_item_rows(plan, step);
    if (is_wanted && wanted->rows) take_rows(plan, step, wanted->rows);
    choose_passes(plan, step);
    if (is_wanted && wanted->passes) take_passes(plan, step, wanted);
    int64_t block_floats = conv->axis[0].taps * conv->axis[1].taps * conv->block_channels * conv->tile_blocks * plan->lanes;
    enum { FEW_BLOCKS = 16 };
    conv->fetches_source = plan->level > 0 && conv->axis[0].taps * conv->axis[1].taps == 1 && conv->axis[1].stride == 1 &&
                           conv->reduce_blocks > FEW_BLOCKS;
    conv->streams_weights = streams_weights(plan, 4 * conv->output_groups * conv->reduce_blocks * block_floats);
}

/* Accumulators of a tile, the weights of a row of taps, and two numbers of the source are in registers. */
void choose_depthwise_tile(const struct plan *plan, struct plan_step *step) {
    enum { LEAST = 4, MOST = 14 };
    struct plan_conv *conv = &step->as.conv;
    int64_t columns = plan->target->vector_registers - 2 - conv->axis[1].taps;
    if (columns < LEAST) columns = LEAST;
    if (columns > MOST) columns = MOST;
    conv->tile_columns = plan->level > 0 ? columns : 1;
}

static void choose_winograd_register_tile(const struct plan *plan, struct plan_step *step) {
    struct plan_winograd *winograd = &step->as.winograd;
    int64_t tiles = winograd->tile_rows * winograd->tile_columns, blocks = plan_blocks(step->result.c, plan->lanes);
    double best = 0;
    for (int64_t nv = 1; nv <= blocks && nv <= 4; nv++)
        for (int64_t most = most_columns(plan->target, nv); most >= 1; most--) {
            double cycles = groups_cycles(plan->target, tiles, most, blocks, nv);
            if (winograd->tile_blocks && cycles >= best) continue;
            best = cycles;
            winograd->tile_most = most < tiles ? most : tiles;
            winograd->tile_blocks = nv;
        }
    winograd->output_groups = (blocks + winograd->tile_blocks - 1) / winograd->tile_blocks;
}

/* Cycles of items `begin` to `end` for one input channel at one position. */
static double winograd_items_cycles(const struct plan *plan, const struct plan_step *step, int64_t begin, int64_t end) {
    const struct plan_winograd *winograd = &step->as.winograd;
    int64_t tiles = winograd->tile_rows * winograd->tile_columns, blocks = plan_blocks(step->result.c, plan->lanes);
    int64_t sets = (winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups;
    int64_t chunks = (tiles + winograd->item_tiles - 1) / winograd->item_tiles;
    int64_t item_blocks = winograd->item_groups * winograd->tile_blocks;
    double cycles = 0;
    for (int64_t i = begin; i < end; i++) {
        int64_t first_tile = i / sets % chunks * winograd->item_tiles, first_block = i % sets * item_blocks;
        int64_t tiles_here = tiles - first_tile, blocks_here = blocks - first_block;
        if (tiles_here > winograd->item_tiles) tiles_here = winograd->item_tiles;
        if (blocks_here > item_blocks) blocks_here = item_blocks;
        cycles += groups_cycles(plan->target, tiles_here, winograd->tile_most, blocks_here, winograd->tile_blocks);
    }
    return cycles;
}

/* Cycles of the multiply-adds, where 2 or 4 threads share the items, and of the way of tiles and weights to L2. */
static double winograd_item_cost(const struct plan *plan, const struct plan_step *step) {
    enum { L3_BYTES_PER_CYCLE = 8, MEMORY_BYTES_PER_CYCLE = 4 };
    const struct plan_winograd *winograd = &step->as.winograd;
    const struct target *target = plan->target;
    double positions = (winograd->results + 2) * (winograd->results + 2), most[2] = {0, 0};
    double depth = positions * (double)(plan_blocks(winograd->inputs, plan->lanes) * plan->lanes);
    int64_t tiles = winograd->tile_rows * winograd->tile_columns;
    for (int64_t log = 0; log < 2; log++)
        for (int64_t threads = 2 << log, t = 0; t < threads; t++) {
            double cycles = winograd_items_cycles(plan, step, step->items * t / threads, step->items * (t + 1) / threads);
            most[log] = max_of(most[log], cycles * (double)threads);
        }
    double chunks = (double)((tiles + winograd->item_tiles - 1) / winograd->item_tiles);
    double sets = (double)((winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups);
    double batch = (double)plan->graph->batch, chunk_bytes = 4 * depth * (double)winograd->item_tiles;
    double tile_bytes = 4 * depth * (double)tiles * (chunk_bytes > (double)target->l2_bytes / 2 ? sets : 1);
    double weight_bytes = 4 * depth * (double)(plan_blocks(step->result.c, plan->lanes) * plan->lanes);
    double weight_rate = weight_bytes > (double)target->l3_bytes ? MEMORY_BYTES_PER_CYCLE : L3_BYTES_PER_CYCLE;
    double way = tile_bytes / L3_BYTES_PER_CYCLE + weight_bytes * chunks / weight_rate;
    return depth * (most[0] + most[1]) / 2 + way * batch;
}

/* Tiles of a map are the columns of a product of matrices, one for each position in a tile. An item keeps the products of
 * all positions in L2: the more tiles it has, the less often weights pass by; the more output groups, the less often tiles. */
void choose_winograd_tile(const struct plan *plan, struct plan_step *step) {
    enum { LEAST_ITEMS = 12 };
    struct plan_winograd *winograd = &step->as.winograd;
    choose_winograd_register_tile(plan, step);
    int64_t tiles = winograd->tile_rows * winograd->tile_columns, positions = (winograd->results + 2) * (winograd->results + 2);
    int64_t tile_bytes = positions * winograd->tile_blocks * plan->lanes * 4;
    struct plan_winograd best = {0};
    double best_cost = 0;
    for (int64_t chunks = 1; chunks <= (tiles + winograd->tile_most - 1) / winograd->tile_most; chunks++)
        for (int64_t groups = 1; groups <= winograd->output_groups; groups++) {
            int64_t sets = (winograd->output_groups + groups - 1) / groups;
            winograd->item_tiles = (tiles + chunks - 1) / chunks;
            winograd->item_groups = groups;
            step->items = sets * ((tiles + winograd->item_tiles - 1) / winograd->item_tiles) * plan->graph->batch;
            if (groups * winograd->item_tiles * tile_bytes > plan->target->l2_bytes / 2 && best_cost > 0) break;
            bool fits = groups * winograd->item_tiles * tile_bytes <= plan->target->l2_bytes / 2 && step->items >= LEAST_ITEMS;
            if (!fits && (groups > 1 || winograd->item_tiles > winograd->tile_most)) continue;
            double cost = winograd_item_cost(plan, step);
            if (best_cost > 0 && cost >= best_cost) continue;
            best_cost = cost;
            best = *winograd;
        }
    *winograd = best;
    int64_t sets = (winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups;
    step->items = sets * ((tiles + winograd->item_tiles - 1) / winograd->item_tiles) * plan->graph->batch;
    int64_t channels = plan_blocks(winograd->inputs, plan->lanes) * plan->lanes;
    winograd->streams_weights = streams_weights(plan, winograd->output_groups * channels * tile_bytes);
}
