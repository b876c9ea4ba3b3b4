/* call.c - turns calls of blocks into the evaluation of their bodies, and hands those of layers to their
 * builders. */
#include "elaborate.h"
#include "layer.h"

#include <string.h>

bool sema_is_callable(const struct sema *sema, const char *name) {
    return map_has(&sema->blocks, name) || layer_lookup(name);
}

/* What the callee takes, after an argument that it does not. */
static void note_arguments(struct sema *sema, const char *callee, const char *const *names, size_t name_count) {
    struct text text = text_create(sema->arena);
    for (size_t i = 0; i < name_count; i++) text_format(&text, "%s%s", i ? ", " : "", names[i]);
    bool is_softmax = !strcmp(callee, "softmax") || !strcmp(callee, "log_softmax");
    diag_note(sema->diag, SPAN_NONE, "'%s' takes %s%s", callee, name_count ? text.bytes : "no arguments",
              is_softmax ? ": it is over the first axis, the channels" : "");
}

/* The place of a named argument, or of the next positional one; -1 after an error. */
static int find_place(struct sema *sema, const struct ast_call *call, const struct ast_argument *argument,
                      size_t position, const char *const *names, size_t name_count) {
    const char *callee = call->callee.text;
    if (!argument->name.text) {
        if (position < name_count) return (int)position;
        if (position == name_count) /* what follows is too many as well */
            sema_error(sema, argument->value->span, DIAG_ARGUMENT_COUNT,
                       "too many arguments: '%s' takes at most %zu", callee, name_count);
        return -1;
    }
    for (size_t i = 0; i < name_count; i++)
        if (strcmp(names[i], argument->name.text) == 0) return (int)i;
    sema_error(sema, argument->name.span, DIAG_UNKNOWN_ARGUMENT, "'%s' has no argument '%s'", callee,
               argument->name.text);
    const char *nearest = nearest_name(argument->name.text, names, name_count);
    if (nearest)
        diag_note(sema->diag, SPAN_NONE, "did you mean '%s'?", nearest);
    else
        note_arguments(sema, callee, names, name_count);
    return -1;
}

bool sema_bind_arguments(struct sema *sema, const struct ast_call *call, size_t skip_count,
                         const char *const *names, size_t name_count, struct bound *out_bound) {
    size_t position = 0;
    bool is_good = true;
    for (size_t i = skip_count; i < call->arguments->list.count; i++) {
        const struct ast_argument *argument = &call->arguments->list.items[i];
        struct span span = argument->value->span;
        int place = find_place(sema, call, argument, position++, names, name_count);
        struct value value = sema_evaluate(sema, argument->value);
        if (place < 0 || value.kind == VALUE_ERROR) {
            is_good = false;
        } else if (out_bound[place].is_given) {
            sema_error(sema, span, DIAG_DUPLICATE_ARGUMENT, "argument '%s' of '%s' is given twice",
                       names[place], call->callee.text);
            diag_label(sema->diag, out_bound[place].span, "first here");
            is_good = false;
        }
        if (place >= 0) out_bound[place] = (struct bound){true, value, span};
    }
    return is_good;
}

/* The parameters of the block become variables of the new frame. */
static bool bind_parameters(struct sema *sema, struct frame *frame, const struct ast_call *call,
                            size_t skip_count) {
    const struct ast_parameters *parameters = frame->item->parameters;
    size_t count = parameters->list.count;
    const char **names = ARENA_NEW_ARRAY(sema->arena, const char *, count);
    struct bound *bound = ARENA_NEW_ARRAY(sema->arena, struct bound, count);
    for (size_t i = 0; i < count; i++) names[i] = parameters->list.items[i].name.text;
    if (!sema_bind_arguments(sema, call, skip_count, names, count, bound)) return false;
    for (size_t i = 0; i < count; i++) {
        if (bound[i].is_given || parameters->list.items[i].value) continue;
        sema_error(sema, call->span, DIAG_MISSING_ARGUMENT, "'%s' needs a value for '%s'", call->callee.text,
                   names[i]);
        diag_label(sema->diag, parameters->list.items[i].name.span, "declared without a default");
        return false;
    }
    sema->frame = frame; /* defaults may use the parameters before them */
    for (size_t i = 0; i < count && !sema->is_stopped; i++) {
        const struct ast_parameter *parameter = &parameters->list.items[i];
        struct value value = bound[i].is_given ? bound[i].value : sema_evaluate(sema, parameter->value);
        sema_set_variable(sema, parameter->name, value);
    }
    return true;
}

static struct value run_block(struct sema *sema, struct frame *frame) {
    sema_run_body(sema, frame->item->body);
    if (frame->has_returned || sema->is_stopped) return frame->result;
    sema_error(sema, frame->item->body->close, DIAG_MISSING_RETURN,
               "block '%s' came to its end without 'return'", frame->item->name.text);
    return NO_VALUE;
}

