/* schedule.h - a graph becomes a plan: which steps, in which layout, in which order, in which memory. */
#ifndef SENC_SCHEDULE_SCHEDULE_H
#define SENC_SCHEDULE_SCHEDULE_H

#include "../base/diag.h"
#include "../base/text.h"
#include "../graph/graph.h"
#include "../target/target.h"

struct plan;

/* Kernels that gather count floats of the arena in 32 bits; the driver refuses plans that need more. */
#define PLAN_MAX_ARENA_BYTES ((int64_t)8 << 30)

/* What the user wants of the convolution of this name, in place of the model's choice (tile.c). */
struct tile_choice {
    const char *layer;
    int64_t columns, blocks; /* the register tile */
    int64_t rows;            /* of an item; 0: the model's choice */
    int64_t passes;          /* input blocks of a pass; 0: the model's choice */
};

struct schedule_options {
    int level;        /* 0: every operation a step of its own, smallest tiles */
    int vector_bytes; /* 0: the target's; else 16, 32 or 64, for tests of the layouts of other machines */
    const struct tile_choice *tiles; /* of several for one layer the last counts */
    size_t tile_count;
};

/* Of a convolution in passes, the sums that wait between them. */
#define PLAN_MAX_WAITING_BYTES (64 * 1024)

/* All params of the graph must be bound. The graph and the target must outlive the plan. Never fails. */
struct plan *schedule_graph(const struct graph *graph, const struct target *target,
                            const struct schedule_options *options);
void plan_destroy(struct plan *plan);

void plan_print(const struct plan *plan, struct text *text); /* --emit=plan */

/* What became of each SE block, and what it costs (--explain-se). */
void plan_explain_se(const struct plan *plan, struct text *text);
void plan_explain_se_json(const struct plan *plan, struct text *text);

/* NULL, or what is broken: overlapping lifetimes, missing barriers, layouts that do not fit. */
const char *plan_verify(const struct plan *plan);

/* The network's weights in the layout that its kernels read, as one block that the executable maps.
 * Aligned to SENRT_ALIGNMENT and a multiple of it; the caller's to free. */
unsigned char *plan_pack_weights(const struct plan *plan, size_t *out_size_bytes);

/* The C header of the compiled network (--emit=header). */
void plan_print_header(const struct plan *plan, struct text *text);

#endif
