/* gate.h - a counter that one thread raises and others wait for: spinning first, yielding and sleeping then. Internal.
 *
 * Raising is cheap while nobody sleeps. A lost wake-up cannot happen: the sleeper first counts itself in,
 * then looks at the value; the raiser first raises the value, then looks at the count (all four sequentially
 * consistent), so at least one of them sees the other. The lock then keeps the raiser's broadcast from
 * falling between look and sleep.
 */
#ifndef SENRT_GATE_H
#define SENRT_GATE_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Between two threads that both run, waits are shorter. A longer one is likely for a thread that has no CPU: whoever
 * waits then lets others have its own, so that it has time left when the awaited thread comes. */
#define GATE_YIELD_NS 2000

struct gate {
    _Alignas(64) _Atomic uint32_t value;
    _Atomic uint32_t sleepers;
    pthread_mutex_t lock;
    pthread_cond_t raised;
};

static inline bool gate_init(struct gate *gate) {
    atomic_init(&gate->value, 0);
    atomic_init(&gate->sleepers, 0);
    if (pthread_mutex_init(&gate->lock, NULL)) return false;
    if (!pthread_cond_init(&gate->raised, NULL)) return true;
    pthread_mutex_destroy(&gate->lock);
    return false;
}

static inline void gate_close(struct gate *gate) {
    pthread_cond_destroy(&gate->raised);
    pthread_mutex_destroy(&gate->lock);
}

static inline uint32_t gate_value(const struct gate *gate) {
    return atomic_load_explicit(&gate->value, memory_order_acquire);
}

static inline void gate_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static inline int64_t gate_now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* True when the value left `seen` within spin_ns. */
static inline bool gate_spin(const struct gate *gate, uint32_t seen, int64_t spin_ns) {
    if (!spin_ns) return gate_value(gate) != seen;
    int64_t deadline_ns = 0;
    for (;;) {
        for (int i = 0; i < 64; i++) { /* a look at the clock costs about as much as one pause */
            if (gate_value(gate) != seen) return true;
            gate_relax();
        }
        int64_t now_ns = gate_now_ns();
        if (!deadline_ns) deadline_ns = now_ns + spin_ns;
        if (now_ns >= deadline_ns) return false;
        if (now_ns >= deadline_ns - spin_ns + GATE_YIELD_NS) sched_yield();
    }
}

/* Returns once the value is no longer `seen`; what the raiser wrote before is then visible. */
static inline void gate_wait(struct gate *gate, uint32_t seen, int64_t spin_ns) {
    if (gate_spin(gate, seen, spin_ns)) return;
    pthread_mutex_lock(&gate->lock);
    atomic_fetch_add(&gate->sleepers, 1);
    while (atomic_load(&gate->value) == seen) pthread_cond_wait(&gate->raised, &gate->lock);
    atomic_fetch_sub(&gate->sleepers, 1);
    pthread_mutex_unlock(&gate->lock);
}

static inline void gate_raise(struct gate *gate) {
    atomic_fetch_add(&gate->value, 1);
    if (!atomic_load(&gate->sleepers)) return;
    pthread_mutex_lock(&gate->lock);
    pthread_cond_broadcast(&gate->raised);
    pthread_mutex_unlock(&gate->lock);
}

#endif
