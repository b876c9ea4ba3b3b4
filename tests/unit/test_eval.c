/* test_eval.c - the interpreter: each operation against numbers worked out by hand or by a second, slower formula. */
#include "build.h"

#include "../../compiler/eval/eval.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The graph's first output for inputs made from their names. */
static const struct tensor *run(struct graph *graph) {
    const struct tensor *inputs[4], *outputs[4];
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *node = graph->inputs.items[i];
        inputs[i] = make_tensor(graph->arena, node->shape, node->as.input.name);
    }
    ck_assert_ptr_null(graph_verify(graph));
    eval_graph(graph->arena, graph, inputs, outputs);
    ck_assert(shape_equal(outputs[0]->shape, graph->outputs.items[0].node->shape));
    return outputs[0];
}

static void check_close(double found, double wanted) {
    ck_assert_msg(fabs(found - wanted) <= 1e-6 * fmax(1, fabs(wanted)), "found %.9g, not %.9g", found, wanted);
}

/* One node of `op` on a constant x of the given numbers. */
static const float *run_one(struct graph *graph, enum op op, struct node like, struct shape shape, const float *x) {
    struct node *input = graph_add_constant(graph, make_values(graph->arena, shape, x), NULL);
    struct node *node = make_raw(graph, op, &like, 1, input);
    ck_assert_ptr_null(check_infer(graph, node));
    return eval_node(graph->arena, node, &input->as.param.tensor)->values;
}

static void check_floats(const float *found, const float *wanted, int count) {
    for (int i = 0; i < count; i++) check_close(found[i], wanted[i]);
}
#define CHECK_FLOATS(found, ...)                                                                                     \
    check_floats(found, (const float[]){__VA_ARGS__}, (int)(sizeof(float[]){__VA_ARGS__} / sizeof(float)))

/* --- convolutions: by the definition, one result at a time, with bounds asked for each tap */

static float at(const struct tensor *map, int64_t c, int64_t y, int64_t x) {
    const int64_t *d = map->shape.dims;
    return y < 0 || x < 0 || y >= d[1] || x >= d[2] ? 0 : map->values[(c * d[1] + y) * d[2] + x];
}

static double conv_at(const struct node *node, const struct tensor *x, int64_t o, int64_t y, int64_t column) {
    const struct window *w = &node->as.conv.window;
    const struct tensor *weight = node->inputs[1]->as.param.tensor;
    const int64_t *d = weight->shape.dims;
    double sum = node->input_count > 2 ? node->inputs[2]->as.param.tensor->values[o] : 0;
    int64_t group = o / (d[0] / node->as.conv.groups);
    for (int64_t i = 0; i < d[1]; i++)
        for (int64_t ky = 0; ky < d[2]; ky++)
            for (int64_t kx = 0; kx < d[3]; kx++)
                sum += (double)weight->values[((o * d[1] + i) * d[2] + ky) * d[3] + kx] *
                       at(x, group * d[1] + i, y * w->stride[0] - w->pad[EDGE_TOP] + ky * w->dilation[0],
                          column * w->stride[1] - w->pad[EDGE_LEFT] + kx * w->dilation[1]);
    return sum;
}

static double conv_transpose_at(const struct node *node, const struct tensor *x, int64_t o, int64_t y,
                                int64_t column) {
    const struct window *w = &node->as.conv.window;
    const struct tensor *weight = node->inputs[1]->as.param.tensor;
    const int64_t *d = weight->shape.dims;
    double sum = node->input_count > 2 ? node->inputs[2]->as.param.tensor->values[o] : 0;
    int64_t each = d[0] / node->as.conv.groups, first = o / d[1] * each;
    for (int64_t i = first; i < first + each; i++)
        for (int64_t ky = 0; ky < d[2]; ky++)
            for (int64_t kx = 0; kx < d[3]; kx++) {
                int64_t from_y = y + w->pad[EDGE_TOP] - ky * w->dilation[0];
                int64_t from_x = column + w->pad[EDGE_LEFT] - kx * w->dilation[1];
                if (from_y % w->stride[0] || from_x % w->stride[1]) continue;
                sum += (double)weight->values[((i * d[1] + o % d[1]) * d[2] + ky) * d[3] + kx] *
                       at(x, i, from_y / w->stride[0], from_x / w->stride[1]);
            }
    return sum;
}

static void check_conv(struct graph *graph, struct node *node) {
    make_output(graph, "y", node);
    const struct tensor *y = run(graph), *x = make_tensor(graph->arena, node->inputs[0]->shape, "x");
    const int64_t *d = y->shape.dims;
    for (int64_t o = 0; o < d[0]; o++)
        for (int64_t i = 0; i < d[1]; i++)
            for (int64_t j = 0; j < d[2]; j++)
                check_close(at(y, o, i, j),
                            node->op == OP_CONV ? conv_at(node, x, o, i, j) : conv_transpose_at(node, x, o, i, j));
    graph_destroy(graph);
}

