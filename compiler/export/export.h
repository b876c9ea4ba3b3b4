/* export.h - a graph becomes what other people read: .sen text, or an ONNX model. */
#ifndef SENC_EXPORT_EXPORT_H
#define SENC_EXPORT_EXPORT_H

#include "../base/text.h"
#include "../graph/graph.h"

/* Prints the network as a .sen text: what repeats becomes blocks and loops. `remark` is the first line's comment. The
 * graph is one that no pass has changed. Returns a copy of it whose parameters have the names that the text gives them:
 * the text and the numbers of the copy compile to the same network. The copy must go before the graph. */
struct graph *export_sen(const struct graph *graph, const char *remark, struct text *text);

#endif
