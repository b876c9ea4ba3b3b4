/* merge_branches.c - a sum of convolutions of one map, of that map itself and of its batch norm becomes one convolution.
 *
 *     %2 = conv %1, w, b                       3x3, padding 1        ->  %7 = conv %1, w + v at the centre + diag(scale),
 *     %3 = conv %1, v, c                       1x1                                     b + c + shift
 *     %4 = add %2, %3
 *     %5 = batch_norm %1, ...                  x scale + shift
 *     %6 = add %4, %5
 *
 * So are RepVGG, MobileOne and RepGhost trained, and kernels of 1x3 and 3x1 beside 3x3 (ACNet). One of the convolutions, the
 * host, takes the others: of the same stride, each tap of the others where the host has a tap (an offset, and a dilation that
 * is a multiple), and each group of the others within one of the host's. The map itself is a 1x1 kernel of ones, in groups of
 * one channel, and so is its batch norm. Added up in double, rounded once. The sum may have any number of terms in any nesting;
 * what is no such branch stays a summand.
 *
 * Legal because convolutions are linear in their weights, and the host reads all that the others read, so that no number, and no
 * infinity, meets a result that it did not meet before: what was finite stays so. What was not does not become finite: a tap
 * of 0 is a product too. But an infinity has one product with a result now, so where it had several of both signs, whose sum was
 * NaN, that result is an infinity (docs/decisions/0026). NaN in the map stays NaN, in the same places.
 *
 * Declined: a branch that something else reads, or with anything behind it; parameters that are not bound; other strides, also
 * the map itself beside a stride; kernels that do not lie in the host's; dense kernels beside those of groups (the sum of a
 * depthwise 3x3 and a dense 1x1 would be a dense 3x3); transposed convolutions and linear layers. */
#include "pass.h"

#include "param.h"

#include "../base/parallel.h"

/* A summand; as a branch, it is a convolution, a batch norm or, beside convolutions of it, any map. */
struct term {
    struct node *node; /* NULL: it is part of another one now */
    bool is_merged; /* into another one, or another one into it */
};

struct sum {
    struct graph *graph;
    struct arena *scratch;
    VEC(struct node *) adds;    /* each before those it reads */
    VEC(struct term) terms;     /* from left to right */
    VEC(struct node *) dropped; /* what nothing reads once the sum is replaced */
};

/* --- looking for sums */

static bool is_plain_add(const struct node *node) {
    return node->op == OP_ADD && node->shape.rank == 3 && shape_equal(node->inputs[0]->shape, node->inputs[1]->shape);
}

/* Whether the node is an addition that is part of a larger sum. */
static bool is_inner(const struct graph *graph, const struct node *node) {
    const struct node *user = is_plain_add(node) ? graph_single_user(graph, node) : NULL;
    return user && is_plain_add(user);
}

static void collect(struct sum *sum, struct node *root) {
    VEC(struct node *) stack = {0};
    vec_push(sum->scratch, &stack, root);
    while (stack.count) {
        struct node *node = stack.items[--stack.count];
        if (node == root || is_inner(sum->graph, node)) {
            vec_push(sum->scratch, &sum->adds, node);
            vec_push(sum->scratch, &stack, node->inputs[1]);
            vec_push(sum->scratch, &stack, node->inputs[0]);
        } else
            vec_push(sum->scratch, &sum->terms, ((struct term){.node = node}));
    }
}

/* --- legality */

/* Tap i of a kernel lies at tap first + i * step of the host's, along each axis. */
struct place {
    int64_t first[2], step[2];
};

struct branch {
    const struct node *conv, *norm; /* both NULL: the map itself */
    struct window window;
    int64_t groups;
    struct place place;
};

/* Whether nothing but the sum reads the node, and its parameters are known. */
static bool is_free(const struct sum *sum, const struct node *node) {
    return graph_use_count(sum->graph, node) == 1 && param_inputs_are_bound(node, 1);
}

static bool is_host(const struct sum *sum, const struct term *term) {
    return !term->is_merged && term->node->op == OP_CONV && is_free(sum, term->node);
}

/* Whether the term is linear in x. */
static bool find_branch(const struct sum *sum, const struct term *term, const struct node *x, struct branch *out) {
    const struct node *node = term->node;
    if (term->is_merged) return false;
    *out = (struct branch){.window = {.kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}}, .groups = x->shape.dims[0]};
    if (node == x) return true;
    if (!node->input_count || node->inputs[0] != x || !is_free(sum, node)) return false;
    if (node->op == OP_BATCH_NORM) out->norm = node;
    if (node->op != OP_CONV) return out->norm;
    out->conv = node;
    out->window = node->as.conv.window;
    out->groups = node->as.conv.groups;
    return true;
}

