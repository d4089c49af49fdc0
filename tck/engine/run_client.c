/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations of clients: calls by name, what they say and what they hear.
 */
#include <string.h>

#include "engine/run_internal.h"

/* cloudstate.entity_key of a field, and its number in older descriptors. */
#define ENTITY_KEY        1080
#define LEGACY_ENTITY_KEY 50002

/* --- names --- */

int tck_resolve_tree_text(struct tck_scenario_run *run, const struct tck_tree *tree, const char **ret_text,
                          struct tck_error *err)
{
    const struct tck_tree *resolved;
    int r = tck_bindings_resolve(&run->bindings, tree, run->arena, &resolved, err);

    if (r < 0)
        return r;
    if (!resolved->text)
        return tck_fail(err, TCK_BAD_INPUT, tree->place, "a text is needed here, found %s",
                        tck_tree_kind_text(resolved->kind));
    *ret_text = resolved->text;
    return 0;
}

int tck_resolve_text(struct tck_scenario_run *run, const char *text, const char **ret_text, struct tck_error *err)
{
    const struct tck_tree *tree;

    *ret_text = text;
    if (!strchr(text, '$'))
        return 0;
    tree = tck_tree_string(run->arena, text, run->op->step->place);
    return tree ? tck_resolve_tree_text(run, tree, ret_text, err) : tck_no_memory(err);
}

static struct tck_client_call *find_call(struct tck_scenario_run *run, const char *name)
{
    for (struct tck_client_call *call = run->calls; call; call = call->next)
        if (call->current && strcmp(call->name, name) == 0)
            return call;
    return NULL;
}

static int call_of(struct tck_scenario_run *run, const struct tck_op *op, struct tck_client_call **ret_call,
                   struct tck_error *err)
{
    const char *name;
    int r = tck_resolve_text(run, op->call, &name, err);

    if (r < 0)
        return r;
    *ret_call = find_call(run, name);
    return *ret_call ? 0 : tck_fail(err, TCK_BAD_INPUT, op->step->place, "no call '%s' was begun here", name);
}

/* The name goes to a new call; of one that is open the end will tell. */
static void retire(struct tck_scenario_run *run, const char *name)
{
    struct tck_client_call **link = &run->calls, *call = find_call(run, name);

    if (!call)
        return;
    call->current = false;
    if (!call->ended)
        return;
    while (*link != call)
        link = &(*link)->next;
    *link = call->next;
    tck_service_call_free(call->call);
}

void tck_calls_free(struct tck_scenario_run *run)
{
    for (struct tck_client_call *call = run->calls; call; call = call->next)
        tck_service_call_free(call->call);
    run->calls = NULL;
}

void tck_run_arenas_free(struct tck_scenario_run *run)
{
    for (struct tck_run_arena *each = run->arenas, *next; each; each = next) {
        next = each->next;
        tck_arena_free(each->arena); /* which holds the node too */
    }
    run->arenas = NULL;
}

/* --- CALL --- */

static int fill_metadata(struct tck_scenario_run *run, const struct tck_tree *list, struct tck_metadata *ret_metadata,
                         struct tck_error *err)
{
    const struct tck_tree *resolved, *key, *value;
    int r;

    if (!list)
        return 0;
    r = tck_bindings_resolve(&run->bindings, list, run->arena, &resolved, err);
    if (r < 0)
        return r;
    for (const struct tck_tree *entry = resolved->first; entry && r == 0; entry = entry->next) {
        key = tck_tree_get(entry, "key");
        value = tck_tree_get(entry, "string_value");
        if (!key || !key->text || !value || !value->text)
            return tck_fail(err, TCK_BAD_INPUT, entry->place, "a request header is {key, string_value}");
        r = tck_metadata_add(ret_metadata, key->text, value->text, value->text_size, err);
    }
    return r;
}

static bool is_entity_key(struct tck_scenario_run *run, const ProtobufCMessageDescriptor *type,
                          const ProtobufCFieldDescriptor *field)
{
    const struct tck_bytes options = tck_pool_field_options(run->script->pool, type, field);
    uint64_t is_key = 0;

    return (tck_option_varint(options, ENTITY_KEY, &is_key) ||
            tck_option_varint(options, LEGACY_ENTITY_KEY, &is_key)) &&
           is_key;
}

