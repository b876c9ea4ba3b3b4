/* diag.c - turns errors, warnings and their notes into text: collected while open, printed when complete. */
#include "diag.h"

#include "map.h"
#include "snippet.h"
#include "vec.h"

#include <string.h>

#define COLOR_ERROR "\033[1;31m"
#define COLOR_WARNING "\033[1;35m"
#define COLOR_NOTE "\033[1;36m"
#define COLOR_BOLD "\033[1m"
#define COLOR_END "\033[0m"

enum { ERROR_LIMIT = 20, MESSAGE_LIMIT = 1000 };

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct note {
    struct span span;
    const char *text;
    bool is_label; /* of another line: shown with the line */
};

struct diag {
    struct arena *arena;
    FILE *stream; /* or NULL */
    bool use_color;
    struct text text;
    struct map seen; /* id and span of what was reported */
    size_t error_count, warning_count;
    /* the diagnostic being collected */
    bool is_open;
    enum severity severity;
    struct span span;
    enum diag_id id;
    const char *message;
    VEC(struct snippet_label) labels;
    VEC(struct note) notes;
};

static const struct {
    const char *name, *summary;
} diag_rows[DIAG_ID_COUNT] = {
#define DIAG(id, name, summary) {name, summary},
#include "diag.def"
#undef DIAG
};

const char *diag_id_name(enum diag_id id) {
    return diag_rows[id].name;
}

const char *diag_id_summary(enum diag_id id) {
    return diag_rows[id].summary;
}

struct diag *diag_create(FILE *stream, bool use_color) {
    struct arena *arena = arena_create();
    struct diag *diag = ARENA_NEW(arena, struct diag);
    diag->arena = arena;
    diag->stream = stream;
    diag->use_color = use_color;
    diag->text = text_create(arena);
    diag->seen = map_create(arena);
    return diag;
}

void diag_destroy(struct diag *diag) {
    if (!diag) return;
    diag_flush(diag);
    arena_destroy(diag->arena);
}

static const char *color(const struct diag *diag, const char *code) {
    return diag->use_color ? code : "";
}

static void add_place(struct text *text, struct span span) {
    struct position position = source_position(span.source, span.begin);
    text_format(text, "%s:%u:%u", span.source->path, position.line, position.column);
}

static void add_head(struct diag *diag) {
    struct text *text = &diag->text;
    bool is_error = diag->severity == SEVERITY_ERROR;
    text_add(text, color(diag, COLOR_BOLD));
    if (diag->span.source)
        add_place(text, diag->span);
    else
        text_add(text, "senc");
    text_format(text, ": %s%s:%s %s%s%s [%s]\n", color(diag, is_error ? COLOR_ERROR : COLOR_WARNING),
                is_error ? "error" : "warning", color(diag, COLOR_END), color(diag, COLOR_BOLD),
                diag->message, color(diag, COLOR_END), diag_id_name(diag->id));
}

static void add_note(struct diag *diag, const struct note *note) {
    struct text *text = &diag->text;
    if (note->is_label) {
        add_place(text, note->span);
        text_format(text, ": %snote:%s %s\n", color(diag, COLOR_NOTE), color(diag, COLOR_END), note->text);
        snippet_add(text, note->span, NULL, 0, diag->use_color);
        return;
    }
    text_format(text, "%snote:%s %s", color(diag, COLOR_NOTE), color(diag, COLOR_END), note->text);
    if (note->span.source) {
        text_add(text, " at ");
        add_place(text, note->span);
    }
    text_add_char(text, '\n', 1);
}

void diag_flush(struct diag *diag) {
    if (diag->is_open) {
        size_t start = diag->text.length;
        add_head(diag);
        if (diag->span.source)
            snippet_add(&diag->text, diag->span, diag->labels.items, diag->labels.count, diag->use_color);
        for (size_t i = 0; i < diag->notes.count; i++) add_note(diag, &diag->notes.items[i]);
        if (diag->stream) fputs(diag->text.bytes + start, diag->stream);
        diag->is_open = false;
    }
    if (diag->stream) fflush(diag->stream);
}

