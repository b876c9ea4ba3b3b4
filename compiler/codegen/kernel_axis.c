/* kernel_axis.c - work along chosen axes: TAKE, RESAMPLE, REARRANGE, whose tables pack_table.c writes. */
#include "arithmetic.h"

static LLVMValueRef table_at(struct kernel *kernel, LLVMValueRef number, LLVMTypeRef type) {
    return ir_load(kernel, ir_offset(kernel, kernel->panels[0], number), type, 4);
}

/* An entry of the table that is a whole number. */
static LLVMValueRef table_index(struct kernel *kernel, LLVMValueRef number) {
    LLVMValueRef entry = table_at(kernel, number, kernel->unit->i32);
    return LLVMBuildSExt(kernel->builder, entry, kernel->unit->i64, "");
}

/* The source's vector at a place whose row (axis 1) or column (axis 2) is `at`. */
static LLVMValueRef load_along(struct kernel *kernel, struct place place, int axis, LLVMValueRef at) {
    *(axis == 1 ? &place.row : &place.column) = at;
    return ir_load_vector(kernel, place_address(kernel, kernel->source, kernel->step->source.buffer, place));
}

static LLVMValueRef position_along(struct place place, int axis) {
    return axis == 1 ? place.row : place.column;
}

static LLVMValueRef taken_value(struct kernel *kernel, struct place place) {
    const struct plan_step *step = kernel->step;
    int axis = step->as.take.axis;
    LLVMValueRef index = table_index(kernel, position_along(place, axis)), zero = ir_i64(kernel, 0);
    if (!step->as.take.fills) return load_along(kernel, place, axis, index);
    LLVMValueRef value = load_along(kernel, place, axis, ir_max(kernel, index, zero));
    LLVMValueRef is_fill = LLVMBuildICmp(kernel->builder, LLVMIntSLT, index, zero, "");
    return LLVMBuildSelect(kernel->builder, is_fill, ir_number(kernel, step->as.take.fill), value, "");
}

void emit_TAKE(struct kernel *kernel) {
    rows_store(kernel, taken_value);
}

static LLVMValueRef source_picture(struct kernel *kernel, struct place place) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    int64_t batch_stride = kernel->plan->graph->batch > 1 ? source->batch_stride : 0;
    return ir_offset(kernel, kernel->source, ir_mul(kernel, place.picture, batch_stride));
}

/* Tap `tap` along rows or columns: sum + weight * value, where the weight is not 0. */
static LLVMValueRef add_tap(struct kernel *kernel, struct place place, LLVMValueRef tap, LLVMValueRef sum) {
    const struct plan_step *step = kernel->step;
    int64_t taps = step->as.resample.taps;
    int axis = step->as.resample.axis;
    LLVMValueRef number = ir_add(kernel, ir_mul(kernel, position_along(place, axis), taps), tap);
    LLVMValueRef value = load_along(kernel, place, axis, table_index(kernel, number));
    LLVMValueRef at_weight = ir_add(kernel, number, ir_i64(kernel, step->as.resample.count * taps));
    LLVMValueRef weight = table_at(kernel, at_weight, kernel->unit->f32);
    LLVMValueRef counts = LLVMBuildFCmp(kernel->builder, LLVMRealONE, weight, ir_f32(kernel, 0), "");
    LLVMValueRef more = ir_multiply_add(kernel, value, ir_splat(kernel, weight), sum);
    return LLVMBuildSelect(kernel->builder, counts, more, sum, "");
}

/* The same along channels, whose numbers and weights differ from lane to lane. */
static LLVMValueRef add_channel_tap(struct kernel *kernel, struct place place, LLVMValueRef tap, LLVMValueRef sum) {
    const struct plan_step *step = kernel->step;
    const struct plan_buffer *source = step->source.buffer;
    LLVMValueRef number = ir_add(kernel, ir_mul(kernel, place.block, step->as.resample.taps), tap);
    number = ir_mul(kernel, number, 2 * kernel->lanes);
    LLVMValueRef places = table_at(kernel, number, kernel->int_vector);
    LLVMValueRef weights = table_at(kernel, ir_add(kernel, number, ir_i64(kernel, kernel->lanes)), kernel->vector);
    LLVMValueRef counts = LLVMBuildFCmp(kernel->builder, LLVMRealONE, weights, ir_number(kernel, 0), "");
    LLVMValueRef within = ir_add(kernel, ir_mul(kernel, place.row, source->row_stride),
                                 ir_mul(kernel, place.column, source->block));
    LLVMValueRef base = ir_offset(kernel, source_picture(kernel, place), within);
    return ir_multiply_add(kernel, ir_gather(kernel, base, places, counts, ir_number(kernel, 0)), weights, sum);
}

