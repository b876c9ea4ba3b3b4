/* output.h - a file that is written whole or not at all: beside its final name, then renamed.
 *
 *     struct output *output = output_begin(arena, path, diag);
 *     if (output && output_write(output, bytes, size_bytes, diag) && output_commit(output, diag)) ...
 *
 * An output that is not committed is removed, at the latest when the process ends (cleanup.h). What stands at
 * `path` stays as it is until the commit. Standard output and paths that are no regular files (pipes, devices,
 * what is under /dev and /proc) cannot be replaced: they get the bytes.
 */
#ifndef SENC_BASE_OUTPUT_H
#define SENC_BASE_OUTPUT_H

#include "diag.h"

#include <stdbool.h>

struct output;

/* `path` "-" is standard output. NULL after a diagnostic. The output lives in `arena`. */
struct output *output_begin(struct arena *arena, const char *path, struct diag *diag);

/* A file in $TMPDIR whose name ends in `suffix`; it is never committed. NULL after a diagnostic. */
struct output *output_begin_temporary(struct arena *arena, const char *suffix, struct diag *diag);

/* A file for others to write before the commit: exists, may be replaced. NULL after a diagnostic. */
const char *output_path(struct output *output, struct diag *diag);

/* Writes all the bytes of the output. False after a diagnostic that names the final path. */
bool output_write(struct output *output, const void *bytes, size_t size_bytes, struct diag *diag);

/* The same of several pieces, one after the other. */
struct output_piece {
    const void *bytes;
    size_t size_bytes;
};
bool output_write_pieces(struct output *output, const struct output_piece *pieces, size_t count, struct diag *diag);

/* Whether the commit is a rename, which is done at once, and not a copy into a pipe, which may have to wait. */
bool output_is_file(const struct output *output);

bool output_commit(struct output *output, struct diag *diag);
void output_abandon(struct output *output); /* NULL is allowed; after a commit it does nothing */

#endif
