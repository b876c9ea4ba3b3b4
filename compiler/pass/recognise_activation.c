/* recognise_activation.c - an activation that is spelled out becomes one of activation.def.
 *
 *     %2 = add %1, 3                            ->  %6 = hard_swish %1
 *     %3 = relu6 %2
 *     %4 = mul %1, %3
 *     %5 = div %4, 6
 *
 * The spellings are limits and products. Limits are min and max with numbers, in either order:
 *
 *     max(x, 0)                                 relu
 *     min(max(x, 0), 6)                         relu6, and with other numbers: clip
 *     clip(x / 6 + 0.5, 0, 1)                   hard_sigmoid
 *
 * Products are those of x and a value that is computed of x alone, and of a number, in any order and nesting:
 *
 *     x * sigmoid(x)                            silu
 *     relu6(x + 3) / 6                          hard_sigmoid, and with another x: hard_swish
 *     x * (erf(x / sqrt 2) + 1) / 2             gelu
 *     x * tanh(softplus(x))                     mish
 *     1 / (1 + exp(-x)), (tanh(x / 2) + 1) / 2  sigmoid
 *
 * Declined: limits and products whose parts are used elsewhere, limits of which the lower is the higher, and numbers that
 * differ by more than a float's rounding. Legal because activation.def defines these activations so; what differs is how
 * results are rounded. */
#include "pass.h"

#include "param.h"

#include <math.h>

enum { FACTORS_MOST = 3 };

struct product {
    struct node *factors[FACTORS_MOST];
    int count; /* FACTORS_MOST: perhaps more */
    double number;
};

/* Whether the node is one known number. */
static bool is_number(const struct node *node, double *out_number) {
    if (!param_is_bound(node) || shape_element_count(node->shape) != 1) return false;
    *out_number = (double)node->as.param.tensor->values[0];
    return true;
}

static bool is_near(double a, double b) {
    return fabs(a - b) <= 1e-6 * fabs(b);
}

/* Takes a product apart: its inner products, if nothing else uses them, too. */
static void collect_factors(const struct graph *graph, struct node *node, bool is_root, struct product *product) {
    bool is_product = node->op == OP_MUL || node->op == OP_DIV;
    double number;
    if (is_product && (is_root || graph_use_count(graph, node) == 1)) {
        if (is_number(node->inputs[1], &number)) {
            product->number = node->op == OP_MUL ? product->number * number : product->number / number;
            collect_factors(graph, node->inputs[0], false, product);
            return;
        }
        if (node->op == OP_MUL) {
            collect_factors(graph, node->inputs[0], false, product);
            collect_factors(graph, node->inputs[1], false, product);
            return;
        }
    }
    if (is_number(node, &number))
        product->number *= number;
    else if (product->count < FACTORS_MOST)
        product->factors[product->count++] = node;
}

/* The other operand of `op` with that number, or NULL. */
static struct node *beside_number(const struct node *node, enum op op, double wanted) {
    double number;
    if (node->op != op) return NULL;
    if (is_number(node->inputs[1], &number) && is_near(number, wanted)) return node->inputs[0];
    bool turns = op == OP_ADD || op == OP_MUL;
    return turns && is_number(node->inputs[0], &number) && is_near(number, wanted) ? node->inputs[1] : NULL;
}

static struct node *below(const struct node *node, enum activation_kind kind) {
    return node->op == OP_ACTIVATION && node->as.activation.kind == kind ? node->inputs[0] : NULL;
}

/* x of relu6(x + 3) */
static struct node *below_ramp(const struct node *node) {
    struct node *sum = below(node, ACTIVATION_RELU6);
    if (!sum && (sum = below(node, ACTIVATION_CLIP)) && (node->as.activation.alpha != 0 || node->as.activation.beta != 6))
        sum = NULL;
    return sum ? beside_number(sum, OP_ADD, 3) : NULL;
}

/* x of erf(x / sqrt 2) + 1 */
static struct node *below_erf(const struct node *node) {
    struct node *erf = beside_number(node, OP_ADD, 1), *argument = erf ? below(erf, ACTIVATION_ERF) : NULL, *x;
    if (!argument) return NULL;
    x = beside_number(argument, OP_DIV, sqrt(2));
    return x ? x : beside_number(argument, OP_MUL, sqrt(0.5));
}

