/* main.c - the command line of a compiled network becomes answers and an exit status. */
#include "senrt_main.h"
#include "bench.h"
#include "classify.h"
#include "crew.h"
#include "draw.h"
#include "eval.h"
#include "info.h"
#include "preprocess.h"
#include "tiles.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

struct program {
    const struct senrt_model *model;
    const char *name; /* as it was called, without its folder */
    struct options options;
    struct labels labels;
};

static const char *program_name(const struct senrt_model *model, int argc, char **argv) {
    if (argc < 1 || !argv[0][0]) return model->name;
    const char *slash = strrchr(argv[0], '/');
    return slash ? slash + 1 : argv[0];
}

static int fail(const struct program *program, const struct failure *failure, int exit_status) {
    failure_print(failure, program->name);
    return exit_status;
}

/* The CPU and the model are looked at before anything of the network is run. */
static bool machine_check(const struct senrt_model *model, struct failure *failure) {
    const char *missing = senrt_missing_feature(model->cpu_features);
    if (!missing) return true;
    return failure_set(failure, "this CPU lacks %s, which the code needs (compiled for %s)", missing,
                       model->target);
}

static bool model_check(const struct senrt_model *model, struct failure *failure) {
    if (!model->input_count || !model->output_count || !model->batch)
        return failure_set(failure, "the network has no inputs or outputs");
    for (uint64_t i = 0; i < model->input_count; i++)
        if (model->inputs[i].picture && !preprocess_check(&model->inputs[i], failure)) return false;
    return !model->tiling || tiles_check(model, failure);
}

static int run_classify(struct program *program, struct crew *crew) {
    struct failure failure;
    struct answers answers;
    if (!answers_open(program->model, &program->labels, &program->options, &answers, &failure))
        return fail(program, &failure, SENRT_EXIT_WRONG);
    int exit_status = classify_inputs(crew, &program->options, &answers, program->name);
    if (!answers_commit(&answers, &failure)) exit_status = fail(program, &failure, SENRT_EXIT_WRONG);
    answers_release(&answers);
    return exit_status;
}

static bool write_report(struct program *program, struct crew *crew, FILE *stream,
                         struct failure *failure) {
    const struct options *options = &program->options;
    if (options->mode == MODE_EVAL) return eval_files(crew, options, stream, failure);
    if (options->mode == MODE_BENCH) return bench_time(crew, options->bench_runs, stream, failure);
    if (options->format == FORMAT_JSON)
        info_write_json(program->model, &program->labels, stream);
    else
        info_write_text(program->model, &program->labels, stream);
    return true;
}

/* --eval, --bench, --info: one report. `crew` is NULL for --info. */
static int run_report(struct program *program, struct crew *crew) {
    struct failure failure;
    struct output output;
    if (!output_open(program->options.output_path, &output, &failure))
        return fail(program, &failure, SENRT_EXIT_WRONG);
    bool is_good = write_report(program, crew, output.stream, &failure) && output_commit(&output, &failure);
    output_abandon(&output);
    return is_good ? SENRT_EXIT_DONE : fail(program, &failure, SENRT_EXIT_WRONG);
}

/* A network that makes pictures makes one, unless its answer is wanted in another form. */
static bool is_drawing(const struct program *program) {
    const struct options *options = &program->options;
    return program->model->tiling && options->mode == MODE_CLASSIFY && options->format == FORMAT_TEXT;
}

static int run_draw(struct program *program) {
    struct failure failure;
    struct runner runner;
    if (!runner_create(program->model, program->options.thread_count, &runner, &failure))
        return fail(program, &failure, SENRT_EXIT_MACHINE);
    int exit_status = draw_picture(&runner, &program->options, program->name, &failure)
                          ? SENRT_EXIT_DONE
                          : fail(program, &failure, SENRT_EXIT_WRONG);
    runner_release(&runner);
    return exit_status;
}

