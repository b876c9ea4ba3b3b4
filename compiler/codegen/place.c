/* place.c - addresses of vectors in maps, and the epilogue that every result passes on its way to memory. */
#include "kernel.h"

#include "../base/fatal.h"

#include <math.h>

static int64_t row_stride(const struct kernel *kernel, const struct plan_buffer *buffer) {
    int64_t columns = plan_find_squeeze(kernel->step, buffer) ? 0 : kernel->step->collapsed_columns;
    return columns ? columns * buffer->block : buffer->row_stride;
}

static LLVMValueRef address(struct kernel *kernel, LLVMValueRef base, const struct plan_buffer *buffer,
                            struct place place, const struct plan_operand *flags) {
    int64_t batch_stride = kernel->plan->graph->batch > 1 ? buffer->batch_stride : 0;
    LLVMValueRef sum = ir_mul(kernel, place.picture, batch_stride);
    if (!flags || !flags->one_channel) sum = ir_add(kernel, sum, ir_mul(kernel, place.block, buffer->block_stride));
    if (!flags || !flags->one_row) sum = ir_add(kernel, sum, ir_mul(kernel, place.row, row_stride(kernel, buffer)));
    if (!flags || !flags->one_column) sum = ir_add(kernel, sum, ir_mul(kernel, place.column, buffer->block));
    return ir_offset(kernel, base, sum);
}

LLVMValueRef place_address(struct kernel *kernel, LLVMValueRef base, const struct plan_buffer *buffer,
                           struct place place) {
    return address(kernel, base, buffer, place, NULL);
}

struct place rows_open(struct kernel *kernel, struct loop *loop, int64_t rows) {
    const struct plan_step *step = kernel->step;
    const struct plan_buffer *stored = step->target ? step->target : step->source.buffer;
    int64_t blocks = plan_blocks(step->result.c, stored->block);
    loop->carried_count = 0;
    loop_open(kernel, loop, kernel->begin, kernel->end, 1);
    LLVMValueRef rest = ir_div(kernel, loop->index, rows);
    struct place place = {.row = ir_rem(kernel, loop->index, rows),
                          .block = ir_rem(kernel, rest, blocks),
                          .picture = ir_div(kernel, rest, blocks),
                          .column = ir_i64(kernel, 0)};
    squeeze_open(kernel, place, 1, place.row);
    return place;
}

static LLVMValueRef load_operand_at(struct kernel *kernel, const struct plan_operand *operand, LLVMValueRef pointer) {
    return operand->one_channel ? ir_load_splat(kernel, pointer) : ir_load_vector(kernel, pointer);
}

LLVMValueRef scale_load(struct kernel *kernel, LLVMValueRef base, const struct plan_buffer *scale, struct place place) {
    struct place at = {place.picture, place.block, ir_i64(kernel, 0), ir_i64(kernel, 0)};
    return ir_load_vector(kernel, place_address(kernel, base, scale, at));
}

LLVMValueRef source_load(struct kernel *kernel, struct place place) {
    const struct plan_operand *operand = &kernel->step->source;
    if (!operand->buffer) return ir_number(kernel, operand->value);
    LLVMValueRef at = address(kernel, kernel->source, operand->buffer, place, operand);
    LLVMValueRef value = load_operand_at(kernel, operand, at);
    if (!operand->scale) return value;
    LLVMValueRef scale = scale_load(kernel, kernel->source_scale, operand->scale, place);
    return LLVMBuildFMul(kernel->builder, value, scale, "");
}

/* All ones in the lanes of channels, zeros in the others, for the last block of the result; NULL if it is full. */
static LLVMValueRef channel_mask(struct kernel *kernel, LLVMValueRef block) {
    int64_t channels = kernel->step->result.c, lanes = kernel->lanes, in_last = channels % lanes;
    if (!in_last) return NULL;
    LLVMValueRef items[64];
    for (int64_t i = 0; i < lanes; i++)
        items[i] = LLVMConstInt(kernel->unit->i32, i < in_last ? 0xffffffffu : 0u, 0);
    LLVMValueRef last = LLVMConstVector(items, (unsigned)lanes);
    LLVMValueRef is_last =
        LLVMBuildICmp(kernel->builder, LLVMIntEQ, block, ir_i64(kernel, plan_blocks(channels, lanes) - 1), "");
    return LLVMBuildSelect(kernel->builder, is_last, last, ir_integers(kernel, -1), "");
}

