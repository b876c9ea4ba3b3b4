/* expression.c - turns expressions into values. */
#include "elaborate.h"

#include <string.h>

const struct binding *sema_lookup(const struct sema *sema, const char *name) {
    const struct binding *binding = sema->frame ? map_lookup(&sema->frame->variables, name) : NULL;
    return binding ? binding : map_lookup(&sema->params, name);
}

/* Words that choose something, beside the names of layers and blocks. */
static const char *const choices[] = {"global", "valid", "same", "avg", "max", "nearest", "bilinear", "bicubic"};

bool sema_is_choice(const char *name) {
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(choices[i], name) == 0) return true;
    return false;
}

static void suggest_variable(struct sema *sema, const char *name) {
    VEC(const char *) names = {0};
    for (size_t i = 0; i < sema->frame->variables.count; i++)
        vec_push(sema->arena, &names, sema->frame->variables.entries[i].key);
    for (size_t i = 0; i < sema->params.count; i++)
        vec_push(sema->arena, &names, sema->params.entries[i].key);
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) vec_push(sema->arena, &names, choices[i]);
    diag_suggest(sema->diag, name, names.items, names.count);
}

static struct value evaluate_name(struct sema *sema, const struct ast_expression *expression) {
    const char *name = expression->as.text;
    const struct binding *binding = sema_lookup(sema, name);
    if (binding) return binding->value;
    if (sema_is_choice(name) || sema_is_callable(sema, name)) return value_word(name);
    sema_error(sema, expression->span, DIAG_UNKNOWN_NAME, "unknown name '%s'", name);
    suggest_variable(sema, name);
    /* One error for each unknown name of a body is enough. */
    sema_set_variable(sema, (struct ast_name){name, expression->span}, NO_VALUE);
    return NO_VALUE;
}

static struct value evaluate_in(struct sema *sema, const struct ast_expression *expression) {
    if (sema->frame->is_fed) return sema->frame->in.value;
    sema_error(sema, expression->span, DIAG_MISPLACED, "'in' is what a block is fed; here is no block");
    return NO_VALUE;
}

static struct value evaluate_list(struct sema *sema, const struct ast_expression *expression) {
    struct value_list *list = ARENA_NEW(sema->arena, struct value_list);
    bool is_good = true;
    for (size_t i = 0; i < expression->as.list->list.count; i++) {
        struct value value = sema_evaluate(sema, expression->as.list->list.items[i]);
        is_good = is_good && value.kind != VALUE_ERROR;
        vec_push(sema->arena, &list->items, value);
    }
    return is_good ? (struct value){.kind = VALUE_LIST, .as.list = list} : NO_VALUE;
}

static struct value evaluate_index(struct sema *sema, const struct ast_expression *expression) {
    struct value list = sema_evaluate(sema, expression->as.index.list);
    struct value position = sema_evaluate(sema, expression->as.index.position);
    if (list.kind == VALUE_ERROR || position.kind == VALUE_ERROR) return NO_VALUE;
    if (list.kind != VALUE_LIST) {
        sema_error(sema, expression->as.index.list->span, DIAG_TYPE,
                   "only lists have numbered items; this is %s", sema_describe(sema, list, expression->span));
        return NO_VALUE;
    }
    if (position.kind != VALUE_INTEGER) {
        sema_error(sema, expression->as.index.position->span, DIAG_TYPE,
                   "an item's number is an integer, not %s", sema_describe(sema, position, expression->span));
        return NO_VALUE;
    }
    size_t count = list.as.list->items.count;
    if (position.as.integer >= 0 && (uint64_t)position.as.integer < count)
        return list.as.list->items.items[position.as.integer];
    struct span span = expression->as.index.position->span;
    if (count == 0)
        sema_error(sema, span, DIAG_INDEX, "this list is empty");
    else
        sema_error(sema, span, DIAG_INDEX, "this list has items 0 to %zu; there is no %lld", count - 1,
                   (long long)position.as.integer);
    return NO_VALUE;
}

