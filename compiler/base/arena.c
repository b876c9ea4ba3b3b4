/* arena.c - arenas as chains of blocks; large allocations get a block of their own. */
#include "arena.h"

#include "fatal.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN_SMALL = 16, ALIGN_LARGE = 64, LARGE_BYTES = 1024, BLOCK_BYTES = 64 * 1024 };

#if defined(__SANITIZE_ADDRESS__)
#define ONE_MALLOC_EACH 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_MALLOC_EACH 1
#endif
#endif
#ifndef ONE_MALLOC_EACH
#define ONE_MALLOC_EACH 0
#endif

struct block {
    struct block *next;
    size_t used, capacity; /* counted from the block's own start */
};

struct arena {
    struct block *blocks; /* the first one is being filled */
};

struct arena *arena_create(void) {
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena) fatal_no_memory();
    return arena;
}

void arena_destroy(struct arena *arena) {
    if (!arena) return;
    for (struct block *block = arena->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static size_t round_up(size_t value, size_t to) {
    return (value + to - 1) / to * to;
}

static struct block *add_block(struct arena *arena, size_t capacity, int in_front) {
    struct block *block = aligned_alloc(ALIGN_LARGE, round_up(capacity, ALIGN_LARGE));
    if (!block) fatal_no_memory();
    block->capacity = capacity;
    block->used = sizeof *block;
    if (in_front || !arena->blocks) {
        block->next = arena->blocks;
        arena->blocks = block;
    } else {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size_bytes) {
    if (size_bytes > SIZE_MAX / 2) fatal_no_memory();
    size_t align = size_bytes >= LARGE_BYTES ? ALIGN_LARGE : ALIGN_SMALL;
    struct block *block = arena->blocks;
    size_t start = block ? round_up(block->used, align) : 0;
    if (ONE_MALLOC_EACH || size_bytes >= BLOCK_BYTES / 4) {
        block = add_block(arena, size_bytes + ALIGN_LARGE, 0);
        start = round_up(block->used, align);
    } else if (!block || start + size_bytes > block->capacity) {
        block = add_block(arena, BLOCK_BYTES, 1);
        start = round_up(block->used, align);
    }
    block->used = start + size_bytes;
    return memset((char *)block + start, 0, size_bytes);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes) {
    if (item_bytes && count > SIZE_MAX / 2 / item_bytes) fatal_no_memory();
    return arena_alloc(arena, count * item_bytes);
}

char *arena_copy_bytes(struct arena *arena, const void *bytes, size_t size_bytes) {
    char *copy = arena_alloc(arena, size_bytes + 1);
    if (size_bytes) memcpy(copy, bytes, size_bytes);
    return copy;
}

char *arena_copy_string(struct arena *arena, const char *string) {
    return arena_copy_bytes(arena, string, strlen(string));
}

char *arena_format_list(struct arena *arena, const char *format, va_list list) {
    assert(format);
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) fatal_bug("bad format '%s'", format);
    char *string = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(string, (size_t)length + 1, format, list);
    return string;
}

char *arena_format(struct arena *arena, const char *format, ...) {
    va_list list;
    va_start(list, format);
    char *string = arena_format_list(arena, format, list);
    va_end(list);
    return string;
}
