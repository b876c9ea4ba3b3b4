/* draw.h - a picture file becomes the picture file that the network makes of it. */
#ifndef SENRT_MAIN_DRAW_H
#define SENRT_MAIN_DRAW_H

#include "options.h"
#include "runner.h"

/* What of the command line a network that makes pictures needs. The failure is one of usage. */
bool draw_check(const struct options *options, struct failure *failure);

/* Signals that end the program are held back from here on, so that draw_picture can remove what it has begun: before
 * the threads are started. */
void draw_hold_signals(void);

/* Reads options->inputs[0], writes options->output_path, whole or not at all; shows progress if standard error is a
 * terminal. On success it tells there, as `program`, of colors that are not in the result. */
bool draw_picture(struct runner *runner, const struct options *options, const char *program,
                  struct failure *failure);

#endif
