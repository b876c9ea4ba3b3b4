/* label.c - labels: those that give the parameters the names they have, and made-up ones for the rest. */
#include "item.h"

#include <ctype.h>
#include <string.h>

enum { MOST_CHARACTERS = 200 };

static bool is_good_path(const char *path) {
    size_t length = strlen(path);
    if (!length || length > MOST_CHARACTERS || path[0] == '.' || path[length - 1] == '.' || strstr(path, ".."))
        return false;
    for (; *path; path++)
        if (!isalnum((unsigned char)*path) && !strchr("_.-", *path)) return false;
    return true;
}

/* The path before ".part" of a name, or NULL. */
static const char *strip_part(struct arena *arena, const char *name, const char *part) {
    if (!name || !*part) return name;
    size_t length = strlen(name), part_length = strlen(part);
    if (length < part_length + 2 || name[length - part_length - 1] != '.' || strcmp(name + length - part_length, part))
        return NULL;
    return arena_copy_bytes(arena, name, length - part_length - 1);
}

static const char *full_name(struct arena *arena, const char *path, const char *part) {
    return *part ? arena_format(arena, "%s.%s", path, part) : path;
}

/* The label with which all parameters keep their names, or NULL. */
static const char *find_path(const struct exporter *exporter, const struct item *item) {
    const char *path = NULL;
    for (int i = 0; i < item->param_count; i++) {
        const char *found = strip_part(exporter->arena, item->params[i].node->as.param.name, item->params[i].part);
        if (!found || (path && strcmp(path, found))) return NULL;
        path = found;
    }
    return path && is_good_path(path) ? path : NULL;
}

/* PyTorch names what it exports after the modules around: "/layer1/layer1.0/conv1/Conv_output_0" is of module
 * layer1.0.conv1. NULL if the name is of another kind. */
static const char *find_module(struct arena *arena, const char *name) {
    struct text path = text_create(arena);
    size_t last_begin = 0; /* of the part that was added last */
    if (!name || *name != '/') return NULL;
    for (const char *part = name + 1, *end; (end = strchr(part, '/')); part = end + 1) {
        const char *last = path.bytes + last_begin;
        size_t length = (size_t)(end - part), last_length = path.length - last_begin;
        bool is_longer = last_length && length > last_length && part[last_length] == '.' &&
                         !strncmp(part, last, last_length);
        if (is_longer) {
            text_add_bytes(&path, part + last_length, length - last_length);
            continue;
        }
        if (path.length) text_add(&path, ".");
        last_begin = path.length;
        text_add_bytes(&path, part, length);
    }
    return is_good_path(path.bytes) ? path.bytes : NULL;
}

void label_keep_all(struct exporter *exporter) {
    struct map names = map_create(exporter->arena);
    for (size_t i = 0; i < exporter->network.items.count; i++) {
        struct item *item = exporter->network.items.items[i];
        const char *path = find_path(exporter, item);
        if (!path && item->kind) path = find_module(exporter->arena, item->given_name);
        for (int k = 0; path && k < item->param_count; k++)
            if (map_has(&names, full_name(exporter->arena, path, item->params[k].part))) path = NULL;
        for (int k = 0; path && k < item->param_count; k++)
            map_set(&names, full_name(exporter->arena, path, item->params[k].part), item);
        item->path = path;
    }
}

/* Bytes of the longest path that both lie in; "a.b" and "a.bc" have "a" in common. */
static size_t common_length(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t length = 0, i = 0;
    for (; i < a_length && i < b_length && a[i] == b[i]; i++)
        if (a[i] == '.') length = i;
    bool a_ends = i == a_length || a[i] == '.', b_ends = i == b_length || b[i] == '.';
    return a_ends && b_ends ? i : length;
}

/* A call may be all that has the path, a layer is always something below it. */
static size_t enclosing_length(const struct item *item) {
    if (item->form == ITEM_CALL) return strlen(item->path);
    const char *dot = strrchr(item->path, '.');
    return dot ? (size_t)(dot - item->path) : 0;
}

