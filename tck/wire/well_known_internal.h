/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/well_known_internal.h — the types of google.protobuf that have a form of their own in JSON and in literals.
 *
 * A type is well-known when it has the name and the shape (field numbers, types, labels): a hostile descriptor set may
 * call anything google.protobuf.Timestamp. For this room alone.
 */
#ifndef TCK_WIRE_WELL_KNOWN_INTERNAL_H
#define TCK_WIRE_WELL_KNOWN_INTERNAL_H

#include "wire/pool.h"

enum tck_well_known {
    TCK_NOT_WELL_KNOWN,
    TCK_WK_ANY,
    TCK_WK_TIMESTAMP,  /* int64 seconds = 1; int32 nanos = 2 */
    TCK_WK_DURATION,   /* int64 seconds = 1; int32 nanos = 2 */
    TCK_WK_FIELD_MASK, /* repeated string paths = 1 */
    TCK_WK_STRUCT,     /* map<string, Value> fields = 1 */
    TCK_WK_VALUE,      /* oneof kind: null_value = 1 … list_value = 6 */
    TCK_WK_LIST_VALUE, /* repeated Value values = 1 */
    TCK_WK_WRAPPER,    /* one field "value" = 1 */
};

enum tck_value_kind { /* the field numbers of google.protobuf.Value */
                      TCK_VALUE_NULL = 1,
                      TCK_VALUE_NUMBER,
                      TCK_VALUE_STRING,
                      TCK_VALUE_BOOL,
                      TCK_VALUE_STRUCT,
                      TCK_VALUE_LIST,
};

enum tck_well_known tck_well_known(const ProtobufCMessageDescriptor *descriptor);
/* google.protobuf.NullValue, whose JSON is null. */
bool tck_is_null_value(const ProtobufCEnumDescriptor *descriptor);

/* Field `number` of a well-known type; there, since the shape was checked. */
const ProtobufCFieldDescriptor *tck_well_known_field(const ProtobufCMessageDescriptor *descriptor, uint32_t number);

/* seconds and nanos of a Timestamp or Duration message. */
void tck_time_read(const ProtobufCMessage *message, int64_t *ret_seconds, int32_t *ret_nanos);
/* Sets both; false: the arena is full. */
bool tck_time_write(ProtobufCMessage *message, int64_t seconds, int32_t nanos, struct tck_arena *arena);

/* "1972-01-01T10:00:20.021Z" with 0, 3, 6 or 9 digits; false outside years 1 to 9999 or 0 to 999,999,999 nanos. */
bool tck_timestamp_text(int64_t seconds, int32_t nanos, char buf[40]);
/* RFC 3339 with Z or an offset, up to 9 digits. */
bool tck_timestamp_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos);
/* "1.5s", "-3s" with 0, 3, 6 or 9 digits; false above 315,576,000,000 s either way or when the signs differ. */
bool tck_wire_duration_text(int64_t seconds, int32_t nanos, char buf[40]);
bool tck_wire_duration_parse(const char *text, int64_t *ret_seconds, int32_t *ret_nanos);

/* FieldMask paths: snake_case to lowerCamelCase, appended to out; false when it would not come back the same. */
bool tck_field_mask_path_to_json(const char *path, struct tck_buffer *out);
/* One lowerCamelCase path to snake_case, appended; false for a path with '_'. */
bool tck_field_mask_path_from_json(const char *path, size_t size, struct tck_buffer *out);

#endif
