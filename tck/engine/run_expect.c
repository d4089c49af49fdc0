/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations that expect: what arrives is taken once, compared, and the difference told.
 */
#include <string.h>

#include "engine/run_internal.h"

/* --- what is wanted --- */

static const struct {
    bool has_id;
    const char *words;
} abouts[TCK_ABOUT_COUNT] = {
#define XX(id, has_id, words) [TCK_ABOUT_##id] = { has_id, words },
    TCK_ABOUT_MAP(XX)
#undef XX
};

/* The command whose answer is due, where the step does not say. */
static int64_t due_command(const struct tck_talk *talk, const struct tck_expected *expected, size_t skip)
{
    if (!expected->latest && tck_ledger_open(&talk->ledger) > skip)
        return tck_ledger_open_id(&talk->ledger, skip);
    return talk->ledger.latest;
}

int tck_want(struct tck_scenario_run *run, const struct tck_talk *talk, const struct tck_expected *expected,
             size_t skip, struct tck_wanted *ret_wanted, struct tck_error *err)
{
    *ret_wanted = (struct tck_wanted){ .expected = expected };
    if (expected->id)
        return tck_bindings_resolve(&run->bindings, expected->id, run->arena, &ret_wanted->id, err);
    if (!abouts[expected->about].has_id)
        return 0;
    ret_wanted->id = tck_tree_number(run->arena, due_command(talk, expected, skip), expected->place);
    return ret_wanted->id ? 0 : tck_no_memory(err);
}

static const char *status_wanted(struct tck_scenario_run *run, const struct tck_expected *expected)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer code = TCK_BUFFER_INIT(4096);

    if (!expected->code)
        return "the end of the stream";
    if (expected->code->kind == TCK_TREE_STRING)
        return tck_say(run, "the end of the stream with %s", expected->code->text);
    tck_tree_print(expected->code, &code);
    return tck_say(run, "the end of the stream with %s", tck_buffer_string(&code));
}

const char *tck_wanted_said(struct tck_scenario_run *run, const struct tck_wanted *wanted)
{
    const struct tck_expected *expected = wanted->expected;
    char silence[32];

    if (expected->awaits == TCK_AWAITS_HALF_CLOSE)
        return "the proxy's half-close";
    if (expected->awaits == TCK_AWAITS_RESET)
        return "the proxy's reset of the stream";
    if (expected->awaits == TCK_AWAITS_END)
        return status_wanted(run, expected);
    if (expected->awaits == TCK_AWAITS_SILENCE)
        return tck_say(run, "silence for %s", tck_duration_text(expected->silence, silence));
    if (!abouts[expected->about].has_id)
        return abouts[expected->about].words;
    if (!wanted->id || !wanted->id->text)
        return tck_say(run, "%s …", abouts[expected->about].words);
    return tck_say(run, "%s %s", abouts[expected->about].words, wanted->id->text);
}

/* --- comparing --- */

/* Oldest first, and without the kit's own. */
int tck_keep_captures(struct tck_scenario_run *run, const struct tck_binding *node, const struct tck_binding *before,
                      struct tck_error *err)
{
    int r;

    if (node == before)
        return 0;
    r = tck_keep_captures(run, node->next, before, err);
    return r < 0 ? r : tck_bindings_bind(&run->bindings, run->arena, node->name, node->value, err);
}

static int compare_message(struct tck_scenario_run *run, const struct tck_wanted *wanted,
                           const ProtobufCMessage *message, bool keep, struct tck_match *match, struct tck_error *err)
{
    struct tck_bindings bindings = run->bindings;
    const struct tck_binding *before;
    int r = 0;

    if (wanted->id)
        r = tck_bindings_bind(&bindings, run->arena, TCK_VAR_COMMAND, wanted->id, err);
    if (r < 0)
        return r;
    before = bindings.head;
    *match = (struct tck_match){ .pool = run->script->pool, .arena = run->arena, .bindings = &bindings };
    r = tck_match_message(match, wanted->expected->pattern, message, err);
    match->bindings = NULL; /* it was ours */
    if (r <= 0 || !keep)
        return r;
    r = tck_keep_captures(run, bindings.head, before, err);
    return r < 0 ? r : 1;
}

