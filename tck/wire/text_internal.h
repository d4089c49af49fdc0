/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/text_internal.h — one value in the text form. For this room alone.
 */
#ifndef TCK_WIRE_TEXT_INTERNAL_H
#define TCK_WIRE_TEXT_INTERNAL_H

#include "wire/text.h"

/* Appends a value (memory as in wire/fields_internal.h): a message in braces, a string in quotes. limit as for
 * tck_message_to_text(). */
void tck_text_value(const struct tck_pool *pool, const ProtobufCFieldDescriptor *field, const void *value, size_t limit,
                    struct tck_buffer *out);
/* Appends " number: value" of an unknown field, without the blank. */
void tck_text_unknown(const ProtobufCMessageUnknownField *field, struct tck_buffer *out);

#endif
