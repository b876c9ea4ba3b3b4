/* senrt.h - run a compiled network from C: open a session on a model, give it pictures, take the answers.
 *
 *     #include "senrt.h"
 *     #include "mynet.h"                      // written by senc --emit=header: declares mynet_model
 *
 *     struct senrt_session *session;
 *     enum senrt_status status = senrt_session_create(&mynet_model, 0, &session);
 *     if (status != SENRT_OK) ... senrt_status_text(status) ...
 *     const float *inputs[] = {image};        // batch * element_count floats each, [batch, C, H, W]
 *     float *outputs[] = {logits};
 *     status = senrt_session_run(session, inputs, outputs);
 *     senrt_session_destroy(session);
 *
 * All memory is taken by senrt_session_create; a run allocates nothing, but takes up to half of the CPU's L2 and some 100 KB
 * of the stack of each of its threads: 2 MiB are enough for every CPU that senc knows. The session's own threads have them;
 * the caller's must. The library never prints, never exits and has no global state. Sessions are independent: two of them,
 * also of one model, may run in two threads at once. One session runs one call at a time; the caller sees to that. During a
 * run denormal floats count as zero, in the caller's thread too; its floating-point mode is restored before the call returns.
 *
 * One session with all CPUs answers one picture soonest. Many pictures are done soonest when each thread takes whole
 * pictures: start senrt_usable_cpus() threads; let each create a session of thread_count 1 (there, so that its memory is
 * near), and call senrt_session_run for one picture after the other, with buffers of its own. The sessions share the
 * model's weights; each has an arena of model.arena_bytes. No locks are needed, and the outputs are the same to the bit.
 * (The executables' --throughput does this.)
 */
#ifndef SENRT_H
#define SENRT_H

#include "senrt_abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum senrt_status {
    SENRT_OK = 0,
    SENRT_NO_MEMORY, /* the arena or the threads' bookkeeping could not be allocated */
    SENRT_BAD_ABI,   /* the model was compiled for another version of the runtime */
    SENRT_BAD_CPU,   /* this CPU lacks an instruction set that the model needs: see senrt_missing_feature */
    SENRT_BAD_ARGUMENT, /* a NULL pointer, a malformed model, or a thread count above SENRT_MAX_THREADS */
    SENRT_NO_THREAD,    /* the system refused to start a thread */
};

#define SENRT_MAX_THREADS 1024

/* A sentence without a full stop, for any value; static. */
const char *senrt_status_text(enum senrt_status status);

struct senrt_session;

/* Opens a session. `thread_count` 0 means one thread a CPU that this process may use. Threads other than the
 * caller's are started here and sleep between runs. On success *out_session is the caller's, to be destroyed;
 * on failure it is NULL. */
enum senrt_status senrt_session_create(const struct senrt_model *model, unsigned thread_count,
                                       struct senrt_session **out_session);

/* Runs the network once on one batch. The caller owns all buffers; inputs are only read. */
enum senrt_status senrt_session_run(struct senrt_session *session, const float *const *inputs,
                                    float *const *outputs);

/* Runs a network with senrt_model.tiling on one tile, as senrt_abi.h says of phase and meetings; 0 and NULL: as
 * senrt_session_run. `outputs` may be NULL where the phase is not 0. The whole picture from its tiles:
 *
 *     for each phase p from 1 on, in order, but the last one:
 *         for each tile: run phase p; add what it leaves in the `sums` of the squeezes of phase p
 *         from now on their `values` are these sums by the number of all places (or the largest)
 *     for each tile: run phase 0
 *
 * where the boxes of the tiles make up the whole picture's map, each place once. */
enum senrt_status senrt_session_run_tile(struct senrt_session *session, const float *const *inputs,
                                         float *const *outputs, unsigned phase,
                                         const struct senrt_meeting *meetings);

unsigned senrt_session_thread_count(const struct senrt_session *session);

/* The CPUs that this process may use, by its affinity and by the quota of its control group (cpu.max of cgroup v2,
 * rounded up), at least 1 and at most SENRT_MAX_THREADS: what a thread count of 0 stands for, and
 * how many sessions of one thread can run at once. */
unsigned senrt_usable_cpus(void);

/* Ends the session's threads and frees its memory; NULL is allowed. */
void senrt_session_destroy(struct senrt_session *session);

/* The name of the first instruction set ("avx2") that `features` asks for and this CPU or its operating
 * system lacks, or NULL when all are there. */
const char *senrt_missing_feature(uint64_t features);

/* The name of one bit of senrt_cpu_feature, or NULL when the bit is unknown; static. */
const char *senrt_feature_name(uint64_t feature);

#ifdef __cplusplus
}
#endif

#endif
