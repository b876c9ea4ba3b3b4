/* recognise_se.c - a squeeze-and-excitation block that was written by hand becomes one se.
 *
 *     %2 = global_avgpool %1                    ->  %9 = se %1, w1, b1, w2, b2
 *     %3 = linear %2, w1, b1
 *     %4 = relu %3
 *     %5 = linear %4, w2, b2
 *     %6 = sigmoid %5
 *     %7 = mul %1, %6
 *
 * The squeeze is a global pool, or a pool whose window is the whole map; the two layers are linear or 1x1
 * convolutions, with biases or without; [C] and [C, 1, 1] are reshaped into each other anywhere; the factors stand in
 * either order. A batch norm in between has been folded into its layer before.
 *
 * Declined: a value of the branch that is used elsewhere, prelu inside, a gate that is none of sigmoid, hard_sigmoid,
 * tanh and relu, grouped or padded layers. Legal because se is defined as these operations. */
#include "pass.h"

#include "param.h"

struct branch {
    struct node *scale;          /* the multiplication */
    struct node *x, *gate_value; /* its factors */
    struct node *gate, *fc2, *inner, *fc1, *pool;
};

static bool is_vector(struct shape shape) {
    return shape.rank == 1 || (shape.rank == 3 && shape.dims[1] == 1 && shape.dims[2] == 1);
}

/* The value behind reshapes between [C] and [C, 1, 1], if it and they have this one use; else NULL. */
static struct node *behind_reshapes(const struct graph *graph, struct node *node) {
    while (node->op == OP_RESHAPE && is_vector(node->shape) && is_vector(node->inputs[0]->shape)) {
        if (graph_use_count(graph, node) != 1) return NULL;
        node = node->inputs[0];
    }
    return graph_use_count(graph, node) == 1 ? node : NULL;
}

static bool is_pointwise(const struct node *node) {
    const struct window *window = &node->as.conv.window;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == 1 && window->kernel[1] == 1 && window->stride[0] == 1 && window->stride[1] == 1 &&
           node->as.conv.groups == 1 && is_vector(node->shape);
}

static struct node *match_layer(const struct graph *graph, const struct node *user) {
    struct node *node = behind_reshapes(graph, user->inputs[0]);
    if (!node) return NULL;
    return node->op == OP_LINEAR || (node->op == OP_CONV && is_pointwise(node)) ? node : NULL;
}

static struct node *match_activation(const struct graph *graph, struct node *value) {
    struct node *node = behind_reshapes(graph, value);
    return node && node->op == OP_ACTIVATION ? node : NULL;
}

static bool is_gate(enum activation_kind kind) {
    return kind == ACTIVATION_SIGMOID || kind == ACTIVATION_HARD_SIGMOID || kind == ACTIVATION_TANH ||
           kind == ACTIVATION_RELU;
}

static bool covers_map(const struct node *pool) {
    const struct window *window = &pool->as.pool.window;
    for (int axis = 0; axis < 2; axis++)
        if (window->kernel[axis] != pool->inputs[0]->shape.dims[axis + 1] || window->dilation[axis] != 1)
            return false;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return true;
}

static struct node *match_pool(const struct graph *graph, const struct node *fc1) {
    struct node *node = behind_reshapes(graph, fc1->inputs[0]);
    if (!node) return NULL;
    if (node->op == OP_GLOBAL_AVG_POOL || node->op == OP_GLOBAL_MAX_POOL) return node;
    return (node->op == OP_AVG_POOL || node->op == OP_MAX_POOL) && covers_map(node) ? node : NULL;
}

/* From the multiplication backwards to the pool. */
static bool match_branch(const struct graph *graph, struct node *scale, int gate_index, struct branch *branch) {
    *branch =
        (struct branch){.scale = scale, .x = scale->inputs[1 - gate_index], .gate_value = scale->inputs[gate_index]};
    int64_t channels = branch->x->shape.dims[0];
    return shape_equal(scale->shape, branch->x->shape) && branch->x->shape.rank == 3 &&
           (branch->gate = match_activation(graph, branch->gate_value)) &&
           is_gate(branch->gate->as.activation.kind) && (branch->fc2 = match_layer(graph, branch->gate)) &&
           branch->fc2->shape.dims[0] == channels &&
           (branch->inner = match_activation(graph, branch->fc2->inputs[0])) &&
           (branch->fc1 = match_layer(graph, branch->inner)) && (branch->pool = match_pool(graph, branch->fc1)) &&
           branch->pool->inputs[0] == branch->x;
}

/* "layer1.0.se" of "layer1.0.se.fc1" and "layer1.0.se.fc2"; NULL if they do not lie in one block. */
static const char *common_name(struct graph *graph, const struct branch *branch) {
    const char *a = branch->fc1->name, *b = branch->fc2->name;
    if (branch->scale->name || !a || !b) return branch->scale->name;
    size_t length = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.') length = i;
    return length ? arena_format(graph->arena, "%.*s", (int)length, a) : NULL;
}

static struct node *bias_or_zeros(struct graph *graph, const struct node *layer) {
    if (layer->input_count > 2) return layer->inputs[2];
    float *zeros;
    struct shape shape = {.rank = 1, .dims = {layer->shape.dims[0]}};
    return graph_add_constant(graph, tensor_create(graph->arena, shape, &zeros), layer->origin);
}

static struct node *add_se(struct graph *graph, const struct branch *branch) {
    struct node *inputs[5] = {branch->x, param_as_matrix(graph, branch->fc1->inputs[1])};
    int count = 2;
    bool has_bias = branch->fc1->input_count > 2 || branch->fc2->input_count > 2;
    if (has_bias) inputs[count++] = bias_or_zeros(graph, branch->fc1);
    inputs[count++] = param_as_matrix(graph, branch->fc2->inputs[1]);
    if (has_bias) inputs[count++] = bias_or_zeros(graph, branch->fc2);
    struct node *se = graph_add(graph, branch->scale, OP_SE, inputs, count, branch->scale->origin);
    bool is_max = branch->pool->op == OP_GLOBAL_MAX_POOL || branch->pool->op == OP_MAX_POOL;
    se->name = common_name(graph, branch);
    se->shape = branch->x->shape;
    se->as.se.squeeze = is_max ? SQUEEZE_MAX : SQUEEZE_AVG;
    se->as.se.inner = branch->inner->as.activation;
    se->as.se.gate = branch->gate->as.activation;
    return se;
}

static void replace_branch(struct graph *graph, const struct branch *branch) {
    struct node *node = branch->gate_value;
    graph_replace_uses(graph, branch->scale, add_se(graph, branch));
    graph_remove(graph, branch->scale);
    while (node != branch->x) {
        struct node *before = node->inputs[0];
        graph_remove(graph, node);
        node = before;
    }
}

void pass_recognise_se(struct graph *graph) {
    struct branch branch;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op != OP_MUL) continue;
        if (match_branch(graph, node, 1, &branch) || match_branch(graph, node, 0, &branch))
            replace_branch(graph, &branch);
    }
}
