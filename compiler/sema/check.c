/* check.c - looks over the whole text before it is evaluated, also at blocks that nobody calls: names that
 * stand for two things, statements in the wrong place, calls of what does not exist. */
#include "elaborate.h"
#include "layer.h"

#include <string.h>

struct check {
    struct sema *sema;
    const struct ast_item *item;
    struct map names; /* variables of the item: one may hold the name of a layer */
    bool has_return;
};

static void check_expression(struct check *check, const struct ast_expression *expression);

static void check_arguments(struct check *check, const struct ast_arguments *arguments) {
    const struct ast_argument *misplaced = sema_find_misplaced(arguments);
    if (misplaced)
        sema_error(check->sema, misplaced->value->span, DIAG_ARGUMENT_ORDER,
                   "an argument without a name after one with a name");
    for (size_t i = 0; i < arguments->list.count; i++) check_expression(check, arguments->list.items[i].value);
}

static void check_call(struct check *check, const struct ast_call *call, bool is_fed) {
    const char *name = call->callee.text;
    bool is_known = sema_is_callable(check->sema, name) || map_has(&check->names, name) ||
                    map_has(&check->sema->param_items, name) ||
                    (!is_fed && function_lookup(name));
    if (!is_known) sema_report_unknown_callee(check->sema, call, is_fed);
    check_arguments(check, call->arguments);
    for (size_t i = 0; call->label && i < call->label->parts.count; i++)
        if (call->label->parts.items[i].value) check_expression(check, call->label->parts.items[i].value);
}

static void check_list(struct check *check, const struct ast_expressions *list) {
    for (size_t i = 0; i < list->list.count; i++) check_expression(check, list->list.items[i]);
}

/* `x * (1 / 6)`: written as numbers, a quotient that is rounded is hardly meant. */
static void check_quotient(struct check *check, const struct ast_expression *expression) {
    const struct ast_expression *left = expression->as.binary.left, *right = expression->as.binary.right;
    if (expression->as.binary.operator!= AST_DIVIDE || left->kind != AST_INTEGER || right->kind != AST_INTEGER) return;
    long long a = left->as.integer, b = right->as.integer;
    if (b == 0 || a % b == 0) return;
    sema_finish_error(check->sema);
    diag_warning(check->sema->diag, expression->span, DIAG_ROUNDED_QUOTIENT, "%lld / %lld is %lld: integers are divided rounding down", a, b,
                 a / b);
    diag_note(check->sema->diag, SPAN_NONE, "%lld.0 / %lld is the decimal number", a, b);
}

static void check_expression(struct check *check, const struct ast_expression *expression) {
    switch (expression->kind) {
    case AST_LIST: check_list(check, expression->as.list); break;
    case AST_UNARY: check_expression(check, expression->as.unary.operand); break;
    case AST_BINARY:
        check_expression(check, expression->as.binary.left);
        check_expression(check, expression->as.binary.right);
        check_quotient(check, expression);
        break;
    case AST_CONDITIONAL:
        check_expression(check, expression->as.conditional.condition);
        check_expression(check, expression->as.conditional.yes);
        check_expression(check, expression->as.conditional.no);
        break;
    case AST_INDEX:
        check_expression(check, expression->as.index.list);
        check_expression(check, expression->as.index.position);
        break;
    case AST_CALL: check_call(check, expression->as.call, false); break;
    case AST_CHAIN:
        check_expression(check, expression->as.chain.first);
        for (size_t i = 0; i < expression->as.chain.calls->list.count; i++)
            check_call(check, expression->as.chain.calls->list.items[i], true);
        break;
    default: break;
    }
}

/* A name that a variable or param is to have. */
static void check_name(struct sema *sema, struct ast_name name) {
    if (sema_is_choice(name.text))
        sema_error(sema, name.span, DIAG_RESERVED_NAME, "'%s' is a word of the language; no variable can have that name",
                   name.text);
}

