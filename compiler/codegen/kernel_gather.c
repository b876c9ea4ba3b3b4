/* kernel_gather.c - GATHER: channels of several sources become blocks, by shuffles of whole vectors or lane by lane. */
#include "kernel.h"

/* The step's table (schedule/gather.c) holds, for each block: places, batch strides, row strides, one a lane. */
static LLVMValueRef gathered_value(struct kernel *kernel, struct place place) {
    LLVMValueRef table[3];
    for (int64_t i = 0; i < 3; i++) {
        LLVMValueRef at = ir_add(kernel, ir_mul(kernel, place.block, 3 * kernel->lanes), ir_i64(kernel, i * kernel->lanes));
        table[i] = ir_load(kernel, ir_offset(kernel, kernel->panels[0], at), kernel->int_vector, 4);
    }
    LLVMValueRef indices = ir_plus(kernel, table[0], ir_times(kernel, table[1], ir_splat_i32(kernel, place.picture)));
    indices = ir_plus(kernel, indices, ir_times(kernel, table[2], ir_splat_i32(kernel, place.row)));
    indices = ir_plus(kernel, indices, ir_splat_i32(kernel, ir_mul(kernel, place.column, kernel->lanes)));
    LLVMValueRef mask = LLVMBuildICmp(kernel->builder, LLVMIntSGE, table[0], ir_integers(kernel, 0), "");
    LLVMValueRef is_fill = LLVMBuildICmp(kernel->builder, LLVMIntEQ, table[0], ir_integers(kernel, -2), "");
    LLVMValueRef zero = ir_number(kernel, 0), fill = ir_number(kernel, kernel->step->as.gather.fill);
    LLVMValueRef instead = LLVMBuildSelect(kernel->builder, is_fill, fill, zero, "");
    return ir_gather(kernel, kernel->source, indices, mask, instead);
}

/* One lane in each vector of a shuffle: lanes of `a` count from 0, those of `b` from `lanes`. */
static LLVMValueRef shuffle(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b, const int64_t *from) {
    LLVMValueRef indices[PLAN_MAX_LANES];
    for (int64_t i = 0; i < kernel->lanes; i++) indices[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)from[i], 0);
    return LLVMBuildShuffleVector(kernel->builder, a, b, LLVMConstVector(indices, (unsigned)kernel->lanes), "");
}

/* A block of the result from the vectors that its pick takes: the first, then those of each further one, then constants. */
static LLVMValueRef picked(struct kernel *kernel, const struct plan_pick *pick, const LLVMValueRef *inputs) {
    int64_t lanes = kernel->lanes, from[PLAN_MAX_LANES];
    LLVMValueRef constants[PLAN_MAX_LANES], value = NULL;
    bool has_constants = false;
    for (int64_t i = 0; i < lanes; i++) {
        constants[i] = ir_f32(kernel, pick->input[i] == PICK_FILL ? (double)kernel->step->as.gather.fill : 0);
        has_constants |= pick->input[i] < 0;
    }
    for (int k = 0; k < pick->input_count; k++) {
        for (int64_t i = 0; i < lanes; i++)
            from[i] = pick->input[i] == k ? pick->lane[i] + (value ? lanes : 0) : value ? i : 0;
        value = shuffle(kernel, value ? value : inputs[k], inputs[k], from);
    }
    if (!has_constants) return value;
    LLVMValueRef constant = LLVMConstVector(constants, (unsigned)lanes);
    for (int64_t i = 0; i < lanes; i++) from[i] = pick->input[i] < 0 ? lanes + i : i;
    return value ? shuffle(kernel, value, constant, from) : constant;
}

static LLVMValueRef table_entry(struct kernel *kernel, LLVMValueRef table, int64_t at) {
    LLVMValueRef entry = ir_load(kernel, ir_offset(kernel, table, ir_i64(kernel, at)), kernel->unit->i32, 4);
    return LLVMBuildSExt(kernel->builder, entry, kernel->unit->i64, "");
}

/* The row of a block that is made by a pick; `table`: what the step's table holds of the block. */
static void pick_row(struct kernel *kernel, struct place place, const struct plan_pick *pick, LLVMValueRef table) {
    LLVMValueRef rows[PLAN_PICK_INPUTS], inputs[PLAN_PICK_INPUTS];
    for (int k = 0; k < pick->input_count; k++) {
        LLVMValueRef pictures = ir_times(kernel, table_entry(kernel, table, 2 + 3 * k), place.picture);
        LLVMValueRef down = ir_times(kernel, table_entry(kernel, table, 3 + 3 * k), place.row);
        LLVMValueRef at = ir_plus(kernel, table_entry(kernel, table, 1 + 3 * k), ir_plus(kernel, pictures, down));
        rows[k] = ir_offset(kernel, kernel->source, at);
    }
    struct loop columns = {0};
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, kernel->step->result.w), 1);
    for (int k = 0; k < pick->input_count; k++)
        inputs[k] = ir_load_vector(kernel, ir_offset(kernel, rows[k], ir_mul(kernel, columns.index, kernel->lanes)));
    place.column = columns.index;
    place_store(kernel, place, picked(kernel, pick, inputs));
    loop_close(kernel, &columns);
}

static void pick_rows(struct kernel *kernel) {
    const struct plan_step *step = kernel->step;
    struct loop items;
    struct place place = rows_open(kernel, &items, step->result.h);
    LLVMValueRef table = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, place.block, PICK_WORDS));
    LLVMValueRef number = table_entry(kernel, table, 0);
    for (int i = 0; i < step->as.gather.pick_count; i++) {
        struct branch branch;
        branch_open(kernel, &branch, LLVMBuildICmp(kernel->builder, LLVMIntEQ, number, ir_i64(kernel, i), ""));
        pick_row(kernel, place, &step->as.gather.picks[i], table);
        branch_close(kernel, &branch);
    }
    loop_close(kernel, &items);
}

void emit_GATHER(struct kernel *kernel) {
    if (kernel->step->as.gather.pick_count)
        pick_rows(kernel);
    else
        rows_store(kernel, gathered_value);
}
