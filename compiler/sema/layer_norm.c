/* layer_norm.c - builds the norms that are no operations of their own: instance, layer and group norm, and local response
 * norm, out of reductions, products and a convolution. */
#include "layer.h"

/* A chain of nodes under construction: after something went wrong all are NULL. */
static struct node *add(struct layer_call *call, enum op op, struct node *a, struct node *b) {
    struct node *inputs[2] = {a, b};
    if (!a || (op_is_binary(op) && !b)) return NULL;
    struct value value = layer_finish(call, layer_add_node(call, op, inputs, op_is_binary(op) ? 2 : 1));
    return value.kind == VALUE_TENSOR ? value.as.node : NULL;
}

static struct node *add_activation(struct layer_call *call, enum activation_kind kind, struct node *x) {
    if (!x) return NULL;
    struct node *node = layer_add_node(call, OP_ACTIVATION, &x, 1);
    node->as.activation.kind = kind;
    return layer_finish(call, node).kind == VALUE_TENSOR ? node : NULL;
}

/* The mean over H and W, or over the channels. */
static struct node *add_mean(struct layer_call *call, struct node *x, bool of_channels) {
    if (!of_channels) return add(call, OP_GLOBAL_AVG_POOL, x, NULL);
    if (!x) return NULL;
    struct node *node = layer_add_node(call, OP_REDUCE, &x, 1);
    node->as.reduce.kind = REDUCE_MEAN;
    node->as.reduce.axes = 1;
    return layer_finish(call, node).kind == VALUE_TENSOR ? node : NULL;
}

struct normal {
    struct node *difference; /* x - mean */
    struct node *scale;      /* 1 / sqrt(variance + eps) */
};

static struct normal normalise(struct layer_call *call, struct node *x, bool of_channels, double epsilon) {
    struct normal normal = {.difference = add(call, OP_SUB, x, add_mean(call, x, of_channels))};
    struct node *variance = add_mean(call, add(call, OP_MUL, normal.difference, normal.difference), of_channels);
    struct node *sum = add(call, OP_ADD, variance, sema_add_number(call->sema, epsilon, call->call->span));
    normal.scale = add_activation(call, ACTIVATION_RECIPROCAL, add_activation(call, ACTIVATION_SQRT, sum));
    return normal;
}

static struct node *channel_param(struct layer_call *call, const char *part, enum param_role role) {
    struct shape x = call->inputs[0]->shape, shape = {.rank = 1, .dims = {x.rank ? x.dims[0] : 1}};
    return layer_add_param(call, part, role, shape, 0);
}

static double argument_epsilon(struct layer_call *call, int place) {
    double epsilon = argument_real(call, place, 1e-5);
    if (epsilon >= 0) return epsilon;
    argument_fail(call, argument_span(call, place), DIAG_RANGE, "'eps' of '%s' is not negative", call->layer->name);
    return 0;
}

static struct value finish(struct node *node) {
    return node ? value_tensor(node) : NO_VALUE;
}

/* Ulyanov, Vedaldi, Lempitsky: "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016. */
struct value build_instance_norm(struct layer_call *call) {
    enum { EPS, AFFINE };
    double epsilon = argument_epsilon(call, EPS);
    bool is_affine = argument_boolean(call, AFFINE, false);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    struct normal normal = normalise(call, call->inputs[0], false, epsilon);
    if (!is_affine) return finish(add(call, OP_MUL, normal.difference, normal.scale));
    struct node *weight = channel_param(call, "weight", PARAM_NORM_WEIGHT);
    struct node *bias = weight ? channel_param(call, "bias", PARAM_NORM_BIAS) : NULL;
    struct node *scale = add(call, OP_MUL, normal.scale, weight);
    return finish(add(call, OP_ADD, add(call, OP_MUL, normal.difference, scale), bias));
}

/* Ba, Kiros, Hinton: "Layer Normalization", 2016; over the channels of each position, as ConvNeXt has it. */
struct value build_layer_norm(struct layer_call *call) {
    enum { EPS };
    double epsilon = argument_epsilon(call, EPS);
    if (call->has_failed) return NO_VALUE;
    struct node *weight = channel_param(call, "weight", PARAM_NORM_WEIGHT);
    struct node *bias = weight ? channel_param(call, "bias", PARAM_NORM_BIAS) : NULL;
    struct normal normal = normalise(call, call->inputs[0], true, epsilon);
    struct node *product = add(call, OP_MUL, normal.difference, normal.scale);
    return finish(add(call, OP_ADD, add(call, OP_MUL, product, weight), bias));
}

static struct node *add_reshape(struct layer_call *call, struct node *x, struct shape shape) {
    if (!x) return NULL;
    struct node *node = layer_add_node(call, OP_RESHAPE, &x, 1);
    node->shape = shape;
    return layer_finish(call, node).kind == VALUE_TENSOR ? node : NULL;
}

