/* operator_norm.c - normalisations, spelled out but for batch norm; and softmax. */
#include "importer.h"

/* All axes but the first `from`. */
static unsigned axes_from(int from, int rank) {
    return ((1u << rank) - 1) & ~((1u << from) - 1);
}

/* The node as a map or vector whose first axis is axis 1, the channels. */
static struct node *channels_node(struct call *call, struct value *value, struct shape *out_shape) {
    const struct dims *dims = &value->dims;
    if (!value->node || dims->rank < 2) return call_fail(call, "its input has no batch and channels"), NULL;
    if (!call->importer->is_batched && dims->d[0] != 1)
        return call_fail(call, "its input %s is no batch: another node mixes the pictures",
                         dims_text(call->importer->arena, *dims)),
               NULL;
    struct shape shape = {.rank = dims->rank - 1 < 3 ? dims->rank - 1 : 3, .dims = {dims->d[1]}};
    if (shape.rank >= 2) shape.dims[1] = dims_product(dims, 2, dims->rank - (shape.rank == 3));
    if (shape.rank == 3) shape.dims[2] = dims->d[dims->rank - 1];
    *out_shape = shape;
    return value_node(call, value, shape);
}

/* Before opset 14 the outputs of training tell that it is meant. */
static bool is_in_training(struct call *call) {
    bool is_test = attribute_integer(call, "is_test", 0) != 0;
    bool has_mode = attribute_integer(call, "training_mode", 0) != 0;
    return has_mode || (call->importer->opset < 14 && !is_test && call->output_count > 1);
}

static bool check_channels(struct call *call, const struct value *part, const char *name, int64_t channels) {
    if (part->dims.rank == 1 && part->dims.d[0] == channels) return true;
    return call_fail(call, "its %s %s does not fit its %lld channels", name, dims_text(call->importer->arena, part->dims),
                     (long long)channels);
}

/* Of a constant: a weight that is standardised before it is used. */
static bool batch_norm_constant(struct call *call, const char *const *names, bool is_training, double epsilon) {
    struct value **inputs = call->inputs;
    if (inputs[0]->dims.rank < 2) return call_fail(call, "its input has no batch and channels");
    for (int i = 0; i < 5; i++) {
        if (inputs[i]->element != ELEMENT_FLOAT) return call_fail(call, "its %s are no floats", i ? names[i] : "numbers");
        if (i && !check_channels(call, inputs[i], names[i], inputs[0]->dims.d[1])) return false;
    }
    call->outputs[0] = fold_batch_norm(call, inputs[0], inputs[1], inputs[2], is_training ? NULL : inputs[3],
                                       is_training ? NULL : inputs[4], epsilon);
    return call->outputs[0];
}

bool import_batch_norm(struct call *call, int variant) {
    static const char *const names[] = {"", "scale", "bias", "mean", "variance"};
    static const enum param_role roles[] = {PARAM_WEIGHT, PARAM_NORM_WEIGHT, PARAM_NORM_BIAS, PARAM_NORM_MEAN,
                                            PARAM_NORM_VAR};
    (void)variant;
    double epsilon = attribute_real(call, "epsilon", 1e-5);
    (void)attribute_find(call, "momentum");
    bool is_training = is_in_training(call);
    if (!attribute_integer(call, "spatial", 1)) return call_fail(call, "it is not spatial");
    struct shape shape;
    for (int i = 1; i < 5; i++)
        if (!call_constant(call, i, names[i])) return false;
    if (!call->inputs[0]->node) return batch_norm_constant(call, names, is_training, epsilon);
    if (is_training) call_note_training(call);
    struct node *inputs[5] = {channels_node(call, call->inputs[0], &shape)};
    for (int i = 1; i < 5 && inputs[i - 1]; i++) {
        struct value *part = call->inputs[i];
        if (!check_channels(call, part, names[i], shape.dims[0])) return false;
        inputs[i] = value_param(call, part, (struct shape){.rank = 1, .dims = {shape.dims[0]}}, roles[i], 0);
    }
    if (!inputs[4]) return false;
    struct node *node = call_add(call, OP_BATCH_NORM, inputs, 5);
    node->as.batch_norm.epsilon = epsilon;
    call->outputs[0] = value_flow(call, call_finish(call, node), call->inputs[0]->dims);
    return call->outputs[0];
}

