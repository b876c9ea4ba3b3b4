/* pool.h - a function becomes one call in each of N threads. Internal to libsenrt.
 *
 * The thread that calls senrt_pool_run is thread 0; the others belong to the pool and sleep between runs. One
 * run at a time. Whoever waits spins for some tens of microseconds, soon letting others have the CPU in between, then
 * sleeps; where the threads outnumber the CPUs nobody spins, because the awaited thread may need this very CPU.
 */
#ifndef SENRT_POOL_H
#define SENRT_POOL_H

#include "senrt.h"

#pragma GCC visibility push(hidden)

struct senrt_pool;

typedef void senrt_task_function(void *context, unsigned thread_index);

/* SENRT_NO_MEMORY or SENRT_NO_THREAD on failure, and then *out_pool is NULL. */
enum senrt_status senrt_pool_create(unsigned thread_count, struct senrt_pool **out_pool);

/* Calls task(context, 0 ... thread_count - 1), each in its thread with denormals flushed; returns when all
 * have. */
void senrt_pool_run(struct senrt_pool *pool, senrt_task_function *task, void *context);

/* The barrier: a senrt_wait_function whose argument is the pool. Called by all threads inside a task. */
void senrt_pool_wait(void *pool);

unsigned senrt_pool_thread_count(const struct senrt_pool *pool);
void senrt_pool_destroy(struct senrt_pool *pool); /* NULL is allowed */

#pragma GCC visibility pop

#endif
