/* classify.c - input files become answers, batch by batch.
 *
 * A network of one input takes one file after the other; one of several takes them in groups, a file an
 * input. The rows of the files fill the slots of the batch; a full batch, and what is left at the end, is run
 * and answered.
 */
#define _GNU_SOURCE 1
#include "classify.h"
#include "senrt_main.h"
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct classifier {
    struct runner *runner;
    struct answers *answers;
    const char *program;
    const struct senrt_model *model;
    char **paths; /* the group that is being gathered: one an input, or NULL; owned */
    size_t path_count;
    char **names; /* one a slot of the batch; owned */
    uint64_t slot_count;
    bool is_stopped; /* answers can no longer be written */
    int exit_status;
};

static void report(struct classifier *classifier, const struct failure *failure) {
    fflush(stdout); /* so that on a terminal the message comes after the answers before it */
    failure_print(failure, classifier->program);
    classifier->exit_status = SENRT_EXIT_WRONG;
}

static void batch_flush(struct classifier *classifier) {
    struct failure failure;
    if (!classifier->slot_count) return;
    if (classifier->slot_count < classifier->model->batch)
        runner_clear_from(classifier->runner, classifier->slot_count);
    if (!runner_run(classifier->runner, &failure)) {
        report(classifier, &failure);
        classifier->is_stopped = true;
    }
    for (uint64_t slot = 0; slot < classifier->slot_count; slot++) {
        if (!classifier->is_stopped &&
            !answers_add(classifier->answers, classifier->names[slot], classifier->runner, slot, &failure)) {
            report(classifier, &failure);
            classifier->is_stopped = true;
        }
        free(classifier->names[slot]);
        classifier->names[slot] = NULL;
    }
    classifier->slot_count = 0;
}

/* "a.npy", "a.npy[3]" where it is stacked, "left=a.npy right=b.npy[3]" for several inputs. */
static char *row_name(const struct classifier *classifier, const struct source *sources, uint64_t row) {
    char *name = NULL;
    size_t size_bytes;
    FILE *stream = open_memstream(&name, &size_bytes);
    if (!stream) return NULL;
    for (uint64_t i = 0; i < classifier->model->input_count; i++) {
        if (classifier->model->input_count > 1)
            fprintf(stream, "%s%s=", i ? " " : "", classifier->model->inputs[i].name);
        fputs(classifier->paths[i], stream);
        if (sources[i].is_stacked) fprintf(stream, "[%" PRIu64 "]", row);
    }
    if (!fclose(stream)) return name;
    free(name);
    return NULL;
}

/* Fills the next slot with one row of every source. */
static bool row_add(struct classifier *classifier, struct source *sources, uint64_t row,
                    struct failure *failure) {
    for (uint64_t i = 0; i < classifier->model->input_count; i++) {
        float *to = runner_input(classifier->runner, i, classifier->slot_count);
        if (!source_read(&sources[i], to, failure)) return failure_prefix(failure, classifier->paths[i]);
    }
    char *name = row_name(classifier, sources, row);
    if (!name) return failure_set_no_memory(failure);
    classifier->names[classifier->slot_count++] = name;
    if (classifier->slot_count == classifier->model->batch) batch_flush(classifier);
    return true;
}

/* Opens the group's files; they must have equally many rows. */
static bool group_open(struct classifier *classifier, struct source *sources, uint64_t *out_opened,
                       struct failure *failure) {
    const struct senrt_model *model = classifier->model;
    for (*out_opened = 0; *out_opened < model->input_count; ++*out_opened) {
        uint64_t i = *out_opened;
        if (!source_open(classifier->paths[i], &model->inputs[i], &sources[i], failure)) return false;
        if (sources[i].row_count == sources[0].row_count) continue;
        source_close(&sources[i]);
        return failure_set(failure, "%s has %" PRIu64 " rows, but %s has %" PRIu64, classifier->paths[i],
                           sources[i].row_count, classifier->paths[0], sources[0].row_count);
    }
    return true;
}

static void group_classify(struct classifier *classifier) {
    struct failure failure;
    uint64_t opened = 0;
    struct source *sources = calloc((size_t)classifier->model->input_count, sizeof *sources);
    bool is_good =
        sources ? group_open(classifier, sources, &opened, &failure) : failure_set_no_memory(&failure);
    for (uint64_t row = 0; is_good && !classifier->is_stopped && row < sources[0].row_count; row++)
        is_good = row_add(classifier, sources, row, &failure);
    if (!is_good) report(classifier, &failure);
    while (opened) source_close(&sources[--opened]);
    free(sources);
}

