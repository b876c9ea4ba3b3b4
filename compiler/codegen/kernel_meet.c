/* kernel_meet.c - a squeeze of the whole picture: the sum of this tile's part goes to the runtime, or the value of all
 * parts comes from there; senrt_abi.h, struct senrt_meeting. */
#include "kernel.h"

#include "../../runtime/senrt_abi.h"

#include <math.h>

enum meeting_field {
#define FIELD_U64(name) MEETING_##name,
#define FIELD_PTR(type, name) MEETING_##name,
    SENRT_MEETING_FIELDS(FIELD_U64, FIELD_PTR)
#undef FIELD_U64
#undef FIELD_PTR
};

static LLVMValueRef load_field(struct kernel *kernel, enum meeting_field field, LLVMTypeRef type) {
    LLVMValueRef at = ir_offset(kernel, kernel->meet, ir_i64(kernel, 2 * (int64_t)field));
    return ir_load(kernel, at, type, 8);
}

/* The box of the map, row by row, which keeps the error small on large maps. */
static LLVMValueRef box_value(struct kernel *kernel, struct place place, bool is_max) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    LLVMTypeRef i64 = kernel->unit->i64;
    LLVMValueRef start = ir_number(kernel, is_max ? -INFINITY : 0);
    LLVMValueRef first = load_field(kernel, MEETING_column_begin, i64), end = load_field(kernel, MEETING_column_end, i64);
    struct loop rows = {.carried_count = 1, .carried = {start}};
    loop_open(kernel, &rows, load_field(kernel, MEETING_row_begin, i64), load_field(kernel, MEETING_row_end, i64), 1);
    struct loop columns = {.carried_count = 1, .carried = {start}};
    loop_open(kernel, &columns, first, end, 1);
    struct place from = {place.picture, place.block, rows.index, columns.index};
    LLVMValueRef value = ir_load_vector(kernel, place_address(kernel, kernel->source, source, from));
    columns.carried[0] = ir_combine(kernel, is_max, columns.carried[0], value);
    loop_close(kernel, &columns);
    rows.carried[0] = ir_combine(kernel, is_max, rows.carried[0], columns.carried[0]);
    loop_close(kernel, &rows);
    return rows.carried[0];
}

static LLVMValueRef box_area(struct kernel *kernel) {
    LLVMValueRef sides[2];
    for (int i = 0; i < 2; i++)
        sides[i] = ir_sub(kernel, load_field(kernel, MEETING_row_end + 2 * i, kernel->unit->i64),
                          load_field(kernel, MEETING_row_begin + 2 * i, kernel->unit->i64));
    return LLVMBuildMul(kernel->builder, sides[0], sides[1], "");
}

/* Where a block of channels lies in `sums` or `values`. */
static LLVMValueRef external_address(struct kernel *kernel, LLVMValueRef base, struct place place) {
    int64_t room = (kernel->step->result.c + SENRT_CHANNEL_ROOM - 1) / SENRT_CHANNEL_ROOM * SENRT_CHANNEL_ROOM;
    return ir_offset(kernel, base,
                     ir_add(kernel, ir_mul(kernel, place.picture, room), ir_mul(kernel, place.block, kernel->lanes)));
}

static void store_sums(struct kernel *kernel, struct place place, LLVMValueRef value) {
    LLVMValueRef sums = load_field(kernel, MEETING_sums, kernel->unit->pointer);
    struct branch branch;
    branch_open(kernel, &branch, LLVMBuildIsNotNull(kernel->builder, sums, ""));
    ir_store(kernel, value, external_address(kernel, sums, place), 4);
    branch_close(kernel, &branch);
}

void emit_MEET(struct kernel *kernel) {
    bool is_max = kernel->step->as.meet.is_max;
    LLVMValueRef values = load_field(kernel, MEETING_values, kernel->unit->pointer);
    LLVMValueRef is_given = LLVMBuildIsNotNull(kernel->builder, values, "");
    struct loop items;
    struct place place = rows_open(kernel, &items, 1);
    struct branch branch;
    branch_open(kernel, &branch, is_given);
    place_store(kernel, place, ir_load(kernel, external_address(kernel, values, place), kernel->vector, 4));
    branch_close(kernel, &branch);
    branch_open(kernel, &branch, LLVMBuildNot(kernel->builder, is_given, ""));
    LLVMValueRef value = box_value(kernel, place, is_max);
    store_sums(kernel, place, value);
    place_store(kernel, place, is_max ? value : ir_divide(kernel, value, box_area(kernel)));
    branch_close(kernel, &branch);
    loop_close(kernel, &items);
}
