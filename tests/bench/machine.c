/* machine.c - measures the FMA peak and the memory bandwidth of one thread. */
#include "machine.h"

#include <immintrin.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20000, CHAINS = 12 };

double machine_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Twelve chains, written out so that they are registers, hide the latency of every FMA unit built so far. */
#define TWELVE(do) do(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11)

#define RUN(name, features, vector, lanes, set)                                                                        \
    __attribute__((target(features))) static double name(void) {                                                      \
        vector a = set(0.999f), b = set(0.5f);                                                                         \
        TWELVE(DECLARE_##name)                                                                                         \
        for (int round = 0; round < ROUNDS; round++) {                                                                 \
            TWELVE(STEP_##name)                                                                                        \
        }                                                                                                              \
        return 2.0 * (lanes) * CHAINS * ROUNDS;                                                                        \
    }

#define DECLARE_run_avx512(i) __m512 sum##i = _mm512_set1_ps(i);
#define STEP_run_avx512(i)                                                                                             \
    sum##i = _mm512_fmadd_ps(sum##i, a, b);                                                                            \
    __asm__ volatile("" : "+v"(sum##i));
RUN(run_avx512, "avx512f", __m512, 16, _mm512_set1_ps)

#define DECLARE_run_avx2(i) __m256 sum##i = _mm256_set1_ps(i);
#define STEP_run_avx2(i)                                                                                               \
    sum##i = _mm256_fmadd_ps(sum##i, a, b);                                                                            \
    __asm__ volatile("" : "+x"(sum##i));
RUN(run_avx2, "avx2,fma", __m256, 8, _mm256_set1_ps)

#define DECLARE_run_sse(i) __m128 sum##i = _mm_set1_ps(i);
#define STEP_run_sse(i)                                                                                                \
    sum##i = _mm_add_ps(_mm_mul_ps(sum##i, a), b);                                                                     \
    __asm__ volatile("" : "+x"(sum##i));
RUN(run_sse, "sse2", __m128, 4, _mm_set1_ps)

double machine_fma_gflops(double seconds) {
    double (*run)(void) = run_sse;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) run = run_avx2;
    if (__builtin_cpu_supports("avx512f")) run = run_avx512;
    double operations = 0, begin = machine_seconds(), spent;
    do {
        operations += run();
        spent = machine_seconds() - begin;
    } while (spent < seconds);
    return operations / spent / 1e9;
}

double machine_read_gbytes(double seconds) {
    const size_t bytes = (size_t)256 << 20;
    unsigned long long *memory = malloc(bytes), sum = 0;
    if (!memory) return 0;
    memset(memory, 1, bytes);
    double read = 0, begin = machine_seconds(), spent;
    do {
        for (size_t i = 0; i < bytes / sizeof *memory; i += 8)
            sum += memory[i] ^ memory[i + 1] ^ memory[i + 2] ^ memory[i + 3] ^ memory[i + 4] ^ memory[i + 5] ^
                   memory[i + 6] ^ memory[i + 7];
        __asm__ volatile("" : : "r"(sum));
        read += (double)bytes;
        spent = machine_seconds() - begin;
    } while (spent < seconds);
    free(memory);
    return read / spent / 1e9;
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}
