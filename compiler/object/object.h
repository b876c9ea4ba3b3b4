/* object.h - an LLVM module becomes files: assembly, an object, and by way of the system's linker an executable or
 * a shared library. Every file is written beside its final name and then renamed. */
#ifndef SENC_OBJECT_OBJECT_H
#define SENC_OBJECT_OBJECT_H

#include "../base/diag.h"
#include "../codegen/codegen.h"

enum object_kind { OBJECT_ASSEMBLY, OBJECT_FILE };

/* False after a diagnostic. */
bool object_write(struct unit *unit, enum object_kind kind, const char *path, struct diag *diag);

enum link_kind { LINK_EXECUTABLE, LINK_SHARED };

/* Links `object_path` with the runtime library in `runtime_folder` (libsenrt.a, libsenrt-main.a) by the C compiler
 * `cc` (a command of one word). False after a diagnostic, which holds what the linker said. */
bool object_link(enum link_kind kind, const char *cc, const char *runtime_folder, const char *object_path,
                 const char *output_path, struct diag *diag);

/* The module compiled into this process's memory, for tests and --run. */
struct jit;
struct senrt_model;
struct jit *jit_create(struct unit *unit, const unsigned char *weights, struct diag *diag); /* takes the unit */
const struct senrt_model *jit_model(const struct jit *jit);
void jit_destroy(struct jit *jit);

/* Writes bytes as a file, atomically. */
bool file_write(const char *path, const void *bytes, size_t size_bytes, struct diag *diag);

#endif
