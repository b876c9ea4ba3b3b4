/* classify.c - input files become answers, batch by batch.
 *
 * A network of one input takes one file after the other; one of several takes them in groups, a file an
 * input. The rows of the files fill the slots of the batch; a full batch, and what is left at the end, is run
 * and answered. With a crew that runs several batches at once, a picture that is a batch by itself is also decoded
 * in the thread that runs it. Messages come in the order of the inputs: before one is printed here, the batches under
 * way are finished.
 */
#define _GNU_SOURCE 1
#include "classify.h"
#include "senrt_main.h"
#include "source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What a job of the crew answers. */
struct batch {
    char **names; /* one a slot; owned */
    uint64_t slot_count;
    struct source source; /* what `has_source` says the thread is to decode; owned */
    bool has_source;
};

struct classifier {
    struct crew *crew;
    struct answers *answers;
    const char *program;
    const struct senrt_model *model;
    const struct options *options;
    char **paths; /* the group that is being gathered: one an input, or NULL; owned */
    size_t path_count;
    struct batch *batches; /* one a job of the crew; owned */
    bool is_stopped; /* answers can no longer be written */
    bool replaces_input; /* the output is what a group was to be read from */
    int exit_status;
};

static struct batch *batch_of(const struct classifier *classifier, const struct crew_job *job) {
    return &classifier->batches[job->index];
}

/* The batch that is being gathered. */
static struct batch *batch_now(const struct classifier *classifier) {
    return batch_of(classifier, crew_take(classifier->crew));
}

static void report_in_turn(struct classifier *classifier, const struct failure *failure) {
    fflush(stdout); /* so that on a terminal the message comes after the answers before it */
    failure_print(failure, classifier->program);
    classifier->exit_status = SENRT_EXIT_WRONG;
}

static void report(struct classifier *classifier, const struct failure *failure) {
    crew_drain(classifier->crew);
    report_in_turn(classifier, failure);
}

static void batch_forget(struct batch *batch) {
    for (uint64_t slot = 0; slot < batch->slot_count; slot++) free(batch->names[slot]);
    batch->slot_count = 0;
    if (batch->has_source) source_close(&batch->source);
    batch->has_source = false;
}

/* In the thread of the job. */
static bool batch_prepare(void *context, struct crew_job *job, struct failure *failure) {
    struct batch *batch = batch_of(context, job);
    return !batch->has_source || source_read(&batch->source, runner_input(&job->runner, 0, 0), failure) ||
           failure_prefix(failure, batch->names[0]);
}

static void batch_answer(struct classifier *classifier, const struct batch *batch, const struct crew_job *job) {
    struct failure failure;
    for (uint64_t slot = 0; slot < batch->slot_count && !classifier->is_stopped; slot++) {
        if (answers_add(classifier->answers, batch->names[slot], &job->runner, slot, &failure)) continue;
        report_in_turn(classifier, &failure);
        classifier->is_stopped = true;
    }
}

static void answer_failed(struct classifier *classifier) {
    struct failure failure;
    if (classifier->is_stopped || answers_add_failed(classifier->answers, &failure)) return;
    report_in_turn(classifier, &failure);
    classifier->is_stopped = true;
}

static void batch_finish(void *context, struct crew_job *job) {
    struct classifier *classifier = context;
    struct batch *batch = batch_of(classifier, job);
    if (!job->is_good && !classifier->is_stopped) {
        report_in_turn(classifier, &job->failure);
        classifier->is_stopped = job->is_prepared; /* a run that fails will fail again */
        answer_failed(classifier);
    } else {
        batch_answer(classifier, batch, job);
    }
    batch_forget(batch);
}

static void batch_flush(struct classifier *classifier) {
    struct crew_job *job = crew_take(classifier->crew);
    uint64_t count = batch_of(classifier, job)->slot_count;
    if (!count || classifier->is_stopped) return;
    if (count < classifier->model->batch) runner_clear_from(&job->runner, count);
    crew_start(classifier->crew);
}

