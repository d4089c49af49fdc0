/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/decode_internal.h — bytes into protobuf-c's structs, by protobuf's own rules. For this room alone.
 *
 * protobuf-c packs well but reads badly what a hostile or merely unusual peer may send: it recurses without a limit,
 * drops earlier values when it merges a message that was sent in two parts, takes any wire type for a bool, and knows
 * no groups. So reading is done here, in one walk that checks as it goes, into the same memory that protobuf-c would
 * have made:
 *
 *   - a field with another wire type than its type's is an unknown field; repeated scalars are read packed or not;
 *   - a message sent in parts is merged, lists are appended, the last of several scalars or oneof members wins;
 *   - unknown fields are kept, their varints in shortest form; so are whole groups and unknown numbers of closed enums;
 *   - strings must be UTF-8 without NUL (a char * cannot hold one), whatever the syntax of the file.
 */
#ifndef TCK_WIRE_DECODE_INTERNAL_H
#define TCK_WIRE_DECODE_INTERNAL_H

#include "wire/message.h"

/* One field of serialized bytes. */
struct tck_wire_field {
    uint32_t number;
    uint8_t wire_type;
    uint64_t varint; /* VARINT, 32BIT, 64BIT: the number */
    struct tck_bytes
        payload; /* LENGTH_PREFIXED: what the prefix counts; groups: what is between the tags and the end tag */
};

#define TCK_WIRE_START_GROUP 3
#define TCK_WIRE_END_GROUP   4

/* Bytes being read. */
struct tck_wire_input {
    const uint8_t *at, *end;
};

/* Reads a field and moves on. NULL, or why the bytes are not a field (input is then where it broke). depth: how many
 * groups more may be open inside a group. */
const char *tck_wire_read(struct tck_wire_input *input, unsigned depth, struct tck_wire_field *ret_field);
/* One varint; NULL, or why not. */
const char *tck_wire_read_varint(struct tck_wire_input *input, uint64_t *ret_number);
/* Writes the shortest form; returns its size. */
size_t tck_wire_put_varint(uint64_t number, uint8_t out[10]);

/* Adds an unknown field to a message, in canonical form; false: the arena is full. */
bool tck_message_add_unknown(ProtobufCMessage *message, const struct tck_wire_field *field, struct tck_arena *arena);

#endif
