/* item.h - inside export/: a network as the pieces of its text. */
#ifndef SENC_EXPORT_ITEM_H
#define SENC_EXPORT_ITEM_H

#include "../base/map.h"
#include "export.h"

enum item_form {
    ITEM_INPUT,    /* an input of the network, or what a block is fed */
    ITEM_LAYER,    /* fed by one tensor: a link of a chain */
    ITEM_CALL,     /* of a block, likewise */
    ITEM_OPERATOR, /* a + b */
    ITEM_FUNCTION, /* concat(a, b, ...), max(a, b) */
    ITEM_NUMBER,   /* an operand that is a number of the text; used once */
    ITEM_TENSOR,   /* an operand that is a tensor of the weights file; used once */
};

struct attribute {
    const char *name;
    const char *value; /* as text */
    const char *usual; /* the default, which is left out; or NULL */
};

enum { ITEM_MAX_ATTRIBUTES = 10, ITEM_MAX_PARAMS = 5 };

struct param_use {
    struct node *node; /* OP_PARAM of the copied graph, used by no other item */
    const char *part;  /* "weight"; "" for a tensor that is named by the label alone */
};

/* One layer, operator or call, and its result. */
struct item {
    enum item_form form;
    const char *callee; /* "conv", "+"; NULL: the value of attributes[0], an activation that a block may vary */
    struct block *block; /* of ITEM_CALL */
    struct shape shape;
    struct item **inputs;
    int input_count;
    struct attribute attributes[ITEM_MAX_ATTRIBUTES];
    int attribute_count;
    int positional_count;          /* the first so many attributes are given by place */
    struct param_use params[ITEM_MAX_PARAMS];
    int param_count;
    const char *given_name;        /* of the graph's node, or NULL */
    const char *kind;              /* begins made-up labels; NULL: the item takes no label */
    const char *path;              /* of the label, from the outermost; NULL: to be made up */
    const char *label;             /* what the text says: relative to the block around; "" says nothing */
    struct item **children;        /* of ITEM_CALL: what the call stands for */
    int child_count;
    bool is_activation, is_output;
    int index;                     /* in its body */
    int last_use;                  /* index of the last user; INT_MAX for outputs */
    int use_count;
    const char *variable;          /* while printing: the name that holds the result, or NULL */
};

struct body {
    VEC(struct item *) items;
    struct item *in;     /* of a block */
    struct item *result; /* of a block */
};

struct block {
    const char *name;
    VEC(const char *) parameters;
    struct body body;
    bool is_whole; /* ends in a sum: a unit of the network, which belongs to no other block */
};

struct output_use {
    const char *given_name, *name; /* the graph's, and as an identifier */
    const struct picture *picture; /* or NULL */
    struct item *item;
};

struct exporter {
    struct arena *arena;
    struct graph *graph; /* the copy: each parameter has one user */
    struct body network;
    VEC(struct block *) blocks; /* a block stands behind those that it calls */
    VEC(struct output_use) outputs;
    struct map block_names;     /* base -> int *, how often it was used */
    bool is_flat;               /* no blocks are wanted */
};

/* item.c */
void item_build_all(struct exporter *exporter);
void item_index(struct body *body, const struct exporter *exporter); /* sets index, last_use, use_count */
/* The parameter at that place, a copy of its own if others use it, too. */
struct node *item_claim(struct exporter *exporter, struct node *user, int place);
bool item_is_source(const struct item *item); /* a number or tensor: has no inputs, stands before its user */
bool item_is_activation(const struct item *item);

/* describe.c, describe_move.c: callee, attributes and parameters of a layer. */
void describe_layer(struct exporter *exporter, struct item *item, struct node *node);
void describe_move(struct exporter *exporter, struct item *item, const struct node *node);
void describe_argument(struct item *item, const char *name, const char *value, const char *usual);
void describe_place(struct item *item, const char *name, const char *value); /* before all others */
void describe_number(struct exporter *exporter, struct item *item, float value);
void describe_tensor(struct exporter *exporter, struct item *item, struct node *param);

/* format.c: values as the language spells them. */
const char *format_double(struct arena *arena, double value);
const char *format_float(struct arena *arena, float value); /* finite */
const char *format_integer(struct arena *arena, int64_t value);
const char *format_shape(struct arena *arena, struct shape shape); /* a single number's is [1] */
const char *format_pair(struct arena *arena, const int64_t pair[2]);
const char *format_edges(struct arena *arena, const int64_t edges[EDGE_COUNT]);
const char *format_string(struct arena *arena, const char *string); /* with quotes */
const char *format_identifier(struct arena *arena, const char *name); /* a name that is no word of the language */

/* picture.c: "rgb(resize = 256, mean = 0.5)" */
const char *picture_text(struct arena *arena, const struct picture *picture);

/* repeat.c: what repeats in the network becomes calls of blocks. */
void repeat_find_all(struct exporter *exporter);

/* block.c: the items [begins[i], begins[i] + length) of the network, alike for each i, become calls of a new block.
 * False, and nothing is done, if the block would need too many parameters. */
bool block_create(struct exporter *exporter, const int *begins, int count, int length);

/* label.c */
void label_keep_all(struct exporter *exporter);   /* sets the paths that the parameters' names allow */
bool label_assign_all(struct exporter *exporter); /* makes up the others, names the parameters; false: names collide */
/* The path that items have in common, "" if they have none, NULL if all paths are to be made up. */
const char *label_common_path(struct arena *arena, struct item *const *items, int count);
/* The label of an item below that path; NULL: to be made up. */
const char *label_below(const struct item *item, const char *common);
/* How many items from items[index] on are the same call, each fed by the one before it. */
int label_run_length(const struct body *body, int index);

/* sen.c: the body as statements. */
void sen_print_body(struct exporter *exporter, const struct body *body, const struct block *block, struct text *text);

#endif