/* Which entity the request is for: the field that is marked as the key, where there is one that is a text. */
static const char *entity_key(struct tck_scenario_run *run, const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    const char *key = NULL;

    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];

        if (field->type != PROTOBUF_C_TYPE_STRING || field->label == PROTOBUF_C_LABEL_REPEATED ||
            !is_entity_key(run, type, field))
            continue;
        if (key)
            return NULL; /* several make one, in a way that is the proxy's */
        key = *(const char *const *)((const char *)message + field->offset);
    }
    return key;
}

/* "/a.B/Method" is a.B's. */
static int own_entity(struct tck_scenario_run *run, const struct tck_method *method, const ProtobufCMessage *message,
                      struct tck_error *err)
{
    const char *key = entity_key(run, message), *slash = strrchr(method->full_name, '/');

    if (!key || !slash)
        return 0;
    return tck_own(run, tck_say(run, "%.*s", (int)(slash - method->full_name - 1), method->full_name + 1), key, false,
                   err);
}

static int begin(struct tck_scenario_run *run, const struct tck_op *op, struct tck_client_call *call,
                 const ProtobufCMessage *message, struct tck_error *err)
{
    struct tck_metadata metadata = { 0 };
    const struct tck_service_call_options options = { .name = call->name,
                                                      .channel = run->channel,
                                                      .pool = run->script->pool,
                                                      .method = op->method,
                                                      .metadata = &metadata,
                                                      .deadline = op->patience ? tck_after(op->patience) : TCK_NEVER,
                                                      .arena = run->arena,
                                                      .recording = run->recording,
                                                      .interrupted = run->world->interrupted };
    int r;

    r = fill_metadata(run, op->metadata, &metadata, err);
    if (r == 0)
        r = tck_service_call_start(&options, &call->call, err);
    tck_metadata_done(&metadata);
    if (r < 0 || !message)
        return r;
    /* That it ended or was held back is what the next step hears. */
    r = tck_service_call_send(call->call, message, run->until, err);
    return r < 0 ? r : 0;
}

int tck_op_call(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_client_call *call = TCK_NEW(run->arena, struct tck_client_call);
    ProtobufCMessage *message = NULL;
    int r;

    if (!call)
        return tck_no_memory(err);
    r = tck_resolve_text(run, op->call, &call->name, err);
    if (r == 0 && op->tree)
        r = tck_message_from_tree(run->script->pool, op->method->input, op->tree, &run->bindings, run->arena, &message,
                                  err);
    if (r == 0 && message)
        r = own_entity(run, op->method, message, err);
    if (r == 0)
        r = tck_mark(run, tck_now(), err); /* when it was begun, so before anything came of it */
    if (r == 0)
        r = begin(run, op, call, message, err);
    if (r < 0) {
        tck_service_call_free(call->call);
        return r;
    }
    retire(run, call->name);
    call->current = true;
    call->streams = op->method->server_streaming;
    call->next = run->calls;
    run->calls = call;
    return 0;
}

/* --- SAY, END_SAYING, LEAVE --- */

static int after_saying(struct tck_scenario_run *run, int said)
{
    char patience[32];

    if (said != TCK_TIMED_OUT)
        return said < 0 ? said : 0;
    run->blame = TCK_BLAME_UNKNOWN; /* either may have stopped reading */
    return tck_find_gone(run, TCK_CAUSE_TIMEOUT, NULL, NULL,
                         tck_say(run, "the client waited %s to send: the proxy does not read",
                                 tck_duration_text(run->patience, patience)));
}

int tck_op_say(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_client_call *call;
    ProtobufCMessage *message;
    int r;

    r = call_of(run, op, &call, err);
    if (r == 0)
        r = tck_message_from_tree(run->script->pool, op->method->input, op->tree, &run->bindings, run->arena, &message,
                                  err);
    if (r == 0)
        r = tck_mark(run, tck_now(), err);
    return r < 0 ? r : after_saying(run, tck_service_call_send(call->call, message, run->until, err));
}

