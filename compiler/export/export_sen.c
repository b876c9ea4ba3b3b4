/* export_sen.c - a graph becomes a .sen text: its blocks, then the network. */
#include "item.h"

#include "../base/fatal.h"

#include <string.h>

enum { WIDTH = 110 };

static void print_inputs(const struct exporter *exporter, struct text *text) {
    for (size_t i = 0; i < exporter->graph->inputs.count; i++) {
        const struct node *input = exporter->graph->inputs.items[i];
        text_format(text, "    input %s: f32%s", exporter->network.items.items[i]->variable,
                    format_shape(text->arena, input->shape));
        if (input->as.input.picture) text_format(text, " from %s", picture_text(text->arena, input->as.input.picture));
        text_add(text, "\n");
    }
}

static void print_labels(const struct exporter *exporter, struct text *text) {
    if (!exporter->graph->labels.count) return;
    struct text line = text_create(text->arena);
    text_add(&line, "    labels [");
    for (size_t i = 0; i < exporter->graph->labels.count; i++) {
        const char *label = format_string(text->arena, exporter->graph->labels.items[i]);
        if (i) text_add(&line, ",");
        if (line.length + strlen(label) + 2 > WIDTH) {
            text_format(text, "%s\n", line.bytes);
            line = text_create(text->arena);
            text_add(&line, "           ");
        }
        text_format(&line, "%s%s", i ? " " : "", label);
    }
    text_format(text, "%s]\n", line.bytes);
}

static void print_block(struct exporter *exporter, struct block *block, struct text *text) {
    text_format(text, "block %s(", block->name);
    for (size_t i = 0; i < block->parameters.count; i++)
        text_format(text, "%s%s", i ? ", " : "", block->parameters.items[i]);
    text_add(text, ") {\n");
    item_index(&block->body, exporter);
    sen_print_body(exporter, &block->body, block, text);
    text_add(text, "}\n\n");
}

static void print_network(struct exporter *exporter, struct text *text) {
    text_format(text, "network %s {\n", exporter->graph->name);
    print_inputs(exporter, text);
    print_labels(exporter, text);
    text_add(text, "\n");
    sen_print_body(exporter, &exporter->network, NULL, text);
    text_add(text, "}\n");
}

/* False if the labels of blocks do not go together with the names of the other parameters. */
static bool prepare(struct exporter *exporter, const struct graph *graph) {
    exporter->graph = graph_clone(graph);
    exporter->block_names = map_create(exporter->arena);
    item_build_all(exporter);
    label_keep_all(exporter);
    if (!exporter->is_flat) repeat_find_all(exporter);
    return label_assign_all(exporter);
}

struct graph *export_sen(const struct graph *graph, const char *remark, struct text *text) {
    struct exporter exporter = {.arena = arena_create()};
    if (!prepare(&exporter, graph)) {
        graph_destroy(exporter.graph);
        exporter = (struct exporter){.arena = exporter.arena, .is_flat = true};
        if (!prepare(&exporter, graph)) fatal_bug("two parameters of one name");
    }
    text_format(text, "# %s\n\n", remark);
    for (size_t i = 0; i < exporter.blocks.count; i++) print_block(&exporter, exporter.blocks.items[i], text);
    print_network(&exporter, text);
    arena_destroy(exporter.arena);
    return exporter.graph;
}
