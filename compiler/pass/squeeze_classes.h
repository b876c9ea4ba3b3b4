/* squeeze_classes.h - inside pass/: rows and columns of a map, by what the mean of something computed of it makes of them. */
#ifndef SENC_PASS_SQUEEZE_CLASSES_H
#define SENC_PASS_SQUEEZE_CLASSES_H

#include "../graph/graph.h"

/* The classes of the rows (or columns) of a map; the numbers of a class are added up, each times its row's share. */
struct classes {
    int64_t count, extent, most; /* most: positions of the largest */
    int64_t *of;                 /* [extent]: the class, or -1: nothing reads it */
    double *shares;              /* [extent] */
    uint64_t *taps;              /* of a convolution, [count]: bit t: tap t meets it */
    bool has_middle;             /* a class of neighbours is more than half of all */
};

/* By the taps of a convolution that meet them: with any stride, dilation and padding. False for huge kernels. */
bool classes_of_conv(struct graph *graph, const struct node *conv, int axis, struct classes *out);

/* All that a mean pool reads is one class: shares are those of the mean of its result. False if a window reads nothing. */
bool classes_of_pool(struct graph *graph, const struct node *pool, int axis, struct classes *out);

/* Whether their sum is the mean over the axis. */
bool classes_are_mean(const struct classes *classes);

/* For each class of rows and of columns the sum of the weights whose taps meet it, in double: [out, in, classes]. */
const struct tensor *classes_sum_weights(struct graph *graph, const struct node *weight, const struct classes classes[2]);

/* The sums of x over the classes along one axis, times `factor`, before `before`. */
struct node *classes_add_sums(struct graph *graph, struct node *before, struct node *x, int axis,
                              const struct classes *classes, double factor);

#endif
