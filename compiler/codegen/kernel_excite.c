/* kernel_excite.c - the gate of an SE block: gate(fc2 inner(fc1 z + b1) + b2). Every thread computes the few hidden
 * units for itself, which costs less than meeting at a barrier, and then its share of the channels. */
#include "kernel.h"

/* sum over i < count of input[i] * panel[i], in four chains; `input` holds single numbers. */
static LLVMValueRef matrix_times_vector(struct kernel *kernel, LLVMValueRef panel, LLVMValueRef input, int64_t count) {
    enum { CHAINS = 4 };
    LLVMValueRef zero = ir_number(kernel, 0);
    struct loop loop = {.carried_count = CHAINS, .carried = {zero, zero, zero, zero}};
    int64_t whole = count / CHAINS * CHAINS;
    if (whole) {
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, whole), CHAINS);
        for (int64_t i = 0; i < CHAINS; i++) {
            LLVMValueRef at = ir_add(kernel, loop.index, ir_i64(kernel, i));
            LLVMValueRef w = ir_load_vector(kernel, ir_offset(kernel, panel, ir_mul(kernel, at, kernel->lanes)));
            LLVMValueRef x = ir_load_splat(kernel, ir_offset(kernel, input, at));
            loop.carried[i] = ir_multiply_add(kernel, x, w, loop.carried[i]);
        }
        loop_close(kernel, &loop);
    }
    for (int64_t i = whole; i < count; i++) {
        LLVMValueRef w = ir_load_vector(kernel, ir_offset(kernel, panel, ir_i64(kernel, i * kernel->lanes)));
        LLVMValueRef x = ir_load_splat(kernel, ir_offset(kernel, input, ir_i64(kernel, i)));
        loop.carried[i - whole] = ir_multiply_add(kernel, x, w, loop.carried[i - whole]);
    }
    LLVMValueRef low = LLVMBuildFAdd(kernel->builder, loop.carried[0], loop.carried[1], "");
    LLVMValueRef high = LLVMBuildFAdd(kernel->builder, loop.carried[2], loop.carried[3], "");
    return LLVMBuildFAdd(kernel->builder, low, high, "");
}

static LLVMValueRef layer_block(struct kernel *kernel, int layer, LLVMValueRef block, LLVMValueRef input, int64_t count,
                                const struct activation *activation) {
    LLVMValueRef panel = ir_offset(kernel, kernel->panels[layer], ir_mul(kernel, block, count * kernel->lanes));
    LLVMValueRef sum = matrix_times_vector(kernel, panel, input, count);
    if (kernel->vectors[layer]) {
        LLVMValueRef at = ir_offset(kernel, kernel->vectors[layer], ir_mul(kernel, block, kernel->lanes));
        sum = LLVMBuildFAdd(kernel->builder, sum, ir_load_vector(kernel, at), "");
    }
    return vector_activation(kernel, activation, sum);
}

void emit_EXCITE(struct kernel *kernel) {
    const struct plan_step *step = kernel->step;
    const struct plan_excite *excite = &step->as.excite;
    const struct plan_buffer *source = step->source.buffer;
    int64_t hidden_blocks = plan_blocks(excite->hidden, kernel->lanes);
    struct branch has_work;
    branch_open(kernel, &has_work, LLVMBuildICmp(kernel->builder, LLVMIntSLT, kernel->begin, kernel->end, ""));
    LLVMValueRef hidden = ir_stack(kernel, hidden_blocks * kernel->lanes);
    struct loop pictures = {0}, units = {0}, blocks = {0};
    loop_open(kernel, &pictures, ir_i64(kernel, 0), ir_i64(kernel, kernel->plan->graph->batch), 1);
    LLVMValueRef z = ir_offset(kernel, kernel->source, ir_mul(kernel, pictures.index, source->batch_stride));

    loop_open(kernel, &units, ir_i64(kernel, 0), ir_i64(kernel, hidden_blocks), 1);
    LLVMValueRef value = layer_block(kernel, 0, units.index, z, source->shape.c, &excite->inner);
    LLVMValueRef to = ir_offset(kernel, hidden, ir_mul(kernel, units.index, kernel->lanes));
    ir_store(kernel, value, to, (unsigned)kernel->lanes * 4);
    loop_close(kernel, &units);

    loop_open(kernel, &blocks, kernel->begin, kernel->end, 1);
    struct place place = {pictures.index, blocks.index, ir_i64(kernel, 0), ir_i64(kernel, 0)};
    place_store(kernel, place, layer_block(kernel, 1, blocks.index, hidden, excite->hidden, &excite->gate));
    loop_close(kernel, &blocks);
    loop_close(kernel, &pictures);
    branch_close(kernel, &has_work);
}
