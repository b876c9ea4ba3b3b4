/* image_codec.h - one decoder a file format; image.c chooses. Contracts as for image_decode. */
#ifndef SENRT_MAIN_IMAGE_CODEC_H
#define SENRT_MAIN_IMAGE_CODEC_H

#include "image.h"

bool image_decode_jpeg(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                       struct failure *failure);
bool image_decode_png(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, bool with_alpha,
                      struct image *out_image, struct failure *failure);
bool image_decode_pnm(const uint8_t *data, size_t size_bytes, uint64_t max_pixels, struct image *out_image,
                      struct failure *failure);

/* The orientation (1 ... 8) that an EXIF block's TIFF structure gives; 1 when it gives none or is damaged. */
unsigned exif_orientation(const uint8_t *tiff, size_t size_bytes);

#endif
