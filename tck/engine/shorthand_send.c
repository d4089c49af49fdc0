/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs that send: what they say becomes a literal of a whole message to the user function.
 */
#include <string.h>

#include <google/protobuf/wrappers.pb-c.h>

#include "engine/compile_internal.h"

/* The value under a key of the step itself, with what is known filled in. */
static const struct tck_tree *beside(struct tck_compiler *c, const struct tck_step *step, const char *key)
{
    return tck_known(c, tck_tree_get(step->tree, key));
}

static struct tck_op *send_tree(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                                enum tck_conversation conversation, enum tck_opens opens,
                                const struct tck_tree *message)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_SEND, step);

    tck_lane_of(c, step->on)->opened = true;
    op->conversation = conversation;
    op->opens = opens;
    op->tree = tck_checked_literal(c, tck_conversation(conversation)->to_user_function, message);
    return op;
}

static const struct tck_tree *metadata_of(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *entries = beside(c, step, "metadata");

    return entries ? tck_wrapped(c, "entries", entries) : NULL;
}

/* --- entities --- */

/* What Init starts from, by the key of the shorthand. */
static const struct tck_tree *snapshot_of(struct tck_compiler *c, const struct tck_tree *snapshot)
{
    struct tck_tree *map;

    if (!snapshot)
        return NULL;
    map = tck_new_map(c, snapshot->place);
    tck_put(c, map, "snapshot_sequence", tck_tree_get(snapshot, "sequence"));
    tck_put(c, map, "snapshot",
            tck_typed(c, tck_tree_get(snapshot, "value"), tck_default_type(c, "snapshot"), "the snapshot"));
    return map;
}

static bool is_word(const struct tck_tree *tree, const char *word)
{
    return tree && tree->kind == TCK_TREE_STRING && strcmp(tree->text, word) == 0;
}

/* A proxy says that nothing is stored by a state without value, so that is what is sent where the scenario says
 * nothing. */
static const struct tck_tree *state_of(struct tck_compiler *c, const struct tck_tree *state, struct tck_place place)
{
    if (is_word(state, "absent"))
        return NULL;
    if (!state || is_word(state, "empty"))
        return tck_new_map(c, place);
    return tck_wrapped(c, "value", tck_typed(c, state, tck_default_type(c, "state"), "the state"));
}

static void compile_init(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *fields = tck_known(c, step->value);
    const struct tck_tree *service = tck_tree_get(fields, "service"), *entity = tck_tree_get(fields, "entity");
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_tree *init = tck_new_map(c, step->place);

    if (!service && !c->service)
        tck_mistake(c, step->place, "no service is named: add 'services' to the suite, or 'service' to the step");
    lane->service = service ? tck_known_text(c, service, "the service of an entity") : c->service;
    lane->owed_first = lane->owed_count = 0;
    tck_put(c, init, "service_name", service ? service : tck_new_variable(c, TCK_VAR_SERVICE, step->place));
    tck_put(c, init, "entity_id", entity ? entity : tck_new_variable(c, TCK_VAR_ID, step->place));
    tck_put(c, init, "snapshot", snapshot_of(c, tck_tree_get(fields, "snapshot")));
    if (c->scenario->suite->protocol == TCK_PROTOCOL_VALUE_ENTITY)
        tck_put(c, init, "state", state_of(c, tck_tree_get(fields, "state"), step->place));
    tck_put(c, init, "delta", tck_tree_get(fields, "delta"));
    send_tree(c, step, ops, lane->conversation, TCK_OPENS_AGAIN, tck_wrapped(c, "init", init));
}

static void compile_one_event(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                              const struct tck_tree *value, const struct tck_tree *sequence)
{
    struct tck_tree *event = tck_new_map(c, value->place);

    tck_put(c, event, "sequence", sequence ? sequence : tck_new_variable(c, TCK_VAR_SEQUENCE, value->place));
    tck_put(c, event, "payload", tck_typed(c, value, tck_default_type(c, "event"), "the event"));
    send_tree(c, step, ops, TCK_CONVERSATION_EVENT_SOURCED, TCK_OPENS_FIRST, tck_wrapped(c, "event", event));
}

