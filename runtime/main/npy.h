/* npy.h - the header of a NumPy .npy file becomes a shape, and a shape becomes such a header.
 *
 * Read: format versions 1 to 3, little-endian float32 in C order, nothing else. Written: version 1.
 */
#ifndef SENRT_MAIN_NPY_H
#define SENRT_MAIN_NPY_H

#include "failure.h"

#include <stddef.h>
#include <stdint.h>

#define NPY_RANK_MAX 8

/* What npy_write_header writes: a multiple of 64 with room for the largest shape, so that it can be
 * rewritten. */
#define NPY_WRITTEN_BYTES 256

/* A header of more bytes is refused. */
#define NPY_HEADER_BYTES_MAX ((size_t)1 << 20)

struct npy_header {
    unsigned rank;
    uint64_t dims[NPY_RANK_MAX];
    uint64_t element_count; /* at most SIZE_MAX / 4 */
    size_t data_offset;     /* of the first number in the file */
};

bool npy_is(const uint8_t *data, size_t size_bytes);

/* How many bytes of the file npy_parse needs, from the first 12 bytes (or all, if fewer). */
bool npy_measure(const uint8_t *data, size_t size_bytes, size_t *out_size_bytes, struct failure *failure);

/* `data` begins with the file's first byte and reaches at least to the end of the header. */
bool npy_parse(const uint8_t *data, size_t size_bytes, struct npy_header *out_header,
               struct failure *failure);

/* `dims` as "[1, 28, 28]"; returns `text`. */
char *npy_format_shape(const uint64_t *dims, unsigned rank, char *text, size_t text_bytes);

void npy_write_header(const uint64_t *dims, unsigned rank, uint8_t out_header[NPY_WRITTEN_BYTES]);

#endif
