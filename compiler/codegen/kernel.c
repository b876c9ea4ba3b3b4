/* kernel.c - a step becomes a function; steps that differ in addresses only share one. */
#include "kernel.h"

#include "../base/fatal.h"
#include "../base/text.h"

enum role {
    ROLE_TARGET,
    ROLE_SOURCE,
    ROLE_SOURCE_SCALE,
    ROLE_PART,
    ROLE_BORDER,
    ROLE_PANEL,
    ROLE_VECTOR,
    ROLE_OPERAND,
    ROLE_OPERAND_SCALE,
    ROLE_SQUEEZE,
    ROLE_MEET
};

struct argument {
    enum role role;
    size_t index; /* of the part, panel, vector, squeeze or epilogue */
    struct kernel_pointer pointer;
};

/* The address of (0, 0, 0) of a buffer, or of a place in it. */
static struct kernel_pointer buffer_pointer(const struct plan_buffer *buffer, int64_t row, int64_t column) {
    int64_t floats = buffer->origin + row * buffer->row_stride + column * buffer->block;
    static const enum pointer_space spaces[] = {POINTER_ARENA, POINTER_WEIGHTS, POINTER_PRIVATE};
    return (struct kernel_pointer){spaces[buffer->space], buffer->offset_bytes + floats * 4};
}

static int list_arguments(const struct plan_step *step, struct argument *list) {
    int count = 0;
    if (step->anchor == ANCHOR_OUTPUT)
        list[count++] = (struct argument){ROLE_TARGET, 0, {POINTER_OUTPUT, step->external}};
    else
        list[count++] = (struct argument){
            ROLE_TARGET, 0, buffer_pointer(step->target, step->target_row, step->target_column)};
    if (step->anchor == ANCHOR_INPUT)
        list[count++] = (struct argument){ROLE_SOURCE, 0, {POINTER_INPUT, step->external}};
    else if (step->anchor == ANCHOR_GATHER)
        list[count++] = (struct argument){ROLE_SOURCE, 0, {POINTER_ARENA, 0}};
    else if (step->source.buffer)
        list[count++] = (struct argument){
            ROLE_SOURCE, 0,
            buffer_pointer(step->source.buffer, step->source_row, step->source_column)};
    if (step->source.scale)
        list[count++] = (struct argument){ROLE_SOURCE_SCALE, 0, buffer_pointer(step->source.scale, 0, 0)};
    if (step->anchor == ANCHOR_EXCITE && step->as.excite.border)
        list[count++] = (struct argument){ROLE_BORDER, 0, buffer_pointer(step->as.excite.border->map, 0, 0)};
    for (int i = 0; step->anchor == ANCHOR_EXCITE && i < step->as.excite.part_count; i++)
        list[count++] = (struct argument){ROLE_PART, (size_t)i, buffer_pointer(step->as.excite.parts[i], 0, 0)};
    for (size_t i = 0; i < 2; i++)
        if (step->panels[i])
            list[count++] = (struct argument){ROLE_PANEL, i, {POINTER_WEIGHTS, step->panels[i]->offset_bytes}};
    for (size_t i = 0; i < 2; i++)
        if (step->vectors[i]) list[count++] = (struct argument){ROLE_VECTOR, i, buffer_pointer(step->vectors[i], 0, 0)};
    if (step->anchor == ANCHOR_MEET) list[count++] = (struct argument){ROLE_MEET, 0, {POINTER_MEET, step->as.meet.index}};
    for (int i = 0; i < step->squeeze_count; i++)
        list[count++] = (struct argument){ROLE_SQUEEZE, (size_t)i, buffer_pointer(step->squeezes[i].sums, 0, 0)};
    for (size_t i = 0; i < step->epilogues.count; i++) {
        const struct plan_operand *operand = &step->epilogues.items[i].operand;
        if (operand->buffer) list[count++] = (struct argument){ROLE_OPERAND, i, buffer_pointer(operand->buffer, 0, 0)};
        if (operand->scale) list[count++] = (struct argument){ROLE_OPERAND_SCALE, i, buffer_pointer(operand->scale, 0, 0)};
    }
    return count;
}

int kernel_pointers(const struct plan_step *step, struct kernel_pointer *out_pointers) {
    struct argument arguments[KERNEL_MAX_POINTERS];
    int count = list_arguments(step, arguments);
    for (int i = 0; i < count; i++) out_pointers[i] = arguments[i].pointer;
    return count;
}

