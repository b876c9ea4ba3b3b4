/* diag.h - what the compiler has to say about its input: errors and warnings with spans, labels and notes.
 *
 *     diag_error(diag, span, DIAG_ADD_SHAPE, "cannot add tensors of different shapes: %s and %s", a, b);
 *     diag_label(diag, left_span, "f32[256, 56, 56], from line 13");      // ~~~~ under another part
 *     diag_note(diag, call_span, "in block 'bottleneck' called here");
 *
 * A diagnostic stays open for labels and notes until the next one begins or diag_flush. It is printed as
 *
 *     seresnet50.sen:17:14: error: cannot add ... [add-shape]
 *        17 |     return relu(u + shortcut)
 *           |                 ~ ^ ~~~~~~~~ f32[64, 56, 56], from line 9
 *           |                 f32[256, 56, 56], from line 13
 *     note: in block 'bottleneck' called at seresnet50.sen:22:18
 *
 * The ids are the rows of diag.def. The same error at the same span is reported once. After `limit` errors the
 * rest is counted only. A `struct diag` is passed down, never global; it may be used by one thread at a time.
 */
#ifndef SENC_BASE_DIAG_H
#define SENC_BASE_DIAG_H

#include "source.h"

#include <stdbool.h>
#include <stdio.h>

enum diag_id {
#define DIAG(id, name, summary) DIAG_##id,
#include "diag.def"
#undef DIAG
    DIAG_ID_COUNT
};

struct diag;

/* Prints to `stream` (NULL: keeps the text for diag_text). `use_color`: ANSI colours. */
struct diag *diag_create(FILE *stream, bool use_color);
void diag_destroy(struct diag *diag);

#define SPAN_NONE ((struct span){0})

void diag_error(struct diag *diag, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_warning(struct diag *diag, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A label under another part of the text, on the same line as the span or (as a note) on another. */
void diag_label(struct diag *diag, struct span span, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A note; with a span it ends in " at FILE:LINE:COLUMN". */
void diag_note(struct diag *diag, struct span span, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "did you mean 'X'?" as a note, if one of the candidates is near enough to `found`. */
void diag_suggest(struct diag *diag, const char *found, const char *const *candidates, size_t count);

/* The nearest candidate by edit distance, or NULL if none is near. */
const char *nearest_name(const char *found, const char *const *candidates, size_t count);

void diag_flush(struct diag *diag);
size_t diag_error_count(const struct diag *diag);
bool diag_too_many(const struct diag *diag); /* one was not shown, and that was said: stages should stop */
const char *diag_text(struct diag *diag);    /* all that was printed so far; lives as long as diag */

const char *diag_id_name(enum diag_id id);
const char *diag_id_summary(enum diag_id id);

#endif
