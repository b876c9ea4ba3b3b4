/* preprocess.h - a picture becomes the numbers that a network's input wants. */
#ifndef SENRT_MAIN_PREPROCESS_H
#define SENRT_MAIN_PREPROCESS_H

#include "image.h"

#include "../senrt_abi.h"

/* Resizes, crops and normalises `image` as input->picture says (as torchvision's Resize, CenterCrop, ToTensor
 * and Normalize do with a PIL picture) and writes input->element_count floats, [C, H, W]. May change the
 * image's channels. */
bool preprocess_picture(const struct senrt_tensor *input, struct image *image, float *out_values,
                        struct failure *failure);

/* False when the declaration of a picture does not fit the tensor, which no compiler should write. */
bool preprocess_check(const struct senrt_tensor *input, struct failure *failure);

#endif
