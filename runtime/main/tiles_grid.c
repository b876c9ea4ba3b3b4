/* tiles_grid.c - the size of a picture becomes the places of its tiles and what each of them owns. */
#include "tiles_grid.h"

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

static uint64_t align_of(const struct senrt_tiling *tiling, int axis) {
    return axis ? tiling->align_columns : tiling->align_rows;
}

static bool is_spoilt(const struct senrt_axis *axis) {
    return axis->begin > 0 || axis->end < axis->extent;
}

/* Paddings of the tile stand for those of the picture, so at the end the tile must not reach beyond it. */
static bool has_padding(const struct senrt_tiling *tiling, int axis) {
    bool is_padded = is_spoilt(&tiling->output[axis]);
    for (uint64_t i = 0; i < tiling->squeeze_count; i++)
        is_padded = is_padded || is_spoilt(&tiling->squeezes[i].axes[axis]);
    return is_padded;
}

static uint64_t result_size(const struct senrt_axis *output, uint64_t picture) {
    return (picture * output->positions + output->pixels - 1) / output->pixels;
}

/* The least size from which the result of the whole picture comes, and at which the last tile can end. */
static uint64_t whole_size(const struct senrt_tiling *tiling, int axis, uint64_t tile, uint64_t picture) {
    const struct senrt_axis *output = &tiling->output[axis];
    int64_t lacking = (int64_t)result_size(output, picture) - (int64_t)output->extent;
    int64_t pixels = lacking * (int64_t)output->pixels, unit = (int64_t)(align_of(tiling, axis) * output->positions);
    int64_t steps = pixels > 0 ? (pixels + unit - 1) / unit : -(-pixels / unit);
    if (steps < 0 && has_padding(tiling, axis)) return tile;
    return (uint64_t)((int64_t)tile + steps * (int64_t)align_of(tiling, axis));
}

/* How far apart tiles may lie so that their right places of a map touch. */
static uint64_t largest_step(const struct senrt_axis *axis, uint64_t align) {
    return (axis->end - axis->begin) * axis->pixels / axis->positions / align * align;
}

struct tiles_grid tiles_grid_of(const struct senrt_tiling *tiling, uint64_t phase, int axis, uint64_t tile,
                                uint64_t picture) {
    uint64_t align = align_of(tiling, axis);
    struct tiles_grid grid = {.tile = tile, .whole = whole_size(tiling, axis, tile, picture), .count = 1};
    grid.step = phase ? UINT64_MAX : largest_step(&tiling->output[axis], align);
    for (uint64_t i = 0; i < tiling->squeeze_count; i++)
        if (tiling->squeezes[i].phase == phase)
            grid.step = least(grid.step, largest_step(&tiling->squeezes[i].axes[axis], align));
    if (grid.whole > tile) grid.count += (grid.whole - tile + grid.step - 1) / grid.step;
    return grid;
}

uint64_t tiles_origin(const struct tiles_grid *grid, uint64_t index) {
    return grid->whole > grid->tile ? least(index * grid->step, grid->whole - grid->tile) : 0;
}

uint64_t tiles_places(const struct senrt_axis *axis, uint64_t pixels) {
    return pixels * axis->positions / axis->pixels;
}

uint64_t tiles_whole_extent(const struct tiles_grid *grid, const struct senrt_axis *axis) {
    if (grid->whole >= grid->tile) return axis->extent + tiles_places(axis, grid->whole - grid->tile);
    uint64_t beyond = tiles_places(axis, grid->tile - grid->whole);
    return axis->extent > beyond ? axis->extent - beyond : 0;
}

struct tiles_range tiles_seen(const struct tiles_grid *grid, const struct senrt_axis *axis) {
    return (struct tiles_range){0, least(axis->extent, tiles_whole_extent(grid, axis))};
}

struct tiles_range tiles_owned(const struct tiles_grid *grid, const struct senrt_axis *axis, uint64_t index) {
    struct tiles_range range = tiles_seen(grid, axis);
    if (index) range.begin = axis->begin;
    if (index + 1 < grid->count)
        range.end =
            axis->begin + tiles_places(axis, tiles_origin(grid, index + 1) - tiles_origin(grid, index));
    return range;
}
