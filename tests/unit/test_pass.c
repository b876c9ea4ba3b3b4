/* test_pass.c - each pass: what it rewrites, what it declines, and that the results stay the same; the runner. */
#include "build.h"

#include "../../compiler/eval/eval.h"
#include "../../compiler/pass/pass.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef void pass_function(struct graph *graph);

static void evaluate(struct graph *graph, const struct tensor **outputs) {
    const struct tensor *inputs[4];
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *node = graph->inputs.items[i];
        inputs[i] = make_tensor(graph->arena, node->shape, node->as.input.name);
    }
    eval_graph(graph->arena, graph, inputs, outputs);
}

static void check_same_values(const struct tensor *found, const struct tensor *wanted) {
    ck_assert(shape_equal(found->shape, wanted->shape));
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < shape_element_count(wanted->shape); i++) {
        largest = fmax(largest, fabs(wanted->values[i]));
        difference = fmax(difference, fabs((double)found->values[i] - wanted->values[i]));
    }
    ck_assert_msg(largest > 0, "the test computes nothing but zeros");
    ck_assert_msg(difference <= 1e-6 * largest, "values differ by %g of %g", difference, largest);
}

/* Runs a pass; the graph stays sound and computes the same. */
static void run_checked(struct graph *graph, pass_function *pass) {
    const struct tensor *before[4], *after[4];
    ck_assert_ptr_null(graph_verify(graph));
    evaluate(graph, before);
    pass(graph);
    const char *problem = graph_verify(graph);
    ck_assert_msg(!problem, "%s", problem ? problem : "");
    evaluate(graph, after);
    for (size_t i = 0; i < graph->outputs.count; i++) check_same_values(after[i], before[i]);
}

static int count_op(const struct graph *graph, enum op op) {
    int count = 0;
    for (const struct node *node = graph->first; node; node = node->next) count += node->op == op;
    return count;
}

static void check_untouched(struct graph *graph, pass_function *pass) {
    const char *before = print_graph(graph);
    run_checked(graph, pass);
    ck_assert_str_eq(print_graph(graph), before);
    graph_destroy(graph);
}

/* --- fold_constants */

START_TEST(constants_are_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(2, 3, 3)), *half = make_number(graph, 0.5f);
    struct node *v = make_param(graph, "v", PARAM_CONSTANT, SHAPE1(2));
    v->as.param.name = NULL;
    struct node *sum = make_op(graph, OP_ADD, 2, half, make_number(graph, 1.5f));
    struct node *twice = make_op(graph, OP_MUL, 2, make_activation(graph, v, ACTIVATION_TANH), sum);
    make_output(graph, "y", make_op(graph, OP_MUL, 2, x, twice));
    make_output(graph, "z", sum);
    run_checked(graph, pass_fold_constants);
    pass_remove_dead(graph);
    ck_assert_int_eq(count_op(graph, OP_MUL), 1);
    ck_assert_int_eq(count_op(graph, OP_ADD) + count_op(graph, OP_ACTIVATION), 0);
    ck_assert_int_eq(count_op(graph, OP_PARAM), 2);
    ck_assert(graph->outputs.items[1].node->as.param.tensor->values[0] == 2);
    graph_destroy(graph);
}
END_TEST

START_TEST(large_results_are_not_folded) {
    struct graph *graph = graph_create("g");
    struct node *v = make_param(graph, "v", PARAM_WEIGHT, SHAPE3(4, 16, 16));
    struct node like = {.as.upsample = {.scale = {2, 2}}};
    struct node *large = make_raw(graph, OP_UPSAMPLE, &like, 1, v);
    ck_assert_ptr_null(check_infer(graph, large));
    make_output(graph, "y", large);
    check_untouched(graph, pass_fold_constants);
}
END_TEST

START_TEST(unbound_parameters_are_not_folded) {
    struct graph *graph = graph_create("g");
    struct node *v = make_unbound(graph, "v", PARAM_WEIGHT, SHAPE1(4));
    make_output(graph, "y", make_activation(graph, v, ACTIVATION_RELU));
    const char *before = print_graph(graph);
    pass_fold_constants(graph);
    ck_assert_str_eq(print_graph(graph), before);
    graph_destroy(graph);
}
END_TEST

/* --- fold_batch_norm */

enum { LAYER_KINDS = 6 };

