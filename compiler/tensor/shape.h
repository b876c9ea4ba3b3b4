/* shape.h - extents of a tensor. Shapes never contain the batch: [C, H, W] for maps, [N] for vectors, [] for a
 * single number. Weights have the shapes that PyTorch gives them. */
#ifndef SENC_TENSOR_SHAPE_H
#define SENC_TENSOR_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

struct arena;

enum { SHAPE_MAX_RANK = 4 };

/* A tensor may have at most this many elements (4 GiB of float32); sema and import refuse larger ones. */
#define SHAPE_MAX_ELEMENTS ((int64_t)1 << 30)

struct shape {
    int rank;
    int64_t dims[SHAPE_MAX_RANK]; /* dims[rank ..] are 0 */
};

bool shape_equal(struct shape a, struct shape b);

/* The product of the dims (1 for rank 0), or -1 if a dim is < 1 or the product exceeds SHAPE_MAX_ELEMENTS. */
int64_t shape_element_count(struct shape shape);

/* Equal ranks: numpy's rule. A vector [C] stands for [C, 1, 1] beside a map [C, H, W] (numpy would take it for W),
 * and a single number fits anything. Other ranks do not go together. False: do not fit. */
bool shape_broadcast(struct shape a, struct shape b, struct shape *out_shape);

/* "[64, 56, 56]" */
const char *shape_text(struct arena *arena, struct shape shape);
const char *extents_text(struct arena *arena, const int64_t *extents, int rank); /* the same of any rank */

/* The shape as a map: [] -> 1x1x1, [C] -> Cx1x1, [A, B] -> Ax1xB, [C, H, W], [A, B, C, D] -> A x B*C x D. */
struct map_shape {
    int64_t c, h, w;
};
struct map_shape shape_as_map(struct shape shape);

#endif