static const struct window windows[] = {
    {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}}, {{3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
    {{3, 5}, {2, 1}, {1, 1}, {0, 3, 2, 1}}, {{2, 3}, {3, 2}, {2, 3}, {1, 0, 4, 6}},
    {{7, 7}, {2, 2}, {1, 1}, {3, 3, 3, 3}}, {{1, 2}, {4, 5}, {1, 4}, {0, 2, 0, 0}},
    {{3, 3}, {1, 1}, {1, 1}, {9, 9, 9, 9}},
};
enum { WINDOW_COUNT = sizeof windows / sizeof *windows };

START_TEST(conv_by_definition) {
    int64_t groups = _i / WINDOW_COUNT ? 3 : 1;
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 9, 11));
    check_conv(graph, make_conv_window(graph, x, "conv", 12, _i % 2, windows[_i % WINDOW_COUNT], groups));
}
END_TEST

START_TEST(depthwise_by_definition) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(5, 8, 7));
    check_conv(graph, make_conv_window(graph, x, "conv", 10, true, windows[_i], 5));
}
END_TEST

START_TEST(conv_transpose_by_definition) {
    int64_t groups = _i / WINDOW_COUNT ? 2 : 1;
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(4, 5, 6));
    struct window window = windows[_i % WINDOW_COUNT];
    if (window.pad[EDGE_TOP] == 9)
        window.pad[EDGE_TOP] = window.pad[EDGE_BOTTOM] = 3, window.pad[EDGE_RIGHT] = 0, window.pad[EDGE_LEFT] = 4;
    struct node like = {.as.conv = {.window = window, .groups = groups, .output_pad = {window.stride[0] - 1, 0}}};
    struct node *weight =
        make_param(graph, "up.weight", PARAM_WEIGHT, SHAPE4(4, 6 / groups, window.kernel[0], window.kernel[1]));
    struct node *bias = make_param(graph, "up.bias", PARAM_BIAS, SHAPE1(6));
    struct node *node = make_raw(graph, OP_CONV_TRANSPOSE, &like, 2 + _i % 2, x, weight, bias);
    ck_assert_ptr_null(check_infer(graph, node));
    check_conv(graph, node);
}
END_TEST

START_TEST(conv_by_hand) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(1, 3, 3));
    struct node *conv = make_conv(graph, x, "conv", 1, 3, 1, true);
    static const float picture[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, kernel[9] = {0, 1, 0, 1, -4, 1, 0, 1, 0},
                       bias = 0.5f;
    const struct tensor *inputs[3] = {make_values(graph->arena, x->shape, picture),
                                      make_values(graph->arena, conv->inputs[1]->shape, kernel),
                                      make_values(graph->arena, SHAPE1(1), &bias)};
    CHECK_FLOATS(eval_node(graph->arena, conv, inputs)->values, 2.5f, 1.5f, -3.5f, -2.5f, 0.5f, -6.5f, -15.5f, -10.5f,
                 -21.5f);
    graph_destroy(graph);
}
END_TEST

START_TEST(linear_by_hand) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(3, 1, 1));
    struct node *linear = make_linear(graph, x, "fc", 2, true);
    static const float v[3] = {1, 2, 3}, w[6] = {1, 10, 100, -1, 0, 0.5f}, b[2] = {0.25f, -2};
    const struct tensor *inputs[3] = {make_values(graph->arena, x->shape, v),
                                      make_values(graph->arena, SHAPE2(2, 3), w),
                                      make_values(graph->arena, SHAPE1(2), b)};
    CHECK_FLOATS(eval_node(graph->arena, linear, inputs)->values, 321.25f, -1.5f);
    graph_destroy(graph);
}
END_TEST

/* --- elementwise */

static double act(enum activation_kind kind, double alpha, double beta, double x) {
    return eval_activation((struct activation){kind, alpha, beta}, x);
}

START_TEST(activations) {
    ck_assert(act(ACTIVATION_RELU, 0, 0, -2) == 0 && act(ACTIVATION_RELU, 0, 0, 3) == 3);
    ck_assert(act(ACTIVATION_RELU6, 0, 0, 7) == 6 && act(ACTIVATION_RELU6, 0, 0, -1) == 0);
    ck_assert(act(ACTIVATION_RELU6, 0, 0, 5) == 5);
    ck_assert(act(ACTIVATION_LEAKY_RELU, 0.25, 0, -2) == -0.5 && act(ACTIVATION_LEAKY_RELU, 0.25, 0, 2) == 2);
    check_close(act(ACTIVATION_SIGMOID, 0, 0, 1), 0.731058579);
    ck_assert(act(ACTIVATION_SIGMOID, 0, 0, -1e9) == 0 && act(ACTIVATION_SIGMOID, 0, 0, 1e9) == 1);
    check_close(act(ACTIVATION_HARD_SIGMOID, 0.2, 0.4, 1), 0.6);
    ck_assert(act(ACTIVATION_HARD_SIGMOID, 0.2, 0.4, 9) == 1 && act(ACTIVATION_HARD_SIGMOID, 0.2, 0.4, -9) == 0);
    check_close(act(ACTIVATION_TANH, 0, 0, 0.5), 0.462117157);
    check_close(act(ACTIVATION_SILU, 0, 0, -1), -0.268941421);
    check_close(act(ACTIVATION_HARD_SWISH, 0, 0, 1), 2.0 / 3);
    ck_assert(act(ACTIVATION_HARD_SWISH, 0, 0, -4) == 0 && act(ACTIVATION_HARD_SWISH, 0, 0, 4) == 4);
    check_close(act(ACTIVATION_GELU, 0, 0, 1), 0.841344746);
    check_close(act(ACTIVATION_ELU, 2, 0, -1), -1.264241118);
    ck_assert(act(ACTIVATION_ELU, 2, 0, 3) == 3);
    ck_assert(act(ACTIVATION_CLIP, -0.5, 2, -1) == -0.5 && act(ACTIVATION_CLIP, -0.5, 2, 3) == 2);
    ck_assert(act(ACTIVATION_CLIP, -0.5, 2, 1) == 1);
}
END_TEST

