/* test_base.c - arenas, vectors, maps, texts, sources, near names, snippets and diagnostics. */
#include "compiler/base/diag.h"
#include "compiler/base/map.h"
#include "compiler/base/snippet.h"
#include "compiler/base/text.h"
#include "compiler/base/utf8.h"
#include "compiler/base/vec.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;
static struct diag *diag;

static void set_up(void) {
    arena = arena_create();
    diag = diag_create(NULL, false);
}

static void tear_down(void) {
    diag_destroy(diag);
    arena_destroy(arena);
}

static const struct source *text_source(const char *text) {
    return source_from_text(arena, "t.sen", text, strlen(text));
}

/* The span of the first `part` in the source. */
static struct span find(const struct source *source, const char *part) {
    uint32_t begin = (uint32_t)(strstr(source->text, part) - source->text);
    return (struct span){source, begin, begin + (uint32_t)strlen(part)};
}

START_TEST(arena_memory_is_zeroed_and_aligned) {
    for (size_t size = 0; size < 200000; size = 3 * size + 1) {
        unsigned char *bytes = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)bytes % (size >= 1024 ? 64 : 16), 0);
        for (size_t i = 0; i < size; i++) ck_assert_int_eq(bytes[i], 0);
        memset(bytes, 0xFF, size);
    }
    ck_assert_str_eq(arena_copy_bytes(arena, "abc", 2), "ab");
    ck_assert_str_eq(arena_format(arena, "%d %s", 3, "x"), "3 x");
}
END_TEST

START_TEST(vectors_grow) {
    VEC(int) numbers = {0};
    for (int i = 0; i < 1000; i++) vec_push(arena, &numbers, i);
    ck_assert_uint_eq(numbers.count, 1000);
    for (int i = 0; i < 1000; i++) ck_assert_int_eq(numbers.items[i], i);
}
END_TEST

START_TEST(maps_keep_order_and_copies) {
    struct map map = map_create(arena);
    int values[500];
    ck_assert(!map_has(&map, "k0"));
    ck_assert_ptr_null(map_lookup(&map, "k0"));
    for (int i = 0; i < 500; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        map_set(&map, key, &values[i]);
    }
    ck_assert_uint_eq(map.count, 500);
    ck_assert_str_eq(map.entries[123].key, "k123");
    ck_assert_ptr_eq(map_lookup(&map, "k321"), &values[321]);
    const char *key = map_set(&map, "k5", &values[6]);
    ck_assert_ptr_eq(key, map.entries[5].key);
    ck_assert_ptr_eq(map_lookup(&map, "k5"), &values[6]);
    ck_assert_uint_eq(map.count, 500);
    map_set(&map, "none", NULL);
    ck_assert(map_has(&map, "none"));
}
END_TEST

START_TEST(texts_grow) {
    struct text text = text_create(arena);
    ck_assert_str_eq(text.bytes, "");
    for (int i = 0; i < 100; i++) text_format(&text, "%d,", i);
    text_add(&text, "end");
    text_add_char(&text, '!', 1000);
    ck_assert_uint_eq(text.length, strlen(text.bytes));
    ck_assert_uint_eq(text.length, 290 + 3 + 1000);
}
END_TEST

static void check_position(const struct source *source, uint32_t offset, uint32_t line, uint32_t column) {
    struct position position = source_position(source, offset);
    ck_assert_uint_eq(position.line, line);
    ck_assert_uint_eq(position.column, column);
}

START_TEST(positions_count_lines_and_characters) {
    const struct source *source = text_source("ab\n\ncaf\xC3\xA9 x\n");
    ck_assert_uint_eq(source->line_count, 4);
    check_position(source, 0, 1, 1);
    check_position(source, 2, 1, 3); /* the line's end belongs to it */
    check_position(source, 3, 2, 1);
    check_position(source, 4, 3, 1);
    check_position(source, 10, 3, 6); /* 'x': the accented letter has two bytes */
    check_position(source, 12, 4, 1);
    check_position(source, 4000, 4, 1);
    check_position(text_source(""), 0, 1, 1);
}
END_TEST

