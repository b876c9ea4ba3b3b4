/* conv.c - convolutions, transposed convolutions and linear layers become CONV or DEPTHWISE steps. */
#include "build.h"

#include <string.h>

/* Rows and columns outside the source that the taps of an axis reach, before and after it. */
static void axis_overhang(const struct plan_axis *axis, int64_t extent, int64_t *before, int64_t *after) {
    int64_t last_tap = (axis->taps - 1) * axis->tap_step;
    int64_t least = axis->first + (last_tap < 0 ? last_tap : 0);
    int64_t most = axis->first + (axis->grid - 1) * axis->stride + (last_tap > 0 ? last_tap : 0);
    bool reads = axis->taps > 0 && axis->grid > 0;
    *before = reads && least < 0 ? -least : 0;
    *after = reads && most >= extent ? most - extent + 1 : 0;
}

static void need_source_halo(const struct plan_step *step) {
    struct plan_buffer *source = (struct plan_buffer *)step->source.buffer;
    int64_t halo[EDGE_COUNT];
    axis_overhang(&step->as.conv.axis[0], source->shape.h, &halo[EDGE_TOP], &halo[EDGE_BOTTOM]);
    axis_overhang(&step->as.conv.axis[1], source->shape.w, &halo[EDGE_LEFT], &halo[EDGE_RIGHT]);
    schedule_need_halo(source, halo);
}

void schedule_bias(struct builder *builder, struct plan_step *step, const struct node *node) {
    if (node->input_count < 3) return;
    struct map_shape result = shape_as_map(node->shape);
    struct plan_epilogue bias = {.kind = EPILOGUE_BINARY, .node = node, .op = OP_ADD};
    bias.operand = schedule_operand(builder, node->inputs[2], result);
    vec_push(builder->plan->arena, &step->epilogues, bias);
}

static struct plan_step *add_conv_step(struct builder *builder, enum anchor anchor, const struct node *node,
                                       struct plan_operand source) {
    struct plan_step *step = schedule_step(builder, anchor, node);
    step->source = source;
    step->result = shape_as_map(node->shape);
    enum panel_kind kind = anchor == ANCHOR_DEPTHWISE ? PANEL_DEPTHWISE : PANEL_CONV;
    step->panels[0] = schedule_panel(builder, kind, step, node->inputs[1]->as.param.tensor);
    return step;
}

static void finish_conv(struct builder *builder, struct plan_step *step, const struct node *node) {
    need_source_halo(step);
    schedule_bias(builder, step, node);
    schedule_finish(builder, step, node);
}

/* A 1x1 convolution with a stride reads every other number or fewer: these are moved together first, which is little work
 * beside many output channels, and lets the rows be cut as suits (collapses, in tile.c). A scale of channels stays where it
 * is, in the convolution. */
static bool gathers_first(const struct builder *builder, const struct node *node, const struct plan_buffer *source) {
    enum { MANY_BLOCKS = 8 };
    const struct window *window = &node->as.conv.window;
    if (builder->level == 0 || node->as.conv.groups != 1) return false;
    if (source->block < builder->plan->lanes) return false; /* a picture's narrow blocks are for convolutions alone */
    if (shape_as_map(node->shape).c < MANY_BLOCKS * builder->plan->lanes) return false;
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (window->pad[edge]) return false;
    return window->kernel[0] == 1 && window->kernel[1] == 1 && (window->stride[0] > 1 || window->stride[1] > 1);
}

static const struct plan_buffer *gather_strided(struct builder *builder, const struct node *node, const struct plan_buffer *source) {
    struct map_shape result = shape_as_map(node->shape);
    struct plan_step *step = schedule_step(builder, ANCHOR_POOL, node);
    step->source = (struct plan_operand){.buffer = source};
    step->result = (struct map_shape){source->shape.c, result.h, result.w};
    step->as.pool.window = node->as.conv.window;
    step->as.pool.is_max = true;
    step->target = schedule_buffer(builder, "strided", step->result);
    return step->target;
}

void schedule_conv(struct builder *builder, const struct node *node) {
    struct plan_winograd shape;
    if (builder->level > 0 && choose_winograd(builder->plan, node, &shape)) {
        schedule_winograd(builder, node, &shape);
        return;
    }
    struct plan_operand operand = schedule_source(builder, node->inputs[0]);
    bool is_gathered = gathers_first(builder, node, operand.buffer);
    if (is_gathered) operand.buffer = gather_strided(builder, node, operand.buffer);
    const struct plan_buffer *source = operand.buffer;
    const struct window *window = &node->as.conv.window;
    struct map_shape result = shape_as_map(node->shape);
    int64_t groups = node->as.conv.groups;
    bool is_depthwise = groups > 1 && groups == source->shape.c && groups == result.c;
    struct plan_step *step =
        add_conv_step(builder, is_depthwise ? ANCHOR_DEPTHWISE : ANCHOR_CONV, node, operand);
    struct plan_conv *conv = &step->as.conv;
    for (int i = 0; i < 2; i++) {
        conv->kernel[i] = window->kernel[i];
        conv->axis[i] = (struct plan_axis){.grid = i ? result.w : result.h,
                                           .stride = is_gathered ? 1 : window->stride[i],
                                           .first = -window->pad[i ? EDGE_LEFT : EDGE_TOP],
                                           .taps = window->kernel[i],
                                           .tap_step = window->dilation[i],
                                           .kernel_step = 1,
                                           .result_step = 1};
    }
    conv->groups = groups;
    conv->inputs_per_group = source->shape.c / groups;
    conv->outputs_per_group = result.c / groups;
    finish_conv(builder, step, node);
}