static void key_numbers(struct text *key, const int64_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++) text_format(key, " %lld", (long long)numbers[i]);
}

static void key_buffer(struct text *key, const struct plan_buffer *buffer) {
    if (!buffer) return;
    text_add(key, " [");
    int64_t numbers[] = {buffer->shape.c,      buffer->shape.h,     buffer->shape.w, buffer->block, buffer->row_stride,
                         buffer->block_stride, buffer->batch_stride, buffer->origin};
    key_numbers(key, numbers, sizeof numbers / sizeof *numbers);
    key_numbers(key, buffer->halo, EDGE_COUNT);
    text_add(key, "]");
}

static void key_operand(struct text *key, const struct plan_operand *operand) {
    text_format(key, " %d%d%d %a", operand->one_channel, operand->one_row, operand->one_column, (double)operand->value);
    key_buffer(key, operand->buffer);
    if (operand->scale) text_add(key, " times");
    key_buffer(key, operand->scale);
}

static void key_activation(struct text *key, const struct activation *activation) {
    text_format(key, " act %d %a %a", (int)activation->kind, activation->alpha, activation->beta);
}

static void key_window(struct text *key, const struct window *window) {
    key_numbers(key, window->kernel, 2);
    key_numbers(key, window->stride, 2);
    key_numbers(key, window->dilation, 2);
    key_numbers(key, window->pad, EDGE_COUNT);
}

static void key_conv(struct text *key, const struct plan_conv *conv) {
    for (int i = 0; i < 2; i++) {
        const struct plan_axis *axis = &conv->axis[i];
        int64_t numbers[] = {axis->grid, axis->stride, axis->first, axis->taps, axis->tap_step, axis->result_step,
                             axis->result_first};
        key_numbers(key, numbers, sizeof numbers / sizeof *numbers);
    }
    int64_t numbers[] = {conv->groups,      conv->inputs_per_group, conv->outputs_per_group, conv->tile_columns,
                         conv->tile_blocks, conv->item_rows,        conv->unroll,            conv->output_groups,
                         conv->reduce_blocks, conv->is_permuted,     conv->block_channels,    conv->run_channels,
                         conv->pass_blocks,  conv->streams_weights,  conv->by_tap_rows,       conv->fetches_source,
                         conv->spreads_weights, conv->keeps_scaled,     conv->ahead_bytes};
    key_numbers(key, numbers, sizeof numbers / sizeof *numbers);
}

static void key_winograd(struct text *key, const struct plan_winograd *winograd) {
    int64_t numbers[] = {winograd->results,     winograd->tile_rows,   winograd->tile_columns, winograd->first_row,
                         winograd->first_column, winograd->tile_most, winograd->tile_blocks,  winograd->item_tiles,
                         winograd->item_groups, winograd->output_groups, winograd->inputs, winograd->streams_weights,
                         winograd->groups};
    key_numbers(key, numbers, sizeof numbers / sizeof *numbers);
}

static void key_reshape(struct text *key, const struct plan_reshape *reshape) {
    key_numbers(key, reshape->dims, (size_t)reshape->rank);
    for (int i = 0; i < reshape->rank; i++) text_format(key, " %d", reshape->axes[i]);
}

static void key_border(struct text *key, const struct plan_border *border) {
    text_format(key, " border %a", (double)border->factor);
    key_buffer(key, border->map);
    for (int axis = 0; axis < 2; axis++)
        for (int i = 0; i < border->axes[axis].run_count; i++) {
            const struct plan_run *run = &border->axes[axis].runs[i];
            text_format(key, " %lld..%lld:%lld", (long long)run->begin, (long long)run->end, (long long)run->class);
        }
}

static void key_gather(struct text *key, const struct plan_step *step) {
    text_format(key, " %a %d", (double)step->as.gather.fill, step->as.gather.pick_count);
    for (int i = 0; i < step->as.gather.pick_count; i++) {
        const struct plan_pick *pick = &step->as.gather.picks[i];
        text_format(key, " %d", pick->input_count);
        for (int lane = 0; lane < PLAN_MAX_LANES; lane++) text_format(key, " %d:%d", pick->input[lane], pick->lane[lane]);
    }
}

