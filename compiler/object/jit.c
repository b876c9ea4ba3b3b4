/* jit.c - an LLVM module becomes code in this process's memory. */
#include "object.h"

#include "../base/fatal.h"
#include "../codegen/unit.h"

#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>

#include <stdint.h>

struct jit {
    struct unit *unit;
    LLVMOrcLLJITRef engine;
    const struct senrt_model *model;
};

static void give_up(struct diag *diag, LLVMErrorRef error) {
    char *message = LLVMGetErrorMessage(error);
    diag_error(diag, SPAN_NONE, DIAG_LINK_FAILED, "cannot compile into memory: %s", message);
    LLVMDisposeErrorMessage(message);
}

/* The symbol of the weights is what the caller packed. */
static LLVMErrorRef define_weights(struct jit *jit, LLVMOrcJITDylibRef library, const unsigned char *weights) {
    const char *name = codegen_weights_symbol(jit->unit->arena, jit->unit->plan);
    LLVMOrcCSymbolMapPair pair = {.Name = LLVMOrcLLJITMangleAndIntern(jit->engine, name),
                                  .Sym = {.Address = (uint64_t)(uintptr_t)weights,
                                          .Flags = {.GenericFlags = LLVMJITSymbolGenericFlagsExported}}};
    return LLVMOrcJITDylibDefine(library, LLVMOrcAbsoluteSymbols(&pair, 1));
}

static LLVMErrorRef add_code(struct jit *jit, LLVMOrcJITDylibRef library) {
    object_make(jit->unit, OBJECT_FILE);
    LLVMMemoryBufferRef object = jit->unit->made;
    jit->unit->made = NULL;
    return LLVMOrcLLJITAddObjectFile(jit->engine, library, object);
}

struct jit *jit_create(struct unit *unit, const unsigned char *weights, struct diag *diag) {
    struct jit *jit = ARENA_NEW(unit->arena, struct jit);
    LLVMOrcExecutorAddress address = 0;
    jit->unit = unit;
    LLVMErrorRef error = LLVMOrcCreateLLJIT(&jit->engine, NULL);
    if (!error) {
        LLVMOrcJITDylibRef library = LLVMOrcLLJITGetMainJITDylib(jit->engine);
        LLVMOrcDefinitionGeneratorRef process = NULL;
        char prefix = LLVMOrcLLJITGetGlobalPrefix(jit->engine);
        error = LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&process, prefix, NULL, NULL);
        if (!error) LLVMOrcJITDylibAddGenerator(library, process);
        if (!error) error = define_weights(jit, library, weights);
        if (!error) error = add_code(jit, library);
        const char *name = arena_format(unit->arena, "%s_model", unit->plan->graph->name);
        if (!error) error = LLVMOrcLLJITLookup(jit->engine, &address, name);
    }
    if (error) {
        give_up(diag, error);
        jit_destroy(jit);
        return NULL;
    }
    jit->model = (const struct senrt_model *)(uintptr_t)address;
    return jit;
}

const struct senrt_model *jit_model(const struct jit *jit) {
    return jit->model;
}

void jit_destroy(struct jit *jit) {
    if (!jit) return;
    if (jit->engine) {
        LLVMErrorRef error = LLVMOrcDisposeLLJIT(jit->engine);
        if (error) LLVMConsumeError(error);
    }
    unit_destroy(jit->unit);
}
