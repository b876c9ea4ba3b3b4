/* encode_jpeg.c - rows of 8-bit pixels become a JPEG file, by libjpeg. */
#include "encode_codec.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

/* Whoever made a picture larger wants to see no blocks in it. */
#define QUALITY 95

enum { BUFFER_BYTES = 64 << 10 };

struct jpeg_writer {
    struct jpeg_compress_struct info; /* first: libjpeg hands it to the functions below */
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    jmp_buf on_error;
    FILE *stream;
    struct failure *failure; /* of the call at hand */
    JOCTET buffer[BUFFER_BYTES];
};

static struct jpeg_writer *writer_of(j_common_ptr info) {
    return info->client_data;
}

static void writer_fail(j_common_ptr info) {
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    failure_set(writer_of(info)->failure, "%s", text);
    longjmp(writer_of(info)->on_error, 1);
}

static void writer_ignore(j_common_ptr info) {
    (void)info;
}

static void put(struct jpeg_writer *writer, size_t size_bytes) {
    errno = 0;
    if (fwrite(writer->buffer, 1, size_bytes, writer->stream) != size_bytes) {
        failure_set(writer->failure, "%s", strerror(errno ? errno : EIO));
        longjmp(writer->on_error, 1);
    }
    writer->destination.next_output_byte = writer->buffer;
    writer->destination.free_in_buffer = BUFFER_BYTES;
}

static void destination_begin(j_compress_ptr info) {
    struct jpeg_writer *writer = info->client_data;
    writer->destination.next_output_byte = writer->buffer;
    writer->destination.free_in_buffer = BUFFER_BYTES;
}

static boolean destination_flush(j_compress_ptr info) {
    put(info->client_data, BUFFER_BYTES);
    return TRUE;
}

static void destination_end(j_compress_ptr info) {
    struct jpeg_writer *writer = info->client_data;
    put(writer, BUFFER_BYTES - writer->destination.free_in_buffer);
}

static bool writer_begin(struct jpeg_writer *writer, uint32_t width, uint32_t height, uint32_t channels) {
    struct jpeg_compress_struct *info = &writer->info;
    info->err = jpeg_std_error(&writer->errors);
    writer->errors.error_exit = writer_fail;
    writer->errors.output_message = writer_ignore;
    info->client_data = writer;
    if (setjmp(writer->on_error)) return false;
    jpeg_create_compress(info);
    writer->destination.init_destination = destination_begin;
    writer->destination.empty_output_buffer = destination_flush;
    writer->destination.term_destination = destination_end;
    info->dest = &writer->destination;
    info->image_width = width;
    info->image_height = height;
    info->input_components = (int)channels;
    info->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(info);
    jpeg_set_quality(info, QUALITY, TRUE);
    info->comp_info[0].h_samp_factor = info->comp_info[0].v_samp_factor = 1; /* colors as fine as brightness */
    jpeg_start_compress(info, TRUE);
    return true;
}

struct jpeg_writer *jpeg_writer_create(FILE *stream, uint32_t width, uint32_t height, uint32_t channels,
                                       struct failure *failure) {
    struct jpeg_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        failure_set_no_memory(failure);
        return NULL;
    }
    writer->stream = stream;
    writer->failure = failure;
    if (writer_begin(writer, width, height, channels)) return writer;
    jpeg_writer_release(writer);
    return NULL;
}

bool jpeg_writer_add_row(struct jpeg_writer *writer, const uint8_t *row, struct failure *failure) {
    JSAMPROW rows[] = {(JSAMPROW)row};
    writer->failure = failure;
    if (setjmp(writer->on_error)) return false;
    jpeg_write_scanlines(&writer->info, rows, 1);
    return true;
}

bool jpeg_writer_finish(struct jpeg_writer *writer, struct failure *failure) {
    writer->failure = failure;
    if (setjmp(writer->on_error)) return false;
    jpeg_finish_compress(&writer->info);
    return true;
}

void jpeg_writer_release(struct jpeg_writer *writer) {
    if (!writer) return;
    jpeg_destroy_compress(&writer->info);
    free(writer);
}