START_TEST(spans_join) {
    const struct source *source = text_source("one two three");
    struct span one = find(source, "one"), three = find(source, "three");
    struct span all = span_join(one, three);
    ck_assert_uint_eq(all.begin, 0);
    ck_assert_uint_eq(all.end, 13);
    ck_assert_uint_eq(span_join(three, one).begin, 0);
    ck_assert_uint_eq(span_join(SPAN_NONE, three).begin, three.begin);
    ck_assert_uint_eq(span_join(three, SPAN_NONE).end, three.end);
}
END_TEST

START_TEST(files_are_read_or_reported) {
    char path[] = "/tmp/test_base-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    enum { SIZE = 300000 };
    char *bytes = malloc(SIZE);
    for (int i = 0; i < SIZE; i++) bytes[i] = (char)(i % 251);
    ck_assert_int_eq(write(file, bytes, SIZE), SIZE);
    close(file);
    const struct source *source = source_read(arena, path, diag);
    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(source->size_bytes, SIZE);
    ck_assert_int_eq(memcmp(source->text, bytes, SIZE), 0);
    ck_assert_int_eq(source->text[SIZE], 0);
    ck_assert_int_eq(truncate(path, SOURCE_MAX_BYTES), 0);
    ck_assert_ptr_nonnull(source_read(arena, path, diag));
    ck_assert_int_eq(truncate(path, SOURCE_MAX_BYTES + 1), 0);
    ck_assert_ptr_null(source_read(arena, path, diag));
    unlink(path);
    ck_assert_ptr_null(source_read(arena, path, diag));
    ck_assert_uint_eq(diag_error_count(diag), 2);
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "[file-too-large]"));
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "[file-unreadable]"));
    free(bytes);
}
END_TEST

static uint32_t sequence(const char *bytes) {
    return utf8_sequence_length((const unsigned char *)bytes, (uint32_t)strlen(bytes));
}

START_TEST(utf8_follows_the_standard) {
    ck_assert_uint_eq(sequence("a"), 1);
    ck_assert_uint_eq(sequence("\xC3\xA9"), 2);
    ck_assert_uint_eq(sequence("\xE2\x86\x92"), 3);
    ck_assert_uint_eq(sequence("\xF0\x9F\x98\x80"), 4);
    ck_assert_uint_eq(sequence("\x80"), 0);
    ck_assert_uint_eq(sequence("\xC3"), 0);             /* cut short */
    ck_assert_uint_eq(sequence("\xC3("), 0);            /* no continuation */
    ck_assert_uint_eq(sequence("\xC0\xAF"), 0);         /* overlong */
    ck_assert_uint_eq(sequence("\xE0\x80\xAF"), 0);     /* overlong */
    ck_assert_uint_eq(sequence("\xED\xA0\x80"), 0);     /* a surrogate */
    ck_assert_uint_eq(sequence("\xF4\x90\x80\x80"), 0); /* beyond U+10FFFF */
    ck_assert_uint_eq(sequence("\xFF"), 0);
}
END_TEST

START_TEST(near_names_are_found) {
    const char *const names[] = {"conv", "conv_transpose", "bottleneck", "stride", "relu", "relu6", "bn", "max"};
    enum { COUNT = sizeof names / sizeof names[0] };
    ck_assert_str_eq(nearest_name("botleneck", names, COUNT), "bottleneck");
    ck_assert_str_eq(nearest_name("strid", names, COUNT), "stride");
    ck_assert_str_eq(nearest_name("Conv", names, COUNT), "conv");
    ck_assert_str_eq(nearest_name("cnov", names, COUNT), "conv"); /* a swap is one mistake */
    ck_assert_str_eq(nearest_name("reul", names, COUNT), "relu");
    ck_assert_str_eq(nearest_name("nb", names, COUNT), "bn");
    ck_assert_ptr_null(nearest_name("softmax", names, COUNT));
    ck_assert_ptr_null(nearest_name("x", names, COUNT));
    ck_assert_ptr_null(nearest_name("", names, COUNT));
    ck_assert_ptr_null(nearest_name("conv", names, 0));
    char *long_name = arena_alloc(arena, 100000);
    memset(long_name, 'c', 99999);
    ck_assert_ptr_null(nearest_name(long_name, names, COUNT));
}
END_TEST

