/* elementwise.c - operations of the interpreter that work on each number, or each channel, alone. */
#include "eval_op.h"

#include "../base/fatal.h"

#include <math.h>

/* Comparisons are written so that NaN comes out as NaN. */
static double clamp(double x, double low, double high) {
    return x < low ? low : x > high ? high : x;
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double shrink(double x, double lambda, double bias) {
    return x < -lambda ? x + bias : x > lambda ? x - bias : isnan(x) ? x : 0;
}

double eval_activation(struct activation activation, double x) {
    double alpha = activation.alpha, beta = activation.beta;
    switch (activation.kind) {
    case ACTIVATION_RELU: return x < 0 ? 0 : x;
    case ACTIVATION_RELU6: return clamp(x, 0, 6);
    case ACTIVATION_LEAKY_RELU: return x > 0 ? x : alpha * x;
    case ACTIVATION_SIGMOID: return sigmoid(x);
    case ACTIVATION_HARD_SIGMOID: return clamp(alpha * x + beta, 0, 1);
    case ACTIVATION_TANH: return tanh(x);
    case ACTIVATION_SILU: return x * sigmoid(x);
    case ACTIVATION_HARD_SWISH: return x * clamp(x + 3, 0, 6) / 6;
    case ACTIVATION_GELU: return x * erfc(-x * M_SQRT1_2) / 2; /* 1 + erf(y) = erfc(-y), where it is small too */
    case ACTIVATION_ELU: return x > 0 ? x : alpha * expm1(x);
    case ACTIVATION_CLIP: return clamp(x, alpha, beta);
    case ACTIVATION_EXP: return exp(x);
    case ACTIVATION_LOG: return log(x);
    case ACTIVATION_SQRT: return sqrt(x);
    case ACTIVATION_ERF: return erf(x);
    case ACTIVATION_ABS: return fabs(x);
    case ACTIVATION_NEG: return -x;
    case ACTIVATION_SIGN: return x > 0 ? 1 : x < 0 ? -1 : x;
    case ACTIVATION_RECIPROCAL: return 1 / x;
    case ACTIVATION_FLOOR: return floor(x);
    case ACTIVATION_CEIL: return ceil(x);
    case ACTIVATION_ROUND: return rint(x); /* to even, in the usual mode */
    case ACTIVATION_SOFTPLUS: return softplus(x);
    case ACTIVATION_SOFTSIGN: return x / (1 + fabs(x));
    case ACTIVATION_MISH: return x * tanh(softplus(x));
    case ACTIVATION_SELU: return beta * (x > 0 ? x : alpha * expm1(x));
    case ACTIVATION_CELU: return x > 0 ? x : alpha * expm1(x / alpha);
    case ACTIVATION_THRESHOLDED_RELU: return x > alpha || isnan(x) ? x : 0;
    case ACTIVATION_SHRINK: return shrink(x, alpha, beta);
    case ACTIVATION_COUNT: break;
    }
    fatal_bug("activation %d is unknown", (int)activation.kind);
}

void eval_ACTIVATION(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    int64_t count = shape_element_count(node->shape);
    for (int64_t i = 0; i < count; i++) out[i] = (float)eval_activation(node->as.activation, inputs[0]->values[i]);
}

/* Numbers of one channel. */
static int64_t channel_size(struct shape shape) {
    return shape_element_count(shape) / shape.dims[0];
}

void eval_BATCH_NORM(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    const float *x = inputs[0]->values;
    int64_t size = channel_size(node->shape);
    for (int64_t c = 0; c < node->shape.dims[0]; c++) {
        double weight = inputs[1]->values[c], bias = inputs[2]->values[c], mean = inputs[3]->values[c];
        double scale = weight / sqrt(inputs[4]->values[c] + node->as.batch_norm.epsilon);
        for (int64_t i = c * size; i < (c + 1) * size; i++) out[i] = (float)((x[i] - mean) * scale + bias);
    }
}

void eval_PRELU(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    const float *x = inputs[0]->values;
    int64_t size = channel_size(node->shape);
    bool is_shared = inputs[1]->shape.dims[0] == 1;
    for (int64_t c = 0; c < node->shape.dims[0]; c++) {
        double slope = inputs[1]->values[is_shared ? 0 : c];
        for (int64_t i = c * size; i < (c + 1) * size; i++) out[i] = (float)(x[i] > 0 ? x[i] : slope * x[i]);
    }
}

/* Over the channels, at each position: the largest number first, so that no exponential overflows. */
static void softmax(const struct node *node, const float *x, float *out, bool is_log) {
    int64_t channels = node->shape.dims[0], size = channel_size(node->shape);
    for (int64_t i = 0; i < size; i++) {
        double largest = x[i], sum = 0;
        for (int64_t c = 1; c < channels; c++)
            if (x[c * size + i] > largest) largest = x[c * size + i];
        for (int64_t c = 0; c < channels; c++) sum += exp(x[c * size + i] - largest);
        for (int64_t c = 0; c < channels; c++) {
            double shifted = x[c * size + i] - largest;
            out[c * size + i] = (float)(is_log ? shifted - log(sum) : exp(shifted) / sum);
        }
    }
}

void eval_SOFTMAX(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    softmax(node, inputs[0]->values, out, false);
}

void eval_LOG_SOFTMAX(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena;
    softmax(node, inputs[0]->values, out, true);
}
