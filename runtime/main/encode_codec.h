/* encode_codec.h - one encoder a file format; encode.c chooses. Contracts as for the encoder_ functions. */
#ifndef SENRT_MAIN_ENCODE_CODEC_H
#define SENRT_MAIN_ENCODE_CODEC_H

#include "encode.h"

struct png_writer;
struct png_writer *png_writer_create(FILE *stream, uint32_t width, uint32_t height, uint32_t channels,
                                     struct failure *failure);
bool png_writer_add_row(struct png_writer *writer, const uint8_t *row, struct failure *failure);
bool png_writer_finish(struct png_writer *writer, struct failure *failure);
void png_writer_release(struct png_writer *writer);

struct jpeg_writer;
struct jpeg_writer *jpeg_writer_create(FILE *stream, uint32_t width, uint32_t height, uint32_t channels,
                                       struct failure *failure);
bool jpeg_writer_add_row(struct jpeg_writer *writer, const uint8_t *row, struct failure *failure);
bool jpeg_writer_finish(struct jpeg_writer *writer, struct failure *failure);
void jpeg_writer_release(struct jpeg_writer *writer);

#endif