START_TEST(min_max_pow) {
    struct graph *graph = graph_create("g");
    static const float x[3] = {-2, 3, NAN}, y[3] = {2, 0.5f, 1};
    struct node *inputs[2] = {graph_add_constant(graph, make_values(graph->arena, SHAPE1(3), x), NULL),
                              graph_add_constant(graph, make_values(graph->arena, SHAPE1(3), y), NULL)};
    const struct tensor *tensors[2] = {inputs[0]->as.param.tensor, inputs[1]->as.param.tensor};
    static const float wanted[3][2] = {{-2, 0.5f}, {2, 3}, {4, 1.7320508f}};
    for (int i = 0; i < 3; i++) {
        struct node *node = make_op(graph, (enum op)(OP_MIN + i), 2, inputs[0], inputs[1]);
        const float *found = eval_node(graph->arena, node, tensors)->values;
        check_floats(found, wanted[i], 2);
        ck_assert(isnan(found[2]));
    }
    graph_destroy(graph);
}
END_TEST

START_TEST(more_activations) {
    check_close(act(ACTIVATION_EXP, 0, 0, 1), 2.718281828);
    check_close(act(ACTIVATION_LOG, 0, 0, 10), 2.302585093);
    ck_assert(act(ACTIVATION_SQRT, 0, 0, 9) == 3 && act(ACTIVATION_ABS, 0, 0, -3) == 3 && act(ACTIVATION_NEG, 0, 0, 3) == -3);
    check_close(act(ACTIVATION_ERF, 0, 0, 0.5), 0.520499878);
    ck_assert(act(ACTIVATION_SIGN, 0, 0, -7) == -1 && act(ACTIVATION_SIGN, 0, 0, 7) == 1 && act(ACTIVATION_SIGN, 0, 0, 0) == 0);
    ck_assert(act(ACTIVATION_RECIPROCAL, 0, 0, -4) == -0.25 && act(ACTIVATION_FLOOR, 0, 0, -1.5) == -2);
    ck_assert(act(ACTIVATION_CEIL, 0, 0, -1.5) == -1 && act(ACTIVATION_CEIL, 0, 0, 1.25) == 2);
    ck_assert(act(ACTIVATION_ROUND, 0, 0, 2.5) == 2 && act(ACTIVATION_ROUND, 0, 0, 3.5) == 4 && act(ACTIVATION_ROUND, 0, 0, -0.75) == -1);
    check_close(act(ACTIVATION_SOFTPLUS, 0, 0, 1), 1.313261688);
    ck_assert(act(ACTIVATION_SOFTPLUS, 0, 0, 2000) == 2000 && act(ACTIVATION_SOFTPLUS, 0, 0, -2000) == 0);
    check_close(act(ACTIVATION_SOFTSIGN, 0, 0, -3), -0.75);
    check_close(act(ACTIVATION_MISH, 0, 0, 1), 0.865098388);
    check_close(act(ACTIVATION_SELU, 1.6732632423543772, 1.0507009873554805, -1), -1.111330738);
    check_close(act(ACTIVATION_CELU, 2, 0, -1), -0.786938681);
    ck_assert(act(ACTIVATION_CELU, 2, 0, 3) == 3 && act(ACTIVATION_SELU, 1, 2, 3) == 6);
    ck_assert(act(ACTIVATION_THRESHOLDED_RELU, 1.5, 0, 1.5) == 0 && act(ACTIVATION_THRESHOLDED_RELU, 1.5, 0, 2) == 2);
    ck_assert(act(ACTIVATION_SHRINK, 1, 0.5, 3) == 2.5 && act(ACTIVATION_SHRINK, 1, 0.5, -3) == -2.5);
    ck_assert(act(ACTIVATION_SHRINK, 1, 0.5, 1) == 0);
}
END_TEST

START_TEST(not_a_number_stays) {
    static const double arguments[][2] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) {alpha_default, beta_default},
