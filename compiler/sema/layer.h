/* layer.h - layers of the language: what a call of one hands to the function that builds its nodes. */
#ifndef SENC_SEMA_LAYER_H
#define SENC_SEMA_LAYER_H

#include "elaborate.h"

enum { LAYER_MAX_ARGUMENTS = 8 };

enum layer_inputs { LAYER_ONE_INPUT, LAYER_MANY_INPUTS, LAYER_NO_INPUT, LAYER_OPERANDS };

struct layer_call;

struct layer {
    const char *name;
    const char *kind; /* begins generated names */
    enum layer_inputs inputs;
    int required; /* the first ones of the arguments have no default */
    const char *arguments[LAYER_MAX_ARGUMENTS];
    struct value (*build)(struct layer_call *call);
    int variant; /* tells layers of one builder apart */
};

struct layer_call {
    struct sema *sema;
    const struct layer *layer;
    const struct ast_call *call;
    struct node **inputs; /* at least one, unless the layer takes none */
    const struct span *input_spans;
    int input_count;
    struct bound arguments[LAYER_MAX_ARGUMENTS];
    const char *path; /* of its parameters */
    const struct origin *origin;
    bool has_tensor; /* one of the inputs is no number */
    bool has_failed; /* an argument was wrong, or a parameter could not be made */
};

const struct layer *layer_lookup(const char *name); /* or NULL */
void layer_add_names(struct arena *arena, struct name_list *names);
struct value layer_apply(struct sema *sema, const struct layer *layer, const struct ast_call *call,
                         const struct binding *fed);
/* The same for a call, not in a chain, whose arguments are evaluated already. */
struct value layer_apply_values(struct sema *sema, const struct layer *layer, const struct ast_call *call,
                                const struct value *values);

/* layer_argument.c: an argument by its place, or the default; a wrong one is reported and sets has_failed. */
int64_t argument_integer(struct layer_call *call, int place, int64_t otherwise, int64_t least);
double argument_real(struct layer_call *call, int place, double otherwise);
bool argument_boolean(struct layer_call *call, int place, bool otherwise);
/* The index of the word among `words`. */
int argument_word(struct layer_call *call, int place, const char *const *words, int count, int otherwise);
/* n or [h, w] */
void argument_pair(struct layer_call *call, int place, int64_t otherwise, int64_t least, int64_t out_pair[2]);
/* An activation by its name, with its default constants; those of `allowed` (NULL: all). */
struct activation argument_activation(struct layer_call *call, int place, enum activation_kind otherwise,
                                      const enum activation_kind *allowed, int allowed_count);

/* A list of integers from `least` on, or one integer. */
struct integers {
    int64_t *items;
    int64_t count;
};
struct integers argument_integers(struct layer_call *call, int place, int64_t least);
/* A list of numbers. */
struct reals {
    float *items; /* in the graph's arena */
    int64_t count;
};
struct reals argument_reals(struct layer_call *call, int place);
/* An axis that the input has; -1 after an error. */
int argument_axis(struct layer_call *call, int place);
/* The extents of a reshape as written, of a tensor of `count` numbers: -1 stands for what is left. False after an error. */
bool argument_shape(struct layer_call *call, int place, struct shape *out_shape);

enum edges { EDGES_ABSENT, EDGES_GIVEN, EDGES_SAME };
/* n, [h, w], [top, left, bottom, right], valid (all 0) or same. */
enum edges argument_edges(struct layer_call *call, int place, int64_t out_edges[EDGE_COUNT]);
/* The padding of a window: as given, or `otherwise`; same: so that stride 1 keeps height and width. */
void argument_window_pad(struct layer_call *call, int place, struct window *window, enum edges otherwise);

bool argument_is_word(const struct layer_call *call, int place, const char *word);
void argument_fail(struct layer_call *call, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct span argument_span(const struct layer_call *call, int place); /* of the call if it was not given */

/* layer.c, for builders */
struct node *layer_add_node(struct layer_call *call, enum op op, struct node *const *inputs, int input_count);
struct node *layer_add_param(struct layer_call *call, const char *part, enum param_role role,
                             struct shape shape, double fan_in);
struct value layer_finish(struct layer_call *call, struct node *node);
/* Says what the inputs are, under each. */
void layer_label_inputs(struct layer_call *call);
bool layer_need_map(struct layer_call *call);

#define LAYER(name, kind, inputs, required, arguments, builder, variant)                                     \
    struct value build_##builder(struct layer_call *call);
#include "layer.def"
#undef LAYER
struct value build_activation(struct layer_call *call); /* variant: enum activation_kind */

#endif
