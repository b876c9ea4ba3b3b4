/* utf8.h - which bytes make up a character. */
#ifndef SENC_BASE_UTF8_H
#define SENC_BASE_UTF8_H

#include <stdint.h>

/* Length of the UTF-8 sequence at `bytes`, of which `left` (at least 1) are there; 0 if it is not a valid
 * one. */
uint32_t utf8_sequence_length(const unsigned char *bytes, uint32_t left);

#endif
