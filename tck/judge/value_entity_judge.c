/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "judge/judge_internal.h"

typedef Cloudstate__Valueentity__ValueEntityStreamIn stream_in;
typedef Cloudstate__Valueentity__ValueEntityStreamOut stream_out;

static void init(struct tck_judge *judge, const Cloudstate__Valueentity__ValueEntityInit *message)
{
    if (!tck_stream_init(judge, message->service_name, message->entity_id))
        return;
    if (!message->state || !message->state->value)
        return;
    judge->stream.carries_state = true;
    if (!tck_any_typed(message->state->value))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_VE_INIT_3, "the value in Init has no type url");
}

static void from_proxy(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_in *message = (const stream_in *)base;

    switch (message->message_case) {
    case CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__MESSAGE_INIT:
        init(judge, message->init);
        break;
    case CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__MESSAGE_COMMAND:
        tck_stream_serial_command(judge, message->command);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_USER_FUNCTION);
    }
}

static void state_action(struct tck_judge *judge, int64_t id, const Cloudstate__Valueentity__ValueEntityAction *action)
{
    if (action->action_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_ACTION__ACTION__NOT_SET)
        tck_judge_blame(judge, TCK_RULE_VE_ACTION_1,
                        "the state action of the reply to command %" PRId64 " is neither an update nor a delete", id);
    else if (action->action_case == CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_ACTION__ACTION_UPDATE &&
             !tck_any_typed(action->update->value))
        tck_judge_blame(judge, TCK_RULE_VE_ACTION_2,
                        "the update of the reply to command %" PRId64 " has no value with a type url", id);
}

static void reply(struct tck_judge *judge, const Cloudstate__Valueentity__ValueEntityReply *message)
{
    const struct tck_answer answer = { message->command_id, message->client_action, message->side_effects,
                                       message->n_side_effects };
    struct tck_command *command = tck_stream_reply(judge, &answer);

    if (command)
        tck_commands_settle(&judge->commands, command);
    if (!message->state_action)
        return;
    state_action(judge, message->command_id, message->state_action);
    if (tck_action_fails(message->client_action))
        tck_judge_blame(judge, TCK_RULE_VE_ACTION_3,
                        "the reply to command %" PRId64 " is a failure and has a state action", message->command_id);
}

static void from_function(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const stream_out *message = (const stream_out *)base;

    switch (message->message_case) {
    case CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_OUT__MESSAGE_REPLY:
        reply(judge, message->reply);
        break;
    case CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_OUT__MESSAGE_FAILURE:
        tck_stream_failure(judge, message->failure);
        break;
    default:
        tck_stream_empty_message(judge, TCK_TO_PROXY);
    }
}

const struct tck_judge_protocol tck_value_entity_judge = {
    .from_proxy = from_proxy,
    .from_function = from_function,
    .end = tck_stream_end,
    .undecodable = TCK_RULE_ST_MESSAGE_2,
    .after_end = TCK_RULE_ST_END_4,
};