static LLVMValueRef resampled_value(struct kernel *kernel, struct place place) {
    enum { MOST_UNROLLED = 8 };
    int64_t taps = kernel->step->as.resample.taps;
    LLVMValueRef (*add)(struct kernel *kernel, struct place place, LLVMValueRef tap, LLVMValueRef sum) =
        kernel->step->as.resample.axis ? add_tap : add_channel_tap;
    struct loop loop = {.carried_count = 1, .carried = {ir_number(kernel, 0)}};
    if (taps <= MOST_UNROLLED) {
        for (int64_t i = 0; i < taps; i++) loop.carried[0] = add(kernel, place, ir_i64(kernel, i), loop.carried[0]);
        return loop.carried[0];
    }
    loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, taps), 1);
    loop.carried[0] = add(kernel, place, loop.index, loop.carried[0]);
    loop_close(kernel, &loop);
    return loop.carried[0];
}

void emit_RESAMPLE(struct kernel *kernel) {
    rows_store(kernel, resampled_value);
}

/* What a row or column of the result adds to the place in the source: its channel and the rest. */
struct shift {
    LLVMValueRef channel, offset;
};

static struct shift shift_of(struct kernel *kernel, struct place place) {
    const struct plan_step *step = kernel->step;
    int64_t rows = plan_blocks(step->result.c, kernel->lanes) * 2 * kernel->lanes, columns = rows + 2 * step->result.h;
    LLVMValueRef row = ir_add(kernel, ir_mul(kernel, place.row, 2), ir_i64(kernel, rows));
    LLVMValueRef column = ir_add(kernel, ir_mul(kernel, place.column, 2), ir_i64(kernel, columns));
    LLVMValueRef one = ir_i64(kernel, 1);
    return (struct shift){
        ir_add(kernel, table_index(kernel, row), table_index(kernel, column)),
        ir_add(kernel, table_index(kernel, ir_add(kernel, row, one)), table_index(kernel, ir_add(kernel, column, one)))};
}

/* Whole blocks move: the place of the first lane is that of all. */
static LLVMValueRef moved_block(struct kernel *kernel, struct place place) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct shift shift = shift_of(kernel, place);
    LLVMValueRef first = ir_mul(kernel, place.block, 2 * kernel->lanes);
    LLVMValueRef channel = ir_add(kernel, shift.channel, table_index(kernel, first));
    LLVMValueRef block = ir_mul(kernel, ir_div(kernel, channel, source->block), source->block_stride);
    LLVMValueRef rest = table_index(kernel, ir_add(kernel, first, ir_i64(kernel, kernel->lanes)));
    LLVMValueRef offset = ir_add(kernel, block, ir_add(kernel, rest, shift.offset));
    return ir_load_vector(kernel, ir_offset(kernel, source_picture(kernel, place), offset));
}

static LLVMValueRef gathered_lanes(struct kernel *kernel, struct place place) {
    LLVMBuilderRef builder = kernel->builder;
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct shift shift = shift_of(kernel, place);
    LLVMValueRef first = ir_mul(kernel, place.block, 2 * kernel->lanes);
    LLVMValueRef channels = table_at(kernel, first, kernel->int_vector);
    LLVMValueRef rest = table_at(kernel, ir_add(kernel, first, ir_i64(kernel, kernel->lanes)), kernel->int_vector);
    channels = LLVMBuildAdd(builder, channels, ir_splat_i32(kernel, shift.channel), "");
    LLVMValueRef block = LLVMBuildUDiv(builder, channels, ir_integers(kernel, source->block), "");
    LLVMValueRef lane = LLVMBuildURem(builder, channels, ir_integers(kernel, source->block), "");
    LLVMValueRef places = LLVMBuildMul(builder, block, ir_integers(kernel, source->block_stride), "");
    places = LLVMBuildAdd(builder, LLVMBuildAdd(builder, places, lane, ""), rest, "");
    places = LLVMBuildAdd(builder, places, ir_splat_i32(kernel, shift.offset), "");
    return ir_gather(kernel, source_picture(kernel, place), places, ir_channel_lanes(kernel, place.block),
                     ir_number(kernel, 0));
}

