/* output.c - a path becomes a stream whose file appears only when it is complete. */
#define _GNU_SOURCE 1
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool system_failed(const struct output *output, struct failure *failure) {
    failure_set(failure, "%s", strerror(errno ? errno : EIO));
    return failure_prefix(failure, output->path ? output->path : "standard output");
}

/* Writing beside makes sense for a plain file, or one that is not there yet; not for /dev/stdout, whatever
 * file it stands for. */
static bool is_replaceable(const char *path) {
    struct stat status;
    if (!strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6)) return false;
    return stat(path, &status) ? errno == ENOENT : S_ISREG(status.st_mode);
}

bool output_check_input(const char *path, const char *input, struct failure *failure) {
    struct stat status, input_status;
    if (!path || !input || stat(path, &status) || stat(input, &input_status) || !S_ISREG(status.st_mode)) return true;
    return status.st_dev != input_status.st_dev || status.st_ino != input_status.st_ino ||
           failure_set(failure, "the output '%s' would replace the input '%s'", path, input);
}

/* A symbolic link stays a link: the file that it points to is replaced. */
static char *path_resolve(const char *path) {
    char *resolved = realpath(path, NULL);
    return resolved ? resolved : strdup(path);
}

static bool open_beside(struct output *output) {
    size_t length = strlen(output->path);
    output->temporary_path = malloc(length + sizeof ".XXXXXX");
    if (!output->temporary_path) return false;
    memcpy(output->temporary_path, output->path, length);
    memcpy(output->temporary_path + length, ".XXXXXX", sizeof ".XXXXXX");
    int descriptor = mkstemp(output->temporary_path);
    if (descriptor < 0) {
        free(output->temporary_path);
        output->temporary_path = NULL;
        return false;
    }
    /* mkstemp makes a private file; this one shall be as open() would have made it, or as the old one was. */
    struct stat status;
    mode_t mask = umask(0);
    umask(mask);
    mode_t mode = stat(output->path, &status) ? 0666 & ~mask : status.st_mode & 0777;
    (void)fchmod(descriptor, mode);
    output->stream = fdopen(descriptor, "wb");
    if (!output->stream) close(descriptor);
    return output->stream;
}

bool output_open(const char *path, struct output *out_output, struct failure *failure) {
    *out_output = (struct output){0};
    if (!path) {
        out_output->stream = stdout;
        return true;
    }
    errno = 0;
    out_output->path = path_resolve(path);
    if (!out_output->path) return failure_set_no_memory(failure);
    if (is_replaceable(path))
        open_beside(out_output);
    else
        out_output->stream = fopen(path, "wb");
    if (out_output->stream) return true;
    system_failed(out_output, failure);
    output_abandon(out_output);
    return false;
}

bool output_check(const struct output *output, struct failure *failure) {
    return !ferror(output->stream) || system_failed(output, failure);
}

bool output_commit(struct output *output, struct failure *failure) {
    errno = 0;
    bool is_good = !fflush(output->stream) && !ferror(output->stream);
    if (!is_good) system_failed(output, failure);
    if (output->path) {
        errno = 0;
        if (fclose(output->stream) && is_good) is_good = system_failed(output, failure);
    }
    output->stream = NULL;
    if (is_good && output->temporary_path && rename(output->temporary_path, output->path))
        is_good = system_failed(output, failure);
    if (is_good) {
        free(output->temporary_path);
        output->temporary_path = NULL;
    }
    output_abandon(output);
    return is_good;
}

void output_abandon(struct output *output) {
    if (output->stream && output->path) fclose(output->stream);
    if (output->temporary_path) unlink(output->temporary_path);
    free(output->temporary_path);
    free(output->path);
    *output = (struct output){0};
}
