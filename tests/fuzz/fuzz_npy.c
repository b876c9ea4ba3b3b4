/* fuzz_npy.c - any bytes are parsed as a .npy file by the compiler's reader; what is accepted keeps its promises. */
#include "compiler/weights/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct arena *arena = arena_create();
    struct diag *diag = diag_create(NULL, false);
    const struct tensor *tensor = npy_parse(arena, "fuzz", data, size_bytes, diag);
    if (!tensor == !diag_error_count(diag)) abort();
    if (tensor) {
        int64_t count = shape_element_count(tensor->shape);
        if (count < 1 || (size_t)count * sizeof(float) > size_bytes) abort();
        if (memcmp(tensor->values, data + size_bytes - (size_t)count * sizeof(float), (size_t)count * sizeof(float)))
            abort();
    }
    diag_destroy(diag);
    arena_destroy(arena);
    return 0;
}
