/* import.c - the nodes of an ONNX graph, in the order in which they need each other, become operations.
 *
 * First with axis 0 of all inputs as the batch; if a node does anything else to that axis, again with a batch of one and
 * that axis as one like the others.
 */
#include "importer.h"

#include <string.h>

/* --- order */

enum state { STATE_NEW, STATE_OPEN, STATE_DONE };

struct visit {
    const Onnx__NodeProto *node;
    size_t next_input;
};

struct order {
    struct importer *importer;
    struct map states; /* name of a node's first output -> its state */
    VEC(struct visit) stack;
    VEC(const Onnx__NodeProto *) nodes; /* those that the outputs need, in order */
};

static const char *key_of(const Onnx__NodeProto *node) {
    for (size_t i = 0; i < node->n_output; i++)
        if (*node->output[i]) return node->output[i];
    return "";
}

static enum state state_of(const struct order *order, const Onnx__NodeProto *node) {
    return (enum state)(uintptr_t)map_lookup(&order->states, key_of(node));
}

static void set_state(struct order *order, const Onnx__NodeProto *node, enum state state) {
    map_set(&order->states, key_of(node), (void *)(uintptr_t)state);
}

static bool malformed(struct importer *importer, const char *format, const char *name) {
    const char *problem = arena_format(importer->arena, "%s '%s'", format, name);
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_MALFORMED, "'%s': %s", importer->import->path, problem);
    return false;
}

static bool is_known(const struct importer *importer, const char *name) {
    return map_has(&importer->values, name) || map_has(&importer->tensors, name);
}

/* The node that makes `name` is to be visited, unless it was. */
static bool want(struct order *order, const char *name) {
    struct importer *importer = order->importer;
    if (!*name || is_known(importer, name)) return true;
    const Onnx__NodeProto *node = map_lookup(&importer->producers, name);
    if (!node) return malformed(importer, "nothing makes", name);
    enum state state = state_of(order, node);
    if (state == STATE_OPEN) return malformed(importer, "nodes form a cycle by way of", name);
    if (state == STATE_DONE) return true;
    set_state(order, node, STATE_OPEN);
    vec_push(importer->arena, &order->stack, ((struct visit){node, 0}));
    return true;
}

/* Depth first, without recursion. */
static bool visit_all(struct order *order, const char *output) {
    if (!want(order, output)) return false;
    while (order->stack.count) {
        struct visit *visit = &order->stack.items[order->stack.count - 1];
        if (visit->next_input < visit->node->n_input) {
            if (!want(order, visit->node->input[visit->next_input++])) return false;
            continue;
        }
        set_state(order, visit->node, STATE_DONE);
        vec_push(order->importer->arena, &order->nodes, visit->node);
        order->stack.count--;
    }
    return true;
}

static bool find_order(struct order *order) {
    const Onnx__GraphProto *graph = order->importer->proto;
    for (size_t i = 0; i < graph->n_output; i++) {
        const char *name = graph->output[i]->name;
        if (!name || !*name) return malformed(order->importer, "an output has no name", "");
        if (!visit_all(order, name)) return false;
    }
    return true;
}

/* --- operators that are not understood: one error a kind */

static bool is_understood(const Onnx__NodeProto *node) {
    bool is_own = node->domain && *node->domain && strcmp(node->domain, "ai.onnx") != 0;
    return !is_own && operator_find(node->op_type);
}

static const char *kind_of(struct importer *importer, const Onnx__NodeProto *node) {
    bool is_own = node->domain && *node->domain;
    return is_own ? arena_format(importer->arena, "%s.%s", node->domain, node->op_type) : node->op_type;
}

static bool check_operators(const struct order *order) {
    struct importer *importer = order->importer;
    struct map kinds = map_create(importer->arena); /* kind -> how many */
    VEC(const Onnx__NodeProto *) firsts = {0};
    for (size_t i = 0; i < order->nodes.count; i++) {
        const Onnx__NodeProto *node = order->nodes.items[i];
        if (is_understood(node)) continue;
        const char *kind = kind_of(importer, node);
        size_t *count = map_lookup(&kinds, kind);
        if (!count) {
            map_set(&kinds, kind, count = ARENA_NEW(importer->arena, size_t));
            vec_push(importer->arena, &firsts, node);
        }
        ++*count;
    }
    struct text all = text_create(importer->arena);
    for (size_t i = 0; i < kinds.count; i++) text_format(&all, "%s%s", i ? ", " : "", kinds.entries[i].key);
    for (size_t i = 0; i < firsts.count; i++) {
        size_t count = *(size_t *)kinds.entries[i].value;
        diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_OPERATOR, "'%s': operator %s is not supported: %s%s",
                   importer->import->path, kinds.entries[i].key,
                   call_describe(importer, importer->arena, firsts.items[i]),
                   count > 1 ? arena_format(importer->arena, " and %zu more", count - 1) : "");
        if (i + 1 == firsts.count && i) diag_note(importer->diag, SPAN_NONE, "not supported are: %s", all.bytes);
    }
    return firsts.count == 0;
}

