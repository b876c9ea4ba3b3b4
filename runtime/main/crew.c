/* crew.c - runs of a network become turns of one session, or of one session a thread; see crew.h.
 *
 * Jobs lie in a ring: the owner fills and starts them in its order, the threads pick them up in that order, the owner
 * finishes them in that order. There are twice as many as threads, so that a thread that is done finds the next one
 * filled. */
#define _GNU_SOURCE 1
#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct member {
    struct crew *crew;
    pthread_t thread;
};

struct crew {
    const struct senrt_model *model;
    struct crew_calls calls;
    struct crew_job *jobs;
    unsigned job_count;
    bool is_throughput;
    unsigned thread_count;
    uint64_t started, finished; /* the owner's counts of jobs */
    /* what the threads share, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t is_work; /* a job was started, or it is over */
    pthread_cond_t is_news; /* a job is done, or a thread is ready */
    uint64_t offered, picked;
    bool is_over;
    unsigned ready_count;
    enum senrt_status status; /* of the sessions */
    unsigned member_count;    /* started so far */
    struct member *members;
};

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void job_execute(const struct crew *crew, struct crew_job *job) {
    const struct crew_calls *calls = &crew->calls;
    job->is_prepared = !calls->prepare || calls->prepare(calls->context, job, &job->failure);
    double start = now_ms();
    job->is_good = job->is_prepared && runner_run(&job->runner, &job->failure);
    job->run_ms = now_ms() - start;
}

/* --- the threads ------------------------------------------------------------------------------------------------- */

/* Waits for the next job; NULL when it is over. */
static struct crew_job *job_pick(struct crew *crew) {
    pthread_mutex_lock(&crew->lock);
    while (crew->picked == crew->offered && !crew->is_over) pthread_cond_wait(&crew->is_work, &crew->lock);
    struct crew_job *job = crew->is_over ? NULL : &crew->jobs[crew->picked++ % crew->job_count];
    pthread_mutex_unlock(&crew->lock);
    return job;
}

static void job_report(struct crew *crew, struct crew_job *job) {
    pthread_mutex_lock(&crew->lock);
    job->is_done = true;
    pthread_cond_signal(&crew->is_news);
    pthread_mutex_unlock(&crew->lock);
}

static void member_report(struct crew *crew, enum senrt_status status) {
    pthread_mutex_lock(&crew->lock);
    crew->ready_count++;
    if (status != SENRT_OK) crew->status = status;
    pthread_cond_signal(&crew->is_news);
    pthread_mutex_unlock(&crew->lock);
}

/* The session is made here, so that its memory is near the CPU that uses it. */
static void *member_main(void *member_pointer) {
    struct crew *crew = ((struct member *)member_pointer)->crew;
    struct senrt_session *session;
    struct crew_job *job;
    enum senrt_status status = senrt_session_create(crew->model, 1, &session);
    member_report(crew, status);
    while (status == SENRT_OK && (job = job_pick(crew))) {
        job->runner.session = session;
        job_execute(crew, job);
        job->runner.session = NULL;
        job_report(crew, job);
    }
    senrt_session_destroy(session);
    return NULL;
}

