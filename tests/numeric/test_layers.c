/* test_layers.c - every layer at awkward shapes: -O0 and -O3, 1 and 2 threads, each vector length, batches 1 and 2,
 * all against the interpreter. Prints TAP. */
#include "numeric.h"

#include <stdio.h>
#include <stdlib.h>

struct layer {
    const char *shape; /* of x */
    const char *text;  /* statements that end in an output */
};

/* Channels around the vector lengths 4, 8 and 16, and primes; maps of one pixel, of a row, of odd sizes. */
static const struct layer layers[] = {
#include "layers.def"
};

static const struct numeric_way ways[] = {
    {.level = 0, .threads = 1},
    {.level = 0, .threads = 2, .vector_bytes = 16},
    {.level = 3, .threads = 1},
    {.level = 3, .threads = 2},
    {.level = 3, .threads = 3, .vector_bytes = 16},
    {.level = 3, .threads = 1, .vector_bytes = 64},
};

int main(void) {
    int count = sizeof layers / sizeof *layers, failed = 0;
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        struct arena *arena = arena_create();
        const char *text = arena_format(arena, "network layer {\n    input x: f32[%s]\n    %s\n}\n", layers[i].shape, layers[i].text);
        struct numeric_case test = {.text = text, .seed = (uint64_t)i, .batch = 1 + i % 2, .bound = 2e-5};
        const char *message;
        bool passed = numeric_check(arena, &test, ways, sizeof ways / sizeof *ways, &message);
        printf("%sok %d - [%s] %s\n", passed ? "" : "not ", i + 1, layers[i].shape, layers[i].text);
        if (!passed) printf("# %s\n", message), failed++;
        fflush(stdout);
        arena_destroy(arena);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
