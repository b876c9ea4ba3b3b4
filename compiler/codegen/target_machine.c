/* target_machine.c - LLVM's view of the target: the machine, function attributes, and the optimiser's passes. */
#include "unit.h"

#include "../base/fatal.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Error.h>
#include <llvm-c/Target.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <llvm/Config/llvm-config.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

LLVMTargetMachineRef create_target_machine(const struct target *target, int level) {
    static const char triple[] = "x86_64-pc-linux-gnu";
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMTargetRef found;
    char *problem = NULL;
    if (LLVMGetTargetFromTriple(triple, &found, &problem)) fatal_bug("LLVM has no target %s: %s", triple, problem);
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(found, triple, target->level, "", level > 0 ? LLVMCodeGenLevelDefault : LLVMCodeGenLevelLess,
                                LLVMRelocPIC, LLVMCodeModelDefault);
    if (!machine) fatal_bug("LLVM cannot make code for %s", target->level);
    return machine;
}

static void add_text_attribute(const struct unit *unit, LLVMValueRef function, const char *name, const char *value) {
    LLVMAttributeRef attribute = LLVMCreateStringAttribute(unit->context, name, (unsigned)strlen(name), value,
                                                           (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, attribute);
}

void add_plain_attribute(const struct unit *unit, LLVMValueRef function, const char *name) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(unit->context, kind, 0));
}

void add_target_attributes(const struct unit *unit, LLVMValueRef function) {
    const struct target *target = unit->plan->target;
    const char *bits = arena_format(unit->arena, "%d", 8 * target->vector_bytes);
    add_text_attribute(unit, function, "target-cpu", target->level);
    add_text_attribute(unit, function, "tune-cpu", target->tuning);
    add_text_attribute(unit, function, "prefer-vector-width", bits);
    add_text_attribute(unit, function, "min-legal-vector-width", bits);
    add_text_attribute(unit, function, "denormal-fp-math", "preserve-sign,preserve-sign"); /* as a run does: pool.c */
    add_plain_attribute(unit, function, "nounwind");
}

/* From LLVM 18 on, a pass that would like another round is an error unless it is told otherwise. */
#if LLVM_VERSION_MAJOR >= 18
#define COMBINE "instcombine<no-verify-fixpoint>"
#else
#define COMBINE "instcombine"
#endif

/* The IR is already vectorised and scheduled: what is left is address arithmetic and the shape of loops. LLVM's own
 * unrolling and vectorising would only spoil it. */
void optimize_module(struct unit *unit, int level) {
    const char *passes = level > 0 ? "function(" COMBINE ",early-cse,simplifycfg,loop-mssa(loop-rotate,licm),early-cse<memssa>," COMBINE
                                     ",simplifycfg)"
                                   : "function(early-cse," COMBINE ")";
    char *problem = NULL;
    if (LLVMVerifyModule(unit->module, LLVMReturnStatusAction, &problem)) fatal_bug("broken IR: %s", problem);
    LLVMDisposeMessage(problem);
    double before = seconds_now();
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef error = LLVMRunPasses(unit->module, passes, unit->machine, options);
    if (error) fatal_bug("LLVM's passes: %s", LLVMGetErrorMessage(error));
    LLVMDisposePassBuilderOptions(options);
    unit->times.optimise = seconds_now() - before;
}