/* A map of one column has others where its rows are seen as columns. */
static bool same_for_all_columns(const struct kernel *kernel, const struct plan_operand *operand) {
    return operand->one_column || (operand->buffer->shape.w == 1 && !kernel->step->collapsed_columns);
}

struct epilogue epilogue_open(struct kernel *kernel, struct place place) {
    const struct plan_step *step = kernel->step;
    struct epilogue epilogue = {.mask = channel_mask(kernel, place.block)};
    epilogue.values = ARENA_NEW_ARRAY(kernel->unit->arena, LLVMValueRef, step->epilogues.count + 1);
    epilogue.scales = ARENA_NEW_ARRAY(kernel->unit->arena, LLVMValueRef, step->epilogues.count + 1);
    for (size_t i = 0; i < step->epilogues.count; i++) {
        const struct plan_operand *operand = &step->epilogues.items[i].operand;
        if (!operand->buffer) continue;
        LLVMValueRef at = address(kernel, kernel->operands[i], operand->buffer, place, operand);
        epilogue.values[i] = same_for_all_columns(kernel, operand) ? load_operand_at(kernel, operand, at)
                                                                   : ir_plain_address(kernel, at);
        if (operand->scale) epilogue.scales[i] = scale_load(kernel, kernel->operand_scales[i], operand->scale, place);
    }
    return epilogue;
}

static LLVMValueRef epilogue_operand(struct kernel *kernel, const struct epilogue *epilogue, size_t i,
                                     int64_t columns_on) {
    const struct plan_operand *operand = &kernel->step->epilogues.items[i].operand;
    if (!operand->buffer) return ir_number(kernel, operand->value);
    LLVMValueRef value = epilogue->values[i], on = ir_i64(kernel, columns_on * operand->buffer->block);
    if (!same_for_all_columns(kernel, operand)) value = load_operand_at(kernel, operand, ir_offset(kernel, value, on));
    return operand->scale ? LLVMBuildFMul(kernel->builder, value, epilogue->scales[i], "") : value;
}

static LLVMValueRef apply_binary(struct kernel *kernel, enum op op, LLVMValueRef a, LLVMValueRef b) {
    switch (op) {
    case OP_ADD: return LLVMBuildFAdd(kernel->builder, a, b, "");
    case OP_SUB: return LLVMBuildFSub(kernel->builder, a, b, "");
    case OP_MUL: return LLVMBuildFMul(kernel->builder, a, b, "");
    case OP_DIV: return LLVMBuildFDiv(kernel->builder, a, b, "");
    case OP_MIN:
    case OP_MAX: return vector_extreme(kernel, op == OP_MAX, a, b);
    case OP_POW: return vector_power(kernel, a, b);
    default: fatal_bug("'%s' is no binary operation", op_name(op));
    }
}

static LLVMValueRef apply_prelu(struct kernel *kernel, LLVMValueRef x, LLVMValueRef slope) {
    LLVMValueRef positive = LLVMBuildFCmp(kernel->builder, LLVMRealOGT, x, ir_number(kernel, 0), "");
    return LLVMBuildSelect(kernel->builder, positive, x, LLVMBuildFMul(kernel->builder, x, slope, ""), "");
}

/* The value, zeros in lanes that are no channels. */
static LLVMValueRef masked(struct kernel *kernel, const struct epilogue *epilogue, LLVMValueRef value) {
    if (!epilogue->mask) return value;
    LLVMValueRef bits = LLVMBuildBitCast(kernel->builder, value, kernel->int_vector, "");
    bits = LLVMBuildAnd(kernel->builder, bits, epilogue->mask, "");
    return LLVMBuildBitCast(kernel->builder, bits, kernel->vector, "");
}

