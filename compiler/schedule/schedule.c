/* schedule.c - a graph becomes a plan: nodes in order become steps, then layouts, tiles, memory and barriers follow. */
#include "schedule.h"

#include "build.h"
#include "tile_choice.h"

#include "../../runtime/senrt_abi.h"
#include "../base/fatal.h"

const char *anchor_name(enum anchor anchor) {
    static const char *const names[] = {
#define ANCHOR(id, name, item, summary) name,
#include "anchor.def"
#undef ANCHOR
    };
    return names[anchor];
}

static void count_uses(struct builder *builder) {
    for (struct node *node = builder->graph->first; node; node = node->next)
        for (int i = 0; i < node->input_count; i++) {
            builder->use_counts[node->inputs[i]->id]++;
            builder->users[node->inputs[i]->id] = node;
        }
    for (size_t i = 0; i < builder->graph->outputs.count; i++) {
        const struct node *node = builder->graph->outputs.items[i].node;
        builder->use_counts[node->id]++;
        builder->users[node->id] = NULL;
    }
}

/* A picture's few channels need no padding to a whole vector when only dense convolutions read them. */
static bool wants_narrow_block(const struct builder *builder, const struct node *input) {
    if (builder->level == 0 || shape_as_map(input->shape).c >= builder->plan->lanes) return false;
    for (const struct node *node = input->next; node; node = node->next)
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i] == input && (node->op != OP_CONV || node->as.conv.groups != 1)) return false;
    for (size_t i = 0; i < builder->graph->outputs.count; i++)
        if (builder->graph->outputs.items[i].node == input) return false;
    return true;
}

static void schedule_inputs(struct builder *builder) {
    for (size_t i = 0; i < builder->graph->inputs.count; i++) {
        const struct node *input = builder->graph->inputs.items[i];
        struct plan_step *step = schedule_step(builder, ANCHOR_INPUT, NULL);
        step->external = (int)i;
        step->result = shape_as_map(input->shape);
        step->target = schedule_buffer(builder, input->as.input.name, step->result);
        if (wants_narrow_block(builder, input)) step->target->block = step->result.c;
        builder->values[input->id] = step->target;
        builder->done[input->id] = true;
    }
}

static void schedule_outputs(struct builder *builder) {
    for (size_t i = 0; i < builder->graph->outputs.count; i++) {
        const struct graph_output *output = &builder->graph->outputs.items[i];
        struct plan_buffer *source = schedule_value(builder, output->node);
        struct plan_step *step = schedule_step(builder, ANCHOR_OUTPUT, NULL);
        step->external = (int)i;
        step->result = source->shape;
        step->source = (struct plan_operand){.buffer = source};
    }
}

static void schedule_node(struct builder *builder, const struct node *node) {
    switch (node->op) {
    case OP_INPUT:
    case OP_PARAM: break;
    case OP_CONV: schedule_conv(builder, node); break;
    case OP_CONV_TRANSPOSE: schedule_conv_transpose(builder, node); break;
    case OP_LINEAR: schedule_linear(builder, node); break;
    case OP_ACTIVATION:
    case OP_PRELU:
    case OP_BATCH_NORM:
    case OP_ADD:
    case OP_SUB:
    case OP_MUL:
    case OP_DIV:
    case OP_MIN:
    case OP_MAX:
    case OP_POW: schedule_elementwise(builder, node); break;
    case OP_EXCITE: schedule_excite(builder, node); break;
    case OP_SOFTMAX:
    case OP_LOG_SOFTMAX: schedule_softmax(builder, node); break;
    case OP_MAX_POOL:
    case OP_AVG_POOL: schedule_pool(builder, node); break;
    case OP_GLOBAL_MAX_POOL:
    case OP_GLOBAL_AVG_POOL: schedule_global_pool(builder, node); break;
    case OP_MEET: schedule_meet(builder, node); break;
    case OP_CONCAT: schedule_concat(builder, node); break;
    case OP_RESHAPE:
    case OP_REARRANGE: schedule_rearrange(builder, node); break;
    case OP_SLICE: schedule_slice(builder, node); break;
    case OP_CHANNEL_SHUFFLE: schedule_shuffle(builder, node); break;
    case OP_UPSAMPLE: schedule_upsample(builder, node); break;
    case OP_PAD: schedule_pad(builder, node); break;
    case OP_TAKE: schedule_take(builder, node); break;
    case OP_RESAMPLE: schedule_resample(builder, node); break;
    case OP_REDUCE: schedule_reduce(builder, node); break;
    case OP_ARGMAX: schedule_argmax(builder, node); break;
    case OP_SE:
    case OP_COUNT: fatal_bug("'%s' reached the schedule", op_name(node->op));
    }
}

