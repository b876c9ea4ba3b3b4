/* kernel_border.c - INPUT and OUTPUT: between the caller's [batch, C, H, W] and channel blocks. */
#include "kernel.h"

/* The caller's element [picture][channel][row][column]. */
static LLVMValueRef plain_address(struct kernel *kernel, LLVMValueRef base, struct place place, LLVMValueRef channel) {
    struct map_shape shape = kernel->step->result;
    LLVMValueRef at = ir_add(kernel, ir_mul(kernel, place.picture, shape.c), channel);
    at = ir_add(kernel, ir_mul(kernel, at, shape.h), place.row);
    at = ir_add(kernel, ir_mul(kernel, at, shape.w), place.column);
    return ir_offset(kernel, base, at);
}

static LLVMValueRef channel_addresses(struct kernel *kernel, LLVMValueRef base, struct place place) {
    int64_t area = kernel->step->result.h * kernel->step->result.w;
    LLVMValueRef first = plain_address(kernel, base, place, ir_mul(kernel, place.block, kernel->lanes));
    LLVMValueRef steps = LLVMBuildMul(kernel->builder, ir_lane_indices(kernel), ir_integers(kernel, area), "");
    return LLVMBuildGEP2(kernel->builder, kernel->unit->f32, first, &steps, 1, "");
}

static LLVMValueRef four(struct kernel *kernel) {
    return LLVMConstInt(kernel->unit->i32, 4, 0);
}

static LLVMTypeRef pointer_vector(struct kernel *kernel) {
    return LLVMVectorType(kernel->unit->pointer, (unsigned)kernel->lanes);
}

/* One pixel into its block: its channels gathered from as many planes. */
static void input_pixel(struct kernel *kernel, struct place place) {
    LLVMTypeRef types[] = {kernel->vector, pointer_vector(kernel)};
    LLVMValueRef arguments[] = {channel_addresses(kernel, kernel->source, place), four(kernel),
                                ir_channel_lanes(kernel, place.block), ir_number(kernel, 0)};
    LLVMValueRef value = ir_intrinsic(kernel, "llvm.masked.gather", types, 2, arguments, 4);
    LLVMValueRef to = place_address(kernel, kernel->target, kernel->step->target, place);
    ir_store(kernel, value, to, (unsigned)kernel->lanes * 4);
}

/* `lanes` pixels of a row into their blocks. */
static void input_pixels(struct kernel *kernel, struct place place) {
    LLVMValueRef rows[64], first = ir_mul(kernel, place.block, kernel->lanes);
    for (int64_t i = 0; i < kernel->lanes; i++) {
        LLVMValueRef channel = ir_add(kernel, first, ir_i64(kernel, i));
        LLVMValueRef exists =
            LLVMBuildICmp(kernel->builder, LLVMIntSLT, channel, ir_i64(kernel, kernel->step->result.c), "");
        LLVMTypeRef types[] = {kernel->vector, kernel->unit->pointer};
        LLVMValueRef arguments[] = {plain_address(kernel, kernel->source, place, channel), four(kernel),
                                    ir_splat(kernel, exists), ir_number(kernel, 0)};
        rows[i] = ir_intrinsic(kernel, "llvm.masked.load", types, 2, arguments, 4);
    }
    ir_transpose(kernel, rows);
    LLVMValueRef to = place_address(kernel, kernel->target, kernel->step->target, place);
    for (int64_t i = 0; i < kernel->lanes; i++)
        ir_store(kernel, rows[i], ir_offset(kernel, to, ir_i64(kernel, i * kernel->lanes)), (unsigned)kernel->lanes * 4);
}

/* One pixel of a narrow block: its channels one after the other. */
static void input_narrow_pixel(struct kernel *kernel, struct place place) {
    LLVMValueRef to = place_address(kernel, kernel->target, kernel->step->target, place);
    for (int64_t c = 0; c < kernel->step->result.c; c++) {
        LLVMValueRef from = plain_address(kernel, kernel->source, place, ir_i64(kernel, c));
        LLVMValueRef value = ir_load(kernel, from, kernel->unit->f32, 4);
        ir_store(kernel, value, ir_offset(kernel, to, ir_i64(kernel, c)), 4);
    }
}

