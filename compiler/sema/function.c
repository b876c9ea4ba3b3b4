/* function.c - the functions of expressions: ceil, max, channels ... Some are layers too: of tensors. */
#include "elaborate.h"
#include "layer.h"

#include <math.h>
#include <string.h>

enum { MAX_ARGUMENTS = 64 };

struct arguments {
    struct sema *sema;
    const struct ast_call *call;
    struct value values[MAX_ARGUMENTS];
    struct span spans[MAX_ARGUMENTS];
    int count;
};

struct function {
    const char *name;
    int least, most;
    const char *usage;
    struct value (*apply)(const struct arguments *arguments);
};

static struct value report_argument(const struct arguments *arguments, int index, const char *wanted) {
    sema_error(arguments->sema, arguments->spans[index], DIAG_TYPE, "'%s' takes %s, not %s",
               arguments->call->callee.text, wanted,
               sema_describe(arguments->sema, arguments->values[index], arguments->spans[index]));
    return NO_VALUE;
}

static struct value report_range(const struct arguments *arguments, const char *what) {
    sema_error(arguments->sema, arguments->call->span, DIAG_NUMBER_TOO_LARGE, "the result does not fit %s",
               what);
    return NO_VALUE;
}

/* A whole number as an integer. */
static struct value to_integer(const struct arguments *arguments, double real) {
    if (!(real >= -0x1p63 && real < 0x1p63)) return report_range(arguments, "a 64-bit integer");
    return value_integer((int64_t)real);
}

static struct value round_by(const struct arguments *arguments, double (*rule)(double)) {
    struct value value = arguments->values[0];
    if (value.kind == VALUE_INTEGER) return value;
    if (value.kind != VALUE_REAL) return report_argument(arguments, 0, "a number");
    return to_integer(arguments, rule(value.as.real));
}

static struct value apply_ceil(const struct arguments *arguments) {
    return round_by(arguments, ceil);
}

static struct value apply_floor(const struct arguments *arguments) {
    return round_by(arguments, floor);
}

static struct value apply_round(const struct arguments *arguments) {
    return round_by(arguments, round);
}

static struct value apply_int(const struct arguments *arguments) {
    return round_by(arguments, trunc);
}

static struct value apply_float(const struct arguments *arguments) {
    if (!value_is_number(arguments->values[0])) return report_argument(arguments, 0, "a number");
    return value_real(value_as_real(arguments->values[0]));
}

static struct value apply_sqrt(const struct arguments *arguments) {
    if (!value_is_number(arguments->values[0]) || value_as_real(arguments->values[0]) < 0)
        return report_argument(arguments, 0, "a number that is not negative");
    return value_real(sqrt(value_as_real(arguments->values[0])));
}

static struct value apply_abs(const struct arguments *arguments) {
    struct value value = arguments->values[0];
    if (value.kind == VALUE_REAL) return value_real(fabs(value.as.real));
    if (value.kind != VALUE_INTEGER) return report_argument(arguments, 0, "a number");
    if (value.as.integer == INT64_MIN) return report_range(arguments, "a 64-bit integer");
    return value_integer(value.as.integer < 0 ? -value.as.integer : value.as.integer);
}

/* The smallest (sign -1) or the largest (sign 1); a real number if one of them is. */
static struct value extreme(const struct arguments *arguments, int sign) {
    bool is_real = false;
    int best = 0;
    for (int i = 0; i < arguments->count; i++) {
        if (!value_is_number(arguments->values[i])) return report_argument(arguments, i, "numbers");
        is_real = is_real || arguments->values[i].kind == VALUE_REAL;
        struct value a = arguments->values[i], b = arguments->values[best];
        bool both_integers = a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER;
        int order = both_integers
                        ? (a.as.integer > b.as.integer) - (a.as.integer < b.as.integer)
                        : (value_as_real(a) > value_as_real(b)) - (value_as_real(a) < value_as_real(b));
        if (order == sign) best = i;
    }
    return is_real ? value_real(value_as_real(arguments->values[best])) : arguments->values[best];
}

static struct value apply_min(const struct arguments *arguments) {
    return extreme(arguments, -1);
}

static struct value apply_max(const struct arguments *arguments) {
    return extreme(arguments, 1);
}

/* Howard et al.: "Searching for MobileNetV3", ICCV 2019, and the code of MobileNetV2: the nearest multiple of
 * the divisor, but not less than 90 % of v. */
static struct value apply_make_divisible(const struct arguments *arguments) {
    if (!value_is_number(arguments->values[0])) return report_argument(arguments, 0, "a number");
    struct value divisor = arguments->count > 1 ? arguments->values[1] : value_integer(8);
    if (divisor.kind != VALUE_INTEGER || divisor.as.integer < 1)
        return report_argument(arguments, 1, "a positive integer as its divisor");
    double v = value_as_real(arguments->values[0]), step = (double)divisor.as.integer;
    double nearest = fmax(step, floor((v + step / 2) / step) * step);
    if (nearest < 0.9 * v) nearest += step;
    return to_integer(arguments, nearest);
}

