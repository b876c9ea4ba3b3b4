/* parallel.c - independent pieces of work: each thread takes the next one that is left. */
#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct share {
    size_t count;
    void (*work)(void *context, size_t index);
    void *context;
    atomic_size_t next;
};

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
           pthread_create(&threads[started], NULL, run_share, &share) == 0)
        started++;
    run_share(&share);
    while (started > 0) pthread_join(threads[--started], NULL);
}
