/* snippet.c - turns spans of one line into that line with carets and labels beneath. */
#include "snippet.h"

#include "utf8.h"

#include <string.h>

#define COLOR_MARK "\033[1;32m"
#define COLOR_LABEL "\033[36m"
#define COLOR_END "\033[0m"

enum { TAB_COLUMNS = 4, GUTTER_DIGITS = 5, WINDOW_COLUMNS = 160, WINDOW_LEAD = 60 };

/* A walk over a line: each step is one byte sequence that takes up some columns of the screen. */
struct step {
    const char *bytes;
    uint32_t length, columns;
};

static struct step next_step(const char *line, uint32_t left, uint32_t column) {
    const unsigned char *bytes = (const unsigned char *)line;
    if (bytes[0] == '\t') return (struct step){NULL, 1, TAB_COLUMNS - column % TAB_COLUMNS};
    uint32_t length = utf8_sequence_length(bytes, left);
    bool is_control =
        bytes[0] < 0x20 || bytes[0] == 0x7F || (length == 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0);
    if (!length || is_control) return (struct step){"\xEF\xBF\xBD", length ? length : 1, 1};
    return (struct step){line, length, 1};
}

/* The line being shown, and the columns that fit. */
struct view {
    const struct source *source;
    uint32_t begin, end;   /* bytes of the line, or of what matters of it */
    uint32_t first, after; /* columns shown: first <= column < after */
    bool use_color;
};

static uint32_t column_of(const struct view *view, uint32_t offset) {
    uint32_t column = 0;
    for (uint32_t i = view->begin; i < view->end && i < offset;) {
        struct step step = next_step(view->source->text + i, view->end - i, column);
        if (i + step.length > offset) break;
        i += step.length;
        column += step.columns;
    }
    return column;
}

/* Of a very long line only the bytes around the span are looked at: more than the columns shown can hold. */
static struct view view_create(struct span span, bool use_color) {
    enum { BYTES_BEFORE = 1024, BYTES_AFTER = 1024 };
    const struct source *source = span.source;
    uint32_t line = source_line(source, span.begin) - 1;
    struct view view = {.source = source, .begin = source->line_starts[line], .use_color = use_color};
    view.end = line + 1 < source->line_count ? source->line_starts[line + 1] - 1 : source->size_bytes;
    if (view.end > view.begin && source->text[view.end - 1] == '\r') view.end--;
    if (view.end > span.begin && view.end - span.begin > BYTES_AFTER) view.end = span.begin + BYTES_AFTER;
    if (span.begin > view.begin && span.begin - view.begin > BYTES_BEFORE) {
        view.begin = span.begin - BYTES_BEFORE;
        while (((unsigned char)source->text[view.begin] & 0xC0) == 0x80) view.begin++; /* within a character */
    }
    uint32_t column = column_of(&view, span.begin), last = column_of(&view, view.end);
    view.first = last > WINDOW_COLUMNS && column > WINDOW_LEAD ? column - WINDOW_LEAD : 0;
    view.after = view.first + WINDOW_COLUMNS;
    return view;
}

static void add_line(struct text *text, const struct view *view) {
    uint32_t column = 0;
    if (view->first) text_add(text, "...");
    for (uint32_t i = view->begin; i < view->end;) {
        struct step step = next_step(view->source->text + i, view->end - i, column);
        if (column >= view->after) {
            text_add(text, "...");
            break;
        }
        if (column >= view->first) {
            if (step.bytes)
                text_add_bytes(text, step.bytes, step.bytes == view->source->text + i ? step.length : 3);
            else
                text_add_char(text, ' ', step.columns);
        }
        i += step.length;
        column += step.columns;
    }
    while (text->length && text->bytes[text->length - 1] == ' ') text->bytes[--text->length] = 0;
}

/* Screen columns of a span within the view, at least one wide. */
static void clip_columns(const struct view *view, struct span span, uint32_t *out_begin, uint32_t *out_end) {
    uint32_t lead = view->first ? 3 : 0;
    uint32_t begin = column_of(view, span.begin),
             end = column_of(view, span.end < view->end ? span.end : view->end);
    if (begin < view->first) begin = view->first;
    if (begin > view->after) begin = view->after;
    if (end > view->after) end = view->after;
    if (end <= begin) end = begin + 1;
    *out_begin = begin - view->first + lead;
    *out_end = end - view->first + lead;
}

