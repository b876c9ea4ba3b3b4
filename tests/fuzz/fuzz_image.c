/* fuzz_image.c - any bytes are decoded, turned, resized and normalised like a picture file. */
#include "runtime/main/alpha.h"
#include "runtime/main/image.h"
#include "runtime/main/preprocess.h"

#include <stdlib.h>

/* Small enough that a run takes milliseconds. */
#define PIXELS_MAX (UINT64_C(1) << 18)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void prepare(struct image *image, const struct senrt_picture *picture) {
    float values[3 * 20 * 18];
    struct failure failure;
    struct senrt_tensor input = {.name = "image",
                                 .rank = 3,
                                 .dim0 = picture->color == SENRT_COLOR_GRAY ? 1 : 3,
                                 .dim1 = picture->crop_height,
                                 .dim2 = picture->crop_width,
                                 .picture = picture};
    if (!preprocess_check(&input, &failure) || !preprocess_picture(&input, image, values, &failure)) abort();
}

/* As for a network that makes pictures. */
static void split(const uint8_t *data, size_t size_bytes) {
    struct image image, alpha;
    struct failure failure;
    if (!image_decode_alpha(data, size_bytes, PIXELS_MAX, &image, &failure) || !alpha_split(&image, &alpha, &failure))
        abort();
    if (image.channels % 2 == 0) abort();
    image_release(&image);
    image_release(&alpha);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    static const float zeros[3] = {0.0f, 0.0f, 0.0f}, ones[3] = {1.0f, 1.0f, 1.0f};
    static const struct senrt_picture pictures[] = {{SENRT_COLOR_RGB, 20, 0, 18, 18, zeros, ones, NULL},
                                                    {SENRT_COLOR_BGR, 24, 20, 20, 18, zeros, ones, NULL},
                                                    {SENRT_COLOR_RGB, 0, 0, 8, 30, zeros, ones, ones},
                                                    {SENRT_COLOR_GRAY, 0, 0, 20, 18, zeros, ones, NULL}};
    struct image image;
    struct failure failure = {""};
    if (!image_decode(data, size_bytes, PIXELS_MAX, &image, &failure)) {
        if (!failure.text[0]) abort();
        return 0;
    }
    /* In this order: the last one leaves the picture gray. */
    for (size_t i = 0; i < sizeof pictures / sizeof pictures[0]; i++) prepare(&image, &pictures[i]);
    image_release(&image);
    split(data, size_bytes);
    return 0;
}
