/* image.c - bytes of a picture file become 8-bit pixels: which decoder, and what is common to all. */
#include "image.h"
#include "image_codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Signatures of formats that people try, so that the message can name them. */
static const struct signature {
    const char *name;
    size_t offset;
    size_t size_bytes;
    const char *bytes;
} signatures_foreign[] = {
    {"GIF", 0, 4, "GIF8"},      {"WebP", 8, 4, "WEBP"},     {"BMP", 0, 2, "BM"},
    {"TIFF", 0, 4, "II*\0"},    {"TIFF", 0, 4, "MM\0*"},    {"AVIF", 4, 8, "ftypavif"},
    {"HEIC", 4, 8, "ftypheic"}, {"PDF", 0, 4, "%PDF"},      {"JPEG 2000", 4, 4, "jP  "},
    {"SVG", 0, 4, "<svg"},      {"gzip", 0, 2, "\x1f\x8b"}, {"PBM", 0, 2, "P1"},
    {"PBM", 0, 2, "P4"},        {"PAM", 0, 2, "P7"},
};

static bool starts_with(const uint8_t *data, size_t size_bytes, size_t offset, const char *bytes,
                        size_t count) {
    return size_bytes >= offset + count && !memcmp(data + offset, bytes, count);
}

enum image_kind image_kind_of(const uint8_t *data, size_t size_bytes) {
    if (starts_with(data, size_bytes, 0, "\xff\xd8\xff", 3)) return IMAGE_JPEG;
    if (starts_with(data, size_bytes, 0, "\x89PNG\r\n\x1a\n", 8)) return IMAGE_PNG;
    if (size_bytes >= 3 && data[0] == 'P' && strchr("2356", data[1]) && data[1] &&
        strchr(" \t\r\n#", data[2]) && data[2])
        return IMAGE_PNM;
    return IMAGE_UNKNOWN;
}

const char *image_kind_name(const uint8_t *data, size_t size_bytes) {
    switch (image_kind_of(data, size_bytes)) {
    case IMAGE_JPEG:
        return "JPEG";
    case IMAGE_PNG:
        return "PNG";
    case IMAGE_PNM:
        return data[1] == '3' || data[1] == '6' ? "PPM" : "PGM";
    case IMAGE_UNKNOWN:
        break;
    }
    for (size_t i = 0; i < sizeof signatures_foreign / sizeof signatures_foreign[0]; i++) {
        const struct signature *signature = &signatures_foreign[i];
        if (starts_with(data, size_bytes, signature->offset, signature->bytes, signature->size_bytes))
            return signature->name;
    }
    return NULL;
}

bool image_create(uint32_t width, uint32_t height, uint32_t channels, uint64_t max_pixels,
                  struct image *out_image, struct failure *failure) {
    *out_image = (struct image){0};
    if (!width || !height)
        return failure_set(failure, "a picture of %" PRIu32 " x %" PRIu32 " pixels", width, height);
    uint64_t pixel_count = (uint64_t)width * height;
    if (pixel_count > max_pixels)
        return failure_set(failure,
                           "too large: %" PRIu32 " x %" PRIu32 " pixels; at most %" PRIu64 " are accepted",
                           width, height, max_pixels);
    if (pixel_count > SIZE_MAX / channels) return failure_set_no_memory(failure);
    uint8_t *pixels = calloc((size_t)pixel_count, channels);
    if (!pixels) return failure_set_no_memory(failure);
    *out_image = (struct image){width, height, channels, pixels};
    return true;
}

void image_release(struct image *image) {
    free(image->pixels);
    *image = (struct image){0};
}

static bool decode(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, bool with_alpha,
                   struct image *out_image, struct failure *failure) {
    *out_image = (struct image){0};
    switch (image_kind_of(data, size_bytes)) {
    case IMAGE_JPEG:
        return image_decode_jpeg(data, size_bytes, max_pixels, out_image, failure);
    case IMAGE_PNG:
        return image_decode_png(data, size_bytes, max_pixels, with_alpha, out_image, failure);
    case IMAGE_PNM:
        return image_decode_pnm(data, size_bytes, max_pixels, out_image, failure);
    case IMAGE_UNKNOWN:
        break;
    }
    if (!size_bytes) return failure_set(failure, "is empty");
    const char *name = image_kind_name(data, size_bytes);
    if (name) return failure_set(failure, "is a %s file; JPEG, PNG, PPM and PGM pictures are read", name);
    return failure_set(failure, "is not a JPEG, PNG, PPM or PGM picture");
}

bool image_decode(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                  struct failure *failure) {
    return decode(data, size_bytes, max_pixels, false, out_image, failure);
}

bool image_decode_alpha(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                        struct failure *failure) {
    return decode(data, size_bytes, max_pixels, true, out_image, failure);
}

/* ITU-R 601-2 luma in 16-bit fixed point, as Pillow's convert("L"). */
static uint8_t luma(const uint8_t *rgb) {
    return (uint8_t)((rgb[0] * 19595U + rgb[1] * 38470U + rgb[2] * 7471U + 0x8000U) >> 16);
}

bool image_convert(struct image *image, uint32_t channels, struct failure *failure) {
    if (image->channels == channels) return true;
    struct image converted;
    if (!image_create(image->width, image->height, channels, UINT64_MAX, &converted, failure)) return false;
    size_t pixel_count = (size_t)image->width * image->height;
    for (size_t i = 0; i < pixel_count; i++) {
        if (channels == 1)
            converted.pixels[i] = luma(image->pixels + 3 * i);
        else
            memset(converted.pixels + 3 * i, image->pixels[i], 3);
    }
    image_release(image);
    *image = converted;
    return true;
}

/* One step to the right or down in the turned picture is how far in the picture as it was? `start` is its
 * first pixel. All in pixels. */
struct walk {
    ptrdiff_t start, right, down;
};

/* Orientation 5 ... 8 swap width and height: TIFF 6.0, "Orientation". */
static struct walk walk_of(unsigned orientation, ptrdiff_t width, ptrdiff_t height) {
    ptrdiff_t last_x = width - 1, last_y = (height - 1) * width;
    switch (orientation) {
    case 2: /* mirrored left to right */
        return (struct walk){last_x, -1, width};
    case 3: /* half a turn */
        return (struct walk){last_x + last_y, -1, -width};
    case 4: /* mirrored top to bottom */
        return (struct walk){last_y, 1, -width};
    case 5: /* transposed */
        return (struct walk){0, width, 1};
    case 6: /* a quarter turn clockwise brings it upright */
        return (struct walk){last_y, -width, 1};
    case 7: /* mirrored at the other diagonal */
        return (struct walk){last_x + last_y, -width, -1};
    default: /* 8: a quarter turn counter-clockwise */
        return (struct walk){last_x, width, -1};
    }
}

bool image_turn(struct image *image, unsigned orientation, struct failure *failure) {
    if (orientation < 2 || orientation > 8) return true;
    struct walk walk = walk_of(orientation, image->width, image->height);
    bool is_swapped = orientation >= 5;
    struct image turned;
    if (!image_create(is_swapped ? image->height : image->width, is_swapped ? image->width : image->height,
                      image->channels, UINT64_MAX, &turned, failure))
        return false;
    uint8_t *to = turned.pixels;
    size_t channels = image->channels;
    for (uint32_t y = 0; y < turned.height; y++)
        for (uint32_t x = 0; x < turned.width; x++, to += channels) {
            ptrdiff_t pixel = walk.start + x * walk.right + y * walk.down;
            memcpy(to, image->pixels + (size_t)pixel * channels, channels);
        }
    image_release(image);
    *image = turned;
    return true;
}
