/* print.c - the parameters of a graph as text: a line each, name, shape, type. */
#include "weights.h"

#include <string.h>

/* Each name once, in order of the graph. */
static struct map collect_params(struct arena *arena, const struct graph *graph) {
    struct map params = map_create(arena);
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT && !map_has(&params, node->as.param.name))
            map_set(&params, node->as.param.name, node);
    return params;
}

void weights_print_params(const struct graph *graph, struct text *text) {
    struct map params = collect_params(text->arena, graph);
    size_t width = 0;
    for (size_t i = 0; i < params.count; i++)
        if (strlen(params.entries[i].key) > width) width = strlen(params.entries[i].key);
    for (size_t i = 0; i < params.count; i++) {
        const struct node *node = params.entries[i].value;
        text_add(text, params.entries[i].key);
        text_add_char(text, ' ', width - strlen(params.entries[i].key) + 2);
        text_format(text, "%s  F32\n", shape_text(text->arena, node->shape));
    }
}
