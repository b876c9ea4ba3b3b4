/* answer.c - the outputs of one picture become an answer in the format that was asked for. */
#include "answer.h"

#include <stdlib.h>

bool answer_is_vector(const struct senrt_tensor *output) {
    return output->rank >= 1 && output->dim0 == output->element_count && output->element_count;
}

struct answer_summary answer_summarise(const float *values, size_t count) {
    struct answer_summary summary = {0};
    if (!count) return summary;
    summary.least = summary.greatest = values[0];
    for (size_t i = 0; i < count; i++) {
        if (values[i] < summary.least) summary.least = values[i];
        if (values[i] > summary.greatest) summary.greatest = values[i];
        summary.mean += (double)values[i] / (double)count;
    }
    return summary;
}

static size_t longest_vector(const struct senrt_model *model) {
    size_t longest = 1;
    for (uint64_t i = 0; i < model->output_count; i++)
        if (answer_is_vector(&model->outputs[i]) && model->outputs[i].element_count > longest)
            longest = (size_t)model->outputs[i].element_count;
    return longest;
}

bool answers_check_input(const struct senrt_model *model, const struct options *options, const char *input,
                         struct failure *failure) {
    return options->format == FORMAT_NPY ? answer_npy_check_input(model, options, input, failure)
                                         : output_check_input(options->output_path, input, failure);
}

bool answers_open(const struct senrt_model *model, const struct labels *labels, const struct options *options,
                  struct answers *out_answers, struct failure *failure) {
    struct answers *answers = out_answers;
    *answers = (struct answers){
        .model = model, .labels = labels, .format = options->format, .top = options->top, .output_count = 1};
    if (answers->format == FORMAT_NPY) answers->output_count = (size_t)model->output_count;
    answers->outputs = calloc(answers->output_count + 1, sizeof *answers->outputs);
    answers->ranked = calloc(longest_vector(model), sizeof *answers->ranked);
    bool is_good = answers->outputs && answers->ranked ? true : failure_set_no_memory(failure);
    if (is_good)
        is_good = answers->format == FORMAT_NPY
                      ? answer_npy_open(answers, options->output_path, failure)
                      : output_open(options->output_path, &answers->outputs[0], failure);
    if (!is_good) answers_release(answers);
    return is_good;
}

static bool answers_check(struct answers *answers, struct failure *failure) {
    for (size_t i = 0; i < answers->output_count; i++)
        if (!output_check(&answers->outputs[i], failure)) answers->is_broken = true;
    return !answers->is_broken;
}

bool answers_add(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot,
                 struct failure *failure) {
    switch (answers->format) {
    case FORMAT_TEXT:
        answer_text(answers, name, runner, slot);
        break;
    case FORMAT_JSON:
        answer_json(answers, name, runner, slot);
        break;
    case FORMAT_NPY:
        answer_npy(answers, runner, slot);
        break;
    }
    answers->answer_count++;
    return answers_check(answers, failure);
}

bool answers_add_failed(struct answers *answers, struct failure *failure) {
    if (answers->format == FORMAT_NPY) answer_npy_failed(answers);
    return answers_check(answers, failure);
}

bool answers_commit(struct answers *answers, struct failure *failure) {
    if (answers->is_broken || !answers->answer_count) return true;
    bool is_good = answers->format != FORMAT_NPY || answer_npy_finish(answers, failure);
    for (size_t i = 0; is_good && i < answers->output_count; i++)
        is_good = output_commit(&answers->outputs[i], failure);
    return is_good;
}

void answers_release(struct answers *answers) {
    for (size_t i = 0; answers->outputs && i < answers->output_count; i++)
        output_abandon(&answers->outputs[i]);
    if (answers->spool) fclose(answers->spool);
    free(answers->outputs);
    free(answers->ranked);
    *answers = (struct answers){0};
}
