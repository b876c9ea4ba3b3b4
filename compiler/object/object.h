/* object.h - an LLVM module becomes files: assembly, an object, and by way of the system's linker an executable or
 * a shared library. */
#ifndef SENC_OBJECT_OBJECT_H
#define SENC_OBJECT_OBJECT_H

#include "../base/diag.h"
#include "../codegen/codegen.h"

enum object_kind { OBJECT_ASSEMBLY, OBJECT_FILE };

/* Whole or not at all (base/output.h). False after a diagnostic. */
bool object_write(struct unit *unit, enum object_kind kind, const char *path, struct diag *diag);

enum link_kind { LINK_EXECUTABLE, LINK_SHARED };

/* Links `object_path` with the runtime library in `runtime_folder` (libsenrt.a, libsenrt-main.a) by the C compiler
 * `cc` (a command of one word), which writes `output_path`. False after a diagnostic, which holds what the linker said. */
bool object_link(enum link_kind kind, const char *cc, const char *runtime_folder, const char *object_path,
                 const char *output_path, struct diag *diag);

/* The module compiled into this process's memory, for tests and --run. */
struct jit;
struct senrt_model;
/* Takes the unit over. `weights` are those of plan_pack_weights and must outlive the jit. NULL after a diagnostic. */
struct jit *jit_create(struct unit *unit, const unsigned char *weights, struct diag *diag);
const struct senrt_model *jit_model(const struct jit *jit);
void jit_destroy(struct jit *jit);

#endif
