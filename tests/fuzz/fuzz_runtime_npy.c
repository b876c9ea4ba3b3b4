/* fuzz_runtime_npy.c - any bytes are parsed like the header of a .npy file; what is accepted keeps its
 * promises. */
#include "runtime/main/npy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

/* The header that the shape is written as is read as the same shape. */
static void check_again(const struct npy_header *header) {
    uint8_t written[NPY_WRITTEN_BYTES];
    struct npy_header again;
    struct failure failure;
    char text[256];
    npy_format_shape(header->dims, header->rank, text, sizeof text);
    if (header->rank > 5) return; /* more than the runtime writes */
    npy_write_header(header->dims, header->rank, written);
    if (!npy_parse(written, sizeof written, &again, &failure)) abort();
    if (again.rank != header->rank || memcmp(again.dims, header->dims, sizeof again.dims)) abort();
    if (again.element_count != header->element_count) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct npy_header header;
    struct failure failure = {""};
    size_t measured;
    bool is_measured = npy_measure(data, size_bytes, &measured, &failure);
    if (!is_measured && !failure.text[0]) abort();
    bool is_good = npy_parse(data, size_bytes, &header, &failure);
    if (!is_good) {
        if (!failure.text[0]) abort();
        return 0;
    }
    if (!is_measured || measured != header.data_offset || measured > size_bytes) abort();
    if (header.element_count > SIZE_MAX / sizeof(float)) abort();
    check_again(&header);
    return 0;
}
