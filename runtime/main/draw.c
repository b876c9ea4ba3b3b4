/* draw.c - a picture file becomes the picture file that the network makes of it: read, run in tiles, and written strip
 * by strip while it is made. */
#define _GNU_SOURCE 1
#include "draw.h"
#include "alpha.h"
#include "encode.h"
#include "output.h"
#include "source.h"
#include "tiles.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Made of a gray picture, colors that lie further apart (of 255) are what the network has to say, not its noise. */
#define COLORS_APART 64.0f

struct drawing {
    const struct senrt_model *model;
    bool keeps_colors;         /* also of a gray picture */
    bool loses_colors;         /* they were made of a gray picture, and are not in the file */
    struct image image, alpha; /* the picture; no pixels: it is opaque */
    uint64_t width, height;    /* of the result */
    uint32_t colors, channels; /* of its file: 1 or 3, and with alpha */
    struct output output;
    struct encoder *encoder;
    uint8_t *strip; /* rows of the result from row strip_row on */
    uint64_t strip_row;
    bool shows_progress;
    int percent; /* that is shown; -1: none yet */
};

bool draw_check(const struct options *options, struct failure *failure) {
    enum encode_kind kind;
    if (!options->output_path) return failure_set(failure, "-o FILE says where the picture is to be written");
    if (options->input_count != 1)
        return failure_set(failure, "one picture is made at a time; %zu are given", options->input_count);
    return encode_kind_of(options->output_path, &kind, failure) &&
           output_check_input(options->output_path, options->inputs[0], failure);
}

/* --- signals --------------------------------------------------------------------------------------------- */

static sigset_t ending_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    return set;
}

void draw_hold_signals(void) {
    sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void release_signals(void) {
    sigset_t set = ending_signals();
    pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* one that is pending ends the program here */
}

static bool is_ended(void) {
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, SIGINT) || sigismember(&set, SIGTERM) || sigismember(&set, SIGHUP);
}

/* --- progress -------------------------------------------------------------------------------------------- */

static void progress_show(struct drawing *drawing, int percent) {
    enum { WIDTH = 40 };
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s %3d %%", bar, percent);
    fflush(stderr);
    drawing->percent = percent;
}

static void progress_clear(struct drawing *drawing) {
    if (drawing->percent >= 0) fprintf(stderr, "\r%48s\r", "");
    fflush(stderr);
    drawing->percent = -1;
}

static bool progress(void *context, uint64_t done, uint64_t all, struct failure *failure) {
    struct drawing *drawing = context;
    int percent = (int)(done * 100 / all);
    if (drawing->shows_progress && percent != drawing->percent) progress_show(drawing, percent);
    return !is_ended() || failure_set(failure, "interrupted");
}

/* --- the result ------------------------------------------------------------------------------------------ */

static uint8_t to_byte(float value) {
    float rounded = floorf(value + 0.5f);
    return rounded >= 255.0f ? 255 : rounded > 0.0f ? (uint8_t)rounded : 0; /* NaN is black */
}

/* The color `channel` (in the order of the file) of a place, 0 to 255. */
static float color_at(const struct drawing *drawing, const struct tiles_part *part, size_t place, uint32_t channel) {
    const struct senrt_picture *picture = drawing->model->outputs[0].picture;
    if (picture->color == SENRT_COLOR_BGR) channel = 2 - channel;
    float value = part->values[channel * part->channel_stride + place];
    return 255.0f * (value * picture->stddev[channel] + picture->mean[channel]);
}

static void draw_place(struct drawing *drawing, const struct tiles_part *part, size_t place, uint8_t *to) {
    uint64_t made = drawing->model->outputs[0].dim0;
    if (drawing->colors == made) {
        for (uint32_t c = 0; c < drawing->colors; c++) to[c] = to_byte(color_at(drawing, part, place, c));
        return;
    }
    float red = color_at(drawing, part, place, 0), green = color_at(drawing, part, place, 1);
    float blue = color_at(drawing, part, place, 2);
    to[0] = to_byte(0.299f * red + 0.587f * green + 0.114f * blue); /* ITU-R 601-2 luma */
    drawing->loses_colors |= fabsf(red - green) > COLORS_APART || fabsf(blue - green) > COLORS_APART;
}

