/* node.c - makes nodes of the graph, and names them by the labels around. */
#include "elaborate.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* Where a parameter got its name. */
struct weight_place {
    struct span span;
    bool is_generated;
};

/* The source as the graph owns it: an ast may go before the graph. */
static const struct source *copy_source(struct sema *sema, const struct source *source) {
    for (size_t i = sema->sources.count; i-- > 0;)
        if (sema->sources.items[i].from == source) return sema->sources.items[i].to;
    const struct source *copy =
        source_from_text(sema->graph->arena, source->path, source->text, source->size_bytes);
    vec_push(sema->arena, &sema->sources, ((struct source_copy){source, copy}));
    return copy;
}

const struct origin *sema_origin(struct sema *sema, struct span span) {
    struct origin *origin = ARENA_NEW(sema->graph->arena, struct origin);
    origin->span = (struct span){copy_source(sema, span.source), span.begin, span.end};
    if (sema->frame->parent) {
        origin->block = arena_copy_string(sema->graph->arena, sema->frame->item->name.text);
        origin->caller = sema->frame->caller;
    }
    return origin;
}

struct node *sema_add_node(struct sema *sema, enum op op, struct node *const *inputs, int input_count,
                           const struct origin *origin) {
    sema->node_count++;
    return graph_add(sema->graph, NULL, op, inputs, input_count, origin);
}

struct node *sema_add_number(struct sema *sema, double number, struct span span) {
    float *values;
    struct tensor *tensor = tensor_create(sema->graph->arena, (struct shape){0}, &values);
    if (!isfinite((float)number)) {
        sema_error(sema, span, DIAG_NUMBER_TOO_LARGE, "%g does not fit the float32 of a tensor", number);
        return NULL;
    }
    values[0] = (float)number;
    sema->node_count++;
    return graph_add_constant(sema->graph, tensor, sema_origin(sema, span));
}

static bool is_too_large(struct shape shape) {
    for (int i = 0; i < shape.rank; i++)
        if (shape.dims[i] < 1) return false;
    return shape_element_count(shape) < 0;
}

struct value sema_finish_node(struct sema *sema, struct node *node, const char *what, struct span span) {
    const char *problem;
    if (sema->node_count > MAX_NODES) {
        sema_stop(sema, span, DIAG_EVALUATION_LIMIT, "the network has more than %d operations", MAX_NODES);
        return NO_VALUE;
    }
    if (!graph_infer(sema->graph, node, &problem)) {
        sema_error(sema, span, is_too_large(node->shape) ? DIAG_TENSOR_TOO_LARGE : DIAG_LAYER_SHAPE,
                   "cannot apply '%s': %s", what, problem);
        return NO_VALUE;
    }
    int64_t macs = graph_count_macs(node);
    if (macs < 0 || __builtin_add_overflow(sema->graph->mac_count, macs, &sema->graph->mac_count)) {
        sema_error(sema, span, DIAG_TENSOR_TOO_LARGE,
                   "the network's multiplications do not fit a 64-bit count");
        return NO_VALUE;
    }
    return value_tensor(node);
}

/* The text of a label, its parts in braces evaluated. NULL after an error. */
static const char *evaluate_label(struct sema *sema, const struct ast_label *label) {
    struct text text = text_create(sema->arena);
    for (size_t i = 0; i < label->parts.count; i++) {
        const struct ast_label_part *part = &label->parts.items[i];
        if (part->text) {
            text_add(&text, part->text);
            continue;
        }
        struct value value = sema_evaluate(sema, part->value);
        if (value.kind == VALUE_INTEGER)
            text_format(&text, "%lld", (long long)value.as.integer);
        else if (value_is_text(value))
            text_add(&text, value.as.text);
        else if (value.kind != VALUE_ERROR)
            sema_error(sema, part->value->span, DIAG_TYPE,
                       "a label is made of integers and strings, not of %s",
                       sema_describe(sema, value, label->span));
        if (value.kind != VALUE_INTEGER && !value_is_text(value)) return NULL;
    }
    return text.bytes;
}