#include "../../compiler/graph/activation.def"
#undef ACTIVATION
    };
    for (int kind = 0; kind < ACTIVATION_COUNT; kind++)
        ck_assert(isnan(act((enum activation_kind)kind, arguments[kind][0], arguments[kind][1], NAN)));
    struct graph *graph = graph_create("g");
    struct node like = {.as.pool = {.window = make_window(2, 2, 0), .count_include_pad = true}};
    static const float x[8] = {1, 2, NAN, 5, 3, 4, 9, 7};
    const float *y = run_one(graph, OP_MAX_POOL, like, SHAPE3(1, 2, 4), x);
    ck_assert(y[0] == 4 && isnan(y[1]));
    ck_assert(isnan(run_one(graph, OP_GLOBAL_MAX_POOL, like, SHAPE3(1, 2, 4), x)[0]));
    ck_assert(isnan(run_one(graph, OP_AVG_POOL, like, SHAPE3(1, 2, 4), x)[1]));
    graph_destroy(graph);
}
END_TEST

START_TEST(batch_norm_by_hand) {
    struct graph *graph = graph_create("g");
    struct node *node = make_batch_norm(graph, make_input(graph, "x", SHAPE3(2, 1, 2)), "bn");
    node->as.batch_norm.epsilon = 0.25;
    static const float x[4] = {1, 2, 3, 4}, weight[2] = {2, 3}, bias[2] = {10, 20}, mean[2] = {1, 5},
                       var[2] = {0.75f, 3.75f};
    const struct tensor *inputs[5] = {
        make_values(graph->arena, SHAPE3(2, 1, 2), x), make_values(graph->arena, SHAPE1(2), weight),
        make_values(graph->arena, SHAPE1(2), bias), make_values(graph->arena, SHAPE1(2), mean),
        make_values(graph->arena, SHAPE1(2), var)};
    CHECK_FLOATS(eval_node(graph->arena, node, inputs)->values, 10, 12, 17, 18.5f);
    graph_destroy(graph);
}
END_TEST

START_TEST(prelu_by_hand) {
    struct graph *graph = graph_create("g");
    static const float x[4] = {-1, 2, -3, 4}, each[2] = {0.5f, 0.25f}, shared = 0.125f;
    struct node *input = make_input(graph, "x", SHAPE3(2, 1, 2));
    struct node *slope = make_param(graph, "s", PARAM_SLOPE, SHAPE1(2)),
                *one = make_param(graph, "t", PARAM_SLOPE, SHAPE1(1));
    const struct tensor *inputs[2] = {make_values(graph->arena, input->shape, x),
                                      make_values(graph->arena, SHAPE1(2), each)};
    CHECK_FLOATS(eval_node(graph->arena, make_op(graph, OP_PRELU, 2, input, slope), inputs)->values, -0.5f, 2, -0.75f,
                 4);
    inputs[1] = make_values(graph->arena, SHAPE1(1), &shared);
    CHECK_FLOATS(eval_node(graph->arena, make_op(graph, OP_PRELU, 2, input, one), inputs)->values, -0.125f, 2,
                 -0.375f, 4);
    graph_destroy(graph);
}
END_TEST

START_TEST(softmax_by_hand) {
    struct graph *graph = graph_create("g");
    static const float x[6] = {0,    1000, 1,
                               1000, 2,    1000}; /* channels 0 1 2 at the first position, 1000s at the second */
    const float *y = run_one(graph, OP_SOFTMAX, (struct node){0}, SHAPE3(3, 1, 2), x);
    CHECK_FLOATS(y, 0.0900305732f, 1 / 3.0f, 0.244728471f, 1 / 3.0f, 0.665240956f, 1 / 3.0f);
    y = run_one(graph, OP_LOG_SOFTMAX, (struct node){0}, SHAPE3(3, 1, 2), x);
    CHECK_FLOATS(y, -2.40760596f, -1.09861229f, -1.40760596f, -1.09861229f, -0.407605964f, -1.09861229f);
    static const float far[2] = {-1000, 1000};
    y = run_one(graph, OP_LOG_SOFTMAX, (struct node){0}, SHAPE1(2), far);
    CHECK_FLOATS(y, -2000, 0);
    graph_destroy(graph);
}
END_TEST

/* --- broadcasting */

static double operand(enum op op, double a, double b) {
    return op == OP_ADD ? a + b : op == OP_SUB ? a - b : op == OP_MUL ? a * b : a / b;
}

static const float *run_binary(struct graph *graph, enum op op, struct node *a, struct node *b) {
    const struct tensor *inputs[2] = {make_tensor(graph->arena, a->shape, "a"),
                                      make_tensor(graph->arena, b->shape, "b")};
    return eval_node(graph->arena, make_op(graph, op, 2, a, b), inputs)->values;
}

