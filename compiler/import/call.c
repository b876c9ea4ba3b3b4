/* call.c - one ONNX node: its inputs found, its handler called, its outputs named; and what is wrong with it said. */
#include "importer.h"

#include <string.h>

bool call_fail(struct call *call, const char *format, ...) {
    va_list list;
    if (call->problem) return false; /* the first is the cause */
    va_start(list, format);
    call->problem = arena_format_list(call->importer->arena, format, list);
    va_end(list);
    return false;
}

bool call_fail_batch(struct call *call) {
    struct importer *importer = call->importer;
    if (!importer->batch_problem)
        importer->batch_problem = arena_format(importer->arena, "%s does not treat axis 0 as a batch of pictures",
                                               call_describe(importer, importer->arena, call->proto));
    return call_fail(call, "it does not treat axis 0 as a batch of pictures");
}

void call_note_training(struct call *call) {
    struct importer *importer = call->importer;
    if (!importer->training_count++) importer->training_first = call_describe(importer, importer->arena, call->proto);
}

void call_note_corners(struct call *call) {
    struct importer *importer = call->importer;
    if (!importer->loose_corners) importer->loose_corners = call_describe(importer, importer->arena, call->proto);
}

const char *call_describe(const struct importer *importer, struct arena *arena, const Onnx__NodeProto *proto) {
    const char *name = proto->name;
    for (size_t i = 0; i < proto->n_output && (!name || !*name); i++) name = proto->output[i];
    bool is_own = proto->domain && *proto->domain && strcmp(proto->domain, "ai.onnx") != 0;
    if (is_own) return arena_format(arena, "node '%s' (%s of %s)", name ? name : "", proto->op_type, proto->domain);
    return arena_format(arena, "node '%s' (%s, opset %lld)", name ? name : "", proto->op_type,
                        (long long)importer->opset);
}

bool call_has_input(const struct call *call, int index) {
    return index < call->input_count && call->inputs[index];
}

/* Remembers that an input of the graph, which flows, would do if it were constant. */
static void want_constant(struct call *call, const struct value *value) {
    struct importer *importer = call->importer;
    if (value->node->op == OP_INPUT && !importer->wanted_constant) importer->wanted_constant = value->node->name;
}

struct value *call_constant(struct call *call, int index, const char *what) {
    if (!call_has_input(call, index)) return call_fail(call, "its %s is missing", what), NULL;
    struct value *value = call->inputs[index];
    if (value_is_constant(value)) return value;
    want_constant(call, value);
    if (value->node->op != OP_INPUT)
        return call_fail(call, "its %s, '%s', must be known when the model is compiled, but is computed from its inputs",
                         what, call->proto->input[index]),
               NULL;
    return call_fail(call, "its %s, the input '%s', must be known when the model is compiled: give --constant '%s=FILE.pb'",
                     what, value->node->name, value->node->name),
           NULL;
}

const int64_t *call_integers(struct call *call, int index, const char *what, int64_t *out_count) {
    struct value *value = call_constant(call, index, what);
    if (!value) return NULL;
    *out_count = dims_count(value->dims);
    if (value->element == ELEMENT_FLOAT) return call_fail(call, "its %s are no integers", what), NULL;
    static const int64_t none[1];
    return value->integers ? value->integers : none;
}

bool call_axes(struct call *call, int rank, unsigned *out_axes, int64_t *out_count) {
    size_t given;
    const int64_t *axes = attribute_integers(call, "axes", &given);
    *out_axes = 0;
    *out_count = (int64_t)given;
    if (call_has_input(call, 1)) {
        axes = call_integers(call, 1, "axes", out_count);
        if (!axes) return false;
    }
    for (int64_t i = 0; i < *out_count; i++) {
        int axis = value_axis(call, axes[i], rank);
        if (axis < 0) return false;
        *out_axes |= 1u << axis;
    }
    return true;
}

struct node *call_finish(struct call *call, struct node *node) {
    const char *problem;
    if (!graph_infer(call->importer->graph, node, &problem)) return call_fail(call, "%s", problem), NULL;
    return node;
}

struct node *call_add(struct call *call, enum op op, struct node *const *inputs, int input_count) {
    return graph_add(call->importer->graph, NULL, op, inputs, input_count, call->origin);
}

