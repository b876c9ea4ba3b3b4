/* winograd.c - stride-1 3x3 convolutions become two steps where that is faster: tiles of the source are transformed,
 * then multiplied by transformed weights, transformed back and stored with the epilogue. */
#include "winograd.h"

#include "build.h"
#include "tile_model.h"

#include "../base/fatal.h"

#include <math.h>

/* Of all points that are small multiples of 1/8 these have the smallest error (docs/accuracy.md); numbers made of them are
 * exact in float32. `growth` is what the transforms make of rounding errors, b there. */
static const struct {
    int results;
    double points[WINOGRAD_MOST_PAIRS];
    double growth;
} table[] = {{2, {1}, 1.67}, {4, {5. / 8, 3. / 2}, 4.78}, {6, {1. / 2, 2, 1}, 20.6}};

static size_t find_row(int results) {
    size_t row = 0;
    while (row < sizeof table / sizeof *table && table[row].results != results) row++;
    if (row == sizeof table / sizeof *table) fatal_bug("there is no F(%d, 3)", results);
    return row;
}

/* The coefficients of the product of z - p^2 over all points p but `left_out`; a polynomial in z = x^2. */
static void multiply_points(const struct winograd *winograd, int left_out, double *out) {
    int degree = 0;
    out[0] = 1;
    for (int k = 0; k < winograd->pairs; k++) {
        if (k == left_out) continue;
        double square = winograd->point[k] * winograd->point[k];
        out[++degree] = 0;
        for (int i = degree; i >= 0; i--) out[i] = (i ? out[i - 1] : 0) - square * out[i];
    }
}

static void make_pair(struct winograd *winograd, int k) {
    double p = winograd->point[k], value = 0;
    multiply_points(winograd, k, winograd->others[k]);
    for (int i = winograd->pairs - 1; i >= 0; i--) value = value * p * p + winograd->others[k][i];
    for (int sign = 0; sign < 2; sign++) {
        double *weight = winograd->weight[2 * k + 1 + sign], scale = 1 / (2 * p * p * value);
        weight[0] = scale;
        weight[1] = (sign ? -p : p) * scale;
        weight[2] = p * p * scale;
    }
}

struct winograd winograd_make(int results) {
    struct winograd winograd = {.results = results, .size = results + 2, .pairs = results / 2};
    size_t row = find_row(results);
    for (int k = 0; k < winograd.pairs; k++) winograd.point[k] = table[row].points[k];
    multiply_points(&winograd, -1, winograd.all);
    for (int k = 0; k < winograd.pairs; k++) make_pair(&winograd, k);
    winograd.weight[0][0] = 1 / winograd.all[0];
    winograd.weight[winograd.size - 1][2] = 1;
    return winograd;
}

static struct plan_winograd winograd_shape(const struct node *node, int results) {
    struct map_shape source = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    const int64_t *pad = node->as.conv.window.pad;
    return (struct plan_winograd){.results = results,
                                  .tile_rows = plan_parts(result.h, results),
                                  .tile_columns = plan_parts(result.w, results),
                                  .first_row = -pad[EDGE_TOP],
                                  .first_column = -pad[EDGE_LEFT],
                                  .groups = node->as.conv.groups,
                                  .inputs = source.c / node->as.conv.groups};
}

/* Cycles of one core for a picture: products and what they read, and the transforms' vector operations. Completes the shape. */
static double choose_winograd_shape(const struct plan *plan, const struct node *node, struct plan_winograd *shape) {
    /* measured, on cores of one multiply-add a cycle (first-generation EPYC) and of two (third) */
    static const double cycles_in[][2] = {[2] = {6, 3}, [4] = {10, 4.5}, [6] = {15, 5}};
    static const double cycles_out[][2] = {[2] = {3, 2.8}, [4] = {10, 3.7}, [6] = {15, 4.3}};
    struct map_shape source = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    int results = shape->results, core = tile_fma_per_cycle(plan->target) - 1;
    double tiles = (double)(shape->tile_rows * shape->tile_columns), size = (results + 2) * (results + 2);
    double in = (double)plan_blocks(source.c, plan->lanes), out = (double)plan_blocks(result.c, plan->lanes);
    return choose_winograd_tile(plan, shape, result.c) + size * tiles * (cycles_in[results][core] * in + cycles_out[results][core] * out);
}

static double direct_cycles(const struct plan *plan, struct map_shape source, struct map_shape result, int64_t groups) {
    double vectors = (double)(result.h * result.w * plan_blocks(result.c, plan->lanes));
    return 9 * vectors * (double)(source.c / groups) / tile_fma_per_cycle(plan->target);
}

/* Whether an output block reads whole input blocks. */
static bool groups_fill_blocks(const struct plan *plan, struct map_shape source, struct map_shape result, int64_t groups) {
    return groups == 1 || (source.c / groups % plan->lanes == 0 && result.c / groups % plan->lanes == 0);
}

