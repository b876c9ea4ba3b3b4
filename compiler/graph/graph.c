/* graph.c - the list of operations: made, extended, rewired, copied. */
#include "graph.h"

#include "../base/fatal.h"

#include <stdarg.h>

const char *op_name(enum op op) {
    static const char *const names[] = {
#define OP(id, name, least, most, attributes, summary) name,
#include "op.def"
#undef OP
    };
    return names[op];
}

bool op_is_binary(enum op op) {
    return op >= OP_ADD && op <= OP_POW;
}

const char *op_binary_verb(enum op op) {
    switch (op) {
    case OP_ADD: return "add";
    case OP_SUB: return "subtract";
    case OP_MUL: return "multiply";
    case OP_DIV: return "divide";
    case OP_MIN: return "take the minimum of";
    case OP_MAX: return "take the maximum of";
    default: return "raise to powers";
    }
}

const char *reduce_name(enum reduce_kind kind) {
    static const char *const names[] = {
        [REDUCE_MEAN] = "mean", [REDUCE_SUM] = "sum", [REDUCE_MAX] = "max", [REDUCE_MIN] = "min", [REDUCE_PROD] = "prod"};
    return names[kind];
}

const char *activation_name(enum activation_kind kind) {
    static const char *const names[] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) name,
#include "activation.def"
#undef ACTIVATION
    };
    return names[kind];
}

struct graph *graph_create(const char *name) {
    struct arena *arena = arena_create();
    struct graph *graph = ARENA_NEW(arena, struct graph);
    graph->arena = arena;
    graph->name = arena_copy_string(arena, name);
    graph->batch = 1;
    return graph;
}

void graph_destroy(struct graph *graph) {
    if (graph) arena_destroy(graph->arena);
}

static void link_before(struct graph *graph, struct node *node, struct node *before) {
    node->next = before;
    node->previous = before ? before->previous : graph->last;
    *(node->previous ? &node->previous->next : &graph->first) = node;
    *(before ? &before->previous : &graph->last) = node;
}

struct node *graph_add(struct graph *graph, struct node *before, enum op op, struct node *const *inputs,
                       int input_count, const struct origin *origin) {
    struct node *node = ARENA_NEW(graph->arena, struct node);
    node->op = op;
    node->id = graph->next_id++;
    node->inputs = ARENA_NEW_ARRAY(graph->arena, struct node *, (size_t)input_count);
    node->input_count = input_count;
    node->origin = origin;
    for (int i = 0; i < input_count; i++) {
        node->inputs[i] = inputs[i];
        inputs[i]->use_count++;
    }
    link_before(graph, node, before);
    return node;
}

struct node *graph_add_constant(struct graph *graph, const struct tensor *tensor, const struct origin *origin) {
    struct node *node = graph_add(graph, graph->first, OP_PARAM, NULL, 0, origin);
    node->shape = tensor->shape;
    node->as.param.role = PARAM_CONSTANT;
    node->as.param.tensor = tensor;
    return node;
}

void graph_replace_uses(struct graph *graph, struct node *old, struct node *replacement) {
    for (struct node *user = old->next; user && old->use_count; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == old) {
                user->inputs[i] = replacement;
                old->use_count--;
                replacement->use_count++;
            }
    for (size_t i = 0; i < graph->outputs.count; i++)
        if (graph->outputs.items[i].node == old) graph->outputs.items[i].node = replacement;
}

static int output_use_count(const struct graph *graph, const struct node *node) {
    int count = 0;
    for (size_t i = 0; i < graph->outputs.count; i++) count += graph->outputs.items[i].node == node;
    return count;
}

int graph_use_count(const struct graph *graph, const struct node *node) {
    return node->use_count + output_use_count(graph, node);
}

struct node *graph_single_user(const struct graph *graph, const struct node *node) {
    if (node->use_count != 1 || output_use_count(graph, node)) return NULL;
    for (struct node *user = node->next; user; user = user->next)
        for (int i = 0; i < user->input_count; i++)
            if (user->inputs[i] == node) return user;
    fatal_bug("the user of node %u is not behind it", node->id);
}

static void unlink_node(struct graph *graph, struct node *node) {
    *(node->previous ? &node->previous->next : &graph->first) = node->next;
    *(node->next ? &node->next->previous : &graph->last) = node->previous;
}

void graph_move_to_front(struct graph *graph, struct node *node) {
    if (node->input_count) fatal_bug("node %u (%s) is moved before its inputs", node->id, op_name(node->op));
    unlink_node(graph, node);
    link_before(graph, node, graph->first);
}

void graph_move_before(struct graph *graph, struct node *node, struct node *before) {
    unlink_node(graph, node);
    link_before(graph, node, before);
}

void graph_move_to_end(struct graph *graph, struct node *node) {
    unlink_node(graph, node);
    link_before(graph, node, NULL);
}

void graph_remove(struct graph *graph, struct node *node) {
    if (node->op == OP_INPUT || graph_use_count(graph, node))
        fatal_bug("node %u (%s) is removed though it is needed", node->id, op_name(node->op));
    for (int i = 0; i < node->input_count; i++) node->inputs[i]->use_count--;
    unlink_node(graph, node);
}

void graph_note_se(struct graph *graph, struct se_block *block, const char *pass, const struct origin *origin,
                   const char *format, ...) {
    if (!block) return;
    va_list arguments;
    va_start(arguments, format);
    struct se_note note = {pass, arena_format_list(graph->arena, format, arguments), origin};
    va_end(arguments);
    vec_push(graph->arena, &block->notes, note);
}

static struct node *clone_node(struct graph *clone, const struct node *node, struct node *const *copies) {
    struct node *copy = ARENA_NEW(clone->arena, struct node);
    *copy = *node;
    copy->inputs = ARENA_NEW_ARRAY(clone->arena, struct node *, (size_t)node->input_count);
    for (int i = 0; i < node->input_count; i++) copy->inputs[i] = copies[node->inputs[i]->id];
    link_before(clone, copy, NULL);
    return copy;
}

struct graph *graph_clone(const struct graph *graph) {
    struct graph *clone = graph_create(graph->name);
    struct arena *arena = arena_create(); /* for the table of copies */
    struct node **copies = ARENA_NEW_ARRAY(arena, struct node *, graph->next_id);
    clone->batch = graph->batch;
    clone->next_id = graph->next_id;
    clone->parameter_count = graph->parameter_count;
    clone->mac_count = graph->mac_count;
    clone->tiling = graph->tiling;
    for (const struct node *node = graph->first; node; node = node->next)
        copies[node->id] = clone_node(clone, node, copies);
    for (size_t i = 0; i < graph->inputs.count; i++)
        vec_push(clone->arena, &clone->inputs, copies[graph->inputs.items[i]->id]);
    for (size_t i = 0; i < graph->outputs.count; i++) {
        struct graph_output output = graph->outputs.items[i];
        output.node = copies[output.node->id];
        vec_push(clone->arena, &clone->outputs, output);
    }
    for (size_t i = 0; i < graph->se_blocks.count; i++) vec_push(clone->arena, &clone->se_blocks, graph->se_blocks.items[i]);
    for (size_t i = 0; i < graph->labels.count; i++) vec_push(clone->arena, &clone->labels, graph->labels.items[i]);
    arena_destroy(arena);
    return clone;
}
