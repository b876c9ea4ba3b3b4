/* kernel_excite.c - the gate of an SE block: gate(fc2 inner(fc1 z + b1) + b2). Every thread squeezes and computes the few
 * hidden units for itself, which costs less than meeting at a barrier, and then its share of the channels.
 *
 * An item is a group of channel blocks. Blocks of a group read a number of the input together; each is summed in the
 * same chains in the same order whoever computes it, so that the bits do not depend on the number of threads. The blocks
 * of a group are far apart: from group to group, the weights are read in as many long streams. */
#include "kernel.h"

#include <math.h>

enum { CHAINS = 2 };

/* One of the two layers. */
struct layer {
    int number;
    LLVMValueRef input; /* single numbers */
    int64_t inputs;
    const struct activation *activation;
    LLVMValueRef doubt; /* NULL, or added to all sums */
    LLVMValueRef wary;  /* NULL, or the numbers of which -inf or NaN makes a result of 0 NaN */
};

static LLVMValueRef panel_vector(struct kernel *kernel, LLVMValueRef panel, LLVMValueRef at, int64_t block_floats) {
    return ir_load_vector(kernel, ir_offset(kernel, ir_offset(kernel, panel, at), ir_i64(kernel, block_floats)));
}

/* Blocks first, first + apart ... */
struct group {
    LLVMValueRef first;
    int64_t count, apart;
};

/* sums[chain * count + block] += panel[block][input] * input number `index` */
static void add_input(struct kernel *kernel, const struct layer *layer, LLVMValueRef panel, LLVMValueRef index,
                      const struct group *group, LLVMValueRef *sums) {
    LLVMValueRef x = ir_load_splat(kernel, ir_offset(kernel, layer->input, index));
    LLVMValueRef at = ir_mul(kernel, index, kernel->lanes);
    for (int64_t j = 0; j < group->count; j++) {
        LLVMValueRef w = panel_vector(kernel, panel, at, j * group->apart * layer->inputs * kernel->lanes);
        sums[j] = ir_multiply_add(kernel, x, w, sums[j]);
    }
}

static LLVMValueRef group_block(struct kernel *kernel, const struct group *group, int64_t j) {
    return ir_add(kernel, group->first, ir_i64(kernel, j * group->apart));
}

/* The blocks of a group, with bias and activation. */
static void layer_group(struct kernel *kernel, const struct layer *layer, const struct group *group, LLVMValueRef *values) {
    LLVMValueRef panel =
        ir_offset(kernel, kernel->panels[layer->number], ir_mul(kernel, group->first, layer->inputs * kernel->lanes));
    int64_t count = group->count;
    struct loop loop = {.carried_count = (int)(CHAINS * count)};
    for (int i = 0; i < loop.carried_count; i++) loop.carried[i] = ir_number(kernel, 0);
    int64_t whole = layer->inputs / CHAINS * CHAINS;
    if (whole) {
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, whole), CHAINS);
        for (int64_t i = 0; i < CHAINS; i++)
            add_input(kernel, layer, panel, ir_add(kernel, loop.index, ir_i64(kernel, i)), group,
                      loop.carried + i * count);
        loop_close(kernel, &loop);
    }
    for (int64_t i = whole; i < layer->inputs; i++)
        add_input(kernel, layer, panel, ir_i64(kernel, i), group, loop.carried + (i - whole) * count);
    for (int64_t j = 0; j < count; j++) {
        LLVMValueRef sum = LLVMBuildFAdd(kernel->builder, loop.carried[j], loop.carried[count + j], "");
        if (kernel->vectors[layer->number]) {
            LLVMValueRef at = ir_mul(kernel, group_block(kernel, group, j), kernel->lanes);
            at = ir_offset(kernel, kernel->vectors[layer->number], at);
            sum = LLVMBuildFAdd(kernel->builder, sum, ir_load_vector(kernel, at), "");
        }
        if (layer->doubt) sum = LLVMBuildFAdd(kernel->builder, sum, layer->doubt, "");
        values[j] = vector_activation(kernel, layer->activation, sum);
    }
}