/* The convolutions on the longest way from the node to the end of the network. */
static int count_behind(const struct plan *plan, const struct node *node) {
    int *counts = ARENA_NEW_ARRAY(plan->arena, int, (size_t)plan->graph->next_id), most = 0; /* 0: not behind; else 1 more */
    counts[node->id] = 1;
    for (const struct node *later = node->next; later; later = later->next) {
        int *count = &counts[later->id];
        for (int i = 0; i < later->input_count; i++)
            if (counts[later->inputs[i]->id] > *count) *count = counts[later->inputs[i]->id];
        if (*count && later->op == OP_CONV) ++*count;
        if (*count - 1 > most) most = *count - 1;
    }
    return most;
}

/* Whether the error to be expected of a layer, relative to its results (docs/accuracy.md), is one that a hundred layers can
 * have and stay within 1e-4, also where it grows with each layer behind. */
static bool is_accurate(const struct plan_winograd *shape, int layers_behind) {
    const double unit = 0x1p-24, most = 1e-5, most_behind = 4e-4;
    double error = 0.43 * unit * table[find_row(shape->results)].growth * sqrt((double)shape->inputs / 2 + 8);
    return error <= most && error * layers_behind <= most_behind;
}

bool choose_winograd(const struct plan *plan, const struct node *node, struct plan_winograd *out_shape) {
    const struct window *window = &node->as.conv.window;
    int64_t groups = node->as.conv.groups;
    bool fits = node->as.conv.winograd;
    for (int i = 0; i < 2; i++)
        fits = fits && window->kernel[i] == 3 && window->stride[i] == 1 && window->dilation[i] == 1;
    struct map_shape source = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    if (!fits || source.c < plan->lanes || result.c < plan->lanes) return false;
    if (!groups_fill_blocks(plan, source, result, groups)) return false;
    double best = 0.9 * direct_cycles(plan, source, result, groups);
    bool is_chosen = false;
    int layers_behind = count_behind(plan, node);
    for (int results = 2; results <= 6; results += 2) {
        struct plan_winograd shape = winograd_shape(node, results);
        if (!is_accurate(&shape, layers_behind)) continue;
        double cycles = choose_winograd_shape(plan, node, &shape);
        if (cycles >= best) continue;
        best = 0.95 * cycles; /* a less exact one must gain something */
        *out_shape = shape;
        is_chosen = true;
    }
    return is_chosen;
}

/* The step that transforms tiles of the source; its target holds them. */
static struct plan_step *schedule_tiles(struct builder *builder, const struct node *node, const struct plan_winograd *shape) {
    struct plan_operand operand = schedule_source(builder, node->inputs[0]);
    struct plan_buffer *source = (struct plan_buffer *)operand.buffer;
    const int64_t *pad = node->as.conv.window.pad;
    int64_t bottom = shape->tile_rows * shape->results + 2 - pad[EDGE_TOP] - source->shape.h;
    int64_t right = shape->tile_columns * shape->results + 2 - pad[EDGE_LEFT] - source->shape.w;
    schedule_need_halo(source, (int64_t[]){pad[EDGE_TOP], pad[EDGE_LEFT], bottom > 0 ? bottom : 0, right > 0 ? right : 0});
    struct plan_step *step = schedule_step(builder, ANCHOR_WINOGRAD_INPUT, node);
    step->source = operand;
    step->result = source->shape;
    step->as.winograd = *shape;
    return step;
}

/* Tiles or products of `channels` channels. */
static struct plan_buffer *tiles_buffer(struct builder *builder, const char *name, const struct plan_winograd *shape, int64_t channels) {
    int64_t size = (int64_t)(shape->results + 2) * (shape->results + 2), lanes = builder->plan->lanes;
    int64_t count = shape->tile_rows * shape->tile_columns;
    /* the distance of positions is no large power of two: all are written in turn, and would meet in few sets of L1 */
    return schedule_buffer(builder, name,
                           (struct map_shape){size * lanes, plan_blocks(channels, lanes) | 1, count % 32 ? count : count + 1});
}

void schedule_winograd(struct builder *builder, const struct node *node, const struct plan_winograd *shape) {
    struct map_shape result = shape_as_map(node->shape);
    struct plan_step *step = schedule_tiles(builder, node, shape);
    struct plan_buffer *tiles = step->target = tiles_buffer(builder, "winograd tiles", shape, shape->inputs * shape->groups);

    step = schedule_step(builder, shape->is_split ? ANCHOR_WINOGRAD_PRODUCTS : ANCHOR_WINOGRAD, node);
    step->source = (struct plan_operand){.buffer = tiles};
    step->panels[0] = schedule_panel(builder, PANEL_WINOGRAD, step, node->inputs[1]->as.param.tensor);
    step->as.winograd = *shape;
    step->items = count_winograd_items(builder->plan, shape);
    if (shape->is_split) {
        step->result = result;
        const struct plan_buffer *products = step->target = tiles_buffer(builder, "winograd products", shape, result.c);
        step = schedule_step(builder, ANCHOR_WINOGRAD_RESULT, node);
        step->source = (struct plan_operand){.buffer = products};
        step->as.winograd = *shape;
    }
    schedule_bias(builder, step, node);
    schedule_finish(builder, step, node);
}