int tck_op_end_saying(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_client_call *call;
    int r = call_of(run, op, &call, err);

    if (r == 0)
        r = tck_mark(run, tck_now(), err);
    return r < 0 ? r : after_saying(run, tck_service_call_half_close(call->call, run->until, err));
}

int tck_op_leave(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_client_call *call;
    int r = call_of(run, op, &call, err);

    if (r == 0)
        r = tck_mark(run, tck_now(), err);
    if (r < 0)
        return r;
    tck_service_call_cancel(call->call);
    call->ended = true;
    return 0;
}

/* --- HEAR --- */

/* As an arrival, which is what expectations are compared with. */
static struct tck_arrival arrival_of(const struct tck_heard *heard)
{
    static const enum tck_arrival_kind kinds[] = {
        [TCK_HEARD_MESSAGE] = TCK_ARRIVAL_MESSAGE,
        [TCK_HEARD_UNDECODABLE] = TCK_ARRIVAL_UNDECODABLE,
        [TCK_HEARD_END] = TCK_ARRIVAL_END,
        [TCK_HEARD_NOTHING] = TCK_ARRIVAL_NOTHING,
        [TCK_HEARD_INTERRUPTED] = TCK_ARRIVAL_INTERRUPTED,
    };

    return (struct tck_arrival){ .kind = kinds[heard->kind],
                                 .at = heard->at,
                                 .message = heard->message,
                                 .why = heard->why,
                                 .status = heard->status };
}

static int hear(struct tck_scenario_run *run, struct tck_client_call *call, int64_t until,
                struct tck_arrival *ret_arrival, struct tck_error *err)
{
    struct tck_heard heard;
    int r = tck_service_call_receive(call->call, until, &heard, err);

    if (r < 0)
        return r;
    *ret_arrival = arrival_of(&heard);
    if (heard.kind == TCK_HEARD_INTERRUPTED)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    if (heard.kind == TCK_HEARD_END)
        call->ended = true;
    return 0;
}

static const char *heard_said(struct tck_scenario_run *run, const struct tck_wanted *wanted)
{
    if (wanted->expected->awaits == TCK_AWAITS_MESSAGE)
        return "a reply";
    return wanted->expected->awaits == TCK_AWAITS_END ? tck_say(run, "the end of the call")
                                                      : tck_wanted_said(run, wanted);
}

static int find_of(struct tck_scenario_run *run, const struct tck_client_call *call, const struct tck_wanted *wanted,
                   const struct tck_arrival *arrival, const struct tck_match *match)
{
    const bool wants_end = wanted->expected->awaits == TCK_AWAITS_END;
    const char *what = heard_said(run, wanted);

    switch (arrival->kind) {
    case TCK_ARRIVAL_NOTHING:
        return tck_find_timeout(run, what, tck_say(run, "the client of '%s': ", call->name));
    case TCK_ARRIVAL_UNDECODABLE:
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL,
                        "the client of '%s' wanted %s, but what it heard is no such message: %s", call->name, what,
                        arrival->why);
    case TCK_ARRIVAL_END:
        if (wants_end)
            return tck_find_gone(run, TCK_CAUSE_DIFFERENCE, &arrival->status, match,
                                 tck_say(run, "the call '%s' did not end as expected: %s; it ended with %s", call->name,
                                         tck_first_difference(run, match), tck_status_said(run, &arrival->status)));
        return tck_find_gone(run, TCK_CAUSE_ENDED, &arrival->status, NULL,
                             tck_say(run, "the client of '%s' wanted %s, but the call ended with %s", call->name, what,
                                     tck_status_said(run, &arrival->status)));
    default:
        break;
    }
    if (wanted->expected->awaits == TCK_AWAITS_MESSAGE)
        return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, match, "what the client of '%s' heard is not as expected: %s",
                        call->name, tck_first_difference(run, match));
    return tck_find(run, TCK_CAUSE_UNEXPECTED, NULL, NULL, "the client of '%s' wanted %s, but heard: %s", call->name,
                    what, tck_message_said(run, arrival->message));
}

