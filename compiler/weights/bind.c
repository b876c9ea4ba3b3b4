/* bind.c - the tensors of a weights file become those of a graph's parameters; what does not fit is reported by layer. */
#include "weights.h"

#include "../base/vec.h"

#include <string.h>

struct binding {
    struct arena *arena; /* of messages and tables */
    struct graph *graph;
    const struct weights *weights;
    struct diag *diag;
    struct map params;          /* names of the graph's parameters -> struct node * */
    VEC(const char *) unused;   /* names of the file that no parameter has */
    VEC(const char *) missing;  /* names of parameters that the file lacks */
    VEC(const struct node *) missing_params;
    bool has_failed;
};

/* --- what is reported */

static const char *type_text(const struct binding *binding, struct shape shape) {
    return arena_format(binding->arena, "f32%s", shape_text(binding->arena, shape));
}

static const struct node *first_user(const struct node *param) {
    for (const struct node *node = param->next; node; node = node->next)
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i] == param) return node;
    return NULL;
}

/* "conv 'layer1.0.conv1'": the layer that a parameter belongs to. */
static const char *layer_text(const struct binding *binding, const struct node *param) {
    const struct node *user = first_user(param);
    const char *name = param->as.param.name, *dot = strrchr(name, '.');
    if (user && user->name) name = user->name;
    else if (dot) name = arena_format(binding->arena, "%.*s", (int)(dot - name), name);
    return arena_format(binding->arena, "%s '%s'", user ? op_name(user->op) : "layer", name);
}

static struct span param_span(const struct node *param) {
    return param->origin ? param->origin->span : SPAN_NONE;
}

static bool ends_in_part(const char *whole, const char *part) {
    size_t length = strlen(whole), part_length = strlen(part);
    return length > part_length && whole[length - part_length - 1] == '.' &&
           !strcmp(whole + length - part_length, part);
}

/* Files often differ by a prefix of all names ("module.", "backbone."), which no edit distance would bridge. */
static const char *find_by_suffix(const char *name, const char *const *candidates, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (ends_in_part(candidates[i], name) || ends_in_part(name, candidates[i])) return candidates[i];
    return NULL;
}

static void suggest(const struct binding *binding, const char *name, const char *const *candidates, size_t count) {
    const char *found = find_by_suffix(name, candidates, count);
    if (found)
        diag_note(binding->diag, SPAN_NONE, "did you mean '%s'?", found);
    else
        diag_suggest(binding->diag, name, candidates, count);
}

static bool is_same_span(struct span a, struct span b) {
    return a.source && a.source == b.source && a.begin == b.begin && a.end == b.end;
}

/* A block that is called many times misses many tensors at one place of the text. */
static void note_others_missing(const struct binding *binding, size_t index) {
    enum { SHOWN = 4 };
    const struct node *param = binding->missing_params.items[index];
    size_t count = 0;
    for (size_t i = index + 1; i < binding->missing_params.count; i++) {
        const struct node *other = binding->missing_params.items[i];
        if (!is_same_span(param_span(other), param_span(param))) continue;
        if (count++ < SHOWN) diag_note(binding->diag, SPAN_NONE, "'%s' is missing, too", other->as.param.name);
    }
    if (count > SHOWN) diag_note(binding->diag, SPAN_NONE, "%zu more of this line are missing", count - SHOWN);
}

static bool was_reported(const struct binding *binding, size_t index) {
    struct span span = param_span(binding->missing_params.items[index]);
    for (size_t i = 0; i < index; i++)
        if (is_same_span(param_span(binding->missing_params.items[i]), span)) return true;
    return false;
}

static void report_missing(struct binding *binding) {
    for (size_t i = 0; i < binding->missing_params.count && !diag_too_many(binding->diag); i++) {
        const struct node *param = binding->missing_params.items[i];
        if (was_reported(binding, i)) continue;
        diag_error(binding->diag, param_span(param), DIAG_MISSING_WEIGHT, "%s needs tensor '%s', %s, which '%s' does not have",
                   layer_text(binding, param), param->as.param.name, type_text(binding, param->shape),
                   binding->weights->path);
        suggest(binding, param->as.param.name, binding->unused.items, binding->unused.count);
        origin_note_callers(param->origin, binding->diag);
        note_others_missing(binding, i);
    }
    if (binding->missing.count) binding->has_failed = true;
}

