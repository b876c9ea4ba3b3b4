/* runner.c - a model becomes a session together with one batch of inputs and outputs. */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

/* `count` arrays of `batch` times each tensor's floats, zeroed; NULL when memory is lacking. */
static float **buffers_create(const struct senrt_tensor *tensors, uint64_t count, uint64_t batch) {
    float **buffers = calloc((size_t)count + 1, sizeof *buffers);
    if (!buffers) return NULL;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t elements = tensors[i].element_count;
        size_t limit = (SIZE_MAX - SENRT_ALIGNMENT) / sizeof(float);
        if (elements && batch > limit / elements) break;
        size_t size_bytes = (size_t)(elements * batch) * sizeof(float);
        size_bytes = (size_bytes / SENRT_ALIGNMENT + 1) * SENRT_ALIGNMENT;
        buffers[i] = aligned_alloc(SENRT_ALIGNMENT, size_bytes);
        if (!buffers[i]) break;
        memset(buffers[i], 0, size_bytes);
    }
    return buffers;
}

static bool buffers_are_complete(float *const *buffers, uint64_t count) {
    if (!buffers) return false;
    for (uint64_t i = 0; i < count; i++)
        if (!buffers[i]) return false;
    return true;
}

static void buffers_release(float **buffers) {
    for (size_t i = 0; buffers && buffers[i]; i++) free(buffers[i]);
    free(buffers);
}

bool runner_create_buffers(const struct senrt_model *model, struct runner *out_runner, struct failure *failure) {
    *out_runner = (struct runner){.model = model};
    out_runner->inputs = buffers_create(model->inputs, model->input_count, model->batch);
    out_runner->outputs = buffers_create(model->outputs, model->output_count, model->batch);
    if (buffers_are_complete(out_runner->inputs, model->input_count) &&
        buffers_are_complete(out_runner->outputs, model->output_count))
        return true;
    runner_release(out_runner);
    return failure_set_no_memory(failure);
}

bool runner_create(const struct senrt_model *model, unsigned thread_count, struct runner *out_runner,
                   struct failure *failure) {
    struct senrt_session *session;
    *out_runner = (struct runner){0};
    enum senrt_status status = senrt_session_create(model, thread_count, &session);
    if (status != SENRT_OK) return failure_set(failure, "%s", senrt_status_text(status));
    if (runner_create_buffers(model, out_runner, failure)) {
        out_runner->session = session;
        return true;
    }
    senrt_session_destroy(session);
    return false;
}

void runner_release(struct runner *runner) {
    senrt_session_destroy(runner->session);
    buffers_release(runner->inputs);
    buffers_release(runner->outputs);
    *runner = (struct runner){0};
}

float *runner_input(const struct runner *runner, uint64_t input, uint64_t slot) {
    return runner->inputs[input] + slot * runner->model->inputs[input].element_count;
}

const float *runner_output(const struct runner *runner, uint64_t output, uint64_t slot) {
    return runner->outputs[output] + slot * runner->model->outputs[output].element_count;
}

void runner_clear_from(struct runner *runner, uint64_t slot) {
    for (uint64_t i = 0; i < runner->model->input_count; i++) {
        uint64_t count = (runner->model->batch - slot) * runner->model->inputs[i].element_count;
        memset(runner_input(runner, i, slot), 0, (size_t)count * sizeof(float));
    }
}

bool runner_run(struct runner *runner, struct failure *failure) {
    enum senrt_status status =
        senrt_session_run(runner->session, (const float *const *)runner->inputs, runner->outputs);
    return status == SENRT_OK || failure_set(failure, "%s", senrt_status_text(status));
}
