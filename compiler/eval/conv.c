/* conv.c - convolutions and linear layers of the interpreter. */
#include "eval_op.h"

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* One kernel tap of a convolution along one axis: of results 0 .. count-1 those in begin .. end-1 meet the input,
 * result i at i * stride + offset. */
struct tap {
    int64_t begin, end, offset;
};

static struct tap tap_range(const struct window *window, int axis, int64_t tap, int64_t extent, int64_t count) {
    int64_t offset = tap * window->dilation[axis] - window->pad[axis ? EDGE_LEFT : EDGE_TOP];
    int64_t stride = window->stride[axis];
    struct tap range = {.offset = offset};
    range.begin = offset < 0 ? divide_up(-offset, stride) : 0;
    range.end = offset < extent ? least(divide_up(extent - offset, stride), count) : 0;
    return range;
}

/* sums[x] += weight * row[x * stride + offset] */
static void add_row(double *sums, const float *row, double weight, struct tap range, int64_t stride) {
    if (range.begin >= range.end) return;
    row += range.begin * stride + range.offset;
    sums += range.begin;
    int64_t count = range.end - range.begin;
    if (stride == 1)
        for (int64_t x = 0; x < count; x++) sums[x] += weight * row[x];
    else
        for (int64_t x = 0; x < count; x++) sums[x] += weight * row[x * stride];
}

/* Adds to `sums` (a map H x W) the convolution of one input channel with one kernel. */
static void add_channel(double *sums, const float *input, const float *kernel, const struct node *node) {
    const struct window *window = &node->as.conv.window;
    int64_t h = node->inputs[0]->shape.dims[1], w = node->inputs[0]->shape.dims[2];
    int64_t out_h = node->shape.dims[1], out_w = node->shape.dims[2];
    for (int64_t ky = 0; ky < window->kernel[0]; ky++) {
        struct tap rows = tap_range(window, 0, ky, h, out_h);
        for (int64_t kx = 0; kx < window->kernel[1]; kx++) {
            struct tap columns = tap_range(window, 1, kx, w, out_w);
            double weight = kernel[ky * window->kernel[1] + kx];
            for (int64_t y = rows.begin; y < rows.end; y++)
                add_row(sums + y * out_w, input + (y * window->stride[0] + rows.offset) * w, weight, columns,
                        window->stride[1]);
        }
    }
}

static void start_sums(double *sums, int64_t count, double bias) {
    for (int64_t i = 0; i < count; i++) sums[i] = bias;
}

static void store_sums(float *out, const double *sums, int64_t count) {
    for (int64_t i = 0; i < count; i++) out[i] = (float)sums[i];
}

void eval_CONV(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    const struct tensor *x = inputs[0], *weight = inputs[1], *bias = node->input_count > 2 ? inputs[2] : NULL;
    int64_t group_in = weight->shape.dims[1], group_out = node->shape.dims[0] / node->as.conv.groups;
    int64_t area_in = x->shape.dims[1] * x->shape.dims[2], area_out = node->shape.dims[1] * node->shape.dims[2];
    int64_t area_kernel = weight->shape.dims[2] * weight->shape.dims[3];
    double *sums = ARENA_NEW_ARRAY(arena, double, (size_t)area_out);
    for (int64_t o = 0; o < node->shape.dims[0]; o++) {
        start_sums(sums, area_out, eval_bias(bias, o));
        const float *from = x->values + o / group_out * group_in * area_in;
        const float *kernels = weight->values + o * group_in * area_kernel;
        for (int64_t i = 0; i < group_in; i++) add_channel(sums, from + i * area_in, kernels + i * area_kernel, node);
        store_sums(out + o * area_out, sums, area_out);
    }
}

/* Source position i and kernel tap k meet in result i * stride - pad + k * dilation: those i, in begin .. end-1, for
 * which it lies within the result. */
static struct tap spread_range(const struct window *window, int axis, int64_t tap, int64_t extent, int64_t count) {
    int64_t offset = tap * window->dilation[axis] - window->pad[axis ? EDGE_LEFT : EDGE_TOP];
    int64_t stride = window->stride[axis];
    struct tap range = {.offset = offset};
    range.begin = offset < 0 ? divide_up(-offset, stride) : 0;
    range.end = offset < count ? least(divide_up(count - offset, stride), extent) : 0;
    return range;
}

static void spread_channel(double *sums, const float *input, const float *kernel, const struct node *node) {
    const struct window *window = &node->as.conv.window;
    int64_t h = node->inputs[0]->shape.dims[1], w = node->inputs[0]->shape.dims[2];
    int64_t out_h = node->shape.dims[1], out_w = node->shape.dims[2], stride = window->stride[1];
    for (int64_t ky = 0; ky < window->kernel[0]; ky++) {
        struct tap rows = spread_range(window, 0, ky, h, out_h);
        for (int64_t kx = 0; kx < window->kernel[1]; kx++) {
            struct tap columns = spread_range(window, 1, kx, w, out_w);
            double weight = kernel[ky * window->kernel[1] + kx];
            for (int64_t y = rows.begin; y < rows.end; y++) {
                double *to = sums + (y * window->stride[0] + rows.offset) * out_w + columns.offset;
                for (int64_t i = columns.begin; i < columns.end; i++) to[i * stride] += weight * input[y * w + i];
            }
        }
    }
}

void eval_CONV_TRANSPOSE(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                         float *out) {
    const struct tensor *x = inputs[0], *weight = inputs[1], *bias = node->input_count > 2 ? inputs[2] : NULL;
    int64_t groups = node->as.conv.groups, group_in = x->shape.dims[0] / groups, group_out = weight->shape.dims[1];
    int64_t area_in = x->shape.dims[1] * x->shape.dims[2], area_out = node->shape.dims[1] * node->shape.dims[2];
    int64_t area_kernel = weight->shape.dims[2] * weight->shape.dims[3];
    double *sums = ARENA_NEW_ARRAY(arena, double, (size_t)area_out);
    for (int64_t o = 0; o < node->shape.dims[0]; o++) {
        start_sums(sums, area_out, eval_bias(bias, o));
        int64_t first = o / group_out * group_in;
        for (int64_t i = first; i < first + group_in; i++)
            spread_channel(sums, x->values + i * area_in,
                           weight->values + (i * group_out + o % group_out) * area_kernel, node);
        store_sums(out + o * area_out, sums, area_out);
    }
}

void eval_LINEAR(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    const struct tensor *bias = node->input_count > 2 ? inputs[2] : NULL;
    int64_t count = inputs[1]->shape.dims[1];
    for (int64_t o = 0; o < node->shape.dims[0]; o++) {
        const float *row = inputs[1]->values + o * count;
        double sum = eval_bias(bias, o);
        for (int64_t i = 0; i < count; i++) sum += (double)row[i] * inputs[0]->values[i];
        out[o] = (float)sum;
    }
}
