/* kernel_softmax.c - softmax and log softmax over the channels of each pixel: largest, sum of exp, result. */
#include "kernel.h"

#include <math.h>

/* All lanes get the largest, or the sum, of all lanes: halves are combined log2(lanes) times. */
static LLVMValueRef across_lanes(struct kernel *kernel, LLVMValueRef value, bool is_max) {
    for (int64_t distance = kernel->lanes / 2; distance >= 1; distance /= 2) {
        LLVMValueRef items[64];
        for (int64_t i = 0; i < kernel->lanes; i++)
            items[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)(i ^ distance), 0);
        LLVMValueRef mask = LLVMConstVector(items, (unsigned)kernel->lanes);
        LLVMValueRef other = LLVMBuildShuffleVector(kernel->builder, value, LLVMGetPoison(kernel->vector), mask, "");
        value = is_max ? vector_max(kernel, value, other) : LLVMBuildFAdd(kernel->builder, value, other, "");
    }
    return value;
}

/* The source's vector, lanes beyond the last channel minus infinity. */
static LLVMValueRef load_channels(struct kernel *kernel, struct place place) {
    int64_t channels = kernel->step->result.c;
    LLVMValueRef value = ir_load_vector(kernel, place_address(kernel, kernel->source, kernel->step->source.buffer, place));
    if (channels % kernel->lanes == 0) return value;
    LLVMValueRef first = LLVMBuildTrunc(kernel->builder, ir_mul(kernel, place.block, kernel->lanes), kernel->unit->i32, "");
    LLVMValueRef channel = LLVMBuildAdd(kernel->builder, ir_splat(kernel, first), ir_lane_indices(kernel), "");
    LLVMValueRef is_channel =
        LLVMBuildICmp(kernel->builder, LLVMIntSLT, channel, ir_integers(kernel, channels), "");
    return LLVMBuildSelect(kernel->builder, is_channel, value, ir_number(kernel, -INFINITY), "");
}

static LLVMValueRef exp_below(struct kernel *kernel, LLVMValueRef value, LLVMValueRef largest) {
    LLVMValueRef x = LLVMBuildFSub(kernel->builder, value, largest, "");
    LLVMValueRef e = vector_exp(kernel, x);
    LLVMValueRef vanishes = LLVMBuildFCmp(kernel->builder, LLVMRealOLT, x, ir_number(kernel, -87), "");
    return LLVMBuildSelect(kernel->builder, vanishes, ir_number(kernel, 0), e, "");
}

/* Combines f(vector) over the channel blocks of a pixel. */
static LLVMValueRef over_blocks(struct kernel *kernel, struct place place, LLVMValueRef largest) {
    struct loop blocks = {.carried_count = 1, .carried = {ir_number(kernel, largest ? 0 : -INFINITY)}};
    loop_open(kernel, &blocks, ir_i64(kernel, 0), ir_i64(kernel, plan_blocks(kernel->step->result.c, kernel->lanes)), 1);
    place.block = blocks.index;
    LLVMValueRef value = load_channels(kernel, place);
    if (largest)
        blocks.carried[0] = LLVMBuildFAdd(kernel->builder, blocks.carried[0], exp_below(kernel, value, largest), "");
    else
        blocks.carried[0] = vector_max(kernel, blocks.carried[0], value);
    loop_close(kernel, &blocks);
    return across_lanes(kernel, blocks.carried[0], !largest);
}

static LLVMValueRef log_of(struct kernel *kernel, LLVMValueRef x) {
    return vector_function(kernel, &(struct activation){.kind = ACTIVATION_LOG}, x);
}

static void emit_pixel(struct kernel *kernel, struct place place) {
    LLVMValueRef largest = over_blocks(kernel, place, NULL);
    LLVMValueRef sum = over_blocks(kernel, place, largest);
    bool is_log = kernel->step->as.is_log;
    LLVMValueRef shift = is_log ? LLVMBuildFAdd(kernel->builder, largest, log_of(kernel, sum), "") : NULL;
    struct loop blocks = {0};
    loop_open(kernel, &blocks, ir_i64(kernel, 0), ir_i64(kernel, plan_blocks(kernel->step->result.c, kernel->lanes)), 1);
    place.block = blocks.index;
    LLVMValueRef value = load_channels(kernel, place);
    if (is_log)
        value = LLVMBuildFSub(kernel->builder, value, shift, "");
    else
        value = LLVMBuildFDiv(kernel->builder, exp_below(kernel, value, largest), sum, "");
    place_store(kernel, place, value);
    loop_close(kernel, &blocks);
}

void emit_SOFTMAX(struct kernel *kernel) {
    const struct plan_step *step = kernel->step;
    struct loop items = {0}, columns = {0};
    loop_open(kernel, &items, kernel->begin, kernel->end, 1);
    struct place place = {.picture = ir_div(kernel, items.index, step->result.h),
                          .row = ir_rem(kernel, items.index, step->result.h)};
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, step->result.w), 1);
    place.column = columns.index;
    emit_pixel(kernel, place);
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}
