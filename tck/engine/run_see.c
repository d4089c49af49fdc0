/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations that see what a proxy sends.
 */
#include <cloudstate/entity.pb-c.h>

#include "engine/run_internal.h"

/* --- comparing --- */

static int want(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                struct tck_wanted *ret_wanted, struct tck_error *err)
{
    *ret_wanted = (struct tck_wanted){ .expected = op->expected };
    ret_wanted->id = tck_tree_number(run->arena, talk->ledger.commands + 1, op->step->place);
    return ret_wanted->id ? 0 : tck_no_memory(err);
}

static int compare(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                   const struct tck_arrival *arrival, struct tck_match *ret_match, struct tck_error *err)
{
    static const enum tck_arrival_kind wanted[] = { [TCK_AWAITS_MESSAGE] = TCK_ARRIVAL_MESSAGE,
                                                    [TCK_AWAITS_HALF_CLOSE] = TCK_ARRIVAL_HALF_CLOSE,
                                                    [TCK_AWAITS_RESET] = TCK_ARRIVAL_RESET };
    struct tck_bindings bindings;
    const struct tck_binding *before;
    int r;

    *ret_match = (struct tck_match){ 0 };
    if (arrival->kind != wanted[op->expected->awaits])
        return 0;
    if (arrival->kind != TCK_ARRIVAL_MESSAGE)
        return 1;
    r = tck_bind_for(run, op, talk, &bindings, err);
    if (r < 0)
        return r;
    before = bindings.head;
    *ret_match = (struct tck_match){ .pool = run->script->pool, .arena = run->arena, .bindings = &bindings };
    r = tck_match_message(ret_match, op->expected->pattern, arrival->message, err);
    ret_match->bindings = NULL; /* it was ours */
    if (r <= 0)
        return r;
    r = tck_keep_captures(run, bindings.head, before, err);
    return r < 0 ? r : 1;
}

/* --- telling the difference --- */

/* While the user function owes an answer, a proxy may well wait for it. */
static int find_nothing(struct tck_scenario_run *run, const struct tck_talk *talk, const char *what)
{
    if (tck_observer_open_commands(talk->observer))
        run->blame = TCK_BLAME_UNKNOWN;
    return tck_find_timeout(run, what, "");
}

static int find_mismatch(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                         const struct tck_wanted *wanted, const struct tck_arrival *arrival,
                         const struct tck_match *match)
{
    const char *what = tck_wanted_said(run, wanted), *rule = tck_new_breach_rule(run, talk);

    if (arrival->kind == TCK_ARRIVAL_END || arrival->kind == TCK_ARRIVAL_HALF_CLOSE ||
        arrival->kind == TCK_ARRIVAL_RESET)
        run->blame = tck_user_function_spoilt_it(run) ? TCK_BLAME_USER_FUNCTION : TCK_BLAME_PROXY;
    switch (arrival->kind) {
    case TCK_ARRIVAL_NOTHING:
        return find_nothing(run, talk, what);
    case TCK_ARRIVAL_END:
        if (!rule && !arrival->status.from_peer) /* its process may have died */
            return tck_find_gone(run, TCK_CAUSE_ENDED, &arrival->status, NULL,
                                 tck_say(run, "expected %s, but the stream had ended with %s", what,
                                         tck_status_said(run, &arrival->status)));
        return tck_find(run, TCK_CAUSE_ENDED, rule, NULL, "expected %s, but the stream had ended with %s", what,
                        tck_status_said(run, &arrival->status));
    case TCK_ARRIVAL_HALF_CLOSE:
        return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "expected %s, but the proxy half-closed", what);
    case TCK_ARRIVAL_RESET:
        return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "expected %s, but the proxy reset the stream", what);
    case TCK_ARRIVAL_UNDECODABLE:
        return tck_find(run, TCK_CAUSE_UNDECODABLE, rule, NULL, "expected %s, but what the proxy sent is no %s: %s",
                        what, tck_conversation(talk->ledger.conversation)->to_user_function->name, arrival->why);
    default:
        break;
    }
    if (op->expected->awaits == TCK_AWAITS_MESSAGE)
        return tck_find(run, TCK_CAUSE_DIFFERENCE, rule, match, "%s is not as expected: %s", what,
                        tck_first_difference(run, match));
    return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "expected %s, but the proxy sent: %s", what,
                    tck_message_said(run, arrival->message));
}

int tck_op_see(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_arrival arrival;
    struct tck_wanted wanted;
    struct tck_match match;
    struct tck_talk *talk;
    int r;

    r = tck_talk_for(run, op, &talk, err);
    if (r == 0)
        r = want(run, op, talk, &wanted, err);
    if (r != 0)
        return r;
    run->blame = TCK_BLAME_PROXY;
    r = tck_observer_take(talk->observer, TCK_TO_USER_FUNCTION, run->until, &arrival, err);
    if (r < 0)
        return r;
    if (arrival.kind == TCK_ARRIVAL_INTERRUPTED)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    r = compare(run, op, talk, &arrival, &match, err);
    if (r < 0)
        return r;
    if (arrival.kind == TCK_ARRIVAL_MESSAGE && tck_ledger_sent(&talk->ledger, arrival.message, err) < 0)
        return TCK_KIT;
    if (r == 0)
        return find_mismatch(run, op, talk, &wanted, &arrival, &match);
    r = tck_mark(run, arrival.at, err);
    return r < 0 ? r : tck_find_breaches(run, talk);
}

/* --- discovery --- */

static int compare_bytes(struct tck_scenario_run *run, const ProtobufCMessageDescriptor *type,
                         const struct tck_tree *pattern, const struct tck_buffer *bytes, const char *what,
                         struct tck_error *err)
{
    struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    r = tck_message_unpack(type, tck_buffer_bytes(bytes), run->arena, &message, &why);
    if (r == TCK_BROKEN)
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL, "%s is no %s: %s", what, type->name, why.text);
    if (r < 0) {
        tck_error_move(err, &why);
        return r;
    }
    r = tck_match_message(&match, pattern, message, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, &match, "%s is not as expected: %s", what,
                    tck_first_difference(run, &match));
}

int tck_op_see_discovery(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer info = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    tck_cleanup(tck_buffer_done) struct tck_buffer spec = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    int r;

    run->blame = TCK_BLAME_PROXY;
    r = tck_tap_proxy_info(run->world->tap, &info);
    if (r == TCK_NO_SHOW)
        return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "the proxy never asked for the entities");
    if (r == 0 && op->tree)
        r = compare_bytes(run, &cloudstate__proxy_info__descriptor, op->tree, &info, "the proxy's ProxyInfo", err);
    if (r != 0 || !op->pattern)
        return r;
    run->blame = TCK_BLAME_USER_FUNCTION;
    r = tck_tap_entity_spec(run->world->tap, &spec);
    if (r == TCK_NO_SHOW)
        return tck_find(run, TCK_CAUSE_CHECK, NULL, NULL, "the proxy was never told the entities");
    return r < 0 ? r
                 : compare_bytes(run, &cloudstate__entity_spec__descriptor, op->pattern, &spec,
                                 "the user function's EntitySpec", err);
}
