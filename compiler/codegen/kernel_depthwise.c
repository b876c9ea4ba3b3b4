/* kernel_depthwise.c - convolution of each channel by itself: vectors of channels, some columns at a time, so that a
 * weight vector is loaded once for several results. */
#include "kernel.h"

enum { MOST_COLUMNS = 6 };

static void emit_columns(struct kernel *kernel, struct place place, LLVMValueRef row_source, LLVMValueRef panel,
                         LLVMValueRef column, int64_t count) {
    const struct plan_axis *rows = &kernel->step->as.conv.axis[0], *columns = &kernel->step->as.conv.axis[1];
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t lanes = kernel->lanes;
    LLVMValueRef from = ir_offset(kernel, row_source, ir_mul(kernel, column, columns->stride * source->block));
    struct loop taps = {.carried_count = (int)count};
    for (int64_t i = 0; i < count; i++) taps.carried[i] = ir_number(kernel, 0);
    loop_open(kernel, &taps, ir_i64(kernel, 0), ir_i64(kernel, rows->taps), 1);
    LLVMValueRef tap_source = ir_offset(kernel, from, ir_mul(kernel, taps.index, rows->tap_step * source->row_stride));
    LLVMValueRef weights = ir_offset(kernel, panel, ir_mul(kernel, taps.index, columns->taps * lanes));
    for (int64_t x = 0; x < columns->taps; x++) {
        LLVMValueRef w = ir_load_vector(kernel, ir_offset(kernel, weights, ir_i64(kernel, x * lanes)));
        for (int64_t i = 0; i < count; i++) {
            int64_t at = (i * columns->stride + x * columns->tap_step) * source->block;
            LLVMValueRef value = ir_load_vector(kernel, ir_offset(kernel, tap_source, ir_i64(kernel, at)));
            taps.carried[i] = ir_multiply_add(kernel, value, w, taps.carried[i]);
        }
    }
    loop_close(kernel, &taps);
    place.column = column;
    values_store(kernel, place, taps.carried, count, 1);
}

void emit_DEPTHWISE(struct kernel *kernel) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t grid = conv->axis[1].grid, most = kernel->plan->level ? MOST_COLUMNS : 1, whole = grid / most * most;
    struct loop items;
    struct place place = rows_open(kernel, &items, conv->axis[0].grid);
    struct place first = place;
    first.row = ir_add(kernel, ir_mul(kernel, place.row, conv->axis[0].stride), ir_i64(kernel, conv->axis[0].first));
    first.column = ir_i64(kernel, conv->axis[1].first);
    LLVMValueRef from = place_address(kernel, kernel->source, source, first);
    int64_t panel_floats = conv->axis[0].taps * conv->axis[1].taps * kernel->lanes;
    LLVMValueRef panel = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, place.block, panel_floats));
    if (whole) {
        struct loop columns = {0};
        loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, whole), most);
        emit_columns(kernel, place, from, panel, columns.index, most);
        loop_close(kernel, &columns);
    }
    if (grid > whole) emit_columns(kernel, place, from, panel, ir_i64(kernel, whole), grid - whole);
    loop_close(kernel, &items);
}
