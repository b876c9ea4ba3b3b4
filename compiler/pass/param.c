/* param.c - parameters read and made by passes. */
#include "param.h"

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
