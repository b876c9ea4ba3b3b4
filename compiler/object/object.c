/* object.c - an LLVM module becomes assembly or an object file. */
#include "object.h"

#include "../base/fatal.h"
#include "../base/output.h"
#include "../codegen/unit.h"

bool object_write(struct unit *unit, enum object_kind kind, const char *path, struct diag *diag) {
    struct output *output = output_begin(unit->arena, path, diag);
    if (!output) return false;
    LLVMCodeGenFileType type = kind == OBJECT_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
    LLVMMemoryBufferRef buffer = NULL;
    char *problem = NULL;
    double before = seconds_now();
    if (LLVMTargetMachineEmitToMemoryBuffer(unit->machine, unit->module, type, &problem, &buffer))
        fatal_bug("LLVM's code generator: %s", problem);
    unit->times.emit = seconds_now() - before;
    bool written = output_write(output, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), diag) &&
                   output_commit(output, diag);
    LLVMDisposeMemoryBuffer(buffer);
    output_abandon(output);
    return written;
}
