/* finite.c - bound parameters whose numbers are NaN or infinite, and variances that have no square root: a warning, since a
 * network may mean it. */
#include "weights.h"

#include <math.h>
#include <string.h>

struct tally {
    int64_t nan, infinite;
};

/* Whether the exponent of one of the numbers is full, in the time that it takes to read them. */
static bool has_special(const float *numbers, int64_t count) {
    uint32_t any = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, numbers + i, sizeof bits);
        any |= (bits & 0x7f800000U) + 0x00800000U; /* carries into the sign */
    }
    return any >> 31;
}

static struct tally count_special(const float *numbers, int64_t count) {
    enum { BLOCK = 1024 };
    struct tally tally = {0, 0};
    for (int64_t at = 0; at < count; at += BLOCK) {
        int64_t end = count - at < BLOCK ? count : at + BLOCK;
        if (!has_special(numbers + at, end - at)) continue;
        for (int64_t i = at; i < end; i++) {
            tally.nan += isnan(numbers[i]);
            tally.infinite += isinf(numbers[i]) != 0;
        }
    }
    return tally;
}

static const char *describe(struct arena *arena, struct tally tally) {
    if (!tally.infinite) return arena_format(arena, "%lld NaN", (long long)tally.nan);
    if (!tally.nan) return arena_format(arena, "%lld infinite", (long long)tally.infinite);
    return arena_format(arena, "%lld NaN and %lld infinite", (long long)tally.nan, (long long)tally.infinite);
}

static void note_more(int64_t tensors, struct diag *diag) {
    if (tensors > 1)
        diag_note(diag, SPAN_NONE, "and %lld more tensor%s", (long long)tensors - 1, tensors > 2 ? "s" : "");
}

static void check_finite(const struct graph *graph, const char *path, struct arena *arena, struct diag *diag) {
    struct map seen = map_create(arena); /* of names */
    int64_t tensors = 0;
    for (const struct node *node = graph->first; node; node = node->next) {
        if (node->op != OP_PARAM || node->as.param.role == PARAM_CONSTANT || !node->as.param.tensor) continue;
        if (map_has(&seen, node->as.param.name)) continue;
        map_set(&seen, node->as.param.name, (void *)node);
        int64_t count = shape_element_count(node->shape);
        struct tally tally = count_special(node->as.param.tensor->values, count);
        if (!(tally.nan || tally.infinite) || tensors++) continue;
        diag_warning(diag, SPAN_NONE, DIAG_WEIGHT_NUMBERS, "'%s': tensor '%s' holds %s among its %lld numbers", path,
                     node->as.param.name, describe(arena, tally), (long long)count);
    }
    note_more(tensors, diag);
}

static int64_t count_rootless(const struct tensor *variances, double epsilon) {
    int64_t count = shape_element_count(variances->shape), rootless = 0;
    for (int64_t i = 0; i < count; i++) rootless += (double)variances->values[i] + epsilon <= 0;
    return rootless;
}

/* Batch norm divides by sqrt(variance + epsilon). */
static void check_variances(const struct graph *graph, const char *path, struct diag *diag) {
    int64_t tensors = 0;
    for (const struct node *node = graph->first; node; node = node->next) {
        if (node->op != OP_BATCH_NORM) continue;
        const struct node *variance = node->inputs[4];
        if (variance->op != OP_PARAM || !variance->as.param.tensor || !variance->as.param.name) continue;
        int64_t rootless = count_rootless(variance->as.param.tensor, node->as.batch_norm.epsilon);
        if (!rootless || tensors++) continue;
        diag_warning(diag, SPAN_NONE, DIAG_WEIGHT_NUMBERS,
                     "'%s': tensor '%s' holds %lld variance%s not above 0, with epsilon %g added, among its %lld numbers", path,
                     variance->as.param.name, (long long)rootless, rootless > 1 ? "s" : "", node->as.batch_norm.epsilon,
                     (long long)shape_element_count(variance->shape));
    }
    note_more(tensors, diag);
}

void weights_check_numbers(const struct graph *graph, const char *path, struct diag *diag) {
    struct arena *arena = arena_create();
    check_finite(graph, path, arena, diag);
    check_variances(graph, path, diag);
    arena_destroy(arena);
}
