/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-run — runs a program and says what it took: one line with wall time in microseconds, processor time in
 * microseconds and peak resident memory in KiB, on standard error, after all that the program says itself.
 *
 *     tck-bench-run PROGRAM [ARGUMENT…]
 *
 * A program of its own because Linux counts into a child's peak what its parent held at the fork: measured from a
 * script, no program would seem smaller than the script's interpreter. Exit status: the program's; 4 if it could not be
 * measured.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_UNMEASURED = 4 };

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static int64_t us(struct timeval time)
{
    return time.tv_sec * INT64_C(1000000) + time.tv_usec;
}

static int trouble(const char *what)
{
    fprintf(stderr, "tck-bench-run: %s: %s\n", what, strerror(errno));
    return EXIT_UNMEASURED;
}

int main(int argc, char **argv)
{
    int64_t begun = now_us(), wall;
    struct rusage usage;
    int status;
    pid_t pid;

    if (argc < 2) {
        fputs("usage: tck-bench-run PROGRAM [ARGUMENT…]\n", stderr);
        return EXIT_UNMEASURED;
    }
    pid = fork();
    if (pid < 0)
        return trouble("fork");
    if (pid == 0) {
        execv(argv[1], argv + 1);
        _exit(trouble(argv[1]));
    }
    if (wait4(pid, &status, 0, &usage) < 0)
        return trouble("wait4");
    wall = now_us() - begun;
    fprintf(stderr, "%lld %lld %ld\n", (long long)wall, (long long)(us(usage.ru_utime) + us(usage.ru_stime)),
            usage.ru_maxrss);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_UNMEASURED;
}
