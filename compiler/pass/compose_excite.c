/* compose_excite.c - a 1x1 convolution of a squeezed vector is multiplied into the first layer of the excitation.
 *
 *     %2 = conv %1, A, b                     1x1 of [C, 1, 1]
 *     %3 = excite %2, F1, f1, F2, f2         ->  %4 = excite %1, F1 A, F1 b + f1, F2, f2
 *
 * F1 (A z + b) + f1 = (F1 A) z + (F1 b + f1), multiplied out in double and rounded once. F1 A is C / r x C_in where F1 was
 * C / r x C, so it is smaller wherever hoist-squeeze has put the convolution. The excitation moves up to its input, so
 * that it is computed before the map that it scales.
 * Declined: a convolution with other uses or groups, and one that narrows (F1 A would be larger than F1). */
#include "pass.h"

#include "param.h"

#include "../base/parallel.h"

static bool can_compose(const struct graph *graph, const struct node *excite) {
    if (excite->op != OP_EXCITE || !param_inputs_are_bound(excite, 1)) return false;
    const struct node *conv = excite->inputs[0];
    return conv->op == OP_CONV && conv->as.conv.groups == 1 && conv->as.conv.window.kernel[0] == 1 &&
           conv->as.conv.window.kernel[1] == 1 && conv->inputs[0]->op == OP_GLOBAL_AVG_POOL &&
           param_inputs_are_bound(conv, 1) && graph_single_user(graph, conv) == excite &&
           conv->inputs[0]->shape.dims[0] <= conv->shape.dims[0];
}

static const float *values_of(const struct node *param) {
    return param->as.param.tensor->values;
}

/* A matrix product: left [rows, middle] times right [middle, columns], in double. */
struct product {
    const float *left, *right;
    float *result;
    double *sums; /* as many as result has */
    int64_t middle, columns;
};

static void multiply_row(void *context, size_t row) {
    const struct product *product = context;
    int64_t middle = product->middle, columns = product->columns;
    double *sums = product->sums + (int64_t)row * columns;
    for (int64_t c = 0; c < middle; c++) {
        double f = product->left[(int64_t)row * middle + c];
        const float *right = product->right + c * columns;
        for (int64_t i = 0; i < columns; i++) sums[i] += f * right[i];
    }
    for (int64_t i = 0; i < columns; i++) product->result[(int64_t)row * columns + i] = (float)sums[i];
}

/* F1 A: [hidden, C] times [C, C_in]. */
static struct node *compose_weight(struct graph *graph, const struct node *fc1, const struct node *weight) {
    int64_t hidden = fc1->shape.dims[0];
    struct product product = {.left = values_of(fc1),
                              .right = values_of(weight),
                              .middle = fc1->shape.dims[1],
                              .columns = weight->shape.dims[1]};
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){2, {hidden, product.columns}}, &product.result);
    product.sums = ARENA_NEW_ARRAY(graph->arena, double, (size_t)(hidden * product.columns));
    parallel_run((size_t)hidden, multiply_row, &product);
    return param_add_constant(graph, tensor, fc1);
}

/* F1 b + f1; b and f1 may be absent. */
static struct node *compose_bias(struct graph *graph, const struct node *fc1, const struct node *b, const struct node *f1) {
    int64_t hidden = fc1->shape.dims[0], middle = fc1->shape.dims[1];
    float *values;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){1, {hidden}}, &values);
    for (int64_t h = 0; h < hidden; h++) {
        double sum = f1 ? values_of(f1)[h] : 0;
        for (int64_t c = 0; b && c < middle; c++) sum += (double)values_of(fc1)[h * middle + c] * values_of(b)[c];
        values[h] = (float)sum;
    }
    return param_add_constant(graph, tensor, f1 ? f1 : fc1);
}

static struct node *zero_bias(struct graph *graph, const struct node *fc2) {
    float *values;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){1, {fc2->shape.dims[0]}}, &values);
    return param_add_constant(graph, tensor, fc2);
}

static void compose(struct graph *graph, struct node *excite) {
    struct node *conv = excite->inputs[0];
    bool has_bias = excite->input_count == 5;
    struct node *fc1 = excite->inputs[1], *fc2 = excite->inputs[has_bias ? 3 : 2];
    struct node *b = conv->input_count == 3 ? conv->inputs[2] : NULL;
    struct node *inputs[5] = {conv->inputs[0], compose_weight(graph, fc1, conv->inputs[1]),
                              compose_bias(graph, fc1, b, has_bias ? excite->inputs[2] : NULL), fc2,
                              has_bias ? excite->inputs[4] : zero_bias(graph, fc2)};
    for (int i = 3; i < 5; i++) graph_move_to_front(graph, inputs[i]);
    struct node *composed = graph_add(graph, conv, OP_EXCITE, inputs, 5, excite->origin);
    composed->shape = excite->shape;
    composed->name = excite->name;
    composed->as = excite->as;
    composed->se = excite->se;
    graph_replace_uses(graph, excite, composed);
    graph_remove(graph, excite);
    graph_remove(graph, conv);
}

void pass_compose_excite(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (can_compose(graph, node)) compose(graph, node);
    }
}
