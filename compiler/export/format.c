/* format.c - numbers, names and strings as the language spells them. */
#include "item.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The language reads a number as a double, also where it becomes a float. */
const char *format_double(struct arena *arena, double value) {
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value) break;
    }
    bool is_negative_zero = value == 0 && signbit(value);
    return is_negative_zero ? "-0.0" : arena_copy_string(arena, digits);
}

const char *format_float(struct arena *arena, float value) {
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        if ((float)strtod(digits, NULL) == value) break;
    }
    bool is_negative_zero = value == 0 && signbit(value);
    return is_negative_zero ? "-0.0" : arena_copy_string(arena, digits);
}

const char *format_integer(struct arena *arena, int64_t value) {
    return arena_format(arena, "%lld", (long long)value);
}

const char *format_shape(struct arena *arena, struct shape shape) {
    return shape.rank ? shape_text(arena, shape) : "[1]";
}

const char *format_pair(struct arena *arena, const int64_t pair[2]) {
    if (pair[0] == pair[1]) return format_integer(arena, pair[0]);
    return arena_format(arena, "[%lld, %lld]", (long long)pair[0], (long long)pair[1]);
}

const char *format_edges(struct arena *arena, const int64_t edges[EDGE_COUNT]) {
    const int64_t pair[2] = {edges[EDGE_TOP], edges[EDGE_LEFT]};
    if (edges[EDGE_TOP] == edges[EDGE_BOTTOM] && edges[EDGE_LEFT] == edges[EDGE_RIGHT])
        return format_pair(arena, pair);
    return arena_format(arena, "[%lld, %lld, %lld, %lld]", (long long)edges[EDGE_TOP], (long long)edges[EDGE_LEFT],
                        (long long)edges[EDGE_BOTTOM], (long long)edges[EDGE_RIGHT]);
}

const char *format_string(struct arena *arena, const char *string) {
    struct text text = text_create(arena);
    text_add(&text, "\"");
    for (; *string; string++) {
        if (*string == '\n')
            text_add(&text, "\\n");
        else if (*string == '\t')
            text_add(&text, "\\t");
        else
            text_format(&text, "%s%c", *string == '"' || *string == '\\' ? "\\" : "", *string);
    }
    text_add(&text, "\"");
    return text.bytes;
}

static bool is_reserved(const char *name) {
    static const char *const words[] = {
        "import", "param", "block", "network", "input", "output", "labels",  "from", "if",      "else",    "for", "in",
        "return", "assert", "and", "or",      "not",   "true",   "false",   "global", "valid", "same",    "avg", "max",
        "nearest", "bilinear", "i"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(words[i], name)) return true;
    return false;
}

const char *format_identifier(struct arena *arena, const char *name) {
    struct text text = text_create(arena);
    if (!isalpha((unsigned char)*name) && *name != '_') text_add(&text, "_");
    for (; *name && text.length < 200; name++)
        text_add_char(&text, isalnum((unsigned char)*name) ? *name : '_', 1);
    if (is_reserved(text.bytes)) text_add(&text, "_");
    return text.bytes;
}
