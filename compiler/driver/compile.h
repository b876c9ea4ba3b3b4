/* compile.h - from a .sen file to the file that was asked for. */
#ifndef SENC_DRIVER_COMPILE_H
#define SENC_DRIVER_COMPILE_H

#include "../base/fatal.h"
#include "options.h"

/* Writes what options->emit says. False after a diagnostic; then nothing was written. Owns nothing afterwards;
 * two calls may run in two threads, each with its own diag. */
bool compile_network(const struct options *options, struct diag *diag);

#endif
