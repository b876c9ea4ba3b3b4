/* winograd.h - the transforms of minimal filtering F(m, 3), as data for packing and for code generation.
 *
 * A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; interpolation points
 * 0, +-1, (+-2, (+-1/2,)) infinity. Along one axis, n = m + 2 numbers d and 3 weights g give m results:
 *   y = A ((G g) . (B d)).
 * Rows 1 and 2 (3 and 4, ...) of B belong to a pair of points +-p and differ in the sign of the odd terms only:
 * row 2k-1 = even + odd, row 2k = even - odd. So do the columns of A: y[r] = [r = 0] m[0]
 *   + sum over pairs k of p[k]^r (m[2k-1] +- m[2k]) + [r = m - 1] m[n - 1], plus for even r.
 */
#ifndef SENC_SCHEDULE_WINOGRAD_H
#define SENC_SCHEDULE_WINOGRAD_H

enum { WINOGRAD_MOST = 8, WINOGRAD_MOST_PAIRS = 3 };

struct winograd {
    int results, size, pairs; /* m, n, (n - 2) / 2 */
    double first[WINOGRAD_MOST], last[WINOGRAD_MOST];
    double pair[WINOGRAD_MOST_PAIRS][WINOGRAD_MOST]; /* even + odd */
    double weight[WINOGRAD_MOST][3];                 /* G */
    double point[WINOGRAD_MOST_PAIRS];
};

/* F(results, 3) for results 2, 4, 6. */
const struct winograd *winograd_get(int results);

#endif
