/* layer_conv.c - builds the layers that multiply by a matrix of weights: convolutions and linear. */
#include "layer.h"

static const struct window unit_window = {{1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}};

static bool check_groups(struct layer_call *call, int place, int64_t channels, const char *what,
                         int64_t groups) {
    if (channels % groups == 0) return true;
    argument_fail(call, argument_span(call, place), DIAG_LAYER_SHAPE,
                  "%lld groups do not divide the %lld %s of '%s'", (long long)groups, (long long)channels,
                  what, call->layer->name);
    layer_label_inputs(call);
    return false;
}

/* The node itself, once input, window and weight are there. */
static struct value finish_conv(struct layer_call *call, enum op op, struct window window, int64_t groups,
                                struct shape weight_shape, double fan_in, int64_t out, bool has_bias,
                                const int64_t *output_pad) {
    struct node *inputs[3] = {call->inputs[0]};
    inputs[1] = layer_add_param(call, "weight", PARAM_WEIGHT, weight_shape, fan_in);
    if (has_bias) {
        struct shape bias_shape = {.rank = 1, .dims = {out}};
        inputs[2] = layer_add_param(call, "bias", PARAM_BIAS, bias_shape, 0);
    }
    if (call->has_failed) return NO_VALUE;
    struct node *node = layer_add_node(call, op, inputs, has_bias ? 3 : 2);
    node->as.conv.window = window;
    node->as.conv.groups = groups;
    for (int axis = 0; output_pad && axis < 2; axis++) node->as.conv.output_pad[axis] = output_pad[axis];
    return layer_finish(call, node);
}

/* [out, channels / groups, kh, kw] */
static struct value finish_forward(struct layer_call *call, struct window window, int64_t out, int64_t groups,
                                   bool has_bias) {
    int64_t in = call->inputs[0]->shape.dims[0] / groups;
    struct shape weight = {.rank = 4, .dims = {out, in, window.kernel[0], window.kernel[1]}};
    double fan_in = (double)in * (double)window.kernel[0] * (double)window.kernel[1];
    return finish_conv(call, OP_CONV, window, groups, weight, fan_in, out, has_bias, NULL);
}

struct value build_conv(struct layer_call *call) {
    enum { OUT, K, STRIDE, PAD, DILATION, GROUPS, BIAS };
    struct window window = unit_window;
    int64_t out = argument_integer(call, OUT, 1, 1), groups = argument_integer(call, GROUPS, 1, 1);
    bool has_bias = argument_boolean(call, BIAS, false);
    argument_pair(call, K, 1, 1, window.kernel);
    argument_pair(call, STRIDE, 1, 1, window.stride);
    argument_pair(call, DILATION, 1, 1, window.dilation);
    argument_window_pad(call, PAD, &window, EDGES_SAME);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    if (!check_groups(call, GROUPS, call->inputs[0]->shape.dims[0], "input channels", groups))
        return NO_VALUE;
    if (!check_groups(call, GROUPS, out, "output channels", groups)) return NO_VALUE;
    return finish_forward(call, window, out, groups, has_bias);
}

struct value build_depthwise(struct layer_call *call) {
    enum { K, STRIDE, PAD, DILATION, BIAS, MULTIPLIER };
    struct window window = unit_window;
    int64_t multiplier = argument_integer(call, MULTIPLIER, 1, 1);
    bool has_bias = argument_boolean(call, BIAS, false);
    argument_pair(call, K, 1, 1, window.kernel);
    argument_pair(call, STRIDE, 1, 1, window.stride);
    argument_pair(call, DILATION, 1, 1, window.dilation);
    argument_window_pad(call, PAD, &window, EDGES_SAME);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    int64_t channels = call->inputs[0]->shape.dims[0];
    return finish_forward(call, window, channels * multiplier, channels,
                          has_bias); /* both are at most 2^30 */
}

struct value build_conv_transpose(struct layer_call *call) {
    enum { OUT, K, STRIDE, PAD, OUTPUT_PAD, GROUPS, BIAS, DILATION };
    struct window window = unit_window;
    int64_t output_pad[2];
    int64_t out = argument_integer(call, OUT, 1, 1), groups = argument_integer(call, GROUPS, 1, 1);
    bool has_bias = argument_boolean(call, BIAS, false);
    argument_pair(call, K, 1, 1, window.kernel);
    argument_pair(call, STRIDE, 1, 1, window.stride);
    argument_pair(call, DILATION, 1, 1, window.dilation);
    argument_pair(call, OUTPUT_PAD, 0, 0, output_pad);
    argument_window_pad(call, PAD, &window, EDGES_GIVEN);
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    int64_t channels = call->inputs[0]->shape.dims[0];
    if (!check_groups(call, GROUPS, channels, "input channels", groups)) return NO_VALUE;
    if (!check_groups(call, GROUPS, out, "output channels", groups)) return NO_VALUE;
    struct shape weight = {.rank = 4, .dims = {channels, out / groups, window.kernel[0], window.kernel[1]}};
    double fan_in = (double)(channels / groups) * (double)window.kernel[0] * (double)window.kernel[1] /
                    ((double)window.stride[0] * (double)window.stride[1]);
    return finish_conv(call, OP_CONV_TRANSPOSE, window, groups, weight, fan_in, out, has_bias, output_pad);
}

struct value build_linear(struct layer_call *call) {
    enum { OUT, BIAS };
    int64_t out = argument_integer(call, OUT, 1, 1);
    bool has_bias = argument_boolean(call, BIAS, true);
    struct shape x = call->inputs[0]->shape;
    if (x.rank != 1 && !(x.rank == 3 && x.dims[1] == 1 && x.dims[2] == 1)) {
        argument_fail(
            call, call->call->span, DIAG_LAYER_SHAPE,
            "'linear' needs a vector [C] or [C, 1, 1], not %s: write 'flatten' first, or avgpool(global)",
            shape_text(call->sema->arena, x));
        layer_label_inputs(call);
    }
    if (call->has_failed) return NO_VALUE;
    struct node *inputs[3] = {call->inputs[0]};
    struct shape weight_shape = {.rank = 2, .dims = {out, x.dims[0]}},
                 bias_shape = {.rank = 1, .dims = {out}};
    inputs[1] = layer_add_param(call, "weight", PARAM_WEIGHT, weight_shape, (double)x.dims[0]);
    if (has_bias) inputs[2] = layer_add_param(call, "bias", PARAM_BIAS, bias_shape, 0);
    if (call->has_failed) return NO_VALUE;
    return layer_finish(call, layer_add_node(call, OP_LINEAR, inputs, has_bias ? 3 : 2));
}
