/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/process.h — one process in a group of its own that cannot outlive the kit.
 *
 * The group is led by a keeper: a small child of ours (a shell) that does nothing but wait for the kit's end (the close of a
 * pipe) and then kills its group, so that not even SIGKILL of the kit leaves an orphan. As the keeper lives until the
 * group is killed, the group's number cannot pass to somebody else.
 *
 * Threads: one object, one thread.
 */
#ifndef TCK_CANDIDATE_PROCESS_H
#define TCK_CANDIDATE_PROCESS_H

#include <sys/types.h>

#include "base/error.h"

struct tck_process {
    pid_t pid, keeper;
    int keeper_pipe; /* our end; its close lets the keeper kill the group */
    int pid_fd;      /* readable when the process has ended */
    int output[2];   /* read ends of its stdout and stderr, non-blocking */
};

/* Starts argv (looked up in PATH) with stdin from /dev/null. env: the whole environment. Errors: TCK_BAD_INPUT at place
 * (no such program or directory, no permission), TCK_KIT. */
int tck_process_start(struct tck_process *process, const char *const argv[], const char *const env[],
                      const char *directory, struct tck_place place, struct tck_error *err);
/* Sends a signal to the whole group. */
void tck_process_signal(const struct tck_process *process, int signal_number);
/* Kills what is left of the group, reaps the process and the keeper, closes the descriptors. Returns the wait status of
 * the process. */
int tck_process_end(struct tck_process *process);
/* What leaves its group (a daemon, say) escapes the keeper. After tck_process_adopt_strays() such processes become children
 * of ours when their parents end, and tck_process_end_strays() kills them, with all children that the kit still has: so
 * it is called when every process has ended. Not even this helps where the kit itself is killed. */
void tck_process_adopt_strays(void);
void tck_process_end_strays(void);
/* "exited with status 3", "was killed by signal 11 (SIGSEGV)". */
void tck_process_status_text(int wait_status, char *buf, size_t size);

#endif
