/* entry.c - the network's run function: calls each step's kernel on this thread's share of the items. */
#include "unit.h"

#include "../../runtime/senrt_abi.h"

enum frame_field {
#define FIELD_U64(name) FRAME_##name,
#define FIELD_PTR(type, name) FRAME_##name,
    SENRT_FRAME_FIELDS(FIELD_U64, FIELD_PTR)
#undef FIELD_U64
#undef FIELD_PTR
};

struct entry {
    struct unit *unit;
    LLVMBuilderRef builder;
    LLVMValueRef function, frame;
    LLVMValueRef arena, weights, private, inputs, outputs, index, count, barrier, wait, phase, meetings;
};

static LLVMValueRef load_field(struct entry *entry, enum frame_field field, LLVMTypeRef type) {
    LLVMValueRef at = LLVMConstInt(entry->unit->i64, (unsigned long long)field, 0);
    LLVMValueRef pointer = LLVMBuildInBoundsGEP2(entry->builder, entry->unit->i64, entry->frame, &at, 1, "");
    return LLVMBuildLoad2(entry->builder, type, pointer, "");
}

static LLVMValueRef offset_bytes(struct entry *entry, LLVMValueRef base, int64_t bytes) {
    LLVMValueRef at = LLVMConstInt(entry->unit->i64, (unsigned long long)bytes, 1);
    return LLVMBuildInBoundsGEP2(entry->builder, LLVMInt8TypeInContext(entry->unit->context), base, &at, 1, "");
}

static LLVMValueRef resolve(struct entry *entry, const struct kernel_pointer *pointer) {
    switch (pointer->space) {
    case POINTER_ARENA: return offset_bytes(entry, entry->arena, pointer->offset_bytes);
    case POINTER_PRIVATE: return offset_bytes(entry, entry->private, pointer->offset_bytes);
    case POINTER_WEIGHTS: return offset_bytes(entry, entry->weights, pointer->offset_bytes);
    case POINTER_MEET:
        return offset_bytes(entry, entry->meetings, pointer->offset_bytes * (int64_t)sizeof(struct senrt_meeting));
    case POINTER_INPUT:
    case POINTER_OUTPUT: break;
    }
    LLVMValueRef list = pointer->space == POINTER_INPUT ? entry->inputs : entry->outputs;
    return LLVMBuildLoad2(entry->builder, entry->unit->pointer, offset_bytes(entry, list, pointer->offset_bytes * 8), "");
}

/* Waits for the other threads, if there are any. */
static void emit_barrier(struct entry *entry) {
    LLVMContextRef context = entry->unit->context;
    LLVMBasicBlockRef wait = LLVMAppendBasicBlockInContext(context, entry->function, "");
    LLVMBasicBlockRef on = LLVMAppendBasicBlockInContext(context, entry->function, "");
    LLVMValueRef one = LLVMConstInt(entry->unit->i64, 1, 0);
    LLVMValueRef several = LLVMBuildICmp(entry->builder, LLVMIntUGT, entry->count, one, "");
    LLVMBuildCondBr(entry->builder, several, wait, on);
    LLVMPositionBuilderAtEnd(entry->builder, wait);
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(context), &entry->unit->pointer, 1, 0);
    LLVMBuildCall2(entry->builder, type, entry->wait, &entry->barrier, 1, "");
    LLVMBuildBr(entry->builder, on);
    LLVMPositionBuilderAtEnd(entry->builder, on);
}

static LLVMValueRef number(struct entry *entry, int64_t value) {
    return LLVMConstInt(entry->unit->i64, (unsigned long long)value, 0);
}

/* items * index / count: the first item of thread `index`. */
static LLVMValueRef share(struct entry *entry, int64_t items, LLVMValueRef index) {
    LLVMValueRef begin = LLVMBuildMul(entry->builder, number(entry, items), index, "");
    return LLVMBuildUDiv(entry->builder, begin, entry->count, "");
}

/* A run over the tiles for this phase alone ends here. */
static void emit_end_of_phase(struct entry *entry, int phase) {
    LLVMContextRef context = entry->unit->context;
    LLVMBasicBlockRef stop = LLVMAppendBasicBlockInContext(context, entry->function, "");
    LLVMBasicBlockRef on = LLVMAppendBasicBlockInContext(context, entry->function, "");
    LLVMValueRef number = LLVMConstInt(entry->unit->i64, (unsigned long long)phase, 0);
    LLVMValueRef is_over = LLVMBuildICmp(entry->builder, LLVMIntEQ, entry->phase, number, "");
    LLVMBuildCondBr(entry->builder, is_over, stop, on);
    LLVMPositionBuilderAtEnd(entry->builder, stop);
    LLVMBuildRetVoid(entry->builder);
    LLVMPositionBuilderAtEnd(entry->builder, on);
}

