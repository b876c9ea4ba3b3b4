/* se.c - squeeze and excitation of the interpreter: gate(fc2(inner(fc1(squeeze(x))))) * x. */
#include "eval_op.h"

#include "pool.h"

#include <math.h>

struct layer {
    const struct tensor *weight, *bias;
    struct activation activation;
};

static struct layer se_layer(const struct node *node, const struct tensor *const *inputs, int index) {
    bool has_bias = node->input_count == 5;
    return (struct layer){.weight = inputs[has_bias ? 1 + 2 * index : 1 + index],
                          .bias = has_bias ? inputs[2 + 2 * index] : NULL,
                          .activation = index ? node->as.se.gate : node->as.se.inner};
}

static void apply_layer(struct layer layer, const double *x, double *out) {
    int64_t rows = layer.weight->shape.dims[0], count = layer.weight->shape.dims[1];
    for (int64_t o = 0; o < rows; o++) {
        double sum = eval_bias(layer.bias, o);
        for (int64_t i = 0; i < count; i++) sum += layer.weight->values[o * count + i] * x[i];
        out[o] = eval_activation(layer.activation, sum);
    }
}

/* From the squeezed vector to the gate. */
static const double *excite(struct arena *arena, const struct node *node, const struct tensor *const *inputs,
                            const double *squeezed) {
    struct layer fc1 = se_layer(node, inputs, 0), fc2 = se_layer(node, inputs, 1);
    double *hidden = ARENA_NEW_ARRAY(arena, double, (size_t)fc1.weight->shape.dims[0]);
    double *gate = ARENA_NEW_ARRAY(arena, double, (size_t)fc2.weight->shape.dims[0]);
    apply_layer(fc1, squeezed, hidden);
    apply_layer(fc2, hidden, gate);
    return gate;
}

void eval_EXCITE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    int64_t count = inputs[0]->shape.dims[0];
    double *squeezed = ARENA_NEW_ARRAY(arena, double, (size_t)count);
    double doubt = 0; /* or NaN */
    for (int64_t i = 0; i < count; i++) {
        squeezed[i] = inputs[0]->values[i];
        if (node->as.se.is_strict) doubt += 0 * squeezed[i];
    }
    const double *gate = excite(arena, node, inputs, squeezed);
    for (int64_t c = 0; c < node->shape.dims[0]; c++) {
        out[c] = (float)(gate[c] + doubt);
        if (node->as.se.is_wary && out[c] == 0 && !(squeezed[c] > -INFINITY)) out[c] = NAN;
    }
}

void eval_SE(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    int64_t channels = node->shape.dims[0], area = node->shape.dims[1] * node->shape.dims[2];
    const float *x = inputs[0]->values;
    double *squeezed = ARENA_NEW_ARRAY(arena, double, (size_t)channels);
    for (int64_t c = 0; c < channels; c++)
        squeezed[c] = pool_map(x + c * area, area, node->as.se.squeeze == SQUEEZE_MAX);
    const double *gate = excite(arena, node, inputs, squeezed);
    for (int64_t c = 0; c < channels; c++)
        for (int64_t i = c * area; i < (c + 1) * area; i++) out[i] = (float)(x[i] * gate[c]);
}
