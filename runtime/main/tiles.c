/* tiles.c - a picture becomes the network's result for it, tile by tile, phase by phase. */
#include "tiles.h"
#include "tiles_grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is gathered of one squeeze. */
struct gathering {
    size_t channels;
    double *totals;
    float *sums, *values; /* of a tile; of the picture, once they are known */
};

struct tiles {
    struct runner *runner;
    const struct senrt_tiling *tiling;
    const struct image *image;
    const struct tiles_sink *sink;
    struct gathering *gatherings; /* one a squeeze */
    struct senrt_meeting *meetings;
    size_t *columns; /* for each column of a tile: where in a row of the picture its pixel is */
    float (*tables)[256];
    uint64_t done, all; /* tiles that are run */
};

bool tiles_check(const struct senrt_model *model, struct failure *failure) {
    const struct senrt_tiling *tiling = model->tiling;
    bool is_good = model->input_count == 1 && model->output_count == 1 && model->batch == 1 &&
                   model->inputs[0].picture && model->outputs[0].picture && model->inputs[0].rank == 3 &&
                   model->outputs[0].rank == 3 && tiling->output && (tiling->squeezes || !tiling->squeeze_count) &&
                   tiling->phase_count && tiling->align_rows && tiling->align_columns;
    return is_good || failure_set(failure, "the network's description of its tiles makes no sense");
}

uint64_t tiles_result_size(const struct senrt_tiling *tiling, int axis, uint64_t picture) {
    const struct senrt_axis *output = &tiling->output[axis];
    return (picture * output->positions + output->pixels - 1) / output->pixels;
}

static void grids_of(const struct tiles *tiles, uint64_t phase, struct tiles_grid out_grids[2]) {
    const struct senrt_tensor *input = &tiles->runner->model->inputs[0];
    out_grids[0] = tiles_grid_of(tiles->tiling, phase, 0, input->dim1, tiles->image->height);
    out_grids[1] = tiles_grid_of(tiles->tiling, phase, 1, input->dim2, tiles->image->width);
}

/* --- the input ------------------------------------------------------------------------------------------- */

/* The pixel of the picture that stands at `place`, with the margin counted; beside the picture its edge. */
static size_t pixel_at(uint64_t place, uint64_t margin, uint32_t extent) {
    if (place < margin) return 0;
    return place - margin < extent ? (size_t)(place - margin) : extent - 1;
}

static void tile_fill(struct tiles *tiles, const struct tiles_grid grids[2], const uint64_t index[2]) {
    const struct senrt_tensor *input = &tiles->runner->model->inputs[0];
    const struct image *image = tiles->image;
    uint64_t top = tiles_origin(&grids[0], index[0]), left = tiles_origin(&grids[1], index[1]);
    float *to = tiles->runner->inputs[0];
    for (uint64_t x = 0; x < input->dim2; x++)
        tiles->columns[x] = pixel_at(left + x, tiles->tiling->margin_columns, image->width) * image->channels;
    for (uint32_t channel = 0; channel < image->channels; channel++) {
        uint32_t source = input->picture->color == SENRT_COLOR_BGR ? 2 - channel : channel;
        const float *table = tiles->tables[channel];
        for (uint64_t y = 0; y < input->dim1; y++, to += input->dim2) {
            size_t row = pixel_at(top + y, tiles->tiling->margin_rows, image->height);
            const uint8_t *from = image->pixels + row * image->width * image->channels + source;
            for (uint64_t x = 0; x < input->dim2; x++) to[x] = table[from[tiles->columns[x]]];
        }
    }
}

static void tables_fill(struct tiles *tiles) {
    const struct senrt_picture *picture = tiles->runner->model->inputs[0].picture;
    for (uint32_t channel = 0; channel < tiles->image->channels; channel++)
        for (int byte = 0; byte < 256; byte++)
            tiles->tables[channel][byte] =
                ((float)byte / 255.0f - picture->mean[channel]) / picture->stddev[channel];
}

/* --- squeezes -------------------------------------------------------------------------------------------- */

/* What a tile does at each squeeze when phase `phase` is run: those of earlier phases are known, its own are gathered;
 * `phase` 0 is the last one. */
