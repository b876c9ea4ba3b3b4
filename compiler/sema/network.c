/* network.c - runs the network: its inputs, outputs and labels become those of the graph. */
#include "elaborate.h"

#include <string.h>

static bool read_dims(struct sema *sema, const struct ast_statement *input, struct shape *out_shape) {
    const struct ast_expressions *dims = input->as.input.dims;
    bool is_good = true;
    if (dims->list.count < 1 || dims->list.count > 3) {
        sema_error(
            sema, input->as.input.type.span, DIAG_INPUT_SHAPE,
            "an input is a map f32[C, H, W], a table f32[A, B] or a vector f32[N]; this one has %zu extents",
            dims->list.count);
        return false;
    }
    for (size_t i = 0; i < dims->list.count; i++) {
        int64_t extent = 1;
        const struct ast_expression *dim = dims->list.items[i];
        if (!sema_evaluate_integer(sema, dim, "an extent", &extent)) is_good = false;
        if (extent < 1) {
            sema_error(sema, dim->span, DIAG_INPUT_SHAPE, "an extent is at least 1, not %lld",
                       (long long)extent);
            is_good = false;
        }
        out_shape->dims[out_shape->rank++] = extent;
    }
    if (is_good && shape_element_count(*out_shape) < 0) {
        sema_error(sema, input->span, DIAG_TENSOR_TOO_LARGE,
                   "the input '%s' has shape %s: more than %lld numbers", input->as.input.name.text,
                   shape_text(sema->arena, *out_shape), (long long)SHAPE_MAX_ELEMENTS);
        return false;
    }
    return is_good;
}

static bool check_type(struct sema *sema, struct ast_name type) {
    static const char *const types[] = {"f32"};
    if (strcmp(type.text, types[0]) == 0) return true;
    sema_error(sema, type.span, DIAG_INPUT_TYPE, "unknown type '%s': inputs are of type f32", type.text);
    diag_suggest(sema->diag, type.text, types, 1);
    return false;
}

static bool is_new_input(struct sema *sema, struct ast_name name) {
    for (size_t i = 0; i < sema->graph->inputs.count; i++) {
        const struct node *input = sema->graph->inputs.items[i];
        if (strcmp(input->as.input.name, name.text) != 0) continue;
        sema_error(sema, name.span, DIAG_DUPLICATE_NAME, "a second input '%s'", name.text);
        return false;
    }
    return true;
}

void sema_declare_input(struct sema *sema, const struct ast_statement *statement) {
    if (sema->frame->parent) return; /* in a block: check.c has reported it */
    struct ast_name name = statement->as.input.name;
    struct shape shape = {0};
    const struct picture *picture = NULL;
    bool is_good = check_type(sema, statement->as.input.type);
    is_good = read_dims(sema, statement, &shape) && is_good;
    if (is_good && statement->as.input.picture) {
        picture = sema_evaluate_picture(sema, statement->as.input.picture, shape);
        is_good = picture;
    }
    if (!is_new_input(sema, name)) return;
    sema_set_variable(sema, name, NO_VALUE);
    if (!is_good) return;
    struct node *node = sema_add_node(sema, OP_INPUT, NULL, 0, sema_origin(sema, statement->span));
    node->shape = shape;
    node->name = node->as.input.name = arena_copy_string(sema->graph->arena, name.text);
    node->as.input.picture = picture;
    vec_push(sema->graph->arena, &sema->graph->inputs, node);
    sema_set_variable(sema, name, value_tensor(node));
}

static const struct graph_output *find_output(const struct graph *graph, const char *name) {
    for (size_t i = 0; i < graph->outputs.count; i++)
        if (strcmp(graph->outputs.items[i].name, name) == 0) return &graph->outputs.items[i];
    return NULL;
}

/* As given, or the name of the value, or "output", "output2" ... */
static const char *name_output(struct sema *sema, const struct ast_statement *output) {
    if (output->as.output.name.text) return output->as.output.name.text;
    if (output->as.output.value->kind == AST_NAME) return output->as.output.value->as.text;
    size_t number = sema->graph->outputs.count + 1;
    return number == 1 ? "output" : arena_format(sema->arena, "output%zu", number);
}

