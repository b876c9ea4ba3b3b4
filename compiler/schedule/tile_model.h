/* tile_model.h - inside schedule/: what tiles of multiply-adds cost, for direct convolutions and for Winograd's products.
 *
 * A tile of `columns` results in a row by `blocks` output channel blocks keeps columns * blocks accumulators in
 * registers. For each input channel it loads `blocks` weight vectors, broadcasts `columns` numbers and issues
 * columns * blocks fused multiply-adds. The model counts cycles per input channel: the most of what the FMA units,
 * the FMA latency, the load ports and the stream of weights from L2 allow. */
#ifndef SENC_SCHEDULE_TILE_MODEL_H
#define SENC_SCHEDULE_TILE_MODEL_H

#include "plan.h"

/* Fused multiply-adds of full vectors that a core begins a cycle. */
int tile_fma_per_cycle(const struct target *target);

/* Cycles of a row of `grid` results in tiles of at most `columns`, for one input channel and all output blocks, in groups
 * of nv and a smaller last one. */
double tile_groups_cycles(const struct target *target, int64_t grid, int64_t columns, int64_t blocks, int64_t nv);

/* Registers hold the accumulators, the weights, and broadcast numbers: one where the broadcast is part of the
 * multiply-add (AVX-512, 32 registers), or where the CPU renames it far ahead and LLVM's schedule for it keeps to the registers
 * (the third EPYC, Skylake, Alder Lake; on the third EPYC 4x3 tiles make maps of 7 columns 10 to 15 % faster), else two, three
 * where products are numbers of their own (no FMA). */
int64_t tile_most_columns(const struct target *target, int64_t blocks);

/* 1 MB or more: room for weights of the steps behind beside a step's own and its maps. */
bool tile_l2_is_large(const struct target *target);

/* Weights of which L2 keeps most are there for the second item; all others come from far away each time. */
bool tile_streams_weights(const struct plan *plan, int64_t bytes);

/* Bytes a cycle that one core gets of something so large, read again and again. */
double tile_bytes_per_cycle(const struct plan *plan, double bytes);

#endif
