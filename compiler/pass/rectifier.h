/* rectifier.h - inside pass/: relu, leaky_relu, prelu, which multiply what is below 0 by a slope. */
#ifndef SENC_PASS_RECTIFIER_H
#define SENC_PASS_RECTIFIER_H

#include "../graph/graph.h"

bool is_rectifier(const struct node *node);

/* Its slopes. */
struct slopes {
    bool are_finite, are_normal; /* normal: finite, and not 0 nor next to it */
};

/* Neither, where they are not known. */
struct slopes rectifier_slopes(const struct node *rectifier);

/* Whether rectifier(s x) = s rectifier(x) for numbers s that such a gate gives, as long as a slope of 0 meets no -inf. */
bool rectifier_commutes(const struct node *rectifier, enum activation_kind gate);

#endif
