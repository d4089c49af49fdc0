/* SPDX-License-Identifier: Apache-2.0
 *
 * The workers: each takes the next scenario of the plan until there is none or the run is stopped.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/schedule_internal.h"

#define CONNECT_PATIENCE   TCK_SECONDS(1)
#define CONNECT_SLICE      TCK_MS(50) /* between two looks whether it is dead */
#define JOBS_PER_PROCESSOR 4          /* most of a scenario is waiting */
#define JOBS_DEFAULT_MAX   16         /* more does not make a candidate on the same machine faster */

static bool is_interrupted(const struct tck_schedule *schedule)
{
    return schedule->options->interrupted && *schedule->options->interrupted;
}

/* --- verdicts and sinks; with the lock held --- */

static void tell_started(struct tck_schedule *schedule, const struct tck_scenario *scenario)
{
    for (size_t i = 0; i < schedule->options->sink_count; i++) {
        struct tck_sink *sink = schedule->options->sinks[i];

        if (sink->methods->scenario_started)
            sink->methods->scenario_started(sink, schedule->run, scenario);
    }
}

static void take_result(struct tck_schedule *schedule, size_t index, struct tck_result *take_result)
{
    struct tck_run *run = schedule->run;

    schedule->results[index] = take_result;
    run->count[take_result->verdict]++;
    run->deviations += take_result->deviation_count;
    if (take_result->cause == TCK_CAUSE_DIED || take_result->cause == TCK_CAUSE_UNREACHABLE)
        run->candidate_failed = true;
    if (take_result->cause == TCK_CAUSE_KIT)
        run->kit_failed = true;
    if (take_result->cause == TCK_CAUSE_SCENARIO)
        run->bad_scenario = true;
    if (take_result->verdict == TCK_VERDICT_SKIPPED && schedule->options->by_name)
        run->unproven = true;
    for (size_t i = 0; i < schedule->options->sink_count; i++) {
        struct tck_sink *sink = schedule->options->sinks[i];

        if (sink->methods->scenario_ended)
            sink->methods->scenario_ended(sink, run, take_result);
    }
}

/* What the list of known failures makes of a result, before anybody hears of it. */
static void audit(struct tck_schedule *schedule, struct tck_result *result)
{
    if (schedule->audit && tck_audit_result(schedule->audit, result, NULL) < 0)
        schedule->no_memory = true;
}

/* A result without a run. */
static int undone(struct tck_schedule *schedule, size_t index, enum tck_cause cause, const char *reason)
{
    const struct tck_plan_item *item = tck_plan_item(schedule->plan, index);
    struct tck_result *result = NULL;

    if (tck_result_new(item->scenario, &result, NULL) < 0) {
        schedule->no_memory = true;
        return TCK_KIT;
    }
    result->repetition = item->repetition;
    result->cause = cause;
    result->verdict = tck_cause_verdict(cause);
    result->reason = tck_arena_strdup(result->arena, reason);
    result->started = tck_now() - schedule->run->started;
    audit(schedule, result);
    take_result(schedule, index, result);
    return 0;
}

void tck_schedule_stop(struct tck_schedule *schedule, enum tck_stop why, const char *reason)
{
    if (schedule->stop != TCK_STOP_NOT)
        return;
    schedule->stop = why;
    schedule->stop_reason = tck_arena_strdup(schedule->run->arena, reason);
    if (!schedule->stop_reason)
        schedule->stop_reason = "the run was stopped";
}

/* --- the death of a side --- */

static void tell_death(struct tck_schedule *schedule, enum tck_side side, const char *how, const char *when)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->run->candidate_failed = true;
    if (!schedule->run->problem)
        schedule->run->problem = tck_arena_printf(schedule->run->arena, "%s %s %s",
                                                  tck_combination_side_name(&schedule->combination, side), how, when);
    pthread_mutex_unlock(&schedule->lock);
}

/* With the restart lock held: NULL when it is back, else why it is not, in reason. */
static const char *start_again(struct tck_schedule *schedule, enum tck_side side, const char *how, char *reason,
                               size_t size)
{
    const char *name = tck_combination_side_name(&schedule->combination, side);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (schedule->restarts[side] >= TCK_RUN_RESTARTS) {
        snprintf(reason, size, "%s %s, and it was started again %d times already", name, how, TCK_RUN_RESTARTS);
        return reason;
    }
    schedule->restarts[side]++;
    if (tck_combination_restart(&schedule->combination, side, &err) < 0) {
        snprintf(reason, size, "%s %s and could not be started again: %s", name, how, err.text);
        return reason;
    }
    tell_death(schedule, side, how, "during the run, and was started again");
    return NULL;
}

