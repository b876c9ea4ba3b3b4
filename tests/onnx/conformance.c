/* conformance.c - one official test: its model imported, compiled in memory, run on its inputs, compared. */
#include "conformance.h"

#include "../../compiler/codegen/codegen.h"
#include "../../compiler/object/object.h"
#include "../../compiler/pass/pass.h"
#include "../../compiler/schedule/schedule.h"
#include "../../runtime/senrt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    struct arena *arena;
    const char *folder;
    struct diag *diag;
    struct import *import;
    struct graph *graph;
    struct result *result;
    VEC(const char *) shapes, constants; /* as --shape and --constant have them */
    VEC(const char *) constant_names;
};

static bool fail(struct run *run, enum outcome outcome, const char *message) {
    run->result->outcome = outcome;
    if (message != run->result->message) snprintf(run->result->message, sizeof run->result->message, "%s", message);
    return false;
}

/* --- the data of a set */

static const char *data_path(struct run *run, int set, const char *kind, size_t index) {
    return arena_format(run->arena, "%s/test_data_set_%d/%s_%zu.pb", run->folder, set, kind, index);
}

/* A tensor of the set, or NULL. The suite has the bits of bfloat16 in tensors of type uint16. */
static struct value *read_data(struct run *run, int set, const char *kind, size_t index, const Onnx__ValueInfoProto *info) {
    const char *problem;
    Onnx__TensorProto *proto = (Onnx__TensorProto *)import_read_tensor(run->import, data_path(run, set, kind, index), &problem);
    bool is_bfloat = info->type && info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
                     info->type->tensor_type->elem_type == ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16;
    if (proto && is_bfloat && proto->data_type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT16)
        proto->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16;
    return proto ? tensor_read(run->import, run->arena, proto, &problem) : NULL;
}

static bool is_constant(const struct run *run, const char *name) {
    for (size_t i = 0; i < run->constant_names.count; i++)
        if (!strcmp(run->constant_names.items[i], name)) return true;
    return false;
}

/* The extents of an input are those of its data. */
static void add_shape(struct run *run, const char *name, const struct value *value) {
    struct text text = text_create(run->arena);
    text_format(&text, "%s=", name);
    for (int i = 0; i < value->dims.rank; i++)
        text_format(&text, "%s%lld", i ? "x" : "", (long long)value->dims.d[i]);
    vec_push(run->arena, &run->shapes, text.bytes);
}

static void find_shapes(struct run *run, int set) {
    const Onnx__GraphProto *graph = run->import->model->graph;
    run->shapes.count = 0;
    for (size_t i = 0; i < graph->n_input; i++) {
        const struct value *value = read_data(run, set, "input", i, graph->input[i]);
        if (value && dims_count(value->dims) > 0) add_shape(run, graph->input[i]->name, value);
    }
}

/* Makes an input a constant. False if it is one already, or there is none of that name. */
static bool add_constant(struct run *run, int set, const char *name) {
    const Onnx__GraphProto *graph = run->import->model->graph;
    if (!name || is_constant(run, name)) return false;
    for (size_t i = 0; i < graph->n_input; i++) {
        if (strcmp(graph->input[i]->name, name) != 0) continue;
        vec_push(run->arena, &run->constant_names, arena_copy_string(run->arena, name));
        vec_push(run->arena, &run->constants,
                 arena_format(run->arena, "%s=%s", name, data_path(run, set, "input", i)));
        return true;
    }
    return false;
}

/* --- importing */

static const char *const expected_diagnostics[] = {"[onnx-operator]", "[onnx-node]",   "[onnx-input]",
                                                   "[onnx-opset]",    "[onnx-output]", "[onnx-tensor]"};