static struct node *make_layer(struct graph *graph, struct node *x, int kind, bool bias) {
    switch (kind) {
    case 0: return make_conv(graph, x, "layer", 9, 3, 2, bias);
    case 1: return make_conv_window(graph, x, "layer", 12, bias, make_window(3, 1, 1), 3);
    case 2: return make_conv_window(graph, x, "layer", 6, bias, make_window(3, 1, 1), 6);
    case 3: return make_conv_transpose(graph, x, "layer", 4, 3, 2, 1, bias);
    case 4: return make_conv_transpose(graph, x, "layer", 9, 2, 2, 3, bias);
    default: return make_linear(graph, make_op(graph, OP_GLOBAL_MAX_POOL, 1, x), "layer", 5, bias);
    }
}

START_TEST(batch_norm_is_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 7, 5));
    struct node *layer = make_layer(graph, x, _i / 2, _i % 2);
    enum op op = layer->op;
    make_output(graph, "y", make_activation(graph, make_batch_norm(graph, layer, "bn"), ACTIVATION_TANH));
    run_checked(graph, pass_fold_batch_norm);
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM), 0);
    ck_assert_int_eq(count_op(graph, op), 1);
    struct node *folded = graph->outputs.items[0].node->inputs[0];
    ck_assert_int_eq(folded->input_count, 3);
    ck_assert_str_eq(folded->name, "layer");
    ck_assert_str_eq(folded->inputs[1]->name, "layer.weight");
    ck_assert_int_eq(folded->inputs[1]->as.param.role, PARAM_CONSTANT);
    graph_destroy(graph);
}
END_TEST

START_TEST(chains_of_norms_are_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 4, 4));
    struct node *norm =
        make_batch_norm(graph, make_batch_norm(graph, make_conv(graph, x, "c", 5, 3, 1, true), "a"), "b");
    make_output(graph, "y", make_batch_norm(graph, make_conv(graph, norm, "d", 5, 3, 1, false), "e"));
    run_checked(graph, pass_fold_batch_norm);
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM), 0);
    graph_destroy(graph);
}
END_TEST

START_TEST(shared_results_are_not_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 4, 4)), *conv = make_conv(graph, x, "c", 5, 3, 1, true);
    struct node *norm = make_batch_norm(graph, conv, "bn");
    make_output(graph, "y", _i ? norm : make_op(graph, OP_ADD, 2, norm, conv));
    if (_i) make_output(graph, "z", conv);
    check_untouched(graph, pass_fold_batch_norm);
}
END_TEST

START_TEST(norms_before_layers_are_not_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 4, 4));
    make_output(graph, "y", make_conv(graph, make_batch_norm(graph, x, "bn"), "c", 5, 3, 1, true));
    check_untouched(graph, pass_fold_batch_norm);
}
END_TEST

START_TEST(unbound_norms_are_not_folded) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 4, 4));
    struct node *norm = make_batch_norm(graph, make_conv(graph, x, "c", 5, 3, 1, true), "bn");
    make_output(graph, "y", norm);
    struct node *param = _i ? norm->inputs[_i] : norm->inputs[0]->inputs[1];
    param->as.param.tensor = NULL;
    const char *before = print_graph(graph);
    pass_fold_batch_norm(graph);
    ck_assert_str_eq(print_graph(graph), before);
    ck_assert_ptr_null(graph_verify(graph));
    graph_destroy(graph);
}
END_TEST

/* The same weights under another norm's layer: the fold must not change what others read. */
START_TEST(shared_weights_stay) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 4, 4)), *conv = make_conv(graph, x, "c", 3, 3, 1, false);
    struct node *norm = make_batch_norm(graph, conv, "bn");
    struct node *again = make_raw(graph, OP_CONV, conv, 2, norm, conv->inputs[1]);
    ck_assert_ptr_null(check_infer(graph, again));
    make_output(graph, "y", again);
    run_checked(graph, pass_fold_batch_norm);
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM), 0);
    graph_destroy(graph);
}
END_TEST

/* --- recognise_activation */

enum { LIMITERS = 8 };

static struct node *limit(struct graph *graph, struct node *x, int how, float number) {
    if (how == 4) return make_activation(graph, x, ACTIVATION_RELU);
    if (how == 5) return make_activation(graph, x, ACTIVATION_RELU6);
    if (how > 5) {
        struct node *clip = make_activation(graph, x, ACTIVATION_CLIP);
        clip->as.activation.alpha = how == 6 ? -1 : 1.5;
        clip->as.activation.beta = how == 6 ? 0.5 : 2;
        return clip;
    }
    struct node *constant = make_number(graph, number);
    enum op op = how & 1 ? OP_MAX : OP_MIN;
    return how & 2 ? make_op(graph, op, 2, constant, x) : make_op(graph, op, 2, x, constant);
}

