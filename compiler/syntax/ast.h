/* ast.h - a .sen text as a tree: what was written, nothing evaluated.
 *
 * The tree, its texts and its names live in ast->arena. Every node has the span it was read from.
 */
#ifndef SENC_SYNTAX_AST_H
#define SENC_SYNTAX_AST_H

#include "../base/arena.h"
#include "../base/source.h"
#include "../base/text.h"
#include "../base/vec.h"

#include <stdbool.h>
#include <stddef.h>

struct ast_expression;

enum ast_unary { AST_NEGATE, AST_NOT };

enum ast_binary {
    AST_ADD,
    AST_SUBTRACT,
    AST_MULTIPLY,
    AST_DIVIDE,
    AST_REMAINDER,
    AST_EQUAL,
    AST_UNEQUAL,
    AST_LESS,
    AST_LESS_EQUAL,
    AST_GREATER,
    AST_GREATER_EQUAL,
    AST_AND,
    AST_OR,
};

struct ast_name {
    const char *text;
    struct span span;
};

/* "@stage{i}.conv" is the parts "stage", {i}, ".conv". */
struct ast_label_part {
    const char *text;                   /* or NULL: */
    const struct ast_expression *value; /* to be evaluated */
};

struct ast_label {
    struct span span; /* with the '@' */
    VEC(struct ast_label_part) parts;
};

struct ast_argument {
    struct ast_name name; /* text NULL: positional */
    const struct ast_expression *value;
};

struct ast_arguments {
    VEC(struct ast_argument) list;
};

/* f(arguments) @label. In a chain the parentheses may be left out. */
struct ast_call {
    struct span span; /* without the label */
    struct ast_name callee;
    const struct ast_arguments *arguments; /* never NULL */
    const struct ast_label *label;         /* or NULL */
};

struct ast_calls {
    VEC(const struct ast_call *) list;
};

struct ast_expressions {
    VEC(const struct ast_expression *) list;
};

enum ast_expression_kind {
    AST_INTEGER,
    AST_REAL,
    AST_BOOLEAN,
    AST_STRING,
    AST_NAME,
    AST_IN, /* what the block was fed */
    AST_LIST,
    AST_UNARY,
    AST_BINARY,
    AST_CONDITIONAL,
    AST_INDEX,
    AST_CALL,
    AST_CHAIN,
};

struct ast_expression {
    enum ast_expression_kind kind;
    int depth; /* 1 for a leaf; at most AST_MAX_DEPTH */
    struct span span;
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *text; /* AST_STRING, AST_NAME */
        const struct ast_expressions *list;
        struct {
            enum ast_unary operator;
            const struct ast_expression *operand;
        } unary;
        struct {
            enum ast_binary operator;
            struct span operator_span;
            const struct ast_expression *left, *right;
        } binary;
        struct {
            const struct ast_expression *condition, *yes, *no;
        } conditional;
        struct {
            const struct ast_expression *list, *position;
        } index;
        const struct ast_call *call;
        struct {
            const struct ast_expression *first;
            struct ast_calls *calls; /* at least one */
        } chain;
    } as;
};

enum { AST_MAX_DEPTH = 256 };

struct ast_statement;

struct ast_body {
    struct span open, close; /* the '{' and the '}' */
    VEC(const struct ast_statement *) list;
};

struct ast_clause {
    const struct ast_expression *condition; /* NULL: else */
    const struct ast_body *body;
};

struct ast_clauses {
    VEC(struct ast_clause) list;
};

enum ast_statement_kind {
    AST_ASSIGN,
    AST_IF,
    AST_FOR,
    AST_RETURN,
    AST_ASSERT,
    AST_INPUT,
    AST_OUTPUT,
    AST_LABELS,
};

/* from color(arguments); of an output: color(arguments) */
struct ast_picture {
    struct span span;
    struct ast_name color;
    const struct ast_arguments *arguments;
};

struct ast_statement {
    enum ast_statement_kind kind;
    struct span span;
    union {
        struct {
            struct ast_name name;
            const struct ast_expression *value;
        } assign;
        const struct ast_clauses *clauses; /* AST_IF */
        struct {
            struct ast_name name;
            const struct ast_expression *first, *last;
            const struct ast_body *body;
        } loop;
        const struct ast_expression *value; /* AST_RETURN, AST_LABELS */
        struct {
            const struct ast_expression *condition, *message; /* message may be NULL */
        } assertion;
        struct {
            struct ast_name name, type;
            const struct ast_expressions *dims;
            const struct ast_picture *picture; /* or NULL */
        } input;
        struct {
            struct ast_name name;              /* text NULL: not given */
            const struct ast_picture *picture; /* or NULL */
            const struct ast_expression *value;
        } output;
    } as;
};

/* name, or name = value: of a block */
struct ast_parameter {
    struct ast_name name;
    const struct ast_expression *value; /* the default, or NULL */
};

struct ast_parameters {
    VEC(struct ast_parameter) list;
};

enum ast_item_kind { AST_IMPORT, AST_PARAM, AST_BLOCK, AST_NETWORK };

struct ast_file;

struct ast_item {
    enum ast_item_kind kind;
    struct span span;                        /* of a block or network: up to its '{' */
    struct ast_name name;                    /* of an import: the path */
    const struct ast_expression *value;      /* AST_PARAM */
    const struct ast_parameters *parameters; /* AST_BLOCK */
    const struct ast_body *body;             /* AST_BLOCK, AST_NETWORK */
    bool uses_in;                            /* AST_BLOCK: the body says `in` */
};

struct ast_file {
    const struct source *source;
    VEC(const struct ast_item *) items;
};

/* The path of the file that a text names by this string, beside the text's own. */
const char *ast_path_beside(struct arena *arena, const struct ast_expression *name);

struct ast {
    struct arena *arena;
    VEC(struct ast_file *) files; /* each after those it imports; the root is the last */
};

#endif
