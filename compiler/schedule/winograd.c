/* winograd.c - stride-1 3x3 convolutions become two steps where that is faster: tiles of the source are transformed,
 * then multiplied by transformed weights, transformed back and stored with the epilogue. */
#include "winograd.h"

#include "build.h"

#include "../base/fatal.h"

static const struct winograd table[] = {
    {2, 4, 1, {1, 0, -1, 0}, {0, -1, 0, 1}, {{0, 1, 1, 0}}, {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}}, {1}},
    {4,
     6,
     2,
     {4, 0, -5, 0, 1, 0},
     {0, 4, 0, -5, 0, 1},
     {{0, -4, -4, 1, 1, 0}, {0, -2, -1, 2, 1, 0}},
     {{1. / 4, 0, 0},
      {-1. / 6, -1. / 6, -1. / 6},
      {-1. / 6, 1. / 6, -1. / 6},
      {1. / 24, 1. / 12, 1. / 6},
      {1. / 24, -1. / 12, 1. / 6},
      {0, 0, 1}},
     {1, 2}},
    {6,
     8,
     3,
     {1, 0, -21. / 4, 0, 21. / 4, 0, -1, 0},
     {0, -1, 0, 21. / 4, 0, -21. / 4, 0, 1},
     {{0, 1, 1, -17. / 4, -17. / 4, 1, 1, 0},
      {0, 1. / 2, 1. / 4, -5. / 2, -5. / 4, 2, 1, 0},
      {0, 2, 4, -5. / 2, -5, 1. / 2, 1, 0}},
     {{1, 0, 0},
      {-2. / 9, -2. / 9, -2. / 9},
      {-2. / 9, 2. / 9, -2. / 9},
      {1. / 90, 1. / 45, 2. / 45},
      {1. / 90, -1. / 45, 2. / 45},
      {32. / 45, 16. / 45, 8. / 45},
      {32. / 45, -16. / 45, 8. / 45},
      {0, 0, 1}},
     {1, 2, 1. / 2}},
};

const struct winograd *winograd_get(int results) {
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].results == results) return &table[i];
    fatal_bug("there is no F(%d, 3)", results);
}

static int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/* Cycles of one core: multiply-adds, the transforms' vector operations and the weights' way from memory. */
static double winograd_cycles(const struct plan *plan, struct map_shape source, struct map_shape result, int results) {
    enum { L3_BYTES_PER_CYCLE = 12, MEMORY_BYTES_PER_CYCLE = 4, OPERATIONS_PER_POSITION = 4 };
    double size = (results + 2) * (results + 2);
    double fma_per_cycle = plan->target->chains > 5 ? 2 : 1;
    double tiles = (double)(ceil_div(result.h, results) * ceil_div(result.w, results) * plan->graph->batch);
    double in = (double)plan_blocks(source.c, plan->lanes), out = (double)plan_blocks(result.c, plan->lanes);
    double multiply = size * tiles * in * (double)plan->lanes * out / fma_per_cycle;
    double transform = size * tiles * OPERATIONS_PER_POSITION * (in + out);
    double weight_bytes = size * (double)(source.c * result.c) * 4;
    double bytes_per_cycle = weight_bytes > (double)plan->target->l3_bytes ? MEMORY_BYTES_PER_CYCLE : L3_BYTES_PER_CYCLE;
    return multiply + transform + weight_bytes / bytes_per_cycle;
}

static double direct_cycles(const struct plan *plan, struct map_shape source, struct map_shape result) {
    double fma_per_cycle = plan->target->chains > 5 ? 2 : 1;
    return 9 * (double)(result.h * result.w * plan->graph->batch * source.c * plan_blocks(result.c, plan->lanes)) / fma_per_cycle;
}

int choose_winograd(const struct plan *plan, const struct node *node) {
    const struct window *window = &node->as.conv.window;
    bool fits = node->as.conv.winograd && node->as.conv.groups == 1;
    for (int i = 0; i < 2; i++)
        fits = fits && window->kernel[i] == 3 && window->stride[i] == 1 && window->dilation[i] == 1;
    struct map_shape source = shape_as_map(node->inputs[0]->shape), result = shape_as_map(node->shape);
    if (!fits || source.c < plan->lanes || result.c < plan->lanes) return 0;
    double best = 0.9 * direct_cycles(plan, source, result);
    int chosen = 0;
    for (int results = 2; results <= 4; results += 2) {
        double cycles = winograd_cycles(plan, source, result, results);
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
                                  .first_column = -pad[EDGE_LEFT]};
    int64_t bottom = shape.tile_rows * results + 2 - pad[EDGE_TOP] - source->shape.h;
    int64_t right = shape.tile_columns * results + 2 - pad[EDGE_LEFT] - source->shape.w;
    schedule_need_halo(source, (int64_t[]){pad[EDGE_TOP], pad[EDGE_LEFT], bottom > 0 ? bottom : 0, right > 0 ? right : 0});

    struct plan_step *input = schedule_step(builder, ANCHOR_WINOGRAD_INPUT, node);
    int64_t size = (int64_t)(results + 2) * (results + 2);
    struct map_shape tiles = {source->shape.c, size, shape.tile_rows * shape.tile_columns};
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
