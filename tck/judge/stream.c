/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "judge/judge_internal.h"

#define TYPE_URL "type.googleapis.com/"

/* --- the proxy --- */

bool tck_stream_init(struct tck_judge *judge, const char *service_name, const char *entity_id)
{
    struct tck_stream_state *stream = &judge->stream;
    char shown[TCK_SHOWN_SIZE];

    if (stream->initialised) {
        tck_judge_blame_proxy(judge, TCK_MUST_REFUSE, TCK_RULE_ST_INIT_2, "Init comes a second time, for entity %s",
                              tck_shown(entity_id, shown));
        return false;
    }
    stream->initialised = true;
    stream->entity_id = strdup(tck_text(entity_id));
    judge->lost = !stream->entity_id;
    if (tck_text(service_name)[0] == '\0') {
        tck_judge_blame_proxy(judge, TCK_MUST_REFUSE, TCK_RULE_ST_INIT_3, "Init names no service");
        return true;
    }
    if (!judge->pool)
        return true;
    stream->service = tck_pool_find_service(judge->pool, service_name);
    if (!stream->service)
        tck_judge_blame_proxy(judge, TCK_MUST_REFUSE, TCK_RULE_ST_INIT_3,
                              "Init names service %s, which no descriptor defines", tck_shown(service_name, shown));
    return true;
}

bool tck_stream_begun(struct tck_judge *judge, const char *what)
{
    if (judge->stream.initialised)
        return true;
    tck_judge_blame_proxy(judge, TCK_MUST_REFUSE, TCK_RULE_ST_INIT_1, "a %s comes before Init", what);
    return false;
}

void tck_stream_empty_message(struct tck_judge *judge, enum tck_direction direction)
{
    if (direction == TCK_TO_USER_FUNCTION)
        tck_stream_begun(judge, "message");
    else
        tck_stream_speaks(judge, false);
    tck_judge_blame_sender(judge, direction, TCK_MAY_REFUSE, TCK_RULE_ST_MESSAGE_1, "message %zu has no case set",
                           judge->message);
}

static const struct tck_method *find_method(const struct tck_service *service, const char *name)
{
    for (size_t i = 0; i < service->method_count; i++)
        if (strcmp(service->methods[i].name, name) == 0)
            return &service->methods[i];
    return NULL;
}

static void judge_method(struct tck_judge *judge, const char *name, struct tck_command *command)
{
    const struct tck_service *service = judge->stream.service;
    char shown[TCK_SHOWN_SIZE], other[TCK_SHOWN_SIZE];

    if (name[0] == '\0') {
        command->nameless = true;
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_4, "command %" PRId64 " has no name",
                              command->id);
        return;
    }
    if (!service)
        return;
    command->method = find_method(service, name);
    if (command->method)
        return;
    command->nameless = true;
    tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_4,
                          "command %" PRId64 " is %s, which service %s does not have", command->id,
                          tck_shown(name, shown), tck_shown(service->full_name, other));
}

static void judge_payload(struct tck_judge *judge, const Google__Protobuf__Any *payload,
                          const struct tck_command *command)
{
    char shown[TCK_SHOWN_SIZE];

    if (!tck_any_typed(payload))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_3, "command %" PRId64 " has no typed payload",
                              command->id);
    else if (strncmp(payload->type_url, TYPE_URL, sizeof TYPE_URL - 1) != 0)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_3,
                              "the payload of command %" PRId64 " is typed %s, not " TYPE_URL "…", command->id,
                              tck_shown(payload->type_url, shown));
    else if (command->method && !tck_any_is(payload, command->method->input))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_3,
                              "the payload of command %" PRId64 " is typed %s, but its method takes %.80s", command->id,
                              tck_shown(payload->type_url, shown), command->method->input->name);
}

struct tck_command *tck_stream_command(struct tck_judge *judge, const Cloudstate__Command *message)
{
    struct tck_stream_state *stream = &judge->stream;
    bool begun = tck_stream_begun(judge, "command");
    struct tck_command *command;
    char shown[TCK_SHOWN_SIZE];