/* Refused for a reason that a sound model can give. */
static bool decline(struct run *run) {
    const char *text = diag_text(run->diag);
    bool is_expected = false;
    for (size_t i = 0; i < sizeof expected_diagnostics / sizeof expected_diagnostics[0]; i++)
        is_expected = is_expected || strstr(text, expected_diagnostics[i]);
    const char *problem = strstr(text, "': "); /* behind the path of the model */
    char *line = arena_copy_string(run->arena, problem ? problem + 3 : text);
    line[strcspn(line, "\n")] = '\0';
    return fail(run, is_expected ? OUTCOME_DECLINED : OUTCOME_FAILED, line);
}

/* As often as an operator wants one more input to be a constant. */
static bool import_test(struct run *run, int set) {
    for (;;) {
        const struct import_options options = {.name = "test",
                                               .shapes = run->shapes.items,
                                               .shape_count = run->shapes.count,
                                               .constants = run->constants.items,
                                               .constant_count = run->constants.count,
                                               .keeps_constants = true};
        diag_destroy(run->diag);
        run->diag = diag_create(NULL, false);
        run->graph = import_build_graph(run->import, &options, run->diag);
        if (run->graph) return true;
        if (!add_constant(run, set, import_wanted_constant(run->import))) return decline(run);
    }
}

/* --- running */

static size_t elements_of(const struct run *run, const struct node *node) {
    return (size_t)(run->graph->batch * shape_element_count(node->shape));
}

static bool find_inputs(struct run *run, int set, const float **inputs) {
    const Onnx__GraphProto *graph = run->import->model->graph;
    size_t found = 0;
    for (size_t i = 0; i < graph->n_input; i++) {
        const char *name = graph->input[i]->name;
        bool flows = found < run->graph->inputs.count && !strcmp(run->graph->inputs.items[found]->name, name);
        if (!flows) continue;
        const struct value *value = read_data(run, set, "input", i, graph->input[i]);
        if (!value || value->element != ELEMENT_FLOAT ||
            (size_t)dims_count(value->dims) != elements_of(run, run->graph->inputs.items[found]))
            return fail(run, OUTCOME_FAILED, "the data of an input do not fit it");
        inputs[found++] = value->floats;
    }
    return found == run->graph->inputs.count || fail(run, OUTCOME_FAILED, "an input has no data");
}

static bool compare_outputs(struct run *run, int set, float *const *outputs) {
    const Onnx__GraphProto *graph = run->import->model->graph;
    for (size_t i = 0; i < graph->n_output; i++) {
        const struct value *expected = read_data(run, set, "output", i, graph->output[i]);
        if (!expected) return fail(run, OUTCOME_FAILED, "the data of an output cannot be read");
        if ((size_t)dims_count(expected->dims) != elements_of(run, run->graph->outputs.items[i].node))
            return fail(run, OUTCOME_FAILED, "an output has another count of numbers");
        if (!conformance_compare(expected, outputs[i], run->result))
            return fail(run, OUTCOME_FAILED,
                        arena_format(run->arena, "output '%s': %s", graph->output[i]->name, run->result->message));
    }
    return true;
}

static bool execute(struct run *run, int set, const struct senrt_model *model) {
    const float **inputs = ARENA_NEW_ARRAY(run->arena, const float *, run->graph->inputs.count + 1);
    float **outputs = ARENA_NEW_ARRAY(run->arena, float *, run->graph->outputs.count + 1);
    if (!find_inputs(run, set, inputs)) return false;
    for (size_t i = 0; i < run->graph->outputs.count; i++) {
        size_t count = elements_of(run, run->graph->outputs.items[i].node);
        outputs[i] = ARENA_NEW_ARRAY(run->arena, float, count);
        for (size_t e = 0; e < count; e++) outputs[i][e] = NAN;
    }
    struct senrt_session *session = NULL;
    enum senrt_status status = senrt_session_create(model, 1, &session);
    if (status == SENRT_OK) status = senrt_session_run(session, inputs, outputs);
    senrt_session_destroy(session);
    if (status != SENRT_OK) return fail(run, OUTCOME_FAILED, senrt_status_text(status));
    return compare_outputs(run, set, outputs);
}

