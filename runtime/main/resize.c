/* resize.c - a picture becomes a part of what it is when resized, in two passes of fixed-point filters.
 *
 * Each output pixel is a weighted mean of the input pixels under a triangle as wide as one output pixel (two
 * when shrinking: the filter grows with the scale), first along rows, then along columns, rounded to 8 bits
 * after each. The weights are those of Pillow's libImaging/Resample.c: computed in double, normalised, then
 * rounded to 22 bits.
 */
#include "resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* 32 bits less 8 of the pixel and 2 of head-room. */
#define WEIGHT_BITS (32 - 8 - 2)

/* Output pixel i reads the input pixels first[i] ... first[i] + taps[i] - 1 with weights[i * stride ...]. */
struct filter {
    uint32_t count;
    uint32_t stride;
    uint32_t *first;
    uint32_t *taps;
    int32_t *weights;
};

static void filter_release(struct filter *filter) {
    free(filter->first);
    free(filter->taps);
    free(filter->weights);
    *filter = (struct filter){0};
}

static bool filter_alloc(struct filter *filter, uint32_t count, double support, double **out_scratch) {
    double stride = ceil(support) * 2 + 1;
    *filter = (struct filter){.count = count, .stride = (uint32_t)stride};
    *out_scratch = NULL;
    if (stride > UINT32_MAX || (uint64_t)filter->stride * count > SIZE_MAX / sizeof(int32_t)) return false;
    filter->first = malloc(count * sizeof *filter->first);
    filter->taps = malloc(count * sizeof *filter->taps);
    filter->weights = malloc((size_t)filter->stride * count * sizeof *filter->weights);
    *out_scratch = malloc(filter->stride * sizeof **out_scratch);
    return filter->first && filter->taps && filter->weights && *out_scratch;
}

static double triangle(double x) {
    return fabs(x) < 1.0 ? 1.0 - fabs(x) : 0.0;
}