static void collect_names(struct check *check, const struct ast_body *body) {
    for (size_t i = 0; i < body->list.count; i++) {
        const struct ast_statement *statement = body->list.items[i];
        if (statement->kind == AST_ASSIGN) map_set(&check->names, statement->as.assign.name.text, NULL);
        if (statement->kind == AST_INPUT) map_set(&check->names, statement->as.input.name.text, NULL);
        if (statement->kind == AST_OUTPUT && statement->as.output.name.text)
            map_set(&check->names, statement->as.output.name.text, NULL);
        if (statement->kind == AST_FOR) {
            map_set(&check->names, statement->as.loop.name.text, NULL);
            collect_names(check, statement->as.loop.body);
        }
        for (size_t j = 0; statement->kind == AST_IF && j < statement->as.clauses->list.count; j++)
            collect_names(check, statement->as.clauses->list.items[j].body);
    }
}

static void check_body(struct check *check, const struct ast_body *body);

static void check_place(struct check *check, const struct ast_statement *statement, const char *keyword,
                        enum ast_item_kind wanted) {
    if (check->item->kind == wanted) return;
    sema_error(check->sema, statement->span, DIAG_MISPLACED, "'%s' belongs in a %s; this is %s '%s'", keyword,
               wanted == AST_BLOCK ? "block" : "network", wanted == AST_BLOCK ? "network" : "block",
               check->item->name.text);
}

static void check_statement(struct check *check, const struct ast_statement *statement) {
    switch (statement->kind) {
    case AST_ASSIGN:
        check_name(check->sema, statement->as.assign.name);
        check_expression(check, statement->as.assign.value);
        break;
    case AST_IF:
        for (size_t i = 0; i < statement->as.clauses->list.count; i++) {
            const struct ast_clause *clause = &statement->as.clauses->list.items[i];
            if (clause->condition) check_expression(check, clause->condition);
            check_body(check, clause->body);
        }
        break;
    case AST_FOR:
        check_name(check->sema, statement->as.loop.name);
        check_expression(check, statement->as.loop.first);
        check_expression(check, statement->as.loop.last);
        check_body(check, statement->as.loop.body);
        break;
    case AST_RETURN:
        check->has_return = true;
        check_place(check, statement, "return", AST_BLOCK);
        check_expression(check, statement->as.value);
        break;
    case AST_ASSERT:
        check_expression(check, statement->as.assertion.condition);
        if (statement->as.assertion.message) check_expression(check, statement->as.assertion.message);
        break;
    case AST_INPUT:
        check_place(check, statement, "input", AST_NETWORK);
        check_name(check->sema, statement->as.input.name);
        check_list(check, statement->as.input.dims);
        if (statement->as.input.picture) check_arguments(check, statement->as.input.picture->arguments);
        break;
    case AST_OUTPUT:
        check_place(check, statement, "output", AST_NETWORK);
        if (statement->as.output.name.text) check_name(check->sema, statement->as.output.name);
        if (statement->as.output.picture) check_arguments(check, statement->as.output.picture->arguments);
        check_expression(check, statement->as.output.value);
        break;
    case AST_LABELS:
        check_place(check, statement, "labels", AST_NETWORK);
        check_expression(check, statement->as.value);
        break;
    }
}

static void check_body(struct check *check, const struct ast_body *body) {
    for (size_t i = 0; i < body->list.count; i++) check_statement(check, body->list.items[i]);
}