/* (x - mean) / sqrt(variance + epsilon) over some axes; *out_mean and *out_inverse if wanted. */
static struct value *normalise(struct call *call, struct value *x, unsigned axes, double epsilon, bool adds_to_deviation,
                               struct value **out_mean, struct value **out_inverse) {
    struct value *mean = value_reduce(call, REDUCE_MEAN, x, axes);
    struct value *centred = value_binary(call, BINARY_SUB, x, mean);
    struct value *square = value_binary(call, BINARY_MUL, centred, centred);
    struct value *variance = value_reduce(call, REDUCE_MEAN, square, axes), *deviation;
    if (adds_to_deviation) {
        deviation = value_binary(call, BINARY_ADD, variance ? value_unary(call, variance, ACTIVATION_SQRT) : NULL,
                                 value_number(call, epsilon));
    } else {
        variance = value_binary(call, BINARY_ADD, variance, value_number(call, epsilon));
        deviation = value_unary(call, variance, ACTIVATION_SQRT);
    }
    if (out_mean) *out_mean = mean;
    if (out_inverse) *out_inverse = value_unary(call, deviation, ACTIVATION_RECIPROCAL);
    return value_binary(call, BINARY_DIV, centred, deviation);
}

/* A vector [C] as [C, 1, 1 ...], to go with axis 1 of `rank` axes. */
static struct value *along_channels(struct call *call, struct value *vector, int rank) {
    struct dims dims = {.rank = rank - 1, .d = {dims_count(vector->dims)}};
    for (int i = 1; i < dims.rank; i++) dims.d[i] = 1;
    return value_view(call, vector, dims);
}

static struct value *scale_channels(struct call *call, struct value *x, struct value *scale, struct value *bias) {
    if (!x || !scale || !bias) return NULL;
    x = value_binary(call, BINARY_MUL, x, along_channels(call, scale, x->dims.rank));
    return value_binary(call, BINARY_ADD, x, bias && x ? along_channels(call, bias, x->dims.rank) : NULL);
}

/* The mean of each group of channels, of the channels' means [batch, C, 1, 1 ...], at each of its channels. */
static struct value *mean_of_groups(struct call *call, struct value *mean, int64_t groups) {
    if (!mean || groups == mean->dims.d[1]) return mean;
    struct dims all = mean->dims, split = {.rank = 3, .d = {all.d[0], groups, all.d[1] / groups}};
    int64_t *group = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)all.d[1]);
    for (int64_t c = 0; c < all.d[1]; c++) group[c] = c / split.d[2];
    mean = value_reshape(call, mean, split);
    if (mean) mean = value_reduce(call, REDUCE_MEAN, mean, axes_from(2, 3));
    if (mean) mean = value_take(call, mean, 1, group, all.d[1], 0);
    return mean ? value_reshape(call, mean, all) : NULL;
}

/* x [batch, C, ...], each group of channels normalised by itself. Means are taken channel by channel first: these are sums that
 * the steps in front leave anyway, and short ones, so their rounding errors stay small. */
static struct value *normalise_groups(struct call *call, struct value *x, int64_t groups, double epsilon) {
    unsigned axes = axes_from(2, x->dims.rank);
    struct value *mean = mean_of_groups(call, value_reduce(call, REDUCE_MEAN, x, axes), groups);
    struct value *centred = value_binary(call, BINARY_SUB, x, mean);
    struct value *square = value_binary(call, BINARY_MUL, centred, centred);
    struct value *variance = mean_of_groups(call, value_reduce(call, REDUCE_MEAN, square, axes), groups);
    variance = value_binary(call, BINARY_ADD, variance, value_number(call, epsilon));
    struct value *inverse = variance ? value_unary(call, value_unary(call, variance, ACTIVATION_SQRT), ACTIVATION_RECIPROCAL) : NULL;
    return value_binary(call, BINARY_MUL, centred, inverse);
}

/* PyTorch writes a group norm as an instance norm of [batch, groups, all numbers of a group]: the map behind as what it is. */
static struct dims dims_behind_groups(const struct value *x) {
    struct dims dims = x->dims;
    const struct shape *shape = x->node && !x->behind ? &x->node->shape : NULL;
    if (dims.rank != 3 || !shape || shape->rank != 3 || shape->dims[0] % dims.d[1]) return dims;
    return (struct dims){.rank = 4, .d = {dims.d[0], shape->dims[0], shape->dims[1], shape->dims[2]}};
}