static bool find_place(const struct window *host, const struct window *window, struct place *out) {
    for (int axis = 0; axis < 2; axis++) {
        enum edge edge = axis ? EDGE_LEFT : EDGE_TOP;
        int64_t offset = host->pad[edge] - window->pad[edge], dilation = host->dilation[axis];
        int64_t reach = (window->kernel[axis] - 1) * window->dilation[axis];
        if (host->stride[axis] != window->stride[axis]) return false;
        if (offset < 0 || offset % dilation || offset + reach > (host->kernel[axis] - 1) * dilation) return false;
        if (window->kernel[axis] > 1 && window->dilation[axis] % dilation) return false;
        out->first[axis] = offset / dilation;
        out->step[axis] = window->kernel[axis] > 1 ? window->dilation[axis] / dilation : 1;
    }
    return true;
}

/* Whether the term can go into the convolution. */
static bool takes(const struct sum *sum, const struct node *host, const struct term *term, struct branch *out) {
    return term->node != host && find_branch(sum, term, host->inputs[0], out) &&
           out->groups % host->as.conv.groups == 0 && find_place(&host->as.conv.window, &out->window, &out->place);
}

/* Whether the term can go into another convolution that cannot go into it. */
static bool has_larger(const struct sum *sum, const struct term *term) {
    struct branch branch;
    for (size_t i = 0; i < sum->terms.count; i++) {
        const struct term *other = &sum->terms.items[i];
        if (is_host(sum, other) && takes(sum, other->node, term, &branch) && !takes(sum, term->node, other, &branch)) return true;
    }
    return false;
}

/* --- rewriting */

/* What a branch adds to the weights and biases of its host. */
struct addend {
    const int64_t *taps; /* for each tap of the host the branch's, or -1 */
    int64_t area, each, group_outputs; /* taps; inputs and outputs of a group */
    const float *weight;               /* [outputs, each, area]; NULL: */
    const double *scale;               /* [outputs] */
    const struct node *bias;           /* a parameter; NULL: */
    const double *shift;               /* [outputs]; NULL: 0 */
};

struct merge {
    struct node *host;
    VEC(struct addend) addends;
    float *weight;
};

/* Which of `count` taps, `step` apart from `first` on, is at `at`; -1: none. */
static int64_t tap_at(int64_t at, int64_t first, int64_t step, int64_t count) {
    return at >= first && (at - first) % step == 0 && (at - first) / step < count ? (at - first) / step : -1;
}

static const int64_t *list_taps(struct arena *arena, const struct window *host, const struct branch *branch) {
    const struct place *place = &branch->place;
    const int64_t *kernel = branch->window.kernel;
    int64_t *taps = ARENA_NEW_ARRAY(arena, int64_t, (size_t)(host->kernel[0] * host->kernel[1]));
    for (int64_t i = 0; i < host->kernel[0]; i++)
        for (int64_t j = 0; j < host->kernel[1]; j++) {
            int64_t row = tap_at(i, place->first[0], place->step[0], kernel[0]);
            int64_t column = tap_at(j, place->first[1], place->step[1], kernel[1]);
            taps[i * host->kernel[1] + j] = row < 0 || column < 0 ? -1 : row * kernel[1] + column;
        }
    return taps;
}

static struct addend make_addend(struct arena *arena, const struct node *host, const struct branch *branch) {
    int64_t outputs = host->shape.dims[0];
    struct addend addend = {.taps = list_taps(arena, &host->as.conv.window, branch), .area = 1, .each = 1};
    addend.group_outputs = outputs / branch->groups;
    if (branch->conv) {
        const struct node *weight = branch->conv->inputs[1];
        addend.weight = weight->as.param.tensor->values;
        addend.each = weight->shape.dims[1];
        addend.area = weight->shape.dims[2] * weight->shape.dims[3];
        addend.bias = branch->conv->input_count > 2 ? branch->conv->inputs[2] : NULL;
    } else if (branch->norm) {
        double *scale, *shift;
        param_norm_factors(arena, branch->norm, &scale, &shift);
        addend.scale = scale;
        addend.shift = shift;
    } else {
        double *ones = ARENA_NEW_ARRAY(arena, double, (size_t)outputs);
        for (int64_t o = 0; o < outputs; o++) ones[o] = 1;
        addend.scale = ones;
    }
    return addend;
}

/* What the branch multiplies channel `c` of the map with for channel `o` of the result, at a tap of the host. */
static double weight_at(const struct addend *addend, int64_t o, int64_t c, int64_t tap) {
    int64_t at = addend->taps[tap];
    if (at < 0) return 0;
    int64_t inner = c - o / addend->group_outputs * addend->each;
    if (inner < 0 || inner >= addend->each) return 0;
    return addend->weight ? addend->weight[(o * addend->each + inner) * addend->area + at] : addend->scale[o];
}

