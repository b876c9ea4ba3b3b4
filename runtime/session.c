/* session.c - a model becomes a session: its arena, its threads, and one run after another. */
#define _GNU_SOURCE 1
#include "model.h"
#include "pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From this size on the arena asks for huge pages: a network walks through all of it, and 4 KiB pages miss
 * the TLB. */
#define HUGE_PAGE_BYTES ((size_t)2 << 20)

struct senrt_session {
    const struct senrt_model *model;
    struct senrt_pool *pool;
    unsigned char *arena;
    struct senrt_frame frame; /* what the threads share; each adds its index */
    struct senrt_meeting *meetings; /* of a tile by itself; NULL for a network without tiling */
};

/* Every page is touched here, so that the first run is as fast as the others. */
static unsigned char *arena_alloc(uint64_t size_bytes) {
    size_t alignment = size_bytes >= HUGE_PAGE_BYTES ? HUGE_PAGE_BYTES : SENRT_ALIGNMENT;
    if (size_bytes > SIZE_MAX / 2) return NULL;
    size_t rounded = ((size_t)size_bytes + alignment - 1) / alignment * alignment;
    if (!rounded) rounded = alignment;
    unsigned char *arena = aligned_alloc(alignment, rounded);
    if (!arena) return NULL;
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE_BYTES)
        (void)madvise(arena, rounded, MADV_HUGEPAGE); /* a wish: may be refused */
#endif
    memset(arena, 0, rounded);
    return arena;
}

/* Large weights are mapped by one call, not by a fault every few pages in the first run; where the system cannot, faults
 * do it. Nothing is read from the disk that the first run would not read. */
static void weights_map(const struct senrt_model *model) {
#ifdef MADV_POPULATE_READ
    long page = sysconf(_SC_PAGESIZE);
    if (model->weight_bytes < HUGE_PAGE_BYTES || page < 1) return;
    size_t before = (uintptr_t)model->weights % (uintptr_t)page;
    (void)madvise((void *)(uintptr_t)(model->weights - before), model->weight_bytes + before, MADV_POPULATE_READ);
#else
    (void)model;
#endif
}

/* Every squeeze is of the whole tile. */
static struct senrt_meeting *meetings_alloc(const struct senrt_tiling *tiling) {
    struct senrt_meeting *meetings = calloc((size_t)tiling->squeeze_count + 1, sizeof *meetings);
    for (uint64_t i = 0; meetings && i < tiling->squeeze_count; i++) {
        meetings[i].row_end = tiling->squeezes[i].axes[0].extent;
        meetings[i].column_end = tiling->squeezes[i].axes[1].extent;
    }
    return meetings;
}

static void session_task(void *session_pointer, unsigned thread_index) {
    const struct senrt_session *session = session_pointer;
    struct senrt_frame frame = session->frame;
    frame.thread_index = thread_index;
    session->model->run(&frame);
}

enum senrt_status senrt_session_create(const struct senrt_model *model, unsigned thread_count,
                                       struct senrt_session **out_session) {
    if (!out_session) return SENRT_BAD_ARGUMENT;
    *out_session = NULL;
    enum senrt_status status = senrt_model_check(model);
    if (status != SENRT_OK) return status;
    if (thread_count > SENRT_MAX_THREADS) return SENRT_BAD_ARGUMENT;
    if (!thread_count) thread_count = senrt_usable_cpus();

    struct senrt_session *session = calloc(1, sizeof *session);
    if (!session) return SENRT_NO_MEMORY;
    session->model = model;
    session->arena = arena_alloc(model->arena_bytes);
    if (model->tiling) session->meetings = meetings_alloc(model->tiling);
    bool has_memory = session->arena && (session->meetings || !model->tiling);
    status = has_memory ? senrt_pool_create(thread_count, &session->pool) : SENRT_NO_MEMORY;
    if (status != SENRT_OK) {
        senrt_session_destroy(session);
        return status;
    }
    session->frame = (struct senrt_frame){
        .arena = session->arena,
        .weights = model->weights,
        .thread_count = thread_count,
        .barrier = session->pool,
        .wait = senrt_pool_wait,
    };
    weights_map(model);
    *out_session = session;
    return SENRT_OK;
}

static bool are_given(const void *const *buffers, uint64_t count) {
    if (count && !buffers) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!buffers[i]) return false;
    return true;
}

enum senrt_status senrt_session_run_tile(struct senrt_session *session, const float *const *inputs,
                                         float *const *outputs, unsigned phase,
                                         const struct senrt_meeting *meetings) {
    if (!session) return SENRT_BAD_ARGUMENT;
    const struct senrt_model *model = session->model;
    if (!are_given((const void *const *)inputs, model->input_count)) return SENRT_BAD_ARGUMENT;
    if (!phase && !are_given((const void *const *)outputs, model->output_count)) return SENRT_BAD_ARGUMENT;
    if (phase && (!model->tiling || phase >= model->tiling->phase_count)) return SENRT_BAD_ARGUMENT;
    session->frame.inputs = inputs;
    session->frame.outputs = outputs;
    session->frame.phase = phase;
    session->frame.meetings = meetings ? meetings : session->meetings;
    senrt_pool_run(session->pool, session_task, session);
    return SENRT_OK;
}

enum senrt_status senrt_session_run(struct senrt_session *session, const float *const *inputs,
                                    float *const *outputs) {
    return senrt_session_run_tile(session, inputs, outputs, 0, NULL);
}

unsigned senrt_session_thread_count(const struct senrt_session *session) {
    return session ? senrt_pool_thread_count(session->pool) : 0;
}

void senrt_session_destroy(struct senrt_session *session) {
    if (!session) return;
    senrt_pool_destroy(session->pool);
    free(session->meetings);
    free(session->arena);
    free(session);
}
