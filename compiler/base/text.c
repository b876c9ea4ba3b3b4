/* text.c - strings that grow in an arena. */
#include "text.h"

#include "fatal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void reserve(struct text *text, size_t more) {
    if (text->length + more < text->capacity) return;
    size_t capacity = 2 * text->capacity + more + 1;
    char *bytes = arena_alloc(text->arena, capacity);
    memcpy(bytes, text->bytes, text->length);
    text->bytes = bytes;
    text->capacity = capacity;
}

struct text text_create(struct arena *arena) {
    enum { FIRST_CAPACITY = 256 };
    return (struct text){.arena = arena, .bytes = arena_alloc(arena, FIRST_CAPACITY), .capacity = FIRST_CAPACITY};
}

void text_add_bytes(struct text *text, const char *bytes, size_t size_bytes) {
    reserve(text, size_bytes);
    memcpy(text->bytes + text->length, bytes, size_bytes);
    text->length += size_bytes;
    text->bytes[text->length] = 0;
}

void text_add(struct text *text, const char *string) {
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c, size_t times) {
    reserve(text, times);
    memset(text->bytes + text->length, c, times);
    text->length += times;
    text->bytes[text->length] = 0;
}

void text_format_list(struct text *text, const char *format, va_list list) {
    assert(format);
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) fatal_bug("bad format '%s'", format);
    reserve(text, (size_t)length);
    vsnprintf(text->bytes + text->length, (size_t)length + 1, format, list);
    text->length += (size_t)length;
}

void text_format(struct text *text, const char *format, ...) {
    va_list list;
    va_start(list, format);
    text_format_list(text, format, list);
    va_end(list);
}
