/* attribute.c - the attributes of a node, and which of them nobody asked for: those would be ignored silently. */
#include "importer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRACKED = 64 };

const Onnx__AttributeProto *attribute_find(struct call *call, const char *name) {
    for (size_t i = 0; i < call->proto->n_attribute; i++) {
        const Onnx__AttributeProto *attribute = call->proto->attribute[i];
        if (!attribute->name || strcmp(attribute->name, name)) continue;
        if (i < TRACKED) call->read |= (uint64_t)1 << i;
        return attribute;
    }
    return NULL;
}

const char *attribute_unread(const struct call *call) {
    for (size_t i = 0; i < call->proto->n_attribute && i < TRACKED; i++)
        if (!(call->read >> i & 1) && call->proto->attribute[i]->name) return call->proto->attribute[i]->name;
    return NULL;
}

bool attribute_has(struct call *call, const char *name) {
    return attribute_find(call, name);
}

int64_t attribute_integer(struct call *call, const char *name, int64_t otherwise) {
    const Onnx__AttributeProto *attribute = attribute_find(call, name);
    return attribute && attribute->has_i ? attribute->i : otherwise;
}

/* 0.1f is 0.100000001490116...: the shortest number that becomes this float is the one that was meant. */
static double as_written(float number) {
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)number);
        if (strtof(text, NULL) == number) return strtod(text, NULL);
    }
    return (double)number;
}

double attribute_real(struct call *call, const char *name, double otherwise) {
    const Onnx__AttributeProto *attribute = attribute_find(call, name);
    return attribute && attribute->has_f ? as_written(attribute->f) : otherwise;
}

const char *attribute_string(struct call *call, const char *name, const char *otherwise) {
    const Onnx__AttributeProto *attribute = attribute_find(call, name);
    if (!attribute || !attribute->has_s) return otherwise;
    return arena_copy_bytes(call->importer->arena, attribute->s.data, attribute->s.len);
}

const int64_t *attribute_integers(struct call *call, const char *name, size_t *out_count) {
    const Onnx__AttributeProto *attribute = attribute_find(call, name);
    *out_count = attribute ? attribute->n_ints : 0;
    return attribute ? attribute->ints : NULL;
}
