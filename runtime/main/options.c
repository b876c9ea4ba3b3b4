/* options.c - the command line becomes a struct. */
#include "options.h"
#include "failure.h"

#include "../senrt.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TOP_DEFAULT 5

enum option_id {
    OPTION_THREADS,
    OPTION_THROUGHPUT,
    OPTION_TOP,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_TILES,
    OPTION_COLOR,
    OPTION_LABELS,
    OPTION_EVAL,
    OPTION_BENCH,
    OPTION_INFO,
    OPTION_HELP,
    OPTION_VERSION,
};

/* One row an option: parser, help and suggestions are made from it. `values` names what follows. */
static const struct option {
    enum option_id id;
    char letter; /* or 0 */
    const char *name;
    unsigned value_count;
    const char *values;
    const char *help;
} option_table[] = {
    {OPTION_THREADS, 0, "threads", 1, "N", "threads to run on (default: one a CPU)"},
    {OPTION_THROUGHPUT, 0, "throughput", 0, "", "several pictures at once, a thread each: more a second"},
    {OPTION_TOP, 0, "top", 1, "K", "classes to show a picture, also as JSON (default: 5)"},
    {OPTION_FORMAT, 0, "format", 1, "text|json|npy", "how to answer; npy: the raw outputs, one row an input,\n"
     "                                  of NaN if it failed; of several outputs, each in a\n"
     "                                  file: -o F.npy gives F.OUTPUT.npy"},
    {OPTION_OUTPUT, 'o', "output", 1, "FILE", "write there instead of to standard output; no input may be there"},
    {OPTION_TILES, 0, "tiles", 1, "exact|independent", "how the tiles of a picture are put together"},
    {OPTION_COLOR, 0, "color", 0, "", "keep the colors that are made of a gray picture"},
    {OPTION_LABELS, 0, "labels", 1, "FILE", "names of the classes, one a line"},
    {OPTION_EVAL, 0, "eval", 2, "IMAGES LABELS", "accuracy on two IDX files, gzipped or not"},
    {OPTION_BENCH, 0, "bench", 1, "N", "time N runs on random numbers; one line of JSON"},
    {OPTION_INFO, 0, "info", 0, "", "describe the network, then stop"},
    {OPTION_HELP, 'h', "help", 0, "", "show this text, then stop"},
    {OPTION_VERSION, 0, "version", 0, "", "show what compiled the network, then stop"},
};

#define OPTION_COUNT (sizeof option_table / sizeof option_table[0])

/* The arguments not yet looked at. */
struct reader {
    int argc;
    char **argv;
    int index;
    struct failure *failure;
};

static void print_usage(FILE *stream, const char *program) {
    fprintf(stream,
            "Usage: %s [OPTION...] INPUT...\n\n"
            "Runs the compiled network on each INPUT and shows its answers.\n"
            "INPUT is a JPEG, PNG, PPM or PGM picture, a .npy file of float32 numbers in the shape of the\n"
            "network's input (or several, stacked), or - for a list of file names on standard input.\n"
            "A network of several inputs takes NAME=FILE for each of them.\n\n",
            program);
}

static const char *color_help(const struct senrt_model *model) {
    if (model->outputs[0].dim0 == 1) return "The result is gray.";
    if (model->inputs[0].dim0 == 1) return "The result has colors.";
    return "A gray picture gives a gray one, the luma of what is\nmade, unless --color is given.";
}

/* Of a network that makes a picture. */
static void print_picture_usage(FILE *stream, const struct senrt_model *model, const char *program) {
    fprintf(stream,
            "Usage: %s [OPTION...] PICTURE -o FILE\n\n"
            "Makes a picture of a JPEG, PNG, PPM or PGM picture of any size, and writes it to FILE, a .png, .jpg or\n"
            ".jpeg. Alpha is kept (enlarged by itself). %s\n"
            "With --format=npy or json, INPUTs are run and answered as by any network; a tile is %" PRIu64 " x %" PRIu64 ".\n\n",
            program, color_help(model), model->inputs[0].dim1, model->inputs[0].dim2);
}

static void print_tiles_help(FILE *stream, const struct senrt_tiling *tiling) {
    if (!tiling->squeeze_count) {
        fprintf(stream, "\nTiles: this network squeezes nothing, so each tile is run once, and --tiles changes nothing.\n");
        return;
    }
    fprintf(stream,
            "\n--tiles exact, the default: the picture is that of the network on the whole picture in one piece.\n"
            "  All tiles are run %" PRIu64 " times, up to the next squeeze each time; fewer would not do, since a squeeze\n"
            "  needs the gate of the one before it. Only the squeezed numbers are kept from run to run; maps are\n"
            "  computed again, so that memory does not grow with the picture.\n"
            "--tiles independent: each tile is squeezed by itself. One run, but the result depends on the tiles.\n"
            "A picture that fits into one tile is run once, and both are the same.\n",
            tiling->phase_count);
}