    if (message->id == 0)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_2, "a command has id 0");
    else if (tck_commands_used(&judge->commands, message->id))
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_2,
                              "id %" PRId64 " was given to an earlier command", message->id);
    command = tck_commands_open(&judge->commands, message->id);
    if (!command) {
        judge->lost = true;
        return NULL;
    }
    command->streamed = message->streamed;
    command->refused = judge->refusal == TCK_MUST_REFUSE;
    stream->commanded = true;
    if (!begun)
        return command;
    if (strcmp(tck_text(message->entity_id), stream->entity_id) != 0)
        tck_judge_blame_proxy(judge, TCK_MAY_REFUSE, TCK_RULE_ST_COMMAND_1,
                              "command %" PRId64 " is for %s, not for the entity of this stream", message->id,
                              tck_shown(message->entity_id, shown));
    judge_method(judge, tck_text(message->name), command);
    judge_payload(judge, message->payload, command);
    return command;
}

void tck_stream_serial_command(struct tck_judge *judge, const Cloudstate__Command *message)
{
    const struct tck_command *oldest = tck_commands_oldest(&judge->commands);

    /* Neither excuses the user function: it can queue the command, and the flag means nothing to it. */
    if (oldest)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_ST_COMMAND_6,
                              "command %" PRId64 " comes while command %" PRId64 " is unanswered", message->id,
                              oldest->id);
    if (message->streamed)
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_ST_COMMAND_5, "command %" PRId64 " is streamed",
                              message->id);
    tck_stream_command(judge, message);
}

/* --- the user function --- */

void tck_stream_speaks(struct tck_judge *judge, bool failure)
{
    struct tck_stream_state *stream = &judge->stream;

    if (stream->failed_whole)
        tck_judge_blame(judge, TCK_RULE_ST_FAILURE_2, "message %zu comes after a failure that named no command",
                        judge->message);
    else if (stream->failures > 0 && judge->conversation != TCK_CONVERSATION_CRDT)
        tck_judge_blame(judge, TCK_RULE_ST_FAILURE_3, "message %zu comes after a failure of the stream",
                        judge->message);
    if (!stream->commanded && !failure)
        tck_judge_blame(judge, TCK_RULE_ST_SILENCE_1, "message %zu comes before any command", judge->message);
}

/* The command with this id if it waits for an answer; else says what is wrong with the id. */
static struct tck_command *awaited(struct tck_judge *judge, int64_t id, enum tck_judge_rule unknown, const char *what)
{
    struct tck_command *command = tck_commands_oldest(&judge->commands);

    if (!command || command->id != id)
        command = tck_commands_find(&judge->commands, id);
    if (command && command->awaits)
        return command;
    if (id != 0 && tck_commands_used(&judge->commands, id))
        tck_judge_blame(judge, unknown == TCK_RULE_ST_REPLY_1 ? TCK_RULE_ST_REPLY_2 : unknown,
                        "%s command %" PRId64 ", which was answered before", what, id);
    else if (judge->stream.commanded)
        tck_judge_blame(judge, unknown, "%s command %" PRId64 ", which was never sent", what, id);
    return NULL;
}

static void judge_turn(struct tck_judge *judge, const struct tck_command *command)
{
    const struct tck_command *oldest = tck_commands_oldest(&judge->commands);

    if (judge->conversation != TCK_CONVERSATION_CRDT && command != oldest)
        tck_judge_blame(judge, TCK_RULE_ST_REPLY_3, "command %" PRId64 " is answered before command %" PRId64,
                        command->id, oldest->id);
}

struct tck_command *tck_stream_reply(struct tck_judge *judge, const struct tck_answer *answer)
{
    struct tck_command *command;
    bool fails = tck_action_fails(answer->action);
    char what[40];

    tck_stream_speaks(judge, false);
    snprintf(what, sizeof what, "reply to command %" PRId64, answer->id);
    command = awaited(judge, answer->id, TCK_RULE_ST_REPLY_1, "reply to");
    if (command) {
        judge_turn(judge, command);
        tck_commands_answered(&judge->commands, command);
        judge->stream.answered = true;
        if (command->refused)
            tck_judge_blame(judge, TCK_RULE_ST_REFUSE_1, "%s, though the proxy's error before it ends the stream",
                            what);
        else if (command->nameless && !fails)
            tck_judge_blame(judge, TCK_RULE_ST_REPLY_8, "%s, which is not a method of its service", what);
    }
    if (!answer->action && !(command && command->streamed))
        tck_judge_blame(judge, TCK_RULE_ST_REPLY_5, "%s has no client action", what);
    tck_answer_action(judge, answer->action, answer->id, command ? command->method : NULL, what);
    tck_answer_effects(judge, answer->effects, answer->effect_count, what);
    if (fails && answer->effect_count > 0)
        tck_judge_blame(judge, TCK_RULE_SE_EFFECT_9, "%s is a failure and has %zu side effects", what,
                        answer->effect_count);
    if (fails && answer->action->failure && answer->action->failure->restart)
        judge->stream.restart_asked = true;
    return command;
}

