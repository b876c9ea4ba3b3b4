/* encode_png.c - rows of 8-bit pixels become a PNG file, by libpng. */
#include "encode_codec.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Pictures that a network drew compress little better at libpng's default of 6, and take three times as long. */
#define COMPRESSION 3

struct png_writer {
    png_structp png;
    png_infop info;
    jmp_buf on_error;
    FILE *stream;
    struct failure *failure; /* of the call at hand */
};

static void writer_fail(png_structp png, png_const_charp text) {
    struct png_writer *writer = png_get_error_ptr(png);
    failure_set(writer->failure, "%s", text);
    longjmp(writer->on_error, 1);
}

static void writer_ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void writer_put(png_structp png, png_bytep from, size_t size_bytes) {
    struct png_writer *writer = png_get_io_ptr(png);
    errno = 0;
    if (fwrite(from, 1, size_bytes, writer->stream) != size_bytes) png_error(png, strerror(errno ? errno : EIO));
}

static void writer_flush(png_structp png) {
    (void)png; /* whoever opened the stream does it */
}

static bool writer_begin(struct png_writer *writer, uint32_t width, uint32_t height, uint32_t channels) {
    static const int colors[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                 PNG_COLOR_TYPE_RGB_ALPHA};
    if (setjmp(writer->on_error)) return false;
    writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, writer_fail, writer_ignore);
    if (!writer->png) return failure_set_no_memory(writer->failure);
    writer->info = png_create_info_struct(writer->png);
    if (!writer->info) return failure_set_no_memory(writer->failure);
    png_set_write_fn(writer->png, writer, writer_put, writer_flush);
    png_set_user_limits(writer->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_compression_level(writer->png, COMPRESSION);
    png_set_IHDR(writer->png, writer->info, width, height, 8, colors[channels], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(writer->png, writer->info);
    return true;
}

struct png_writer *png_writer_create(FILE *stream, uint32_t width, uint32_t height, uint32_t channels,
                                     struct failure *failure) {
    struct png_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        failure_set_no_memory(failure);
        return NULL;
    }
    writer->stream = stream;
    writer->failure = failure;
    if (writer_begin(writer, width, height, channels)) return writer;
    png_writer_release(writer);
    return NULL;
}

bool png_writer_add_row(struct png_writer *writer, const uint8_t *row, struct failure *failure) {
    writer->failure = failure;
    if (setjmp(writer->on_error)) return false;
    png_write_row(writer->png, row);
    return true;
}

bool png_writer_finish(struct png_writer *writer, struct failure *failure) {
    writer->failure = failure;
    if (setjmp(writer->on_error)) return false;
    png_write_end(writer->png, NULL);
    return true;
}

void png_writer_release(struct png_writer *writer) {
    if (!writer) return;
    png_destroy_write_struct(&writer->png, &writer->info);
    free(writer);
}