/* Zeros if all of the vector z is finite, else NaN. */
static LLVMValueRef find_doubt(struct kernel *kernel, LLVMValueRef z, int64_t inputs) {
    int64_t lanes = kernel->lanes, whole = inputs / lanes * lanes;
    LLVMValueRef zero = ir_number(kernel, 0), each = ir_stack(kernel, lanes), doubt = zero;
    struct loop loop = {.carried_count = 1, .carried = {zero}};
    loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, whole), lanes);
    LLVMValueRef numbers = ir_load(kernel, ir_offset(kernel, z, loop.index), kernel->vector, 4);
    loop.carried[0] = ir_multiply_add(kernel, numbers, zero, loop.carried[0]);
    loop_close(kernel, &loop);
    ir_store(kernel, loop.carried[0], each, (unsigned)lanes * 4);
    for (int64_t i = 0; i < lanes; i++)
        doubt = LLVMBuildFAdd(kernel->builder, doubt, ir_load_splat(kernel, ir_offset(kernel, each, ir_i64(kernel, i))), "");
    for (int64_t i = whole; i < inputs; i++)
        doubt = ir_multiply_add(kernel, ir_load_splat(kernel, ir_offset(kernel, z, ir_i64(kernel, i))), zero, doubt);
    return doubt;
}

/* One block of the vector z from the sums of a part, row by row. */
static LLVMValueRef squeezed(struct kernel *kernel, const struct plan_buffer *part, LLVMValueRef from) {
    const struct plan_excite *excite = &kernel->step->as.excite;
    struct loop rows = {.carried_count = 1, .carried = {ir_number(kernel, excite->is_max ? -INFINITY : 0)}}, columns;
    loop_open(kernel, &rows, ir_i64(kernel, 0), ir_i64(kernel, part->shape.h), 1);
    LLVMValueRef row = ir_offset(kernel, from, ir_mul(kernel, rows.index, part->row_stride));
    columns = (struct loop){.carried_count = 1, .carried = {rows.carried[0]}};
    loop_open(kernel, &columns, ir_i64(kernel, 0), ir_i64(kernel, part->shape.w), 1);
    LLVMValueRef value = ir_load_vector(kernel, ir_offset(kernel, row, ir_mul(kernel, columns.index, part->block)));
    columns.carried[0] = ir_combine(kernel, excite->is_max, columns.carried[0], value);
    loop_close(kernel, &columns);
    rows.carried[0] = columns.carried[0];
    loop_close(kernel, &rows);
    if (excite->is_max) return rows.carried[0];
    return LLVMBuildFDiv(kernel->builder, rows.carried[0], ir_number(kernel, (double)excite->count), "");
}

/* The vector z of a picture in `to`. */
static void squeeze_parts(struct kernel *kernel, LLVMValueRef picture, LLVMValueRef to) {
    const struct plan_excite *excite = &kernel->step->as.excite;
    int64_t first = 0;
    for (int i = 0; i < excite->part_count; i++) {
        const struct plan_buffer *part = excite->parts[i];
        int64_t blocks = excite->part_blocks[i];
        struct loop loop = {0};
        loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, blocks), 1);
        LLVMValueRef from = ir_add(kernel, ir_mul(kernel, picture, part->batch_stride),
                                   ir_mul(kernel, loop.index, part->block_stride));
        LLVMValueRef z = squeezed(kernel, part, ir_offset(kernel, kernel->parts[i], from));
        LLVMValueRef at = ir_mul(kernel, ir_add(kernel, loop.index, ir_i64(kernel, first)), kernel->lanes);
        ir_store(kernel, z, ir_offset(kernel, to, at), (unsigned)kernel->lanes * 4);
        loop_close(kernel, &loop);
        first += blocks;
    }
}

/* The sum of a rectangle of the border of one block of channels. */
static LLVMValueRef rectangle_sum(struct kernel *kernel, struct place place, const struct plan_run *rows,
                                  const struct plan_run *columns) {
    const struct plan_buffer *map = kernel->step->as.excite.border->map;
    struct loop row = {.carried_count = 1, .carried = {ir_number(kernel, 0)}}, column;
    loop_open(kernel, &row, ir_i64(kernel, rows->begin), ir_i64(kernel, rows->end), 1);
    column = (struct loop){.carried_count = 1, .carried = {row.carried[0]}};
    loop_open(kernel, &column, ir_i64(kernel, columns->begin), ir_i64(kernel, columns->end), 1);
    place.row = row.index;
    place.column = column.index;
    LLVMValueRef value = ir_load_vector(kernel, place_address(kernel, kernel->border, map, place));
    column.carried[0] = LLVMBuildFAdd(kernel->builder, column.carried[0], value, "");
    loop_close(kernel, &column);
    row.carried[0] = column.carried[0];
    loop_close(kernel, &row);
    return row.carried[0];
}

