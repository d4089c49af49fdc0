/* SPDX-License-Identifier: Apache-2.0
 *
 * Standing still after a failure: those that run finish, nobody begins, and one worker asks how to go on.
 */
#include <stdio.h>

#include "engine/schedule_internal.h"

static bool is_wanted(const struct tck_schedule *schedule)
{
    return schedule->paused.count > 0;
}

static bool is_interrupted(const struct tck_schedule *schedule)
{
    return schedule->options->interrupted && *schedule->options->interrupted;
}

void tck_schedule_pause_after(struct tck_schedule *schedule, const struct tck_result *result)
{
    struct tck_schedule_pause *paused = &schedule->paused;
    const bool failed = result->verdict == TCK_VERDICT_FAILED || result->verdict == TCK_VERDICT_ERRORED;

    if (schedule->options->pause && failed && result->cause != TCK_CAUSE_INTERRUPTED &&
        paused->count < TCK_COUNT(paused->results))
        paused->results[paused->count++] = result;
}

/* --- asking; nobody else does anything meanwhile --- */

static struct tck_pause_side look_at(const struct tck_schedule *schedule, enum tck_side side)
{
    const struct tck_candidate *candidate = schedule->combination.sides[side];

    if (!candidate)
        return (struct tck_pause_side){ 0 };
    return (struct tck_pause_side){ .address = tck_candidate_address(candidate),
                                    .pid = tck_candidate_pid(candidate),
                                    .output_file = tck_candidate_log_file(candidate) };
}

static void tell_paused(const struct tck_schedule *schedule, const struct tck_pause *pause)
{
    for (size_t i = 0; i < schedule->options->sink_count; i++) {
        struct tck_sink *sink = schedule->options->sinks[i];

        if (sink->methods->paused)
            sink->methods->paused(sink, schedule->run, pause);
    }
}

/* Gives the tap's port away, or takes it back; what stands in the way is the pause's trouble, in text. */
static bool lend_tap(const struct tck_schedule *schedule, struct tck_pause *pause, bool lent, char *text, size_t size)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    pause->trouble = NULL;
    if (!schedule->combination.tap) {
        snprintf(text, size, "there is no tap in this run");
        pause->trouble = text;
        return false;
    }
    if (tck_tap_refuse(schedule->combination.tap, lent, &err) < 0) {
        pause->trouble = tck_error_text(&err, text, size);
        return false;
    }
    pause->tap_lent = lent;
    return true;
}

static enum tck_pause_answer ask(const struct tck_schedule *schedule)
{
    const struct tck_run_options *options = schedule->options;
    struct tck_pause pause = { .results = schedule->paused.results,
                               .count = schedule->paused.count,
                               .user_function = look_at(schedule, TCK_SIDE_USER_FUNCTION),
                               .proxy = look_at(schedule, TCK_SIDE_PROXY),
                               .tap = schedule->combination.tap ? tck_tap_address(schedule->combination.tap) : NULL };
    char text[1024];

    for (;;) {
        enum tck_pause_answer answer;

        tell_paused(schedule, &pause);
        answer = options->pause(options->pause_context);
        if (answer == TCK_PAUSE_LEND_TAP)
            lend_tap(schedule, &pause, true, text, sizeof text);
        else if (answer == TCK_PAUSE_END || !pause.tap_lent || lend_tap(schedule, &pause, false, text, sizeof text) ||
                 is_interrupted(schedule))
            return answer;
    }
}

static void conclude(struct tck_schedule *schedule, enum tck_pause_answer answer)
{
    const struct tck_result *last = schedule->paused.results[schedule->paused.count - 1];
    char reason[1024];

    if (answer == TCK_PAUSE_END && !is_interrupted(schedule)) {
        snprintf(reason, sizeof reason, "not run: the run was ended while it paused after %s", last->scenario->id);
        tck_schedule_stop(schedule, TCK_STOP_ENDED_AT_PAUSE, reason);
    }
    schedule->paused.count = 0;
}

void tck_schedule_pause_here(struct tck_schedule *schedule)
{
    struct tck_schedule_pause *paused = &schedule->paused;

    while (is_wanted(schedule)) {
        if (paused->running > 0 || paused->asking) {
            pthread_cond_wait(&paused->changed, &schedule->lock);
        } else if (is_interrupted(schedule)) {
            conclude(schedule, TCK_PAUSE_END);
        } else {
            enum tck_pause_answer answer;

            paused->asking = true;
            pthread_mutex_unlock(&schedule->lock);
            answer = ask(schedule);
            pthread_mutex_lock(&schedule->lock);
            paused->asking = false;
            conclude(schedule, answer);
            pthread_cond_broadcast(&paused->changed);
        }
    }
}

void tck_schedule_pause_enter(struct tck_schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    tck_schedule_pause_here(schedule);
    schedule->paused.running++;
    pthread_mutex_unlock(&schedule->lock);
}

void tck_schedule_pause_leave(struct tck_schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->paused.running--;
    pthread_cond_broadcast(&schedule->paused.changed);
    pthread_mutex_unlock(&schedule->lock);
}
