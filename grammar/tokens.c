/* tokens.c - turns the scanner's tokens into those that the grammar sees: brackets counted, and after an
 * error everything skipped up to where a statement or an item begins. */
#include "compiler/base/fatal.h"
#include "grammar/lexer.h"
#include "grammar/parser.h"

static bool is_item_start(int token) {
    return token == TOK_IMPORT || token == TOK_BLOCK || token == TOK_NETWORK;
}

static bool is_statement_start(int token) {
    return token == TOK_IF || token == TOK_FOR || token == TOK_RETURN || token == TOK_ASSERT ||
           token == TOK_INPUT || token == TOK_OUTPUT || token == TOK_LABELS;
}

bool parse_is_first_on_line(struct span span) {
    const char *text = span.source->text;
    uint32_t i = span.begin;
    while (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '\r')) i--;
    return i == 0 || text[i - 1] == '\n';
}

static int count_braces(const struct parse *parse) {
    int count = 0;
    for (int i = 0; i < parse->open_count; i++) count += parse->open[i].token == '{';
    return count;
}

static bool is_in_parentheses(const struct parse *parse) {
    return parse->open_count && parse->open[parse->open_count - 1].token != '{';
}

/* Forgets the brackets inside the innermost body. */
static void leave_parentheses(struct parse *parse) {
    while (is_in_parentheses(parse)) parse->open_count--;
}

static bool is_open(const struct parse *parse, int token) {
    for (int i = 0; i < parse->open_count; i++)
        if (parse->open[i].token == token) return true;
    return false;
}

static int opener_of(int token) {
    return token == ')'               ? '('
           : token == ']'             ? '['
           : token == '}'             ? '{'
           : token == TOK_LABEL_CLOSE ? TOK_LABEL_OPEN
                                      : 0;
}

/* Keeps count of the brackets. Returns false if they are nested too deep. */
static bool track_brackets(struct parse *parse, int token, struct span span) {
    if (token == '(' || token == '[' || token == '{' || token == TOK_LABEL_OPEN) {
        if (parse->open_count == PARSE_MAX_NESTING) return false;
        parse->open[parse->open_count++] = (struct open_bracket){token, span};
    } else if (opener_of(token)) {
        if (token == '}') leave_parentheses(parse);
        if (parse->open_count && parse->open[parse->open_count - 1].token == opener_of(token))
            parse->open_count--;
    }
    return true;
}

static int next_counted(struct parse *parse, SENC_STYPE *value, struct span *span) {
    int token = lexer_next(value, span, parse->scanner);
    if (token == 0)
        *span = (struct span){parse->source, parse->source->size_bytes, parse->source->size_bytes};
    parse->enclosing = parse->open_count ? parse->open[parse->open_count - 1] : (struct open_bracket){0};
    if (!track_brackets(parse, token, *span)) parse_report_nesting(parse, *span, PARSE_MAX_NESTING);
    if (++parse->token_count > PARSE_MAX_TOKENS) {
        parse_report(parse, *span, DIAG_FILE_TOO_LARGE, "the text has more than %d words", PARSE_MAX_TOKENS);
        parse->is_stopped = true;
    }
    return parse->is_stopped ? 0 : token;
}

/* Whether the grammar can go on at this token: in a body (`braces` of them are open around it) or at the top.
 */
static bool is_resting_place(const struct parse *parse, int token, struct span span, int braces) {
    bool is_first = parse_is_first_on_line(span);
    if (is_item_start(token)) return is_first;
    if (token == TOK_PARAM) return is_first && braces == 0;
    if (token == '}') return braces > 0;
    if (braces > 0 && is_statement_start(token)) return is_first || !is_in_parentheses(parse);
    return !is_in_parentheses(parse) && (token == ';' || (braces > 0 && token == TOK_NAME && is_first));
}

/* Has the token given once more, after the '}' of bodies that an item keyword shows to be unfinished. */
static void hold_token(struct parse *parse, int token, struct span span, const char *name) {
    leave_parentheses(parse);
    parse->recovery = RECOVERY_RESUME;
    parse->held_token = token;
    parse->held_span = span;
    parse->held_name = name;
    if (is_item_start(token)) {
        parse->closers_due = count_braces(parse);
        parse->open_count = 0;
    }
}

void parse_start_recovery(struct parse *parse) {
    int token = parse->last_token;
    struct span span = parse->last_span;
    bool was_held = parse->held_span.source && span.begin == parse->held_span.begin;
    parse->recovery_braces = count_braces(parse) - (token == '{');
    parse->recovery = RECOVERY_SKIP;
    parse->closers_due = parse->held_token = 0;
    if (was_held) return; /* it was tried already */
    bool is_first = parse_is_first_on_line(span) || token == '}' || token == ';';
    if (is_first && is_resting_place(parse, token, span, parse->recovery_braces + (token == '}')))
        hold_token(parse, token, span, parse->last_name);
}

/* Skips to a resting place and holds it. A body that begins on the way is skipped as well. */
static void skip_to_resting_place(struct parse *parse) {
    SENC_STYPE value = {0};
    struct span span;
    for (;;) {
        int braces = count_braces(parse);
        int token = next_counted(parse, &value, &span);
        bool is_own = is_item_start(token) || braces <= parse->recovery_braces;
        if (token && !(is_own && is_resting_place(parse, token, span, braces))) continue;
        hold_token(parse, token, span, token == TOK_NAME ? value.TOK_NAME : NULL);
        return;
    }
}

static int next_held(struct parse *parse, SENC_STYPE *value) {
    int token = parse->held_token;
    parse->held_token = 0;
    if (token == TOK_NAME) value->TOK_NAME = parse->held_name;
    return token;
}

static int next_token(struct parse *parse, SENC_STYPE *value, struct span *span) {
    if (parse->first_token) {
        int first = parse->first_token;
        parse->first_token = 0;
        *span = (struct span){parse->source, parse->offset, parse->offset};
        return first;
    }
    if (parse->recovery == RECOVERY_SKIP) skip_to_resting_place(parse);
    if (parse->is_stopped) return 0;
    *span = parse->held_span;
    if (parse->recovery == RECOVERY_RESUME) {
        parse->recovery = RECOVERY_NONE;
        return parse->held_token ? TOK_RESUME : 0;
    }
    if (parse->closers_due) {
        parse->closers_due--;
        return '}';
    }
    if (parse->held_token) return next_held(parse, value);
    return next_counted(parse, value, span);
}

int senc_lex(SENC_STYPE *value, struct span *span, struct parse *parse) {
    int token = next_token(parse, value, span);
    parse->previous_span = parse->last_span;
    parse->last_token = token;
    parse->last_span = *span;
    parse->last_name = token == TOK_NAME ? value->TOK_NAME : NULL;
    if (token == TOK_SENC_error) {
        if (!parse->interpolation_count && is_open(parse, TOK_LABEL_OPEN)) leave_parentheses(parse);
        parse_start_recovery(parse);
    }
    return token;
}

void parse_run(struct parse *parse, uint32_t begin) {
    parse->first_token = parse->file ? TOK_FILE_BEGIN : TOK_EXPRESSION_BEGIN;
    parse->offset = begin;
    parse->last_span = (struct span){parse->source, begin, begin};
    if (lexer_lex_init_extra(parse, &parse->scanner) != 0) fatal_no_memory();
    lexer__scan_bytes(parse->source->text + begin, (int)(parse->source->size_bytes - begin), parse->scanner);
    senc_parse(parse);
    lexer_lex_destroy(parse->scanner);
}
