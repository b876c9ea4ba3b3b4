/* kernel_move.c - steps that move numbers: HALO, FILL, COPY, RESHAPE, UPSAMPLE. */
#include "kernel.h"

static void clear(struct kernel *kernel, LLVMValueRef from, int64_t floats) {
    if (!floats) return;
    LLVMValueRef zero = LLVMConstInt(LLVMInt8TypeInContext(kernel->unit->context), 0, 0);
    LLVMBuildMemSet(kernel->builder, from, zero, ir_i64(kernel, floats * 4), 4);
}

/* The halo of a block is three kinds of runs: up to the first pixel, from the last pixel of a row to the first of the
 * next, and from the last pixel on. */
void emit_HALO(struct kernel *kernel) {
    const struct plan_buffer *buffer = kernel->step->target;
    int64_t left = buffer->halo[EDGE_LEFT] * buffer->block, right = buffer->halo[EDGE_RIGHT] * buffer->block;
    int64_t width = buffer->shape.w * buffer->block, last_row = buffer->shape.h - 1;
    struct loop items, rows = {0};
    struct place place = rows_open(kernel, &items, 1);
    LLVMValueRef map = place_address(kernel, kernel->target, buffer, place);
    clear(kernel, ir_offset(kernel, map, ir_i64(kernel, -buffer->origin)), buffer->origin);
    if (left + right && last_row) {
        loop_open(kernel, &rows, ir_i64(kernel, 0), ir_i64(kernel, last_row), 1);
        LLVMValueRef end = ir_add(kernel, ir_mul(kernel, rows.index, buffer->row_stride), ir_i64(kernel, width));
        clear(kernel, ir_offset(kernel, map, end), right + left);
        loop_close(kernel, &rows);
    }
    int64_t end = last_row * buffer->row_stride + width;
    clear(kernel, ir_offset(kernel, map, ir_i64(kernel, end)), right + buffer->halo[EDGE_BOTTOM] * buffer->row_stride);
    loop_close(kernel, &items);
}

static LLVMValueRef fill_value(struct kernel *kernel, struct place place) {
    (void)place;
    return ir_number(kernel, kernel->step->as.fill);
}

void emit_FILL(struct kernel *kernel) {
    rows_store(kernel, fill_value);
}

static LLVMValueRef source_value(struct kernel *kernel, struct place place) {
    return source_load(kernel, place);
}

void emit_COPY(struct kernel *kernel) {
    rows_store(kernel, source_value);
}

static LLVMValueRef quotient(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return LLVMBuildUDiv(kernel->builder, a, ir_integers(kernel, b), "");
}

static LLVMValueRef remainder_of(struct kernel *kernel, LLVMValueRef a, int64_t b) {
    return LLVMBuildURem(kernel->builder, a, ir_integers(kernel, b), "");
}

/* The number in the source, row-major, of the element with number `number` of the result. */
static LLVMValueRef source_number(struct kernel *kernel, LLVMValueRef number) {
    const struct plan_reshape *how = &kernel->step->as.reshape;
    if (!how->rank) return number;
    LLVMValueRef from = ir_integers(kernel, 0);
    for (int i = how->rank - 1; i >= 0; i--) {
        int axis = how->axes[i];
        int64_t stride = 1;
        for (int inner = axis + 1; inner < how->rank; inner++) stride *= how->dims[inner];
        LLVMValueRef digit = remainder_of(kernel, number, how->dims[axis]);
        number = quotient(kernel, number, how->dims[axis]);
        from = ir_plus(kernel, from, ir_times(kernel, digit, ir_integers(kernel, stride)));
    }
    return from;
}

