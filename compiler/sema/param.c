/* param.c - evaluates the params, in the order of the text, with what -D says instead of it. */
#include "elaborate.h"

#include <string.h>

/* A -D: its text as a source, for messages. */
struct define {
    const struct source *source;
    const char *name;
    uint32_t value_begin; /* 0: there is none */
    bool is_used;
};

static struct span define_span(const struct define *define, bool of_value) {
    return (struct span){define->source, of_value ? define->value_begin : 0,
                         of_value ? define->source->size_bytes : (uint32_t)strlen(define->name)};
}

static struct define *read_defines(struct sema *sema) {
    size_t count = sema->options->define_count;
    struct define *defines = ARENA_NEW_ARRAY(sema->arena, struct define, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *text = sema->options->defines[i], *equals = strchr(text, '=');
        size_t name_length = equals ? (size_t)(equals - text) : strlen(text);
        defines[i].source = source_from_text(sema->arena, "<command line>", text, strlen(text));
        defines[i].name = arena_copy_bytes(sema->arena, text, name_length);
        if (equals) {
            defines[i].value_begin = (uint32_t)name_length + 1;
            continue;
        }
        defines[i].is_used = true;
        sema_error(sema, define_span(&defines[i], false), DIAG_DEFINE,
                   "a definition has the form -D name=value");
    }
    return defines;
}

/* The value of a -D in the kind of the param's default; NO_VALUE after an error. */
static struct value evaluate_define(struct sema *sema, const struct define *define, struct value otherwise) {
    const char *text = define->source->text + define->value_begin;
    if (value_is_text(otherwise) && text[0] != '"') return value_string(text);
    sema_finish_error(sema);
    const struct ast_expression *expression =
        syntax_parse_expression(sema->arena, define->source, define->value_begin, sema->diag);
    if (!expression) return NO_VALUE;
    sema_check_value(sema, expression);
    struct value value = sema_evaluate(sema, expression);
    if (value.kind == VALUE_INTEGER && otherwise.kind == VALUE_REAL)
        return value_real((double)value.as.integer);
    bool both_texts = value_is_text(value) && value_is_text(otherwise);
    if (value.kind == VALUE_ERROR || value.kind == otherwise.kind || both_texts) return value;
    sema_error(sema, define_span(define, true), DIAG_DEFINE, "'%s' is %s; this is %s", define->name,
               value_kind_name(otherwise.kind), value_describe(sema->arena, value));
    return NO_VALUE;
}

static void evaluate_param(struct sema *sema, const struct ast_item *item, struct define *defines) {
    struct value value = sema_evaluate(sema, item->value);
    struct binding *binding = ARENA_NEW(sema->arena, struct binding);
    if (value.kind == VALUE_TENSOR) {
        sema_error(sema, item->value->span, DIAG_TYPE,
                   "a param is a number, a string, true, false or a list of them");
        value = NO_VALUE;
    }
    for (size_t i = 0; i < sema->options->define_count; i++) {
        if (strcmp(defines[i].name, item->name.text) != 0) continue;
        defines[i].is_used = true;
        if (value.kind != VALUE_ERROR && defines[i].value_begin) value = evaluate_define(sema, &defines[i], value);
    }
    *binding = (struct binding){value, item->name.span};
    map_set(&sema->params, item->name.text, binding);
}

static void report_unused_defines(struct sema *sema, const struct define *defines) {
    struct name_list names = {0};
    for (size_t i = 0; i < sema->params.count; i++)
        vec_push(sema->arena, &names, sema->params.entries[i].key);
    for (size_t i = 0; i < sema->options->define_count; i++) {
        if (defines[i].is_used) continue;
        sema_error(sema, define_span(&defines[i], false), DIAG_UNKNOWN_DEFINE, "there is no param '%s'",
                   defines[i].name);
        diag_suggest(sema->diag, defines[i].name, names.items, names.count);
    }
}

void sema_evaluate_params(struct sema *sema) {
    struct frame frame = {.path = "", .variables = map_create(sema->arena)};
    sema->frame = &frame;
    struct define *defines = read_defines(sema);
    for (size_t i = 0; i < sema->ast->files.count; i++) {
        const struct ast_file *file = sema->ast->files.items[i];
        for (size_t j = 0; j < file->items.count; j++)
            if (file->items.items[j]->kind == AST_PARAM) evaluate_param(sema, file->items.items[j], defines);
    }
    report_unused_defines(sema, defines);
    sema_finish_error(sema);
    sema->frame = NULL;
}
