/* tensor.h - dense row-major float32 numbers with a shape. */
#ifndef SENC_TENSOR_TENSOR_H
#define SENC_TENSOR_TENSOR_H

#include "../base/arena.h"
#include "shape.h"

struct tensor {
    struct shape shape;
    const float *values; /* shape_element_count of them; owned by an arena or a mapped file */
};

/* A zeroed tensor; *out_values lets the maker fill it. */
struct tensor *tensor_create(struct arena *arena, struct shape shape, float **out_values);

/* IEEE half and bfloat16 to float; exact. */
float float_from_half(uint16_t half);
float float_from_bfloat16(uint16_t bits);

#endif
