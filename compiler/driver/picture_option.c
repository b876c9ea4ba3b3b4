/* picture_option.c - the text of --picture becomes a picture by way of a network that says the same of its one input. */
#include "picture_option.h"

#include "../sema/sema.h"
#include "../syntax/syntax.h"

#include <string.h>

static struct node *find_input(const struct graph *graph, const char *option) {
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const char *name = graph->inputs.items[i]->as.input.name;
        size_t length = strlen(name);
        if (!strncmp(option, name, length) && option[length] == '=') return graph->inputs.items[i];
    }
    return NULL;
}

static const struct picture *evaluate(struct graph *graph, const struct node *input, const char *how, struct diag *diag) {
    const char *shape = shape_text(graph->arena, input->shape);
    const char *text = arena_format(graph->arena, "network picture { input x: f32%s from %s output y = x }\n", shape, how);
    struct ast *ast = syntax_parse_text("--picture", text, strlen(text), diag);
    const struct sema_options options = {.batch = 1};
    struct graph *one = ast ? sema_build_graph(ast, &options, diag) : NULL;
    struct picture *picture = NULL;
    if (one && one->inputs.items[0]->as.input.picture) {
        picture = ARENA_NEW(graph->arena, struct picture);
        *picture = *one->inputs.items[0]->as.input.picture;
    }
    graph_destroy(one);
    ast_destroy(ast);
    return picture;
}

bool picture_options_apply(const struct options *options, struct graph *graph, struct diag *diag) {
    for (size_t i = 0; i < options->pictures.count; i++) {
        const char *option = options->pictures.items[i];
        struct node *input = find_input(graph, option);
        if (!input) {
            diag_error(diag, SPAN_NONE, DIAG_ONNX_INPUT, "--picture '%s' names no input of the model", option);
            return false;
        }
        input->as.input.picture = evaluate(graph, input, option + strlen(input->as.input.name) + 1, diag);
        if (!input->as.input.picture) return false;
    }
    return true;
}
