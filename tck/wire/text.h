/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/text.h — messages for people: the protobuf text form, on one line.
 *
 *     reply { command_id: 1 client_action { reply { payload { [cloudstate.tck.model.Response] { message: "ABC" } } } }
 * }
 *
 * Never fails for a strange message: an Any that cannot be opened prints its type and bytes, unknown fields print by
 * number, long values are cut ("… 1048576 bytes"). What is printed is printable UTF-8 without control characters.
 */
#ifndef TCK_WIRE_TEXT_H
#define TCK_WIRE_TEXT_H

#include "wire/message.h"

/* Appends the message; limit cuts the whole after so many bytes (0: no limit). */
void tck_message_to_text(const struct tck_pool *pool, const ProtobufCMessage *message, size_t limit,
                         struct tck_buffer *out);
/* Appends a quoted string with escapes for quotes, backslashes, control characters and bytes that are not UTF-8, cut
 * after limit bytes (0: whole). */
void tck_text_quote(const char *text, size_t size, size_t limit, struct tck_buffer *out);

#endif