START_TEST(binary_operations_broadcast) {
    enum op op = (enum op)(OP_ADD + _i);
    struct graph *graph = graph_create("g");
    struct node *map = make_input(graph, "a", SHAPE3(3, 4, 5)), *vector = make_input(graph, "b", SHAPE1(3));
    struct node *row = make_input(graph, "c", SHAPE3(1, 1, 5)), *column = make_input(graph, "d", SHAPE3(3, 4, 1));
    struct node *number = make_input(graph, "e", SHAPE0());
    const float *a = make_tensor(graph->arena, map->shape, "a")->values;
    const float *b = make_tensor(graph->arena, vector->shape, "b")->values;
    const float *c = make_tensor(graph->arena, row->shape, "b")->values;
    const float *d = make_tensor(graph->arena, column->shape, "a")->values;
    const float *mv = run_binary(graph, op, map, vector), *mr = run_binary(graph, op, map, row);
    const float *cr = run_binary(graph, op, column, row), *mn = run_binary(graph, op, map, number);
    const float *va = make_tensor(graph->arena, vector->shape, "a")->values;
    const float *vm = run_binary(graph, op, vector, map), *mb = make_tensor(graph->arena, map->shape, "b")->values;
    for (int i = 0; i < 60; i++) {
        int channel = i / 20, x = i % 5, y = i / 5;
        check_close(mv[i], operand(op, a[i], b[channel]));
        check_close(vm[i], operand(op, va[channel], mb[i]));
        check_close(mr[i], operand(op, a[i], c[x]));
        check_close(cr[i], operand(op, d[y], c[x]));
        check_close(mn[i], operand(op, a[i], b[0])); /* a tensor "b" begins with the same number in any shape */
    }
    graph_destroy(graph);
}
END_TEST

/* --- pools */

START_TEST(pools_by_hand) {
    struct graph *graph = graph_create("g");
    static const float x[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct node like = {.as.pool = {.window = make_window(2, 2, 1), .count_include_pad = true}};
    CHECK_FLOATS(run_one(graph, OP_MAX_POOL, like, SHAPE3(1, 3, 3), x), 1, 3, 7, 9);
    CHECK_FLOATS(run_one(graph, OP_AVG_POOL, like, SHAPE3(1, 3, 3), x), 0.25f, 1.25f, 2.75f, 7);
    like.as.pool.count_include_pad = false;
    CHECK_FLOATS(run_one(graph, OP_AVG_POOL, like, SHAPE3(1, 3, 3), x), 1, 2.5f, 5.5f, 7);
    CHECK_FLOATS(run_one(graph, OP_GLOBAL_AVG_POOL, like, SHAPE3(1, 3, 3), x), 5);
    CHECK_FLOATS(run_one(graph, OP_GLOBAL_MAX_POOL, like, SHAPE3(1, 3, 3), x), 9);
    static const float negative[4] = {-4, -3, -2, -1};
    like.as.pool.window = make_window(3, 1, 1);
    CHECK_FLOATS(run_one(graph, OP_MAX_POOL, like, SHAPE3(1, 2, 2), negative), -1, -1, -1, -1);
    like.as.pool.window = (struct window){{2, 1}, {1, 1}, {2, 1}, {1, 0, 0, 0}};
    CHECK_FLOATS(run_one(graph, OP_MAX_POOL, like, SHAPE3(1, 3, 3), x), 4, 5, 6, 7, 8, 9);
    graph_destroy(graph);
}
END_TEST

/* torch.nn.functional.avg_pool2d(x, 2, 2, 0 or 1, ceil_mode=True): what lies beyond the padded input is never
 * counted. */
START_TEST(pools_in_ceil_mode) {
    struct graph *graph = graph_create("g");
    static const float x[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct node like = {.as.pool = {.window = make_window(2, 2, 0), .count_include_pad = true, .ceil_mode = true}};
    CHECK_FLOATS(run_one(graph, OP_AVG_POOL, like, SHAPE3(1, 3, 3), x), 3, 4.5f, 7.5f, 9);
    CHECK_FLOATS(run_one(graph, OP_MAX_POOL, like, SHAPE3(1, 3, 3), x), 5, 6, 8, 9);
    like.as.pool.window = make_window(3, 2, 1);
    CHECK_FLOATS(run_one(graph, OP_AVG_POOL, like, SHAPE3(1, 2, 2), x), 10 / 9.0f, 4 / 6.0f + 2 / 6.0f, 7 / 6.0f, 1);
    graph_destroy(graph);
}
END_TEST

/* --- squeeze and excitation: the block written out in the other operations */

static struct node *write_out_se(struct graph *graph, const struct node *se, struct node *x) {
    bool bias = se->input_count == 5;
    struct node *s = make_op(graph, se->as.se.squeeze == SQUEEZE_MAX ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVG_POOL, 1, x);
    for (int i = 0; i < 2; i++) {
        struct node *weight = se->inputs[1 + i * (bias ? 2 : 1)];
        s = bias ? make_op(graph, OP_LINEAR, 3, s, weight, se->inputs[2 + 2 * i])
                 : make_op(graph, OP_LINEAR, 2, s, weight);
        struct node like = {.as.activation = i ? se->as.se.gate : se->as.se.inner};
        s = make_raw(graph, OP_ACTIVATION, &like, 1, s);
        ck_assert_ptr_null(check_infer(graph, s));
    }
    return make_op(graph, OP_MUL, 2, x, s);
}

START_TEST(se_is_what_it_is_made_of) {
    static const enum activation_kind gates[] = {ACTIVATION_SIGMOID, ACTIVATION_TANH, ACTIVATION_RELU};
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(10, 3, 7));
    struct node *se = make_se(graph, x, "se", 4, _i % 2);
    se->as.se.squeeze = _i / 2 % 2 ? SQUEEZE_MAX : SQUEEZE_AVG;
    se->as.se.gate.kind = gates[_i / 4];
    make_output(graph, "y", se);
    const float *whole = run(graph)->values;
    graph->outputs.items[0].node = write_out_se(graph, se, x);
    const float *parts = run(graph)->values;
    for (int i = 0; i < 210; i++) check_close(whole[i], parts[i]);
    graph_destroy(graph);
}
END_TEST

START_TEST(excite_is_the_gate_of_se) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(6, 2, 5)), *se = make_se(graph, x, "se", 3, _i);
    struct node *z = make_op(graph, OP_GLOBAL_AVG_POOL, 1, x), *gate;
    struct node *const *w = se->inputs;
    gate = _i ? make_op(graph, OP_EXCITE, 5, z, w[1], w[2], w[3], w[4]) : make_op(graph, OP_EXCITE, 3, z, w[1], w[2]);
    gate->as.se = se->as.se;
    make_output(graph, "y", se);
    const float *whole = run(graph)->values;
    graph->outputs.items[0].node = make_op(graph, OP_MUL, 2, x, gate);
    const float *parts = run(graph)->values;
    for (int i = 0; i < 60; i++) check_close(whole[i], parts[i]);
    graph_destroy(graph);
}
END_TEST

