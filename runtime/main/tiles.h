/* tiles.h - a network that makes a picture is run on a picture of any size, tile by tile; see senrt_abi.h, senrt_tiling.
 *
 * The picture is looked at as if it went on: what lies beside it has the color of its edge. The result is the network's
 * on that whole picture. Memory is taken for one tile, whatever the size of the picture.
 */
#ifndef SENRT_MAIN_TILES_H
#define SENRT_MAIN_TILES_H

#include "image.h"
#include "runner.h"

enum tiles_mode {
    TILES_EXACT,      /* squeezes are of the whole picture: one run over all tiles for each phase */
    TILES_INDEPENDENT /* squeezes are of each tile by itself: one run */
};

/* A box of the result. */
struct tiles_part {
    uint64_t row, column; /* in the result */
    uint64_t rows, columns;
    const float *values; /* of its first place in channel 0 */
    size_t row_stride, channel_stride;
};

/* Where the result goes; each function ends the run by returning false. */
struct tiles_sink {
    void *context;
    /* Each place of the result comes in one part. */
    bool (*put)(void *context, const struct tiles_part *part, struct failure *failure);
    /* All rows before `row_end` have been put. */
    bool (*rows_done)(void *context, uint64_t row_end, struct failure *failure);
    /* Tiles that were run, of all runs. May be NULL. */
    bool (*progress)(void *context, uint64_t done, uint64_t all, struct failure *failure);
};

/* False when the model's description makes no sense, which no compiler should write. */
bool tiles_check(const struct senrt_model *model, struct failure *failure);

/* The size of the result for a picture of `picture` pixels along an axis: 0 for rows, 1 for columns. */
uint64_t tiles_result_size(const struct senrt_tiling *tiling, int axis, uint64_t picture);

/* `image` has as many channels as the input. */
bool tiles_run(struct runner *runner, const struct image *image, enum tiles_mode mode, const struct tiles_sink *sink,
               struct failure *failure);

#endif
