/* arena.h - memory that is freed all at once: one arena belongs to one product (an ast, a graph, a plan ...).
 *
 * Allocation never returns NULL: when the system has no memory left, the compiler says so and exits (fatal.h).
 * Under AddressSanitizer every allocation is a malloc of its own, so that overruns are seen.
 */
#ifndef SENC_BASE_ARENA_H
#define SENC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena); /* NULL is allowed */

/* Zeroed, aligned for any type (64 bytes from 1 KiB on, so that tensors are aligned for vectors). */
void *arena_alloc(struct arena *arena, size_t size_bytes);

/* As arena_alloc for an array; an overflowing product counts as "no memory". */
void *arena_alloc_array(struct arena *arena, size_t count, size_t item_bytes);

char *arena_copy_string(struct arena *arena, const char *string);
char *arena_copy_bytes(struct arena *arena, const void *bytes, size_t size_bytes); /* adds a final NUL */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_format_list(struct arena *arena, const char *format, va_list list);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_NEW_ARRAY(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))

#endif
