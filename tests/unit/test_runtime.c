/* test_runtime.c - libsenrt: sessions, threads, barriers, floating-point mode, status codes. */
#define _GNU_SOURCE 1
#include "runtime/cpus.h"
#include "runtime/senrt.h"
#include "tests/unit/fake_model.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif

/* A network that is nothing but dependences: in every step each cell becomes a function of its neighbours,
 * computed by another thread than the step before. One missed barrier, and the result differs. */
enum { CELLS = 24, STEPS = 300 };

static void ring_run(const struct senrt_frame *frame) {
    uint32_t(*cells)[CELLS] = (uint32_t(*)[CELLS])(void *)frame->arena;
    size_t count = frame->thread_count, index = frame->thread_index;
    for (size_t i = index; i < CELLS; i += count) cells[0][i] = (uint32_t)frame->inputs[0][i];
    for (uint32_t step = 0; step < STEPS; step++) {
        if (count > 1) frame->wait(frame->barrier);
        const uint32_t *from = cells[step % 2];
        uint32_t *to = cells[(step + 1) % 2];
        for (size_t i = (index + step) % count; i < CELLS; i += count)
            to[i] = from[i] * 5 + from[(i + 1) % CELLS] + from[(i + CELLS - 1) % CELLS] * 3 + step;
    }
    if (count > 1) frame->wait(frame->barrier);
    for (size_t i = index; i < CELLS; i += count) frame->outputs[0][i] = (float)(cells[STEPS % 2][i] >> 8);
}

/* output[0]: does a denormal input count as zero here? output[1 + thread]: the thread was here. */
static void mode_run(const struct senrt_frame *frame) {
    volatile float tiny = frame->inputs[0][0];
    volatile float scaled = tiny * 0x1p100f;
    if (scaled != 0.0f) frame->outputs[0][0] = 1.0f;
    frame->outputs[0][1 + frame->thread_index] = (float)(frame->thread_index + 1);
}

static const struct senrt_tensor ring_tensor = {
    .name = "x", .rank = 1, .dim0 = CELLS, .element_count = CELLS};

static struct senrt_model model_make(senrt_run_function *run, uint64_t arena_bytes) {
    return (struct senrt_model){.abi_version = SENRT_ABI_VERSION,
                                .name = "test",
                                .compiler = "by hand",
                                .target = "any",
                                .batch = 1,
                                .input_count = 1,
                                .inputs = &ring_tensor,
                                .output_count = 1,
                                .outputs = &ring_tensor,
                                .arena_bytes = arena_bytes,
                                .run = run};
}

static void ring_expect(float *out_values) {
    uint32_t cells[2][CELLS];
    for (uint32_t i = 0; i < CELLS; i++) cells[0][i] = i * 7;
    for (uint32_t step = 0; step < STEPS; step++)
        for (size_t i = 0; i < CELLS; i++)
            cells[(step + 1) % 2][i] = cells[step % 2][i] * 5 + cells[step % 2][(i + 1) % CELLS] +
                                       cells[step % 2][(i + CELLS - 1) % CELLS] * 3 + step;
    for (size_t i = 0; i < CELLS; i++) out_values[i] = (float)(cells[STEPS % 2][i] >> 8);
}

/* Opens a session of `thread_count`, runs the ring `run_count` times, compares each result. */
static void ring_check(unsigned thread_count, int run_count) {
    struct senrt_model model = model_make(ring_run, sizeof(uint32_t[2][CELLS]));
    struct senrt_session *session;
    float input[CELLS], output[CELLS], expected[CELLS];
    const float *inputs[] = {input};
    float *outputs[] = {output};
    for (uint32_t i = 0; i < CELLS; i++) input[i] = (float)(i * 7);
    ring_expect(expected);
    ck_assert_int_eq(senrt_session_create(&model, thread_count, &session), SENRT_OK);
    ck_assert_uint_eq(senrt_session_thread_count(session), thread_count);
    for (int i = 0; i < run_count; i++) {
        memset(output, 0, sizeof output);
        ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
        ck_assert_mem_eq(output, expected, sizeof output);
        if (i % 8 == 7) usleep(200); /* long enough for the workers to fall asleep */
    }
    senrt_session_destroy(session);
}

static const unsigned thread_counts[] = {1, 2, 3, 5, 8};

START_TEST(barriers_keep_steps_apart) {
    ring_check(thread_counts[_i], 40);
}
END_TEST

