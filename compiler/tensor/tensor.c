/* tensor.c - tensors made; 16-bit numbers become float. */
#include "tensor.h"

#include "../base/fatal.h"

#include <string.h>

struct tensor *tensor_create(struct arena *arena, struct shape shape, float **out_values) {
    int64_t count = shape_element_count(shape);
    if (count < 0) fatal_bug("a tensor of shape %s is asked for", shape_text(arena, shape));
    struct tensor *tensor = ARENA_NEW(arena, struct tensor);
    *out_values = ARENA_NEW_ARRAY(arena, float, (size_t)count);
    tensor->shape = shape;
    tensor->values = *out_values;
    return tensor;
}

static float float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float float_from_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half >> 15) << 31, exponent = half >> 10 & 31, fraction = half & 1023;
    if (exponent == 31) return float_from_bits(sign | 255u << 23 | fraction << 13);
    if (exponent) return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13); /* 112 = 127 - 15 */
    float magnitude = (float)fraction * 0x1p-24f;
    return sign ? -magnitude : magnitude;
}

float float_from_bfloat16(uint16_t bits) {
    return float_from_bits((uint32_t)bits << 16);
}
