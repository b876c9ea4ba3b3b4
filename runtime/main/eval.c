/* eval.c - two IDX files become the accuracy of a network. */
#define _GNU_SOURCE 1
#include "eval.h"
#include "answer.h"
#include "idx.h"
#include "preprocess.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TOP_MANY 5

struct eval {
    struct crew *crew;
    const struct senrt_model *model;
    struct idx_file images;
    struct idx_file labels;
    size_t count;
    size_t class_count;
    size_t correct;      /* the label came first */
    size_t correct_many; /* it was among the first TOP_MANY */
    double seconds;
    bool is_good;            /* else *failure says why */
    struct failure *failure;
    size_t done;             /* pictures */
    bool is_shown;           /* the progress */
    unsigned percent_shown;
};

static double now_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static bool model_check(const struct senrt_model *model, struct failure *failure) {
    if (model->input_count != 1 || !model->inputs[0].picture)
        return failure_set(failure,
                           "--eval wants a network of one input that is a picture (declared with 'from')");
    const struct senrt_tensor *output = &model->outputs[0];
    if (!answer_is_vector(output) || output->element_count < 2)
        return failure_set(failure, "--eval wants a network whose first output is a vector of scores");
    return true;
}

static bool eval_load(struct eval *eval, const struct options *options, struct failure *failure) {
    if (!idx_load(options->eval_images_path, 3, &eval->images, failure) ||
        !idx_load(options->eval_labels_path, 1, &eval->labels, failure))
        return false;
    eval->count = eval->images.header.dims[0];
    if (eval->labels.header.dims[0] != eval->count)
        return failure_set(failure, "%s has %zu pictures, but %s has %" PRIu32 " labels",
                           options->eval_images_path, eval->count, options->eval_labels_path,
                           eval->labels.header.dims[0]);
    for (size_t i = 0; i < eval->count; i++)
        if (eval->labels.values[i] >= eval->class_count)
            return failure_set(failure, "%s: label %zu is %u; the network has %zu classes",
                               options->eval_labels_path, i, eval->labels.values[i], eval->class_count);
    return true;
}

/* Picture `index` into `slot` of the batch. The copy is what preprocessing may change. */
static bool picture_load(const struct eval *eval, size_t index, float *out_input, struct failure *failure) {
    uint32_t height = eval->images.header.dims[1], width = eval->images.header.dims[2];
    struct image image;
    if (!image_create(width, height, 1, IMAGE_MAX_PIXELS, &image, failure)) return false;
    size_t size_bytes = (size_t)width * height;
    memcpy(image.pixels, eval->images.values + index * size_bytes, size_bytes);
    bool is_good = preprocess_picture(&eval->model->inputs[0], &image, out_input, failure);
    image_release(&image);
    return is_good;
}

/* Redrawn only when it changes by a percent. */
static void progress_show(struct eval *eval, bool is_first) {
    enum { WIDTH = 40 };
    unsigned percent = (unsigned)(eval->done * 100 / eval->count);
    if (percent == eval->percent_shown && !is_first) return;
    eval->percent_shown = percent;
    char bar[WIDTH + 1];
    for (unsigned i = 0; i < WIDTH; i++) bar[i] = i * 100 < percent * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r[%s] %3u %%  %zu / %zu", bar, percent, eval->done, eval->count);
    fflush(stderr);
}

/* The pictures of a job: from *out_start on so many. */
static size_t batch_count(const struct eval *eval, const struct crew_job *job, size_t *out_start) {
    size_t batch = (size_t)eval->model->batch, start = (size_t)job->number * batch;
    *out_start = start;
    return eval->count - start < batch ? eval->count - start : batch;
}

/* In the thread of the job. */
static bool batch_prepare(void *eval_pointer, struct crew_job *job, struct failure *failure) {
    const struct eval *eval = eval_pointer;
    size_t start, count = batch_count(eval, job, &start);
    for (size_t slot = 0; slot < count; slot++)
        if (!picture_load(eval, start + slot, runner_input(&job->runner, 0, slot), failure)) return false;
    if (count < eval->model->batch) runner_clear_from(&job->runner, count);
    return true;
}

static void batch_finish(void *eval_pointer, struct crew_job *job) {
    struct eval *eval = eval_pointer;
    size_t start, count = batch_count(eval, job, &start);
    if (!eval->is_good) return; /* an earlier one has failed */
    if (!job->is_good) {
        *eval->failure = job->failure;
        eval->is_good = false;
        return;
    }
    for (size_t slot = 0; slot < count; slot++) {
        const float *scores = runner_output(&job->runner, 0, slot);
        size_t rank = rank_of(scores, eval->class_count, eval->labels.values[start + slot]);
        eval->correct += rank == 0;
        eval->correct_many += rank < TOP_MANY;
    }
    eval->done += count;
    if (eval->is_shown) progress_show(eval, false);
}

static bool eval_all(struct eval *eval) {
    size_t batch = (size_t)eval->model->batch;
    eval->is_shown = isatty(STDERR_FILENO);
    double start = now_seconds();
    if (eval->is_shown) progress_show(eval, true);
    crew_use(eval->crew, &(struct crew_calls){batch_prepare, batch_finish, eval});
    for (size_t i = 0; eval->is_good && i < eval->count; i += batch) {
        crew_take(eval->crew);
        crew_start(eval->crew);
    }
    crew_drain(eval->crew);
    eval->seconds = now_seconds() - start;
    if (eval->is_shown) fprintf(stderr, "\r\033[K");
    return eval->is_good;
}

static void write_text(const struct eval *eval, FILE *stream) {
    double count = (double)eval->count;
    fprintf(stream, "top-1 %.2f %% (%zu / %zu)\n", 100.0 * (double)eval->correct / count, eval->correct,
            eval->count);
    if (eval->class_count > TOP_MANY)
        fprintf(stream, "top-5 %.2f %% (%zu / %zu)\n", 100.0 * (double)eval->correct_many / count,
                eval->correct_many, eval->count);
    unsigned threads = crew_thread_count(eval->crew);
    fprintf(stream, "images/s %.1f (%u thread%s%s, reading pictures included)\n", count / eval->seconds, threads,
            threads == 1 ? "" : "s", crew_is_throughput(eval->crew) ? ", each with pictures of its own" : "");
}

static void write_json(const struct eval *eval, FILE *stream) {
    double count = (double)eval->count;
    fprintf(stream, "{\"images\":%zu,\"top1\":%.6f,\"top1_correct\":%zu,", eval->count,
            (double)eval->correct / count, eval->correct);
    if (eval->class_count > TOP_MANY)
        fprintf(stream, "\"top5\":%.6f,\"top5_correct\":%zu,", (double)eval->correct_many / count,
                eval->correct_many);
    fprintf(stream, "\"threads\":%u,\"seconds\":%.3f,\"images_per_s\":%.1f}\n",
            crew_thread_count(eval->crew), eval->seconds, count / eval->seconds);
}

bool eval_files(struct crew *crew, const struct options *options, FILE *stream, struct failure *failure) {
    struct eval eval = {.crew = crew, .model = crew_model(crew), .is_good = true, .failure = failure};
    if (!model_check(eval.model, failure)) return false;
    eval.class_count = (size_t)eval.model->outputs[0].element_count;
    bool is_good = eval_load(&eval, options, failure) && eval_all(&eval);
    if (is_good && options->format == FORMAT_JSON)
        write_json(&eval, stream);
    else if (is_good)
        write_text(&eval, stream);
    idx_release(&eval.images);
    idx_release(&eval.labels);
    return is_good;
}
