/* export.h - a graph becomes what other people read: .sen text, or an ONNX model. */
#ifndef SENC_EXPORT_EXPORT_H
#define SENC_EXPORT_EXPORT_H

#include "../base/text.h"
#include "../graph/graph.h"

/* The largest number of parameters that fit into an ONNX file: protobuf ends at 2 GiB. */
#define EXPORT_ONNX_MAX_PARAMETERS (((int64_t)1 << 29) - ((int64_t)1 << 22))

/* The network as an ONNX model, any number of pictures a run; `remark` is its description. The graph is bound, and no pass
 * has changed it. The caller frees the bytes. */
unsigned char *export_onnx(const struct graph *graph, const char *remark, size_t *out_bytes);

/* Prints the network as a .sen text: what repeats becomes blocks and loops. `remark` is the first line's comment. The
 * graph is one that no pass has changed. Returns a copy of it whose parameters have the names that the text gives them:
 * the text and the numbers of the copy compile to the same network. The copy must go before the graph. */
struct graph *export_sen(const struct graph *graph, const char *remark, struct text *text);

#endif
