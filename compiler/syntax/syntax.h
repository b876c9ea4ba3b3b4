/* syntax.h - reads .sen texts into an ast, and prints one. */
#ifndef SENC_SYNTAX_SYNTAX_H
#define SENC_SYNTAX_SYNTAX_H

#include "ast.h"

struct diag;

/* Reads the file and, recursively, what it imports. Returns NULL after a diagnostic. */
struct ast *syntax_parse_file(const char *path, struct diag *diag);

/* The same for a text in memory (of any bytes); `path` names it, and imports are relative to its folder. */
struct ast *syntax_parse_text(const char *path, const char *text, size_t size_bytes, struct diag *diag);

/* An expression alone: the part of `source` from `begin` on, as in `-D name=EXPRESSION`. The result lives in
 * `arena`. NULL after a diagnostic. */
const struct ast_expression *syntax_parse_expression(struct arena *arena, const struct source *source,
                                                     uint32_t begin, struct diag *diag);

void ast_destroy(struct ast *ast); /* NULL is allowed */

/* --emit=ast: the text in one canonical form, with every default of the grammar (parentheses, order of
 * operations) made visible; reading it again gives the same. */
void ast_print(const struct ast *ast, struct text *text);

const char *ast_binary_text(enum ast_binary operator); /* "+" ... */

#endif