/* Of an input that failed. As npy its row comes after those of the inputs before it. */
static void report_input(struct classifier *classifier, const struct failure *failure) {
    if (classifier->answers->format == FORMAT_NPY) batch_flush(classifier);
    report(classifier, failure);
    answer_failed(classifier);
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

/* The next slot of the batch is complete. */
static bool slot_add(struct classifier *classifier, const struct source *sources, uint64_t row,
                     struct failure *failure) {
    struct batch *batch = batch_now(classifier);
    char *name = row_name(classifier, sources, row);
    if (!name) return failure_set_no_memory(failure);
    batch->names[batch->slot_count++] = name;
    if (batch->slot_count == classifier->model->batch) batch_flush(classifier);
    return true;
}

/* Fills the next slot with one row of every source. */
static bool row_add(struct classifier *classifier, struct source *sources, uint64_t row,
                    struct failure *failure) {
    struct crew_job *job = crew_take(classifier->crew);
    for (uint64_t i = 0; i < classifier->model->input_count; i++) {
        float *to = runner_input(&job->runner, i, batch_of(classifier, job)->slot_count);
        if (!source_read(&sources[i], to, failure)) return failure_prefix(failure, classifier->paths[i]);
    }
    return slot_add(classifier, sources, row, failure);
}

/* Whether files of pictures are decoded in the thread that runs the network. */
static bool decodes_in_threads(const struct classifier *classifier) {
    return crew_is_throughput(classifier->crew) && classifier->model->batch == 1 && classifier->model->input_count == 1;
}

/* The batch's thread reads the source. */
static bool source_add(struct classifier *classifier, struct source *source, struct failure *failure) {
    struct batch *batch = batch_now(classifier);
    batch->source = *source;
    batch->has_source = true;
    *source = (struct source){.row_count = 1};
    return slot_add(classifier, source, 0, failure);
}

/* Opens the group's files; they must have equally many rows. */
static bool group_open(struct classifier *classifier, struct source *sources, uint64_t *out_opened,
                       struct failure *failure) {
    const struct senrt_model *model = classifier->model;
    for (*out_opened = 0; *out_opened < model->input_count; ++*out_opened) {
        uint64_t i = *out_opened;
        if (!source_open(classifier->paths[i], &model->inputs[i], &sources[i], failure)) return false;
        if (!decodes_in_threads(classifier) && !source_decode(&sources[i], failure)) {
            source_close(&sources[i]);
            return failure_prefix(failure, classifier->paths[i]);
        }
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
        is_good = sources[0].encoded ? source_add(classifier, &sources[0], &failure)
                                     : row_add(classifier, sources, row, &failure);
    if (!is_good) report_input(classifier, &failure);
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

/* Takes one INPUT into the group. */
static bool group_take(struct classifier *classifier, const char *argument, struct failure *failure) {
    uint64_t place = 0;
    if (!group_place(classifier, &argument, &place, failure)) return false;
    classifier->replaces_input = !answers_check_input(classifier->model, classifier->options, argument, failure);
    if (classifier->replaces_input) return false;
    classifier->paths[place] = strdup(argument);
    if (!classifier->paths[place]) return failure_set_no_memory(failure);
    classifier->path_count++;
    return true;
}

/* Whether no group is begun that nothing completes. */
static bool group_check_end(const struct classifier *classifier, struct failure *failure) {
    return !classifier->path_count ||
           failure_set(failure, "the network has %" PRIu64 " inputs; %zu of the last group %s given",
                       classifier->model->input_count, classifier->path_count,
                       classifier->path_count == 1 ? "is" : "are");
}

/* One INPUT of the command line, or one line of the list. One that is misnamed ends it all, because it is no longer
 * clear which files belong together; one that the output would replace, too. */
static void group_add(struct classifier *classifier, const char *argument) {
    struct failure failure;
    if (!group_take(classifier, argument, &failure)) {
        batch_flush(classifier);
        report(classifier, &failure);
        classifier->is_stopped = true;
        classifier->answers->is_broken |= classifier->replaces_input;
        return;
    }
    if (classifier->path_count < classifier->model->input_count) return;
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
    batch_flush(classifier);
    crew_drain(classifier->crew);
    struct failure failure;
    if (!classifier->is_stopped && !group_check_end(classifier, &failure)) report(classifier, &failure);
}

static bool batches_create(struct classifier *classifier) {
    unsigned count = crew_job_count(classifier->crew);
    classifier->batches = calloc(count, sizeof *classifier->batches);
    for (unsigned i = 0; classifier->batches && i < count; i++) {
        classifier->batches[i].names = calloc((size_t)classifier->model->batch, sizeof *classifier->batches[i].names);
        if (!classifier->batches[i].names) return false;
    }
    return classifier->batches;
}

static void batches_release(struct classifier *classifier) {
    for (unsigned i = 0; classifier->batches && i < crew_job_count(classifier->crew); i++) {
        batch_forget(&classifier->batches[i]);
        free(classifier->batches[i].names);
    }
    free(classifier->batches);
}

int classify_inputs(struct crew *crew, const struct options *options, struct answers *answers,
                    const char *program) {
    const struct senrt_model *model = crew_model(crew);
    struct classifier classifier = {
        .crew = crew, .answers = answers, .program = program, .model = model, .options = options};
    classifier.paths = calloc((size_t)model->input_count + 1, sizeof *classifier.paths);
    crew_use(crew, &(struct crew_calls){batch_prepare, batch_finish, &classifier});
    if (classifier.paths && batches_create(&classifier)) {
        classify_all(&classifier, options);
    } else {
        struct failure failure;
        failure_set_no_memory(&failure);
        report(&classifier, &failure);
        classifier.exit_status = SENRT_EXIT_MACHINE;
    }
    batches_release(&classifier);
    if (classifier.paths) group_forget(&classifier);
    free(classifier.paths);
    return classifier.exit_status;
}

bool classify_check(const struct senrt_model *model, const struct options *options, struct failure *failure) {
    struct classifier classifier = {.model = model, .options = options};
    classifier.paths = calloc((size_t)model->input_count + 1, sizeof *classifier.paths);
    bool is_good = classifier.paths ? true : failure_set_no_memory(failure), has_list = false;
    for (size_t i = 0; is_good && !has_list && i < options->input_count; i++) {
        has_list = !strcmp(options->inputs[i], "-");
        is_good = has_list ? answers_check_input(model, options, "/dev/stdin", failure)
                           : group_take(&classifier, options->inputs[i], failure);
        if (classifier.path_count == model->input_count) group_forget(&classifier);
    }
    if (is_good && !has_list) is_good = group_check_end(&classifier, failure);
    if (classifier.paths) group_forget(&classifier);
    free(classifier.paths);
    return is_good;
}
