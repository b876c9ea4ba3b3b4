/* layer_pointwise.c - builds the layers that keep the shape: batch norm, SE, activations, sums and products.
 */
#include "layer.h"

struct value build_batch_norm(struct layer_call *call) {
    static const struct {
        const char *part;
        enum param_role role;
    } parts[] = {{"weight", PARAM_NORM_WEIGHT},
                 {"bias", PARAM_NORM_BIAS},
                 {"running_mean", PARAM_NORM_MEAN},
                 {"running_var", PARAM_NORM_VAR}};
    enum { EPS };
    double epsilon = argument_real(call, EPS, 1e-5);
    if (epsilon < 0)
        argument_fail(call, argument_span(call, EPS), DIAG_RANGE, "'eps' of '%s' is not negative",
                      call->layer->name);
    struct shape x = call->inputs[0]->shape, channels = {.rank = 1, .dims = {x.rank ? x.dims[0] : 1}};
    struct node *inputs[5] = {call->inputs[0]};
    for (int i = 0; i < 4 && !call->has_failed; i++)
        inputs[i + 1] = layer_add_param(call, parts[i].part, parts[i].role, channels, 0);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_BATCH_NORM, inputs, 5);
    node->as.batch_norm.epsilon = epsilon;
    return layer_finish(call, node);
}

/* Hidden units: as said, or channels / r. */
static int64_t count_hidden(struct layer_call *call, int r_place, int hidden_place, int64_t channels) {
    int64_t r = argument_integer(call, r_place, 16, 1),
            hidden = argument_integer(call, hidden_place, channels / r, 1);
    if (call->arguments[r_place].is_given && call->arguments[hidden_place].is_given) {
        argument_fail(call, call->arguments[hidden_place].span, DIAG_DUPLICATE_ARGUMENT,
                      "'se' takes a reduction ratio or a number of hidden units, not both");
        diag_label(call->sema->diag, call->arguments[r_place].span, "the ratio");
    } else if (!call->has_failed && hidden < 1) {
        argument_fail(call, argument_span(call, r_place), DIAG_SE_REDUCTION,
                      "'se' reduction ratio %lld leaves no hidden unit: %lld channels / %lld = 0",
                      (long long)r, (long long)channels, (long long)r);
        layer_label_inputs(call);
    }
    return hidden;
}

/* Hu, Shen, Sun: "Squeeze-and-Excitation Networks", CVPR 2018. */
struct value build_se(struct layer_call *call) {
    enum { R, SQUEEZE, ACT, GATE, HIDDEN, BIAS };
    static const char *const squeezes[] = {[SQUEEZE_AVG] = "avg", [SQUEEZE_MAX] = "max"};
    static const enum activation_kind gates[] = {ACTIVATION_SIGMOID, ACTIVATION_HARD_SIGMOID, ACTIVATION_TANH,
                                                 ACTIVATION_RELU};
    if (!layer_need_map(call)) return NO_VALUE;
    int64_t channels = call->inputs[0]->shape.dims[0], hidden = count_hidden(call, R, HIDDEN, channels);
    enum squeeze squeeze = (enum squeeze)argument_word(call, SQUEEZE, squeezes, 2, SQUEEZE_AVG);
    struct activation inner = argument_activation(call, ACT, ACTIVATION_RELU, NULL, 0);
    struct activation gate =
        argument_activation(call, GATE, ACTIVATION_SIGMOID, gates, sizeof gates / sizeof gates[0]);
    bool has_bias = argument_boolean(call, BIAS, true);
    if (call->has_failed) return NO_VALUE;
    struct shape down = {.rank = 2, .dims = {hidden, channels}}, up = {.rank = 2, .dims = {channels, hidden}};
    struct shape down_bias = {.rank = 1, .dims = {hidden}}, up_bias = {.rank = 1, .dims = {channels}};
    struct node *inputs[5] = {call->inputs[0]};
    int count = 1;
    inputs[count++] = layer_add_param(call, "fc1.weight", PARAM_WEIGHT, down, (double)channels);
    if (has_bias) inputs[count++] = layer_add_param(call, "fc1.bias", PARAM_BIAS, down_bias, 0);
    if (!call->has_failed)
        inputs[count++] = layer_add_param(call, "fc2.weight", PARAM_WEIGHT, up, (double)hidden);
    if (has_bias && !call->has_failed)
        inputs[count++] = layer_add_param(call, "fc2.bias", PARAM_BIAS, up_bias, 0);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_SE, inputs, count);
    node->as.se.squeeze = squeeze;
    node->as.se.inner = inner;
    node->as.se.gate = gate;
    return layer_finish(call, node);
}

