/* npy.c - a .npy file of float32 in C order becomes a tensor.
 * Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "weights.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};

static const struct tensor *unreadable(struct diag *diag, const char *path, const char *problem) {
    diag_error(diag, SPAN_NONE, DIAG_FILE_UNREADABLE, "cannot read '%s': %s", path, problem);
    return NULL;
}

/* --- the header: a Python dictionary, {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */

/* Skips blanks, then `expected` if it is there. */
static bool skip(const char **at, const char *expected) {
    while (**at == ' ' || **at == '\n') ++*at;
    size_t length = strlen(expected);
    if (strncmp(*at, expected, length)) return false;
    *at += length;
    return true;
}

/* "(3, 4)", "(3,)", "()" */
static bool parse_shape(const char **at, struct shape *shape) {
    *shape = (struct shape){0};
    if (!skip(at, "(")) return false;
    while (!skip(at, ")")) {
        if (**at < '0' || **at > '9' || shape->rank == SHAPE_MAX_RANK) return false;
        char *end;
        errno = 0;
        shape->dims[shape->rank++] = strtoll(*at, &end, 10);
        if (errno) return false;
        *at = end;
        bool comma = skip(at, ",");
        if (!comma && (shape->rank == 1 || !skip(at, ")"))) return false;
        if (!comma) break;
    }
    return shape_element_count(*shape) > 0;
}

static bool parse_header(const char *at, struct shape *out_shape) {
    bool has_descr = false, has_order = false, has_shape = false;
    if (!skip(&at, "{")) return false;
    while (!skip(&at, "}")) {
        if (skip(&at, "'descr':"))
            has_descr = skip(&at, "'<f4'");
        else if (skip(&at, "'fortran_order':"))
            has_order = skip(&at, "False");
        else if (!skip(&at, "'shape':") || !(has_shape = parse_shape(&at, out_shape)))
            return false;
        if (!skip(&at, ",") && *at != '}') return false;
    }
    skip(&at, "");
    return !*at && has_descr && has_order && has_shape;
}

/* Where the header begins, and its length, by the version of the format; 0 for an unknown one. */
static size_t header_start(const unsigned char *bytes, size_t size_bytes, size_t *out_length) {
    if (size_bytes < 12 || memcmp(bytes, magic, sizeof magic)) return 0;
    bool is_short = bytes[6] == 1;
    if (bytes[6] < 1 || bytes[6] > 3) return 0;
    *out_length = bytes[8] | (size_t)bytes[9] << 8;
    if (!is_short) *out_length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    return is_short ? 10 : 12;
}

const struct tensor *npy_parse(struct arena *arena, const char *path, const void *file_bytes, size_t size_bytes,
                               struct diag *diag) {
    const unsigned char *bytes = file_bytes;
    size_t length = 0, start = header_start(bytes, size_bytes, &length);
    if (!start || length > size_bytes - start) return unreadable(diag, path, "it is not a .npy file");
    char *header = arena_copy_bytes(arena, bytes + start, length);
    struct shape shape;
    if (strlen(header) != length || !parse_header(header, &shape))
        return unreadable(diag, path, "its array is not float32 in C order with one to four axes, or is empty");
    size_t value_bytes = (size_t)shape_element_count(shape) * sizeof(float);
    if (size_bytes - start - length != value_bytes)
        return unreadable(diag, path, "its data has another size than its shape");
    float *values;
    struct tensor *tensor = tensor_create(arena, shape, &values);
    memcpy(values, bytes + start + length, value_bytes);
    return tensor;
}

/* All bytes of a file, or NULL with errno set; the caller frees them. */
static unsigned char *read_bytes(const char *path, size_t *out_size_bytes) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    unsigned char *bytes = NULL;
    size_t size = 0, capacity = 0, count;
    do {
        if (size == capacity) {
            capacity = capacity ? 2 * capacity : 1 << 16;
            unsigned char *grown = realloc(bytes, capacity);
            if (!grown) break;
            bytes = grown;
        }
        count = fread(bytes + size, 1, capacity - size, file);
        size += count;
    } while (count);
    bool failed = ferror(file) || size == capacity;
    int error = errno;
    fclose(file);
    if (!failed) {
        *out_size_bytes = size;
        return bytes;
    }
    free(bytes);
    errno = error;
    return NULL;
}

const struct tensor *npy_read(struct arena *arena, const char *path, struct diag *diag) {
    size_t size_bytes = 0;
    unsigned char *bytes = read_bytes(path, &size_bytes);
    if (!bytes) return unreadable(diag, path, strerror(errno));
    const struct tensor *tensor = npy_parse(arena, path, bytes, size_bytes, diag);
    free(bytes);
    return tensor;
}