/* --- running */

static struct value *constant_of_tensor(struct importer *importer, const Onnx__TensorProto *proto) {
    const char *problem;
    struct value *value = tensor_read(importer->import, importer->graph->arena, proto, &problem);
    if (value) return value;
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_TENSOR, "'%s': the initialiser '%s' cannot be used: %s",
               importer->import->path, proto->name, problem);
    value = ARENA_NEW(importer->arena, struct value);
    value->is_failed = true;
    return value;
}

struct value *call_find_value(struct importer *importer, const char *name) {
    struct value *value = map_lookup(&importer->values, name);
    const Onnx__TensorProto *tensor = value ? NULL : map_lookup(&importer->tensors, name);
    if (!tensor) return value;
    value = constant_of_tensor(importer, tensor);
    map_set(&importer->values, name, value);
    return value;
}

/* False if one of them was reported before. */
static bool find_inputs(struct call *call) {
    struct importer *importer = call->importer;
    const Onnx__NodeProto *proto = call->proto;
    call->input_count = (int)proto->n_input;
    call->inputs = ARENA_NEW_ARRAY(importer->arena, struct value *, proto->n_input);
    for (size_t i = 0; i < proto->n_input; i++) {
        if (!*proto->input[i]) continue; /* left out */
        call->inputs[i] = call_find_value(importer, proto->input[i]);
        if (!call->inputs[i] || call->inputs[i]->is_failed) return false;
    }
    while (call->input_count && !call->inputs[call->input_count - 1]) call->input_count--;
    return true;
}

static const struct origin *make_origin(struct importer *importer, const Onnx__NodeProto *proto) {
    struct origin *origin = ARENA_NEW(importer->graph->arena, struct origin);
    origin->imported = arena_format(importer->graph->arena, "%s of '%s'",
                                    call_describe(importer, importer->arena, proto), importer->import->path);
    return origin;
}

static void keep_outputs(struct call *call, bool is_good) {
    struct importer *importer = call->importer;
    for (size_t i = 0; i < call->proto->n_output; i++) {
        struct value *value = is_good ? call->outputs[i] : NULL;
        if (!*call->proto->output[i]) continue;
        if (!value) {
            value = ARENA_NEW(importer->arena, struct value);
            value->is_failed = true;
        } else if (value->behind) {
            value->name = arena_copy_string(importer->graph->arena, call->proto->output[i]);
        } else if (value->node && !value->node->name) {
            value->node->name = arena_copy_string(importer->graph->arena, call->proto->output[i]);
        }
        map_set(&importer->values, call->proto->output[i], value);
    }
}

static bool check_outputs(struct call *call) {
    for (size_t i = 0; i < call->proto->n_output; i++) {
        const char *name = call->proto->output[i];
        if (*name && !call->outputs[i] && model_count_uses(call->importer, name))
            return call_fail(call, "its output %zu, '%s', is not supported", i + 1, name);
    }
    const char *attribute = attribute_unread(call);
    return !attribute || call_fail(call, "its attribute '%s' is not supported", attribute);
}

static bool handle(struct call *call) {
    const struct operator *operator = operator_find(call->proto->op_type);
    if (call->input_count < operator->least || (int)call->proto->n_input > operator->most)
        return call_fail(call, "it has %zu inputs, not %d to %d", call->proto->n_input, operator->least, operator->most);
    for (int i = 0; i < operator->least; i++)
        if (!call->inputs[i]) return call_fail(call, "its input %d is missing", i + 1);
    return operator->handle(call, operator->variant) && check_outputs(call);
}

bool call_run(struct importer *importer, const Onnx__NodeProto *proto) {
    struct call call = {.importer = importer, .proto = proto};
    call.output_count = (int)proto->n_output;
    call.outputs = ARENA_NEW_ARRAY(importer->arena, struct value *, proto->n_output + 1);
    bool is_good = find_inputs(&call);
    if (is_good) {
        call.origin = make_origin(importer, proto);
        is_good = handle(&call);
        if (!is_good && !importer->batch_problem)
            diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_NODE, "'%s': %s: %s", importer->import->path,
                       call_describe(importer, importer->arena, proto), call.problem ? call.problem : "?");
    }
    keep_outputs(&call, is_good);
    return is_good;
}
