/* options.c - the words of the command line become a struct options; options.def is the list of what is known. */
#include "options.h"

#include "../pass/pass.h"
#include "tile_option.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH_MAX = 65536, SHORT_LIST = 4 };

struct parse {
    struct arena *arena;
    struct diag *diag;
    struct options *options;
    enum action action;
    bool emit_given;
    bool is_wrong;
};

static const char *const emit_names[] = {
    [EMIT_AST] = "ast",   [EMIT_PARAMS] = "params", [EMIT_SEN] = "sen",     [EMIT_ONNX] = "onnx",
    [EMIT_GRAPH] = "graph",   [EMIT_DOT] = "dot",
    [EMIT_PLAN] = "plan", [EMIT_HEADER] = "header", [EMIT_LLVM] = "llvm",     [EMIT_ASM] = "asm",
    [EMIT_OBJ] = "obj",   [EMIT_SHARED] = "shared", [EMIT_EXE] = "exe",
};
enum { EMIT_COUNT = sizeof emit_names / sizeof emit_names[0] };

const char *emit_kind_name(enum emit_kind kind) {
    return emit_names[kind];
}

/* --- values ---------------------------------------------------------------------------------------------- */

/* Reports that `value` is none of `names`, with the nearest one or, if none is near or they are few, all. */
static void reject_name(struct parse *parse, const char *option, const char *value, const char *const *names,
                        size_t count) {
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE, "option '%s' does not know '%s'", option, value);
    const char *nearest = count > SHORT_LIST ? nearest_name(value, names, count) : NULL;
    if (nearest) {
        diag_note(parse->diag, SPAN_NONE, "did you mean '%s'?", nearest);
    } else {
        struct text all = text_create(parse->arena);
        for (size_t i = 0; i < count; i++) text_format(&all, "%s%s", i ? ", " : "", names[i]);
        diag_note(parse->diag, SPAN_NONE, "known are: %s", all.bytes);
    }
    parse->is_wrong = true;
}

/* The place of `value` in `names`, or -1 after a report. */
static int read_name(struct parse *parse, const char *option, const char *value, const char *const *names,
                     size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(names[i], value)) return (int)i;
    }
    reject_name(parse, option, value, names, count);
    return -1;
}

/* Decimal digits only, at most `max`. */
static bool read_digits(const char *value, uint64_t max, uint64_t *out_number) {
    uint64_t number = 0;
    if (!*value) return false;
    for (const char *c = value; *c; c++) {
        if (*c < '0' || *c > '9') return false;
        if (__builtin_mul_overflow(number, 10, &number)) return false;
        if (__builtin_add_overflow(number, (uint64_t)(*c - '0'), &number)) return false;
    }
    *out_number = number;
    return number <= max;
}

/* A whole number from `min` to `max`, or `min` after a report. */
static int64_t read_number(struct parse *parse, const char *option, const char *value, int64_t min, int64_t max) {
    uint64_t number;
    if (read_digits(value, (uint64_t)max, &number) && (int64_t)number >= min) return (int64_t)number;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE, "option '%s' takes a whole number from %lld to %lld, not '%s'",
               option, (long long)min, (long long)max, value);
    parse->is_wrong = true;
    return min;
}

static const char *read_pass(struct parse *parse, const char *option, const char *value, const char *extra) {
    if (extra && !strcmp(value, extra)) return extra;
    const char **names = ARENA_NEW_ARRAY(parse->arena, const char *, (size_t)pass_count + 1);
    size_t count = 0;
    for (int i = 0; i < pass_count; i++) names[count++] = pass_list[i].name;
    if (extra) names[count++] = extra;
    int index = read_name(parse, option, value, names, count);
    return index < 0 ? NULL : names[index];
}

/* --- one function a row of options.def ------------------------------------------------------------------- */

static void set_output(struct parse *parse, const char *value) {
    parse->options->output = value;
    if (*value) return;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE, "option '-o' takes the name of a file, or '-', not ''");
    parse->is_wrong = true;
}

static bool is_identifier(const char *text) {
    if (!isalpha((unsigned char)*text) && *text != '_') return false;
    while (isalnum((unsigned char)*text) || *text == '_') text++;
    return !*text;
}

static void set_name(struct parse *parse, const char *value) {
    parse->options->name = value;
    if (is_identifier(value)) return;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE,
               "option '--name' takes letters, digits and '_', the first no digit, not '%s'", value);
    parse->is_wrong = true;
}

static void set_emit(struct parse *parse, const char *value) {
    int kind = read_name(parse, "--emit", value, emit_names, EMIT_COUNT);
    if (kind >= 0) parse->options->emit = (enum emit_kind)kind;
    parse->emit_given = true;
}

