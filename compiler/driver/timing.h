/* timing.h - how long each stage took, for -v and --time-passes. */
#ifndef SENC_DRIVER_TIMING_H
#define SENC_DRIVER_TIMING_H

#include "../base/arena.h"
#include "../base/vec.h"

#include <stdbool.h>
#include <stdio.h>

struct timing_row {
    const char *stage;
    double seconds;
};

struct timing {
    struct arena *arena;
    bool is_verbose;
    double start, stage_start;
    VEC(struct timing_row) rows;
};

struct timing timing_create(struct arena *arena, bool is_verbose);

/* A stage begins. */
void timing_start(struct timing *timing);

/* The stage ends: a row of the table, and when verbose a line on standard error with a detail ("3 inputs"). */
void timing_stop(struct timing *timing, const char *stage, const char *detail_format, ...)
    __attribute__((format(printf, 3, 4)));

/* Parts of the running stage that were measured elsewhere: a row each, instead of the stage's own. */
void timing_add(struct timing *timing, const char *part, double seconds);
void timing_stop_parts(struct timing *timing, const char *stage, const char *detail_format, ...)
    __attribute__((format(printf, 3, 4)));

/* The table of --time-passes. Stages that run at the same time add up to more than the total, which is by the clock. */
void timing_print(const struct timing *timing, FILE *stream);

#endif
