/* snippet.h - a source line with marks under its parts, as diagnostics show it. */
#ifndef SENC_BASE_SNIPPET_H
#define SENC_BASE_SNIPPET_H

#include "source.h"
#include "text.h"

#include <stdbool.h>

struct snippet_label {
    struct span span;
    const char *text;
};

/* Adds the line on which `span` begins, '^' under the span and '~' under the labels, which begin on the same
 * line, then the labels' texts. Tabs are expanded; what is no printable UTF-8 appears as U+FFFD; of a very
 * long line only the part around the span is shown. */
void snippet_add(struct text *text, struct span span, const struct snippet_label *labels, size_t label_count,
                 bool use_color);

#endif
