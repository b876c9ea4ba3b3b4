/* bench.c - a network becomes the time that it takes, or the pictures that it does a second, as one line of JSON. */
#define _GNU_SOURCE 1
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

struct bench {
    struct crew *crew;
    double *times_ms; /* of the runs so far; NULL: warming up */
    unsigned count;
    bool is_good; /* else *failure says why */
    struct failure *failure;
};

/* The warm-up ends after so many runs of each thread or so long a time, whichever comes first, but never before the first
 * run. */
#define WARM_UP_RUNS 10
#define WARM_UP_MS 500.0

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

/* Uniform in [-1, 1), always the same: xorshift64* (Vigna, 2016) from a fixed seed. */
static void inputs_fill(const struct runner *runner) {
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

static void run_finish(void *bench_pointer, struct crew_job *job) {
    struct bench *bench = bench_pointer;
    if (bench->is_good && !job->is_good) *bench->failure = job->failure;
    bench->is_good = bench->is_good && job->is_good;
    if (bench->times_ms) bench->times_ms[bench->count++] = job->run_ms;
}

/* So many runs, or until they have taken `most_ms`, but never none. */
static bool run_many(struct bench *bench, unsigned count, double most_ms) {
    double start = now_ms();
    for (unsigned i = 0; bench->is_good && i < count && (i == 0 || now_ms() - start < most_ms); i++) {
        struct crew_job *job = crew_take(bench->crew);
        if (!bench->times_ms && i < crew_job_count(bench->crew)) inputs_fill(&job->runner);
        crew_start(bench->crew);
    }
    crew_drain(bench->crew);
    return bench->is_good;
}

/* `times_ms` are sorted. The p-th percentile is the least time that p % of the runs did not exceed. */
static void write_line(const struct bench *bench, double all_ms, FILE *stream) {
    const struct senrt_model *model = crew_model(bench->crew);
    const double *times_ms = bench->times_ms;
    unsigned count = bench->count;
    double median = count % 2 ? times_ms[count / 2] : (times_ms[count / 2 - 1] + times_ms[count / 2]) / 2.0;
    unsigned p95 = (unsigned)(((uint64_t)count * 95 + 99) / 100) - 1;
    /* what a run takes of all the time */
    double each_ms = crew_is_throughput(bench->crew) ? all_ms / (double)count : median;
    double flops = 2.0 * (double)model->mac_count * (double)model->batch;
    fprintf(stream, "{\"runs\":%u,\"threads\":%u,\"min_ms\":%.4f,\"median_ms\":%.4f,\"p95_ms\":%.4f,\"gflops\":%.3f",
            count, crew_thread_count(bench->crew), times_ms[0], median, times_ms[p95],
            each_ms > 0.0 ? flops / each_ms * 1e-6 : 0.0);
    if (crew_is_throughput(bench->crew))
        fprintf(stream, ",\"images_per_s\":%.3f", each_ms > 0.0 ? (double)model->batch / each_ms * 1e3 : 0.0);
    fputs("}\n", stream);
}

bool bench_time(struct crew *crew, unsigned run_count, FILE *stream, struct failure *failure) {
    struct bench bench = {.crew = crew, .is_good = true, .failure = failure};
    double *times_ms = calloc(run_count, sizeof *times_ms);
    if (!times_ms) return failure_set_no_memory(failure);
    crew_use(crew, &(struct crew_calls){NULL, run_finish, &bench});
    if (run_many(&bench, WARM_UP_RUNS * crew_job_count(crew), WARM_UP_MS)) {
        bench.times_ms = times_ms;
        double start = now_ms();
        run_many(&bench, run_count, HUGE_VAL);
        double all_ms = now_ms() - start;
        qsort(times_ms, bench.count, sizeof *times_ms, double_compare);
        if (bench.is_good) write_line(&bench, all_ms, stream);
    }
    free(times_ms);
    return bench.is_good;
}
