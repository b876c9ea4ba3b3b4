/* source.h - a text file in memory, and spans of it. */
#ifndef SENC_BASE_SOURCE_H
#define SENC_BASE_SOURCE_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

struct source {
    const char *path;    /* as the user wrote it, for messages */
    const char *text;    /* size_bytes bytes and a final NUL; may contain NUL bytes and invalid UTF-8 */
    uint32_t size_bytes; /* at most SOURCE_MAX_BYTES */
    const uint32_t *line_starts;
    uint32_t line_count;
};

enum { SOURCE_MAX_BYTES = 16 << 20 };

/* Bytes begin .. end-1 of `source`. `source` NULL: no place in a text (a command line, a weights file). */
struct span {
    const struct source *source;
    uint32_t begin, end;
};

struct position {
    uint32_t line, column; /* from 1; columns count characters (code points), not bytes */
};

struct diag;

/* Reads a file. On failure reports (diagnostic without a span) and returns NULL. */
const struct source *source_read(struct arena *arena, const char *path, struct diag *diag);

/* The same for a file that the text at `wanted_by` asks for: problems are reported there. */
const struct source *source_read_for(struct arena *arena, const char *path, struct span wanted_by, struct diag *diag);

/* The same for a text in memory (tests, -D values); the text is copied. */
const struct source *source_from_text(struct arena *arena, const char *path, const char *text, size_t size_bytes);

/* Whether the text is UTF-8 without NUL bytes; reports the first place where it is not. */
bool source_check_text(const struct source *source, struct diag *diag);

struct position source_position(const struct source *source, uint32_t offset);
uint32_t source_line(const struct source *source, uint32_t offset); /* the same line, without counting columns */

/* From the beginning of `first` to the end of `last`, which are of one source. */
struct span span_join(struct span first, struct span last);

#endif
