/* link.c - the system's C compiler links code and weights, and the runtime; what it says becomes part of the diagnostic. */
#include "object.h"

#include "../base/cleanup.h"
#include "../base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const char *read_to_end(struct arena *arena, int descriptor) {
    struct text said = text_create(arena);
    char bytes[4096];
    for (;;) {
        ssize_t count = read(descriptor, bytes, sizeof bytes);
        if (count > 0)
            text_add_bytes(&said, bytes, (size_t)count);
        else if (count == 0 || errno != EINTR)
            break;
    }
    return said.bytes;
}

/* The environment with another $TMPDIR. */
static char *const *environment_with_folder(struct arena *arena, const char *folder) {
    VEC(char *) variables = {0};
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "TMPDIR=", 7) != 0) vec_push(arena, &variables, *variable);
    vec_push(arena, &variables, arena_format(arena, "TMPDIR=%s", folder));
    vec_push(arena, &variables, NULL);
    return variables.items;
}

/* Starts argv[0] in a process group of its own, its output and errors going to the write end of `pipe_ends`. */
static int start(const char *const *argv, char *const *environment, const int pipe_ends[2], pid_t *out_child) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t signals;
    cleanup_hold(&signals);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &signals);
    int problem = posix_spawnp(out_child, argv[0], &actions, &attributes, (char *const *)(uintptr_t)argv, environment);
    if (!problem) cleanup_add_child(*out_child);
    cleanup_release(&signals);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return problem;
}

/* The words of a command, such as "ccache gcc", and then the arguments. A program whose path has blanks is one word. */
static const char *const *join(struct arena *arena, const char *command, const char *const *arguments) {
    VEC(const char *) words = {0};
    if (access(command, X_OK) == 0) {
        vec_push(arena, &words, command);
        command = "";
    }
    while (*(command += strspn(command, " "))) {
        size_t length = strcspn(command, " ");
        vec_push(arena, &words, arena_copy_bytes(arena, command, length));
        command += length;
    }
    if (!words.count) vec_push(arena, &words, "");
    for (; *arguments; arguments++) vec_push(arena, &words, *arguments);
    vec_push(arena, &words, NULL);
    return words.items;
}

/* Runs a command to its end, with a folder for its temporary files. Returns NULL if it succeeded, else what it said. */
static const char *run(struct arena *arena, const char *const *argv, const char *folder) {
    int ends[2], status = 0;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0) return strerror(errno);
    int problem = start(argv, environment_with_folder(arena, folder), ends, &child);
    close(ends[1]);
    if (problem) {
        close(ends[0]);
        return arena_format(arena, "%s: %s", argv[0], strerror(problem));
    }
    const char *said = read_to_end(arena, ends[0]);
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    cleanup_forget_child(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return NULL;
    if (*said) return said;
    return arena_format(arena, "%s ended with status %d", argv[0], WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

/* One note a line of what the command said; the last lines tell most. */
static void report(struct diag *diag, struct arena *arena, const char *said) {
    enum { LINES_SHOWN = 20 };
    VEC(const char *) lines = {0};
    diag_error(diag, SPAN_NONE, DIAG_LINK_FAILED, "the linker failed");
    while (*said) {
        size_t length = strcspn(said, "\n");
        if (length) vec_push(arena, &lines, arena_copy_bytes(arena, said, length));
        said += length + (said[length] != '\0');
    }
    for (size_t i = lines.count > LINES_SHOWN ? lines.count - LINES_SHOWN : 0; i < lines.count; i++)
        diag_note(diag, SPAN_NONE, "%s", lines.items[i]);
}

bool object_link(enum link_kind kind, const char *cc, const char *runtime_folder, const char *code_path,
                 const char *weights_path, const char *output_path, struct diag *diag) {
    /* no debugging symbols: they hold the folder in which the runtime was built */
    static const char link_flag[] = "-Wl,--gc-sections,--strip-debug,--build-id=none,-z,noexecstack";
    struct arena *arena = arena_create();
    const char *main_library = arena_format(arena, "%s/libsenrt-main.a", runtime_folder);
    const char *library = arena_format(arena, "%s/libsenrt.a", runtime_folder);
    const char *const object[] = {"-r", "-nostdlib", "-o", output_path, code_path, weights_path, NULL};
    const char *const executable[] = {"-o",     output_path, code_path, weights_path, main_library, library, "-ljpeg",
                                      "-lpng", "-lz",       "-lm",     "-lpthread",  link_flag,    NULL};
    const char *const shared[] = {"-shared", "-o",    output_path,           code_path, weights_path, "-Wl,--whole-archive",
                                  library,   "-Wl,--no-whole-archive", "-lpthread", link_flag, NULL};
    const char *const *const arguments[] = {
        [LINK_OBJECT] = object, [LINK_EXECUTABLE] = executable, [LINK_SHARED] = shared};
    /* a compiler that is ended while it creates a temporary file may leave it behind: it goes with the folder */
    const char *folder = cleanup_create_folder(arena, diag);
    const char *said = folder ? run(arena, join(arena, cc, arguments[kind]), folder) : NULL;
    if (said) report(diag, arena, said);
    if (folder) cleanup_remove_file(folder);
    arena_destroy(arena);
    return folder && !said;
}
