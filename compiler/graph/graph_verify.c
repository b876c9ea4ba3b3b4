/* graph_verify.c - what every graph promises, checked: list, order, uses, shapes, parameters. */
#include "graph.h"

struct verify {
    struct graph *graph;
    struct arena *arena;
    const struct node **seen; /* by id; NULL: not yet met */
    int *uses;                /* by id, as inputs of nodes */
};

static const char *describe(struct verify *verify, const struct node *node, const char *what) {
    return arena_format(verify->graph->arena, "node %%%u (%s%s%s) %s", node->id, op_name(node->op),
                        node->name ? ", " : "", node->name ? node->name : "", what);
}

static const char *check_links(struct verify *verify, const struct node *node) {
    const struct graph *graph = verify->graph;
    if ((node->previous ? node->previous->next : graph->first) != node ||
        (node->next ? node->next->previous : graph->last) != node)
        return describe(verify, node, "is not linked both ways");
    if (node->id >= graph->next_id) return describe(verify, node, "has an id that was not given out");
    if (verify->seen[node->id]) return describe(verify, node, "shares its id with another");
    return NULL;
}

/* Code generation packs weights while compiling, so they must be parameters. */
static bool must_be_param(enum op op, int index) {
    if (index == 0) return false;
    return op == OP_CONV || op == OP_CONV_TRANSPOSE || op == OP_LINEAR || op == OP_BATCH_NORM || op == OP_SE ||
           op == OP_EXCITE || op == OP_PRELU;
}

static const char *check_inputs(struct verify *verify, const struct node *node) {
    for (int i = 0; i < node->input_count; i++) {
        const struct node *input = node->inputs[i];
        if (input->id >= verify->graph->next_id || verify->seen[input->id] != input)
            return describe(verify, node, "comes before one of its inputs");
        if (must_be_param(node->op, i) && input->op != OP_PARAM)
            return describe(verify, node, "has a computed weight");
        verify->uses[input->id]++;
    }
    return NULL;
}

static const char *check_shape(struct verify *verify, struct node *node) {
    struct shape shape = node->shape;
    const char *problem = NULL;
    bool ok = graph_infer(verify->graph, node, &problem);
    struct shape inferred = node->shape;
    node->shape = shape;
    if (!ok) return describe(verify, node, arena_format(verify->graph->arena, "is not well formed: %s", problem));
    if (shape_equal(shape, inferred)) return NULL;
    return describe(verify, node,
                    arena_format(verify->graph->arena, "has shape %s, but computes %s",
                                 shape_text(verify->graph->arena, shape),
                                 shape_text(verify->graph->arena, inferred)));
}

static const char *check_param(struct verify *verify, const struct node *node) {
    if (node->op == OP_INPUT && !node->as.input.name) return describe(verify, node, "is an input without a name");
    if (node->op != OP_PARAM) return NULL;
    bool is_constant = node->as.param.role == PARAM_CONSTANT;
    if (is_constant && !node->as.param.tensor) return describe(verify, node, "is a constant without numbers");
    if (!is_constant && !node->as.param.name) return describe(verify, node, "is a parameter without a name");
    return NULL;
}

static const char *check_node(struct verify *verify, struct node *node) {
    const char *problem = check_links(verify, node);
    if (!problem) problem = check_inputs(verify, node);
    if (!problem) problem = check_param(verify, node);
    if (!problem) problem = check_shape(verify, node);
    verify->seen[node->id] = node;
    return problem;
}

static const char *check_uses(struct verify *verify) {
    for (const struct node *node = verify->graph->first; node; node = node->next)
        if (node->use_count != verify->uses[node->id]) return describe(verify, node, "has a wrong count of its uses");
    return NULL;
}

static bool is_in_graph(const struct verify *verify, const struct node *node) {
    return node && node->id < verify->graph->next_id && verify->seen[node->id] == node;
}

static const char *check_ends(struct verify *verify) {
    const struct graph *graph = verify->graph;
    size_t inputs = 0;
    for (const struct node *node = graph->first; node; node = node->next) inputs += node->op == OP_INPUT;
    if (inputs != graph->inputs.count) return "the list of inputs does not name each input once";
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *input = graph->inputs.items[i];
        if (!is_in_graph(verify, input) || input->op != OP_INPUT) return "the list of inputs names something else";
        for (size_t j = 0; j < i; j++)
            if (graph->inputs.items[j] == input) return "the list of inputs names one twice";
    }
    for (size_t i = 0; i < graph->outputs.count; i++) {
        if (!is_in_graph(verify, graph->outputs.items[i].node)) return "an output is computed by no node";
        if (!graph->outputs.items[i].name) return "an output has no name";
    }
    return NULL;
}

const char *graph_verify(struct graph *graph) {
    struct verify verify = {.graph = graph, .arena = arena_create()};
    verify.seen = ARENA_NEW_ARRAY(verify.arena, const struct node *, graph->next_id);
    verify.uses = ARENA_NEW_ARRAY(verify.arena, int, graph->next_id);
    const char *problem = NULL;
    for (struct node *node = graph->first; node && !problem; node = node->next) problem = check_node(&verify, node);
    if (!problem) problem = check_uses(&verify);
    if (!problem) problem = check_ends(&verify);
    arena_destroy(verify.arena);
    return problem;
}