static void meetings_set(struct tiles *tiles, const struct tiles_grid grids[2], const uint64_t index[2], uint64_t phase,
                         enum tiles_mode mode) {
    for (uint64_t i = 0; i < tiles->tiling->squeeze_count; i++) {
        const struct senrt_squeeze *squeeze = &tiles->tiling->squeezes[i];
        bool is_gathered = squeeze->phase == phase;
        struct tiles_range ranges[2];
        for (int axis = 0; axis < 2; axis++)
            ranges[axis] = is_gathered ? tiles_owned(&grids[axis], &squeeze->axes[axis], index[axis])
                                       : tiles_seen(&grids[axis], &squeeze->axes[axis]);
        bool is_known = mode == TILES_EXACT && (!phase || squeeze->phase < phase);
        tiles->meetings[i] = (struct senrt_meeting){.row_begin = ranges[0].begin,
                                                    .row_end = ranges[0].end,
                                                    .column_begin = ranges[1].begin,
                                                    .column_end = ranges[1].end,
                                                    .sums = is_gathered ? tiles->gatherings[i].sums : NULL,
                                                    .values = is_known ? tiles->gatherings[i].values : NULL};
    }
}

static double larger(double a, double b) {
    return b > a || isnan(b) ? b : a;
}

static void gather_add(struct tiles *tiles, uint64_t phase) {
    for (uint64_t i = 0; i < tiles->tiling->squeeze_count; i++) {
        const struct senrt_squeeze *squeeze = &tiles->tiling->squeezes[i];
        struct gathering *gathering = &tiles->gatherings[i];
        if (squeeze->phase != phase) continue;
        for (size_t c = 0; c < gathering->channels; c++) {
            double sum = (double)gathering->sums[c], total = gathering->totals[c];
            gathering->totals[c] = squeeze->is_max ? larger(total, sum) : total + sum;
        }
    }
}

static void gather_finish(struct tiles *tiles, const struct tiles_grid grids[2], uint64_t phase) {
    for (uint64_t i = 0; i < tiles->tiling->squeeze_count; i++) {
        const struct senrt_squeeze *squeeze = &tiles->tiling->squeezes[i];
        struct gathering *gathering = &tiles->gatherings[i];
        if (squeeze->phase != phase) continue;
        double count = (double)tiles_whole_extent(&grids[0], &squeeze->axes[0]) *
                       (double)tiles_whole_extent(&grids[1], &squeeze->axes[1]);
        for (size_t c = 0; c < gathering->channels; c++)
            gathering->values[c] = (float)(squeeze->is_max ? gathering->totals[c] : gathering->totals[c] / count);
    }
}

/* --- runs ------------------------------------------------------------------------------------------------ */

static bool tile_run(struct tiles *tiles, const struct tiles_grid grids[2], const uint64_t index[2], uint64_t phase,
                     enum tiles_mode mode, struct failure *failure) {
    struct runner *runner = tiles->runner;
    tile_fill(tiles, grids, index);
    meetings_set(tiles, grids, index, phase, mode);
    enum senrt_status status =
        senrt_session_run_tile(runner->session, (const float *const *)runner->inputs, runner->outputs,
                               (unsigned)phase, tiles->meetings);
    if (status != SENRT_OK) return failure_set(failure, "%s", senrt_status_text(status));
    tiles->done++;
    return !tiles->sink->progress ||
           tiles->sink->progress(tiles->sink->context, tiles->done, tiles->all, failure);
}

static bool phase_gather(struct tiles *tiles, uint64_t phase, struct failure *failure) {
    struct tiles_grid grids[2];
    uint64_t index[2];
    grids_of(tiles, phase, grids);
    for (index[0] = 0; index[0] < grids[0].count; index[0]++)
        for (index[1] = 0; index[1] < grids[1].count; index[1]++) {
            if (!tile_run(tiles, grids, index, phase, TILES_EXACT, failure)) return false;
            gather_add(tiles, phase);
        }
    gather_finish(tiles, grids, phase);
    return true;
}

/* The part of the result that the tile owns; what stands for the picture's margin is left out. */
static bool tile_put(struct tiles *tiles, const struct tiles_grid grids[2], const uint64_t index[2],
                     struct failure *failure) {
    const struct senrt_tensor *output = &tiles->runner->model->outputs[0];
    const uint32_t sizes[2] = {tiles->image->height, tiles->image->width};
    struct tiles_range ranges[2];
    uint64_t first[2];
    for (int axis = 0; axis < 2; axis++) {
        const struct senrt_axis *along = &tiles->tiling->output[axis];
        uint64_t size = tiles_result_size(tiles->tiling, axis, sizes[axis]);
        uint64_t origin = tiles_places(along, tiles_origin(&grids[axis], index[axis]));
        ranges[axis] = tiles_owned(&grids[axis], along, index[axis]);
        first[axis] = origin + ranges[axis].begin;
        if (first[axis] >= size) return true;
        if (origin + ranges[axis].end > size) ranges[axis].end = size - origin;
    }
    struct tiles_part part = {.row = first[0],
                              .column = first[1],
                              .rows = ranges[0].end - ranges[0].begin,
                              .columns = ranges[1].end - ranges[1].begin,
                              .values = tiles->runner->outputs[0] + ranges[0].begin * output->dim2 + ranges[1].begin,
                              .row_stride = output->dim2,
                              .channel_stride = output->dim1 * output->dim2};
    return tiles->sink->put(tiles->sink->context, &part, failure);
}

