/* sema.c - turns an ast into a graph: the order of the work, and how its errors are reported. */
#include "elaborate.h"

#include <stdarg.h>
#include <string.h>

/* The frames from `frame` outwards that were called at the same place. */
static int count_same_calls(const struct frame *frame) {
    int count = 1;
    for (const struct frame *outer = frame->parent; outer->parent; outer = outer->parent, count++)
        if (outer->call.source != frame->call.source || outer->call.begin != frame->call.begin) break;
    return count;
}

void sema_finish_error(struct sema *sema) {
    enum { SHOWN_CALLS = 6 };
    const struct frame *frame = sema->error_frame;
    int shown = 0, hidden = 0;
    while (frame && frame->parent) {
        int count = count_same_calls(frame);
        if (shown++ >= SHOWN_CALLS)
            hidden += count;
        else if (count == 1)
            diag_note(sema->diag, frame->call, "in block '%s' called", frame->item->name.text);
        else
            diag_note(sema->diag, frame->call, "in block '%s' (%d times over) called", frame->item->name.text,
                      count);
        for (; count > 0; count--) frame = frame->parent;
    }
    if (hidden) diag_note(sema->diag, SPAN_NONE, "and %d more calls around", hidden);
    sema->error_frame = NULL;
}

void sema_error(struct sema *sema, struct span span, enum diag_id id, const char *format, ...) {
    sema_finish_error(sema);
    va_list list;
    va_start(list, format);
    diag_error(sema->diag, span, id, "%s", arena_format_list(sema->arena, format, list));
    va_end(list);
    sema->error_frame = sema->frame;
}

void sema_stop(struct sema *sema, struct span span, enum diag_id id, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (!sema->is_stopped) sema_error(sema, span, id, "%s", arena_format_list(sema->arena, format, list));
    va_end(list);
    sema->is_stopped = true;
}

bool sema_take_step(struct sema *sema, struct span span) {
    if (sema->is_stopped) return false;
    if (++sema->step_count > MAX_STEPS)
        sema_stop(sema, span, DIAG_EVALUATION_LIMIT, "evaluation did not end within %d steps", MAX_STEPS);
    if (diag_too_many(sema->diag)) sema->is_stopped = true;
    return !sema->is_stopped;
}

bool sema_enter(struct sema *sema, struct span span) {
    if (!sema_take_step(sema, span)) return false;
    if (sema->evaluation_depth == MAX_EVALUATION_DEPTH)
        sema_stop(sema, span, DIAG_NESTING,
                  "calls, bodies and expressions are nested too deep: more than %d levels",
                  MAX_EVALUATION_DEPTH);
    else
        sema->evaluation_depth++;
    return !sema->is_stopped;
}

void sema_leave(struct sema *sema) {
    sema->evaluation_depth--;
}

const char *sema_describe(struct sema *sema, struct value value, struct span span) {
    if (value.kind != VALUE_TENSOR) return value_describe(sema->arena, value);
    const char *shape = shape_text(sema->arena, value.as.node->shape);
    const struct origin *origin = value.as.node->origin;
    uint32_t line = source_line(origin->span.source, origin->span.begin);
    if (strcmp(origin->span.source->path, span.source->path) != 0)
        return arena_format(sema->arena, "f32%s, from %s:%u", shape, origin->span.source->path, line);
    if (line == source_line(span.source, span.begin))
        return arena_format(sema->arena, "f32%s", shape);
    return arena_format(sema->arena, "f32%s, from line %u", shape, line);
}

struct graph *sema_build_graph(const struct ast *ast, const struct sema_options *options, struct diag *diag) {
    struct arena *arena = arena_create();
    struct sema sema = {
        .ast = ast,
        .options = options,
        .diag = diag,
        .arena = arena,
        .errors_before = diag_error_count(diag),
        .blocks = map_create(arena),
        .param_items = map_create(arena),
        .params = map_create(arena),
        .weight_places = map_create(arena),
        .generated_names = map_create(arena),
    };
    sema_check(&sema);
    if (sema.network) {
        sema.graph = graph_create(sema.network->name.text);
        sema.graph->batch = options->batch;
        sema_evaluate_params(&sema);
        sema_run_network(&sema);
    }
    sema_finish_error(&sema);
    diag_flush(diag);
    arena_destroy(arena);
    if (diag_error_count(diag) == sema.errors_before) return sema.graph;
    graph_destroy(sema.graph);
    return NULL;
}
