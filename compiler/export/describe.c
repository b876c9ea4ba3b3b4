/* describe.c - an operation as a layer of the language: its name, its arguments, its parameters. */
#include "item.h"

#include "../base/fatal.h"

#include <string.h>

void describe_argument(struct item *item, const char *name, const char *value, const char *usual) {
    if (item->attribute_count == ITEM_MAX_ATTRIBUTES) fatal_bug("too many arguments of '%s'", item->callee);
    item->attributes[item->attribute_count++] = (struct attribute){name, value, usual};
}

/* An argument that is given by its place: before all others. */
void describe_place(struct item *item, const char *name, const char *value) {
    describe_argument(item, name, value, NULL);
    item->positional_count++;
}

static const char *truth(bool value) {
    return value ? "true" : "false";
}

static void name_layer(struct item *item, const char *callee, const char *kind) {
    item->callee = callee;
    item->kind = kind;
}

/* The parameters at places 1, 2 ... of the node. */
static void take_params(struct exporter *exporter, struct item *item, struct node *node, const char *const *parts) {
    for (int i = 1; i < node->input_count; i++)
        item->params[item->param_count++] = (struct param_use){item_claim(exporter, node, i), parts[i - 1]};
}

static const int64_t ones[2] = {1, 1}, zeros[2] = {0, 0};

static void argue_pair(struct exporter *exporter, struct item *item, const char *name, const int64_t pair[2],
                       const int64_t usual[2]) {
    describe_argument(item, name, format_pair(exporter->arena, pair), format_pair(exporter->arena, usual));
}

/* `same` where a convolution of stride 1 keeps height and width. */
static const char *window_pad(struct arena *arena, const struct window *window, bool has_same) {
    bool is_same = has_same;
    for (int axis = 0; axis < 2; axis++) {
        int64_t around = window->dilation[axis] * (window->kernel[axis] - 1);
        int64_t before = window->pad[axis ? EDGE_LEFT : EDGE_TOP], after = window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM];
        if (around % 2 || before != around / 2 || after != around / 2) is_same = false;
    }
    return is_same ? "same" : format_edges(arena, window->pad);
}

static void describe_conv(struct exporter *exporter, struct item *item, struct node *node) {
    static const char *const parts[] = {"weight", "bias"};
    struct arena *arena = exporter->arena;
    const struct window *window = &node->as.conv.window;
    int64_t groups = node->as.conv.groups, in = node->inputs[0]->shape.dims[0], out = node->shape.dims[0];
    bool is_transposed = node->op == OP_CONV_TRANSPOSE, is_depthwise = !is_transposed && groups > 1 && groups == in;
    name_layer(item, is_transposed ? "conv_transpose" : is_depthwise ? "depthwise" : "conv", "conv");
    if (is_depthwise) item->kind = "depthwise";
    if (!is_depthwise) describe_place(item, "out", format_integer(arena, out));
    describe_place(item, "k", format_pair(arena, window->kernel));
    argue_pair(exporter, item, "stride", window->stride, ones);
    describe_argument(item, "pad", window_pad(arena, window, !is_transposed), is_transposed ? "0" : "same");
    argue_pair(exporter, item, "dilation", window->dilation, ones);
    if (is_transposed) argue_pair(exporter, item, "output_pad", node->as.conv.output_pad, zeros);
    if (is_depthwise)
        describe_argument(item, "multiplier", format_integer(arena, out / in), "1");
    else
        describe_argument(item, "groups", format_integer(arena, groups), "1");
    describe_argument(item, "bias", truth(node->input_count == 3), "false");
    take_params(exporter, item, node, parts);
}

static void describe_linear(struct exporter *exporter, struct item *item, struct node *node) {
    static const char *const parts[] = {"weight", "bias"};
    name_layer(item, "linear", "linear");
    describe_place(item, "out", format_integer(exporter->arena, node->shape.dims[0]));
    describe_argument(item, "bias", truth(node->input_count == 3), "true");
    take_params(exporter, item, node, parts);
}

static void describe_batch_norm(struct exporter *exporter, struct item *item, struct node *node) {
    static const char *const parts[] = {"weight", "bias", "running_mean", "running_var"};
    name_layer(item, "bn", "bn");
    describe_argument(item, "eps", format_double(exporter->arena, node->as.batch_norm.epsilon), "1e-05");
    take_params(exporter, item, node, parts);
}

static const struct {
    const char *alpha, *beta;
    double alpha_usual, beta_usual;
} constants[] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula)                              \
    {alpha, beta, alpha_default, beta_default},
#include "../graph/activation.def"
#undef ACTIVATION
};

