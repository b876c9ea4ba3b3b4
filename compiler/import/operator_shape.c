/* operator_shape.c - constants, and what is known of a tensor without its numbers. */
#include "importer.h"

#include <math.h>

bool import_shape(struct call *call, int variant) {
    (void)variant;
    struct dims from = call->inputs[0]->dims;
    int64_t start = attribute_integer(call, "start", 0), end = attribute_integer(call, "end", from.rank), *integers;
    if (start < 0) start += from.rank;
    if (end < 0) end += from.rank;
    start = start < 0 ? 0 : start > from.rank ? from.rank : start;
    end = end < start ? start : end > from.rank ? from.rank : end;
    call->outputs[0] = value_integers(call, (struct dims){1, {end - start}}, &integers);
    for (int64_t i = start; i < end && call->outputs[0]; i++) integers[i - start] = from.d[i];
    return call->outputs[0];
}

bool import_size(struct call *call, int variant) {
    (void)variant;
    int64_t *integers;
    call->outputs[0] = value_integers(call, (struct dims){0}, &integers);
    if (call->outputs[0]) integers[0] = dims_count(call->inputs[0]->dims);
    return call->outputs[0];
}

static bool tensor_constant(struct call *call, const Onnx__TensorProto *proto) {
    const char *problem;
    call->outputs[0] = tensor_read(call->importer->import, call->importer->graph->arena, proto, &problem);
    return call->outputs[0] || call_fail(call, "its tensor cannot be used: %s", problem);
}

bool import_constant(struct call *call, int variant) {
    (void)variant;
    const Onnx__AttributeProto *attribute = attribute_find(call, "value");
    int64_t *integers;
    float *floats;
    if (attribute && attribute->t) {
        if (!tensor_constant(call, attribute->t)) return false;
        call->outputs[0]->name = call->proto->n_output ? call->proto->output[0] : NULL;
        return true;
    }
    if ((attribute = attribute_find(call, "value_float"))) {
        call->outputs[0] = value_number(call, (double)attribute->f);
    } else if ((attribute = attribute_find(call, "value_floats"))) {
        call->outputs[0] = value_floats(call, (struct dims){1, {(int64_t)attribute->n_floats}}, &floats);
        for (size_t i = 0; i < attribute->n_floats && call->outputs[0]; i++) floats[i] = attribute->floats[i];
    } else if ((attribute = attribute_find(call, "value_int"))) {
        call->outputs[0] = value_integers(call, (struct dims){0}, &integers);
        if (call->outputs[0]) integers[0] = attribute->i;
    } else if ((attribute = attribute_find(call, "value_ints"))) {
        call->outputs[0] = value_integers(call, (struct dims){1, {(int64_t)attribute->n_ints}}, &integers);
        for (size_t i = 0; i < attribute->n_ints && call->outputs[0]; i++) integers[i] = attribute->ints[i];
    } else {
        return call_fail(call, "its value is neither a tensor nor numbers");
    }
    return call->outputs[0];
}

bool import_constant_of_shape(struct call *call, int variant) {
    (void)variant;
    int64_t count, *integers;
    float *floats;
    const int64_t *shape = call_integers(call, 0, "shape", &count);
    if (!shape) return false;
    if (count > DIMS_MAX_RANK) return call_fail(call, "it makes more than %d axes", DIMS_MAX_RANK);
    struct dims dims = {.rank = (int)count};
    for (int i = 0; i < dims.rank; i++) dims.d[i] = shape[i];
    const Onnx__AttributeProto *attribute = attribute_find(call, "value");
    struct value *value = NULL;
    if (attribute && attribute->t) {
        if (!tensor_constant(call, attribute->t)) return false;
        value = call->outputs[0];
        if (dims_count(value->dims) != 1) return call_fail(call, "its value is no single number");
    }
    count = dims_count(dims);
    if (value && value->element != ELEMENT_FLOAT) {
        call->outputs[0] = value_integers(call, dims, &integers);
        for (int64_t i = 0; i < count && call->outputs[0]; i++) integers[i] = value->integers[0];
        if (call->outputs[0]) call->outputs[0]->element = value->element;
        return call->outputs[0];
    }
    call->outputs[0] = value_floats(call, dims, &floats);
    for (int64_t i = 0; i < count && call->outputs[0]; i++) floats[i] = value ? value->floats[0] : 0;
    return call->outputs[0];
}

/* Ones on diagonal k of a matrix of the input's extents. */
bool import_eye_like(struct call *call, int variant) {
    (void)variant;
    const struct value *like = call->inputs[0];
    int type = (int)attribute_integer(call, "dtype", 0);
    int64_t k = attribute_integer(call, "k", 0), *integers = NULL;
    float *floats = NULL;
    enum element element = like->element;
    if (like->dims.rank != 2) return call_fail(call, "its input %s is no matrix", dims_text(call->importer->arena, like->dims));
    if (type && !tensor_type_element(type, &element)) return call_fail(call, "it makes %s", tensor_type_name(type));
    if (call->importer->is_batched && !value_is_constant(like)) return call_fail_batch(call);
    call->outputs[0] = element == ELEMENT_FLOAT ? value_floats(call, like->dims, &floats) : value_integers(call, like->dims, &integers);
    if (!call->outputs[0]) return false;
    call->outputs[0]->element = element;
    for (int64_t row = 0, i = 0; row < like->dims.d[0]; row++)
        for (int64_t column = 0; column < like->dims.d[1]; column++, i++) {
            bool is_one = column - row == k;
            if (floats)
                floats[i] = is_one;
            else
                integers[i] = is_one;
        }
    return true;
}

bool import_range(struct call *call, int variant) {
    static const char *const names[] = {"start", "limit", "delta"};
    (void)variant;
    double numbers[3];
    bool is_real = false;
    for (int i = 0; i < 3; i++) {
        struct value *value = call_constant(call, i, names[i]);
        if (!value) return false;
        if (dims_count(value->dims) != 1) return call_fail(call, "its %s is no single number", names[i]);
        numbers[i] = value_at(value, 0);
        is_real = is_real || value->element == ELEMENT_FLOAT;
        if (!(fabs(numbers[i]) < 0x1p53)) return call_fail(call, "its %s is out of range", names[i]);
    }
    double count = ceil((numbers[1] - numbers[0]) / numbers[2]);
    if (!(numbers[2] != 0) || !(count < 1e9)) return call_fail(call, "it does not end");
    struct dims dims = {1, {count > 0 ? (int64_t)count : 0}};
    float *floats = NULL;
    int64_t *integers = NULL;
    call->outputs[0] = is_real ? value_floats(call, dims, &floats) : value_integers(call, dims, &integers);
    for (int64_t i = 0; i < dims.d[0] && call->outputs[0]; i++) {
        if (floats) floats[i] = (float)(numbers[0] + (double)i * numbers[2]);
        if (integers) integers[i] = (int64_t)numbers[0] + i * (int64_t)numbers[2];
    }
    return call->outputs[0];
}