START_TEST(wary_excite_by_hand) {
    struct graph *graph = graph_create("g");
    struct node *z = make_input(graph, "z", SHAPE3(3, 1, 1)), *se = make_se(graph, z, "se", 1, false);
    struct node *gate = make_op(graph, OP_EXCITE, 3, z, se->inputs[1], se->inputs[2]);
    gate->as.se = se->as.se;
    gate->as.se.is_wary = _i;
    static const float numbers[3] = {-INFINITY, 1, -INFINITY}, fc1[3] = {-1, 1, -1}, fc2[3] = {-1, -1, 1};
    const struct tensor *inputs[3] = {make_values(graph->arena, SHAPE3(3, 1, 1), numbers),
                                      make_values(graph->arena, SHAPE2(1, 3), fc1), make_values(graph->arena, SHAPE2(3, 1), fc2)};
    /* the hidden unit is inf; gates of -inf, -inf, inf */
    const float *gates = eval_node(graph->arena, gate, inputs)->values;
    ck_assert(_i ? isnan(gates[0]) : gates[0] == 0);
    ck_assert(gates[1] == 0 && gates[2] == 1);
    graph_destroy(graph);
}
END_TEST

START_TEST(se_by_hand) {
    struct graph *graph = graph_create("g");
    struct node *se = make_se(graph, make_input(graph, "x", SHAPE3(2, 1, 2)), "se", 1, true);
    se->as.se.gate = (struct activation){ACTIVATION_HARD_SIGMOID, 0.25, 0.5};
    static const float x[4] = {1, 3, 4, 8}, fc1[2] = {1, 0.5f}, b1 = -1, fc2[2] = {0.25f, -0.25f}, b2[2] = {0, 1};
    const struct tensor *inputs[5] = {
        make_values(graph->arena, SHAPE3(2, 1, 2), x), make_values(graph->arena, SHAPE2(1, 2), fc1),
        make_values(graph->arena, SHAPE1(1), &b1), make_values(graph->arena, SHAPE2(2, 1), fc2),
        make_values(graph->arena, SHAPE1(2), b2)};
    /* squeeze 2, 6; hidden relu(2 + 3 - 1) = 4; fc2 1, 0; gate 0.75, 0.5 */
    CHECK_FLOATS(eval_node(graph->arena, se, inputs)->values, 0.75f, 2.25f, 2, 4);
    graph_destroy(graph);
}
END_TEST

/* --- moves */

START_TEST(concat_by_hand) {
    struct graph *graph = graph_create("g");
    static const float a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
    struct node *x = make_input(graph, "x", SHAPE3(1, 2, 2)), *y = make_input(graph, "y", SHAPE3(1, 2, 2));
    const struct tensor *inputs[2] = {make_values(graph->arena, x->shape, a), make_values(graph->arena, x->shape, b)};
    static const float wanted[3][8] = {{1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 3, 4, 5, 6, 7, 8}, {1, 2, 5, 6, 3, 4, 7, 8}};
    struct node like = {.as.concat.axis = _i};
    struct node *node = make_raw(graph, OP_CONCAT, &like, 2, x, y);
    ck_assert_ptr_null(check_infer(graph, node));
    check_floats(eval_node(graph->arena, node, inputs)->values, wanted[_i], 8);
    graph_destroy(graph);
}
END_TEST

