/* fatal.h - the two ends from which the compiler does not come back. */
#ifndef SENC_BASE_FATAL_H
#define SENC_BASE_FATAL_H

enum senc_exit { SENC_EXIT_OK = 0, SENC_EXIT_INPUT = 1, SENC_EXIT_USAGE = 2, SENC_EXIT_BUG = 70 };

/* "senc: error: out of memory", exit 1. Files being written are removed by an atexit handler of their owner. */
_Noreturn void fatal_no_memory(void);

/* "senc: bug: ...; please report it", exit 70. For broken promises inside the compiler, never for bad input. */
_Noreturn void fatal_bug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
