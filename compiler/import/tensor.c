/* tensor.c - a TensorProto becomes a constant: raw or typed numbers of any type become float32 or 64-bit integers. */
#include "importer.h"

#include <string.h>

/* What the rows of the types below are made of: how an element lies in raw_data, and the list of typed numbers. */
struct type_row {
    const char *name;
    int bytes;
    enum element element;
    enum { LIST_FLOAT, LIST_INT32, LIST_INT64, LIST_DOUBLE, LIST_UINT64 } list;
};

static const struct type_row type_rows[] = {
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT] = {"float", 4, ELEMENT_FLOAT, LIST_FLOAT},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT8] = {"uint8", 1, ELEMENT_INTEGER, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT8] = {"int8", 1, ELEMENT_INTEGER, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT16] = {"uint16", 2, ELEMENT_INTEGER, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT16] = {"int16", 2, ELEMENT_INTEGER, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT32] = {"int32", 4, ELEMENT_INTEGER, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__INT64] = {"int64", 8, ELEMENT_INTEGER, LIST_INT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BOOL] = {"bool", 1, ELEMENT_BOOLEAN, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16] = {"float16", 2, ELEMENT_FLOAT, LIST_INT32},
    [ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE] = {"double", 8, ELEMENT_FLOAT, LIST_DOUBLE},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT32] = {"uint32", 4, ELEMENT_INTEGER, LIST_UINT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__UINT64] = {"uint64", 8, ELEMENT_INTEGER, LIST_UINT64},
    [ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16] = {"bfloat16", 2, ELEMENT_FLOAT, LIST_INT32},
};

static const struct type_row *find_type(int type) {
    int count = sizeof type_rows / sizeof type_rows[0];
    return type >= 0 && type < count && type_rows[type].name ? &type_rows[type] : NULL;
}

bool tensor_type_element(int type, enum element *out_element) {
    const struct type_row *row = find_type(type);
    if (row) *out_element = row->element;
    return row;
}

const char *tensor_type_name(int type) {
    static const char *const others[] = {"undefined", [ONNX__TENSOR_PROTO__DATA_TYPE__STRING] = "string",
                                         [ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX64] = "complex64",
                                         [ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX128] = "complex128"};
    const struct type_row *row = find_type(type);
    if (row) return row->name;
    return type >= 0 && type < (int)(sizeof others / sizeof others[0]) && others[type] ? others[type] : "another type";
}

/* Element i of raw bytes; read bytewise, since they may lie at any address. */
#define RAW(type)                                                                                                      \
    ({                                                                                                                 \
        type raw_;                                                                                                     \
        memcpy(&raw_, bytes + (size_t)i * sizeof raw_, sizeof raw_);                                                   \
        raw_;                                                                                                          \
    })

static int64_t raw_integer(int type, const unsigned char *bytes, int64_t i) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8: return RAW(uint8_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8: return RAW(int8_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16: return RAW(uint16_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT16: return RAW(int16_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32: return RAW(int32_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32: return RAW(uint32_t);
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL: return RAW(uint8_t) != 0;
    default: return RAW(int64_t);
    }
}

static float raw_float(int type, const unsigned char *bytes, int64_t i) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16: return float_from_half(RAW(uint16_t));
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16: return float_from_bfloat16(RAW(uint16_t));
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE: return (float)RAW(double);
    default: return RAW(float);
    }
}

static size_t list_count(const Onnx__TensorProto *proto, const struct type_row *row) {
    switch (row->list) {
    case LIST_FLOAT: return proto->n_float_data;
    case LIST_INT32: return proto->n_int32_data;
    case LIST_INT64: return proto->n_int64_data;
    case LIST_DOUBLE: return proto->n_double_data;
    default: return proto->n_uint64_data;
    }
}

static int64_t list_integer(const Onnx__TensorProto *proto, const struct type_row *row, int64_t i) {
    int64_t number = row->list == LIST_INT32   ? proto->int32_data[i]
                     : row->list == LIST_INT64 ? proto->int64_data[i]
                                               : (int64_t)proto->uint64_data[i];
    return row->element == ELEMENT_BOOLEAN ? number != 0 : number;
}

static float list_float(const Onnx__TensorProto *proto, int type, int64_t i) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16: return float_from_half((uint16_t)proto->int32_data[i]);
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16: return float_from_bfloat16((uint16_t)proto->int32_data[i]);
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE: return (float)proto->double_data[i];
    default: return proto->float_data[i];
    }
}

