/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/envelope.h"

/* clang-format off */
const struct tck_envelope tck_envelopes[TCK_PROTOCOL_COUNT] = {
    /* protocol                       conversation                    answer              reply    command_id    client_action    failure_names_command */
    [TCK_PROTOCOL_EVENT_SOURCED] = { TCK_CONVERSATION_EVENT_SOURCED, TCK_ABOUT_REPLY,    "reply", "command_id", "client_action", true },
    [TCK_PROTOCOL_VALUE_ENTITY]  = { TCK_CONVERSATION_VALUE_ENTITY,  TCK_ABOUT_REPLY,    "reply", "command_id", "client_action", true },
    [TCK_PROTOCOL_CRDT]          = { TCK_CONVERSATION_CRDT,          TCK_ABOUT_REPLY,    "reply", "command_id", "client_action", true },
    [TCK_PROTOCOL_ACTION]        = { TCK_CONVERSATION_ACTION_UNARY,  TCK_ABOUT_RESPONSE, NULL,    NULL,         NULL,            false },
};
/* clang-format on */
