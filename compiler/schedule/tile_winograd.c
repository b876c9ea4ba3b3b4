/* tile_winograd.c - how Winograd's products are cut up: the register tile, and the tiles and output groups of an item. */
#include "build.h"
#include "tile_model.h"

static void choose_winograd_register_tile(const struct plan *plan, struct plan_step *step) {
    struct plan_winograd *winograd = &step->as.winograd;
    int64_t tiles = winograd->tile_rows * winograd->tile_columns, blocks = plan_blocks(step->result.c, plan->lanes);
    double best = 0;
    for (int64_t nv = 1; nv <= blocks && nv <= 4; nv++) {
        if (winograd->groups > 1 && blocks / winograd->groups % nv) continue; /* it would read two groups */
        for (int64_t most = tile_most_columns(plan->target, nv); most >= 1; most--) {
            double cycles = tile_groups_cycles(plan->target, tiles, most, blocks, nv);
            if (winograd->tile_blocks && cycles >= best) continue;
            best = cycles;
            winograd->tile_most = most < tiles ? most : tiles;
            winograd->tile_blocks = nv;
        }
    }
    winograd->output_groups = (blocks + winograd->tile_blocks - 1) / winograd->tile_blocks;
}

/* Cycles of an item for one input channel at one position. */
static double item_cycles(const struct plan *plan, const struct plan_step *step, int64_t item) {
    const struct plan_winograd *winograd = &step->as.winograd;
    int64_t tiles = winograd->tile_rows * winograd->tile_columns, blocks = plan_blocks(step->result.c, plan->lanes);
    int64_t sets = (winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups;
    int64_t chunks = (tiles + winograd->item_tiles - 1) / winograd->item_tiles;
    int64_t item_blocks = winograd->item_groups * winograd->tile_blocks;
    int64_t first_tile = item / sets % chunks * winograd->item_tiles, first_block = item % sets * item_blocks;
    int64_t tiles_here = tiles - first_tile, blocks_here = blocks - first_block;
    if (tiles_here > winograd->item_tiles) tiles_here = winograd->item_tiles;
    if (blocks_here > item_blocks) blocks_here = item_blocks;
    return tile_groups_cycles(plan->target, tiles_here, winograd->tile_most, blocks_here, winograd->tile_blocks);
}

/* The cycles of the busiest of `threads` threads, times their number; of many items the shares are taken as equal. */
static double shared_cycles(const struct plan *plan, const struct plan_step *step, int64_t threads) {
    enum { MANY_ITEMS = 256 };
    if (step->items > MANY_ITEMS) return (double)step->items * item_cycles(plan, step, 0);
    double most = 0;
    for (int64_t t = 0; t < threads; t++) {
        double cycles = 0;
        for (int64_t i = step->items * t / threads; i < step->items * (t + 1) / threads; i++)
            cycles += item_cycles(plan, step, i);
        if (cycles > most) most = cycles;
    }
    return most * (double)threads;
}

/* Cycles of the multiply-adds, where 2 or 4 threads share the items, and of the way of tiles and weights to L2. */
static double winograd_item_cost(const struct plan *plan, const struct plan_step *step) {
    enum { L3_BYTES_PER_CYCLE = 8, MEMORY_BYTES_PER_CYCLE = 4 };
    const struct plan_winograd *winograd = &step->as.winograd;
    const struct target *target = plan->target;
    double positions = (winograd->results + 2) * (winograd->results + 2);
    double depth = positions * (double)(plan_blocks(winograd->inputs, plan->lanes) * plan->lanes);
    int64_t tiles = winograd->tile_rows * winograd->tile_columns;
    double chunks = (double)((tiles + winograd->item_tiles - 1) / winograd->item_tiles);
    double sets = (double)((winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups);
    double batch = (double)plan->graph->batch, chunk_bytes = 4 * depth * (double)winograd->item_tiles;
    double reads = winograd->groups > 1 ? (double)winograd->groups : chunk_bytes > (double)target->l2_bytes / 2 ? sets : 1;
    double tile_bytes = 4 * depth * (double)tiles * reads;
    double weight_bytes = 4 * depth * (double)(plan_blocks(step->result.c, plan->lanes) * plan->lanes);
    double weight_rate = weight_bytes > (double)target->l3_bytes ? MEMORY_BYTES_PER_CYCLE : L3_BYTES_PER_CYCLE;
    double way = tile_bytes / L3_BYTES_PER_CYCLE + weight_bytes * chunks / weight_rate;
    return depth * (shared_cycles(plan, step, 2) + shared_cycles(plan, step, 4)) / 2 + way * batch;
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
    for (int64_t chunks = 1; chunks <= (tiles + winograd->tile_most - 1) / winograd->tile_most; chunks++) {
        if (chunks > 1 && (tiles + chunks - 1) / chunks == (tiles + chunks - 2) / (chunks - 1)) continue; /* the same tiles */
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
    }
    *winograd = best;
    int64_t sets = (winograd->output_groups + winograd->item_groups - 1) / winograd->item_groups;
    step->items = sets * ((tiles + winograd->item_tiles - 1) / winograd->item_tiles) * plan->graph->batch;
    int64_t channels = plan_blocks(winograd->inputs, plan->lanes) * plan->lanes;
    winograd->streams_weights = tile_streams_weights(plan, winograd->output_groups * channels * tile_bytes);
}
