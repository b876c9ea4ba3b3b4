/* output.c - a file beside its final name becomes the file of that name. */
#include "output.h"
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 16, NAME_TRIES = 10000 };

enum destination { DESTINATION_FILE, DESTINATION_STREAM, DESTINATION_STDOUT, DESTINATION_TEMPORARY };

struct output {
    struct arena *arena;
    enum destination destination;
    const char *path;    /* what the user asked for; symbolic links followed */
    const char *written; /* the file that is being written; NULL: none yet, or no more */
};

static bool report(struct diag *diag, const struct output *output, int error) {
    const char *problem = error == ENOENT ? "there is no such folder" : strerror(error);
    if (output->destination == DESTINATION_STDOUT) {
        diag_error(diag, SPAN_NONE, DIAG_FILE_UNWRITABLE, "cannot write to standard output: %s", problem);
    } else {
        diag_error(diag, SPAN_NONE, DIAG_FILE_UNWRITABLE, "cannot write '%s': %s", output->path, problem);
    }
    return false;
}

/* --- beginning ------------------------------------------------------------------------------------------- */

/* A new file in the folder of `path`, registered for removal. Its name tells who left it, should the machine die.
 * On failure returns NULL, with errno set. */
static const char *create_beside(struct arena *arena, const char *path) {
    const char *slash = strrchr(path, '/');
    int folder_length = slash ? (int)(slash + 1 - path) : 0;
    sigset_t signals;
    for (int i = 0; i < NAME_TRIES; i++) {
        const char *beside = arena_format(arena, "%.*s.senc-%ld-%d", folder_length, path, (long)getpid(), i);
        cleanup_hold(&signals);
        int descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int error = errno;
        if (descriptor >= 0) cleanup_add_file(beside);
        cleanup_release(&signals);
        if (descriptor >= 0) {
            close(descriptor);
            return beside;
        }
        errno = error;
        if (error != EEXIST) break;
    }
    return NULL;
}

static bool is_replaceable(const char *path, const struct stat *status) {
    return S_ISREG(status->st_mode) && strncmp(path, "/dev/", 5) && strncmp(path, "/proc/", 6);
}

/* The error that forbids to create `path`, or 0. */
static int find_obstacle(const char *path) {
    struct stat status;
    if (!*path) return ENOENT;
    if (!stat(path, &status)) return S_ISDIR(status.st_mode) ? EISDIR : 0;
    return path[strlen(path) - 1] == '/' ? ENOENT : 0;
}

/* Sets destination and path; a link keeps standing, and what it points to is replaced. */
static void set_destination(struct output *output, const char *path) {
    struct stat status;
    char resolved[PATH_MAX];
    output->path = arena_copy_string(output->arena, path);
    if (!strcmp(path, "-")) {
        output->destination = DESTINATION_STDOUT;
    } else if (stat(path, &status)) {
        output->destination = DESTINATION_FILE;
    } else if (!is_replaceable(path, &status)) {
        output->destination = DESTINATION_STREAM;
    } else {
        output->destination = DESTINATION_FILE;
        if (realpath(path, resolved)) output->path = arena_copy_string(output->arena, resolved);
    }
}

struct output *output_begin(struct arena *arena, const char *path, struct diag *diag) {
    struct output *output = ARENA_NEW(arena, struct output);
    output->arena = arena;
    set_destination(output, path);
    int obstacle = output->destination == DESTINATION_STDOUT ? 0 : find_obstacle(path);
    if (!obstacle && output->destination == DESTINATION_FILE) {
        output->written = create_beside(arena, output->path);
        if (!output->written) obstacle = errno;
    }
    if (!obstacle) return output;
    report(diag, output, obstacle);
    return NULL;
}

struct output *output_begin_temporary(struct arena *arena, const char *suffix, struct diag *diag) {
    struct output *output = ARENA_NEW(arena, struct output);
    output->arena = arena;
    output->destination = DESTINATION_TEMPORARY;
    output->path = output->written = cleanup_create_temporary(arena, suffix, diag);
    return output->written ? output : NULL;
}

const char *output_path(struct output *output, struct diag *diag) {
    if (!output->written) output->written = cleanup_create_temporary(output->arena, "", diag);
    return output->written;
}

/* --- writing --------------------------------------------------------------------------------------------- */

/* All bytes, or false with errno set. */
static bool write_all(int descriptor, const char *bytes, size_t size_bytes) {
    while (size_bytes > 0) {
        ssize_t written = write(descriptor, bytes, size_bytes);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes += written;
        size_bytes -= (size_t)written;
    }
    return true;
}

/* From one open file to the other; false with errno set. */
static bool copy_all(int from, int to) {
    char buffer[COPY_BYTES];
    for (;;) {
        ssize_t count = read(from, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        if (!write_all(to, buffer, (size_t)count)) return false;
    }
}

/* Standard output itself is not opened and closed, but a copy of it. */
static int open_destination(const struct output *output) {
    if (output->written) return open(output->written, O_WRONLY | O_TRUNC | O_CLOEXEC);
    if (output->destination == DESTINATION_STDOUT) return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    return open(output->path, O_WRONLY | O_CLOEXEC);
}

/* Closes the file and reports the first failure; many errors of network file systems come only here. */
static bool finish(struct output *output, int descriptor, bool is_good, struct diag *diag) {
    int error = errno;
    if (descriptor >= 0 && close(descriptor) && is_good) {
        is_good = false;
        error = errno;
    }
    return is_good || report(diag, output, error);
}

bool output_write_pieces(struct output *output, const struct output_piece *pieces, size_t count, struct diag *diag) {
    int descriptor = open_destination(output);
    bool is_written = descriptor >= 0;
    for (size_t i = 0; i < count && is_written; i++)
        is_written = write_all(descriptor, pieces[i].bytes, pieces[i].size_bytes);
    return finish(output, descriptor, is_written, diag);
}

bool output_write(struct output *output, const void *bytes, size_t size_bytes, struct diag *diag) {
    return output_write_pieces(output, &(struct output_piece){bytes, size_bytes}, 1, diag);
}

/* The file that others wrote goes into the stream. */
static bool copy_into_stream(struct output *output, struct diag *diag) {
    int from = open(output->written, O_RDONLY | O_CLOEXEC);
    if (from < 0) return report(diag, output, errno);
    output_abandon(output); /* the open file lives on without its name */
    int to = open_destination(output);
    bool is_copied = to >= 0 && copy_all(from, to);
    int error = errno;
    close(from);
    errno = error;
    return finish(output, to, is_copied, diag);
}

bool output_is_file(const struct output *output) {
    return output->destination == DESTINATION_FILE;
}

bool output_commit(struct output *output, struct diag *diag) {
    if (!output->written) return true;
    if (output->destination != DESTINATION_FILE) return copy_into_stream(output, diag);
    if (rename(output->written, output->path)) {
        report(diag, output, errno);
        output_abandon(output);
        return false;
    }
    cleanup_forget_file(output->written);
    output->written = NULL;
    return true;
}

void output_abandon(struct output *output) {
    if (!output || !output->written) return;
    cleanup_remove_file(output->written);
    output->written = NULL;
}
