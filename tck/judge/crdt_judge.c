/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "judge/judge_internal.h"

typedef Cloudstate__Crdt__CrdtStreamIn stream_in;
typedef Cloudstate__Crdt__CrdtStreamOut stream_out;

/* Cancellations of ended commands may or may not be answered; so many are kept in mind at once, then all such answers
 * are let through. */
#define LATE_CANCELS_KEPT 1024

/* --- the proxy --- */

static void init(struct tck_judge *judge, const Cloudstate__Crdt__CrdtInit *message)
{
    if (!tck_stream_init(judge, message->service_name, message->entity_id) || !message->delta)
        return;
    judge->stream.carries_state = true;
    tck_crdt_delta(judge, TCK_TO_USER_FUNCTION, message->delta);
}

static void delta(struct tck_judge *judge, const Cloudstate__Crdt__CrdtDelta *message)
{
    const struct tck_command *oldest = tck_commands_oldest(&judge->commands);

    if (!tck_stream_begun(judge, "delta"))
        return;
    judge->stream.carries_state = true;
    if (oldest)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_DELTA_3,
                              "a delta comes while command %" PRId64 " is unanswered", oldest->id);
    if (judge->commands.cancelled > 0)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_DELTA_4,
                              "a delta comes while %zu cancellations are unanswered", judge->commands.cancelled);
    tck_crdt_delta(judge, TCK_TO_USER_FUNCTION, message);
}

/* The value is gone; what comes next, if anything, may be of another type. */
static void deleted(struct tck_judge *judge)
{
    judge->stream.deleted = true;
    judge->crdt.type = CLOUDSTATE__CRDT__CRDT_DELTA__DELTA__NOT_SET;
    judge->crdt.flag_on = false;
}

/* A command that has ended, or never was, is cancelled. The first may be nobody's fault: end and cancellation crossed.
 */
static void cancel_late(struct tck_judge *judge, int64_t id)
{
    struct tck_command *command;

    if (!tck_commands_used(&judge->commands, id))
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_CANCELLED_5,
                              "command %" PRId64 " is cancelled, but was never sent", id);
    if (judge->crdt.late_cancels == LATE_CANCELS_KEPT) {
        judge->crdt.late_cancels_lost = true;
        return;
    }
    command = tck_commands_revive(&judge->commands, id);
    if (!command) {
        judge->lost = true;
        return;
    }
    command->late = true;
    command->cancels = 1;
    judge->crdt.late_cancels++;
}

static void cancelled(struct tck_judge *judge, const Cloudstate__StreamCancelled *message)
{
    struct tck_command *command;
    char shown[TCK_SHOWN_SIZE];

    if (!tck_stream_begun(judge, "cancellation"))
        return;
    judge->stream.commanded = true; /* there is something to answer */
    if (strcmp(tck_text(message->entity_id), judge->stream.entity_id) != 0)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_CANCELLED_5,
                              "the cancellation of command %" PRId64 " is for %s, not for the entity of this stream",
                              message->id, tck_shown(message->entity_id, shown));
    command = tck_commands_find(&judge->commands, message->id);
    if (!command) {
        cancel_late(judge, message->id);
        return;
    }
    if (command->cancels > 0)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_CANCELLED_5,
                              "command %" PRId64 " is cancelled a second time", message->id);
    else if (!command->streamed)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_CR_CANCELLED_5,
                              "command %" PRId64 " is cancelled, but is not streamed", message->id);
    else {
        command->cancelled = true;
        judge->commands.cancelled++;
    }
    command->cancels++;
}

static void from_proxy(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_in *message = (const stream_in *)base;

    switch (message->message_case) {
    case CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_INIT:
        init(judge, message->init);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_DELTA:
        delta(judge, message->delta);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_DELETE:
        if (tck_stream_begun(judge, "delete"))
            deleted(judge);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_COMMAND:
        tck_stream_command(judge, message->command);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_IN__MESSAGE_STREAM_CANCELLED:
        cancelled(judge, message->stream_cancelled);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_USER_FUNCTION);
    }
}

/* --- the user function --- */

static void state_action(struct tck_judge *judge, const Cloudstate__Crdt__CrdtStateAction *action, const char *what)
{
    int consistency;

    if (!action)
        return;
    consistency = (int)action->write_consistency;
    if (judge->crdt.deleted_by_function)
        tck_judge_blame(judge, TCK_RULE_CR_DELETE_3, "%s has a state action, but the entity was deleted", what);
    if (!protobuf_c_enum_descriptor_get_value(&cloudstate__crdt__crdt_write_consistency__descriptor, consistency))
        tck_judge_blame(judge, TCK_RULE_CR_ACTION_2, "%s has write consistency %d", what, consistency);
    switch (action->action_case) {
    case CLOUDSTATE__CRDT__CRDT_STATE_ACTION__ACTION_UPDATE:
        tck_crdt_delta(judge, TCK_TO_PROXY, action->update);
        break;
    case CLOUDSTATE__CRDT__CRDT_STATE_ACTION__ACTION_DELETE:
        judge->crdt.deleted_by_function = true;
        deleted(judge);
        break;
    default:
        tck_judge_blame(judge, TCK_RULE_CR_ACTION_1, "the state action of %s is neither an update nor a delete", what);
    }
}

