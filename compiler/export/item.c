/* item.c - the operations of a graph become items of a text: layers with their parameters, operators with numbers. */
#include "item.h"

#include "../base/fatal.h"

#include <limits.h>
#include <math.h>
#include <string.h>

bool item_is_source(const struct item *item) {
    return item->form == ITEM_NUMBER || item->form == ITEM_TENSOR;
}

bool item_is_activation(const struct item *item) {
    return item->form == ITEM_LAYER && item->is_activation;
}

static struct item *add(struct exporter *exporter, enum item_form form, struct shape shape, int input_count) {
    struct item *item = ARENA_NEW(exporter->arena, struct item);
    item->form = form;
    item->shape = shape;
    item->inputs = ARENA_NEW_ARRAY(exporter->arena, struct item *, (size_t)input_count);
    item->input_count = input_count;
    item->label = "";
    vec_push(exporter->arena, &exporter->network.items, item);
    return item;
}

struct node *item_claim(struct exporter *exporter, struct node *user, int place) {
    struct node *param = user->inputs[place];
    if (param->op != OP_PARAM) fatal_bug("input %d of %s is no parameter", place, op_name(user->op));
    if (graph_use_count(exporter->graph, param) == 1) return param;
    struct node *copy = graph_add(exporter->graph, exporter->graph->first, OP_PARAM, NULL, 0, param->origin);
    copy->shape = param->shape;
    copy->as.param = param->as.param;
    param->use_count--;
    copy->use_count++;
    return user->inputs[place] = copy;
}

/* Whether `param` can stand as a number beside `other`, so that the result has the same shape and bits. */
static bool is_number(const struct node *param, const struct node *other) {
    const struct tensor *tensor = param->as.param.tensor;
    if (param->as.param.role != PARAM_CONSTANT || !tensor || shape_element_count(param->shape) != 1) return false;
    struct shape shape;
    return isfinite(tensor->values[0]) && shape_broadcast(param->shape, other->shape, &shape) &&
           shape_equal(shape, other->shape);
}

/* A parameter as an operand: an item of its own. */
static struct item *add_source(struct exporter *exporter, struct node *user, int place) {
    struct node *param = item_claim(exporter, user, place);
    if (op_is_binary(user->op) && is_number(param, user->inputs[!place])) {
        struct item *item = add(exporter, ITEM_NUMBER, param->shape, 0);
        describe_number(exporter, item, param->as.param.tensor->values[0]);
        return item;
    }
    struct item *item = add(exporter, ITEM_TENSOR, param->shape, 0);
    describe_tensor(exporter, item, param);
    return item;
}

/* A box that is cut out along the axes [from, rank) other than those that crop can do at once. */
static struct item *add_slices(struct exporter *exporter, const struct node *node, struct item *x) {
    struct shape shape = x->shape;
    bool is_crop = shape.rank == 3 && node->shape.dims[1] != shape.dims[1] && node->shape.dims[2] != shape.dims[2];
    for (int axis = 0; axis < shape.rank; axis++) {
        int64_t begin = node->as.slice.begin[axis], end = begin + node->shape.dims[axis];
        if (end - begin == shape.dims[axis] || (is_crop && axis == 2)) continue;
        shape.dims[axis] = end - begin;
        if (is_crop && axis == 1) shape.dims[2] = node->shape.dims[2];
        struct item *slice = add(exporter, ITEM_LAYER, shape, 1);
        slice->inputs[0] = x;
        if (is_crop && axis == 1) {
            const int64_t *from = node->as.slice.begin;
            const int64_t edges[EDGE_COUNT] = {
                [EDGE_TOP] = begin, [EDGE_BOTTOM] = x->shape.dims[1] - end, [EDGE_LEFT] = from[2],
                [EDGE_RIGHT] = x->shape.dims[2] - from[2] - node->shape.dims[2]};
            slice->callee = "crop";
            slice->attributes[0] = (struct attribute){"edges", format_edges(exporter->arena, edges), NULL};
            slice->attribute_count = 1;
        } else {
            slice->callee = "slice";
            slice->attributes[0] = (struct attribute){"axis", format_integer(exporter->arena, axis), NULL};
            slice->attributes[1] = (struct attribute){"begin", format_integer(exporter->arena, begin), NULL};
            slice->attributes[2] = (struct attribute){"end", format_integer(exporter->arena, end), NULL};
            slice->attribute_count = 3;
        }
        slice->positional_count = slice->attribute_count;
        x = slice;
    }
    return x;
}

