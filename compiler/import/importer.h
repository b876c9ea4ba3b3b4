/* importer.h - inside import/: the values that flow between the nodes of an ONNX graph, and what handlers of operators
 * are made of.
 *
 * A value has the extents that ONNX gives it. It is a constant, whose numbers are known now, or a node of the graph,
 * whose shape is any shape of the same numbers in row-major order. The primitives below (value_take, value_binary ...)
 * compute constants at once and make nodes of the rest, so each operator is written down once for both.
 *
 * Batch. In a batched import axis 0 of every value that flows is the batch: its node holds one picture. An operator
 * that does anything else to axis 0 calls call_fail_batch, and the import is begun again with the batch as an axis
 * like any other (graph->batch 1).
 */
#ifndef SENC_IMPORT_IMPORTER_H
#define SENC_IMPORT_IMPORTER_H

#include "../base/map.h"
#include "import.h"

#include <compiler/import/onnx.pb-c.h>

enum { DIMS_MAX_RANK = 8 };

struct dims {
    int rank;
    int64_t d[DIMS_MAX_RANK];
};

enum element { ELEMENT_FLOAT, ELEMENT_INTEGER, ELEMENT_BOOLEAN };

struct value {
    const char *name; /* in the file; of a constant that is computed from one, that one's */
    struct dims dims;
    enum element element;
    struct node *node; /* NULL: a constant */
    const float *floats;     /* of a constant that is ELEMENT_FLOAT */
    const int64_t *integers; /* of the other constants */
    struct node *param;      /* what a constant became in the graph, the last time; or NULL */
    /* Not NULL: this is that value turned, axis i of it axis axes[i] there, and `node` is the node of that value. What works
     * on each number alone works on the value behind and turns the result, so that a turn and a turn back meet and both are
     * gone; value_settle makes a node of what is left. */
    struct value *behind;
    int axes[DIMS_MAX_RANK];
    bool is_failed;          /* its node was reported: nothing more is said about what follows from it */
};

struct mapping {
    const char *path;
    const unsigned char *bytes;
    size_t size_bytes;
};

struct import {
    struct arena *arena;
    const char *path;
    bool has_folder; /* false: the bytes came from memory, and external data lies nowhere */
    Onnx__ModelProto *model;
    ProtobufCAllocator allocator;
    size_t allocated_bytes, most_bytes;
    const char *stack; /* where unpacking began */
    VEC(struct mapping) mappings; /* files of external data */
    VEC(Onnx__TensorProto *) tensors; /* of files of --constant */
    const char *wanted_constant;
};

struct importer {
    struct import *import;
    const struct import_options *options;
    struct diag *diag;
    struct arena *arena; /* dies with the import */
    struct graph *graph;
    const Onnx__GraphProto *proto;
    int64_t opset;
    struct map values;    /* name -> struct value * */
    struct map producers; /* name -> const Onnx__NodeProto * */
    struct map tensors;   /* initialisers by name */
    struct map uses;      /* name -> how many inputs of nodes and outputs of the graph it is, as a pointer's number */
    bool is_batched;
    int64_t numbers;              /* made so far of constants */
    int64_t batch;                /* extent of axis 0 in a batched import */
    const char *batch_problem;    /* why the import cannot be batched */
    const char *wanted_constant;  /* an input of the graph that would have to be constant, or NULL */
    const char *joined_input;     /* of the first input that has more axes than a picture, what became of them, or NULL */
    const char *loose_corners;    /* a description of the first Resize whose corners meet in no whole number, or NULL */
    int64_t training_count;       /* nodes that do what only training does, */
    const char *training_first;   /* and a description of the first */
};

/* One node being imported. */
struct call {
    struct importer *importer;
    const Onnx__NodeProto *proto;
    const struct origin *origin;
    struct value **inputs; /* NULL where left out */
    int input_count;
    struct value **outputs; /* to be set; NULL stays for what cannot be had */
    int output_count;
    uint64_t read; /* bits of the attributes that were asked for */
    const char *problem;
};

/* --- dims.c */
int64_t dims_count(struct dims dims);                              /* -1: too many; may be 0 */
int64_t dims_product(const struct dims *dims, int begin, int end); /* of axes begin .. end-1 */
bool dims_equal(struct dims a, struct dims b);
const char *dims_text(struct arena *arena, struct dims dims); /* "[1, 3, 224, 224]" */
struct dims dims_of_shape(struct shape shape);
bool dims_broadcast(struct dims a, struct dims b, struct dims *out_dims); /* numpy's rule */
struct dims dims_pad_front(struct dims dims, int rank);                   /* with ones */
struct dims dims_drop_front(struct dims dims);                            /* without the first */

