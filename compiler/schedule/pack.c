/* pack.c - the tensors of a plan become one block of bytes, each in the order in which its kernel reads it. */
#include "build.h"
#include "winograd.h"

#include "../../runtime/senrt_abi.h"
#include "../base/fatal.h"
#include "../base/parallel.h"

#include <stdlib.h>
#include <string.h>

/* What stays the same while the weights of one (output channel, input channel) pair are spread over the taps. */
struct conv_place {
    const struct plan_conv *conv;
    const float *from; /* the pair's kernel, kernel[0] x kernel[1] */
    float *to;         /* its first tap in the panel */
    int64_t tap_floats;
};

static void pack_taps(const struct conv_place *place) {
    const struct plan_axis *rows = &place->conv->axis[0], *columns = &place->conv->axis[1];
    float *to = place->to;
    for (int64_t y = 0; y < rows->taps; y++) {
        const float *row = place->from + (rows->kernel_first + y * rows->kernel_step) * place->conv->kernel[1];
        for (int64_t x = 0; x < columns->taps; x++, to += place->tap_floats)
            *to = row[columns->kernel_first + x * columns->kernel_step];
    }
}

static const float *pair_kernel(const struct plan_conv *conv, const float *values, int64_t output, int64_t input) {
    int64_t area = conv->kernel[0] * conv->kernel[1];
    int64_t group = output / conv->outputs_per_group, within = input - group * conv->inputs_per_group;
    if (within < 0 || within >= conv->inputs_per_group) return NULL;
    if (conv->weight_order == WEIGHT_OUT_IN) return values + (output * conv->inputs_per_group + within) * area;
    return values + (input * conv->outputs_per_group + output % conv->outputs_per_group) * area;
}

/* [channel block][tap][input of the group][lanes] */
static void pack_permuted(const struct plan *plan, const struct plan_panel *panel, float *bytes) {
    const struct plan_conv *conv = &panel->step->as.conv;
    int64_t taps = conv->axis[0].taps * conv->axis[1].taps, inputs = conv->inputs_per_group, lanes = plan->lanes;
    struct conv_place place = {.conv = conv, .tap_floats = inputs * lanes};
    for (int64_t output = 0; output < panel->step->result.c; output++)
        for (int64_t i = 0; i < inputs; i++) {
            int64_t input = output / conv->outputs_per_group * inputs + i;
            place.from = pair_kernel(conv, panel->tensor->values, output, input);
            place.to = bytes + (output / lanes * taps * inputs + i) * lanes + output % lanes;
            pack_taps(&place);
        }
}

static void pack_conv(const struct plan *plan, const struct plan_panel *panel, float *bytes) {
    if (panel->step->as.conv.is_permuted) {
        pack_permuted(plan, panel, bytes);
        return;
    }
    const struct plan_step *step = panel->step;
    const struct plan_conv *conv = &step->as.conv;
    int64_t block = step->source.buffer->block, taps = conv->axis[0].taps * conv->axis[1].taps;
    int64_t width = conv->tile_blocks * plan->lanes, inputs = step->source.buffer->shape.c;
    int64_t step_floats = conv->spreads_weights ? plan->lanes : width; /* from channel to channel */
    int64_t group_floats = conv->reduce_blocks * taps * block * width, block_floats = group_floats / conv->tile_blocks;
    struct conv_place place = {.conv = conv, .tap_floats = block * step_floats};
    for (int64_t group = 0; group < conv->output_groups; group++) {
        int64_t first = plan_conv_first_block(step, plan->lanes, group) * block;
        for (int64_t i = 0; i < conv->reduce_blocks * block && first + i < inputs; i++)
            for (int64_t lane = 0; lane < width; lane++) {
                int64_t output = group * width + lane;
                if (output >= step->result.c) break;
                place.from = pair_kernel(conv, panel->tensor->values, output, first + i);
                if (!place.from) continue;
                place.to = bytes + group * group_floats + (i / block * taps * block + i % block) * step_floats;
                place.to += conv->spreads_weights ? lane / plan->lanes * block_floats + lane % plan->lanes : lane;
                pack_taps(&place);
            }
    }
}

/* G g G^T of one 3x3 kernel, in double; position [y][x] goes to `to` + (y * size + x) * position_floats. */
static void transform_kernel(const struct winograd *winograd, const float *kernel, float *to, int64_t position_floats) {
    double rows[WINOGRAD_MOST][3];
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < 3; x++) {
            const double *g = winograd->weight[y];
            rows[y][x] = g[0] * kernel[x] + g[1] * kernel[3 + x] + g[2] * kernel[6 + x];
        }
    for (int y = 0; y < winograd->size; y++)
        for (int x = 0; x < winograd->size; x++, to += position_floats) {
            const double *g = winograd->weight[x];
            *to = (float)(g[0] * rows[y][0] + g[1] * rows[y][1] + g[2] * rows[y][2]);
        }
}