static bool is_usual(struct activation activation) {
    return activation.alpha == constants[activation.kind].alpha_usual &&
           activation.beta == constants[activation.kind].beta_usual;
}

static void describe_activation(struct exporter *exporter, struct item *item, struct activation activation) {
    const char *name = activation_name(activation.kind);
    item->is_activation = true;
    if (is_usual(activation)) {
        describe_argument(item, "act", name, NULL); /* without a callee: the name itself may vary */
        return;
    }
    item->callee = name;
    if (constants[activation.kind].alpha[0])
        describe_argument(item, constants[activation.kind].alpha, format_double(exporter->arena, activation.alpha),
              format_double(exporter->arena, constants[activation.kind].alpha_usual));
    if (constants[activation.kind].beta[0])
        describe_argument(item, constants[activation.kind].beta, format_double(exporter->arena, activation.beta),
              format_double(exporter->arena, constants[activation.kind].beta_usual));
}

static void describe_se(struct exporter *exporter, struct item *item, struct node *node) {
    static const char *const plain[] = {"fc1.weight", "fc2.weight"};
    static const char *const biased[] = {"fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"};
    int64_t hidden = node->inputs[1]->shape.dims[0];
    if (!is_usual(node->as.se.inner) || !is_usual(node->as.se.gate)) fatal_bug("an se with constants of its own");
    name_layer(item, "se", "se");
    describe_argument(item, "hidden", format_integer(exporter->arena, hidden), NULL);
    describe_argument(item, "squeeze", node->as.se.squeeze == SQUEEZE_MAX ? "max" : "avg", "avg");
    describe_argument(item, "act", activation_name(node->as.se.inner.kind), "relu");
    describe_argument(item, "gate", activation_name(node->as.se.gate.kind), "sigmoid");
    describe_argument(item, "bias", truth(node->input_count == 5), "true");
    take_params(exporter, item, node, node->input_count == 5 ? biased : plain);
}

static void describe_prelu(struct exporter *exporter, struct item *item, struct node *node) {
    static const char *const parts[] = {"weight"};
    name_layer(item, "prelu", "prelu");
    bool is_shared = node->inputs[1]->shape.dims[0] == 1 && node->shape.rank && node->shape.dims[0] != 1;
    describe_argument(item, "shared", truth(is_shared), "false");
    take_params(exporter, item, node, parts);
}

static void describe_pool(struct exporter *exporter, struct item *item, struct node *node) {
    const struct window *window = &node->as.pool.window;
    item->callee = node->op == OP_MAX_POOL ? "maxpool" : "avgpool";
    describe_place(item, "k", format_pair(exporter->arena, window->kernel));
    argue_pair(exporter, item, "stride", window->stride, window->kernel);
    describe_argument(item, "pad", window_pad(exporter->arena, window, false), "0");
    describe_argument(item, "ceil", truth(node->as.pool.ceil_mode), "false");
    if (node->op == OP_AVG_POOL) describe_argument(item, "count_include_pad", truth(node->as.pool.count_include_pad), "true");
    argue_pair(exporter, item, "dilation", window->dilation, ones);
}

static void describe_global_pool(struct item *item, const char *callee) {
    item->callee = callee;
    describe_place(item, "k", "global");
}

void describe_layer(struct exporter *exporter, struct item *item, struct node *node) {
    switch (node->op) {
    case OP_CONV:
    case OP_CONV_TRANSPOSE: describe_conv(exporter, item, node); break;
    case OP_LINEAR: describe_linear(exporter, item, node); break;
    case OP_BATCH_NORM: describe_batch_norm(exporter, item, node); break;
    case OP_SE: describe_se(exporter, item, node); break;
    case OP_ACTIVATION: describe_activation(exporter, item, node->as.activation); break;
    case OP_PRELU: describe_prelu(exporter, item, node); break;
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX: item->callee = op_name(node->op); break;
    case OP_MAX_POOL:
    case OP_AVG_POOL: describe_pool(exporter, item, node); break;
    case OP_GLOBAL_MAX_POOL: describe_global_pool(item, "maxpool"); break;
    case OP_GLOBAL_AVG_POOL: describe_global_pool(item, "avgpool"); break;
    default: describe_move(exporter, item, node);
    }
}

void describe_number(struct exporter *exporter, struct item *item, float value) {
    describe_argument(item, "value", format_float(exporter->arena, value), NULL);
}

void describe_tensor(struct exporter *exporter, struct item *item, struct node *param) {
    if (!param->shape.rank) param->shape = (struct shape){.rank = 1, .dims = {1}};
    name_layer(item, "parameter", "parameter");
    describe_place(item, "shape", format_shape(exporter->arena, param->shape));
    item->params[item->param_count++] = (struct param_use){param, ""};
}
