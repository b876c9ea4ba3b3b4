/* graph.h - a network as a list of operations, in an order in which each comes after its inputs.
 *
 * A node is an operation and its one result. The batch is no part of any shape: every operation acts on each
 * picture of the batch alone. A graph and all it points to, lists of indices too, live in graph->arena, except tensors
 * that a mapped weights file owns. Only sema (building), import, weights (binding) and pass/ change a graph.
 */
#ifndef SENC_GRAPH_GRAPH_H
#define SENC_GRAPH_GRAPH_H

#include "../base/arena.h"
#include "../base/diag.h"
#include "../base/text.h"
#include "../base/vec.h"
#include "../tensor/tensor.h"

#include <stdbool.h>

enum op {
#define OP(id, name, least, most, attributes, summary) OP_##id,
#include "op.def"
#undef OP
    OP_COUNT
};

enum activation_kind {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) ACTIVATION_##id,
#include "activation.def"
#undef ACTIVATION
    ACTIVATION_COUNT
};

struct activation {
    enum activation_kind kind;
    double alpha, beta; /* what activation.def names them; 0 where unused */
};

/* Where a node was written: the call, and the block calls around it, innermost first. */
struct origin {
    struct span span;
    const char *block;           /* the block whose body holds the span; NULL in the network itself */
    const struct origin *caller; /* the call of that block, or NULL */
    const char *imported;        /* "node 'conv1' (Conv, opset 13) of 'a.onnx'": it has no span; or NULL */
};

enum edge { EDGE_TOP, EDGE_LEFT, EDGE_BOTTOM, EDGE_RIGHT, EDGE_COUNT };

struct window { /* index 0: along H, 1: along W */
    int64_t kernel[2], stride[2], dilation[2];
    int64_t pad[EDGE_COUNT];
};

enum picture_color { PICTURE_GRAY = 1, PICTURE_RGB = 2, PICTURE_BGR = 3 };

struct picture { /* senrt_abi.h, SENRT_PICTURE_FIELDS */
    enum picture_color color;
    int64_t resize_height, resize_width, crop_height, crop_width;
    float mean[3], stddev[3];
    bool is_filled; /* scaled to the crop's height, on the left; beside it is `fill` */
    float fill;
};

/* What a parameter is, for random weights and for counting. */
enum param_role {
    PARAM_CONSTANT, /* a number of the text, or computed by a pass: no name in a weights file */
    PARAM_WEIGHT,   /* of conv, linear, se: fan_in is set */
    PARAM_BIAS,
    PARAM_NORM_WEIGHT,
    PARAM_NORM_BIAS,
    PARAM_NORM_MEAN, /* not trainable */
    PARAM_NORM_VAR,  /* not trainable */
    PARAM_SLOPE,
};

enum squeeze { SQUEEZE_AVG, SQUEEZE_MAX };
enum upsample_mode { UPSAMPLE_NEAREST, UPSAMPLE_BILINEAR };
enum reduce_kind { REDUCE_MEAN, REDUCE_SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_PROD };
enum { REARRANGE_MAX_RANK = 8 };

/* An SE block, and what the passes did with it or why they did not, for --explain-se. */
struct se_note {
    const char *pass, *text;
    const struct origin *origin; /* of what it is about */
};

struct se_block {
    int number; /* in the order of the network, from 0 */
    const char *name;
    const struct origin *origin;
    struct map_shape map; /* that it scales */
    enum squeeze squeeze;
    struct activation inner, gate;
    int64_t hidden;
    VEC(struct se_note) notes;
};

struct node {
    struct node *previous, *next; /* in the graph's list */
    enum op op;
    uint32_t id; /* unique in its graph, in order of creation */
    struct shape shape;
    struct node **inputs;
    int input_count;
    int use_count;    /* how many inputs of nodes it is; kept by graph_add, graph_replace_uses and graph_remove */
    const char *name; /* path of labels ("layer1.0.conv1"), or NULL; for people */
    const struct origin *origin;
    struct se_block *se; /* that this node is the squeeze, excitation or product of; or NULL */
    bool from_sums;      /* of what reads a whole map: the steps that compute the map may keep its sums (pass squeeze-epilogue) */
    union {
        struct {
            const char *name;
            const struct picture *picture; /* or NULL */
        } input;
        struct {
            const char *name; /* in the weights file; NULL for PARAM_CONSTANT */
            enum param_role role;
            int64_t fan_in; /* of PARAM_WEIGHT: products summed for one output, see tests/reference/README.md */
            const struct tensor *tensor; /* NULL until bound */
        } param;
        struct {
            struct window window;
            int64_t groups, output_pad[2];
            bool winograd; /* a 3x3 convolution that may be computed by minimal filtering (pass choose-winograd) */
        } conv;
        struct {
            double epsilon;
        } batch_norm;
        struct {
            enum squeeze squeeze;
            struct activation inner, gate;
            bool is_single; /* nothing between the layers, and the second is the unit matrix: one layer alone */
            bool is_strict; /* of excite: all gates are NaN if a number of the vector is not finite (compose-excite) */
            bool is_fused;  /* of excite: both layers may be one step (fuse-excite) */
            bool is_wary;   /* of excite: gate c is NaN instead of 0 if number c of the vector is -inf or NaN (sink-scale) */
        } se;
        struct activation activation;
        struct {
            bool deferred; /* what reads the product may read its factors and scale as it reads (pass sink-scale) */
        } mul;
        struct {
            struct window window;
            bool count_include_pad, ceil_mode;
        } pool;
        struct {
            bool is_max;
            int index; /* among the graph's meetings: tiling.h */
            int phase; /* of the run over all tiles that gathers it, from 1 on */
        } meet;
        struct {
            int axis;
        } concat;
        struct {
            int64_t begin[SHAPE_MAX_RANK];
        } slice;
        struct {
            int64_t groups;
        } shuffle;
        struct {
            int64_t scale[2];
            enum upsample_mode mode;
        } upsample;
        struct {
            int64_t pad[EDGE_COUNT];
            double value;
        } pad;
        struct {
            int rank;
            int64_t dims[REARRANGE_MAX_RANK]; /* the input, row-major, is seen with these extents */
            int axes[REARRANGE_MAX_RANK];     /* axis i of the result is this one of them */
        } rearrange;
        struct {
            int axis;
            int64_t count;
            const int64_t *indices; /* [count]; -1: fill */
            double fill;
        } take;
        struct {
            int axis;
            int64_t count, taps;
            const int64_t *indices; /* [count][taps] */
            const float *weights;   /* [count][taps]; what has weight 0 counts as nothing, also infinity */
        } resample;
        struct {
            enum reduce_kind kind;
            unsigned axes; /* bit i: over axis i */
        } reduce;
        struct {
            int axis;
            bool last, is_min; /* of equal numbers the last, not the first; the smallest, not the largest */
        } argmax;
    } as;
};

