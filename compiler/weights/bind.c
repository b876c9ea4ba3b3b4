/* bind.c - the tensors of a weights file become those of a graph's parameters; what does not fit is reported. */
#include "weights.h"

#include "../base/vec.h"

#include <string.h>

/* A parameter that cannot be bound. */
struct problem {
    enum diag_id id;
    const struct node *param;
    const char *complaint; /* "needs tensor 'fc.weight', f32[10, 64], which 'w.safetensors' does not have" */
    const char *remark;    /* "'fc.weight' is missing, too": in a note to another of the same line */
};

struct binding {
    struct arena *arena; /* of messages and tables */
    struct graph *graph;
    const struct weights *weights;
    struct diag *diag;
    struct map params;         /* names of the graph's parameters -> struct node * */
    VEC(const char *) unused;  /* names of the file that no parameter has */
    VEC(const char *) missing; /* names of parameters that the file lacks */
    VEC(struct problem) problems;
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
    if (user && user->name)
        name = user->name;
    else if (dot)
        name = arena_format(binding->arena, "%.*s", (int)(dot - name), name);
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

/* A block that is called many times has the same problem many times at one place of the text: told once. */
static bool is_same_place(const struct problem *a, const struct problem *b) {
    struct span x = param_span(a->param), y = param_span(b->param);
    return a->id == b->id && x.source && x.source == y.source && x.begin == y.begin && x.end == y.end;
}

static bool was_reported(const struct binding *binding, size_t index) {
    for (size_t i = 0; i < index; i++)
        if (is_same_place(&binding->problems.items[i], &binding->problems.items[index])) return true;
    return false;
}

static void note_others(const struct binding *binding, size_t index) {
    enum { SHOWN = 4 };
    size_t count = 0;
    for (size_t i = index + 1; i < binding->problems.count; i++) {
        const struct problem *other = &binding->problems.items[i];
        if (!is_same_place(other, &binding->problems.items[index])) continue;
        if (count++ < SHOWN) diag_note(binding->diag, SPAN_NONE, "%s", other->remark);
    }
    if (count > SHOWN) diag_note(binding->diag, SPAN_NONE, "and %zu more of this line", count - SHOWN);
}

static void report_problems(struct binding *binding) {
    for (size_t i = 0; i < binding->problems.count && !diag_too_many(binding->diag); i++) {
        const struct problem *problem = &binding->problems.items[i];
        if (was_reported(binding, i)) continue;
        diag_error(binding->diag, param_span(problem->param), problem->id, "%s %s",
                   layer_text(binding, problem->param), problem->complaint);
        if (problem->id == DIAG_MISSING_WEIGHT)
            suggest(binding, problem->param->as.param.name, binding->unused.items, binding->unused.count);
        origin_note_callers(problem->param->origin, binding->diag);
        note_others(binding, i);
    }
}

static void report_unused(struct binding *binding) {
    const struct weights *weights = binding->weights;
    for (size_t i = 0; i < binding->unused.count && !diag_too_many(binding->diag); i++) {
        const char *name = binding->unused.items[i], *other = map_lookup(&weights->others, name);
        const struct tensor *tensor = map_lookup(&weights->tensors, name);
        diag_error(binding->diag, SPAN_NONE, DIAG_UNUSED_WEIGHT,
                   "'%s' has tensor '%s', %s, which belongs to no layer", weights->path, name,
                   other ? other : type_text(binding, tensor->shape));
        suggest(binding, name, binding->missing.items, binding->missing.count);
        if (i == 0) diag_note(binding->diag, SPAN_NONE, "--allow-unused-weights accepts such tensors");
    }
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

static void add_missing(struct binding *binding, const struct node *param) {
    const char *name = param->as.param.name;
    struct problem problem = {DIAG_MISSING_WEIGHT, param, NULL, NULL};
    problem.complaint = arena_format(binding->arena, "needs tensor '%s', %s, which '%s' does not have", name,
                                     type_text(binding, param->shape), binding->weights->path);
    problem.remark = arena_format(binding->arena, "'%s' is missing, too", name);
    vec_push(binding->arena, &binding->missing, name);
    vec_push(binding->arena, &binding->problems, problem);
}

/* `found`: "f32[10, 32]" */
static void add_misfit(struct binding *binding, enum diag_id id, const struct node *param, const char *found) {
    const char *name = param->as.param.name, *wanted = type_text(binding, param->shape);
    struct problem problem = {id, param, NULL, NULL};
    problem.complaint = arena_format(binding->arena, "needs tensor '%s', %s, but in '%s' it is %s", name, wanted,
                                     binding->weights->path, found);
    problem.remark = arena_format(binding->arena, "'%s' is %s instead of %s, too", name, found, wanted);
    vec_push(binding->arena, &binding->problems, problem);
}

static void bind_param(struct binding *binding, struct node *param) {
    const char *name = param->as.param.name, *other = map_lookup(&binding->weights->others, name);
    const struct tensor *tensor = map_lookup(&binding->weights->tensors, name);
    if (other) {
        add_misfit(binding, DIAG_WEIGHT_TYPE, param, other);
    } else if (!tensor) {
        add_missing(binding, param);
    } else if (shape_equal(tensor->shape, param->shape)) {
        param->as.param.tensor = tensor;
    } else if (is_same_matrix(tensor->shape, param->shape)) {
        struct tensor *view = ARENA_NEW(binding->graph->arena, struct tensor);
        *view = (struct tensor){.shape = param->shape, .values = tensor->values};
        param->as.param.tensor = view;
    } else {
        add_misfit(binding, DIAG_WEIGHT_SHAPE, param, type_text(binding, tensor->shape));
    }
}

bool weights_bind(struct graph *graph, const struct weights *weights, bool allow_unused, struct diag *diag) {
    struct binding binding = {.arena = arena_create(), .graph = graph, .weights = weights, .diag = diag};
    binding.params = map_create(binding.arena);
    collect_names(&binding);
    for (struct node *node = graph->first; node; node = node->next)
        if (is_named_param(node)) bind_param(&binding, node);
    report_problems(&binding);
    if (!allow_unused) report_unused(&binding);
    bool ok = !binding.problems.count && (allow_unused || !binding.unused.count);
    arena_destroy(binding.arena);
    return ok;
}
