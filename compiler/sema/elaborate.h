/* elaborate.h - the state of one elaboration, shared by the files of sema/. */
#ifndef SENC_SEMA_ELABORATE_H
#define SENC_SEMA_ELABORATE_H

#include "../base/diag.h"
#include "../base/map.h"
#include "sema.h"
#include "value.h"

/* Bounds of one elaboration: real networks need a few thousand steps and nodes. */
enum {
    MAX_STEPS = 1000000,
    MAX_NODES = 100000,
    MAX_CALL_DEPTH = 100,
    MAX_EVALUATION_DEPTH = 2000,
    MAX_PATH = 1000
};

/* The evaluation of one body: a block that was called, the network, or the params. */
struct frame {
    const struct frame *parent;
    const struct ast_item *item; /* NULL for params */
    struct span call;            /* of the block */
    const struct origin *caller;
    const char *path;     /* of the labels around: "layer1.0", or "" */
    struct map variables; /* name -> struct binding */
    struct binding in;
    bool is_fed; /* `in` has a value */
    bool has_returned;
    struct value result;
    int depth;
};

struct name_list {
    const char **items;
    size_t count, capacity;
};

/* A tensor that a variable of the frame had as its value. */
struct assignment {
    const struct node *node;
    struct ast_name name;
    const struct frame *frame;
};

struct source_copy {
    const struct source *from, *to;
};

struct sema {
    const struct ast *ast;
    const struct sema_options *options;
    struct diag *diag;
    struct arena *arena; /* scratch */
    struct graph *graph;
    const struct ast_item *network;
    struct map blocks;          /* name -> const struct ast_item */
    struct map param_items;     /* name -> const struct ast_item */
    struct map params;          /* name -> struct binding: those evaluated so far */
    struct map weight_places;   /* full name -> struct weight_place */
    struct map generated_names; /* path and kind -> int64_t */
    VEC(struct source_copy) sources;
    VEC(struct assignment) assignments;
    struct frame *frame;
    const struct frame *error_frame; /* of the error that still needs its notes, or NULL */
    int64_t step_count, node_count;
    int evaluation_depth;
    size_t errors_before; /* errors that diag had at the start */
    struct span labels;   /* the labels statement; source NULL before */
    bool is_stopped;      /* a bound was exceeded */
};

/* Reports an error at `span` of the current frame. Labels, notes and suggestions may follow; the notes on the
 * block calls around are added after them. */
