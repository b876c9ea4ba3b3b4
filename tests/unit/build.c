/* build.c - small graphs for tests. */
#include "build.h"

#include "../../compiler/base/map.h"

#include <check.h>
#include <stdarg.h>

struct shape make_shape(int rank, int64_t a, int64_t b, int64_t c, int64_t d) {
    return (struct shape){.rank = rank, .dims = {a, b, c, d}};
}

struct window make_window(int64_t kernel, int64_t stride, int64_t pad) {
    return (struct window){
        .kernel = {kernel, kernel}, .stride = {stride, stride}, .dilation = {1, 1}, .pad = {pad, pad, pad, pad}};
}

struct node *make_input(struct graph *graph, const char *name, struct shape shape) {
    struct node *node = graph_add(graph, NULL, OP_INPUT, NULL, 0, NULL);
    node->shape = shape;
    node->as.input.name = name;
    vec_push(graph->arena, &graph->inputs, node);
    return node;
}

void make_output(struct graph *graph, const char *name, struct node *node) {
    struct graph_output output = {.name = name, .node = node};
    vec_push(graph->arena, &graph->outputs, output);
}

const struct tensor *make_tensor(struct arena *arena, struct shape shape, const char *seed) {
    float *values;
    struct tensor *tensor = tensor_create(arena, shape, &values);
    uint64_t state = hash_string(seed);
    for (int64_t i = 0; i < shape_element_count(shape); i++) {
        state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
        values[i] = (float)((double)(state >> 40) * 0x1p-23 - 1);
    }
    return tensor;
}

const struct tensor *make_values(struct arena *arena, struct shape shape, const float *values) {
    float *copy;
    struct tensor *tensor = tensor_create(arena, shape, &copy);
    for (int64_t i = 0; i < shape_element_count(shape); i++) copy[i] = values[i];
    return tensor;
}

struct node *make_unbound(struct graph *graph, const char *name, enum param_role role, struct shape shape) {
    struct node *node = graph_add(graph, NULL, OP_PARAM, NULL, 0, NULL);
    node->shape = shape;
    node->as.param.name = name;
    node->as.param.role = role;
    return node;
}

struct node *make_param(struct graph *graph, const char *name, enum param_role role, struct shape shape) {
    struct node *node = make_unbound(graph, name, role, shape);
    const struct tensor *tensor = make_tensor(graph->arena, shape, name);
    float *values = (float *)tensor->values;
    for (int64_t i = 0; role == PARAM_NORM_VAR && i < shape_element_count(shape); i++)
        values[i] = values[i] * values[i] + 0.5f;
    node->as.param.tensor = tensor;
    return node;
}

struct node *make_number(struct graph *graph, float value) {
    return graph_add_constant(graph, make_values(graph->arena, SHAPE0(), &value), NULL);
}

const char *check_infer(struct graph *graph, struct node *node) {
    const char *problem = NULL;
    bool ok = graph_infer(graph, node, &problem);
    ck_assert_int_eq(ok, problem == NULL);
    return problem;
}

static struct node *finish(struct graph *graph, struct node *node) {
    const char *problem = check_infer(graph, node);
    ck_assert_msg(!problem, "%s", problem ? problem : "");
    return node;
}

static struct node *add_list(struct graph *graph, enum op op, const struct node *like, int input_count,
                             va_list list) {
    struct node *inputs[8];
    for (int i = 0; i < input_count; i++) inputs[i] = va_arg(list, struct node *);
    struct node *node = graph_add(graph, NULL, op, inputs, input_count, NULL);
    if (like) node->as = like->as;
    if (like) node->shape = like->shape;
    return node;
}

struct node *make_raw(struct graph *graph, enum op op, const struct node *like, int input_count, ...) {
    va_list list;
    va_start(list, input_count);
    struct node *node = add_list(graph, op, like, input_count, list);
    va_end(list);
    return node;
}

struct node *make_op(struct graph *graph, enum op op, int input_count, ...) {
    va_list list;
    va_start(list, input_count);
    struct node *node = add_list(graph, op, NULL, input_count, list);
    va_end(list);
    return finish(graph, node);
}

struct node *make_activation(struct graph *graph, struct node *x, enum activation_kind kind) {
    static const double arguments[][2] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) {alpha_default, beta_default},
#include "../../compiler/graph/activation.def"
#undef ACTIVATION
    };
    struct node like = {.as.activation = {kind, arguments[kind][0], arguments[kind][1]}};
    return finish(graph, make_raw(graph, OP_ACTIVATION, &like, 1, x));
}

static const char *part(struct graph *graph, const char *name, const char *suffix) {
    return arena_format(graph->arena, "%s.%s", name, suffix);
}

