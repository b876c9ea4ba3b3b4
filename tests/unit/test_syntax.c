/* test_syntax.c - texts become trees: spans, order of operations, imports, and recovery from errors. */
#include "compiler/base/diag.h"
#include "compiler/syntax/syntax.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static struct ast *parse(const char *text) {
    return syntax_parse_text("t.sen", text, strlen(text), diag);
}

static const struct ast_expression *expression(const char *text) {
    const struct source *source = source_from_text(arena, "t", text, strlen(text));
    const struct ast_expression *result = syntax_parse_expression(arena, source, 0, diag);
    ck_assert_msg(result, "%s", diag_text(diag));
    return result;
}

static const char *span_text(struct span span) {
    return arena_copy_bytes(arena, span.source->text + span.begin, span.end - span.begin);
}

/* The first param's value, printed: parentheses show the order of operations. */
static const char *printed(const char *text) {
    struct ast *ast = parse(arena_format(arena, "param p = %s", text));
    ck_assert_msg(ast, "%s", diag_text(diag));
    struct text out = text_create(arena);
    ast_print(ast, &out);
    ast_destroy(ast);
    const char *value = strstr(out.bytes, "param p = ") + strlen("param p = ");
    return arena_copy_bytes(arena, value, strcspn(value, "\n"));
}

START_TEST(operators_bind_in_order) {
    ck_assert_str_eq(printed("1 + 2 * 3 - 4"), "((1 + (2 * 3)) - 4)");
    ck_assert_str_eq(printed("1 - 2 - 3"), "((1 - 2) - 3)");
    ck_assert_str_eq(printed("8 / 4 % 3"), "((8 / 4) % 3)");
    ck_assert_str_eq(printed("-a * b"), "((-a) * b)");
    ck_assert_str_eq(printed("not a == b"), "(not (a == b))");
    ck_assert_str_eq(printed("a or b and not c"), "(a or (b and (not c)))");
    ck_assert_str_eq(printed("a + 1 < b * 2 and c"), "(((a + 1) < (b * 2)) and c)");
    ck_assert_str_eq(printed("a ? b : c ? d : e"), "(a ? b : (c ? d : e))");
    ck_assert_str_eq(printed("a or b ? c + 1 : d"), "((a or b) ? (c + 1) : d)");
    ck_assert_str_eq(printed("-a[1][2]"), "(-a[1][2])");
    ck_assert_str_eq(printed("f(x -> g, y = (z -> h) + 1)"), "f((x -> g()), y = ((z -> h()) + 1))");
}
END_TEST

START_TEST(numbers_print_as_they_are) {
    ck_assert_str_eq(printed("0.1"), "0.1");
    ck_assert_str_eq(printed("1.0"), "1.0");
    ck_assert_str_eq(printed("1e300"), "1e+300");
    ck_assert_str_eq(printed("0.30000000000000004"), "0.30000000000000004");
    ck_assert_str_eq(printed("9223372036854775807"), "9223372036854775807");
    ck_assert_str_eq(printed("\"a\\\"b\\\\c\\nd\\te\""), "\"a\\\"b\\\\c\\nd\\te\"");
}
END_TEST

START_TEST(spans_cover_what_was_written) {
    const struct ast_expression *sum = expression("  (a + bc) * relu( x ) @l{i} ");
    ck_assert_int_eq(sum->kind, AST_BINARY);
    ck_assert_str_eq(span_text(sum->span), "(a + bc) * relu( x )");
    ck_assert_str_eq(span_text(sum->as.binary.operator_span), "*");
    ck_assert_str_eq(span_text(sum->as.binary.left->span), "(a + bc)");
    const struct ast_call *call = sum->as.binary.right->as.call;
    ck_assert_str_eq(span_text(call->callee.span), "relu");
    ck_assert_str_eq(span_text(call->label->span), "@l{i}");
    const struct ast_expression *chain = expression("x -> conv(3, k = 1) @a -> bn");
    ck_assert_int_eq(chain->kind, AST_CHAIN);
    ck_assert_uint_eq(chain->as.chain.calls->list.count, 2);
    ck_assert_str_eq(span_text(chain->span), "x -> conv(3, k = 1) @a -> bn");
    ck_assert_str_eq(span_text(chain->as.chain.calls->list.items[0]->arguments->list.items[1].name.span), "k");
}
END_TEST

START_TEST(labels_have_parts) {
    const struct ast_label *label = expression("relu(x) @stage{i + 1}.{name}.0")->as.call->label;
    ck_assert_uint_eq(label->parts.count, 5);
    ck_assert_str_eq(label->parts.items[0].text, "stage");
    ck_assert_int_eq(label->parts.items[1].value->kind, AST_BINARY);
    ck_assert_str_eq(label->parts.items[2].text, ".");
    ck_assert_str_eq(label->parts.items[3].value->as.text, "name");
    ck_assert_str_eq(label->parts.items[4].text, ".0");
}
END_TEST

START_TEST(expressions_begin_where_asked) {
    const struct source *source = source_from_text(arena, "<command line>", "r=3*4", 5);
    const struct ast_expression *product = syntax_parse_expression(arena, source, 2, diag);
    ck_assert_ptr_nonnull(product);
    ck_assert_uint_eq(product->span.begin, 2);
    ck_assert_ptr_null(syntax_parse_expression(arena, source, 0, diag)); /* r = ... is none */
    ck_assert_uint_eq(diag_error_count(diag), 1);
}
END_TEST

