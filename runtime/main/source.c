/* source.c - one input file becomes one or several pictures' worth of numbers. */
#define _GNU_SOURCE 1
#include "source.h"
#include "npy.h"
#include "preprocess.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A file that is decoded as a whole may not be larger: no picture of IMAGE_MAX_PIXELS needs to be. */
#define PICTURE_BYTES_MAX ((size_t)1 << 30)

#define PEEK_BYTES 12

struct bytes {
    uint8_t *data;
    size_t size_bytes;
};

static bool read_failed(struct failure *failure) {
    return failure_set(failure, "%s", strerror(errno ? errno : EIO));
}

/* Appends up to `wanted` bytes of the stream. */
static bool bytes_append(struct bytes *bytes, FILE *stream, size_t wanted, struct failure *failure) {
    uint8_t *grown = realloc(bytes->data, bytes->size_bytes + wanted);
    if (!grown) return failure_set_no_memory(failure);
    bytes->data = grown;
    errno = 0;
    bytes->size_bytes += fread(grown + bytes->size_bytes, 1, wanted, stream);
    return !ferror(stream) || read_failed(failure);
}

static bool bytes_append_rest(struct bytes *bytes, FILE *stream, struct failure *failure) {
    for (size_t wanted = (size_t)64 << 10; !feof(stream); wanted = bytes->size_bytes) {
        if (bytes->size_bytes > PICTURE_BYTES_MAX)
            return failure_set(failure, "is too large a file for a picture");
        if (!bytes_append(bytes, stream, wanted, failure)) return false;
    }
    return true;
}

/* Is the file's shape the input's, or several of it, stacked? */
static bool shape_check(const struct npy_header *header, const struct senrt_tensor *input,
                        struct source *source, struct failure *failure) {
    const uint64_t wanted[SENRT_MAX_RANK] = {input->dim0, input->dim1, input->dim2, input->dim3};
    unsigned rank = (unsigned)input->rank;
    source->is_stacked = header->rank == rank + 1;
    source->row_count = source->is_stacked ? header->dims[0] : 1;
    bool is_good = header->rank == rank || source->is_stacked;
    for (unsigned i = 0; is_good && i < rank; i++)
        is_good = header->dims[i + source->is_stacked] == wanted[i];
    if (!is_good) {
        char found_text[192], wanted_text[96];
        return failure_set(failure, "has the shape %s; input '%s' wants %s, or several of it stacked",
                           npy_format_shape(header->dims, header->rank, found_text, sizeof found_text),
                           input->name, npy_format_shape(wanted, rank, wanted_text, sizeof wanted_text));
    }
    return header->element_count || failure_set(failure, "is empty");
}

/* The size of a regular file must be what its header says; a pipe shows only while it is read. */
static bool size_check(FILE *stream, const struct npy_header *header, struct failure *failure) {
    struct stat status;
    if (fstat(fileno(stream), &status) || !S_ISREG(status.st_mode)) return true;
    uint64_t needed = header->data_offset + header->element_count * sizeof(float);
    uint64_t there = (uint64_t)status.st_size;
    if (there == needed) return true;
    if (there < needed)
        return failure_set(failure, "truncated: %" PRIu64 " of %" PRIu64 " bytes are there", there, needed);
    return failure_set(failure, "has %" PRIu64 " bytes after its numbers", there - needed);
}

/* `bytes` are the first ones of the stream. */
static bool open_npy(struct source *source, FILE *stream, struct bytes *bytes, struct failure *failure) {
    size_t header_bytes;
    struct npy_header header;
    if (!npy_measure(bytes->data, bytes->size_bytes, &header_bytes, failure)) return false;
    if (header_bytes < bytes->size_bytes) return failure_set(failure, "malformed .npy header");
    if (!bytes_append(bytes, stream, header_bytes - bytes->size_bytes, failure) ||
        !npy_parse(bytes->data, bytes->size_bytes, &header, failure) ||
        !shape_check(&header, source->input, source, failure) || !size_check(stream, &header, failure))
        return false;
    source->stream = stream;
    return true;
}

static bool open_picture(struct source *source, FILE *stream, struct bytes *bytes, struct failure *failure) {
    const struct senrt_tensor *input = source->input;
    const char *kind = image_kind_name(bytes->data, bytes->size_bytes);
    if (!input->picture) {
        const uint64_t dims[SENRT_MAX_RANK] = {input->dim0, input->dim1, input->dim2, input->dim3};
        char shape[96];
        return failure_set(
            failure,
            "is %s%s%s; input '%s' takes no pictures (its declaration has no 'from'), only a .npy file "
            "of shape %s",
            kind ? "a " : "no .npy file", kind ? kind : "", kind ? " file" : "", input->name,
            npy_format_shape(dims, (unsigned)input->rank, shape, sizeof shape));
    }
    if (!kind && bytes->size_bytes) return failure_set(failure, "is not a JPEG, PNG, PPM, PGM or .npy file");
    source->row_count = 1;
    if (!bytes_append_rest(bytes, stream, failure)) return false;
    source->encoded = bytes->data;
    source->encoded_bytes = bytes->size_bytes;
    bytes->data = NULL;
    return true;
}

bool source_open(const char *path, const struct senrt_tensor *input, struct source *out_source,
                 struct failure *failure) {
    *out_source = (struct source){.input = input};
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        read_failed(failure);
        return failure_prefix(failure, path);
    }
    struct bytes bytes = {0};
    bool is_good = bytes_append(&bytes, stream, PEEK_BYTES, failure) &&
                   (npy_is(bytes.data, bytes.size_bytes) ? open_npy(out_source, stream, &bytes, failure)
                                                         : open_picture(out_source, stream, &bytes, failure));
    free(bytes.data);
    if (!out_source->stream) fclose(stream);
    return is_good || failure_prefix(failure, path);
}

bool source_decode(struct source *source, struct failure *failure) {
    if (!source->encoded) return true;
    bool is_good = image_decode(source->encoded, source->encoded_bytes, IMAGE_MAX_PIXELS, &source->image, failure);
    free(source->encoded);
    source->encoded = NULL;
    return is_good;
}

bool source_read_picture(const char *path, struct image *out_image, struct failure *failure) {
    *out_image = (struct image){0};
    errno = 0;
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        read_failed(failure);
        return failure_prefix(failure, path);
    }
    struct bytes bytes = {0};
    bool is_good = bytes_append_rest(&bytes, stream, failure) &&
                   image_decode_alpha(bytes.data, bytes.size_bytes, IMAGE_MAX_PIXELS, out_image, failure);
    free(bytes.data);
    fclose(stream);
    return is_good || failure_prefix(failure, path);
}

bool source_read(struct source *source, float *out_values, struct failure *failure) {
    if (!source->stream)
        return source_decode(source, failure) && preprocess_picture(source->input, &source->image, out_values, failure);
    size_t count = (size_t)source->input->element_count;
    errno = 0;
    if (fread(out_values, sizeof(float), count, source->stream) == count) return true;
    return ferror(source->stream) ? read_failed(failure) : failure_set(failure, "truncated");
}

void source_close(struct source *source) {
    free(source->encoded);
    source->encoded = NULL;
    image_release(&source->image);
    if (source->stream) fclose(source->stream);
    source->stream = NULL;
}