static bool has_halo(const struct plan_buffer *buffer) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (buffer->halo[edge]) return true;
    return false;
}

/* In front of the first step that writes a buffer with a halo: a step that clears the halo. */
static void insert_halo_steps(struct plan *plan) {
    VEC(struct plan_step *) steps = {0};
    bool *cleared = ARENA_NEW_ARRAY(plan->arena, bool, plan->buffers.count + 1);
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        struct plan_buffer *target = step->target ? plan->buffers.items[plan_whole(step->target)->id] : NULL;
        if (target && has_halo(target) && !cleared[target->id]) {
            struct plan_step *halo = ARENA_NEW(plan->arena, struct plan_step);
            halo->anchor = ANCHOR_HALO;
            halo->node = step->node;
            halo->target = target;
            halo->result = target->shape;
            halo->items = plan->graph->batch * plan_blocks(halo->result.c, halo->target->block);
            cleared[target->id] = true;
            vec_push(plan->arena, &steps, halo);
        }
        vec_push(plan->arena, &steps, step);
    }
    plan->steps.items = steps.items;
    plan->steps.count = steps.count;
    plan->steps.capacity = steps.capacity;
    for (size_t i = 0; i < steps.count; i++) steps.items[i]->index = (int)i;
}

static int64_t count_taps(const struct plan_conv *conv) {
    return conv->axis[0].taps * conv->axis[1].taps;
}

static int64_t panel_bytes(const struct plan *plan, const struct plan_panel *panel) {
    const struct plan_step *step = panel->step;
    const struct plan_conv *conv = &step->as.conv;
    int64_t lanes = plan->lanes, floats = 0;
    switch (panel->kind) {
    case PANEL_CONV:
        floats = conv->output_groups * conv->reduce_blocks * count_taps(conv) * conv->block_channels * conv->tile_blocks * lanes;
        break;
    case PANEL_WINOGRAD:
        floats = step->as.winograd.output_groups * step->source.buffer->shape.c *
                 plan_blocks(step->as.winograd.inputs, lanes) * step->as.winograd.tile_blocks * lanes;
        break;
    case PANEL_DEPTHWISE: floats = plan_blocks(step->result.c, lanes) * count_taps(conv) * lanes; break;
    case PANEL_MATRIX: {
        const int64_t *dims = panel->tensor->shape.dims;
        const struct plan_border *border = panel == step->panels[0] ? step->as.excite.border : NULL;
        int64_t inputs = dims[1];
        if (border) inputs = dims[1] / border->map->shape.c * plan_blocks(border->map->shape.c, lanes) * lanes;
        floats = plan_blocks(dims[0], lanes) * inputs * lanes;
        break;
    }
    case PANEL_GATHER: floats = plan_gather_size(plan, step); break;
    case PANEL_TABLE: floats = plan_table_size(plan, step); break;
    }
    return (floats * 4 + SENRT_ALIGNMENT - 1) / SENRT_ALIGNMENT * SENRT_ALIGNMENT;
}

