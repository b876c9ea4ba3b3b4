/* preprocess.c - a picture becomes the numbers that a network's input wants. */
#include "preprocess.h"
#include "resize.h"

#include <string.h>

bool preprocess_check(const struct senrt_tensor *input, struct failure *failure) {
    const struct senrt_picture *picture = input->picture;
    uint64_t channels = picture->color == SENRT_COLOR_GRAY ? 1 : 3;
    bool is_good = picture->color >= SENRT_COLOR_GRAY && picture->color <= SENRT_COLOR_BGR &&
                   input->rank == 3 && input->dim0 == channels && input->dim1 == picture->crop_height &&
                   input->dim2 == picture->crop_width && picture->crop_height && picture->crop_width &&
                   picture->crop_height <= IMAGE_MAX_PIXELS && picture->crop_width <= IMAGE_MAX_PIXELS &&
                   (picture->resize_height || !picture->resize_width) && !(picture->resize_height && picture->fill) &&
                   picture->resize_height <= INT32_MAX && picture->resize_width <= INT32_MAX &&
                   picture->mean && picture->stddev;
    return is_good || failure_set(failure, "input '%s': its picture does not fit its shape", input->name);
}

/* As high as the input, as wide as that makes it, a part of a column counting as one, but not wider than the input. */
static void filled_size(const struct senrt_picture *picture, const struct image *image, uint64_t *out_width,
                        uint64_t *out_height) {
    *out_height = picture->crop_height;
    *out_width = (picture->crop_height * image->width + image->height - 1) / image->height;
    if (*out_width > picture->crop_width) *out_width = picture->crop_width;
}

/* The shorter side becomes `shorter`; the longer one is cut to a whole number, as Python's int(). */
static uint64_t longer_side(uint64_t shorter, uint32_t short_side, uint32_t long_side) {
    return (uint64_t)((double)(shorter * long_side) / (double)short_side);
}

static void full_size(const struct senrt_picture *picture, const struct image *image, uint64_t *out_width,
                      uint64_t *out_height) {
    *out_width = image->width;
    *out_height = image->height;
    if (picture->fill) filled_size(picture, image, out_width, out_height);
    if (!picture->resize_height) return;
    uint64_t shorter = picture->resize_height;
    if (picture->resize_width) {
        *out_width = picture->resize_width;
        *out_height = picture->resize_height;
    } else if (image->width <= image->height) {
        *out_width = shorter;
        *out_height = longer_side(shorter, image->width, image->height);
    } else {
        *out_width = longer_side(shorter, image->height, image->width);
        *out_height = shorter;
    }
}

/* Where along one axis the crop lies in the picture, and where the picture lies in the crop. */
struct span {
    uint64_t from;
    uint32_t to;
    uint32_t length;
};

/* Python's round() of half the surplus: to even. A picture that is too small lies in the middle, black around
 * it. */
static struct span center_span(uint64_t size, uint32_t crop) {
    if (size < crop) return (struct span){0, (uint32_t)(crop - size) / 2, (uint32_t)size};
    uint64_t surplus = size - crop;
    uint64_t half = surplus / 2;
    if (surplus % 2 && half % 2) half++;
    return (struct span){half, 0, crop};
}

/* values[channel][byte]: what a sample becomes. */
static void normalise_table(const struct senrt_picture *picture, uint64_t channel, float *table) {
    for (int byte = 0; byte < 256; byte++)
        table[byte] = ((float)byte / 255.0f - picture->mean[channel]) / picture->stddev[channel];
}

static void normalise(const struct senrt_tensor *input, const struct image *part, struct span across,
                      struct span down, float *out_values) {
    const struct senrt_picture *picture = input->picture;
    size_t width = picture->crop_width, plane = width * picture->crop_height;
    for (uint32_t channel = 0; channel < part->channels; channel++) {
        float table[256];
        normalise_table(picture, channel, table);
        uint32_t source = picture->color == SENRT_COLOR_BGR ? 2 - channel : channel;
        float *values = out_values + channel * plane;
        if (part->width < width || part->height < picture->crop_height)
            for (size_t i = 0; i < plane; i++) values[i] = picture->fill ? picture->fill[channel] : table[0];
        for (uint32_t y = 0; y < part->height; y++) {
            const uint8_t *from = part->pixels + (size_t)y * part->width * part->channels + source;
            float *to = values + (down.to + y) * width + across.to;
            for (uint32_t x = 0; x < part->width; x++) to[x] = table[from[(size_t)x * part->channels]];
        }
    }
}

bool preprocess_picture(const struct senrt_tensor *input, struct image *image, float *out_values,
                        struct failure *failure) {
    const struct senrt_picture *picture = input->picture;
    if (!image_convert(image, picture->color == SENRT_COLOR_GRAY ? 1 : 3, failure)) return false;
    uint64_t width, height;
    full_size(picture, image, &width, &height);
    struct span across = center_span(width, (uint32_t)picture->crop_width);
    if (picture->fill) across.to = 0;
    struct span down = center_span(height, (uint32_t)picture->crop_height);
    struct resize_window window = {across.from, down.from, across.length, down.length};
    struct image part;
    if (!resize_window(image, width, height, &window, &part, failure)) return false;
    normalise(input, &part, across, down, out_values);
    image_release(&part);
    return true;
}
