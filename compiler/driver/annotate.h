/* annotate.h - what an imported network says besides its operations: labels, and which inputs and outputs are pictures. */
#ifndef SENC_DRIVER_ANNOTATE_H
#define SENC_DRIVER_ANNOTATE_H

#include "../graph/graph.h"
#include "../import/import.h"
#include "options.h"

/* From what --emit=onnx wrote into the model, and from --picture, which comes first. False after a diagnostic. */
bool annotate_graph(struct graph *graph, const struct import *import, const struct options *options, struct diag *diag);

#endif
