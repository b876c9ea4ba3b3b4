/* numeric.h - compiled code against the reference interpreter: one network, several ways to compile and run it. */
#ifndef SENC_TESTS_NUMERIC_H
#define SENC_TESTS_NUMERIC_H

#include "../../compiler/base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* One way. */
struct numeric_way {
    int level;
    unsigned threads;
    int vector_bytes;     /* 0: this machine's */
    bool without_se;      /* the passes over SE blocks disabled */
    const char *without;  /* NULL, or a pass disabled */
    bool without_merging; /* the pass merge-branches disabled */
    bool same_bits;       /* 1, 2, 3, 5 and 8 threads must give the same bits */
};

enum numeric_inputs { INPUTS_RANDOM, INPUTS_ZERO, INPUTS_LARGE, INPUTS_INFINITY, INPUTS_NAN };

struct numeric_case {
    const char *text; /* of a .sen file */
    const char *path; /* NULL, or where the text stands, for its imports */
    const char *const *defines; /* NAME=VALUE */
    int define_count;
    uint64_t seed;    /* of weights and inputs */
    const char *weights; /* NULL, or a file of them */
    int64_t batch;
    double bound; /* largest |difference| / max(1, largest |expected|) that passes */
    enum numeric_inputs inputs;
    bool against_first; /* what the first way gives is expected of the others, not what the interpreter gives; no Winograd */
    bool merges_infinities; /* where NaN is expected an infinity passes, if the inputs hold one: what merge-branches promises */
    double *errors;     /* NULL, or for each way: root mean square of the differences, relative to that of the outputs */
};

/* Whether every output of every picture agrees in every way. If not, *out_message says where, in `arena`. */
bool numeric_check(struct arena *arena, const struct numeric_case *test, const struct numeric_way *ways, int way_count,
                   const char **out_message);

/* A random valid network as .sen text; the same for the same seed, for ever. */
const char *generate_network(struct arena *arena, uint64_t seed);

/* The same with SE blocks in all places and spellings. */
const char *generate_se_network(struct arena *arena, uint64_t seed);

/* The same of concatenations and slices. */
const char *generate_join_network(struct arena *arena, uint64_t seed);

/* splitmix64 */
uint64_t random_next(uint64_t *state);

#endif