/* Each pair of limits, in either order, with numbers that cross and that do not. */
START_TEST(limits_are_recognised) {
    static const float numbers[] = {-1.25F, 0, 0.75F, 6};
    for (int pair = 0; pair < 16; pair++) {
        struct graph *graph = graph_create("g");
        struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4));
        x = make_op(graph, OP_MUL, 2, x, make_number(graph, 8));
        struct node *inner = limit(graph, x, _i / LIMITERS, numbers[pair / 4]);
        struct node *outer = limit(graph, inner, _i % LIMITERS, numbers[pair % 4]);
        make_output(graph, "y", make_op(graph, OP_ADD, 2, outer, x));
        run_checked(graph, pass_recognise_activation);
        graph_destroy(graph);
    }
}
END_TEST

/* --- merge_branches */

static struct node *make_branch(struct graph *graph, struct node *x, const char *name, int64_t kernel, int64_t groups, bool bias) {
    return make_conv_window(graph, x, name, x->shape.dims[0], bias, make_window(kernel, 1, kernel / 2), groups);
}

static const float *weights_of(const struct node *conv) {
    return conv->inputs[1]->as.param.tensor->values;
}

START_TEST(branches_are_merged) {
    const int64_t groups[] = {1, 2, 6};
    struct graph *graph = graph_create("g");
    struct node *x = make_activation(graph, make_input(graph, "x", SHAPE3(6, 7, 5)), ACTIVATION_TANH);
    struct node *large = make_branch(graph, x, "large", 3, groups[_i / 2], false), *first = large;
    struct node *point = make_branch(graph, x, "point", 1, groups[_i / 2], true);
    struct node *norm = make_batch_norm(graph, x, "norm");
    int64_t each = 6 / groups[_i / 2];
    float expected[6];
    for (int64_t o = 0; o < 6; o++) {
        double scale = norm->inputs[1]->as.param.tensor->values[o] /
                       sqrt(norm->inputs[4]->as.param.tensor->values[o] + norm->as.batch_norm.epsilon);
        expected[o] = (float)(weights_of(large)[(o * each + o % each) * 9 + 4] + (double)weights_of(point)[o * each + o % each] + scale + 1);
    }
    struct node *tail = make_op(graph, OP_ADD, 2, norm, x);
    if (_i % 2) first = make_op(graph, OP_ADD, 2, point, large);
    else tail = make_op(graph, OP_ADD, 2, tail, point);
    make_output(graph, "y", make_op(graph, OP_ADD, 2, first, tail));
    run_checked(graph, pass_merge_branches);
    ck_assert_int_eq(count_op(graph, OP_CONV), 1);
    ck_assert_int_eq(count_op(graph, OP_ADD) + count_op(graph, OP_BATCH_NORM), 0);
    struct node *merged = graph->outputs.items[0].node;
    ck_assert_str_eq(merged->name, "large");
    ck_assert_int_eq(merged->inputs[1]->as.param.role, PARAM_CONSTANT);
    for (int64_t o = 0; o < 6; o++) ck_assert(weights_of(merged)[(o * each + o % each) * 9 + 4] == expected[o]);
    graph_destroy(graph);
}
END_TEST

/* A branch that is the map of another one is itself a summand, and stays for that one. */
START_TEST(a_branch_is_a_map) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 5));
    struct node *u = _i ? make_batch_norm(graph, x, "u") : make_branch(graph, x, "u", 1, 1, true);
    struct node *sum = make_op(graph, OP_ADD, 2, make_branch(graph, u, "v", 3, 4, false), u);
    make_output(graph, "y", make_op(graph, OP_ADD, 2, sum, x));
    run_checked(graph, pass_merge_branches);
    ck_assert_int_eq(count_op(graph, OP_ADD), 1);
    ck_assert_int_eq(count_op(graph, OP_CONV), _i ? 1 : 2);
    graph_destroy(graph);
}
END_TEST

START_TEST(unbound_branches_stay) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 5)), *large = make_branch(graph, x, "large", 3, 1, true);
    struct node *other = _i > 1 ? make_batch_norm(graph, x, "norm") : make_branch(graph, x, "point", 1, 1, true);
    make_output(graph, "y", make_op(graph, OP_ADD, 2, large, other));
    (_i ? other : large)->inputs[_i > 1 ? _i : 2]->as.param.tensor = NULL;
    const char *before = print_graph(graph);
    pass_merge_branches(graph);
    ck_assert_str_eq(print_graph(graph), before);
    graph_destroy(graph);
}
END_TEST

