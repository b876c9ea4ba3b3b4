/* test_sema.c - texts become graphs: what no print of a graph shows, and the bounds of evaluation. */
#include "compiler/base/diag.h"
#include "compiler/sema/sema.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct diag *diag;

static void set_up(void) {
    diag = diag_create(NULL, false);
}

static void tear_down(void) {
    diag_destroy(diag);
}

static struct graph *build_with(const char *text, const char *const *defines, size_t define_count) {
    struct ast *ast = syntax_parse_text("t.sen", text, strlen(text), diag);
    if (!ast) return NULL;
    const struct sema_options options = {.defines = defines, .define_count = define_count, .batch = 3};
    struct graph *graph = sema_build_graph(ast, &options, diag);
    ast_destroy(ast); /* a graph needs no ast */
    return graph;
}

static struct graph *build(const char *text) {
    struct graph *graph = build_with(text, NULL, 0);
    ck_assert_msg(graph, "%s", diag_text(diag));
    ck_assert_ptr_null(graph_verify(graph));
    return graph;
}

static void check_fails(const char *text, const char *id) {
    struct graph *graph = build_with(text, NULL, 0);
    ck_assert_msg(!graph, "no error in: %s", text);
    ck_assert_msg(strstr(diag_text(diag), id), "no %s in: %s", id, diag_text(diag));
}

static const struct node *find_param(const struct graph *graph, const char *name) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && node->as.param.name && strcmp(node->as.param.name, name) == 0) return node;
    ck_abort_msg("no parameter %s", name);
    return NULL;
}

static const struct node *find_op(const struct graph *graph, enum op op) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == op) return node;
    ck_abort_msg("no %s", op_name(op));
    return NULL;
}

static void check_param(const struct graph *graph, const char *name, enum param_role role, struct shape shape,
                        double fan_in) {
    const struct node *node = find_param(graph, name);
    ck_assert_int_eq(node->as.param.role, role);
    ck_assert(shape_equal(node->shape, shape));
    ck_assert_ptr_null(node->as.param.tensor);
    if (role == PARAM_WEIGHT) ck_assert_double_eq_tol(node->as.param.fan_in, fan_in, 1e-9);
}

#define SHAPE(dim_count, ...) ((struct shape){.rank = (dim_count), .dims = {__VA_ARGS__}})

START_TEST(parameters_have_pytorch_shapes) {
    struct graph *graph = build("network n { input x: f32[12, 9, 9] input v: f32[7]\n"
                                "a = x -> conv(8, [3, 5], groups = 4, bias = true) @c -> bn @b -> prelu @p\n"
                                "d = x -> depthwise(3, multiplier = 2) @d\n"
                                "t = x -> conv_transpose(10, 3, stride = [1, 2], groups = 2, bias = true) @t\n"
                                "s = x -> se(5) @s\n"
                                "output a output d output t output s output v -> linear(3) @l output q = x -> prelu(shared = true) @q }");
    check_param(graph, "c.weight", PARAM_WEIGHT, SHAPE(4, 8, 3, 3, 5), 3 * 3 * 5);
    check_param(graph, "c.bias", PARAM_BIAS, SHAPE(1, 8), 0);
    check_param(graph, "b.weight", PARAM_NORM_WEIGHT, SHAPE(1, 8), 0);
    check_param(graph, "b.bias", PARAM_NORM_BIAS, SHAPE(1, 8), 0);
    check_param(graph, "b.running_mean", PARAM_NORM_MEAN, SHAPE(1, 8), 0);
    check_param(graph, "b.running_var", PARAM_NORM_VAR, SHAPE(1, 8), 0);
    check_param(graph, "p.weight", PARAM_SLOPE, SHAPE(1, 8), 0);
    check_param(graph, "q.weight", PARAM_SLOPE, SHAPE(1, 1), 0);
    check_param(graph, "d.weight", PARAM_WEIGHT, SHAPE(4, 24, 1, 3, 3), 9);
    check_param(graph, "t.weight", PARAM_WEIGHT, SHAPE(4, 12, 5, 3, 3), 6 * 9 / 2.0);
    check_param(graph, "s.fc1.weight", PARAM_WEIGHT, SHAPE(2, 2, 12), 12);
    check_param(graph, "s.fc1.bias", PARAM_BIAS, SHAPE(1, 2), 0);
    check_param(graph, "s.fc2.weight", PARAM_WEIGHT, SHAPE(2, 12, 2), 2);
    check_param(graph, "s.fc2.bias", PARAM_BIAS, SHAPE(1, 12), 0);
    check_param(graph, "l.weight", PARAM_WEIGHT, SHAPE(2, 3, 7), 7);
    graph_destroy(graph);
}
END_TEST

