/* kernel_winograd.h - inside codegen/: what the kernels of Winograd's steps share. */
#ifndef SENC_CODEGEN_KERNEL_WINOGRAD_H
#define SENC_CODEGEN_KERNEL_WINOGRAD_H

#include "kernel.h"

#include "../schedule/winograd.h"

typedef void transform_axis(struct kernel *kernel, const struct winograd *winograd, LLVMValueRef *in, LLVMValueRef *out);

/* A tile on its way through both transforms: along columns, then along rows. Between the two it is in memory,
 * [row][column][lanes]; of small tiles that becomes registers, as all is unrolled. Of large ones there are more vectors than
 * registers: the passes are loops. */
struct transform {
    const struct winograd *winograd;
    transform_axis *along;
    int rows; /* of what comes out */
    LLVMValueRef half;
};

/* Of products of transformed tiles, [position][output block][tile][lanes], so far apart; `at` is the first one. */
struct products {
    LLVMValueRef at;
    int64_t position_step, block_step;
};

struct transform winograd_open_results(struct kernel *kernel, const struct winograd *winograd);
/* One output block of the tile whose results begin at row and column of `place`: back from products to results. */
void winograd_store_tile(struct kernel *kernel, const struct transform *transform, struct products products, struct place place);

#endif
