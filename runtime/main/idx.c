/* idx.c - bytes of an IDX file (the format of MNIST) become an array of bytes.
 *
 * Format: two zero bytes, the type (8: unsigned byte), the rank, then each dimension as a big-endian 32-bit
 * number, then the values.
 */
#include "idx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TYPE_UBYTE 0x08

static const char *type_name(unsigned type) {
    static const struct {
        unsigned type;
        const char *name;
    } types[] = {{0x09, "signed bytes"},
                 {0x0b, "16-bit integers"},
                 {0x0c, "32-bit integers"},
                 {0x0d, "floats"},
                 {0x0e, "doubles"}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type) return types[i].name;
    return NULL;
}

bool idx_parse(const uint8_t *data, size_t size_bytes, unsigned rank, struct idx_header *out_header,
               struct failure *failure) {
    *out_header = (struct idx_header){0};
    if (size_bytes < 4) return failure_set(failure, "truncated: no IDX header");
    if (data[0] || data[1] || (data[2] != TYPE_UBYTE && !type_name(data[2])) || !data[3])
        return failure_set(failure, "is not an IDX file");
    if (data[2] != TYPE_UBYTE)
        return failure_set(failure, "holds %s; an IDX file of unsigned bytes is wanted", type_name(data[2]));
    if (data[3] != rank)
        return failure_set(failure, "has %u dimension%s; an IDX file of %s has %u", data[3],
                           data[3] == 1 ? "" : "s", rank == 1 ? "labels" : "pictures", rank);
    size_t header_bytes = 4 + 4 * (size_t)rank;
    if (size_bytes < header_bytes) return failure_set(failure, "truncated: no IDX header");
    size_t count = 1;
    for (unsigned i = 0; i < rank; i++) {
        const uint8_t *at = data + 4 + 4 * i;
        uint32_t dim = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        if (!dim) return failure_set(failure, "is empty: dimension %u is 0", i);
        if (count > (SIZE_MAX / 2 - header_bytes) / dim) return failure_set(failure, "is too large");
        count *= dim;
        out_header->dims[i] = dim;
    }
    out_header->rank = rank;
    out_header->header_bytes = header_bytes;
    out_header->value_count = count;
    return true;
}

/* Reads up to `wanted` bytes; fewer at the end of the file. */
static bool read_some(gzFile stream, uint8_t *to, size_t wanted, size_t *out_count, struct failure *failure) {
    size_t count = 0;
    while (count < wanted) {
        unsigned chunk = wanted - count < (1U << 30) ? (unsigned)(wanted - count) : 1U << 30;
        int got = gzread(stream, to + count, chunk);
        if (got < 0) {
            int code;
            const char *text = gzerror(stream, &code);
            return failure_set(failure, "%s", code == Z_ERRNO ? strerror(errno) : text);
        }
        if (!got) break;
        count += (size_t)got;
    }
    *out_count = count;
    return true;
}

/* Memory grows with what the file really holds, not with what its header claims. */
static bool read_values(gzFile stream, struct idx_file *file, const uint8_t *header_bytes,
                        struct failure *failure) {
    size_t total = file->header.header_bytes + file->header.value_count;
    size_t capacity = file->header.header_bytes, size = 0;
    for (;;) {
        size_t grown = capacity < total ? capacity + ((size_t)16 << 20) : total;
        if (grown > total) grown = total;
        uint8_t *bytes = realloc(file->bytes, grown);
        if (!bytes) return failure_set_no_memory(failure);
        file->bytes = bytes;
        if (!size) {
            memcpy(bytes, header_bytes, file->header.header_bytes);
            size = file->header.header_bytes;
        }
        size_t count;
        if (!read_some(stream, bytes + size, grown - size, &count, failure)) return false;
        size += count;
        if (size < grown)
            return failure_set(failure, "truncated: %zu of %zu values are there",
                               size - file->header.header_bytes, file->header.value_count);
        capacity = grown;
        if (size == total) break;
    }
    uint8_t surplus;
    size_t count;
    if (!read_some(stream, &surplus, 1, &count, failure)) return false;
    if (count) return failure_set(failure, "is longer than its header says");
    file->values = file->bytes + file->header.header_bytes;
    return true;
}

static bool read_file(gzFile stream, unsigned rank, struct idx_file *file, struct failure *failure) {
    uint8_t header[4 + 4 * IDX_RANK_MAX];
    size_t count;
    if (!read_some(stream, header, 4, &count, failure)) return false;
    if (count == 4) {
        size_t more;
        if (!read_some(stream, header + 4, 4 * (size_t)rank, &more, failure)) return false;
        count += more;
    }
    return idx_parse(header, count, rank, &file->header, failure) &&
           read_values(stream, file, header, failure);
}

bool idx_load(const char *path, unsigned rank, struct idx_file *out_file, struct failure *failure) {
    *out_file = (struct idx_file){0};
    errno = 0;
    gzFile stream = gzopen(path, "rb");
    if (!stream) {
        failure_set(failure, "%s", errno ? strerror(errno) : "not enough memory");
        return failure_prefix(failure, path);
    }
    bool is_good = read_file(stream, rank, out_file, failure);
    /* A damaged end of a gzip file shows only here. */
    if (gzclose(stream) != Z_OK && is_good) is_good = failure_set(failure, "damaged gzip file");
    if (is_good) return true;
    idx_release(out_file);
    return failure_prefix(failure, path);
}

void idx_release(struct idx_file *file) {
    free(file->bytes);
    *file = (struct idx_file){0};
}
