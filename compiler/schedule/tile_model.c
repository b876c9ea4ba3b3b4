/* tile_model.c - see tile_model.h. */
#include "tile_model.h"

#include "../../runtime/senrt_abi.h"

static double max_of(double a, double b) {
    return a > b ? a : b;
}

int tile_fma_per_cycle(const struct target *target) {
    return target->chains > 5 ? 2 : 1;
}

/* Cycles for one input channel of one tile. */
static double tile_cycles(const struct target *target, int64_t columns, int64_t blocks) {
    enum { LOADS_PER_CYCLE = 2, L2_BYTES_PER_CYCLE = 32 };
    double fma_per_cycle = tile_fma_per_cycle(target);
    double fma = (double)(columns * blocks) / fma_per_cycle;
    double latency = target->chains / fma_per_cycle;
    double loads = (double)(columns + blocks) / LOADS_PER_CYCLE;
    double stream = (double)(blocks * target->vector_bytes) / L2_BYTES_PER_CYCLE;
    /* measured: where each broadcast takes the one register left, all of them wait a little */
    bool is_tight = target->vector_registers <= 16 && (columns + 1) * blocks + 2 > target->vector_registers;
    /* of tiles that are equally fast the one with fewer loads */
    return max_of(max_of(fma, latency) * (is_tight ? 1.06 : 1), max_of(loads, stream)) + loads / 64;
}

static double row_cycles(const struct target *target, int64_t grid, int64_t most, int64_t blocks) {
    struct plan_cut cut = plan_cut_row(grid, most);
    return (double)cut.big * tile_cycles(target, cut.small + 1, blocks) +
           (double)(cut.tiles - cut.big) * tile_cycles(target, cut.small, blocks);
}

double tile_groups_cycles(const struct target *target, int64_t grid, int64_t columns, int64_t blocks, int64_t nv) {
    double cycles = (double)(blocks / nv) * row_cycles(target, grid, columns, nv);
    return blocks % nv ? cycles + row_cycles(target, grid, columns, blocks % nv) : cycles;
}

int64_t tile_most_columns(const struct target *target, int64_t blocks) {
    enum { TWO_UNITS_OF_LATENCY_4 = 8 };
    int broadcasts = target->vector_registers > 16 || target->chains == TWO_UNITS_OF_LATENCY_4 ? 1 : 2;
    if (!(target->features & SENRT_CPU_FMA)) broadcasts = 3;
    return (target->vector_registers - broadcasts - blocks) / blocks;
}

bool tile_l2_is_large(const struct target *target) {
    return target->l2_bytes >= 1 << 20;
}

bool tile_streams_weights(const struct plan *plan, int64_t bytes) {
    int64_t l2 = plan->target->l2_bytes;
    return plan->level > 0 && bytes > (tile_l2_is_large(plan->target) ? l2 * 3 / 8 : l2 / 2);
}

double tile_bytes_per_cycle(const struct plan *plan, double bytes) {
    enum { L3_BYTES_PER_CYCLE = 12 };
    const struct target *target = plan->target;
    return bytes > (double)target->l3_bytes ? (double)target->memory_bytes_per_cycle : L3_BYTES_PER_CYCLE;
}
