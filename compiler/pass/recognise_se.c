/* recognise_se.c - a squeeze-and-excitation block that was written by hand becomes one se.
 *
 *     %2 = global_avgpool %1                    ->  %9 = se %1, w1, b1, w2, b2
 *     %3 = linear %2, w1, b1
 *     %4 = relu %3
 *     %5 = linear %4, w2, b2
 *     %6 = sigmoid %5
 *     %7 = mul %1, %6
 *
 *     y = s . u, channel by channel, with s = gate(F2 act(F1 z + f1) + f2) and z the mean of u over its pixels, or the largest
 *
 * The squeeze is a global pool, a pool whose window is the whole map, or a reduction over rows and columns, in one step or in two
 * (squeeze_match.c); the two layers are linear or 1x1 convolutions, with biases or without; [C] and [C, 1, 1] are reshaped
 * into each other anywhere; the factors stand in either order. A batch norm in between has been folded into its layer before. A
 * hard sigmoid may be spelled as sums, products and a clip, with any slope:
 *
 *     c * clip(a * v + b, low, high) + d        =   hard_sigmoid(a c * v + b c + d)   if c low + d = 0 and c high + d = 1
 *
 * A trained slope inside is two relus, of twice as many hidden units:
 *
 *     prelu(h) = relu(h) - slope * relu(-h):        F1' = [F1; -F1], f1' = [f1; -f1], F2' = [F2, -F2 diag(slope)]
 *
 * One layer alone (eSE: Lee, Park, CVPR 2020) is two of which the second is the unit matrix and nothing is between them
 * (leaky_relu with slope 1); the schedule leaves such a layer out.
 *
 * Declined: a value of the branch that is used elsewhere, a gate that is none of sigmoid, hard_sigmoid, tanh and relu,
 * grouped or padded layers, a squeeze that is neither mean nor largest value, prelu whose numbers are not bound: a product of
 * a map and what comes of a squeeze that is no block is noted with the reason, for --explain-se. Legal because se is defined as
 * these operations. */
#include "pass.h"

#include "param.h"
#include "squeeze_match.h"

#include <math.h>

