/* eval.h - two IDX files become the accuracy of a network. */
#ifndef SENRT_MAIN_EVAL_H
#define SENRT_MAIN_EVAL_H

#include "crew.h"
#include "options.h"

/* Writes the result to `stream`; a progress bar goes to stderr while that is a terminal. The failure is that
 * of a file, or of a network that does not fit pictures and classes. */
bool eval_files(struct crew *crew, const struct options *options, FILE *stream, struct failure *failure);

#endif
