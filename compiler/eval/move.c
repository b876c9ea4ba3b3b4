/* move.c - operations of the interpreter that put numbers elsewhere: concat, reshape, slice, shuffle, upsample ... */
#include "eval_op.h"

#include <string.h>

static int64_t extents_product(struct shape shape, int begin, int end) {
    int64_t product = 1;
    for (int i = begin; i < end; i++) product *= shape.dims[i];
    return product;
}

static void copy(float *to, const float *from, int64_t count) {
    memcpy(to, from, (size_t)count * sizeof *to);
}

void eval_CONCAT(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    int axis = node->as.concat.axis, rank = node->shape.rank;
    int64_t outer = extents_product(node->shape, 0, axis), inner = extents_product(node->shape, axis, rank), at = 0;
    for (int i = 0; i < node->input_count; i++) {
        int64_t part = extents_product(inputs[i]->shape, axis, rank);
        for (int64_t o = 0; o < outer; o++) copy(out + o * inner + at, inputs[i]->values + o * part, part);
        at += part;
    }
}

void eval_RESHAPE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    copy(out, inputs[0]->values, shape_element_count(node->shape));
}

static void slice_axis(const struct node *node, struct shape from_shape, int axis, const float *from, float *out) {
    if (axis == node->shape.rank) {
        *out = *from;
        return;
    }
    int64_t begin = node->as.slice.begin[axis];
    int64_t from_stride = extents_product(from_shape, axis + 1, from_shape.rank);
    int64_t out_stride = extents_product(node->shape, axis + 1, node->shape.rank);
    for (int64_t i = 0; i < node->shape.dims[axis]; i++)
        slice_axis(node, from_shape, axis + 1, from + (begin + i) * from_stride, out + i * out_stride);
}

void eval_SLICE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    slice_axis(node, inputs[0]->shape, 0, inputs[0]->values, out);
}

/* Channel g * each + i goes to i * groups + g. */
void eval_CHANNEL_SHUFFLE(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                          float *out) {
    (void)arena;
    int64_t groups = node->as.shuffle.groups, each = node->shape.dims[0] / groups;
    int64_t size = extents_product(node->shape, 1, node->shape.rank);
    for (int64_t g = 0; g < groups; g++)
        for (int64_t i = 0; i < each; i++)
            copy(out + (i * groups + g) * size, inputs[0]->values + (g * each + i) * size, size);
}

/* The two source positions that a result lies between, and how much of the second there is in it. */
struct blend {
    int64_t low, high;
    double part;
};

/* Half-pixel centres, as PyTorch's interpolate(align_corners=False): result i lies at (i + 0.5) / scale - 0.5, not
 * before 0; beyond the last source position that one holds. */
static struct blend blend_at(int64_t i, int64_t scale, int64_t extent, enum upsample_mode mode) {
    if (mode == UPSAMPLE_NEAREST) return (struct blend){.low = i / scale, .high = i / scale};
    double position = ((double)i + 0.5) / (double)scale - 0.5;
    if (position < 0) position = 0;
    struct blend blend = {.low = (int64_t)position};
    blend.high = blend.low + 1 < extent ? blend.low + 1 : blend.low;
    blend.part = position - (double)blend.low;
    return blend;
}

static double mix(double low, double high, double part) {
    return part == 0 ? low : low * (1 - part) + high * part;
}

void eval_UPSAMPLE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    int64_t h = inputs[0]->shape.dims[1], w = inputs[0]->shape.dims[2];
    const int64_t *scale = node->as.upsample.scale;
    enum upsample_mode mode = node->as.upsample.mode;
    for (int64_t c = 0; c < node->shape.dims[0]; c++)
        for (int64_t i = 0; i < node->shape.dims[1]; i++) {
            struct blend y = blend_at(i, scale[0], h, mode);
            const float *map = inputs[0]->values + c * h * w, *upper = map + y.low * w, *lower = map + y.high * w;
            for (int64_t j = 0; j < node->shape.dims[2]; j++) {
                struct blend x = blend_at(j, scale[1], w, mode);
                double above = mix(upper[x.low], upper[x.high], x.part);
                double below = mix(lower[x.low], lower[x.high], x.part);
                *out++ = (float)mix(above, below, y.part);
            }
        }
}

void eval_PAD(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    int64_t h = inputs[0]->shape.dims[1], w = inputs[0]->shape.dims[2];
    int64_t out_h = node->shape.dims[1], out_w = node->shape.dims[2];
    const int64_t *pad = node->as.pad.pad;
    for (int64_t i = 0; i < shape_element_count(node->shape); i++) out[i] = (float)node->as.pad.value;
    for (int64_t c = 0; c < node->shape.dims[0]; c++)
        for (int64_t y = 0; y < h; y++)
            copy(out + (c * out_h + pad[EDGE_TOP] + y) * out_w + pad[EDGE_LEFT], inputs[0]->values + (c * h + y) * w,
                 w);
}
