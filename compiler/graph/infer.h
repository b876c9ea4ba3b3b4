/* infer.h - inside graph/: the parts of graph_infer. Each infer_ function checks a node's inputs and attributes and
 * sets node->shape; false with a problem in words through infer_problem. */
#ifndef SENC_GRAPH_INFER_H
#define SENC_GRAPH_INFER_H

#include "graph.h"

struct infer {
    struct arena *arena; /* of the problem's text */
    const char *problem;
};

#define OP(id, name, least, most, attributes, summary) bool infer_##id(struct infer *infer, struct node *node);
#include "op.def"
#undef OP

/* Writes the problem down; returns false. */
bool infer_problem(struct infer *infer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "[64, 56, 56]", in infer->arena. */
const char *infer_shape_text(struct infer *infer, struct shape shape);

/* Is the first input a map [C, H, W]? */
bool infer_need_map(struct infer *infer, const struct node *node);

/* Input `index`, called `what`, must have shape `wanted`. */
bool infer_need_shape(struct infer *infer, const struct node *node, int index, const char *what, struct shape wanted);

/* The result has the shape of the first input, which has channels (its first axis). */
bool infer_channelwise(struct infer *infer, struct node *node);

#endif
