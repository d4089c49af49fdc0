/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/json.h — the proto3 JSON mapping, by the protobuf documentation ("ProtoJSON format").
 *
 * Out: lowerCamelCase (or proto names), 64-bit integers as strings, bytes as base64, enums by name, NaN and Infinity as
 * strings, Any opened with "@type", Timestamp, Duration, FieldMask, Struct, Value, ListValue and wrappers in their
 * special forms. In: both spellings of names, numbers as numbers or strings, base64 and base64url, null as default.
 * JSON text itself is jansson's.
 */
#ifndef TCK_WIRE_JSON_H
#define TCK_WIRE_JSON_H

#include "wire/message.h"

enum tck_json_flags {
    TCK_JSON_DEFAULTS = 1 << 0,       /* print fields that hold their default, as proxies do */
    TCK_JSON_PROTO_NAMES = 1 << 1,    /* original field names */
    TCK_JSON_INDENT = 1 << 2,         /* two spaces a level, else one line */
    TCK_JSON_IGNORE_UNKNOWN = 1 << 3, /* reading: skip fields that the type does not have */
};

/* Appends the message as JSON. Errors: TCK_BROKEN where the mapping has no JSON for it (an Any of unknown type, a
 * Timestamp out of range), with the path. */
int tck_message_to_json(const struct tck_pool *pool, const ProtobufCMessage *message, unsigned flags,
                        struct tck_buffer *out, struct tck_error *err);
/* Errors: TCK_BAD_INPUT with line and column (syntax) or the path (meaning). */
int tck_message_from_json(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                          struct tck_bytes json, unsigned flags, struct tck_arena *arena,
                          ProtobufCMessage **ret_message, struct tck_error *err);

#endif