/* What a scenario ended and did not start again, is started without a word: it is nobody's fault. */
static const char *lift(struct tck_schedule *schedule, enum tck_side side, char *reason, size_t size)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (tck_combination_restart(&schedule->combination, side, &err) == 0)
        return NULL;
    snprintf(reason, size, "%s, which a scenario had ended, could not be started again: %s",
             tck_combination_side_name(&schedule->combination, side), err.text);
    return reason;
}

/* If the side is dead or down, it is started again. NULL when it is alive, as far as can be known, else why it is not. */
static const char *bring_back(struct tck_schedule *schedule, enum tck_side side, char *reason, size_t size)
{
    struct tck_candidate *candidate = schedule->combination.sides[side];
    const char *answer = NULL;
    char how[128];

    if (!candidate)
        return NULL;
    pthread_mutex_lock(&schedule->restart);
    /* Somebody else may have brought it back already. */
    if (tck_candidate_death(candidate, 0, how, sizeof how))
        answer = start_again(schedule, side, how, reason, size);
    else if (tck_candidate_is_down(candidate))
        answer = lift(schedule, side, reason, size);
    pthread_mutex_unlock(&schedule->restart);
    return answer;
}

static void give_up(struct tck_schedule *schedule, const char *reason)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->run->candidate_failed = true;
    tck_schedule_stop(schedule, TCK_STOP_CANDIDATE_GONE, reason);
    if (!schedule->run->problem)
        schedule->run->problem = schedule->stop_reason;
    pthread_mutex_unlock(&schedule->lock);
}

void tck_schedule_give_up_proxy(struct tck_schedule *schedule, const char *reason)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->run->candidate_failed = true;
    if (!schedule->no_proxy)
        schedule->no_proxy = tck_arena_strdup(schedule->run->arena, reason);
    if (!schedule->no_proxy)
        schedule->no_proxy = "the proxy is gone";
    if (!schedule->run->problem)
        schedule->run->problem = schedule->no_proxy;
    pthread_mutex_unlock(&schedule->lock);
}

static bool proxy_is_given_up(struct tck_schedule *schedule)
{
    bool given_up;

    pthread_mutex_lock(&schedule->lock);
    given_up = schedule->no_proxy != NULL;
    pthread_mutex_unlock(&schedule->lock);
    return given_up;
}

/* The sides that a scenario needs are alive, or given up for good. */
static void see_to_sides(struct tck_schedule *schedule, bool in_front)
{
    char reason[1024];
    const char *gone = bring_back(schedule, TCK_SIDE_USER_FUNCTION, reason, sizeof reason);

    if (gone)
        give_up(schedule, gone);
    if (gone || !in_front || proxy_is_given_up(schedule))
        return;
    gone = bring_back(schedule, TCK_SIDE_PROXY, reason, sizeof reason);
    if (gone)
        tck_schedule_give_up_proxy(schedule, gone);
}

/* --- one scenario --- */

static const enum tck_cause stop_causes[] = { [TCK_STOP_INTERRUPTED] = TCK_CAUSE_NOT_RUN,
                                              [TCK_STOP_FAILED_FAST] = TCK_CAUSE_NOT_RUN,
                                              [TCK_STOP_ENDED_AT_PAUSE] = TCK_CAUSE_NOT_RUN,
                                              [TCK_STOP_CANDIDATE_GONE] = TCK_CAUSE_UNREACHABLE };

/* A side that answered nothing at all: it is dead, or not ours to start again. */
static void see_to_unreachable(struct tck_schedule *schedule, bool in_front)
{
    static const char gone[] = "cannot be reached any more, and it was not started by us";
    char reason[256];

    if (in_front && schedule->config->proxy.address) {
        snprintf(reason, sizeof reason, "%s %s", tck_combination_side_name(&schedule->combination, TCK_SIDE_PROXY),
                 gone);
        tck_schedule_give_up_proxy(schedule, reason);
    } else if (!in_front && schedule->config->user_function.address) {
        snprintf(reason, sizeof reason, "%s %s",
                 tck_combination_side_name(&schedule->combination, TCK_SIDE_USER_FUNCTION), gone);
        give_up(schedule, reason);
    } else {
        see_to_sides(schedule, in_front);
    }
}

