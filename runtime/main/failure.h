/* failure.h - why something could not be done, as one line of text, passed up to whoever prints it. */
#ifndef SENRT_MAIN_FAILURE_H
#define SENRT_MAIN_FAILURE_H

#include <stdbool.h>

struct failure {
    char text[512]; /* a sentence without a full stop; cut when longer */
};

/* Both return false, so that a function can end with `return failure_set(...)`. */
bool failure_set(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool failure_set_no_memory(struct failure *failure);

/* Puts "SUBJECT: " before the text; false as above. */
bool failure_prefix(struct failure *failure, const char *subject);

/* "PROGRAM: TEXT" on stderr, control characters shown as '?'. */
void failure_print(const struct failure *failure, const char *program);

#endif
