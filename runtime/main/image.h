/* image.h - bytes of a picture file become 8-bit pixels.
 *
 * JPEG, PNG, PPM and PGM are told apart by content. What comes out equals what Pillow's open().convert("RGB")
 * or
 * ("L") gives, turned as the EXIF orientation says: alpha and transparency are dropped (image_decode), palettes looked up,
 * 16-bit samples cut to their high byte, CMYK taken as Adobe writes it.
 */
#ifndef SENRT_MAIN_IMAGE_H
#define SENRT_MAIN_IMAGE_H

#include "failure.h"

#include <stddef.h>
#include <stdint.h>

/* Rows from top to bottom, pixels from left to right, 1 (gray) or 3 (red, green, blue) bytes a pixel; 2 or 4 with alpha. */
struct image {
    uint32_t width;
    uint32_t height;
    uint32_t channels;
    uint8_t *pixels; /* owned */
};

/* A picture of more pixels is refused before memory is taken for it. */
#define IMAGE_MAX_PIXELS (UINT64_C(1) << 28)

enum image_kind { IMAGE_UNKNOWN, IMAGE_JPEG, IMAGE_PNG, IMAGE_PNM };

/* The kind of file, from its first bytes; 8 are enough. */
enum image_kind image_kind_of(const uint8_t *data, size_t size_bytes);

/* "JPEG", or of an unknown kind what else it seems to be ("GIF"), or NULL; static. */
const char *image_kind_name(const uint8_t *data, size_t size_bytes);

/* On success the caller releases *out_image; on failure there is nothing to release. */
bool image_decode(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                  struct failure *failure);

/* The same with alpha, if the file has such a channel or transparent colors: 2 or 4 bytes a pixel. */
bool image_decode_alpha(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                        struct failure *failure);

/* Gray to RGB or RGB to gray, in place; `channels` is 1 or 3. */
bool image_convert(struct image *image, uint32_t channels, struct failure *failure);

/* Turns and mirrors as the EXIF orientation 1 ... 8 asks; other values change nothing. */
bool image_turn(struct image *image, unsigned orientation, struct failure *failure);

/* Zeroed pixels. */
bool image_create(uint32_t width, uint32_t height, uint32_t channels, uint64_t max_pixels,
                  struct image *out_image, struct failure *failure);
void image_release(struct image *image);

#endif
