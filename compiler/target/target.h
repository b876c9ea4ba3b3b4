/* target.h - the machine that code is made for, as far as scheduling and code generation need to know it. */
#ifndef SENC_TARGET_TARGET_H
#define SENC_TARGET_TARGET_H

#include <stdint.h>

struct target {
    const char *name;   /* as in target.def; for `native` the row that was found */
    const char *level;  /* LLVM's target-cpu: what instructions may be used */
    const char *tuning; /* LLVM's tune-cpu */
    uint64_t features;  /* senrt_abi.h: what the CPU must have */
    int vector_bytes, vector_registers, chains;
    int64_t l1_bytes, l2_bytes, l3_bytes, l3_bytes_per_cycle, memory_bytes_per_cycle;
};

/* The row `name`, or for "native" the row that fits this machine best. NULL if there is no such row. */
const struct target *target_find(const char *name);

/* All names that target_find takes, "native" first. */
const char *const *target_names(int *out_count);

#endif
