/* bench_process.c - a command becomes what it took: `MS MAXRSS_KB MINOR_FAULTS MAJOR_FAULTS`, from its start to its end;
 * its standard output is thrown away. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec * 1e-6;
}

static void run(char **command) {
    int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
    execvp(command[0], command);
    perror(command[0]);
    _exit(127);
}

int main(int argc, char **argv) {
    struct rusage usage;
    int status;
    if (argc < 2) {
        fputs("Usage: bench_process COMMAND [ARGUMENT...]\n", stderr);
        return 2;
    }
    double start = now_ms();
    pid_t child = fork();
    if (child == 0) run(argv + 1);
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror("bench_process");
        return 1;
    }
    double ms = now_ms() - start;
    if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        fprintf(stderr, "bench_process: %s failed\n", argv[1]);
        return 1;
    }
    printf("%.3f %ld %ld %ld\n", ms, usage.ru_maxrss, usage.ru_minflt, usage.ru_majflt);
    return 0;
}