static void add_gutter(struct text *text) {
    text_add_char(text, ' ', GUTTER_DIGITS);
    text_add(text, " | ");
}

static void add_colored(struct text *text, const struct view *view, const char *color, const char *string) {
    if (view->use_color) text_add(text, color);
    text_add(text, string);
    if (view->use_color) text_add(text, COLOR_END);
}

/* The line of marks. Returns the column after the last one. */
static uint32_t add_marks(struct text *text, const struct view *view, struct span span,
                          const struct snippet_label *labels, size_t label_count) {
    char marks[WINDOW_COLUMNS + 8];
    memset(marks, ' ', sizeof marks);
    uint32_t width = 0, begin, end;
    for (size_t i = 0; i <= label_count; i++) { /* the span itself last, over the labels */
        bool is_label = i < label_count;
        clip_columns(view, is_label ? labels[i].span : span, &begin, &end);
        memset(marks + begin, is_label ? '~' : '^', end - begin);
        if (end > width) width = end;
    }
    marks[width] = 0;
    add_gutter(text);
    add_colored(text, view, COLOR_MARK, marks);
    return width;
}

/* A line that holds the text of one label, and a '|' below the marks whose texts are still to come. */
static void add_label_line(struct text *text, const struct view *view, const struct snippet_label *labels,
                           const bool *is_done, size_t label_count, size_t chosen) {
    char bars[WINDOW_COLUMNS + 8];
    memset(bars, ' ', sizeof bars);
    uint32_t column, end, begin;
    clip_columns(view, labels[chosen].span, &column, &end);
    for (size_t i = 0; i < label_count; i++) {
        clip_columns(view, labels[i].span, &begin, &end);
        if (!is_done[i] && i != chosen && begin < column) bars[begin] = '|';
    }
    bars[column] = 0;
    add_gutter(text);
    add_colored(text, view, COLOR_MARK, bars);
    add_colored(text, view, COLOR_LABEL, labels[chosen].text);
    text_add_char(text, '\n', 1);
}

/* The label that begins furthest to the right among those still to be shown; label_count if none is left. */
static size_t rightmost_label(const struct view *view, const struct snippet_label *labels,
                              const bool *is_done, size_t label_count) {
    size_t chosen = label_count;
    uint32_t best = 0, begin, end;
    for (size_t i = 0; i < label_count; i++) {
        clip_columns(view, labels[i].span, &begin, &end);
        if (is_done[i] || (chosen < label_count && begin <= best)) continue;
        chosen = i;
        best = begin;
    }
    return chosen;
}

void snippet_add(struct text *text, struct span span, const struct snippet_label *labels, size_t label_count,
                 bool use_color) {
    struct view view = view_create(span, use_color);
    text_format(text, "%*u | ", GUTTER_DIGITS, source_line(span.source, span.begin));
    add_line(text, &view);
    text_add_char(text, '\n', 1);
    uint32_t width = add_marks(text, &view, span, labels, label_count), begin, end;
    bool *is_done = ARENA_NEW_ARRAY(text->arena, bool, label_count + 1);
    size_t last = rightmost_label(&view, labels, is_done, label_count);
    if (last < label_count) {
        clip_columns(&view, labels[last].span, &begin, &end);
        uint32_t span_begin, span_end;
        clip_columns(&view, span, &span_begin, &span_end);
        if (end == width && begin >= span_begin) { /* nothing stands to the right of it */
            text_add_char(text, ' ', 1);
            add_colored(text, &view, COLOR_LABEL, labels[last].text);
            is_done[last] = true;
        }
    }
    text_add_char(text, '\n', 1);
    while ((last = rightmost_label(&view, labels, is_done, label_count)) < label_count) {
        add_label_line(text, &view, labels, is_done, label_count, last);
        is_done[last] = true;
    }
}
