/* fake_model.h - networks written by hand, as the compiler would emit them, for tests of the runtime. */
#ifndef SENRT_TESTS_FAKE_MODEL_H
#define SENRT_TESTS_FAKE_MODEL_H

#include "runtime/senrt_abi.h"

/* A gray picture of 8 x 8 becomes 8 scores, of which score r is the mean of row r times 10. Labelled. */
extern const struct senrt_model fake_gray_model;

/* The same, 3 pictures a run. */
extern const struct senrt_model fake_batch_model;

/* An RGB picture, shorter side resized to 4, cropped to 4 x 4, becomes the probabilities of its channels. */
extern const struct senrt_model fake_rgb_model;

/* Vectors `left` and `right` of 3 become `sum` [3] and `product` [3, 3, 1]; no pictures. */
extern const struct senrt_model fake_pair_model;

/* A picture becomes one of twice the size, in tiles of 8 x 8, with a mean of 0.5 (fake_picture.c). */
extern const struct senrt_model fake_picture_model;

/* A picture, of RGB or gray, becomes one of twice the size: blue where it is black, red where it is white. */
extern const struct senrt_model fake_mask_model;
extern const struct senrt_model fake_paint_model;

/* fake_gray_model for a CPU that does not exist, and for another runtime. */
extern const struct senrt_model fake_future_model;
extern const struct senrt_model fake_foreign_model;

#endif