/* --- recognise_se */

/* How an SE block is spelled. */
struct spelling {
    int pool;      /* 0 global_avgpool, 1 global_maxpool, 2 avgpool, 3 maxpool over the whole map */
    bool convs[2]; /* a layer is a 1x1 convolution */
    bool biases[2];
    int reshape;  /* 1: flattened behind the pool; 2: unflattened before the product; 3: both */
    bool swapped; /* gate * x */
    enum activation_kind inner, gate;
};

static struct node *squeeze(struct graph *graph, struct node *x, int kind) {
    static const enum op ops[] = {OP_GLOBAL_AVG_POOL, OP_GLOBAL_MAX_POOL, OP_AVG_POOL, OP_MAX_POOL};
    struct window window = make_window(1, 1, 0);
    for (int axis = 0; axis < 2; axis++) window.kernel[axis] = x->shape.dims[axis + 1];
    return kind < 2 ? make_op(graph, ops[kind], 1, x) : make_pool(graph, x, ops[kind], window);
}

static struct node *as_map(struct graph *graph, struct node *s) {
    return s->shape.rank == 3 ? s : make_reshape(graph, s, SHAPE3(s->shape.dims[0], 1, 1));
}

static struct node *dense(struct graph *graph, struct node *s, const char *name, int64_t out, bool conv, bool bias) {
    return conv ? make_conv(graph, as_map(graph, s), name, out, 1, 1, bias) : make_linear(graph, s, name, out, bias);
}

static struct node *spell(struct graph *graph, struct node *x, const struct spelling *how) {
    int64_t c = x->shape.dims[0];
    struct node *s = squeeze(graph, x, how->pool);
    if (how->reshape & 1) s = make_reshape(graph, s, SHAPE1(c));
    s = dense(graph, s, "block.se.fc1", 3, how->convs[0], how->biases[0]);
    s = make_activation(graph, s, how->inner);
    s = dense(graph, s, "block.se.fc2", c, how->convs[1], how->biases[1]);
    s = make_activation(graph, s, how->gate);
    if (how->reshape & 2) s = as_map(graph, s);
    return how->swapped ? make_op(graph, OP_MUL, 2, s, x) : make_op(graph, OP_MUL, 2, x, s);
}

enum { SPELLINGS = 4 * 4 * 4 * 4 };

static struct spelling spelling_at(int index) {
    static const enum activation_kind inners[] = {ACTIVATION_RELU, ACTIVATION_SILU, ACTIVATION_LEAKY_RELU};
    static const enum activation_kind gates[] = {ACTIVATION_SIGMOID, ACTIVATION_HARD_SIGMOID, ACTIVATION_TANH};
    return (struct spelling){.pool = index % 4,
                             .convs = {index / 4 % 2, index / 8 % 2},
                             .biases = {index / 16 % 2, index / 32 % 2},
                             .reshape = index / 64 % 4,
                             .swapped = index % 3 == 1,
                             .inner = inners[index / 5 % 3],
                             .gate = gates[index / 7 % 3]};
}

START_TEST(se_is_recognised) {
    struct spelling how = spelling_at(_i);
    struct graph *graph = graph_create("g");
    struct node *x = make_activation(graph, make_input(graph, "x", SHAPE3(8, 5, 4)), ACTIVATION_TANH);
    make_output(graph, "y", make_op(graph, OP_ADD, 2, spell(graph, x, &how), x));
    run_checked(graph, pass_recognise_se);
    pass_remove_dead(graph);
    ck_assert_int_eq(count_op(graph, OP_SE), 1);
    ck_assert_int_eq(count_op(graph, OP_MUL) + count_op(graph, OP_CONV) + count_op(graph, OP_LINEAR), 0);
    ck_assert_int_eq(count_op(graph, OP_RESHAPE), 0);
    struct node *se = graph->outputs.items[0].node->inputs[0];
    ck_assert_int_eq(se->input_count, how.biases[0] || how.biases[1] ? 5 : 3);
    ck_assert_int_eq(se->as.se.squeeze, how.pool % 2 ? SQUEEZE_MAX : SQUEEZE_AVG);
    ck_assert_int_eq(se->as.se.inner.kind, how.inner);
    ck_assert_int_eq(se->as.se.gate.kind, how.gate);
    ck_assert_str_eq(se->name, "block.se");
    graph_destroy(graph);
}
END_TEST