bool import_instance_norm(struct call *call, int variant) {
    (void)variant;
    double epsilon = attribute_real(call, "epsilon", 1e-5);
    struct value *x = call->inputs[0], *scale = call_constant(call, 1, "scale"), *bias = call_constant(call, 2, "bias");
    if (!scale || !bias) return false;
    if (x->dims.rank < 3) return call_fail(call, "its input has no spatial axes");
    struct dims dims = x->dims, map = dims_behind_groups(x);
    x = value_reshape(call, x, dims_count(map) == dims_count(dims) ? map : dims);
    if (x) x = normalise_groups(call, x, dims.d[1], epsilon);
    if (x) x = value_reshape(call, x, dims);
    call->outputs[0] = scale_channels(call, x, scale, bias);
    return call->outputs[0];
}

bool import_layer_norm(struct call *call, int variant) {
    (void)variant;
    double epsilon = attribute_real(call, "epsilon", 1e-5);
    struct value *x = call->inputs[0];
    (void)attribute_find(call, "stash_type");
    int axis = value_axis(call, attribute_integer(call, "axis", -1), x->dims.rank);
    if (axis < 0) return false;
    struct value *mean, *inverse;
    bool has_more = call->output_count > 1;
    x = normalise(call, x, axes_from(axis, x->dims.rank), epsilon, false, has_more ? &mean : NULL,
                  has_more ? &inverse : NULL);
    x = value_binary(call, BINARY_MUL, x, call->inputs[1]);
    if (call_has_input(call, 2)) x = value_binary(call, BINARY_ADD, x, call->inputs[2]);
    if (has_more) call->outputs[1] = mean;
    if (has_more && call->output_count > 2) call->outputs[2] = inverse;
    call->outputs[0] = x;
    return x;
}

bool import_group_norm(struct call *call, int variant) {
    (void)variant;
    double epsilon = attribute_real(call, "epsilon", 1e-5);
    int64_t groups = attribute_integer(call, "num_groups", 0);
    (void)attribute_find(call, "stash_type");
    struct value *x = call->inputs[0], *scale = call_constant(call, 1, "scale"), *bias = call_constant(call, 2, "bias");
    if (!scale || !bias) return false;
    struct dims dims = x->dims, split = dims;
    if (dims.rank < 3 || dims.rank >= DIMS_MAX_RANK || groups < 1 || dims.d[1] % groups)
        return call_fail(call, "its %lld groups do not fit its input", (long long)groups);
    split = (struct dims){.rank = 3, .d = {dims.d[0], groups, dims_count(dims) / dims.d[0] / groups}};
    bool is_of_groups = dims_count(scale->dims) == groups && groups != dims.d[1]; /* opset 18 */
    x = normalise_groups(call, x, groups, epsilon);
    if (x && is_of_groups) {
        x = value_reshape(call, x, split);
        x = x ? scale_channels(call, x, scale, bias) : NULL;
        if (x) x = value_reshape(call, x, dims);
    }
    call->outputs[0] = is_of_groups ? x : scale_channels(call, x, scale, bias);
    return call->outputs[0];
}

bool import_mean_variance_norm(struct call *call, int variant) {
    static const int64_t usual[] = {0, 2, 3};
    (void)variant;
    size_t count;
    const int64_t *given = attribute_integers(call, "axes", &count);
    struct value *x = call->inputs[0];
    unsigned axes = 0;
    if (!count) {
        given = usual;
        count = 3;
    }
    for (size_t i = 0; i < count; i++) {
        int axis = value_axis(call, given[i], x->dims.rank);
        if (axis < 0) return false;
        axes |= 1u << axis;
    }
    call->outputs[0] = normalise(call, x, axes, 1e-9, true, NULL, NULL);
    return call->outputs[0];
}

