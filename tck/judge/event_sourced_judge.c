/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "judge/judge_internal.h"

typedef Cloudstate__Eventsourced__EventSourcedStreamIn stream_in;
typedef Cloudstate__Eventsourced__EventSourcedStreamOut stream_out;

static void init(struct tck_judge *judge, const Cloudstate__Eventsourced__EventSourcedInit *message)
{
    const Cloudstate__Eventsourced__EventSourcedSnapshot *snapshot = message->snapshot;

    if (!tck_stream_init(judge, message->service_name, message->entity_id) || !snapshot)
        return;
    judge->stream.carries_state = true;
    judge->event_sourced.sequence = snapshot->snapshot_sequence;
    if (snapshot->snapshot_sequence <= 0)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_SEQUENCE_4,
                              "the snapshot has sequence number %" PRId64, snapshot->snapshot_sequence);
    if (!tck_any_typed(snapshot->snapshot))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_SEQUENCE_4, "the snapshot has no typed payload");
}

static void event(struct tck_judge *judge, const Cloudstate__Eventsourced__EventSourcedEvent *message)
{
    int64_t last = judge->event_sourced.sequence;

    if (!tck_stream_begun(judge, "event"))
        return;
    judge->stream.carries_state = true;
    if (judge->stream.commanded)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_SEQUENCE_2, "event %" PRId64 " comes after a command",
                              message->sequence);
    else if (last == INT64_MAX || message->sequence != last + 1)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_SEQUENCE_1,
                              "event %" PRId64 " comes where %" PRId64 " was the last", message->sequence, last);
    judge->event_sourced.sequence = message->sequence;
    if (!tck_any_typed(message->payload))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_SEQUENCE_3, "event %" PRId64 " has no typed payload",
                              message->sequence);
}

static void command(struct tck_judge *judge, const Cloudstate__Command *message)
{
    if (judge->stream.restart_asked)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ES_RESTART_3,
                              "command %" PRId64 " comes after a failure that asked for a restart", message->id);
    tck_stream_serial_command(judge, message);
}

static void from_proxy(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_in *message = (const stream_in *)base;

    switch (message->message_case) {
    case CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_INIT:
        init(judge, message->init);
        break;
    case CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_EVENT:
        event(judge, message->event);
        break;
    case CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_IN__MESSAGE_COMMAND:
        command(judge, message->command);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_USER_FUNCTION);
    }
}

static void reply(struct tck_judge *judge, const Cloudstate__Eventsourced__EventSourcedReply *message)
{
    const struct tck_answer answer = { message->command_id, message->client_action, message->side_effects,
                                       message->n_side_effects };
    struct tck_command *command = tck_stream_reply(judge, &answer);

    if (command)
        tck_commands_settle(&judge->commands, command);
    for (size_t i = 0; i < message->n_events; i++)
        if (!tck_any_typed(message->events[i]))
            tck_judge_blame(judge, TCK_RULE_ES_EVENTS_4,
                            "event %zu of the reply to command %" PRId64 " has no type url", i + 1,
                            message->command_id);
    if (message->snapshot && message->n_events == 0)
        tck_judge_blame(judge, TCK_RULE_ES_SNAPSHOT_4, "the reply to command %" PRId64 " has a snapshot and no events",
                        message->command_id);
    if (message->snapshot && !tck_any_typed(message->snapshot))
        tck_judge_blame(judge, TCK_RULE_ES_SNAPSHOT_5,
                        "the snapshot of the reply to command %" PRId64 " has no type url", message->command_id);
    if (tck_action_fails(message->client_action) && (message->n_events > 0 || message->snapshot))
        tck_judge_blame(judge, TCK_RULE_ES_EVENTS_5,
                        "the reply to command %" PRId64 " is a failure and has %zu events%s", message->command_id,
                        message->n_events, message->snapshot ? " and a snapshot" : "");
}

static void from_function(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_out *message = (const stream_out *)base;

    switch (message->message_case) {
    case CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__MESSAGE_REPLY:
        reply(judge, message->reply);
        break;
    case CLOUDSTATE__EVENTSOURCED__EVENT_SOURCED_STREAM_OUT__MESSAGE_FAILURE:
        tck_stream_failure(judge, message->failure);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_PROXY);
    }
}

const struct tck_judge_protocol tck_event_sourced_judge = {
    .from_proxy = from_proxy,
    .from_function = from_function,
    .end = tck_stream_end,
    .undecodable = TCK_RULE_ST_MESSAGE_2,
    .after_end = TCK_RULE_ST_END_4,
};
