/* bench_machine.c - prints the FMA peak of one thread in GFLOP/s, and the memory's read bandwidth in GB/s. */
#include "machine.h"

#include <stdio.h>

int main(void) {
    printf("%.1f %.1f\n", machine_fma_gflops(0.3), machine_read_gbytes(0.3));
    return 0;
}
