/* map.h - a hash map from strings to pointers that remembers the order of insertion. */
#ifndef SENC_BASE_MAP_H
#define SENC_BASE_MAP_H

#include "arena.h"

#include <stdbool.h>
#include <stdint.h>

struct map_entry {
    const char *key; /* copied into the map's arena */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_entry *entries; /* in order of insertion, 0 .. count-1 */
    size_t count, capacity;
    uint32_t *slots; /* index + 1 into entries, 0 for a free slot */
    size_t slot_count;
};

struct map map_create(struct arena *arena);

/* The value of `key`, or NULL. */
void *map_lookup(const struct map *map, const char *key);
bool map_has(const struct map *map, const char *key);

/* Sets the value of `key`, new or not. Returns the map's own copy of the key: equal keys give equal pointers, so
 * a map is also the table of interned names. */
const char *map_set(struct map *map, const char *key, void *value);

/* FNV-1a, 64 bits. */
uint64_t hash_string(const char *string);

#endif
