/* test_output.c - files are whole or not there: base/output.c and base/cleanup.c. */
#include "../../compiler/base/cleanup.h"
#include "../../compiler/base/output.h"

#include <check.h>

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/test-output-XXXXXX";
static struct arena *arena;
static struct diag *diag;

static void set_up(void) {
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
    ck_assert_int_eq(setenv("TMPDIR", folder, 1), 0);
    arena = arena_create();
    diag = diag_create(NULL, false);
}

static void tear_down(void) {
    diag_destroy(diag);
    arena_destroy(arena);
    ck_assert_int_eq(chdir("/"), 0);
    const char *command = "rm -rf \"$TMPDIR\"";
    ck_assert_int_eq(system(command), 0);
}

static int count_files(void) {
    int count = 0;
    DIR *stream = opendir(".");
    for (const struct dirent *entry; (entry = readdir(stream));) count += entry->d_name[0] != '.' || entry->d_name[1] == 's';
    closedir(stream);
    return count;
}

static const char *read_text(const char *path) {
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "%s is not there", path);
    char *text = arena_alloc(arena, 256);
    text[fread(text, 1, 255, stream)] = '\0';
    fclose(stream);
    return text;
}

static bool write_whole(const char *path, const char *text) {
    struct output *output = output_begin(arena, path, diag);
    return output && output_write(output, text, strlen(text), diag) && output_commit(output, diag);
}

START_TEST(commit_replaces) {
    ck_assert(write_whole("file", "old"));
    struct output *output = output_begin(arena, "file", diag);
    ck_assert(output_write(output, "new", 3, diag));
    ck_assert_str_eq(read_text("file"), "old");
    ck_assert(output_commit(output, diag));
    ck_assert_str_eq(read_text("file"), "new");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(second_write_replaces_the_first) {
    struct output *output = output_begin(arena, "file", diag);
    ck_assert(output_write(output, "something long", 14, diag));
    ck_assert(output_write(output, "short", 5, diag));
    ck_assert(output_commit(output, diag));
    ck_assert_str_eq(read_text("file"), "short");
}
END_TEST

START_TEST(abandon_leaves_the_old) {
    ck_assert(write_whole("file", "old"));
    struct output *output = output_begin(arena, "file", diag);
    ck_assert(output_write(output, "new", 3, diag));
    output_abandon(output);
    ck_assert_str_eq(read_text("file"), "old");
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(mode_follows_umask) {
    struct stat status;
    umask(027);
    ck_assert(write_whole("file", "x"));
    ck_assert_int_eq(stat("file", &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0640);
}
END_TEST

START_TEST(link_stays) {
    ck_assert(write_whole("file", "old"));
    ck_assert_int_eq(symlink("file", "link"), 0);
    ck_assert(write_whole("link", "new"));
    struct stat status;
    ck_assert_int_eq(lstat("link", &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_str_eq(read_text("file"), "new");
}
END_TEST

START_TEST(pipe_gets_the_bytes) {
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    pid_t reader = fork();
    if (reader == 0) _exit(system("cat pipe > copy") == 0 ? 0 : 1);
    struct output *output = output_begin(arena, "pipe", diag);
    FILE *stream = fopen(output_path(output, diag), "w");
    fputs("through", stream);
    fclose(stream);
    ck_assert(output_commit(output, diag));
    int status;
    ck_assert_int_eq(waitpid(reader, &status, 0), reader);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(read_text("copy"), "through");
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(device_stays) {
    struct stat before, after;
    ck_assert_int_eq(stat("/dev/null", &before), 0);
    ck_assert(write_whole("/dev/null", "x"));
    ck_assert_int_eq(stat("/dev/null", &after), 0);
    ck_assert_int_eq(before.st_ino, after.st_ino);
    ck_assert(S_ISCHR(after.st_mode));
}
END_TEST

START_TEST(full_device_is_reported) {
    ck_assert(!write_whole("/dev/full", "x"));
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "cannot write '/dev/full': No space left on device"));
}
END_TEST

START_TEST(vanished_folder_is_reported) {
    ck_assert_int_eq(mkdir("sub", 0700), 0);
    struct output *output = output_begin(arena, "sub/file", diag);
    ck_assert_int_eq(system("rm -r sub"), 0);
    ck_assert(!output_commit(output, diag));
    ck_assert_ptr_nonnull(strstr(diag_text(diag), "cannot write 'sub/file'"));
}
END_TEST

/* Ends of a process that has an output, a temporary file, a folder with two files and a child. */
enum end { END_EXIT, END_TERM, END_INT, END_PIPE, END_ABORT, END_COUNT };

static _Noreturn void run_and_end(enum end end) {
    signal(SIGTERM, SIG_DFL); /* Check has its own handlers */
    signal(SIGINT, SIG_DFL);
    cleanup_install();
    struct output *output = output_begin(arena, "file", diag);
    const char *temporaries = cleanup_create_folder(arena, diag);
    if (!output || !output_begin_temporary(arena, ".o", diag) || count_files() != 4) _exit(77);
    if (!temporaries || !write_whole(arena_format(arena, "%s/one", temporaries), "1") ||
        !write_whole(arena_format(arena, "%s/two", temporaries), "2"))
        _exit(78);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        usleep(200000);
        FILE *stream = fopen("ghost", "w"); /* not written if the child was killed */
        if (stream) fclose(stream);
        _exit(0);
    }
    setpgid(child, child);
    cleanup_add_child(child);
    static const int signals[] = {[END_TERM] = SIGTERM, [END_INT] = SIGINT, [END_PIPE] = SIGPIPE, [END_ABORT] = SIGABRT};
    if (end != END_EXIT) raise(signals[end]);
    exit(0);
}

START_TEST(early_end_cleans_up) {
    static const int expected[] = {
        [END_EXIT] = 0, [END_TERM] = SIGTERM, [END_INT] = SIGINT, [END_PIPE] = SIGPIPE, [END_ABORT] = SIGABRT};
    ck_assert(write_whole("file", "old"));
    fflush(NULL);
    pid_t process = fork();
    if (process == 0) run_and_end((enum end)_i);
    int status;
    ck_assert_int_eq(waitpid(process, &status, 0), process);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), expected[_i]);
    ck_assert_str_eq(read_text("file"), "old");
    usleep(500000);
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

START_TEST(ignored_signals_stay_ignored) {
    signal(SIGHUP, SIG_IGN);
    cleanup_install();
    raise(SIGHUP);
    signal(SIGHUP, SIG_DFL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, commit_replaces);
    tcase_add_test(tests, second_write_replaces_the_first);
    tcase_add_test(tests, abandon_leaves_the_old);
    tcase_add_test(tests, mode_follows_umask);
    tcase_add_test(tests, link_stays);
    tcase_add_test(tests, pipe_gets_the_bytes);
    tcase_add_test(tests, device_stays);
    tcase_add_test(tests, full_device_is_reported);
    tcase_add_test(tests, vanished_folder_is_reported);
    tcase_add_loop_test(tests, early_end_cleans_up, 0, END_COUNT);
    tcase_add_test(tests, ignored_signals_stay_ignored);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
