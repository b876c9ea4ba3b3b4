/* syntax_error.c - turns what the parser found and expected into a sentence. */
#include "parse.h"

#include <stdarg.h>
#include <string.h>

struct names {
    const char *items[64];
    int count;
};

static bool has_name(const struct names *names, const char *name) {
    for (int i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

static void remove_names(struct names *names, const char *const *unwanted) {
    for (; *unwanted; unwanted++)
        for (int i = 0; i < names->count; i++)
            if (strcmp(names->items[i], *unwanted) == 0) names->items[i--] = names->items[--names->count];
}

static void replace_names(struct names *names, const char *const *unwanted, const char *by) {
    remove_names(names, unwanted);
    memmove(names->items + 1, names->items, (size_t)names->count * sizeof names->items[0]);
    names->items[0] = by;
    names->count++;
}

static const char *const expression_starts[] = {
    "a name", "a number", "a decimal number", "a string", "'true'", "'false'", "'in'", "'not'", "'-'", "'('",
    "'['",    NULL};
static const char *const statement_starts[] = {"a name",   "'if'",    "'for'",    "'return'",
                                               "'assert'", "'input'", "'output'", "'labels'", "'='",
                                               "';'",      "'else'",  NULL};
static const char *const operators[] = {
    "'+'",   "'-'",  "'*'", "'/'",  "'%'", "'=='", "'!='", "'<'", "'<='",           "'>'",     "'>='",
    "'and'", "'or'", "'?'", "'->'", "'['", "'('",  "'@'",  "';'", "'{' of a label", "a label", NULL};

/* "',' or ')'", or "" if nothing worth saying is left. */
static const char *describe_expected(struct arena *arena, struct names names) {
    if (has_name(&names, "a number") && has_name(&names, "'('"))
        replace_names(&names, expression_starts, "an expression");
    if (has_name(&names, "'if'") && has_name(&names, "'for'"))
        replace_names(&names, statement_starts, "a statement");
    static const char *const label_starts[] = {"'{' of a label", NULL};
    if (has_name(&names, "a label")) remove_names(&names, label_starts);
    struct names others = names;
    remove_names(&others, operators);
    if (others.count) names = others;
    struct text text = text_create(arena);
    for (int i = 0; i < names.count; i++)
        text_format(&text, "%s%s", i == 0 ? "" : i + 1 < names.count ? ", " : " or ", names.items[i]);
    return text.bytes;
}

static const char *span_text(struct arena *arena, struct span span) {
    return arena_copy_bytes(arena, span.source->text + span.begin, span.end - span.begin);
}

static const char *describe_found(struct arena *arena, struct span span, const char *found) {
    if (strcmp(found, "a name") == 0) return arena_format(arena, "name '%s'", span_text(arena, span));
    if (strcmp(found, "a number") == 0 || strcmp(found, "a decimal number") == 0)
        return arena_format(arena, "number %s", span_text(arena, span));
    return found;
}

static void suggest_keyword(struct parse *parse, struct span span, const char *const *keywords,
                            size_t count) {
    diag_suggest(parse->diag, span_text(parse->arena, span), keywords, count);
}

static void add_hint(struct parse *parse, struct span span, const char *found, const struct names *expected) {
    static const char *const item_keywords[] = {"import", "param", "block", "network"};
    static const char *const statement_keywords[] = {"if",    "for",    "return", "assert",
                                                     "input", "output", "labels"};
    bool is_operator = strlen(found) == 3 && strchr("+-*/%", found[1]);
    if (is_operator && has_name(expected, "'->'") && !has_name(expected, "'+'"))
        diag_note(parse->diag, SPAN_NONE, "a chain within a calculation stands in parentheses: (x -> f) + y");
    else if (strcmp(found, "'='") == 0 && parse_is_first_on_line(parse->previous_span))
        diag_note(parse->diag, SPAN_NONE,
                  "the statement above goes on here; is something missing at its end?");
    else if (strcmp(found, "'='") == 0 && has_name(expected, "'=='"))
        diag_note(parse->diag, SPAN_NONE, "'==' compares two values");
    else if (strcmp(found, "'->'") == 0 && expected->count == 1 && has_name(expected, "'='"))
        diag_note(parse->diag, SPAN_NONE, "the result of a chain needs a name: x = x -> f");
    else if (strcmp(found, "'param'") == 0 && has_name(expected, "'if'"))
        diag_note(parse->diag, SPAN_NONE, "parameters are declared outside of blocks and networks");
    else if (strcmp(found, "a name") == 0 && has_name(expected, "'block'"))
        suggest_keyword(parse, span, item_keywords, sizeof item_keywords / sizeof item_keywords[0]);
    else if (expected->count == 1 && has_name(expected, "'='") && parse->previous_span.source)
        suggest_keyword(parse, parse->previous_span, statement_keywords,
                        sizeof statement_keywords / sizeof statement_keywords[0]);
}

/* Points at the bracket that waits for its end, if that is what is missing. */
static void add_open_bracket(struct parse *parse, const char *found, const struct names *expected) {
    const struct open_bracket *open = &parse->enclosing;
    const char *closer = open->token == '(' ? "')'" : open->token == '[' ? "']'" : "'}'";
    bool is_cut_short = strcmp(found, "end of file") == 0 || parse_is_first_on_line(parse->last_span);
    if (open->token && is_cut_short && has_name(expected, closer))
        diag_label(parse->diag, open->span, "this '%c' is still open",
                   open->token == '(' || open->token == '[' ? open->token : '{');
}

void parse_report(struct parse *parse, struct span span, enum diag_id id, const char *format, ...) {
    if (parse->is_stopped) return;
    va_list list;
    va_start(list, format);
    diag_error(parse->diag, span, id, "%s", arena_format_list(parse->arena, format, list));
    va_end(list);
    if (diag_too_many(parse->diag)) parse->is_stopped = true;
}

void parse_report_nesting(struct parse *parse, struct span span, int limit) {
    parse_report(parse, span, DIAG_NESTING, "nested too deep: more than %d levels", limit);
    parse->is_stopped = true;
}

void parse_report_unexpected(struct parse *parse, struct span span, const char *found,
                             const char *const *expected, int expected_count) {
    if (parse->is_stopped) return;
    struct names names = {.count = expected_count};
    memcpy(names.items, expected, (size_t)expected_count * sizeof expected[0]);
    if (!parse->file) { /* an expression alone */
        for (int i = 0; i < names.count; i++)
            if (strcmp(names.items[i], "end of file") == 0) names.items[i] = "the end of the value";
        if (strcmp(found, "end of file") == 0) found = "end of the value";
    }
    const char *wanted = describe_expected(parse->arena, names);
    parse_report(parse, span, DIAG_SYNTAX, "unexpected %s%s%s", describe_found(parse->arena, span, found),
                 *wanted ? "; expected " : "", wanted);
    add_open_bracket(parse, found, &names);
    add_hint(parse, span, found, &names);
    parse_start_recovery(parse);
}