static void merge_kernels(void *context, size_t output) {
    const struct merge *merge = context;
    const struct tensor *weight = merge->host->inputs[1]->as.param.tensor;
    const int64_t *dims = weight->shape.dims;
    int64_t o = (int64_t)output, area = dims[2] * dims[3], index = o * dims[1] * area;
    int64_t first = o / (dims[0] / merge->host->as.conv.groups) * dims[1];
    for (int64_t c = first; c < first + dims[1]; c++)
        for (int64_t tap = 0; tap < area; tap++, index++) {
            double sum = weight->values[index];
            for (size_t i = 0; i < merge->addends.count; i++) sum += weight_at(&merge->addends.items[i], o, c, tap);
            merge->weight[index] = (float)sum;
        }
}

static double bias_at(const struct addend *addend, int64_t o) {
    if (addend->bias) return addend->bias->as.param.tensor->values[o];
    return addend->shift ? addend->shift[o] : 0;
}

/* NULL, if no branch has one. */
static struct node *merge_biases(struct graph *graph, const struct merge *merge) {
    const struct node *host = merge->host, *own = host->input_count > 2 ? host->inputs[2] : NULL;
    bool is_needed = own != NULL;
    float *values;
    for (size_t i = 0; i < merge->addends.count; i++)
        is_needed = is_needed || merge->addends.items[i].bias || merge->addends.items[i].shift;
    if (!is_needed) return NULL;
    struct tensor *tensor = tensor_create(graph->arena, (struct shape){1, {host->shape.dims[0]}}, &values);
    for (int64_t o = 0; o < host->shape.dims[0]; o++) {
        double sum = own ? own->as.param.tensor->values[o] : 0;
        for (size_t i = 0; i < merge->addends.count; i++) sum += bias_at(&merge->addends.items[i], o);
        values[o] = (float)sum;
    }
    return param_add_constant(graph, tensor, own ? own : host);
}

static struct node *add_conv(struct graph *graph, struct merge *merge, struct node *before) {
    struct node *host = merge->host, *inputs[3] = {host->inputs[0]};
    struct tensor *tensor = tensor_create(graph->arena, host->inputs[1]->shape, &merge->weight);
    parallel_run((size_t)host->shape.dims[0], merge_kernels, merge);
    inputs[1] = param_add_constant(graph, tensor, host->inputs[1]);
    inputs[2] = merge_biases(graph, merge);
    struct node *conv = graph_add(graph, before, OP_CONV, inputs, inputs[2] ? 3 : 2, host->origin);
    conv->name = host->name;
    conv->shape = host->shape;
    conv->as = host->as;
    return conv;
}

/* All that goes into the host goes into it. */
static bool merge_into(struct sum *sum, struct term *host, struct node *root) {
    struct merge merge = {.host = host->node};
    struct branch branch;
    if (!is_host(sum, host) || has_larger(sum, host)) return false;
    for (size_t i = 0; i < sum->terms.count; i++) {
        struct term *term = &sum->terms.items[i];
        if (!takes(sum, merge.host, term, &branch)) continue;
        vec_push(sum->scratch, &merge.addends, make_addend(sum->scratch, merge.host, &branch));
        if (branch.conv || branch.norm) vec_push(sum->scratch, &sum->dropped, term->node);
        *term = (struct term){.is_merged = true};
    }
    if (!merge.addends.count) return false;
    vec_push(sum->scratch, &sum->dropped, merge.host);
    *host = (struct term){add_conv(sum->graph, &merge, root), true};
    return true;
}

/* The sum of the terms that are left takes the place of the root. */
static void replace(struct sum *sum, struct node *root) {
    struct node *total = NULL;
    for (size_t i = 0; i < sum->terms.count; i++) {
        struct node *operands[2] = {total, sum->terms.items[i].node};
        if (!operands[1]) continue;
        total = operands[1];
        if (!operands[0]) continue;
        total = graph_add(sum->graph, root, OP_ADD, operands, 2, root->origin);
        total->shape = root->shape;
        total->name = root->name;
    }
    graph_replace_uses(sum->graph, root, total);
    for (size_t i = 0; i < sum->adds.count; i++) graph_remove(sum->graph, sum->adds.items[i]);
    for (size_t i = 0; i < sum->dropped.count; i++) graph_remove(sum->graph, sum->dropped.items[i]);
}

static void merge_sum(struct graph *graph, struct node *root) {
    struct sum sum = {.graph = graph, .scratch = arena_create()};
    bool is_changed = false;
    collect(&sum, root);
    for (size_t i = 0; i < sum.terms.count; i++) is_changed |= merge_into(&sum, &sum.terms.items[i], root);
    if (is_changed) replace(&sum, root);
    arena_destroy(sum.scratch);
}

void pass_merge_branches(struct graph *graph) {
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (is_plain_add(node) && !is_inner(graph, node)) merge_sum(graph, node);
    }
}
