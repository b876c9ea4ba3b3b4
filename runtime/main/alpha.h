/* alpha.h - a picture's alpha channel, which no network sees, becomes as large as the network's result. */
#ifndef SENRT_MAIN_ALPHA_H
#define SENRT_MAIN_ALPHA_H

#include "image.h"

/* Takes the alpha channel out of a picture of 2 or 4 channels, which has 1 or 3 afterwards. One that is opaque
 * everywhere is dropped: *out_alpha has no pixels then, nor of a picture without alpha. */
bool alpha_split(struct image *image, struct image *out_alpha, struct failure *failure);

/* Row `row` of `alpha` enlarged to width x height, bicubic (Catmull and Rom); written to every `step`-th byte. */
void alpha_row(const struct image *alpha, uint64_t width, uint64_t height, uint64_t row, size_t step, uint8_t *out_bytes);

#endif