static int64_t count_items(const struct plan *plan, const struct plan_step *step) {
    const struct plan_buffer *stored = step->target ? step->target : step->source.buffer;
    int64_t batch = plan->graph->batch, blocks = plan_blocks(step->result.c, stored->block);
    switch (step->anchor) {
    case ANCHOR_SOFTMAX: return batch * step->result.h;
    case ANCHOR_HALO:
    case ANCHOR_REDUCE:
    case ANCHOR_MEET: return batch * blocks;
    case ANCHOR_REARRANGE: {
        bool by_tiles = step->as.rearrange.tile_axis == 1;
        return batch * blocks * (by_tiles ? plan_blocks(step->result.h, plan->lanes) : step->result.h);
    }
    case ANCHOR_EXCITE: return plan_blocks(blocks, step->as.excite.group);
    case ANCHOR_WINOGRAD_INPUT:
    case ANCHOR_WINOGRAD_RESULT: return batch * blocks * step->as.winograd.tile_rows;
    case ANCHOR_DEPTHWISE: return batch * blocks * step->as.conv.axis[0].grid;
    default: return batch * blocks * step->result.h;
    }
}

/* NULL: the model chooses. */
static const struct tile_choice *find_choice(const struct schedule_options *options, const struct plan_step *step) {
    for (size_t i = options->tile_count; i > 0; i--)
        if (tile_choice_names(&options->tiles[i - 1], step)) return &options->tiles[i - 1];
    return NULL;
}

static void finish_steps(struct builder *builder, const struct schedule_options *options) {
    struct plan *plan = builder->plan;
    for (size_t i = 0; i < plan->buffers.count; i++) plan_layout_buffer(plan->buffers.items[i], plan->graph->batch);
    for (size_t i = 0; i < plan->steps.count; i++) {
        struct plan_step *step = plan->steps.items[i];
        if (step->anchor == ANCHOR_GATHER) schedule_picks(plan, step);
        if (step->anchor == ANCHOR_DEPTHWISE) choose_depthwise_tile(plan, step);
        if (step->anchor == ANCHOR_CONV)
            choose_conv_tile(plan, step, find_choice(options, step));
        else if (step->anchor != ANCHOR_WINOGRAD && step->anchor != ANCHOR_WINOGRAD_PRODUCTS)
            step->items = count_items(plan, step);
    }
    schedule_squeezes(builder);
    schedule_excitations(builder);
    for (size_t i = 0; i < plan->panels.count; i++)
        plan->panels.items[i]->size_bytes = panel_bytes(plan, plan->panels.items[i]);
    choose_ahead(plan);
}

struct plan *schedule_graph(const struct graph *graph, const struct target *target,
                            const struct schedule_options *options) {
    struct arena *arena = arena_create();
    struct plan *plan = ARENA_NEW(arena, struct plan);
    *plan = (struct plan){.arena = arena, .graph = graph, .target = target, .level = options->level};
    plan->lanes = (options->vector_bytes ? options->vector_bytes : target->vector_bytes) / (int)sizeof(float);
    size_t ids = graph->next_id + 1;
    struct builder builder = {.plan = plan,
                              .graph = graph,
                              .level = options->level,
                              .values = ARENA_NEW_ARRAY(arena, struct plan_buffer *, ids),
                              .done = ARENA_NEW_ARRAY(arena, bool, ids),
                              .deferred = ARENA_NEW_ARRAY(arena, bool, ids),
                              .use_counts = ARENA_NEW_ARRAY(arena, int, ids),
                              .users = ARENA_NEW_ARRAY(arena, struct node *, ids)};
    count_uses(&builder);
    schedule_find_borders(&builder);
    schedule_inputs(&builder);
    for (const struct node *node = graph->first; node; node = node->next)
        if (!builder.done[node->id]) schedule_node(&builder, node);
    schedule_outputs(&builder);
    schedule_views(&builder);
    insert_halo_steps(plan);
    finish_steps(&builder, options);
    plan_place_buffers(plan);
    plan_place_barriers(plan);
    return plan;
}

void plan_destroy(struct plan *plan) {
    if (plan) arena_destroy(plan->arena);
}
