/* idx.h - bytes of an IDX file (the format of MNIST) become an array of bytes. */
#ifndef SENRT_MAIN_IDX_H
#define SENRT_MAIN_IDX_H

#include "failure.h"

#include <stddef.h>
#include <stdint.h>

#define IDX_RANK_MAX 4

struct idx_header {
    unsigned rank;
    uint32_t dims[IDX_RANK_MAX];
    size_t header_bytes;
    size_t value_count; /* one byte each */
};

/* A whole file, read: */
struct idx_file {
    struct idx_header header;
    uint8_t *bytes;        /* owned; the header and the values */
    const uint8_t *values; /* inside `bytes` */
};

/* Parses the header only; `data` may end right behind it. Only unsigned bytes of the given rank are accepted.
 */
bool idx_parse(const uint8_t *data, size_t size_bytes, unsigned rank, struct idx_header *out_header,
               struct failure *failure);

/* Reads a file, gzipped or not, whose size must be what its header says. The caller releases. */
bool idx_load(const char *path, unsigned rank, struct idx_file *out_file, struct failure *failure);
void idx_release(struct idx_file *file);

#endif