static bool is_usual_hard_sigmoid(const struct node *node) {
    return is_near(node->as.activation.alpha, 1.0 / 6) && is_near(node->as.activation.beta, 0.5);
}

/* The value of which `gate` times `number` times itself is an activation; NULL: none. */
static struct node *match_gated(const struct node *gate, double number, struct activation *out_activation) {
    struct node *x, *softplus;
    *out_activation = (struct activation){.kind = ACTIVATION_SILU};
    if (is_near(number, 1) && (x = below(gate, ACTIVATION_SIGMOID))) return x;
    out_activation->kind = ACTIVATION_HARD_SWISH;
    if (is_near(number, 1.0 / 6) && (x = below_ramp(gate))) return x;
    if (is_near(number, 1) && (x = below(gate, ACTIVATION_HARD_SIGMOID)) && is_usual_hard_sigmoid(gate)) return x;
    out_activation->kind = ACTIVATION_GELU;
    if (is_near(number, 0.5) && (x = below_erf(gate))) return x;
    out_activation->kind = ACTIVATION_MISH;
    softplus = is_near(number, 1) ? below(gate, ACTIVATION_TANH) : NULL;
    return softplus ? below(softplus, ACTIVATION_SOFTPLUS) : NULL;
}

/* x of tanh(x / 2) + 1 */
static struct node *below_half_tanh(const struct node *node) {
    struct node *tanh = beside_number(node, OP_ADD, 1), *argument = tanh ? below(tanh, ACTIVATION_TANH) : NULL, *x;
    if (!argument) return NULL;
    x = beside_number(argument, OP_DIV, 2);
    return x ? x : beside_number(argument, OP_MUL, 0.5);
}

static struct node *match(const struct product *product, struct activation *out_activation) {
    if (product->count == 1) {
        struct node *x = is_near(product->number, 0.5) ? below_half_tanh(product->factors[0]) : NULL;
        *out_activation = (struct activation){.kind = ACTIVATION_SIGMOID};
        if (x) return x;
        *out_activation = (struct activation){ACTIVATION_HARD_SIGMOID, 1.0 / 6, 0.5};
        return is_near(product->number, 1.0 / 6) ? below_ramp(product->factors[0]) : NULL;
    }
    if (product->count != 2) return NULL;
    for (int i = 0; i < 2; i++) {
        struct node *x = match_gated(product->factors[i], product->number, out_activation);
        if (x && x == product->factors[1 - i]) return x;
    }
    return NULL;
}

/* --- limits */

struct limits {
    double low, high;
};

/* The value that the node limits to low .. high, or NULL. */
static struct node *below_limits(const struct node *node, struct limits *out_limits) {
    double number;
    *out_limits = (struct limits){-INFINITY, INFINITY};
    if (node->op == OP_MIN || node->op == OP_MAX) {
        int at = is_number(node->inputs[1], &number) ? 1 : is_number(node->inputs[0], &number) ? 0 : -1;
        if (at < 0 || isnan(number)) return NULL;
        *(node->op == OP_MIN ? &out_limits->high : &out_limits->low) = number;
        return node->inputs[1 - at];
    }
    if (below(node, ACTIVATION_RELU)) *out_limits = (struct limits){0, INFINITY};
    else if (below(node, ACTIVATION_RELU6)) *out_limits = (struct limits){0, 6};
    else if (below(node, ACTIVATION_CLIP)) *out_limits = (struct limits){node->as.activation.alpha, node->as.activation.beta};
    else return NULL;
    return node->inputs[0];
}

static bool choose_limit(const struct limits *limits, struct activation *out_activation) {
    *out_activation = (struct activation){ACTIVATION_CLIP, limits->low, limits->high};
    if (limits->low == 0 && limits->high == INFINITY) *out_activation = (struct activation){.kind = ACTIVATION_RELU};
    if (limits->low == 0 && limits->high == 6) *out_activation = (struct activation){.kind = ACTIVATION_RELU6};
    return out_activation->kind == ACTIVATION_RELU || (isfinite(limits->low) && isfinite(limits->high));
}