/* Operators of old opsets that were others: one error. */
static bool check_versions(const struct order *order) {
    struct importer *importer = order->importer;
    if (importer->opset >= IMPORT_OPSET_LEAST) return true;
    for (size_t i = 0; i < order->nodes.count; i++) {
        const Onnx__NodeProto *node = order->nodes.items[i];
        if (!operator_has_changed(node->op_type)) continue;
        diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_OPSET,
                   "'%s' uses version %lld of ONNX's operators (opset); %d to %d are understood, and older ones where"
                   " they are the same: not %s",
                   importer->import->path, (long long)importer->opset, IMPORT_OPSET_LEAST, IMPORT_OPSET_MOST,
                   call_describe(importer, importer->arena, node));
        return false;
    }
    return true;
}

/* --- outputs */

static bool output_problem(struct importer *importer, const char *name, const char *problem) {
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_OUTPUT, "'%s': output '%s' %s", importer->import->path, name, problem);
    return false;
}

static bool add_output(struct importer *importer, const char *name) {
    struct graph *graph = importer->graph;
    struct call call = {.importer = importer};
    struct value *value = call_find_value(importer, name);
    for (size_t i = 0; i < graph->outputs.count; i++)
        if (!strcmp(graph->outputs.items[i].name, name)) return output_problem(importer, name, "is listed twice");
    if (!value || value->is_failed) return false; /* reported with its node */
    if (!value->node && !importer->options->keeps_constants)
        return output_problem(importer, name, "does not depend on the inputs: it is a constant");
    if (!value->node && importer->is_batched && importer->batch > 1) { /* it is no picture's */
        importer->batch_problem = arena_format(importer->arena, "output '%s' is a constant", name);
        return false;
    }
    if (dims_count(value->dims) < 1) return output_problem(importer, name, "is empty");
    struct dims picture = value_picture(&call, value);
    struct node *node = value_node(&call, value, value_shape(&call, picture));
    if (!node) return output_problem(importer, name, call.problem);
    vec_push(graph->arena, &graph->outputs, ((struct graph_output){.name = arena_copy_string(graph->arena, name), .node = node}));
    return true;
}

static bool add_outputs(struct importer *importer) {
    bool is_good = true;
    if (!importer->proto->n_output) return malformed(importer, "no outputs are listed by graph", importer->proto->name ? importer->proto->name : "");
    for (size_t i = 0; i < importer->proto->n_output; i++)
        if (!add_output(importer, importer->proto->output[i]->name)) is_good = false;
    return is_good;
}

/* --- one import */

static bool check_training(struct importer *importer) {
    if (!importer->training_count) return true;
    const char *more = importer->training_count == 1
                           ? ""
                           : arena_format(importer->arena, " and %lld more", (long long)importer->training_count - 1);
    diag_error(importer->diag, SPAN_NONE, DIAG_ONNX_NODE, "'%s' was exported in training mode: %s%s",
               importer->import->path, importer->training_first, more);
    diag_note(importer->diag, SPAN_NONE, "export it after model.eval()");
    return false;
}

static bool run(struct importer *importer) {
    struct order order = {.importer = importer, .states = map_create(importer->arena)};
    if (!model_check(importer) || !input_check_options(importer)) return false;
    bool has_inputs = input_declare_all(importer);
    if (!has_inputs && importer->batch_problem) return false;
    if (has_inputs && !importer->graph->inputs.count && !importer->options->keeps_constants)
        return malformed(importer, "no inputs are listed by graph", importer->proto->name ? importer->proto->name : "");
    if (has_inputs && (!find_order(&order) || !check_operators(&order) || !check_versions(&order))) return false;
    if (!has_inputs) return false;
    bool is_good = true;
    for (size_t i = 0; i < order.nodes.count && !diag_too_many(importer->diag); i++) {
        if (!call_run(importer, order.nodes.items[i])) is_good = false;
        if (importer->batch_problem) return false;
    }
    is_good = check_training(importer) && is_good;
    return add_outputs(importer) && is_good;
}