struct graph_output {
    const char *name;
    struct node *node;
    const struct origin *origin;
    const struct picture *picture; /* NULL, or how its numbers become a picture: color, mean and stddev are used */
};

struct graph {
    struct arena *arena;
    const char *name; /* the network's: a C identifier */
    int64_t batch;    /* pictures a run */
    struct node *first, *last;
    uint32_t next_id;
    VEC(struct node *) inputs; /* OP_INPUT nodes in order of declaration */
    VEC(struct graph_output) outputs;
    VEC(struct se_block *) se_blocks;
    VEC(struct se_note) se_declined; /* what looks like such a block and is none */
    VEC(const char *) labels; /* names of the classes; may be empty */
    const struct tiling *tiling; /* tiling.h; NULL before pass meet-squeezes, and without a picture as output */
    int64_t parameter_count;  /* trainable numbers as written; set by sema or import, not changed by passes */
    int64_t mac_count;        /* multiply-accumulates of conv, conv_transpose, linear, se for one picture, likewise */
};

/* --- building ------------------------------------------------------------------------------------------- */

struct graph *graph_create(const char *name); /* with an arena of its own */
void graph_destroy(struct graph *graph);

/* Adds a node before `before` (NULL: at the end). Copies `inputs`; the shape is still to be set: by the caller
 * (input, param, reshape, slice, rearrange), or by graph_infer. Attributes start zeroed. */
struct node *graph_add(struct graph *graph, struct node *before, enum op op, struct node *const *inputs,
                       int input_count, const struct origin *origin);

/* A PARAM_CONSTANT node in front of everything. The tensor must live as long as the graph. */
struct node *graph_add_constant(struct graph *graph, const struct tensor *tensor, const struct origin *origin);

/* Sets node->shape from its inputs and attributes. On failure returns false and *out_problem says in words what is
 * wrong ("kernel 7x7 is larger than the padded input 5x5"). */
bool graph_infer(struct graph *graph, struct node *node, const char **out_problem);

/* --- rewriting (pass/) ------------------------------------------------------------------------------------ */

/* Every use of `old`, as an input or an output of the graph, becomes a use of `replacement`. */
void graph_replace_uses(struct graph *graph, struct node *old, struct node *replacement);

/* The node must be unused, and no input of the graph. */
void graph_remove(struct graph *graph, struct node *node);

/* Of a node without inputs: any other may use it from now on. */
void graph_move_to_front(struct graph *graph, struct node *node);

/* All inputs of the node must stand before `before`, and all users behind it. */
void graph_move_before(struct graph *graph, struct node *node, struct node *before);

/* Nothing behind the node may use it. */
void graph_move_to_end(struct graph *graph, struct node *node);

/* How often nodes and outputs of the graph use it. */
int graph_use_count(const struct graph *graph, const struct node *node);

/* The node that uses it, if there is just one, which uses it once, and no output does; else NULL. */
struct node *graph_single_user(const struct graph *graph, const struct node *node);

/* Something that a pass has to say about an SE block (NULL: nobody asks). */
void graph_note_se(struct graph *graph, struct se_block *block, const char *pass, const struct origin *origin,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* A graph with nodes of its own. Tensors, names and origins are shared with the original, which must outlive it. */
struct graph *graph_clone(const struct graph *graph);

/* Notes for the open diagnostic about a node: the block calls around it, innermost first, or the node of an ONNX model
 * that it comes from. */
void origin_note_callers(const struct origin *origin, struct diag *diag);

/* Multiply-accumulates of a node for one picture; -1 if they do not fit. */
int64_t graph_count_macs(const struct node *node);

/* --- reading ---------------------------------------------------------------------------------------------- */

const char *op_name(enum op op);
bool op_is_binary(enum op op);        /* add ... pow */
const char *op_binary_verb(enum op op); /* "add" ... "raise to a power" */
const char *reduce_name(enum reduce_kind kind);
const char *activation_name(enum activation_kind kind);

void graph_print(const struct graph *graph, struct text *text); /* --emit=graph */
void graph_dot(const struct graph *graph, struct text *text);   /* --emit=dot: Graphviz */

/* Order, input counts, shapes equal to inferred ones. Returns NULL or what is broken; for the pass runner. */
const char *graph_verify(struct graph *graph);

#endif
