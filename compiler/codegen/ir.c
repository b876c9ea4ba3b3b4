/* ir.c - the small words of LLVM IR that kernels are written in: numbers, addresses, loops. */
#include "kernel.h"

#include <string.h>

LLVMValueRef ir_i64(struct kernel *kernel, int64_t value) {
    return LLVMConstInt(kernel->unit->i64, (unsigned long long)value, 1);
}

LLVMValueRef ir_f32(struct kernel *kernel, double value) {
    return LLVMConstReal(kernel->unit->f32, value);
}

LLVMValueRef ir_splat(struct kernel *kernel, LLVMValueRef scalar) {
    LLVMTypeRef type = LLVMVectorType(LLVMTypeOf(scalar), (unsigned)kernel->lanes);
    LLVMValueRef zero = LLVMConstInt(kernel->unit->i32, 0, 0);
    LLVMValueRef first = LLVMBuildInsertElement(kernel->builder, LLVMGetPoison(type), scalar, zero, "");
    LLVMValueRef mask = LLVMConstNull(kernel->int_vector);
    return LLVMBuildShuffleVector(kernel->builder, first, LLVMGetPoison(type), mask, "");
}

static LLVMValueRef constant_vector(struct kernel *kernel, LLVMValueRef scalar) {
    LLVMValueRef items[64];
    for (int64_t i = 0; i < kernel->lanes; i++) items[i] = scalar;
    return LLVMConstVector(items, (unsigned)kernel->lanes);
}

LLVMValueRef ir_number(struct kernel *kernel, double value) {
    return constant_vector(kernel, ir_f32(kernel, value));
}

LLVMValueRef ir_integers(struct kernel *kernel, int64_t value) {
    return constant_vector(kernel, LLVMConstInt(kernel->unit->i32, (unsigned long long)value, 1));
}

LLVMValueRef ir_lane_indices(struct kernel *kernel) {
    LLVMValueRef items[64];
    for (int64_t i = 0; i < kernel->lanes; i++) items[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)i, 0);
    return LLVMConstVector(items, (unsigned)kernel->lanes);
}

LLVMValueRef ir_splat_i32(struct kernel *kernel, LLVMValueRef value) {
    return ir_splat(kernel, LLVMBuildTrunc(kernel->builder, value, kernel->unit->i32, ""));
}

LLVMValueRef ir_times(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildMul(kernel->builder, a, b, "");
}

LLVMValueRef ir_plus(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildAdd(kernel->builder, a, b, "");
}

LLVMValueRef ir_add(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildNSWAdd(kernel->builder, a, b, "");
}

LLVMValueRef ir_sub(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildNSWSub(kernel->builder, a, b, "");
}

LLVMValueRef ir_mul(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return b == 1 ? a : LLVMBuildNSWMul(kernel->builder, a, ir_i64(kernel, b), "");
}

LLVMValueRef ir_div(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return b == 1 ? a : LLVMBuildUDiv(kernel->builder, a, ir_i64(kernel, b), "");
}

LLVMValueRef ir_rem(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return b == 1 ? ir_i64(kernel, 0) : LLVMBuildURem(kernel->builder, a, ir_i64(kernel, b), "");
}

LLVMValueRef ir_min(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef less = LLVMBuildICmp(kernel->builder, LLVMIntSLT, a, b, "");
    return LLVMBuildSelect(kernel->builder, less, a, b, "");
}

LLVMValueRef ir_max(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef more = LLVMBuildICmp(kernel->builder, LLVMIntSGT, a, b, "");
    return LLVMBuildSelect(kernel->builder, more, a, b, "");
}

LLVMValueRef ir_offset(struct kernel *kernel, LLVMValueRef pointer, LLVMValueRef floats) {
    return LLVMBuildInBoundsGEP2(kernel->builder, kernel->unit->f32, pointer, &floats, 1, "");
}

LLVMValueRef ir_load(struct kernel *kernel, LLVMValueRef pointer, LLVMTypeRef type, unsigned alignment) {
    LLVMValueRef load = LLVMBuildLoad2(kernel->builder, type, pointer, "");
    LLVMSetAlignment(load, alignment);
    return load;
}

