/* model.h - what the runtime asks of a model before it runs it. Internal to libsenrt. */
#ifndef SENRT_MODEL_H
#define SENRT_MODEL_H

#include "senrt.h"

#pragma GCC visibility push(hidden)

/* SENRT_OK, or why this model cannot run here: its ABI, its CPU, or a field that no compiler would write. */
enum senrt_status senrt_model_check(const struct senrt_model *model);

#pragma GCC visibility pop

#endif