/* What the block is fed: by the chain, or as the first argument if its body uses `in`. */
static bool feed_block(struct sema *sema, struct frame *frame, const struct ast_call *call,
                       const struct binding *fed, size_t *out_skip_count) {
    const struct ast_arguments *arguments = call->arguments;
    *out_skip_count = 0;
    if (fed) {
        frame->in = *fed;
        frame->is_fed = true;
        if (frame->item->uses_in) return true;
        sema_error(sema, call->span, DIAG_NOT_FED, "block '%s' does not use 'in': it cannot stand in a chain",
                   frame->item->name.text);
        diag_label(sema->diag, frame->item->name.span, "defined here");
        return false;
    }
    if (!frame->item->uses_in) return true;
    if (arguments->list.count == 0 || arguments->list.items[0].name.text) {
        sema_error(sema, call->span, DIAG_NOT_FED, "block '%s' uses 'in': feed it, as in x -> %s(...)",
                   frame->item->name.text, call->callee.text);
        diag_label(sema->diag, frame->item->name.span, "defined here");
        return false;
    }
    frame->in = (struct binding){sema_evaluate(sema, arguments->list.items[0].value),
                                 arguments->list.items[0].value->span};
    frame->is_fed = true;
    *out_skip_count = 1;
    return true;
}

static struct value call_block(struct sema *sema, const struct ast_item *block, const struct ast_call *call,
                               const struct binding *fed) {
    struct frame *frame = ARENA_NEW(sema->arena, struct frame);
    struct frame *caller = sema->frame;
    size_t skip_count;
    *frame = (struct frame){.parent = caller, .item = block, .call = call->span, .depth = caller->depth + 1};
    if (frame->depth > MAX_CALL_DEPTH) {
        sema_stop(sema, call->span, DIAG_RECURSION,
                  "blocks call each other more than %d deep; does '%s' call itself without end?",
                  MAX_CALL_DEPTH, block->name.text);
        return NO_VALUE;
    }
    if (!feed_block(sema, frame, call, fed, &skip_count)) return NO_VALUE;
    frame->path = sema_name_block_call(sema, call);
    frame->caller = sema_origin(sema, call->span);
    frame->variables = map_create(sema->arena);
    bool is_bound = bind_parameters(sema, frame, call, skip_count);
    bool is_fed_well = !frame->is_fed || frame->in.value.kind != VALUE_ERROR;
    struct value result = is_bound && is_fed_well && frame->path ? run_block(sema, frame) : NO_VALUE;
    sema->frame = caller;
    return result;
}

/* The name that is called: a variable may hold that of a layer or a block. */
static const char *resolve_callee(const struct sema *sema, const struct ast_call *call) {
    const char *name = call->callee.text;
    if (sema_is_callable(sema, name)) return name;
    const struct binding *binding = sema_lookup(sema, name);
    return binding && value_is_text(binding->value) && sema_is_callable(sema, binding->value.as.text)
               ? binding->value.as.text
               : NULL;
}

void sema_report_unknown_callee(struct sema *sema, const struct ast_call *call, bool is_fed) {
    const char *name = call->callee.text;
    if (function_lookup(name)) {
        sema_error(sema, call->callee.span, DIAG_UNKNOWN_LAYER, "'%s' is a function, no layer: write %s(x)",
                   name, name);
        return;
    }
    sema_error(sema, call->callee.span, DIAG_UNKNOWN_LAYER, "unknown %s '%s'",
               is_fed ? "layer or block" : "layer, block or function", name);
    const struct binding *binding = sema->frame ? sema_lookup(sema, name) : NULL;
    if (binding)
        diag_label(sema->diag, binding->span, "a variable that holds %s",
                   sema_describe(sema, binding->value, call->span));
    if (sema_note_elsewhere(sema, name)) return;
    struct name_list names = {0};
    for (size_t i = 0; i < sema->blocks.count; i++)
        vec_push(sema->arena, &names, sema->blocks.entries[i].key);
    layer_add_names(sema->arena, &names);
    if (!is_fed) function_add_names(sema->arena, &names);
    diag_suggest(sema->diag, name, names.items, names.count);
}

static struct value report_unknown(struct sema *sema, const struct ast_call *call, bool is_fed) {
    const struct binding *binding = sema_lookup(sema, call->callee.text);
    if (!binding || binding->value.kind != VALUE_ERROR) sema_report_unknown_callee(sema, call, is_fed);
    return NO_VALUE;
}

const struct ast_argument *sema_find_misplaced(const struct ast_arguments *arguments) {
    for (size_t i = 1; i < arguments->list.count; i++)
        if (arguments->list.items[i - 1].name.text && !arguments->list.items[i].name.text)
            return &arguments->list.items[i];
    return NULL;
}

struct value sema_call(struct sema *sema, const struct ast_call *call, const struct binding *fed) {
    if (sema_find_misplaced(call->arguments)) return NO_VALUE;
    const char *name = resolve_callee(sema, call);
    const struct ast_item *block = name ? map_lookup(&sema->blocks, name) : NULL;
    if (block) return call_block(sema, block, call, fed);
    const struct function *function = fed ? NULL : function_lookup(name ? name : call->callee.text);
    if (function) return function_call(sema, function, call);
    return name ? layer_apply(sema, layer_lookup(name), call, fed) : report_unknown(sema, call, fed != NULL);
}
