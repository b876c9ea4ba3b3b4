/* operator_math.c - arithmetic, activations, reductions, and what is known only of constants. */
#include "importer.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* --- of two and more. Before opset 7 the second was aligned by an attribute. */

static struct value *align_old(struct call *call, struct value *a, struct value *b) {
    bool broadcasts = attribute_integer(call, "broadcast", 0) != 0, has_axis = attribute_has(call, "axis");
    int64_t axis = attribute_integer(call, "axis", 0);
    if (call->importer->opset >= 7 || !broadcasts || !has_axis) return b;
    int from = value_axis(call, axis, a->dims.rank);
    if (from < 0) return NULL;
    struct dims dims = {.rank = a->dims.rank - from};
    if (b->dims.rank > dims.rank) return call_fail(call, "its second input does not fit from axis %d on", from), NULL;
    for (int i = 0; i < dims.rank; i++) dims.d[i] = i < b->dims.rank ? b->dims.d[i] : 1;
    return value_reshape(call, b, dims);
}

bool import_binary(struct call *call, int variant) {
    for (int i = 0; variant == BINARY_ADD && i < 2 && !call->outputs[0]; i++)
        call->outputs[0] = value_add_bias(call, i);
    if (call->outputs[0]) return true;
    struct value *a = call->inputs[0], *b = align_old(call, a, call->inputs[1]);
    if (variant == BINARY_MOD && attribute_integer(call, "fmod", 0)) variant = BINARY_FMOD;
    call->outputs[0] = value_binary(call, (enum binary)variant, a, b);
    return call->outputs[0];
}

/* The type of what a constant to the power of another is, is that of the first. */
bool import_pow(struct call *call, int variant) {
    (void)variant;
    struct value *a = call->inputs[0], *b = align_old(call, a, call->inputs[1]);
    bool is_square = b && !b->node && dims_count(b->dims) == 1 && value_at(b, 0) == 2;
    if (a->node && is_square && b->dims.rank <= a->dims.rank)
        call->outputs[0] = value_binary(call, BINARY_MUL, a, a);
    else
        call->outputs[0] = value_binary(call, BINARY_POW, a, b);
    return call->outputs[0];
}

static struct value *join_all(struct call *call, enum binary kind) {
    struct value *value = call->inputs[0];
    for (int i = 1; i < call->input_count && value; i++) {
        if (!call->inputs[i]) return call_fail(call, "its input %d is missing", i + 1), NULL;
        value = value_binary(call, kind, value, call->inputs[i]);
    }
    return value;
}

bool import_variadic(struct call *call, int variant) {
    call->outputs[0] = join_all(call, (enum binary)variant);
    return call->outputs[0];
}

bool import_mean(struct call *call, int variant) {
    (void)variant;
    struct value *sum = join_all(call, BINARY_ADD);
    if (call->input_count > 1) sum = value_binary(call, BINARY_MUL, sum, value_number(call, 1.0 / call->input_count));
    call->outputs[0] = sum;
    return sum;
}

bool import_where(struct call *call, int variant) {
    (void)variant;
    struct value *condition = call_constant(call, 0, "condition"), *a = call->inputs[1], *b = call->inputs[2];
    if (!condition) return false;
    if (condition->element == ELEMENT_FLOAT) return call_fail(call, "its condition is made of floats");
    if (!a->node && !b->node) {
        call->outputs[0] = fold_where(call, condition, a, b);
        return call->outputs[0];
    }
    int64_t count = dims_count(condition->dims), chosen = 0;
    for (int64_t i = 0; i < count; i++) chosen += condition->integers[i] != 0;
    struct value *only = chosen == count ? a : b;
    if (count == 0 || (chosen && chosen != count) || !only->node)
        return call_fail(call, "it chooses between numbers that are computed from the inputs");
    struct dims dims, all;
    if (!dims_broadcast(a->dims, b->dims, &dims) || !dims_broadcast(dims, condition->dims, &all))
        return call_fail(call, "its inputs do not go together");
    call->outputs[0] = value_expand(call, only, all);
    return call->outputs[0];
}

bool import_not(struct call *call, int variant) {
    (void)variant;
    struct value *x = call_constant(call, 0, "input");
    call->outputs[0] = value_binary(call, BINARY_EQUAL, x, value_number(call, 0));
    return call->outputs[0];
}

/* --- of one */