bool sema_evaluate_condition(struct sema *sema, const struct ast_expression *condition, bool *out_is_true) {
    struct value value = sema_evaluate(sema, condition);
    *out_is_true = value.kind == VALUE_BOOLEAN && value.as.boolean;
    if (value.kind == VALUE_BOOLEAN) return true;
    if (value.kind != VALUE_ERROR)
        sema_error(sema, condition->span, DIAG_TYPE, "expected true or false, not %s",
                   sema_describe(sema, value, condition->span));
    return false;
}

/* The right operand of and / or is evaluated only where it matters. */
static struct value evaluate_logic(struct sema *sema, const struct ast_expression *expression) {
    bool is_true, is_and = expression->as.binary.operator== AST_AND;
    if (!sema_evaluate_condition(sema, expression->as.binary.left, &is_true)) return NO_VALUE;
    if (is_true != is_and) return value_boolean(is_true);
    return sema_evaluate_condition(sema, expression->as.binary.right, &is_true) ? value_boolean(is_true)
                                                                                : NO_VALUE;
}

static struct value evaluate_binary(struct sema *sema, const struct ast_expression *expression) {
    if (expression->as.binary.operator== AST_AND || expression->as.binary.operator== AST_OR)
        return evaluate_logic(sema, expression);
    struct value left = sema_evaluate(sema, expression->as.binary.left);
    struct value right = sema_evaluate(sema, expression->as.binary.right);
    if (left.kind == VALUE_ERROR || right.kind == VALUE_ERROR) return NO_VALUE;
    return sema_apply_binary(sema, expression, left, right);
}

static struct value evaluate_unary(struct sema *sema, const struct ast_expression *expression) {
    if (expression->as.unary.operator== AST_NOT) {
        bool is_true;
        return sema_evaluate_condition(sema, expression->as.unary.operand, &is_true) ? value_boolean(!is_true)
                                                                                     : NO_VALUE;
    }
    struct value operand = sema_evaluate(sema, expression->as.unary.operand);
    return operand.kind == VALUE_ERROR ? NO_VALUE : sema_apply_unary(sema, expression, operand);
}

static struct value evaluate_conditional(struct sema *sema, const struct ast_expression *expression) {
    bool is_true;
    if (!sema_evaluate_condition(sema, expression->as.conditional.condition, &is_true)) return NO_VALUE;
    return sema_evaluate(sema, is_true ? expression->as.conditional.yes : expression->as.conditional.no);
}

static struct value evaluate_chain(struct sema *sema, const struct ast_expression *expression) {
    const struct ast_expression *first = expression->as.chain.first;
    struct binding fed = {sema_evaluate(sema, first), first->span};
    for (size_t i = 0; i < expression->as.chain.calls->list.count && !sema->is_stopped; i++) {
        const struct ast_call *call = expression->as.chain.calls->list.items[i];
        fed.value = sema_call(sema, call, &fed);
        fed.span = call->span;
    }
    return fed.value;
}

static struct value evaluate_kind(struct sema *sema, const struct ast_expression *expression) {
    switch (expression->kind) {
    case AST_INTEGER: return value_integer(expression->as.integer);
    case AST_REAL: return value_real(expression->as.real);
    case AST_BOOLEAN: return value_boolean(expression->as.boolean);
    case AST_STRING: return value_string(expression->as.text);
    case AST_NAME: return evaluate_name(sema, expression);
    case AST_IN: return evaluate_in(sema, expression);
    case AST_LIST: return evaluate_list(sema, expression);
    case AST_UNARY: return evaluate_unary(sema, expression);
    case AST_BINARY: return evaluate_binary(sema, expression);
    case AST_CONDITIONAL: return evaluate_conditional(sema, expression);
    case AST_INDEX: return evaluate_index(sema, expression);
    case AST_CALL: return sema_call(sema, expression->as.call, NULL);
    case AST_CHAIN: return evaluate_chain(sema, expression);
    }
    return NO_VALUE;
}

struct value sema_evaluate(struct sema *sema, const struct ast_expression *expression) {
    if (!sema_enter(sema, expression->span)) return NO_VALUE;
    struct value value = evaluate_kind(sema, expression);
    sema_leave(sema);
    return value;
}
