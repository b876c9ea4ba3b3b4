/* value.h - what an expression of the language can be while it is evaluated. */
#ifndef SENC_SEMA_VALUE_H
#define SENC_SEMA_VALUE_H

#include "../graph/graph.h"

enum value_kind {
    VALUE_ERROR, /* something was wrong and has been reported: whatever it meets is an error too, silently */
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_BOOLEAN,
    VALUE_STRING,
    VALUE_WORD, /* the name of a layer, a block or a choice: relu, global */
    VALUE_LIST,
    VALUE_TENSOR,
};

struct value_list;

struct value {
    enum value_kind kind;
    union {
        int64_t integer;
        double real;
        bool boolean;
        const char *text; /* VALUE_STRING, VALUE_WORD */
        const struct value_list *list;
        struct node *node;
    } as;
};

struct value_list {
    VEC(struct value) items;
};

/* A value and where it came from. */
struct binding {
    struct value value;
    struct span span;
};

#define NO_VALUE ((struct value){.kind = VALUE_ERROR})

struct value value_integer(int64_t integer);
struct value value_real(double real);
struct value value_boolean(bool boolean);
struct value value_string(const char *text);
struct value value_word(const char *text);
struct value value_tensor(struct node *node);

bool value_is_number(struct value value);
bool value_is_text(struct value value);   /* a string or a word */
double value_as_real(struct value value); /* of a number */

/* "the integer 3", "the string \"a\"", "a list of 3", "f32[64, 56, 56]" */
const char *value_describe(struct arena *arena, struct value value);

/* "an integer", "a string" ... */
const char *value_kind_name(enum value_kind kind);

#endif
