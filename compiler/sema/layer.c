/* layer.c - the list of layers, and what their calls have in common: inputs, arguments, a name, an origin. */
#include "layer.h"

#include <string.h>

static const struct layer layers[] = {
#define ONE LAYER_ONE_INPUT
#define MANY LAYER_MANY_INPUTS
#define NONE LAYER_NO_INPUT
#define OPERANDS LAYER_OPERANDS
#define ARGUMENTS(...) {__VA_ARGS__}
#define LAYER(name, kind, inputs, required, arguments, builder, variant)                                     \
    {name, kind, inputs, required, arguments, build_##builder, variant},
#include "layer.def"
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula)                              \
    {name, name, ONE, 0, {alpha, beta}, build_activation, ACTIVATION_##id},
#include "../graph/activation.def"
#undef ACTIVATION
#undef LAYER
#undef ARGUMENTS
#undef NONE
#undef OPERANDS
#undef MANY
#undef ONE
};
enum { LAYER_COUNT = sizeof layers / sizeof layers[0] };

const struct layer *layer_lookup(const char *name) {
    for (int i = 0; i < LAYER_COUNT; i++)
        if (strcmp(layers[i].name, name) == 0) return &layers[i];
    return NULL;
}

void layer_add_names(struct arena *arena, struct name_list *names) {
    for (int i = 0; i < LAYER_COUNT; i++) vec_push(arena, names, layers[i].name);
}

/* Where there is none, the lists say "". */
static size_t count_arguments(const struct layer *layer) {
    size_t count = 0;
    while (count < LAYER_MAX_ARGUMENTS && layer->arguments[count] && layer->arguments[count][0]) count++;
    return count;
}

/* "relu(x)" or "x -> conv(out, k)" */
static const char *usage(struct sema *sema, const struct layer *layer) {
    if (layer->inputs == LAYER_MANY_INPUTS || layer->inputs == LAYER_OPERANDS)
        return arena_format(sema->arena, "%s(x, y)", layer->name);
    struct text text = text_create(sema->arena);
    text_format(&text, "%s%s", layer->inputs == LAYER_NO_INPUT ? "" : "x -> ", layer->name);
    for (int i = 0; i < layer->required; i++) text_format(&text, "%s%s", i ? ", " : "(", layer->arguments[i]);
    if (layer->required) text_add(&text, ")");
    return text.bytes;
}

static size_t count_positional(const struct ast_call *call) {
    size_t count = 0;
    while (count < call->arguments->list.count && !call->arguments->list.items[count].name.text) count++;
    return count;
}

static bool add_input(struct layer_call *call, struct span *spans, struct value value, struct span span) {
    if (value.kind == VALUE_TENSOR || (value_is_number(value) && call->layer->inputs == LAYER_OPERANDS)) {
        struct node *node = value.kind == VALUE_TENSOR
                                ? value.as.node
                                : sema_add_number(call->sema, value_as_real(value), span);
        if (!node) return false;
        call->has_tensor = call->has_tensor || value.kind == VALUE_TENSOR;
        spans[call->input_count] = span;
        call->inputs[call->input_count++] = node;
        return true;
    }
    if (value.kind != VALUE_ERROR) {
        sema_error(call->sema, call->call->callee.span, DIAG_TYPE, "'%s' works on tensors",
                   call->layer->name);
        diag_label(call->sema->diag, span, "%s", sema_describe(call->sema, value, call->call->span));
    }
    return false;
}

/* The tensors: what the chain feeds, and the positional arguments that stand for tensors; `values` (NULL: not yet
 * known) are these. */
static bool collect_inputs(struct layer_call *call, const struct binding *fed, const struct value *values,
                           size_t *out_skip_count) {
    struct sema *sema = call->sema;
    size_t positional = count_positional(call->call);
    enum layer_inputs kind = call->layer->inputs;
    bool takes_none = kind == LAYER_NO_INPUT, takes_all = kind == LAYER_MANY_INPUTS || kind == LAYER_OPERANDS;
    size_t taken = takes_all ? positional : fed || takes_none ? 0 : positional ? 1 : 0;
    struct span *spans = ARENA_NEW_ARRAY(sema->arena, struct span, taken + 1);
    call->inputs = ARENA_NEW_ARRAY(sema->arena, struct node *, taken + 1);
    call->input_spans = spans;
    *out_skip_count = taken;
    bool is_good = !fed || add_input(call, spans, fed->value, fed->span);
    for (size_t i = 0; i < taken; i++) {
        const struct ast_expression *argument = call->call->arguments->list.items[i].value;
        if (!add_input(call, spans, values ? values[i] : sema_evaluate(sema, argument), argument->span)) is_good = false;
    }
    if (!is_good || call->has_tensor != takes_none) return is_good;
    sema_error(sema, call->call->span, DIAG_NOT_FED,
               takes_none ? "'%s' cannot stand in a chain: write %s" : "'%s' is fed nothing: write %s",
               call->layer->name, usage(sema, call->layer));
    return false;
}

static bool check_required(struct layer_call *call) {
    for (int i = 0; i < call->layer->required; i++) {
        if (call->arguments[i].is_given) continue;
        sema_error(call->sema, call->call->span, DIAG_MISSING_ARGUMENT,
                   "'%s' needs a value for '%s': write %s", call->layer->name, call->layer->arguments[i],
                   usage(call->sema, call->layer));
        return false;
    }
    return true;
}

static struct value apply(struct sema *sema, const struct layer *layer, const struct ast_call *call,
                          const struct binding *fed, const struct value *values) {
    struct layer_call layer_call = {.sema = sema, .layer = layer, .call = call};
    size_t skip_count;
    bool is_good = collect_inputs(&layer_call, fed, values, &skip_count);
    if (!sema_bind_arguments(sema, call, skip_count, layer->arguments, count_arguments(layer),
                             layer_call.arguments))
        is_good = false;
    layer_call.path = sema_name_call(sema, call, layer->kind);
    if (!is_good || !check_required(&layer_call) || !layer_call.path || sema->is_stopped) return NO_VALUE;
    layer_call.origin = sema_origin(sema, call->span);
    struct value value = layer->build(&layer_call);
    return layer_call.has_failed ? NO_VALUE : value;
}

struct value layer_apply(struct sema *sema, const struct layer *layer, const struct ast_call *call,
                         const struct binding *fed) {
    return apply(sema, layer, call, fed, NULL);
}

struct value layer_apply_values(struct sema *sema, const struct layer *layer, const struct ast_call *call,
                                const struct value *values) {
    return apply(sema, layer, call, NULL, values);
}

struct node *layer_add_node(struct layer_call *call, enum op op, struct node *const *inputs,
                            int input_count) {
    struct node *node = sema_add_node(call->sema, op, inputs, input_count, call->origin);
    node->name = arena_copy_string(call->sema->graph->arena, call->path);
    return node;
}

struct node *layer_add_param(struct layer_call *call, const char *part, enum param_role role,
                             struct shape shape, double fan_in) {
    struct node *node =
        sema_add_param(call->sema, call->call, call->path, part, role, shape, fan_in, call->origin);
    if (!node) call->has_failed = true;
    return node;
}

void layer_label_inputs(struct layer_call *call) {
    for (int i = 0; i < call->input_count; i++)
        diag_label(call->sema->diag, call->input_spans[i], "%s",
                   sema_describe(call->sema, value_tensor(call->inputs[i]), call->call->span));
}

struct value layer_finish(struct layer_call *call, struct node *node) {
    struct value value = sema_finish_node(call->sema, node, call->call->callee.text, call->call->span);
    if (value.kind == VALUE_ERROR) layer_label_inputs(call);
    return value;
}

bool layer_need_map(struct layer_call *call) {
    if (call->inputs[0]->shape.rank == 3) return true;
    argument_fail(call, call->call->span, DIAG_LAYER_SHAPE, "'%s' needs a map [C, H, W], not %s",
                  call->layer->name, shape_text(call->sema->arena, call->inputs[0]->shape));
    layer_label_inputs(call);
    return false;
}
