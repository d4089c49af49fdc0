/* SPDX-License-Identifier: Apache-2.0
 *
 * candidate/candidate.h — the supervisor: starts, watches and ends candidate processes.
 *
 * A side of a candidate either runs already (an address) or is started by us: in a process group of its own, its output
 * kept (in a file, the last part in memory too), its death noticed at once, and nothing of its group left behind,
 * whatever happens to the kit: a keeper process leads the group and ends it when the kit is gone, even by SIGKILL.
 *
 *     r = tck_candidate_start(&config->user_function, &options, &candidate, err);      // returns when it is ready
 *     … tck_candidate_address(candidate) …
 *     if (tck_candidate_death(candidate, TCK_MS(200), buf, sizeof buf)) …        // "was killed by signal 11 (SIGSEGV)"
 *     tck_candidate_stop(candidate);
 *
 * Threads: all functions may be called by any thread once start has returned.
 */
#ifndef TCK_CANDIDATE_CANDIDATE_H
#define TCK_CANDIDATE_CANDIDATE_H

#include <signal.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "candidate/port.h"

struct tck_candidate;

struct tck_named_port {
    const char *name; /* "tap.port" */
    int port;
};

struct tck_candidate_options {
    const char *what;          /* "the user function", for sentences */
    const char *log_directory; /* where its output is kept; NULL: memory only */
    const char *log_name;      /* of the file there, without .log; NULL: user-function */
    /* Is the side at address ready? 0: yes; negative: not yet, err says why. Called again and again until
     * ready_timeout, with its own short deadline. */
    int (*ready)(void *context, const char *address, int64_t deadline, struct tck_error *err);
    void *context;
    const volatile sig_atomic_t *interrupted; /* non-zero: give up waiting; may be NULL */
    /* Ports of the other sides, for {tap.port} and the like in command and env; {port} and {host} are this side's own.
     */
    const struct tck_named_port *ports;
    size_t port_count;
    const char *scratch; /* for {scratch}; NULL: the name stays as it is */
    struct tck_port
        *port; /* this side's, decided already (candidate/port.h); let go at the start. NULL: decided then */
};

/* Starts (or, with an address, only waits for) one side. Errors: TCK_BAD_INPUT (no such program or directory),
 * TCK_NO_SHOW: did not become ready in time (with the last reason of `ready`), exited before (with its status and last
 * line), or its port is taken. *ret_candidate is set in each case but for lack of memory: what a side that failed
 * printed is part of the report. config and options.ports must outlive the candidate. */
int tck_candidate_start(const struct tck_side_config *config, const struct tck_candidate_options *options,
                        struct tck_candidate **ret_candidate, struct tck_error *err);
/* stop_command or SIGTERM to its group, SIGKILL after the grace period; waits for the end; then frees. Takes NULL. */
void tck_candidate_stop(struct tck_candidate *candidate);
TCK_DEFINE_FREEP(struct tck_candidate, tck_candidate_stop)

const char *tck_candidate_address(const struct tck_candidate *candidate);  /* "127.0.0.1:43211" */
const char *tck_candidate_log_file(const struct tck_candidate *candidate); /* or NULL */
/* Why that file does not hold all that was printed until now, as errno; 0: it does. */
int tck_candidate_log_lost(struct tck_candidate *candidate);
/* The process that we started; 0: it was not started by us, or is not there. */
pid_t tck_candidate_pid(const struct tck_candidate *candidate);
/* Waits up to `patience` for the process to be found dead; true with a sentence ("exited with status 3", "was killed by
 * signal 11 (SIGSEGV)"). A side that was not started by us never dies. */
bool tck_candidate_death(struct tck_candidate *candidate, int64_t patience, char *buf, size_t size);
/* Starts a dead one again and waits until ready. */
int tck_candidate_restart(struct tck_candidate *candidate, struct tck_error *err);

/* --- down and up again, because a scenario wants it: neither counts as a death or as another generation --- */

/* Was it started by us? Only then the following can be done; TCK_NO_SHOW otherwise. */
bool tck_candidate_is_ours(const struct tck_candidate *candidate);
/* Ends it, as tck_candidate_stop does, or at once by SIGKILL, and returns when it ended. TCK_NO_SHOW: it did not end by
 * itself within its stop_timeout (it is down all the same). */
int tck_candidate_take_down(struct tck_candidate *candidate, bool at_once, struct tck_error *err);
bool tck_candidate_is_down(struct tck_candidate *candidate);
/* Starts it where it is down; in any case waits until it is ready, at most for its ready_timeout. */
int tck_candidate_bring_up(struct tck_candidate *candidate, struct tck_error *err);
/* Starts it where it is down, and does not wait. */
int tck_candidate_launch(struct tck_candidate *candidate, struct tck_error *err);

/* Counts starts: a scenario that sees it change knows that its candidate was replaced. */
unsigned tck_candidate_generation(const struct tck_candidate *candidate);
/* A mark in the output; the text printed since a mark, at most the last `lines` lines, made printable. */
uint64_t tck_candidate_output_mark(const struct tck_candidate *candidate);
int tck_candidate_output_since(const struct tck_candidate *candidate, uint64_t mark, size_t lines,
                               struct tck_buffer *out, struct tck_error *err);

#endif
