/* pool.c - pools of the interpreter, windowed and global. */
#include "eval_op.h"

#include "pool.h"

#include <math.h>

/* The taps of a window along one axis that lie within the input, from `begin` to before `end` by `step`, and how many
 * lie within the padded input: in ceil mode a last window may reach beyond the padding, and what is there never
 * counts. */
struct reach {
    int64_t begin, end, step, padded_count;
};

static struct reach window_reach(const struct window *window, int axis, int64_t position, int64_t extent) {
    int64_t dilation = window->dilation[axis];
    int64_t start = position * window->stride[axis] - window->pad[axis ? EDGE_LEFT : EDGE_TOP];
    int64_t end = start + window->kernel[axis] * dilation;
    int64_t padded_end = extent + window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
    struct reach reach = {.begin = start, .end = end < extent ? end : extent, .step = dilation};
    if (end > padded_end) end = padded_end;
    reach.padded_count = (end - start + dilation - 1) / dilation;
    if (start < 0) reach.begin = start + (-start + dilation - 1) / dilation * dilation;
    return reach;
}

static float window_max(const float *map, int64_t w, struct reach rows, struct reach columns) {
    float largest = map[rows.begin * w + columns.begin];
    for (int64_t y = rows.begin; y < rows.end; y += rows.step)
        for (int64_t x = columns.begin; x < columns.end; x += columns.step)
            largest = pool_larger(largest, map[y * w + x]);
    return largest;
}

static float window_mean(const float *map, int64_t w, struct reach rows, struct reach columns, bool with_pad) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t y = rows.begin; y < rows.end; y += rows.step)
        for (int64_t x = columns.begin; x < columns.end; x += columns.step, count++) sum += map[y * w + x];
    if (with_pad) count = rows.padded_count * columns.padded_count;
    return (float)(sum / (double)count);
}

static void pool(const struct node *node, const struct tensor *x, float *out) {
    int64_t h = x->shape.dims[1], w = x->shape.dims[2];
    const struct window *window = &node->as.pool.window;
    for (int64_t c = 0; c < node->shape.dims[0]; c++)
        for (int64_t y = 0; y < node->shape.dims[1]; y++) {
            struct reach rows = window_reach(window, 0, y, h);
            for (int64_t i = 0; i < node->shape.dims[2]; i++) {
                struct reach columns = window_reach(window, 1, i, w);
                const float *map = x->values + c * h * w;
                *out++ = node->op == OP_MAX_POOL
                             ? window_max(map, w, rows, columns)
                             : window_mean(map, w, rows, columns, node->as.pool.count_include_pad);
            }
        }
}

void eval_MAX_POOL(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    pool(node, inputs[0], out);
}

void eval_AVG_POOL(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    pool(node, inputs[0], out);
}

float pool_larger(float largest, float x) {
    return x > largest || isnan(x) ? x : largest;
}

float pool_map(const float *map, int64_t count, bool is_max) {
    double sum = 0;
    float largest = map[0];
    for (int64_t i = 0; i < count; i++) {
        largest = pool_larger(largest, map[i]);
        sum += map[i];
    }
    return is_max ? largest : (float)(sum / (double)count);
}

static void global_pool(const struct tensor *x, float *out, bool is_max) {
    int64_t area = x->shape.dims[1] * x->shape.dims[2];
    for (int64_t c = 0; c < x->shape.dims[0]; c++) out[c] = pool_map(x->values + c * area, area, is_max);
}

void eval_GLOBAL_MAX_POOL(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                          float *out) {
    (void)arena, (void)node;
    global_pool(inputs[0], out, true);
}

void eval_GLOBAL_AVG_POOL(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                          float *out) {
    (void)arena, (void)node;
    global_pool(inputs[0], out, false);
}

void eval_MEET(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    global_pool(inputs[0], out, node->as.meet.is_max);
}