/* Rearrangements that were made anew into another shape (value_node). */
static void drop_rearrangements(struct graph *graph) {
    for (struct node *node = graph->last, *previous; node; node = previous) {
        previous = node->previous;
        if (node->op == OP_REARRANGE && !graph_use_count(graph, node)) graph_remove(graph, node);
    }
}

static int64_t count_macs(const struct graph *graph) {
    int64_t total = 0;
    for (const struct node *node = graph->first; node; node = node->next) {
        int64_t macs = graph_count_macs(node);
        if (macs < 0 || __builtin_add_overflow(total, macs, &total)) return INT64_MAX;
    }
    return total;
}

struct attempt {
    struct graph *graph; /* or NULL */
    const char *batch_problem, *wanted_constant, *joined_input, *loose_corners;
};

static struct attempt try_import(struct import *import, const struct import_options *options, bool is_batched,
                                 struct diag *diag) {
    struct arena *arena = arena_create();
    struct importer importer = {
        .import = import,
        .options = options,
        .diag = diag,
        .arena = arena,
        .graph = graph_create(options->name),
        .proto = import->model->graph,
        .values = map_create(arena),
        .producers = map_create(arena),
        .tensors = map_create(arena),
        .uses = map_create(arena),
        .is_batched = is_batched,
    };
    bool is_good = run(&importer);
    struct attempt attempt = {.graph = importer.graph};
    if (importer.batch_problem) attempt.batch_problem = arena_copy_string(import->arena, importer.batch_problem);
    if (importer.joined_input) attempt.joined_input = arena_copy_string(import->arena, importer.joined_input);
    if (importer.loose_corners) attempt.loose_corners = arena_copy_string(import->arena, importer.loose_corners);
    if (importer.wanted_constant) attempt.wanted_constant = arena_copy_string(import->arena, importer.wanted_constant);
    if (is_good) {
        int64_t batch = is_batched && importer.batch ? importer.batch : 1;
        importer.graph->batch = batch > 1 || !options->batch ? batch : options->batch;
        drop_rearrangements(importer.graph);
        importer.graph->mac_count = count_macs(importer.graph);
    } else {
        graph_destroy(importer.graph);
        attempt.graph = NULL;
    }
    diag_flush(diag);
    arena_destroy(arena);
    return attempt;
}

static bool check_batch(const struct import *import, const struct import_options *options, const struct attempt *batched,
                        const struct graph *graph, struct diag *diag) {
    if (options->batch <= 1 || options->batch == graph->batch) return true;
    diag_error(diag, SPAN_NONE, DIAG_ONNX_INPUT, "'%s' cannot be compiled for batches of %lld: %s", import->path,
               (long long)options->batch,
               batched->batch_problem ? batched->batch_problem : "the model has a batch of its own");
    return false;
}

struct graph *import_build_graph(struct import *import, const struct import_options *options, struct diag *diag) {
    struct diag *silent = diag_create(NULL, false);
    struct attempt batched = try_import(import, options, true, silent), result = batched;
    diag_destroy(silent);
    import->wanted_constant = batched.wanted_constant;
    if (!result.graph) {
        result = try_import(import, options, !batched.batch_problem, diag);
        if (batched.batch_problem) import->wanted_constant = result.wanted_constant;
    }
    if (result.graph && !check_batch(import, options, &batched, result.graph, diag)) {
        graph_destroy(result.graph);
        return NULL;
    }
    if (result.graph && result.joined_input)
        diag_warning(diag, SPAN_NONE, DIAG_ONNX_INPUT, "'%s': input %s", import->path, result.joined_input);
    if (result.graph && result.loose_corners)
        diag_warning(diag, SPAN_NONE, DIAG_ONNX_NODE, "'%s': %s: its scales make no whole extents, and its corners are aligned to"
                     " those, as in ONNX's reference; other engines align them to the whole ones", import->path, result.loose_corners);
    return result.graph;
}

const char *import_property(const struct import *import, const char *key) {
    const Onnx__ModelProto *model = import->model;
    if (!model->producer_name || strcmp(model->producer_name, "senc")) return NULL;
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (entry->key && entry->value && !strcmp(entry->key, key)) return entry->value;
    }
    return NULL;
}

const char *import_wanted_constant(const struct import *import) {
    return import->wanted_constant;
}