static void check_parameters(struct check *check, const struct ast_parameters *parameters) {
    const struct ast_name *optional = NULL;
    for (size_t i = 0; i < parameters->list.count; i++) {
        const struct ast_parameter *parameter = &parameters->list.items[i];
        if (map_has(&check->names, parameter->name.text))
            sema_error(check->sema, parameter->name.span, DIAG_DUPLICATE_NAME,
                       "a second parameter '%s' of block '%s'", parameter->name.text, check->item->name.text);
        map_set(&check->names, parameter->name.text, NULL);
        check_name(check->sema, parameter->name);
        if (parameter->value) {
            optional = &parameter->name;
            check_expression(check, parameter->value);
        } else if (optional) {
            sema_error(check->sema, parameter->name.span, DIAG_ARGUMENT_ORDER,
                       "parameter '%s' without a default after one with a default", parameter->name.text);
            diag_label(check->sema->diag, optional->span, "has a default");
        }
    }
}

static void check_item(struct sema *sema, const struct ast_item *item) {
    struct check check = {.sema = sema, .item = item, .names = map_create(sema->arena)};
    if (item->kind == AST_PARAM) {
        check_name(sema, item->name);
        sema_check_value(sema, item->value);
    }
    if (item->kind == AST_BLOCK) check_parameters(&check, item->parameters);
    if (!item->body) return;
    collect_names(&check, item->body);
    check_body(&check, item->body);
    if (item->kind == AST_BLOCK && !check.has_return)
        sema_error(sema, item->body->close, DIAG_MISSING_RETURN, "block '%s' has no 'return'",
                   item->name.text);
}

void sema_check_value(struct sema *sema, const struct ast_expression *expression) {
    struct check check = {.sema = sema, .names = map_create(sema->arena)};
    check_expression(&check, expression);
}

static void report_second(struct sema *sema, const struct ast_item *item, const char *what,
                          struct span first) {
    sema_error(sema, item->name.span, DIAG_DUPLICATE_NAME, "a second %s '%s'", what, item->name.text);
    diag_label(sema->diag, first, "the first one");
}

static void declare_block(struct sema *sema, const struct ast_item *item) {
    const char *name = item->name.text;
    const struct ast_item *first = map_lookup(&sema->blocks, name);
    if (layer_lookup(name) || function_lookup(name))
        sema_error(sema, item->name.span, DIAG_RESERVED_NAME,
                   "'%s' is the name of a %s; a block needs another one", name,
                   layer_lookup(name) ? "layer" : "function");
    else if (first)
        report_second(sema, item, "block", first->name.span);
    else
        map_set(&sema->blocks, name, (void *)(uintptr_t)item);
}

static void declare_network(struct sema *sema, const struct ast_item *item, bool is_root) {
    if (!is_root)
        sema_error(sema, item->span, DIAG_NETWORK_COUNT,
                   "an imported file gives blocks and params; it has no network");
    else if (sema->network)
        report_second(sema, item, "network", sema->network->name.span);
    else
        sema->network = item;
}

static void declare_item(struct sema *sema, const struct ast_item *item, bool is_root) {
    const struct ast_item *first = item->kind == AST_PARAM ? map_lookup(&sema->param_items, item->name.text) : NULL;
    if (item->kind == AST_BLOCK) declare_block(sema, item);
    if (item->kind == AST_NETWORK) declare_network(sema, item, is_root);
    if (item->kind == AST_PARAM && !first) map_set(&sema->param_items, item->name.text, (void *)(uintptr_t)item);
    if (first) report_second(sema, item, "param", first->name.span);
}

void sema_check(struct sema *sema) {
    size_t file_count = sema->ast->files.count;
    for (size_t i = 0; i < file_count; i++) {
        const struct ast_file *file = sema->ast->files.items[i];
        for (size_t j = 0; j < file->items.count; j++)
            declare_item(sema, file->items.items[j], i + 1 == file_count);
    }
    for (size_t i = 0; i < file_count; i++) {
        const struct ast_file *file = sema->ast->files.items[i];
        for (size_t j = 0; j < file->items.count; j++) check_item(sema, file->items.items[j]);
    }
    if (!sema->network)
        sema_error(sema, SPAN_NONE, DIAG_NETWORK_COUNT, "'%s' has no network",
                   sema->ast->files.items[file_count - 1]->source->path);
}