static void key_anchor(struct text *key, const struct plan_step *step) {
    switch (step->anchor) {
    case ANCHOR_CONV:
    case ANCHOR_DEPTHWISE: key_conv(key, &step->as.conv); break;
    case ANCHOR_WINOGRAD_INPUT:
    case ANCHOR_WINOGRAD_PRODUCTS:
    case ANCHOR_WINOGRAD_RESULT:
    case ANCHOR_WINOGRAD: key_winograd(key, &step->as.winograd); break;
    case ANCHOR_POOL:
        text_format(key, " %d %d", step->as.pool.is_max, step->as.pool.count_include_pad);
        key_window(key, &step->as.pool.window);
        break;
    case ANCHOR_REDUCE:
        text_format(key, " %d %lld", step->as.reduce.is_max, (long long)step->as.reduce.count);
        break;
    case ANCHOR_MEET: text_format(key, " %d", step->as.meet.is_max); break;
    case ANCHOR_SOFTMAX: text_format(key, " %d", step->as.is_log); break;
    case ANCHOR_FILL: text_format(key, " %a", (double)step->as.fill); break;
    case ANCHOR_EXCITE:
        text_format(key, " %lld", (long long)step->as.excite.hidden);
        key_activation(key, &step->as.excite.inner);
        key_activation(key, &step->as.excite.gate);
        text_format(key, " %d%d%d %lld", step->as.excite.is_max, step->as.excite.is_strict, step->as.excite.is_wary,
                    (long long)step->as.excite.count);
        for (int i = 0; i < step->as.excite.part_count; i++) key_buffer(key, step->as.excite.parts[i]);
        key_numbers(key, step->as.excite.part_blocks, (size_t)step->as.excite.part_count);
        if (step->as.excite.border) key_border(key, step->as.excite.border);
        break;
    case ANCHOR_UPSAMPLE:
        text_format(key, " %d", (int)step->as.upsample.mode);
        key_numbers(key, step->as.upsample.scale, 2);
        break;
    case ANCHOR_INPUT:
    case ANCHOR_OUTPUT:
    case ANCHOR_HALO: break;
    case ANCHOR_GATHER: key_gather(key, step); break;
    case ANCHOR_REARRANGE: text_format(key, " %d%d", step->as.rearrange.moves_blocks, step->as.rearrange.tile_axis); break;
    case ANCHOR_RESHAPE: key_reshape(key, &step->as.reshape); break;
    case ANCHOR_TAKE:
        text_format(key, " %d %d %a", step->as.take.axis, step->as.take.fills, (double)step->as.take.fill);
        break;
    case ANCHOR_RESAMPLE:
        text_format(key, " %d", step->as.resample.axis);
        key_numbers(key, &step->as.resample.taps, 1);
        break;
    case ANCHOR_FOLD:
        text_format(key, " %d %d%d%d", (int)step->as.fold.kind, step->as.fold.over[0], step->as.fold.over[1],
                    step->as.fold.over[2]);
        break;
    case ANCHOR_ARGMAX:
        text_format(key, " %d %d%d", step->as.argmax.axis, step->as.argmax.last, step->as.argmax.is_min);
        break;
    case ANCHOR_COPY:
    case ANCHOR_COUNT: break;
    }
}

/* Everything that an emitter may look at, as text. */
static const char *kernel_key(struct arena *arena, const struct plan_step *step) {
    struct text key = text_create(arena);
    text_format(&key, "%s %lld %lld %lld %lld", anchor_name(step->anchor), (long long)step->result.c,
                (long long)step->result.h, (long long)step->result.w, (long long)step->collapsed_columns);
    text_format(&key, " %d%d", step->vectors[0] != NULL, step->vectors[1] != NULL);
    key_operand(&key, &step->source);
    key_buffer(&key, step->target);
    for (int i = 0; i < step->squeeze_count; i++) {
        text_format(&key, " squeeze %zu %d", step->squeezes[i].at, step->squeezes[i].is_max);
        key_buffer(&key, step->squeezes[i].sums);
    }
    key_anchor(&key, step);
    for (size_t i = 0; i < step->epilogues.count; i++) {
        const struct plan_epilogue *epilogue = &step->epilogues.items[i];
        text_format(&key, " ; %d %d %d", (int)epilogue->kind, (int)epilogue->op, epilogue->reversed);
        if (epilogue->kind == EPILOGUE_ACTIVATION)
            key_activation(&key, &epilogue->activation);
        else
            key_operand(&key, &epilogue->operand);
    }
    return key.bytes;
}