/* variant: an activation_kind without parameters */
bool import_unary(struct call *call, int variant) {
    struct value *x = call->inputs[0];
    if (!x->node && x->element != ELEMENT_FLOAT && variant == ACTIVATION_NEG) {
        int64_t *zero;
        struct value *nought = value_integers(call, (struct dims){0}, &zero);
        call->outputs[0] = value_binary(call, BINARY_SUB, nought, x);
        return call->outputs[0];
    }
    bool is_integer = !x->node && x->element != ELEMENT_FLOAT;
    x = value_unary(call, x, (enum activation_kind)variant);
    call->outputs[0] = is_integer && x ? fold_cast(call, x, ELEMENT_INTEGER, 0) : x;
    return call->outputs[0];
}

/* variant: an activation_kind with parameters, under the names that ONNX has for them */
bool import_parametric(struct call *call, int variant) {
    static const struct {
        enum activation_kind kind;
        const char *alpha, *beta;
        double alpha_default, beta_default;
    } rows[] = {
        {ACTIVATION_LEAKY_RELU, "alpha", NULL, 0.01, 0},
        {ACTIVATION_ELU, "alpha", NULL, 1, 0},
        {ACTIVATION_CELU, "alpha", NULL, 1, 0},
        {ACTIVATION_HARD_SIGMOID, "alpha", "beta", 0.2, 0.5},
        {ACTIVATION_SELU, "alpha", "gamma", 1.67326319217681884765625, 1.05070102214813232421875},
        {ACTIVATION_THRESHOLDED_RELU, "alpha", NULL, 1, 0},
        {ACTIVATION_SHRINK, "lambd", "bias", 0.5, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if ((int)rows[i].kind != variant) continue;
        struct activation activation = {rows[i].kind, attribute_real(call, rows[i].alpha, rows[i].alpha_default), 0};
        if (rows[i].beta) activation.beta = attribute_real(call, rows[i].beta, rows[i].beta_default);
        if (activation.kind == ACTIVATION_CELU && activation.alpha == 0) return call_fail(call, "its alpha is 0");
        call->outputs[0] = value_activation(call, call->inputs[0], activation);
    }
    return call->outputs[0];
}

/* x * (1 + erf(x / sqrt 2)) / 2, or with tanh: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) */
bool import_gelu(struct call *call, int variant) {
    (void)variant;
    const char *approximate = attribute_string(call, "approximate", "none");
    struct value *x = call->inputs[0];
    if (strcmp(approximate, "tanh") != 0) {
        call->outputs[0] = value_unary(call, x, ACTIVATION_GELU);
        return call->outputs[0];
    }
    struct value *cube = value_binary(call, BINARY_MUL, value_binary(call, BINARY_MUL, x, x), x);
    struct value *sum = value_binary(call, BINARY_ADD, x, value_binary(call, BINARY_MUL, cube, value_number(call, 0.044715)));
    struct value *bent =
        value_unary(call, value_binary(call, BINARY_MUL, sum, value_number(call, sqrt(2 / M_PI))), ACTIVATION_TANH);
    struct value *half = value_binary(call, BINARY_MUL, x, value_number(call, 0.5));
    call->outputs[0] = value_binary(call, BINARY_MUL, half, value_binary(call, BINARY_ADD, bent, value_number(call, 1)));
    return call->outputs[0];
}

/* A bound of Clip: an input, an attribute, or none. */
static bool find_bound(struct call *call, int index, const char *name, double none, double *out_bound) {
    *out_bound = attribute_real(call, name, none);
    if (!call_has_input(call, index)) return true;
    struct value *value = call_constant(call, index, name);
    if (!value) return false;
    if (dims_count(value->dims) != 1) return call_fail(call, "its %s is no single number", name);
    *out_bound = value_at(value, 0);
    return true;
}

bool import_clip(struct call *call, int variant) {
    (void)variant;
    double low, high;
    struct value *x = call->inputs[0];
    if (!find_bound(call, 1, "min", -FLT_MAX, &low) || !find_bound(call, 2, "max", FLT_MAX, &high)) return false;
    bool is_integer = !x->node && x->element != ELEMENT_FLOAT;
    if (low <= -FLT_MAX && high >= FLT_MAX)
        call->outputs[0] = x;
    else if (low == 0 && high >= FLT_MAX)
        call->outputs[0] = value_unary(call, x, ACTIVATION_RELU);
    else if (low == 0 && high == 6)
        call->outputs[0] = value_unary(call, x, ACTIVATION_RELU6);
    else if (high >= FLT_MAX)
        call->outputs[0] = value_binary(call, BINARY_MAX, x, value_number(call, low));
    else if (low <= -FLT_MAX)
        call->outputs[0] = value_binary(call, BINARY_MIN, x, value_number(call, high));
    else if (low > high) /* all become the upper bound */
        call->outputs[0] = value_binary(call, BINARY_MIN, value_binary(call, BINARY_MAX, x, value_number(call, low)),
                                        value_number(call, high));
    else
        call->outputs[0] = value_activation(call, x, (struct activation){ACTIVATION_CLIP, low, high});
    if (is_integer && call->outputs[0]) call->outputs[0] = fold_cast(call, call->outputs[0], ELEMENT_INTEGER, 0);
    return call->outputs[0];
}

/* One slope for each channel, axis 1: [C, 1, 1 ...]; or one for all. */
static bool is_channelwise(const struct call *call, const struct value *x, const struct value *slope) {
    int rank = x->dims.rank;
    int64_t count = dims_count(slope->dims);
    bool has_batch = call->importer->is_batched || x->dims.d[0] == 1;
    if (slope->node || rank < 2 || !has_batch || rank > 4) return false;
    if (count == 1) return true;
    if (call->importer->opset < 7 && slope->dims.rank == 1) return count == x->dims.d[1];
    struct dims padded = dims_pad_front(slope->dims, rank);
    return slope->dims.rank <= rank && count == x->dims.d[1] && padded.d[1] == count;
}

bool import_prelu(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0], *slope = call->inputs[1];
    if (x->node && is_channelwise(call, x, slope)) {
        struct shape shape = {.rank = 1, .dims = {dims_count(slope->dims)}};
        struct node *inputs[2] = {value_node(call, x, value_shape(call, value_picture(call, x))),
                                  value_param(call, slope, shape, PARAM_SLOPE, 0)};
        if (!inputs[0]) return false;
        call->outputs[0] = value_flow(call, call_finish(call, call_add(call, OP_PRELU, inputs, 2)), x->dims);
        return call->outputs[0];
    }
    if (call->importer->opset < 7 && slope->dims.rank == 1 && dims_count(slope->dims) > 1) {
        struct dims dims = {.rank = x->dims.rank - 1, .d = {dims_count(slope->dims)}};
        for (int i = 1; i < dims.rank; i++) dims.d[i] = 1;
        slope = value_reshape(call, slope, dims);
    }
    struct value *below = value_binary(call, BINARY_MIN, x, value_number(call, 0));
    call->outputs[0] = value_binary(call, BINARY_ADD, value_unary(call, x, ACTIVATION_RELU),
                                    value_binary(call, BINARY_MUL, below, slope));
    return call->outputs[0];
}

