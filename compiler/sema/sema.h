/* sema.h - elaborates an ast: blocks are evaluated, shapes inferred, weights named, and a graph is left. */
#ifndef SENC_SEMA_SEMA_H
#define SENC_SEMA_SEMA_H

#include "../graph/graph.h"
#include "../syntax/syntax.h"

struct diag;

struct sema_options {
    const char *const *defines; /* "name=value": what -D says */
    size_t define_count;
    int64_t batch; /* pictures a run, at least 1 */
};

/* The graph of the network of the root file, with every parameter unbound; it does not need the ast any more.
 * Reports all errors that it can find in one go and then returns NULL. Evaluation is bounded in steps, nodes
 * and depth. */
struct graph *sema_build_graph(const struct ast *ast, const struct sema_options *options, struct diag *diag);

#endif