void ir_store(struct kernel *kernel, LLVMValueRef value, LLVMValueRef pointer, unsigned alignment) {
    LLVMSetAlignment(LLVMBuildStore(kernel->builder, value, pointer), alignment);
}

LLVMValueRef ir_load_vector(struct kernel *kernel, LLVMValueRef pointer) {
    return ir_load(kernel, pointer, kernel->vector, (unsigned)kernel->lanes * 4);
}

LLVMValueRef ir_load_splat(struct kernel *kernel, LLVMValueRef pointer) {
    return ir_splat(kernel, ir_load(kernel, pointer, kernel->unit->f32, 4));
}

LLVMValueRef ir_intrinsic(struct kernel *kernel, const char *name, LLVMTypeRef *types, unsigned type_count,
                          LLVMValueRef *arguments, unsigned argument_count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(kernel->unit->module, id, types, type_count);
    LLVMTypeRef type = LLVMIntrinsicGetType(kernel->unit->context, id, types, type_count);
    return LLVMBuildCall2(kernel->builder, type, function, arguments, argument_count, "");
}

LLVMValueRef ir_plain_address(struct kernel *kernel, LLVMValueRef pointer) {
    LLVMTypeRef type = LLVMTypeOf(pointer);
    return ir_intrinsic(kernel, "llvm.launder.invariant.group", &type, 1, &pointer, 1);
}

LLVMValueRef ir_gather(struct kernel *kernel, LLVMValueRef base, LLVMValueRef indices, LLVMValueRef mask,
                       LLVMValueRef instead) {
    LLVMTypeRef pointers = LLVMVectorType(kernel->unit->pointer, (unsigned)kernel->lanes);
    LLVMTypeRef types[] = {kernel->vector, pointers};
    LLVMValueRef addresses = LLVMBuildGEP2(kernel->builder, kernel->unit->f32, base, &indices, 1, "");
    LLVMValueRef align = LLVMConstInt(kernel->unit->i32, 4, 0);
    return ir_intrinsic(kernel, "llvm.masked.gather", types, 2, (LLVMValueRef[]){addresses, align, mask, instead}, 4);
}

LLVMValueRef ir_channel_lanes(struct kernel *kernel, LLVMValueRef block) {
    LLVMValueRef first = LLVMBuildTrunc(kernel->builder, ir_mul(kernel, block, kernel->lanes), kernel->unit->i32, "");
    LLVMValueRef channel = LLVMBuildAdd(kernel->builder, ir_splat(kernel, first), ir_lane_indices(kernel), "");
    return LLVMBuildICmp(kernel->builder, LLVMIntSLT, channel, ir_integers(kernel, kernel->step->result.c), "");
}

/* By log2(lanes) rounds of interleaving halves. */
void ir_transpose(struct kernel *kernel, LLVMValueRef *rows) {
    int64_t n = kernel->lanes;
    LLVMValueRef low[64], high[64], next[64];
    for (int64_t i = 0; i < n; i++) {
        int64_t from = i / 2 + (i % 2) * n;
        low[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)from, 0);
        high[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)(from + n / 2), 0);
    }
    LLVMValueRef low_mask = LLVMConstVector(low, (unsigned)n), high_mask = LLVMConstVector(high, (unsigned)n);
    for (int64_t round = 1; round < n; round *= 2) {
        for (int64_t i = 0; i < n / 2; i++) {
            next[2 * i] = LLVMBuildShuffleVector(kernel->builder, rows[i], rows[i + n / 2], low_mask, "");
            next[2 * i + 1] = LLVMBuildShuffleVector(kernel->builder, rows[i], rows[i + n / 2], high_mask, "");
        }
        for (int64_t i = 0; i < n; i++) rows[i] = next[i];
    }
}

LLVMValueRef ir_multiply_add(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b, LLVMValueRef c) {
    LLVMTypeRef type = LLVMTypeOf(a);
    return ir_intrinsic(kernel, "llvm.fmuladd", &type, 1, (LLVMValueRef[]){a, b, c}, 3);
}

enum { LINE_BYTES = 64, LINE_FLOATS = LINE_BYTES / 4 };

