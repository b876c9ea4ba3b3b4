/* reduce.c - reduce and argmax of the interpreter. */
#include "eval_op.h"

#include <math.h>

static double first_value(enum reduce_kind kind) {
    switch (kind) {
    case REDUCE_MAX:
        return -INFINITY;
    case REDUCE_MIN:
        return INFINITY;
    case REDUCE_PROD:
        return 1;
    default:
        return 0;
    }
}

/* A NaN wins and stays. */
static double join(enum reduce_kind kind, double a, double b) {
    switch (kind) {
    case REDUCE_MAX:
        return a > b || isnan(a) ? a : b;
    case REDUCE_MIN:
        return a < b || isnan(a) ? a : b;
    case REDUCE_PROD:
        return a * b;
    default:
        return a + b;
    }
}

void eval_REDUCE(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                 float *out) {
    struct shape x = inputs[0]->shape;
    enum reduce_kind kind = node->as.reduce.kind;
    int64_t results = shape_element_count(node->shape), count = shape_element_count(x);
    double *values = ARENA_NEW_ARRAY(arena, double, (size_t)results);
    for (int64_t i = 0; i < results; i++) values[i] = first_value(kind);
    for (int64_t i = 0; i < count; i++) {
        int64_t to = 0, stride = 1, rest = i;
        for (int axis = x.rank - 1; axis >= 0; axis--) { /* the result that number i is a part of */
            int64_t at = rest % x.dims[axis];
            rest /= x.dims[axis];
            if (node->as.reduce.axes >> axis & 1) continue;
            to += at * stride;
            stride *= x.dims[axis];
        }
        values[to] = join(kind, values[to], inputs[0]->values[i]);
    }
    double divisor = kind == REDUCE_MEAN ? (double)(count / results) : 1;
    for (int64_t i = 0; i < results; i++) out[i] = (float)(values[i] / divisor);
}

/* Does x take the place of the best so far, which came before it? A NaN is the best of all. */
static bool is_better(const struct node *node, float x, float best) {
    if (isnan(x) || isnan(best)) return isnan(x) && (node->as.argmax.last || !isnan(best));
    if (x == best) return node->as.argmax.last;
    return node->as.argmax.is_min ? x < best : x > best;
}

void eval_ARGMAX(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                 float *out) {
    (void)arena;
    struct shape x = inputs[0]->shape;
    int64_t extent = x.dims[node->as.argmax.axis], inner = 1;
    for (int i = node->as.argmax.axis + 1; i < x.rank; i++) inner *= x.dims[i];
    int64_t results = shape_element_count(node->shape);
    for (int64_t r = 0; r < results; r++) {
        const float *line = inputs[0]->values + r / inner * extent * inner + r % inner;
        int64_t best = 0;
        for (int64_t i = 1; i < extent; i++)
            if (is_better(node, line[i * inner], line[best * inner])) best = i;
        out[r] = (float)best;
    }
}
