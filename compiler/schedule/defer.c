/* defer.c - a product of a map and its gate has no step where its readers can scale what they read (see pass sink-scale):
 *
 *     p = copy x; mul s          c = conv x*s      the weights are scaled as they are read
 *     c = conv p             =>  w = winograd-in x*s, copy x*s, add x*s: the map is scaled as it passes
 *     d = copy c; add p          d = copy c; add x*s
 *
 * Scaling weights costs C_in * C_out * taps, for the rows of each item or once, a pass of its own C_in * H * W and a barrier:
 * for a map of few pixels and a wide convolution the pass is cheaper. */
#include "build.h"

/* Whether a direct convolution scales its weights in less time than a pass over its source takes. */
static bool weights_are_cheaper(const struct builder *builder, const struct node *conv) {
    enum { BARRIER_CYCLES = 2500, CYCLES_PER_VECTOR = 3, MOST_SCRATCH_BYTES = 512 * 1024, WIDEST_TILE = 64 };
    int64_t lanes = builder->plan->lanes, groups = conv->as.conv.groups;
    struct map_shape source = shape_as_map(conv->inputs[0]->shape), result = shape_as_map(conv->shape);
    int64_t taps = conv->as.conv.window.kernel[0] * conv->as.conv.window.kernel[1];
    int64_t inputs = source.c / groups, width = result.c / groups < WIDEST_TILE ? result.c / groups : WIDEST_TILE;
    if (inputs * taps * width * 4 > MOST_SCRATCH_BYTES) return false;
    int64_t weights = taps * source.c * plan_blocks(result.c / groups, lanes) * CYCLES_PER_VECTOR;
    int64_t pass = plan_blocks(source.c, lanes) * source.h * source.w * CYCLES_PER_VECTOR + BARRIER_CYCLES;
    /* a pass is never free: it is preferred only where scaling would be a good part of the convolution's work */
    int64_t positions = conv->op == OP_CONV_TRANSPOSE ? source.h * source.w : result.h * result.w;
    int64_t work = taps * source.c * plan_blocks(result.c / groups, lanes) * positions;
    return weights <= pass || weights <= work / 10;
}

static bool reads_scaled(const struct builder *builder, const struct node *user) {
    struct plan_winograd shape;
    switch (user->op) {
    case OP_CONV: return choose_winograd(builder->plan, user, &shape) || weights_are_cheaper(builder, user);
    case OP_CONV_TRANSPOSE: return weights_are_cheaper(builder, user);
    case OP_CONCAT: return schedule_concat_is_aligned(builder, user);
    case OP_ADD: return true;
    default: return false;
    }
}

bool schedule_defer(struct builder *builder, const struct node *node) {
    if (node->op != OP_MUL || !node->as.mul.deferred || builder->level == 0) return false;
    for (const struct node *user = node->next; user; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node && !reads_scaled(builder, user)) return false;
    builder->deferred[node->id] = builder->done[node->id] = true;
    return true;
}
