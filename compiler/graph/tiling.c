/* tiling.c - a network from picture to picture becomes the places of its maps in the picture, or what stands against it. */
#include "tiling.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Strides and scales multiply; beyond this no tile is of use. */
enum { MAX_STEP = 1 << 16 };

/* What is known of a node's value. */
struct place {
    bool is_map; /* it has positions in the picture; else it is the same wherever the tile lies */
    int depth;   /* squeezes one after the other that it depends on */
    struct tile_axis axes[2];
    double center[2]; /* of position 0, in pixels */
};

struct analysis {
    const struct graph *graph;
    struct tiling *tiling;
    struct place *places; /* by node id */
    bool *is_needed;
    struct tiling_problem *problem;
};

static bool fail(struct analysis *analysis, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail(struct analysis *analysis, const struct node *node, const char *format, ...) {
    va_list list;
    va_start(list, format);
    analysis->problem->node = node;
    analysis->problem->text = arena_format_list(analysis->graph->arena, format, list);
    va_end(list);
    return false;
}

static int64_t common_divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Towards minus and plus infinity; b > 0. */
static int64_t floor_div(int64_t a, int64_t b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}
static int64_t ceil_div(int64_t a, int64_t b) {
    return -floor_div(-a, b);
}

static int64_t clamp(int64_t value, int64_t most) {
    return value < 0 ? 0 : value > most ? most : value;
}

/* Positions become `times` as far apart, and then `parts` times as dense. */
static void scale_axis(struct tile_axis *axis, int64_t times, int64_t parts) {
    int64_t divisor;
    axis->pixels *= times;
    axis->positions *= parts;
    divisor = common_divisor(axis->pixels, axis->positions);
    axis->pixels /= divisor;
    axis->positions /= divisor;
}

static double step_of(const struct tile_axis *axis) {
    return (double)axis->pixels / (double)axis->positions;
}

/* Of a map whose places from begin on and before end are right. */
static void set_right(struct tile_axis *axis, int64_t extent, int64_t begin, int64_t end) {
    axis->extent = extent;
    axis->begin = clamp(begin, extent);
    axis->end = clamp(end, extent);
}

/* Result y reads y * stride - pad + t * dilation. */
static void slide(struct place *place, const struct window *window, const struct shape *result) {
    for (int i = 0; i < 2; i++) {
        struct tile_axis *axis = &place->axes[i];
        int64_t pad = window->pad[i ? EDGE_LEFT : EDGE_TOP], stride = window->stride[i];
        int64_t reach = (window->kernel[i] - 1) * window->dilation[i];
        place->center[i] += step_of(axis) * ((double)reach / 2 - (double)pad);
        set_right(axis, result->dims[i + 1], ceil_div(axis->begin + pad, stride),
                  floor_div(axis->end - 1 + pad - reach, stride) + 1);
        scale_axis(axis, stride, 1);
    }
}

/* Source i is added to the results i * stride - pad + t * dilation. */
static void slide_back(struct place *place, const struct window *window, const struct shape *result) {
    for (int i = 0; i < 2; i++) {
        struct tile_axis *axis = &place->axes[i];
        int64_t pad = window->pad[i ? EDGE_LEFT : EDGE_TOP], stride = window->stride[i];
        int64_t reach = (window->kernel[i] - 1) * window->dilation[i];
        place->center[i] += step_of(axis) * ((double)pad - (double)reach / 2) / (double)stride;
        set_right(axis, result->dims[i + 1], (axis->begin - 1) * stride + 1 + reach - pad, axis->end * stride - pad);
        scale_axis(axis, 1, stride);
    }
}

/* Result y reads floor((y + 0.5) / scale - 0.5) and the next one, or just floor(y / scale). */
static void enlarge(struct place *place, const struct node *node) {
    bool is_bilinear = node->as.upsample.mode == UPSAMPLE_BILINEAR;
    for (int i = 0; i < 2; i++) {
        struct tile_axis *axis = &place->axes[i];
        int64_t scale = node->as.upsample.scale[i], begin = axis->begin * scale, end = axis->end * scale;
        place->center[i] += step_of(axis) * (0.5 / (double)scale - 0.5);
        if (is_bilinear && scale > 1) {
            begin = ceil_div(2 * scale * axis->begin + scale - 1, 2);
            end = ceil_div(2 * scale * (axis->end - 1) + scale - 1, 2);
        }
        set_right(axis, node->shape.dims[i + 1], begin, end);
        scale_axis(axis, 1, scale);
    }
}

/* Depth to space (rows [H, block] of [blocks, H, W]) and space to depth: places of blocks of pixels. */
static bool regroup(struct place *place, const struct node *node) {
    const struct shape *source = &node->inputs[0]->shape;
    const int64_t *dims = node->as.rearrange.dims;
    const int *axes = node->as.rearrange.axes;
    if (node->as.rearrange.rank != 5 || source->rank != 3 || node->shape.rank != 3) return false;
    bool is_larger = dims[3] == source->dims[1] && dims[4] == source->dims[2] && axes[1] == 3 && axes[3] == 4 &&
                     node->shape.dims[0] == dims[axes[0]] && node->shape.dims[1] == dims[3] * dims[axes[2]];
    bool is_smaller = dims[0] == source->dims[0] && dims[1] * dims[2] == source->dims[1] && axes[3] == 1 && axes[4] == 3 &&
                      node->shape.dims[1] == dims[1] && node->shape.dims[2] == dims[3];
    struct node like = *node;
    const struct window window = {.kernel = {dims[2], dims[4]}, .stride = {dims[2], dims[4]}, .dilation = {1, 1}};
    if (is_larger) {
        like.as.upsample.scale[0] = dims[axes[2]];
        like.as.upsample.scale[1] = dims[axes[4]];
        like.as.upsample.mode = UPSAMPLE_NEAREST; /* each block lies where its pixel was */
        enlarge(place, &like);
    } else if (is_smaller) {
        slide(place, &window, &node->shape);
    }
    return is_larger || is_smaller;
}

static void shift(struct place *place, int axis, int64_t by, int64_t extent) {
    struct tile_axis *at = &place->axes[axis];
    place->center[axis] -= step_of(at) * (double)by;
    set_right(at, extent, at->begin + by, at->end + by);
}

/* The same place in all inputs: those that are maps lie alike, the others are the same everywhere. */
static bool join(struct analysis *analysis, const struct node *node, struct place *out_place) {
    for (int k = 0; k < node->input_count; k++) {
        const struct place *input = &analysis->places[node->inputs[k]->id];
        struct map_shape shape = shape_as_map(node->inputs[k]->shape);
        int depth = input->depth > out_place->depth ? input->depth : out_place->depth;
        if (input->is_map && !out_place->is_map) *out_place = *input;
        out_place->depth = depth;
        for (int i = 0; i < 2 && input->is_map; i++) {
            const struct tile_axis *from = &input->axes[i];
            struct tile_axis *axis = &out_place->axes[i];
            if (from->pixels != axis->pixels || from->positions != axis->positions || from->extent != axis->extent)
                return fail(analysis, node, "'%s' joins maps of different scale", op_name(node->op));
            if (from->begin > axis->begin) axis->begin = from->begin;
            if (from->end < axis->end) axis->end = from->end;
        }
        if (!input->is_map && (shape.h > 1 || shape.w > 1) && shape_as_map(node->shape).h > 1)
            return fail(analysis, node, "'%s' has a constant for each position of the map", op_name(node->op));
    }
    return true;
}

static bool needs_whole_map(struct analysis *analysis, const struct node *node) {
    return fail(analysis, node, "'%s' reads the whole map at once", op_name(node->op));
}

static void add_meeting(struct analysis *analysis, struct node *node, const struct place *source) {
    struct tile_meeting meeting = {.node = node, .phase = source->depth + 1, .channels = node->shape.dims[0]};
    memcpy(meeting.axes, source->axes, sizeof meeting.axes);
    vec_push(analysis->graph->arena, &analysis->tiling->meetings, meeting);
}

/* `place` is that of the first input, a map; becomes that of the node. */
static bool place_map(struct analysis *analysis, struct node *node, struct place *place) {
    struct place source = *place;
    switch (node->op) {
    case OP_CONV: slide(place, &node->as.conv.window, &node->shape); return true;
    case OP_MAX_POOL:
    case OP_AVG_POOL: slide(place, &node->as.pool.window, &node->shape); return true;
    case OP_CONV_TRANSPOSE: slide_back(place, &node->as.conv.window, &node->shape); return true;
    case OP_UPSAMPLE: enlarge(place, node); return true;
    case OP_PAD:
        shift(place, 0, node->as.pad.pad[EDGE_TOP], node->shape.dims[1]);
        shift(place, 1, node->as.pad.pad[EDGE_LEFT], node->shape.dims[2]);
        return true;
    case OP_SLICE:
        shift(place, 0, -node->as.slice.begin[1], node->shape.dims[1]);
        shift(place, 1, -node->as.slice.begin[2], node->shape.dims[2]);
        return true;
    case OP_SE: place->depth++; return true;
    case OP_BATCH_NORM:
    case OP_ACTIVATION:
    case OP_PRELU:
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX:
    case OP_CHANNEL_SHUFFLE: return true;
    case OP_GLOBAL_MAX_POOL:
    case OP_GLOBAL_AVG_POOL:
    case OP_MEET:
        add_meeting(analysis, node, &source);
        *place = (struct place){.depth = source.depth + 1};
        return true;
    case OP_TAKE: return node->as.take.axis == 0 || needs_whole_map(analysis, node);
    case OP_RESAMPLE: return node->as.resample.axis == 0 || needs_whole_map(analysis, node);
    case OP_ARGMAX: return node->as.argmax.axis == 0 || needs_whole_map(analysis, node);
    case OP_REDUCE: return node->as.reduce.axes == 1 || needs_whole_map(analysis, node);
    case OP_REARRANGE: return regroup(place, node) || needs_whole_map(analysis, node);
    case OP_RESHAPE:
        return shape_equal(node->shape, node->inputs[0]->shape) || needs_whole_map(analysis, node);
    default: return needs_whole_map(analysis, node);
    }
}

static bool place_node(struct analysis *analysis, struct node *node) {
    struct place *place = &analysis->places[node->id];
    if (op_is_binary(node->op)) return join(analysis, node, place);
    switch (node->op) {
    case OP_PARAM: return true;
    case OP_INPUT:
        place->is_map = true;
        for (int i = 0; i < 2; i++) {
            int64_t extent = node->shape.dims[i + 1];
            place->axes[i] = (struct tile_axis){.extent = extent, .pixels = 1, .positions = 1, .end = extent};
        }
        return true;
    case OP_CONCAT:
        if (!join(analysis, node, place)) return false;
        return !place->is_map || node->as.concat.axis == 0 || needs_whole_map(analysis, node);
    default: break;
    }
    *place = analysis->places[node->inputs[0]->id];
    return !place->is_map || place_map(analysis, node, place);
}

/* Tiles begin where every map has a position. */
static bool align(struct analysis *analysis, const struct node *node, const struct place *place) {
    for (int i = 0; i < 2 && place->is_map; i++) {
        const struct tile_axis *axis = &place->axes[i];
        int64_t *align = &analysis->tiling->align[i];
        if (axis->pixels > MAX_STEP || axis->positions > MAX_STEP)
            return fail(analysis, node, "the map of '%s' is scaled by more than %d", op_name(node->op), MAX_STEP);
        *align = *align / common_divisor(*align, axis->pixels) * axis->pixels;
        if (*align > MAX_STEP)
            return fail(analysis, node, "with '%s' its strides have a common multiple above %d", op_name(node->op),
                        MAX_STEP);
    }
    return true;
}

static bool check_useful(struct analysis *analysis, const struct node *node, const struct tile_axis *axes) {
    const struct shape *input = &analysis->graph->inputs.items[0]->shape;
    for (int i = 0; i < 2; i++)
        if (axes[i].end <= axes[i].begin || (double)(axes[i].end - axes[i].begin) * step_of(&axes[i]) <
                                                (double)analysis->tiling->align[i])
            return fail(analysis, node,
                        "of a tile of %lldx%lld pixels, the size of the input, kernels and paddings leave too little "
                        "here; declare a larger input",
                        (long long)input->dims[1], (long long)input->dims[2]);
    return true;
}

static bool finish(struct analysis *analysis, const struct node *output) {
    const struct place *place = &analysis->places[output->id];
    struct tiling *tiling = analysis->tiling;
    if (!place->is_map) return fail(analysis, output, "the output is the same for all positions of the picture");
    if (!check_useful(analysis, output, place->axes)) return false;
    for (size_t i = 0; i < tiling->meetings.count; i++)
        if (!check_useful(analysis, tiling->meetings.items[i].node, tiling->meetings.items[i].axes)) return false;
    for (int i = 0; i < 2; i++) {
        /* the first position's outer edge, not its centre, lies this far from that of the picture */
        double margin = place->center[i] + 0.5 - step_of(&place->axes[i]) / 2;
        tiling->margin[i] = (int64_t)floor(margin + 0.5);
        if (tiling->margin[i] < 0) return fail(analysis, output, "the output reaches beyond the picture");
    }
    memcpy(tiling->output, place->axes, sizeof tiling->output);
    tiling->phase_count = place->depth + 1;
    return true;
}

static void find_needed(struct analysis *analysis, const struct node *output) {
    analysis->is_needed[output->id] = true;
    for (const struct node *node = analysis->graph->last; node; node = node->previous)
        for (int i = 0; i < node->input_count && analysis->is_needed[node->id]; i++)
            analysis->is_needed[node->inputs[i]->id] = true;
}

struct tiling *tiling_analyse(const struct graph *graph, struct tiling_problem *out_problem) {
    const struct node *output = graph->outputs.items[0].node;
    struct arena *scratch = arena_create();
    struct analysis analysis = {.graph = graph,
                                .tiling = ARENA_NEW(graph->arena, struct tiling),
                                .places = ARENA_NEW_ARRAY(scratch, struct place, graph->next_id),
                                .is_needed = ARENA_NEW_ARRAY(scratch, bool, graph->next_id),
                                .problem = out_problem};
    analysis.tiling->align[0] = analysis.tiling->align[1] = 1;
    find_needed(&analysis, output);
    bool is_good = true;
    for (struct node *node = graph->first; node && is_good; node = node->next)
        if (analysis.is_needed[node->id])
            is_good = place_node(&analysis, node) && align(&analysis, node, &analysis.places[node->id]);
    is_good = is_good && finish(&analysis, output);
    arena_destroy(scratch);
    return is_good ? analysis.tiling : NULL;
}
