/* cpus.c - what the system lets this process have becomes a number of CPUs. */
#define _GNU_SOURCE 1
#include "cpus.h"
#include "senrt.h"

#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* cpu.max is "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static unsigned quota_read(const char *path) {
    uint64_t quota, period;
    FILE *stream = fopen(path, "r");
    bool has_quota = stream && fscanf(stream, "%" SCNu64 " %" SCNu64, &quota, &period) == 2 && quota && period;
    if (stream) fclose(stream);
    if (!has_quota || (quota - 1) / period >= SENRT_MAX_THREADS) return SENRT_MAX_THREADS;
    return (unsigned)((quota - 1) / period) + 1;
}

unsigned senrt_quota_cpus(const char *root, const char *group) {
    unsigned least = SENRT_MAX_THREADS;
    size_t length = strlen(group);
    for (;;) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s%.*s/cpu.max", root, (int)length, group);
        unsigned count = quota_read(path);
        if (count < least) least = count;
        if (!length) return least;
        while (--length && group[length] != '/') {}
    }
}

/* In /proc/self/cgroup the line of cgroup v2 is "0::GROUP". */
static unsigned own_quota(void) {
    unsigned count = SENRT_MAX_THREADS;
    char line[PATH_BYTES];
    FILE *stream = fopen("/proc/self/cgroup", "r");
    while (stream && fgets(line, sizeof line, stream)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, "0::/", 4)) count = senrt_quota_cpus("/sys/fs/cgroup", line + 3);
    }
    if (stream) fclose(stream);
    return count;
}

unsigned senrt_usable_cpus(void) {
    long count = 0, quota = (long)own_quota();
#ifdef __linux__
    /* The kernel refuses a set smaller than its own; 16 times 1024 CPUs are enough for any. */
    size_t set_bytes = CPU_ALLOC_SIZE(16 * 1024);
    cpu_set_t *set = calloc(1, set_bytes);
    if (set && !sched_getaffinity(0, set_bytes, set)) count = CPU_COUNT_S(set_bytes, set);
    free(set);
#endif
    if (count < 1) count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1) return 1;
    return (unsigned)(count < quota ? count : quota);
}
