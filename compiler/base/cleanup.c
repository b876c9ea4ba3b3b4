/* cleanup.c - the registry of files and children that an early end takes along.
 *
 * The one place with file-scope state: a signal handler can be given nothing else. The handler takes slots at any moment;
 * so might an exit or a fault in another thread.
 */
#include "cleanup.h"
#include "fatal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SLOT_COUNT = 64 };

static _Atomic(char *) file_slots[SLOT_COUNT];
static _Atomic(pid_t) child_slots[SLOT_COUNT];

/* Ends a child and its children: they are asked to, so that they remove files of their own; what is there after a while is
 * killed. */
static void end_group(pid_t group) {
    enum { PATIENCE = 200 };
    const struct timespec pause = {.tv_nsec = 10000000};
    bool is_reaped = false;
    kill(-group, SIGTERM);
    for (int i = 0; i < PATIENCE; i++) {
        if (!is_reaped) is_reaped = waitpid(group, NULL, WNOHANG) != 0;
        if (is_reaped && kill(-group, 0) != 0) return;
        nanosleep(&pause, NULL);
    }
    kill(-group, SIGKILL);
    if (!is_reaped) waitpid(group, NULL, 0);
}

/* Async-signal-safe, unlike opendir. A folder in the folder stays. */
static void remove_files_within(const char *folder) {
    _Alignas(struct dirent64) char entries[4096];
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ssize_t size;
    while ((size = getdents64(descriptor, entries, sizeof entries)) > 0)
        for (ssize_t at = 0; at < size;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            unlinkat(descriptor, entry->d_name, 0);
            at += entry->d_reclen;
        }
    close(descriptor);
}

static void remove_path(const char *path) {
    if (unlink(path) == 0 || errno != EISDIR) return;
    remove_files_within(path);
    rmdir(path);
}

/* Async-signal-safe, but for the freeing. */
static void clean_up(bool is_handler) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        pid_t group = atomic_exchange(&child_slots[i], 0);
        if (group > 0) end_group(group);
    }
    for (int i = 0; i < SLOT_COUNT; i++) {
        char *path = atomic_exchange(&file_slots[i], NULL);
        if (path) remove_path(path);
        if (!is_handler) free(path);
    }
}

static void end_by_exit(void) {
    clean_up(false);
}

/* All signals are blocked meanwhile. SA_RESETHAND would not do: between the reset and the blocking, a second signal
 * would end the process at once. */
static void end_by_signal(int number) {
    clean_up(true);
    signal(number, SIG_DFL);
    raise(number); /* ends the process as the sender meant it, once the handler returns */
}

void cleanup_install(void) {
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGTERM, SIGPIPE, SIGQUIT, SIGXCPU, SIGXFSZ,
                                  SIGALRM, SIGABRT, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL};
    atexit(end_by_exit);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) || action.sa_handler != SIG_DFL) continue;
        memset(&action, 0, sizeof action);
        action.sa_handler = end_by_signal;
        sigfillset(&action.sa_mask);
        sigaction(numbers[i], &action, NULL);
    }
}

/* A fault that is blocked would end the process at once, and nothing would be cleaned up. */
void cleanup_hold(sigset_t *out_signals) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t held;
    sigfillset(&held);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigdelset(&held, faults[i]);
    pthread_sigmask(SIG_BLOCK, &held, out_signals);
}

void cleanup_release(const sigset_t *signals) {
    pthread_sigmask(SIG_SETMASK, signals, NULL);
}

void cleanup_add_file(const char *path) {
    char *copy = strdup(path);
    if (!copy) fatal_no_memory();
    for (int i = 0; i < SLOT_COUNT; i++) {
        char *expected = NULL;
        if (atomic_compare_exchange_strong(&file_slots[i], &expected, copy)) return;
    }
    fatal_bug("more than %d files are being written at once", SLOT_COUNT);
}

void cleanup_forget_file(const char *path) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        char *held = atomic_load(&file_slots[i]);
        if (held && !strcmp(held, path) && atomic_compare_exchange_strong(&file_slots[i], &held, NULL)) {
            free(held);
            return;
        }
    }
}

void cleanup_remove_file(const char *path) {
    remove_path(path);
    cleanup_forget_file(path);
}

void cleanup_add_child(pid_t group) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        pid_t expected = 0;
        if (atomic_compare_exchange_strong(&child_slots[i], &expected, group)) return;
    }
    fatal_bug("more than %d children are running at once", SLOT_COUNT);
}

void cleanup_forget_child(pid_t group) {
    for (int i = 0; i < SLOT_COUNT; i++) {
        pid_t expected = group;
        if (atomic_compare_exchange_strong(&child_slots[i], &expected, 0)) return;
    }
}

static bool create_file(char *path, size_t suffix_length) {
    int descriptor = mkstemps(path, (int)suffix_length);
    return descriptor >= 0 && close(descriptor) == 0;
}

static bool create_folder(char *path, size_t suffix_length) {
    (void)suffix_length;
    return mkdtemp(path) != NULL;
}

static const char *create_temporary(struct arena *arena, const char *suffix, bool create(char *path, size_t suffix_length),
                                    const char *what, struct diag *diag) {
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder) folder = "/tmp";
    char *path = arena_format(arena, "%s/senc-XXXXXX%s", folder, suffix);
    sigset_t signals;
    cleanup_hold(&signals);
    bool is_created = create(path, strlen(suffix));
    int error = errno;
    if (is_created) cleanup_add_file(path);
    cleanup_release(&signals);
    if (is_created) return path;
    diag_error(diag, SPAN_NONE, DIAG_FILE_UNWRITABLE, "cannot create a temporary %s in '%s': %s", what, folder, strerror(error));
    return NULL;
}

const char *cleanup_create_temporary(struct arena *arena, const char *suffix, struct diag *diag) {
    return create_temporary(arena, suffix, create_file, "file", diag);
}

const char *cleanup_create_folder(struct arena *arena, struct diag *diag) {
    return create_temporary(arena, "", create_folder, "folder", diag);
}
