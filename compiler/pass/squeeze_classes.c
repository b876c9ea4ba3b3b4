/* squeeze_classes.c - rows and columns of a map, by what the mean of a convolution or pool of it makes of them. */
#include "squeeze_classes.h"

#include <math.h>

static struct classes start(struct graph *graph, const struct node *node, int axis) {
    struct classes classes = {.extent = node->inputs[0]->shape.dims[axis + 1]};
    classes.of = ARENA_NEW_ARRAY(graph->arena, int64_t, (size_t)classes.extent);
    classes.shares = ARENA_NEW_ARRAY(graph->arena, double, (size_t)classes.extent);
    classes.taps = ARENA_NEW_ARRAY(graph->arena, uint64_t, (size_t)classes.extent);
    return classes;
}

static uint64_t taps_at(const struct window *window, int axis, int64_t position, int64_t results) {
    uint64_t taps = 0;
    for (int64_t t = 0; t < window->kernel[axis]; t++) {
        int64_t from = position + window->pad[axis ? EDGE_LEFT : EDGE_TOP] - t * window->dilation[axis];
        bool meets = from >= 0 && from % window->stride[axis] == 0 && from / window->stride[axis] < results;
        if (meets) taps |= (uint64_t)1 << t;
    }
    return taps;
}

static void find_middle(struct classes *classes) {
    for (int64_t begin = 0, end; begin < classes->extent; begin = end) {
        for (end = begin + 1; end < classes->extent && classes->of[end] == classes->of[begin];) end++;
        if (classes->of[begin] >= 0 && 2 * (end - begin) >= classes->extent) classes->has_middle = true;
    }
}

bool classes_of_conv(struct graph *graph, const struct node *conv, int axis, struct classes *out) {
    const struct window *window = &conv->as.conv.window;
    if (window->kernel[axis] > 64) return false;
    *out = start(graph, conv, axis);
    int64_t *sizes = ARENA_NEW_ARRAY(graph->arena, int64_t, (size_t)out->extent);
    for (int64_t p = 0; p < out->extent; p++) {
        uint64_t taps = taps_at(window, axis, p, conv->shape.dims[axis + 1]);
        int64_t class = 0;
        while (class < out->count && out->taps[class] != taps) class++;
        out->of[p] = taps ? class : -1;
        out->shares[p] = 1;
        if (!taps) continue;
        if (class == out->count) out->taps[out->count++] = taps;
        if (++sizes[class] > out->most) out->most = sizes[class];
    }
    find_middle(out);
    return out->count > 0;
}

bool classes_of_pool(struct graph *graph, const struct node *pool, int axis, struct classes *out) {
    const struct window *window = &pool->as.pool.window;
    int64_t results = pool->shape.dims[axis + 1], after = window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
    *out = start(graph, pool, axis);
    out->count = 1;
    for (int64_t p = 0; p < out->extent; p++) out->of[p] = -1;
    for (int64_t result = 0; result < results; result++) {
        int64_t first = result * window->stride[axis] - window->pad[axis ? EDGE_LEFT : EDGE_TOP], read = 0, counted = 0;
        for (int64_t t = 0; t < window->kernel[axis]; t++) {
            int64_t p = first + t * window->dilation[axis];
            read += p >= 0 && p < out->extent;
            counted += p < out->extent + after;
        }
        if (!read) return false;
        if (!pool->as.pool.count_include_pad) counted = read;
        for (int64_t t = 0; t < window->kernel[axis]; t++) {
            int64_t p = first + t * window->dilation[axis];
            if (p < 0 || p >= out->extent) continue;
            if (out->of[p] < 0) out->most++;
            out->of[p] = 0;
            out->shares[p] += 1 / ((double)counted * (double)results);
        }
    }
    find_middle(out);
    return true;
}

bool classes_are_mean(const struct classes *classes) {
    double share = 1 / (double)classes->extent;
    for (int64_t p = 0; p < classes->extent; p++)
        if (classes->of[p] != 0 || fabs(classes->shares[p] - share) > 1e-12) return false;
    return true;
}

const struct tensor *classes_sum_weights(struct graph *graph, const struct node *weight, const struct classes classes[2]) {
    const int64_t *dims = weight->shape.dims;
    struct shape shape = {4, {dims[0], dims[1], classes[0].count, classes[1].count}};
    float *sums;
    struct tensor *tensor = tensor_create(graph->arena, shape, &sums);
    const float *from = weight->as.param.tensor->values;
    for (int64_t pair = 0; pair < dims[0] * dims[1]; pair++, from += dims[2] * dims[3])
        for (int64_t r = 0; r < classes[0].count; r++)
            for (int64_t c = 0; c < classes[1].count; c++) {
                double sum = 0;
                for (int64_t tap = 0; tap < dims[2] * dims[3]; tap++)
                    if (classes[0].taps[r] >> tap / dims[3] & 1 && classes[1].taps[c] >> tap % dims[3] & 1) sum += from[tap];
                *sums++ = (float)sum;
            }
    return tensor;
}

struct node *classes_add_sums(struct graph *graph, struct node *before, struct node *x, int axis,
                              const struct classes *classes, double factor) {
    int64_t numbers = classes->count * classes->most, *indices = ARENA_NEW_ARRAY(graph->arena, int64_t, (size_t)numbers);
    float *weights = ARENA_NEW_ARRAY(graph->arena, float, (size_t)numbers);
    for (int64_t class = 0; class < classes->count; class ++) {
        int64_t at = class * classes->most;
        for (int64_t p = 0; p < classes->extent; p++) {
            if (classes->of[p] != class) continue;
            indices[at] = p;
            weights[at++] = (float)(classes->shares[p] * factor);
        }
    }
    struct node *sums = graph_add(graph, before, OP_RESAMPLE, &x, 1, before->origin);
    sums->as.resample.axis = axis;
    sums->as.resample.count = classes->count;
    sums->as.resample.taps = classes->most;
    sums->as.resample.indices = indices;
    sums->as.resample.weights = weights;
    sums->shape = x->shape;
    sums->shape.dims[axis] = classes->count;
    return sums;
}