/* Signals are the owner's business. */
static void members_start(struct crew *crew) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (crew->member_count < crew->thread_count) {
        struct member *member = &crew->members[crew->member_count];
        member->crew = crew;
        if (pthread_create(&member->thread, NULL, member_main, member)) break;
        crew->member_count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static enum senrt_status members_wait(struct crew *crew) {
    pthread_mutex_lock(&crew->lock);
    while (crew->ready_count < crew->member_count) pthread_cond_wait(&crew->is_news, &crew->lock);
    enum senrt_status status = crew->status;
    pthread_mutex_unlock(&crew->lock);
    return status == SENRT_OK && crew->member_count < crew->thread_count ? SENRT_NO_THREAD : status;
}

/* --- making and ending ------------------------------------------------------------------------------------------- */

static bool throughput_open(struct crew *crew, struct failure *failure) {
    crew->members = calloc(crew->thread_count, sizeof *crew->members);
    if (!crew->members) return failure_set_no_memory(failure);
    for (unsigned i = 0; i < crew->job_count; i++)
        if (!runner_create_buffers(crew->model, &crew->jobs[i].runner, failure)) return false;
    members_start(crew);
    enum senrt_status status = members_wait(crew);
    return status == SENRT_OK || failure_set(failure, "%s", senrt_status_text(status));
}

static bool single_open(struct crew *crew, unsigned thread_count, struct failure *failure) {
    if (!runner_create(crew->model, thread_count, &crew->jobs[0].runner, failure)) return false;
    crew->thread_count = senrt_session_thread_count(crew->jobs[0].runner.session);
    return true;
}

bool crew_create(const struct senrt_model *model, bool is_throughput, unsigned thread_count, struct crew **out_crew,
                 struct failure *failure) {
    *out_crew = NULL;
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew) return failure_set_no_memory(failure);
    pthread_mutex_init(&crew->lock, NULL); /* these three cannot fail on Linux */
    pthread_cond_init(&crew->is_work, NULL);
    pthread_cond_init(&crew->is_news, NULL);
    crew->model = model;
    crew->is_throughput = is_throughput;
    if (is_throughput) crew->thread_count = thread_count ? thread_count : senrt_usable_cpus();
    crew->job_count = is_throughput ? 2 * crew->thread_count : 1;
    crew->jobs = calloc(crew->job_count, sizeof *crew->jobs);
    for (unsigned i = 0; crew->jobs && i < crew->job_count; i++) crew->jobs[i].index = i;
    bool is_good = !crew->jobs     ? failure_set_no_memory(failure)
                   : is_throughput ? throughput_open(crew, failure)
                                   : single_open(crew, thread_count, failure);
    if (is_good)
        *out_crew = crew;
    else
        crew_destroy(crew);
    return is_good;
}

void crew_destroy(struct crew *crew) {
    if (!crew) return;
    pthread_mutex_lock(&crew->lock);
    crew->is_over = true;
    pthread_cond_broadcast(&crew->is_work);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->member_count; i++) pthread_join(crew->members[i].thread, NULL);
    for (unsigned i = 0; crew->jobs && i < crew->job_count; i++) runner_release(&crew->jobs[i].runner);
    pthread_cond_destroy(&crew->is_news);
    pthread_cond_destroy(&crew->is_work);
    pthread_mutex_destroy(&crew->lock);
    free(crew->members);
    free(crew->jobs);
    free(crew);
}

/* --- the owner --------------------------------------------------------------------------------------------------- */

void crew_use(struct crew *crew, const struct crew_calls *calls) {
    crew->calls = *calls;
}

/* Finishes the oldest job if it is done; `is_patient` waits until it is. False when there is nothing to finish. */
static bool job_finish(struct crew *crew, bool is_patient) {
    if (crew->finished == crew->started) return false;
    struct crew_job *job = &crew->jobs[crew->finished % crew->job_count];
    pthread_mutex_lock(&crew->lock);
    while (is_patient && !job->is_done) pthread_cond_wait(&crew->is_news, &crew->lock);
    bool is_done = job->is_done;
    pthread_mutex_unlock(&crew->lock);
    if (!is_done) return false;
    crew->finished++;
    crew->calls.finish(crew->calls.context, job);
    return true;
}

struct crew_job *crew_take(struct crew *crew) {
    while (job_finish(crew, crew->started - crew->finished == crew->job_count)) {}
    return &crew->jobs[crew->started % crew->job_count];
}

void crew_start(struct crew *crew) {
    struct crew_job *job = &crew->jobs[crew->started % crew->job_count];
    job->number = crew->started++;
    job->is_done = false;
    if (!crew->is_throughput) {
        job_execute(crew, job);
        job->is_done = true;
        job_finish(crew, true);
        return;
    }
    pthread_mutex_lock(&crew->lock);
    crew->offered = crew->started;
    pthread_cond_signal(&crew->is_work);
    pthread_mutex_unlock(&crew->lock);
}

void crew_drain(struct crew *crew) {
    while (job_finish(crew, true)) {}
}

const struct senrt_model *crew_model(const struct crew *crew) {
    return crew->model;
}

bool crew_is_throughput(const struct crew *crew) {
    return crew->is_throughput;
}

unsigned crew_thread_count(const struct crew *crew) {
    return crew->thread_count;
}

unsigned crew_job_count(const struct crew *crew) {
    return crew->job_count;
}