void ir_prefetch(struct kernel *kernel, LLVMValueRef pointer, int64_t lines, enum prefetch_use use,
                 enum prefetch_level level) {
    enum { DATA = 1 };
    pointer = ir_plain_address(kernel, pointer);
    LLVMTypeRef type = LLVMTypeOf(pointer), i32 = kernel->unit->i32;
    for (int64_t i = 0; i < lines; i++) {
        LLVMValueRef arguments[] = {ir_offset(kernel, pointer, ir_i64(kernel, i * LINE_FLOATS)), LLVMConstInt(i32, (unsigned long long)use, 0),
                                    LLVMConstInt(i32, (unsigned long long)level, 0), LLVMConstInt(i32, DATA, 0)};
        ir_intrinsic(kernel, "llvm.prefetch", &type, 1, arguments, 4);
    }
}

void ir_prefetch_share(struct kernel *kernel, LLVMValueRef pointer, int64_t bytes, LLVMValueRef slot, int64_t count,
                       int64_t slots) {
    int64_t each = (bytes + 4 * slots - 1) / (4 * slots), lines = (count * each + LINE_FLOATS - 1) / LINE_FLOATS;
    ir_prefetch(kernel, ir_offset(kernel, pointer, ir_mul(kernel, slot, each)), lines, PREFETCH_READ, PREFETCH_L2);
}

LLVMValueRef ir_stack(struct kernel *kernel, int64_t floats) {
    LLVMTypeRef type = LLVMArrayType2(kernel->unit->f32, (uint64_t)floats);
    LLVMBasicBlockRef here = LLVMGetInsertBlock(kernel->builder);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(kernel->function);
    LLVMPositionBuilderBefore(kernel->builder, LLVMGetBasicBlockTerminator(entry));
    LLVMValueRef memory = LLVMBuildAlloca(kernel->builder, type, "");
    LLVMSetAlignment(memory, (unsigned)kernel->lanes * 4);
    LLVMPositionBuilderAtEnd(kernel->builder, here);
    return memory;
}

static LLVMBasicBlockRef append_block(struct kernel *kernel) {
    return LLVMAppendBasicBlockInContext(kernel->unit->context, kernel->function, "");
}

static int is_one_round(LLVMValueRef begin, LLVMValueRef end, int64_t stride) {
    if (!LLVMIsAConstantInt(begin) || !LLVMIsAConstantInt(end)) return 0;
    long long first = LLVMConstIntGetSExtValue(begin), last = LLVMConstIntGetSExtValue(end);
    return first < last && last - first <= stride;
}

void loop_open(struct kernel *kernel, struct loop *loop, LLVMValueRef begin, LLVMValueRef end, int64_t stride) {
    loop->index = begin;
    loop->head = NULL;
    loop->stride = stride;
    if (is_one_round(begin, end, stride)) return;
    LLVMBasicBlockRef before = LLVMGetInsertBlock(kernel->builder);
    LLVMBasicBlockRef body = (loop->head = append_block(kernel), append_block(kernel));
    loop->exit = append_block(kernel);
    LLVMBuildBr(kernel->builder, loop->head);
    LLVMPositionBuilderAtEnd(kernel->builder, loop->head);
    loop->index = LLVMBuildPhi(kernel->builder, kernel->unit->i64, "");
    LLVMAddIncoming(loop->index, &begin, &before, 1);
    for (int i = 0; i < loop->carried_count; i++) {
        loop->phis[i] = LLVMBuildPhi(kernel->builder, LLVMTypeOf(loop->carried[i]), "");
        LLVMAddIncoming(loop->phis[i], &loop->carried[i], &before, 1);
        loop->carried[i] = loop->phis[i];
    }
    LLVMValueRef more = LLVMBuildICmp(kernel->builder, LLVMIntSLT, loop->index, end, "");
    LLVMBuildCondBr(kernel->builder, more, body, loop->exit);
    LLVMPositionBuilderAtEnd(kernel->builder, body);
}

void loop_close(struct kernel *kernel, struct loop *loop) {
    if (!loop->head) return;
    LLVMBasicBlockRef last = LLVMGetInsertBlock(kernel->builder);
    LLVMValueRef next = ir_add(kernel, loop->index, ir_i64(kernel, loop->stride));
    LLVMAddIncoming(loop->index, &next, &last, 1);
    for (int i = 0; i < loop->carried_count; i++) {
        LLVMAddIncoming(loop->phis[i], &loop->carried[i], &last, 1);
        loop->carried[i] = loop->phis[i];
    }
    LLVMBuildBr(kernel->builder, loop->head);
    LLVMPositionBuilderAtEnd(kernel->builder, loop->exit);
}

