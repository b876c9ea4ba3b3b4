/* machine.h - what this machine can do at most, measured: the yardstick of every benchmark. */
#ifndef SENC_TESTS_MACHINE_H
#define SENC_TESTS_MACHINE_H

/* Fused multiply-adds of independent vectors of the widest kind this CPU has, for about `seconds`: GFLOP/s of one
 * thread, two operations a multiply-add. Without FMA: multiplications and additions. */
double machine_fma_gflops(double seconds);

/* Reading memory that no cache holds, one thread: GB/s. 0 if there is no memory for it. */
double machine_read_gbytes(double seconds);

double machine_seconds(void);

/* Sorts and returns the middle one. */
double median(double *values, int count);

#endif
