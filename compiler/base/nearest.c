/* nearest.c - which known name somebody who wrote an unknown one may have meant. */
#include "diag.h"

#include <ctype.h>
#include <string.h>

enum { NAME_LIMIT = 64 };

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1 each. Case
 * does not count. Both strings are at most NAME_LIMIT long. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t rows[3][NAME_LIMIT + 1];
    size_t *before = rows[0], *previous = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++) previous[j] = j;
    memcpy(before, previous, sizeof rows[0]);
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            row[j] = smaller(smaller(previous[j], row[j - 1]) + 1, previous[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]))
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = previous;
        previous = row;
        row = oldest;
    }
    return previous[b_length];
}

const char *nearest_name(const char *found, const char *const *candidates, size_t count) {
    size_t length = strlen(found);
    if (length == 0 || length > NAME_LIMIT) return NULL;
    const char *nearest = NULL;
    size_t best = length <= 2 ? 1 : smaller(1 + length / 4, 4);
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > NAME_LIMIT || strcmp(candidates[i], found) == 0) continue;
        size_t distance = edit_distance(found, length, candidates[i], candidate_length);
        if (distance >= smaller(length, candidate_length) && distance) continue; /* nothing in common */
        if (nearest ? distance < best : distance <= best) {
            nearest = candidates[i];
            best = distance;
        }
    }
    return nearest;
}

void diag_suggest(struct diag *diag, const char *found, const char *const *candidates, size_t count) {
    const char *nearest = nearest_name(found, candidates, count);
    if (nearest) diag_note(diag, SPAN_NONE, "did you mean '%s'?", nearest);
}
