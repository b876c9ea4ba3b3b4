/* bench.h - a network becomes the time that it takes, or the pictures that it does a second. */
#ifndef SENRT_MAIN_BENCH_H
#define SENRT_MAIN_BENCH_H

#include "crew.h"

#include <stdio.h>

/* Runs the network run_count times on random numbers, after a warm-up, and writes one line of JSON. */
bool bench_time(struct crew *crew, unsigned run_count, FILE *stream, struct failure *failure);

#endif
