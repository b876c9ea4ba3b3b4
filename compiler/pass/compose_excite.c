/* compose_excite.c - a convolution of a squeezed vector is multiplied into the first layer of the excitation.
 *
 *     %2 = conv %1, A, b                     of [C, 1, 1], or a kernel that covers the map %1
 *     %3 = excite %2, F1, f1, F2, f2         ->  %4 = excite %1, F1 A, F1 b + f1, F2, f2
 *
 * F1 (A z + b) + f1 = (F1 A) z + (F1 b + f1), multiplied out in double and rounded once; A has blocks of zeros where the
 * convolution has groups. F1 A is C / r x C_in where F1 was C / r x C, so it is smaller wherever hoist-squeeze has put a
 * 1x1 convolution that widens. The excitation moves up to its input, so that it is computed before the map that it scales.
 *
 * An infinity in z makes infinities of both signs in A z, and so NaN of F1 (A z), but only infinities of (F1 A) z. So the
 * new excitation is strict: its gates are NaN where z is not finite. This is the same wherever for each number of z a row of
 * F1 (with one layer alone: every row) adds up products of both signs, or of 0: then every gate was NaN.
 *
 * Declined: a convolution with other uses, a 1x1 convolution that narrows (F1 A would be larger than F1), and weights of
 * so few channels that an infinity could leave a gate finite. */
#include "pass.h"

#include "param.h"

#include "../base/parallel.h"

static bool covers_map(const struct node *conv) {
    const struct window *window = &conv->as.conv.window;
    for (int i = 0; i < 2; i++)
        if (window->kernel[i] != conv->inputs[0]->shape.dims[i + 1] || conv->shape.dims[i + 1] != 1) return false;
    return true;
}

/* What hoist-squeeze leaves: a mean, or sums of classes of rows and columns. */
static bool is_squeezed(const struct node *node) {
    return node->op == OP_GLOBAL_AVG_POOL || (node->op == OP_RESAMPLE && node->se);
}

/* Whether there is a convolution to compose; if it must stay, *out_obstacle says why. */
static bool find_conv(const struct graph *graph, const struct node *excite, const char **out_obstacle) {
    *out_obstacle = NULL;
    if (excite->op != OP_EXCITE || !param_inputs_are_bound(excite, 1)) return false;
    const struct node *conv = excite->inputs[0];
    if (conv->op != OP_CONV || !is_squeezed(conv->inputs[0]) || !covers_map(conv)) return false;
    if (!param_inputs_are_bound(conv, 1)) return false;
    if (conv->inputs[0]->op == OP_GLOBAL_AVG_POOL && conv->inputs[0]->shape.dims[0] > conv->shape.dims[0])
        *out_obstacle = "the first layer would grow";
    else if (graph_single_user(graph, conv) != excite)
        *out_obstacle = "something else reads the squeezed convolution";
    else if (!param_spreads_nan(excite, conv->inputs[1]->as.param.tensor, conv->as.conv.groups))
        *out_obstacle = "an infinity could leave a gate finite";
    return true;
}

static const float *values_of(const struct node *param) {
    return param->as.param.tensor->values;
}

/* F1 A where each output reads the inputs of its group: `each` numbers, of which a group's outputs have the same ones. */
struct product {
    const float *left, *right; /* F1 [hidden, outputs]; A [outputs, each] */
    float *result;             /* [hidden, inputs] */
    int64_t hidden, outputs, each, inputs;
};

enum { STRIP = 16 }; /* columns whose sums stay in registers, while those of A stay in a cache for all rows */

/* `count` columns, at most STRIP, of one row: each sum in the order of the group's outputs. */
static void multiply_strip(const struct product *product, const float *left, const float *right, int64_t count,
                           float *result) {
    int64_t group_outputs = product->outputs / (product->inputs / product->each);
    double sums[STRIP] = {0};
    for (int64_t c = 0; c < group_outputs; c++, right += product->each) {
        double f = left[c];
        if (count == STRIP)
            for (int i = 0; i < STRIP; i++) sums[i] += f * right[i];
        else
            for (int64_t i = 0; i < count; i++) sums[i] += f * right[i];
    }
    for (int64_t i = 0; i < count; i++) result[i] = (float)sums[i];
}