static void add_to_class(struct kernel *kernel, LLVMValueRef to, const struct plan_run *rows,
                         const struct plan_run *columns, LLVMValueRef sum) {
    const struct plan_border *border = kernel->step->as.excite.border;
    if (rows->class < 0 || columns->class < 0) return;
    int64_t at = (rows->class * border->axes[1].class_count + columns->class) * kernel->lanes;
    LLVMValueRef address = ir_offset(kernel, to, ir_i64(kernel, at));
    sum = LLVMBuildFMul(kernel->builder, sum, ir_number(kernel, border->factor), "");
    sum = LLVMBuildFAdd(kernel->builder, ir_load_vector(kernel, address), sum, "");
    ir_store(kernel, sum, address, (unsigned)kernel->lanes * 4);
}

/* The sums of the classes of one block; `sum` is that of the whole map. The middle is what the border leaves of it. */
static void store_classes(struct kernel *kernel, struct place place, LLVMValueRef sum, LLVMValueRef to) {
    const struct plan_border *border = kernel->step->as.excite.border;
    const struct plan_border_axis *rows = &border->axes[0], *columns = &border->axes[1];
    for (int64_t i = 0; i < rows->class_count * columns->class_count; i++)
        ir_store(kernel, ir_number(kernel, 0), ir_offset(kernel, to, ir_i64(kernel, i * kernel->lanes)),
                 (unsigned)kernel->lanes * 4);
    LLVMValueRef around = ir_number(kernel, 0);
    for (int r = 0; r < rows->run_count; r++)
        for (int c = 0; c < columns->run_count; c++) {
            if (r == rows->middle && c == columns->middle) continue;
            LLVMValueRef part = rectangle_sum(kernel, place, &rows->runs[r], &columns->runs[c]);
            around = LLVMBuildFAdd(kernel->builder, around, part, "");
            add_to_class(kernel, to, &rows->runs[r], &columns->runs[c], part);
        }
    LLVMValueRef middle = LLVMBuildFSub(kernel->builder, sum, around, "");
    add_to_class(kernel, to, &rows->runs[rows->middle], &columns->runs[columns->middle], middle);
}

static int64_t class_count(const struct plan_excite *excite) {
    return excite->border ? excite->border->axes[0].class_count * excite->border->axes[1].class_count : 1;
}

/* The sums of all classes of a picture, from the sums of the channels. */
static LLVMValueRef squeeze_border(struct kernel *kernel, LLVMValueRef picture, LLVMValueRef sums) {
    const struct plan_excite *excite = &kernel->step->as.excite;
    int64_t blocks = plan_blocks(excite->border->map->shape.c, kernel->lanes), each = class_count(excite) * kernel->lanes;
    LLVMValueRef z = ir_stack(kernel, blocks * each);
    struct loop loop = {0};
    loop_open(kernel, &loop, ir_i64(kernel, 0), ir_i64(kernel, blocks), 1);
    struct place place = {.picture = picture, .block = loop.index};
    LLVMValueRef sum = ir_load_vector(kernel, ir_offset(kernel, sums, ir_mul(kernel, loop.index, kernel->lanes)));
    store_classes(kernel, place, sum, ir_offset(kernel, z, ir_mul(kernel, loop.index, each)));
    loop_close(kernel, &loop);
    return z;
}

static void store_hidden(struct kernel *kernel, const struct layer *layer, const struct group *group, LLVMValueRef to) {
    LLVMValueRef values[EXCITE_MAX_GROUP];
    layer_group(kernel, layer, group, values);
    for (int64_t j = 0; j < group->count; j++) {
        LLVMValueRef at = ir_offset(kernel, to, ir_mul(kernel, group_block(kernel, group, j), kernel->lanes));
        ir_store(kernel, values[j], at, (unsigned)kernel->lanes * 4);
    }
}

/* What is left of the blocks behind the whole groups. */
static struct group rest_group(struct kernel *kernel, int64_t blocks, int64_t each) {
    return (struct group){ir_i64(kernel, blocks / each * each), blocks % each, 1};
}

static void hidden_layer(struct kernel *kernel, const struct layer *layer, int64_t blocks, LLVMValueRef to) {
    int64_t each = EXCITE_MAX_GROUP, whole = blocks / each;
    struct loop groups = {0};
    if (whole) {
        loop_open(kernel, &groups, ir_i64(kernel, 0), ir_i64(kernel, whole), 1);
        store_hidden(kernel, layer, &(struct group){groups.index, each, whole}, to);
        loop_close(kernel, &groups);
    }
    struct group rest = rest_group(kernel, blocks, each);
    if (rest.count) store_hidden(kernel, layer, &rest, to);
}

