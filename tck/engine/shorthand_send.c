/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs that send: what they say becomes a literal of a whole message to the user function. Where it is a proxy that
 * sends, and the kit watches, the same tree is the pattern of what it must be seen to send.
 */
#include <string.h>

#include <google/protobuf/wrappers.pb-c.h>

#include "engine/compile_internal.h"

/* The value under a key of the step itself, with what is known filled in. */
static const struct tck_tree *beside(struct tck_compiler *c, const struct tck_step *step, const char *key)
{
    return tck_known(c, tck_tree_get(step->tree, key));
}

/* What the proxy's message is called, and when a step waits for a conversation of its own. */
static const struct {
    enum tck_about about;
    enum tck_opens opens;
} seen_verbs[TCK_VERB_COUNT] = {
    [TCK_VERB_INIT] = { TCK_ABOUT_SEEN_INIT, TCK_OPENS_ALWAYS },
    [TCK_VERB_EVENT] = { TCK_ABOUT_SEEN_EVENT, TCK_OPENS_NEVER },
    [TCK_VERB_COMMAND] = { TCK_ABOUT_SEEN_COMMAND, TCK_OPENS_NEVER },
    [TCK_VERB_DELTA] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_NEVER },
    [TCK_VERB_DELETE] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_NEVER },
    [TCK_VERB_CANCEL] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_NEVER },
    [TCK_VERB_UNARY] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_ALWAYS },
    [TCK_VERB_STREAMED_IN] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_ALWAYS },
    [TCK_VERB_STREAMED_OUT] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_ALWAYS },
    [TCK_VERB_DUPLEX] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_ALWAYS },
    [TCK_VERB_MESSAGE] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_NEVER },
    [TCK_VERB_SEND] = { TCK_ABOUT_SEEN_MESSAGE, TCK_OPENS_NEVER },
};

struct tck_op *tck_compile_see(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                               enum tck_opens opens, const struct tck_expected *expected)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_op *op;

    if (opens == TCK_OPENS_NEVER)
        tck_check_open(c, step);
    op = tck_ops_add(c, ops, TCK_OP_SEE, step);
    op->conversation = lane->conversation;
    op->opens = opens;
    op->expected = tck_arena_memdup(c->arena, expected, sizeof *expected);
    op->expected_count = 1;
    if (!op->expected)
        tck_compiler_no_memory(c);
    return op;
}

static struct tck_op *see_tree(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                               const struct tck_tree *message)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    const enum tck_opens opens = seen_verbs[step->verb].opens;
    struct tck_expected expected = { .awaits = TCK_AWAITS_MESSAGE,
                                     .about = seen_verbs[step->verb].about,
                                     .place = step->place };
    struct tck_op *op;

    expected.pattern = tck_checked_pattern(c, tck_conversation(lane->conversation)->to_user_function, message);
    op = tck_compile_see(c, step, ops, opens, &expected);
    lane->opened = true;
    return op;
}

static struct tck_op *send_tree(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                                enum tck_conversation conversation, enum tck_opens opens,
                                const struct tck_tree *message)
{
    struct tck_op *op;

    if (c->seen)
        return see_tree(c, step, ops, message);
    op = tck_ops_add(c, ops, TCK_OP_SEND, step);

    tck_lane_of(c, step->on)->opened = true;
    op->conversation = conversation;
    op->opens = opens;
    op->tree = tck_checked_literal(c, tck_conversation(conversation)->to_user_function, message);
    return op;
}

static const struct tck_tree *metadata_of(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *entries = beside(c, step, "metadata");

    if (c->seen && !entries) /* what headers a proxy hands on is not the scenario's affair, unless it says so */
        return tck_wrapped(c, "$optional", tck_anything(c, step->place));
    if (c->seen)
        return tck_metadata_pattern(c, entries);
    return entries ? tck_wrapped(c, "entries", entries) : NULL;
}

/* The id of a command: as written in what is seen; where it is sent, the run binds it. */
static const struct tck_tree *command_id(struct tck_compiler *c, const struct tck_step *step, const struct tck_tree *id)
{
    if (c->seen && id)
        return id;
    if (tck_pattern_is_matcher(id))
        tck_mistake(c, id->place, "'%s' matches what arrives; it cannot be sent", id->first->key);
    return tck_new_variable(c, TCK_VAR_COMMAND, step->place);
}

static struct tck_claim *claim_of(struct tck_compiler *c, const struct tck_tree *service, const struct tck_tree *entity)
{
    struct tck_claim *claim = TCK_NEW(c->arena, struct tck_claim);

    if (!claim) {
        tck_compiler_no_memory(c);
        return NULL;
    }
    claim->service = service;
    claim->entity = entity;
    return claim;
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
    if (!service)
        service = tck_new_variable(c, TCK_VAR_SERVICE, step->place);
    if (!entity)
        entity = tck_new_variable(c, TCK_VAR_ID, step->place);
    tck_put(c, init, "service_name", service);
    tck_put(c, init, "entity_id", entity);
    tck_put(c, init, "snapshot", snapshot_of(c, tck_tree_get(fields, "snapshot")));
    if (c->scenario->suite->protocol == TCK_PROTOCOL_VALUE_ENTITY)
        tck_put(c, init, "state", state_of(c, tck_tree_get(fields, "state"), step->place));
    tck_put(c, init, "delta", tck_tree_get(fields, "delta"));
    send_tree(c, step, ops, lane->conversation, TCK_OPENS_AGAIN, tck_wrapped(c, "init", init))->claim =
        c->seen ? claim_of(c, service, entity) : NULL;
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
    const struct tck_tree *id = beside(c, step, "id");
    struct tck_tree *command = tck_new_map(c, step->place);
    const struct tck_method *method;
    struct tck_op *op;
    const char *name;

