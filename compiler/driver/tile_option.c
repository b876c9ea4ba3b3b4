/* tile_option.c - `--tile` texts become choices, and what became of them in the plan becomes diagnostics. */
#include "tile_option.h"

#include "../schedule/plan.h"
#include "../schedule/tile_choice.h"

#include <string.h>

/* A whole number from 1 to 999,999 at *at, which moves behind it. */
static bool read_count(const char **at, int64_t *out_count) {
    enum { MOST = 999999 };
    int64_t count = 0;
    const char *start = *at;
    for (; **at >= '0' && **at <= '9' && count <= MOST; ++*at) count = count * 10 + (**at - '0');
    *out_count = count;
    return *at != start && count >= 1 && count <= MOST;
}

static bool skip(const char **at, const char *word) {
    size_t length = strlen(word);
    if (strncmp(*at, word, length)) return false;
    *at += length;
    return true;
}

bool tile_option_parse(struct arena *arena, const char *value, struct tile_choice *out_choice) {
    const char *at = strchr(value, '=');
    if (!at || at == value) return false;
    *out_choice = (struct tile_choice){.layer = arena_copy_bytes(arena, value, (size_t)(at - value))};
    at++;
    if (!read_count(&at, &out_choice->columns) || !skip(&at, "x") || !read_count(&at, &out_choice->blocks)) return false;
    while (*at) {
        int64_t *count = skip(&at, ",rows=") ? &out_choice->rows : skip(&at, ",passes=") ? &out_choice->passes : NULL;
        if (!count || *count || !read_count(&at, count)) return false;
    }
    return true;
}

static void suggest_layer(const struct tile_choice *choice, const struct plan *plan, struct diag *diag) {
    const char **names = ARENA_NEW_ARRAY(plan->arena, const char *, plan->steps.count + 1);
    size_t count = 0;
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (step->anchor == ANCHOR_CONV && step->node && step->node->name) names[count++] = step->node->name;
    }
    const char *nearest = nearest_name(choice->layer, names, count);
    if (nearest)
        diag_note(diag, SPAN_NONE, "did you mean '%s'?", nearest);
    else
        diag_note(diag, SPAN_NONE, "'--emit=plan' shows the names, at the ends of the lines of steps");
}

static bool is_winograd(const struct plan_step *step) {
    return step->anchor == ANCHOR_WINOGRAD || step->anchor == ANCHOR_WINOGRAD_RESULT;
}

/* A choice whose name no direct convolution has. */
static void reject_layer(const struct tile_choice *choice, const struct plan *plan, struct diag *diag) {
    const struct plan_step *other = NULL;
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (!tile_choice_names(choice, step) || step->anchor == ANCHOR_HALO) continue;
        if (!other || is_winograd(step)) other = step;
    }
    if (!other) {
        diag_error(diag, SPAN_NONE, DIAG_TILE, "--tile: no step of the plan is named '%s'", choice->layer);
        suggest_layer(choice, plan, diag);
        return;
    }
    diag_error(diag, SPAN_NONE, DIAG_TILE, "--tile: '%s' is no direct convolution, but a step '%s'", choice->layer,
               anchor_name(other->anchor));
    if (is_winograd(other))
        diag_note(diag, SPAN_NONE, "'--disable-pass=choose-winograd' computes all convolutions directly");
}

static bool is_used(const struct tile_choice *choice, const struct plan *plan) {
    for (size_t i = 0; i < plan->steps.count; i++) {
        const struct plan_step *step = plan->steps.items[i];
        if (step->anchor == ANCHOR_CONV && tile_choice_names(choice, step)) return true;
    }
    return false;
}

bool tile_options_check(const struct options *options, const struct plan *plan, struct diag *diag) {
    for (size_t i = 0; i < options->tiles.count; i++)
        if (!is_used(&options->tiles.items[i], plan)) reject_layer(&options->tiles.items[i], plan, diag);
    for (size_t i = 0; i < plan->tile_refusals.count; i++)
        diag_error(diag, SPAN_NONE, DIAG_TILE, "--tile: %s", plan->tile_refusals.items[i]);
    return !diag_error_count(diag);
}
