/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/fields_internal.h — reading and writing the fields of a message through its descriptor.
 *
 * protobuf-c leaves the memory of a message to generated code; here are the few rules of that memory in one place, for
 * run-time and compiled types alike: where a value is, when it counts as present, and how setting one keeps the flags
 * and the oneofs right. For this room alone.
 *
 * A value is handed out as a pointer to its memory, by the field's type:
 *
 *     int32_t       INT32 SINT32 SFIXED32 ENUM      uint32_t     UINT32 FIXED32       float, double
 *     int64_t       INT64 SINT64 SFIXED64           uint64_t     UINT64 FIXED64       protobuf_c_boolean
 *     char *        STRING (read it with tck_value_string: NULL is "")
 *     ProtobufCBinaryData   BYTES
 *     ProtobufCMessage *    MESSAGE (may be NULL in a map entry of a compiled type: an empty message)
 */
#ifndef TCK_WIRE_FIELDS_INTERNAL_H
#define TCK_WIRE_FIELDS_INTERNAL_H

#include "wire/pool.h"

/* An empty message, defaults filled in; NULL when the arena is full. */
ProtobufCMessage *tck_message_new(const ProtobufCMessageDescriptor *descriptor, struct tck_arena *arena);

/* Bytes that one value of this type takes in memory. */
size_t tck_type_size(ProtobufCType type);

static inline bool tck_field_is_repeated(const ProtobufCFieldDescriptor *field)
{
    return field->label == PROTOBUF_C_LABEL_REPEATED;
}

static inline bool tck_field_in_oneof(const ProtobufCFieldDescriptor *field)
{
    return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* Can an absent singular field be told from one that holds its default? (proto2, optional, oneof, messages.) */
bool tck_field_has_presence(const ProtobufCFieldDescriptor *field);

/* Values that serializing would write: the length of a list; for a singular field 1 if it is present (without presence:
 * if it is not the default; required: always), else 0. */
size_t tck_field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

/* Value i of a field, for i below tck_field_count(). For a singular field outside a oneof also where the count is 0:
 * its default. */
const void *tck_field_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i);

/* Memory for a new value, zeroed: appended to a list; or the singular field made present, any other member of its oneof
 * dropped. The caller fills it in: strings and bytes with memory of their own, never with the field's default pointer.
 * NULL when the arena is full. (Lists must have been made by this function: it knows their capacity from their count.)
 */
void *tck_field_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct tck_arena *arena);

/* The member of a oneof that is set, given any member; NULL for none. */
const ProtobufCFieldDescriptor *tck_oneof_member(const ProtobufCMessage *message,
                                                 const ProtobufCFieldDescriptor *field);

static inline const char *tck_value_string(const void *value)
{
    const char *text = *(char *const *)value;

    return text ? text : "";
}

static inline struct tck_bytes tck_value_bytes(const void *value)
{
    const ProtobufCBinaryData *data = (const ProtobufCBinaryData *)value;

    return tck_bytes(data->data, data->len);
}

static inline const ProtobufCMessage *tck_value_message(const void *value)
{
    return *(ProtobufCMessage *const *)value;
}

/* Is this type the entry of a map (as far as its descriptor says)? */
bool tck_descriptor_is_map_entry(const ProtobufCMessageDescriptor *descriptor);

/* A field by its proto or its JSON name; NULL for none. */
const ProtobufCFieldDescriptor *tck_field_by_key(const struct tck_pool *pool,
                                                 const ProtobufCMessageDescriptor *descriptor, const char *key);
/* The proto name of a field near to key, for "did you mean"; NULL for none. */
const char *tck_field_suggest(const ProtobufCMessageDescriptor *descriptor, const char *key);

/* Enum values by number and by name, aliases included; NULL for none. (protobuf-c's own lookup by number overflows near
 * INT32_MAX.) */
const ProtobufCEnumValue *tck_enum_by_number(const ProtobufCEnumDescriptor *descriptor, int32_t number);
const ProtobufCEnumValue *tck_enum_by_name(const ProtobufCEnumDescriptor *descriptor, const char *name);
/* Closed (proto2): numbers without a name are kept as unknown fields. */
bool tck_enum_is_closed(const ProtobufCEnumDescriptor *descriptor);

/* Parts of an Any. false: the message is not one (wrong name or shape); its parts are then untouched. */
bool tck_any_parts(const ProtobufCMessage *any, const char **ret_type_url, struct tck_bytes *ret_value);
/* Fills an Any that tck_message_new() made. type_url is copied, value is kept. false: not an Any, or the arena is full.
 */
bool tck_any_fill(ProtobufCMessage *any, const char *type_url, struct tck_bytes take_value, struct tck_arena *arena);

#endif
