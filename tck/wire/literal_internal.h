/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/literal_internal.h — the reader behind tck_message_from_tree() and tck_message_from_json(), made in from_tree.c: both
 * dialects are read by one pass, so JSON needs no check of its own before. For this room alone.
 */
#ifndef TCK_WIRE_LITERAL_INTERNAL_H
#define TCK_WIRE_LITERAL_INTERNAL_H

#include "wire/message.h"

enum tck_literal_flags {
    /* The tree is someone's JSON: the proto3 mapping and nothing more. No variables, no "@unknown", no "@value", no
     * {hex: …}, no plain string for an Any; enums' names and map keys exactly; two keys for one field, or two members
     * of one oneof, are mistakes; null in a list is a mistake (but for Value and NullValue). */
    TCK_LITERAL_JSON = 1 << 0,
    TCK_LITERAL_IGNORE_UNKNOWN = 1 << 1, /* skip fields that the type does not have, and names that an enum does not */
};

/* tck_message_from_tree() is this with flags 0. Mistakes carry the path in their text when the tree is JSON, whose
 * places say no more than the document's name: "reply.commandId: wants a 64-bit integer, found …". */
int tck_literal_read(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                     const struct tck_tree *tree, const struct tck_bindings *bindings, unsigned flags,
                     struct tck_arena *arena, ProtobufCMessage **ret_message, struct tck_error *err);

#endif
