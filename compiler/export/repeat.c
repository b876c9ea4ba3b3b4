/* repeat.c - finds what repeats in the network, piece by piece, and turns it into calls of blocks.
 *
 * A piece is a row of items that is fed by one tensor and gives one. Two pieces are alike if they differ in nothing but
 * the values of arguments and the path that their labels have in common. The piece whose occurrences save most becomes
 * a block, the calls stand for the occurrences, and the search goes on: first for arithmetic without weights (an
 * activation that is spelled out), then for squeeze and excitation, then for anything.
 */
#include "item.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ITEMS = 3, MOST_ITEMS = 100, MOST_BLOCKS = 100 };
enum kind { PLAIN_ARITHMETIC, EXCITATION, ANYTHING, KIND_COUNT };

struct piece {
    uint64_t hash;
    int begin, length;
    int size; /* items but for numbers */
};

struct search {
    struct arena *arena; /* of one round */
    struct exporter *exporter;
    struct item *const *items;
    int count;
    enum kind kind;
    const uint64_t *item_hashes;
    VEC(struct piece) pieces;
};

struct rejected {
    VEC(uint64_t) hashes;
};

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15;
    return hash ^ hash >> 29;
}

static uint64_t mix_string(uint64_t hash, const char *string) {
    return mix(hash, string ? hash_string(string) : 1);
}

/* What two items that may be alike have in common, but for their inputs and labels. */
static uint64_t hash_item(const struct item *item) {
    uint64_t hash = mix(mix_string((uint64_t)item->form, item->callee), (uint64_t)item->input_count);
    if (item->block) hash = mix_string(hash, item->block->name);
    for (int i = 0; i < item->attribute_count; i++) hash = mix_string(hash, item->attributes[i].name);
    for (int i = 0; i < item->param_count; i++) hash = mix_string(hash, item->params[i].part);
    return hash;
}

static uint64_t hash_piece(const struct search *search, int begin, int length) {
    struct item *const *items = search->items + begin;
    const char *common = label_common_path(search->arena, items, length);
    uint64_t hash = 0;
    for (int i = 0; i < length; i++) {
        hash = mix(hash, search->item_hashes[begin + i]);
        for (int k = 0; k < items[i]->input_count; k++) {
            int place = items[i]->inputs[k]->index - begin;
            hash = mix(hash, (uint64_t)(place < 0 ? -1 : place));
        }
        if (items[i]->kind) hash = mix_string(hash, label_below(items[i], common));
    }
    return hash;
}

static bool is_operator(const struct item *item, const char *which) {
    return item->form == ITEM_OPERATOR && !strcmp(item->callee, which);
}

static bool is_global_pool(const struct item *item) {
    return item->form == ITEM_LAYER && item->attribute_count == 1 && !strcmp(item->attributes[0].value, "global");
}

/* A block that is called more than once, or with a sum of its own: that reads better as a chain or a loop. */
static bool is_row_of_blocks(const struct item *const *items, int length) {
    for (int i = 0; i < length; i++) {
        if (items[i]->block && items[i]->block->is_whole) return true;
        for (int k = 0; items[i]->block && items[i]->kind && k < i; k++)
            if (items[k]->block == items[i]->block) return true;
    }
    return false;
}

static bool is_wanted(const struct search *search, int begin, int length, int size) {
    const struct item *const *items = (const struct item *const *)search->items + begin;
    bool has_weights = false, is_pair = size == 2 && items[length - 1]->form == ITEM_OPERATOR;
    for (int i = 0; i < length; i++) has_weights = has_weights || items[i]->kind;
    if (size < LEAST_ITEMS && !(is_pair && search->kind == PLAIN_ARITHMETIC)) return false;
    if (search->kind == PLAIN_ARITHMETIC) return !has_weights;
    if (search->kind == EXCITATION)
        return has_weights && is_global_pool(items[0]) &&
               (is_operator(items[length - 1], "*") || is_operator(items[length - 1], "/"));
    const char *common = label_common_path(search->arena, search->items + begin, length);
    return has_weights && (!common || *common) && !is_row_of_blocks(items, length);
}

/* A piece does not begin with what belongs to the layer before it. */
static bool may_begin(const struct search *search, int begin) {
    while (begin < search->count && item_is_source(search->items[begin])) begin++;
    if (begin == search->count || search->items[begin]->form == ITEM_INPUT) return false;
    const struct item *item = search->items[begin];
    bool is_norm = item->callee && !strcmp(item->callee, "bn");
    return search->kind == PLAIN_ARITHMETIC || !(item_is_activation(item) || is_norm);
}