static void compile_event(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *value = tck_known(c, step->value), *sequence = beside(c, step, "sequence");

    if (value->kind != TCK_TREE_LIST) {
        compile_one_event(c, step, ops, value, sequence);
        return;
    }
    for (const struct tck_tree *event = value->first; event; event = event->next) {
        compile_one_event(c, step, ops, event, sequence);
        sequence = NULL; /* the others go on from the first */
    }
}

static void compile_command(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    const struct tck_tree *value = tck_known(c, step->value), *entity = beside(c, step, "entity"), *payload = NULL;
    const bool subscribe = tck_flag_is_true(beside(c, step, "subscribe"));
    struct tck_tree *command = tck_new_map(c, step->place);
    const struct tck_method *method;
    const char *name;

    if (!tck_flag_is_true(beside(c, step, "payload_absent")))
        payload = value;
    method = tck_find_method(c, step, lane->service, beside(c, step, "name"), "command", payload, &name);
    tck_put(c, command, "entity_id", entity ? entity : tck_new_variable(c, TCK_VAR_ENTITY, step->place));
    tck_put(c, command, "id", tck_new_variable(c, TCK_VAR_COMMAND, step->place));
    tck_put(c, command, "name", tck_new_string(c, name, step->place));
    if (payload && (method || tck_has_type(payload)))
        tck_put(c, command, "payload", tck_typed(c, payload, method ? method->input->name : NULL, "the payload"));
    if (subscribe)
        tck_put(c, command, "streamed", tck_tree_bool(c->arena, true, step->place));
    tck_put(c, command, "metadata", metadata_of(c, step));
    send_tree(c, step, ops, lane->conversation, TCK_OPENS_FIRST, tck_wrapped(c, "command", command))->id =
        beside(c, step, "id");
    tck_check_variables(c, beside(c, step, "id"));
    tck_lane_owes(c, lane, method);
    if (subscribe)
        lane->streamed = method;
    tck_compile_answer(c, step, ops);
}

static void compile_delta(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    send_tree(c, step, ops, TCK_CONVERSATION_CRDT, TCK_OPENS_FIRST, tck_wrapped(c, "delta", tck_known(c, step->value)));
}

static void compile_delete(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    send_tree(c, step, ops, TCK_CONVERSATION_CRDT, TCK_OPENS_FIRST,
              tck_wrapped(c, "delete", tck_new_map(c, step->place)));
}

static void compile_cancel(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *entity = beside(c, step, "entity");
    struct tck_tree *cancelled = tck_new_map(c, step->place);
    struct tck_op *op;

    tck_put(c, cancelled, "entity_id", entity ? entity : tck_new_variable(c, TCK_VAR_ENTITY, step->place));
    tck_put(c, cancelled, "id", tck_new_variable(c, TCK_VAR_COMMAND, step->place));
    op = send_tree(c, step, ops, TCK_CONVERSATION_CRDT, TCK_OPENS_FIRST, tck_wrapped(c, "stream_cancelled", cancelled));
    op->id = tck_known(c, step->value);
    tck_check_variables(c, op->id);
}

/* --- actions --- */

struct action_call {
    enum tck_conversation conversation;
    const char *default_key;
    bool payload; /* the first message has it; else it is the header of a stream of payloads */
};

static void open_action(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                        const struct action_call *call)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    const struct tck_tree *service = beside(c, step, "service");
    const char *service_name = service ? tck_known_text(c, service, "the service of an action") : c->service;
    const struct tck_tree *payload = call->payload ? tck_known(c, step->value) : NULL;
    struct tck_tree *command = tck_new_map(c, step->place);
    const char *name;

    lane->method = tck_find_method(c, step, service_name, beside(c, step, "name"), call->default_key, payload, &name);
    lane->conversation = call->conversation;
    lane->opened = true;
    lane->owed_first = lane->owed_count = 0;
    tck_put(c, command, "service_name", service_name ? tck_new_string(c, service_name, step->place) : NULL);
    tck_put(c, command, "name", tck_new_string(c, name, step->place));
    if (payload && (lane->method || tck_has_type(payload)))
        tck_put(c, command, "payload",
                tck_typed(c, payload, lane->method ? lane->method->input->name : NULL, "the payload"));
    tck_put(c, command, "metadata", metadata_of(c, step));
    send_tree(c, step, ops, call->conversation, TCK_OPENS_ALWAYS, command);
}