/* The gates of a block; NaN instead of 0 where the number of the same channel is -inf or NaN. */
static LLVMValueRef be_wary(struct kernel *kernel, LLVMValueRef gates, LLVMValueRef numbers, LLVMValueRef block) {
    LLVMValueRef z = ir_load_vector(kernel, ir_offset(kernel, numbers, ir_mul(kernel, block, kernel->lanes)));
    LLVMValueRef is_low = LLVMBuildFCmp(kernel->builder, LLVMRealULE, z, ir_number(kernel, -INFINITY), "");
    LLVMValueRef is_zero = LLVMBuildFCmp(kernel->builder, LLVMRealOEQ, gates, ir_number(kernel, 0), "");
    return LLVMBuildSelect(kernel->builder, LLVMBuildAnd(kernel->builder, is_low, is_zero, ""), ir_number(kernel, NAN), gates, "");
}

static void store_gate(struct kernel *kernel, const struct layer *layer, LLVMValueRef picture, const struct group *group) {
    LLVMValueRef values[EXCITE_MAX_GROUP];
    layer_group(kernel, layer, group, values);
    for (int64_t j = 0; j < group->count; j++) {
        struct place place = {picture, group_block(kernel, group, j), ir_i64(kernel, 0), ir_i64(kernel, 0)};
        if (layer->wary) values[j] = be_wary(kernel, values[j], layer->wary, place.block);
        place_store(kernel, place, values[j]);
    }
}

static void gate_layer(struct kernel *kernel, const struct layer *layer, LLVMValueRef picture) {
    int64_t blocks = plan_blocks(kernel->step->result.c, kernel->lanes), each = kernel->step->as.excite.group, whole = blocks / each;
    struct group rest = rest_group(kernel, blocks, each);
    struct loop items = {0};
    loop_open(kernel, &items, kernel->begin, ir_min(kernel, kernel->end, ir_i64(kernel, whole)), 1);
    store_gate(kernel, layer, picture, &(struct group){items.index, each, whole});
    loop_close(kernel, &items);
    if (!rest.count) return;
    struct branch has_rest;
    LLVMValueRef is_last = LLVMBuildICmp(kernel->builder, LLVMIntEQ, kernel->end, ir_i64(kernel, whole + 1), "");
    branch_open(kernel, &has_rest, is_last);
    store_gate(kernel, layer, picture, &rest);
    branch_close(kernel, &has_rest);
}

void emit_EXCITE(struct kernel *kernel) {
    const struct plan_step *step = kernel->step;
    const struct plan_excite *excite = &step->as.excite;
    int64_t hidden_blocks = plan_blocks(excite->hidden, kernel->lanes), inputs = step->panels[0]->tensor->shape.dims[1];
    int64_t channels = excite->border ? excite->border->map->shape.c : inputs;
    struct branch has_work;
    branch_open(kernel, &has_work, LLVMBuildICmp(kernel->builder, LLVMIntSLT, kernel->begin, kernel->end, ""));
    LLVMValueRef hidden = excite->hidden ? ir_stack(kernel, hidden_blocks * kernel->lanes) : NULL, z = NULL;
    if (excite->part_count) z = ir_stack(kernel, plan_blocks(channels, kernel->lanes) * kernel->lanes);
    struct loop pictures = {0};
    loop_open(kernel, &pictures, ir_i64(kernel, 0), ir_i64(kernel, kernel->plan->graph->batch), 1);
    if (excite->part_count)
        squeeze_parts(kernel, pictures.index, z);
    else
        z = ir_offset(kernel, kernel->source, ir_mul(kernel, pictures.index, step->source.buffer->batch_stride));
    if (excite->border) {
        z = squeeze_border(kernel, pictures.index, z);
        inputs = plan_blocks(channels, kernel->lanes) * class_count(excite) * kernel->lanes;
    }
    struct layer first = {0, z, inputs, &excite->inner, NULL, NULL};
    struct layer second = {1, hidden, excite->hidden, &excite->gate, NULL, NULL};
    if (excite->is_strict) first.doubt = find_doubt(kernel, z, inputs);
    if (excite->hidden)
        hidden_layer(kernel, &first, hidden_blocks, hidden);
    else
        second = (struct layer){0, z, inputs, &excite->gate, first.doubt, NULL};
    if (excite->is_wary) second.wary = z;
    gate_layer(kernel, &second, pictures.index);
    loop_close(kernel, &pictures);
    branch_close(kernel, &has_work);
}
