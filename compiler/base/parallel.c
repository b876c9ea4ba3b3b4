/* parallel.c - independent pieces of work: each thread takes the next one that is left. */
#include "parallel.h"
#include "cleanup.h"

#include <stdatomic.h>
#include <unistd.h>

struct share {
    size_t count;
    void (*work)(void *context, size_t index);
    void *context;
    atomic_size_t next;
};

bool parallel_start(pthread_t *out_thread, void *work(void *context), void *context) {
    sigset_t signals;
    cleanup_hold(&signals);
    bool is_started = pthread_create(out_thread, NULL, work, context) == 0;
    cleanup_release(&signals);
    return is_started;
}

static void *run_share(void *argument) {
    struct share *share = argument;
    for (size_t i; (i = atomic_fetch_add(&share->next, 1)) < share->count;) share->work(share->context, i);
    return NULL;
}

void parallel_run(size_t count, void (*work)(void *context, size_t index), void *context) {
    enum { MOST_THREADS = 16 };
    struct share share = {.count = count, .work = work, .context = context};
    pthread_t threads[MOST_THREADS];
    long cpus = sysconf(_SC_NPROCESSORS_ONLN), started = 0;
    while (started + 1 < cpus && started < MOST_THREADS && (size_t)started + 1 < count &&
           parallel_start(&threads[started], run_share, &share))
        started++;
    run_share(&share);
    while (started > 0) pthread_join(threads[--started], NULL);
}
