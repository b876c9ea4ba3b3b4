/* info.h - a model becomes its description. */
#ifndef SENRT_MAIN_INFO_H
#define SENRT_MAIN_INFO_H

#include "labels.h"

#include "../senrt_abi.h"

#include <stdio.h>

/* Works on any CPU: nothing of the network is run. */
void info_write_text(const struct senrt_model *model, const struct labels *labels, FILE *stream);
void info_write_json(const struct senrt_model *model, const struct labels *labels, FILE *stream);

#endif
