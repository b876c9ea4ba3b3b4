/* resize.h - a picture becomes a part of what it is when resized with an antialiased bilinear filter.
 *
 * Byte for byte what Pillow's Image.resize(size, Image.BILINEAR) gives for 8-bit pictures. Only the part that
 * is wanted is computed, so that an extreme aspect ratio costs no memory.
 */
#ifndef SENRT_MAIN_RESIZE_H
#define SENRT_MAIN_RESIZE_H

#include "image.h"

/* A rectangle of the resized picture, inside it and not empty. */
struct resize_window {
    uint64_t left;
    uint64_t top;
    uint32_t width;
    uint32_t height;
};

/* `full_width` x `full_height` is the size of the whole resized picture. The caller releases *out_image. */
bool resize_window(const struct image *image, uint64_t full_width, uint64_t full_height,
                   const struct resize_window *window, struct image *out_image, struct failure *failure);

#endif