/* `lanes` pixels of a narrow block: a vector of each channel, interleaved. */
static void input_narrow_pixels(struct kernel *kernel, struct place place) {
    int64_t channels = kernel->step->result.c, lanes = kernel->lanes;
    LLVMValueRef to = place_address(kernel, kernel->target, kernel->step->target, place);
    LLVMValueRef planes[64];
    for (int64_t c = 0; c < channels; c++) {
        LLVMValueRef from = plain_address(kernel, kernel->source, place, ir_i64(kernel, c));
        planes[c] = ir_load(kernel, from, kernel->vector, 4);
    }
    for (int64_t part = 0; part < channels; part++) {
        LLVMValueRef value = ir_number(kernel, 0), mask[64];
        for (int64_t c = 0; c < channels; c++) {
            for (int64_t i = 0; i < lanes; i++) {
                int64_t number = part * lanes + i;
                bool takes = number % channels == c;
                mask[i] = LLVMConstInt(kernel->unit->i32, (unsigned long long)(takes ? lanes + number / channels : i), 0);
            }
            value = LLVMBuildShuffleVector(kernel->builder, value, planes[c], LLVMConstVector(mask, (unsigned)lanes), "");
        }
        ir_store(kernel, value, ir_offset(kernel, to, ir_i64(kernel, part * lanes)), 4);
    }
}

typedef void emit_pixels(struct kernel *kernel, struct place place);

/* Each row: groups of `lanes` columns by `many`, the rest by `one`. */
static void emit_rows(struct kernel *kernel, emit_pixels *many, emit_pixels *one) {
    int64_t width = kernel->step->result.w, whole = width / kernel->lanes * kernel->lanes;
    struct loop items, columns = {0}, rest = {0};
    struct place place = rows_open(kernel, &items, kernel->step->result.h);
    if (whole) {
        loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, whole), kernel->lanes);
        place.column = columns.index;
        many(kernel, place);
        loop_close(kernel, &columns);
    }
    if (width > whole) {
        loop_open(kernel, &rest, ir_i64(kernel, whole), ir_i64(kernel, width), 1);
        place.column = rest.index;
        one(kernel, place);
        loop_close(kernel, &rest);
    }
    loop_close(kernel, &items);
}

void emit_INPUT(struct kernel *kernel) {
    if (kernel->step->target->block == kernel->lanes)
        emit_rows(kernel, input_pixels, input_pixel);
    else
        emit_rows(kernel, input_narrow_pixels, input_narrow_pixel);
}

static LLVMValueRef source_vector(struct kernel *kernel, struct place place) {
    return ir_load_vector(kernel, place_address(kernel, kernel->source, kernel->step->source.buffer, place));
}

static void output_pixel(struct kernel *kernel, struct place place) {
    LLVMValueRef value = source_vector(kernel, place), lanes = ir_channel_lanes(kernel, place.block);
    if (kernel->step->result.h * kernel->step->result.w == 1) {
        LLVMTypeRef types[] = {kernel->vector, kernel->unit->pointer};
        LLVMValueRef to = plain_address(kernel, kernel->target, place, ir_mul(kernel, place.block, kernel->lanes));
        ir_intrinsic(kernel, "llvm.masked.store", types, 2, (LLVMValueRef[]){value, to, four(kernel), lanes}, 4);
        return;
    }
    LLVMTypeRef types[] = {kernel->vector, pointer_vector(kernel)};
    LLVMValueRef arguments[] = {value, channel_addresses(kernel, kernel->target, place), four(kernel), lanes};
    ir_intrinsic(kernel, "llvm.masked.scatter", types, 2, arguments, 4);
}

static void output_pixels(struct kernel *kernel, struct place place) {
    LLVMValueRef rows[64], first = ir_mul(kernel, place.block, kernel->lanes);
    LLVMValueRef from = place_address(kernel, kernel->source, kernel->step->source.buffer, place);
    for (int64_t i = 0; i < kernel->lanes; i++)
        rows[i] = ir_load_vector(kernel, ir_offset(kernel, from, ir_i64(kernel, i * kernel->lanes)));
    ir_transpose(kernel, rows);
    for (int64_t i = 0; i < kernel->lanes; i++) {
        LLVMValueRef channel = ir_add(kernel, first, ir_i64(kernel, i));
        struct branch exists;
        branch_open(kernel, &exists,
                    LLVMBuildICmp(kernel->builder, LLVMIntSLT, channel, ir_i64(kernel, kernel->step->result.c), ""));
        ir_store(kernel, rows[i], plain_address(kernel, kernel->target, place, channel), 4);
        branch_close(kernel, &exists);
    }
}

void emit_OUTPUT(struct kernel *kernel) {
    emit_rows(kernel, output_pixels, output_pixel);
}
