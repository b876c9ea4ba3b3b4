/* text.h - a string being built: what printers write into. Grows in its arena; always ends in a NUL. */
#ifndef SENC_BASE_TEXT_H
#define SENC_BASE_TEXT_H

#include "arena.h"

struct text {
    struct arena *arena;
    char *bytes; /* never NULL after text_create */
    size_t length, capacity;
};

struct text text_create(struct arena *arena);
void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t size_bytes);
void text_add_char(struct text *text, char c, size_t times);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_format_list(struct text *text, const char *format, va_list list);

#endif
