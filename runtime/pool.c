/* pool.c - a function becomes one call in each of N threads; see pool.h for the promises. */
#define _GNU_SOURCE 1
#include "pool.h"
#include "gate.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Longer than the steps of a network differ between threads, shorter than anyone would notice on a battery.
 */
#define SPIN_NS 30000

/* What kernels may take of a thread's stack (senrt.h promises it); some C libraries give a new thread 128 KiB. */
#define STACK_BYTES ((size_t)2 << 20)

struct worker {
    struct senrt_pool *pool;
    pthread_t thread;
    unsigned index;
};

/* `start` counts runs. `arrived` and `phase` are the barrier: the last of the threads to arrive takes the
 * count back to 0 and raises the phase that the others wait for (a sense-reversing barrier whose sense is a
 * number). */
struct senrt_pool {
    struct gate start;
    struct gate phase;
    _Alignas(64) _Atomic uint32_t arrived;
    _Alignas(64) unsigned thread_count;
    int64_t spin_ns;
    senrt_task_function *task;
    void *context;
    bool is_stopping;
    unsigned worker_count; /* started so far: thread_count - 1 once created */
    struct worker workers[];
};

/* The floating-point mode of a run: round to nearest, no traps, denormals are zero on the way in (DAZ) and
 * out (FTZ), because arithmetic on denormals is up to a hundred times slower. Returns the mode before. */
static unsigned float_mode_enter(void) {
#if defined(__x86_64__)
    unsigned before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(0x1f80 | 0x8000 | 0x0040);
    return before;
#else
    return 0;
#endif
}

static void float_mode_leave(unsigned before) {
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr(before);
#else
    (void)before;
#endif
}

void senrt_pool_wait(void *pool_pointer) {
    struct senrt_pool *pool = pool_pointer;
    /* The phase cannot move before this thread has arrived, so it is read first. */
    uint32_t phase = gate_value(&pool->phase);
    uint32_t arrived = atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) + 1;
    if (arrived == pool->thread_count) {
        atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
        gate_raise(&pool->phase);
    } else {
        gate_wait(&pool->phase, phase, pool->spin_ns);
    }
}

static void *worker_main(void *worker_pointer) {
    struct worker *worker = worker_pointer;
    struct senrt_pool *pool = worker->pool;
    float_mode_enter();
    for (uint32_t runs_seen = 0;; runs_seen++) {
        gate_wait(&pool->start, runs_seen, pool->spin_ns);
        if (pool->is_stopping) return NULL;
        pool->task(pool->context, worker->index);
        senrt_pool_wait(pool);
    }
}

static bool worker_start(struct senrt_pool *pool, const pthread_attr_t *attributes) {
    struct worker *worker = &pool->workers[pool->worker_count];
    worker->pool = pool;
    worker->index = pool->worker_count + 1;
    if (pthread_create(&worker->thread, attributes, worker_main, worker)) return false;
    pool->worker_count++;
    return true;
}

/* The system's default stack, or STACK_BYTES where that is less. */
static bool attributes_init(pthread_attr_t *attributes) {
    size_t stack_bytes = STACK_BYTES;
    if (pthread_attr_init(attributes)) return false;
    pthread_attr_getstacksize(attributes, &stack_bytes);
    if (stack_bytes < STACK_BYTES) pthread_attr_setstacksize(attributes, STACK_BYTES);
    return true;
}

/* The workers block all signals: those are the program's business. */
static bool workers_start(struct senrt_pool *pool) {
    pthread_attr_t attributes;
    sigset_t all, before;
    if (!attributes_init(&attributes)) return false;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool is_good = true;
    while (is_good && pool->worker_count + 1 < pool->thread_count) is_good = worker_start(pool, &attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return is_good;
}

static struct senrt_pool *pool_alloc(unsigned thread_count) {
    size_t size_bytes = sizeof(struct senrt_pool) + (size_t)thread_count * sizeof(struct worker);
    size_bytes = (size_bytes + 63) / 64 * 64;
    struct senrt_pool *pool = aligned_alloc(64, size_bytes);
    if (!pool) return NULL;
    memset(pool, 0, size_bytes);
    atomic_init(&pool->arrived, 0);
    pool->thread_count = thread_count;
    pool->spin_ns = thread_count <= senrt_usable_cpus() ? SPIN_NS : 0;
    if (!gate_init(&pool->start)) {
        free(pool);
        return NULL;
    }
    if (!gate_init(&pool->phase)) {
        gate_close(&pool->start);
        free(pool);
        return NULL;
    }
    return pool;
}

enum senrt_status senrt_pool_create(unsigned thread_count, struct senrt_pool **out_pool) {
    *out_pool = NULL;
    struct senrt_pool *pool = pool_alloc(thread_count);
    if (!pool) return SENRT_NO_MEMORY;
    if (!workers_start(pool)) {
        senrt_pool_destroy(pool);
        return SENRT_NO_THREAD;
    }
    *out_pool = pool;
    return SENRT_OK;
}

void senrt_pool_run(struct senrt_pool *pool, senrt_task_function *task, void *context) {
    unsigned mode = float_mode_enter();
    if (pool->thread_count == 1) {
        task(context, 0);
    } else {
        pool->task = task;
        pool->context = context;
        gate_raise(&pool->start);
        task(context, 0);
        senrt_pool_wait(pool);
    }
    float_mode_leave(mode);
}

unsigned senrt_pool_thread_count(const struct senrt_pool *pool) {
    return pool->thread_count;
}

void senrt_pool_destroy(struct senrt_pool *pool) {
    if (!pool) return;
    pool->is_stopping = true;
    gate_raise(&pool->start);
    for (unsigned i = 0; i < pool->worker_count; i++) pthread_join(pool->workers[i].thread, NULL);
    gate_close(&pool->phase);
    gate_close(&pool->start);
    free(pool);
}
