/* failure.c - the reason of a failure becomes a line on stderr. */
#include "failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool failure_set(struct failure *failure, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(failure->text, sizeof failure->text, format, list);
    va_end(list);
    return false;
}

bool failure_set_no_memory(struct failure *failure) {
    return failure_set(failure, "not enough memory");
}

bool failure_prefix(struct failure *failure, const char *subject) {
    struct failure before = *failure;
    /* A path may be longer than the text; its end says more than its beginning. */
    size_t length = strlen(subject);
    const char *shown = length > 200 ? subject + length - 200 : subject;
    return failure_set(failure, "%s%s: %s", shown == subject ? "" : "...", shown, before.text);
}

void failure_print(const struct failure *failure, const char *program) {
    char line[sizeof failure->text];
    size_t i = 0;
    for (; failure->text[i]; i++) {
        unsigned char byte = (unsigned char)failure->text[i];
        line[i] = byte < 32 || byte == 127 ? '?' : failure->text[i];
    }
    line[i] = '\0';
    fprintf(stderr, "%s: %s\n", program, line);
}