static int run_crew(struct program *program) {
    const struct options *options = &program->options;
    struct failure failure;
    struct crew *crew;
    if (!crew_create(program->model, options->is_throughput, options->thread_count, &crew, &failure))
        return fail(program, &failure, SENRT_EXIT_MACHINE);
    int exit_status = options->mode == MODE_CLASSIFY ? run_classify(program, crew) : run_report(program, crew);
    crew_destroy(crew);
    return exit_status;
}

static int usage_failed(const struct program *program, const struct failure *failure) {
    fail(program, failure, SENRT_EXIT_USAGE);
    fprintf(stderr, "Try '%s --help'.\n", program->name);
    return SENRT_EXIT_USAGE;
}

/* Whether the output would leave alone what options read. */
static bool files_check(const struct program *program, struct failure *failure) {
    const struct options *options = &program->options;
    const char *paths[] = {options->labels_path, options->eval_images_path, options->eval_labels_path};
    bool is_good = true;
    for (size_t i = 0; is_good && i < sizeof paths / sizeof paths[0]; i++)
        is_good = answers_check_input(program->model, options, paths[i], failure);
    return is_good;
}

/* Options that do not go with what is to be done. */
static bool is_usage_right(const struct program *program, struct failure *failure) {
    const struct options *options = &program->options;
    if (!files_check(program, failure)) return false;
    if (options->has_tiles && !is_drawing(program))
        return failure_set(failure, "--tiles: %s",
                           program->model->tiling ? "no picture is made" : "the network makes no pictures");
    if (options->keeps_colors && (!is_drawing(program) || program->model->outputs[0].dim0 == 1))
        return failure_set(failure, "--color: no picture with colors is made");
    if (options->is_throughput && is_drawing(program))
        return failure_set(failure, "--throughput: only one picture is made, on all threads");
    if (is_drawing(program)) return draw_check(options, failure);
    if (options->format == FORMAT_NPY && !answer_npy_check(program->model, options, failure)) return false;
    return options->mode != MODE_CLASSIFY || classify_check(program->model, options, failure);
}

static int run_network(struct program *program) {
    struct failure failure;
    if (!machine_check(program->model, &failure)) return fail(program, &failure, SENRT_EXIT_MACHINE);
    if (!model_check(program->model, &failure)) return fail(program, &failure, SENRT_EXIT_MACHINE);
    if (!is_drawing(program)) return run_crew(program);
    draw_hold_signals();
    return run_draw(program);
}

static int run_mode(struct program *program) {
    struct failure failure;
    struct output output;
    switch (program->options.mode) {
    case MODE_HELP:
        options_print_help(stdout, program->model, program->name);
        break;
    case MODE_VERSION:
        printf("%s, compiled by %s for %s\n", program->model->name, program->model->compiler,
               program->model->target);
        break;
    default:
        if (!is_usage_right(program, &failure)) return usage_failed(program, &failure);
        if (!labels_load(program->model, program->options.labels_path, &program->labels, &failure))
            return fail(program, &failure, SENRT_EXIT_WRONG);
        return program->options.mode == MODE_INFO ? run_report(program, NULL) : run_network(program);
    }
    output_open(NULL, &output, &failure);
    return output_commit(&output, &failure) ? SENRT_EXIT_DONE : fail(program, &failure, SENRT_EXIT_WRONG);
}

int senrt_main(const struct senrt_model *model, int argc, char **argv) {
    struct program program = {.model = model};
    struct failure failure;
    if (model->abi_version != SENRT_ABI_VERSION) {
        failure_set(&failure, "%s", senrt_status_text(SENRT_BAD_ABI));
        failure_print(&failure,
                      argc > 0 ? argv[0] : "network"); /* nothing else of the model can be trusted */
        return SENRT_EXIT_MACHINE;
    }
    program.name = program_name(model, argc, argv);
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of writing like any other */
    int exit_status;
    if (options_parse(argc, argv, &program.options, &failure)) {
        exit_status = run_mode(&program);
        labels_release(&program.labels);
    } else {
        exit_status = usage_failed(&program, &failure);
    }
    options_release(&program.options);
    return exit_status;
}
