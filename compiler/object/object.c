/* object.c - an LLVM module becomes assembly or an object file. */
#include "object.h"

#include "../base/fatal.h"
#include "../base/output.h"
#include "../codegen/unit.h"

void object_make(struct unit *unit, enum object_kind kind) {
    LLVMCodeGenFileType type = kind == OBJECT_ASSEMBLY ? LLVMAssemblyFile : LLVMObjectFile;
    char *problem = NULL;
    double before = seconds_now();
    if (LLVMTargetMachineEmitToMemoryBuffer(unit->machine, unit->module, type, &problem, &unit->made))
        fatal_bug("LLVM's code generator: %s", problem);
    unit->times.emit = seconds_now() - before;
}

bool object_write(struct unit *unit, const char *path, struct diag *diag) {
    struct output *output = output_begin(unit->arena, path, diag);
    if (!output) return false;
    bool written = output_write(output, LLVMGetBufferStart(unit->made), LLVMGetBufferSize(unit->made), diag) &&
                   output_commit(output, diag);
    output_abandon(output);
    return written;
}
