/* test_random.c - random valid networks: compiled = interpreted. Prints TAP.
 *
 *     test_random FIRST COUNT     seeds FIRST .. FIRST + COUNT - 1
 *     test_random --print SEED    the network of a seed, to replay it by hand
 *     test_random --join ...      the same for networks of concatenations and slices
 */
#include "numeric.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef const char *make_network(struct arena *arena, uint64_t seed);

static bool check_seed(struct arena *arena, make_network *generate, uint64_t seed, const char **out_message) {
    static const int vectors[] = {0, 16, 0, 64};
    struct numeric_case test = {
        .text = generate(arena, seed), .seed = seed, .batch = 1 + (int64_t)(seed % 3 == 0), .bound = 1e-4};
    struct numeric_way ways[] = {{.level = 0, .threads = 1},
                                 {.level = 3, .threads = 1 + (unsigned)(seed % 2)},
                                 {.level = 2, .threads = 3, .vector_bytes = vectors[seed % 4]}};
    return numeric_check(arena, &test, ways, seed % 4 % 2 ? 3 : 2, out_message);
}

int main(int argc, char **argv) {
    make_network *generate = generate_network;
    if (argc > 1 && strcmp(argv[1], "--join") == 0) generate = generate_join_network, argc--, argv++;
    if (argc == 3 && strcmp(argv[1], "--print") == 0) {
        struct arena *arena = arena_create();
        fputs(generate(arena, strtoull(argv[2], NULL, 10)), stdout);
        arena_destroy(arena);
        return EXIT_SUCCESS;
    }
    if (argc != 3) {
        fprintf(stderr, "usage: test_random [--join] FIRST COUNT | --print SEED\n");
        return 2;
    }
    uint64_t first = strtoull(argv[1], NULL, 10), count = strtoull(argv[2], NULL, 10);
    int failed = 0;
    printf("1..%" PRIu64 "\n", count);
    for (uint64_t i = 0; i < count; i++) {
        struct arena *arena = arena_create();
        const char *message;
        bool passed = check_seed(arena, generate, first + i, &message);
        printf("%sok %" PRIu64 " - seed %" PRIu64 "\n", passed ? "" : "not ", i + 1, first + i);
        if (!passed) printf("# %s\n", message), failed++;
        fflush(stdout);
        arena_destroy(arena);
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
