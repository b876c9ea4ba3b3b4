/* sink_scale.c - the product of a map and its gate moves to where the map passes anyway.
 *
 *     %3 = mul %1, %2             ->  %6 = maxpool %1       max(s x) = s max(x) where s >= 0
 *     %4 = maxpool %3                 %7 = mul %6, %2       a product that becomes part of the pool's step
 *
 *     %3 = mul %1, %2             ->  %3 = mul %1, %2 deferred
 *     %4 = conv %3, w, b              %4 = conv %3, w, b    W (s x) = (W diag(s)) x: the step reads %1 and scales w
 *
 *     %3 = mul %1, %2             ->  %6 = relu %1          relu(s x) = s relu(x) where s >= 0
 *     %4 = relu %3                    %7 = mul %6, %2       a product that moves on in turn
 *
 * s, one number a channel, is known only when all of x is, so a product of its own would read and write x once more.
 * What is linear in each channel by itself (depthwise convolutions, means, resizing, cutting) commutes with s, and so
 * does the largest value where s >= 0; the product behind it is part of its step. What mixes channels (convolutions,
 * transposed ones too) or several maps (sums, concatenations) scales what it reads: the product is marked as deferred, and
 * the schedule reads its factors instead, where its cost model does not find a pass cheaper. A product whose gate is known
 * before x (see hoist-squeeze) stays: it is part of the step that computes x. A rectifier (relu, leaky_relu, prelu) is passed
 * where all that reads it takes the factor: it becomes part of the step that computes x, which keeps the sums of x for the
 * squeeze in front of it (schedule/fuse.c); where that step cannot, of the pass that the product is today.
 *
 * Legal for numbers of all kinds: 0 * inf must stay NaN, so a maximum is passed only by a gate within [0, 1] and a map
 * that cannot hold -inf; a gate that may be infinite passes no sum with padding (0 * inf there would be NaN), and no gate
 * passes a window that lies in the padding altogether.
 *
 * A rectifier is passed by gates within [0, 1] (an infinite gate times a 0 of relu would be NaN). With a slope a that is
 * finite and not 0, a (s x) = s (a x) for infinities too. A slope of 0 hides -inf: relu(0 * -inf) is NaN, 0 * relu(-inf) would
 * be 0. Where the gate is of the mean of x itself, that mean is -inf or NaN if x holds -inf, and the excitation becomes wary: if
 * the mean of a channel is -inf or NaN, and its gate 0, the gate is NaN. So no NaN is lost, but one in some places of a channel
 * is one in all the channel. (Numbers whose float sum overflows have such a mean too.)
 *
 * Declined: a map that has another kind of reader or is an output (the product is stored for that one, and so for all);
 * rectifiers with a slope of 0 behind a squeeze by the largest value, of another map, moved by hoist-squeeze or of all tiles
 * (meet-squeezes), unless x cannot hold -inf; activations that do not grow with s (silu, relu6, ...); more than 16 rectifiers one
 * behind the other. */
#include "pass.h"

#include "rectifier.h"

struct scale {
    struct node *mul, *x, *gate;
};

/* How a reader takes the factor. */
enum way { WAY_NONE, WAY_BEHIND, WAY_READS, WAY_RECTIFIER };

static bool find_scale(struct node *mul, struct scale *scale) {
    for (int i = 0; i < 2 && mul->op == OP_MUL; i++) {
        *scale = (struct scale){mul, mul->inputs[1 - i], mul->inputs[i]};
        if (scale->gate->op == OP_EXCITE && scale->x->op != OP_PARAM && mul->shape.rank == 3 &&
            shape_equal(scale->x->shape, mul->shape))
            return true;
    }
    return false;
}

static enum activation_kind gate_kind(const struct scale *scale) {
    return scale->gate->as.se.gate.kind;
}

static bool is_bounded(const struct scale *scale) {
    return gate_kind(scale) != ACTIVATION_RELU;
}

