/* onnx.h - inside export/: an ONNX graph being built, message by message, in an arena.
 *
 * Every value that flows has the batch in front of its shape, as an extent without a number. */
#ifndef SENC_EXPORT_ONNX_H
#define SENC_EXPORT_ONNX_H

#include "../base/map.h"
#include "export.h"

#include <compiler/import/onnx.pb-c.h>

/* Of the operators: the first with dilated average pools. */
enum { ONNX_OPSET = 19, ONNX_IR_VERSION = 9 };

struct onnx {
    struct arena *arena;
    const struct graph *graph;
    VEC(Onnx__NodeProto *) nodes;
    VEC(Onnx__TensorProto *) initializers;
    struct map names;    /* all names of values and nodes that are taken */
    const char **values; /* of each node of the graph by its id: the name of its result */
    const char *label;   /* of the node that is being written: begins the names of what it becomes */
};

/* `base`, or with a number behind it if that is taken. */
const char *onnx_unique_name(struct onnx *onnx, const char *base);

/* A node of one result with inputs up to a NULL; the result's name is output[0]. */
Onnx__NodeProto *onnx_add_node(struct onnx *onnx, const char *operator, const char *input, ...)
    __attribute__((sentinel));
void onnx_add_input(struct onnx *onnx, Onnx__NodeProto *node, const char *input);
void onnx_set_integer(struct onnx *onnx, Onnx__NodeProto *node, const char *name, int64_t value);
void onnx_set_integers(struct onnx *onnx, Onnx__NodeProto *node, const char *name, const int64_t *values, int count);
void onnx_set_float(struct onnx *onnx, Onnx__NodeProto *node, const char *name, double value);
void onnx_set_string(struct onnx *onnx, Onnx__NodeProto *node, const char *name, const char *value);

/* Initializers. The numbers must live as long as the model. */
const char *onnx_add_tensor(struct onnx *onnx, const char *name, int type, const int64_t *dims, int rank,
                            const void *values, size_t size_bytes);
const char *onnx_add_floats(struct onnx *onnx, const char *name, struct shape shape, const float *values);
const char *onnx_add_integers(struct onnx *onnx, const char *name, const int64_t *values, int count); /* copied */
const char *onnx_add_number(struct onnx *onnx, double value);

/* onnx_operator.c: the nodes for one node of the graph; returns the name of its result. */
const char *onnx_write_node(struct onnx *onnx, const struct node *node);
/* onnx_activation.c */
const char *onnx_write_activation(struct onnx *onnx, struct activation activation, const char *x);
/* onnx_move.c: reshape, slice ... argmax */
const char *onnx_write_move(struct onnx *onnx, const struct node *node, const char *x);
const char *onnx_write_reshape(struct onnx *onnx, const char *x, struct shape shape);

#endif
