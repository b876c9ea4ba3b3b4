/* fake_model.c - networks written by hand, as the compiler would emit them: threads split the work, barriers
 * part the steps, the arena holds what lies between. */
#include "fake_model.h"

#include <stddef.h>

static void meet(const struct senrt_frame *frame) {
    if (frame->thread_count > 1) frame->wait(frame->barrier);
}

/* Step 1: the sum of each row into the arena. Step 2: scores. Each thread takes every thread_count-th row. */
static void gray_run_batch(const struct senrt_frame *frame, size_t batch) {
    float *sums = (float *)(void *)frame->arena;
    const float *scale = (const float *)(const void *)frame->weights;
    for (size_t row = frame->thread_index; row < batch * 8; row += frame->thread_count) {
        float sum = 0.0f;
        for (size_t x = 0; x < 8; x++) sum += frame->inputs[0][row * 8 + x];
        sums[row] = sum;
    }
    meet(frame);
    for (size_t i = 0; i < batch * 8; i++) {
        size_t row = batch * 8 - 1 - i; /* rows that other threads summed */
        if (i % frame->thread_count == frame->thread_index)
            frame->outputs[0][row] = sums[row] * scale[0] / 8.0f;
    }
    meet(frame);
}

static void gray_run(const struct senrt_frame *frame) {
    gray_run_batch(frame, 1);
}

static void batch_run(const struct senrt_frame *frame) {
    gray_run_batch(frame, 3);
}

static void rgb_run(const struct senrt_frame *frame) {
    if (frame->thread_index) return;
    float means[3], total = 0.0f;
    for (size_t channel = 0; channel < 3; channel++) {
        means[channel] = 1e-6f;
        for (size_t i = 0; i < 16; i++) means[channel] += frame->inputs[0][channel * 16 + i] / 16.0f;
        total += means[channel];
    }
    for (size_t channel = 0; channel < 3; channel++) frame->outputs[0][channel] = means[channel] / total;
}

static void pair_run(const struct senrt_frame *frame) {
    const float *left = frame->inputs[0], *right = frame->inputs[1];
    for (size_t i = frame->thread_index; i < 3; i += frame->thread_count) {
        frame->outputs[0][i] = left[i] + right[i];
        for (size_t j = 0; j < 3; j++) frame->outputs[1][i * 3 + j] = left[i] * right[j];
    }
}

static const float zeros[3] = {0.0f, 0.0f, 0.0f};
static const float ones[3] = {1.0f, 1.0f, 1.0f};

static const struct senrt_picture gray_picture = {
    .color = SENRT_COLOR_GRAY, .crop_height = 8, .crop_width = 8, .mean = zeros, .stddev = ones};
static const struct senrt_picture rgb_picture = {.color = SENRT_COLOR_RGB,
                                                 .resize_height = 4,
                                                 .crop_height = 4,
                                                 .crop_width = 4,
                                                 .mean = zeros,
                                                 .stddev = ones};

static const struct senrt_tensor gray_inputs[] = {{.name = "image",
                                                   .rank = 3,
                                                   .dim0 = 1,
                                                   .dim1 = 8,
                                                   .dim2 = 8,
                                                   .element_count = 64,
                                                   .picture = &gray_picture}};
static const struct senrt_tensor gray_outputs[] = {
    {.name = "score", .rank = 1, .dim0 = 8, .element_count = 8}};
static const struct senrt_tensor rgb_inputs[] = {{.name = "image",
                                                  .rank = 3,
                                                  .dim0 = 3,
                                                  .dim1 = 4,
                                                  .dim2 = 4,
                                                  .element_count = 48,
                                                  .picture = &rgb_picture}};
static const struct senrt_tensor rgb_outputs[] = {
    {.name = "probability", .rank = 1, .dim0 = 3, .element_count = 3}};
static const struct senrt_tensor pair_inputs[] = {
    {.name = "left", .rank = 1, .dim0 = 3, .element_count = 3},
    {.name = "right", .rank = 1, .dim0 = 3, .element_count = 3}};
static const struct senrt_tensor pair_outputs[] = {
    {.name = "sum", .rank = 1, .dim0 = 3, .element_count = 3},
    {.name = "product", .rank = 3, .dim0 = 3, .dim1 = 3, .dim2 = 1, .element_count = 9}};

static const char *const gray_labels[] = {"top",   "second row", "third \"row\"",   "fourth\trow",
                                          "fifth", "sixth",      "s\xc3\xa9v\xe9n", "bottom"};

static const _Alignas(SENRT_ALIGNMENT) float gray_weights[16] = {10.0f};

#define GRAY_MODEL(version, model_name, features, pictures, function)                                        \
    {                                                                                                        \
        .abi_version = (version), .name = (model_name), .compiler = "senc 0.0", .target = "x86-64",          \
        .cpu_features = (features), .batch = (pictures), .input_count = 1, .inputs = gray_inputs,            \
        .output_count = 1, .outputs = gray_outputs, .label_count = 8, .labels = gray_labels,                 \
        .arena_bytes = (pictures)*8 * 4, .weight_bytes = sizeof gray_weights,                                \
        .weights = (const unsigned char *)gray_weights, .parameter_count = 1, .mac_count = 64,               \
        .step_count = 2, .run = (function)                                                                   \
    }

const struct senrt_model fake_gray_model = GRAY_MODEL(SENRT_ABI_VERSION, "gray", 0, 1, gray_run);
const struct senrt_model fake_batch_model = GRAY_MODEL(SENRT_ABI_VERSION, "batch", 0, 3, batch_run);
const struct senrt_model fake_future_model =
    GRAY_MODEL(SENRT_ABI_VERSION, "future", UINT64_C(1) << 60, 1, gray_run);
const struct senrt_model fake_foreign_model = GRAY_MODEL(SENRT_ABI_VERSION + 1, "foreign", 0, 1, gray_run);

const struct senrt_model fake_rgb_model = {
    .abi_version = SENRT_ABI_VERSION,
    .name = "rgb",
    .compiler = "senc 0.0",
    .target = "x86-64",
    .batch = 1,
    .input_count = 1,
    .inputs = rgb_inputs,
    .output_count = 1,
    .outputs = rgb_outputs,
    .parameter_count = 1234567,
    .mac_count = UINT64_C(4089000000),
    .arena_bytes = (uint64_t)3 << 20,
    .step_count = 1,
    .run = rgb_run,
};

const struct senrt_model fake_pair_model = {
    .abi_version = SENRT_ABI_VERSION,
    .name = "pair",
    .compiler = "senc 0.0",
    .target = "x86-64",
    .batch = 1,
    .input_count = 2,
    .inputs = pair_inputs,
    .output_count = 2,
    .outputs = pair_outputs,
    .step_count = 1,
    .run = pair_run,
};
