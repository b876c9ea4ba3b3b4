/* random.c - parameters become reproducible random numbers, each tensor from its name, its role and the seed alone.
 * tests/reference/README.md has the rule in words; tests/reference/random_weights.py is the same in Python. */
#include "weights.h"

#include "../base/fatal.h"

#include <math.h>

static const uint64_t golden_ratio = 0x9E3779B97F4A7C15; /* 2^64 / phi, the increment of splitmix64 */

/* Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += golden_ratio;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

/* In [0, 1), a multiple of 2^-24. */
static double next_uniform(uint64_t *state) {
    return (double)(next_random(state) >> 40) * 0x1p-24;
}

static double random_value(const struct node *param, double limit, double u) {
    switch (param->as.param.role) {
    case PARAM_WEIGHT: return (2 * u - 1) * limit;
    case PARAM_BIAS:
    case PARAM_NORM_BIAS:
    case PARAM_NORM_MEAN: return (2 * u - 1) * 0.1;
    case PARAM_NORM_WEIGHT: return 0.6 + 0.4 * u;
    case PARAM_NORM_VAR: return 0.8 + 0.4 * u;
    case PARAM_SLOPE: return 0.1 + 0.2 * u;
    case PARAM_CONSTANT: break;
    }
    fatal_bug("constants are not random");
}

static const struct tensor *random_tensor(struct arena *arena, const struct node *param, uint64_t seed) {
    float *values;
    struct tensor *tensor = tensor_create(arena, param->shape, &values);
    uint64_t state = hash_string(param->as.param.name) ^ seed * golden_ratio;
    double limit = 0;
    if (param->as.param.role == PARAM_WEIGHT) {
        int64_t fan_in = param->as.param.fan_in < 1 ? 1 : param->as.param.fan_in;
        limit = sqrt(6 / (double)fan_in); /* He et al.: "Delving deep into rectifiers", ICCV 2015, uniform */
    }
    int64_t count = shape_element_count(param->shape);
    for (int64_t i = 0; i < count; i++) values[i] = (float)random_value(param, limit, next_uniform(&state));
    return tensor;
}

void weights_bind_random(struct graph *graph, uint64_t seed) {
    for (struct node *node = graph->first; node; node = node->next)
        if (node->op == OP_PARAM && node->as.param.role != PARAM_CONSTANT)
            node->as.param.tensor = random_tensor(graph->arena, node, seed);
}
