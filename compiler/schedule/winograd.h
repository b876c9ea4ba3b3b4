/* winograd.h - the transforms of minimal filtering F(m, 3), as data for packing and for code generation.
 *
 * A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, with the interpolation points 0,
 * pairs +-p, and infinity. Along one axis, n = m + 2 numbers d and 3 weights g give m results:
 *   y = A ((G g) . (B d)).
 * Let P(x) = x * product over the pairs of (x^2 - p^2). Rows of B are the coefficients of P(x) / (x - point), for infinity
 * those of P; rows of G are (1, point, point^2) over the value of that quotient at the point, for infinity (0, 0, 1).
 * So rows 2k-1 and 2k of B, of pair k, are odd terms times +-p, plus even terms, with coefficients in common; and
 * y[r] = [r = 0] m[0] + sum over pairs k of p[k]^r (m[2k-1] +- m[2k]) + [r = m - 1] m[n - 1], plus for even r.
 */
#ifndef SENC_SCHEDULE_WINOGRAD_H
#define SENC_SCHEDULE_WINOGRAD_H

enum { WINOGRAD_MOST = 8, WINOGRAD_MOST_PAIRS = 3 };

struct winograd {
    int results, size, pairs; /* m, n, (n - 2) / 2 */
    double point[WINOGRAD_MOST_PAIRS];
    double all[WINOGRAD_MOST_PAIRS + 1];                     /* coefficients of P(x) / x, in x^2 */
    double others[WINOGRAD_MOST_PAIRS][WINOGRAD_MOST_PAIRS]; /* of the same without the factor of pair k */
    double weight[WINOGRAD_MOST][3];                         /* G */
};

/* F(results, 3) for results 2, 4, 6. */
struct winograd winograd_make(int results);

#endif