void sema_error(struct sema *sema, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds the notes that the last error still needs. Before anything else reports to the same diag. */
void sema_finish_error(struct sema *sema);

/* As sema_error, and ends the evaluation. */
void sema_stop(struct sema *sema, struct span span, enum diag_id id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Counts a step of evaluation. False when there were too many, or too many errors. */
bool sema_take_step(struct sema *sema, struct span span);

/* The same, one level further down; sema_leave follows if it was true. */
bool sema_enter(struct sema *sema, struct span span);
void sema_leave(struct sema *sema);

/* "f32[64, 56, 56], from line 9" for a tensor, else as value_describe; `span` is where it is talked about. */
const char *sema_describe(struct sema *sema, struct value value, struct span span);

/* expression.c */
struct value sema_evaluate(struct sema *sema, const struct ast_expression *expression);
/* Whether the condition is known; false after an error. */
bool sema_evaluate_condition(struct sema *sema, const struct ast_expression *condition, bool *out_is_true);
const struct binding *sema_lookup(const struct sema *sema, const char *name);

/* Whether the name is a word that chooses something, as in avgpool(global): no variable may be called so. */
bool sema_is_choice(const char *name);

/* arithmetic.c: the operator applied to two values that are no errors. */
struct value sema_apply_binary(struct sema *sema, const struct ast_expression *expression, struct value left,
                               struct value right);
struct value sema_apply_unary(struct sema *sema, const struct ast_expression *expression,
                              struct value operand);

/* function.c */
struct function;
const struct function *function_lookup(const char *name);
struct value function_call(struct sema *sema, const struct function *function, const struct ast_call *call);
void function_add_names(struct arena *arena, struct name_list *names);

/* statement.c */
void sema_run_body(struct sema *sema, const struct ast_body *body);
void sema_set_variable(struct sema *sema, struct ast_name name, struct value value);
bool sema_evaluate_integer(struct sema *sema, const struct ast_expression *expression, const char *what,
                           int64_t *out_integer);

/* call.c: a call in a chain (`fed`) or as a function (NULL). */
struct value sema_call(struct sema *sema, const struct ast_call *call, const struct binding *fed);

/* The first argument without a name after one with a name, or NULL. check.c reports it; it is not known then which
 * arguments are meant. */
const struct ast_argument *sema_find_misplaced(const struct ast_arguments *arguments);

/* Whether a call can be of that name. */
bool sema_is_callable(const struct sema *sema, const char *name);
/* elsewhere.c: a note with what the layer is called here, if another framework calls it so. */
bool sema_note_elsewhere(struct sema *sema, const char *name);
/* What a word in the arguments of a layer is called here, if another framework calls it so; or NULL. */
const char *sema_word_elsewhere(const struct sema *sema, const char *word);
void sema_report_unknown_callee(struct sema *sema, const struct ast_call *call, bool is_fed);

struct bound {
    bool is_given;
    struct value value;
    struct span span;
};

/* The arguments of a call from the `skip_count`th positional one on, put where `names` says. False after an
 * error. */
bool sema_bind_arguments(struct sema *sema, const struct ast_call *call, size_t skip_count,
                         const char *const *names, size_t name_count, struct bound *out_bound);

/* network.c */
void sema_declare_input(struct sema *sema, const struct ast_statement *statement);
void sema_declare_output(struct sema *sema, const struct ast_statement *statement);
void sema_declare_labels(struct sema *sema, const struct ast_statement *statement);
void sema_run_network(struct sema *sema);

/* picture.c: what `from rgb(...)` says of an input of that shape. NULL after an error. */
const struct picture *sema_evaluate_picture(struct sema *sema, const struct ast_picture *declared,
                                            struct shape shape);

/* What `output x: rgb(...)` says of an output of that shape. NULL after an error. */
const struct picture *sema_evaluate_output_picture(struct sema *sema, const struct ast_picture *declared,
                                                   struct shape shape);
/* Whether a network with such an output, if it is one, can be run. */
void sema_check_output_picture(struct sema *sema);

/* unused.c: of layers with weights on which no output depends. */
void sema_warn_unused(struct sema *sema);

/* param.c: the params, with what -D says. */
void sema_evaluate_params(struct sema *sema);

/* check.c: what can be said about the whole text without evaluating it. Fills sema->blocks and sema->network.
 */
void sema_check(struct sema *sema);
/* The same about the value of a param, or of a -D. */
void sema_check_value(struct sema *sema, const struct ast_expression *expression);

/* node.c: nodes, their origins and their names. */
const struct origin *sema_origin(struct sema *sema, struct span span);
struct node *sema_add_node(struct sema *sema, enum op op, struct node *const *inputs, int input_count,
                           const struct origin *origin);
/* Infers the shape of a node; on failure reports "cannot apply 'what': problem" at `span` and returns
 * NO_VALUE. */
struct value sema_finish_node(struct sema *sema, struct node *node, const char *what, struct span span);
/* The path of a call: its label's, or a generated one made of `kind` and a number. NULL after an error. */
const char *sema_name_call(struct sema *sema, const struct ast_call *call, const char *kind);
/* The path of a block call: without a label that of the calls around. NULL after an error. */
const char *sema_name_block_call(struct sema *sema, const struct ast_call *call);
/* A parameter `path`.`part`, or `path` if the part is "". NULL after an error. */
struct node *sema_add_param(struct sema *sema, const struct ast_call *call, const char *path,
                            const char *part, enum param_role role, struct shape shape, double fan_in,
                            const struct origin *origin);
struct node *sema_add_number(struct sema *sema, double number, struct span span);

#endif