/* The place in the group that "NAME=FILE" asks for, or the next free one. */
static bool group_place(const struct classifier *classifier, const char **argument, uint64_t *out_place,
                        struct failure *failure) {
    const struct senrt_model *model = classifier->model;
    if (model->input_count == 1) {
        *out_place = 0;
        return true;
    }
    const char *equals = strchr(*argument, '=');
    for (uint64_t i = 0; i < model->input_count; i++) {
        const char *name = model->inputs[i].name;
        bool is_named =
            equals && strlen(name) == (size_t)(equals - *argument) && !strncmp(name, *argument, strlen(name));
        if (!is_named && (equals || classifier->paths[i])) continue;
        if (classifier->paths[i])
            return failure_set(failure, "input '%s' is given twice: %s", name, *argument);
        if (is_named) *argument = equals + 1;
        *out_place = i;
        return true;
    }
    return failure_set(failure, "%s: the network has no input of this name", *argument);
}

static void group_forget(struct classifier *classifier) {
    for (uint64_t i = 0; i < classifier->model->input_count; i++) {
        free(classifier->paths[i]);
        classifier->paths[i] = NULL;
    }
    classifier->path_count = 0;
}

/* Takes one INPUT of the command line, or one line of the list. One that is misnamed ends it all, because it
 * is no longer clear which files belong together. */
static void group_add(struct classifier *classifier, const char *argument) {
    struct failure failure;
    uint64_t place = 0;
    bool is_good = group_place(classifier, &argument, &place, &failure);
    char *path = is_good ? strdup(argument) : NULL;
    if (is_good && !path) is_good = failure_set_no_memory(&failure);
    if (!is_good) {
        batch_flush(classifier);
        report(classifier, &failure);
        classifier->is_stopped = true;
        return;
    }
    classifier->paths[place] = path;
    if (++classifier->path_count < classifier->model->input_count) return;
    group_classify(classifier);
    group_forget(classifier);
}

static void list_classify(struct classifier *classifier) {
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    errno = 0;
    while (!classifier->is_stopped && (length = getline(&line, &capacity, stdin)) >= 0) {
        if (length && line[length - 1] == '\n') line[--length] = '\0';
        if (length && line[length - 1] == '\r') line[--length] = '\0';
        if (length) group_add(classifier, line);
        errno = 0;
    }
    if (!classifier->is_stopped && !feof(stdin)) {
        struct failure failure;
        failure_set(&failure, "list of inputs on standard input: %s", strerror(errno ? errno : EIO));
        report(classifier, &failure);
    }
    free(line);
}

static void classify_all(struct classifier *classifier, const struct options *options) {
    for (size_t i = 0; i < options->input_count && !classifier->is_stopped; i++) {
        if (strcmp(options->inputs[i], "-"))
            group_add(classifier, options->inputs[i]);
        else
            list_classify(classifier);
    }
    if (classifier->is_stopped) return;
    batch_flush(classifier);
    if (classifier->path_count) {
        struct failure failure;
        failure_set(&failure, "the network has %" PRIu64 " inputs; %zu of the last group %s given",
                    classifier->model->input_count, classifier->path_count,
                    classifier->path_count == 1 ? "is" : "are");
        report(classifier, &failure);
    }
}

int classify_inputs(struct runner *runner, const struct options *options, struct answers *answers,
                    const char *program) {
    const struct senrt_model *model = runner->model;
    struct classifier classifier = {.runner = runner, .answers = answers, .program = program, .model = model};
    classifier.paths = calloc((size_t)model->input_count + 1, sizeof *classifier.paths);
    classifier.names = calloc((size_t)model->batch, sizeof *classifier.names);
    if (classifier.paths && classifier.names) {
        classify_all(&classifier, options);
    } else {
        struct failure failure;
        failure_set_no_memory(&failure);
        report(&classifier, &failure);
        classifier.exit_status = SENRT_EXIT_MACHINE;
    }
    for (uint64_t i = 0; classifier.names && i < classifier.slot_count; i++) free(classifier.names[i]);
    free(classifier.names);
    if (classifier.paths) group_forget(&classifier);
    free(classifier.paths);
    return classifier.exit_status;
}
