/* kernel.h - inside codegen/: a function under construction, and the vocabulary in which kernels are written.
 *
 * Every kernel is  void (i64 begin, i64 end, ptr ...)  and does items begin .. end-1 of its step. Its pointers are
 * those of kernel_pointers. Values of maps are vectors of `lanes` channels. */
#ifndef SENC_CODEGEN_KERNEL_H
#define SENC_CODEGEN_KERNEL_H

#include "unit.h"

struct kernel {
    struct unit *unit;
    const struct plan *plan;
    const struct plan_step *step;
    LLVMBuilderRef builder;
    LLVMValueRef function, begin, end;
    LLVMValueRef target, source, source_scale, parts[PLAN_MAX_PARTS], panels[2], vectors[2], meet, border;
    LLVMValueRef sums[PLAN_MAX_SQUEEZES]; /* by squeeze */
    LLVMValueRef chunk;                   /* which of the partial sums the item at hand leaves (steps with a squeeze) */
    LLVMValueRef *operands, *operand_scales; /* by epilogue; NULL for numbers and activations */
    LLVMTypeRef vector, int_vector;
    int64_t lanes;
};

/* --- numbers and addresses (ir.c) ------------------------------------------------------------------------- */

LLVMValueRef ir_i64(struct kernel *kernel, int64_t value);
LLVMValueRef ir_f32(struct kernel *kernel, double value);
LLVMValueRef ir_splat(struct kernel *kernel, LLVMValueRef scalar);
LLVMValueRef ir_number(struct kernel *kernel, double value); /* a vector of equal numbers */
LLVMValueRef ir_integers(struct kernel *kernel, int64_t value);
LLVMValueRef ir_lane_indices(struct kernel *kernel); /* 0, 1, 2 ... as a vector of i32 */
LLVMValueRef ir_splat_i32(struct kernel *kernel, LLVMValueRef value); /* of an i64 */
/* Of whole numbers, or vectors of them. */
LLVMValueRef ir_times(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef ir_plus(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);

LLVMValueRef ir_add(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef ir_sub(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef ir_mul(struct kernel *kernel, LLVMValueRef a, int64_t b);
LLVMValueRef ir_div(struct kernel *kernel, LLVMValueRef a, int64_t b); /* of a number >= 0 */
LLVMValueRef ir_rem(struct kernel *kernel, LLVMValueRef a, int64_t b); /* of a number >= 0 */
LLVMValueRef ir_min(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef ir_max(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);

LLVMValueRef ir_offset(struct kernel *kernel, LLVMValueRef pointer, LLVMValueRef floats);

/* The same address as one that LLVM knows nothing of: for dozens of constant offsets in a loop, on which LLVM otherwise
 * spends half of its time to find that they are best left as they are (docs/decisions/0016). */
LLVMValueRef ir_plain_address(struct kernel *kernel, LLVMValueRef pointer);

LLVMValueRef ir_load(struct kernel *kernel, LLVMValueRef pointer, LLVMTypeRef type, unsigned alignment);
void ir_store(struct kernel *kernel, LLVMValueRef value, LLVMValueRef pointer, unsigned alignment);
LLVMValueRef ir_load_vector(struct kernel *kernel, LLVMValueRef pointer); /* aligned to its size */
LLVMValueRef ir_load_splat(struct kernel *kernel, LLVMValueRef pointer);
LLVMValueRef ir_intrinsic(struct kernel *kernel, const char *name, LLVMTypeRef *types, unsigned type_count,
                          LLVMValueRef *arguments, unsigned argument_count);

/* Asks for `lines` lines of cache from `pointer` on; uses and levels are LLVM's numbers. */
enum prefetch_use { PREFETCH_READ = 0, PREFETCH_WRITE = 1 };
enum prefetch_level { PREFETCH_L2 = 2, PREFETCH_L1 = 3 };
void ir_prefetch(struct kernel *kernel, LLVMValueRef pointer, int64_t lines, enum prefetch_use use, enum prefetch_level level);

/* Asks for `bytes` from `pointer` on to be in L2 by the time that `slots` slots are through: for the share of `count` slots from
 * number `slot` on. Few lines at a time and many times: an L1 waits for a dozen lines or so, and what asks for more stands
 * still until they come. */
void ir_prefetch_share(struct kernel *kernel, LLVMValueRef pointer, int64_t bytes, LLVMValueRef slot, int64_t count,
                       int64_t slots);

/* base[indices[lane]] for the lanes of `mask`, `instead` for the others. */
LLVMValueRef ir_gather(struct kernel *kernel, LLVMValueRef base, LLVMValueRef indices, LLVMValueRef mask,
                       LLVMValueRef instead);

/* Rows and columns of lanes x lanes numbers, a vector a row, change places. */
void ir_transpose(struct kernel *kernel, LLVMValueRef *rows);

/* The lanes of block `block` of the result that are channels, as a mask. */
LLVMValueRef ir_channel_lanes(struct kernel *kernel, LLVMValueRef block);

/* Memory of this call for `floats` numbers (a multiple of a vector), aligned to a vector. */
LLVMValueRef ir_stack(struct kernel *kernel, int64_t floats);

/* a * b + c, fused where the target can */
LLVMValueRef ir_multiply_add(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b, LLVMValueRef c);

/* a + b, or the larger of both, NaN if one is (kernel_pool.c) */
LLVMValueRef ir_combine(struct kernel *kernel, bool is_max, LLVMValueRef a, LLVMValueRef b);
/* a vector divided by a whole number (kernel_pool.c) */
LLVMValueRef ir_divide(struct kernel *kernel, LLVMValueRef sum, LLVMValueRef count);

/* --- loops (ir.c) ----------------------------------------------------------------------------------------- */

enum { LOOP_MAX_CARRIED = 64 };

/* Set carried[0 .. carried_count-1] to the first values before loop_open; inside they are this round's values; set
 * them to the next round's before loop_close; afterwards they are the last ones. */
struct loop {
    LLVMValueRef index;
    int carried_count;
    LLVMValueRef carried[LOOP_MAX_CARRIED];
    LLVMBasicBlockRef head, exit; /* private; head NULL: exactly one round, no loop */
    LLVMValueRef phis[LOOP_MAX_CARRIED];
    int64_t stride;
};

/* index = begin; while index < end; index += stride */
void loop_open(struct kernel *kernel, struct loop *loop, LLVMValueRef begin, LLVMValueRef end, int64_t stride);
void loop_close(struct kernel *kernel, struct loop *loop);

/* if (condition) { ... } */
struct branch {
    LLVMBasicBlockRef exit;
};
void branch_open(struct kernel *kernel, struct branch *branch, LLVMValueRef condition);
void branch_close(struct kernel *kernel, struct branch *branch);

/* Output channel blocks are computed in groups of `most`, and what is left over is a last, smaller group. Opens the code
 * for groups of `most` (which 0) or for the last one (which 1), and returns how many blocks these have; 0: there is no
 * such group, and nothing to close. */
int64_t group_open(struct kernel *kernel, struct branch *branch, LLVMValueRef group, int64_t most, int which);
void group_close(struct kernel *kernel, struct branch *branch);

/* Weight vectors from `at` on. Where `scale` is not NULL they are multiplied by it first, and also stored, from `scaled`
 * on. */
struct weights {
    LLVMValueRef at, scale, scaled;
};

/* One input channel of a tile: sums[column][block] += source[column * column_step], broadcast, times the weight vector of
 * the block, weights[block * block_step]. The inner loop of every dense convolution. */
void ir_multiply_channel(struct kernel *kernel, LLVMValueRef source, int64_t column_step, struct weights weights,
                         int64_t block_step, int64_t columns, int64_t blocks, LLVMValueRef *sums);

/* One input channel of a row of taps, for results of one output block: what lies in column c of the source is loaded
 * once, and goes to each result i and tap x of which i * stride + x * tap_step = c. Weight vectors of taps lie
 * weight_step vectors apart. The inner loop of grouped and depthwise convolutions. */
void ir_multiply_tap_row(struct kernel *kernel, int64_t columns, LLVMValueRef source, struct weights weights,
                         int64_t weight_step, int64_t channel,
                         LLVMValueRef (*load)(struct kernel *kernel, LLVMValueRef at, int64_t channel),
                         LLVMValueRef *sums);

/* --- places of a map (place.c) ---------------------------------------------------------------------------- */

/* A vector of the result: picture, channel block, row, column. */
struct place {
    LLVMValueRef picture, block, row, column;
};

/* The address of a place of a buffer, `base` being that of (0, 0, 0, 0). */
LLVMValueRef place_address(struct kernel *kernel, LLVMValueRef base, const struct plan_buffer *buffer,
                           struct place place);

/* Opens the loop over the items of a step whose item is a row of a channel block; sets all but the column. */
struct place rows_open(struct kernel *kernel, struct loop *loop, int64_t rows);

/* The epilogue's operands for the places (place.column + i * step of some constant i). */
struct epilogue {
    LLVMValueRef *values; /* by epilogue: an address, or what it holds if it is the same for all i */
    LLVMValueRef *scales; /* by epilogue: what the operand is multiplied by, or NULL */
    LLVMValueRef mask;    /* NULL, or the lanes that are channels */
};
struct epilogue epilogue_open(struct kernel *kernel, struct place place);
/* Sets summed[i] to what squeeze i of the step is of. */
LLVMValueRef epilogue_apply(struct kernel *kernel, const struct epilogue *epilogue, LLVMValueRef value,
                            int64_t columns_on, LLVMValueRef *summed);

/* The item at hand leaves sums of `blocks` channel blocks from place.block on in chunk `chunk`: clears them. */
void squeeze_open(struct kernel *kernel, struct place place, int64_t blocks, LLVMValueRef chunk);
/* Adds what the squeezes of the step are of, each its own, for place.block to the item's sums. */
void squeezes_add(struct kernel *kernel, struct place place, const LLVMValueRef *summed);

/* Applies the epilogue to the values of columns place.column + i * column_step, i < count, and stores them. Where the
 * epilogue has a long activation they are stored as they are: row_finish, called when a row is done, applies it. In
 * a loop of its own it is free of the latency at the end of each tile, and its code stands there once. */
void values_store(struct kernel *kernel, struct place place, const LLVMValueRef *values, int64_t count,
                  int64_t column_step);
void row_finish(struct kernel *kernel, struct place place, int64_t blocks, int64_t count, int64_t column_step);
/* Applies the epilogue to one value and stores it. */
void place_store(struct kernel *kernel, struct place place, LLVMValueRef value);

/* Stores value(place), after the epilogue, for each column of each row of the result. */
void rows_store(struct kernel *kernel, LLVMValueRef (*value)(struct kernel *kernel, struct place place));

/* What an operand, or the source, is multiplied by at a place: a vector; `base` is where the scale begins. */
LLVMValueRef scale_load(struct kernel *kernel, LLVMValueRef base, const struct plan_buffer *scale, struct place place);

/* The source operand's value at a place. */
LLVMValueRef source_load(struct kernel *kernel, struct place place);

/* --- vector mathematics (activation.c) -------------------------------------------------------------------- */

LLVMValueRef vector_max(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b); /* NaN if b is */
LLVMValueRef vector_min(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b); /* NaN if b is */
LLVMValueRef vector_exp(struct kernel *kernel, LLVMValueRef x);
/* Whether it takes so many registers that only some vectors should be under way at once. */
bool activation_is_long(enum activation_kind kind);
LLVMValueRef vector_activation(struct kernel *kernel, const struct activation *activation, LLVMValueRef x);

/* Those of them that are functions over all floats (activation_math.c). */
LLVMValueRef vector_function(struct kernel *kernel, const struct activation *activation, LLVMValueRef x);

/* C's powf (power.c). */
LLVMValueRef vector_power(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b);

/* The smaller or larger one; a NaN wins. */
LLVMValueRef vector_extreme(struct kernel *kernel, bool is_max, LLVMValueRef a, LLVMValueRef b);

/* --- one emitter an anchor -------------------------------------------------------------------------------- */

#define ANCHOR(id, name, item, summary) void emit_##id(struct kernel *kernel);
#include "../schedule/anchor.def"
#undef ANCHOR

#endif