/* The row-major number of each lane's element, then where the source has it. */
static LLVMValueRef reshaped_value(struct kernel *kernel, struct place place) {
    const struct map_shape to = kernel->step->result;
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t lanes = kernel->lanes, source_area = source->shape.h * source->shape.w;
    LLVMValueRef channel =
        ir_plus(kernel, ir_splat_i32(kernel, ir_mul(kernel, place.block, lanes)), ir_lane_indices(kernel));
    LLVMValueRef within = ir_add(kernel, ir_mul(kernel, place.row, to.w), place.column);
    LLVMValueRef number =
        ir_plus(kernel, ir_times(kernel, channel, ir_integers(kernel, to.h * to.w)), ir_splat_i32(kernel, within));
    number = source_number(kernel, number);
    LLVMValueRef from_channel = quotient(kernel, number, source_area);
    LLVMValueRef from_within = remainder_of(kernel, number, source_area);
    LLVMValueRef parts[4] = {
        ir_times(kernel, quotient(kernel, from_channel, source->block), ir_integers(kernel, source->block_stride)),
        remainder_of(kernel, from_channel, source->block),
        ir_times(kernel, quotient(kernel, from_within, source->shape.w), ir_integers(kernel, source->row_stride)),
        ir_times(kernel, remainder_of(kernel, from_within, source->shape.w), ir_integers(kernel, source->block)),
    };
    LLVMValueRef indices = ir_plus(kernel, ir_plus(kernel, parts[0], parts[1]), ir_plus(kernel, parts[2], parts[3]));
    int64_t batch_stride = kernel->plan->graph->batch > 1 ? source->batch_stride : 0;
    LLVMValueRef base = ir_offset(kernel, kernel->source, ir_mul(kernel, place.picture, batch_stride));
    return ir_gather(kernel, base, indices, ir_channel_lanes(kernel, place.block), ir_number(kernel, 0));
}

void emit_RESHAPE(struct kernel *kernel) {
    rows_store(kernel, reshaped_value);
}

/* Along one axis: the two source positions that a result lies between, and the share of the second.
 * With half-pixel centres result i lies at (i + 1/2) / scale - 1/2 = (2 i + 1 - scale) / (2 scale). */
struct between {
    LLVMValueRef low, high, share;
};

static struct between lies_between(struct kernel *kernel, LLVMValueRef at, int64_t scale, int64_t extent) {
    LLVMValueRef number = ir_add(kernel, ir_mul(kernel, at, 2), ir_i64(kernel, 1 - scale));
    number = ir_max(kernel, number, ir_i64(kernel, 0));
    struct between between = {.low = ir_div(kernel, number, 2 * scale)};
    between.high = ir_min(kernel, ir_add(kernel, between.low, ir_i64(kernel, 1)), ir_i64(kernel, extent - 1));
    LLVMValueRef rest = ir_rem(kernel, number, 2 * scale);
    LLVMValueRef share = LLVMBuildSIToFP(kernel->builder, rest, kernel->unit->f32, "");
    share = LLVMBuildFMul(kernel->builder, share, ir_f32(kernel, 1.0 / (double)(2 * scale)), "");
    between.share = ir_splat(kernel, share);
    return between;
}

static LLVMValueRef load_at(struct kernel *kernel, struct place place, LLVMValueRef row, LLVMValueRef column) {
    place.row = row;
    place.column = column;
    return ir_load_vector(kernel, place_address(kernel, kernel->source, kernel->step->source.buffer, place));
}

static LLVMValueRef mix(struct kernel *kernel, LLVMValueRef a, LLVMValueRef b, LLVMValueRef share) {
    LLVMValueRef difference = LLVMBuildFSub(kernel->builder, b, a, "");
    return ir_multiply_add(kernel, difference, share, a);
}

static LLVMValueRef upsampled_value(struct kernel *kernel, struct place place) {
    const struct plan_step *step = kernel->step;
    const int64_t *scale = step->as.upsample.scale;
    if (step->as.upsample.mode == UPSAMPLE_NEAREST)
        return load_at(kernel, place, ir_div(kernel, place.row, scale[0]), ir_div(kernel, place.column, scale[1]));
    struct between rows = lies_between(kernel, place.row, scale[0], step->source.buffer->shape.h);
    struct between columns = lies_between(kernel, place.column, scale[1], step->source.buffer->shape.w);
    LLVMValueRef low = mix(kernel, load_at(kernel, place, rows.low, columns.low),
                           load_at(kernel, place, rows.low, columns.high), columns.share);
    LLVMValueRef high = mix(kernel, load_at(kernel, place, rows.high, columns.low),
                            load_at(kernel, place, rows.high, columns.high), columns.share);
    return mix(kernel, low, high, rows.share);
}

void emit_UPSAMPLE(struct kernel *kernel) {
    rows_store(kernel, upsampled_value);
}
