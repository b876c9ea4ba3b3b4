/* labels.h - the names of the classes: the model's own, or those of a file. */
#ifndef SENRT_MAIN_LABELS_H
#define SENRT_MAIN_LABELS_H

#include "failure.h"

#include "../senrt_abi.h"

#include <stddef.h>

struct labels {
    size_t count;             /* 0: the classes have no names */
    const char *const *names; /* valid as long as the model and this struct */
    char **lines;             /* owned, when they come from a file */
    char *text;               /* owned, likewise */
};

/* `path` NULL takes the model's. A file has one name a line, as many as the first output has numbers. */
bool labels_load(const struct senrt_model *model, const char *path, struct labels *out_labels,
                 struct failure *failure);
void labels_release(struct labels *labels);

/* NULL when the classes have no names, or when there are not `class_count` of them. */
const char *labels_name(const struct labels *labels, size_t class_count, size_t index);

#endif