/* Whether the same was not reported before. */
static bool is_new(struct diag *diag, struct span span, enum diag_id id, const char *message) {
    char key[128];
    snprintf(key, sizeof key, "%d %p %u %u %llx", (int)id, (const void *)span.source, span.begin, span.end,
             span.source ? 0 : (unsigned long long)hash_string(message));
    if (map_has(&diag->seen, key)) return false;
    map_set(&diag->seen, key, NULL);
    return true;
}

static const char *format_clipped(struct diag *diag, const char *format, va_list list) {
    char *text = arena_format_list(diag->arena, format, list);
    if (strlen(text) > MESSAGE_LIMIT) {
        size_t end = MESSAGE_LIMIT;
        while (((unsigned char)text[end] & 0xC0) == 0x80) end--; /* not inside a character */
        memcpy(text + end, "...", 4);
    }
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
    return text;
}

static void add_limit_line(struct diag *diag, enum severity severity) {
    size_t start = diag->text.length;
    text_format(&diag->text, "senc: more than %d %s; the rest is not shown\n", ERROR_LIMIT,
                severity == SEVERITY_ERROR ? "errors" : "warnings");
    if (diag->stream) fputs(diag->text.bytes + start, diag->stream);
}

static void open_diagnostic(struct diag *diag, enum severity severity, struct span span, enum diag_id id,
                            const char *format, va_list list) {
    diag_flush(diag);
    const char *message = format_clipped(diag, format, list);
    if (!is_new(diag, span, id, message)) return;
    size_t *counter = severity == SEVERITY_ERROR ? &diag->error_count : &diag->warning_count;
    if (++*counter > ERROR_LIMIT) {
        if (*counter == ERROR_LIMIT + 1) add_limit_line(diag, severity);
        return;
    }
    diag->is_open = true;
    diag->severity = severity;
    diag->span = span;
    diag->id = id;
    diag->message = message;
    diag->labels.count = diag->notes.count = 0;
}

void diag_error(struct diag *diag, struct span span, enum diag_id id, const char *format, ...) {
    va_list list;
    va_start(list, format);
    open_diagnostic(diag, SEVERITY_ERROR, span, id, format, list);
    va_end(list);
}

void diag_warning(struct diag *diag, struct span span, enum diag_id id, const char *format, ...) {
    va_list list;
    va_start(list, format);
    open_diagnostic(diag, SEVERITY_WARNING, span, id, format, list);
    va_end(list);
}

static bool is_same_line(struct span a, struct span b) {
    return a.source && a.source == b.source && source_line(a.source, a.begin) == source_line(b.source, b.begin);
}

void diag_label(struct diag *diag, struct span span, const char *format, ...) {
    if (!diag->is_open) return;
    va_list list;
    va_start(list, format);
    const char *text = format_clipped(diag, format, list);
    va_end(list);
    if (is_same_line(diag->span, span))
        vec_push(diag->arena, &diag->labels, ((struct snippet_label){span, text}));
    else
        vec_push(diag->arena, &diag->notes, ((struct note){span, text, span.source != NULL}));
}

void diag_note(struct diag *diag, struct span span, const char *format, ...) {
    if (!diag->is_open) return;
    va_list list;
    va_start(list, format);
    const char *text = format_clipped(diag, format, list);
    va_end(list);
    vec_push(diag->arena, &diag->notes, ((struct note){span, text, false}));
}

size_t diag_error_count(const struct diag *diag) {
    return diag->error_count;
}

bool diag_too_many(const struct diag *diag) {
    return diag->error_count > ERROR_LIMIT;
}

const char *diag_text(struct diag *diag) {
    diag_flush(diag);
    return diag->text.bytes;
}