void tck_stream_failure(struct tck_judge *judge, const Cloudstate__Failure *failure)
{
    struct tck_stream_state *stream = &judge->stream;
    struct tck_command *command;

    tck_stream_speaks(judge, true);
    if (judge->refusal == TCK_MUST_REFUSE && stream->failures > 0 && !stream->failed_whole)
        tck_judge_blame(judge, TCK_RULE_ST_REFUSE_2, "a further failure for an error of the proxy");
    stream->failures++;
    if (failure->command_id == 0) {
        stream->failed_whole = true;
        return;
    }
    command = tck_commands_find(&judge->commands, failure->command_id);
    if (!command || !command->streaming) /* a streamed command may fail after its reply */
        command = awaited(judge, failure->command_id, TCK_RULE_ST_FAILURE_1, "failure of");
    if (!command)
        return;
    if (command->awaits)
        judge_turn(judge, command);
    tck_commands_answered(&judge->commands, command);
    command->streaming = false;
    tck_commands_excuse(&judge->commands, command);
    tck_commands_settle(&judge->commands, command);
}

/* --- the end --- */

/* Could an error status be the fault of what the proxy sent, where only the user function can know? It may have been
 * given a snapshot, event or value that it cannot read (and may notice only with the first command), or an unknown
 * service. */
static bool may_be_unreadable(const struct tck_judge *judge)
{
    const struct tck_stream_state *stream = &judge->stream;

    return !stream->answered && (!stream->commanded || stream->carries_state || !judge->pool);
}

static void judge_status(struct tck_judge *judge, int code)
{
    if (judge->refusal != TCK_GOES_ON || judge->stream.failures > 0 || may_be_unreadable(judge))
        return;
    tck_judge_blame(judge, TCK_RULE_ST_END_2, "the stream ends with gRPC status %d and %zu unanswered commands", code,
                    judge->commands.awaiting);
}

static void judge_good_end(struct tck_judge *judge)
{
    const struct tck_stream_state *stream = &judge->stream;
    const struct tck_command *oldest = tck_commands_oldest(&judge->commands);

    if (judge->refusal == TCK_MUST_REFUSE && stream->failures == 0)
        tck_judge_blame(judge, TCK_RULE_ST_REFUSE_3, "the stream ends with OK and without a failure");
    if (judge->refusal != TCK_GOES_ON || stream->failures > 0)
        return;
    if (oldest && !stream->restart_asked) /* after that the proxy sends what waits on a new stream */
        tck_judge_blame(judge, TCK_RULE_ST_REPLY_4,
                        "the stream ends with OK and %zu unanswered commands, the first of them %" PRId64,
                        judge->commands.awaiting, oldest->id);
    if (!judge->half_closed && !stream->restart_asked && !stream->deleted)
        tck_judge_blame(judge, TCK_RULE_ST_END_3, "the stream ends with OK before the proxy half-closed it");
}

void tck_stream_end(struct tck_judge *judge, const struct tck_conversation_end *end)
{
    const struct tck_command *oldest = tck_commands_oldest(&judge->commands);

    if (!end->by_user_function) {
        if (!end->waited)
            return;
        tck_judge_blame(judge, TCK_RULE_ST_END_1, "the stream does not end in the time given after the half-close");
        if (oldest && judge->refusal == TCK_GOES_ON && judge->stream.failures == 0)
            tck_judge_blame(judge, TCK_RULE_ST_REPLY_4, "%zu commands stay unanswered, the first of them %" PRId64,
                            judge->commands.awaiting, oldest->id);
        return;
    }
    if (end->code != 0)
        judge_status(judge, end->code);
    else
        judge_good_end(judge);
}
