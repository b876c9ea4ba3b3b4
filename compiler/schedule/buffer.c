/* buffer.c - nodes become buffers: layouts in channel blocks, constants in the weights, operands of epilogues. */
#include "build.h"

#include "../base/fatal.h"
#include "../../runtime/senrt_abi.h"

#include <string.h>

static struct plan_buffer *add_buffer(struct builder *builder, const char *name, struct map_shape shape) {
    struct plan *plan = builder->plan;
    struct plan_buffer *buffer = ARENA_NEW(plan->arena, struct plan_buffer);
    buffer->id = (int)plan->buffers.count;
    buffer->name = name;
    buffer->shape = shape;
    buffer->block = plan->lanes;
    vec_push(plan->arena, &plan->buffers, buffer);
    return buffer;
}

struct plan_buffer *schedule_buffer(struct builder *builder, const char *name, struct map_shape shape) {
    return add_buffer(builder, name, shape);
}

struct plan_buffer *schedule_constant(struct builder *builder, const struct tensor *tensor, const char *name) {
    struct plan_buffer *buffer = add_buffer(builder, name, shape_as_map(tensor->shape));
    buffer->space = SPACE_WEIGHTS;
    buffer->constant = tensor;
    return buffer;
}

struct plan_buffer *schedule_view(struct builder *builder, const char *name, const struct plan_buffer *whole, int64_t first_block,
                                  int64_t channels) {
    struct plan_buffer *view = add_buffer(builder, name, (struct map_shape){channels, whole->shape.h, whole->shape.w});
    view->block = whole->block;
    view->space = whole->space;
    view->whole = builder->plan->buffers.items[whole->id];
    view->first_block = first_block;
    return view;
}

const struct plan_buffer *plan_whole(const struct plan_buffer *buffer) {
    while (buffer->whole) buffer = buffer->whole;
    return buffer;
}

int64_t plan_whole_block(const struct plan_buffer *buffer) {
    int64_t block = 0;
    for (; buffer->whole; buffer = buffer->whole) block += buffer->first_block;
    return block;
}

void plan_layout_buffer(struct plan_buffer *buffer, int64_t batch) {
    if (buffer->whole) memcpy(buffer->halo, plan_whole(buffer)->halo, sizeof buffer->halo);
    enum { PAGE_FLOATS = 1024, LINE_FLOATS = 16 };
    const int64_t *halo = buffer->halo;
    int64_t rows = buffer->shape.h + halo[EDGE_TOP] + halo[EDGE_BOTTOM];
    int64_t columns = buffer->shape.w + halo[EDGE_LEFT] + halo[EDGE_RIGHT];
    buffer->row_stride = columns * buffer->block;
    buffer->block_stride = rows * buffer->row_stride;
    /* the same pixel of all blocks in one set of L1 would drive each other out */
    if (buffer->block_stride % PAGE_FLOATS == 0) buffer->block_stride += LINE_FLOATS;
    int64_t picture = plan_blocks(buffer->shape.c, buffer->block) * buffer->block_stride;
    buffer->origin = halo[EDGE_TOP] * buffer->row_stride + halo[EDGE_LEFT] * buffer->block;
    bool is_constant = buffer->space == SPACE_WEIGHTS;
    int64_t whole_blocks = plan_blocks(plan_whole(buffer)->shape.c, buffer->block), last = is_constant ? 0 : batch - 1;
    buffer->batch_stride = is_constant ? 0 : batch > 1 ? whole_blocks * buffer->block_stride : picture;
    int64_t bytes = (picture + last * buffer->batch_stride) * (int64_t)sizeof(float);
    buffer->size_bytes = (bytes + SENRT_ALIGNMENT - 1) / SENRT_ALIGNMENT * SENRT_ALIGNMENT;
}

struct plan_buffer *schedule_value(struct builder *builder, const struct node *node) {
    struct plan_buffer **value = &builder->values[node->id];
    if (!*value && node->op == OP_PARAM)
        *value = schedule_constant(builder, node->as.param.tensor, node->as.param.name ? node->as.param.name : "constant");
    if (!*value) fatal_bug("node %u is used before it is computed", node->id);
    return *value;
}

struct plan_buffer *schedule_arena_value(struct builder *builder, const struct node *node) {
    struct plan_buffer *buffer = schedule_value(builder, node);
    if (buffer->space == SPACE_ARENA) return buffer;
    struct plan_step *step = schedule_step(builder, ANCHOR_COPY, node);
    step->source = (struct plan_operand){.buffer = buffer};
    step->result = buffer->shape;
    step->target = schedule_buffer(builder, buffer->name, buffer->shape);
    return step->target;
}

/* The factors of a product of a map and a gate. */
static const struct node *gate_of(const struct node *mul) {
    return mul->inputs[mul->inputs[1]->op == OP_EXCITE];
}

static const struct node *map_of(const struct node *mul) {
    return mul->inputs[mul->inputs[1]->op != OP_EXCITE];
}

struct plan_operand schedule_source(struct builder *builder, const struct node *node) {
    if (!builder->deferred[node->id]) return (struct plan_operand){.buffer = schedule_arena_value(builder, node)};
    return (struct plan_operand){.buffer = schedule_arena_value(builder, map_of(node)),
                                 .scale = schedule_value(builder, gate_of(node))};
}

struct plan_operand schedule_operand(struct builder *builder, const struct node *node, struct map_shape result) {
    if (node->op == OP_PARAM && shape_element_count(node->shape) == 1)
        return (struct plan_operand){.value = node->as.param.tensor->values[0]};
    if (builder->deferred[node->id]) return schedule_source(builder, node);
    const struct plan_buffer *buffer = schedule_value(builder, node);
    return (struct plan_operand){.buffer = buffer,
                                 .one_channel = buffer->shape.c == 1 && result.c > 1,
                                 .one_row = buffer->shape.h == 1 && result.h > 1,
                                 .one_column = buffer->shape.w == 1 && result.w > 1};
}

void schedule_need_halo(struct plan_buffer *buffer, const int64_t halo[EDGE_COUNT]) {
    for (int edge = 0; edge < EDGE_COUNT; edge++)
        if (halo[edge] > buffer->halo[edge]) buffer->halo[edge] = halo[edge];
}

struct plan_panel *schedule_panel(struct builder *builder, enum panel_kind kind, const struct plan_step *step,
                               const struct tensor *tensor) {
    struct plan *plan = builder->plan;
    struct plan_panel *panel = ARENA_NEW(plan->arena, struct plan_panel);
    *panel = (struct plan_panel){.kind = kind, .step = step, .tensor = tensor};
    vec_push(plan->arena, &plan->panels, panel);
    return panel;
}
