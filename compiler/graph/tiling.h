/* tiling.h - how a network that makes a picture of a picture is run tile by tile: where the places of its maps lie.
 *
 * Along each axis a map of the tile is a window of the same map of the whole picture: a tile that lies `pixels` further on
 * sees it `positions` further on. Places from `begin` to before `end` are right in any tile; those outside are spoilt by
 * the padding that a tile has at its edges and the picture has not. At the edges of the picture they are right, too.
 * A network without padding spoils nothing.
 *
 * Squeezes (global pools of maps) are of the whole picture. They meet: each tile adds the part that it owns. In phase p
 * of a run over all tiles the squeezes are gathered that depend on p - 1 others one after the other; in the last phase
 * all are known. Fewer phases would use a gate before it is known.
 */
#ifndef SENC_GRAPH_TILING_H
#define SENC_GRAPH_TILING_H

#include "graph.h"

struct tile_axis {
    int64_t extent;            /* of the tile's map */
    int64_t pixels, positions; /* without common divisors */
    int64_t begin, end;
};

struct tile_meeting {
    struct node *node; /* the global pool, or what it has become: OP_MEET */
    int phase;         /* from 1 on */
    int64_t channels;
    struct tile_axis axes[2]; /* rows, columns: of the map that is squeezed */
};

struct tiling {
    int phase_count; /* 1 without squeezes */
    VEC(struct tile_meeting) meetings;
    int64_t align[2];  /* tiles begin at multiples of this many pixels */
    int64_t margin[2]; /* rows above and columns beside the picture that the network eats */
    struct tile_axis output[2];
};

struct tiling_problem {
    const struct node *node;
    const char *text; /* "'linear' reads the whole map at once", in the graph's arena */
};

/* Of a graph with one input and one output, both pictures. NULL: it cannot be tiled, and *out_problem says why. */
struct tiling *tiling_analyse(const struct graph *graph, struct tiling_problem *out_problem);

#endif
