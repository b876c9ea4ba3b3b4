/* input.c - the inputs of the graph: their extents from the file and from --shape, constants from --constant. */
#include "importer.h"

#include "../base/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct importer *importer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct importer *importer, const char *format, ...) {
    va_list list;
    va_start(list, format);
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_INPUT, "'%s': %s", importer->import->path,
               arena_format_list(importer->arena, format, list));
    va_end(list);
    return false;
}

/* What follows "NAME=" in the last of the options that name the input; NULL: none does. */
static const char *find_option(const char *const *options, size_t count, const char *name) {
    size_t length = strlen(name);
    for (size_t i = count; i-- > 0;)
        if (!strncmp(options[i], name, length) && options[i][length] == '=') return options[i] + length + 1;
    return NULL;
}

/* --- options that name no input */

static bool is_input(const struct importer *importer, const char *name) {
    for (size_t i = 0; i < importer->proto->n_input; i++)
        if (importer->proto->input[i]->name && !strcmp(importer->proto->input[i]->name, name)) return true;
    return false;
}

static bool check_names(struct importer *importer, const char *option, const char *const *values, size_t count) {
    size_t known = 0;
    const char **names = ARENA_NEW_ARRAY(importer->arena, const char *, importer->proto->n_input + 1);
    bool is_good = true;
    for (size_t i = 0; i < importer->proto->n_input; i++)
        if (importer->proto->input[i]->name) names[known++] = importer->proto->input[i]->name;
    for (size_t i = 0; i < count; i++) {
        const char *equals = strrchr(values[i], '=');
        const char *name = arena_copy_bytes(importer->arena, values[i], equals ? (size_t)(equals - values[i]) : 0);
        if (is_input(importer, name)) continue;
        is_good = fail(importer, "%s names '%s', which is no input of the model", option, name);
        diag_suggest(importer->diag, name, names, known);
    }
    return is_good;
}

bool input_check_options(struct importer *importer) {
    const struct import_options *options = importer->options;
    bool is_good = check_names(importer, "--shape", options->shapes, options->shape_count);
    return check_names(importer, "--constant", options->constants, options->constant_count) && is_good;
}

/* --- extents */

/* "1x3x224x224", or "" for a single number */
static bool read_shape(const char *text, struct dims *out_dims) {
    struct dims dims = {0};
    while (*text) {
        char *end;
        errno = 0;
        if (*text < '0' || *text > '9' || dims.rank == DIMS_MAX_RANK) return false;
        long long extent = strtoll(text, &end, 10);
        if (errno || extent < 1) return false;
        dims.d[dims.rank++] = extent;
        if (*end && (*end != 'x' || !end[1])) return false;
        text = *end ? end + 1 : end;
    }
    *out_dims = dims;
    return true;
}

/* "?x3xHxW": as --shape would write it */
static const char *proto_text(struct importer *importer, const Onnx__TensorShapeProto *shape) {
    struct text text = text_create(importer->arena);
    for (size_t i = 0; i < shape->n_dim; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        if (i) text_add(&text, "x");
        if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE)
            text_format(&text, "%lld", (long long)dim->dim_value);
        else if (dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM && dim->dim_param && *dim->dim_param)
            text_add(&text, dim->dim_param);
        else
            text_add(&text, "?");
    }
    return text.bytes;
}

static bool needs_shape(struct importer *importer, const char *name, const Onnx__TensorShapeProto *shape) {
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_INPUT, "'%s': the extents of input '%s' are not all known: %s",
               importer->import->path, name, shape ? proto_text(importer, shape) : "none is given");
    diag_note(importer->diag, SPAN_NONE, "give them, for example --shape '%s=%s'", name,
              shape && shape->n_dim == 4 ? "1x3x224x224" : "1x1000");
    return false;
}

