/* crew.h - runs of a network: one after the other on all threads, or several at once, each on one thread.
 *
 *     crew_use(crew, &calls);
 *     for each batch of pictures:
 *         job = crew_take(crew); fill job->runner's inputs, or leave that to calls.prepare; crew_start(crew);
 *     crew_drain(crew);
 *
 * Jobs are finished in the order in which they were started, in the owner's thread: by calls.finish, out of any of the
 * functions below. */
#ifndef SENRT_MAIN_CREW_H
#define SENRT_MAIN_CREW_H

#include "runner.h"

struct crew_job {
    struct runner runner; /* of several at once only inputs and outputs: the session is the thread's */
    unsigned index;       /* of jobs that are under way no two have the same; below crew_job_count */
    uint64_t number;      /* jobs started before */
    bool is_prepared;     /* what failed, if anything, was the run */
    bool is_good;
    struct failure failure;
    double run_ms; /* of the run alone */
    bool is_done;
};

struct crew_calls {
    bool (*prepare)(void *context, struct crew_job *job, struct failure *failure); /* in the job's thread; or NULL */
    void (*finish)(void *context, struct crew_job *job);
    void *context;
};

struct crew;

/* `is_throughput`: thread_count threads with sessions of their own; else one session with so many threads. 0 of them
 * are as many as CPUs. The failure is the machine's. */
bool crew_create(const struct senrt_model *model, bool is_throughput, unsigned thread_count, struct crew **out_crew,
                 struct failure *failure);
void crew_destroy(struct crew *crew); /* NULL is allowed; jobs under way are not finished */

/* While no job is under way. */
void crew_use(struct crew *crew, const struct crew_calls *calls);

/* The job that crew_start starts; the same one until then. Its inputs and outputs hold what its last run left. */
struct crew_job *crew_take(struct crew *crew);
void crew_start(struct crew *crew);

/* Returns once all jobs are finished. */
void crew_drain(struct crew *crew);

const struct senrt_model *crew_model(const struct crew *crew);
bool crew_is_throughput(const struct crew *crew);
unsigned crew_thread_count(const struct crew *crew);
unsigned crew_job_count(const struct crew *crew);

#endif