START_TEST(slice_and_concat_undo_each_other) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE3(5, 6, 7)), *parts[2];
    for (int i = 0; i < 2; i++) {
        struct node like = {.shape = x->shape};
        like.as.slice.begin[_i] = i ? 2 : 0;
        like.shape.dims[_i] = i ? x->shape.dims[_i] - 2 : 2;
        parts[i] = make_raw(graph, OP_SLICE, &like, 1, x);
        ck_assert_ptr_null(check_infer(graph, parts[i]));
    }
    struct node like = {.as.concat.axis = _i};
    struct node *joined = make_raw(graph, OP_CONCAT, &like, 2, parts[0], parts[1]);
    ck_assert_ptr_null(check_infer(graph, joined));
    make_output(graph, "y", joined);
    const float *y = run(graph)->values;
    ck_assert_mem_eq(y, make_tensor(graph->arena, x->shape, "x")->values, 210 * sizeof *y);
    graph_destroy(graph);
}
END_TEST

START_TEST(moves_by_hand) {
    struct graph *graph = graph_create("g");
    static const float x[6] = {1, 2, 3, 4, 5, 6};
    struct node like = {.shape = SHAPE3(1, 1, 2), .as.slice.begin = {0, 1, 1}};
    CHECK_FLOATS(run_one(graph, OP_SLICE, like, SHAPE3(1, 2, 3), x), 5, 6);
    like = (struct node){.shape = SHAPE1(6)};
    CHECK_FLOATS(run_one(graph, OP_RESHAPE, like, SHAPE3(1, 2, 3), x), 1, 2, 3, 4, 5, 6);
    like = (struct node){.as.shuffle.groups = 2};
    CHECK_FLOATS(run_one(graph, OP_CHANNEL_SHUFFLE, like, SHAPE3(6, 1, 1), x), 1, 4, 2, 5, 3, 6);
    like = (struct node){.as.pad = {.pad = {1, 2, 0, 1}, .value = -1}};
    CHECK_FLOATS(run_one(graph, OP_PAD, like, SHAPE3(1, 1, 2), x), -1, -1, -1, -1, -1, -1, -1, 1, 2, -1);
    like = (struct node){.as.upsample = {.scale = {2, 1}, .mode = UPSAMPLE_NEAREST}};
    CHECK_FLOATS(run_one(graph, OP_UPSAMPLE, like, SHAPE3(1, 2, 2), x), 1, 2, 1, 2, 3, 4, 3, 4);
    like = (struct node){.as.upsample = {.scale = {1, 2}, .mode = UPSAMPLE_BILINEAR}};
    CHECK_FLOATS(run_one(graph, OP_UPSAMPLE, like, SHAPE3(1, 1, 3), x), 1, 1.25f, 1.75f, 2.25f, 2.75f, 3);
    like = (struct node){.as.upsample = {.scale = {3, 3}, .mode = UPSAMPLE_BILINEAR}};
    CHECK_FLOATS(run_one(graph, OP_UPSAMPLE, like, SHAPE3(1, 1, 1), x), 1, 1, 1, 1, 1, 1, 1, 1, 1);
    graph_destroy(graph);
}
END_TEST

static const float sixes[6] = {1, 2, 3, 4, 5, 6};

START_TEST(rearrange_by_hand) {
    struct graph *graph = graph_create("g");
    struct node like = {.shape = {.rank = 2, .dims = {3, 2}}, .as.rearrange = {2, {2, 3}, {1, 0}}};
    CHECK_FLOATS(run_one(graph, OP_REARRANGE, like, (struct shape){.rank = 2, .dims = {2, 3}}, sixes), 1, 4, 2, 5, 3, 6);
    static const float x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    like = (struct node){.shape = SHAPE3(1, 2, 4), .as.rearrange = {5, {1, 2, 2, 1, 2}, {0, 3, 1, 4, 2}}};
    CHECK_FLOATS(run_one(graph, OP_REARRANGE, like, SHAPE3(4, 1, 2), x), 1, 3, 2, 4, 5, 7, 6, 8);
    graph_destroy(graph);
}
END_TEST

START_TEST(take_and_resample_by_hand) {
    struct graph *graph = graph_create("g");
    static const int64_t some[4] = {2, -1, 0, 0}, pairs[4] = {0, 1, 1, 0};
    static const float weights[4] = {0.25f, 0.75f, 1, 0}, infinite[2] = {INFINITY, 4};
    struct node like = {.as.take = {.axis = 2, .count = 4, .indices = some, .fill = 9}};
    CHECK_FLOATS(run_one(graph, OP_TAKE, like, SHAPE3(1, 2, 3), sixes), 3, 9, 1, 1, 6, 9, 4, 4);
    like.as.take.axis = 0;
    CHECK_FLOATS(run_one(graph, OP_TAKE, like, SHAPE3(3, 1, 2), sixes), 5, 6, 9, 9, 1, 2, 1, 2);
    like = (struct node){.as.resample = {.axis = 1, .count = 2, .taps = 2, .indices = pairs, .weights = weights}};
    CHECK_FLOATS(run_one(graph, OP_RESAMPLE, like, SHAPE3(1, 2, 3), sixes), 3.25f, 4.25f, 5.25f, 4, 5, 6);
    const float *y = run_one(graph, OP_RESAMPLE, like, SHAPE3(1, 2, 1), infinite);
    ck_assert(isinf(y[0]) && y[1] == 4);
    graph_destroy(graph);
}
END_TEST

