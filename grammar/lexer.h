/* lexer.h - what the scanner made from lexer.l offers; by hand, since flex's own header does not survive ylwrap. */
#ifndef SENC_GRAMMAR_LEXER_H
#define SENC_GRAMMAR_LEXER_H

#include "compiler/syntax/parse.h"
#include "grammar/parser.h"

/* The next token, or 0 at the end. Reports bad characters and strings itself, and then gives TOK_SENC_error. */
int lexer_next(SENC_STYPE *value, struct span *span, void *scanner);

/* These are flex's. */
int lexer_lex_init_extra(struct parse *parse, void **out_scanner);
struct yy_buffer_state *lexer__scan_bytes(const char *bytes, int size_bytes, void *scanner);
int lexer_lex_destroy(void *scanner);

#endif