const char *label_common_path(struct arena *arena, struct item *const *items, int count) {
    const char *common = NULL;
    size_t length = 0;
    for (int i = 0; i < count; i++) {
        if (!items[i]->kind || !items[i]->path) continue;
        size_t own = enclosing_length(items[i]);
        length = common ? common_length(common, length, items[i]->path, own) : own;
        common = items[i]->path;
        if (!length) return "";
    }
    return common ? arena_copy_bytes(arena, common, length) : NULL;
}

const char *label_below(const struct item *item, const char *common) {
    if (!item->path) return NULL;
    size_t length = common ? strlen(common) : 0;
    return item->path[length] == '.' ? item->path + length + 1 : item->path + length;
}

static bool is_same_call(const struct item *a, const struct item *b) {
    if (a->form != ITEM_CALL || b->form != ITEM_CALL || a->block != b->block || !a->kind) return false;
    for (int i = 0; i < a->attribute_count; i++)
        if (strcmp(a->attributes[i].value, b->attributes[i].value)) return false;
    return true;
}

int label_run_length(const struct body *body, int index) {
    int length = 1;
    for (; index + length < (int)body->items.count; length++) {
        const struct item *last = body->items.items[index + length - 1], *next = body->items.items[index + length];
        if (!is_same_call(last, next) || next->inputs[0] != last || last->use_count != 1 || last->is_output) break;
    }
    return length;
}

/* Whether a parameter's name begins with that path already, or is it. */
static bool is_taken(const struct body *body, const char *path) {
    size_t length = strlen(path);
    for (size_t i = 0; i < body->items.count; i++) {
        const char *other = body->items.items[i]->path;
        if (other && !strncmp(other, path, length) && (!other[length] || other[length] == '.')) return true;
    }
    return false;
}

static const char *make_up(struct exporter *exporter, struct map *counts, const char *kind) {
    int *count = map_lookup(counts, kind);
    if (!count) map_set(counts, kind, count = ARENA_NEW(exporter->arena, int));
    const char *label;
    do label = arena_format(exporter->arena, "%s%d", kind, ++*count);
    while (is_taken(&exporter->network, label));
    return label;
}

static void make_up_all(struct exporter *exporter) {
    enum { LEAST_RUN = 3 };
    struct map counts = map_create(exporter->arena);
    const struct body *network = &exporter->network;
    for (int i = 0, run; i < (int)network->items.count; i += run) {
        struct item *const *items = network->items.items + i;
        run = items[0]->form == ITEM_CALL ? label_run_length(network, i) : 1;
        bool is_free = true;
        for (int k = 0; k < run; k++) is_free = is_free && items[k]->kind && !items[k]->path;
        if (!is_free || run < LEAST_RUN) run = 1;
        if (!items[0]->kind || items[0]->path) continue;
        const char *label = make_up(exporter, &counts, items[0]->kind);
        for (int k = 0; k < run; k++)
            items[k]->path = run == 1 ? label : arena_format(exporter->arena, "%s.%d", label, k);
    }
}

/* Names the parameters of an item whose block has the path `around`. False: a name is there already. */
static bool name_params(struct exporter *exporter, struct item *item, const char *around, struct map *names) {
    const char *path = !*around ? item->label : full_name(exporter->arena, around, item->label);
    for (int i = 0; i < item->param_count; i++) {
        struct node *param = item->params[i].node;
        param->as.param.name = full_name(exporter->arena, path, item->params[i].part);
        param->as.param.name = arena_copy_string(exporter->graph->arena, param->as.param.name);
        if (param->as.param.role == PARAM_CONSTANT) param->as.param.role = PARAM_BIAS; /* it is in the file now */
        if (map_has(names, param->as.param.name)) return false;
        map_set(names, param->as.param.name, param);
    }
    for (int i = 0; i < item->child_count; i++)
        if (!name_params(exporter, item->children[i], path, names)) return false;
    return true;
}

bool label_assign_all(struct exporter *exporter) {
    struct map names = map_create(exporter->arena);
    item_index(&exporter->network, exporter);
    make_up_all(exporter);
    for (size_t i = 0; i < exporter->network.items.count; i++) {
        struct item *item = exporter->network.items.items[i];
        item->label = item->path ? item->path : "";
        if (!name_params(exporter, item, "", &names)) return false;
    }
    return true;
}
