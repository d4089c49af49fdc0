/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run.h — a plan against a candidate: from "is it there?" to the last verdict.
 *
 *     r = tck_run_execute(plan, spec, config, &options, &run, err);
 *     exit code: -tck_run_status(run)
 *
 * Starts the candidate (or finds it running), asks what it offers, runs the scenarios on worker threads, and tells the
 * sinks of everything as it happens. Whatever goes wrong, every planned scenario ends with a verdict and the sinks see
 * the end of the run. A proxy, and the tap behind it, are started only if a scenario needs them; scenarios of a user
 * function speak to it directly.
 *
 * A candidate that dies is started again for the scenarios that follow, at most TCK_RUN_RESTARTS times. All scenarios
 * in flight at its death are errored: which one killed it cannot be told, only who was there.
 */
#ifndef TCK_ENGINE_RUN_H
#define TCK_ENGINE_RUN_H

#include <signal.h>

#include "candidate/config.h"
#include "known/list.h"
#include "plan/plan.h"
#include "verdict/listener.h"
#include "verdict/pause.h"
#include "wire/pool.h"

#define TCK_RUN_RESTARTS 3

struct tck_run_options {
    const char *kit_version;
    const char *command; /* for the report, see struct tck_run */
    const char *specs;   /* likewise; NULL: the built-in ones alone */
    unsigned jobs;       /* worker threads; 0: four for each processor, at most 16 */
    int64_t timeout;     /* of each scenario, in place of its own; 0: its own */
    uint64_t seed;       /* for the report, and for fresh ids */
    bool shuffled;       /* for the report: the plan is already in order */
    bool strict, upstream, fail_fast;
    bool transcripts;              /* keep those of passed scenarios too */
    bool by_name;                  /* scenarios were asked for by name: one that is skipped makes the run unproven */
    const char *log_directory;     /* for the candidate's output; NULL: memory only */
    const char *log_suffix;        /* of the files' names there: "-2" for user-function-2.log; NULL: none */
    const struct tck_known *known; /* failures that are known, or NULL; must outlive the run */
    struct tck_sink *const *sinks;
    size_t sink_count;
    /* Called when all stands still after a scenario that failed or errored, by one of the run's threads, once the sinks
     * know of it; returns how to go on, and at once if the run is interrupted. NULL: no pauses. */
    enum tck_pause_answer (*pause)(void *context);
    void *pause_context;
    const struct tck_listener *listener;      /* or NULL */
    const volatile sig_atomic_t *interrupted; /* the signal that came, or 0; NULL: nobody interrupts */
};

/* Runs it all. *ret_run is set whenever a run came about, also when its end was bad; free it with tck_run_free. Errors:
 * TCK_BAD_INPUT (a scenario that does not compile once the candidate's types are known; the program of the candidate
 * cannot be executed), TCK_KIT (no memory; a report could not be written: the run is there all the same). A bad
 * candidate is no error: the run says so. */
int tck_run_execute(const struct tck_plan *plan, const struct tck_spec *spec, const struct tck_candidate_config *config,
                    const struct tck_run_options *options, struct tck_run **ret_run, struct tck_error *err);
void tck_run_free(struct tck_run *run);
TCK_DEFINE_FREEP(struct tck_run, tck_run_free)

#endif