static bool phase_make(struct tiles *tiles, enum tiles_mode mode, struct failure *failure) {
    const struct senrt_axis *along = &tiles->tiling->output[0];
    uint64_t size = tiles_result_size(tiles->tiling, 0, tiles->image->height);
    struct tiles_grid grids[2];
    uint64_t index[2];
    grids_of(tiles, 0, grids);
    for (index[0] = 0; index[0] < grids[0].count; index[0]++) {
        for (index[1] = 0; index[1] < grids[1].count; index[1]++)
            if (!tile_run(tiles, grids, index, 0, mode, failure) || !tile_put(tiles, grids, index, failure))
                return false;
        uint64_t end = tiles_places(along, tiles_origin(&grids[0], index[0])) +
                       tiles_owned(&grids[0], along, index[0]).end;
        if (!tiles->sink->rows_done(tiles->sink->context, end < size ? end : size, failure)) return false;
    }
    return true;
}

static bool phases_run(struct tiles *tiles, enum tiles_mode mode, struct failure *failure) {
    struct tiles_grid grids[2];
    grids_of(tiles, 0, grids);
    tiles->all = grids[0].count * grids[1].count;
    if (tiles->all == 1) mode = TILES_INDEPENDENT; /* the tile is the picture */
    uint64_t phase_count = mode == TILES_EXACT ? tiles->tiling->phase_count : 1;
    for (uint64_t phase = 1; phase < phase_count; phase++) {
        grids_of(tiles, phase, grids);
        tiles->all += grids[0].count * grids[1].count;
    }
    for (uint64_t phase = 1; phase < phase_count; phase++)
        if (!phase_gather(tiles, phase, failure)) return false;
    return phase_make(tiles, mode, failure);
}

/* --- memory ---------------------------------------------------------------------------------------------- */

static bool gathering_create(struct gathering *gathering, const struct senrt_squeeze *squeeze) {
    size_t room = ((size_t)squeeze->channels / SENRT_CHANNEL_ROOM + 1) * SENRT_CHANNEL_ROOM;
    gathering->channels = (size_t)squeeze->channels;
    gathering->totals = calloc(room, sizeof *gathering->totals);
    gathering->sums = calloc(room, sizeof *gathering->sums);
    gathering->values = calloc(room, sizeof *gathering->values);
    if (!gathering->totals || !gathering->sums || !gathering->values) return false;
    for (size_t c = 0; c < room && squeeze->is_max; c++) gathering->totals[c] = -INFINITY;
    return true;
}

static bool tiles_create(struct tiles *tiles) {
    size_t count = (size_t)tiles->tiling->squeeze_count;
    tiles->gatherings = calloc(count + 1, sizeof *tiles->gatherings);
    tiles->meetings = calloc(count + 1, sizeof *tiles->meetings);
    tiles->columns = calloc((size_t)tiles->runner->model->inputs[0].dim2, sizeof *tiles->columns);
    tiles->tables = calloc(tiles->image->channels, sizeof *tiles->tables);
    if (!tiles->gatherings || !tiles->meetings || !tiles->columns || !tiles->tables) return false;
    for (size_t i = 0; i < count; i++)
        if (!gathering_create(&tiles->gatherings[i], &tiles->tiling->squeezes[i])) return false;
    tables_fill(tiles);
    return true;
}

static void tiles_release(struct tiles *tiles) {
    for (uint64_t i = 0; tiles->gatherings && i < tiles->tiling->squeeze_count; i++) {
        free(tiles->gatherings[i].totals);
        free(tiles->gatherings[i].sums);
        free(tiles->gatherings[i].values);
    }
    free(tiles->gatherings);
    free(tiles->meetings);
    free(tiles->columns);
    free(tiles->tables);
}

bool tiles_run(struct runner *runner, const struct image *image, enum tiles_mode mode, const struct tiles_sink *sink,
               struct failure *failure) {
    struct tiles tiles = {.runner = runner, .tiling = runner->model->tiling, .image = image, .sink = sink};
    bool is_good = tiles_create(&tiles) ? phases_run(&tiles, mode, failure) : failure_set_no_memory(failure);
    tiles_release(&tiles);
    return is_good;
}
