/* picture.h - networks that make pictures, compiled in memory and run on whole pictures. */
#ifndef SENC_TESTS_PICTURE_H
#define SENC_TESTS_PICTURE_H

#include "../../compiler/graph/graph.h"
#include "../../runtime/main/tiles.h"

/* A compiled network and all that it lives in. */
struct compiled {
    struct diag *diag;
    struct weights *weights;
    struct graph *graph;
    struct plan *plan;
    unsigned char *packed;
    struct jit *jit;
    const struct senrt_model *model;
};

/* Of the text, or (NULL) of the file at `path`; defines as those of -D; bound to `weights_path` or (NULL) to random
 * weights. Not compiled: the graph is for the interpreter. Ends the program where something is wrong. */
struct graph *picture_elaborate(struct compiled *compiled, const char *text, const char *path,
                                const char *const *defines, size_t define_count, const char *weights_path);

/* From there on, at -O3. */
void picture_compile(struct compiled *compiled);
void picture_close(struct compiled *compiled);

/* What the tiles of `image` make up, a tensor of this shape; a place that comes twice becomes infinite, one that does not
 * come stays NaN. False with a comment on standard output. */
bool picture_run(const struct senrt_model *model, const struct image *image, unsigned threads, enum tiles_mode mode,
                 struct shape shape, float *out_values);

/* The largest difference, as a part of the largest number (1 at least); NaN is infinitely far from anything. */
double picture_difference(const float *got, const float *expected, size_t count);

/* Bits that look random, and shapes in them. */
void picture_make(struct image *out_image, uint32_t height, uint32_t width, uint32_t channels);

#endif
