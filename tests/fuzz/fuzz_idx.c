/* fuzz_idx.c - any bytes are parsed like the header of an IDX file; what is accepted keeps its promises. */
#include "runtime/main/idx.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    for (unsigned rank = 1; rank <= IDX_RANK_MAX; rank++) {
        struct idx_header header;
        struct failure failure = {""};
        if (!idx_parse(data, size_bytes, rank, &header, &failure)) {
            if (!failure.text[0]) abort();
            continue;
        }
        size_t count = 1;
        for (unsigned i = 0; i < rank; i++) count *= header.dims[i];
        if (header.rank != rank || count != header.value_count || header.header_bytes != 4 + 4 * rank)
            abort();
        if (header.header_bytes > size_bytes || header.value_count > SIZE_MAX - header.header_bytes) abort();
    }
    return 0;
}