START_TEST(reductions_by_hand) {
    struct graph *graph = graph_create("g");
    struct node like = {.as.reduce = {REDUCE_SUM, 1}};
    CHECK_FLOATS(run_one(graph, OP_REDUCE, like, SHAPE3(3, 1, 2), sixes), 9, 12);
    like.as.reduce.axes = 4;
    CHECK_FLOATS(run_one(graph, OP_REDUCE, like, SHAPE3(3, 1, 2), sixes), 3, 7, 11);
    static const float by_kind[][2] = {{2, 5}, {6, 15}, {3, 6}, {1, 4}, {6, 120}};
    like.as.reduce.axes = 5;
    for (int kind = REDUCE_MEAN; kind <= REDUCE_PROD; kind++) {
        like.as.reduce.kind = (enum reduce_kind)kind;
        check_floats(run_one(graph, OP_REDUCE, like, SHAPE3(1, 2, 3), sixes), by_kind[kind], 2);
    }
    static const float x[6] = {1, 3, 3, NAN, 2, NAN};
    for (int kind = REDUCE_MEAN; kind <= REDUCE_PROD; kind++) {
        like.as.reduce.kind = (enum reduce_kind)kind;
        const float *y = run_one(graph, OP_REDUCE, like, SHAPE3(1, 2, 3), x);
        ck_assert(!isnan(y[0]) && isnan(y[1]));
    }
    like = (struct node){.as.argmax = {.axis = 2}};
    CHECK_FLOATS(run_one(graph, OP_ARGMAX, like, SHAPE3(1, 2, 3), x), 1, 0);
    like.as.argmax.last = true;
    CHECK_FLOATS(run_one(graph, OP_ARGMAX, like, SHAPE3(1, 2, 3), x), 2, 2);
    like.as.argmax.is_min = true;
    CHECK_FLOATS(run_one(graph, OP_ARGMAX, like, SHAPE3(1, 2, 3), x), 0, 2);
    graph_destroy(graph);
}
END_TEST

/* --- whole graphs */

START_TEST(graphs_have_many_outputs) {
    struct graph *graph = graph_create("g");
    struct node *x = make_input(graph, "x", SHAPE1(3)), *two = make_number(graph, 2);
    struct node *twice = make_op(graph, OP_MUL, 2, x, two);
    make_output(graph, "same", x);
    make_output(graph, "constant", two);
    make_output(graph, "twice", twice);
    make_output(graph, "again", twice);
    make_output(graph, "square", make_op(graph, OP_MUL, 2, twice, twice));
    make_activation(graph, twice, ACTIVATION_RELU); /* needed by nothing */
    const struct tensor *input = make_tensor(graph->arena, SHAPE1(3), "x"), *outputs[5];
    eval_graph(graph->arena, graph, &input, outputs);
    for (int i = 0; i < 3; i++) {
        float v = input->values[i];
        ck_assert(outputs[0]->values[i] == v && outputs[2]->values[i] == 2 * v && outputs[3]->values[i] == 2 * v);
        check_close(outputs[4]->values[i], 4 * v * v);
    }
    ck_assert(outputs[1]->values[0] == 2);
    graph_destroy(graph);
}
END_TEST

int main(void) {
    TCase *tcase = tcase_create("eval");
    tcase_add_loop_test(tcase, conv_by_definition, 0, 2 * WINDOW_COUNT);
    tcase_add_loop_test(tcase, depthwise_by_definition, 0, WINDOW_COUNT);
    tcase_add_loop_test(tcase, conv_transpose_by_definition, 0, 2 * WINDOW_COUNT);
    const TTest *const single[] = {conv_by_hand,       linear_by_hand, activations,     not_a_number_stays,
                                   batch_norm_by_hand, prelu_by_hand,  softmax_by_hand, pools_by_hand,
                                   pools_in_ceil_mode, se_by_hand,     moves_by_hand,   graphs_have_many_outputs,
                                   more_activations,   min_max_pow,    rearrange_by_hand,
                                   reductions_by_hand, take_and_resample_by_hand};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) tcase_add_test(tcase, single[i]);
    tcase_add_loop_test(tcase, binary_operations_broadcast, 0, 4);
    tcase_add_loop_test(tcase, se_is_what_it_is_made_of, 0, 12);
    tcase_add_loop_test(tcase, excite_is_the_gate_of_se, 0, 2);
    tcase_add_loop_test(tcase, wary_excite_by_hand, 0, 2);
    tcase_add_loop_test(tcase, concat_by_hand, 0, 3);
    tcase_add_loop_test(tcase, slice_and_concat_undo_each_other, 0, 3);
    Suite *suite = suite_create("eval");
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
