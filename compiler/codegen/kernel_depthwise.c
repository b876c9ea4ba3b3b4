/* kernel_depthwise.c - convolution of each channel by itself: vectors of channels, some columns at a time; weights of a row
 * of taps stay in registers, and each vector of the source is loaded once for all of them. */
#include "kernel.h"

static LLVMValueRef load_vector(struct kernel *kernel, LLVMValueRef at, int64_t channel) {
    (void)channel;
    return ir_load_vector(kernel, at);
}

static void emit_columns(struct kernel *kernel, struct place place, LLVMValueRef row_source, LLVMValueRef panel,
                         LLVMValueRef column, int64_t count) {
    const struct plan_axis *rows = &kernel->step->as.conv.axis[0], *columns = &kernel->step->as.conv.axis[1];
    const struct plan_buffer *source = kernel->step->source.buffer;
    LLVMValueRef from = ir_offset(kernel, row_source, ir_mul(kernel, column, columns->stride * source->block));
    struct loop taps = {.carried_count = (int)count};
    for (int64_t i = 0; i < count; i++) taps.carried[i] = ir_number(kernel, 0);
    loop_open(kernel, &taps, ir_i64(kernel, 0), ir_i64(kernel, rows->taps), 1);
    LLVMValueRef tap_source = ir_offset(kernel, from, ir_mul(kernel, taps.index, rows->tap_step * source->row_stride));
    LLVMValueRef weights = ir_offset(kernel, panel, ir_mul(kernel, taps.index, columns->taps * kernel->lanes));
    ir_multiply_tap_row(kernel, count, tap_source, (struct weights){.at = weights}, 1, 0, load_vector, taps.carried);
    loop_close(kernel, &taps);
    place.column = column;
    values_store(kernel, place, taps.carried, count, 1);
}

/* `tiles` of `count` columns from column `first` on. */
static void emit_tiles(struct kernel *kernel, struct place place, LLVMValueRef row_source, LLVMValueRef panel, int64_t first,
                       int64_t count, int64_t tiles) {
    struct loop loop = {0};
    if (!tiles) return;
    loop_open(kernel, &loop, ir_i64(kernel, first), ir_i64(kernel, first + tiles * count), count);
    emit_columns(kernel, place, row_source, panel, loop.index, count);
    loop_close(kernel, &loop);
}

void emit_DEPTHWISE(struct kernel *kernel) {
    const struct plan_conv *conv = &kernel->step->as.conv;
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct loop items;
    struct place place = rows_open(kernel, &items, conv->axis[0].grid);
    struct place first = place;
    first.row = ir_add(kernel, ir_mul(kernel, place.row, conv->axis[0].stride), ir_i64(kernel, conv->axis[0].first));
    first.column = ir_i64(kernel, conv->axis[1].first);
    LLVMValueRef from = place_address(kernel, kernel->source, source, first);
    int64_t panel_floats = conv->axis[0].taps * conv->axis[1].taps * kernel->lanes;
    LLVMValueRef panel = ir_offset(kernel, kernel->panels[0], ir_mul(kernel, place.block, panel_floats));
    struct plan_cut cut = plan_cut_row(conv->axis[1].grid, conv->tile_columns);
    emit_tiles(kernel, place, from, panel, 0, cut.small + 1, cut.big);
    emit_tiles(kernel, place, from, panel, cut.big * (cut.small + 1), cut.small, cut.tiles - cut.big);
    row_finish(kernel, place, 1, conv->axis[1].grid, 1);
    loop_close(kernel, &items);
}
