/* import.h - an ONNX file becomes a graph, its weights bound. */
#ifndef SENC_IMPORT_IMPORT_H
#define SENC_IMPORT_IMPORT_H

#include "../base/diag.h"
#include "../graph/graph.h"

struct import; /* an ONNX file; the numbers of large tensors stay in it */

/* The versions of the operators that are understood; before the least, those that have not changed since version 1. */
enum { IMPORT_OPSET_LEAST = 6, IMPORT_OPSET_MOST = 22 };

struct import_options {
    const char *name;               /* of the graph, a C identifier */
    const char *const *shapes;      /* "input=1x3x224x224" */
    size_t shape_count;
    const char *const *constants;   /* "input=FILE.pb": the input becomes a constant */
    size_t constant_count;
    int64_t batch;                  /* pictures a run; 0: as the file says, or 1 */
    int64_t most_numbers;           /* of constants that are computed; 0: the usual */
    bool keeps_constants;           /* an output that is a constant is no error (tests) */
};

/* Reads FILE.onnx. NULL after a diagnostic. */
struct import *import_open(const char *path, struct diag *diag);

/* The same for bytes in memory, which have no external data; `path` is for messages. */
struct import *import_parse(const char *path, const void *bytes, size_t size_bytes, struct diag *diag);

/* The graph of the file, or NULL after diagnostics: all that can be found in one go. */
struct graph *import_build_graph(struct import *import, const struct import_options *options, struct diag *diag);

/* The files of external data that were read; NULL behind the last. */
const char *import_external_path(const struct import *import, size_t index);

/* After a failed import: an input of the model that would have to be constant for an operator, or NULL. */
const char *import_wanted_constant(const struct import *import);

/* What --emit=onnx wrote into the model besides its graph, under that key; NULL: nothing, or senc did not write the model. */
const char *import_property(const struct import *import, const char *key);

void import_close(struct import *import); /* not before the graph; NULL is allowed */

#endif
