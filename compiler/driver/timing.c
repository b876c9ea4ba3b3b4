/* timing.c - stages and their seconds become lines of -v and the table of --time-passes. */
#include "timing.h"

#include <stdarg.h>
#include <time.h>

static double now_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

struct timing timing_create(struct arena *arena, bool is_verbose) {
    double now = now_seconds();
    return (struct timing){.arena = arena, .is_verbose = is_verbose, .start = now, .stage_start = now};
}

void timing_start(struct timing *timing) {
    timing->stage_start = now_seconds();
}

void timing_add(struct timing *timing, const char *part, double seconds) {
    vec_push(timing->arena, &timing->rows, ((struct timing_row){part, seconds}));
}

static void say(const char *stage, double seconds, const char *detail_format, va_list list) {
    fprintf(stderr, "senc: %-9s %8.3f s  ", stage, seconds);
    vfprintf(stderr, detail_format, list);
    fputc('\n', stderr);
}

void timing_stop(struct timing *timing, const char *stage, const char *detail_format, ...) {
    double seconds = now_seconds() - timing->stage_start;
    timing_add(timing, stage, seconds);
    va_list list;
    va_start(list, detail_format);
    if (timing->is_verbose) say(stage, seconds, detail_format, list);
    va_end(list);
}

void timing_stop_parts(struct timing *timing, const char *stage, const char *detail_format, ...) {
    double seconds = now_seconds() - timing->stage_start;
    va_list list;
    va_start(list, detail_format);
    if (timing->is_verbose) say(stage, seconds, detail_format, list);
    va_end(list);
}

void timing_print(const struct timing *timing, FILE *stream) {
    double total = now_seconds() - timing->start;
    fprintf(stream, "  seconds       %%  stage\n");
    for (size_t i = 0; i < timing->rows.count; i++) {
        const struct timing_row *row = &timing->rows.items[i];
        fprintf(stream, "%9.4f  %6.1f  %s\n", row->seconds, total > 0 ? 100 * row->seconds / total : 0, row->stage);
    }
    fprintf(stream, "%9.4f  %6.1f  total\n", total, 100.0);
}
