/* test_options.c - words of the command line become the fields of struct options. */
#include "../../compiler/driver/options.h"
#include "../../compiler/pass/pass.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 16 };

static struct arena *arena;
static struct diag *diag;
static struct options options;

static void set_up(void) {
    unsetenv("SENC_RUNTIME_DIR");
    unsetenv("SENC_CC");
    arena = arena_create();
    diag = diag_create(NULL, false);
}

static void tear_down(void) {
    diag_destroy(diag);
    arena_destroy(arena);
}

/* Splits at blanks. */
static int split(const char *line, char **argv) {
    int argc = 0;
    for (char *word = strtok(arena_copy_string(arena, line), " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    return argc;
}

static enum action parse(const char *line) {
    char *argv[WORDS_MAX] = {0};
    int argc = split(line, argv);
    return options_parse(arena, argc, argv, diag, &options);
}

START_TEST(defaults) {
    ck_assert_int_eq(parse("senc net.sen"), ACTION_COMPILE);
    ck_assert_str_eq(options.network, "net.sen");
    ck_assert_ptr_null(options.output);
    ck_assert_int_eq(options.emit, EMIT_EXE);
    ck_assert_ptr_null(options.weights);
    ck_assert(!options.random_weights);
    ck_assert_int_eq(options.batch, 0);
    ck_assert_int_eq(options.level, 3);
    ck_assert_ptr_nonnull(options.target);
    ck_assert_int_eq(options.vector_bytes, 0);
    ck_assert_ptr_null(options.runtime_dir);
    ck_assert_str_eq(options.cc, "cc");
    ck_assert(!options.allow_unused_weights && !options.time_passes && !options.verbose);
}
END_TEST

START_TEST(everything_at_once) {
    ck_assert_int_eq(parse("senc -o out --weights w.safetensors --emit=obj -D a=1 -Db=x=y --batch 8 -O1 --march=haswell "
                           "--vector-bytes=64 -v net.sen"),
                     ACTION_COMPILE);
    ck_assert_str_eq(options.output, "out");
    ck_assert_str_eq(options.weights, "w.safetensors");
    ck_assert_int_eq(options.emit, EMIT_OBJ);
    ck_assert_uint_eq(options.defines.count, 2);
    ck_assert_str_eq(options.defines.items[0], "a=1");
    ck_assert_str_eq(options.defines.items[1], "b=x=y");
    ck_assert_int_eq(options.batch, 8);
    ck_assert_int_eq(options.level, 1);
    ck_assert_str_eq(options.target->name, "haswell");
    ck_assert_int_eq(options.vector_bytes, 64);
    ck_assert(options.verbose);
}
END_TEST

static const struct {
    const char *value;
    bool is_random;
    uint64_t seed;
} weights_values[] = {
    {"random", true, 0},
    {"random:7", true, 7},
    {"random:18446744073709551615", true, UINT64_MAX},
    {"./random", false, 0},
    {"randomised.safetensors", false, 0},
};

START_TEST(weights) {
    ck_assert_int_eq(parse(arena_format(arena, "senc --weights=%s net.sen", weights_values[_i].value)), ACTION_COMPILE);
    ck_assert_int_eq(options.random_weights, weights_values[_i].is_random);
    ck_assert_int_eq(!options.weights, weights_values[_i].is_random);
    ck_assert_uint_eq(options.random_seed, weights_values[_i].seed);
}
END_TEST

START_TEST(last_one_counts) {
    ck_assert_int_eq(parse("senc --weights random:3 --weights w -O0 -O2 --emit=ast --emit=dot net.sen"), ACTION_COMPILE);
    ck_assert_str_eq(options.weights, "w");
    ck_assert(!options.random_weights);
    ck_assert_int_eq(options.level, 2);
    ck_assert_int_eq(options.emit, EMIT_DOT);
}
END_TEST

START_TEST(environment_is_second_to_options) {
    setenv("SENC_RUNTIME_DIR", "/environment", 1);
    setenv("SENC_CC", "environment-cc", 1);
    ck_assert_int_eq(parse("senc net.sen"), ACTION_COMPILE);
    ck_assert_str_eq(options.runtime_dir, "/environment");
    ck_assert_str_eq(options.cc, "environment-cc");
    ck_assert_int_eq(parse("senc --cc clang --runtime-dir=/option net.sen"), ACTION_COMPILE);
    ck_assert_str_eq(options.runtime_dir, "/option");
    ck_assert_str_eq(options.cc, "clang");
}
END_TEST

START_TEST(stop_after_means_graph) {
    const char *pass = pass_list[0].name;
    ck_assert_int_eq(parse(arena_format(arena, "senc --stop-after=%s net.sen", pass)), ACTION_COMPILE);
    ck_assert_int_eq(options.emit, EMIT_GRAPH);
    ck_assert_int_eq(parse(arena_format(arena, "senc --stop-after=%s --emit=dot net.sen", pass)), ACTION_COMPILE);
    ck_assert_int_eq(options.emit, EMIT_DOT);
}
END_TEST

START_TEST(answers_need_no_network) {
    ck_assert_int_eq(parse("senc --help"), ACTION_HELP);
    ck_assert_int_eq(parse("senc --version"), ACTION_VERSION);
    ck_assert_int_eq(parse("senc --list-passes"), ACTION_LIST_PASSES);
}
END_TEST

START_TEST(dashes_end_options) {
    ck_assert_int_eq(parse("senc --emit=ast -- -net.sen"), ACTION_COMPILE);
    ck_assert_str_eq(options.network, "-net.sen");
}
END_TEST

static const char *const wrong_lines[] = {
    "senc",           "senc a b",        "senc -O",         "senc -O4 a",    "senc -O-1 a",        "senc -O1x a",
    "senc -o",        "senc --emit a",   "senc --emit= a",  "senc -vv a",    "senc --batch=0 a",   "senc --batch=+1 a",
    "senc -D x a",    "senc -D =1 a",    "senc -D x= a",    "senc --march a", "senc --time-passes=1 a", "senc --no-such a",
    "senc --o=x a",   "senc -- -v a",    "senc --weights random:1x a",       "senc --batch=9223372036854775808 a",
};

START_TEST(wrong_usage) {
    ck_assert_int_eq(parse(wrong_lines[_i]), ACTION_WRONG_USAGE);
    ck_assert_uint_gt(diag_error_count(diag), 0);
}
END_TEST

static const struct {
    const char *line;
    bool use_color;
} color_lines[] = {
    {"senc --color=always net.sen", true},
    {"senc --color always", true},
    {"senc --color=always --color=never", false},
    {"senc --color=auto", false},
    {"senc -o --color=always", false},
    {"senc -- --color=always", false},
    {"senc", false},
};

START_TEST(color) {
    char *argv[WORDS_MAX] = {0};
    int argc = split(color_lines[_i].line, argv);
    setenv("NO_COLOR", "1", 1);
    ck_assert_int_eq(options_use_color(argc, argv), color_lines[_i].use_color);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, everything_at_once);
    tcase_add_loop_test(tests, weights, 0, COUNT(weights_values));
    tcase_add_test(tests, last_one_counts);
    tcase_add_test(tests, environment_is_second_to_options);
    tcase_add_test(tests, stop_after_means_graph);
    tcase_add_test(tests, answers_need_no_network);
    tcase_add_test(tests, dashes_end_options);
    tcase_add_loop_test(tests, wrong_usage, 0, COUNT(wrong_lines));
    tcase_add_loop_test(tests, color, 0, COUNT(color_lines));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
