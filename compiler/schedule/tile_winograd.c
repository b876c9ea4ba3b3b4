/* tile_winograd.c - how Winograd's products are cut up: the register tile, the tiles and output groups of an item, and
 * whether products stay with the item that makes them or are a step's result. */
#include "build.h"
#include "tile_model.h"

/* The convolution whose products are cut up. */
struct work {
    const struct plan *plan;
    int64_t tiles, blocks; /* of a picture; of the result */
    double positions;
    double depth;                           /* multiply-adds of a tile and a result channel, and what beginning costs */
    double tile_bytes, weight_bytes, product_bytes; /* all of them */
};

/* Input channels in the time of which a register tile is begun and stored; measured. */
enum { TO_BEGIN = 4 };

static struct work work_of(const struct plan *plan, const struct plan_winograd *winograd, int64_t outputs) {
    struct work work = {.plan = plan, .tiles = winograd->tile_rows * winograd->tile_columns};
    work.blocks = plan_blocks(outputs, plan->lanes);
    work.positions = (winograd->results + 2) * (winograd->results + 2);
    int64_t inputs = plan_blocks(winograd->inputs, plan->lanes) * plan->lanes;
    work.depth = work.positions * (double)(inputs + TO_BEGIN);
    work.tile_bytes = 4 * work.positions * (double)(inputs * work.tiles * winograd->groups);
    work.weight_bytes = 4 * work.positions * (double)(inputs * work.blocks * plan->lanes);
    work.product_bytes = 4 * work.positions * (double)(work.tiles * work.blocks * plan->lanes);
    return work;
}

static void choose_register_tile(const struct work *work, struct plan_winograd *winograd) {
    const struct target *target = work->plan->target;
    double best = 0;
    for (int64_t nv = 1; nv <= work->blocks && nv <= 4; nv++) {
        if (winograd->groups > 1 && work->blocks / winograd->groups % nv) continue; /* it would read two groups */
        for (int64_t most = tile_most_columns(target, nv); most >= 1; most--) {
            double cycles = tile_groups_cycles(target, work->tiles, most, work->blocks, nv);
            if (winograd->tile_blocks && cycles >= best) continue;
            best = cycles;
            winograd->tile_most = most < work->tiles ? most : work->tiles;
            winograd->tile_blocks = nv;
        }
    }
    winograd->output_groups = plan_parts(work->blocks, winograd->tile_blocks);
}

/* Cycles of an item for one input channel at one position. */
static double item_cycles(const struct work *work, const struct plan_winograd *winograd, int64_t item) {
    int64_t sets = plan_parts(winograd->output_groups, winograd->item_groups);
    int64_t chunks = plan_parts(work->tiles, winograd->item_tiles), item_blocks = winograd->item_groups * winograd->tile_blocks;
    int64_t first_tile = item / sets % chunks * winograd->item_tiles, first_block = item % sets * item_blocks;
    int64_t tiles_here = work->tiles - first_tile, blocks_here = work->blocks - first_block;
    if (tiles_here > winograd->item_tiles) tiles_here = winograd->item_tiles;
    if (blocks_here > item_blocks) blocks_here = item_blocks;
    return tile_groups_cycles(work->plan->target, tiles_here, winograd->tile_most, blocks_here, winograd->tile_blocks);
}

/* The cycles of the busiest of `threads` threads, times their number; of many items the shares are taken as equal. */
static double shared_cycles(const struct work *work, const struct plan_winograd *winograd, int64_t items, int64_t threads) {
    enum { MANY_ITEMS = 256 };
    if (items > MANY_ITEMS) return (double)items * item_cycles(work, winograd, 0);
    double most = 0;
    for (int64_t t = 0; t < threads; t++) {
        double cycles = 0;
        for (int64_t i = items * t / threads; i < items * (t + 1) / threads; i++) cycles += item_cycles(work, winograd, i);
        if (cycles > most) most = cycles;
    }
    return most * (double)threads;
}

static bool fits_l2(const struct work *work, double bytes) {
    return bytes <= (double)work->plan->target->l2_bytes / 2;
}

static bool fits_l3(const struct work *work, double bytes) {
    return bytes <= (double)work->plan->target->l3_bytes;
}

/* Bytes a cycle of what is read in order, or fetched ahead. */
static double stream_rate(const struct work *work, double bytes) {
    enum { L2_BYTES_PER_CYCLE = 32 };
    const struct target *target = work->plan->target;
    if (fits_l2(work, bytes)) return L2_BYTES_PER_CYCLE;
    return (double)(fits_l3(work, bytes) ? target->l3_bytes_per_cycle : target->memory_bytes_per_cycle);
}

/* Bytes a cycle of tiles, short pieces from many places: half of what L3 gives in order; measured. */
static double tile_rate(const struct work *work) {
    bool is_in_l3 = !fits_l2(work, work->tile_bytes) && fits_l3(work, work->tile_bytes);
    return stream_rate(work, work->tile_bytes) / (is_in_l3 ? 2 : 1);
}

