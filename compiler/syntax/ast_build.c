/* ast_build.c - turns what the grammar recognised into nodes of the tree. */
#include "ast_build.h"

/* expressions */

static int deeper(int a, int b) {
    return a > b ? a : b;
}

static struct ast_expression *new_expression(struct parse *parse, enum ast_expression_kind kind,
                                             struct span span, int depth_below) {
    struct ast_expression *expression = ARENA_NEW(parse->arena, struct ast_expression);
    expression->kind = kind;
    expression->span = span;
    expression->depth = depth_below + 1;
    if (expression->depth > AST_MAX_DEPTH) parse_report_nesting(parse, span, AST_MAX_DEPTH);
    return expression;
}

static int depth_of_list(const struct ast_expressions *expressions) {
    int depth = 0;
    for (size_t i = 0; i < expressions->list.count; i++)
        depth = deeper(depth, expressions->list.items[i]->depth);
    return depth;
}

static int depth_of_call(const struct ast_call *call) {
    int depth = 0;
    for (size_t i = 0; i < call->arguments->list.count; i++)
        depth = deeper(depth, call->arguments->list.items[i].value->depth);
    for (size_t i = 0; call->label && i < call->label->parts.count; i++)
        if (call->label->parts.items[i].value)
            depth = deeper(depth, call->label->parts.items[i].value->depth);
    return depth;
}

struct ast_expression *ast_integer(struct parse *parse, struct span span, int64_t value) {
    struct ast_expression *expression = new_expression(parse, AST_INTEGER, span, 0);
    expression->as.integer = value;
    return expression;
}

struct ast_expression *ast_real(struct parse *parse, struct span span, double value) {
    struct ast_expression *expression = new_expression(parse, AST_REAL, span, 0);
    expression->as.real = value;
    return expression;
}

struct ast_expression *ast_boolean(struct parse *parse, struct span span, bool value) {
    struct ast_expression *expression = new_expression(parse, AST_BOOLEAN, span, 0);
    expression->as.boolean = value;
    return expression;
}

struct ast_expression *ast_string(struct parse *parse, struct span span, const char *text) {
    struct ast_expression *expression = new_expression(parse, AST_STRING, span, 0);
    expression->as.text = text;
    return expression;
}

struct ast_expression *ast_name_use(struct parse *parse, struct span span, const char *text) {
    struct ast_expression *expression = new_expression(parse, AST_NAME, span, 0);
    expression->as.text = text;
    return expression;
}

struct ast_expression *ast_in(struct parse *parse, struct span span) {
    parse->uses_in = true;
    return new_expression(parse, AST_IN, span, 0);
}

struct ast_expression *ast_list(struct parse *parse, struct span span, const struct ast_expressions *list) {
    struct ast_expression *expression = new_expression(parse, AST_LIST, span, depth_of_list(list));
    expression->as.list = list;
    return expression;
}

struct ast_expression *ast_unary(struct parse *parse, struct span span, enum ast_unary operator,
                                 const struct ast_expression * operand) {
    struct ast_expression *expression = new_expression(parse, AST_UNARY, span, operand->depth);
    expression->as.unary.operator= operator;
    expression->as.unary.operand = operand;
    return expression;
}

struct ast_expression *ast_binary(struct parse *parse, struct span operator_span, enum ast_binary operator,
                                  const struct ast_expression * left, const struct ast_expression *right) {
    struct ast_expression *expression = new_expression(parse, AST_BINARY, span_join(left->span, right->span),
                                                       deeper(left->depth, right->depth));
    expression->as.binary.operator= operator;
    expression->as.binary.operator_span = operator_span;
    expression->as.binary.left = left;
    expression->as.binary.right = right;
    return expression;
}

struct ast_expression *ast_conditional(struct parse *parse, const struct ast_expression *condition,
                                       const struct ast_expression *yes, const struct ast_expression *no) {
    int depth = deeper(condition->depth, deeper(yes->depth, no->depth));
    struct ast_expression *expression =
        new_expression(parse, AST_CONDITIONAL, span_join(condition->span, no->span), depth);
    expression->as.conditional.condition = condition;
    expression->as.conditional.yes = yes;
    expression->as.conditional.no = no;
    return expression;
}

struct ast_expression *ast_index(struct parse *parse, struct span span, const struct ast_expression *list,
                                 const struct ast_expression *position) {
    struct ast_expression *expression =
        new_expression(parse, AST_INDEX, span, deeper(list->depth, position->depth));
    expression->as.index.list = list;
    expression->as.index.position = position;
    return expression;
}

