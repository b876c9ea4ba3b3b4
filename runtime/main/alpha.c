/* alpha.c - a picture's alpha channel is taken out of it and enlarged. */
#include "alpha.h"

#include <math.h>

bool alpha_split(struct image *image, struct image *out_alpha, struct failure *failure) {
    *out_alpha = (struct image){0};
    if (image->channels % 2) return true;
    uint32_t colors = image->channels - 1;
    size_t count = (size_t)image->width * image->height;
    struct image alpha;
    if (!image_create(image->width, image->height, 1, UINT64_MAX, &alpha, failure)) return false;
    bool is_opaque = true;
    const uint8_t *from = image->pixels;
    uint8_t *to = image->pixels;
    for (size_t i = 0; i < count; i++) {
        for (uint32_t c = 0; c < colors; c++) *to++ = *from++;
        alpha.pixels[i] = *from++;
        is_opaque = is_opaque && alpha.pixels[i] == 255;
    }
    image->channels = colors;
    if (is_opaque)
        image_release(&alpha);
    else
        *out_alpha = alpha;
    return true;
}

/* The four pixels around a place of the enlarged picture, and their weights. */
struct taps {
    uint32_t places[4];
    double weights[4];
};

static struct taps taps_of(uint64_t at, uint64_t to, uint32_t from) {
    struct taps taps;
    double place = ((double)at + 0.5) * (double)from / (double)to - 0.5, first = floor(place), t = place - first;
    double weights[] = {((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t,
                        (0.5 * t - 0.5) * t * t};
    for (int i = 0; i < 4; i++) {
        double pixel = first - 1 + i, last = (double)from - 1;
        taps.places[i] = (uint32_t)(pixel < 0 ? 0 : pixel > last ? last : pixel);
        taps.weights[i] = weights[i];
    }
    return taps;
}

void alpha_row(const struct image *alpha, uint64_t width, uint64_t height, uint64_t row, size_t step,
               uint8_t *out_bytes) {
    struct taps down = taps_of(row, height, alpha->height);
    for (uint64_t x = 0; x < width; x++) {
        struct taps across = taps_of(x, width, alpha->width);
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            const uint8_t *from = alpha->pixels + (size_t)down.places[i] * alpha->width;
            double row_sum = 0;
            for (int j = 0; j < 4; j++) row_sum += across.weights[j] * from[across.places[j]];
            sum += down.weights[i] * row_sum;
        }
        out_bytes[x * step] = (uint8_t)(sum <= 0 ? 0 : sum >= 255 ? 255 : floor(sum + 0.5));
    }
}
