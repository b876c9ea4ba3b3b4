/* info.c - a model becomes its description, for people or as one line of JSON. */
#include "info.h"
#include "json.h"
#include "npy.h"

#include "../senrt.h"

#include <inttypes.h>

static const char *color_name(uint64_t color) {
    return color == SENRT_COLOR_GRAY ? "gray" : color == SENRT_COLOR_BGR ? "bgr" : "rgb";
}

static uint64_t channel_count(const struct senrt_picture *picture) {
    return picture->color == SENRT_COLOR_GRAY ? 1 : 3;
}

static const char *tensor_shape(const struct senrt_tensor *tensor, char *text, size_t text_bytes) {
    const uint64_t dims[SENRT_MAX_RANK] = {tensor->dim0, tensor->dim1, tensor->dim2, tensor->dim3};
    return npy_format_shape(dims, (unsigned)tensor->rank, text, text_bytes);
}

/* "28088024 (28.09 M)" */
static void write_count(FILE *stream, const char *title, uint64_t count) {
    double value = (double)count;
    fprintf(stream, "%-22s%" PRIu64, title, count);
    if (value >= 1e9)
        fprintf(stream, " (%.2f G)", value * 1e-9);
    else if (value >= 1e6)
        fprintf(stream, " (%.2f M)", value * 1e-6);
    putc('\n', stream);
}

/* "117440512 bytes (112.00 MiB)" */
static void write_bytes(FILE *stream, const char *title, uint64_t size_bytes) {
    fprintf(stream, "%-22s%" PRIu64 " bytes", title, size_bytes);
    if (size_bytes >= 1U << 20)
        fprintf(stream, " (%.2f MiB)", (double)size_bytes / 1048576.0);
    else if (size_bytes >= 1U << 10)
        fprintf(stream, " (%.2f KiB)", (double)size_bytes / 1024.0);
    putc('\n', stream);
}

static void write_values(FILE *stream, const char *title, const float *values, uint64_t count) {
    fprintf(stream, "%s", title);
    for (uint64_t i = 0; i < count; i++) {
        fputs(i ? ", " : " [", stream);
        json_write_float(stream, values[i]);
    }
    putc(']', stream);
}

static void write_sizes(FILE *stream, const struct senrt_picture *picture) {
    fprintf(stream, "%-22s  from %s picture", "", color_name(picture->color));
    if (picture->resize_width)
        fprintf(stream, ", resized to %" PRIu64 " x %" PRIu64, picture->resize_height, picture->resize_width);
    else if (picture->resize_height)
        fprintf(stream, ", shorter side resized to %" PRIu64, picture->resize_height);
    const char *what = picture->fill ? "scaled to fit the left of" : "cropped to";
    fprintf(stream, ", %s %" PRIu64 " x %" PRIu64 "\n", what, picture->crop_height, picture->crop_width);
}

static void write_picture(FILE *stream, const struct senrt_picture *picture, bool is_tile) {
    if (is_tile)
        fprintf(stream, "%-22s  tiles of %s pictures of any size\n", "", color_name(picture->color));
    else
        write_sizes(stream, picture);
    fprintf(stream, "%-22s  ", "");
    write_values(stream, "mean", picture->mean, channel_count(picture));
    write_values(stream, ", std", picture->stddev, channel_count(picture));
    if (picture->fill) write_values(stream, ", fill", picture->fill, channel_count(picture));
    putc('\n', stream);
}

static void write_tensors(FILE *stream, const char *title, const struct senrt_tensor *tensors,
                          uint64_t count, bool are_tiles) {
    char shape[96];
    for (uint64_t i = 0; i < count; i++) {
        fprintf(stream, "%-22s%s: f32%s\n", i ? "" : title, tensors[i].name,
                tensor_shape(&tensors[i], shape, sizeof shape));
        if (tensors[i].picture) write_picture(stream, tensors[i].picture, are_tiles);
    }
}

static void write_features(FILE *stream, uint64_t features, const char *before, const char *between,
                           const char *quote) {
    for (unsigned i = 0; i < 64; i++) {
        const char *name = senrt_feature_name(features & UINT64_C(1) << i);
        if (!name) continue;
        fprintf(stream, "%s%s%s%s", before, quote, name, quote);
        before = between;
    }
}

static void write_tiles(FILE *stream, const struct senrt_model *model) {
    const struct senrt_tiling *tiling = model->tiling;
    fprintf(stream, "%-22s%" PRIu64 " x %" PRIu64 " pixels, %" PRIu64 " and %" PRIu64 " of them margin on each side\n", "tiles",
            model->inputs[0].dim1, model->inputs[0].dim2, tiling->margin_rows, tiling->margin_columns);
    fprintf(stream, "%-22ssqueezes of the whole picture: %" PRIu64 "; runs over all tiles: %" PRIu64 "\n", "",
            tiling->squeeze_count, tiling->phase_count);
}

