/* fuzz_safetensors.c - any bytes are parsed as a weights file and bound; what is accepted keeps its promises. */
#include "compiler/weights/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void add_param(struct graph *graph, const char *name, struct shape shape) {
    struct node *node = graph_add(graph, NULL, OP_PARAM, NULL, 0, NULL);
    node->shape = shape;
    node->as.param.name = name;
    node->as.param.role = PARAM_WEIGHT;
}

/* Each number is read, so that a sanitizer sees one that does not lie in the file. */
static void read_all(const struct tensor *tensor) {
    int64_t count = shape_element_count(tensor->shape);
    if (count < 1) abort();
    volatile float last = 0;
    for (int64_t i = 0; i < count; i++) last = tensor->values[i];
    (void)last;
}

static void check_bound(const struct graph *graph) {
    for (const struct node *node = graph->first; node; node = node->next) {
        if (!node->as.param.tensor || !shape_equal(node->as.param.tensor->shape, node->shape)) abort();
        read_all(node->as.param.tensor);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct diag *diag = diag_create(NULL, false);
    struct weights *weights = weights_parse_safetensors("fuzz", data, size_bytes, diag);
    if (!weights && !diag_error_count(diag)) abort();
    if (weights) {
        for (size_t i = 0; i < weights->tensors.count; i++) read_all(weights->tensors.entries[i].value);
        struct graph *graph = graph_create("fuzz");
        add_param(graph, "fc.weight", (struct shape){.rank = 2, .dims = {2, 3}});
        add_param(graph, "fc.bias", (struct shape){.rank = 1, .dims = {2}});
        bool is_bound = weights_bind(graph, weights, false, diag);
        if (is_bound) check_bound(graph);
        if (is_bound == (diag_error_count(diag) > 0)) abort();
        graph_destroy(graph);
        weights_destroy(weights);
    }
    diag_destroy(diag);
    return 0;
}