/* Floats stay float32, whatever their type in the file: that differs from float16 by less than its own rounding, but
 * bfloat16 is too coarse for that. Whole numbers of constants wrap. */
static bool cast(struct call *call, int type) {
    enum element element;
    struct value *x = call->inputs[0];
    if (!tensor_type_element(type, &element))
        return call_fail(call, "it makes numbers of type %s", tensor_type_name(type));
    if (!x->node) {
        call->outputs[0] = fold_cast(call, x, element, type);
    } else if (element == ELEMENT_FLOAT && type != ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16) {
        call->outputs[0] = x;
    } else {
        return call_fail(call, "it makes %s of numbers that are computed from the inputs", tensor_type_name(type));
    }
    return call->outputs[0];
}

bool import_cast(struct call *call, int variant) {
    (void)variant;
    (void)attribute_find(call, "saturate");
    return cast(call, (int)attribute_integer(call, "to", 0));
}

/* --- reductions */

enum before { BEFORE_NOTHING, BEFORE_ABS, BEFORE_SQUARE, BEFORE_EXP };
enum after { AFTER_NOTHING, AFTER_SQRT, AFTER_LOG };

static struct value *reduce(struct call *call, int variant, struct value *x, unsigned axes) {
    static const struct {
        enum before before;
        enum reduce_kind kind;
        enum after after;
    } rows[] = {
        [REDUCTION_MEAN] = {BEFORE_NOTHING, REDUCE_MEAN, AFTER_NOTHING},
        [REDUCTION_SUM] = {BEFORE_NOTHING, REDUCE_SUM, AFTER_NOTHING},
        [REDUCTION_MAX] = {BEFORE_NOTHING, REDUCE_MAX, AFTER_NOTHING},
        [REDUCTION_MIN] = {BEFORE_NOTHING, REDUCE_MIN, AFTER_NOTHING},
        [REDUCTION_PROD] = {BEFORE_NOTHING, REDUCE_PROD, AFTER_NOTHING},
        [REDUCTION_L1] = {BEFORE_ABS, REDUCE_SUM, AFTER_NOTHING},
        [REDUCTION_L2] = {BEFORE_SQUARE, REDUCE_SUM, AFTER_SQRT},
        [REDUCTION_LOG_SUM] = {BEFORE_NOTHING, REDUCE_SUM, AFTER_LOG},
        [REDUCTION_SUM_SQUARE] = {BEFORE_SQUARE, REDUCE_SUM, AFTER_NOTHING},
    };
    if (variant == REDUCTION_LOG_SUM_EXP) { /* log(sum(exp(x - largest))) + largest */
        struct value *largest = value_reduce(call, REDUCE_MAX, x, axes);
        struct value *rest = value_unary(call, value_binary(call, BINARY_SUB, x, largest), ACTIVATION_EXP);
        rest = value_unary(call, value_reduce(call, REDUCE_SUM, rest, axes), ACTIVATION_LOG);
        return value_binary(call, BINARY_ADD, rest, largest);
    }
    if (rows[variant].before == BEFORE_ABS) x = value_unary(call, x, ACTIVATION_ABS);
    if (rows[variant].before == BEFORE_SQUARE) x = value_binary(call, BINARY_MUL, x, x);
    x = value_reduce(call, rows[variant].kind, x, axes);
    if (rows[variant].after == AFTER_SQRT) x = value_unary(call, x, ACTIVATION_SQRT);
    if (rows[variant].after == AFTER_LOG) x = value_unary(call, x, ACTIVATION_LOG);
    return x;
}