static void take_for_squeezes(struct kernel *kernel, const struct epilogue *epilogue, size_t at, LLVMValueRef value,
                              LLVMValueRef *summed) {
    for (int i = 0; i < kernel->step->squeeze_count; i++)
        if (kernel->step->squeezes[i].at == at) summed[i] = masked(kernel, epilogue, value);
}

LLVMValueRef epilogue_apply(struct kernel *kernel, const struct epilogue *epilogue, LLVMValueRef value,
                            int64_t columns_on, LLVMValueRef *summed) {
    const struct plan_step *step = kernel->step;
    for (size_t i = 0; i < step->epilogues.count; i++) {
        const struct plan_epilogue *what = &step->epilogues.items[i];
        take_for_squeezes(kernel, epilogue, i, value, summed);
        if (what->kind == EPILOGUE_ACTIVATION) {
            value = vector_activation(kernel, &what->activation, value);
            continue;
        }
        LLVMValueRef operand = epilogue_operand(kernel, epilogue, i, columns_on);
        if (what->kind == EPILOGUE_PRELU)
            value = apply_prelu(kernel, value, operand);
        else
            value = apply_binary(kernel, what->op, what->reversed ? operand : value, what->reversed ? value : operand);
    }
    take_for_squeezes(kernel, epilogue, step->epilogues.count, value, summed);
    return masked(kernel, epilogue, value);
}

static LLVMValueRef sums_address(struct kernel *kernel, struct place place, int which) {
    struct place sums = {place.picture, place.block, kernel->chunk, ir_i64(kernel, 0)};
    return place_address(kernel, kernel->sums[which], kernel->step->squeezes[which].sums, sums);
}

/* The value of squeeze `which` of no numbers. */
static LLVMValueRef squeeze_start(struct kernel *kernel, int which) {
    return ir_number(kernel, kernel->step->squeezes[which].is_max ? -INFINITY : 0);
}

void squeeze_open(struct kernel *kernel, struct place place, int64_t blocks, LLVMValueRef chunk) {
    const struct plan_step *step = kernel->step;
    kernel->chunk = chunk;
    for (int64_t j = 0; j < blocks; j++)
        for (int i = 0; i < step->squeeze_count; i++) {
            struct place at = place;
            at.block = ir_add(kernel, place.block, ir_i64(kernel, j));
            ir_store(kernel, squeeze_start(kernel, i), sums_address(kernel, at, i), (unsigned)kernel->lanes * 4);
        }
}

void squeezes_add(struct kernel *kernel, struct place place, const LLVMValueRef *summed) {
    for (int i = 0; i < kernel->step->squeeze_count; i++) {
        LLVMValueRef at = sums_address(kernel, place, i), before = ir_load_vector(kernel, at);
        LLVMValueRef sum = ir_combine(kernel, kernel->step->squeezes[i].is_max, before, summed[i]);
        ir_store(kernel, sum, at, (unsigned)kernel->lanes * 4);
    }
}

static bool has_long_activation(const struct plan_step *step) {
    for (size_t i = 0; i < step->epilogues.count; i++)
        if (step->epilogues.items[i].kind == EPILOGUE_ACTIVATION &&
            activation_is_long(step->epilogues.items[i].activation.kind))
            return true;
    return false;
}

/* all[] becomes what each squeeze makes of the results. */
static void store_some(struct kernel *kernel, struct place place, const LLVMValueRef *values, int64_t count,
                       int64_t column_step, LLVMValueRef *all) {
    const struct plan_buffer *target = kernel->step->target;
    struct epilogue epilogue = epilogue_open(kernel, place);
    LLVMValueRef to = ir_plain_address(kernel, place_address(kernel, kernel->target, target, place));
    LLVMValueRef summed[PLAN_MAX_SQUEEZES];
    for (int64_t i = 0; i < count; i++) {
        LLVMValueRef done = epilogue_apply(kernel, &epilogue, values[i], i * column_step, summed);
        LLVMValueRef at = ir_offset(kernel, to, ir_i64(kernel, i * column_step * target->block));
        ir_store(kernel, done, at, (unsigned)kernel->lanes * 4);
        for (int s = 0; s < kernel->step->squeeze_count; s++)
            all[s] = i ? ir_combine(kernel, kernel->step->squeezes[s].is_max, all[s], summed[s]) : summed[s];
    }
}