/* The first axis, if its extent is open, is a batch of one. */
static bool find_dims(struct importer *importer, const char *name, const Onnx__TensorShapeProto *shape,
                      struct dims *out_dims) {
    const char *given = find_option(importer->options->shapes, importer->options->shape_count, name);
    struct dims wanted = {0};
    if (given && !read_shape(given, &wanted))
        return fail(importer, "--shape of input '%s' is '%s', and not of the kind 1x3x224x224", name, given);
    if (!shape && !given) return needs_shape(importer, name, NULL);
    if (!shape) {
        *out_dims = wanted;
        return true;
    }
    if (shape->n_dim > DIMS_MAX_RANK) return fail(importer, "input '%s' has %zu axes; %d are the most", name, shape->n_dim, DIMS_MAX_RANK);
    struct dims dims = {.rank = (int)shape->n_dim};
    if (given && wanted.rank != dims.rank)
        return fail(importer, "--shape gives input '%s' %d axes, and the model %d: %s", name, wanted.rank, dims.rank,
                    proto_text(importer, shape));
    for (int i = 0; i < dims.rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = shape->dim[i];
        bool is_fixed = dim->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE && dim->dim_value != 0 && dim->dim_value != -1;
        if (is_fixed && dim->dim_value < 0) return fail(importer, "input '%s' has a negative extent: %s", name, proto_text(importer, shape));
        if (is_fixed && given && wanted.d[i] != dim->dim_value)
            return fail(importer, "--shape '%s=%s' contradicts the model, in which it is %s", name, given, proto_text(importer, shape));
        if (!is_fixed && !given && i > 0) return needs_shape(importer, name, shape);
        dims.d[i] = is_fixed ? dim->dim_value : given ? wanted.d[i] : 1;
    }
    *out_dims = dims;
    return true;
}

/* --- constants */

static struct value *read_constant(struct importer *importer, const char *name, const char *path) {
    const char *problem;
    const Onnx__TensorProto *proto = import_read_tensor(importer->import, path, &problem);
    struct value *value = proto ? tensor_read(importer->import, importer->graph->arena, proto, &problem) : NULL;
    if (!value) return fail(importer, "--constant '%s=%s' cannot be used: %s", name, path, problem), NULL;
    value->name = arena_copy_string(importer->graph->arena, name);
    return value;
}

/* --- inputs */

static void add_input(struct importer *importer, const char *name, struct dims dims) {
    struct graph *graph = importer->graph;
    struct node *node = graph_add(graph, NULL, OP_INPUT, NULL, 0, NULL);
    struct call call = {.importer = importer};
    struct value *value = value_flow(&call, node, dims);
    node->shape = value_shape(&call, value_picture(&call, value));
    node->name = node->as.input.name = arena_copy_string(graph->arena, name);
    vec_push(graph->arena, &graph->inputs, node);
    map_set(&importer->values, name, value);
    if (dims.rank > SHAPE_MAX_RANK && !importer->joined_input)
        importer->joined_input = arena_format(importer->arena, "'%s' is %s in the model, and %s of the same numbers here", name,
                                              dims_text(importer->arena, dims), shape_text(importer->arena, node->shape));
}

/* Of a float type, and no larger than a tensor may be. */
static bool check_input(struct importer *importer, const char *name, const Onnx__TypeProto__Tensor *type,
                        const struct dims *dims) {
    enum element element;
    bool is_float = tensor_type_element(type->elem_type, &element) && element == ELEMENT_FLOAT;
    if (!is_float) {
        if (!importer->wanted_constant) importer->wanted_constant = name;
        return fail(importer, "input '%s' has numbers of type %s; only floats flow through a network. If it is known when the model is compiled, give --constant '%s=FILE.pb'",
                    name, tensor_type_name(type->elem_type), name);
    }
    int64_t count = dims_count(*dims);
    if (count > 0) return true;
    return fail(importer, "input '%s' is %s: %s", name, dims_text(importer->arena, *dims), count ? "too large" : "empty");
}

static bool declare(struct importer *importer, const Onnx__ValueInfoProto *input) {
    if (!input->name || !*input->name) return fail(importer, "an input has no name");
    if (map_has(&importer->tensors, input->name)) return true; /* before IR version 4 weights are inputs, too */
    if (map_has(&importer->values, input->name)) return fail(importer, "two inputs are named '%s'", input->name);
    const char *path = find_option(importer->options->constants, importer->options->constant_count, input->name);
    if (path) {
        struct value *value = read_constant(importer, input->name, path);
        if (value) map_set(&importer->values, input->name, value);
        return value;
    }
    if (!input->type || input->type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return fail(importer, "input '%s' is no tensor", input->name);
    struct dims dims;
    const Onnx__TypeProto__Tensor *type = input->type->tensor_type;
    if (!find_dims(importer, input->name, type->shape, &dims) || !check_input(importer, input->name, type, &dims))
        return false;
    if (importer->is_batched && (dims.rank < 2 || dims.d[0] != (importer->batch ? importer->batch : dims.d[0]))) {
        importer->batch_problem = "its inputs have no batch in common";
        return false;
    }
    importer->batch = dims.d[0];
    add_input(importer, input->name, dims);
    return true;
}

bool input_declare_all(struct importer *importer) {
    bool is_good = true;
    for (size_t i = 0; i < importer->proto->n_input; i++)
        if (!declare(importer, importer->proto->input[i])) is_good = false;
    return is_good;
}