void sema_declare_output(struct sema *sema, const struct ast_statement *statement) {
    if (sema->frame->parent) return;
    const struct ast_expression *expression = statement->as.output.value;
    struct value value = sema_evaluate(sema, expression);
    const char *name = name_output(sema, statement);
    struct span name_span =
        statement->as.output.name.text ? statement->as.output.name.span : expression->span;
    if (statement->as.output.name.text) sema_set_variable(sema, statement->as.output.name, value);
    if (value.kind == VALUE_ERROR) return;
    if (value.kind != VALUE_TENSOR) {
        sema_error(sema, expression->span, DIAG_TYPE, "an output is a tensor, not %s",
                   sema_describe(sema, value, expression->span));
        return;
    }
    if (find_output(sema->graph, name)) {
        sema_error(sema, name_span, DIAG_DUPLICATE_NAME, "a second output '%s'", name);
        return;
    }
    struct graph_output output = {arena_copy_string(sema->graph->arena, name), value.as.node,
                                  sema_origin(sema, statement->span), NULL};
    if (statement->as.output.picture) {
        output.picture = sema_evaluate_output_picture(sema, statement->as.output.picture, value.as.node->shape);
        if (!output.picture) return;
    }
    vec_push(sema->graph->arena, &sema->graph->outputs, output);
}

/* One label a line; a final line without text is none. */
static void add_labels_of_file(struct sema *sema, const struct source *file) {
    struct arena *arena = sema->graph->arena;
    for (uint32_t line = 0; line < file->line_count; line++) {
        uint32_t begin = file->line_starts[line];
        uint32_t end = line + 1 < file->line_count ? file->line_starts[line + 1] - 1 : file->size_bytes;
        if (end > begin && file->text[end - 1] == '\r') end--;
        if (begin == end && line + 1 == file->line_count) break;
        vec_push(arena, &sema->graph->labels, arena_copy_bytes(arena, file->text + begin, end - begin));
    }
}

static void read_labels(struct sema *sema, const struct ast_expression *path) {
    const char *name = ast_path_beside(sema->arena, path);
    sema_finish_error(sema);
    const struct source *file = source_read_for(sema->arena, name, path->span, sema->diag);
    if (file && source_check_text(file, sema->diag)) add_labels_of_file(sema, file);
    diag_flush(sema->diag);
}

static void add_labels(struct sema *sema, const struct value_list *list, struct span span) {
    struct arena *arena = sema->graph->arena;
    for (size_t i = 0; i < list->items.count; i++) {
        struct value label = list->items.items[i];
        if (!value_is_text(label)) {
            sema_error(sema, span, DIAG_TYPE, "labels are strings; number %zu is %s", i + 1,
                       sema_describe(sema, label, span));
            return;
        }
        vec_push(arena, &sema->graph->labels, arena_copy_string(arena, label.as.text));
    }
}

void sema_declare_labels(struct sema *sema, const struct ast_statement *statement) {
    if (sema->frame->parent) return;
    const struct ast_expression *expression = statement->as.value;
    if (sema->labels.source) {
        sema_error(sema, statement->span, DIAG_DUPLICATE_NAME, "a second list of labels");
        diag_label(sema->diag, sema->labels, "the first one");
        return;
    }
    sema->labels = statement->span;
    if (expression->kind == AST_STRING) {
        read_labels(sema, expression);
        return;
    }
    struct value value = sema_evaluate(sema, expression);
    if (value.kind == VALUE_LIST)
        add_labels(sema, value.as.list, expression->span);
    else if (value.kind != VALUE_ERROR)
        sema_error(sema, expression->span, DIAG_TYPE,
                   "labels are a list of strings or the name of a file, not %s",
                   sema_describe(sema, value, expression->span));
}

static void check_labels(struct sema *sema) {
    const struct graph_output *output = &sema->graph->outputs.items[0];
    int64_t count = shape_element_count(output->node->shape);
    if (!sema->labels.source || (size_t)count == sema->graph->labels.count) return;
    sema_error(sema, sema->labels, DIAG_LABEL_COUNT, "%zu labels for the %lld numbers of output '%s'",
               sema->graph->labels.count, (long long)count, output->name);
}

void sema_run_network(struct sema *sema) {
    const struct ast_item *network = sema->network;
    struct frame frame = {.item = network, .path = "", .variables = map_create(sema->arena)};
    sema->frame = &frame;
    sema_run_body(sema, network->body);
    if (diag_error_count(sema->diag) == sema->errors_before) {
        if (!sema->graph->inputs.count)
            sema_error(sema, network->span, DIAG_NO_INPUT, "network '%s' has no input", network->name.text);
        if (!sema->graph->outputs.count)
            sema_error(sema, network->span, DIAG_NO_OUTPUT, "network '%s' has no output", network->name.text);
        else
            check_labels(sema);
        if (diag_error_count(sema->diag) == sema->errors_before) sema_check_output_picture(sema);
        if (diag_error_count(sema->diag) == sema->errors_before) sema_warn_unused(sema);
    }
    sema_finish_error(sema);
    sema->frame = NULL;
}
