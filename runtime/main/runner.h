/* runner.h - a session together with one batch of inputs and outputs. */
#ifndef SENRT_MAIN_RUNNER_H
#define SENRT_MAIN_RUNNER_H

#include "failure.h"

#include "../senrt.h"

#include <stddef.h>

struct runner {
    const struct senrt_model *model;
    struct senrt_session *session;
    float **inputs; /* input_count arrays of batch * element_count */
    float **outputs;
};

/* The failure is the machine's: memory, threads, CPU, or a runtime of another version. */
bool runner_create(const struct senrt_model *model, unsigned thread_count, struct runner *out_runner,
                   struct failure *failure);

/* Without a session, which has to be set before a run. */
bool runner_create_buffers(const struct senrt_model *model, struct runner *out_runner, struct failure *failure);

void runner_release(struct runner *runner);

/* Sets the inputs of the slots from `slot` on to zero. */
void runner_clear_from(struct runner *runner, uint64_t slot);
bool runner_run(struct runner *runner, struct failure *failure);

float *runner_input(const struct runner *runner, uint64_t input, uint64_t slot);
const float *runner_output(const struct runner *runner, uint64_t output, uint64_t slot);

#endif
