/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/schedule_internal.h — a run while it goes on: what its workers share.
 */
#ifndef TCK_ENGINE_SCHEDULE_INTERNAL_H
#define TCK_ENGINE_SCHEDULE_INTERNAL_H

#include <pthread.h>

#include "engine/combination.h"
#include "engine/discovery.h"
#include "engine/run.h"
#include "engine/scenario_run.h"
#include "known/audit.h"

/* A scenario of the plan, made ready once for all its repetitions. */
struct tck_prepared {
    const struct tck_scenario *scenario;
    const struct tck_script *script; /* NULL: cannot be compiled without the candidate's types, or is not offered */
    const char *skipped;             /* why it does not run, or NULL */
};

/* Why the scenarios that have not begun will not run any more. */
enum tck_stop {
    TCK_STOP_NOT,
    TCK_STOP_INTERRUPTED,
    TCK_STOP_FAILED_FAST,
    TCK_STOP_CANDIDATE_GONE,
    TCK_STOP_ENDED_AT_PAUSE
};

#define TCK_PAUSE_RESULTS 64 /* of one pause that are named: more than anybody reads */

struct tck_schedule_pause {
    const struct tck_result *results[TCK_PAUSE_RESULTS]; /* why a pause is wanted */
    size_t count;
    unsigned running; /* workers between enter and leave */
    bool asking;
    pthread_cond_t changed;
};

/* Which scenarios may run beside each other. In the order in which they have their turns. */
enum tck_turn {
    TCK_TURN_IN_FRONT,       /* of the proxy: beside all others that are not alone */
    TCK_TURN_ALONE_IN_FRONT, /* exclusive, and the user function lives on: who speaks to that directly is not disturbed */
    TCK_TURN_DIRECT,         /* to the user function */
    TCK_TURN_ALONE,          /* beside nothing */
    TCK_TURN_COUNT
};

struct tck_turn_queue {
    size_t *items; /* of the plan, in its order; in the run's arena */
    size_t count, next;
};

struct tck_schedule_turns {
    /* Locked in this order; who is alone writes, others read. */
    pthread_rwlock_t all, in_front;
    struct tck_turn_queue queues[TCK_TURN_COUNT]; /* as the rest, guarded by the schedule's lock */
    unsigned alone_in_front;                      /* taken, and not at their end */
    pthread_cond_t changed;                       /* somebody alone in front has ended */
};

struct tck_schedule {
    const struct tck_plan *plan;
    const struct tck_run_options *options;
    const struct tck_candidate_config *config;
    struct tck_run *run;
    struct tck_result **results; /* run->results, while they may be written */
    struct tck_pool *builtin;
    struct tck_discovery *discovery;
    struct tck_combination combination;
    struct tck_prepared *prepared; /* sorted by the address of the scenario */
    size_t prepared_count;
    struct tck_arena *scripts;
    struct tck_world world;
    struct tck_fresh_ids ids;
    atomic_uint in_flight;

    pthread_mutex_t restart; /* one restart at a time */
    unsigned restarts[TCK_SIDE_COUNT];
    pthread_mutex_t lock;    /* guards what follows, and the calls of sinks */
    struct tck_audit *audit; /* NULL: no failures are known */
    struct tck_schedule_turns turns;
    enum tck_stop stop;
    const char *stop_reason; /* in the run's arena */
    const char *no_proxy;    /* why no scenario that needs the proxy can run any more, in the run's arena; or NULL */
    bool no_memory;
    struct tck_schedule_pause paused;
};

/* Prepared scenarios: all that can be compiled before the candidate is known, then the rest. Mistakes in scenarios are
 * TCK_BAD_INPUT. */
int tck_schedule_prepare(struct tck_schedule *schedule, struct tck_error *err);
int tck_schedule_scope(struct tck_schedule *schedule, struct tck_error *err);
/* Is there a scenario that the configuration lets run, and that stands in front of a proxy? After scope: and that the
 * candidate offers? */
bool tck_schedule_needs_proxy(const struct tck_schedule *schedule);
bool tck_schedule_in_front(const struct tck_scenario *scenario); /* of a proxy */
const struct tck_prepared *tck_schedule_find(const struct tck_schedule *schedule, const struct tck_scenario *scenario);

/* Worker threads for this plan: as many as asked for, but no more than scenarios. */
unsigned tck_schedule_jobs(const struct tck_plan *plan, const struct tck_run_options *options);
/* Runs all scenarios of the plan on worker threads and returns when each has its verdict. */
int tck_schedule_work(struct tck_schedule *schedule, struct tck_error *err);
/* With the lock held: what has not begun will not run any more, for the first such reason. */
void tck_schedule_stop(struct tck_schedule *schedule, enum tck_stop why, const char *reason);

/* --- turns (schedule_turns.c) --- */

void tck_schedule_turns_init(struct tck_schedule_turns *turns);
void tck_schedule_turns_done(struct tck_schedule_turns *turns);
/* Every item of the plan gets its turn. With one worker that is the order of the plan. Where several run at once, those that
 * wait by the clock come first, and those that are alone late, one after the other: each would have to wait until others
 * ended, with the machine idle. */
int tck_schedule_turns_fill(struct tck_schedule *schedule, struct tck_error *err);
/* With the lock held: if the next one would only wait for another one that is alone in front, waits for that one's end, so
 * that they come in their order. False: it is nobody's end that was waited for. */
bool tck_schedule_turns_wait(struct tck_schedule *schedule);
/* With the lock held: the item whose turn it is; false: there is none any more. */
bool tck_schedule_turns_take(struct tck_schedule_turns *turns, size_t *ret_index);
/* Around a scenario: returns when it may run. */
void tck_schedule_turn_begin(struct tck_schedule *schedule, const struct tck_prepared *prepared);
void tck_schedule_turn_end(struct tck_schedule *schedule, const struct tck_prepared *prepared);

/* --- standing still after a failure (schedule_pause.c) --- */

/* With the lock held: of this result a person may want to know more. */
void tck_schedule_pause_after(struct tck_schedule *schedule, const struct tck_result *result);
/* With the lock held: returns when nobody wants to stand still any more. Whoever comes when nothing runs asks. */
void tck_schedule_pause_here(struct tck_schedule *schedule);
/* Around what a worker does for one scenario. */
void tck_schedule_pause_enter(struct tck_schedule *schedule);
void tck_schedule_pause_leave(struct tck_schedule *schedule);

/* Scenarios that need the proxy end with this reason from now on, as the candidate's fault. */
void tck_schedule_give_up_proxy(struct tck_schedule *schedule, const char *reason);
/* Ends every scenario that has no verdict yet with this cause. */
int tck_schedule_abandon(struct tck_schedule *schedule, enum tck_cause cause, const char *reason,
                         struct tck_error *err);

#endif
