/* onnx.c - messages of ONNX: nodes, attributes, initializers, and the names that tell them apart. */
#include "onnx.h"

#include <stdarg.h>
#include <string.h>

static char *copy(struct onnx *onnx, const char *string) {
    return arena_copy_string(onnx->arena, string);
}

const char *onnx_unique_name(struct onnx *onnx, const char *base) {
    const char *name = base;
    for (int number = 2; map_has(&onnx->names, name); number++)
        name = arena_format(onnx->arena, "%s_%d", base, number);
    return map_set(&onnx->names, name, onnx);
}

void onnx_add_input(struct onnx *onnx, Onnx__NodeProto *node, const char *input) {
    char **inputs = ARENA_NEW_ARRAY(onnx->arena, char *, node->n_input + 1);
    if (node->n_input) memcpy(inputs, node->input, node->n_input * sizeof *inputs);
    inputs[node->n_input++] = copy(onnx, input);
    node->input = inputs;
}

Onnx__NodeProto *onnx_add_node(struct onnx *onnx, const char *operator, const char *input, ...) {
    Onnx__NodeProto *node = ARENA_NEW(onnx->arena, Onnx__NodeProto);
    onnx__node_proto__init(node);
    node->op_type = copy(onnx, operator);
    node->name = copy(onnx, onnx_unique_name(onnx, arena_format(onnx->arena, "%s/%s", onnx->label, operator)));
    node->output = ARENA_NEW(onnx->arena, char *);
    node->output[0] = arena_format(onnx->arena, "%s:0", node->name);
    node->n_output = 1;
    map_set(&onnx->names, node->output[0], onnx);
    va_list inputs;
    va_start(inputs, input);
    for (; input; input = va_arg(inputs, const char *)) onnx_add_input(onnx, node, input);
    va_end(inputs);
    vec_push(onnx->arena, &onnx->nodes, node);
    return node;
}

static Onnx__AttributeProto *add_attribute(struct onnx *onnx, Onnx__NodeProto *node, const char *name,
                                           Onnx__AttributeProto__AttributeType type) {
    Onnx__AttributeProto *attribute = ARENA_NEW(onnx->arena, Onnx__AttributeProto);
    onnx__attribute_proto__init(attribute);
    attribute->name = copy(onnx, name);
    attribute->type = type;
    attribute->has_type = true;
    Onnx__AttributeProto **attributes = ARENA_NEW_ARRAY(onnx->arena, Onnx__AttributeProto *, node->n_attribute + 1);
    if (node->n_attribute) memcpy(attributes, node->attribute, node->n_attribute * sizeof *attributes);
    attributes[node->n_attribute++] = attribute;
    node->attribute = attributes;
    return attribute;
}

void onnx_set_integer(struct onnx *onnx, Onnx__NodeProto *node, const char *name, int64_t value) {
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    attribute->has_i = true;
    attribute->i = value;
}

static int64_t *copy_integers(struct onnx *onnx, const int64_t *values, int count) {
    int64_t *integers = ARENA_NEW_ARRAY(onnx->arena, int64_t, (size_t)count);
    if (count) memcpy(integers, values, (size_t)count * sizeof *integers);
    return integers;
}

void onnx_set_integers(struct onnx *onnx, Onnx__NodeProto *node, const char *name, const int64_t *values, int count) {
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    attribute->n_ints = (size_t)count;
    attribute->ints = copy_integers(onnx, values, count);
}

void onnx_set_float(struct onnx *onnx, Onnx__NodeProto *node, const char *name, double value) {
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    attribute->has_f = true;
    attribute->f = (float)value;
}

void onnx_set_string(struct onnx *onnx, Onnx__NodeProto *node, const char *name, const char *value) {
    Onnx__AttributeProto *attribute = add_attribute(onnx, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
    attribute->has_s = true;
    attribute->s = (ProtobufCBinaryData){strlen(value), (uint8_t *)copy(onnx, value)};
}

const char *onnx_add_tensor(struct onnx *onnx, const char *name, int type, const int64_t *dims, int rank,
                            const void *values, size_t size_bytes) {
    Onnx__TensorProto *tensor = ARENA_NEW(onnx->arena, Onnx__TensorProto);
    onnx__tensor_proto__init(tensor);
    tensor->name = copy(onnx, onnx_unique_name(onnx, name));
    tensor->has_data_type = true;
    tensor->data_type = type;
    tensor->n_dims = (size_t)rank;
    tensor->dims = copy_integers(onnx, dims, rank);
    tensor->has_raw_data = true;
    tensor->raw_data = (ProtobufCBinaryData){size_bytes, (uint8_t *)values};
    vec_push(onnx->arena, &onnx->initializers, tensor);
    return tensor->name;
}

const char *onnx_add_floats(struct onnx *onnx, const char *name, struct shape shape, const float *values) {
    size_t size_bytes = (size_t)shape_element_count(shape) * sizeof *values;
    return onnx_add_tensor(onnx, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, shape.dims, shape.rank, values, size_bytes);
}

const char *onnx_add_integers(struct onnx *onnx, const char *name, const int64_t *values, int count) {
    const int64_t dims[1] = {count};
    return onnx_add_tensor(onnx, arena_format(onnx->arena, "%s/%s", onnx->label, name),
                           ONNX__TENSOR_PROTO__DATA_TYPE__INT64, dims, 1, copy_integers(onnx, values, count),
                           (size_t)count * sizeof *values);
}

const char *onnx_add_number(struct onnx *onnx, double value) {
    float *copied = ARENA_NEW(onnx->arena, float);
    *copied = (float)value;
    return onnx_add_floats(onnx, arena_format(onnx->arena, "%s/number", onnx->label), (struct shape){0}, copied);
}
