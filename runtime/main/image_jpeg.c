/* image_jpeg.c - bytes of a JPEG file become 8-bit pixels, by libjpeg. */
#include "image_codec.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h> /* jpeglib.h needs it */
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>

/* A progressive picture has about ten scans. A small file may hold thousands, each of which costs a walk
 * through all coefficients: that is an attack. These limits end it within seconds. */
#define SCANS_MAX 100
#define SCANNED_PIXELS_MAX (UINT64_C(1) << 32)

/* Everything that must be found again after longjmp lives here, not in local variables. */
struct jpeg_reader {
    struct jpeg_decompress_struct info;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf on_error;
    struct image image;
    uint8_t *row; /* one row of CMYK, or NULL */
    struct failure *failure;
};

static void reader_fail(j_common_ptr info) {
    struct jpeg_reader *reader = info->client_data;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    failure_set(reader->failure, "damaged JPEG: %s", text);
    longjmp(reader->on_error, 1);
}

/* A warning is not printed. Those that mean "part of the picture is invented" are failures. */
static void reader_note(j_common_ptr info, int level) {
    if (level >= 0) return;
    struct jpeg_reader *reader = info->client_data;
    switch (info->err->msg_code) {
    case JWRN_JPEG_EOF:
        failure_set(reader->failure, "truncated JPEG");
        longjmp(reader->on_error, 1);
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
        reader_fail(info);
        break;
    default:
        break;
    }
}

static void reader_ignore(j_common_ptr info) {
    (void)info;
}

static void reader_progress(j_common_ptr info) {
    struct jpeg_reader *reader = info->client_data;
    if (!info->is_decompressor) return;
    uint64_t scans = (uint64_t)reader->info.input_scan_number;
    uint64_t pixel_count = (uint64_t)reader->info.image_width * reader->info.image_height;
    if (scans <= SCANS_MAX && scans * pixel_count <= SCANNED_PIXELS_MAX) return;
    failure_set(reader->failure, "JPEG of unreasonably many scans");
    longjmp(reader->on_error, 1);
}

static void reader_open(struct jpeg_reader *reader, const uint8_t *data, size_t size_bytes) {
    reader->info.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = reader_fail;
    reader->errors.emit_message = reader_note;
    reader->errors.output_message = reader_ignore;
    reader->info.client_data = reader;
    jpeg_create_decompress(&reader->info);
    reader->progress.progress_monitor = reader_progress;
    reader->info.progress = &reader->progress;
    jpeg_mem_src(&reader->info, data, (unsigned long)size_bytes);
    jpeg_save_markers(&reader->info, JPEG_APP0 + 1, 0xffff);
}

/* Pillow takes every four-channel JPEG as Adobe writes it, with inverted values; its CMYK to RGB follows. */
static void row_from_cmyk(const uint8_t *cmyk, uint8_t *rgb, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        int white = cmyk[3]; /* 255 - black */
        for (int i = 0; i < 3; i++) {
            int product = (255 - cmyk[i]) * white + 128;
            int value = white - (((product >> 8) + product) >> 8);
            rgb[i] = (uint8_t)(value < 0 ? 0 : value);
        }
    }
}

static bool reader_choose_color(struct jpeg_reader *reader) {
    switch (reader->info.jpeg_color_space) {
    case JCS_GRAYSCALE:
        reader->info.out_color_space = JCS_GRAYSCALE;
        return true;
    case JCS_CMYK:
    case JCS_YCCK:
        reader->info.out_color_space = JCS_CMYK;
        return true;
    case JCS_RGB:
    case JCS_YCbCr:
        reader->info.out_color_space = JCS_RGB;
        return true;
    default:
        return failure_set(reader->failure, "JPEG of %d channels, whose meaning is unknown",
                           reader->info.num_components);
    }
}

static unsigned reader_orientation(const struct jpeg_reader *reader) {
    for (const struct jpeg_marker_struct *marker = reader->info.marker_list; marker; marker = marker->next)
        if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 &&
            !memcmp(marker->data, "Exif\0\0", 6))
            return exif_orientation(marker->data + 6, marker->data_length - 6);
    return 1;
}

static bool reader_read(struct jpeg_reader *reader, uint64_t max_pixels) {
    struct jpeg_decompress_struct *info = &reader->info;
    jpeg_read_header(info, TRUE);
    if (!reader_choose_color(reader)) return false;
    uint32_t channels = info->out_color_space == JCS_GRAYSCALE ? 1 : 3;
    struct image *image = &reader->image;
    if (!image_create(info->image_width, info->image_height, channels, max_pixels, image, reader->failure))
        return false;
    jpeg_start_decompress(info);
    if (info->out_color_space == JCS_CMYK) {
        reader->row = malloc((size_t)image->width * 4);
        if (!reader->row) return failure_set_no_memory(reader->failure);
    }
    while (info->output_scanline < info->output_height) {
        uint8_t *to = image->pixels + (size_t)info->output_scanline * image->width * channels;
        JSAMPROW row = reader->row ? reader->row : to;
        jpeg_read_scanlines(info, &row, 1);
        if (reader->row) row_from_cmyk(reader->row, to, image->width);
    }
    unsigned orientation = reader_orientation(reader);
    jpeg_finish_decompress(info);
    return image_turn(image, orientation, reader->failure);
}

/* The only frame that longjmp returns to: nothing it owns is in a register. */
static bool reader_run(struct jpeg_reader *reader, const uint8_t *data, size_t size_bytes,
                       uint64_t max_pixels) {
    if (setjmp(reader->on_error)) return false;
    reader_open(reader, data, size_bytes);
    return reader_read(reader, max_pixels);
}

bool image_decode_jpeg(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                       struct failure *failure) {
    struct jpeg_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return failure_set_no_memory(failure);
    reader->failure = failure;
    bool is_good = reader_run(reader, data, size_bytes, max_pixels);
    jpeg_destroy_decompress(&reader->info);
    free(reader->row);
    if (is_good)
        *out_image = reader->image;
    else
        image_release(&reader->image);
    free(reader);
    return is_good;
}
