/* unit.c - a plan becomes an LLVM module. */
#include "unit.h"

#include <stdlib.h>

struct unit *codegen_lower(const struct plan *plan, const struct codegen_options *options) {
    struct arena *arena = arena_create();
    struct unit *unit = ARENA_NEW(arena, struct unit);
    *unit = (struct unit){.arena = arena, .plan = plan, .kernels = map_create(arena)};
    double before = seconds_now();
    unit->context = LLVMContextCreate();
    unit->module = LLVMModuleCreateWithNameInContext(plan->graph->name, unit->context);
    unit->i32 = LLVMInt32TypeInContext(unit->context);
    unit->i64 = LLVMInt64TypeInContext(unit->context);
    unit->f32 = LLVMFloatTypeInContext(unit->context);
    unit->pointer = LLVMPointerTypeInContext(unit->context, 0);
    unit->machine = create_target_machine(plan->target, options->level);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(unit->machine);
    LLVMSetModuleDataLayout(unit->module, layout);
    LLVMDisposeTargetData(layout);
    char *triple = LLVMGetTargetMachineTriple(unit->machine);
    LLVMSetTarget(unit->module, triple);
    LLVMDisposeMessage(triple);
    emit_model(unit, emit_run(unit, options->with_step_hook), options);
    unit->times.build = seconds_now() - before;
    optimize_module(unit, options->level);
    return unit;
}

void unit_destroy(struct unit *unit) {
    if (!unit) return;
    if (unit->made) LLVMDisposeMemoryBuffer(unit->made);
    LLVMDisposeTargetMachine(unit->machine);
    if (unit->module) LLVMDisposeModule(unit->module);
    if (unit->context) LLVMContextDispose(unit->context);
    arena_destroy(unit->arena);
}

void unit_print(const struct unit *unit, struct text *text) {
    char *printed = LLVMPrintModuleToString(unit->module);
    text_add(text, printed);
    LLVMDisposeMessage(printed);
}

struct unit_times unit_times(const struct unit *unit) {
    return unit->times;
}
