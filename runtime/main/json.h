/* json.h - strings and numbers become JSON text (RFC 8259). */
#ifndef SENRT_MAIN_JSON_H
#define SENRT_MAIN_JSON_H

#include <stdio.h>

/* With quotes; bytes that are not UTF-8 become U+FFFD. */
void json_write_string(FILE *stream, const char *string);

/* The shortest decimal number that reads back as the same float; null for infinities and NaN. */
void json_write_float(FILE *stream, float value);

#endif
