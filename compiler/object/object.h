/* object.h - an LLVM module becomes files: assembly, an object, and by way of the system's linker an executable or
 * a shared library. */
#ifndef SENC_OBJECT_OBJECT_H
#define SENC_OBJECT_OBJECT_H

#include "../base/output.h"
#include "../codegen/codegen.h"

enum object_kind { OBJECT_ASSEMBLY, OBJECT_FILE };

/* The code is made in memory: the slow part, which reports nothing, so that a thread of its own may do it. */
void object_make(struct unit *unit, enum object_kind kind);

/* Writes what object_make made. Whole or not at all (base/output.h). False after a diagnostic. */
bool object_write(struct unit *unit, const char *path, struct diag *diag);

/* An object file that defines `symbol`, a constant of these bytes, for other objects of the same program only. */
bool object_write_weights(const char *symbol, const void *bytes, size_t size_bytes, struct output *output,
                          struct diag *diag);

enum link_kind { LINK_OBJECT, LINK_EXECUTABLE, LINK_SHARED };

/* Links the code and the weights, by the C compiler `cc` (a command, its words parted by blanks), which writes `output_path`: into one
 * object, or with the runtime library in `runtime_folder` (libsenrt.a, libsenrt-main.a) into a program or a shared
 * library. False after a diagnostic, which holds what the linker said. */
bool object_link(enum link_kind kind, const char *cc, const char *runtime_folder, const char *code_path,
                 const char *weights_path, const char *output_path, struct diag *diag);

/* The module compiled into this process's memory, for tests and --run. */
struct jit;
struct senrt_model;
/* Takes the unit over. `weights` are those of plan_pack_weights and must outlive the jit. NULL after a diagnostic. */
struct jit *jit_create(struct unit *unit, const unsigned char *weights, struct diag *diag);
const struct senrt_model *jit_model(const struct jit *jit);
void jit_destroy(struct jit *jit);

#endif
