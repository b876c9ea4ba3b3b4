/* ast_print.c - turns an ast into text: the program in one canonical form. */
#include "syntax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 4 };

static const char *const binary_texts[] = {
    [AST_ADD] = "+",         [AST_SUBTRACT] = "-", [AST_MULTIPLY] = "*",       [AST_DIVIDE] = "/",
    [AST_REMAINDER] = "%",   [AST_EQUAL] = "==",   [AST_UNEQUAL] = "!=",       [AST_LESS] = "<",
    [AST_LESS_EQUAL] = "<=", [AST_GREATER] = ">",  [AST_GREATER_EQUAL] = ">=", [AST_AND] = "and",
    [AST_OR] = "or",
};

const char *ast_binary_text(enum ast_binary operator) {
    return binary_texts[operator];
}

static void print_expression(struct text *text, const struct ast_expression *expression);

static void print_string(struct text *text, const char *string) {
    text_add_char(text, '"', 1);
    for (; *string; string++) {
        if (*string == '\n')
            text_add(text, "\\n");
        else if (*string == '\t')
            text_add(text, "\\t");
        else
            text_format(text, "%s%c", *string == '"' || *string == '\\' ? "\\" : "", *string);
    }
    text_add_char(text, '"', 1);
}

/* The shortest decimal form that reads back as the same number, and looks like no integer. */
static void print_real(struct text *text, double value) {
    char digits[64];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    text_add(text, digits);
    if (!strpbrk(digits, ".e")) text_add(text, ".0");
}

static void print_expressions(struct text *text, const struct ast_expressions *expressions) {
    text_add_char(text, '[', 1);
    for (size_t i = 0; i < expressions->list.count; i++) {
        if (i) text_add(text, ", ");
        print_expression(text, expressions->list.items[i]);
    }
    text_add_char(text, ']', 1);
}

static void print_arguments(struct text *text, const struct ast_arguments *arguments) {
    text_add_char(text, '(', 1);
    for (size_t i = 0; i < arguments->list.count; i++) {
        const struct ast_argument *argument = &arguments->list.items[i];
        if (i) text_add(text, ", ");
        if (argument->name.text) text_format(text, "%s = ", argument->name.text);
        print_expression(text, argument->value);
    }
    text_add_char(text, ')', 1);
}

static void print_call(struct text *text, const struct ast_call *call) {
    text_add(text, call->callee.text);
    print_arguments(text, call->arguments);
    if (!call->label) return;
    text_add(text, " @");
    for (size_t i = 0; i < call->label->parts.count; i++) {
        const struct ast_label_part *part = &call->label->parts.items[i];
        if (part->text) {
            text_add(text, part->text);
            continue;
        }
        text_add_char(text, '{', 1);
        print_expression(text, part->value);
        text_add_char(text, '}', 1);
    }
}

static void print_binary(struct text *text, const struct ast_expression *expression) {
    text_add_char(text, '(', 1);
    print_expression(text, expression->as.binary.left);
    text_format(text, " %s ", ast_binary_text(expression->as.binary.operator));
    print_expression(text, expression->as.binary.right);
    text_add_char(text, ')', 1);
}

static void print_conditional(struct text *text, const struct ast_expression *expression) {
    text_add_char(text, '(', 1);
    print_expression(text, expression->as.conditional.condition);
    text_add(text, " ? ");
    print_expression(text, expression->as.conditional.yes);
    text_add(text, " : ");
    print_expression(text, expression->as.conditional.no);
    text_add_char(text, ')', 1);
}

static void print_expression(struct text *text, const struct ast_expression *expression) {
    switch (expression->kind) {
    case AST_INTEGER: text_format(text, "%lld", (long long)expression->as.integer); break;
    case AST_REAL: print_real(text, expression->as.real); break;
    case AST_BOOLEAN: text_add(text, expression->as.boolean ? "true" : "false"); break;
    case AST_STRING: print_string(text, expression->as.text); break;
    case AST_NAME: text_add(text, expression->as.text); break;
    case AST_IN: text_add(text, "in"); break;
    case AST_LIST: print_expressions(text, expression->as.list); break;
    case AST_UNARY:
        text_add(text, expression->as.unary.operator== AST_NOT ? "(not " : "(-");
        print_expression(text, expression->as.unary.operand);
        text_add_char(text, ')', 1);
        break;
    case AST_BINARY: print_binary(text, expression); break;
    case AST_CONDITIONAL: print_conditional(text, expression); break;
    case AST_INDEX:
        print_expression(text, expression->as.index.list);
        text_add_char(text, '[', 1);
        print_expression(text, expression->as.index.position);
        text_add_char(text, ']', 1);
        break;
    case AST_CALL: print_call(text, expression->as.call); break;
    case AST_CHAIN:
        text_add_char(text, '(', 1);
        print_expression(text, expression->as.chain.first);
        for (size_t i = 0; i < expression->as.chain.calls->list.count; i++) {
            text_add(text, " -> ");
            print_call(text, expression->as.chain.calls->list.items[i]);
        }
        text_add_char(text, ')', 1);
        break;
    }
}