static LLVMValueRef load_weights(struct kernel *kernel, const struct weights *weights, int64_t floats_on) {
    LLVMValueRef on = ir_i64(kernel, floats_on), w = ir_load_vector(kernel, ir_offset(kernel, weights->at, on));
    if (!weights->scale) return w;
    w = LLVMBuildFMul(kernel->builder, w, weights->scale, "");
    ir_store(kernel, w, ir_offset(kernel, weights->scaled, on), (unsigned)kernel->lanes * 4);
    return w;
}

void ir_multiply_channel(struct kernel *kernel, LLVMValueRef source, int64_t column_step, struct weights weights,
                         int64_t block_step, int64_t columns, int64_t blocks, LLVMValueRef *sums) {
    LLVMValueRef w[LOOP_MAX_CARRIED];
    for (int64_t j = 0; j < blocks; j++)
        w[j] = load_weights(kernel, &weights, j * block_step);
    for (int64_t i = 0; i < columns; i++) {
        LLVMValueRef x = ir_load_splat(kernel, ir_offset(kernel, source, ir_i64(kernel, i * column_step)));
        for (int64_t j = 0; j < blocks; j++) sums[i * blocks + j] = ir_multiply_add(kernel, x, w[j], sums[i * blocks + j]);
    }
}

void ir_multiply_tap_row(struct kernel *kernel, int64_t columns, LLVMValueRef source, struct weights weights,
                         int64_t weight_step, int64_t channel,
                         LLVMValueRef (*load)(struct kernel *kernel, LLVMValueRef at, int64_t channel), LLVMValueRef *sums) {
    const struct plan_axis *axis = &kernel->step->as.conv.axis[1];
    LLVMValueRef w[LOOP_MAX_CARRIED];
    source = ir_plain_address(kernel, source);
    weights.at = ir_plain_address(kernel, weights.at);
    if (weights.scale) weights.scaled = ir_plain_address(kernel, weights.scaled);
    for (int64_t x = 0; x < axis->taps; x++) w[x] = load_weights(kernel, &weights, x * weight_step * kernel->lanes);
    int64_t last = (columns - 1) * axis->stride + (axis->taps - 1) * axis->tap_step;
    for (int64_t c = 0; c <= last; c++) {
        LLVMValueRef input = NULL;
        for (int64_t i = 0; i < columns; i++) {
            int64_t x = (c - i * axis->stride) / axis->tap_step;
            if (c < i * axis->stride || x >= axis->taps || i * axis->stride + x * axis->tap_step != c) continue;
            int64_t at = c * kernel->step->source.buffer->block;
            if (!input) input = load(kernel, ir_offset(kernel, source, ir_i64(kernel, at)), channel);
            sums[i] = ir_multiply_add(kernel, input, w[x], sums[i]);
        }
    }
}

void branch_open(struct kernel *kernel, struct branch *branch, LLVMValueRef condition) {
    LLVMBasicBlockRef body = append_block(kernel);
    branch->exit = append_block(kernel);
    LLVMBuildCondBr(kernel->builder, condition, body, branch->exit);
    LLVMPositionBuilderAtEnd(kernel->builder, body);
}

void branch_close(struct kernel *kernel, struct branch *branch) {
    LLVMBuildBr(kernel->builder, branch->exit);
    LLVMPositionBuilderAtEnd(kernel->builder, branch->exit);
}

int64_t group_open(struct kernel *kernel, struct branch *branch, LLVMValueRef group, int64_t most, int which) {
    int64_t blocks = plan_blocks(kernel->step->result.c, kernel->lanes), whole = blocks / most, rest = blocks % most;
    branch->exit = NULL;
    if (!rest) return which == 0 ? most : 0;
    LLVMIntPredicate relation = which == 0 ? LLVMIntSLT : LLVMIntEQ;
    branch_open(kernel, branch, LLVMBuildICmp(kernel->builder, relation, group, ir_i64(kernel, whole), ""));
    return which == 0 ? most : rest;
}

void group_close(struct kernel *kernel, struct branch *branch) {
    if (branch->exit) branch_close(kernel, branch);
}