/* Results `phase`, phase + stride, ... along one axis of a transposed convolution. Source position i and kernel tap k
 * meet in result i * stride - pad + k * dilation, so of a result o those k contribute for which o + pad - k * dilation
 * is a multiple of the stride; they are equally spaced. */
static struct plan_axis phase_axis(int64_t extent, int64_t phase, int64_t kernel, int64_t stride, int64_t dilation,
                                   int64_t pad) {
    struct plan_axis axis = {.grid = extent > phase ? (extent - phase + stride - 1) / stride : 0,
                             .stride = 1,
                             .result_step = stride,
                             .result_first = phase};
    int64_t ks[2] = {0, 0}, found = 0;
    for (int64_t k = 0; k < kernel; k++) {
        if ((phase + pad - k * dilation) % stride != 0) continue;
        if (found < 2) ks[found] = k;
        found++;
    }
    axis.taps = found;
    axis.kernel_first = ks[0];
    axis.kernel_step = found > 1 ? ks[1] - ks[0] : 1;
    axis.first = found ? (phase + pad - ks[0] * dilation) / stride : 0;
    axis.tap_step = -(axis.kernel_step * dilation) / stride;
    return axis;
}

void schedule_conv_transpose(struct builder *builder, const struct node *node) {
    struct plan_operand operand = schedule_source(builder, node->inputs[0]);
    const struct plan_buffer *source = operand.buffer;
    const struct window *window = &node->as.conv.window;
    struct map_shape result = shape_as_map(node->shape);
    struct plan_step *first = NULL;
    for (int64_t row = 0; row < window->stride[0]; row++)
        for (int64_t column = 0; column < window->stride[1]; column++) {
            struct plan_axis rows = phase_axis(result.h, row, window->kernel[0], window->stride[0],
                                               window->dilation[0], window->pad[EDGE_TOP]);
            struct plan_axis columns = phase_axis(result.w, column, window->kernel[1], window->stride[1],
                                                  window->dilation[1], window->pad[EDGE_LEFT]);
            if (!rows.grid || !columns.grid) continue;
            struct plan_step *step = add_conv_step(builder, ANCHOR_CONV, node, operand);
            struct plan_conv *conv = &step->as.conv;
            *conv = (struct plan_conv){.axis = {rows, columns},
                                       .weight_order = WEIGHT_IN_OUT,
                                       .kernel = {window->kernel[0], window->kernel[1]},
                                       .groups = node->as.conv.groups,
                                       .inputs_per_group = source->shape.c / node->as.conv.groups,
                                       .outputs_per_group = result.c / node->as.conv.groups};
            if (!first) {
                finish_conv(builder, step, node);
                first = step;
                continue;
            }
            need_source_halo(step);
            step->node = first->node;
            step->target = first->target;
            step->epilogues = first->epilogues;
        }
}

/* A linear layer is a convolution whose kernel covers the whole map: a flattened map needs no flattening. */
void schedule_linear(struct builder *builder, const struct node *node) {
    const struct node *x = node->inputs[0];
    if (!builder->values[x->id] && x->op == OP_RESHAPE) x = x->inputs[0];
    const struct plan_buffer *source = schedule_arena_value(builder, x);
    struct plan_step *step = add_conv_step(builder, ANCHOR_CONV, node, (struct plan_operand){.buffer = source});
    struct plan_conv *conv = &step->as.conv;
    for (int i = 0; i < 2; i++) {
        conv->kernel[i] = i ? source->shape.w : source->shape.h;
        conv->axis[i] = (struct plan_axis){
            .grid = 1, .stride = 1, .taps = conv->kernel[i], .tap_step = 1, .kernel_step = 1, .result_step = 1};
    }
    conv->groups = 1;
    conv->inputs_per_group = source->shape.c;
    conv->outputs_per_group = step->result.c;
    finish_conv(builder, step, node);
}

int64_t plan_conv_first_block(const struct plan_step *step, int64_t lanes, int64_t group) {
    const struct plan_conv *conv = &step->as.conv;
    const struct plan_buffer *source = step->source.buffer;
    int64_t channel = group * conv->tile_blocks * lanes;
    int64_t block = channel / conv->outputs_per_group * conv->inputs_per_group / source->block;
    int64_t last = plan_blocks(source->shape.c, source->block) - conv->reduce_blocks;
    return block < last ? block : last;
}
