/* fuzz_onnx.c - any bytes are read as an ONNX model; what is accepted is a sound graph, what is not is reported. */
#include "compiler/import/import.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void build(struct import *import, struct diag *diag) {
    const struct import_options options = {.name = "fuzz", .most_numbers = 1 << 20};
    size_t errors = diag_error_count(diag);
    struct graph *graph = import_build_graph(import, &options, diag);
    if (graph && graph_verify(graph)) abort();
    if (!graph == (diag_error_count(diag) == errors)) abort();
    graph_destroy(graph);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct diag *diag = diag_create(NULL, false);
    struct import *import = import_parse("fuzz.onnx", data, size_bytes, diag);
    if (!import && !diag_error_count(diag)) abort();
    if (import) build(import, diag);
    import_close(import);
    diag_destroy(diag);
    return 0;
}