static void set_explain_se(struct parse *parse, const char *value) {
    static const char *const formats[] = {"text", "json"};
    int format = value ? read_name(parse, "--explain-se", value, formats, 2) : 0;
    parse->options->explain_se = true;
    parse->options->explain_json = format == 1;
}

/* FILE, "random" or "random:SEED"; a file of such a name is reached as ./random. */
static void set_weights(struct parse *parse, const char *value) {
    struct options *options = parse->options;
    options->weights = NULL;
    options->random_seed = 0;
    options->random_weights = !strcmp(value, "random") || !strncmp(value, "random:", 7);
    if (!options->random_weights) {
        options->weights = value;
    } else if (value[6] && !read_digits(value + 7, UINT64_MAX, &options->random_seed)) {
        diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE,
                   "the seed of '--weights random:SEED' is a whole number from 0 to 18446744073709551615, not '%s'",
                   value + 7);
        parse->is_wrong = true;
    }
}

static void set_allow_unused_weights(struct parse *parse, const char *value) {
    (void)value;
    parse->options->allow_unused_weights = true;
}

/* Whether the value is a name and something, with a '=' between. */
static bool check_pair(struct parse *parse, const char *option, const char *wanted, const char *value) {
    const char *equals = strchr(value, '=');
    if (equals && equals != value && equals[1]) return true;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE, "option '%s' takes %s, not '%s'", option, wanted, value);
    parse->is_wrong = true;
    return false;
}

static void set_define(struct parse *parse, const char *value) {
    if (check_pair(parse, "-D", "NAME=VALUE", value)) vec_push(parse->arena, &parse->options->defines, value);
}

static void set_batch(struct parse *parse, const char *value) {
    parse->options->batch = read_number(parse, "--batch", value, 1, BATCH_MAX);
}

static void set_shape(struct parse *parse, const char *value) {
    if (check_pair(parse, "--shape", "INPUT=DIMS", value)) vec_push(parse->arena, &parse->options->shapes, value);
}

static void set_constant(struct parse *parse, const char *value) {
    if (check_pair(parse, "--constant", "INPUT=FILE", value)) vec_push(parse->arena, &parse->options->constants, value);
}

static void set_picture(struct parse *parse, const char *value) {
    if (check_pair(parse, "--picture", "INPUT=HOW", value)) vec_push(parse->arena, &parse->options->pictures, value);
}

static void set_level(struct parse *parse, const char *value) {
    parse->options->level = (int)read_number(parse, "-O", value, 0, 3);
}

static void set_march(struct parse *parse, const char *value) {
    parse->options->march = value;
}

static void set_vector_bytes(struct parse *parse, const char *value) {
    static const char *const names[] = {"16", "32", "64"};
    int index = read_name(parse, "--vector-bytes", value, names, 3);
    if (index >= 0) parse->options->vector_bytes = 16 << index;
}

static void set_tile(struct parse *parse, const char *value) {
    struct tile_choice choice;
    if (tile_option_parse(parse->arena, value, &choice)) {
        vec_push(parse->arena, &parse->options->tiles, choice);
        return;
    }
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE,
               "option '--tile' takes LAYER=COLUMNSxBLOCKS, then perhaps ,rows=N and ,passes=N, not '%s'", value);
    parse->is_wrong = true;
}

static void set_runtime_dir(struct parse *parse, const char *value) {
    parse->options->runtime_dir = value;
}

static void set_cc(struct parse *parse, const char *value) {
    parse->options->cc = value;
}

static void set_list_passes(struct parse *parse, const char *value) {
    (void)value;
    parse->action = ACTION_LIST_PASSES;
}

static void set_disable_pass(struct parse *parse, const char *value) {
    const char *name = read_pass(parse, "--disable-pass", value, NULL);
    if (!name) return;
    for (int i = 0; i < pass_count; i++) {
        if (strcmp(pass_list[i].name, name) || pass_list[i].level > 0) continue;
        diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_VALUE,
                   "pass '%s' cannot be disabled: code generation needs what it does", name);
        parse->is_wrong = true;
        return;
    }
    vec_push(parse->arena, &parse->options->disabled_passes, name);
}

static void set_dump_after(struct parse *parse, const char *value) {
    parse->options->dump_after = read_pass(parse, "--dump-after", value, "all");
}

static void set_stop_after(struct parse *parse, const char *value) {
    parse->options->stop_after = read_pass(parse, "--stop-after", value, NULL);
}

static void set_time_passes(struct parse *parse, const char *value) {
    (void)value;
    parse->options->time_passes = true;
}

static void set_verbose(struct parse *parse, const char *value) {
    (void)value;
    parse->options->verbose = true;
}