START_TEST(sessions_start_and_stop) {
    for (int i = 0; i < 50; i++) ring_check(1 + (unsigned)i % 4, 1);
}
END_TEST

static void *ring_thread(void *thread_count) {
    ring_check(*(const unsigned *)thread_count, 20);
    return NULL;
}

START_TEST(sessions_are_independent) {
    pthread_t threads[3];
    unsigned counts[3] = {2, 3, 1};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ring_thread, &counts[i]), 0);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

START_TEST(denormals_are_flushed_and_the_mode_is_restored) {
    struct senrt_model model = model_make(mode_run, 0);
    struct senrt_session *session;
    float input[CELLS] = {1e-40f}, output[CELLS] = {0};
    const float *inputs[] = {input};
    float *outputs[] = {output};
    ck_assert_int_eq(senrt_session_create(&model, 4, &session), SENRT_OK);
    ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
    for (int i = 0; i < 4; i++) ck_assert_float_eq(output[1 + i], (float)(i + 1));
#if defined(__x86_64__)
    ck_assert_float_eq(output[0], 0.0f);
#endif
    volatile float tiny = input[0];
    volatile float scaled = tiny * 0x1p100f;
    ck_assert_float_ne(scaled, 0.0f);
    senrt_session_destroy(session);
}
END_TEST

START_TEST(idle_threads_use_no_cpu) {
    struct senrt_model model = model_make(ring_run, sizeof(uint32_t[2][CELLS]));
    struct senrt_session *session;
    float input[CELLS] = {0}, output[CELLS];
    const float *inputs[] = {input};
    float *outputs[] = {output};
    ck_assert_int_eq(senrt_session_create(&model, 3, &session), SENRT_OK);
    ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
    usleep(50000);
    clock_t before = clock();
    usleep(200000);
    double used_ms = (double)(clock() - before) * 1e3 / CLOCKS_PER_SEC;
    ck_assert_msg(used_ms < 20.0, "%.1f ms of CPU time in 200 ms of idleness", used_ms);
    senrt_session_destroy(session);
}
END_TEST

/* Both threads on one CPU, each waiting for the other all the time. */
static void crowded_run(const struct senrt_frame *frame) {
    cpu_set_t before, first;
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&first);
    for (int cpu = 0; !CPU_COUNT(&first) && cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &first);
    sched_setaffinity(0, sizeof first, &first);
    for (uint32_t step = 0; step < STEPS; step++) frame->wait(frame->barrier);
    sched_setaffinity(0, sizeof before, &before);
}

START_TEST(who_waits_long_yields) {
    struct senrt_model model = model_make(crowded_run, 0);
    struct senrt_session *session;
    float input[CELLS] = {0}, output[CELLS];
    const float *inputs[] = {input};
    float *outputs[] = {output};
    double least_us = 1e9;
    ck_assert_int_eq(senrt_session_create(&model, 2, &session), SENRT_OK);
    for (int i = 0; i < 10; i++) {
        clock_t before = clock();
        ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
        double used_us = (double)(clock() - before) * 1e6 / CLOCKS_PER_SEC / STEPS;
        if (used_us < least_us) least_us = used_us;
    }
    ck_assert_msg(least_us < 20.0, "%.1f us of CPU time a barrier", least_us);
    senrt_session_destroy(session);
}
END_TEST

static void arena_run(const struct senrt_frame *frame) {
    frame->outputs[0][0] = (float)((uintptr_t)frame->arena % SENRT_ALIGNMENT);
    frame->arena[0] = 1;
    frame->arena[((size_t)5 << 20) + 2] = 1; /* the last byte */
}

START_TEST(arena_is_aligned_and_large_enough) {
    struct senrt_model model = model_make(arena_run, ((uint64_t)5 << 20) + 3);
    struct senrt_session *session;
    float input[CELLS] = {0}, output[CELLS] = {1.0f};
    const float *inputs[] = {input};
    float *outputs[] = {output};
    ck_assert_int_eq(senrt_session_create(&model, 1, &session), SENRT_OK);
    ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
    ck_assert_float_eq(output[0], 0.0f);
    senrt_session_destroy(session);
}
END_TEST

static void stack_run(const struct senrt_frame *frame) {
    volatile char bytes[(size_t)1 << 20];
    for (size_t i = 0; i < sizeof bytes; i += 4096) bytes[i] = 1;
    frame->outputs[0][frame->thread_index] = bytes[0];
}

