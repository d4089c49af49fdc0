/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations beside conversations: discovery, variables, checks, repetition.
 */
#include <stdlib.h>

#include <google/protobuf/empty.pb-c.h>

#include "engine/discovery.h"
#include "engine/run_internal.h"

#define DISCOVERY "discovery" /* what transcripts call these calls */

/* --- discovery --- */

/* The lines of one call in the recording. */
static void tell(struct tck_scenario_run *run, unsigned stream, struct tck_recorded line)
{
    line.conversation = line.protocol = DISCOVERY;
    line.stream = stream;
    tck_recording_note(run->recording, &line);
}

static void tell_status(struct tck_scenario_run *run, unsigned stream, const struct tck_call_status *status)
{
    tell(run, stream,
         (struct tck_recorded){ .kind = TCK_RECORDED_END,
                                .flow = TCK_CAME,
                                .code = status->code,
                                .status = status->message,
                                .from_peer = status->from_peer,
                                .text = tck_say(run, "the call ends: %s", tck_status_said(run, status)) });
}

/* What a call came to. As `call`. */
static int take_answer(struct tck_scenario_run *run, unsigned stream, const char *method,
                       const ProtobufCMessageDescriptor *output, const struct tck_call_status *status,
                       const struct tck_buffer *response, ProtobufCMessage **ret_message, struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    if (status->code != 0) {
        tell_status(run, stream, status);
        return tck_find_gone(run, TCK_CAUSE_ENDED, status, NULL,
                             tck_say(run, "%s was answered with %s", method, tck_status_said(run, status)));
    }
    r = tck_message_unpack(output, tck_buffer_bytes(response), run->arena, &message, &why);
    if (r == TCK_BROKEN) {
        tell(run, stream,
             (struct tck_recorded){ .kind = TCK_RECORDED_UNDECODABLE,
                                    .flow = TCK_CAME,
                                    .bytes = tck_buffer_bytes(response),
                                    .text = tck_say(run, "(%zu raw bytes)", response->size) });
        return tck_find(run, TCK_CAUSE_UNDECODABLE, NULL, NULL, "what %s answered is no %s: %s", method, output->name,
                        why.text);
    }
    if (r < 0) {
        tck_error_move(err, &why);
        return r;
    }
    tell(run, stream,
         (struct tck_recorded){
             .kind = TCK_RECORDED_MESSAGE, .flow = TCK_CAME, .message = message, .bytes = tck_buffer_bytes(response) });
    *ret_message = message;
    return 0;
}

/* One recorded unary call. *ret_message is NULL where the finding was made already; then the result is TCK_OVER or 0.
 */
static int call(struct tck_scenario_run *run, const struct tck_op *op, const char *method,
                const ProtobufCMessageDescriptor *input, const ProtobufCMessageDescriptor *output,
                ProtobufCMessage **ret_message, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer request = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    const unsigned stream = tck_recording_stream(run->recording);
    struct tck_call_status status = { 0 };
    ProtobufCMessage *message;
    char patience[32];
    int r;

    *ret_message = NULL;
    r = tck_message_from_tree(run->script->pool, input, op->tree, &run->bindings, run->arena, &message, err);
    if (r == 0)
        r = tck_message_pack(message, &request, err);
    if (r < 0)
        return r;
    tell(run, stream, (struct tck_recorded){ .kind = TCK_RECORDED_OPENED, .flow = TCK_HAPPENED, .text = method });
    tell(run, stream,
         (struct tck_recorded){
             .kind = TCK_RECORDED_MESSAGE, .flow = TCK_SENT, .message = message, .bytes = tck_buffer_bytes(&request) });
    r = tck_seat_call(run->channel, method, tck_buffer_bytes(&request), run->until, run->world->interrupted, &response,
                      &status, err);
    if (r < 0)
        return r;
    if (run->world->interrupted && *run->world->interrupted)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    if (r == TCK_TIMED_OUT)
        return tck_find_gone(
            run, TCK_CAUSE_TIMEOUT, NULL, NULL,
            tck_say(run, "waited %s for the answer of %s", tck_duration_text(run->patience, patience), method));
    return take_answer(run, stream, method, output, &status, &response, ret_message, err);
}

