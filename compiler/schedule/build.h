/* build.h - inside schedule/: the plan under construction. */
#ifndef SENC_SCHEDULE_BUILD_H
#define SENC_SCHEDULE_BUILD_H

#include "plan.h"
#include "schedule.h"

struct builder {
    struct plan *plan;
    const struct graph *graph;
    int level;
    struct plan_buffer **values; /* by node id: where its value is, NULL while it is not computed */
    bool *done;                  /* by node id: computed already, on its own or in an epilogue */
    int *use_counts;             /* by node id; uses as an output count */
    struct node **users;         /* by node id: one of the users */
};

/* buffer.c */
struct plan_buffer *build_buffer(struct builder *builder, const char *name, struct map_shape shape);
struct plan_buffer *build_constant(struct builder *builder, const struct tensor *tensor, const char *name);
void plan_layout_buffer(struct plan_buffer *buffer, int64_t batch);
/* The buffer that holds a node's value; constants get theirs on first use. */
struct plan_buffer *build_value(struct builder *builder, const struct node *node);
/* The same in the arena: a constant is copied there by a step. */
struct plan_buffer *build_arena_value(struct builder *builder, const struct node *node);
struct plan_operand build_operand(struct builder *builder, const struct node *node, struct map_shape result);
void build_need_halo(struct plan_buffer *buffer, const int64_t halo[EDGE_COUNT]);
struct plan_panel *build_panel(struct builder *builder, enum panel_kind kind, const struct plan_step *step,
                               const struct tensor *tensor);

/* step.c */
struct plan_step *build_step(struct builder *builder, enum anchor anchor, const struct node *node);
/* Fuses what follows `node` into `step` and gives the step its target, which becomes the value of the last node. */
void build_finish(struct builder *builder, struct plan_step *step, const struct node *node);

/* fuse.c: the last node that an epilogue on `step` can reach from `node`; adds the epilogues. */
const struct node *build_epilogues(struct builder *builder, struct plan_step *step, const struct node *node);
bool build_is_elementwise(const struct node *node);
void build_elementwise(struct builder *builder, const struct node *node);

/* conv.c */
void build_conv(struct builder *builder, const struct node *node);
void build_conv_transpose(struct builder *builder, const struct node *node);
void build_linear(struct builder *builder, const struct node *node);

/* The bias of a convolution as its first epilogue. */
void build_bias(struct builder *builder, struct plan_step *step, const struct node *node);

/* winograd.c: 0, or m of the F(m, 3) that is faster than a direct convolution */
int choose_winograd(const struct plan *plan, const struct node *node);
void build_winograd(struct builder *builder, const struct node *node, int results);

/* tile.c */
void choose_conv_tile(const struct plan *plan, struct plan_step *step);
void choose_winograd_tile(const struct plan *plan, struct plan_step *step);

/* move.c */
void build_concat(struct builder *builder, const struct node *node);
void build_slice(struct builder *builder, const struct node *node);
void build_pad(struct builder *builder, const struct node *node);
void build_shuffle(struct builder *builder, const struct node *node);
void build_reshape(struct builder *builder, const struct node *node);
void build_upsample(struct builder *builder, const struct node *node);

/* reduce.c */
void build_pool(struct builder *builder, const struct node *node);
void build_global_pool(struct builder *builder, const struct node *node);
void build_excite(struct builder *builder, const struct node *node);
void build_softmax(struct builder *builder, const struct node *node);

/* squeeze.c */
void build_squeezes(struct builder *builder);

/* memory.c */
void plan_place_buffers(struct plan *plan);
void plan_place_barriers(struct plan *plan);

#endif
