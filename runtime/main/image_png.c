/* image_png.c - bytes of a PNG file become 8-bit pixels, by libpng. */
#include "image_codec.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

/* Everything that must be found again after longjmp lives here, not in local variables. */
struct png_reader {
    png_structp png;
    png_infop info;
    jmp_buf on_error;
    const uint8_t *data;
    size_t size_bytes;
    bool with_alpha;
    struct image image;
    struct failure *failure;
};

static void reader_fail(png_structp png, png_const_charp text) {
    struct png_reader *reader = png_get_error_ptr(png);
    failure_set(reader->failure, "damaged PNG: %s", text);
    longjmp(reader->on_error, 1);
}

static void reader_ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void reader_take(png_structp png, png_bytep to, size_t size_bytes) {
    struct png_reader *reader = png_get_io_ptr(png);
    if (size_bytes > reader->size_bytes) {
        failure_set(reader->failure, "truncated PNG");
        longjmp(reader->on_error, 1);
    }
    memcpy(to, reader->data, size_bytes);
    reader->data += size_bytes;
    reader->size_bytes -= size_bytes;
}

/* Asks libpng for 8-bit gray or RGB, with alpha if it is wanted and there; gives the number of channels. */
static uint32_t reader_choose_format(struct png_reader *reader) {
    png_structp png = reader->png;
    unsigned color = png_get_color_type(png, reader->info);
    if (color == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    else if (color == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_16(png);
    bool has_alpha = color & PNG_COLOR_MASK_ALPHA || png_get_valid(png, reader->info, PNG_INFO_tRNS);
    if (has_alpha && reader->with_alpha)
        png_set_tRNS_to_alpha(png);
    else
        png_set_strip_alpha(png);
    uint32_t channels = color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_GRAY_ALPHA ? 1 : 3;
    return channels + (has_alpha && reader->with_alpha);
}

static unsigned reader_orientation(const struct png_reader *reader) {
#ifdef PNG_eXIf_SUPPORTED
    png_uint_32 size_bytes = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(reader->png, reader->info, &size_bytes, &exif))
        return exif_orientation(exif, size_bytes);
#else
    (void)reader;
#endif
    return 1;
}

static bool reader_read(struct png_reader *reader, uint64_t max_pixels) {
    png_structp png = reader->png;
    png_set_read_fn(png, reader, reader_take);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* image_create knows better */
    png_read_info(png, reader->info);
    uint32_t channels = reader_choose_format(reader);
    struct image *image = &reader->image;
    if (!image_create(png_get_image_width(png, reader->info), png_get_image_height(png, reader->info),
                      channels, max_pixels, image, reader->failure))
        return false;
    int pass_count = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
    size_t row_bytes = (size_t)image->width * channels;
    if (png_get_rowbytes(png, reader->info) != row_bytes) return failure_set(reader->failure, "unusual PNG");
    for (int pass = 0; pass < pass_count; pass++)
        for (uint32_t y = 0; y < image->height; y++) png_read_row(png, image->pixels + y * row_bytes, NULL);
    return image_turn(image, reader_orientation(reader), reader->failure);
}

/* The only frame that longjmp returns to: nothing it owns is in a register. */
static bool reader_run(struct png_reader *reader, uint64_t max_pixels) {
    if (setjmp(reader->on_error)) return false;
    reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, reader_fail, reader_ignore);
    if (!reader->png) return failure_set_no_memory(reader->failure);
    reader->info = png_create_info_struct(reader->png);
    if (!reader->info) return failure_set_no_memory(reader->failure);
    return reader_read(reader, max_pixels);
}

bool image_decode_png(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, bool with_alpha,
                      struct image *out_image, struct failure *failure) {
    struct png_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return failure_set_no_memory(failure);
    reader->data = data;
    reader->size_bytes = size_bytes;
    reader->with_alpha = with_alpha;
    reader->failure = failure;
    bool is_good = reader_run(reader, max_pixels);
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    if (is_good)
        *out_image = reader->image;
    else
        image_release(&reader->image);
    free(reader);
    return is_good;
}