/* A tile of lanes x lanes numbers: for each lane of the result the source's vector, whose lanes are the next places of
 * the result along the tile's axis. Lanes that are no channels read what is there, and are masked when they are stored. */
static void move_tile(struct kernel *kernel, struct place place) {
    const struct plan_buffer *source = kernel->step->source.buffer;
    struct shift shift = shift_of(kernel, place);
    LLVMValueRef first = ir_mul(kernel, place.block, 2 * kernel->lanes), vectors[64];
    LLVMValueRef channel = ir_add(kernel, shift.channel, table_index(kernel, first));
    LLVMValueRef block = ir_mul(kernel, ir_div(kernel, channel, source->block), source->block_stride);
    LLVMValueRef base = ir_offset(kernel, source_picture(kernel, place), ir_add(kernel, block, shift.offset));
    for (int64_t i = 0; i < kernel->lanes; i++) {
        LLVMValueRef offset = table_index(kernel, ir_add(kernel, first, ir_i64(kernel, kernel->lanes + i)));
        vectors[i] = ir_load_vector(kernel, ir_offset(kernel, base, offset));
    }
    ir_transpose(kernel, vectors);
    for (int64_t i = 0; i < kernel->lanes; i++) {
        struct place to = place;
        LLVMValueRef *at = kernel->step->as.rearrange.tile_axis == 1 ? &to.row : &to.column;
        *at = ir_add(kernel, *at, ir_i64(kernel, i));
        place_store(kernel, to, vectors[i]);
    }
}

/* Columns `begin` to before `end` of a row, one by one. */
static void gather_columns(struct kernel *kernel, struct place place, LLVMValueRef begin, LLVMValueRef end) {
    struct loop columns = {0};
    loop_open(kernel, &columns, begin, end, 1);
    place.column = columns.index;
    place_store(kernel, place, gathered_lanes(kernel, place));
    loop_close(kernel, &columns);
}

static void emit_column_tiles(struct kernel *kernel) {
    int64_t width = kernel->step->result.w, whole = width / kernel->lanes * kernel->lanes;
    struct loop items, tiles = {0};
    struct place place = rows_open(kernel, &items, kernel->step->result.h);
    loop_open(kernel, &tiles, ir_i64(kernel, 0), ir_i64(kernel, whole), kernel->lanes);
    place.column = tiles.index;
    move_tile(kernel, place);
    loop_close(kernel, &tiles);
    if (whole < width) gather_columns(kernel, place, ir_i64(kernel, whole), ir_i64(kernel, width));
    loop_close(kernel, &items);
}

/* An item is as many rows as there are lanes, or those that are left. */
static void emit_row_tiles(struct kernel *kernel) {
    int64_t height = kernel->step->result.h, whole = height / kernel->lanes * kernel->lanes;
    LLVMValueRef zero = ir_i64(kernel, 0), width = ir_i64(kernel, kernel->step->result.w);
    struct loop items, columns = {0}, rows = {0};
    struct place place = rows_open(kernel, &items, plan_blocks(height, kernel->lanes));
    place.row = ir_mul(kernel, place.row, kernel->lanes);
    LLVMValueRef is_whole = LLVMBuildICmp(kernel->builder, LLVMIntSLT, place.row, ir_i64(kernel, whole), "");
    struct branch branch;
    branch_open(kernel, &branch, is_whole);
    loop_open(kernel, &columns, zero, width, 1);
    place.column = columns.index;
    move_tile(kernel, place);
    loop_close(kernel, &columns);
    branch_close(kernel, &branch);
    if (whole < height) {
        branch_open(kernel, &branch, LLVMBuildNot(kernel->builder, is_whole, ""));
        loop_open(kernel, &rows, ir_i64(kernel, whole), ir_i64(kernel, height), 1);
        place.row = rows.index;
        gather_columns(kernel, place, zero, width);
        loop_close(kernel, &rows);
        branch_close(kernel, &branch);
    }
    loop_close(kernel, &items);
}

void emit_REARRANGE(struct kernel *kernel) {
    const struct plan_rearrange *how = &kernel->step->as.rearrange;
    if (how->tile_axis == 1)
        emit_row_tiles(kernel);
    else if (how->tile_axis == 2)
        emit_column_tiles(kernel);
    else
        rows_store(kernel, how->moves_blocks ? moved_block : gathered_lanes);
}