static const char *snippet(struct span span, const struct snippet_label *labels, size_t count) {
    struct text text = text_create(arena);
    snippet_add(&text, span, labels, count, false);
    return text.bytes;
}

START_TEST(snippets_mark_and_label) {
    const struct source *source = text_source("x\n\treturn relu(u + shortcut)\r\n");
    struct snippet_label exact[] = {{find(source, "u +"), "left"}, {find(source, "shortcut"), "right"}};
    exact[0].span.end = exact[0].span.begin + 1;
    ck_assert_str_eq(snippet(find(source, "+"), exact, 2), "    2 |     return relu(u + shortcut)\n"
                                                           "      |                 ~ ^ ~~~~~~~~ right\n"
                                                           "      |                 left\n");
    ck_assert_str_eq(snippet(find(source, "shortcut"), exact, 1), "    2 |     return relu(u + shortcut)\n"
                                                                  "      |                 ~   ^^^^^^^^\n"
                                                                  "      |                 left\n");
}
END_TEST

START_TEST(snippets_stand_for_any_bytes) {
    const struct source *source = source_from_text(arena, "t", "a\0\xFF\x01 \xC3\xA9 b", 9);
    struct span b = {source, 8, 9}, end = {source, 9, 9};
    ck_assert_str_eq(snippet(b, NULL, 0), "    1 | a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD \xC3\xA9 b\n"
                                          "      |        ^\n");
    ck_assert_ptr_nonnull(strstr(snippet(end, NULL, 0), "\n      |         ^\n"));
    const struct source *empty = text_source("");
    ck_assert_str_eq(snippet((struct span){empty, 0, 0}, NULL, 0), "    1 |\n      | ^\n");
    /* A span of several lines is marked to the end of its first. */
    const struct source *lines = text_source("one\ntwo\n");
    ck_assert_str_eq(snippet((struct span){lines, 1, 7}, NULL, 0), "    1 | one\n      |  ^^\n");
}
END_TEST

START_TEST(snippets_of_long_lines_are_short) {
    enum { LENGTH = 1000000 };
    char *line = arena_alloc(arena, LENGTH + 1);
    memset(line, 'x', LENGTH);
    const struct source *source = text_source(line);
    for (uint32_t begin = 0; begin < LENGTH; begin = 7 * begin + 50) {
        struct span span = {source, begin, LENGTH};
        const struct snippet_label label = {{source, 0, LENGTH}, "all"};
        ck_assert_uint_lt(strlen(snippet(span, &label, 1)), 700);
    }
}
END_TEST

START_TEST(diagnostics_have_labels_and_notes) {
    const struct source *source = text_source("block b {\n    u + v\n}\n");
    diag_error(diag, find(source, "+"), DIAG_SHAPE_MISMATCH, "cannot add %d", 3);
    diag_label(diag, find(source, "u"), "left");
    diag_label(diag, find(source, "block"), "defined here");
    diag_note(diag, find(source, "b {"), "in block 'b' called");
    diag_note(diag, SPAN_NONE, "no place");
    diag_warning(diag, SPAN_NONE, DIAG_UNUSED_WEIGHT, "odd");
    ck_assert_str_eq(diag_text(diag), "t.sen:2:7: error: cannot add 3 [shape-mismatch]\n"
                                      "    2 |     u + v\n"
                                      "      |     ~ ^\n"
                                      "      |     left\n"
                                      "t.sen:1:1: note: defined here\n"
                                      "    1 | block b {\n"
                                      "      | ^^^^^\n"
                                      "note: in block 'b' called at t.sen:1:7\n"
                                      "note: no place\n"
                                      "senc: warning: odd [unused-weight]\n");
    ck_assert_uint_eq(diag_error_count(diag), 1);
}
END_TEST