static void (*const emitters[])(struct kernel *kernel) = {
#define ANCHOR(id, name, item, summary) emit_##id,
#include "../schedule/anchor.def"
#undef ANCHOR
};

static void bind_argument(struct kernel *kernel, const struct argument *argument, LLVMValueRef value) {
    switch (argument->role) {
    case ROLE_TARGET: kernel->target = value; break;
    case ROLE_SOURCE: kernel->source = value; break;
    case ROLE_SOURCE_SCALE: kernel->source_scale = value; break;
    case ROLE_BORDER: kernel->border = value; break;
    case ROLE_PART: kernel->parts[argument->index] = value; break;
    case ROLE_PANEL: kernel->panels[argument->index] = value; break;
    case ROLE_VECTOR: kernel->vectors[argument->index] = value; break;
    case ROLE_MEET: kernel->meet = value; break;
    case ROLE_SQUEEZE: kernel->sums[argument->index] = value; break;
    case ROLE_OPERAND: kernel->operands[argument->index] = value; break;
    case ROLE_OPERAND_SCALE: kernel->operand_scales[argument->index] = value; break;
    }
}

static LLVMValueRef add_function(struct unit *unit, const struct plan_step *step, int pointer_count) {
    LLVMTypeRef types[KERNEL_MAX_POINTERS + 2] = {unit->i64, unit->i64};
    for (int i = 0; i < pointer_count; i++) types[i + 2] = unit->pointer;
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(unit->context), types, (unsigned)pointer_count + 2, 0);
    const char *name = arena_format(unit->arena, "%s_%s_%zu", unit->plan->graph->name, anchor_name(step->anchor),
                                    unit->kernels.count);
    LLVMValueRef function = LLVMAddFunction(unit->module, name, type);
    LLVMSetLinkage(function, LLVMInternalLinkage);
    add_target_attributes(unit, function);
    add_plain_attribute(unit, function, "noinline");
    unsigned noalias = LLVMGetEnumAttributeKindForName("noalias", 7);
    for (int i = 0; i < pointer_count; i++)
        LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)(i + 3), LLVMCreateEnumAttribute(unit->context, noalias, 0));
    return function;
}

static void emit_body(struct unit *unit, const struct plan_step *step, LLVMValueRef function,
                      const struct argument *arguments, int count) {
    struct kernel kernel = {.unit = unit, .plan = unit->plan, .step = step, .function = function, .lanes = unit->plan->lanes};
    kernel.vector = LLVMVectorType(unit->f32, (unsigned)kernel.lanes);
    kernel.int_vector = LLVMVectorType(unit->i32, (unsigned)kernel.lanes);
    kernel.operands = ARENA_NEW_ARRAY(unit->arena, LLVMValueRef, step->epilogues.count + 1);
    kernel.operand_scales = ARENA_NEW_ARRAY(unit->arena, LLVMValueRef, step->epilogues.count + 1);
    kernel.builder = LLVMCreateBuilderInContext(unit->context);
    kernel.begin = LLVMGetParam(function, 0);
    kernel.end = LLVMGetParam(function, 1);
    for (int i = 0; i < count; i++) bind_argument(&kernel, &arguments[i], LLVMGetParam(function, (unsigned)i + 2));
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(unit->context, function, "entry");
    LLVMBasicBlockRef body = LLVMAppendBasicBlockInContext(unit->context, function, "");
    LLVMPositionBuilderAtEnd(kernel.builder, entry);
    LLVMBuildBr(kernel.builder, body);
    LLVMPositionBuilderAtEnd(kernel.builder, body);
    emitters[step->anchor](&kernel);
    LLVMBuildRetVoid(kernel.builder);
    LLVMDisposeBuilder(kernel.builder);
}

LLVMValueRef emit_kernel(struct unit *unit, const struct plan_step *step) {
    size_t most = 2 * step->epilogues.count + 10 + PLAN_MAX_SQUEEZES + PLAN_MAX_PARTS;
    if (most > KERNEL_MAX_POINTERS) fatal_bug("a step has %zu epilogues", step->epilogues.count);
    const char *key = kernel_key(unit->arena, step);
    LLVMValueRef function = map_lookup(&unit->kernels, key);
    if (function) return function;
    struct argument arguments[KERNEL_MAX_POINTERS];
    int count = list_arguments(step, arguments);
    function = add_function(unit, step, count);
    map_set(&unit->kernels, key, function);
    emit_body(unit, step, function, arguments, count);
    return function;
}
