/* rank.c - a vector of scores becomes the order of its classes. */
#include "rank.h"

#include <math.h>
#include <stdlib.h>

/* A softmax's sum is off by the rounding of as many terms as there are classes; scores are off by whole
 * numbers. */
#define PROBABILITY_SUM_ERROR 1e-3

static bool comes_before(float a, size_t a_index, float b, size_t b_index) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b) ? a_index < b_index : isnan(b);
    if (a != b) return a > b;
    return a_index < b_index;
}

static int ranked_compare(const void *a_pointer, const void *b_pointer) {
    const struct ranked *a = a_pointer, *b = b_pointer;
    if (a->index == b->index) return 0;
    return comes_before(a->value, a->index, b->value, b->index) ? -1 : 1;
}

void rank_sort(const float *scores, size_t count, struct ranked *out_ranked) {
    for (size_t i = 0; i < count; i++) out_ranked[i] = (struct ranked){i, scores[i]};
    qsort(out_ranked, count, sizeof *out_ranked, ranked_compare);
}

size_t rank_of(const float *scores, size_t count, size_t index) {
    size_t before = 0;
    for (size_t i = 0; i < count; i++)
        before += i != index && comes_before(scores[i], i, scores[index], index);
    return before;
}

bool rank_is_probability(const float *scores, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!(scores[i] >= 0.0f)) return false;
        sum += (double)scores[i];
    }
    return count > 1 && fabs(sum - 1.0) < PROBABILITY_SUM_ERROR;
}