START_TEST(threads_have_room_for_kernels) {
    struct senrt_model model = model_make(stack_run, 1024);
    struct senrt_session *session;
    pthread_attr_t small;
    float values[CELLS] = {0};
    const float *inputs[] = {values};
    float *outputs[] = {values};
    ck_assert_int_eq(pthread_attr_init(&small), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&small, (size_t)128 << 10), 0);
    ck_assert_int_eq(pthread_setattr_default_np(&small), 0);
    ck_assert_int_eq(senrt_session_create(&model, 3, &session), SENRT_OK);
    ck_assert_int_eq(senrt_session_run(session, inputs, outputs), SENRT_OK);
    for (int i = 0; i < 3; i++) ck_assert_float_eq(values[i], 1.0f);
    senrt_session_destroy(session);
}
END_TEST

START_TEST(bad_arguments_are_refused) {
    struct senrt_model model = model_make(ring_run, 1024);
    struct senrt_session *session = (struct senrt_session *)&model;
    ck_assert_int_eq(senrt_session_create(NULL, 1, &session), SENRT_BAD_ARGUMENT);
    ck_assert_ptr_null(session);
    ck_assert_int_eq(senrt_session_create(&model, 1, NULL), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_create(&model, SENRT_MAX_THREADS + 1, &session), SENRT_BAD_ARGUMENT);
    model.run = NULL;
    ck_assert_int_eq(senrt_session_create(&model, 1, &session), SENRT_BAD_ARGUMENT);
    model.run = ring_run;
    ck_assert_int_eq(senrt_session_create(&model, 1, &session), SENRT_OK);
    float values[CELLS] = {0};
    const float *inputs[] = {values}, *no_inputs[] = {NULL};
    float *outputs[] = {values}, *no_outputs[] = {NULL};
    ck_assert_int_eq(senrt_session_run(NULL, inputs, outputs), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run(session, NULL, outputs), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run(session, inputs, NULL), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run(session, no_inputs, outputs), SENRT_BAD_ARGUMENT);
    ck_assert_int_eq(senrt_session_run(session, inputs, no_outputs), SENRT_BAD_ARGUMENT);
    senrt_session_destroy(session);
    senrt_session_destroy(NULL);
    ck_assert_uint_eq(senrt_session_thread_count(NULL), 0);
}
END_TEST

START_TEST(models_that_cannot_run_here_are_refused) {
    struct senrt_session *session;
    ck_assert_int_eq(senrt_session_create(&fake_foreign_model, 1, &session), SENRT_BAD_ABI);
    ck_assert_int_eq(senrt_session_create(&fake_future_model, 1, &session), SENRT_BAD_CPU);
    ck_assert_ptr_null(session);
    struct senrt_model model = model_make(ring_run, UINT64_MAX);
    ck_assert_int_eq(senrt_session_create(&model, 1, &session), SENRT_NO_MEMORY);
    ck_assert_ptr_null(session);
}
END_TEST

#ifndef HAS_SANITIZER
START_TEST(threads_that_the_system_refuses) {
    struct senrt_model model = model_make(ring_run, 1024);
    struct senrt_session *session;
    struct rlimit limit = {(rlim_t)400 << 20, (rlim_t)400 << 20}; /* of address space: some tens of stacks */
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert_int_eq(senrt_session_create(&model, 900, &session), SENRT_NO_THREAD);
    ck_assert_ptr_null(session);
}
END_TEST
#endif

START_TEST(one_thread_a_cpu_by_default) {
    struct senrt_session *session;
    ck_assert_int_eq(senrt_session_create(&fake_gray_model, 0, &session), SENRT_OK);
    unsigned count = senrt_session_thread_count(session);
    ck_assert_uint_ge(count, 1);
    ck_assert_int_le((long)count, sysconf(_SC_NPROCESSORS_CONF));
    senrt_session_destroy(session);
}
END_TEST

static void quota_write(const char *folder, const char *text) {
    char path[128];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    FILE *stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
}