/* `bytes`: the raw numbers, or NULL: they are typed. */
static void convert(struct arena *arena, const Onnx__TensorProto *proto, const unsigned char *bytes,
                    const struct type_row *row, struct value *value) {
    int64_t count = dims_count(value->dims);
    int type = proto->data_type;
    if (row->element != ELEMENT_FLOAT) {
        int64_t *integers = ARENA_NEW_ARRAY(arena, int64_t, (size_t)count);
        for (int64_t i = 0; i < count; i++)
            integers[i] = bytes ? raw_integer(type, bytes, i) : list_integer(proto, row, i);
        value->integers = integers;
        return;
    }
    bool is_float = type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    if (is_float && (!bytes || (uintptr_t)bytes % sizeof(float) == 0)) { /* as it lies */
        value->floats = bytes ? (const float *)(const void *)bytes : proto->float_data;
        return;
    }
    float *floats = ARENA_NEW_ARRAY(arena, float, (size_t)count);
    for (int64_t i = 0; i < count; i++) floats[i] = bytes ? raw_float(type, bytes, i) : list_float(proto, type, i);
    value->floats = floats;
}

static bool read_dims(struct arena *arena, const Onnx__TensorProto *proto, struct dims *out_dims,
                      const char **out_problem) {
    if (proto->n_dims > DIMS_MAX_RANK) {
        *out_problem = arena_format(arena, "it has %zu axes; %d is the most", proto->n_dims, DIMS_MAX_RANK);
        return false;
    }
    out_dims->rank = (int)proto->n_dims;
    for (int i = 0; i < out_dims->rank; i++) out_dims->d[i] = proto->dims[i];
    if (dims_count(*out_dims) >= 0) return true;
    *out_problem = arena_format(arena, "its extents %s are negative or too large", dims_text(arena, *out_dims));
    return false;
}

struct value *tensor_read(struct import *import, struct arena *arena, const Onnx__TensorProto *proto,
                          const char **out_problem) {
    const struct type_row *row = find_type(proto->data_type);
    struct value *value = ARENA_NEW(arena, struct value);
    if (!row) {
        *out_problem = arena_format(arena, "its numbers are of type %s", tensor_type_name(proto->data_type));
        return NULL;
    }
    if (!read_dims(arena, proto, &value->dims, out_problem)) return NULL;
    int64_t count = dims_count(value->dims);
    size_t found, wanted = (size_t)count * (size_t)row->bytes;
    const unsigned char *bytes = NULL;
    bool is_external = proto->has_data_location && proto->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    if (is_external) {
        bytes = external_map(import, proto, wanted, &found, out_problem);
        if (!bytes) return NULL;
    } else if (proto->has_raw_data && (proto->raw_data.len || !list_count(proto, row))) {
        bytes = proto->raw_data.data ? proto->raw_data.data : (const unsigned char *)"";
        found = proto->raw_data.len;
    } else {
        found = list_count(proto, row);
        wanted = (size_t)count;
    }
    if (found != wanted) {
        *out_problem = arena_format(arena, "its extents %s and type %s ask for %zu %s, and there are %zu",
                                    dims_text(arena, value->dims), row->name, wanted, bytes ? "bytes" : "numbers", found);
        return NULL;
    }
    value->element = row->element;
    if (count) convert(arena, proto, bytes, row, value);
    value->name = proto->name ? arena_copy_string(arena, proto->name) : NULL;
    return value;
}