static bool is_within_0_and_1(const struct scale *scale) {
    return gate_kind(scale) == ACTIVATION_SIGMOID || gate_kind(scale) == ACTIVATION_HARD_SIGMOID;
}

/* --- legality */

static bool has_padding(const struct window *window) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return true;
    return false;
}

/* Whether every window of the result holds a row and a column of the map. */
static bool windows_touch_map(const struct window *window, struct shape map, struct shape result) {
    for (int axis = 0; axis < 2; axis++)
        for (int64_t at = 0; at < result.dims[axis + 1]; at++) {
            int64_t first = at * window->stride[axis] - window->pad[axis ? EDGE_LEFT : EDGE_TOP];
            bool touches = false;
            for (int64_t tap = 0; tap < window->kernel[axis] && !touches; tap++) {
                int64_t row = first + tap * window->dilation[axis];
                touches = row >= 0 && row < map.dims[axis + 1];
            }
            if (!touches) return false;
        }
    return true;
}

static bool sums_are_legal(const struct scale *scale, const struct node *user, const struct window *window) {
    return (is_bounded(scale) || !has_padding(window)) && windows_touch_map(window, scale->x->shape, user->shape);
}

/* Whether no number of the map is -inf. */
static bool is_bounded_below(const struct node *node) {
    switch (node->op) {
    case OP_ACTIVATION:
        switch (node->as.activation.kind) {
        case ACTIVATION_RELU:
        case ACTIVATION_RELU6:
        case ACTIVATION_SIGMOID:
        case ACTIVATION_HARD_SIGMOID:
        case ACTIVATION_TANH:
        case ACTIVATION_SILU:
        case ACTIVATION_HARD_SWISH:
        case ACTIVATION_GELU:
        case ACTIVATION_ELU:
        case ACTIVATION_CLIP: return true;
        default: return false;
        }
    case OP_MAX_POOL:
    case OP_AVG_POOL:
    case OP_RESHAPE:
    case OP_SLICE: return is_bounded_below(node->inputs[0]);
    case OP_CONCAT:
        for (int i = 0; i < node->input_count; i++)
            if (!is_bounded_below(node->inputs[i])) return false;
        return true;
    default: return false;
    }
}

static bool is_depthwise(const struct node *conv) {
    int64_t channels = conv->shape.dims[0];
    return conv->as.conv.groups == channels && conv->inputs[0]->shape.dims[0] == channels && channels > 1;
}

static enum way way_of_conv(const struct scale *scale, const struct node *user) {
    if (!sums_are_legal(scale, user, &user->as.conv.window)) return WAY_NONE;
    return is_depthwise(user) ? WAY_BEHIND : WAY_READS;
}

/* Whether each result of a transposed convolution that any tap reaches is reached from within the map. */
static bool taps_come_from_map(const struct window *window, struct shape map, struct shape result) {
    for (int axis = 0; axis < 2; axis++)
        for (int64_t at = 0; at < result.dims[axis + 1]; at++) {
            bool is_reached = false, is_from_map = false;
            for (int64_t tap = 0; tap < window->kernel[axis]; tap++) {
                int64_t row = at + window->pad[axis ? EDGE_LEFT : EDGE_TOP] - tap * window->dilation[axis];
                if (row % window->stride[axis]) continue;
                is_reached = true;
                is_from_map = is_from_map || (row >= 0 && row / window->stride[axis] < map.dims[axis + 1]);
            }
            if (is_reached && !is_from_map) return false;
        }
    return true;
}

static enum way way_of_transposed(const struct scale *scale, const struct node *user) {
    if (!is_bounded(scale)) return WAY_NONE;
    return taps_come_from_map(&user->as.conv.window, scale->x->shape, user->shape) ? WAY_READS : WAY_NONE;
}

static bool takes_all_channels(const struct scale *scale, const struct node *slice) {
    return slice->shape.rank == 3 && slice->shape.dims[0] == scale->x->shape.dims[0];
}

