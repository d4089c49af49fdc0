/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations that send.
 */
#include "engine/run_internal.h"

static int bind_number(struct tck_scenario_run *run, struct tck_bindings *bindings, const char *name, int64_t number,
                       struct tck_error *err)
{
    const struct tck_tree *tree = tck_tree_number(run->arena, number, TCK_NOWHERE);

    return tree ? tck_bindings_bind(bindings, run->arena, name, tree, err) : tck_no_memory(err);
}

/* The id that the step says, or the next of this stream. */
static int bind_command(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                        struct tck_bindings *bindings, struct tck_error *err)
{
    const struct tck_tree *id;
    int r;

    if (!op->id)
        return bind_number(run, bindings, TCK_VAR_COMMAND, talk->ledger.commands + 1, err);
    r = tck_bindings_resolve(bindings, op->id, run->arena, &id, err);
    return r < 0 ? r : tck_bindings_bind(bindings, run->arena, TCK_VAR_COMMAND, id, err);
}

int tck_bind_for(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                 struct tck_bindings *ret_bindings, struct tck_error *err)
{
    struct tck_bindings bindings = run->bindings;
    const struct tck_tree *entity = tck_bindings_find(&bindings, TCK_VAR_ID);
    int r;

    if (talk->ledger.entity)
        entity = tck_tree_string(run->arena, talk->ledger.entity, TCK_NOWHERE);
    if (!entity)
        return tck_no_memory(err);
    r = bind_command(run, op, talk, &bindings, err);
    if (r == 0)
        r = bind_number(run, &bindings, TCK_VAR_SEQUENCE, talk->ledger.sequence, err);
    if (r == 0)
        r = tck_bindings_bind(&bindings, run->arena, TCK_VAR_ENTITY, entity, err);
    if (r < 0)
        return r;
    *ret_bindings = bindings;
    return 0;
}

/* A stream that ended before may have good reasons to; the step that looks at what arrives will say. */
static int after_send(struct tck_scenario_run *run, struct tck_talk *talk, int sent)
{
    char patience[32];

    if (sent == TCK_SEND_ENDED && !talk->unsent)
        talk->unsent = run->op->number;
    if (sent == TCK_SEND_TIMED_OUT)
        return tck_find_gone(
            run, TCK_CAUSE_TIMEOUT, NULL, NULL,
            tck_say(run, "waited %s to send: the candidate does not read", tck_duration_text(run->patience, patience)));
    return 0;
}

int tck_op_send(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_bindings bindings;
    ProtobufCMessage *message;
    struct tck_talk *talk;
    int r;

    r = tck_talk_for(run, op, &talk, err);
    if (r < 0)
        return r;
    r = tck_bind_for(run, op, talk, &bindings, err);
    if (r < 0)
        return r;
    r = tck_message_from_tree(run->script->pool, tck_conversation(talk->ledger.conversation)->to_user_function,
                              op->tree, &bindings, run->arena, &message, err);
    if (r < 0)
        return r;
    r = tck_ledger_sent(&talk->ledger, message, err);
    if (r < 0)
        return r;
    r = tck_protocol_client_send(talk->client, message, run->until, err);
    return r < 0 ? r : after_send(run, talk, r);
}

int tck_op_send_bytes(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_talk *talk;
    int r;

    r = tck_talk_for(run, op, &talk, err);
    if (r < 0)
        return r;
    r = tck_protocol_client_send_bytes(talk->client, op->bytes, run->until, err);
    return r < 0 ? r : after_send(run, talk, r);
}

int tck_op_half_close(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_talk *talk;
    int r;

    r = tck_talk_for(run, op, &talk, err);
    if (r < 0)
        return r;
    r = tck_protocol_client_half_close(talk->client, run->until, err);
    return r == TCK_SEND_TIMED_OUT ? after_send(run, talk, r) : r < 0 ? r : 0;
}

int tck_op_abort(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_talk *talk;
    int r = tck_talk_for(run, op, &talk, err);

    if (r < 0)
        return r;
    tck_protocol_client_abort(talk->client);
    return tck_find_breaches(run, talk);
}
