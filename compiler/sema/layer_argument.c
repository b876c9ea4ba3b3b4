/* layer_argument.c - turns the arguments of a layer into numbers, words and windows. */
#include "layer.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

struct span argument_span(const struct layer_call *call, int place) {
    return call->arguments[place].is_given ? call->arguments[place].span : call->call->span;
}

void argument_fail(struct layer_call *call, struct span span, enum diag_id id, const char *format, ...) {
    va_list list;
    va_start(list, format);
    sema_error(call->sema, span, id, "%s", arena_format_list(call->sema->arena, format, list));
    va_end(list);
    call->has_failed = true;
}

static void fail_type(struct layer_call *call, int place, const char *wanted) {
    const struct bound *argument = &call->arguments[place];
    argument_fail(call, argument->span, DIAG_TYPE, "'%s' of '%s' is %s, not %s",
                  call->layer->arguments[place], call->layer->name, wanted,
                  sema_describe(call->sema, argument->value, argument->span));
}

/* An integer from `least` to the largest extent that a tensor can have. */
static int64_t check_range(struct layer_call *call, int place, int64_t value, int64_t least) {
    if (value >= least && value <= SHAPE_MAX_ELEMENTS) return value;
    if (value < least)
        argument_fail(call, argument_span(call, place), DIAG_RANGE, "'%s' of '%s' is at least %lld, not %lld",
                      call->layer->arguments[place], call->layer->name, (long long)least, (long long)value);
    else
        argument_fail(call, argument_span(call, place), DIAG_RANGE, "'%s' of '%s' is at most %lld, not %lld",
                      call->layer->arguments[place], call->layer->name, (long long)SHAPE_MAX_ELEMENTS,
                      (long long)value);
    return least > 1 ? least : 1;
}

int64_t argument_integer(struct layer_call *call, int place, int64_t otherwise, int64_t least) {
    const struct bound *argument = &call->arguments[place];
    if (!argument->is_given) return otherwise;
    if (argument->value.kind == VALUE_INTEGER)
        return check_range(call, place, argument->value.as.integer, least);
    fail_type(call, place, "an integer");
    return otherwise;
}

double argument_real(struct layer_call *call, int place, double otherwise) {
    const struct bound *argument = &call->arguments[place];
    if (!argument->is_given) return otherwise;
    if (!value_is_number(argument->value)) {
        fail_type(call, place, "a number");
        return otherwise;
    }
    double value = value_as_real(argument->value);
    if (isfinite((float)value)) return value;
    argument_fail(call, argument->span, DIAG_NUMBER_TOO_LARGE, "%g does not fit a float32", value);
    return otherwise;
}

bool argument_boolean(struct layer_call *call, int place, bool otherwise) {
    const struct bound *argument = &call->arguments[place];
    if (argument->is_given && argument->value.kind != VALUE_BOOLEAN) fail_type(call, place, "true or false");
    return argument->is_given && argument->value.kind == VALUE_BOOLEAN ? argument->value.as.boolean
                                                                       : otherwise;
}

bool argument_is_word(const struct layer_call *call, int place, const char *word) {
    const struct bound *argument = &call->arguments[place];
    return argument->is_given && value_is_text(argument->value) && strcmp(argument->value.as.text, word) == 0;
}

