/* eval.c - a graph and numbers become numbers: nodes in order, values kept as long as they are needed. */
#include "eval_op.h"

#include "../base/fatal.h"

#include <string.h>

static eval_function *const functions[] = {
#define OP(id, name, least, most, attributes, summary) eval_##id,
#include "../graph/op.def"
#undef OP
};

void eval_INPUT(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena, (void)inputs, (void)out;
    fatal_bug("the interpreter was asked for input '%s'", node->as.input.name);
}

void eval_PARAM(struct arena *arena, const struct node *node, const struct tensor *const *inputs, float *out) {
    (void)arena, (void)inputs;
    const struct tensor *tensor = node->as.param.tensor;
    if (!tensor) fatal_bug("parameter '%s' has no numbers", node->as.param.name);
    memcpy(out, tensor->values, (size_t)shape_element_count(node->shape) * sizeof *out);
}

const struct tensor *eval_node(struct arena *arena, const struct node *node, const struct tensor *const *inputs) {
    float *values;
    struct tensor *result = tensor_create(arena, node->shape, &values);
    struct arena *scratch = arena_create();
    functions[node->op](scratch, node, inputs, values);
    arena_destroy(scratch);
    return result;
}

/* The value of a node while it is needed. */
struct value {
    const struct tensor *tensor;
    struct arena *arena; /* owns the tensor; NULL for parameters and inputs */
    int uses_left;
};

struct run {
    struct arena *arena;
    const struct graph *graph;
    struct value *values; /* by id */
};

static void release(struct run *run, const struct node *node) {
    struct value *value = &run->values[node->id];
    if (--value->uses_left > 0) return;
    arena_destroy(value->arena);
    value->arena = NULL;
}

static void compute(struct run *run, const struct node *node) {
    struct value *value = &run->values[node->id];
    if (node->op == OP_INPUT) return;
    if (node->op == OP_PARAM && node->as.param.tensor) {
        value->tensor = node->as.param.tensor;
        return;
    }
    const struct tensor **inputs = ARENA_NEW_ARRAY(run->arena, const struct tensor *, (size_t)node->input_count);
    for (int i = 0; i < node->input_count; i++) inputs[i] = run->values[node->inputs[i]->id].tensor;
    value->arena = arena_create();
    value->tensor = eval_node(value->arena, node, inputs);
    value->uses_left++; /* until its inputs are released */
    for (int i = 0; i < node->input_count; i++) release(run, node->inputs[i]);
    release(run, node);
}

static const struct tensor *copy_tensor(struct arena *arena, const struct tensor *tensor) {
    float *values;
    struct tensor *copy = tensor_create(arena, tensor->shape, &values);
    memcpy(values, tensor->values, (size_t)shape_element_count(tensor->shape) * sizeof *values);
    return copy;
}

void eval_graph(struct arena *arena, const struct graph *graph, const struct tensor *const *inputs,
                const struct tensor **out_outputs) {
    struct run run = {.arena = arena_create(), .graph = graph};
    run.values = ARENA_NEW_ARRAY(run.arena, struct value, graph->next_id);
    for (const struct node *node = graph->first; node; node = node->next)
        run.values[node->id].uses_left = graph_use_count(graph, node);
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *node = graph->inputs.items[i];
        if (!shape_equal(inputs[i]->shape, node->shape))
            fatal_bug("the interpreter was given input '%s' of shape %s, not %s", node->as.input.name,
                      shape_text(run.arena, inputs[i]->shape), shape_text(run.arena, node->shape));
        run.values[node->id].tensor = inputs[i];
    }
    for (const struct node *node = graph->first; node; node = node->next) compute(&run, node);
    for (size_t i = 0; i < graph->outputs.count; i++) {
        const struct node *node = graph->outputs.items[i].node;
        out_outputs[i] = copy_tensor(arena, run.values[node->id].tensor);
        release(&run, node);
    }
    arena_destroy(run.arena);
}
