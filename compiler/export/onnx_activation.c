/* onnx_activation.c - activations as operators of ONNX, or as what they are made of where it has none. */
#include "onnx.h"

#include "../base/fatal.h"

/* Those that are one operator whose attributes are the constants of activation.def, or that has none. */
static const struct {
    const char *operator, *alpha, *beta;
} operators[ACTIVATION_COUNT] = {
    [ACTIVATION_RELU] = {"Relu", NULL, NULL},
    [ACTIVATION_LEAKY_RELU] = {"LeakyRelu", "alpha", NULL},
    [ACTIVATION_SIGMOID] = {"Sigmoid", NULL, NULL},
    [ACTIVATION_HARD_SIGMOID] = {"HardSigmoid", "alpha", "beta"},
    [ACTIVATION_TANH] = {"Tanh", NULL, NULL},
    [ACTIVATION_HARD_SWISH] = {"HardSwish", NULL, NULL},
    [ACTIVATION_ELU] = {"Elu", "alpha", NULL},
    [ACTIVATION_EXP] = {"Exp", NULL, NULL},
    [ACTIVATION_LOG] = {"Log", NULL, NULL},
    [ACTIVATION_SQRT] = {"Sqrt", NULL, NULL},
    [ACTIVATION_ERF] = {"Erf", NULL, NULL},
    [ACTIVATION_ABS] = {"Abs", NULL, NULL},
    [ACTIVATION_NEG] = {"Neg", NULL, NULL},
    [ACTIVATION_SIGN] = {"Sign", NULL, NULL},
    [ACTIVATION_RECIPROCAL] = {"Reciprocal", NULL, NULL},
    [ACTIVATION_FLOOR] = {"Floor", NULL, NULL},
    [ACTIVATION_CEIL] = {"Ceil", NULL, NULL},
    [ACTIVATION_ROUND] = {"Round", NULL, NULL},
    [ACTIVATION_SOFTPLUS] = {"Softplus", NULL, NULL},
    [ACTIVATION_SOFTSIGN] = {"Softsign", NULL, NULL},
    [ACTIVATION_MISH] = {"Mish", NULL, NULL},
    [ACTIVATION_SELU] = {"Selu", "alpha", "gamma"},
    [ACTIVATION_CELU] = {"Celu", "alpha", NULL},
    [ACTIVATION_THRESHOLDED_RELU] = {"ThresholdedRelu", "alpha", NULL},
    [ACTIVATION_SHRINK] = {"Shrink", "lambd", "bias"},
};

static const char *apply(struct onnx *onnx, const char *operator, const char *a, const char *b) {
    return onnx_add_node(onnx, operator, a, b, NULL)->output[0];
}

static const char *clip(struct onnx *onnx, const char *x, double low, double high) {
    return onnx_add_node(onnx, "Clip", x, onnx_add_number(onnx, low), onnx_add_number(onnx, high), NULL)->output[0];
}

/* x * (1 + erf(x / sqrt 2)) / 2; ONNX has it from opset 20 on. */
static const char *gelu(struct onnx *onnx, const char *x) {
    const char *scaled = apply(onnx, "Mul", x, onnx_add_number(onnx, 0.70710678118654752440));
    const char *erf = apply(onnx, "Erf", scaled, NULL);
    const char *sum = apply(onnx, "Add", erf, onnx_add_number(onnx, 1));
    return apply(onnx, "Mul", apply(onnx, "Mul", x, sum), onnx_add_number(onnx, 0.5));
}

const char *onnx_write_activation(struct onnx *onnx, struct activation activation, const char *x) {
    switch (activation.kind) {
    case ACTIVATION_RELU6: return clip(onnx, x, 0, 6);
    case ACTIVATION_CLIP: return clip(onnx, x, activation.alpha, activation.beta);
    case ACTIVATION_SILU: return apply(onnx, "Mul", x, apply(onnx, "Sigmoid", x, NULL));
    case ACTIVATION_GELU: return gelu(onnx, x);
    default: break;
    }
    if (!operators[activation.kind].operator) fatal_bug("no ONNX for %s", activation_name(activation.kind));
    Onnx__NodeProto *node = onnx_add_node(onnx, operators[activation.kind].operator, x, NULL);
    if (operators[activation.kind].alpha) onnx_set_float(onnx, node, operators[activation.kind].alpha, activation.alpha);
    if (operators[activation.kind].beta) onnx_set_float(onnx, node, operators[activation.kind].beta, activation.beta);
    return node->output[0];
}
