/* tiles_grid.h - where the tiles of one axis of a picture lie, and which places of a map each of them owns. */
#ifndef SENRT_MAIN_TILES_GRID_H
#define SENRT_MAIN_TILES_GRID_H

#include "../senrt_abi.h"

#include <stdbool.h>

struct tiles_grid {
    uint64_t tile, whole; /* pixels: of a tile; of the picture with its margins, such that the last tile ends there */
    uint64_t step, count; /* tile i begins at min(i * step, whole - tile) */
};

struct tiles_range {
    uint64_t begin, end; /* places of the tile's map */
};

/* Tiles for the phase `phase` (0: the one that makes the picture) along `axis` (0: rows) of a picture that has `picture`
 * pixels there; `tile` is the input's extent. */
struct tiles_grid tiles_grid_of(const struct senrt_tiling *tiling, uint64_t phase, int axis, uint64_t tile,
                                uint64_t picture);

/* In pixels. */
uint64_t tiles_origin(const struct tiles_grid *grid, uint64_t index);

/* The same distance in places of a map. */
uint64_t tiles_places(const struct senrt_axis *axis, uint64_t pixels);

/* The extent of the whole picture's map. */
uint64_t tiles_whole_extent(const struct tiles_grid *grid, const struct senrt_axis *axis);

/* Each place of the whole map belongs to one tile, which computes it right. */
struct tiles_range tiles_owned(const struct tiles_grid *grid, const struct senrt_axis *axis, uint64_t index);

/* Those that a tile has of the whole map. */
struct tiles_range tiles_seen(const struct tiles_grid *grid, const struct senrt_axis *axis);

#endif
