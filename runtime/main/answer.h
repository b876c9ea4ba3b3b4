/* answer.h - the outputs of one picture become text, JSON or rows of .npy files. */
#ifndef SENRT_MAIN_ANSWER_H
#define SENRT_MAIN_ANSWER_H

#include "labels.h"
#include "options.h"
#include "output.h"
#include "rank.h"
#include "runner.h"

struct answers {
    const struct senrt_model *model;
    const struct labels *labels;
    enum answer_format format;
    size_t top;
    size_t answer_count;
    size_t row_count; /* npy: also those of inputs that failed */
    bool is_broken;         /* a write has failed, or would replace an input, and that has been said */
    size_t output_count;    /* 1, but for npy one an output of the network */
    struct output *outputs; /* owned */
    FILE *spool;            /* npy to standard output is gathered here: its header needs the count */
    struct ranked *ranked;  /* owned; room for the longest vector */
};

/* `labels` must outlive the answers. On failure there is nothing to release. */
bool answers_open(const struct senrt_model *model, const struct labels *labels, const struct options *options,
                  struct answers *out_answers, struct failure *failure);

/* Whether the answers would leave the file `input` as it is; NULL is no file. */
bool answers_check_input(const struct senrt_model *model, const struct options *options, const char *input,
                         struct failure *failure);

/* Adds the outputs of one slot of the batch. `name` is the input's. */
bool answers_add(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot,
                 struct failure *failure);

/* An input that failed: a row of NaN as npy, so that rows are those of the inputs; else nothing. */
bool answers_add_failed(struct answers *answers, struct failure *failure);

/* Completes the files. Without any answer, or once broken, it does nothing: old files stay as they were. */
bool answers_commit(struct answers *answers, struct failure *failure);

/* Removes incomplete files; nothing after answers_commit but to free. Always called last. */
void answers_release(struct answers *answers);

/* Is it a vector of scores, [N] or [N, 1, 1], that can be ranked? */
bool answer_is_vector(const struct senrt_tensor *output);

/* Least, greatest and mean value of an output that is no vector. */
struct answer_summary {
    float least, greatest;
    double mean;
};
struct answer_summary answer_summarise(const float *values, size_t count);

/* The formats; each adds one answer. */
void answer_text(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot);
void answer_json(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot);
void answer_npy(struct answers *answers, const struct runner *runner, uint64_t slot);
void answer_npy_failed(struct answers *answers);

/* npy only: whether the outputs have somewhere to go, and leave `input` alone; opens the files, and completes their
 * headers. */
bool answer_npy_check(const struct senrt_model *model, const struct options *options, struct failure *failure);
bool answer_npy_check_input(const struct senrt_model *model, const struct options *options, const char *input,
                            struct failure *failure);
bool answer_npy_open(struct answers *answers, const char *path, struct failure *failure);
bool answer_npy_finish(struct answers *answers, struct failure *failure);

#endif