int tck_op_discover(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    ProtobufCMessage *message;
    const char *flaw;
    int r;

    r = call(run, op, TCK_DISCOVER_METHOD, &cloudstate__proxy_info__descriptor, &cloudstate__entity_spec__descriptor,
             &message, err);
    if (r != 0 || !message)
        return r;
    r = tck_spec_examine((const Cloudstate__EntitySpec *)message, run->script->pool, run->arena, &pool, &flaw, err);
    if (r < 0)
        return r;
    if (flaw)
        return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, NULL, "the EntitySpec is not consistent: %s", flaw);
    if (!op->pattern)
        return 0;
    r = tck_match_message(&match, op->pattern, message, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return tck_find(run, TCK_CAUSE_DIFFERENCE, NULL, &match,
                    "the EntitySpec is not as expected: %s: expected %s, was %s", match.differences->path,
                    match.differences->expected, match.differences->actual);
}

int tck_op_report_error(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    ProtobufCMessage *message;

    return call(run, op, TCK_REPORT_ERROR_METHOD, &cloudstate__user_function_error__descriptor,
                &google__protobuf__empty__descriptor, &message, err);
}

/* --- variables --- */

int tck_op_set(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    for (const struct tck_tree *variable = op->tree->first; variable; variable = variable->next) {
        const struct tck_tree *value;
        int r = tck_bindings_resolve(&run->bindings, variable, run->arena, &value, err);

        if (r == 0)
            r = tck_bindings_bind(&run->bindings, run->arena, variable->key, value, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int tck_op_fresh(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    for (const struct tck_tree *name = op->tree->first; name; name = name->next) {
        const struct tck_tree *prefix, *id;
        const char *text;
        int r = tck_bindings_resolve(&run->bindings, name, run->arena, &prefix, err);

        if (r < 0)
            return r;
        text = tck_fresh_id(run->world->ids, prefix->text ? prefix->text : "entity", run->arena);
        id = text ? tck_tree_string(run->arena, text, name->place) : NULL;
        r = id ? tck_bindings_bind(&run->bindings, run->arena, name->key, id, err) : tck_no_memory(err);
        if (r == 0)
            r = tck_result_name_entity(run, text, err);
        if (r == 0)
            r = tck_own(run, run->script->service, text, true, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int tck_op_check(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
    const struct tck_tree *value;
    int r;

    r = tck_bindings_resolve(&run->bindings, op->tree, run->arena, &value, err);
    if (r < 0)
        return r;
    r = tck_match_tree(&match, op->pattern, value, err);
    if (r != 0)
        return r < 0 ? r : 0;
    return tck_find(run, TCK_CAUSE_CHECK, NULL, &match, "the check does not hold: %s%sexpected %s, was %s",
                    match.differences->path, match.differences->path[0] ? ": " : "", match.differences->expected,
                    match.differences->actual);
}

/* --- repetition --- */

static int bind_round(struct tck_scenario_run *run, const struct tck_op *op, int64_t round, struct tck_error *err)
{
    const struct tck_tree *value = op->tree;
    int r;

    if (!op->as)
        return 0;
    if (!value) {
        value = tck_tree_number(run->arena, round, op->step->place);
        return value ? tck_bindings_bind(&run->bindings, run->arena, op->as, value, err) : tck_no_memory(err);
    }
    r = tck_bindings_resolve(&run->bindings, value, run->arena, &value, err);
    return r < 0 ? r : tck_bindings_bind(&run->bindings, run->arena, op->as, value, err);
}

int tck_op_repeat(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    for (int64_t round = 1; round <= op->times; round++) {
        const struct tck_binding *before = run->bindings.head, *mine;
        int r = bind_round(run, op, round, err);

        if (r < 0)
            return r;
        mine = run->bindings.head;
        r = tck_run_block(run, &op->body, err);
        if (r != 0)
            return r;
        /* A round that bound nothing else leaves nothing behind: a long loop must not make every look-up long. */
        if (run->bindings.head == mine)
            run->bindings.head = before;
    }
    return 0;
}
