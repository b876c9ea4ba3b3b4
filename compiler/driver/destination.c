/* destination.c - the options and the network's name become the file to write. */
#include "destination.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

static bool has_unknown_numbers(const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && !node->as.param.tensor) return true;
    return false;
}

bool destination_check_weights(const struct options *options, const struct graph *graph, struct diag *diag) {
    bool needs_weights = (options->emit >= EMIT_PLAN || options->emit == EMIT_ONNX) && !options->explain_se;
    if (!needs_weights || options->weights || options->random_weights || !has_unknown_numbers(graph)) return true;
    diag_error(diag, SPAN_NONE, DIAG_WEIGHTS_NEEDED, "'--emit=%s' needs the network's weights",
               emit_kind_name(options->emit));
    diag_note(diag, SPAN_NONE, "give --weights FILE.safetensors, or --weights random for a trial");
    return false;
}

const char *destination_network_name(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *name = arena_format(arena, "%s%s", isdigit((unsigned char)*base) ? "_" : "", base);
    char *dot = strrchr(name, '.');
    if (dot && dot != name) *dot = '\0';
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    return name;
}

static const char *default_path(struct arena *arena, enum emit_kind emit, const char *network_name) {
    switch (emit) {
    case EMIT_EXE: return network_name;
    case EMIT_ONNX: return arena_format(arena, "%s.onnx", network_name);
    case EMIT_OBJ: return arena_format(arena, "%s.o", network_name);
    case EMIT_SHARED: return arena_format(arena, "lib%s.so", network_name);
    case EMIT_HEADER: return arena_format(arena, "%s.h", network_name);
    default: return "-";
    }
}

static bool is_same_file(const char *a, const char *b) {
    struct stat a_status, b_status;
    return !stat(a, &a_status) && !stat(b, &b_status) && a_status.st_dev == b_status.st_dev &&
           a_status.st_ino == b_status.st_ino;
}

/* Whether `path` is another file than `input`; NULL is no file. False after a diagnostic. */
static bool check_input(const char *path, const char *input, struct diag *diag) {
    if (!input || !is_same_file(path, input)) return true;
    diag_error(diag, SPAN_NONE, DIAG_OUTPUT_IS_INPUT, "the output '%s' would replace the input '%s'", path, input);
    return false;
}

/* The same of the files of labels that the statements name. */
static bool check_labels(struct arena *arena, const char *path, const struct ast_body *body, struct diag *diag) {
    for (size_t i = 0; i < body->list.count; i++) {
        const struct ast_statement *statement = body->list.items[i];
        bool names_file = statement->kind == AST_LABELS && statement->as.value->kind == AST_STRING;
        if (names_file && !check_input(path, ast_path_beside(arena, statement->as.value), diag)) return false;
        if (statement->kind == AST_FOR && !check_labels(arena, path, statement->as.loop.body, diag)) return false;
        if (statement->kind != AST_IF) continue;
        for (size_t k = 0; k < statement->as.clauses->list.count; k++)
            if (!check_labels(arena, path, statement->as.clauses->list.items[k].body, diag)) return false;
    }
    return true;
}

/* The same of all that a text was read from. */
static bool check_text(struct arena *arena, const char *path, const struct ast *ast, struct diag *diag) {
    for (size_t i = 0; i < ast->files.count; i++) {
        const struct ast_file *file = ast->files.items[i];
        if (!check_input(path, file->source->path, diag)) return false;
        for (size_t k = 0; k < file->items.count; k++)
            if (file->items.items[k]->kind == AST_NETWORK && !check_labels(arena, path, file->items.items[k]->body, diag))
                return false;
    }
    return true;
}

/* The same of the files beside a model's. */
static bool check_model(const char *path, const struct options *options, const struct import *import, struct diag *diag) {
    for (size_t i = 0; i < options->constants.count; i++) {
        const char *equals = strrchr(options->constants.items[i], '=');
        if (equals && !check_input(path, equals + 1, diag)) return false;
    }
    const char *external;
    for (size_t i = 0; (external = import_external_path(import, i)); i++)
        if (!check_input(path, external, diag)) return false;
    return true;
}

struct output *destination_open(struct arena *arena, const struct options *options, const struct destination_inputs *inputs,
                                struct diag *diag) {
    const char *path = options->output ? options->output : default_path(arena, options->emit, inputs->network_name);
    if (!strcmp(path, "-")) return output_begin(arena, path, diag);
    if (!check_input(path, options->weights, diag)) return NULL;
    if (!check_input(path, options->network, diag)) return NULL;
    if (inputs->ast && !check_text(arena, path, inputs->ast, diag)) return NULL;
    if (inputs->import && !check_model(path, options, inputs->import, diag)) return NULL;
    return output_begin(arena, path, diag);
}

bool destination_find_weights(struct arena *arena, const struct options *options, const char **out_path,
                              struct diag *diag) {
    *out_path = NULL;
    if (!options->output || !strcmp(options->output, "-")) return true;
    size_t length = strlen(options->output);
    bool has_suffix = length > 4 && !strcmp(options->output + length - 4, ".sen");
    *out_path = arena_format(arena, "%.*s.safetensors", (int)(has_suffix ? length - 4 : length), options->output);
    return check_input(*out_path, options->weights, diag);
}