START_TEST(quotas_are_kept) {
    static const struct {
        const char *text;
        unsigned count;
    } cases[] = {{"max 100000\n", SENRT_MAX_THREADS}, {"100000 100000\n", 1}, {"150000 100000\n", 2}, {"1000 100000\n", 1},
                 {"300000 100000\n", 3}, {"", SENRT_MAX_THREADS}, {"0 0\n", SENRT_MAX_THREADS},
                 {"18446744073709551615 1\n", SENRT_MAX_THREADS}};
    char root[] = "/tmp/senc-test-quota-XXXXXX", inner[64];
    ck_assert_ptr_nonnull(mkdtemp(root));
    snprintf(inner, sizeof inner, "%s/inner", root);
    ck_assert_uint_eq(senrt_quota_cpus(root, "/nowhere"), SENRT_MAX_THREADS);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        quota_write(root, cases[i].text);
        ck_assert_uint_eq(senrt_quota_cpus(root, "/"), cases[i].count);
        ck_assert_uint_eq(senrt_quota_cpus(root, "/nowhere/below"), cases[i].count);
    }
    ck_assert_int_eq(mkdir(inner, 0700), 0);
    quota_write(root, "400000 100000\n");
    quota_write(inner, "200000 100000\n");
    ck_assert_uint_eq(senrt_quota_cpus(root, "/inner"), 2);
    ck_assert_uint_eq(senrt_quota_cpus(root, "/inner/inmost"), 2);
    quota_write(inner, "900000 100000\n");
    ck_assert_uint_eq(senrt_quota_cpus(root, "/inner"), 4);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", root);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(features_have_names) {
    ck_assert_ptr_null(senrt_missing_feature(0));
    ck_assert_str_eq(senrt_feature_name(SENRT_CPU_AVX2), "avx2");
    ck_assert_str_eq(senrt_feature_name(SENRT_CPU_AVX512VL), "avx512vl");
    ck_assert_ptr_null(senrt_feature_name(SENRT_CPU_AVX | SENRT_CPU_AVX2));
    ck_assert_ptr_null(senrt_feature_name(0));
    for (unsigned i = 0; i < 18; i++) ck_assert_ptr_nonnull(senrt_feature_name(UINT64_C(1) << i));
    ck_assert_ptr_nonnull(senrt_missing_feature(UINT64_C(1) << 63));
#if defined(__x86_64__)
    const struct {
        uint64_t feature;
        int is_there;
    } known[] = {{SENRT_CPU_SSE42, __builtin_cpu_supports("sse4.2")},
                 {SENRT_CPU_AVX, __builtin_cpu_supports("avx")},
                 {SENRT_CPU_AVX2, __builtin_cpu_supports("avx2")},
                 {SENRT_CPU_FMA, __builtin_cpu_supports("fma")},
                 {SENRT_CPU_BMI2, __builtin_cpu_supports("bmi2")},
                 {SENRT_CPU_POPCNT, __builtin_cpu_supports("popcnt")},
                 {SENRT_CPU_AVX512F, __builtin_cpu_supports("avx512f")},
                 {SENRT_CPU_AVX512DQ, __builtin_cpu_supports("avx512dq")}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        ck_assert_int_eq(!senrt_missing_feature(known[i].feature), !!known[i].is_there);
#endif
}
END_TEST

START_TEST(status_codes_have_texts) {
    for (int i = SENRT_OK; i <= SENRT_NO_THREAD + 1; i++)
        for (int j = i + 1; j <= SENRT_NO_THREAD + 1; j++)
            ck_assert_str_ne(senrt_status_text((enum senrt_status)i),
                             senrt_status_text((enum senrt_status)j));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("runtime");
    TCase *tests = tcase_create("libsenrt");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, barriers_keep_steps_apart, 0, sizeof thread_counts / sizeof thread_counts[0]);
    tcase_add_test(tests, sessions_start_and_stop);
    tcase_add_test(tests, sessions_are_independent);
    tcase_add_test(tests, denormals_are_flushed_and_the_mode_is_restored);
    tcase_add_test(tests, idle_threads_use_no_cpu);
    tcase_add_test(tests, who_waits_long_yields);
    tcase_add_test(tests, arena_is_aligned_and_large_enough);
    tcase_add_test(tests, threads_have_room_for_kernels);
    tcase_add_test(tests, bad_arguments_are_refused);
    tcase_add_test(tests, models_that_cannot_run_here_are_refused);
#ifndef HAS_SANITIZER
    tcase_add_test(tests, threads_that_the_system_refuses);
#endif
    tcase_add_test(tests, one_thread_a_cpu_by_default);
    tcase_add_test(tests, quotas_are_kept);
    tcase_add_test(tests, features_have_names);
    tcase_add_test(tests, status_codes_have_texts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
