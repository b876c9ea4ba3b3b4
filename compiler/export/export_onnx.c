/* export_onnx.c - a graph becomes an ONNX model: inputs and outputs with any batch, weights as initializers. */
#include "item.h"
#include "onnx.h"

#include "../base/fatal.h"

#include <stdlib.h>
#include <string.h>

static char *copy(struct onnx *onnx, const char *string) {
    return arena_copy_string(onnx->arena, string);
}

static Onnx__TensorShapeProto *make_shape(struct onnx *onnx, struct shape shape) {
    Onnx__TensorShapeProto *proto = ARENA_NEW(onnx->arena, Onnx__TensorShapeProto);
    onnx__tensor_shape_proto__init(proto);
    proto->n_dim = (size_t)shape.rank + 1;
    proto->dim = ARENA_NEW_ARRAY(onnx->arena, Onnx__TensorShapeProto__Dimension *, proto->n_dim);
    for (int i = 0; i <= shape.rank; i++) {
        Onnx__TensorShapeProto__Dimension *dim = ARENA_NEW(onnx->arena, Onnx__TensorShapeProto__Dimension);
        onnx__tensor_shape_proto__dimension__init(dim);
        dim->value_case = i ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                            : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        if (i)
            dim->dim_value = shape.dims[i - 1];
        else
            dim->dim_param = copy(onnx, "batch");
        proto->dim[i] = dim;
    }
    return proto;
}

static Onnx__ValueInfoProto *make_value(struct onnx *onnx, const char *name, struct shape shape) {
    Onnx__ValueInfoProto *value = ARENA_NEW(onnx->arena, Onnx__ValueInfoProto);
    Onnx__TypeProto *type = ARENA_NEW(onnx->arena, Onnx__TypeProto);
    Onnx__TypeProto__Tensor *tensor = ARENA_NEW(onnx->arena, Onnx__TypeProto__Tensor);
    onnx__value_info_proto__init(value);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    tensor->has_elem_type = true;
    tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    tensor->shape = make_shape(onnx, shape);
    type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    type->tensor_type = tensor;
    value->type = type;
    value->name = copy(onnx, name);
    return value;
}

/* The names of inputs and outputs come first; an output that would have an input's name gets a number. */
static const char **take_names(struct onnx *onnx) {
    const struct graph *graph = onnx->graph;
    const char **outputs = ARENA_NEW_ARRAY(onnx->arena, const char *, graph->outputs.count);
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *input = graph->inputs.items[i];
        onnx->values[input->id] = onnx_unique_name(onnx, input->as.input.name);
    }
    for (size_t i = 0; i < graph->outputs.count; i++)
        outputs[i] = onnx_unique_name(onnx, graph->outputs.items[i].name);
    return outputs;
}

/* Whether an output needs the node, directly or not. */
static bool *find_needed(struct onnx *onnx) {
    const struct graph *graph = onnx->graph;
    bool *is_needed = ARENA_NEW_ARRAY(onnx->arena, bool, graph->next_id);
    for (size_t i = 0; i < graph->outputs.count; i++) is_needed[graph->outputs.items[i].node->id] = true;
    for (const struct node *node = graph->last; node; node = node->previous)
        for (int i = 0; is_needed[node->id] && i < node->input_count; i++) is_needed[node->inputs[i]->id] = true;
    return is_needed;
}

static const char *label_of(struct onnx *onnx, const struct node *node) {
    return node->name ? node->name : arena_format(onnx->arena, "%s%u", op_name(node->op), node->id);
}

/* The result of the node that was written last gets the name of the output that it is, if it is one. */
static void name_output(struct onnx *onnx, const struct node *node, const char *const *names, bool *is_written) {
    const struct graph *graph = onnx->graph;
    Onnx__NodeProto *last = onnx->nodes.items[onnx->nodes.count - 1];
    for (size_t i = 0; i < graph->outputs.count; i++) {
        if (graph->outputs.items[i].node != node) continue;
        last->output[0] = copy(onnx, names[i]);
        onnx->values[node->id] = names[i];
        is_written[i] = true;
        return;
    }
}

static void write_nodes(struct onnx *onnx, const char *const *names, bool *is_written) {
    const bool *is_needed = find_needed(onnx);
    for (const struct node *node = onnx->graph->first; node; node = node->next) {
        if (!is_needed[node->id] || node->op == OP_PARAM || node->op == OP_INPUT) continue;
        onnx->label = label_of(onnx, node);
        onnx->values[node->id] = onnx_write_node(onnx, node);
        name_output(onnx, node, names, is_written);
    }
}