START_TEST(counts_are_of_one_picture) {
    struct graph *graph = build("network n { input x: f32[4, 6, 5]\n"
                                "y = x -> conv(8, 3, stride = 2, groups = 2) @c -> bn @b -> se(2) @s\n"
                                "z = y -> conv_transpose(2, 3, stride = 2) @t -> prelu @p\n"
                                "output z output w = y -> flatten -> linear(10) @l }");
    int64_t conv = 8 * 2 * 9, transposed = 8 * 2 * 9, se = 2 * 8 * 4, linear = 10 * 8 * 3 * 3;
    ck_assert_int_eq(graph->batch, 3);
    ck_assert_int_eq(graph->mac_count, conv * 9 + transposed * 9 + se + linear);
    /* not counted: bn's mean and variance */
    ck_assert_int_eq(graph->parameter_count, conv + 8 + 8 + (se + 4 + 8) + transposed + 2 + (linear + 10));
    graph_destroy(graph);
}
END_TEST

START_TEST(origins_tell_the_calls) {
    static const char text[] = "block inner() { return in -> relu }\n"
                               "block outer() { return in -> inner @i }\n"
                               "network n { input x: f32[4]\n output y = x -> outer @o }\n";
    struct graph *graph = build(text);
    const struct node *relu = find_op(graph, OP_ACTIVATION);
    const struct origin *origin = relu->origin;
    ck_assert_str_eq(relu->name, "o.i.relu1");
    ck_assert_str_eq(origin->span.source->path, "t.sen");
    ck_assert_uint_eq(origin->span.begin, strstr(text, "relu") - text);
    ck_assert_str_eq(origin->block, "inner");
    ck_assert_uint_eq(origin->caller->span.begin, strstr(text, "inner @i") - text);
    ck_assert_str_eq(origin->caller->block, "outer");
    ck_assert_uint_eq(origin->caller->caller->span.begin, strstr(text, "outer @o") - text);
    ck_assert_ptr_null(origin->caller->caller->block);
    ck_assert_ptr_null(origin->caller->caller->caller);
    ck_assert_ptr_null(graph->inputs.items[0]->origin->block);
    ck_assert_uint_eq(graph->outputs.items[0].origin->span.begin, strstr(text, "output y") - text);
    graph_destroy(graph);
}
END_TEST

static const struct picture *picture_of(const char *declaration) {
    char text[300];
    snprintf(text, sizeof text, "network n { input x: %s output x }", declaration);
    struct graph *graph = build(text);
    static struct picture picture; /* a copy, for one test at a time */
    ck_assert_ptr_nonnull(graph->inputs.items[0]->as.input.picture);
    picture = *graph->inputs.items[0]->as.input.picture;
    graph_destroy(graph);
    return &picture;
}

static void check_sizes(const struct picture *picture, int resize_height, int resize_width) {
    ck_assert_int_eq(picture->resize_height, resize_height);
    ck_assert_int_eq(picture->resize_width, resize_width);
    ck_assert_int_eq(picture->crop_height, 20);
    ck_assert_int_eq(picture->crop_width, 30);
}

