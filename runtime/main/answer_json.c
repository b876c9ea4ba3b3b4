/* answer_json.c - the outputs of one picture become one line of JSON.
 *
 *     {"input":"a.jpg","outputs":{"logits":[{"index":3,"label":"Dress","value":9.1}]}}
 */
#include "answer.h"
#include "json.h"

#include <inttypes.h>

static void write_vector(struct answers *answers, FILE *stream, const float *scores, size_t count) {
    rank_sort(scores, count, answers->ranked);
    putc('[', stream);
    for (size_t i = 0; i < count && i < answers->top; i++) {
        const struct ranked *ranked = &answers->ranked[i];
        const char *label = labels_name(answers->labels, count, ranked->index);
        fprintf(stream, "%s{\"index\":%zu,\"label\":", i ? "," : "", ranked->index);
        if (label)
            json_write_string(stream, label);
        else
            fputs("null", stream);
        fputs(",\"value\":", stream);
        json_write_float(stream, ranked->value);
        putc('}', stream);
    }
    putc(']', stream);
}

static void write_summary(FILE *stream, const struct senrt_tensor *output, const float *values) {
    const uint64_t dims[SENRT_MAX_RANK] = {output->dim0, output->dim1, output->dim2, output->dim3};
    struct answer_summary summary = answer_summarise(values, (size_t)output->element_count);
    fputs("{\"shape\":[", stream);
    for (uint64_t i = 0; i < output->rank; i++) fprintf(stream, "%s%" PRIu64, i ? "," : "", dims[i]);
    fputs("],\"min\":", stream);
    json_write_float(stream, summary.least);
    fputs(",\"mean\":", stream);
    json_write_float(stream, (float)summary.mean);
    fputs(",\"max\":", stream);
    json_write_float(stream, summary.greatest);
    putc('}', stream);
}

void answer_json(struct answers *answers, const char *name, const struct runner *runner, uint64_t slot) {
    const struct senrt_model *model = answers->model;
    FILE *stream = answers->outputs[0].stream;
    fputs("{\"input\":", stream);
    json_write_string(stream, name);
    fputs(",\"outputs\":{", stream);
    for (uint64_t i = 0; i < model->output_count; i++) {
        const struct senrt_tensor *output = &model->outputs[i];
        const float *values = runner_output(runner, i, slot);
        if (i) putc(',', stream);
        json_write_string(stream, output->name);
        putc(':', stream);
        if (answer_is_vector(output))
            write_vector(answers, stream, values, (size_t)output->element_count);
        else
            write_summary(stream, output, values);
    }
    fputs("}}\n", stream);
}
