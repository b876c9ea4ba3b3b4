/* winograd.c - stride-1 3x3 convolutions become two steps where that is faster: tiles of the source are transformed,
 * then multiplied by transformed weights, transformed back and stored with the epilogue. */
#include "winograd.h"

#include "build.h"
#include "tile_model.h"

#include "../base/fatal.h"

/* Of all points that are small multiples of 1/8 these have the smallest error (docs/accuracy.md); numbers made of them are
 * exact in float32. */
static const struct {
    int results;
    double points[WINOGRAD_MOST_PAIRS];
} table[] = {{2, {1}}, {4, {5. / 8, 3. / 2}}};

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
    size_t row = 0;
    while (row < sizeof table / sizeof *table && table[row].results != results) row++;
    if (row == sizeof table / sizeof *table) fatal_bug("there is no F(%d, 3)", results);
    for (int k = 0; k < winograd.pairs; k++) winograd.point[k] = table[row].points[k];
    multiply_points(&winograd, -1, winograd.all);
    for (int k = 0; k < winograd.pairs; k++) make_pair(&winograd, k);
    winograd.weight[0][0] = 1 / winograd.all[0];
    winograd.weight[winograd.size - 1][2] = 1;
    return winograd;
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* Cycles of one core: multiply-adds, the transforms, the weights' way from memory, and that of tiles to L3 and back. A
 * transform takes some four operations for each vector at each position; where a tile does not fit in registers, as much again
 * to load, spill and store. */
static double winograd_cycles(const struct plan *plan, struct map_shape source, struct map_shape result, int64_t groups,
                              int results) {
    enum { OPERATIONS = 4, OPERATIONS_SPILT = 9 };
    double size = (results + 2) * (results + 2);
    double fma_per_cycle = plan->target->chains > 5 ? 2 : 1;
    double tiles = (double)(ceil_div(result.h, results) * ceil_div(result.w, results) * plan->graph->batch);
    double in = (double)plan_blocks(source.c, plan->lanes), out = (double)plan_blocks(result.c, plan->lanes);
    double multiply = size * tiles * in / (double)groups * (double)plan->lanes * out / fma_per_cycle;
    double transform = size * tiles * (results > 2 ? OPERATIONS_SPILT : OPERATIONS) * (in + out) / fma_per_cycle;
    double weight_bytes = size * (double)(source.c / groups * result.c) * 4;
    double tile_bytes = size * tiles * in * (double)plan->lanes * 4;
    double way = tile_bytes > (double)plan->target->l2_bytes / 2 ? 2 * tile_bytes / tile_bytes_per_cycle(plan, tile_bytes) : 0;
    return multiply + transform + weight_bytes / tile_bytes_per_cycle(plan, weight_bytes) + way;
}

static double direct_cycles(const struct plan *plan, struct map_shape source, struct map_shape result, int64_t groups) {
    double fma_per_cycle = plan->target->chains > 5 ? 2 : 1;
    double vectors = (double)(result.h * result.w * plan->graph->batch * plan_blocks(result.c, plan->lanes));
    return 9 * vectors * (double)(source.c / groups) / fma_per_cycle;
}

/* Whether an output block reads whole input blocks. */
static bool groups_fill_blocks(const struct plan *plan, struct map_shape source, struct map_shape result, int64_t groups) {
    return groups == 1 || (source.c / groups % plan->lanes == 0 && result.c / groups % plan->lanes == 0);
}

int choose_winograd(const struct plan *plan, const struct node *node) {
    const struct window *window = &node->as.conv.window;
    int64_t groups = node->as.conv.groups;
    bool fits = node->as.conv.winograd;
    for (int i = 0; i < 2; i++)
        fits = fits && window->kernel[i] == 3 && window->stride[i] == 1 && window->dilation[i] == 1;
    struct map_shape source = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    if (!fits || source.c < plan->lanes || result.c < plan->lanes) return 0;
    if (!groups_fill_blocks(plan, source, result, groups)) return 0;
    double best = 0.9 * direct_cycles(plan, source, result, groups);
    int chosen = 0;
    for (int results = 2; results <= 4; results += 2) {
        double cycles = winograd_cycles(plan, source, result, groups, results);
        if (cycles < best) best = cycles, chosen = results;
    }
    return chosen;
}

void schedule_winograd(struct builder *builder, const struct node *node, int results) {
    struct plan_operand operand = schedule_source(builder, node->inputs[0]);
    struct plan_buffer *source = (struct plan_buffer *)operand.buffer;
    struct map_shape result = shape_as_map(node->shape);
    const int64_t *pad = node->as.conv.window.pad;
    struct plan_winograd shape = {.results = results,
                                  .tile_rows = ceil_div(result.h, results),
                                  .tile_columns = ceil_div(result.w, results),
                                  .first_row = -pad[EDGE_TOP],
                                  .first_column = -pad[EDGE_LEFT],
                                  .groups = node->as.conv.groups,
                                  .inputs = source->shape.c / node->as.conv.groups};
    int64_t bottom = shape.tile_rows * results + 2 - pad[EDGE_TOP] - source->shape.h;
    int64_t right = shape.tile_columns * results + 2 - pad[EDGE_LEFT] - source->shape.w;
    schedule_need_halo(source, (int64_t[]){pad[EDGE_TOP], pad[EDGE_LEFT], bottom > 0 ? bottom : 0, right > 0 ? right : 0});

    struct plan_step *input = schedule_step(builder, ANCHOR_WINOGRAD_INPUT, node);
    int64_t size = (int64_t)(results + 2) * (results + 2);
    int64_t lanes = builder->plan->lanes, count = shape.tile_rows * shape.tile_columns;
    /* the distance of positions is no large power of two: all are written in turn, and would meet in few sets of L1 */
    struct map_shape tiles = {size * lanes, plan_blocks(source->shape.c, lanes) | 1, count % 32 ? count : count + 1};
    input->source = operand;
    input->target = schedule_buffer(builder, "winograd tiles", tiles);
    input->result = source->shape;
    input->as.winograd = shape;

    struct plan_step *step = schedule_step(builder, ANCHOR_WINOGRAD, node);
    step->source = (struct plan_operand){.buffer = input->target};
    step->panels[0] = schedule_panel(builder, PANEL_WINOGRAD, step, node->inputs[1]->as.param.tensor);
    step->as.winograd = shape;
    schedule_bias(builder, step, node);
    schedule_finish(builder, step, node);
}