/* The status as a tree of what the step speaks of. */
static int compare_end(struct tck_scenario_run *run, const struct tck_expected *expected,
                       const struct tck_call_status *status, struct tck_match *match, struct tck_error *err)
{
    struct tck_tree *pattern = tck_tree_map(run->arena, expected->place),
                    *actual = tck_tree_map(run->arena, TCK_NOWHERE);
    char code[16];
    bool built = true;

    if (expected->code)
        built = tck_tree_append(run->arena, pattern, "code", expected->code) &&
                tck_tree_append(run->arena, actual, "code",
                                tck_tree_string(run->arena, tck_grpc_code_name(status->code, code), TCK_NOWHERE));
    if (built && expected->message)
        built =
            tck_tree_append(run->arena, pattern, "message", expected->message) &&
            tck_tree_append(run->arena, actual, "message", tck_tree_string(run->arena, status->message, TCK_NOWHERE));
    if (!built || !pattern || !actual)
        return tck_no_memory(err);
    *match = (struct tck_match){ .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    return tck_match_tree(match, pattern, actual, err);
}

int tck_compare(struct tck_scenario_run *run, const struct tck_wanted *wanted, const struct tck_arrival *arrival,
                bool keep, struct tck_match *match, struct tck_error *err)
{
    const struct tck_expected *expected = wanted->expected;

    *match = (struct tck_match){ 0 };
    if (expected->awaits == TCK_AWAITS_MESSAGE && arrival->kind == TCK_ARRIVAL_MESSAGE)
        return compare_message(run, wanted, arrival->message, keep, match, err);
    if (expected->awaits == TCK_AWAITS_END && arrival->kind == TCK_ARRIVAL_END)
        return compare_end(run, expected, &arrival->status, match, err);
    return expected->awaits == TCK_AWAITS_SILENCE && arrival->kind == TCK_ARRIVAL_NOTHING;
}

/* --- telling the difference --- */

const char *tck_first_difference(struct tck_scenario_run *run, const struct tck_match *match)
{
    const struct tck_difference *first = match->differences;

    if (!first)
        return "";
    return tck_say(run, "%s%sexpected %s, was %s%s", first->path, first->path[0] ? ": " : "", first->expected,
                   first->actual,
                   match->difference_count > 1 ? tck_say(run, " (and %zu more)", match->difference_count - 1) : "");
}

int tck_find_timeout(struct tck_scenario_run *run, const char *wanted, const char *before)
{
    char patience[32];

    if (run->until == run->deadline)
        return tck_find_gone(run, TCK_CAUSE_TIMEOUT, NULL, NULL,
                             tck_say(run, "%sthe %s of the whole scenario were over while waiting for %s", before,
                                     tck_duration_text(run->deadline - run->began, patience), wanted));
    return tck_find_gone(
        run, TCK_CAUSE_TIMEOUT, NULL, NULL,
        tck_say(run, "%swaited %s for %s", before, tck_duration_text(run->patience, patience), wanted));
}

static int find_wrong_end(struct tck_scenario_run *run, const struct tck_wanted *wanted,
                          const struct tck_arrival *arrival, const struct tck_match *match, const char *before)
{
    const char *said = tck_status_said(run, &arrival->status), *what = tck_wanted_said(run, wanted);

    if (wanted->expected->awaits == TCK_AWAITS_END)
        return tck_find_gone(run, TCK_CAUSE_DIFFERENCE, &arrival->status, match,
                             tck_say(run, "%sexpected %s, but it ended with %s", before, what, said));
    return tck_find_gone(run, TCK_CAUSE_ENDED, &arrival->status, NULL,
                         tck_say(run, "%sexpected %s, but the stream ended with %s", before, what, said));
}

int tck_find_mismatch(struct tck_scenario_run *run, const struct tck_talk *talk, const struct tck_wanted *wanted,
                      const struct tck_arrival *arrival, const struct tck_match *match, const char *before)
{
    const char *what = tck_wanted_said(run, wanted), *rule = tck_new_breach_rule(run, talk);

    if (arrival->kind == TCK_ARRIVAL_NOTHING)
        return tck_find_timeout(run, what, before);
    if (arrival->kind == TCK_ARRIVAL_END)
        return find_wrong_end(run, wanted, arrival, match, before);
    if (arrival->kind == TCK_ARRIVAL_UNDECODABLE)
        return tck_find(run, TCK_CAUSE_UNDECODABLE, rule, NULL, "%sexpected %s, but what arrived is no %s: %s", before,
                        what, tck_conversation(talk->ledger.conversation)->to_proxy->name, arrival->why);
    if (wanted->expected->awaits == TCK_AWAITS_MESSAGE)
        return tck_find(run, TCK_CAUSE_DIFFERENCE, rule, match, "%s%s is not as expected: %s", before, what,
                        tck_first_difference(run, match));
    return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "%sexpected %s, but a message arrived: %s", before, what,
                    tck_message_said(run, arrival->message));
}

/* --- EXPECT --- */

/* A call with one response ends right after it. */
static int take_end_of_call(struct tck_scenario_run *run, struct tck_talk *talk, struct tck_error *err)
{
    static const struct tck_expected end = { .awaits = TCK_AWAITS_END };
    const struct tck_wanted wanted = { .expected = &end };
    struct tck_match match = { 0 };
    struct tck_arrival arrival;
    int r;

    if (tck_conversation(talk->ledger.conversation)->user_function_streams || tck_talk_ended(talk))
        return 0;
    r = tck_talk_take(run, talk, run->until, &arrival, err);
    if (r != 0)
        return r;
    if (arrival.kind != TCK_ARRIVAL_END)
        return tck_find_mismatch(run, talk, &wanted, &arrival, &match, "after the response: ");
    if (arrival.status.code != 0)
        return tck_find_gone(
            run, TCK_CAUSE_ENDED, &arrival.status, NULL,
            tck_say(run, "after its response, the call ended with %s", tck_status_said(run, &arrival.status)));
    return 0;
}

