/* classify.h - input files become answers, batch by batch. */
#ifndef SENRT_MAIN_CLASSIFY_H
#define SENRT_MAIN_CLASSIFY_H

#include "answer.h"
#include "crew.h"

/* Whether the inputs of the command line are those of the network, and no output would replace one, as far as that
 * shows before a list is read. */
bool classify_check(const struct senrt_model *model, const struct options *options, struct failure *failure);

/* Answers every input that can be read. Failures of inputs are printed in the order of the inputs and count as
 * SENRT_EXIT_WRONG. Returns a senrt_exit; with SENRT_EXIT_MACHINE or an output's failure the rest is left
 * out. */
int classify_inputs(struct crew *crew, const struct options *options, struct answers *answers,
                    const char *program);

#endif
