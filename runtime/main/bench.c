/* bench.c - a network becomes the time that it takes, as one line of JSON. */
#define _GNU_SOURCE 1
#include "bench.h"

#include <stdlib.h>
#include <time.h>

/* The warm-up ends after so many runs or so long a time, whichever comes first, but never before the first
 * run. */
#define WARM_UP_RUNS 10
#define WARM_UP_MS 500.0

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* Uniform in [-1, 1), always the same: xorshift64* (Vigna, 2016) from a fixed seed. */
static void inputs_fill(struct runner *runner) {
    const struct senrt_model *model = runner->model;
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t i = 0; i < model->input_count; i++) {
        size_t count = (size_t)(model->batch * model->inputs[i].element_count);
        for (size_t j = 0; j < count; j++) {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            uint64_t bits = state * UINT64_C(0x2545f4914f6cdd1d) >> 40; /* 24 of them */
            runner->inputs[i][j] = (float)bits / 8388608.0f - 1.0f;
        }
    }
}

static int double_compare(const void *a_pointer, const void *b_pointer) {
    double a = *(const double *)a_pointer, b = *(const double *)b_pointer;
    return (a > b) - (a < b);
}

static bool time_run(struct runner *runner, double *out_ms, struct failure *failure) {
    double start = now_ms();
    bool is_good = runner_run(runner, failure);
    *out_ms = now_ms() - start;
    return is_good;
}

static bool warm_up(struct runner *runner, struct failure *failure) {
    double start = now_ms(), ms;
    for (int i = 0; i < WARM_UP_RUNS && (i == 0 || now_ms() - start < WARM_UP_MS); i++)
        if (!time_run(runner, &ms, failure)) return false;
    return true;
}

/* `times_ms` are sorted. The p-th percentile is the least time that p % of the runs did not exceed. */
static void write_line(const struct runner *runner, const double *times_ms, unsigned count, FILE *stream) {
    double median = count % 2 ? times_ms[count / 2] : (times_ms[count / 2 - 1] + times_ms[count / 2]) / 2.0;
    unsigned p95 = (unsigned)(((uint64_t)count * 95 + 99) / 100) - 1;
    double flops = 2.0 * (double)runner->model->mac_count * (double)runner->model->batch;
    fprintf(
        stream,
        "{\"runs\":%u,\"threads\":%u,\"min_ms\":%.4f,\"median_ms\":%.4f,\"p95_ms\":%.4f,\"gflops\":%.3f}\n",
        count, senrt_session_thread_count(runner->session), times_ms[0], median, times_ms[p95],
        median > 0.0 ? flops / median * 1e-6 : 0.0);
}

bool bench_time(struct runner *runner, unsigned run_count, FILE *stream, struct failure *failure) {
    double *times_ms = calloc(run_count, sizeof *times_ms);
    if (!times_ms) return failure_set_no_memory(failure);
    inputs_fill(runner);
    bool is_good = warm_up(runner, failure);
    for (unsigned i = 0; is_good && i < run_count; i++) is_good = time_run(runner, &times_ms[i], failure);
    if (is_good) {
        qsort(times_ms, run_count, sizeof *times_ms, double_compare);
        write_line(runner, times_ms, run_count, stream);
    }
    free(times_ms);
    return is_good;
}