/* The sum over a window of channels is a 1x1 convolution with a band of ones. */
static struct node *sum_channels(struct call *call, struct node *x, int64_t size) {
    int64_t channels = x->shape.dims[0], before = (size - 1) / 2;
    struct shape shape = {.rank = 4, .dims = {channels, channels, 1, 1}};
    if (channels > 1 << 13) return call_fail(call, "it has %lld channels; 8192 are the most", (long long)channels), NULL;
    float *band;
    struct tensor *tensor = tensor_create(call->importer->graph->arena, shape, &band);
    for (int64_t to = 0; to < channels; to++)
        for (int64_t from = to - before; from < to - before + size; from++)
            if (from >= 0 && from < channels) band[to * channels + from] = 1;
    struct node *inputs[2] = {x, graph_add_constant(call->importer->graph, tensor, call->origin)};
    struct node *conv = call_add(call, OP_CONV, inputs, 2);
    conv->as.conv.window = (struct window){{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};
    conv->as.conv.groups = 1;
    return call_finish(call, conv);
}

bool import_lrn(struct call *call, int variant) {
    (void)variant;
    double alpha = attribute_real(call, "alpha", 1e-4), beta = attribute_real(call, "beta", 0.75),
           bias = attribute_real(call, "bias", 1);
    int64_t size = attribute_integer(call, "size", 0);
    struct value *x = call->inputs[0], *square = value_binary(call, BINARY_MUL, x, x);
    struct shape shape;
    struct node *node = square ? channels_node(call, square, &shape) : NULL;
    if (!node) return false;
    if (size < 1 || shape.rank < 2) return call_fail(call, "its size or its input is not supported");
    if (size > 2 * shape.dims[0]) size = 2 * shape.dims[0] + 1; /* all channels */
    if (shape.rank == 2) shape = (struct shape){.rank = 3, .dims = {shape.dims[0], 1, shape.dims[1]}};
    node = sum_channels(call, value_node(call, square, shape), size);
    struct value *sum = value_flow(call, node, x->dims);
    sum = value_binary(call, BINARY_MUL, sum, value_number(call, alpha / (double)attribute_integer(call, "size", 1)));
    sum = value_binary(call, BINARY_ADD, sum, value_number(call, bias));
    sum = value_binary(call, BINARY_POW, sum, value_number(call, beta));
    call->outputs[0] = value_binary(call, BINARY_DIV, x, sum);
    return call->outputs[0];
}

/* --- softmax: variant is OP_SOFTMAX or OP_LOG_SOFTMAX */

/* Over the axes from `axis` on, before opset 13; else over that axis. The graph's is over the first axis of a shape. */
bool import_softmax(struct call *call, int variant) {
    bool is_old = call->importer->opset < 13;
    struct value *x = call->inputs[0];
    int axis = value_axis(call, attribute_integer(call, "axis", is_old ? 1 : -1), x->dims.rank);
    if (axis < 0) return false;
    if (!x->node) return call_fail(call, "its input is a constant");
    struct dims picture = value_picture(call, x);
    int own = axis - (x->dims.rank - picture.rank), end = is_old ? picture.rank : own + 1;
    if (own < 0) return call_fail_batch(call);
    int64_t before = dims_product(&picture, 0, own), count = dims_product(&picture, own, end),
            after = dims_product(&picture, end, picture.rank);
    struct dims seen = {.rank = 3, .d = {before, count, after}};
    static const int turned[] = {1, 0, 2}, turned_batch[] = {0, 2, 1, 3};
    const int *turn = turned;
    if (call->importer->is_batched) {
        seen = (struct dims){.rank = 4, .d = {call->importer->batch, before, count, after}};
        turn = turned_batch;
    }
    struct value *value = value_reshape(call, x, seen);
    if (value && before > 1) value = value_permute(call, value, turn);
    if (!value) return false;
    struct shape shape = {.rank = 3, .dims = {count, before, after}};
    if (before * after == 1)
        shape = (struct shape){.rank = 1, .dims = {count}};
    else if (before == 1 && own == 0 && !is_old && picture.rank == 3 && count > 1)
        shape = value_shape(call, picture);
    struct node *node = value_node(call, value, shape);
    if (!node) return false;
    node = call_finish(call, call_add(call, (enum op)variant, &node, 1));
    value = value_flow(call, node, value->dims);
    if (value && before > 1) value = value_permute(call, value, turn);
    call->outputs[0] = value ? value_reshape(call, value, x->dims) : NULL;
    return call->outputs[0];
}
