/* unit.h - inside codegen/ and object/: what codegen_lower makes. */
#ifndef SENC_CODEGEN_UNIT_H
#define SENC_CODEGEN_UNIT_H

#include "codegen.h"

#include "../base/map.h"
#include "../schedule/plan.h"

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

struct unit {
    struct arena *arena;
    const struct plan *plan;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMTargetMachineRef machine;
    LLVMTypeRef i32, i64, f32, pointer;
    struct map kernels; /* key of a kernel -> LLVMValueRef of its function */
    LLVMMemoryBufferRef made; /* by object_make, or NULL */
    struct unit_times times;
};

/* target_machine.c */
LLVMTargetMachineRef create_target_machine(const struct target *target, int level);
void optimize_module(struct unit *unit, int level);
void add_target_attributes(const struct unit *unit, LLVMValueRef function);
void add_plain_attribute(const struct unit *unit, LLVMValueRef function, const char *name);

/* model.c: the constant NAME_model, and `main` if wanted. */
void emit_model(struct unit *unit, LLVMValueRef run, const struct codegen_options *options);

/* entry.c: the network's run function: each step's kernel called on this thread's share of the items. */
LLVMValueRef emit_run(struct unit *unit, bool with_step_hook);

/* kernel.c: the function that computes a step; shared by steps that differ in addresses only. */
LLVMValueRef emit_kernel(struct unit *unit, const struct plan_step *step);

/* What a kernel is given after (begin, end), in order. */
enum pointer_space { POINTER_ARENA, POINTER_WEIGHTS, POINTER_PRIVATE, POINTER_INPUT, POINTER_OUTPUT, POINTER_MEET };
struct kernel_pointer {
    enum pointer_space space;
    int64_t offset_bytes; /* INPUT, OUTPUT: the number of the tensor; MEET: of the meeting */
};
enum { KERNEL_MAX_POINTERS = 96 };
int kernel_pointers(const struct plan_step *step, struct kernel_pointer *out_pointers);

double seconds_now(void);

#endif
