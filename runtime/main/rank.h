/* rank.h - a vector of scores becomes the order of its classes. */
#ifndef SENRT_MAIN_RANK_H
#define SENRT_MAIN_RANK_H

#include <stdbool.h>
#include <stddef.h>

struct ranked {
    size_t index;
    float value;
};

/* Sorts all `count` classes into `out_ranked`: highest score first, of equal ones the lower index, NaN last.
 */
void rank_sort(const float *scores, size_t count, struct ranked *out_ranked);

/* How many classes come before `index` in that order. */
size_t rank_of(const float *scores, size_t count, size_t index);

/* Do the scores look like probabilities: none negative, sum 1? */
bool rank_is_probability(const float *scores, size_t count);

#endif
