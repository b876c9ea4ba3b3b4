/* runtime_dir.h - where the runtime library is that networks are linked with. */
#ifndef SENC_DRIVER_RUNTIME_DIR_H
#define SENC_DRIVER_RUNTIME_DIR_H

#include "../base/diag.h"

/* The folder that holds libsenrt.a and libsenrt-main.a: `wanted` if it is not NULL; else the one that belongs to
 * the running senc: of its build tree, or of the tree that it was installed in, wherever that was moved to.
 * NULL after a diagnostic. */
const char *runtime_dir_find(struct arena *arena, const char *wanted, struct diag *diag);

#endif
