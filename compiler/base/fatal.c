/* fatal.c - says why the compiler cannot go on, and exits. */
#include "fatal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

_Noreturn void fatal_no_memory(void) {
    fputs("senc: error: out of memory\n", stderr);
    exit(SENC_EXIT_INPUT);
}

_Noreturn void fatal_bug(const char *format, ...) {
    va_list list;
    va_start(list, format);
    fputs("senc: bug: ", stderr);
    vfprintf(stderr, format, list);
    fputs("; please report it together with the network\n", stderr);
    va_end(list);
    exit(SENC_EXIT_BUG);
}