struct branch {
    struct node *scale;          /* the multiplication */
    struct node *x, *gate_value; /* its factors */
    struct node *fc2, *fc1; /* fc2 NULL: one layer alone */
    bool is_max;            /* the squeeze is by the largest value */
    struct activation gate, inner;
    const struct node *slope; /* of prelu inside, or NULL */
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

static struct node *match_layer(const struct graph *graph, struct node *value) {
    struct node *node = behind_reshapes(graph, value);
    if (!node) return NULL;
    return node->op == OP_LINEAR || (node->op == OP_CONV && is_pointwise(node)) ? node : NULL;
}

/* --- gates */

/* v * factor + addend */
struct affine {
    double factor, addend;
};

/* Walks over sums and products with numbers from `value` down; what they compute of the value that is left. NULL if there is
 * a reader elsewhere. */
static struct node *behind_affine(const struct graph *graph, struct node *value, struct affine *affine) {
    *affine = (struct affine){1, 0};
    for (struct node *node = value;;) {
        node = behind_reshapes(graph, node);
        if (!node || node->op < OP_ADD || node->op > OP_DIV) return node;
        int at = node->inputs[0]->op == OP_PARAM;
        const struct node *number = node->inputs[1 - at];
        if (!param_is_bound(number) || shape_element_count(number->shape) != 1) return node;
        double n = number->as.param.tensor->values[0];
        if (node->op == OP_ADD) affine->addend += affine->factor * n;
        else if (node->op == OP_MUL) affine->factor *= n;
        else if (node->op == OP_SUB && at == 0) affine->addend -= affine->factor * n;
        else if (node->op == OP_DIV && at == 0) affine->factor /= n;
        else return node;
        node = node->inputs[at];
    }
}

static bool is_near(double a, double b) {
    return fabs(a - b) <= 1e-6;
}

/* The value that a gate is computed of, or NULL. */
static struct node *match_gate(const struct graph *graph, struct node *value, struct activation *gate) {
    struct affine outer, inner;
    struct node *node = behind_affine(graph, value, &outer);
    if (!node || node->op != OP_ACTIVATION) return NULL;
    enum activation_kind kind = node->as.activation.kind;
    if (kind == ACTIVATION_SIGMOID || kind == ACTIVATION_HARD_SIGMOID || kind == ACTIVATION_TANH || kind == ACTIVATION_RELU) {
        *gate = node->as.activation;
        if (outer.factor != 1 || outer.addend != 0) return NULL;
        if (kind != ACTIVATION_HARD_SIGMOID) return node->inputs[0];
        node = behind_affine(graph, node->inputs[0], &inner);
        gate->beta += gate->alpha * inner.addend;
        gate->alpha *= inner.factor;
        return node;
    }
    if (kind != ACTIVATION_CLIP && kind != ACTIVATION_RELU6) return NULL;
    double low = kind == ACTIVATION_CLIP ? node->as.activation.alpha : 0;
    double high = kind == ACTIVATION_CLIP ? node->as.activation.beta : 6;
    struct node *below = behind_affine(graph, node->inputs[0], &inner);
    if (!below || outer.factor <= 0 || !is_near(outer.factor * low + outer.addend, 0) ||
        !is_near(outer.factor * high + outer.addend, 1))
        return NULL;
    *gate = (struct activation){.kind = ACTIVATION_HARD_SIGMOID,
                                .alpha = inner.factor * outer.factor,
                                .beta = inner.addend * outer.factor + outer.addend};
    return below;
}

/* --- the branch */

/* What stands between the layers: an activation, or prelu with known slopes. The value below it, or NULL. */
static struct node *match_inner(const struct graph *graph, struct branch *branch) {
    struct node *node = behind_reshapes(graph, branch->fc2->inputs[0]);
    if (!node) return NULL;
    if (node->op == OP_ACTIVATION) {
        branch->inner = node->as.activation;
        return node->inputs[0];
    }
    if (node->op != OP_PRELU || !param_is_bound(node->inputs[1]) || !param_inputs_are_bound(branch->fc2, 1)) return NULL;
    branch->inner = (struct activation){.kind = ACTIVATION_RELU};
    branch->slope = node->inputs[1];
    return node->inputs[0];
}

static bool match_layers(const struct graph *graph, struct node *value, struct branch *branch) {
    struct node *last = match_layer(graph, value);
    if (!last || last->shape.dims[0] != branch->x->shape.dims[0]) return false;
    branch->fc1 = last;
    branch->inner = (struct activation){.kind = ACTIVATION_LEAKY_RELU, .alpha = 1};
    if (squeeze_match(graph, last->inputs[0], branch->x, &branch->is_max)) return true;
    branch->fc2 = last;
    struct node *below = match_inner(graph, branch);
    return below && (branch->fc1 = match_layer(graph, below)) &&
           (!branch->slope || param_inputs_are_bound(branch->fc1, 1)) &&
           squeeze_match(graph, branch->fc1->inputs[0], branch->x, &branch->is_max);
}

/* From the multiplication backwards to the pool. */
static bool match_branch(const struct graph *graph, struct node *scale, int gate_index, struct branch *branch) {
    *branch =
        (struct branch){.scale = scale, .x = scale->inputs[1 - gate_index], .gate_value = scale->inputs[gate_index]};
    if (!shape_equal(scale->shape, branch->x->shape) || branch->x->shape.rank != 3) return false;
    struct node *value = match_gate(graph, branch->gate_value, &branch->gate);
    return value && match_layers(graph, value, branch);
}

/* --- the se */

/* "layer1.0.se" of "layer1.0.se.fc1" and "layer1.0.se.fc2"; NULL if they do not lie in one block. */
static const char *common_name(struct graph *graph, const struct branch *branch) {
    const char *a = branch->fc1->name, *b = branch->fc2 ? branch->fc2->name : a;
    if (branch->scale->name || !a || !b) return branch->scale->name;
    size_t length = 0;
    for (size_t i = 0; a[i] && a[i] == b[i]; i++)
        if (a[i] == '.') length = i;
    return length ? arena_format(graph->arena, "%.*s", (int)length, a) : NULL;
}

static struct node *add_zeros(struct graph *graph, int64_t count, const struct node *like) {
    float *zeros;
    struct shape shape = {.rank = 1, .dims = {count}};
    return graph_add_constant(graph, tensor_create(graph->arena, shape, &zeros), like->origin);
}

static struct node *bias_or_zeros(struct graph *graph, const struct node *layer) {
    return layer->input_count > 2 ? layer->inputs[2] : add_zeros(graph, layer->shape.dims[0], layer);
}

static struct node *add_unit_matrix(struct graph *graph, int64_t size, const struct node *like) {
    float *values;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){2, {size, size}}, &values);
    for (int64_t i = 0; i < size; i++) values[i * size + i] = 1;
    return graph_add_constant(graph, tensor, like->origin);
}

/* The rows of a matrix, or of a vector, and the same negated below them. */
static struct node *add_negated(struct graph *graph, const struct node *param) {
    struct shape shape = param->shape;
    int64_t count = shape_element_count(shape);
    float *values;
    shape.dims[0] *= 2;
    struct tensor *tensor = tensor_create(graph->arena, shape, &values);
    for (int64_t i = 0; i < count; i++) {
        values[i] = param->as.param.tensor->values[i];
        values[count + i] = -values[i];
    }
    return param_add_constant(graph, tensor, param);
}

/* [F2, -F2 diag(slope)] */
static struct node *add_sloped(struct graph *graph, const struct node *fc2, const struct node *slope) {
    int64_t rows = fc2->shape.dims[0], hidden = fc2->shape.dims[1], slopes = shape_element_count(slope->shape);
    float *values;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){2, {rows, 2 * hidden}}, &values);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t h = 0; h < hidden; h++) {
            float w = fc2->as.param.tensor->values[r * hidden + h];
            values[r * 2 * hidden + h] = w;
            values[(r * 2 + 1) * hidden + h] = -w * slope->as.param.tensor->values[slopes > 1 ? h : 0];
        }
    return param_add_constant(graph, tensor, fc2);
}