static void report_unused(struct binding *binding) {
    const struct weights *weights = binding->weights;
    for (size_t i = 0; i < binding->unused.count && !diag_too_many(binding->diag); i++) {
        const char *name = binding->unused.items[i], *other = map_lookup(&weights->others, name);
        const struct tensor *tensor = map_lookup(&weights->tensors, name);
        diag_error(binding->diag, SPAN_NONE, DIAG_UNUSED_WEIGHT, "'%s' has tensor '%s', %s, which belongs to no layer",
                   weights->path, name, other ? other : type_text(binding, tensor->shape));
        suggest(binding, name, binding->missing.items, binding->missing.count);
        if (i == 0) diag_note(binding->diag, SPAN_NONE, "--allow-unused-weights accepts such tensors");
    }
    if (binding->unused.count) binding->has_failed = true;
}

static void report_type(struct binding *binding, const struct node *param, const char *found) {
    diag_error(binding->diag, param_span(param), DIAG_WEIGHT_TYPE, "%s needs tensor '%s', %s, but in '%s' it is %s",
               layer_text(binding, param), param->as.param.name, type_text(binding, param->shape),
               binding->weights->path, found);
    origin_note_callers(param->origin, binding->diag);
    binding->has_failed = true;
}

static void report_shape(struct binding *binding, const struct node *param, const struct tensor *tensor) {
    diag_error(binding->diag, param_span(param), DIAG_WEIGHT_SHAPE, "%s needs tensor '%s' of shape %s, but in '%s' it has shape %s",
               layer_text(binding, param), param->as.param.name, shape_text(binding->arena, param->shape),
               binding->weights->path, shape_text(binding->arena, tensor->shape));
    origin_note_callers(param->origin, binding->diag);
    binding->has_failed = true;
}

/* --- binding */

static bool is_named_param(const struct node *node) {
    return node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT;
}

static bool is_ignored(const char *name) {
    return !strcmp(name, "num_batches_tracked") || ends_in_part(name, "num_batches_tracked");
}

static void collect_unused(struct binding *binding, const struct map *tensors) {
    for (size_t i = 0; i < tensors->count; i++) {
        const char *name = tensors->entries[i].key;
        if (!map_has(&binding->params, name) && !is_ignored(name)) vec_push(binding->arena, &binding->unused, name);
    }
}

static void collect_names(struct binding *binding) {
    for (struct node *node = binding->graph->first; node; node = node->next)
        if (is_named_param(node)) map_set(&binding->params, node->as.param.name, node);
    collect_unused(binding, &binding->weights->tensors);
    collect_unused(binding, &binding->weights->others);
}

/* A matrix [out, in] and a 1x1 kernel [out, in, 1, 1] stand for each other. */
static bool is_same_matrix(struct shape a, struct shape b) {
    if (a.rank > b.rank) return is_same_matrix(b, a);
    return a.rank == 2 && b.rank == 4 && a.dims[0] == b.dims[0] && a.dims[1] == b.dims[1] && b.dims[2] == 1 &&
           b.dims[3] == 1;
}

static void bind_param(struct binding *binding, struct node *param) {
    const char *name = param->as.param.name, *other = map_lookup(&binding->weights->others, name);
    const struct tensor *tensor = map_lookup(&binding->weights->tensors, name);
    if (other) {
        report_type(binding, param, other);
    } else if (!tensor) {
        vec_push(binding->arena, &binding->missing, name);
        vec_push(binding->arena, &binding->missing_params, param);
    } else if (shape_equal(tensor->shape, param->shape)) {
        param->as.param.tensor = tensor;
    } else if (is_same_matrix(tensor->shape, param->shape)) {
        struct tensor *view = ARENA_NEW(binding->graph->arena, struct tensor);
        *view = (struct tensor){.shape = param->shape, .values = tensor->values};
        param->as.param.tensor = view;
    } else {
        report_shape(binding, param, tensor);
    }
}

bool weights_bind(struct graph *graph, const struct weights *weights, bool allow_unused, struct diag *diag) {
    struct binding binding = {.arena = arena_create(), .graph = graph, .weights = weights, .diag = diag};
    binding.params = map_create(binding.arena);
    collect_names(&binding);
    for (struct node *node = graph->first; node; node = node->next)
        if (is_named_param(node)) bind_param(&binding, node);
    report_missing(&binding);
    if (!allow_unused) report_unused(&binding);
    arena_destroy(binding.arena);
    return !binding.has_failed;
}
