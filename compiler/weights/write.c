/* write.c - the bound named parameters of a graph become a .safetensors file. */
#include "weights.h"

#include "../base/fatal.h"
#include "../base/vec.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct param_list {
    VEC(const struct node *) nodes; /* sorted by name, each name once */
};

static int compare_names(const void *a, const void *b) {
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    return strcmp(x->as.param.name, y->as.param.name);
}

static struct param_list collect(struct arena *arena, const struct graph *graph) {
    struct param_list list = {0};
    struct map seen = map_create(arena);
    for (struct node *node = graph->first; node; node = node->next) {
        if (node->op != OP_PARAM || node->as.param.role == PARAM_CONSTANT) continue;
        if (!node->as.param.tensor)
            fatal_bug("parameter '%s' is to be written, but has no numbers", node->as.param.name);
        if (map_has(&seen, node->as.param.name)) continue;
        map_set(&seen, node->as.param.name, node);
        vec_push(arena, &list.nodes, node);
    }
    if (list.nodes.count) qsort(list.nodes.items, list.nodes.count, sizeof *list.nodes.items, compare_names);
    return list;
}

static size_t value_bytes(const struct node *param) {
    return (size_t)shape_element_count(param->shape) * sizeof(float);
}

static json_t *describe(const struct node *param, size_t begin) {
    json_t *shape = json_array();
    for (int i = 0; i < param->shape.rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)param->shape.dims[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets", (json_int_t)begin,
                     (json_int_t)(begin + value_bytes(param)));
}

/* The header, filled up with blanks to a multiple of 8 bytes, so that the data is aligned. */
static struct text make_header(struct arena *arena, const struct param_list *list) {
    json_t *header = json_object();
    size_t at = 0;
    for (size_t i = 0; i < list->nodes.count; i++) {
        const struct node *param = list->nodes.items[i];
        if (json_object_set_new(header, param->as.param.name, describe(param, at))) fatal_no_memory();
        at += value_bytes(param);
    }
    char *json = json_dumps(header, JSON_COMPACT);
    if (!json) fatal_no_memory();
    struct text text = text_create(arena);
    text_add(&text, json);
    text_add_char(&text, ' ', (8 - text.length % 8) % 8);
    free(json);
    json_decref(header);
    return text;
}

static bool write_parts(struct output *output, const struct text *header, const struct param_list *list,
                        struct arena *arena, struct diag *diag) {
    uint64_t header_bytes = header->length;
    size_t size_bytes = sizeof header_bytes + header->length, at = size_bytes;
    for (size_t i = 0; i < list->nodes.count; i++) size_bytes += value_bytes(list->nodes.items[i]);
    char *bytes = arena_alloc(arena, size_bytes);
    memcpy(bytes, &header_bytes, sizeof header_bytes);
    memcpy(bytes + sizeof header_bytes, header->bytes, header->length);
    for (size_t i = 0; i < list->nodes.count; i++) {
        const struct node *param = list->nodes.items[i];
        memcpy(bytes + at, param->as.param.tensor->values, value_bytes(param));
        at += value_bytes(param);
    }
    return output_write(output, bytes, size_bytes, diag);
}

bool weights_write_safetensors(const struct graph *graph, struct output *output, struct diag *diag) {
    struct arena *arena = arena_create();
    struct param_list list = collect(arena, graph);
    struct text header = make_header(arena, &list);
    bool is_written = write_parts(output, &header, &list, arena, diag);
    arena_destroy(arena);
    return is_written;
}
