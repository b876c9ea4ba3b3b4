/* param.c - parameters read and made by passes. */
#include "param.h"

#include <math.h>

bool param_is_bound(const struct node *node) {
    return node->op == OP_PARAM && node->as.param.tensor;
}

bool param_inputs_are_bound(const struct node *node, int first) {
    for (int i = first; i < node->input_count; i++)
        if (!param_is_bound(node->inputs[i])) return false;
    return true;
}

struct node *param_add_constant(struct graph *graph, const struct tensor *tensor, const struct node *like) {
    struct node *constant = graph_add_constant(graph, tensor, like->origin);
    constant->name = like->op == OP_PARAM && like->as.param.name ? like->as.param.name : like->name;
    return constant;
}

static const struct tensor *view_matrix(struct graph *graph, const struct tensor *tensor, struct shape shape) {
    struct tensor *view = ARENA_NEW(graph->arena, struct tensor);
    *view = (struct tensor){.shape = shape, .values = tensor->values};
    return view;
}

struct node *param_as_matrix(struct graph *graph, struct node *param) {
    if (param->shape.rank == 2) return param;
    struct node *matrix = graph_add(graph, graph->first, OP_PARAM, NULL, 0, param->origin);
    matrix->name = param->name;
    matrix->as = param->as;
    matrix->shape = (struct shape){.rank = 2, .dims = {param->shape.dims[0], param->shape.dims[1]}};
    if (param->as.param.tensor) matrix->as.param.tensor = view_matrix(graph, param->as.param.tensor, matrix->shape);
    return matrix;
}

void param_norm_factors(struct arena *arena, const struct node *norm, double **out_scale, double **out_shift) {
    int64_t channels = norm->shape.dims[0];
    const float *values[5];
    for (int i = 1; i < 5; i++) values[i] = norm->inputs[i]->as.param.tensor->values;
    *out_scale = ARENA_NEW_ARRAY(arena, double, (size_t)channels);
    *out_shift = ARENA_NEW_ARRAY(arena, double, (size_t)channels);
    for (int64_t c = 0; c < channels; c++) {
        double weight = values[1][c], bias = values[2][c], mean = values[3][c];
        (*out_scale)[c] = weight / sqrt(values[4][c] + norm->as.batch_norm.epsilon);
        (*out_shift)[c] = bias - mean * (*out_scale)[c];
    }
}

/* Whether the products of `count` numbers of a row and of a column, `step` apart, differ in sign or one is 0. */
static bool signs_mix(const float *row, const float *column, int64_t count, int64_t step) {
    bool any[2] = {false, false};
    for (int64_t c = 0; c < count; c++) {
        float f = row[c], a = column[c * step];
        if (f == 0 || a == 0) return true;
        any[(f < 0) != (a < 0)] = true;
        if (any[0] && any[1]) return true;
    }
    return false;
}

bool param_spreads_nan(const struct node *excite, const struct tensor *weight, int64_t groups) {
    const struct tensor *fc1 = excite->inputs[1]->as.param.tensor;
    int64_t rows = fc1->shape.dims[0], outputs = fc1->shape.dims[1], count = outputs / groups;
    int64_t each = shape_element_count(weight->shape) / outputs;
    for (int64_t number = 0; number < groups * each; number++) {
        int64_t first = number / each * count, mixed = 0, needed = excite->as.se.is_single ? rows : 1;
        const float *column = weight->values + first * each + number % each;
        for (int64_t h = 0; h < rows && mixed < needed; h++)
            mixed += signs_mix(fc1->values + h * outputs + first, column, count, each);
        if (mixed < needed) return false;
    }
    return true;
}
