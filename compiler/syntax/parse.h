/* parse.h - the state of reading one text: shared by the lexer, the grammar and the builders of the tree. */
#ifndef SENC_SYNTAX_PARSE_H
#define SENC_SYNTAX_PARSE_H

#include "../base/diag.h"
#include "ast.h"

enum { PARSE_MAX_NESTING = 128, PARSE_MAX_NAME = 255, PARSE_MAX_TOKENS = 2000000 };

struct open_bracket {
    int token;
    struct span span;
};

struct parse {
    struct arena *arena; /* of the tree */
    const struct source *source;
    struct diag *diag;
    struct ast_file *file;                   /* filled while reading a file */
    const struct ast_expression *expression; /* set when reading an expression alone */
    int first_token;                         /* tells the grammar which of the two is read; 0 once given */
    bool uses_in;                            /* the block being read says `in` */
    bool is_stopped;                         /* given up: no more tokens, no more errors */

    /* the lexer */
    void *scanner;
    uint32_t offset;         /* of the next byte */
    int interpolation_count; /* open '{' of labels */

    /* between lexer and grammar (tokens.c) */
    int last_token;
    const char *last_name;                /* if it is a name */
    struct span last_span, previous_span; /* of the last token and the one before it */
    struct open_bracket open[PARSE_MAX_NESTING];
    int open_count;
    struct open_bracket enclosing; /* the innermost one before the last token; token 0 if none */
    enum { RECOVERY_NONE, RECOVERY_SKIP, RECOVERY_RESUME } recovery;
    int recovery_braces; /* open '{' around the statement in error */
    int closers_due;     /* '}' to be made up before `held` */
    int held_token;      /* to be given once more after an error; 0 if none */
    struct span held_span;
    int token_count;
    const char *held_name;
};

/* grammar/tokens.c: runs lexer and grammar over the source from byte `begin` on; fills `file`, or
 * `expression` if there is no file to fill. */
void parse_run(struct parse *parse, uint32_t begin);

/* Reports an error unless reading was given up. */
void parse_report(struct parse *parse, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A syntax error at the last token: the names of what was found and what was expected, as the grammar spells
 * them. */
void parse_report_unexpected(struct parse *parse, struct span span, const char *found,
                             const char *const *expected, int expected_count);

/* Deeper than `limit`: reports it once and gives up reading. */
void parse_report_nesting(struct parse *parse, struct span span, int limit);

/* After a syntax error at the last token: what the grammar sees next is where a statement or an item begins.
 */
void parse_start_recovery(struct parse *parse);

/* Whether nothing but blanks stands before the span on its line. */
bool parse_is_first_on_line(struct span span);

#endif