void values_store(struct kernel *kernel, struct place place, const LLVMValueRef *values, int64_t count,
                  int64_t column_step) {
    if (!has_long_activation(kernel->step)) {
        LLVMValueRef all[PLAN_MAX_SQUEEZES];
        store_some(kernel, place, values, count, column_step, all);
        squeezes_add(kernel, place, all);
        return;
    }
    const struct plan_buffer *target = kernel->step->target;
    LLVMValueRef to = place_address(kernel, kernel->target, target, place);
    for (int64_t i = 0; i < count; i++)
        ir_store(kernel, values[i], ir_offset(kernel, to, ir_i64(kernel, i * column_step * target->block)),
                 (unsigned)kernel->lanes * 4);
}

/* `count` results from `place` on, some at a time. The squeezes' values of the row stay in registers: in memory they would have
 * to come back from a store before each addition. */
static void finish_some(struct kernel *kernel, struct place place, int64_t count, int64_t column_step, int64_t together,
                        LLVMValueRef *row) {
    const struct plan_step *step = kernel->step;
    const struct plan_buffer *target = step->target;
    if (!count) return;
    struct loop columns = {.carried_count = step->squeeze_count};
    LLVMValueRef values[LOOP_MAX_CARRIED], all[PLAN_MAX_SQUEEZES], first = place.column;
    for (int s = 0; s < step->squeeze_count; s++) columns.carried[s] = row[s];
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, count), together);
    place.column = ir_add(kernel, first, ir_mul(kernel, columns.index, column_step));
    LLVMValueRef at = place_address(kernel, kernel->target, target, place);
    for (int64_t i = 0; i < together; i++)
        values[i] = ir_load_vector(kernel, ir_offset(kernel, at, ir_i64(kernel, i * column_step * target->block)));
    store_some(kernel, place, values, together, column_step, all);
    for (int s = 0; s < step->squeeze_count; s++)
        columns.carried[s] = ir_combine(kernel, step->squeezes[s].is_max, columns.carried[s], all[s]);
    loop_close(kernel, &columns);
    for (int s = 0; s < step->squeeze_count; s++) row[s] = columns.carried[s];
}

void row_finish(struct kernel *kernel, struct place place, int64_t blocks, int64_t count, int64_t column_step) {
    /* two vectors, a sum and the constants of silu are more than 16 registers hold */
    int64_t together = kernel->plan->target->vector_registers <= 16 ? 1 : 2;
    int64_t whole = count / together * together;
    if (!has_long_activation(kernel->step)) return;
    struct loop each = {0};
    loop_open(kernel, &each, ir_i64(kernel, 0), ir_i64(kernel, blocks), 1);
    place.block = ir_add(kernel, place.block, each.index);
    LLVMValueRef row[PLAN_MAX_SQUEEZES];
    for (int s = 0; s < kernel->step->squeeze_count; s++) row[s] = squeeze_start(kernel, s);
    finish_some(kernel, place, whole, column_step, together, row);
    place.column = ir_add(kernel, place.column, ir_i64(kernel, whole * column_step));
    finish_some(kernel, place, count - whole, column_step, count - whole, row);
    squeezes_add(kernel, place, row);
    loop_close(kernel, &each);
}

void place_store(struct kernel *kernel, struct place place, LLVMValueRef value) {
    LLVMValueRef all[PLAN_MAX_SQUEEZES];
    store_some(kernel, place, &value, 1, 1, all);
    squeezes_add(kernel, place, all);
}

void rows_store(struct kernel *kernel, LLVMValueRef (*value)(struct kernel *kernel, struct place place)) {
    struct loop items, columns = {0};
    struct place place = rows_open(kernel, &items, kernel->step->result.h);
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, kernel->step->result.w), 1);
    place.column = columns.index;
    place_store(kernel, place, value(kernel, place));
    loop_close(kernel, &columns);
    loop_close(kernel, &items);
}