/* Whether a -inf of the map could be lost in a rectifier in front of the product. */
static bool hides_infinity(const struct scale *scale, const struct node *rectifier) {
    return !rectifier_slopes(rectifier).are_normal && !is_bounded_below(scale->x);
}

/* Whether a wary excitation sees each -inf of the map. */
static bool can_be_wary(const struct scale *scale) {
    const struct node *squeeze = scale->gate->inputs[0];
    return squeeze->op == OP_GLOBAL_AVG_POOL && squeeze->inputs[0] == scale->x;
}

static enum way way_of_activation(const struct scale *scale, const struct node *user) {
    if (!rectifier_commutes(user, gate_kind(scale))) return WAY_NONE;
    return !hides_infinity(scale, user) || can_be_wary(scale) ? WAY_RECTIFIER : WAY_NONE;
}

static enum way way_of(const struct scale *scale, const struct node *user) {
    const struct node *mul = scale->mul;
    bool is_maximum_legal = is_within_0_and_1(scale) && is_bounded_below(scale->x);
    bool is_first_alone = user->inputs[0] == mul;
    for (int i = 1; i < user->input_count; i++)
        is_first_alone = is_first_alone && user->inputs[i] != mul;
    switch (user->op) {
    case OP_ACTIVATION:
    case OP_PRELU: return way_of_activation(scale, user);
    case OP_ADD: return shape_equal(user->inputs[0]->shape, user->inputs[1]->shape) ? WAY_READS : WAY_NONE;
    case OP_CONCAT: return user->as.concat.axis == 0 ? WAY_READS : WAY_NONE;
    case OP_CONV: return is_first_alone ? way_of_conv(scale, user) : WAY_NONE;
    case OP_CONV_TRANSPOSE: return is_first_alone ? way_of_transposed(scale, user) : WAY_NONE;
    case OP_MAX_POOL:
        return is_maximum_legal && windows_touch_map(&user->as.pool.window, mul->shape, user->shape) ? WAY_BEHIND : WAY_NONE;
    case OP_AVG_POOL: return sums_are_legal(scale, user, &user->as.pool.window) ? WAY_BEHIND : WAY_NONE;
    case OP_GLOBAL_MAX_POOL: return is_maximum_legal ? WAY_BEHIND : WAY_NONE;
    case OP_GLOBAL_AVG_POOL: return is_bounded(scale) ? WAY_BEHIND : WAY_NONE;
    case OP_UPSAMPLE: return is_bounded(scale) ? WAY_BEHIND : WAY_NONE;
    case OP_SLICE: return takes_all_channels(scale, user) ? WAY_BEHIND : WAY_NONE;
    default: return WAY_NONE;
    }
}

/* --- rewriting */

static struct node *add_like(struct graph *graph, struct node *user, enum op op, struct node *a, struct node *b) {
    struct node *node = graph_add(graph, user, op, (struct node *const[]){a, b}, 2, user->origin);
    node->shape = user->shape;
    return node;
}

/* user(s x) becomes s user(x); the bias of a convolution is added behind the product, which is returned. */
static struct node *move_behind(struct graph *graph, const struct scale *scale, struct node *user) {
    struct node *inputs[2] = {scale->x, user->input_count > 1 ? user->inputs[1] : NULL};
    struct node *moved = graph_add(graph, user, user->op, inputs, user->input_count > 1 ? 2 : 1, user->origin);
    moved->shape = user->shape;
    moved->as = user->as;
    moved->name = user->name;
    struct node *product = add_like(graph, user, OP_MUL, moved, scale->gate);
    product->name = scale->mul->name;
    product->se = scale->mul->se;
    struct node *result = user->input_count > 2 ? add_like(graph, user, OP_ADD, product, user->inputs[2]) : product;
    graph_replace_uses(graph, user, result);
    graph_remove(graph, user);
    return product;
}