START_TEST(pictures_have_defaults) {
    const struct picture *picture = picture_of("f32[3, 20, 30] from bgr");
    check_sizes(picture, 20, 30);
    ck_assert_int_eq(picture->color, PICTURE_BGR);
    for (int i = 0; i < 3; i++) ck_assert(picture->mean[i] == 0 && picture->stddev[i] == 1);
    check_sizes(picture_of("f32[3, 20, 30] from rgb(crop = [20, 30])"), 0, 0);
    check_sizes(picture_of("f32[3, 20, 30] from rgb(resize = 40)"), 40, 0);
    check_sizes(picture_of("f32[3, 20, 30] from rgb(resize = [40, 50], crop = [20, 30])"), 40, 50);
    picture = picture_of("f32[1, 20, 30] from gray(mean = 0.5, std = [0.25])");
    ck_assert_int_eq(picture->color, PICTURE_GRAY);
    ck_assert(picture->mean[0] == 0.5f && picture->stddev[0] == 0.25f);
    picture = picture_of("f32[3, 20, 30] from rgb(mean = [0.25, 0.5, 1], std = 2)");
    ck_assert(picture->mean[0] == 0.25f && picture->mean[2] == 1 && picture->stddev[1] == 2 && !picture->is_filled);
    picture = picture_of("f32[3, 20, 30] from rgb(fill = -1)");
    check_sizes(picture, 0, 0);
    ck_assert(picture->is_filled && picture->fill == -1);
}
END_TEST

START_TEST(layers_have_attributes) {
    struct graph *graph = build("network n { input x: f32[16, 9, 9]\n"
                                "output a = x -> se(2, squeeze = max, act = silu, gate = hard_sigmoid)\n"
                                "output b = x -> maxpool([2, 3], pad = [0, 1], ceil = true)\n"
                                "output c = x -> leaky_relu(0.25)\n"
                                "output d = x -> pad([1, 2, 3, 4], value = 0.5) }");
    const struct node *se = find_op(graph, OP_SE), *pool = find_op(graph, OP_MAX_POOL);
    const struct node *leaky = find_op(graph, OP_ACTIVATION), *pad = find_op(graph, OP_PAD);
    ck_assert_int_eq(se->as.se.squeeze, SQUEEZE_MAX);
    ck_assert_int_eq(se->as.se.inner.kind, ACTIVATION_SILU);
    ck_assert_int_eq(se->as.se.gate.kind, ACTIVATION_HARD_SIGMOID);
    ck_assert_double_eq(se->as.se.gate.alpha, 1.0 / 6);
    ck_assert_double_eq(se->as.se.gate.beta, 0.5);
    ck_assert_int_eq(pool->as.pool.window.stride[0], 2);
    ck_assert_int_eq(pool->as.pool.window.stride[1], 3);
    ck_assert_int_eq(pool->as.pool.window.pad[EDGE_LEFT], 1);
    ck_assert(pool->as.pool.ceil_mode);
    ck_assert_double_eq(leaky->as.activation.alpha, 0.25);
    ck_assert_int_eq(pad->as.pad.pad[EDGE_BOTTOM], 3);
    ck_assert_double_eq(pad->as.pad.value, 0.5);
    graph_destroy(graph);
}
END_TEST

START_TEST(numbers_beside_tensors_are_constants) {
    struct graph *graph = build("network n { input x: f32[4] output y = 2.5 * x }");
    const struct node *constant = graph->first;
    ck_assert_int_eq(constant->op, OP_PARAM);
    ck_assert_int_eq(constant->as.param.role, PARAM_CONSTANT);
    ck_assert_int_eq(constant->shape.rank, 0);
    ck_assert(constant->as.param.tensor->values[0] == 2.5f);
    ck_assert_int_eq(graph->parameter_count, 0);
    graph_destroy(graph);
}
END_TEST