static const char *const color_names[] = {"auto", "always", "never"};

/* Only checked here: options_use_color has already acted on it. */
static void set_color(struct parse *parse, const char *value) {
    read_name(parse, "--color", value, color_names, 3);
}

static void set_help(struct parse *parse, const char *value) {
    (void)value;
    parse->action = ACTION_HELP;
}

static void set_version(struct parse *parse, const char *value) {
    (void)value;
    parse->action = ACTION_VERSION;
}

/* --- the table ------------------------------------------------------------------------------------------- */

struct row {
    const char *name;     /* of an option, or the heading of a group */
    const char *argument; /* NULL: takes none */
    const char *help;
    void (*set)(struct parse *parse, const char *value); /* NULL: the row is a heading */
};

static const struct row rows[] = {
#define OPTION_GROUP(heading) {heading, NULL, NULL, NULL},
#define OPTION(id, name, argument, help) {name, argument, help, set_##id},
#include "options.def"
#undef OPTION
#undef OPTION_GROUP
};
enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static bool is_long(const char *name) {
    return name[0] == '-' && name[1] == '-';
}

/* The row that `word` spells; *out_value is the argument attached to it, or NULL. */
static const struct row *find_row(const char *word, const char **out_value) {
    size_t length = is_long(word) ? strcspn(word, "=") : 2;
    *out_value = word[length] == '\0' ? NULL : word + length + is_long(word);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!rows[i].set || strncmp(rows[i].name, word, length) || rows[i].name[length]) continue;
        /* -vX is no -v with an argument, but an unknown option */
        if (!is_long(word) && *out_value && !rows[i].argument) continue;
        return &rows[i];
    }
    return NULL;
}

static void reject_option(struct parse *parse, const char *word) {
    const char *names[ROW_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].set && is_long(rows[i].name)) names[count++] = rows[i].name;
    }
    const char *name = is_long(word) ? arena_copy_bytes(parse->arena, word, strcspn(word, "=")) : word;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_UNKNOWN, "unknown option '%s'", name);
    const char *nearest = nearest_name(name, names, count);
    if (nearest) {
        diag_note(parse->diag, SPAN_NONE, "did you mean '%s'?", nearest);
    } else {
        diag_note(parse->diag, SPAN_NONE, "'senc --help' lists the options");
    }
    parse->is_wrong = true;
}

/* Acts on the option at argv[index]; returns the index of the last word that it took. */
static int parse_option(struct parse *parse, int argc, char **argv, int index) {
    const char *value;
    const struct row *row = find_row(argv[index], &value);
    if (!row) {
        reject_option(parse, argv[index]);
        return index;
    }
    bool is_optional = row->argument && row->argument[0] == '[';
    if (row->argument && !value && !is_optional) {
        if (index + 1 == argc) {
            diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_ARGUMENT, "option '%s' needs an argument: %s", row->name,
                       row->argument);
            parse->is_wrong = true;
            return index;
        }
        value = argv[++index];
    } else if (!row->argument && value) {
        diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_ARGUMENT, "option '%s' takes no argument, but was given '%s'",
                   row->name, value);
        parse->is_wrong = true;
        return index;
    }
    row->set(parse, value);
    return index;
}

/* --- what holds between options -------------------------------------------------------------------------- */

static void set_target(struct parse *parse) {
    struct options *options = parse->options;
    options->target = target_find(options->march);
    if (options->target) return;
    int count;
    const char *const *names = target_names(&count);
    reject_name(parse, "--march", options->march, names, (size_t)count);
}

static void reject_conflict(struct parse *parse, const char *option, const char *why) {
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_CONFLICT, "option '%s' %s", option, why);
    parse->is_wrong = true;
}

/* The plan is asked, with weights of any kind. */
static void check_explain_se(struct parse *parse) {
    if (!parse->options->explain_se) return;
    if (parse->emit_given) reject_conflict(parse, "--explain-se", "writes in the place of what '--emit' names: give one of them");
    if (parse->options->stop_after) reject_conflict(parse, "--explain-se", "needs the plan, and '--stop-after' ends before it");
    parse->options->emit = EMIT_PLAN;
}

static void check_stop_after(struct parse *parse) {
    struct options *options = parse->options;
    if (!options->stop_after || options->explain_se) return;
    if (!parse->emit_given) options->emit = EMIT_GRAPH;
    if (options->emit <= EMIT_DOT) return;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_CONFLICT,
               "'--stop-after' ends before '--emit=%s' could be made; use '--emit=graph' or '--emit=dot'",
               emit_kind_name(options->emit));
    parse->is_wrong = true;
}

bool options_is_onnx(const struct options *options) {
    size_t length = options->network ? strlen(options->network) : 0;
    return length > 5 && !strcmp(options->network + length - 5, ".onnx");
}

