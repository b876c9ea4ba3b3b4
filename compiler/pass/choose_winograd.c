/* choose_winograd.c - marks the convolutions that may be computed by minimal filtering.
 *
 *     conv 3x3, stride 1, dilation 1   =>   the same, marked
 *
 * The schedule takes F(2x2, 3x3), F(4x4, 3x3) or F(6x6, 3x3) for a marked convolution where its cost model finds that faster,
 * and groups of channels fill whole vectors. Results change by rounding: about 1e-5 of the largest result. Declined: every
 * other kernel, stride or dilation; depthwise.
 */
#include "pass.h"

void pass_choose_winograd(struct graph *graph) {
    for (struct node *node = graph->first; node; node = node->next) {
        if (node->op != OP_CONV || node->inputs[1]->shape.dims[1] == 1) continue;
        const struct window *window = &node->as.conv.window;
        bool fits = true;
        for (int i = 0; i < 2; i++)
            fits = fits && window->kernel[i] == 3 && window->stride[i] == 1 && window->dilation[i] == 1;
        node->as.conv.winograd = fits;
    }
}
