/* squeeze_match.h - inside pass/: the squeeze of a map, in one operation or in several. */
#ifndef SENC_PASS_SQUEEZE_MATCH_H
#define SENC_PASS_SQUEEZE_MATCH_H

#include "../graph/graph.h"

/* Whether the vector `value` is the mean (or the largest value: *out_is_max) of each channel of the map `x`, and everything from
 * it up to `x` has no other reader. */
bool squeeze_match(const struct graph *graph, const struct node *value, const struct node *x, bool *out_is_max);

/* The map of whose channels `node` holds one number each, computed of that channel alone by pools and reductions, or NULL. */
const struct node *squeeze_find_map(const struct node *node);

#endif