/* The same where many items read them again and again, which keeps nothing near; measured. */
static const double NEXT_PASS_RATE = 1.5;

/* Weights are fetched ahead while others are multiplied; two threads share the way from memory. */
static double while_weights_pass(const struct work *work, double multiply, double passes) {
    double way = passes * work->weight_bytes / stream_rate(work, work->weight_bytes);
    if (!fits_l3(work, work->weight_bytes)) way *= 2;
    return multiply > way ? multiply : way;
}

/* Cycles of a picture where an item keeps its products and stores their results: multiply-adds, shared by 2 or 4 threads, and
 * the ways from beyond L2. The more tiles an item has, the less often weights pass by; the more groups, the less often tiles. */
static double joint_cycles(const struct work *work, const struct plan_winograd *winograd) {
    double chunks = (double)plan_parts(work->tiles, winograd->item_tiles);
    double sets = (double)plan_parts(winograd->output_groups, winograd->item_groups);
    double batch = (double)work->plan->graph->batch;
    int64_t items = (int64_t)(chunks * sets * batch);
    double multiply = work->depth * (shared_cycles(work, winograd, items, 2) + shared_cycles(work, winograd, items, 4)) / 2 / batch;
    /* output groups of a grouped convolution read tiles of their own, which lie together, and weights in short pieces */
    if (winograd->groups > 1)
        return while_weights_pass(work, multiply, 2 * chunks) + work->tile_bytes / stream_rate(work, work->tile_bytes);
    double tile_passes = fits_l2(work, work->tile_bytes / chunks) ? 1 : sets;
    return multiply + work->weight_bytes * chunks / stream_rate(work, work->weight_bytes) +
           work->tile_bytes / tile_rate(work) + work->tile_bytes * (tile_passes - 1) / NEXT_PASS_RATE;
}

/* The same where products are a step's result: tiles and weights pass by once. */
static double split_cycles(const struct work *work, const struct plan_winograd *winograd) {
    enum { BARRIER_CYCLES = 2500 };
    double chunks = (double)plan_parts(work->tiles, winograd->item_tiles), items = work->positions * chunks;
    int64_t busiest = plan_parts((int64_t)items, 4);
    double multiply = work->depth * item_cycles(work, winograd, 0) * chunks * 4 * (double)busiest / items;
    double weight_passes = fits_l2(work, work->weight_bytes / work->positions) ? 1 : chunks;
    return while_weights_pass(work, multiply, weight_passes) + work->tile_bytes / tile_rate(work) +
           work->product_bytes / stream_rate(work, work->product_bytes) + BARRIER_CYCLES;
}

struct best {
    struct plan_winograd winograd;
    double cycles;
};

static void try_items(const struct work *work, struct plan_winograd *winograd, struct best *best) {
    double cycles = winograd->is_split ? split_cycles(work, winograd) : joint_cycles(work, winograd);
    if (best->cycles > 0 && cycles >= best->cycles) return;
    best->cycles = cycles;
    best->winograd = *winograd;
}

double choose_winograd_tile(const struct plan *plan, struct plan_winograd *winograd, int64_t outputs) {
    enum { LEAST_ITEMS = 12 };
    const struct work work = work_of(plan, winograd, outputs);
    choose_register_tile(&work, winograd);
    struct best best = {.cycles = 0};
    for (int64_t chunks = 1; chunks <= plan_parts(work.tiles, winograd->tile_most); chunks++) {
        if (chunks > 1 && plan_parts(work.tiles, chunks) == plan_parts(work.tiles, chunks - 1)) continue; /* the same tiles */
        winograd->item_tiles = plan_parts(work.tiles, chunks);
        winograd->is_split = false;
        for (winograd->item_groups = 1; winograd->item_groups <= winograd->output_groups; winograd->item_groups++) {
            int64_t sets = plan_parts(winograd->output_groups, winograd->item_groups);
            if (!fits_l2(&work, work.product_bytes / (double)(chunks * sets))) break;
            if (chunks * sets * plan->graph->batch >= LEAST_ITEMS) try_items(&work, winograd, &best);
        }
        winograd->is_split = true;
        winograd->item_groups = winograd->output_groups;
        if (chunks == 1 || !fits_l2(&work, work.tile_bytes / work.positions / (double)(chunks - 1)))
            try_items(&work, winograd, &best);
    }
    *winograd = best.winograd;
    winograd->streams_weights = tile_streams_weights(plan, (int64_t)work.weight_bytes);
    return best.cycles;
}

int64_t count_winograd_items(const struct plan *plan, const struct plan_winograd *winograd) {
    int64_t chunks = plan_parts(winograd->tile_rows * winograd->tile_columns, winograd->item_tiles);
    int64_t sets = winograd->is_split ? (winograd->results + 2) * (winograd->results + 2)
                                      : plan_parts(winograd->output_groups, winograd->item_groups);
    return plan->graph->batch * chunks * sets;
}