/* Weights and params belong to texts, and some options to ONNX models. */
static void check_kind(struct parse *parse) {
    const struct options *options = parse->options;
    if (!options->network) return;
    if (options_is_onnx(options)) {
        const char *why = "does not go with an ONNX model";
        if (options->weights || options->random_weights) reject_conflict(parse, "--weights", "does not go with an ONNX model, which has its weights");
        if (options->defines.count) reject_conflict(parse, "-D", why);
        if (options->emit == EMIT_AST) reject_conflict(parse, "--emit=ast", why);
        return;
    }
    const char *why = "belongs to ONNX models: a .sen file says it itself";
    if (options->shapes.count) reject_conflict(parse, "--shape", why);
    if (options->constants.count) reject_conflict(parse, "--constant", why);
    if (options->pictures.count) reject_conflict(parse, "--picture", why);
}

static void check_output(struct parse *parse) {
    struct options *options = parse->options;
    bool is_binary = options->emit >= EMIT_OBJ || options->emit == EMIT_ONNX;
    if (!options->output || strcmp(options->output, "-") || !is_binary) return;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_CONFLICT, "'--emit=%s' cannot be written to standard output",
               emit_kind_name(options->emit));
    parse->is_wrong = true;
}

static void check_network(struct parse *parse) {
    if (parse->options->network) return;
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_NETWORK, "no network was given: senc [options] NETWORK.sen or MODEL.onnx");
    diag_note(parse->diag, SPAN_NONE, "'senc --help' lists the options");
    parse->is_wrong = true;
}

static void add_network(struct parse *parse, const char *path) {
    if (!parse->options->network) {
        parse->options->network = path;
        return;
    }
    diag_error(parse->diag, SPAN_NONE, DIAG_OPTION_NETWORK, "one network at a time: '%s' and '%s' were given",
               parse->options->network, path);
    parse->is_wrong = true;
}

static struct options default_options(void) {
    const char *runtime_dir = getenv("SENC_RUNTIME_DIR");
    const char *cc = getenv("SENC_CC");
    return (struct options){
        .emit = EMIT_EXE,
        .level = 3,
        .march = "native",
        .runtime_dir = runtime_dir && *runtime_dir ? runtime_dir : NULL,
        .cc = cc && *cc ? cc : "cc",
    };
}

enum action options_parse(struct arena *arena, int argc, char **argv, struct diag *diag, struct options *out_options) {
    *out_options = default_options();
    struct parse parse = {.arena = arena, .diag = diag, .options = out_options, .action = ACTION_COMPILE};
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        if (!only_files && !strcmp(argv[i], "--")) {
            only_files = true;
        } else if (!only_files && argv[i][0] == '-' && argv[i][1]) {
            i = parse_option(&parse, argc, argv, i);
        } else {
            add_network(&parse, argv[i]);
        }
    }
    if (parse.action == ACTION_COMPILE) {
        set_target(&parse);
        check_explain_se(&parse);
        check_stop_after(&parse);
        check_output(&parse);
        check_kind(&parse);
        if (!parse.is_wrong) check_network(&parse);
    }
    diag_flush(diag);
    return parse.is_wrong ? ACTION_WRONG_USAGE : parse.action;
}

bool options_use_color(int argc, char **argv) {
    const char *when = "auto";
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
        const char *value;
        const struct row *row = argv[i][0] == '-' && argv[i][1] ? find_row(argv[i], &value) : NULL;
        if (!row || !row->argument) continue;
        if (!value && i + 1 < argc && row->argument[0] != '[') value = argv[++i];
        if (row->set == set_color && value) when = value;
    }
    if (strcmp(when, "auto")) return !strcmp(when, "always");
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return !(no_color && *no_color) && terminal && strcmp(terminal, "dumb") && isatty(STDERR_FILENO);
}

void options_print_help(struct text *text) {
    text_add(text, "Usage: senc [options] NETWORK.sen\n"
                   "       senc [options] MODEL.onnx\n"
                   "Compiles a convolutional network into an executable that classifies pictures.\n");
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        if (!row->set) {
            text_format(text, "\n%s:\n", row->name);
            continue;
        }
        struct text usage = text_create(text->arena);
        text_add(&usage, row->name);
        const char *between = row->argument && row->argument[0] == '[' ? "" : is_long(row->name) ? "=" : " ";
        if (row->argument) text_format(&usage, "%s%s", between, row->argument);
        text_format(text, "  %-24s %s\n", usage.bytes, row->help);
    }
    text_add(text, "\nExit status: 0 done, 1 the input is wrong, 2 the command line is wrong, 70 senc is wrong.\n");
}