START_TEST(blocks_know_whether_they_use_in) {
    struct ast *ast = parse("block a() { return in } block b(x) { return x } block c() { return f(3, [in]) }");
    ck_assert_ptr_nonnull(ast);
    const struct ast_file *file = ast->files.items[0];
    ck_assert(file->items.items[0]->uses_in);
    ck_assert(!file->items.items[1]->uses_in);
    ck_assert(file->items.items[2]->uses_in);
    ast_destroy(ast);
}
END_TEST

START_TEST(long_chains_and_sums_of_clauses_are_no_deep_trees) {
    struct text text = text_create(arena);
    text_add(&text, "network n { x = x");
    for (int i = 0; i < 20000; i++) text_add(&text, " -> relu");
    text_add(&text, " if a { }");
    for (int i = 0; i < 20000; i++) text_add(&text, " else if b { }");
    text_add(&text, " }");
    struct ast *ast = parse(text.bytes);
    ck_assert_msg(ast, "%s", diag_text(diag));
    ast_destroy(ast);
}
END_TEST

static void check_count(const char *text, size_t errors) {
    struct diag *own = diag_create(NULL, false);
    struct ast *ast = syntax_parse_text("t.sen", text, strlen(text), own);
    ck_assert_msg(diag_error_count(own) == errors, "%zu errors in: %s\n%s", diag_error_count(own), text, diag_text(own));
    ck_assert_int_eq(ast == NULL, errors > 0);
    ast_destroy(ast);
    diag_destroy(own);
}

START_TEST(each_mistake_is_one_error) {
    check_count("block a() { x = ) y = 3 return x }", 1);
    check_count("block a() {\n x = (3\n y = 4\n}\nblock b() {\n z = * 3\n}\n", 2);
    check_count("block a( { x = 3 }\nblock b() { return 3 3 }\n", 2);
    check_count("block a() { if { x = 1 } else { y = 2 } }", 1);
    check_count("block a() {\n for i in 0 { x = 1 }\n y = ( }", 2);
    check_count("block a() { x = {1, 2}\n y = * }", 2);
    check_count("block a() {\n x = 1\nblock b() {\n y = 2\nnetwork n { }", 2);
    check_count("}", 1);
    check_count("} } }\nparam x = 3", 1);
    check_count("network n { input input: f32[3]\n output x }", 1);
    check_count("param = 3\nparam b 4\nparam c = 5", 2);
    check_count("network n {\n \"abc\n x = 3 $$$ 4\n y = @\n}", 3);
    check_count("", 0);
    check_count(";;; # nothing", 0);
}
END_TEST

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

START_TEST(files_are_imported_once_and_first) {
    char folder[] = "/tmp/test_syntax-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    write_file("sub/a.sen", "import \"b.sen\"\nimport \"../c.sen\"\n");
    write_file("sub/b.sen", "import \"../c.sen\"\n");
    write_file("c.sen", "param c = 1\n");
    write_file("root.sen", "import \"c.sen\"\nimport \"sub/../sub/a.sen\"\nimport \"sub/b.sen\"\n");
    struct ast *ast = syntax_parse_file("root.sen", diag);
    ck_assert_msg(ast, "%s", diag_text(diag));
    ck_assert_uint_eq(ast->files.count, 4);
    ck_assert_str_eq(ast->files.items[0]->source->path, "c.sen");
    ck_assert_str_eq(ast->files.items[1]->source->path, "sub/../sub/b.sen");
    ck_assert_str_eq(ast->files.items[2]->source->path, "sub/../sub/a.sen");
    ck_assert_str_eq(ast->files.items[3]->source->path, "root.sen");
    ast_destroy(ast);
    write_file("c.sen", "import \"root.sen\"\n");
    ck_assert_ptr_null(syntax_parse_file("root.sen", diag));
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "[import-cycle]"));
    unlink("sub/a.sen"), unlink("sub/b.sen"), unlink("c.sen"), unlink("root.sen"), rmdir("sub");
    ck_assert_int_eq(chdir("/"), 0);
    rmdir(folder);
}
END_TEST

START_TEST(two_parses_do_not_meet) {
    struct diag *other = diag_create(NULL, false);
    struct ast *a = parse("param a = 1"), *bad = syntax_parse_text("u.sen", "param", 5, other), *b = parse("param b = 2");
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(bad);
    ck_assert_str_eq(a->files.items[0]->items.items[0]->name.text, "a");
    ast_destroy(a);
    ck_assert_str_eq(b->files.items[0]->items.items[0]->name.text, "b");
    ast_destroy(b);
    ck_assert_uint_eq(diag_error_count(diag), 0);
    diag_destroy(other);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        operators_bind_in_order,
        numbers_print_as_they_are,
        spans_cover_what_was_written,
        labels_have_parts,
        expressions_begin_where_asked,
        blocks_know_whether_they_use_in,
        long_chains_and_sums_of_clauses_are_no_deep_trees,
        each_mistake_is_one_error,
        files_are_imported_once_and_first,
        two_parses_do_not_meet,
    };
    TCase *cases = tcase_create("syntax");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) tcase_add_test(cases, tests[i]);
    Suite *suite = suite_create("syntax");
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
