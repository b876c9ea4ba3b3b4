/* pass.h - the optimiser: a list of passes (passes.def), each one function that rewrites a graph. */
#ifndef SENC_PASS_PASS_H
#define SENC_PASS_PASS_H

#include "../base/diag.h"
#include "../graph/graph.h"

#include <stdio.h>

#define PASS(id, name, level, summary) void pass_##id(struct graph *graph);
#include "passes.def"
#undef PASS

struct pass {
    const char *name;
    int level; /* runs at -O level and above; level 0 passes cannot be disabled */
    const char *summary;
    void (*run)(struct graph *graph);
};

extern const struct pass pass_list[];
extern const int pass_count;

struct pass_options {
    int level;
    const char *const *disabled; /* names; checked by the driver against pass_list */
    int disabled_count;
    const char *dump_after; /* a name, "all" or NULL: the graph is printed to dump_stream after that pass */
    const char *stop_after; /* a name or NULL */
    FILE *dump_stream;
    double *seconds; /* NULL, or pass_count numbers to add to, for --time-passes */
};

/* Runs the passes in order; verifies the graph after each (fatal_bug if one broke it). */
void pass_run_all(struct graph *graph, const struct pass_options *options);

#endif