/* --- model.c: the file; import_open and import_close are there, too */
bool model_check(struct importer *importer);
/* How many inputs of nodes and outputs of the graph have that name. */
size_t model_count_uses(const struct importer *importer, const char *name);

/* A file that holds one TensorProto. NULL with the problem in words. */
const Onnx__TensorProto *import_read_tensor(struct import *import, const char *path, const char **out_problem);

/* --- tensor.c: a TensorProto becomes a constant. NULL with the problem in words. */
struct value *tensor_read(struct import *import, struct arena *arena, const Onnx__TensorProto *proto,
                          const char **out_problem);
/* "float16"; of any number. */
const char *tensor_type_name(int type);
/* What numbers of an ONNX type become; false: nothing. */
bool tensor_type_element(int type, enum element *out_element);
/* external.c: the bytes of a tensor that lie in a file beside the model's; as many as are wanted, where it does not say. */
const unsigned char *external_map(struct import *import, const Onnx__TensorProto *proto, size_t wanted_bytes, size_t *out_bytes,
                                  const char **out_problem);

/* --- input.c: what the options say about the inputs of the graph */
bool input_declare_all(struct importer *importer);
bool input_check_options(struct importer *importer);

/* --- call.c: the node being imported */
bool call_run(struct importer *importer, const Onnx__NodeProto *proto); /* false: its outputs are failed */
/* A value by its name: made before, or an initialiser; NULL: neither. */
struct value *call_find_value(struct importer *importer, const char *name);
/* Both return false. */
bool call_fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool call_fail_batch(struct call *call);
/* The node does what only training does. It goes on as if it did not, so that there is one error for all of them, behind the
 * last node. */
void call_note_training(struct call *call);
/* The node aligns corners of an extent that is no whole number, which engines do not agree on: a warning. */
void call_note_corners(struct call *call);
/* "'a.onnx': node 'conv1' (Conv, opset 13)" */
const char *call_describe(const struct importer *importer, struct arena *arena, const Onnx__NodeProto *proto);

/* --- attribute.c */
bool attribute_has(struct call *call, const char *name);
int64_t attribute_integer(struct call *call, const char *name, int64_t otherwise);
double attribute_real(struct call *call, const char *name, double otherwise);
const char *attribute_string(struct call *call, const char *name, const char *otherwise);
/* NULL and 0 if there is none. */
const int64_t *attribute_integers(struct call *call, const char *name, size_t *out_count);
const Onnx__AttributeProto *attribute_find(struct call *call, const char *name);
/* The name of an attribute that no one asked for, or NULL. */
const char *attribute_unread(const struct call *call);

/* --- value.c */
struct value *value_flow(struct call *call, struct node *node, struct dims dims);
struct value *value_floats(struct call *call, struct dims dims, float **out_floats);
struct value *value_integers(struct call *call, struct dims dims, int64_t **out_integers);
/* False after call_fail: too many numbers of constants would be made. */
bool value_count_numbers(struct call *call, int64_t count);
struct value *value_number(struct call *call, double number);
bool value_is_constant(const struct value *value);
/* The extents of a picture: without the batch of a value that flows. */
struct dims value_picture(const struct call *call, const struct value *value);
/* The shape that a value of these extents has in the graph unless something else is asked for. */
struct shape value_shape(const struct call *call, struct dims dims);
/* A shape in which axis `axis` of these extents is an axis of its own, *out_axis. */
struct shape value_axis_shape(const struct call *call, struct dims picture, int axis, int *out_axis);
/* The node, under that shape; a constant becomes a param. */
struct node *value_node(struct call *call, struct value *value, struct shape shape);
struct node *value_param(struct call *call, struct value *value, struct shape shape, enum param_role role,
                         int64_t fan_in);
/* A copy under other extents, of the same count. */
struct value *value_view(struct call *call, struct value *value, struct dims dims);
/* An axis, counted from the end if negative; -1 after call_fail. */
int value_axis(struct call *call, int64_t axis, int rank);
/* Input `index`, which must be there, and constant. NULL after call_fail. */
struct value *call_constant(struct call *call, int index, const char *what);
bool call_has_input(const struct call *call, int index);
/* The integers of such an input. */
const int64_t *call_integers(struct call *call, int index, const char *what, int64_t *out_count);

/* The axes that an operator works along, of a tensor of `rank`, as bits: input 1, in old opsets the attribute "axes". A
 * count of 0: none are given. False after call_fail. */
bool call_axes(struct call *call, int rank, unsigned *out_axes, int64_t *out_count);
/* Value i of a constant, as double. */
double value_at(const struct value *value, int64_t i);
/* Adds a node and infers its shape. NULL after call_fail. */
struct node *call_add(struct call *call, enum op op, struct node *const *inputs, int input_count);
struct node *call_finish(struct call *call, struct node *node);