static void print_throughput_help(FILE *stream, const struct senrt_model *model) {
    fprintf(stream,
            "\n--throughput: each thread runs whole %s, by itself, in scratch memory of its own (%" PRIu64 " bytes a\n"
            "thread). One picture takes longer, many take less time; the answers are the same, in the same order.\n"
            "With --bench, times are those of single runs, and images_per_s is what all threads do together.\n",
            model->batch == 1 ? "pictures" : "batches", model->arena_bytes);
}

static bool is_listed(const struct option *option, const struct senrt_model *model) {
    if (option->id == OPTION_TILES) return model->tiling;
    if (option->id == OPTION_COLOR) return model->tiling && model->inputs[0].dim0 == 3 && model->outputs[0].dim0 == 3;
    return true;
}

void options_print_help(FILE *stream, const struct senrt_model *model, const char *program) {
    if (model->tiling)
        print_picture_usage(stream, model, program);
    else
        print_usage(stream, program);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_table[i];
        char text[64];
        if (!is_listed(option, model)) continue;
        int length = option->letter ? snprintf(text, sizeof text, "-%c, ", option->letter)
                                    : snprintf(text, sizeof text, "    ");
        snprintf(text + length, sizeof text - (size_t)length, "--%s%s%s", option->name,
                 option->value_count ? " " : "", option->values);
        fprintf(stream, "  %-30s  %s\n", text, option->help);
    }
    if (model->tiling)
        print_tiles_help(stream, model->tiling);
    else
        print_throughput_help(stream, model);
    fprintf(stream, "\nExit status: 0 done; 1 an input or output failed, the others were answered;\n"
                    "2 the command line is wrong; 3 this machine cannot run the network.\n");
}

/* How many letters are to be put in, left out, replaced or swapped with their neighbour; longer words count as far apart. */
static unsigned word_distance(const char *a, const char *b) {
    enum { LENGTH_MAX = 31 };
    unsigned row[LENGTH_MAX + 1], above[LENGTH_MAX + 1] = {0}, further[LENGTH_MAX + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > LENGTH_MAX || b_length > LENGTH_MAX) return LENGTH_MAX;
    for (unsigned j = 0; j <= LENGTH_MAX; j++) row[j] = j;
    for (unsigned i = 1; i <= a_length; i++) {
        memcpy(further, above, sizeof above);
        memcpy(above, row, sizeof row);
        row[0] = i;
        for (unsigned j = 1; j <= b_length; j++) {
            unsigned best = above[j - 1] + (a[i - 1] != b[j - 1]);
            bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (is_swap && further[j - 2] + 1 < best) best = further[j - 2] + 1;
            row[j] = best;
        }
    }
    return row[b_length];
}

/* What `name` may have been meant to be, or NULL. A beginning ("thr") counts as close. */
static const char *option_suggestion(const char *name) {
    const char *best = NULL;
    unsigned best_distance = 2 + (unsigned)strlen(name) / 4; /* one letter in four, and one */
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        unsigned distance = word_distance(name, option_table[i].name);
        if (*name && !strncmp(name, option_table[i].name, strlen(name))) distance = 1;
        if (distance < best_distance && distance < strlen(option_table[i].name)) {
            best = option_table[i].name;
            best_distance = distance;
        }
    }
    return best;
}

static bool number_parse(const char *option, const char *text, unsigned max, unsigned *out_number,
                         struct failure *failure) {
    uint64_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number <= max; at++) number = number * 10 + (uint64_t)(*at - '0');
    if (*at || at == text || !number || number > max)
        return failure_set(failure, "--%s: '%s' is not a number between 1 and %u", option, text, max);
    *out_number = (unsigned)number;
    return true;
}

static bool format_parse(const char *text, enum answer_format *out_format, struct failure *failure) {
    static const char *const names[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_NPY] = "npy"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(text, names[i])) {
            *out_format = (enum answer_format)i;
            return true;
        }
    return failure_set(failure, "--format: '%s' is not one of text, json, npy", text);
}

static bool tiles_parse(const char *text, struct options *options, struct failure *failure) {
    options->has_tiles = true;
    options->tiles = strcmp(text, "independent") ? TILES_EXACT : TILES_INDEPENDENT;
    return options->tiles == TILES_INDEPENDENT || !strcmp(text, "exact") ||
           failure_set(failure, "--tiles: '%s' is not one of exact, independent", text);
}

/* --eval, --bench, --info exclude each other; --help and --version win over them. */
static bool mode_set(struct options *options, enum options_mode mode, struct failure *failure) {
    static const char *const names[] = {
        [MODE_EVAL] = "--eval", [MODE_BENCH] = "--bench", [MODE_INFO] = "--info"};
    if (mode >= MODE_HELP || options->mode == MODE_CLASSIFY) {
        options->mode = mode;
        return true;
    }
    if (options->mode >= MODE_HELP || options->mode == mode) return true;
    return failure_set(failure, "%s and %s exclude each other", names[options->mode], names[mode]);
}

