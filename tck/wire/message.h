/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/message.h — messages to bytes and back, guarded against hostile bytes.
 *
 * Messages are protobuf-c's structs, of run-time and compiled types alike, and protobuf-c packs them. They are read by
 * this room itself (decode_internal.h says why), in one walk against the descriptor that bounds nesting to
 * TCK_MESSAGE_MAX_DEPTH and refuses truncation, bad UTF-8, a NUL inside a string (which a char * cannot hold) and what
 * would take more memory than the arena may give, with an error that names the path and the byte offset. A candidate
 * cannot crash the process with a message. By protobuf's rules a known field with another wire type than its own is an
 * unknown field, not an error.
 */
#ifndef TCK_WIRE_MESSAGE_H
#define TCK_WIRE_MESSAGE_H

#include "wire/bindings.h"
#include "wire/pool.h"

#define TCK_MESSAGE_MAX_DEPTH 100 /* what protobuf's own implementations allow */

/* Parses bytes into the arena (nothing is to be freed alone). Unknown fields are kept, groups included. Errors:
 * TCK_BROKEN (the bytes are not such a message; text names path and offset), TCK_KIT (arena full). */
int tck_message_unpack(const ProtobufCMessageDescriptor *descriptor, struct tck_bytes bytes, struct tck_arena *arena,
                       ProtobufCMessage **ret_message, struct tck_error *err);
/* Appends the serialized message. */
int tck_message_pack(const ProtobufCMessage *message, struct tck_buffer *out, struct tck_error *err);

/* The message that an Any (google.protobuf.Any of any pool, or a compiled one) holds. Errors: TCK_BROKEN when its type
 * is not known or its bytes are not such a message. */
int tck_message_unpack_any(const struct tck_pool *pool, const ProtobufCMessage *any, struct tck_arena *arena,
                           ProtobufCMessage **ret_message, struct tck_error *err);

/* A message from a literal: keys are field names (proto or JSON spelling), values by the proto3 JSON mapping, with
 * these additions: enum values by name or number; an Any is {"@type": "full.Name" or a url, fields…}, {"@type": url,
 * "@value": base64 or {hex: "…"}} for raw bytes, or a plain string (see tck_pool_set_string_any); integers may be
 * written as numbers or strings; bytes as base64 string or {hex: "…"}; null is the default value. Variables are
 * resolved with bindings (may be NULL). A name without '/' in "@type" gets the prefix "type.googleapis.com/". Unknown
 * fields of a message are written as {"@unknown": [{number: 999, varint: 1 | bytes: "…" | fixed32: 1 | fixed64: 1 |
 * group: "…"}]} (group: the fields between its tags). Well-known types take their JSON forms (wrappers a scalar,
 * Timestamp and Duration a string, Struct a map, FieldMask a string), inside an Any under the key "value"; {"@fields":
 * {…}} gives the fields of such a type instead. Map fields may also be lists of {key: …, value: …}. Errors:
 * TCK_BAD_INPUT at the place in the tree, with the nearest field name. */
int tck_message_from_tree(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                          const struct tck_tree *tree, const struct tck_bindings *bindings, struct tck_arena *arena,
                          ProtobufCMessage **ret_message, struct tck_error *err);
/* The message as a literal that from_tree, without bindings, reads back to equal bytes (but for the bits by which one
 * NaN differs from another): proto field names, defaults left out, Any opened where its type is known and its bytes are
 * canonical, else as "@value". */
int tck_message_to_tree(const struct tck_pool *pool, const ProtobufCMessage *message, struct tck_arena *arena,
                        const struct tck_tree **ret_tree, struct tck_error *err);

#endif