static void compile_unary(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    open_action(c, step, ops, &(struct action_call){ TCK_CONVERSATION_ACTION_UNARY, "unary", true });
    tck_compile_answer(c, step, ops);
}

static void compile_streamed_in(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    open_action(c, step, ops, &(struct action_call){ TCK_CONVERSATION_ACTION_STREAMED_IN, "streamed_in", false });
}

static void compile_streamed_out(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    open_action(c, step, ops, &(struct action_call){ TCK_CONVERSATION_ACTION_STREAMED_OUT, "streamed_out", true });
}

static void compile_duplex(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    open_action(c, step, ops, &(struct action_call){ TCK_CONVERSATION_ACTION_DUPLEX, "duplex", false });
}

static void compile_message(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_tree *command = tck_new_map(c, step->place);

    if (!lane->opened) {
        tck_mistake(c, step->place, "no call is open on '%s' here: begin with 'streamed_in' or 'duplex'", step->on);
        return;
    }
    tck_put(c, command, "payload",
            tck_typed(c, tck_known(c, step->value), lane->method ? lane->method->input->name : NULL, "the payload"));
    tck_put(c, command, "metadata", metadata_of(c, step));
    send_tree(c, step, ops, lane->conversation, TCK_OPENS_NEVER, command);
    tck_compile_answer(c, step, ops);
}

/* --- in raw form --- */

/* An action's call that no verb opened is one streamed both ways, which is what raw messages are for. */
static enum tck_conversation raw_conversation(struct tck_compiler *c, struct tck_lane *lane)
{
    if (c->scenario->suite->protocol == TCK_PROTOCOL_ACTION && !lane->opened)
        lane->conversation = TCK_CONVERSATION_ACTION_DUPLEX;
    lane->opened = true;
    return lane->conversation;
}

static void compile_send(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);

    send_tree(c, step, ops, raw_conversation(c, lane), TCK_OPENS_AGAIN, tck_known(c, step->value));
}

static void compile_send_bytes(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_SEND_BYTES, step);
    struct tck_error err = { 0 };
    ProtobufCMessage *message;
    int r;

    op->conversation = raw_conversation(c, lane);
    op->opens = TCK_OPENS_AGAIN;
    /* The notation of bytes is that of every literal, so a message with nothing but bytes reads it. */
    r = tck_message_from_tree(c->pool, &google__protobuf__bytes_value__descriptor, tck_known(c, step->value), &c->known,
                              c->arena, &message, &err);
    if (r < 0) {
        c->status = r < c->status ? r : c->status;
        tck_error_list_take(c->errors, &err);
        return;
    }
    op->bytes = tck_bytes(((Google__Protobuf__BytesValue *)message)->value.data,
                          ((Google__Protobuf__BytesValue *)message)->value.len);
}

static void compile_half_close(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_HALF_CLOSE, step);

    /* A stream that ends before its first message is a case of its own. */
    op->conversation = raw_conversation(c, lane);
    op->opens = TCK_OPENS_FIRST;
}

static void compile_abort(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    tck_check_open(c, step);
    tck_ops_add(c, ops, TCK_OP_ABORT, step);
}

const tck_verb_compiler tck_send_compilers[TCK_VERB_COUNT] = {
    [TCK_VERB_INIT] = compile_init,
    [TCK_VERB_EVENT] = compile_event,
    [TCK_VERB_COMMAND] = compile_command,
    [TCK_VERB_DELTA] = compile_delta,
    [TCK_VERB_DELETE] = compile_delete,
    [TCK_VERB_CANCEL] = compile_cancel,
    [TCK_VERB_UNARY] = compile_unary,
    [TCK_VERB_STREAMED_IN] = compile_streamed_in,
    [TCK_VERB_STREAMED_OUT] = compile_streamed_out,
    [TCK_VERB_DUPLEX] = compile_duplex,
    [TCK_VERB_MESSAGE] = compile_message,
    [TCK_VERB_SEND] = compile_send,
    [TCK_VERB_SEND_BYTES] = compile_send_bytes,
    [TCK_VERB_HALF_CLOSE] = compile_half_close,
    [TCK_VERB_ABORT] = compile_abort,
};