struct ast_expression *ast_call_use(struct parse *parse, const struct ast_call *call) {
    struct ast_expression *expression = new_expression(parse, AST_CALL, call->span, depth_of_call(call));
    expression->as.call = call;
    return expression;
}

/* Links go into one list, so that a long chain is not a deep tree. */
struct ast_expression *ast_chain(struct parse *parse, struct ast_expression *first,
                                 const struct ast_call *call) {
    struct ast_expression *chain = first;
    if (first->kind != AST_CHAIN) {
        chain = new_expression(parse, AST_CHAIN, first->span, first->depth);
        chain->as.chain.first = first;
        chain->as.chain.calls = ARENA_NEW(parse->arena, struct ast_calls);
    }
    vec_push(parse->arena, &chain->as.chain.calls->list, call);
    chain->span = span_join(chain->span, call->span);
    chain->depth = deeper(chain->depth, depth_of_call(call) + 1);
    if (chain->depth > AST_MAX_DEPTH) parse_report_nesting(parse, call->span, AST_MAX_DEPTH);
    return chain;
}

struct ast_expression *ast_parenthesised(struct ast_expression *expression, struct span span) {
    expression->span = span;
    return expression;
}

/* parts of expressions */

struct ast_expressions *ast_expressions(struct parse *parse) {
    return ARENA_NEW(parse->arena, struct ast_expressions);
}

struct ast_expressions *ast_expressions_add(struct parse *parse, struct ast_expressions *list,
                                            const struct ast_expression *expression) {
    vec_push(parse->arena, &list->list, expression);
    return list;
}

struct ast_call *ast_call(struct parse *parse, struct span span, struct ast_name callee,
                          const struct ast_arguments *arguments, const struct ast_label *label) {
    struct ast_call *call = ARENA_NEW(parse->arena, struct ast_call);
    call->span = span;
    call->callee = callee;
    call->arguments = arguments ? arguments : ast_arguments(parse);
    call->label = label;
    return call;
}

struct ast_arguments *ast_arguments(struct parse *parse) {
    return ARENA_NEW(parse->arena, struct ast_arguments);
}

struct ast_arguments *ast_arguments_add(struct parse *parse, struct ast_arguments *arguments,
                                        struct ast_name name, const struct ast_expression *value) {
    vec_push(parse->arena, &arguments->list, ((struct ast_argument){name, value}));
    return arguments;
}

struct ast_arguments *ast_argument(struct parse *parse, struct ast_name name,
                                   const struct ast_expression *value) {
    return ast_arguments_add(parse, ast_arguments(parse), name, value);
}

struct ast_label *ast_label(struct parse *parse) {
    return ARENA_NEW(parse->arena, struct ast_label);
}

struct ast_label *ast_label_begin(struct ast_label *label, struct span at) {
    label->span = span_join(at, label->span);
    return label;
}

struct ast_label *ast_label_add(struct parse *parse, struct ast_label *label, struct span span,
                                const char *text, const struct ast_expression *value) {
    vec_push(parse->arena, &label->parts, ((struct ast_label_part){text, value}));
    label->span = span_join(label->span, span);
    return label;
}

struct ast_name ast_name(const char *text, struct span span) {
    return (struct ast_name){text, span};
}

/* statements */

static struct ast_statement *new_statement(struct parse *parse, enum ast_statement_kind kind,
                                           struct span span) {
    struct ast_statement *statement = ARENA_NEW(parse->arena, struct ast_statement);
    statement->kind = kind;
    statement->span = span;
    return statement;
}

struct ast_body *ast_body(struct parse *parse) {
    return ARENA_NEW(parse->arena, struct ast_body);
}

struct ast_body *ast_body_add(struct parse *parse, struct ast_body *body,
                              const struct ast_statement *statement) {
    vec_push(parse->arena, &body->list, statement);
    return body;
}

struct ast_body *ast_body_close(struct ast_body *body, struct span open, struct span close) {
    body->open = open;
    body->close = close;
    return body;
}

struct ast_statement *ast_assign(struct parse *parse, struct span span, struct ast_name name,
                                 const struct ast_expression *value) {
    struct ast_statement *statement = new_statement(parse, AST_ASSIGN, span);
    statement->as.assign.name = name;
    statement->as.assign.value = value;
    return statement;
}

struct ast_clauses *ast_clauses_add(struct parse *parse, struct ast_clauses *clauses,
                                    const struct ast_expression *condition, const struct ast_body *body) {
    if (!clauses) clauses = ARENA_NEW(parse->arena, struct ast_clauses);
    vec_push(parse->arena, &clauses->list, ((struct ast_clause){condition, body}));
    return clauses;
}