static bool compile_and_execute(struct run *run, int set) {
    const struct pass_options passes = {.level = 3};
    const struct schedule_options schedule = {.level = 3};
    const struct codegen_options codegen = {.level = 3};
    pass_run_all(run->graph, &passes);
    struct plan *plan = schedule_graph(run->graph, target_find("native"), &schedule);
    size_t weight_bytes;
    unsigned char *weights = plan_pack_weights(plan, &weight_bytes);
    struct jit *jit = jit_create(codegen_lower(plan, &codegen), weights, run->diag);
    bool is_good = jit ? execute(run, set, jit_model(jit)) : fail(run, OUTCOME_FAILED, diag_text(run->diag));
    jit_destroy(jit);
    free(weights);
    plan_destroy(plan);
    return is_good;
}

/* A graph whose outputs are all constants needs no code. */
static bool is_folded(const struct graph *graph) {
    for (size_t i = 0; i < graph->outputs.count; i++)
        if (graph->outputs.items[i].node->op != OP_PARAM) return false;
    return true;
}

static bool compare_constants(struct run *run, int set) {
    float **outputs = ARENA_NEW_ARRAY(run->arena, float *, run->graph->outputs.count + 1);
    for (size_t i = 0; i < run->graph->outputs.count; i++)
        outputs[i] = (float *)run->graph->outputs.items[i].node->as.param.tensor->values;
    run->result->outcome = OUTCOME_FOLDED;
    return compare_outputs(run, set, outputs);
}

static bool run_set(struct run *run, int set) {
    find_shapes(run, set);
    run->constants.count = run->constant_names.count = 0;
    if (!import_test(run, set)) return false;
    run->result->constants = (int)run->constants.count;
    bool is_good = is_folded(run->graph) ? compare_constants(run, set) : compile_and_execute(run, set);
    graph_destroy(run->graph);
    run->graph = NULL;
    return is_good;
}

/* The operator after which the test counts: the only one, or the one of its name. */
static void name_operator(struct run *run) {
    const Onnx__ModelProto *model = run->import->model;
    const char *name = model->graph->n_node ? model->graph->node[0]->op_type : "";
    for (size_t i = 0; i < model->graph->n_node; i++) { /* the constants around do not matter */
        const char *other = model->graph->node[i]->op_type;
        bool is_helper = !strcmp(other, "Constant") || !strcmp(other, "Identity") || !strcmp(other, "Cast");
        if (!is_helper) {
            name = other;
            break;
        }
    }
    snprintf(run->result->operator, sizeof run->result->operator, "%s", name ? name : "");
    for (size_t i = 0; i < model->n_opset_import; i++) {
        const char *domain = model->opset_import[i]->domain;
        if (!domain || !*domain || !strcmp(domain, "ai.onnx")) run->result->opset = (int)model->opset_import[i]->version;
    }
}

void conformance_run(const char *folder, struct result *result) {
    *result = (struct result){.outcome = OUTCOME_PASSED};
    struct run run = {.arena = arena_create(), .folder = folder, .result = result, .diag = diag_create(NULL, false)};
    run.import = import_open(arena_format(run.arena, "%s/model.onnx", folder), run.diag);
    if (!run.import) {
        fail(&run, OUTCOME_FAILED, diag_text(run.diag));
    } else {
        name_operator(&run);
        int set = 0;
        while (access(arena_format(run.arena, "%s/test_data_set_%d", folder, set), R_OK) == 0 && run_set(&run, set)) set++;
        if (set == 0 && result->outcome <= OUTCOME_FOLDED) fail(&run, OUTCOME_FAILED, "there is no data set");
    }
    graph_destroy(run.graph);
    import_close(run.import);
    diag_destroy(run.diag);
    arena_destroy(run.arena);
}