START_TEST(se_with_norms_is_recognised) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4)), *s = squeeze(graph, x, 0);
    s = make_batch_norm(graph, make_conv(graph, s, "a", 4, 1, 1, false), "bn1");
    s = make_batch_norm(graph, make_conv(graph, make_activation(graph, s, ACTIVATION_RELU), "b", 8, 1, 1, true),
                        "bn2");
    make_output(graph, "y", make_op(graph, OP_MUL, 2, x, make_activation(graph, s, ACTIVATION_SIGMOID)));
    run_checked(graph, pass_fold_batch_norm);
    run_checked(graph, pass_recognise_se);
    ck_assert_int_eq(count_op(graph, OP_SE), 1);
    graph_destroy(graph);
}
END_TEST

START_TEST(unbound_se_is_recognised) {
    struct spelling how = spelling_at(_i);
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4));
    make_output(graph, "y", spell(graph, x, &how));
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM) node->as.param.tensor = NULL;
    pass_recognise_se(graph);
    pass_remove_dead(graph);
    ck_assert_ptr_null(graph_verify(graph));
    ck_assert_int_eq(count_op(graph, OP_SE), 1);
    const struct node *fc1 = graph->outputs.items[0].node->inputs[1];
    ck_assert_str_eq(fc1->as.param.name, "block.se.fc1.weight");
    ck_assert_int_eq(fc1->shape.rank, 2);
    graph_destroy(graph);
}
END_TEST

/* What only looks like an SE block. */
static const struct {
    const char *what;
    int change;
} near_misses[] = {
    {"the gate has another use", 0},
    {"the hidden layer is an output", 1},
    {"the pool has another use", 2},
    {"softmax inside", 3},
    {"an elu gate", 4},
    {"the pool sees another map", 5},
    {"a pool of less than the map", 6},
    {"a grouped layer", 7},
    {"a strided layer", 8},
    {"an addition instead", 9},
    {"a fc2 of one channel", 10},
    {"a third layer", 11},
    {"a padded pool", 12},
    {"the squeezed value is an output", 13},
};
enum { NEAR_MISSES = sizeof near_misses / sizeof *near_misses };

static struct node *make_near_miss(struct graph *graph, struct node *x, int change) {
    struct node *other = make_activation(graph, x, ACTIVATION_RELU);
    struct window whole = {{5, 4}, {1, 1}, {1, 1}, {0}};
    if (change == 12) whole.kernel[0] = 7, whole.pad[EDGE_TOP] = whole.pad[EDGE_BOTTOM] = 1;
    struct node *pool =
        change == 12 ? make_pool(graph, x, OP_AVG_POOL, whole) : squeeze(graph, change == 5 ? other : x, 0);
    if (change == 6) {
        struct node *top = make_pool(graph, x, OP_AVG_POOL, (struct window){{4, 4}, {9, 1}, {1, 1}, {0}});
        ck_assert_int_eq(top->shape.dims[1], 1);
        pool = top;
    }
    struct window one = {{1, 1}, {change == 8 ? 2 : 1, 1}, {1, 1}, {0}};
    struct node *s = make_conv_window(graph, pool, "fc1", 4, true, one, change == 7 ? 2 : 1);
    if (change == 1) make_output(graph, "hidden", s);
    if (change == 13) make_output(graph, "squeezed", pool);
    s = change == 3 ? make_op(graph, OP_SOFTMAX, 1, s)
                    : make_activation(graph, s, ACTIVATION_RELU);
    if (change == 11) s = make_activation(graph, make_conv(graph, s, "mid", 4, 1, 1, true), ACTIVATION_RELU);
    s = make_conv(graph, s, "fc2", change == 10 ? 1 : 8, 1, 1, true);
    s = make_activation(graph, s, change == 4 ? ACTIVATION_ELU : ACTIVATION_SIGMOID);
    struct node *y = make_op(graph, change == 9 ? OP_ADD : OP_MUL, 2, x, s);
    if (change == 0) y = make_op(graph, OP_ADD, 2, y, s);
    if (change == 2) y = make_op(graph, OP_ADD, 2, y, pool);
    return y;
}

START_TEST(near_misses_are_declined) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4));
    make_output(graph, "y", make_near_miss(graph, x, near_misses[_i].change));
    check_untouched(graph, pass_recognise_se);
}
END_TEST

/* The counterpart: unchanged, the same construction is recognised, so that the misses miss for their own reason. */
START_TEST(the_near_hit_hits) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4));
    make_output(graph, "y", make_near_miss(graph, x, -1));
    run_checked(graph, pass_recognise_se);
    ck_assert_int_eq(count_op(graph, OP_SE), 1);
    graph_destroy(graph);
}
END_TEST