static int64_t strips_of_group(const struct product *product) {
    return (product->each + STRIP - 1) / STRIP;
}

/* The strip of number `index`, counted through all groups, in all rows. */
static void multiply_columns(void *context, size_t index) {
    const struct product *product = context;
    int64_t group = (int64_t)index / strips_of_group(product), first = (int64_t)index % strips_of_group(product) * STRIP;
    int64_t group_outputs = product->outputs / (product->inputs / product->each);
    int64_t count = product->each - first < STRIP ? product->each - first : STRIP;
    for (int64_t row = 0; row < product->hidden; row++)
        multiply_strip(product, product->left + row * product->outputs + group * group_outputs,
                       product->right + group * group_outputs * product->each + first, count,
                       product->result + row * product->inputs + group * product->each + first);
}

static struct node *compose_weight(struct graph *graph, const struct node *fc1, const struct node *conv) {
    const struct node *weight = conv->inputs[1];
    int64_t hidden = fc1->shape.dims[0];
    struct product product = {.left = values_of(fc1), .right = values_of(weight), .hidden = hidden};
    product.outputs = fc1->shape.dims[1];
    product.each = weight->shape.dims[1] * weight->shape.dims[2] * weight->shape.dims[3];
    product.inputs = conv->as.conv.groups * product.each;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){2, {hidden, product.inputs}}, &product.result);
    parallel_run((size_t)(product.inputs / product.each * strips_of_group(&product)), multiply_columns, &product);
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

/* What the convolution reads, one number after the other. */
static struct node *as_vector(struct graph *graph, struct node *conv) {
    struct node *x = conv->inputs[0];
    if (x->op == OP_GLOBAL_AVG_POOL) return x;
    struct node *vector = graph_add(graph, conv, OP_RESHAPE, &x, 1, conv->origin);
    vector->shape = (struct shape){.rank = 3, .dims = {shape_element_count(x->shape), 1, 1}};
    vector->se = x->se;
    return vector;
}

static void compose(struct graph *graph, struct node *excite) {
    struct node *conv = excite->inputs[0];
    bool has_bias = excite->input_count == 5;
    struct node *fc1 = excite->inputs[1], *fc2 = excite->inputs[has_bias ? 3 : 2];
    struct node *b = conv->input_count == 3 ? conv->inputs[2] : NULL;
    struct node *inputs[5] = {as_vector(graph, conv), compose_weight(graph, fc1, conv),
                              compose_bias(graph, fc1, b, has_bias ? excite->inputs[2] : NULL), fc2,
                              has_bias ? excite->inputs[4] : zero_bias(graph, fc2)};
    for (int i = 3; i < 5; i++) graph_move_to_front(graph, inputs[i]);
    struct node *composed = graph_add(graph, conv, OP_EXCITE, inputs, 5, excite->origin);
    composed->shape = excite->shape;
    composed->name = excite->name;
    composed->as = excite->as;
    composed->as.se.is_strict = true;
    composed->se = excite->se;
    graph_note_se(graph, excite->se, "compose-excite", conv->origin, "the first layer reads %lld numbers instead of %lld",
                  (long long)inputs[1]->shape.dims[1], (long long)fc1->shape.dims[1]);
    graph_replace_uses(graph, excite, composed);
    graph_remove(graph, excite);
    graph_remove(graph, conv);
}

void pass_compose_excite(struct graph *graph) {
    const char *obstacle;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (!find_conv(graph, node, &obstacle)) continue;
        if (obstacle)
            graph_note_se(graph, node->se, "compose-excite", node->inputs[0]->origin, "declined: %s", obstacle);
        else
            compose(graph, node);
    }
}
