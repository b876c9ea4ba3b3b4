/* eval_op.h - inside eval/: one function an operation. */
#ifndef SENC_EVAL_EVAL_OP_H
#define SENC_EVAL_EVAL_OP_H

#include "eval.h"

/* Computes the numbers of `node`, laid out row-major in its shape, into `out`, which is zeroed before.
 * `arena` is for scratch memory and dies with the call. */
typedef void eval_function(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                           float *out);

#define OP(id, name, least, most, attributes, summary) eval_function eval_##id;
#include "../graph/op.def"
#undef OP

/* bias[index] or 0 without a bias. */
static inline double eval_bias(const struct tensor *bias, int64_t index) {
    return bias ? bias->values[index] : 0;
}

#endif