/* --- lower_se, remove_dead */

START_TEST(se_is_lowered) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(8, 5, 4)), *se = make_se(graph, x, "se", 3, _i % 2);
    struct origin origin = {.block = "b"};
    se->origin = &origin;
    se->as.se.squeeze = _i / 2 ? SQUEEZE_MAX : SQUEEZE_AVG;
    make_output(graph, "y", make_op(graph, OP_ADD, 2, se, x));
    run_checked(graph, pass_lower_se);
    ck_assert_int_eq(count_op(graph, OP_SE), 0);
    struct node *scale = graph->outputs.items[0].node->inputs[0], *excite = scale->inputs[1];
    ck_assert(scale->op == OP_MUL && scale->inputs[0] == x && excite->op == OP_EXCITE);
    ck_assert_int_eq(excite->inputs[0]->op, _i / 2 ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVG_POOL);
    ck_assert(scale->origin == &origin && excite->origin == &origin && excite->inputs[0]->origin == &origin);
    ck_assert_str_eq(scale->name, "se");
    ck_assert_str_eq(excite->name, "se.excite");
    ck_assert_str_eq(excite->inputs[0]->name, "se.squeeze");
    graph_destroy(graph);
}
END_TEST

START_TEST(dead_nodes_are_removed) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(2, 3, 3));
    make_input(graph, "unused", SHAPE1(4));
    struct node *y = make_activation(graph, x, ACTIVATION_TANH);
    make_activation(graph, make_conv(graph, y, "dead", 3, 3, 1, true), ACTIVATION_RELU);
    make_output(graph, "y", y);
    make_output(graph, "same", x);
    run_checked(graph, pass_remove_dead);
    ck_assert_str_eq(print_graph(graph), "network g, batch 1 {\n"
                                         "    %0 = input x : f32[2, 3, 3]\n"
                                         "    %1 = input unused : f32[4]\n"
                                         "    %2 = tanh %0 : f32[2, 3, 3]\n"
                                         "    output y = %2\n"
                                         "    output same = %0\n"
                                         "}\n");
    graph_destroy(graph);
}
END_TEST

/* --- order_nodes */

enum { SHUFFLES = 40 };

/* Another order in which each node still comes after its inputs. */
static void shuffle(struct graph *graph, unsigned seed) {
    uint32_t left = graph->next_id;
    bool *is_placed = ARENA_NEW_ARRAY(graph->arena, bool, graph->next_id);
    while (left) {
        struct node *ready[64];
        unsigned count = 0;
        for (struct node *node = graph->first; node; node = node->next) {
            bool is_ready = !is_placed[node->id];
            for (int i = 0; i < node->input_count; i++) is_ready = is_ready && is_placed[node->inputs[i]->id];
            if (is_ready && count < 64) ready[count++] = node;
        }
        seed = seed * 1664525 + 1013904223;
        struct node *chosen = ready[(seed >> 16) % count];
        is_placed[chosen->id] = true;
        graph_move_to_end(graph, chosen);
        left--;
    }
}

/* Gates, shortcuts on both sides, a concatenation, something dead. */
static struct graph *make_branches(void) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(4, 6, 6));
    struct node *main = make_conv(graph, make_conv(graph, x, "a", 4, 1, 1, true), "b", 4, 3, 1, true);
    struct node *y = make_op(graph, OP_ADD, 2, make_conv(graph, x, "short", 4, 1, 1, true), main);
    struct node *gate = make_conv(graph, make_op(graph, OP_GLOBAL_AVG_POOL, 1, y), "gate", 4, 1, 1, true);
    struct node *scaled = make_op(graph, OP_MUL, 2, make_conv(graph, y, "map", 4, 3, 1, true), gate);
    struct node *tail = make_op(graph, OP_SUB, 2, make_conv(graph, scaled, "c", 4, 3, 1, false), y);
    make_conv(graph, tail, "dead", 3, 3, 1, true);
    make_output(graph, "first", make_op(graph, OP_CONCAT, 2, make_conv(graph, x, "side", 4, 1, 1, true), tail));
    make_output(graph, "second", make_activation(graph, gate, ACTIVATION_SIGMOID));
    return graph;
}

static const char *skip_inputs(const char *text) {
    return strstr(text, " = conv");
}

