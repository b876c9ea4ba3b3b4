/* value.c - makes values, and puts them into words. */
#include "value.h"

struct value value_integer(int64_t integer) {
    return (struct value){.kind = VALUE_INTEGER, .as.integer = integer};
}

struct value value_real(double real) {
    return (struct value){.kind = VALUE_REAL, .as.real = real};
}

struct value value_boolean(bool boolean) {
    return (struct value){.kind = VALUE_BOOLEAN, .as.boolean = boolean};
}

struct value value_string(const char *text) {
    return (struct value){.kind = VALUE_STRING, .as.text = text};
}

struct value value_word(const char *text) {
    return (struct value){.kind = VALUE_WORD, .as.text = text};
}

struct value value_tensor(struct node *node) {
    return (struct value){.kind = VALUE_TENSOR, .as.node = node};
}

bool value_is_number(struct value value) {
    return value.kind == VALUE_INTEGER || value.kind == VALUE_REAL;
}

bool value_is_text(struct value value) {
    return value.kind == VALUE_STRING || value.kind == VALUE_WORD;
}

double value_as_real(struct value value) {
    return value.kind == VALUE_INTEGER ? (double)value.as.integer : value.as.real;
}

const char *value_kind_name(enum value_kind kind) {
    static const char *const names[] = {
        [VALUE_ERROR] = "an error",  [VALUE_INTEGER] = "an integer", [VALUE_REAL] = "a number",
        [VALUE_BOOLEAN] = "a boolean", [VALUE_STRING] = "a string",  [VALUE_WORD] = "a name",
        [VALUE_LIST] = "a list",     [VALUE_TENSOR] = "a tensor",
    };
    return names[kind];
}

const char *value_describe(struct arena *arena, struct value value) {
    switch (value.kind) {
    case VALUE_ERROR: return "an error";
    case VALUE_INTEGER: return arena_format(arena, "the integer %lld", (long long)value.as.integer);
    case VALUE_REAL: return arena_format(arena, "the number %g", value.as.real);
    case VALUE_BOOLEAN: return value.as.boolean ? "true" : "false";
    case VALUE_STRING: return arena_format(arena, "the string \"%s\"", value.as.text);
    case VALUE_WORD: return arena_format(arena, "the name '%s'", value.as.text);
    case VALUE_LIST: return arena_format(arena, "a list of %zu", value.as.list->items.count);
    case VALUE_TENSOR:
        return arena_format(arena, "the tensor f32%s", shape_text(arena, value.as.node->shape));
    }
    return "";
}