static void pack_winograd(const struct plan *plan, const struct plan_panel *panel, float *bytes) {
    const struct plan_step *step = panel->step;
    const struct plan_winograd *shape = &step->as.winograd;
    const struct winograd transforms = winograd_make(shape->results), *winograd = &transforms;
    int64_t inputs = shape->inputs, width = shape->tile_blocks * plan->lanes, positions = winograd->size * winograd->size;
    int64_t group_floats = plan_blocks(inputs, plan->lanes) * plan->lanes * width;
    for (int64_t output = 0; output < step->result.c; output++) {
        int64_t number = output / width, first = number / shape->item_groups * shape->item_groups;
        int64_t left = shape->output_groups - first, groups = left < shape->item_groups ? left : shape->item_groups;
        float *group = bytes + (first * positions + number - first) * group_floats;
        for (int64_t input = 0; input < inputs; input++)
            transform_kernel(winograd, panel->tensor->values + (output * inputs + input) * 9,
                             group + input * width + output % width, groups * group_floats);
    }
}

static void pack_depthwise(const struct plan *plan, const struct plan_panel *panel, float *bytes) {
    const struct plan_conv *conv = &panel->step->as.conv;
    int64_t taps = conv->axis[0].taps * conv->axis[1].taps, lanes = plan->lanes;
    for (int64_t c = 0; c < panel->step->result.c; c++)
        for (int64_t tap = 0; tap < taps; tap++)
            bytes[(c / lanes * taps + tap) * lanes + c % lanes] = panel->tensor->values[c * taps + tap];
}

/* The first layer of an excitation that sums classes: input [channel][class] is packed as [channel block][class][lane]. */
static void pack_classes(const struct plan *plan, const struct plan_panel *panel, const struct plan_border *border, float *bytes) {
    int64_t outputs = panel->tensor->shape.dims[0], channels = border->map->shape.c, lanes = plan->lanes;
    int64_t classes = border->axes[0].class_count * border->axes[1].class_count;
    int64_t inputs = plan_blocks(channels, lanes) * classes * lanes;
    for (int64_t o = 0; o < outputs; o++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t r = 0; r < classes; r++) {
                int64_t input = (c / lanes * classes + r) * lanes + c % lanes;
                bytes[(o / lanes * inputs + input) * lanes + o % lanes] =
                    panel->tensor->values[(o * channels + c) * classes + r];
            }
}

static void pack_matrix(const struct plan *plan, const struct plan_panel *panel, float *bytes) {
    const struct plan_border *border = panel->step->as.excite.border;
    if (border && panel == panel->step->panels[0]) {
        pack_classes(plan, panel, border, bytes);
        return;
    }
    int64_t outputs = panel->tensor->shape.dims[0], inputs = panel->tensor->shape.dims[1], lanes = plan->lanes;
    for (int64_t o = 0; o < outputs; o++)
        for (int64_t i = 0; i < inputs; i++)
            bytes[(o / lanes * inputs + i) * lanes + o % lanes] = panel->tensor->values[o * inputs + i];
}

static void pack_buffer(const struct plan_buffer *buffer, float *bytes) {
    const float *from = buffer->constant->values;
    for (int64_t c = 0; c < buffer->shape.c; c++)
        for (int64_t y = 0; y < buffer->shape.h; y++)
            for (int64_t x = 0; x < buffer->shape.w; x++)
                bytes[buffer->origin + c / buffer->block * buffer->block_stride + y * buffer->row_stride +
                      x * buffer->block + c % buffer->block] = *from++;
}

struct packing {
    const struct plan *plan;
    unsigned char *bytes;
};

static void pack_panel(const struct plan *plan, const struct plan_panel *panel, void *to) {
    switch (panel->kind) {
    case PANEL_CONV: pack_conv(plan, panel, to); break;
    case PANEL_WINOGRAD: pack_winograd(plan, panel, to); break;
    case PANEL_DEPTHWISE: pack_depthwise(plan, panel, to); break;
    case PANEL_MATRIX: pack_matrix(plan, panel, to); break;
    case PANEL_GATHER: plan_pack_gather(plan, panel->step, to); break;
    case PANEL_TABLE: plan_pack_table(plan, panel->step, to); break;
    }
}

/* Panels first, then buffers. */
static void pack_one(void *context, size_t index) {
    const struct packing *packing = context;
    const struct plan *plan = packing->plan;
    if (index < plan->panels.count) {
        const struct plan_panel *panel = plan->panels.items[index];
        pack_panel(plan, panel, packing->bytes + panel->offset_bytes);
        return;
    }
    const struct plan_buffer *buffer = plan->buffers.items[index - plan->panels.count];
    if (buffer->space == SPACE_WEIGHTS) pack_buffer(buffer, (float *)(void *)(packing->bytes + buffer->offset_bytes));
}

unsigned char *plan_pack_weights(const struct plan *plan, size_t *out_size_bytes) {
    *out_size_bytes = (size_t)plan->weight_bytes;
    unsigned char *bytes = aligned_alloc(SENRT_ALIGNMENT, *out_size_bytes + SENRT_ALIGNMENT);
    if (!bytes) fatal_no_memory();
    memset(bytes, 0, *out_size_bytes);
    struct packing packing = {.plan = plan, .bytes = bytes};
    parallel_run(plan->panels.count + plan->buffers.count, pack_one, &packing);
    return bytes;
}