/* A '-' cannot be written outside of braces: there it is the operator. */
static bool is_good_label(const char *label) {
    char before = '.';
    for (; *label; before = *label++) {
        bool continues = *label == '.' || *label == '-';
        if (continues ? before == '.' : !isalnum((unsigned char)*label) && *label != '_') return false;
    }
    return before != '.';
}

/* `label` below the path of the current frame. */
static const char *join_label(struct sema *sema, const char *label, struct span span) {
    const char *path = sema->frame->path;
    if (strlen(path) + strlen(label) > MAX_PATH) {
        sema_error(sema, span, DIAG_NAME_TOO_LONG, "the path of labels is longer than %d characters",
                   MAX_PATH);
        return NULL;
    }
    return *path ? arena_format(sema->arena, "%s.%s", path, label) : label;
}

static const char *name_labelled(struct sema *sema, const struct ast_label *label) {
    const char *text = evaluate_label(sema, label);
    if (!text) return NULL;
    if (!is_good_label(text)) {
        sema_error(sema, label->span, DIAG_BAD_LABEL,
                   "'%s' is no label: its parts, joined by single dots, are letters, digits, '_' and, not in "
                   "front, '-'", text);
        return NULL;
    }
    return join_label(sema, text, label->span);
}

const char *sema_name_call(struct sema *sema, const struct ast_call *call, const char *kind) {
    if (call->label) return name_labelled(sema, call->label);
    const char *key = arena_format(sema->arena, "%s|%s", sema->frame->path, kind);
    int64_t *count = map_lookup(&sema->generated_names, key);
    if (!count) map_set(&sema->generated_names, key, count = ARENA_NEW(sema->arena, int64_t));
    ++*count;
    return join_label(sema, arena_format(sema->arena, "%s%lld", kind, (long long)*count), call->span);
}

const char *sema_name_block_call(struct sema *sema, const struct ast_call *call) {
    return call->label ? name_labelled(sema, call->label) : sema->frame->path;
}

static void report_duplicate(struct sema *sema, const char *name, struct span span,
                             const struct weight_place *first) {
    sema_error(sema, span, DIAG_DUPLICATE_WEIGHT_NAME, "two parameters would be named '%s'", name);
    if (first->span.source == span.source && first->span.begin == span.begin)
        diag_note(sema->diag, SPAN_NONE,
                  "both come from here: give each round or call its own label, as in @layer{i}");
    else
        diag_label(sema->diag, first->span,
                   first->is_generated ? "the first one, named without a label" : "the first one");
}

struct node *sema_add_param(struct sema *sema, const struct ast_call *call, const char *path,
                            const char *part, enum param_role role, struct shape shape, double fan_in,
                            const struct origin *origin) {
    struct span span = call->label ? span_join(call->span, call->label->span) : call->span;
    const char *name = arena_format(sema->graph->arena, *part ? "%s.%s" : "%s", path, part);
    const struct weight_place *first = map_lookup(&sema->weight_places, name);
    if (first) report_duplicate(sema, name, span, first);
    int64_t count = shape_element_count(shape);
    if (count < 0) {
        sema_error(sema, call->span, DIAG_TENSOR_TOO_LARGE,
                   "the parameter '%s' has shape %s: more than %lld numbers", name,
                   shape_text(sema->arena, shape), (long long)SHAPE_MAX_ELEMENTS);
        return NULL;
    }
    if (!first) {
        struct weight_place *place = ARENA_NEW(sema->arena, struct weight_place);
        *place = (struct weight_place){span, !call->label};
        map_set(&sema->weight_places, name, place);
    }
    struct node *node = sema_add_node(sema, OP_PARAM, NULL, 0, origin);
    node->shape = shape;
    node->name = arena_copy_string(sema->graph->arena, path);
    node->as.param.name = name;
    node->as.param.role = role;
    node->as.param.fan_in = fan_in;
    if (role != PARAM_NORM_MEAN && role != PARAM_NORM_VAR) sema->graph->parameter_count += count;
    return node;
}