static bool put(void *context, const struct tiles_part *part, struct failure *failure) {
    struct drawing *drawing = context;
    (void)failure;
    for (uint64_t y = 0; y < part->rows; y++) {
        uint64_t row = part->row + y - drawing->strip_row;
        uint8_t *to = drawing->strip + (row * drawing->width + part->column) * drawing->channels;
        for (uint64_t x = 0; x < part->columns; x++, to += drawing->channels)
            draw_place(drawing, part, y * part->row_stride + x, to);
    }
    return true;
}

static bool rows_done(void *context, uint64_t row_end, struct failure *failure) {
    struct drawing *drawing = context;
    uint8_t *row = drawing->strip;
    size_t row_bytes = (size_t)drawing->width * drawing->channels;
    for (; drawing->strip_row < row_end; drawing->strip_row++, row += row_bytes) {
        if (drawing->alpha.pixels)
            alpha_row(&drawing->alpha, drawing->width, drawing->height, drawing->strip_row, drawing->channels,
                      row + drawing->colors);
        if (!encoder_add_row(drawing->encoder, row, failure)) return failure_prefix(failure, drawing->output.path);
    }
    return true;
}

/* --- from file to file ----------------------------------------------------------------------------------- */

/* Gray pictures stay gray if the network makes as many channels as it takes, unless colors are to be kept. */
static void choose_colors(struct drawing *drawing) {
    const struct senrt_model *model = drawing->model;
    drawing->colors = (uint32_t)model->outputs[0].dim0;
    bool is_like_input = model->inputs[0].dim0 == model->outputs[0].dim0 && !drawing->keeps_colors;
    if (drawing->image.channels == 1 && is_like_input) drawing->colors = 1;
    drawing->channels = drawing->colors + (drawing->alpha.pixels != NULL);
}

static bool read_picture(struct drawing *drawing, const char *path, struct failure *failure) {
    const struct senrt_tiling *tiling = drawing->model->tiling;
    struct image *image = &drawing->image;
    if (!source_read_picture(path, image, failure)) return false;
    if (!alpha_split(image, &drawing->alpha, failure)) return failure_prefix(failure, path);
    choose_colors(drawing);
    drawing->height = tiles_result_size(tiling, 0, image->height);
    drawing->width = tiles_result_size(tiling, 1, image->width);
    return image_convert(image, (uint32_t)drawing->model->inputs[0].dim0, failure) || failure_prefix(failure, path);
}

static bool open_result(struct drawing *drawing, const char *path, struct failure *failure) {
    enum encode_kind kind;
    if (!encode_kind_of(path, &kind, failure)) return false;
    uint64_t rows = drawing->model->outputs[0].dim1;
    if (drawing->width > SIZE_MAX / drawing->channels / rows) return failure_set_no_memory(failure);
    drawing->strip = malloc((size_t)(drawing->width * drawing->channels * rows));
    if (!drawing->strip) return failure_set_no_memory(failure);
    if (!output_open(path, &drawing->output, failure)) return false;
    drawing->encoder = encoder_create(kind, drawing->output.stream, drawing->width, drawing->height,
                                      drawing->channels, failure);
    return drawing->encoder || failure_prefix(failure, path);
}

static bool draw(struct drawing *drawing, struct runner *runner, const struct options *options,
                 struct failure *failure) {
    const struct tiles_sink sink = {drawing, put, rows_done, progress};
    if (!read_picture(drawing, options->inputs[0], failure) ||
        !open_result(drawing, options->output_path, failure) ||
        !tiles_run(runner, &drawing->image, options->tiles, &sink, failure))
        return false;
    if (!encoder_finish(drawing->encoder, failure)) return failure_prefix(failure, drawing->output.path);
    return output_commit(&drawing->output, failure);
}

static void note_colors(const struct options *options, const char *program) {
    struct failure note;
    failure_set(&note, "%s is gray, so the result is, too; --color keeps the colors that were made", options->inputs[0]);
    failure_print(&note, program);
}

bool draw_picture(struct runner *runner, const struct options *options, const char *program,
                  struct failure *failure) {
    struct drawing drawing = {.model = runner->model,
                              .keeps_colors = options->keeps_colors,
                              .percent = -1,
                              .shows_progress = isatty(STDERR_FILENO) == 1};
    bool is_good = draw(&drawing, runner, options, failure);
    progress_clear(&drawing);
    if (is_good && drawing.loses_colors) note_colors(options, program);
    encoder_release(drawing.encoder);
    output_abandon(&drawing.output);
    free(drawing.strip);
    image_release(&drawing.image);
    image_release(&drawing.alpha);
    release_signals();
    return is_good;
}
