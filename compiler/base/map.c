/* map.c - open addressing over an insertion-ordered array of entries. */
#include "map.h"

#include "vec.h"

#include <string.h>

uint64_t hash_string(const char *string) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *string; string++) hash = (hash ^ (unsigned char)*string) * 0x100000001b3u;
    return hash;
}

struct map map_create(struct arena *arena) {
    return (struct map){.arena = arena};
}

/* The slot that holds `key`, or the free one where it belongs. */
static uint32_t *find_slot(const struct map *map, const char *key) {
    size_t i = (size_t)hash_string(key) & (map->slot_count - 1);
    while (map->slots[i] && strcmp(map->entries[map->slots[i] - 1].key, key) != 0)
        i = (i + 1) & (map->slot_count - 1);
    return &map->slots[i];
}

static void grow_slots(struct map *map) {
    map->slot_count = map->slot_count ? 2 * map->slot_count : 16;
    map->slots = ARENA_NEW_ARRAY(map->arena, uint32_t, map->slot_count);
    for (size_t i = 0; i < map->count; i++) *find_slot(map, map->entries[i].key) = (uint32_t)i + 1;
}

bool map_has(const struct map *map, const char *key) {
    return map->slot_count && *find_slot(map, key);
}

void *map_lookup(const struct map *map, const char *key) {
    if (!map->slot_count) return NULL;
    uint32_t *slot = find_slot(map, key);
    return *slot ? map->entries[*slot - 1].value : NULL;
}

const char *map_set(struct map *map, const char *key, void *value) {
    if (2 * (map->count + 1) > map->slot_count) grow_slots(map);
    uint32_t *slot = find_slot(map, key);
    if (!*slot) {
        struct map_entry entry = {.key = arena_copy_string(map->arena, key)};
        if (map->count == map->capacity)
            map->entries = vec_grow(map->arena, map->entries, map->count, &map->capacity, sizeof entry);
        map->entries[map->count++] = entry;
        *slot = (uint32_t)map->count;
    }
    struct map_entry *entry = &map->entries[*slot - 1];
    entry->value = value;
    return entry->key;
}
