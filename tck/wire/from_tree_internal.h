/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/from_tree_internal.h — a literal on its way into a message. For from_tree*.c and match_*.c alone.
 */
#ifndef TCK_WIRE_FROM_TREE_INTERNAL_H
#define TCK_WIRE_FROM_TREE_INTERNAL_H

#include "wire/message.h"

/* Deeper than peers accept, so that a scenario can try them; shallow enough for the stack. */
#define TCK_LITERAL_MAX_DEPTH (2 * TCK_MESSAGE_MAX_DEPTH)

/* Keys that no field can have. */
#define TCK_KEY_TYPE    "@type"    /* in an Any: its type */
#define TCK_KEY_VALUE   "@value"   /* in an Any: its bytes, unopened */
#define TCK_KEY_FIELDS  "@fields"  /* in a well-known type: its fields, instead of the special form */
#define TCK_KEY_UNKNOWN "@unknown" /* in any message: fields by number */

#define TCK_DEFAULT_URL_PREFIX "type.googleapis.com/"

struct tck_literal {
    const struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_error *err;
};

#define tck_literal_bad(literal, place, ...) tck_fail((literal)->err, TCK_BAD_INPUT, (place), __VA_ARGS__)

/* The message that tree means, special forms included. */
int tck_literal_message(const struct tck_literal *literal, const ProtobufCMessageDescriptor *descriptor,
                        const struct tck_tree *tree, unsigned depth, ProtobufCMessage **ret_message);
/* Sets the fields that the map names. */
int tck_literal_fields(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *map,
                       unsigned depth);
/* Adds one value to a field, whatever its type. */
int tck_literal_value(const struct tck_literal *literal, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth);
/* The same for a field that is not a message. */
int tck_literal_scalar(const struct tck_literal *literal, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, const struct tck_tree *tree);
/* Bytes: base64, or {hex: "…"}. `user` is who wants them, for the error. */
int tck_literal_bytes(const struct tck_literal *literal, const struct tck_tree *tree, const char *user,
                      struct tck_bytes *ret_bytes);
/* Fills a message of a well-known type from its special form. 1: tree is not in that form, nothing was done. */
int tck_literal_well_known(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                           unsigned depth);
/* Adds the unknown fields of a list under TCK_KEY_UNKNOWN. */
int tck_literal_unknown(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *list);

#endif