    if (!tck_flag_is_true(beside(c, step, "payload_absent")))
        payload = value;
    method = tck_find_method(c, step, lane->service, beside(c, step, "name"), "command", payload, &name);
    tck_put(c, command, "entity_id", entity ? entity : tck_new_variable(c, TCK_VAR_ENTITY, step->place));
    tck_put(c, command, "id", command_id(c, step, id));
    tck_put(c, command, "name", tck_new_string(c, name, step->place));
    if (payload && (method || tck_has_type(payload)))
        tck_put(c, command, "payload", tck_typed(c, payload, method ? method->input->name : NULL, "the payload"));
    if (subscribe)
        tck_put(c, command, "streamed", tck_tree_bool(c->arena, true, step->place));
    tck_put(c, command, "metadata", metadata_of(c, step));
    op = send_tree(c, step, ops, lane->conversation, TCK_OPENS_FIRST, tck_wrapped(c, "command", command));
    if (!c->seen) {
        op->id = id;
        tck_check_variables(c, id);
    }
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
    const struct tck_tree *entity = beside(c, step, "entity"), *id = tck_known(c, step->value);
    struct tck_tree *cancelled = tck_new_map(c, step->place);
    struct tck_op *op;

    tck_put(c, cancelled, "entity_id", entity ? entity : tck_new_variable(c, TCK_VAR_ENTITY, step->place));
    tck_put(c, cancelled, "id", command_id(c, step, id));
    op = send_tree(c, step, ops, TCK_CONVERSATION_CRDT, TCK_OPENS_FIRST, tck_wrapped(c, "stream_cancelled", cancelled));
    if (!c->seen) {
        op->id = id;
        tck_check_variables(c, id);
    }
}

/* --- actions --- */

struct action_call {
    enum tck_conversation conversation;
    const char *default_key;
    bool payload; /* the first message has it; else it is the header of a stream of payloads */
};

/* A call whose first message has no payload is known by its first payload all the same. */
static void claim_call(struct tck_compiler *c, struct tck_lane *lane, struct tck_op *op, const struct tck_tree *service,
                       const char *command, const struct tck_tree *payload, const struct tck_tree *contains)
{
    struct tck_claim *claim = claim_of(c, service, NULL);

    op->claim = claim;
    lane->claim = payload ? NULL : claim;
    if (!claim)
        return;
    claim->command = command;
    claim->payload = payload;
    claim->contains = contains;
}

static void open_action(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                        const struct action_call *call)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    const struct tck_tree *service = beside(c, step, "service");
    const char *service_name = service ? tck_known_text(c, service, "the service of an action") : c->service;
    const struct tck_tree *payload = call->payload ? tck_known(c, step->value) : NULL;
    const struct tck_tree *contains = beside(c, step, "contains");
    struct tck_tree *command = tck_new_map(c, step->place);
    struct tck_op *op;
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
    op = send_tree(c, step, ops, call->conversation, TCK_OPENS_ALWAYS, command);
    if (c->seen)
        claim_call(c, lane, op, tck_new_string(c, service_name ? service_name : "", step->place), name, payload,
                   contains);
    else if (contains)
        tck_mistake(c, step->place, "'contains' tells calls behind a proxy apart; here there is no other");
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
    if (lane->claim)
        lane->claim->payload = tck_known(c, step->value);
    lane->claim = NULL;
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

    if (c->seen)
        see_tree(c, step, ops, tck_known(c, step->value));
    else
        send_tree(c, step, ops, raw_conversation(c, lane), TCK_OPENS_AGAIN, tck_known(c, step->value));
}

struct tck_bytes tck_compile_bytes(struct tck_compiler *c, const struct tck_tree *tree)
{
    const Google__Protobuf__BytesValue *value;
    struct tck_error err = { 0 };
    ProtobufCMessage *message;
    int r;

    /* The notation of bytes is that of every literal, so a message with nothing but bytes reads it. */
    r = tck_message_from_tree(c->pool, &google__protobuf__bytes_value__descriptor, tck_known(c, tree), &c->known,
                              c->arena, &message, &err);
    if (r < 0) {
        c->status = r < c->status ? r : c->status;
        tck_error_list_take(c->errors, &err);
        return tck_bytes("", 0);
    }
    value = (const Google__Protobuf__BytesValue *)message;
    return tck_bytes(value->value.data, value->value.len);
}

static void compile_send_bytes(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_SEND_BYTES, step);

    op->conversation = raw_conversation(c, lane);
    op->opens = TCK_OPENS_AGAIN;
    op->bytes = tck_compile_bytes(c, step->value);
}

static void compile_half_close(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_expected seen = { .awaits = TCK_AWAITS_HALF_CLOSE, .place = step->place };
    struct tck_lane *lane = tck_lane_of(c, step->on);
    struct tck_op *op;

    if (c->seen) {
        tck_compile_see(c, step, ops, TCK_OPENS_NEVER, &seen);
        return;
    }
    op = tck_ops_add(c, ops, TCK_OP_HALF_CLOSE, step);
    /* A stream that ends before its first message is a case of its own. */
    op->conversation = raw_conversation(c, lane);
    op->opens = TCK_OPENS_FIRST;
}

static void compile_abort(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_expected seen = { .awaits = TCK_AWAITS_RESET, .place = step->place };

    if (c->seen) {
        tck_compile_see(c, step, ops, TCK_OPENS_NEVER, &seen);
        return;
    }
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