struct ast_statement *ast_if(struct parse *parse, struct span span, const struct ast_clauses *clauses) {
    struct ast_statement *statement = new_statement(parse, AST_IF, span);
    statement->as.clauses = clauses;
    return statement;
}

struct ast_statement *ast_for(struct parse *parse, struct span span, struct ast_name name,
                              const struct ast_expression *first, const struct ast_expression *last,
                              const struct ast_body *body) {
    struct ast_statement *statement = new_statement(parse, AST_FOR, span);
    statement->as.loop.name = name;
    statement->as.loop.first = first;
    statement->as.loop.last = last;
    statement->as.loop.body = body;
    return statement;
}

struct ast_statement *ast_return(struct parse *parse, struct span span, const struct ast_expression *value) {
    struct ast_statement *statement = new_statement(parse, AST_RETURN, span);
    statement->as.value = value;
    return statement;
}

struct ast_statement *ast_assert(struct parse *parse, struct span span,
                                 const struct ast_expression *condition,
                                 const struct ast_expression *message) {
    struct ast_statement *statement = new_statement(parse, AST_ASSERT, span);
    statement->as.assertion.condition = condition;
    statement->as.assertion.message = message;
    return statement;
}

struct ast_picture *ast_picture(struct parse *parse, struct span span, struct ast_name color,
                                const struct ast_arguments *arguments) {
    struct ast_picture *picture = ARENA_NEW(parse->arena, struct ast_picture);
    picture->span = span;
    picture->color = color;
    picture->arguments = arguments;
    return picture;
}

struct ast_statement *ast_input(struct parse *parse, struct span span, struct ast_name name,
                                struct ast_name type, const struct ast_expressions *dims,
                                const struct ast_picture *picture) {
    struct ast_statement *statement = new_statement(parse, AST_INPUT, span);
    statement->as.input.name = name;
    statement->as.input.type = type;
    statement->as.input.dims = dims;
    statement->as.input.picture = picture;
    return statement;
}

struct ast_statement *ast_output(struct parse *parse, struct span span, struct ast_name name,
                                 const struct ast_picture *picture, const struct ast_expression *value) {
    struct ast_statement *statement = new_statement(parse, AST_OUTPUT, span);
    statement->as.output.name = name;
    statement->as.output.picture = picture;
    statement->as.output.value = value;
    return statement;
}

struct ast_statement *ast_labels(struct parse *parse, struct span span, const struct ast_expression *value) {
    struct ast_statement *statement = new_statement(parse, AST_LABELS, span);
    statement->as.value = value;
    return statement;
}

/* items */

struct ast_parameters *ast_parameters(struct parse *parse) {
    return ARENA_NEW(parse->arena, struct ast_parameters);
}

struct ast_parameters *ast_parameters_add(struct parse *parse, struct ast_parameters *parameters,
                                          struct ast_name name, const struct ast_expression *value) {
    vec_push(parse->arena, &parameters->list, ((struct ast_parameter){name, value}));
    return parameters;
}

struct ast_parameters *ast_parameter(struct parse *parse, struct ast_name name,
                                     const struct ast_expression *value) {
    return ast_parameters_add(parse, ast_parameters(parse), name, value);
}

static struct ast_item *add_item(struct parse *parse, enum ast_item_kind kind, struct span span,
                                 struct ast_name name) {
    struct ast_item *item = ARENA_NEW(parse->arena, struct ast_item);
    item->kind = kind;
    item->span = span;
    item->name = name;
    item->uses_in = parse->uses_in;
    parse->uses_in = false;
    vec_push(parse->arena, &parse->file->items, item);
    return item;
}

void ast_add_import(struct parse *parse, struct span span, struct ast_name path) {
    add_item(parse, AST_IMPORT, span, path);
}

void ast_add_param(struct parse *parse, struct span span, struct ast_name name,
                   const struct ast_expression *value) {
    add_item(parse, AST_PARAM, span, name)->value = value;
}

void ast_add_block(struct parse *parse, struct span span, struct ast_name name,
                   const struct ast_parameters *parameters, const struct ast_body *body) {
    struct ast_item *item = add_item(parse, AST_BLOCK, span, name);
    item->parameters = parameters;
    item->body = body;
}

void ast_add_network(struct parse *parse, struct span span, struct ast_name name,
                     const struct ast_body *body) {
    struct ast_item *item = add_item(parse, AST_NETWORK, span, name);
    item->body = body;
}

void ast_finish_expression(struct parse *parse, const struct ast_expression *expression) {
    parse->expression = expression;
}
