/* param.h - inside pass/: parameters read and made. */
#ifndef SENC_PASS_PARAM_H
#define SENC_PASS_PARAM_H

#include "../graph/graph.h"

/* A parameter whose numbers are known. */
bool param_is_bound(const struct node *node);

/* Are all inputs from `first` on bound parameters? */
bool param_inputs_are_bound(const struct node *node, int first);

/* A constant that stands for `like` (its name and origin), in front of everything. */
struct node *param_add_constant(struct graph *graph, const struct tensor *tensor, const struct node *like);

/* The 1x1 kernel [out, in, 1, 1] as a matrix [out, in]; a matrix is returned as it is. Bound or not. */
struct node *param_as_matrix(struct graph *graph, struct node *param);

/* A batch norm with bound parameters is x * scale + shift, both [C], in `arena`. */
void param_norm_factors(struct arena *arena, const struct node *norm, double **out_scale, double **out_shift);

/* Whether NaN or an infinity as any number of x makes every gate of the excite node of conv(x, weight) NaN. The kernel
 * `weight` covers x. */
bool param_spreads_nan(const struct node *excite, const struct tensor *weight, int64_t groups);

#endif
