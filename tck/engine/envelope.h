/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/envelope.h — where the protocols put the same things: the reply, its client action, the failure of a stream.
 *
 * The one table that the shorthands of expectations are expanded by.
 */
#ifndef TCK_ENGINE_ENVELOPE_H
#define TCK_ENGINE_ENVELOPE_H

#include "engine/script.h"

struct tck_envelope {
    enum tck_conversation conversation; /* of an entity's stream; actions have one for each kind of call */
    enum tck_about answer;              /* what the answer to a command is called */
    const char *reply;      /* field of the message to the proxy that holds a reply; NULL: the message is the reply */
    const char *command_id; /* field of a reply; NULL: replies name no command */
    const char *client_action;  /* field of a reply; NULL: the action's cases are fields of the reply */
    bool failure_names_command; /* a client action's failure carries the command's id; false: what it carries means
                                   nothing */
};

extern const struct tck_envelope tck_envelopes[TCK_PROTOCOL_COUNT];

#endif
