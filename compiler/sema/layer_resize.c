/* layer_resize.c - builds resize: along rows and columns, each result is one number of the input, or a weighted sum of
 * its neighbours, as PyTorch's interpolate. */
#include "layer.h"

#include <math.h>

enum mode { NEAREST, BILINEAR, BICUBIC };

struct resize {
    enum mode mode;
    bool align_corners, antialias;
};

/* Where result `i` lies among the numbers 0 .. from - 1. */
static double place_of(const struct resize *resize, int64_t i, int64_t from, int64_t to) {
    if (resize->align_corners) return to > 1 ? (double)i * (double)(from - 1) / (double)(to - 1) : 0;
    double scale = (double)from / (double)to;
    return resize->mode == NEAREST ? (double)i * scale : ((double)i + 0.5) * scale - 0.5;
}

/* The weight of a number at distance `d`; cubic: Keys, "Cubic convolution interpolation ...", 1981. */
static double weight_at(const struct resize *resize, double d) {
    double a = resize->antialias ? -0.5 : -0.75;
    d = fabs(d);
    if (resize->mode == BILINEAR) return d < 1 ? 1 - d : 0;
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static int64_t hold(double x, int64_t extent) {
    return x < 0 ? 0 : x >= (double)extent ? extent - 1 : (int64_t)x;
}

static struct node *take_nearest(struct layer_call *call, struct node *x, int axis, int64_t to,
                                 const struct resize *resize) {
    int64_t from = x->shape.dims[axis];
    int64_t *indices = ARENA_NEW_ARRAY(call->sema->graph->arena, int64_t, (size_t)to);
    for (int64_t i = 0; i < to; i++) indices[i] = hold(floor(place_of(resize, i, from, to)), from);
    struct node *node = layer_add_node(call, OP_TAKE, &x, 1);
    node->as.take.axis = axis;
    node->as.take.count = to;
    node->as.take.indices = indices;
    return node;
}

/* What lies outside is the edge; with antialiasing it is left out. */
static void find_taps(const struct resize *resize, double place, double stretch, int64_t from, int64_t taps,
                      int64_t *indices, float *weights) {
    double first = floor(place - (resize->mode == BILINEAR ? 1 : 2) * stretch) + 1, sum = 0;
    for (int64_t t = 0; t < taps; t++) {
        double at = first + (double)t;
        bool is_inside = at >= 0 && at < (double)from;
        if (is_inside || !resize->antialias) sum += weight_at(resize, (at - place) / stretch);
    }
    for (int64_t t = 0; t < taps; t++) {
        double at = first + (double)t;
        bool counts = !resize->antialias || (at >= 0 && at < (double)from);
        indices[t] = hold(at, from);
        weights[t] = counts ? (float)(weight_at(resize, (at - place) / stretch) / sum) : 0;
    }
}

static struct node *weigh(struct layer_call *call, struct node *x, int axis, int64_t to, const struct resize *resize) {
    int64_t from = x->shape.dims[axis];
    double scale = (double)from / (double)to, stretch = resize->antialias && scale > 1 ? scale : 1;
    int64_t taps = (int64_t)ceil((resize->mode == BILINEAR ? 2 : 4) * stretch);
    if (taps > SHAPE_MAX_ELEMENTS / to) {
        argument_fail(call, call->call->span, DIAG_TENSOR_TOO_LARGE, "'resize' from %lld to %lld needs too many weights",
                      (long long)from, (long long)to);
        return NULL;
    }
    int64_t *indices = ARENA_NEW_ARRAY(call->sema->graph->arena, int64_t, (size_t)(to * taps));
    float *weights = ARENA_NEW_ARRAY(call->sema->graph->arena, float, (size_t)(to * taps));
    for (int64_t i = 0; i < to; i++)
        find_taps(resize, place_of(resize, i, from, to), stretch, from, taps, indices + i * taps, weights + i * taps);
    struct node *node = layer_add_node(call, OP_RESAMPLE, &x, 1);
    node->as.resample.axis = axis;
    node->as.resample.count = to;
    node->as.resample.taps = taps;
    node->as.resample.indices = indices;
    node->as.resample.weights = weights;
    return node;
}

struct value build_resize(struct layer_call *call) {
    enum { SIZE, MODE, ALIGN_CORNERS, ANTIALIAS };
    static const char *const modes[] = {[NEAREST] = "nearest", [BILINEAR] = "bilinear", [BICUBIC] = "bicubic"};
    int64_t size[2];
    argument_pair(call, SIZE, 1, 1, size);
    struct resize resize = {.mode = (enum mode)argument_word(call, MODE, modes, 3, NEAREST),
                            .align_corners = argument_boolean(call, ALIGN_CORNERS, false),
                            .antialias = argument_boolean(call, ANTIALIAS, false)};
    if (!call->has_failed && resize.mode == NEAREST && (resize.align_corners || resize.antialias))
        argument_fail(call, call->call->span, DIAG_RANGE, "'align_corners' and 'antialias' mean nothing to 'nearest'");
    if (call->has_failed || !layer_need_map(call)) return NO_VALUE;
    struct node *node = call->inputs[0];
    struct shape result = {.rank = 3, .dims = {node->shape.dims[0], size[0], size[1]}};
    if (shape_element_count(result) < 0) {
        argument_fail(call, call->call->span, DIAG_TENSOR_TOO_LARGE, "the result of 'resize' has shape %s: too large",
                      shape_text(call->sema->arena, result));
        return NO_VALUE;
    }
    for (int i = 0; i < 2; i++) {
        if (node->shape.dims[i + 1] == size[i]) continue;
        node = resize.mode == NEAREST ? take_nearest(call, node, i + 1, size[i], &resize)
                                      : weigh(call, node, i + 1, size[i], &resize);
        if (!node || layer_finish(call, node).kind == VALUE_ERROR) return NO_VALUE;
    }
    return value_tensor(node);
}
