/* graph_print.c - a graph as text, a line an operation:
 *     %12 = conv %11, layer1.0.conv1.weight : f32[64, 56, 56]  kernel 3x3 pad 1  @layer1.0.conv1 */
#include "print.h"

static bool is_number(const struct node *node) {
    const struct tensor *tensor = node->as.param.tensor;
    return tensor && tensor->shape.rank == 0;
}

bool print_has_line(const struct node *node) {
    return node->op != OP_PARAM || (!node->as.param.name && !is_number(node));
}

void print_operand(struct text *text, const struct node *node) {
    if (print_has_line(node))
        text_format(text, "%%%u", node->id);
    else if (node->as.param.name)
        text_add(text, node->as.param.name);
    else
        print_float(text, node->as.param.tensor->values[0]);
}

const char *print_operation(const struct node *node) {
    if (node->op == OP_PARAM) return "constant";
    return node->op == OP_ACTIVATION ? activation_name(node->as.activation.kind) : op_name(node->op);
}

void print_type(struct text *text, struct shape shape) {
    text_format(text, "f32%s", shape_text(text->arena, shape));
}

static void print_node(struct text *text, const struct node *node) {
    text_format(text, "    %%%u = %s", node->id, print_operation(node));
    if (node->op == OP_INPUT) text_format(text, " %s", node->as.input.name);
    for (int i = 0; i < node->input_count; i++) {
        text_add(text, i ? ", " : " ");
        print_operand(text, node->inputs[i]);
    }
    text_add(text, " : ");
    print_type(text, node->shape);
    struct text attributes = text_create(text->arena);
    print_attributes(&attributes, node);
    if (attributes.length) text_format(text, " %s", attributes.bytes);
    if (node->name && node->op != OP_INPUT) text_format(text, "  @%s", node->name);
    text_add(text, "\n");
}

static void print_labels(struct text *text, const struct graph *graph) {
    if (!graph->labels.count) return;
    text_format(text, "    # %zu labels: %s", graph->labels.count, graph->labels.items[0]);
    if (graph->labels.count > 1) text_format(text, " ... %s", graph->labels.items[graph->labels.count - 1]);
    text_add(text, "\n");
}

void graph_print(const struct graph *graph, struct text *text) {
    text_format(text, "network %s, batch %lld {\n", graph->name, (long long)graph->batch);
    print_labels(text, graph);
    for (const struct node *node = graph->first; node; node = node->next)
        if (print_has_line(node)) print_node(text, node);
    for (size_t i = 0; i < graph->outputs.count; i++) {
        const struct graph_output *output = &graph->outputs.items[i];
        text_format(text, "    output %s", output->name);
        if (output->picture) text_add(text, ": ");
        if (output->picture) print_output_picture(text, output->picture);
        text_add(text, " = ");
        print_operand(text, output->node);
        text_add(text, "\n");
    }
    text_add(text, "}\n");
}