/* Outputs that are an input, a parameter or another output get a node of their own. */
static void write_outputs(struct onnx *onnx, const char *const *names, Onnx__GraphProto *proto) {
    const struct graph *graph = onnx->graph;
    bool *is_written = ARENA_NEW_ARRAY(onnx->arena, bool, graph->outputs.count);
    write_nodes(onnx, names, is_written);
    proto->n_output = graph->outputs.count;
    proto->output = ARENA_NEW_ARRAY(onnx->arena, Onnx__ValueInfoProto *, proto->n_output);
    for (size_t i = 0; i < graph->outputs.count; i++) {
        const struct node *node = graph->outputs.items[i].node;
        proto->output[i] = make_value(onnx, names[i], node->shape);
        if (is_written[i]) continue;
        onnx->label = names[i];
        const char *value = node->op == OP_PARAM ? onnx_write_node(onnx, node) : onnx->values[node->id];
        Onnx__NodeProto *identity = onnx_add_node(onnx, "Identity", value, NULL);
        identity->output[0] = copy(onnx, names[i]);
    }
}

static void add_property(struct onnx *onnx, Onnx__ModelProto *model, const char *key, const char *value) {
    Onnx__StringStringEntryProto *entry = ARENA_NEW(onnx->arena, Onnx__StringStringEntryProto);
    onnx__string_string_entry_proto__init(entry);
    entry->key = copy(onnx, key);
    entry->value = copy(onnx, value);
    Onnx__StringStringEntryProto **entries =
        ARENA_NEW_ARRAY(onnx->arena, Onnx__StringStringEntryProto *, model->n_metadata_props + 1);
    if (model->n_metadata_props)
        memcpy(entries, model->metadata_props, model->n_metadata_props * sizeof *entries);
    entries[model->n_metadata_props++] = entry;
    model->metadata_props = entries;
}

/* A label is a line: a line's end in it is written \n, a backslash \\. */
static void add_label(struct text *text, bool is_next, const char *label) {
    if (is_next) text_add(text, "\n");
    for (; *label; label++)
        if (*label == '\n' || *label == '\\')
            text_add(text, *label == '\n' ? "\\n" : "\\\\");
        else
            text_format(text, "%c", *label);
}

/* What ONNX has no place for: names of the classes, a line each, how pictures become inputs, and outputs pictures. */
static void add_properties(struct onnx *onnx, Onnx__ModelProto *model) {
    const struct graph *graph = onnx->graph;
    struct text labels = text_create(onnx->arena);
    for (size_t i = 0; i < graph->labels.count; i++)
        add_label(&labels, i > 0, graph->labels.items[i]);
    if (labels.length) add_property(onnx, model, "labels", labels.bytes);
    for (size_t i = 0; i < graph->inputs.count; i++) {
        const struct node *input = graph->inputs.items[i];
        if (!input->as.input.picture) continue;
        const char *key = arena_format(onnx->arena, "picture.%s", input->as.input.name);
        add_property(onnx, model, key, picture_text(onnx->arena, input->as.input.picture));
    }
    for (size_t i = 0; i < graph->outputs.count; i++) {
        const struct graph_output *output = &graph->outputs.items[i];
        if (!output->picture) continue;
        const char *key = arena_format(onnx->arena, "output_picture.%s", output->name);
        add_property(onnx, model, key, picture_text(onnx->arena, output->picture));
    }
}

static Onnx__GraphProto *write_graph(struct onnx *onnx) {
    Onnx__GraphProto *proto = ARENA_NEW(onnx->arena, Onnx__GraphProto);
    onnx__graph_proto__init(proto);
    proto->name = copy(onnx, onnx->graph->name);
    const char **outputs = take_names(onnx);
    proto->n_input = onnx->graph->inputs.count;
    proto->input = ARENA_NEW_ARRAY(onnx->arena, Onnx__ValueInfoProto *, proto->n_input);
    for (size_t i = 0; i < proto->n_input; i++) {
        const struct node *input = onnx->graph->inputs.items[i];
        proto->input[i] = make_value(onnx, onnx->values[input->id], input->shape);
    }
    write_outputs(onnx, outputs, proto);
    proto->n_node = onnx->nodes.count;
    proto->node = onnx->nodes.items;
    proto->n_initializer = onnx->initializers.count;
    proto->initializer = onnx->initializers.items;
    return proto;
}

unsigned char *export_onnx(const struct graph *graph, const char *remark, size_t *out_bytes) {
    struct arena *arena = arena_create();
    struct onnx onnx = {.arena = arena, .graph = graph, .names = map_create(arena), .label = "model"};
    onnx.values = ARENA_NEW_ARRAY(arena, const char *, graph->next_id);
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets[1] = {&opset};
    opset.domain = copy(&onnx, "");
    opset.has_version = true;
    opset.version = ONNX_OPSET;
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    model.has_ir_version = true;
    model.ir_version = ONNX_IR_VERSION;
    model.n_opset_import = 1;
    model.opset_import = opsets;
    model.producer_name = copy(&onnx, "senc");
    model.producer_version = copy(&onnx, SENC_VERSION);
    model.doc_string = copy(&onnx, remark);
    model.graph = write_graph(&onnx);
    add_properties(&onnx, &model);
    *out_bytes = onnx__model_proto__get_packed_size(&model);
    unsigned char *bytes = malloc(*out_bytes);
    if (!bytes) fatal_no_memory();
    onnx__model_proto__pack(&model, bytes);
    arena_destroy(arena);
    return bytes;
}
