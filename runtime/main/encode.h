/* encode.h - rows of 8-bit pixels become a PNG or JPEG file. */
#ifndef SENRT_MAIN_ENCODE_H
#define SENRT_MAIN_ENCODE_H

#include "failure.h"

#include <stdint.h>
#include <stdio.h>

enum encode_kind { ENCODE_PNG, ENCODE_JPEG };

/* The kind that the ending of a file's name stands for: .png, .jpg or .jpeg in any case. */
bool encode_kind_of(const char *path, enum encode_kind *out_kind, struct failure *failure);

/* A picture that is being written. `channels`: 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha. */
struct encoder;

/* NULL after a failure, such as a size or an alpha channel that the kind of file cannot hold. The stream stays the
 * caller's. */
struct encoder *encoder_create(enum encode_kind kind, FILE *stream, uint64_t width, uint64_t height,
                               uint32_t channels, struct failure *failure);

/* Rows from top to bottom, width * channels bytes each. */
bool encoder_add_row(struct encoder *encoder, const uint8_t *row, struct failure *failure);

/* After the last row. */
bool encoder_finish(struct encoder *encoder, struct failure *failure);

void encoder_release(struct encoder *encoder); /* NULL is allowed */

#endif