START_TEST(the_order_in_the_file_is_no_matter) {
    struct graph *wanted = make_branches(), *graph = make_branches();
    pass_order_nodes(wanted);
    shuffle(graph, (unsigned)_i);
    run_checked(graph, pass_order_nodes);
    ck_assert_str_eq(skip_inputs(print_graph(graph)), skip_inputs(print_graph(wanted)));
    check_untouched(wanted, pass_order_nodes);
    graph_destroy(graph);
}
END_TEST

/* --- the runner */

static struct graph *make_network(void) {
    struct graph *graph = graph_create("n");
    struct node *x = make_input(graph, "x", SHAPE3(6, 5, 4));
    struct spelling how = {.inner = ACTIVATION_RELU, .gate = ACTIVATION_SIGMOID};
    struct node *u = make_batch_norm(graph, make_conv(graph, x, "conv", 8, 3, 1, false), "bn");
    make_output(graph, "y", make_activation(graph, spell(graph, u, &how), ACTIVATION_RELU));
    return graph;
}

static void run_all(struct graph *graph) {
    pass_run_all(graph, &(struct pass_options){.level = 3});
}

START_TEST(all_passes_together) {
    struct graph *graph = make_network();
    run_checked(graph, run_all);
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM) + count_op(graph, OP_LINEAR) + count_op(graph, OP_SE), 0);
    ck_assert_int_eq(count_op(graph, OP_EXCITE), 1);
    ck_assert_int_eq(count_op(graph, OP_PARAM), 4); /* conv's two, fc1, fc2 */
    graph_destroy(graph);
}
END_TEST

/* The SE block of a bottleneck: the squeeze moves before the last convolution and into the excitation. */
START_TEST(the_squeeze_is_hoisted) {
    struct graph *graph = graph_create("n");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 3));
    struct node *u = make_conv(graph, x, "conv", 12, 1, 1, _i & 1);
    make_output(graph, "y", make_se(graph, u, "se", 3, _i & 2));
    run_checked(graph, pass_lower_se);
    run_checked(graph, pass_hoist_squeeze);
    ck_assert_int_eq(count_op(graph, OP_CONV), 2);
    run_checked(graph, pass_compose_excite);
    ck_assert_int_eq(count_op(graph, OP_CONV), 1);
    const struct node *excite = graph->outputs.items[0].node->inputs[1];
    ck_assert(excite->op == OP_EXCITE && excite->inputs[0]->inputs[0] == x);
    ck_assert(shape_equal(excite->inputs[1]->shape, SHAPE2(3, 4)));
    graph_destroy(graph);
}
END_TEST

/* A mean that no gate needs: the convolution is of the mean of the pixels that the stride meets. */
START_TEST(a_strided_squeeze_is_hoisted) {
    struct graph *graph = graph_create("n");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 3));
    make_output(graph, "y", make_op(graph, OP_GLOBAL_AVG_POOL, 1, make_conv(graph, x, "conv", 12, 1, 2, true)));
    run_checked(graph, pass_hoist_squeeze);
    const struct node *product = graph->outputs.items[0].node;
    ck_assert(product->op == OP_CONV && product->inputs[0]->op == OP_GLOBAL_AVG_POOL);
    ck_assert(product->inputs[0]->inputs[0]->op == OP_AVG_POOL && product->inputs[0]->inputs[0]->inputs[0] == x);
    graph_destroy(graph);
}
END_TEST

static void check_not_hoisted(struct graph *graph, struct node *conv) {
    make_output(graph, "y", make_op(graph, OP_GLOBAL_AVG_POOL, 1, conv));
    check_untouched(graph, pass_hoist_squeeze);
}

START_TEST(squeezes_that_stay) {
    struct graph *graph = graph_create("n");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 3));
    static const struct window padded = {{1, 1}, {1, 1}, {1, 1}, {1, 0, 0, 0}};
    switch (_i) {
    case 0: check_not_hoisted(graph, make_conv(graph, x, "conv", 12, 3, 1, true)); break;
    case 1: check_not_hoisted(graph, make_conv(graph, x, "conv", 3, 1, 1, true)); break;
    default: check_not_hoisted(graph, make_conv_window(graph, x, "conv", 12, true, padded, 1)); break;
    }
}
END_TEST

