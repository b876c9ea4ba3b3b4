/* parallel.h - independent pieces of work, shared out among the CPUs. */
#ifndef SENC_BASE_PARALLEL_H
#define SENC_BASE_PARALLEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* A thread that calls work(context) and is left to be joined; signals are the main thread's (cleanup.h). False if there can be
 * none. */
bool parallel_start(pthread_t *out_thread, void *work(void *context), void *context);

/* Calls work(context, i) once for each i < count, in any order, on several threads at once, and returns when all are done.
 * The calls may not allocate from a common arena. */
void parallel_run(size_t count, void (*work)(void *context, size_t index), void *context);

#endif