static struct value extent(const struct arguments *arguments, int axis, const char *what) {
    struct value value = arguments->values[0];
    if (value.kind != VALUE_TENSOR) return report_argument(arguments, 0, "a tensor");
    if (axis < value.as.node->shape.rank) return value_integer(value.as.node->shape.dims[axis]);
    sema_error(arguments->sema, arguments->spans[0], DIAG_TYPE, "a tensor of shape %s has no %s",
               shape_text(arguments->sema->arena, value.as.node->shape), what);
    return NO_VALUE;
}

static struct value apply_channels(const struct arguments *arguments) {
    return extent(arguments, 0, "channels");
}

static struct value apply_height(const struct arguments *arguments) {
    return extent(arguments, 1, "height");
}

static struct value apply_width(const struct arguments *arguments) {
    return extent(arguments, 2, "width");
}

static struct value apply_rank(const struct arguments *arguments) {
    if (arguments->values[0].kind != VALUE_TENSOR) return report_argument(arguments, 0, "a tensor");
    return value_integer(arguments->values[0].as.node->shape.rank);
}

static struct value apply_length(const struct arguments *arguments) {
    if (arguments->values[0].kind != VALUE_LIST) return report_argument(arguments, 0, "a list");
    return value_integer((int64_t)arguments->values[0].as.list->items.count);
}

static const struct function functions[] = {
    {"ceil", 1, 1, "ceil(number)", apply_ceil},
    {"floor", 1, 1, "floor(number)", apply_floor},
    {"round", 1, 1, "round(number)", apply_round},
    {"int", 1, 1, "int(number)", apply_int},
    {"float", 1, 1, "float(number)", apply_float},
    {"abs", 1, 1, "abs(number)", apply_abs},
    {"sqrt", 1, 1, "sqrt(number)", apply_sqrt},
    {"min", 1, MAX_ARGUMENTS, "min(number, ...)", apply_min},
    {"max", 1, MAX_ARGUMENTS, "max(number, ...)", apply_max},
    {"make_divisible", 1, 2, "make_divisible(number, divisor)", apply_make_divisible},
    {"channels", 1, 1, "channels(tensor)", apply_channels},
    {"height", 1, 1, "height(tensor)", apply_height},
    {"width", 1, 1, "width(tensor)", apply_width},
    {"rank", 1, 1, "rank(tensor)", apply_rank},
    {"length", 1, 1, "length(list)", apply_length},
};
enum { FUNCTION_COUNT = sizeof functions / sizeof functions[0] };

const struct function *function_lookup(const char *name) {
    for (int i = 0; i < FUNCTION_COUNT; i++)
        if (strcmp(functions[i].name, name) == 0) return &functions[i];
    return NULL;
}

void function_add_names(struct arena *arena, struct name_list *names) {
    for (int i = 0; i < FUNCTION_COUNT; i++) vec_push(arena, names, functions[i].name);
}

struct value function_call(struct sema *sema, const struct function *function, const struct ast_call *call) {
    struct arguments arguments = {.sema = sema, .call = call};
    size_t count = call->arguments->list.count;
    if (count < (size_t)function->least || count > (size_t)function->most) {
        sema_error(sema, call->span, DIAG_ARGUMENT_COUNT, "'%s' does not take %zu arguments; write %s",
                   function->name, count, function->usage);
        return NO_VALUE;
    }
    bool is_good = true, has_tensor = false;
    for (size_t i = 0; i < count; i++) {
        const struct ast_argument *argument = &call->arguments->list.items[i];
        if (argument->name.text) {
            sema_error(sema, argument->name.span, DIAG_UNKNOWN_ARGUMENT,
                       "the arguments of '%s' have no names; write %s", function->name, function->usage);
            return NO_VALUE;
        }
        arguments.values[i] = sema_evaluate(sema, argument->value);
        arguments.spans[i] = argument->value->span;
        is_good = is_good && arguments.values[i].kind != VALUE_ERROR;
        has_tensor = has_tensor || arguments.values[i].kind == VALUE_TENSOR;
    }
    const struct layer *layer = layer_lookup(function->name);
    if (layer && has_tensor) return is_good ? layer_apply_values(sema, layer, call, arguments.values) : NO_VALUE;
    arguments.count = (int)count;
    if (call->label)
        sema_error(sema, call->label->span, DIAG_MISPLACED,
                   "a label names layers and blocks; '%s' is neither", function->name);
    return is_good ? function->apply(&arguments) : NO_VALUE;
}