struct value build_activation(struct layer_call *call) {
    static const double defaults[][2] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) {alpha_default, beta_default},
#include "../graph/activation.def"
#undef ACTIVATION
    };
    struct activation activation = {.kind = (enum activation_kind)call->layer->variant};
    activation.alpha = argument_real(call, 0, defaults[activation.kind][0]);
    activation.beta = argument_real(call, 1, defaults[activation.kind][1]);
    if (!call->has_failed && activation.kind == ACTIVATION_CLIP && activation.alpha > activation.beta)
        argument_fail(call, call->call->span, DIAG_RANGE, "'clip' from %g to %g leaves nothing",
                      activation.alpha, activation.beta);
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, OP_ACTIVATION, call->inputs, 1);
    node->as.activation = activation;
    return layer_finish(call, node);
}

struct value build_prelu(struct layer_call *call) {
    enum { SHARED };
    struct shape x = call->inputs[0]->shape, slope = {.rank = 1, .dims = {x.rank ? x.dims[0] : 1}};
    if (argument_boolean(call, SHARED, false)) slope.dims[0] = 1;
    if (call->has_failed) return NO_VALUE;
    struct node *inputs[2] = {call->inputs[0], layer_add_param(call, "weight", PARAM_SLOPE, slope, 0)};
    if (call->has_failed) return NO_VALUE;
    return layer_finish(call, layer_add_node(call, OP_PRELU, inputs, 2));
}

struct value build_simple(struct layer_call *call) {
    return layer_finish(call, layer_add_node(call, (enum op)call->layer->variant, call->inputs, 1));
}

/* a op b op c ..., from the left. */
struct value build_fold(struct layer_call *call) {
    if (call->input_count < 2) {
        argument_fail(call, call->call->span, DIAG_ARGUMENT_COUNT,
                      "'%s' takes two tensors or more: write %s(x, y)", call->layer->name, call->layer->name);
        return NO_VALUE;
    }
    struct value value = value_tensor(call->inputs[0]);
    for (int i = 1; i < call->input_count && value.kind == VALUE_TENSOR; i++) {
        struct node *inputs[2] = {value.as.node, call->inputs[i]};
        struct shape shape;
        if (!shape_broadcast(inputs[0]->shape, inputs[1]->shape, &shape)) {
            argument_fail(call, call->call->span, DIAG_SHAPE_MISMATCH,
                          "cannot %s tensors of different shapes: %s and %s",
                          op_binary_verb((enum op)call->layer->variant),
                          shape_text(call->sema->arena, inputs[0]->shape),
                          shape_text(call->sema->arena, inputs[1]->shape));
            layer_label_inputs(call);
            return NO_VALUE;
        }
        value = layer_finish(call, layer_add_node(call, (enum op)call->layer->variant, inputs, 2));
    }
    return value;
}

struct value build_dropout(struct layer_call *call) {
    enum { P };
    double p = argument_real(call, P, 0.5);
    if (p < 0 || p > 1)
        argument_fail(call, argument_span(call, P), DIAG_RANGE, "'p' of 'dropout' is between 0 and 1, not %g",
                      p);
    return value_tensor(call->inputs[0]);
}

struct value build_identity(struct layer_call *call) {
    return value_tensor(call->inputs[0]);
}
