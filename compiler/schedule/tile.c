/* tile.c - how a direct convolution is cut up: the register tile, and the rows that one item of work takes.
 *
 * See tile_model.h for the model of the register tile. */
#include "build.h"
#include "tile_choice.h"
#include "tile_model.h"

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

/* Weight vectors in registers while a row of taps goes over a tile of one output block; 1: taps go one by one. */
static int64_t weights_of_tap_row(const struct plan_conv *conv) {
    enum { MOST_TAPS = 7 };
    const struct plan_axis *axis = &conv->axis[1];
    return axis->tap_step > 0 && axis->taps > 0 && (axis->taps <= MOST_TAPS || conv->is_permuted) ? axis->taps : 1;
}

/* The most columns of a tile of `blocks` output blocks. */
static int64_t most_tile_columns(const struct plan *plan, const struct plan_conv *conv, int64_t blocks) {
    int64_t most = tile_most_columns(plan->target, blocks);
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
            double cycles = (double)conv->reduce_blocks * tile_groups_cycles(plan->target, grid, columns, blocks, nv);
            if (!best_columns || cycles < best) best = cycles, best_columns = columns, best_blocks = nv;
        }
    }
    set_tile(plan, step, best_columns, best_blocks);
}

/* Work, in rows times blocks, of the items before item `index`, where `rows` rows make an item. Items go through the output
 * groups first, then down the rows, then through the pictures; or (keeps_scaled) down the rows first, then through the
 * groups. */