static int find_unheard(struct tck_scenario_run *run, const struct tck_client_call *call,
                        const struct tck_wanted *wanted, const struct tck_arrival *arrival,
                        const struct tck_match *match)
{
    const struct tck_suspect suspect = { .arrival = arrival,
                                         .more = call->streams,
                                         .failed = arrival->kind == TCK_ARRIVAL_END && arrival->status.code != 0 };
    int r;

    /* A user function says why something failed, and the proxy by which status that is told. */
    if (match->difference_count == 1 && arrival->kind == TCK_ARRIVAL_END &&
        strcmp(match->differences->path, "code") == 0)
        run->blame = TCK_BLAME_PROXY;
    else
        run->suspect = &suspect;
    r = find_of(run, call, wanted, arrival, match);
    run->suspect = NULL;
    return r;
}

/* After the one reply the call ends with OK. */
static int hear_last(struct tck_scenario_run *run, struct tck_client_call *call, struct tck_error *err)
{
    const struct tck_tree *ok = tck_tree_string(run->arena, "OK", run->op->step->place);
    const struct tck_expected end = { .awaits = TCK_AWAITS_END, .code = ok, .place = run->op->step->place };
    const struct tck_wanted wanted = { .expected = &end };
    struct tck_arrival arrival;
    struct tck_match match;
    int r;

    if (!ok)
        return tck_no_memory(err);
    r = hear(run, call, run->until, &arrival, err);
    if (r != 0)
        return r;
    r = tck_compare(run, &wanted, &arrival, false, &match, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return find_unheard(run, call, &wanted, &arrival, &match);
}

int tck_op_hear(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const struct tck_wanted wanted = { .expected = op->expected };
    int64_t until = run->until, quiet = tck_after(op->expected->silence);
    struct tck_client_call *call;
    struct tck_arrival arrival;
    struct tck_match match;
    int r;

    if (op->expected->awaits == TCK_AWAITS_SILENCE)
        until = quiet < run->deadline ? quiet : run->deadline;
    r = call_of(run, op, &call, err);
    if (r == 0)
        r = hear(run, call, until, &arrival, err);
    if (r == 0 && arrival.kind != TCK_ARRIVAL_NOTHING)
        r = tck_mark(run, arrival.at, err);
    if (r != 0)
        return r;
    r = tck_compare(run, &wanted, &arrival, true, &match, err);
    if (r < 0)
        return r;
    if (r == 0)
        return find_unheard(run, call, &wanted, &arrival, &match);
    return op->last ? hear_last(run, call, err) : 0;
}

/* --- after the last step --- */

static int find_rest(struct tck_scenario_run *run, const struct tck_client_call *call,
                     const struct tck_arrival *arrival)
{
    switch (arrival->kind) {
    case TCK_ARRIVAL_MESSAGE:
        return tck_find(run, TCK_CAUSE_UNEXPECTED, NULL, NULL, "the client of '%s' heard what no step expected: %s",
                        call->name, tck_message_said(run, arrival->message));
    case TCK_ARRIVAL_UNDECODABLE:
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL, "the client of '%s' heard what no step expected: %s",
                        call->name, arrival->why);
    case TCK_ARRIVAL_END:
        if (arrival->status.code == 0)
            return 0;
        return tck_find_gone(run, TCK_CAUSE_ENDED, &arrival->status, NULL,
                             tck_say(run, "the call '%s' ended with %s, which no step expected", call->name,
                                     tck_status_said(run, &arrival->status)));
    default:
        return 0; /* nothing: it is cancelled, and nothing is held against it */
    }
}

int tck_calls_drain(struct tck_scenario_run *run, struct tck_error *err)
{
    for (struct tck_client_call *call = run->calls; call; call = call->next) {
        struct tck_arrival arrival;
        const struct tck_suspect suspect = { .arrival = &arrival };
        int r;

        if (call->ended)
            continue;
        r = hear(run, call, 0, &arrival, err);
        if (r != 0)
            return r;
        run->suspect = &suspect;
        r = find_rest(run, call, &arrival);
        run->suspect = NULL;
        if (r != 0)
            return r;
    }
    return 0;
}