/* What the result means for the scenarios that follow. */
static void draw_consequences(struct tck_schedule *schedule, const struct tck_result *result)
{
    const bool in_front = tck_schedule_in_front(result->scenario);
    char reason[1024];

    if (result->cause == TCK_CAUSE_UNREACHABLE)
        see_to_unreachable(schedule, in_front);
    else if (result->cause == TCK_CAUSE_DIED)
        see_to_sides(schedule, in_front);
    if (!schedule->options->fail_fast ||
        (result->verdict != TCK_VERDICT_FAILED && result->verdict != TCK_VERDICT_ERRORED))
        return;
    snprintf(reason, sizeof reason, "not run: %s %s, and the run was to stop then", result->scenario->id,
             tck_verdict_word(result->verdict));
    pthread_mutex_lock(&schedule->lock);
    tck_schedule_stop(schedule, TCK_STOP_FAILED_FAST, reason);
    pthread_mutex_unlock(&schedule->lock);
}

/* Why the scenario does not run, though it is its turn: NULL if it does. */
static const char *obstacle(struct tck_schedule *schedule, const struct tck_prepared *prepared,
                            enum tck_cause *ret_cause)
{
    *ret_cause = TCK_CAUSE_NOT_OFFERED;
    if (prepared->skipped)
        return prepared->skipped;
    if (!prepared->script)
        return "the message types of its services are known neither to the kit nor to the candidate";
    if (schedule->no_proxy && tck_schedule_in_front(prepared->scenario)) {
        *ret_cause = TCK_CAUSE_UNREACHABLE;
        return schedule->no_proxy;
    }
    *ret_cause = stop_causes[schedule->stop];
    return schedule->stop != TCK_STOP_NOT ? schedule->stop_reason : NULL;
}

/* Tells that it starts, or gives it the verdict that it need not. */
static bool begin_item(struct tck_schedule *schedule, size_t index, const struct tck_prepared *prepared)
{
    enum tck_cause cause;
    const char *why;

    pthread_mutex_lock(&schedule->lock);
    why = obstacle(schedule, prepared, &cause);
    if (why)
        undone(schedule, index, cause, why);
    else
        tell_started(schedule, prepared->scenario);
    pthread_mutex_unlock(&schedule->lock);
    return !why;
}

/* A connection that does not come about at the first try is nothing to blame on a candidate. What is still not there
 * after this, the scenario finds out. */
static void connect_first(struct tck_schedule *schedule, enum tck_side side, struct tck_channel *channel)
{
    const int64_t deadline = tck_after(CONNECT_PATIENCE);
    char how[128];

    for (;;) {
        const int64_t slice = tck_after(CONNECT_SLICE);

        if (tck_channel_connect(channel, slice < deadline ? slice : deadline) == 0 || tck_now() >= deadline)
            return;
        if (is_interrupted(schedule) || tck_candidate_death(schedule->combination.sides[side], 0, how, sizeof how))
            return;
    }
}

/* A worker's connections, by the side that they lead to; NULL: there is no such side. */
struct channels {
    struct tck_channel *to[TCK_SIDE_COUNT];
};

/* A scenario that begins by ending the proxy needs none that runs: one that is down may stay so. */
static bool may_stay_down(const struct tck_schedule *schedule, const struct tck_script *script)
{
    struct tck_candidate *proxy = schedule->combination.sides[TCK_SIDE_PROXY];

    return proxy && tck_candidate_is_down(proxy) && script && script->block.count &&
           script->block.ops[0].step->verb == TCK_VERB_KILL_PROXY;
}

static void perform_item(struct tck_schedule *schedule, const struct channels *channels, size_t index,
                         const struct tck_script *script)
{
    const enum tck_side side = tck_schedule_in_front(script->scenario) ? TCK_SIDE_PROXY : TCK_SIDE_USER_FUNCTION;
    struct tck_result *result = NULL;

    if (tck_result_new(script->scenario, &result, NULL) < 0) {
        pthread_mutex_lock(&schedule->lock);
        schedule->no_memory = true;
        pthread_mutex_unlock(&schedule->lock);
        return;
    }
    result->repetition = tck_plan_item(schedule->plan, index)->repetition;
    result->started = tck_now() - schedule->run->started;
    if (!may_stay_down(schedule, script))
        connect_first(schedule, side, channels->to[side]);
    atomic_fetch_add(&schedule->in_flight, 1);
    tck_scenario_run(&schedule->world, channels->to[side], script, result, NULL); /* its failure is in the result */
    atomic_fetch_sub(&schedule->in_flight, 1);
    pthread_mutex_lock(&schedule->lock);
    audit(schedule, result);
    pthread_mutex_unlock(&schedule->lock);
    draw_consequences(schedule, result); /* before it is handed over: another thread may free it then */
    pthread_mutex_lock(&schedule->lock);
    take_result(schedule, index, result);
    tck_schedule_pause_after(schedule, result);
    pthread_mutex_unlock(&schedule->lock);
}

