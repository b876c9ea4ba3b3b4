/* picture_option.h - how pictures become the inputs of an imported network (--picture). */
#ifndef SENC_DRIVER_PICTURE_OPTION_H
#define SENC_DRIVER_PICTURE_OPTION_H

#include "../graph/graph.h"
#include "options.h"

/* Gives the inputs that --picture names their pictures. False after a diagnostic. */
bool picture_options_apply(const struct options *options, struct graph *graph, struct diag *diag);

#endif