static struct node *add_layer(struct graph *graph, struct node *x, enum op op, const char *name, struct shape weight,
                              int64_t out, bool bias, const struct node *like) {
    struct node *w = make_param(graph, part(graph, name, "weight"), PARAM_WEIGHT, weight);
    w->as.param.fan_in = 1;
    struct node *b = bias ? make_param(graph, part(graph, name, "bias"), PARAM_BIAS, SHAPE1(out)) : NULL;
    struct node *node = make_raw(graph, op, like, bias ? 3 : 2, x, w, b);
    node->name = name;
    return finish(graph, node);
}

struct node *make_conv_window(struct graph *graph, struct node *x, const char *name, int64_t out, bool bias,
                              struct window window, int64_t groups) {
    struct node like = {.as.conv = {.window = window, .groups = groups}};
    struct shape weight = SHAPE4(out, x->shape.dims[0] / groups, window.kernel[0], window.kernel[1]);
    return add_layer(graph, x, OP_CONV, name, weight, out, bias, &like);
}

struct node *make_conv(struct graph *graph, struct node *x, const char *name, int64_t out, int64_t kernel,
                       int64_t stride, bool bias) {
    return make_conv_window(graph, x, name, out, bias, make_window(kernel, stride, kernel / 2), 1);
}

struct node *make_conv_transpose(struct graph *graph, struct node *x, const char *name, int64_t out, int64_t kernel,
                                 int64_t stride, int64_t groups, bool bias) {
    struct node like = {.as.conv = {.window = make_window(kernel, stride, 0), .groups = groups}};
    struct shape weight = SHAPE4(x->shape.dims[0], out / groups, kernel, kernel);
    return add_layer(graph, x, OP_CONV_TRANSPOSE, name, weight, out, bias, &like);
}

struct node *make_linear(struct graph *graph, struct node *x, const char *name, int64_t out, bool bias) {
    return add_layer(graph, x, OP_LINEAR, name, SHAPE2(out, x->shape.dims[0]), out, bias, NULL);
}

struct node *make_batch_norm(struct graph *graph, struct node *x, const char *name) {
    static const char *const names[] = {"weight", "bias", "running_mean", "running_var"};
    static const enum param_role roles[] = {PARAM_NORM_WEIGHT, PARAM_NORM_BIAS, PARAM_NORM_MEAN, PARAM_NORM_VAR};
    struct node *params[4];
    for (int i = 0; i < 4; i++)
        params[i] = make_param(graph, part(graph, name, names[i]), roles[i], SHAPE1(x->shape.dims[0]));
    struct node like = {.as.batch_norm.epsilon = 1e-5};
    struct node *node = make_raw(graph, OP_BATCH_NORM, &like, 5, x, params[0], params[1], params[2], params[3]);
    node->name = name;
    return finish(graph, node);
}

struct node *make_se(struct graph *graph, struct node *x, const char *name, int64_t hidden, bool bias) {
    int64_t c = x->shape.dims[0];
    struct node *fc1 = make_param(graph, part(graph, name, "fc1.weight"), PARAM_WEIGHT, SHAPE2(hidden, c));
    struct node *fc2 = make_param(graph, part(graph, name, "fc2.weight"), PARAM_WEIGHT, SHAPE2(c, hidden));
    struct node like = {.as.se = {.inner.kind = ACTIVATION_RELU, .gate.kind = ACTIVATION_SIGMOID}};
    struct node *node;
    if (bias) {
        struct node *b1 = make_param(graph, part(graph, name, "fc1.bias"), PARAM_BIAS, SHAPE1(hidden));
        struct node *b2 = make_param(graph, part(graph, name, "fc2.bias"), PARAM_BIAS, SHAPE1(c));
        node = make_raw(graph, OP_SE, &like, 5, x, fc1, b1, fc2, b2);
    } else {
        node = make_raw(graph, OP_SE, &like, 3, x, fc1, fc2);
    }
    node->name = name;
    return finish(graph, node);
}

struct node *make_reshape(struct graph *graph, struct node *x, struct shape shape) {
    struct node like = {.shape = shape};
    return finish(graph, make_raw(graph, OP_RESHAPE, &like, 1, x));
}

struct node *make_pool(struct graph *graph, struct node *x, enum op op, struct window window) {
    struct node like = {.as.pool = {.window = window, .count_include_pad = true}};
    return finish(graph, make_raw(graph, op, &like, 1, x));
}

const char *print_graph(const struct graph *graph) {
    struct text text = text_create(graph->arena);
    graph_print(graph, &text);
    return text.bytes;
}