/* The items before `end` are used by none behind it, and fed by one item before `begin`. */
static void collect_from(struct search *search, int begin) {
    const struct item *fed = NULL;
    int last_use = -1, size = 0;
    for (int end = begin; end < search->count && end - begin < MOST_ITEMS && last_use < INT_MAX; end++) {
        const struct item *item = search->items[end];
        if (item->form == ITEM_INPUT) return;
        for (int k = 0; k < item->input_count; k++) {
            if (item->inputs[k]->index >= begin) continue;
            if (fed && fed != item->inputs[k]) return;
            fed = item->inputs[k];
        }
        int length = end - begin + 1;
        size += !item_is_source(item);
        if (fed && last_use <= end && !item_is_source(item) && is_wanted(search, begin, length, size))
            vec_push(search->arena, &search->pieces,
                     ((struct piece){hash_piece(search, begin, length), begin, length, size}));
        if (item->last_use > last_use) last_use = item->last_use;
    }
}

static int compare_pieces(const void *a, const void *b) {
    const struct piece *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* The pieces of one hash that do not overlap, from the left; returns how many. */
static int choose_apart(const struct piece *pieces, size_t count, int *out_begins) {
    int chosen = 0, free_from = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].begin < free_from) continue;
        out_begins[chosen++] = pieces[i].begin;
        free_from = pieces[i].begin + pieces[i].length;
    }
    return chosen;
}

struct choice {
    const struct piece *piece; /* the first; NULL: nothing repeats */
    int *begins;
    int count, saving;
};

static bool is_rejected(const struct rejected *rejected, uint64_t hash) {
    for (size_t i = 0; i < rejected->hashes.count; i++)
        if (rejected->hashes.items[i] == hash) return true;
    return false;
}

static bool is_better(const struct choice *best, const struct piece *piece, int saving) {
    if (!best->piece || saving != best->saving) return saving > best->saving;
    if (piece->length != best->piece->length) return piece->length > best->piece->length;
    return piece->begin < best->piece->begin;
}

static struct choice choose(struct search *search, const struct rejected *rejected) {
    struct choice best = {0};
    const struct piece *pieces = search->pieces.items;
    size_t count = search->pieces.count;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && pieces[end].hash == pieces[i].hash;) end++;
        if (end - i < 2 || is_rejected(rejected, pieces[i].hash)) continue;
        int *begins = ARENA_NEW_ARRAY(search->arena, int, end - i);
        int chosen = choose_apart(pieces + i, end - i, begins), saving = (chosen - 1) * pieces[i].size - 1;
        if (chosen > 1 && is_better(&best, &pieces[i], saving))
            best = (struct choice){&pieces[i], begins, chosen, saving};
    }
    return best;
}

/* One block more, or false. */
static bool find_one(struct exporter *exporter, enum kind kind, struct rejected *rejected) {
    item_index(&exporter->network, exporter);
    struct search search = {.arena = arena_create(),
                            .exporter = exporter,
                            .items = exporter->network.items.items,
                            .count = (int)exporter->network.items.count,
                            .kind = kind};
    uint64_t *hashes = ARENA_NEW_ARRAY(search.arena, uint64_t, (size_t)search.count);
    for (int i = 0; i < search.count; i++) hashes[i] = hash_item(search.items[i]);
    search.item_hashes = hashes;
    for (int begin = 0; begin < search.count; begin++)
        if (may_begin(&search, begin)) collect_from(&search, begin);
    if (search.pieces.count) qsort(search.pieces.items, search.pieces.count, sizeof(struct piece), compare_pieces);
    struct choice choice = choose(&search, rejected);
    if (choice.piece && !block_create(exporter, choice.begins, choice.count, choice.piece->length))
        vec_push(exporter->arena, &rejected->hashes, choice.piece->hash);
    arena_destroy(search.arena);
    return choice.piece;
}

void repeat_find_all(struct exporter *exporter) {
    struct rejected rejected = {0};
    for (int kind = 0; kind < KIND_COUNT; kind++)
        while (exporter->blocks.count < MOST_BLOCKS && find_one(exporter, (enum kind)kind, &rejected)) {}
}