static int accept(struct tck_scenario_run *run, struct tck_talk *talk, const struct tck_arrival *arrival,
                  struct tck_error *err)
{
    int r = tck_find_breaches(run, talk);

    if (r != 0)
        return r;
    if (arrival->kind == TCK_ARRIVAL_END && talk->unsent && run->op->step->verb == TCK_VERB_PASSIVATE)
        return tck_find(run, TCK_CAUSE_ENDED, NULL, NULL, "the stream had ended before step %zu could send its message",
                        talk->unsent);
    if (arrival->kind != TCK_ARRIVAL_MESSAGE)
        return 0;
    r = take_end_of_call(run, talk, err);
    return r != 0 ? r : tck_find_breaches(run, talk);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int tck_op_expect(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const struct tck_expected *expected = op->expected;
    struct tck_arrival arrival;
    struct tck_wanted wanted;
    struct tck_match match;
    struct tck_talk *talk;
    int64_t until = run->until;
    int r;

    r = tck_talk_open(run, op, &talk, err);
    if (r == 0)
        r = tck_want(run, talk, expected, 0, &wanted, err);
    if (r < 0)
        return r;
    if (expected->awaits == TCK_AWAITS_SILENCE)
        until = sooner(tck_after(expected->silence), run->deadline);
    r = tck_talk_take(run, talk, until, &arrival, err);
    if (r != 0)
        return r;
    r = tck_compare(run, &wanted, &arrival, true, &match, err);
    if (r < 0)
        return r;
    return r ? accept(run, talk, &arrival, err) : tck_find_mismatch(run, talk, &wanted, &arrival, &match, "");
}

/* --- EITHER --- */

struct attempt {
    struct tck_wanted wanted;
    struct tck_match match;
};

static bool is_kin(const struct tck_expected *expected, const struct tck_arrival *arrival)
{
    return (expected->awaits == TCK_AWAITS_MESSAGE) == (arrival->kind == TCK_ARRIVAL_MESSAGE) &&
           (expected->awaits == TCK_AWAITS_END) == (arrival->kind == TCK_ARRIVAL_END);
}

/* The road whose expectation differs least from what arrived: of the same kind, and with the fewest differences. */
static size_t nearest_road(const struct tck_op *op, const struct attempt *attempts, const struct tck_arrival *arrival)
{
    size_t nearest = 0;
    bool found = false;

    for (size_t i = 0; i < op->road_count; i++) {
        if (!is_kin(&op->roads[i].expected, arrival))
            continue;
        if (!found || attempts[i].match.difference_count < attempts[nearest].match.difference_count)
            nearest = i;
        found = true;
    }
    return nearest;
}

static int take_road(struct tck_scenario_run *run, struct tck_talk *talk, const struct tck_road *road,
                     const struct tck_arrival *arrival, struct tck_error *err)
{
    int r = accept(run, talk, arrival, err);

    if (r == 0)
        r = tck_note_choice(run, road->as);
    return r != 0 ? r : tck_run_block(run, &road->then, err);
}

static int64_t wait_of(struct tck_scenario_run *run, const struct tck_op *op)
{
    int64_t until = run->until;

    for (size_t i = 0; i < op->road_count; i++)
        if (op->roads[i].expected.awaits == TCK_AWAITS_SILENCE)
            until = sooner(until, tck_after(op->roads[i].expected.silence));
    return until;
}

int tck_op_either(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct attempt *attempts = tck_arena_array(run->arena, op->road_count, sizeof *attempts);
    struct tck_arrival arrival;
    struct tck_talk *talk;
    size_t nearest;
    int r;

    if (!attempts)
        return tck_no_memory(err);
    r = tck_talk_open(run, op, &talk, err);
    for (size_t i = 0; r == 0 && i < op->road_count; i++)
        r = tck_want(run, talk, &op->roads[i].expected, 0, &attempts[i].wanted, err);
    if (r < 0)
        return r;
    r = tck_talk_take(run, talk, wait_of(run, op), &arrival, err);
    if (r != 0)
        return r;
    for (size_t i = 0; i < op->road_count; i++) {
        r = tck_compare(run, &attempts[i].wanted, &arrival, true, &attempts[i].match, err);
        if (r != 0)
            return r < 0 ? r : take_road(run, talk, &op->roads[i], &arrival, err);
    }
    nearest = nearest_road(op, attempts, &arrival);
    return tck_find_mismatch(run, talk, &attempts[nearest].wanted, &arrival, &attempts[nearest].match,
                             tck_say(run, "none of the %zu alternatives fits; of '%s', the nearest: ", op->road_count,
                                     op->roads[nearest].as));
}
