/* SPDX-License-Identifier: Apache-2.0
 *
 * The conversations of a scenario: by name, opened when a step needs them, and what is left of them in the end.
 */
#include <string.h>

#include "engine/run_internal.h"

static struct tck_talk *talk_find(struct tck_scenario_run *run, const char *on)
{
    for (struct tck_talk *talk = run->talks; talk; talk = talk->next)
        if (talk->current && strcmp(talk->on, on) == 0)
            return talk;
    return NULL;
}

/* A loop opens many: their names have its variable in them. */
static int name_of(struct tck_scenario_run *run, const struct tck_op *op, const char **ret_name, struct tck_error *err)
{
    const struct tck_tree *name;
    int r;

    *ret_name = op->on;
    if (!strchr(op->on, '$'))
        return 0;
    name = tck_tree_string(run->arena, op->on, op->step->place);
    if (!name)
        return tck_no_memory(err);
    r = tck_bindings_resolve(&run->bindings, name, run->arena, &name, err);
    if (r < 0)
        return r;
    if (!name->text)
        return tck_fail(err, TCK_BAD_INPUT, op->step->place, "'on' wants a text, found %s",
                        tck_tree_kind_text(name->kind));
    *ret_name = name->text;
    return 0;
}

static int none_is_open(const struct tck_op *op, const char *name, struct tck_error *err)
{
    return tck_fail(err, TCK_BAD_INPUT, op->step->place, "no stream is open on '%s' here", name);
}

int tck_talk_open(struct tck_scenario_run *run, const struct tck_op *op, struct tck_talk **ret_talk,
                  struct tck_error *err)
{
    const char *name;
    int r = name_of(run, op, &name, err);

    if (r < 0)
        return r;
    *ret_talk = talk_find(run, name);
    return *ret_talk ? 0 : none_is_open(op, name, err);
}

bool tck_talk_ended(const struct tck_talk *talk)
{
    return talk->client ? tck_protocol_client_ended(talk->client) : tck_observer_ended(talk->observer);
}

const struct tck_judge *tck_talk_judge(const struct tck_talk *talk)
{
    return talk->client ? tck_protocol_client_judge(talk->client) : tck_observer_judge(talk->observer);
}

static int open_client(struct tck_scenario_run *run, const struct tck_op *op, const char *name,
                       struct tck_protocol_client **ret_client, struct tck_error *err)
{
    const struct tck_protocol_client_options options = { .name = name,
                                                         .conversation = op->conversation,
                                                         .channel = run->channel,
                                                         .pool = run->script->pool,
                                                         .arena = run->arena,
                                                         .recording = run->recording,
                                                         .interrupted = run->world->interrupted };

    return tck_protocol_client_open(&options, ret_client, err);
}

static int open_talk(struct tck_scenario_run *run, const struct tck_op *op, const char *name,
                     struct tck_talk **ret_talk, struct tck_error *err)
{
    struct tck_talk *talk = TCK_NEW(run->arena, struct tck_talk);
    int r;

    if (!talk)
        return tck_no_memory(err);
    r = op->kind == TCK_OP_SEE ? tck_watch(run, op, name, talk, err) : open_client(run, op, name, &talk->client, err);
    if (r != 0)
        return r;
    talk->on = name;
    talk->current = true;
    tck_ledger_init(&talk->ledger, op->conversation, run->arena);
    talk->next = run->talks;
    run->talks = talk;
    *ret_talk = talk;
    return 0;
}

static bool needs_opening(const struct tck_op *op, const struct tck_talk *talk)
{
    switch (op->opens) {
    case TCK_OPENS_ALWAYS:
        return true;
    case TCK_OPENS_AGAIN:
        return !talk || tck_talk_ended(talk);
    default:
        return op->opens == TCK_OPENS_FIRST && !talk;
    }
}

/* The name goes to a new stream. An ended one is done with; an open one is looked at in the end. */
static void retire(struct tck_scenario_run *run, struct tck_talk *talk)
{
    struct tck_talk **link = &run->talks;

    if (!talk)
        return;
    talk->current = false;
    /* Of one that is watched something may be left that nobody took. */
    if (talk->observer || !tck_talk_ended(talk))
        return;
    while (*link != talk)
        link = &(*link)->next;
    *link = talk->next;
    tck_protocol_client_close(talk->client);
}

int tck_talk_for(struct tck_scenario_run *run, const struct tck_op *op, struct tck_talk **ret_talk,
                 struct tck_error *err)
{
    struct tck_talk *talk;
    const char *name;
    int r = name_of(run, op, &name, err);

    if (r < 0)
        return r;
    talk = talk_find(run, name);
    if (needs_opening(op, talk)) {
        retire(run, talk);
        return open_talk(run, op, name, ret_talk, err);
    }
    if (!talk)
        return none_is_open(op, name, err);
    *ret_talk = talk;
    return 0;
}

