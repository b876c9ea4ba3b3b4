/* source.h - one input file becomes one or several pictures' worth of numbers. */
#ifndef SENRT_MAIN_SOURCE_H
#define SENRT_MAIN_SOURCE_H

#include "image.h"

#include "../senrt_abi.h"

#include <stdio.h>

/* An opened file: a decoded picture, or a .npy file whose rows are read one after the other. */
struct source {
    const struct senrt_tensor *input;
    uint64_t row_count;
    bool is_stacked; /* the file has rows, even if only one */
    uint8_t *encoded; /* a picture that is not decoded yet; owned */
    size_t encoded_bytes;
    struct image image;
    FILE *stream; /* NULL for a picture */
};

/* Opens `path` ("/dev/stdin" too) for `input`. On failure there is nothing to close; the text begins with
 * `path`. */
bool source_open(const char *path, const struct senrt_tensor *input, struct source *out_source,
                 struct failure *failure);

/* Decodes a picture; other sources are as they are. Called by source_read where it was not before. */
bool source_decode(struct source *source, struct failure *failure);

/* Writes the next row, input->element_count floats. To be called at most row_count times. */
bool source_read(struct source *source, float *out_values, struct failure *failure);

void source_close(struct source *source);

/* A whole picture file, with its alpha channel if it has one. */
bool source_read_picture(const char *path, struct image *out_image, struct failure *failure);

#endif
