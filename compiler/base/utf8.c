/* utf8.c - checks UTF-8 sequences by the table of RFC 3629. */
#include "utf8.h"

uint32_t utf8_sequence_length(const unsigned char *bytes, uint32_t left) {
    unsigned char first = bytes[0];
    if (first < 0x80) return 1;
    uint32_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (!length || length > left) return 0;
    for (uint32_t i = 1; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80) return 0;
    if (first == 0xE0 && bytes[1] < 0xA0) return 0; /* overlong */
    if (first == 0xED && bytes[1] > 0x9F) return 0; /* a surrogate */
    if (first == 0xF0 && bytes[1] < 0x90) return 0; /* overlong */
    if (first == 0xF4 && bytes[1] > 0x8F) return 0; /* beyond U+10FFFF */
    return length;
}