/* --- move.c: numbers moved. NULL after call_fail. */
struct value *value_reshape(struct call *call, struct value *value, struct dims dims);
struct value *value_take(struct call *call, struct value *value, int axis, const int64_t *indices, int64_t count,
                         double fill);
struct value *value_slice(struct call *call, struct value *value, const int64_t *begin, const int64_t *extent);
struct value *value_permute(struct call *call, struct value *value, const int *axes);
/* The same with a node of its own. */
struct value *value_settle(struct call *call, struct value *value);
/* The value turned in the same way as `like`, if that is turned. */
struct value *value_turn_like(struct call *call, struct value *value, const struct value *like);
/* With its axes as they are behind `like`, which has as many; a constant may have fewer. */
struct value *value_turn_back(struct call *call, struct value *value, const struct value *like);
bool value_is_turned_alike(const struct value *a, const struct value *b);
struct value *value_concat(struct call *call, struct value *const *values, int count, int axis);
struct value *value_expand(struct call *call, struct value *value, struct dims dims);

/* --- math.c */
enum binary {
    BINARY_ADD, BINARY_SUB, BINARY_MUL, BINARY_DIV, BINARY_MIN, BINARY_MAX, BINARY_POW,
    /* of constants only: */
    BINARY_MOD, BINARY_FMOD, BINARY_EQUAL, BINARY_LESS, BINARY_LESS_EQUAL, BINARY_GREATER, BINARY_GREATER_EQUAL,
    BINARY_AND, BINARY_OR, BINARY_XOR,
};
struct value *value_binary(struct call *call, enum binary kind, struct value *a, struct value *b);
struct value *value_activation(struct call *call, struct value *value, struct activation activation);
struct value *value_unary(struct call *call, struct value *value, enum activation_kind kind);

/* operator_product.c: a times b, of two axes or more each, as numpy multiplies matrices. */
struct value *value_product(struct call *call, struct value *a, struct value *b);

/* operator_matrix.c: the sum of inputs of an Add as the bias of the product or convolution that input `index` is, if that is
 * all that becomes of it. NULL: it is not. */
struct value *value_add_bias(struct call *call, int index);

/* --- reduce.c */
/* What a row of operators.def says of a Reduce... operator. */
enum reduction {
    REDUCTION_MEAN, REDUCTION_SUM, REDUCTION_MAX, REDUCTION_MIN, REDUCTION_PROD, REDUCTION_L1, REDUCTION_L2,
    REDUCTION_LOG_SUM, REDUCTION_LOG_SUM_EXP, REDUCTION_SUM_SQUARE,
};
/* `axes`: bits. The reduced extents become 1. */
struct value *value_reduce(struct call *call, enum reduce_kind kind, struct value *value, unsigned axes);
struct value *value_drop_axes(struct call *call, struct value *value, unsigned axes);

/* --- fold.c: the same for constants */
struct value *fold_take(struct call *call, const struct value *value, int axis, const int64_t *indices, int64_t count,
                        double fill);
struct value *fold_permute(struct call *call, const struct value *value, const int *axes);
struct value *fold_concat(struct call *call, struct value *const *values, int count, int axis);
struct value *fold_binary(struct call *call, enum binary kind, const struct value *a, const struct value *b);
struct value *fold_activation(struct call *call, const struct value *value, struct activation activation);
struct value *fold_reduce(struct call *call, enum reduce_kind kind, const struct value *value, unsigned axes);
/* x [batch, C, ...] by channel; `mean` and `variance` NULL: those of x itself. All are constants of floats. */
struct value *fold_batch_norm(struct call *call, const struct value *x, const struct value *scale, const struct value *bias,
                              const struct value *mean, const struct value *variance, double epsilon);
struct value *fold_where(struct call *call, const struct value *condition, const struct value *a,
                         const struct value *b);
struct value *fold_cast(struct call *call, const struct value *value, enum element element, int onnx_type);

/* --- operator_*.c: a handler an operator; `variant` is what its row of operators.def says. */
typedef bool operator_handler(struct call *call, int variant);
#define OPERATOR(name, least, most, handler, variant) operator_handler import_##handler;
#include "operators.def"
#undef OPERATOR

struct operator {
    const char *name;
    int least, most; /* inputs */
    operator_handler *handle;
    int variant;
};
const struct operator *operator_find(const char *name);
/* Whether the operator, which is one of those, was another in some opset before IMPORT_OPSET_LEAST. */
bool operator_has_changed(const char *name);

#endif