/* The mean of each group of channels, of the channels' means [C], at each of its channels. */
static struct node *add_group_means(struct layer_call *call, struct node *means, int64_t groups) {
    if (!means) return NULL;
    int64_t channels = means->shape.dims[0], each = channels / groups;
    if (each == 1) return means;
    struct node *split = add_reshape(call, means, (struct shape){.rank = 3, .dims = {groups, each, 1}});
    struct node *mean = add_mean(call, split, false);
    if (!mean) return NULL;
    int64_t *group = ARENA_NEW_ARRAY(call->sema->graph->arena, int64_t, (size_t)channels);
    for (int64_t c = 0; c < channels; c++) group[c] = c / each;
    struct node *take = layer_add_node(call, OP_TAKE, &mean, 1);
    take->as.take.count = channels;
    take->as.take.indices = group;
    return layer_finish(call, take).kind == VALUE_TENSOR ? take : NULL;
}

/* A map, each group of channels normalised by itself. Means are taken channel by channel first: these are sums that the steps in
 * front leave anyway, and short ones, so their rounding errors stay small. */
static struct node *normalise_groups(struct layer_call *call, struct node *x, int64_t groups, double epsilon) {
    struct node *mean = add_group_means(call, add_mean(call, x, false), groups);
    struct node *difference = mean ? add(call, OP_SUB, x, mean) : NULL;
    struct node *square = add(call, OP_MUL, difference, difference);
    struct node *variance = add_group_means(call, add_mean(call, square, false), groups);
    struct node *sum = add(call, OP_ADD, variance, sema_add_number(call->sema, epsilon, call->call->span));
    struct node *scale = add_activation(call, ACTIVATION_RECIPROCAL, add_activation(call, ACTIVATION_SQRT, sum));
    return add(call, OP_MUL, difference, scale);
}

/* Wu, He: "Group Normalization", ECCV 2018. */
struct value build_group_norm(struct layer_call *call) {
    enum { GROUPS, EPS };
    int64_t groups = argument_integer(call, GROUPS, 1, 1);
    double epsilon = argument_epsilon(call, EPS);
    struct shape x = call->inputs[0]->shape;
    int64_t count = shape_element_count(x);
    if (!call->has_failed && (x.rank == 0 || x.dims[0] % groups)) {
        argument_fail(call, argument_span(call, GROUPS), DIAG_RANGE, "%lld groups do not divide the channels of %s",
                      (long long)groups, shape_text(call->sema->arena, x));
        layer_label_inputs(call);
    }
    if (call->has_failed) return NO_VALUE;
    struct node *weight = channel_param(call, "weight", PARAM_NORM_WEIGHT);
    struct node *bias = weight ? channel_param(call, "bias", PARAM_NORM_BIAS) : NULL;
    struct node *product;
    if (x.rank == 3) {
        product = normalise_groups(call, call->inputs[0], groups, epsilon);
    } else {
        struct shape seen = {.rank = 3, .dims = {groups, x.dims[0] / groups, count / x.dims[0]}};
        struct normal normal = normalise(call, add_reshape(call, call->inputs[0], seen), false, epsilon);
        product = add_reshape(call, add(call, OP_MUL, normal.difference, normal.scale), x);
    }
    return finish(add(call, OP_ADD, add(call, OP_MUL, product, weight), bias));
}

/* Each channel's sum of `size` channels around it, times `factor`: a matrix with ones beside its diagonal. */
static struct node *add_window_sum(struct layer_call *call, struct node *x, int64_t size, double factor) {
    int64_t channels = call->inputs[0]->shape.dims[0];
    struct shape shape = {.rank = 4, .dims = {channels, channels, 1, 1}};
    if (!x) return NULL;
    if (shape_element_count(shape) < 0) {
        argument_fail(call, call->call->span, DIAG_TENSOR_TOO_LARGE, "'lrn' of %lld channels needs a matrix too large",
                      (long long)channels);
        return NULL;
    }
    float *values;
    struct tensor *tensor = tensor_create(call->sema->graph->arena, shape, &values);
    for (int64_t to = 0; to < channels; to++)
        for (int64_t from = to - size / 2; from <= to + (size - 1) / 2; from++)
            if (from >= 0 && from < channels) values[to * channels + from] = (float)factor;
    struct node *inputs[2] = {x, graph_add_constant(call->sema->graph, tensor, call->origin)};
    struct node *node = layer_add_node(call, OP_CONV, inputs, 2);
    node->as.conv.window = (struct window){.kernel = {1, 1}, .stride = {1, 1}, .dilation = {1, 1}};
    node->as.conv.groups = 1;
    return layer_finish(call, node).kind == VALUE_TENSOR ? node : NULL;
}

/* Krizhevsky, Sutskever, Hinton: "ImageNet Classification with Deep Convolutional Neural Networks", 2012. */
struct value build_lrn(struct layer_call *call) {
    enum { SIZE, ALPHA, BETA, K };
    int64_t size = argument_integer(call, SIZE, 5, 1);
    double alpha = argument_real(call, ALPHA, 1e-4), beta = argument_real(call, BETA, 0.75), k = argument_real(call, K, 1);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    struct node *x = call->inputs[0], *square = add(call, OP_MUL, x, x);
    struct node *sum = add_window_sum(call, square, size, alpha / (double)size);
    if (!sum) return NO_VALUE;
    struct node *base = add(call, OP_ADD, sum, sema_add_number(call->sema, k, call->call->span));
    struct node *power = add(call, OP_POW, base, sema_add_number(call->sema, beta, call->call->span));
    return finish(add(call, OP_DIV, x, power));
}
