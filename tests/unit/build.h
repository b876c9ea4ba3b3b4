/* build.h - small graphs for tests, built in a line an operation. Shapes that do not fit abort the test. */
#ifndef TESTS_UNIT_BUILD_H
#define TESTS_UNIT_BUILD_H

#include "../../compiler/graph/graph.h"

struct shape make_shape(int rank, int64_t a, int64_t b, int64_t c, int64_t d);
#define SHAPE0() make_shape(0, 0, 0, 0, 0)
#define SHAPE1(a) make_shape(1, a, 0, 0, 0)
#define SHAPE2(a, b) make_shape(2, a, b, 0, 0)
#define SHAPE3(a, b, c) make_shape(3, a, b, c, 0)
#define SHAPE4(a, b, c, d) make_shape(4, a, b, c, d)

struct node *make_input(struct graph *graph, const char *name, struct shape shape);
void make_output(struct graph *graph, const char *name, struct node *node);

/* A parameter that is bound to numbers that depend on its name alone, in about -1 .. 1 (variances positive). */
struct node *make_param(struct graph *graph, const char *name, enum param_role role, struct shape shape);

/* The same, not bound. */
struct node *make_unbound(struct graph *graph, const char *name, enum param_role role, struct shape shape);

struct node *make_number(struct graph *graph, float value);
const struct tensor *make_tensor(struct arena *arena, struct shape shape, const char *seed);
const struct tensor *make_values(struct arena *arena, struct shape shape, const float *values);

/* Adds a node at the end; attributes are those of the prototype `like` (or zero). Not inferred. */
struct node *make_raw(struct graph *graph, enum op op, const struct node *like, int input_count, ...);

/* Infers; NULL if all is well, else the problem. */
const char *check_infer(struct graph *graph, struct node *node);

/* Operations with parameters named NAME.weight and so on. */
struct node *make_op(struct graph *graph, enum op op, int input_count, ...);
struct node *make_activation(struct graph *graph, struct node *x, enum activation_kind kind);
struct node *make_conv_window(struct graph *graph, struct node *x, const char *name, int64_t out, bool bias,
                              struct window window, int64_t groups);
struct node *make_conv(struct graph *graph, struct node *x, const char *name, int64_t out, int64_t kernel,
                       int64_t stride, bool bias);
struct node *make_conv_transpose(struct graph *graph, struct node *x, const char *name, int64_t out, int64_t kernel,
                                 int64_t stride, int64_t groups, bool bias);
struct node *make_linear(struct graph *graph, struct node *x, const char *name, int64_t out, bool bias);
struct node *make_batch_norm(struct graph *graph, struct node *x, const char *name);
struct node *make_se(struct graph *graph, struct node *x, const char *name, int64_t hidden, bool bias);
struct node *make_reshape(struct graph *graph, struct node *x, struct shape shape);
struct node *make_pool(struct graph *graph, struct node *x, enum op op, struct window window);

struct window make_window(int64_t kernel, int64_t stride, int64_t pad);

/* The graph as --emit=graph prints it, in the graph's arena. */
const char *print_graph(const struct graph *graph);

#endif
