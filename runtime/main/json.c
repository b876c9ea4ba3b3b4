/* json.c - strings and numbers become JSON text (RFC 8259). */
#include "json.h"

#include <math.h>
#include <stdlib.h>

/* Length of the well-formed UTF-8 sequence at `at`, or 0. Table 3-7 of the Unicode standard. */
static unsigned sequence_length(const unsigned char *at) {
    if (at[0] < 0x80) return 1;
    unsigned length = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;
    if (at[0] < 0xc2 || at[0] > 0xf4) return 0;
    unsigned low = at[0] == 0xe0 ? 0xa0 : at[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = at[0] == 0xed ? 0x9f : at[0] == 0xf4 ? 0x8f : 0xbf;
    if (at[1] < low || at[1] > high) return 0;
    for (unsigned i = 2; i < length; i++)
        if (at[i] < 0x80 || at[i] > 0xbf) return 0;
    return length;
}

void json_write_string(FILE *stream, const char *string) {
    const unsigned char *at = (const unsigned char *)string;
    putc('"', stream);
    while (*at) {
        unsigned length = sequence_length(at);
        if (!length)
            fputs("\\ufffd", stream);
        else if (*at == '"' || *at == '\\')
            fprintf(stream, "\\%c", *at);
        else if (*at < 0x20 || *at == 0x7f)
            fprintf(stream, "\\u%04x", *at);
        else
            fwrite(at, 1, length, stream);
        at += length ? length : 1;
    }
    putc('"', stream);
}

void json_write_float(FILE *stream, float value) {
    char text[32];
    if (!isfinite(value)) {
        fputs("null", stream);
        return;
    }
    for (int digits = 6; digits <= 9; digits++) { /* 9 digits are always enough */
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value) break;
    }
    fputs(text, stream);
}
