/* destination.h - where the result goes, and what must hold before it is made. */
#ifndef SENC_DRIVER_DESTINATION_H
#define SENC_DRIVER_DESTINATION_H

#include "../base/output.h"
#include "../graph/graph.h"
#include "../import/import.h"
#include "../syntax/ast.h"
#include "options.h"

/* The name of the network in an ONNX model's file: a C identifier. */
const char *destination_network_name(struct arena *arena, const char *path);

/* Whether weights were given if the network has some and what is to be written contains them. False after a diagnostic. */
bool destination_check_weights(const struct options *options, const struct graph *graph, struct diag *diag);

struct destination_inputs {
    const struct ast *ast;       /* NULL: it is a model */
    const struct import *import; /* NULL: it is a text */
    const char *network_name;    /* NULL: not known yet, and the default output needs none */
};

/* Opens the file of -o, or the default one of the kind: standard output for text, else a name made of the
 * network's. Refuses to replace a file that is read: a text, its labels, weights, a model and what lies beside it. NULL after a
 * diagnostic. */
struct output *destination_open(struct arena *arena, const struct options *options, const struct destination_inputs *inputs,
                                struct diag *diag);

/* The weights file beside the .sen file of -o; *out_path is NULL on standard output, where there is none. Refuses to
 * replace the weights that were read. False after a diagnostic. */
bool destination_find_weights(struct arena *arena, const struct options *options, const char **out_path,
                              struct diag *diag);

#endif
