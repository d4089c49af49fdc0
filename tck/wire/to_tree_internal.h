/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/to_tree_internal.h — a message on its way into a literal. For to_tree*.c and match_subject.c alone.
 */
#ifndef TCK_WIRE_TO_TREE_INTERNAL_H
#define TCK_WIRE_TO_TREE_INTERNAL_H

#include "wire/message.h"

struct tck_speller {
    const struct tck_pool *pool;
    struct tck_arena *arena;
};

/* All of these return NULL when the arena is full. depth counts messages, those in Anys included. */
struct tck_tree *tck_spell_message(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth);
/* The fields by name, special forms left aside. */
struct tck_tree *tck_spell_fields(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth);
/* One value, whatever its type; value as in wire/fields_internal.h. */
struct tck_tree *tck_spell_value(const struct tck_speller *speller, const ProtobufCFieldDescriptor *field,
                                 const void *value, unsigned depth);
struct tck_tree *tck_spell_bytes(const struct tck_speller *speller, struct tck_bytes bytes);
/* The special form of a well-known type. false: it has none, or none that would read back to this message; true with
 * NULL: the arena is full. */
bool tck_spell_well_known(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                          struct tck_tree **ret_tree);

/* Adds a child made for this parent, which is NULL if the arena was full. key is kept, not copied; NULL for lists. */
bool tck_spell_add(struct tck_tree *parent, struct tck_tree **last, const char *key, struct tck_tree *child);

#endif