static void reply(struct tck_judge *judge, const Cloudstate__Crdt__CrdtReply *message)
{
    const struct tck_answer answer = { message->command_id, message->client_action, message->side_effects,
                                       message->n_side_effects };
    struct tck_command *command = tck_stream_reply(judge, &answer);
    char what[48];

    snprintf(what, sizeof what, "the reply to command %" PRId64, message->command_id);
    state_action(judge, message->state_action, what);
    if (message->state_action && tck_action_fails(message->client_action))
        tck_judge_blame(judge, TCK_RULE_CR_ACTION_3, "%s is a failure and has a state action", what);
    if (!command)
        return;
    if (message->streamed && !command->streamed)
        tck_judge_blame(judge, TCK_RULE_CR_STREAMED_7, "%s has streamed set, but its command has not", what);
    command->streaming = message->streamed && !command->over;
    if (!command->streaming)
        tck_commands_excuse(&judge->commands, command);
    tck_commands_settle(&judge->commands, command);
}

/* May messages be streamed for this command? Says what is wrong if not. */
static void judge_streaming(struct tck_judge *judge, const struct tck_command *command, int64_t id)
{
    if (command && command->streaming)
        return;
    if (command && command->awaits && command->streamed && !command->over)
        tck_judge_blame(judge, TCK_RULE_CR_STREAMED_9,
                        "a message is streamed for command %" PRId64 ", which has no reply yet", id);
    else if (command && command->awaits && !command->streamed)
        tck_judge_blame(judge, TCK_RULE_CR_STREAMED_8,
                        "a message is streamed for command %" PRId64 ", which is not streamed", id);
    else if (id != 0 && tck_commands_used(&judge->commands, id))
        tck_judge_blame(judge, TCK_RULE_CR_STREAMED_10,
                        "a message is streamed for command %" PRId64 ", which has ended", id);
    else
        tck_judge_blame(judge, TCK_RULE_CR_STREAMED_8,
                        "a message is streamed for command %" PRId64 ", which was never sent", id);
}

static void streamed_message(struct tck_judge *judge, const Cloudstate__Crdt__CrdtStreamedMessage *message)
{
    struct tck_command *command = tck_commands_find(&judge->commands, message->command_id);
    char what[56];

    snprintf(what, sizeof what, "the streamed message for command %" PRId64, message->command_id);
    tck_stream_speaks(judge, false);
    judge_streaming(judge, command, message->command_id);
    tck_answer_action(judge, message->client_action, message->command_id, command ? command->method : NULL, what);
    tck_answer_effects(judge, message->side_effects, message->n_side_effects, what);
    if (!command || !message->end_stream)
        return;
    command->over = true;
    command->streaming = false;
    tck_commands_excuse(&judge->commands, command);
    tck_commands_settle(&judge->commands, command);
}

static void cancelled_response(struct tck_judge *judge, const Cloudstate__Crdt__CrdtStreamCancelledResponse *message)
{
    struct tck_command *command = tck_commands_find(&judge->commands, message->command_id);
    char what[72];

    snprintf(what, sizeof what, "the response to the cancellation of command %" PRId64, message->command_id);
    tck_stream_speaks(judge, false);
    tck_answer_effects(judge, message->side_effects, message->n_side_effects, what);
    state_action(judge, message->state_action, what);
    if (!command || command->cancels == 0) {
        if (!judge->crdt.late_cancels_lost)
            tck_judge_blame(judge, TCK_RULE_CR_CANCELLED_3,
                            "a response to the cancellation of command %" PRId64 ", which %s", message->command_id,
                            command ? "is open and not cancelled" : "was not cancelled or is done with");
        return;
    }
    command->cancels--;
    command->over = true;
    command->streaming = false;
    judge->crdt.late_cancels -= command->late;
    command->late = false;
    tck_commands_excuse(&judge->commands, command);
    tck_commands_settle(&judge->commands, command);
}

static void from_function(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_out *message = (const stream_out *)base;

    switch (message->message_case) {
    case CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_REPLY:
        reply(judge, message->reply);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_STREAMED_MESSAGE:
        streamed_message(judge, message->streamed_message);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_STREAM_CANCELLED_RESPONSE:
        cancelled_response(judge, message->stream_cancelled_response);
        break;
    case CLOUDSTATE__CRDT__CRDT_STREAM_OUT__MESSAGE_FAILURE:
        tck_stream_failure(judge, message->failure);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_PROXY);
    }
}

static void end(struct tck_judge *judge, const struct tck_conversation_end *how)
{
    tck_stream_end(judge, how);
    if (how->by_user_function && how->code == 0 && judge->commands.cancelled > 0 && judge->refusal == TCK_GOES_ON &&
        judge->stream.failures == 0)
        tck_judge_blame(judge, TCK_RULE_CR_CANCELLED_4, "%zu cancellations stay unanswered", judge->commands.cancelled);
}

const struct tck_judge_protocol tck_crdt_judge = {
    .from_proxy = from_proxy,
    .from_function = from_function,
    .end = end,
    .undecodable = TCK_RULE_ST_MESSAGE_2,
    .after_end = TCK_RULE_ST_END_4,
};