static void emit_step(struct entry *entry, const struct plan_step *step) {
    if (step->barrier) emit_barrier(entry);
    LLVMValueRef kernel = emit_kernel(entry->unit, step), arguments[KERNEL_MAX_POINTERS + 2];
    struct kernel_pointer pointers[KERNEL_MAX_POINTERS];
    int count = kernel_pointers(step, pointers);
    LLVMValueRef next = LLVMBuildAdd(entry->builder, entry->index, number(entry, 1), "");
    arguments[0] = step->is_redundant ? number(entry, 0) : share(entry, step->items, entry->index);
    arguments[1] = step->is_redundant ? number(entry, step->items) : share(entry, step->items, next);
    for (int i = 0; i < count; i++) arguments[i + 2] = resolve(entry, &pointers[i]);
    LLVMBuildCall2(entry->builder, LLVMGlobalGetValueType(kernel), kernel, arguments, (unsigned)count + 2, "");
    if (step->anchor == ANCHOR_MEET && step->as.meet.ends_phase) emit_end_of_phase(entry, step->as.meet.phase);
}

static void emit_step_hook(struct entry *entry, size_t step) {
    struct unit *unit = entry->unit;
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(unit->context), &unit->i64, 1, 0);
    LLVMValueRef hook = LLVMGetNamedFunction(unit->module, "senc_step_hook");
    if (!hook) hook = LLVMAddFunction(unit->module, "senc_step_hook", type);
    LLVMValueRef number = LLVMConstInt(unit->i64, step, 0);
    LLVMBuildCall2(entry->builder, type, hook, &number, 1, "");
}

/* SPACE_PRIVATE: a part of the stack of the thread that runs the function. */
static LLVMValueRef private_memory(struct entry *entry) {
    struct unit *unit = entry->unit;
    if (!unit->plan->private_bytes) return NULL;
    LLVMTypeRef type = LLVMArrayType2(LLVMInt8TypeInContext(unit->context), (uint64_t)unit->plan->private_bytes);
    LLVMValueRef memory = LLVMBuildAlloca(entry->builder, type, "");
    LLVMSetAlignment(memory, SENRT_ALIGNMENT);
    return memory;
}

LLVMValueRef emit_run(struct unit *unit, bool with_step_hook) {
    struct entry entry = {.unit = unit};
    LLVMTypeRef type = LLVMFunctionType(LLVMVoidTypeInContext(unit->context), &unit->pointer, 1, 0);
    entry.function = LLVMAddFunction(unit->module, arena_format(unit->arena, "%s_run", unit->plan->graph->name), type);
    LLVMSetLinkage(entry.function, LLVMInternalLinkage);
    add_target_attributes(unit, entry.function);
    /* straight code of many calls: nothing to gain, and LLVM takes more than linear time over it */
    add_plain_attribute(unit, entry.function, "optnone");
    add_plain_attribute(unit, entry.function, "noinline");
    entry.builder = LLVMCreateBuilderInContext(unit->context);
    LLVMPositionBuilderAtEnd(entry.builder, LLVMAppendBasicBlockInContext(unit->context, entry.function, "entry"));
    entry.frame = LLVMGetParam(entry.function, 0);
    entry.arena = load_field(&entry, FRAME_arena, unit->pointer);
    entry.weights = load_field(&entry, FRAME_weights, unit->pointer);
    entry.inputs = load_field(&entry, FRAME_inputs, unit->pointer);
    entry.outputs = load_field(&entry, FRAME_outputs, unit->pointer);
    entry.index = load_field(&entry, FRAME_thread_index, unit->i64);
    entry.count = load_field(&entry, FRAME_thread_count, unit->i64);
    entry.barrier = load_field(&entry, FRAME_barrier, unit->pointer);
    entry.wait = load_field(&entry, FRAME_wait, unit->pointer);
    entry.phase = load_field(&entry, FRAME_phase, unit->i64);
    entry.meetings = load_field(&entry, FRAME_meetings, unit->pointer);
    entry.private = private_memory(&entry);
    for (size_t i = 0; i < unit->plan->steps.count; i++) {
        if (with_step_hook) emit_step_hook(&entry, i);
        emit_step(&entry, unit->plan->steps.items[i]);
    }
    if (with_step_hook) emit_step_hook(&entry, unit->plan->steps.count);
    LLVMBuildRetVoid(entry.builder);
    LLVMDisposeBuilder(entry.builder);
    return entry.function;
}
