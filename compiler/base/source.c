/* source.c - reads text files and finds lines and columns in them. */
#include "source.h"

#include "diag.h"
#include "utf8.h"
#include "vec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct source *source_create(struct arena *arena, const char *path, char *text,
                                          size_t size_bytes) {
    struct source *source = ARENA_NEW(arena, struct source);
    size_t line_count = 1;
    for (size_t i = 0; i < size_bytes; i++) line_count += text[i] == '\n';
    uint32_t *starts = ARENA_NEW_ARRAY(arena, uint32_t, line_count);
    size_t line = 1;
    for (size_t i = 0; i < size_bytes; i++)
        if (text[i] == '\n') starts[line++] = (uint32_t)i + 1;
    source->path = arena_copy_string(arena, path);
    source->text = text;
    source->size_bytes = (uint32_t)size_bytes;
    source->line_starts = starts;
    source->line_count = (uint32_t)line_count;
    return source;
}

/* The whole stream, or NULL with errno set; at most SOURCE_MAX_BYTES + 1 bytes are read. */
static char *read_all(struct arena *arena, FILE *file, size_t *out_size_bytes) {
    enum { CHUNK_BYTES = 64 * 1024 };
    size_t capacity = CHUNK_BYTES, size = 0;
    char *text = arena_alloc(arena, capacity + 1);
    for (;;) {
        size += fread(text + size, 1, capacity - size, file);
        if (ferror(file)) return NULL;
        if (size < capacity || size > SOURCE_MAX_BYTES) break;
        char *grown = arena_alloc(arena, 2 * capacity + 1);
        memcpy(grown, text, size);
        text = grown;
        capacity *= 2;
    }
    *out_size_bytes = size;
    return text;
}

const struct source *source_read_for(struct arena *arena, const char *path, struct span wanted_by,
                                     struct diag *diag) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        diag_error(diag, wanted_by, DIAG_FILE_UNREADABLE, "cannot open '%s': %s", path, strerror(errno));
        return NULL;
    }
    size_t size_bytes = 0;
    char *text = read_all(arena, file, &size_bytes);
    int problem = errno;
    fclose(file);
    if (!text) {
        diag_error(diag, wanted_by, DIAG_FILE_UNREADABLE, "cannot read '%s': %s", path, strerror(problem));
        return NULL;
    }
    if (size_bytes > SOURCE_MAX_BYTES) {
        diag_error(diag, wanted_by, DIAG_FILE_TOO_LARGE, "'%s' is larger than %d MiB", path,
                   SOURCE_MAX_BYTES >> 20);
        return NULL;
    }
    return source_create(arena, path, text, size_bytes);
}

const struct source *source_read(struct arena *arena, const char *path, struct diag *diag) {
    return source_read_for(arena, path, SPAN_NONE, diag);
}

const struct source *source_from_text(struct arena *arena, const char *path, const char *text,
                                      size_t size_bytes) {
    return source_create(arena, path, arena_copy_bytes(arena, text, size_bytes), size_bytes);
}

bool source_check_text(const struct source *source, struct diag *diag) {
    const unsigned char *text = (const unsigned char *)source->text;
    for (uint32_t i = 0; i < source->size_bytes;) {
        uint32_t length = text[i] ? utf8_sequence_length(text + i, source->size_bytes - i) : 0;
        i += length;
        if (length) continue;
        struct span span = {source, i, i + 1};
        if (text[i])
            diag_error(diag, span, DIAG_BAD_ENCODING, "byte 0x%02x is not valid UTF-8", text[i]);
        else
            diag_error(diag, span, DIAG_BAD_ENCODING, "unexpected NUL byte; this file should be text");
        return false;
    }
    return true;
}

/* The index of the line that holds `offset`. */
static uint32_t find_line(const struct source *source, uint32_t offset) {
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->line_starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t source_line(const struct source *source, uint32_t offset) {
    return find_line(source, offset) + 1;
}

struct position source_position(const struct source *source, uint32_t offset) {
    if (offset > source->size_bytes) offset = source->size_bytes;
    uint32_t line = find_line(source, offset), column = 1;
    for (uint32_t i = source->line_starts[line]; i < offset; i++)
        column += ((unsigned char)source->text[i] & 0xC0) != 0x80; /* not a UTF-8 continuation byte */
    return (struct position){.line = line + 1, .column = column};
}

struct span span_join(struct span first, struct span last) {
    return (struct span){
        .source = first.source ? first.source : last.source,
        .begin = first.source && (!last.source || first.begin < last.begin) ? first.begin : last.begin,
        .end = first.source && (!last.source || first.end > last.end) ? first.end : last.end,
    };
}
