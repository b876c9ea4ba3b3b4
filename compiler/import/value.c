/* value.c - values made and looked at: the extents that ONNX gives them, and the shapes that nodes of the graph have. */
#include "importer.h"

bool value_is_constant(const struct value *value) {
    return !value->node;
}

double value_at(const struct value *value, int64_t i) {
    return value->element == ELEMENT_FLOAT ? (double)value->floats[i] : (double)value->integers[i];
}

struct value *value_flow(struct call *call, struct node *node, struct dims dims) {
    if (!node) return NULL;
    struct value *value = ARENA_NEW(call->importer->arena, struct value);
    *value = (struct value){.dims = dims, .node = node};
    return value;
}

/* A small file can ask for many numbers: [1] expanded to a thousand million. */
#define NUMBERS_MAX ((int64_t)1 << 27)

bool value_count_numbers(struct call *call, int64_t count) {
    struct importer *importer = call->importer;
    int64_t most = importer->options->most_numbers ? importer->options->most_numbers : NUMBERS_MAX;
    if (count >= 0 && count <= most && (importer->numbers += count) <= most) return true;
    return call_fail(call, "constants with more than %lld numbers would have to be computed", (long long)most);
}

struct value *value_floats(struct call *call, struct dims dims, float **out_floats) {
    int64_t count = dims_count(dims);
    if (!value_count_numbers(call, count)) return NULL;
    struct value *value = ARENA_NEW(call->importer->arena, struct value);
    *out_floats = ARENA_NEW_ARRAY(call->importer->graph->arena, float, (size_t)count + 1);
    *value = (struct value){.dims = dims, .element = ELEMENT_FLOAT, .floats = *out_floats};
    return value;
}

struct value *value_integers(struct call *call, struct dims dims, int64_t **out_integers) {
    int64_t count = dims_count(dims);
    if (!value_count_numbers(call, count)) return NULL;
    struct value *value = ARENA_NEW(call->importer->arena, struct value);
    *out_integers = ARENA_NEW_ARRAY(call->importer->arena, int64_t, (size_t)count + 1);
    *value = (struct value){.dims = dims, .element = ELEMENT_INTEGER, .integers = *out_integers};
    return value;
}

struct value *value_number(struct call *call, double number) {
    float *floats;
    struct value *value = value_floats(call, (struct dims){0}, &floats);
    floats[0] = (float)number;
    return value;
}

struct value *value_view(struct call *call, struct value *value, struct dims dims) {
    struct value *view = ARENA_NEW(call->importer->arena, struct value);
    *view = *value;
    view->dims = dims;
    return view;
}

struct dims value_picture(const struct call *call, const struct value *value) {
    return value->node && call->importer->is_batched ? dims_drop_front(value->dims) : value->dims;
}

/* Unbatched, a leading 1 is taken for the batch, so that an import with and one without look alike. */
struct shape value_shape(const struct call *call, struct dims dims) {
    struct shape shape = {0};
    int skip = !call->importer->is_batched && dims.rank >= 2 && dims.d[0] == 1;
    int rank = dims.rank - skip, merged = rank > 3 ? rank - 3 : 0;
    if (rank == 0) return shape;
    shape.rank = rank - merged;
    shape.dims[0] = dims_product(&dims, skip, skip + merged + 1);
    for (int i = 1; i < shape.rank; i++) shape.dims[i] = dims.d[skip + merged + i];
    return shape;
}

struct shape value_axis_shape(const struct call *call, struct dims picture, int axis, int *out_axis) {
    int skip = !call->importer->is_batched && picture.rank >= 2 && picture.d[0] == 1;
    int merged = picture.rank - skip > 3 ? picture.rank - skip - 3 : 0;
    bool is_first = axis == 0 && !call->importer->is_batched; /* which may be 1 in one value and not in another */
    if (!is_first && axis >= skip && (!merged || axis > skip + merged)) {
        *out_axis = axis - skip - merged;
        return value_shape(call, picture);
    }
    int64_t before = dims_product(&picture, 0, axis), after = dims_product(&picture, axis + 1, picture.rank);
    *out_axis = before > 1;
    if (before > 1) return (struct shape){.rank = 3, .dims = {before, picture.d[axis], after}};
    return (struct shape){.rank = 2, .dims = {picture.d[axis], after}};
}

static bool has_same_numbers(const struct tensor *tensor, const struct value *value) {
    return tensor && tensor->values == value->floats;
}

static const float *as_floats(struct call *call, const struct value *value) {
    if (value->element == ELEMENT_FLOAT) return value->floats;
    int64_t count = dims_count(value->dims);
    float *floats = ARENA_NEW_ARRAY(call->importer->graph->arena, float, (size_t)count);
    for (int64_t i = 0; i < count; i++) floats[i] = (float)value->integers[i];
    return floats;
}

struct node *value_param(struct call *call, struct value *value, struct shape shape, enum param_role role,
                         int64_t fan_in) {
    struct node *node = value->param;
    if (node && shape_equal(node->shape, shape) && node->as.param.role == role &&
        has_same_numbers(node->as.param.tensor, value))
        return node;
    struct graph *graph = call->importer->graph;
    struct tensor *tensor = ARENA_NEW(graph->arena, struct tensor);
    *tensor = (struct tensor){shape, as_floats(call, value)};
    struct node *first = graph->inputs.count ? graph->inputs.items[0] : NULL; /* before all that flows */
    node = graph_add(graph, first, OP_PARAM, NULL, 0, call->origin);
    node->shape = shape;
    node->as.param.role = PARAM_CONSTANT;
    node->as.param.tensor = tensor;
    node->name = value->name ? arena_copy_string(graph->arena, value->name) : NULL;
    if (node->name) { /* its name is that of a weight; made-up numbers stay constants */
        node->as.param.role = role;
        node->as.param.name = role == PARAM_CONSTANT ? NULL : node->name;
        node->as.param.fan_in = fan_in;
    }
    if (node->as.param.name && role != PARAM_NORM_MEAN && role != PARAM_NORM_VAR)
        graph->parameter_count += shape_element_count(shape);
    return value->param = node;
}

/* A rearrangement can make any shape at once. The one that made another is dropped in the end, unless something has it. */
static struct node *rearrange_into(struct call *call, const struct node *node, struct shape shape) {
    struct node *again = call_add(call, OP_REARRANGE, node->inputs, 1);
    again->as.rearrange = node->as.rearrange;
    again->name = node->name;
    again->shape = shape;
    return call_finish(call, again);
}

struct node *value_node(struct call *call, struct value *value, struct shape shape) {
    if (!value->node) return value_param(call, value, shape, PARAM_CONSTANT, 0);
    value = value_settle(call, value);
    if (!value) return NULL;
    struct node *node = value->node;
    if (shape_equal(node->shape, shape)) return node;
    while (node->op == OP_RESHAPE) node = node->inputs[0];
    if (shape_equal(node->shape, shape)) return node;
    if (node->op == OP_REARRANGE && !graph_use_count(call->importer->graph, node)) return value->node = rearrange_into(call, node, shape);
    struct node *reshaped = graph_add(call->importer->graph, NULL, OP_RESHAPE, &node, 1, call->origin);
    reshaped->shape = shape;
    return call_finish(call, reshaped);
}

int value_axis(struct call *call, int64_t axis, int rank) {
    if (axis >= -rank && axis < rank) return (int)(axis < 0 ? axis + rank : axis);
    call_fail(call, "it has no axis %lld: there are %d", (long long)axis, rank);
    return -1;
}