/* "avg or max" */
static const char *join_words(struct arena *arena, const char *const *words, int count) {
    struct text text = text_create(arena);
    for (int i = 0; i < count; i++)
        text_format(&text, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", words[i]);
    return text.bytes;
}

/* A word that is something else here, as another activation is, is no misspelling. */
static void suggest_word(struct layer_call *call, const char *found, const char *const *words, int count) {
    const char *here = sema_word_elsewhere(call->sema, found);
    for (int i = 0; here && i < count; i++) {
        if (strcmp(words[i], here)) continue;
        diag_note(call->sema->diag, SPAN_NONE, "did you mean '%s'?", here);
        return;
    }
    if (!sema_is_choice(found) && !sema_is_callable(call->sema, found))
        diag_suggest(call->sema->diag, found, words, (size_t)count);
}

int argument_word(struct layer_call *call, int place, const char *const *words, int count, int otherwise) {
    if (!call->arguments[place].is_given) return otherwise;
    for (int i = 0; i < count; i++)
        if (argument_is_word(call, place, words[i])) return i;
    fail_type(call, place, join_words(call->sema->arena, words, count));
    if (value_is_text(call->arguments[place].value))
        suggest_word(call, call->arguments[place].value.as.text, words, count);
    return otherwise;
}

/* Copies a list of `count` integers; false if the value is none. */
static bool read_integers(struct layer_call *call, int place, size_t count, int64_t least,
                          int64_t *out_integers) {
    struct value value = call->arguments[place].value;
    if (value.kind != VALUE_LIST || value.as.list->items.count != count) return false;
    for (size_t i = 0; i < count; i++)
        if (value.as.list->items.items[i].kind != VALUE_INTEGER) return false;
    for (size_t i = 0; i < count; i++)
        out_integers[i] = check_range(call, place, value.as.list->items.items[i].as.integer, least);
    return true;
}

void argument_pair(struct layer_call *call, int place, int64_t otherwise, int64_t least,
                   int64_t out_pair[2]) {
    const struct bound *argument = &call->arguments[place];
    out_pair[0] = out_pair[1] = otherwise;
    if (!argument->is_given) return;
    if (argument->value.kind == VALUE_INTEGER)
        out_pair[0] = out_pair[1] = check_range(call, place, argument->value.as.integer, least);
    else if (!read_integers(call, place, 2, least, out_pair))
        fail_type(call, place, "an integer or [h, w]");
}

enum edges argument_edges(struct layer_call *call, int place, int64_t out_edges[EDGE_COUNT]) {
    const struct bound *argument = &call->arguments[place];
    for (int i = 0; i < EDGE_COUNT; i++) out_edges[i] = 0;
    if (!argument->is_given) return EDGES_ABSENT;
    if (argument_is_word(call, place, "same")) return EDGES_SAME;
    int64_t pair[2];
    if (argument_is_word(call, place, "valid")) {
        return EDGES_GIVEN;
    } else if (argument->value.kind == VALUE_INTEGER) {
        int64_t all = check_range(call, place, argument->value.as.integer, 0);
        for (int i = 0; i < EDGE_COUNT; i++) out_edges[i] = all;
    } else if (read_integers(call, place, 2, 0, pair)) {
        out_edges[EDGE_TOP] = out_edges[EDGE_BOTTOM] = pair[0];
        out_edges[EDGE_LEFT] = out_edges[EDGE_RIGHT] = pair[1];
    } else if (!read_integers(call, place, EDGE_COUNT, 0, out_edges)) {
        fail_type(call, place, "an integer, [h, w] or [top, left, bottom, right]");
    }
    return EDGES_GIVEN;
}

void argument_window_pad(struct layer_call *call, int place, struct window *window, enum edges otherwise) {
    enum edges edges = argument_edges(call, place, window->pad);
    if (edges == EDGES_ABSENT) edges = otherwise;
    if (edges != EDGES_SAME || call->has_failed) return;
    for (int axis = 0; axis < 2; axis++) {
        int64_t around = window->dilation[axis] * (window->kernel[axis] - 1);
        if (around % 2) {
            argument_fail(call, argument_span(call, place), DIAG_PAD_NEEDED,
                          "a kernel of %lldx%lld cannot be padded alike on both sides: '%s' needs a 'pad'",
                          (long long)window->kernel[0], (long long)window->kernel[1], call->layer->name);
            diag_note(call->sema->diag, SPAN_NONE, "pad = n, [h, w], [top, left, bottom, right] or valid");
            return;
        }
        window->pad[axis ? EDGE_LEFT : EDGE_TOP] = window->pad[axis ? EDGE_RIGHT : EDGE_BOTTOM] = around / 2;
    }
}

struct activation argument_activation(struct layer_call *call, int place, enum activation_kind otherwise,
                                      const enum activation_kind *allowed, int allowed_count) {
    static const double defaults[][2] = {
#define ACTIVATION(id, name, alpha, alpha_default, beta, beta_default, formula) {alpha_default, beta_default},
#include "../graph/activation.def"
#undef ACTIVATION
    };
    const char *names[ACTIVATION_COUNT];
    enum activation_kind kinds[ACTIVATION_COUNT];
    int count = allowed ? allowed_count : ACTIVATION_COUNT, chosen = 0;
    for (int i = 0; i < count; i++) {
        kinds[i] = allowed ? allowed[i] : (enum activation_kind)i;
        names[i] = activation_name(kinds[i]);
        if (kinds[i] == otherwise) chosen = i;
    }
    enum activation_kind kind = kinds[argument_word(call, place, names, count, chosen)];
    return (struct activation){kind, defaults[kind][0], defaults[kind][1]};
}

struct integers argument_integers(struct layer_call *call, int place, int64_t least) {
    struct value value = call->arguments[place].value;
    const struct value *items = &value;
    struct integers integers = {.count = 1};
    if (value.kind == VALUE_LIST) {
        items = value.as.list->items.items;
        integers.count = (int64_t)value.as.list->items.count;
    }
    integers.items = ARENA_NEW_ARRAY(call->sema->graph->arena, int64_t, (size_t)integers.count + 1);
    for (int64_t i = 0; i < integers.count && !call->has_failed; i++) {
        if (items[i].kind == VALUE_INTEGER)
            integers.items[i] = check_range(call, place, items[i].as.integer, least);
        else
            fail_type(call, place, "an integer or a list of integers");
    }
    return integers;
}

struct reals argument_reals(struct layer_call *call, int place) {
    struct value value = call->arguments[place].value;
    struct reals reals = {.count = value.kind == VALUE_LIST ? (int64_t)value.as.list->items.count : 0};
    reals.items = ARENA_NEW_ARRAY(call->sema->graph->arena, float, (size_t)reals.count + 1);
    for (int64_t i = 0; i < reals.count; i++) {
        struct value item = value.as.list->items.items[i];
        double number = value_is_number(item) ? value_as_real(item) : INFINITY;
        reals.items[i] = (float)number;
        if (isfinite(reals.items[i])) continue;
        reals.count = 0;
    }
    if (!reals.count) fail_type(call, place, "a list of numbers that fit a float32");
    return reals;
}