/* A user function that owes nothing ends the stream well because the proxy half-closed. */
static bool is_the_proxys_end(const struct tck_talk *talk, const struct tck_arrival *end)
{
    return tck_observer_was_reset(talk->observer) ||
           (end->status.code == 0 && tck_observer_was_half_closed(talk->observer) &&
            tck_observer_open_commands(talk->observer) == 0);
}

int tck_talk_take(struct tck_scenario_run *run, struct tck_talk *talk, int64_t until, struct tck_arrival *ret_arrival,
                  struct tck_error *err)
{
    int r = talk->client ? tck_protocol_client_receive(talk->client, until, ret_arrival, err)
                         : tck_observer_take(talk->observer, TCK_TO_PROXY, until, ret_arrival, err);

    if (r < 0)
        return r;
    if (talk->observer)
        run->blame = ret_arrival->kind == TCK_ARRIVAL_END && is_the_proxys_end(talk, ret_arrival)
                         ? TCK_BLAME_PROXY
                         : TCK_BLAME_USER_FUNCTION;
    if (ret_arrival->kind != TCK_ARRIVAL_NOTHING && (r = tck_mark(run, ret_arrival->at, err)) < 0)
        return r;
    if (ret_arrival->kind == TCK_ARRIVAL_INTERRUPTED)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    if (ret_arrival->kind == TCK_ARRIVAL_MESSAGE)
        tck_ledger_came(&talk->ledger, ret_arrival->message);
    else if (ret_arrival->kind == TCK_ARRIVAL_END && talk->client)
        tck_protocol_client_conclude(talk->client, true);
    return 0;
}

/* --- after the last step --- */

static int look_at_end(struct tck_scenario_run *run, struct tck_talk *talk, const struct tck_arrival *arrival)
{
    /* After a failure of the stream any status will do. */
    if (arrival->status.code != 0 && !talk->ledger.failed)
        return tck_find_gone(run, TCK_CAUSE_ENDED, &arrival->status, NULL,
                             tck_say(run, "after the last step, the stream '%s' ended with %s", talk->on,
                                     tck_status_said(run, &arrival->status)));
    if (talk->unsent)
        return tck_find(run, TCK_CAUSE_ENDED, NULL, NULL,
                        "the stream '%s' had ended before step %zu could send its message", talk->on, talk->unsent);
    return tck_find_breaches(run, talk);
}

static int drain(struct tck_scenario_run *run, struct tck_talk *talk, int64_t until, struct tck_error *err)
{
    struct tck_arrival arrival;
    const char *rule;
    int r;

    r = tck_talk_take(run, talk, until, &arrival, err);
    if (r != 0)
        return r;
    switch (arrival.kind) {
    case TCK_ARRIVAL_END:
        return look_at_end(run, talk, &arrival);
    case TCK_ARRIVAL_MESSAGE:
        rule = tck_new_breach_rule(run, talk);
        return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "a message that no step expected arrived on '%s': %s",
                        talk->on, tck_message_said(run, arrival.message));
    case TCK_ARRIVAL_UNDECODABLE:
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL,
                        "what arrived on '%s' after the last step is no message: %s", talk->on, arrival.why);
    default: /* nothing within the grace: it is reset, and nothing is held against it */
        tck_protocol_client_conclude(talk->client, false);
        return tck_find_breaches(run, talk);
    }
}

int tck_talks_drain(struct tck_scenario_run *run, struct tck_error *err)
{
    int64_t until = tck_after(TCK_DRAIN_GRACE);
    int r;

    for (struct tck_talk *talk = run->talks; talk; talk = talk->next) {
        if (talk->observer || tck_protocol_client_ended(talk->client))
            continue;
        r = tck_protocol_client_half_close(talk->client, until, err);
        if (r < 0)
            return r;
    }
    for (struct tck_talk *talk = run->talks; talk; talk = talk->next) {
        if (talk->observer)
            r = tck_watch_drain(run, talk, err);
        else
            r = tck_talk_ended(talk) ? tck_find_breaches(run, talk) : drain(run, talk, until, err);
        if (r != 0)
            return r;
    }
    return 0;
}

int tck_talks_judge(struct tck_scenario_run *run)
{
    int r = 0;

    for (struct tck_talk *talk = run->talks; talk && r == 0; talk = talk->next)
        r = tck_find_breaches(run, talk);
    return r;
}

void tck_talks_close(struct tck_scenario_run *run)
{
    for (struct tck_talk *talk = run->talks; talk; talk = talk->next) {
        tck_protocol_client_close(talk->client);
        tck_observer_free(talk->observer);
    }
    run->talks = NULL;
}