START_TEST(defines_replace_params) {
    static const char text[] = "param r = 2 param wide = 1.5 param act = \"relu\" param half = r / 2\n"
                               "network n { input x: f32[8, 2, 2]\n"
                               "output y = x -> conv(int(r * wide), 1) -> conv(half, 1) @half -> act }";
    const char *const defines[] = {"r=2 * 5", "wide=2", "act=tanh"};
    struct graph *graph = build_with(text, defines, 3);
    ck_assert_msg(graph, "%s", diag_text(diag));
    ck_assert_int_eq(find_param(graph, "conv1.weight")->shape.dims[0], 20);
    ck_assert_int_eq(find_param(graph, "half.weight")->shape.dims[0], 5);
    ck_assert_int_eq(find_op(graph, OP_ACTIVATION)->as.activation.kind, ACTIVATION_TANH);
    graph_destroy(graph);
    const char *const unknown[] = {"rr=3", "wide=true", "act"};
    ck_assert_ptr_null(build_with(text, unknown, 3));
    ck_assert_uint_eq(diag_error_count(diag), 3);
}
END_TEST

START_TEST(labels_are_kept) {
    struct graph *graph = build("network n { input x: f32[2, 1, 1] labels [\"a\", \"b \\\"c\\\"\"] output x }");
    ck_assert_uint_eq(graph->labels.count, 2);
    ck_assert_str_eq(graph->labels.items[1], "b \"c\"");
    graph_destroy(graph);
}
END_TEST

START_TEST(errors_end_in_one_list) {
    check_fails("network n { input x: f32[4, 8, 8]\n a = x -> conv(3)\n b = x + y\n c = a -> nothing\n d = b * 3\n"
                "e = 1 / 0\n output d }",
                "[missing-argument]");
    ck_assert_uint_eq(diag_error_count(diag), 4); /* what follows from an error is none */
}
END_TEST

/* In a second, and with an error. */
START_TEST(endless_texts_end) {
    static const struct {
        const char *text, *id;
    } cases[] = {
        {"network n { input x: f32[1] for i in 0..1000000000000 { } output x }", "[evaluation-limit]"},
        {"network n { input x: f32[1] for i in 0..1000000000000 { x = x -> relu } output x }", "[evaluation-limit]"},
        {"network n { input x: f32[1] for i in 0..1000000000000 { x = 1 / 0 } output x }", "[division-by-zero]"},
        {"block f() { return in -> f } network n { input x: f32[1] output y = x -> f }", "[recursion]"},
        {"block f(n) { return n == 0 ? 1 : f(n - 1) + f(n - 1) } network n { input x: f32[1] y = f(90) output x }",
         "[evaluation-limit]"},
        {"block f(n) { return n + f(n + 1) + f(n) } network n { input x: f32[1] y = f(0) output x }", "[recursion]"},
        {"network n { input x: f32[1073741825] output x }", "[tensor-too-large]"},
        {"network n { input x: f32[4611686018427387904, 4, 4] output x }", "[tensor-too-large]"},
        {"network n { input x: f32[1, 1, 1] output y = x -> pad(1000000000) }", "[tensor-too-large]"},
        {"param p = 9223372036854775807 * 2 network n { input x: f32[1] output x }", "[number-too-large]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        clock_t start = clock();
        check_fails(cases[i].text, cases[i].id);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        ck_assert_msg(seconds < 10, "%.1f seconds: %s", seconds, cases[i].text); /* sanitizers take their time */
        tear_down();
        set_up();
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        parameters_have_pytorch_shapes,
        counts_are_of_one_picture,
        origins_tell_the_calls,
        pictures_have_defaults,
        layers_have_attributes,
        numbers_beside_tensors_are_constants,
        defines_replace_params,
        labels_are_kept,
        errors_end_in_one_list,
        endless_texts_end,
    };
    TCase *cases = tcase_create("sema");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_set_timeout(cases, 120);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(cases, tests[i]);
    Suite *suite = suite_create("sema");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
