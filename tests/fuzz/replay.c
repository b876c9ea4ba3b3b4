/* replay.c - the files of the given folders, or of the target's own, become inputs of a fuzz target, one test
 * each. Speaks TAP.
 *
 * Linked with a fuzz target in place of libFuzzer, so that `make check` replays its seeds with any compiler.
 * A file fails when the target crashes or takes too long: each runs in a process of its own.
 */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX 30

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

struct replay {
    unsigned count;
    unsigned failed;
};

static bool read_file(const char *path, uint8_t **out_bytes, size_t *out_size_bytes) {
    FILE *stream = fopen(path, "rb");
    if (!stream) return false;
    fseek(stream, 0, SEEK_END);
    long size = ftell(stream);
    rewind(stream);
    /* Exactly as many bytes as the file has, so that a sanitizer sees a read beyond them. */
    uint8_t *bytes = size >= 0 ? malloc(size ? (size_t)size : 1) : NULL;
    bool is_good = bytes && fread(bytes, 1, (size_t)size, stream) == (size_t)size;
    fclose(stream);
    if (!is_good) {
        free(bytes);
        return false;
    }
    *out_bytes = bytes;
    *out_size_bytes = (size_t)size;
    return true;
}

static bool run_target(const uint8_t *bytes, size_t size_bytes) {
    fflush(stdout);
    pid_t child = fork();
    if (child < 0) return false;
    if (!child) {
        alarm(SECONDS_MAX);
        LLVMFuzzerTestOneInput(bytes, size_bytes);
        exit(EXIT_SUCCESS); /* not _exit: leaks are looked for at exit */
    }
    int status;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status);
}

static void replay_file(struct replay *replay, const char *path, const char *name) {
    uint8_t *bytes = NULL;
    size_t size_bytes = 0;
    bool is_good = read_file(path, &bytes, &size_bytes) && run_target(bytes, size_bytes);
    free(bytes);
    replay->count++;
    replay->failed += !is_good;
    printf("%s %u - %s\n", is_good ? "ok" : "not ok", replay->count, name);
}

static int is_visible(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static bool replay_folder(struct replay *replay, const char *folder) {
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        replay_file(replay, path, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    if (count <= 0) printf("# %s: no files\n", folder);
    return count > 0;
}

/* The folder FUZZ_SEEDS of the source tree, which the makefile sets to the target's own. */
static bool replay_own(struct replay *replay) {
#ifdef FUZZ_SEEDS
    char folder[4096];
    const char *source = getenv("top_srcdir");
    snprintf(folder, sizeof folder, "%s/tests/fuzz/seeds/%s", source ? source : ".", FUZZ_SEEDS);
    return replay_folder(replay, folder);
#else
    (void)replay;
    return false;
#endif
}

int main(int argc, char **argv) {
    struct replay replay = {0, 0};
    bool is_good = argc > 1 || replay_own(&replay);
    for (int i = 1; i < argc; i++) is_good = replay_folder(&replay, argv[i]) && is_good;
    printf("1..%u\n", replay.count);
    return is_good && !replay.failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
