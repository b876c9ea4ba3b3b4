/* tile_option.h - convolutions that are cut up as the user says (--tile). */
#ifndef SENC_DRIVER_TILE_OPTION_H
#define SENC_DRIVER_TILE_OPTION_H

#include "../schedule/schedule.h"
#include "options.h"

/* LAYER=COLUMNSxBLOCKS[,rows=N][,passes=N]; false when it is not written so. */
bool tile_option_parse(struct arena *arena, const char *value, struct tile_choice *out_choice);

/* False after diagnostics on the choices that name no direct convolution of the plan, or do not fit it. */
bool tile_options_check(const struct options *options, const struct plan *plan, struct diag *diag);

#endif