static int64_t work_before(const struct plan_conv *conv, int64_t blocks, int64_t rows, int64_t index) {
    int64_t grid = conv->axis[0].grid, chunks = (grid + rows - 1) / rows, groups = conv->output_groups;
    int64_t each = groups * chunks, item = index % each, done = index / each * grid * blocks;
    if (conv->keeps_scaled) {
        int64_t first_block = item / chunks * conv->tile_blocks, left = blocks - first_block;
        int64_t blocks_here = left < conv->tile_blocks ? left : conv->tile_blocks;
        return done + first_block * grid + item % chunks * rows * blocks_here;
    }
    int64_t first_row = item / groups * rows, rows_here = grid - first_row < rows ? grid - first_row : rows;
    return done + first_row * blocks + item % groups * conv->tile_blocks * rows_here;
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

/* The weights of an output group for one input block. */
static int64_t block_weight_bytes(const struct plan *plan, const struct plan_conv *conv) {
    return 4 * conv->axis[0].taps * conv->axis[1].taps * conv->block_channels * conv->tile_blocks * plan->lanes;
}

static int64_t all_weight_bytes(const struct plan *plan, const struct plan_conv *conv) {
    return conv->output_groups * conv->reduce_blocks * block_weight_bytes(plan, conv);
}

/* Cycles in which what an item of `rows` rows reads comes from beyond L2, over the cycles of its multiply-adds. Weights
 * come once, or, more than L2 keeps, with each chunk of rows; the chunk's source comes once, or, as far as L2 does not keep
 * it, with each output group that reads it. */
static double traffic(const struct plan *plan, const struct plan_step *step, int64_t rows) {
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_buffer *source = step->source.buffer;
    int64_t grid = conv->axis[0].grid, l2 = plan->target->l2_bytes;
    int64_t source_blocks = plan_blocks(source->shape.c, source->block);
    int64_t row_bytes = conv->axis[0].stride * source->row_stride * source_blocks * 4, chunks = (grid + rows - 1) / rows;
    double weights = (double)all_weight_bytes(plan, conv), vectors = weights / (double)(4 * plan->lanes);
    double chunk = (double)(rows * row_bytes), fma_per_cycle = tile_fma_per_cycle(plan->target);
    double reads = (double)(conv->output_groups * conv->reduce_blocks) / (double)source_blocks;
    double spilt = (chunk - (double)l2 / 2) / ((double)l2 / 2);
    if (spilt < 0 || reads < 1) spilt = 0;
    if (spilt > 1) spilt = 1;
    double all_rows = (double)(grid * row_bytes), source_bytes = all_rows * (1 + (reads - 1) * spilt);
    double weight_bytes = tile_streams_weights(plan, (int64_t)weights) ? weights * (double)chunks : weights;
    double cycles = source_bytes / tile_bytes_per_cycle(plan, all_rows) + weight_bytes / tile_bytes_per_cycle(plan, weights);
    return cycles * fma_per_cycle / (vectors * (double)(grid * conv->axis[1].grid));
}

/* Weights of one output group that come times the scale of the source, and stay for all of its rows, are on the stack of a
 * thread and in L2, of which they take a small part. */
static bool can_keep_scaled(const struct plan *plan, const struct plan_step *step) {
    enum { ALWAYS_KEPT_BYTES = 64 << 10 };
    const struct plan_conv *conv = &step->as.conv;
    int64_t most = plan->target->l2_bytes / 8;
    if (most < ALWAYS_KEPT_BYTES) most = ALWAYS_KEPT_BYTES;
    return plan->level > 0 && step->source.scale && conv->axis[0].grid > 1 &&
           conv->reduce_blocks * block_weight_bytes(plan, conv) <= most;
}

/* What is lost with items of `rows` rows, as a part of the cycles of the multiply-adds: to uneven shares, to reading weights
 * for few results, to scaling them, and to what comes from beyond L2. */
static double items_cost(const struct plan *plan, const struct plan_step *step, int64_t rows, int64_t items) {
    enum { TO_SCALE = 3 }; /* over what it takes to read them; measured */
    const struct plan_conv *conv = &step->as.conv;
    int64_t blocks = plan_blocks(step->result.c, plan->lanes), grid = conv->axis[0].grid;
    int64_t scaled_for = conv->keeps_scaled ? grid : rows;
    double few_results = 1 / (double)(rows * conv->axis[1].grid);
    if (step->source.scale) few_results += TO_SCALE / (double)(scaled_for * conv->axis[1].grid);
    return imbalance(conv, blocks, rows, items, 2) + imbalance(conv, blocks, rows, items, 4) + 2 * few_results +
           2 * traffic(plan, step, conv->keeps_scaled ? grid : rows);
}

/* Rows of an item, and their order: little comes from beyond L2, there are items enough to share out, and threads get equal
 * shares; an item of few results reads its weights for little. */
static void choose_items(const struct plan *plan, struct plan_step *step) {
    /* for up to four threads or so; few where each item of an output group has to scale its weights or to fetch them anew */
    enum { LEAST_ITEMS = 16, LEAST_COSTLY_ITEMS = 8 };
    struct plan_conv *conv = &step->as.conv, best = {0};
    bool is_costly = step->source.scale || tile_streams_weights(plan, all_weight_bytes(plan, conv));
    int64_t least = is_costly ? LEAST_COSTLY_ITEMS : LEAST_ITEMS;
    int64_t grid = conv->axis[0].grid, most = grid, groups = conv->output_groups * plan->graph->batch;
    double best_cost = 0;
    while (most > 1 && groups * ((grid + most - 1) / most) < least) most--;
    for (int keeps = 0; keeps <= can_keep_scaled(plan, step); keeps++) {
        conv->keeps_scaled = keeps;
        for (int64_t chunks = keeps && most == grid ? 2 : (grid + most - 1) / most; chunks <= grid; chunks++) {
            int64_t rows = (grid + chunks - 1) / chunks, items = groups * ((grid + rows - 1) / rows);
            double cost = items_cost(plan, step, rows, items);
            if (best.item_rows && cost >= best_cost) continue;
            best_cost = cost;
            best.item_rows = rows;
            best.keeps_scaled = keeps;
            step->items = items;
        }
    }
    conv->item_rows = best.item_rows;
    conv->keeps_scaled = best.keeps_scaled;
}

/* Input blocks whose weights stay in half of L1 while a pass goes over the tiles of an item. From a large L2 weights come fast
 * enough for a tile to go over all input blocks, unless those are many (measured; decision 0032). */
static void choose_passes(const struct plan *plan, struct plan_step *step) {
    enum { LEAST_TILES = 4, LARGE_L2_PART = 16 };
    struct plan_conv *conv = &step->as.conv;
    int64_t width_bytes = conv->tile_blocks * plan->lanes * 4, block_bytes = block_weight_bytes(plan, conv);
    int64_t tiles = conv->item_rows * plan_cut_row(conv->axis[1].grid, conv->tile_columns).tiles;
    int64_t blocks = block_bytes ? plan->target->l1_bytes / 2 / block_bytes : conv->reduce_blocks;
    if (blocks < 1) blocks = 1;
    bool is_fast = tile_l2_is_large(plan->target) && conv->reduce_blocks * block_bytes <= plan->target->l2_bytes / LARGE_L2_PART;
    bool pays = plan->level > 0 && !is_fast && tiles >= LEAST_TILES && blocks * 3 / 2 < conv->reduce_blocks &&
                conv->item_rows * conv->axis[1].grid * width_bytes <= PLAN_MAX_WAITING_BYTES;
    conv->pass_blocks = pays ? blocks : conv->reduce_blocks;
}

static bool rows_lie_end_to_end(const struct plan_buffer *buffer) {
    return buffer->row_stride == buffer->shape.w * buffer->block;
}

static bool operand_collapses(const struct plan_operand *operand) {
    if (!operand->buffer) return true;
    if (operand->buffer->shape.h == 1 && operand->buffer->shape.w == 1) return true;
    return !operand->one_row && !operand->one_column && rows_lie_end_to_end(operand->buffer);
}

bool conv_is_pointwise(const struct plan_step *step) {
    const struct plan_conv *conv = &step->as.conv;
    const struct map_shape *source = &step->source.buffer->shape;
    if (step->result.h != source->h || step->result.w != source->w) return false; /* there is padding behind the map */
    for (int i = 0; i < 2; i++) {
        const struct plan_axis *axis = &conv->axis[i];
        if (axis->taps != 1 || axis->stride != 1 || axis->first != 0 || axis->result_step != 1) return false;
    }
    return !step->target_row && !step->target_column && step->target->shape.w == step->result.w;
}

/* Whether H x W can be cut into rows of another length: nothing depends on where a row ends. */
static bool collapses(const struct plan_step *step) {
    if (!conv_is_pointwise(step)) return false;
    if (!rows_lie_end_to_end(step->source.buffer) || !rows_lie_end_to_end(step->target)) return false;
    for (size_t i = 0; i < step->epilogues.count; i++)
        if (!operand_collapses(&step->epilogues.items[i].operand)) return false;
    return true;
}

/* The row length, a divisor of H * W up to 64, that tiles with the fewest cycles on the busier of two threads. */
static void choose_collapsed_columns(const struct plan *plan, struct plan_step *step) {
    struct plan_conv *conv = &step->as.conv;
    struct plan_axis *axis = conv->axis;
    int64_t area = axis[0].grid * axis[1].grid, blocks = plan_blocks(step->result.c, plan->lanes);
    double best = 0;
    for (int64_t columns = 1; columns <= area && columns <= 64; columns++) {
        if (area % columns) continue;
        axis[0].grid = area / columns;
        axis[1].grid = columns;
        choose_register_tile(plan, step);
        choose_items(plan, step);
        double cycles = (double)axis[0].grid * tile_groups_cycles(plan->target, columns, conv->tile_columns, blocks, conv->tile_blocks);
        cycles *= imbalance(conv, blocks, conv->item_rows, step->items, 2);
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
    conv->keeps_scaled = can_keep_scaled(plan, step) && rows < conv->axis[0].grid;
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
    choose_items(plan, step);
    if (is_wanted && wanted->rows) take_rows(plan, step, wanted->rows);
    choose_passes(plan, step);
    if (is_wanted && wanted->passes) take_passes(plan, step, wanted);
    enum { FEW_BLOCKS = 16 };
    conv->fetches_source = plan->level > 0 && conv->axis[0].taps * conv->axis[1].taps == 1 && conv->axis[1].stride == 1 &&
                           conv->reduce_blocks > FEW_BLOCKS;
    bool is_large = tile_streams_weights(plan, all_weight_bytes(plan, conv));
    conv->spreads_weights = is_large && conv->axis[0].grid * conv->axis[1].grid == 1 && !step->source.scale;
    conv->streams_weights = is_large && !conv->spreads_weights;
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