/* How many of the node's inputs flow; the rest are weights. Those of operators may be either. */
static int count_flowing(const struct node *node) {
    switch (node->op) {
    case OP_INPUT: return 0;
    case OP_CONV:
    case OP_CONV_TRANSPOSE:
    case OP_LINEAR:
    case OP_BATCH_NORM:
    case OP_SE:
    case OP_PRELU: return 1;
    default: return node->input_count;
    }
}

static struct item *add_node(struct exporter *exporter, struct node *node, struct item *const *results) {
    static const char *const operators[OP_COUNT] = {
        [OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/"};
    int count = count_flowing(node);
    struct item **inputs = ARENA_NEW_ARRAY(exporter->arena, struct item *, (size_t)count);
    for (int i = 0; i < count; i++)
        inputs[i] = node->inputs[i]->op == OP_PARAM ? add_source(exporter, node, i) : results[node->inputs[i]->id];
    if (node->op == OP_SLICE && !shape_equal(node->shape, inputs[0]->shape))
        return add_slices(exporter, node, inputs[0]);
    enum item_form form = ITEM_LAYER;
    if (node->op == OP_INPUT) form = ITEM_INPUT;
    if (operators[node->op]) form = ITEM_OPERATOR;
    bool is_called = node->op == OP_CONCAT || node->op == OP_MIN || node->op == OP_MAX || node->op == OP_POW;
    if (is_called) form = ITEM_FUNCTION;
    struct item *item = add(exporter, form, node->shape, count);
    for (int i = 0; i < count; i++) item->inputs[i] = inputs[i];
    item->callee = operators[node->op];
    item->given_name = node->name;
    if (form != ITEM_INPUT && !item->callee)
        describe_layer(exporter, item, node);
    return item;
}

/* What no output needs is left out. */
static void remove_dead(struct graph *graph) {
    for (struct node *node = graph->last, *previous; node; node = previous) {
        previous = node->previous;
        if (node->op != OP_INPUT && !graph_use_count(graph, node)) graph_remove(graph, node);
    }
}

/* A name that no other input, or no other output, has. */
static const char *unique_name(struct exporter *exporter, const char *given, bool is_input) {
    const char *name = format_identifier(exporter->arena, given);
    for (bool is_used = true; is_used;) {
        is_used = false;
        for (size_t i = 0; !is_input && i < exporter->outputs.count; i++)
            is_used = is_used || !strcmp(exporter->outputs.items[i].name, name);
        for (size_t i = 0; is_input && i < exporter->network.items.count; i++) {
            const struct item *item = exporter->network.items.items[i];
            is_used = is_used || (item->variable && !strcmp(item->variable, name));
        }
        if (is_used) name = arena_format(exporter->arena, "%s_", name);
    }
    return name;
}

static void add_outputs(struct exporter *exporter, struct item **results) {
    for (size_t i = 0; i < exporter->graph->outputs.count; i++) {
        const struct graph_output *output = &exporter->graph->outputs.items[i];
        struct item **item = &results[output->node->id];
        if (!*item) {
            *item = add(exporter, ITEM_TENSOR, output->node->shape, 0);
            describe_tensor(exporter, *item, output->node);
        }
        (*item)->is_output = true;
        struct output_use use = {output->name, unique_name(exporter, output->name, false),
                                 output->picture, *item};
        vec_push(exporter->arena, &exporter->outputs, use);
    }
}

void item_build_all(struct exporter *exporter) {
    struct graph *graph = exporter->graph;
    remove_dead(graph);
    struct item **results = ARENA_NEW_ARRAY(exporter->arena, struct item *, graph->next_id);
    for (size_t i = 0; i < graph->inputs.count; i++) {
        struct node *input = graph->inputs.items[i];
        results[input->id] = add_node(exporter, input, results);
        results[input->id]->variable = unique_name(exporter, input->as.input.name, true);
    }
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op != OP_PARAM && node->op != OP_INPUT)
            results[node->id] = add_node(exporter, node, results);
    add_outputs(exporter, results);
}

void item_index(struct body *body, const struct exporter *exporter) {
    for (size_t i = 0; i < body->items.count; i++) {
        struct item *item = body->items.items[i];
        item->index = (int)i;
        item->last_use = -1;
        item->use_count = 0;
    }
    for (size_t i = 0; i < body->items.count; i++)
        for (int k = 0; k < body->items.items[i]->input_count; k++) {
            body->items.items[i]->inputs[k]->last_use = (int)i;
            body->items.items[i]->inputs[k]->use_count++;
        }
    for (size_t i = 0; body == &exporter->network && i < exporter->outputs.count; i++)
        exporter->outputs.items[i].item->last_use = INT_MAX;
}
