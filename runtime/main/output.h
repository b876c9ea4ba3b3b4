/* output.h - where answers are written: standard output, or a file that appears only when it is complete. */
#ifndef SENRT_MAIN_OUTPUT_H
#define SENRT_MAIN_OUTPUT_H

#include "failure.h"

#include <stdio.h>

struct output {
    FILE *stream;
    char *path;           /* owned; NULL for standard output */
    char *temporary_path; /* owned; NULL when written in place: standard output, a device, a pipe */
};

/* Whether the output `path` would leave the file `input` as it is; NULL is standard output and no file. */
bool output_check_input(const char *path, const char *input, struct failure *failure);

/* `path` NULL is standard output. */
bool output_open(const char *path, struct output *out_output, struct failure *failure);

/* False once a write has failed. */
bool output_check(const struct output *output, struct failure *failure);

/* Writes what is buffered and gives the file its name. Releases the output in any case. */
bool output_commit(struct output *output, struct failure *failure);

/* Removes what was written beside; an old file stays as it was. After output_commit it does nothing. */
void output_abandon(struct output *output);

#endif