bool import_reduce(struct call *call, int variant) {
    struct value *x = call->inputs[0];
    unsigned axes;
    int64_t count;
    bool keeps = attribute_integer(call, "keepdims", 1) != 0,
         none_is_none = attribute_integer(call, "noop_with_empty_axes", 0) != 0;
    if (!call_axes(call, x->dims.rank, &axes, &count)) return false;
    if (count == 0) axes = none_is_none ? 0 : (1u << x->dims.rank) - 1;
    if (dims_count(x->dims) == 0) return call_fail(call, "its input is empty");
    x = reduce(call, variant, x, axes);
    call->outputs[0] = keeps ? x : value_drop_axes(call, x, axes);
    return call->outputs[0];
}

/* variant: is_min */
bool import_arg_max(struct call *call, int variant) {
    struct value *x = call->inputs[0];
    bool keeps = attribute_integer(call, "keepdims", 1) != 0, last = attribute_integer(call, "select_last_index", 0) != 0;
    int axis = value_axis(call, attribute_integer(call, "axis", 0), x->dims.rank), place;
    if (axis < 0) return false;
    if (!x->node) return call_fail(call, "its input is a constant");
    struct dims picture = value_picture(call, x), dims = x->dims;
    int first = dims.rank - picture.rank;
    if (axis < first) return call_fail_batch(call);
    struct shape shape = value_axis_shape(call, picture, axis - first, &place);
    struct node *node = value_node(call, x, shape);
    if (!node) return false;
    node = call_add(call, OP_ARGMAX, &node, 1);
    node->as.argmax.axis = place;
    node->as.argmax.last = last;
    node->as.argmax.is_min = variant;
    dims.d[axis] = 1;
    x = value_flow(call, call_finish(call, node), dims);
    call->outputs[0] = keeps ? x : value_drop_axes(call, x, 1u << axis);
    return call->outputs[0];
}

/* Only the type of the second input matters, and of types only what float32 and integers tell apart. */
bool import_cast_like(struct call *call, int variant) {
    (void)variant;
    struct value *x = call->inputs[0], *like = call->inputs[1];
    (void)attribute_find(call, "saturate");
    if (x->node && like->element == ELEMENT_FLOAT)
        call->outputs[0] = x;
    else if (!x->node)
        call->outputs[0] = fold_cast(call, x, like->element, 0);
    return call->outputs[0] || call_fail(call, "it makes integers of numbers that are computed from the inputs");
}