/* Of a min, a max, or what limits one of them. */
static struct node *match_limits(const struct graph *graph, const struct node *root, struct activation *out_activation) {
    struct limits outer, inner;
    struct node *middle = below_limits(root, &outer), *x = middle ? below_limits(middle, &inner) : NULL;
    bool is_spelled = root->op != OP_ACTIVATION;
    if (x && (is_spelled || middle->op != OP_ACTIVATION) && graph_use_count(graph, middle) == 1 && inner.low <= inner.high &&
        inner.low <= outer.high && outer.low <= inner.high) {
        inner.low = fmax(inner.low, outer.low);
        inner.high = fmin(inner.high, outer.high);
        if (choose_limit(&inner, out_activation)) return x;
    }
    return middle && is_spelled && choose_limit(&outer, out_activation) ? middle : NULL;
}

/* x of clip(x / 6 + 0.5, 0, 1) */
static struct node *match_slope(const struct graph *graph, const struct node *root, struct activation *out_activation) {
    struct node *sum = below(root, ACTIVATION_CLIP), *slope, *x;
    if (!sum || root->as.activation.alpha != 0 || root->as.activation.beta != 1) return NULL;
    slope = graph_use_count(graph, sum) == 1 ? beside_number(sum, OP_ADD, 0.5) : NULL;
    if (!slope || graph_use_count(graph, slope) != 1) return NULL;
    *out_activation = (struct activation){ACTIVATION_HARD_SIGMOID, 1.0 / 6, 0.5};
    x = beside_number(slope, OP_DIV, 6);
    return x ? x : beside_number(slope, OP_MUL, 1.0 / 6);
}

/* x of 1 / (1 + exp(-x)), or NULL */
static struct node *match_quotient(const struct node *root) {
    double number;
    struct node *sum = below(root, ACTIVATION_RECIPROCAL), *exp, *negative, *x;
    if (!sum && root->op == OP_DIV && is_number(root->inputs[0], &number) && number == 1) sum = root->inputs[1];
    exp = sum ? beside_number(sum, OP_ADD, 1) : NULL;
    negative = exp ? below(exp, ACTIVATION_EXP) : NULL;
    if (!negative) return NULL;
    x = below(negative, ACTIVATION_NEG);
    return x ? x : beside_number(negative, OP_MUL, -1);
}

/* --- the rewriting */

/* What nothing uses any more counts as no use of what it was computed from. */
static void remove_unused(struct graph *graph, struct node *node) {
    if (node->op == OP_INPUT || node->op == OP_PARAM || graph_use_count(graph, node)) return;
    struct node *inputs[2] = {node->inputs[0], node->input_count > 1 ? node->inputs[1] : NULL};
    graph_remove(graph, node);
    remove_unused(graph, inputs[0]);
    if (inputs[1] && inputs[1] != inputs[0]) remove_unused(graph, inputs[1]);
}

/* The activation in its place, or the root. */
static struct node *replace(struct graph *graph, struct node *root, struct node *x, struct activation activation) {
    if (!x || !shape_equal(x->shape, root->shape)) return root;
    struct node *node = graph_add(graph, root, OP_ACTIVATION, &x, 1, root->origin);
    node->shape = root->shape;
    node->name = root->name;
    node->as.activation = activation;
    graph_replace_uses(graph, root, node);
    remove_unused(graph, root);
    return node;
}

static void recognise_product(struct graph *graph, struct node *root) {
    struct product product = {.number = 1};
    struct activation activation = {0};
    collect_factors(graph, root, true, &product);
    replace(graph, root, match(&product, &activation), activation);
}

static void recognise_limits(struct graph *graph, struct node *root) {
    struct activation activation = {0};
    struct node *x = match_limits(graph, root, &activation);
    root = replace(graph, root, x, activation);
    x = match_slope(graph, root, &activation);
    replace(graph, root, x, activation);
}

void pass_recognise_activation(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        node = replace(graph, node, match_quotient(node), (struct activation){.kind = ACTIVATION_SIGMOID});
        if (node->op == OP_MUL || node->op == OP_DIV) recognise_product(graph, node);
        if (node->op == OP_MIN || node->op == OP_MAX || node->op == OP_ACTIVATION) recognise_limits(graph, node);
    }
}
