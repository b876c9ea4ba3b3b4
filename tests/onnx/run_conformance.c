/* run_conformance.c - folders of official ONNX tests become TAP, and a table for docs/onnx-support.md.
 *
 *     run_conformance [-o TABLE] FOLDER...
 *
 * Each folder is a test, or a folder of tests. A declined test is a skipped one. Each runs in a process of its own, so
 * that one which crashes or hangs is one that failed. The table has a line a test, its columns separated by tabs:
 * outcome, operator, opset, constants, largest error, the same in ULP, name, message.
 */
#define _GNU_SOURCE 1
#include "conformance.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS_MAX = 120 };

static const char *const outcome_names[] = {"passed", "folded", "declined", "failed"};

struct totals {
    FILE *table; /* or NULL */
    struct result *shared;
    int counts[4], number;
};

static void run_apart(const char *folder, struct result *shared) {
    fflush(NULL);
    *shared = (struct result){.outcome = OUTCOME_FAILED, .message = "it crashed or did not end"};
    pid_t child = fork();
    if (child < 0) return;
    if (!child) {
        struct result result;
        alarm(SECONDS_MAX);
        conformance_run(folder, &result);
        *shared = result;
        exit(EXIT_SUCCESS);
    }
    int status;
    bool has_ended = waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
    if (!has_ended && shared->outcome != OUTCOME_FAILED) shared->outcome = OUTCOME_FAILED;
}

static void report(struct totals *totals, const char *folder) {
    const struct result *result = totals->shared;
    const char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
    totals->counts[result->outcome]++;
    totals->number++;
    if (result->outcome == OUTCOME_DECLINED)
        printf("ok %d - %s # SKIP declined: %s\n", totals->number, name, result->message);
    else if (result->outcome == OUTCOME_FAILED)
        printf("not ok %d - %s\n# %s: %s\n", totals->number, name, result->operator, result->message);
    else
        printf("ok %d - %s\n", totals->number, name);
    if (totals->table)
        fprintf(totals->table, "%s\t%s\t%d\t%d\t%.1e\t%.0f\t%s\t%s\n", outcome_names[result->outcome], result->operator,
                result->opset, result->constants, result->error, result->ulps, name, result->message);
}

static void run_folder(struct totals *totals, const char *folder) {
    char path[4096];
    struct dirent **entries;
    snprintf(path, sizeof path, "%s/model.onnx", folder);
    if (access(path, R_OK) == 0) {
        run_apart(folder, totals->shared);
        report(totals, folder);
        return;
    }
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s/model.onnx", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && access(path, R_OK) == 0) {
            path[strlen(path) - strlen("/model.onnx")] = '\0';
            run_apart(path, totals->shared);
            report(totals, path);
        }
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

int main(int argc, char **argv) {
    struct totals totals = {0};
    int first = 1;
    totals.shared = mmap(NULL, sizeof *totals.shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (totals.shared == MAP_FAILED) return EXIT_FAILURE;
    if (argc > 2 && !strcmp(argv[1], "-o")) {
        totals.table = fopen(argv[2], "w");
        if (!totals.table) return EXIT_FAILURE;
        first = 3;
    }
    for (int i = first; i < argc; i++) run_folder(&totals, argv[i]);
    printf("1..%d\n# passed %d, computed while compiling %d, declined %d, failed %d\n", totals.number, totals.counts[0],
           totals.counts[1], totals.counts[2], totals.counts[3]);
    bool is_written = !totals.table || fclose(totals.table) == 0;
    return totals.counts[OUTCOME_FAILED] || !totals.number || !is_written ? EXIT_FAILURE : EXIT_SUCCESS;
}
