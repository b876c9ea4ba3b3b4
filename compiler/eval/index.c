/* index.c - operations of the interpreter that pick numbers by lists or permutations: rearrange, take,
 * resample. */
#include "eval_op.h"

/* A shape seen from one axis: `outer` times [extent] times `inner` numbers that lie together. */
struct lines {
    int64_t outer, extent, inner;
};

static struct lines lines_along(struct shape shape, int axis) {
    struct lines lines = {1, shape.dims[axis], 1};
    for (int i = 0; i < axis; i++) lines.outer *= shape.dims[i];
    for (int i = axis + 1; i < shape.rank; i++) lines.inner *= shape.dims[i];
    return lines;
}

void eval_REARRANGE(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                    float *out) {
    (void)arena;
    int rank = node->as.rearrange.rank;
    const int64_t *dims = node->as.rearrange.dims;
    int64_t strides[REARRANGE_MAX_RANK], position[REARRANGE_MAX_RANK] = {0}, from = 0, stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
    for (int64_t i = 0; i < stride; i++) {
        out[i] = inputs[0]->values[from];
        for (int axis = rank - 1; axis >= 0;
             axis--) { /* the next position of the result, in row-major order */
            int source = node->as.rearrange.axes[axis];
            from += strides[source];
            if (++position[axis] < dims[source]) break;
            position[axis] = 0;
            from -= strides[source] * dims[source];
        }
    }
}

void eval_TAKE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    struct lines from = lines_along(inputs[0]->shape, node->as.take.axis);
    for (int64_t o = 0; o < from.outer; o++)
        for (int64_t i = 0; i < node->as.take.count; i++) {
            int64_t index = node->as.take.indices[i];
            const float *line = inputs[0]->values + (o * from.extent + index) * from.inner;
            for (int64_t j = 0; j < from.inner; j++) *out++ = index < 0 ? (float)node->as.take.fill : line[j];
        }
}

void eval_RESAMPLE(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                   float *out) {
    (void)arena;
    struct lines from = lines_along(inputs[0]->shape, node->as.resample.axis);
    int64_t taps = node->as.resample.taps;
    for (int64_t o = 0; o < from.outer; o++)
        for (int64_t i = 0; i < node->as.resample.count; i++)
            for (int64_t j = 0; j < from.inner; j++) {
                double sum = 0;
                for (int64_t t = i * taps; t < (i + 1) * taps; t++) {
                    double weight = node->as.resample.weights[t];
                    int64_t at = o * from.extent + node->as.resample.indices[t];
                    if (weight != 0) sum += weight * inputs[0]->values[at * from.inner + j];
                }
                *out++ = (float)sum;
            }
}
