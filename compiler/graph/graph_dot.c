/* graph_dot.c - a graph as a Graphviz drawing: dot -Tsvg. Parameters are left out: their names are in their user. */
#include "print.h"

static void add_escaped(struct text *text, const char *string) {
    for (; *string; string++) {
        if (*string == '"' || *string == '\\') text_add_char(text, '\\', 1);
        text_add_char(text, *string, 1);
    }
}

/* Labels are lines in the order name, operation with attributes, type. */
static void draw_node(struct text *text, const struct node *node) {
    struct text attributes = text_create(text->arena);
    print_attributes(&attributes, node);
    text_format(text, "    n%u [label=\"", node->id);
    if (node->name || node->op == OP_INPUT) {
        add_escaped(text, node->op == OP_INPUT ? node->as.input.name : node->name);
        text_add(text, "\\n");
    }
    text_add(text, print_operation(node));
    add_escaped(text, attributes.bytes);
    text_add(text, "\\n");
    print_type(text, node->shape);
    text_add(text, node->op == OP_INPUT ? "\", style=\"filled,rounded\"];\n" : "\"];\n");
    for (int i = 0; i < node->input_count; i++)
        if (print_has_line(node->inputs[i])) text_format(text, "    n%u -> n%u;\n", node->inputs[i]->id, node->id);
}

void graph_dot(const struct graph *graph, struct text *text) {
    text_format(text, "digraph %s {\n", graph->name);
    text_add(text, "    node [shape=box, style=rounded, fontname=\"sans-serif\"];\n");
    for (const struct node *node = graph->first; node; node = node->next)
        if (print_has_line(node)) draw_node(text, node);
    for (size_t i = 0; i < graph->outputs.count; i++) {
        const struct graph_output *output = &graph->outputs.items[i];
        text_format(text, "    out%zu [label=\"", i);
        add_escaped(text, output->name);
        text_add(text, "\", style=\"filled,rounded\"];\n");
        if (print_has_line(output->node)) text_format(text, "    n%u -> out%zu;\n", output->node->id, i);
    }
    text_add(text, "}\n");
}