/* The i-th row of the filter. `center` is the output pixel's centre in input pixels. */
static void filter_fill(struct filter *filter, uint32_t i, double center, double support, uint32_t in_size,
                        double *scratch) {
    int64_t first = (int64_t)(center - support + 0.5);
    int64_t last = (int64_t)(center + support + 0.5);
    if (first < 0) first = 0;
    if (last > in_size) last = in_size;
    uint32_t taps = last > first ? (uint32_t)(last - first) : 0;
    double sum = 0.0;
    double step = 1.0 / support; /* the support of a triangle of scale 1 is 1 */
    for (uint32_t tap = 0; tap < taps; tap++) {
        scratch[tap] = triangle(((double)tap + (double)first - center + 0.5) * step);
        sum += scratch[tap];
    }
    int32_t *weights = filter->weights + (size_t)i * filter->stride;
    for (uint32_t tap = 0; tap < taps; tap++) {
        double weight = (sum != 0.0 ? scratch[tap] / sum : scratch[tap]) * (1 << WEIGHT_BITS);
        weights[tap] = (int32_t)(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    filter->first[i] = (uint32_t)first;
    filter->taps[i] = taps;
}

/* The filter for the output pixels `start` ... start + count - 1 of out_size. */
static bool filter_create(struct filter *filter, uint32_t in_size, uint64_t out_size, uint64_t start,
                          uint32_t count, struct failure *failure) {
    double scale = (double)in_size / (double)out_size;
    double support = scale < 1.0 ? 1.0 : scale;
    double *scratch;
    if (!filter_alloc(filter, count, support, &scratch)) {
        free(scratch);
        filter_release(filter);
        return failure_set_no_memory(failure);
    }
    for (uint32_t i = 0; i < count; i++)
        filter_fill(filter, i, ((double)(start + i) + 0.5) * scale, support, in_size, scratch);
    free(scratch);
    return true;
}

static uint8_t clip(int32_t sum) {
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One row of the picture becomes one row of filter->count pixels. */
static void filter_row(const struct filter *filter, const uint8_t *from, uint32_t channels, uint8_t *to) {
    for (uint32_t i = 0; i < filter->count; i++) {
        const int32_t *weights = filter->weights + (size_t)i * filter->stride;
        const uint8_t *pixel = from + (size_t)filter->first[i] * channels;
        int32_t sums[3] = {1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1), 1 << (WEIGHT_BITS - 1)};
        for (uint32_t tap = 0; tap < filter->taps[i]; tap++)
            for (uint32_t channel = 0; channel < channels; channel++)
                sums[channel] += *pixel++ * weights[tap];
        for (uint32_t channel = 0; channel < channels; channel++) *to++ = clip(sums[channel]);
    }
}

/* The columns: row i of the result is a weighted sum of whole rows. `sums` has room for one row. */
static void filter_columns(const struct filter *filter, uint32_t i, const uint8_t *rows, size_t row_bytes,
                           int32_t *sums, uint8_t *to) {
    const int32_t *weights = filter->weights + (size_t)i * filter->stride;
    for (size_t x = 0; x < row_bytes; x++) sums[x] = 1 << (WEIGHT_BITS - 1);
    for (uint32_t tap = 0; tap < filter->taps[i]; tap++, rows += row_bytes)
        for (size_t x = 0; x < row_bytes; x++) sums[x] += rows[x] * weights[tap];
    for (size_t x = 0; x < row_bytes; x++) to[x] = clip(sums[x]);
}

/* The rows of `image` that `vertical` reads, each filtered along x; the first of them is vertical->first[0].
 */
static bool pass_horizontal(const struct image *image, const struct filter *horizontal,
                            const struct filter *vertical, struct image *out_rows, struct failure *failure) {
    uint32_t last = vertical->count - 1;
    uint32_t first_row = vertical->first[0];
    uint32_t row_count = vertical->first[last] + vertical->taps[last] - first_row;
    if (!image_create(horizontal->count, row_count, image->channels, UINT64_MAX, out_rows, failure))
        return false;
    size_t in_bytes = (size_t)image->width * image->channels;
    size_t out_bytes = (size_t)horizontal->count * image->channels;
    for (uint32_t y = 0; y < row_count; y++)
        filter_row(horizontal, image->pixels + (first_row + y) * in_bytes, image->channels,
                   out_rows->pixels + y * out_bytes);
    return true;
}

static bool pass_vertical(const struct image *rows, const struct filter *vertical, struct image *out_image,
                          struct failure *failure) {
    if (!image_create(rows->width, vertical->count, rows->channels, UINT64_MAX, out_image, failure))
        return false;
    size_t row_bytes = (size_t)rows->width * rows->channels;
    int32_t *sums = malloc(row_bytes * sizeof *sums);
    if (!sums) {
        image_release(out_image);
        return failure_set_no_memory(failure);
    }
    for (uint32_t i = 0; i < vertical->count; i++)
        filter_columns(vertical, i, rows->pixels + (vertical->first[i] - vertical->first[0]) * row_bytes,
                       row_bytes, sums, out_image->pixels + i * row_bytes);
    free(sums);
    return true;
}

bool resize_window(const struct image *image, uint64_t full_width, uint64_t full_height,
                   const struct resize_window *window, struct image *out_image, struct failure *failure) {
    struct filter horizontal = {0}, vertical = {0};
    struct image rows = {0};
    *out_image = (struct image){0};
    bool is_good =
        filter_create(&horizontal, image->width, full_width, window->left, window->width, failure) &&
        filter_create(&vertical, image->height, full_height, window->top, window->height, failure) &&
        pass_horizontal(image, &horizontal, &vertical, &rows, failure) &&
        pass_vertical(&rows, &vertical, out_image, failure);
    image_release(&rows);
    filter_release(&horizontal);
    filter_release(&vertical);
    return is_good;
}
