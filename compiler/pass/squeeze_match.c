/* squeeze_match.c - what computes one number of each channel of a map: is it the mean, or the largest value?
 *
 *     global pool; pool whose window is the map; mean over [1, 2]
 *     mean over [2], mean over [1]                  in either order: the parts are of equal size
 *     reshape [C, H W], mean over [1]
 *     sum over [1, 2], / (H W)                      or times 1 / (H W)
 *
 * Each step of the way keeps channels apart: what it computes begins with the extent C. */
#include "squeeze_match.h"

#include "param.h"

#include <math.h>

static bool covers_map(const struct node *pool) {
    const struct window *window = &pool->as.pool.window;
    for (int axis = 0; axis < 2; axis++)
        if (window->kernel[axis] != pool->inputs[0]->shape.dims[axis + 1] || window->dilation[axis] != 1)
            return false;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return true;
}

/* Whether one operation is the mean or the largest value of each channel of a map. */
static bool is_whole(const struct node *node) {
    switch (node->op) {
    case OP_GLOBAL_AVG_POOL:
    case OP_GLOBAL_MAX_POOL: return true;
    case OP_AVG_POOL:
    case OP_MAX_POOL: return covers_map(node);
    case OP_REDUCE:
        return node->as.reduce.axes == 6 && node->shape.rank == 3 &&
               (node->as.reduce.kind == REDUCE_MEAN || node->as.reduce.kind == REDUCE_MAX);
    default: return false;
    }
}

/* What the steps so far make of the numbers of a channel: their mean times `factor`, the largest, or something else. */
struct squeezing {
    bool is_mean, is_max, is_other;
    double factor;
};

static bool is_max_pool(const struct node *node) {
    return node->op == OP_GLOBAL_MAX_POOL || node->op == OP_MAX_POOL;
}

/* A product or quotient with a known number. */
static bool add_number(const struct node *node, struct squeezing *squeezing) {
    int at = node->op == OP_MUL && node->inputs[0]->op == OP_PARAM ? 0 : 1;
    const struct node *number = node->inputs[at];
    if (!param_is_bound(number) || shape_element_count(number->shape) != 1) return false;
    double n = number->as.param.tensor->values[0];
    squeezing->factor *= node->op == OP_MUL ? n : 1 / n;
    return true;
}

static bool add_reduce(const struct node *node, struct squeezing *squeezing) {
    if (node->as.reduce.axes & 1) return false;
    switch (node->as.reduce.kind) {
    case REDUCE_MAX: squeezing->is_max = true; break;
    case REDUCE_MEAN: squeezing->is_mean = true; break;
    case REDUCE_SUM:
        squeezing->is_mean = true;
        squeezing->factor *= (double)shape_element_count(node->inputs[0]->shape) / (double)shape_element_count(node->shape);
        break;
    default: squeezing->is_other = true; break;
    }
    return true;
}

static bool add_step(const struct node *node, struct squeezing *squeezing) {
    switch (node->op) {
    case OP_RESHAPE: return true;
    case OP_REDUCE: return add_reduce(node, squeezing);
    case OP_MUL:
    case OP_DIV: return add_number(node, squeezing);
    default: break;
    }
    if (!is_whole(node)) return false;
    *(is_max_pool(node) ? &squeezing->is_max : &squeezing->is_mean) = true;
    return true;
}

static const struct node *input_of(const struct node *node) {
    return node->inputs[node->inputs[0]->op == OP_PARAM && node->input_count > 1];
}

bool squeeze_match(const struct graph *graph, const struct node *value, const struct node *x, bool *out_is_max) {
    struct squeezing squeezing = {.factor = 1};
    int64_t channels = x->shape.dims[0];
    if (shape_element_count(value->shape) != channels) return false;
    for (const struct node *node = value; node != x; node = input_of(node)) {
        if (graph_use_count(graph, node) != 1 || node->shape.rank < 1 || node->shape.dims[0] != channels) return false;
        if (!add_step(node, &squeezing)) return false;
    }
    *out_is_max = squeezing.is_max;
    if (squeezing.is_other || squeezing.is_max == squeezing.is_mean) return false;
    return fabs(squeezing.factor - 1) <= (squeezing.is_max ? 0 : 1e-6);
}

const struct node *squeeze_find_map(const struct node *node) {
    struct squeezing squeezing = {.factor = 1};
    int64_t channels = node->shape.dims[0];
    while (node->shape.rank && node->shape.dims[0] == channels && add_step(node, &squeezing)) node = input_of(node);
    return squeezing.is_mean || squeezing.is_max || squeezing.is_other ? node : NULL;
}
