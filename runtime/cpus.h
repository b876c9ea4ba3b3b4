/* cpus.h - how many CPUs a control group may use. Internal to libsenrt. */
#ifndef SENRT_CPUS_H
#define SENRT_CPUS_H

#pragma GCC visibility push(hidden)

/* Below the folder `root`, where cgroup v2 is mounted: the least quota (cpu.max) of the group `group`, as "/a/b", and
 * of those that it is in, in CPUs, rounded up. At most SENRT_MAX_THREADS, which is also the answer without any quota. */
unsigned senrt_quota_cpus(const char *root, const char *group);

#pragma GCC visibility pop

#endif
