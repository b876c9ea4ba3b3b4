/* fake_picture.c - a network that makes pictures, written by hand: a picture of any size becomes twice as large, each
 * channel as bright in the mean as a middle gray. The mean is that of the whole picture, or of the tile alone. Two
 * others show how bright a picture is in colors, without a squeeze. */
#include "fake_model.h"

#include <stddef.h>

enum { SIDE = 8, CHANNELS = 3 };

static float box_sum(const struct senrt_meeting *box, const float *map) {
    float sum = 0;
    for (size_t y = box->row_begin; y < box->row_end; y++)
        for (size_t x = box->column_begin; x < box->column_end; x++) sum += map[y * SIDE + x];
    return sum;
}

static void enlarge(const float *map, float add, float *to) {
    for (size_t y = 0; y < 2 * SIDE; y++)
        for (size_t x = 0; x < 2 * SIDE; x++) to[y * 2 * SIDE + x] = map[y / 2 * SIDE + x / 2] + add;
}

static void picture_run(const struct senrt_frame *frame) {
    const struct senrt_meeting *box = frame->meetings;
    float area = (float)((box->row_end - box->row_begin) * (box->column_end - box->column_begin));
    for (size_t c = frame->thread_index; c < CHANNELS; c += frame->thread_count) {
        const float *map = frame->inputs[0] + c * SIDE * SIDE;
        float sum = box_sum(box, map);
        if (box->sums) box->sums[c] = sum;
        if (frame->phase) continue;
        enlarge(map, 0.5f - (box->values ? box->values[c] : sum / area), frame->outputs[0] + c * 4 * SIDE * SIDE);
    }
}

/* Of the first channel alone. */
static void mask_run(const struct senrt_frame *frame) {
    if (frame->thread_index) return;
    float *to = frame->outputs[0];
    enlarge(frame->inputs[0], 0.0f, to);
    for (size_t i = 0; i < 4 * SIDE * SIDE; i++) {
        to[4 * SIDE * SIDE + i] = 0.0f;
        to[8 * SIDE * SIDE + i] = 1.0f - to[i];
    }
}

static const float zeros[3] = {0.0f, 0.0f, 0.0f};
static const float ones[3] = {1.0f, 1.0f, 1.0f};
#define PICTURE_IN(of_color)                                                                                           \
    {                                                                                                                  \
        .color = (of_color), .resize_height = SIDE, .resize_width = SIDE, .crop_height = SIDE, .crop_width = SIDE,     \
        .mean = zeros, .stddev = ones                                                                                  \
    }
#define INPUT(channels, of_picture)                                                                                    \
    {                                                                                                                  \
        .name = "image", .rank = 3, .dim0 = (channels), .dim1 = SIDE, .dim2 = SIDE,                                    \
        .element_count = (channels) * SIDE * SIDE, .picture = (of_picture)                                             \
    }
static const struct senrt_picture picture_in = PICTURE_IN(SENRT_COLOR_RGB);
static const struct senrt_picture gray_in = PICTURE_IN(SENRT_COLOR_GRAY);
static const struct senrt_picture picture_out = {.color = SENRT_COLOR_RGB, .mean = zeros, .stddev = ones};
static const struct senrt_tensor inputs[] = {INPUT(CHANNELS, &picture_in)};
static const struct senrt_tensor gray_inputs[] = {INPUT(1, &gray_in)};
static const struct senrt_tensor outputs[] = {{.name = "twice",
                                               .rank = 3,
                                               .dim0 = CHANNELS,
                                               .dim1 = 2 * SIDE,
                                               .dim2 = 2 * SIDE,
                                               .element_count = CHANNELS * 4 * SIDE * SIDE,
                                               .picture = &picture_out}};

#define AXIS(extent_, positions_)                                                                                      \
    { .extent = (extent_), .pixels = 1, .positions = (positions_), .end = (extent_) }
static const struct senrt_axis squeeze_axes[] = {AXIS(SIDE, 1), AXIS(SIDE, 1)};
static const struct senrt_axis output_axes[] = {AXIS(2 * SIDE, 2), AXIS(2 * SIDE, 2)};
static const struct senrt_squeeze squeezes[] = {{.phase = 1, .channels = CHANNELS, .axes = squeeze_axes}};
static const struct senrt_tiling tiling = {.phase_count = 2,
                                           .squeeze_count = 1,
                                           .squeezes = squeezes,
                                           .align_rows = 1,
                                           .align_columns = 1,
                                           .output = output_axes};
static const struct senrt_tiling squeezeless_tiling = {
    .phase_count = 1, .align_rows = 1, .align_columns = 1, .output = output_axes};

const struct senrt_model fake_picture_model = {
    .abi_version = SENRT_ABI_VERSION,
    .name = "picture",
    .compiler = "senc 0.0",
    .target = "x86-64",
    .batch = 1,
    .input_count = 1,
    .inputs = inputs,
    .output_count = 1,
    .outputs = outputs,
    .step_count = 2,
    .tiling = &tiling,
    .run = picture_run,
};

#define MASK_MODEL(model_name, model_inputs)                                                                           \
    {                                                                                                                  \
        .abi_version = SENRT_ABI_VERSION, .name = (model_name), .compiler = "senc 0.0", .target = "x86-64",            \
        .batch = 1, .input_count = 1, .inputs = (model_inputs), .output_count = 1, .outputs = outputs,                 \
        .step_count = 1, .tiling = &squeezeless_tiling, .run = mask_run                                                \
    }

const struct senrt_model fake_mask_model = MASK_MODEL("mask", inputs);
const struct senrt_model fake_paint_model = MASK_MODEL("paint", gray_inputs);
