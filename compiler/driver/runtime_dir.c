/* runtime_dir.c - the place of the running senc becomes the place of its runtime library. */
#include "runtime_dir.h"

#include <compiler/driver/install_dirs.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

static bool has_runtime(struct arena *arena, const char *folder) {
    return !access(arena_format(arena, "%s/libsenrt.a", folder), R_OK) &&
           !access(arena_format(arena, "%s/libsenrt-main.a", folder), R_OK);
}

/* The folder of the running program, or NULL. */
static const char *executable_folder(struct arena *arena) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) return NULL;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    *slash = '\0';
    return arena_copy_string(arena, path);
}

const char *runtime_dir_find(struct arena *arena, const char *wanted, struct diag *diag) {
    const char *candidates[3];
    size_t count = 0;
    const char *folder = executable_folder(arena);
    if (wanted) {
        candidates[count++] = wanted;
    } else {
        if (folder) candidates[count++] = arena_format(arena, "%s/runtime", folder); /* a build tree */
        if (folder) candidates[count++] = arena_format(arena, "%s/%s", folder, SENC_BIN_TO_LIB);
        candidates[count++] = SENC_LIBDIR;
    }
    for (size_t i = 0; i < count; i++) {
        if (has_runtime(arena, candidates[i])) return candidates[i];
    }
    diag_error(diag, SPAN_NONE, DIAG_RUNTIME_MISSING, "the runtime library (libsenrt.a, libsenrt-main.a) was not found");
    for (size_t i = 0; i < count; i++) diag_note(diag, SPAN_NONE, "looked in '%s'", candidates[i]);
    if (!wanted) diag_note(diag, SPAN_NONE, "--runtime-dir=DIR or SENC_RUNTIME_DIR says where it is");
    return NULL;
}