static void run_item(struct tck_schedule *schedule, const struct channels *channels, size_t index)
{
    const struct tck_prepared *prepared = tck_schedule_find(schedule, tck_plan_item(schedule->plan, index)->scenario);

    tck_schedule_turn_begin(schedule, prepared);
    tck_schedule_pause_enter(schedule);
    /* One that died after its last scenario is no excuse for the next. */
    see_to_sides(schedule, tck_schedule_in_front(prepared->scenario) && !may_stay_down(schedule, prepared->script));
    if (begin_item(schedule, index, prepared))
        perform_item(schedule, channels, index, prepared->script);
    tck_schedule_pause_leave(schedule);
    tck_schedule_turn_end(schedule, prepared);
}

/* The next scenario to run, or false. What the stop of the run leaves over gets its verdict here. */
static bool take_next(struct tck_schedule *schedule, size_t *ret_index)
{
    size_t left;
    bool taken;

    pthread_mutex_lock(&schedule->lock);
    do
        tck_schedule_pause_here(schedule); /* also after the last scenario */
    while (tck_schedule_turns_wait(schedule));
    if (is_interrupted(schedule))
        tck_schedule_stop(schedule, TCK_STOP_INTERRUPTED, "not run: the run was interrupted");
    while (schedule->stop != TCK_STOP_NOT && tck_schedule_turns_take(&schedule->turns, &left))
        undone(schedule, left, stop_causes[schedule->stop], schedule->stop_reason);
    taken = tck_schedule_turns_take(&schedule->turns, ret_index);
    pthread_mutex_unlock(&schedule->lock);
    return taken;
}

static void channels_done(struct channels *channels)
{
    for (size_t i = 0; i < TCK_SIDE_COUNT; i++)
        tck_channel_free(channels->to[i]);
}

static int channels_init(const struct tck_combination *combination, struct channels *ret_channels)
{
    for (size_t i = 0; i < TCK_SIDE_COUNT; i++) {
        const struct tck_candidate *side = combination->sides[i];

        if (side && tck_candidate_address(side) &&
            tck_channel_new(tck_candidate_address(side), NULL, &ret_channels->to[i], NULL) < 0)
            return TCK_KIT;
    }
    return 0;
}

static void *work(void *argument)
{
    struct tck_schedule *schedule = argument;
    tck_cleanup(channels_done) struct channels channels = { 0 };
    size_t index;

    if (channels_init(&schedule->combination, &channels) < 0) {
        pthread_mutex_lock(&schedule->lock);
        schedule->no_memory = true;
        pthread_mutex_unlock(&schedule->lock);
        return NULL;
    }
    while (take_next(schedule, &index))
        run_item(schedule, &channels, index);
    return NULL;
}

unsigned tck_schedule_jobs(const struct tck_plan *plan, const struct tck_run_options *options)
{
    size_t count = tck_plan_count(plan);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = options->jobs;

    if (jobs == 0)
        jobs = processors < 1 ? JOBS_PER_PROCESSOR : (unsigned)processors * JOBS_PER_PROCESSOR;
    if (options->jobs == 0 && jobs > JOBS_DEFAULT_MAX)
        jobs = JOBS_DEFAULT_MAX;
    return jobs < count ? jobs : (unsigned)count;
}

int tck_schedule_work(struct tck_schedule *schedule, struct tck_error *err)
{
    const unsigned jobs = schedule->run->jobs;
    pthread_t *threads = tck_arena_array(schedule->run->arena, jobs, sizeof *threads);
    unsigned started = 0;
    char how[128];

    if (!threads || tck_schedule_turns_fill(schedule, err) < 0)
        return tck_no_memory(err);
    while (started < jobs && pthread_create(&threads[started], NULL, work, schedule) == 0)
        started++;
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    for (int side = 0; side < TCK_SIDE_COUNT; side++) {
        const bool told = schedule->stop != TCK_STOP_NOT || (side == TCK_SIDE_PROXY && schedule->no_proxy);

        if (!told && schedule->combination.sides[side] &&
            tck_candidate_death(schedule->combination.sides[side], 0, how, sizeof how))
            tell_death(schedule, side, how, "after its last scenario");
    }
    /* Fewer threads than wanted are enough, as long as there was one. */
    if (started == 0)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no thread to run scenarios");
    return schedule->no_memory ? tck_no_memory(err) : 0;
}

int tck_schedule_abandon(struct tck_schedule *schedule, enum tck_cause cause, const char *reason, struct tck_error *err)
{
    pthread_mutex_lock(&schedule->lock);
    for (size_t i = 0; i < tck_plan_count(schedule->plan); i++)
        if (!schedule->results[i])
            undone(schedule, i, cause, reason);
    pthread_mutex_unlock(&schedule->lock);
    return schedule->no_memory ? tck_no_memory(err) : 0;
}
