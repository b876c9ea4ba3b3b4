/* answer_npy.c - the outputs of all pictures become one .npy file an output, a row a picture, of NaN
 * if it failed.
 *
 * A header with room is written first and again at the end, when the number of rows is known. Standard output
 * may be a pipe, so what goes there is gathered in a temporary file.
 */
#define _GNU_SOURCE 1
#include "answer.h"
#include "npy.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* FILE.npy and "logits" become FILE.logits.npy; a name without a dot gets .logits at its end. */
static char *path_with_name(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash + 1 : path, '.');
    if (!dot || dot == (slash ? slash + 1 : path)) dot = path + strlen(path);
    size_t size_bytes = strlen(path) + strlen(name) + 2;
    char *joined = malloc(size_bytes);
    if (joined) snprintf(joined, size_bytes, "%.*s.%s%s", (int)(dot - path), path, name, dot);
    return joined;
}

bool answer_npy_check_input(const struct senrt_model *model, const struct options *options, const char *input,
                            struct failure *failure) {
    if (!options->output_path || model->output_count == 1)
        return output_check_input(options->output_path, input, failure);
    bool is_good = true;
    for (uint64_t i = 0; is_good && i < model->output_count; i++) {
        char *named = path_with_name(options->output_path, model->outputs[i].name);
        is_good = named ? output_check_input(named, input, failure) : failure_set_no_memory(failure);
        free(named);
    }
    return is_good;
}

static FILE *npy_stream(const struct answers *answers, size_t index) {
    return answers->spool ? answers->spool : answers->outputs[index].stream;
}

static void header_write(const struct answers *answers, size_t index) {
    const struct senrt_tensor *output = &answers->model->outputs[index];
    uint64_t dims[1 + SENRT_MAX_RANK] = {answers->row_count, output->dim0, output->dim1, output->dim2,
                                         output->dim3};
    uint8_t header[NPY_WRITTEN_BYTES];
    npy_write_header(dims, 1 + (unsigned)output->rank, header);
    fwrite(header, 1, sizeof header, npy_stream(answers, index));
}

bool answer_npy_check(const struct senrt_model *model, const struct options *options, struct failure *failure) {
    if (options->output_path) return true;
    if (model->output_count != 1)
        return failure_set(failure, "--format=npy: the network has %" PRIu64 " outputs, so give -o FILE",
                           model->output_count);
    return !isatty(STDOUT_FILENO) || failure_set(failure, "--format=npy is not for a terminal: give -o FILE");
}

static bool open_standard_output(struct answers *answers, struct failure *failure) {
    answers->spool = tmpfile();
    if (!answers->spool) return failure_set(failure, "a temporary file: %s", strerror(errno));
    return output_open(NULL, &answers->outputs[0], failure);
}

bool answer_npy_open(struct answers *answers, const char *path, struct failure *failure) {
    if (!path && !open_standard_output(answers, failure)) return false;
    for (size_t i = 0; path && i < answers->output_count; i++) {
        char *named =
            answers->output_count > 1 ? path_with_name(path, answers->model->outputs[i].name) : strdup(path);
        bool is_good =
            named ? output_open(named, &answers->outputs[i], failure) : failure_set_no_memory(failure);
        free(named);
        if (!is_good) return false;
        /* A pipe or a device cannot be rewound either. */
        if (!answers->outputs[i].temporary_path && !answers->spool && answers->output_count == 1)
            answers->spool = tmpfile();
    }
    for (size_t i = 0; i < answers->output_count; i++) header_write(answers, i);
    return true;
}

void answer_npy(struct answers *answers, const struct runner *runner, uint64_t slot) {
    for (size_t i = 0; i < answers->output_count; i++)
        fwrite(runner_output(runner, i, slot), sizeof(float),
               (size_t)answers->model->outputs[i].element_count, npy_stream(answers, i));
    answers->row_count++;
}

void answer_npy_failed(struct answers *answers) {
    const float nan = NAN;
    for (size_t i = 0; i < answers->output_count; i++)
        for (uint64_t k = 0; k < answers->model->outputs[i].element_count; k++)
            fwrite(&nan, sizeof nan, 1, npy_stream(answers, i));
    answers->row_count++;
}

static bool spool_copy(struct answers *answers, struct failure *failure) {
    char chunk[1 << 14];
    size_t count;
    rewind(answers->spool);
    while ((count = fread(chunk, 1, sizeof chunk, answers->spool))) {
        fwrite(chunk, 1, count, answers->outputs[0].stream);
        if (!output_check(&answers->outputs[0], failure)) return false;
    }
    return !ferror(answers->spool) || failure_set(failure, "a temporary file: %s", strerror(errno));
}

bool answer_npy_finish(struct answers *answers, struct failure *failure) {
    for (size_t i = 0; i < answers->output_count; i++) {
        FILE *stream = npy_stream(answers, i);
        errno = 0;
        bool is_good = !fflush(stream) && !ferror(stream) && !fseek(stream, 0, SEEK_SET);
        if (is_good) {
            header_write(answers, i);
            is_good = !fflush(stream) && !ferror(stream);
        }
        if (!is_good) {
            failure_set(failure, "%s", strerror(errno ? errno : EIO));
            const char *path = answers->outputs[i].path;
            return failure_prefix(failure, answers->spool ? "a temporary file" : path);
        }
    }
    return !answers->spool || spool_copy(answers, failure);
}