/* Whether the gate is known when x is computed, and the product is part of the step that computes x. */
static bool is_in_time(const struct graph *graph, const struct scale *scale) {
    if (graph_single_user(graph, scale->x) != scale->mul) return false;
    if (scale->x->op == OP_INPUT || scale->x->op == OP_CONCAT || scale->x->op == OP_PAD) return false;
    for (const struct node *node = scale->gate->next; node; node = node->next)
        if (node == scale->x) return true;
    return false;
}

static struct node *first_reader(const struct node *mul, struct node *from) {
    for (struct node *user = from; user; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == mul) return user;
    return NULL;
}

/* A reader that cannot take the factor, or the scaled map itself, also behind a rectifier, if it is an output. */
struct obstacle {
    const struct node *node; /* NULL: there is none */
    bool is_output;
    const char *why;
};

/* Behind `passed` rectifiers. */
static struct obstacle find_obstacle(const struct graph *graph, const struct scale *scale, int passed) {
    enum { MOST_PASSED = 16 };
    if (graph_use_count(graph, scale->mul) != scale->mul->use_count) return (struct obstacle){.node = scale->mul, .is_output = true};
    for (struct node *user = first_reader(scale->mul, scale->mul->next); user;
         user = first_reader(scale->mul, user->next)) {
        enum way way = way_of(scale, user);
        if (way == WAY_NONE && rectifier_commutes(user, gate_kind(scale)))
            return (struct obstacle){.node = user, .why = "could lose an infinity that meets a gate of 0"};
        if (way == WAY_NONE) return (struct obstacle){.node = user, .why = "does not commute with this gate"};
        if (way != WAY_RECTIFIER) continue;
        if (passed == MOST_PASSED) return (struct obstacle){.node = user, .why = "is one rectifier of too many in a row"};
        struct obstacle behind = find_obstacle(graph, &(struct scale){.mul = user, .x = user, .gate = scale->gate}, passed + 1);
        if (behind.node) return behind;
    }
    return (struct obstacle){.node = NULL};
}

static void sink(struct graph *graph, const struct scale *scale);

/* relu(s x) becomes s relu(x), whose product moves on. */
static void pass_rectifier(struct graph *graph, const struct scale *scale, struct node *rectifier) {
    if (hides_infinity(scale, rectifier)) scale->gate->as.se.is_wary = true;
    struct scale behind = {.gate = scale->gate};
    behind.mul = move_behind(graph, scale, rectifier);
    behind.x = behind.mul->inputs[0];
    sink(graph, &behind);
}

static void sink(struct graph *graph, const struct scale *scale) {
    struct obstacle obstacle = find_obstacle(graph, scale, 0);
    if (obstacle.is_output) {
        graph_note_se(graph, scale->mul->se, "sink-scale", obstacle.node->origin, "declined: the scaled map is an output");
        return;
    }
    if (obstacle.node) {
        graph_note_se(graph, scale->mul->se, "sink-scale", obstacle.node->origin, "declined: %s reads the scaled map and %s",
                      op_name(obstacle.node->op), obstacle.why);
        return;
    }
    for (struct node *user = first_reader(scale->mul, scale->mul->next), *next; user; user = next) {
        next = first_reader(scale->mul, user->next);
        if (way_of(scale, user) == WAY_BEHIND) move_behind(graph, scale, user);
        else if (way_of(scale, user) == WAY_RECTIFIER) pass_rectifier(graph, scale, user);
    }
    scale->mul->as.mul.deferred = scale->mul->use_count > 0;
}

void pass_sink_scale(struct graph *graph) {
    struct scale scale;
    for (struct node *node = graph->first, *next; node; node = next) {
        next = node->next;
        if (!find_scale(node, &scale) || !graph_use_count(graph, node)) continue;
        if (!is_in_time(graph, &scale)) sink(graph, &scale);
    }
}