START_TEST(levels_and_names_choose_passes) {
    static const char *const disabled[] = {"recognise-se", "lower-se"};
    struct graph *graph = make_network();
    pass_run_all(graph, &(struct pass_options){.level = 0});
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM), 1);
    graph_destroy(graph);
    graph = make_network();
    make_output(graph, "z", make_se(graph, graph->outputs.items[0].node, "other", 2, false));
    pass_run_all(graph, &(struct pass_options){.level = 1, .disabled = disabled, .disabled_count = 2});
    ck_assert_int_eq(count_op(graph, OP_BATCH_NORM), 0);
    ck_assert_int_eq(count_op(graph, OP_LINEAR), 2);
    ck_assert_int_eq(count_op(graph, OP_SE), 0); /* lower-se cannot be disabled */
    graph_destroy(graph);
    graph = make_network();
    pass_run_all(graph, &(struct pass_options){.level = 1, .stop_after = "recognise-se"});
    ck_assert_int_eq(count_op(graph, OP_SE), 1);
    graph_destroy(graph);
}
END_TEST

/* The text of what a run dumps. */
static char *dump_text(const char *after, const char *disabled) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    struct graph *graph = make_network();
    double *seconds = calloc((size_t)pass_count, sizeof *seconds);
    pass_run_all(graph, &(struct pass_options){.level = 1,
                                               .dump_after = after,
                                               .dump_stream = stream,
                                               .seconds = seconds,
                                               .disabled = &disabled,
                                               .disabled_count = 1});
    double sum = 0;
    for (int i = 0; i < pass_count; i++) sum += seconds[i];
    ck_assert(sum > 0);
    free(seconds);
    fclose(stream);
    graph_destroy(graph);
    return text;
}

START_TEST(dumps_are_asked_for_by_name) {
    char *one = dump_text("recognise-se", "none"), *all = dump_text("all", "fold-batch-norm");
    ck_assert(!strncmp(one, "# after recognise-se\nnetwork n, batch 1 {\n", 42));
    ck_assert_ptr_nonnull(strstr(one, " = se "));
    ck_assert_ptr_null(strstr(one + 1, "# after"));
    for (int i = 0; i < pass_count; i++) {
        char head[64];
        snprintf(head, sizeof head, "# after %s\n", pass_list[i].name);
        bool runs = pass_list[i].level <= 1 && strcmp(pass_list[i].name, "fold-batch-norm");
        ck_assert_int_eq(strstr(all, head) != NULL, runs);
    }
    free(one);
    free(all);
}
END_TEST

START_TEST(broken_graphs_end_the_compiler) {
    struct graph *graph = make_network();
    graph->outputs.items[0].node->shape.dims[0] = 3;
    pass_run_all(graph, &(struct pass_options){.level = 1}); /* exit 70 */
}
END_TEST

int main(void) {
    TCase *tcase = tcase_create("pass");
    const TTest *const single[] = {constants_are_folded,
                                   large_results_are_not_folded,
                                   unbound_parameters_are_not_folded,
                                   chains_of_norms_are_folded,
                                   norms_before_layers_are_not_folded,
                                   shared_weights_stay,
                                   se_with_norms_is_recognised,
                                   the_near_hit_hits,
                                   dead_nodes_are_removed,
                                   all_passes_together,
                                   levels_and_names_choose_passes,
                                   dumps_are_asked_for_by_name};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) tcase_add_test(tcase, single[i]);
    tcase_add_loop_test(tcase, batch_norm_is_folded, 0, 2 * LAYER_KINDS);
    tcase_add_loop_test(tcase, shared_results_are_not_folded, 0, 2);
    tcase_add_loop_test(tcase, unbound_norms_are_not_folded, 0, 5);
    tcase_add_loop_test(tcase, limits_are_recognised, 0, LIMITERS * LIMITERS);
    tcase_add_loop_test(tcase, branches_are_merged, 0, 6);
    tcase_add_loop_test(tcase, a_branch_is_a_map, 0, 2);
    tcase_add_loop_test(tcase, unbound_branches_stay, 0, 5);
    tcase_add_loop_test(tcase, se_is_recognised, 0, SPELLINGS);
    tcase_add_loop_test(tcase, unbound_se_is_recognised, 0, 16);
    tcase_add_loop_test(tcase, near_misses_are_declined, 0, NEAR_MISSES);
    tcase_add_loop_test(tcase, se_is_lowered, 0, 4);
    tcase_add_loop_test(tcase, the_order_in_the_file_is_no_matter, 0, SHUFFLES);
    tcase_add_loop_test(tcase, the_squeeze_is_hoisted, 0, 4);
    tcase_add_test(tcase, a_strided_squeeze_is_hoisted);
    tcase_add_loop_test(tcase, squeezes_that_stay, 0, 3);
    tcase_add_exit_test(tcase, broken_graphs_end_the_compiler, 70);
    Suite *suite = suite_create("pass");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
