/* answer_text.c - the outputs of one picture become lines for people.
 *
 *     shoe.png
 *        97.31 %  Ankle boot
 *         1.20 %  Sneaker
 */
#include "answer.h"
#include "npy.h"

#include <math.h>
#include <stdio.h>

/* Names come from files; a terminal must not obey them. */
static void write_plain(FILE *stream, const char *text) {
    for (; *text; text++) putc((unsigned char)*text < 32 || *text == 127 ? '?' : *text, stream);
}

static void write_score(FILE *stream, float score, bool is_probability) {
    if (is_probability)
        fprintf(stream, "%8.2f %%", (double)score * 100.0);
    else if (fabsf(score) < 1e5f)
        fprintf(stream, "%10.4f", (double)score);
    else
        fprintf(stream, "%10.3e", (double)score);
}

static void write_vector(struct answers *answers, const float *scores, size_t count) {
    FILE *stream = answers->outputs[0].stream;
    bool is_probability = rank_is_probability(scores, count);
    rank_sort(scores, count, answers->ranked);
    for (size_t i = 0; i < count && i < answers->top; i++) {
        const struct ranked *ranked = &answers->ranked[i];
        const char *label = labels_name(answers->labels, count, ranked->index);
        fputs("  ", stream);
        write_score(stream, ranked->value, is_probability);
        fputs("  ", stream);
        if (label)
            write_plain(stream, label);
        else
            fprintf(stream, "class %zu", ranked->index);
        putc('\n', stream);
    }
}

static void write_summary(FILE *stream, const struct senrt_tensor *output, const float *values) {
    const uint64_t dims[SENRT_MAX_RANK] = {output->dim0, output->dim1, output->dim2, output->dim3};
    char shape[96];
    struct answer_summary summary = answer_summarise(values, (size_t)output->element_count);
    fprintf(stream, "    shape %s, values %g to %g, mean %g\n",
            npy_format_shape(dims, (unsigned)output->rank, shape, sizeof shape), (double)summary.least,
            (double)summary.greatest, summary.mean);
}

void answer_text(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot) {
    const struct senrt_model *model = answers->model;
    FILE *stream = answers->outputs[0].stream;
    write_plain(stream, name);
    putc('\n', stream);
    for (uint64_t i = 0; i < model->output_count; i++) {
        const struct senrt_tensor *output = &model->outputs[i];
        const float *values = runner_output(runner, i, slot);
        if (model->output_count > 1) fprintf(stream, "  %s\n", output->name);
        if (answer_is_vector(output))
            write_vector(answers, values, (size_t)output->element_count);
        else
            write_summary(stream, output, values);
    }
}
