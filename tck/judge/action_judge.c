/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "judge/judge_internal.h"

static const struct tck_conversation_row *shape(const struct tck_judge *judge)
{
    return tck_conversation(judge->conversation);
}

/* --- the proxy --- */

/* No mistake frees the user function of anything: what it owes is an end, and an error status is one at any time. */

static void judge_names(struct tck_judge *judge, const Cloudstate__Action__ActionCommand *command)
{
    const char *service = tck_text(command->service_name), *name = tck_text(command->name);
    char shown[TCK_SHOWN_SIZE], other[TCK_SHOWN_SIZE];

    if (service[0] == '\0' || name[0] == '\0') {
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_1, "the call names service %s, command %s",
                              tck_shown(service, shown), tck_shown(name, other));
        return;
    }
    if (!judge->pool)
        return;
    judge->call.method = tck_pool_find_method(judge->pool, service, name);
    if (judge->call.method)
        return;
    judge->call.unknown = true;
    tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_1,
                          "the call is to %s of service %s, which no descriptor defines", tck_shown(name, other),
                          tck_shown(service, shown));
}

static bool has_entries(const Cloudstate__Metadata *metadata)
{
    return metadata && metadata->n_entries > 0;
}

static void first_command(struct tck_judge *judge, const Cloudstate__Action__ActionCommand *command)
{
    judge_names(judge, command);
    judge->call.metadata_first = has_entries(command->metadata);
    if (shape(judge)->proxy_streams) {
        if (command->payload)
            tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_3, "the first message has a payload");
    } else if (!tck_any_typed(command->payload)) {
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_2, "the message has no typed payload");
    }
}

static void later_command(struct tck_judge *judge, const Cloudstate__Action__ActionCommand *command)
{
    if (!shape(judge)->proxy_streams) {
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_2, "message %zu is one too many", judge->message);
        return;
    }
    if (!tck_any_typed(command->payload))
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_3, "message %zu has no typed payload",
                              judge->message);
    if (tck_text(command->service_name)[0] != '\0' || tck_text(command->name)[0] != '\0')
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_3, "message %zu names service or command again",
                              judge->message);
    if (judge->call.metadata_first && has_entries(command->metadata))
        tck_judge_blame_proxy(judge, TCK_GOES_ON, TCK_RULE_AC_CALL_4,
                              "message %zu has metadata, and so had the first one", judge->message);
}

static void from_proxy(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const Cloudstate__Action__ActionCommand *command = (const Cloudstate__Action__ActionCommand *)base;

    if (judge->call.commands++ == 0)
        first_command(judge, command);
    else
        later_command(judge, command);
}

/* --- the user function --- */

/* Where the input ended before its first message a failure may say so. */
static bool refuses_empty_input(const struct tck_judge *judge, const Cloudstate__Action__ActionResponse *response)
{
    return judge->half_closed && response->response_case == CLOUDSTATE__ACTION__ACTION_RESPONSE__RESPONSE_FAILURE;
}

static void from_function(struct tck_judge *judge, const ProtobufCMessage *base)
{
    const Cloudstate__Action__ActionResponse *response = (const Cloudstate__Action__ActionResponse *)base;
    struct tck_call_state *call = &judge->call;
    char what[40];

    snprintf(what, sizeof what, "response %zu", ++call->responses);
    if (call->commands == 0 && judge->refusal == TCK_GOES_ON && !refuses_empty_input(judge, response))
        tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_1, "%s comes before the call's first message", what);
    if (call->responses > 1 && !shape(judge)->user_function_streams)
        tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_2, "%s is one too many", what);
    switch (response->response_case) {
    case CLOUDSTATE__ACTION__ACTION_RESPONSE__RESPONSE_REPLY:
        tck_answer_payload(judge, response->reply, call->method, TCK_RULE_AC_RESPONSE_5, TCK_RULE_AC_RESPONSE_6, what);
        break;
    case CLOUDSTATE__ACTION__ACTION_RESPONSE__RESPONSE_FORWARD:
        tck_answer_forward(judge, response->forward, what);
        break;
    default: /* a failure, or nothing for the client, which is legal */
        break;
    }
    if (call->unknown && response->response_case != CLOUDSTATE__ACTION__ACTION_RESPONSE__RESPONSE_FAILURE)
        tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_4, "%s is no failure, but there is no such service or command",
                        what);
    tck_answer_effects(judge, response->side_effects, response->n_side_effects, what);
}

/* Any error status is legal: the client's call ends with the status of the user function's. */
static void end(struct tck_judge *judge, const struct tck_conversation_end *how)
{
    const struct tck_call_state *call = &judge->call;
    bool single = !shape(judge)->user_function_streams;

    if (!how->by_user_function) {
        if (how->waited && single)
            tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_3,
                            "the call does not end in the time given after its input ended");
    } else if (how->code == 0) {
        if (single && call->responses == 0)
            tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_3, "the call ends with OK and without a response");
        if (call->unknown && call->responses == 0)
            tck_judge_blame(judge, TCK_RULE_AC_RESPONSE_4,
                            "the call ends with OK, but there is no such service or command");
    }
}

const struct tck_judge_protocol tck_action_judge = {
    .from_proxy = from_proxy,
    .from_function = from_function,
    .end = end,
    .undecodable = TCK_RULE_AC_MESSAGE_1,
    .after_end = TCK_RULE_AC_END_1,
};
