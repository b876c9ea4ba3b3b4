/* tile_choice.h - how the user wants a convolution cut up, in place of what the model of tile.c chooses. */
#ifndef SENC_SCHEDULE_TILE_CHOICE_H
#define SENC_SCHEDULE_TILE_CHOICE_H

#include "schedule.h"

struct plan;
struct plan_step;

/* Whether `step` is one that the choice names. */
bool tile_choice_names(const struct tile_choice *choice, const struct plan_step *step);

/* NULL, or what is wrong with the choice for a convolution whose grid and channels are laid out, but for passes. */
const char *tile_choice_refusal(const struct plan *plan, const struct plan_step *step,
                                const struct tile_choice *choice, int64_t most_columns);

/* The same of passes, once tile and rows are set. */
const char *tile_choice_refuse_passes(const struct plan *plan, const struct plan_step *step,
                                      const struct tile_choice *choice);

#endif
