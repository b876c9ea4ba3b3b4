/* parallel.h - independent pieces of work, shared out among the CPUs. */
#ifndef SENC_BASE_PARALLEL_H
#define SENC_BASE_PARALLEL_H

#include <stddef.h>

/* Calls work(context, i) once for each i < count, in any order, on several threads at once, and returns when all are done.
 * The calls may not allocate from a common arena. */
void parallel_run(size_t count, void (*work)(void *context, size_t index), void *context);

#endif