/* The value of a statement: chains without parentheses, a link a line. */
static void print_value(struct text *text, const struct ast_expression *value, int indent) {
    if (value->kind != AST_CHAIN) {
        print_expression(text, value);
        return;
    }
    print_expression(text, value->as.chain.first);
    for (size_t i = 0; i < value->as.chain.calls->list.count; i++) {
        text_add_char(text, '\n', 1);
        text_add_char(text, ' ', (size_t)(indent + INDENT));
        text_add(text, "-> ");
        print_call(text, value->as.chain.calls->list.items[i]);
    }
}

static void print_body(struct text *text, const struct ast_body *body, int indent);

static void print_if(struct text *text, const struct ast_clauses *clauses, int indent) {
    for (size_t i = 0; i < clauses->list.count; i++) {
        const struct ast_clause *clause = &clauses->list.items[i];
        if (i) text_add(text, " else ");
        if (clause->condition) {
            text_add(text, "if ");
            print_expression(text, clause->condition);
            text_add_char(text, ' ', 1);
        }
        print_body(text, clause->body, indent);
    }
}

static void print_input(struct text *text, const struct ast_statement *input) {
    text_format(text, "input %s: %s", input->as.input.name.text, input->as.input.type.text);
    print_expressions(text, input->as.input.dims);
    if (!input->as.input.picture) return;
    text_format(text, " from %s", input->as.input.picture->color.text);
    print_arguments(text, input->as.input.picture->arguments);
}

static void print_output(struct text *text, const struct ast_statement *output, int indent) {
    const struct ast_picture *picture = output->as.output.picture;
    text_add(text, "output ");
    if (output->as.output.name.text) text_add(text, output->as.output.name.text);
    if (picture) {
        text_format(text, ": %s", picture->color.text);
        print_arguments(text, picture->arguments);
    }
    if (output->as.output.name.text) text_add(text, " = ");
    print_value(text, output->as.output.value, indent);
}

static void print_statement(struct text *text, const struct ast_statement *statement, int indent) {
    switch (statement->kind) {
    case AST_ASSIGN:
        text_format(text, "%s = ", statement->as.assign.name.text);
        print_value(text, statement->as.assign.value, indent);
        break;
    case AST_IF: print_if(text, statement->as.clauses, indent); break;
    case AST_FOR:
        text_format(text, "for %s in ", statement->as.loop.name.text);
        print_expression(text, statement->as.loop.first);
        text_add(text, "..");
        print_expression(text, statement->as.loop.last);
        text_add_char(text, ' ', 1);
        print_body(text, statement->as.loop.body, indent);
        break;
    case AST_RETURN:
        text_add(text, "return ");
        print_value(text, statement->as.value, indent);
        break;
    case AST_ASSERT:
        text_add(text, "assert(");
        print_expression(text, statement->as.assertion.condition);
        if (statement->as.assertion.message) {
            text_add(text, ", ");
            print_expression(text, statement->as.assertion.message);
        }
        text_add_char(text, ')', 1);
        break;
    case AST_INPUT: print_input(text, statement); break;
    case AST_OUTPUT: print_output(text, statement, indent); break;
    case AST_LABELS:
        text_add(text, "labels ");
        print_value(text, statement->as.value, indent);
        break;
    }
}

static void print_body(struct text *text, const struct ast_body *body, int indent) {
    text_add(text, "{\n");
    for (size_t i = 0; i < body->list.count; i++) {
        text_add_char(text, ' ', (size_t)(indent + INDENT));
        print_statement(text, body->list.items[i], indent + INDENT);
        text_add_char(text, '\n', 1);
    }
    text_add_char(text, ' ', (size_t)indent);
    text_add_char(text, '}', 1);
}

static void print_parameters(struct text *text, const struct ast_parameters *parameters) {
    text_add_char(text, '(', 1);
    for (size_t i = 0; i < parameters->list.count; i++) {
        const struct ast_parameter *parameter = &parameters->list.items[i];
        text_format(text, "%s%s", i ? ", " : "", parameter->name.text);
        if (!parameter->value) continue;
        text_add(text, " = ");
        print_expression(text, parameter->value);
    }
    text_add(text, ") ");
}

static void print_item(struct text *text, const struct ast_item *item) {
    switch (item->kind) {
    case AST_IMPORT:
        text_add(text, "import ");
        print_string(text, item->name.text);
        break;
    case AST_PARAM:
        text_format(text, "param %s = ", item->name.text);
        print_value(text, item->value, 0);
        break;
    case AST_BLOCK:
        text_format(text, "block %s", item->name.text);
        print_parameters(text, item->parameters);
        print_body(text, item->body, 0);
        break;
    case AST_NETWORK:
        text_format(text, "network %s ", item->name.text);
        print_body(text, item->body, 0);
        break;
    }
    text_add_char(text, '\n', 1);
}

void ast_print(const struct ast *ast, struct text *text) {
    for (size_t i = 0; i < ast->files.count; i++) {
        const struct ast_file *file = ast->files.items[i];
        text_format(text, "%s# %s\n", i ? "\n" : "", file->source->path);
        for (size_t j = 0; j < file->items.count; j++) print_item(text, file->items.items[j]);
    }
}
