/* reference.h - the interpreter against outputs that PyTorch computed (README.md). */
#ifndef SENC_TESTS_REFERENCE_H
#define SENC_TESTS_REFERENCE_H

#include "../../compiler/graph/graph.h"

/* One comparison. */
struct reference {
    struct arena *arena;
    struct diag *diag;
    struct ast *ast;
    struct weights *weights; /* NULL: random ones, or none */
    struct graph *graph;     /* bound */
};

/* The network of SOURCE_TREE/`path`, bound to the weights file SOURCE_TREE/`weights_path`, or (NULL) to those of
 * random:0. False with messages in reference->diag. To be closed in either case. */
bool reference_open(struct reference *reference, const char *path, const char *weights_path);
void reference_close(struct reference *reference);

/* NULL with a message in reference->diag. */
const struct tensor *reference_read(struct reference *reference, const char *path);

/* Whether the graph's first output for `input` differs from `wanted` by at most `bound` of its largest number. If
 * not, *out_message says by how much. */
bool reference_check(struct reference *reference, const struct tensor *input, const struct tensor *wanted,
                     double bound, const char **out_message);

#endif