static bool option_apply(struct options *options, const struct option *option, const char *const *values,
                         struct failure *failure) {
    switch (option->id) {
    case OPTION_THREADS:
        return number_parse(option->name, values[0], SENRT_MAX_THREADS, &options->thread_count, failure);
    case OPTION_THROUGHPUT:
        options->is_throughput = true;
        return true;
    case OPTION_TOP:
        return number_parse(option->name, values[0], 1000000, &options->top, failure);
    case OPTION_FORMAT:
        return format_parse(values[0], &options->format, failure);
    case OPTION_OUTPUT:
        options->output_path = values[0];
        return *values[0] || failure_set(failure, "-o: the file name is empty");
    case OPTION_TILES:
        return tiles_parse(values[0], options, failure);
    case OPTION_COLOR:
        options->keeps_colors = true;
        return true;
    case OPTION_LABELS:
        options->labels_path = values[0];
        return true;
    case OPTION_EVAL:
        options->eval_images_path = values[0];
        options->eval_labels_path = values[1];
        return mode_set(options, MODE_EVAL, failure);
    case OPTION_BENCH:
        return number_parse(option->name, values[0], 1000000, &options->bench_runs, failure) &&
               mode_set(options, MODE_BENCH, failure);
    case OPTION_INFO:
        return mode_set(options, MODE_INFO, failure);
    case OPTION_HELP:
        return mode_set(options, MODE_HELP, failure);
    case OPTION_VERSION:
        return mode_set(options, MODE_VERSION, failure);
    }
    return true;
}

/* `attached` is what followed `=` or the letter, or NULL. */
static bool reader_option(struct reader *reader, const struct option *option, const char *attached,
                          struct options *options) {
    const char *values[2] = {attached, NULL};
    if (attached && !option->value_count)
        return failure_set(reader->failure, "--%s takes no value", option->name);
    for (unsigned i = attached ? 1 : 0; i < option->value_count; i++) {
        if (reader->index == reader->argc)
            return failure_set(reader->failure, "--%s wants %s: --%s %s", option->name,
                               option->value_count == 1 ? "a value" : "two values", option->name,
                               option->values);
        values[i] = reader->argv[reader->index++];
    }
    return option_apply(options, option, values, reader->failure);
}

static bool reader_long(struct reader *reader, const char *argument, struct options *options) {
    const char *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_table[i];
        if (strlen(option->name) == length && !strncmp(option->name, argument, length))
            return reader_option(reader, option, equals ? equals + 1 : NULL, options);
    }
    char name[64];
    snprintf(name, sizeof name, "%.*s", length < sizeof name ? (int)length : (int)sizeof name - 1, argument);
    const char *suggestion = option_suggestion(name);
    if (suggestion)
        return failure_set(reader->failure, "unknown option --%s; did you mean --%s?", name, suggestion);
    return failure_set(reader->failure, "unknown option --%s", name);
}

static bool reader_letter(struct reader *reader, const char *argument, struct options *options) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &option_table[i];
        if (option->letter && option->letter == argument[0])
            return reader_option(reader, option, argument[1] ? argument + 1 : NULL, options);
    }
    return failure_set(reader->failure, "unknown option -%s", argument);
}

static bool options_check(const struct options *options, struct failure *failure) {
    if (options->mode == MODE_HELP || options->mode == MODE_VERSION) return true;
    if (options->mode == MODE_CLASSIFY && !options->input_count)
        return failure_set(failure, "no input is given");
    if (options->mode != MODE_CLASSIFY && options->input_count)
        return failure_set(failure, "'%s': --eval, --bench and --info take no inputs", options->inputs[0]);
    if (options->mode != MODE_CLASSIFY && options->format == FORMAT_NPY)
        return failure_set(failure,
                           "--format=npy writes a network's outputs; --eval, --bench and --info have none");
    return true;
}

bool options_parse(int argc, char **argv, struct options *out_options, struct failure *failure) {
    *out_options = (struct options){.mode = MODE_CLASSIFY, .top = TOP_DEFAULT, .format = FORMAT_TEXT};
    out_options->inputs = calloc((size_t)argc + 1, sizeof *out_options->inputs);
    if (!out_options->inputs) return failure_set_no_memory(failure);
    struct reader reader = {argc, argv, 1, failure};
    bool is_only_inputs = false;
    while (reader.index < argc) {
        const char *argument = argv[reader.index++];
        if (is_only_inputs || argument[0] != '-' || !argument[1])
            out_options->inputs[out_options->input_count++] = argument;
        else if (!strcmp(argument, "--"))
            is_only_inputs = true;
        else if (!(argument[1] == '-' ? reader_long(&reader, argument + 2, out_options)
                                      : reader_letter(&reader, argument + 1, out_options)))
            return false;
    }
    return options_check(out_options, failure);
}

void options_release(struct options *options) {
    free(options->inputs);
    *options = (struct options){0};
}