START_TEST(the_same_error_is_told_once) {
    const struct source *source = text_source("a b c");
    for (int i = 0; i < 5; i++) {
        diag_error(diag, find(source, "a"), DIAG_TYPE, "round %d", i);
        diag_note(diag, SPAN_NONE, "note %d", i);
    }
    ck_assert_uint_eq(diag_error_count(diag), 1);
    diag_error(diag, find(source, "a"), DIAG_RANGE, "another id");
    diag_error(diag, find(source, "b"), DIAG_TYPE, "another place");
    diag_error(diag, SPAN_NONE, DIAG_TYPE, "no place");
    diag_error(diag, SPAN_NONE, DIAG_TYPE, "no place");
    diag_error(diag, SPAN_NONE, DIAG_TYPE, "no place, other text");
    ck_assert_uint_eq(diag_error_count(diag), 5);
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "round 0"));
    ck_assert_ptr_null(strstr(diag_text(diag), "round 1"));
    ck_assert_ptr_null(strstr(diag_text(diag), "note 1"));
}
END_TEST

START_TEST(many_errors_end) {
    char *line = arena_alloc(arena, 101);
    memset(line, 'x', 100);
    const struct source *source = text_source(line);
    for (uint32_t i = 0; i < 100; i++) {
        ck_assert_int_eq(diag_too_many(diag), i > 20);
        diag_error(diag, (struct span){source, i, i + 1}, DIAG_TYPE, "number %u", i);
        diag_note(diag, SPAN_NONE, "of %u", i);
    }
    ck_assert_uint_eq(diag_error_count(diag), 100);
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "number 19 "));
    ck_assert_ptr_null(strstr(diag_text(diag), "number 20 "));
    ck_assert_ptr_null(strstr(diag_text(diag), "of 20\n"));
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "more than 20 errors"));
}
END_TEST

START_TEST(messages_are_one_short_line) {
    char *name = arena_alloc(arena, 100001);
    memset(name, 'n', 100000);
    diag_error(diag, SPAN_NONE, DIAG_TYPE, "'%s'", name);
    diag_error(diag, SPAN_NONE, DIAG_TYPE, "a\nb\tc\033[31md");
    ck_assert_uint_lt(strlen(diag_text(diag)), 2000);
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "a?b?c?[31md"));
}
END_TEST

START_TEST(colors_only_where_wanted) {
    const struct source *source = text_source("a b");
    struct diag *colored = diag_create(NULL, true);
    struct diag *const both[] = {diag, colored};
    for (int i = 0; i < 2; i++) {
        diag_error(both[i], find(source, "a"), DIAG_TYPE, "x");
        diag_label(both[i], find(source, "b"), "label");
        diag_note(both[i], SPAN_NONE, "note");
    }
    ck_assert_ptr_null(strchr(diag_text(diag), '\033'));
    ck_assert_ptr_nonnull(strstr(diag_text(colored), "\033[1;31m"));
    diag_destroy(colored);
}
END_TEST

START_TEST(ids_are_unique_kebab_case) {
    struct map names = map_create(arena);
    for (int i = 0; i < DIAG_ID_COUNT; i++) {
        const char *name = diag_id_name((enum diag_id)i);
        ck_assert_msg(!map_has(&names, name), "%s twice", name);
        map_set(&names, name, NULL);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        ck_assert_uint_gt(strlen(diag_id_summary((enum diag_id)i)), 10);
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        arena_memory_is_zeroed_and_aligned,
        vectors_grow,
        maps_keep_order_and_copies,
        texts_grow,
        positions_count_lines_and_characters,
        spans_join,
        files_are_read_or_reported,
        utf8_follows_the_standard,
        near_names_are_found,
        snippets_mark_and_label,
        snippets_stand_for_any_bytes,
        snippets_of_long_lines_are_short,
        diagnostics_have_labels_and_notes,
        the_same_error_is_told_once,
        many_errors_end,
        messages_are_one_short_line,
        colors_only_where_wanted,
        ids_are_unique_kebab_case,
    };
    TCase *cases = tcase_create("base");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(cases, tests[i]);
    Suite *suite = suite_create("base");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
