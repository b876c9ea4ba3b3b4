/* build.h - inside schedule/: the plan under construction. */
#ifndef SENC_SCHEDULE_BUILD_H
#define SENC_SCHEDULE_BUILD_H

#include "plan.h"
#include "schedule.h"

struct builder {
    struct plan *plan;
    const struct graph *graph;
    int level;
    struct plan_buffer **values; /* by node id: where its value is, NULL while it is not computed; sums, where only they are kept */
    bool *done;                  /* by node id: computed already, on its own or in an epilogue */
    bool *deferred;              /* by node id: a product whose readers read its factors */
    int *use_counts;             /* by node id; uses as an output count */
    struct node **users;         /* by node id: one of the users */
};

/* buffer.c */
struct plan_buffer *schedule_buffer(struct builder *builder, const char *name, struct map_shape shape);
/* `channels` channels of a buffer from a block of it on: the same memory. */
struct plan_buffer *schedule_view(struct builder *builder, const char *name, const struct plan_buffer *whole, int64_t first_block,
                                  int64_t channels);
struct plan_buffer *schedule_constant(struct builder *builder, const struct tensor *tensor, const char *name);
void plan_layout_buffer(struct plan_buffer *buffer, int64_t batch);
/* The buffer that holds a node's value; constants get theirs on first use. */
struct plan_buffer *schedule_value(struct builder *builder, const struct node *node);
/* The same in the arena: a constant is copied there by a step. */
struct plan_buffer *schedule_arena_value(struct builder *builder, const struct node *node);
/* What a step reads to work on a node's value: all of a map in the arena, which a deferred product scales. */
struct plan_operand schedule_source(struct builder *builder, const struct node *node);
struct plan_operand schedule_operand(struct builder *builder, const struct node *node, struct map_shape result);
void schedule_need_halo(struct plan_buffer *buffer, const int64_t halo[EDGE_COUNT]);
struct plan_panel *schedule_panel(struct builder *builder, enum panel_kind kind, const struct plan_step *step,
                               const struct tensor *tensor);

/* step.c */
struct plan_step *schedule_step(struct builder *builder, enum anchor anchor, const struct node *node);
/* Fuses what follows `node` into `step` and gives the step its target, which becomes the value of the last node. */
void schedule_finish(struct builder *builder, struct plan_step *step, const struct node *node);

/* fuse.c: the last node that an epilogue on `step` can reach from `node`; adds the epilogues. */
const struct node *schedule_epilogues(struct builder *builder, struct plan_step *step, const struct node *node);
bool schedule_is_elementwise(const struct node *node);
void schedule_elementwise(struct builder *builder, const struct node *node);

/* conv.c */
void schedule_conv(struct builder *builder, const struct node *node);
void schedule_conv_transpose(struct builder *builder, const struct node *node);
void schedule_linear(struct builder *builder, const struct node *node);

/* The bias of a convolution as its first epilogue. */
void schedule_bias(struct builder *builder, struct plan_step *step, const struct node *node);

/* winograd.c: whether an F(m, 3) is faster than a direct convolution, and how the fastest is cut up */
bool choose_winograd(const struct plan *plan, const struct node *node, struct plan_winograd *out_shape);
void schedule_winograd(struct builder *builder, const struct node *node, const struct plan_winograd *shape);

/* tile.c */
/* `wanted` may be NULL. */
void choose_conv_tile(struct plan *plan, struct plan_step *step, const struct tile_choice *wanted);
/* Whether rows and columns are the same to a convolution, so that all that is in its way is how the maps lie in memory. */
bool conv_is_pointwise(const struct plan_step *step);
void choose_depthwise_tile(const struct plan *plan, struct plan_step *step);
/* ahead.c; once all panels have their size */
void choose_ahead(struct plan *plan);

/* tile_winograd.c */
/* Sets all but the shape; returns the cycles of one core for a picture's products. */
double choose_winograd_tile(const struct plan *plan, struct plan_winograd *winograd, int64_t outputs);
int64_t count_winograd_items(const struct plan *plan, const struct plan_winograd *winograd);

/* move.c */
void schedule_concat(struct builder *builder, const struct node *node);
void schedule_slice(struct builder *builder, const struct node *node);
void schedule_pad(struct builder *builder, const struct node *node);
void schedule_shuffle(struct builder *builder, const struct node *node);
void schedule_take_channels(struct builder *builder, const struct node *node);
/* The place of axis `axis` of a tensor of rank `rank` among the map's C, H, W (see shape_as_map). */
int schedule_map_axis(int rank, int axis);
void schedule_upsample(struct builder *builder, const struct node *node);

/* rearrange.c: reshape too */
void schedule_rearrange(struct builder *builder, const struct node *node);

/* axis.c */
void schedule_take(struct builder *builder, const struct node *node);
void schedule_resample(struct builder *builder, const struct node *node);
void schedule_reduce(struct builder *builder, const struct node *node);
void schedule_argmax(struct builder *builder, const struct node *node);

/* pack_table.c: the number of entries, 32 bits each */
int64_t plan_table_size(const struct plan *plan, const struct plan_step *step);
void plan_pack_table(const struct plan *plan, const struct plan_step *step, int32_t *to);

/* gather.c: what a GATHER step needs to know of its lanes; its panel, in 32-bit entries */
void schedule_picks(struct plan *plan, struct plan_step *step);
int64_t plan_gather_size(const struct plan *plan, const struct plan_step *step);
void plan_pack_gather(const struct plan *plan, const struct plan_step *step, int32_t *to);

/* reduce.c */
void schedule_pool(struct builder *builder, const struct node *node);
void schedule_global_pool(struct builder *builder, const struct node *node);
void schedule_meet(struct builder *builder, const struct node *node);
void schedule_softmax(struct builder *builder, const struct node *node);

/* defer.c: whether a product that may be deferred is; then it has no step. */
bool schedule_defer(struct builder *builder, const struct node *node);

/* Whether the parts of a concatenation along channels are blocks of the result: copies, not a gather. */
bool schedule_concat_is_aligned(const struct builder *builder, const struct node *node);

/* border.c: marks the sums of classes that excitations will make for themselves; then, for an excitation of such, the sum of
 * the map (a step) and what else it reads; NULL for others. */
void schedule_find_borders(struct builder *builder);
struct plan_buffer *schedule_border(struct builder *builder, const struct node *excite, struct plan_border **out_border);

/* view.c */
void schedule_views(struct builder *builder);

/* squeeze.c */
void schedule_squeezes(struct builder *builder);
/* Whether a step of its kind can leave sums, with room for them. */
bool schedule_can_squeeze(const struct plan_step *step);
/* The step leaves sums of its results behind the epilogues that it has now; they are laid out by schedule_squeezes. */
struct plan_buffer *schedule_sums(struct builder *builder, struct plan_step *step, bool is_max);

/* excite.c */
void schedule_excite(struct builder *builder, const struct node *node);
/* Splits excitations in two, or has every thread do them, as pays. */
void schedule_excitations(struct builder *builder);

/* memory.c */
/* first_step and last_step of all buffers; first_step -1: of no use */
void plan_find_lifetimes(struct plan *plan);
/* the largest sum of sizes of buffers that live at once */
int64_t plan_count_live_bytes(const struct plan *plan);
void plan_place_buffers(struct plan *plan);
void plan_place_barriers(struct plan *plan);

#endif