static int add_inputs(struct graph *graph, const struct branch *branch, struct node *inputs[5]) {
    int count = 0;
    int64_t channels = branch->x->shape.dims[0];
    bool has_bias = branch->fc1->input_count > 2 || (branch->fc2 && branch->fc2->input_count > 2);
    struct node *fc1 = param_as_matrix(graph, branch->fc1->inputs[1]);
    struct node *fc2 = branch->fc2 ? param_as_matrix(graph, branch->fc2->inputs[1]) : add_unit_matrix(graph, channels, branch->fc1);
    struct node *bias1 = has_bias ? bias_or_zeros(graph, branch->fc1) : NULL;
    if (branch->slope) {
        fc1 = add_negated(graph, fc1);
        fc2 = add_sloped(graph, fc2, branch->slope);
        if (bias1) bias1 = add_negated(graph, bias1);
    }
    inputs[count++] = branch->x;
    inputs[count++] = fc1;
    if (has_bias) inputs[count++] = bias1;
    inputs[count++] = fc2;
    if (has_bias) inputs[count++] = branch->fc2 ? bias_or_zeros(graph, branch->fc2) : add_zeros(graph, channels, branch->fc1);
    return count;
}

static struct node *add_se(struct graph *graph, const struct branch *branch) {
    struct node *inputs[5];
    int count = add_inputs(graph, branch, inputs);
    struct node *se = graph_add(graph, branch->scale, OP_SE, inputs, count, branch->scale->origin);
    se->name = common_name(graph, branch);
    se->shape = branch->x->shape;
    se->as.se.squeeze = branch->is_max ? SQUEEZE_MAX : SQUEEZE_AVG;
    se->as.se.inner = branch->inner;
    se->as.se.gate = branch->gate;
    se->as.se.is_single = !branch->fc2;
    return se;
}

static void replace_branch(struct graph *graph, const struct branch *branch) {
    struct node *node = branch->gate_value;
    graph_replace_uses(graph, branch->scale, add_se(graph, branch));
    graph_remove(graph, branch->scale);
    while (node != branch->x) {
        struct node *before = node->inputs[node->inputs[0]->op == OP_PARAM];
        graph_remove(graph, node);
        node = before;
    }
}

/* --- what looks like a block and is none */

/* The map that a factor is computed from by a squeeze, one value from the other, or NULL; on the way, the value used elsewhere,
 * and whether there is a layer; *out_squeeze is the last step of the squeeze. */
static const struct node *find_map(const struct graph *graph, const struct node *factor, const struct node **out_squeeze,
                                   const struct node **out_shared, bool *out_has_layer) {
    *out_shared = NULL;
    *out_has_layer = false;
    for (const struct node *node = factor; node->input_count; node = node->inputs[node->inputs[0]->op == OP_PARAM]) {
        const struct node *map = squeeze_find_map(node);
        if (graph_use_count(graph, node) != 1 && !*out_shared) *out_shared = node;
        *out_squeeze = node;
        if (map) return map;
        if (node->op == OP_LINEAR || node->op == OP_CONV) *out_has_layer = true;
    }
    return NULL;
}

/* A note if the product is of a map and a vector that comes of a squeeze: why it is no block, and where that is. Without layers
 * and without a gate it is something else, such as a normalisation by the map's own deviation. */
static void note_declined(struct graph *graph, struct node *mul) {
    for (int i = 0; i < 2; i++) {
        const struct node *factor = mul->inputs[i], *x = mul->inputs[1 - i], *squeeze, *shared;
        if (!is_vector(factor->shape) || x->shape.rank != 3 || is_vector(x->shape)) continue;
        bool has_layer;
        const struct node *map = find_map(graph, factor, &squeeze, &shared, &has_layer);
        if (!map) continue;
        struct branch branch = {.scale = mul, .x = mul->inputs[1 - i]};
        bool has_gate = match_gate(graph, mul->inputs[i], &branch.gate);
        if (!has_gate && !has_layer) continue;
        struct se_note note = {"recognise-se", "the layers are not one or two linear layers with an activation between them", mul->origin};
        if (shared) {
            note.text = "a value of the branch is used elsewhere";
            note.origin = shared->origin;
        } else if (map != x) {
            note.text = "the squeeze is of another map";
            note.origin = squeeze->origin;
        } else if (!squeeze_match(graph, squeeze, x, &branch.is_max)) {
            note.text = "the squeeze is neither the mean of each channel nor its largest value";
            note.origin = squeeze->origin;
        } else if (!has_gate) {
            note.text = "the gate is none of sigmoid, hard_sigmoid, tanh and relu";
            note.origin = factor->origin;
        }
        vec_push(graph->arena, &graph->se_declined, note);
        return;
    }
}

void pass_recognise_se(struct graph *graph) {
    struct branch branch;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (node->op != OP_MUL) continue;
        if (match_branch(graph, node, 1, &branch) || match_branch(graph, node, 0, &branch))
            replace_branch(graph, &branch);
        else
            note_declined(graph, node);
    }
}
