/* labels.c - a file of names, or the model itself, becomes the names of the classes. */
#include "labels.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX ((size_t)64 << 20)

static bool text_read(FILE *stream, char **out_text, size_t *out_length, struct failure *failure) {
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (;;) {
        if (length == capacity) {
            capacity = capacity ? 2 * capacity : 4096;
            char *grown = capacity <= FILE_BYTES_MAX ? realloc(text, capacity + 1) : NULL;
            if (!grown) {
                free(text);
                return failure_set(failure, "is too large for a list of labels");
            }
            text = grown;
        }
        errno = 0;
        size_t count = fread(text + length, 1, capacity - length, stream);
        length += count;
        if (!count) break;
    }
    if (ferror(stream)) {
        free(text);
        return failure_set(failure, "%s", strerror(errno ? errno : EIO));
    }
    text[length] = '\0';
    *out_text = text;
    *out_length = length;
    return true;
}

/* Cuts labels->text at its line ends. */
static bool lines_split(struct labels *labels, size_t length, struct failure *failure) {
    size_t line_count = 0;
    for (size_t i = 0; i < length; i++) {
        if (!labels->text[i]) return failure_set(failure, "holds a NUL byte; a text file is wanted");
        line_count += labels->text[i] == '\n';
    }
    if (length && labels->text[length - 1] != '\n') line_count++;
    labels->lines = calloc(line_count + 1, sizeof *labels->lines);
    if (!labels->lines) return failure_set_no_memory(failure);
    char *at = labels->text;
    for (size_t i = 0; i < line_count; i++) {
        labels->lines[i] = at;
        char *end = strchr(at, '\n');
        at = end ? end + 1 : at + strlen(at);
        if (end) *end = '\0';
        size_t line_length = strlen(labels->lines[i]);
        if (line_length && labels->lines[i][line_length - 1] == '\r')
            labels->lines[i][line_length - 1] = '\0';
    }
    labels->count = line_count;
    labels->names = (const char *const *)labels->lines;
    return true;
}

static bool file_load(const struct senrt_model *model, FILE *stream, struct labels *labels,
                      struct failure *failure) {
    size_t length = 0;
    if (!text_read(stream, &labels->text, &length, failure) || !lines_split(labels, length, failure))
        return false;
    uint64_t class_count = model->output_count ? model->outputs[0].element_count : 0;
    return labels->count == class_count ||
           failure_set(failure, "has %zu lines; output '%s' has %" PRIu64 " classes", labels->count,
                       model->output_count ? model->outputs[0].name : "", class_count);
}

bool labels_load(const struct senrt_model *model, const char *path, struct labels *out_labels,
                 struct failure *failure) {
    *out_labels = (struct labels){.count = (size_t)model->label_count, .names = model->labels};
    if (!path) return true;
    FILE *stream = fopen(path, "rb");
    bool is_good =
        stream ? file_load(model, stream, out_labels, failure) : failure_set(failure, "%s", strerror(errno));
    if (stream) fclose(stream);
    if (is_good) return true;
    labels_release(out_labels);
    return failure_prefix(failure, path);
}

void labels_release(struct labels *labels) {
    free(labels->lines);
    free(labels->text);
    *labels = (struct labels){0};
}

const char *labels_name(const struct labels *labels, size_t class_count, size_t index) {
    return labels->count == class_count && index < class_count ? labels->names[index] : NULL;
}
