/* rectifier.c - what is known of activations that multiply what is below 0 by a slope. */
#include "rectifier.h"

#include "param.h"

#include <math.h>

bool is_rectifier(const struct node *node) {
    enum activation_kind kind = node->as.activation.kind;
    return node->op == OP_PRELU || (node->op == OP_ACTIVATION && (kind == ACTIVATION_RELU || kind == ACTIVATION_LEAKY_RELU));
}

struct slopes rectifier_slopes(const struct node *rectifier) {
    float slope = 0;
    const float *values = &slope;
    int64_t count = 1;
    struct slopes slopes = {true, true};
    if (rectifier->op == OP_PRELU) {
        if (!param_is_bound(rectifier->inputs[1])) return (struct slopes){false, false};
        values = rectifier->inputs[1]->as.param.tensor->values;
        count = shape_element_count(rectifier->inputs[1]->shape);
    } else if (rectifier->as.activation.kind == ACTIVATION_LEAKY_RELU)
        slope = (float)rectifier->as.activation.alpha;
    for (int64_t i = 0; i < count; i++) {
        slopes.are_finite = slopes.are_finite && isfinite(values[i]);
        slopes.are_normal = slopes.are_normal && isnormal(values[i]);
    }
    return slopes;
}

bool rectifier_commutes(const struct node *rectifier, enum activation_kind gate) {
    bool is_within_0_and_1 = gate == ACTIVATION_SIGMOID || gate == ACTIVATION_HARD_SIGMOID;
    return is_rectifier(rectifier) && is_within_0_and_1 && rectifier_slopes(rectifier).are_finite;
}