void info_write_text(const struct senrt_model *model, const struct labels *labels, FILE *stream) {
    const char *missing = senrt_missing_feature(model->cpu_features);
    fprintf(stream, "%-22s%s\n", "network", model->name);
    fprintf(stream, "%-22s%s\n", "compiler", model->compiler);
    write_tensors(stream, "inputs", model->inputs, model->input_count, model->tiling);
    write_tensors(stream, "outputs", model->outputs, model->output_count, model->tiling);
    if (model->tiling) write_tiles(stream, model);
    fprintf(stream, "%-22s", "class labels");
    if (labels->count)
        fprintf(stream, "%zu, from '%s' to '%s'\n", labels->count, labels->names[0],
                labels->names[labels->count - 1]);
    else
        fputs("none\n", stream);
    write_count(stream, "parameters", model->parameter_count);
    write_count(stream, "multiply-accumulates", model->mac_count);
    write_bytes(stream, "weights", model->weight_bytes);
    write_bytes(stream, "arena", model->arena_bytes);
    fprintf(stream, "%-22s%" PRIu64 "\n", "batch", model->batch);
    fprintf(stream, "%-22s%" PRIu64 "\n", "steps", model->step_count);
    fprintf(stream, "%-22s%s", "CPU wanted", model->target);
    write_features(stream, model->cpu_features, ": ", " ", "");
    fprintf(stream, "\n%-22s%s%s\n", "this CPU", missing ? "lacks " : "has all of it",
            missing ? missing : "");
}

static void json_picture(FILE *stream, const struct senrt_picture *picture) {
    fprintf(stream,
            ",\"picture\":{\"color\":\"%s\",\"resize\":[%" PRIu64 ",%" PRIu64 "],\"crop\":[%" PRIu64
            ",%" PRIu64 "]",
            color_name(picture->color), picture->resize_height, picture->resize_width, picture->crop_height,
            picture->crop_width);
    const float *values[] = {picture->mean, picture->stddev, picture->fill};
    static const char *const names[] = {"mean", "std", "fill"};
    for (int which = 0; which < 3 && values[which]; which++) {
        fprintf(stream, ",\"%s\":[", names[which]);
        for (uint64_t i = 0; i < channel_count(picture); i++) {
            if (i) putc(',', stream);
            json_write_float(stream, values[which][i]);
        }
        putc(']', stream);
    }
    putc('}', stream);
}

static void json_tensors(FILE *stream, const char *title, const struct senrt_tensor *tensors,
                         uint64_t count) {
    fprintf(stream, ",\"%s\":[", title);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t dims[SENRT_MAX_RANK] = {tensors[i].dim0, tensors[i].dim1, tensors[i].dim2,
                                               tensors[i].dim3};
        fputs(i ? ",{\"name\":" : "{\"name\":", stream);
        json_write_string(stream, tensors[i].name);
        fputs(",\"type\":\"f32\",\"shape\":[", stream);
        for (uint64_t j = 0; j < tensors[i].rank; j++) fprintf(stream, "%s%" PRIu64, j ? "," : "", dims[j]);
        putc(']', stream);
        if (tensors[i].picture) json_picture(stream, tensors[i].picture);
        putc('}', stream);
    }
    putc(']', stream);
}

void info_write_json(const struct senrt_model *model, const struct labels *labels, FILE *stream) {
    const char *missing = senrt_missing_feature(model->cpu_features);
    fputs("{\"network\":", stream);
    json_write_string(stream, model->name);
    fputs(",\"compiler\":", stream);
    json_write_string(stream, model->compiler);
    json_tensors(stream, "inputs", model->inputs, model->input_count);
    json_tensors(stream, "outputs", model->outputs, model->output_count);
    if (model->tiling)
        fprintf(stream,
                ",\"tiles\":{\"margin\":[%" PRIu64 ",%" PRIu64 "],\"squeezes\":%" PRIu64 ",\"runs\":%" PRIu64 "}",
                model->tiling->margin_rows, model->tiling->margin_columns, model->tiling->squeeze_count,
                model->tiling->phase_count);
    fputs(",\"labels\":[", stream);
    for (size_t i = 0; i < labels->count; i++) {
        if (i) putc(',', stream);
        json_write_string(stream, labels->names[i]);
    }
    fprintf(stream,
            "],\"parameters\":%" PRIu64 ",\"macs\":%" PRIu64 ",\"weight_bytes\":%" PRIu64
            ",\"arena_bytes\":%" PRIu64 ",\"batch\":%" PRIu64 ",\"steps\":%" PRIu64 ",\"cpu\":",
            model->parameter_count, model->mac_count, model->weight_bytes, model->arena_bytes, model->batch,
            model->step_count);
    json_write_string(stream, model->target);
    fputs(",\"cpu_features\":[", stream);
    write_features(stream, model->cpu_features, "", ",", "\"");
    fputs("],\"cpu_lacks\":", stream);
    if (missing)
        json_write_string(stream, missing);
    else
        fputs("null", stream);
    fputs("}\n", stream);
}
