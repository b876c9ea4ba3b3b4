/* annotate.c - labels and pictures of an imported network: from the model's metadata, if senc wrote it, and from --picture.
 *
 * The text of a picture is read by way of a network that says the same of its one input or output. */
#include "annotate.h"

#include "../graph/tiling.h"
#include "../sema/sema.h"
#include "../syntax/syntax.h"

#include <string.h>

static struct graph *build(const char *source, const char *text, struct diag *diag) {
    const struct sema_options options = {.batch = 1};
    struct ast *ast = syntax_parse_text(source, text, strlen(text), diag);
    struct graph *graph = ast ? sema_build_graph(ast, &options, diag) : NULL;
    ast_destroy(ast);
    return graph;
}

/* Into `graph`. NULL if there is none. */
static const struct picture *take_picture(struct graph *graph, const struct picture *picture) {
    if (!picture) return NULL;
    struct picture *copy = ARENA_NEW(graph->arena, struct picture);
    *copy = *picture;
    return copy;
}

static const struct picture *read_input_picture(struct graph *graph, const struct node *input, const char *source,
                                                const char *how, struct diag *diag) {
    const char *shape = shape_text(graph->arena, input->shape);
    struct graph *one = build(
        source, arena_format(graph->arena, "network picture { input x: f32%s from %s output y = x }\n", shape, how), diag);
    const struct picture *picture = one ? take_picture(graph, one->inputs.items[0]->as.input.picture) : NULL;
    graph_destroy(one);
    return picture;
}

static const struct picture *read_output_picture(struct graph *graph, const struct node *output, const char *how,
                                                 struct diag *diag) {
    const char *shape = shape_text(graph->arena, output->shape);
    const char *text = arena_format(graph->arena, "network picture { input x: f32%s from %.*s() output y: %s = x }\n", shape,
                                    (int)strcspn(how, "("), how, how);
    struct graph *one = build("metadata of the model", text, diag);
    const struct picture *picture = one ? take_picture(graph, one->outputs.items[0].picture) : NULL;
    graph_destroy(one);
    return picture;
}

/* --- --picture */

static struct node *find_input(const struct graph *graph, const char *option) {
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const char *name = graph->inputs.items[i]->as.input.name;
        size_t length = strlen(name);
        if (!strncmp(option, name, length) && option[length] == '=') return graph->inputs.items[i];
    }
    return NULL;
}

static bool apply_options(struct graph *graph, const struct options *options, struct diag *diag) {
    for (size_t i = 0; i < options->pictures.count; i++) {
        const char *option = options->pictures.items[i];
        struct node *input = find_input(graph, option);
        if (!input) {
            diag_error(diag, SPAN_NONE, DIAG_ONNX_INPUT, "--picture '%s' names no input of the model", option);
            return false;
        }
        const char *how = option + strlen(input->as.input.name) + 1;
        input->as.input.picture = read_input_picture(graph, input, "--picture", how, diag);
        if (!input->as.input.picture) return false;
    }
    return true;
}

/* --- the model's metadata */

static bool read_input_pictures(struct graph *graph, const struct import *import, struct diag *diag) {
    for (size_t i = 0; i < graph->inputs.count; i++) {
        struct node *input = graph->inputs.items[i];
        const char *how = import_property(import, arena_format(graph->arena, "picture.%s", input->as.input.name));
        if (!how || input->as.input.picture) continue;
        input->as.input.picture = read_input_picture(graph, input, "metadata of the model", how, diag);
        if (!input->as.input.picture) return false;
    }
    return true;
}

/* As export/export_onnx.c wrote it. */
static const char *read_label(struct arena *arena, const char *line, size_t length) {
    char *label = arena_copy_bytes(arena, line, length), *to = label;
    for (const char *from = label; *from; from++) {
        bool is_escape = *from == '\\' && (from[1] == 'n' || from[1] == '\\');
        if (is_escape) from++;
        *to++ = is_escape && *from == 'n' ? '\n' : *from;
    }
    *to = 0;
    return label;
}

static bool read_labels(struct graph *graph, const struct import *import, struct diag *diag) {
    const char *labels = import_property(import, "labels");
    const struct graph_output *output = &graph->outputs.items[0];
    long long count = (long long)shape_element_count(output->node->shape);
    if (!labels) return true;
    for (;; labels++) {
        size_t length = strcspn(labels, "\n");
        vec_push(graph->arena, &graph->labels, read_label(graph->arena, labels, length));
        labels += length;
        if (!*labels) break;
    }
    if ((size_t)count == graph->labels.count) return true;
    diag_error(diag, SPAN_NONE, DIAG_LABEL_COUNT, "the model has %zu labels for the %lld numbers of output '%s'",
               graph->labels.count, count, output->name);
    return false;
}

/* Why the one output of the graph cannot be a picture; NULL: it can. What sema/picture.c says of a text. */
static const char *find_tiling_obstacle(const struct graph *graph) {
    const struct node *input = graph->inputs.items[0];
    const struct picture *picture = input->as.input.picture;
    struct tiling_problem problem;
    if (graph->inputs.count != 1 || graph->outputs.count != 1) return "the model has more than one input or output";
    if (!picture || picture->resize_height != input->shape.dims[1] || picture->resize_width != input->shape.dims[2])
        return "the input is no whole picture";
    if (graph->batch != 1) return "such a network runs one picture at a time";
    return tiling_analyse(graph, &problem) ? NULL : problem.text;
}

static bool read_output_pictures(struct graph *graph, const struct import *import, struct diag *diag) {
    for (size_t i = 0; i < graph->outputs.count; i++) {
        struct graph_output *output = &graph->outputs.items[i];
        const char *how = import_property(import, arena_format(graph->arena, "output_picture.%s", output->name));
        const char *obstacle = how ? find_tiling_obstacle(graph) : NULL;
        if (!how) continue;
        if (obstacle) {
            diag_error(diag, SPAN_NONE, DIAG_PICTURE, "output '%s' of the model cannot be a picture: %s", output->name, obstacle);
            return false;
        }
        output->picture = read_output_picture(graph, output->node, how, diag);
        if (!output->picture) return false;
    }
    return true;
}

bool annotate_graph(struct graph *graph, const struct import *import, const struct options *options, struct diag *diag) {
    return apply_options(graph, options, diag) && read_input_pictures(graph, import, diag) &&
           read_labels(graph, import, diag) && read_output_pictures(graph, import, diag);
}
