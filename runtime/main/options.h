/* options.h - the command line becomes a struct. */
#ifndef SENRT_MAIN_OPTIONS_H
#define SENRT_MAIN_OPTIONS_H

#include "tiles.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum answer_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_NPY };

enum options_mode { MODE_CLASSIFY, MODE_EVAL, MODE_BENCH, MODE_INFO, MODE_HELP, MODE_VERSION };

/* All strings belong to argv. */
struct options {
    enum options_mode mode;
    unsigned thread_count; /* 0: as many as CPUs */
    bool is_throughput;
    unsigned top;
    unsigned bench_runs;
    enum answer_format format;
    const char *output_path; /* NULL: stdout */
    enum tiles_mode tiles;
    bool has_tiles; /* --tiles was given */
    bool keeps_colors; /* --color: also of a gray picture */
    const char *labels_path; /* NULL: the model's own */
    const char *eval_images_path;
    const char *eval_labels_path;
    const char **inputs; /* owned */
    size_t input_count;
};

/* False when the command line is wrong, and then *failure says why. The caller releases in both cases. */
struct failure;
bool options_parse(int argc, char **argv, struct options *out_options, struct failure *failure);
void options_release(struct options *options);

struct senrt_model;
void options_print_help(FILE *stream, const struct senrt_model *model, const char *program);

#endif
