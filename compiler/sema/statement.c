/* statement.c - runs the statements of blocks and of the network. */
#include "elaborate.h"

void sema_set_variable(struct sema *sema, struct ast_name name, struct value value) {
    struct binding *binding = map_lookup(&sema->frame->variables, name.text);
    if (!binding)
        map_set(&sema->frame->variables, name.text, binding = ARENA_NEW(sema->arena, struct binding));
    *binding = (struct binding){value, name.span};
    if (value.kind == VALUE_TENSOR)
        vec_push(sema->arena, &sema->assignments, ((struct assignment){value.as.node, name, sema->frame}));
}

bool sema_evaluate_integer(struct sema *sema, const struct ast_expression *expression, const char *what,
                           int64_t *out_integer) {
    struct value value = sema_evaluate(sema, expression);
    if (value.kind == VALUE_INTEGER) {
        *out_integer = value.as.integer;
        return true;
    }
    if (value.kind != VALUE_ERROR)
        sema_error(sema, expression->span, DIAG_TYPE, "%s is an integer, not %s", what,
                   sema_describe(sema, value, expression->span));
    return false;
}

/* It is not known what the rest of the body would do: it is left out. */
static void give_up_body(struct sema *sema) {
    sema->frame->has_returned = true;
    sema->frame->result = NO_VALUE;
}

static void run_if(struct sema *sema, const struct ast_clauses *clauses) {
    for (size_t i = 0; i < clauses->list.count; i++) {
        const struct ast_clause *clause = &clauses->list.items[i];
        bool is_true = true;
        if (clause->condition && !sema_evaluate_condition(sema, clause->condition, &is_true)) {
            give_up_body(sema);
            return;
        }
        if (!is_true) continue;
        sema_run_body(sema, clause->body);
        return;
    }
}

static void run_for(struct sema *sema, const struct ast_statement *loop) {
    int64_t first, last;
    bool is_good = sema_evaluate_integer(sema, loop->as.loop.first, "the beginning of a range", &first);
    if (!sema_evaluate_integer(sema, loop->as.loop.last, "the end of a range", &last) || !is_good) {
        give_up_body(sema);
        return;
    }
    for (int64_t i = first; i < last && !sema->frame->has_returned; i++) {
        if (!sema_take_step(sema, loop->span)) return;
        sema_set_variable(sema, loop->as.loop.name, value_integer(i));
        sema_run_body(sema, loop->as.loop.body);
    }
}

static void run_return(struct sema *sema, const struct ast_statement *statement) {
    struct value value = sema_evaluate(sema, statement->as.value);
    sema->frame->has_returned = true;
    sema->frame->result = value;
}

static void run_assert(struct sema *sema, const struct ast_statement *statement) {
    bool is_true = true;
    if (!sema_evaluate_condition(sema, statement->as.assertion.condition, &is_true)) {
        give_up_body(sema);
        return;
    }
    struct value message = NO_VALUE;
    if (statement->as.assertion.message) message = sema_evaluate(sema, statement->as.assertion.message);
    if (is_true) return;
    give_up_body(sema);
    struct span span = statement->as.assertion.condition->span;
    if (value_is_text(message))
        sema_error(sema, span, DIAG_ASSERTION, "assertion failed: %s", message.as.text);
    else
        sema_error(sema, span, DIAG_ASSERTION, "assertion failed");
}

static void run_statement(struct sema *sema, const struct ast_statement *statement) {
    switch (statement->kind) {
    case AST_ASSIGN:
        sema_set_variable(sema, statement->as.assign.name, sema_evaluate(sema, statement->as.assign.value));
        break;
    case AST_IF: run_if(sema, statement->as.clauses); break;
    case AST_FOR: run_for(sema, statement); break;
    case AST_RETURN: run_return(sema, statement); break;
    case AST_ASSERT: run_assert(sema, statement); break;
    case AST_INPUT: sema_declare_input(sema, statement); break;
    case AST_OUTPUT: sema_declare_output(sema, statement); break;
    case AST_LABELS: sema_declare_labels(sema, statement); break;
    }
}

void sema_run_body(struct sema *sema, const struct ast_body *body) {
    for (size_t i = 0; i < body->list.count && !sema->frame->has_returned; i++) {
        if (!sema_enter(sema, body->list.items[i]->span)) return;
        run_statement(sema, body->list.items[i]);
        sema_leave(sema);
    }
}
