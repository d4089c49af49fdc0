/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/fields_internal.h"

#include <string.h>

#include "base/suggest.h"
#include "wire/pool_internal.h"

/* What a list's first value makes room for; must be a power of two (see grow). */
#define FIRST_CAPACITY 4

#define AT(type, message, offset)       ((type *)((char *)(message) + (offset)))
#define CONST_AT(type, message, offset) ((const type *)((const char *)(message) + (offset)))

size_t tck_type_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return 4;
    }
}

ProtobufCMessage *tck_message_new(const ProtobufCMessageDescriptor *descriptor, struct tck_arena *arena)
{
    ProtobufCMessage *message = tck_arena_alloc(arena, descriptor->sizeof_message);

    if (!message)
        return NULL;
    if (descriptor->message_init) {
        descriptor->message_init(message);
        return message;
    }
    message->descriptor = descriptor;
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        void *value = AT(void, message, field->offset);

        if (!field->default_value || tck_field_is_repeated(field) || tck_field_in_oneof(field))
            continue;
        if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
            *(const void **)value = field->default_value;
        else
            memcpy(value, field->default_value, tck_type_size(field->type));
    }
    return message;
}

bool tck_field_has_presence(const ProtobufCFieldDescriptor *field)
{
    if (tck_field_is_repeated(field))
        return false;
    return field->label != PROTOBUF_C_LABEL_NONE || field->type == PROTOBUF_C_TYPE_MESSAGE || tck_field_in_oneof(field);
}

/* As protobuf-c's packing decides it, except that it takes empty bytes with a pointer for present. */
static bool is_default(const void *value, ProtobufCType type)
{
    static const char zeros[8];

    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
        return *tck_value_string(value) == '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return tck_value_bytes(value).size == 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return tck_value_message(value) == NULL;
    case PROTOBUF_C_TYPE_FLOAT:
        return *(const float *)value == 0;
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const double *)value == 0;
    default:
        return memcmp(value, zeros, tck_type_size(type)) == 0;
    }
}

size_t tck_field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *value = CONST_AT(void, message, field->offset);
    bool by_pointer = field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;

    if (tck_field_is_repeated(field))
        return *CONST_AT(size_t, message, field->quantifier_offset);
    if (tck_field_in_oneof(field) && *CONST_AT(uint32_t, message, field->quantifier_offset) != field->id)
        return 0;
    if (field->label == PROTOBUF_C_LABEL_REQUIRED)
        return 1;
    if (field->label == PROTOBUF_C_LABEL_OPTIONAL || tck_field_in_oneof(field)) {
        const void *pointer = by_pointer ? *(const void *const *)value : NULL;

        if (by_pointer)
            return pointer && pointer != field->default_value;
        return tck_field_in_oneof(field) || *CONST_AT(protobuf_c_boolean, message, field->quantifier_offset);
    }
    return !is_default(value, field->type);
}

const void *tck_field_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t i)
{
    const void *value = CONST_AT(void, message, field->offset);

    if (!tck_field_is_repeated(field))
        return value;
    return *(const char *const *)value + i * tck_type_size(field->type);
}

/* Room for one more value. The capacity is not stored: it is FIRST_CAPACITY, or the next power of two above the count.
 */
static void *grow(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct tck_arena *arena)
{
    size_t *count = AT(size_t, message, field->quantifier_offset);
    char **array = AT(char *, message, field->offset);
    size_t size = tck_type_size(field->type);

    if (*count == 0 || (*count >= FIRST_CAPACITY && (*count & (*count - 1)) == 0)) {
        char *larger = tck_arena_array(arena, *count ? 2 * *count : FIRST_CAPACITY, size);

        if (!larger)
            return NULL;
        if (*count)
            memcpy(larger, *array, *count * size);
        *array = larger;
    }
    return *array + (*count)++ * size;
}

void *tck_field_add(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct tck_arena *arena)
{
    void *value = AT(void, message, field->offset);

    if (tck_field_is_repeated(field))
        return grow(message, field, arena);
    if (tck_field_in_oneof(field)) {
        const ProtobufCFieldDescriptor *other = tck_oneof_member(message, field);

        if (other)
            memset(value, 0, tck_type_size(other->type));
        *AT(uint32_t, message, field->quantifier_offset) = field->id;
    } else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset != 0) {
        *AT(protobuf_c_boolean, message, field->quantifier_offset) = 1;
    }
    memset(value, 0, tck_type_size(field->type));
    return value;
}

const ProtobufCFieldDescriptor *tck_oneof_member(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    uint32_t number;

    if (!tck_field_in_oneof(field))
        return NULL;
    number = *CONST_AT(uint32_t, message, field->quantifier_offset);
    return number ? protobuf_c_message_descriptor_get_field(message->descriptor, number) : NULL;
}

bool tck_descriptor_is_map_entry(const ProtobufCMessageDescriptor *descriptor)
{
    const struct tck_pool_message *ours = tck_pool_message_of(descriptor);
    const char *name = descriptor->short_name;
    size_t size = strlen(name);

    if (ours)
        return ours->map_entry;
    /* Generated code does not say. These are the names and the shape that protoc gives to entries, and it lets nobody
     * else have them by accident: fields key = 1 and value = 2 in a type called …Entry, used in a repeated field. */
    return size > 5 && strcmp(name + size - 5, "Entry") == 0 && descriptor->n_fields == 2 &&
           strcmp(descriptor->fields[0].name, "key") == 0 && descriptor->fields[0].id == 1 &&
           strcmp(descriptor->fields[1].name, "value") == 0 && descriptor->fields[1].id == 2;
}

const ProtobufCFieldDescriptor *tck_field_by_key(const struct tck_pool *pool,
                                                 const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(descriptor, key);
    char buf[256];

    for (unsigned i = 0; !field && i < descriptor->n_fields; i++)
        if (strcmp(tck_pool_json_name(pool, descriptor, &descriptor->fields[i], buf), key) == 0)
            field = &descriptor->fields[i];
    return field;
}

static const char *field_name_at(const void *descriptor, size_t i)
{
    return ((const ProtobufCMessageDescriptor *)descriptor)->fields[i].name;
}

const char *tck_field_suggest(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    return tck_suggest(key, descriptor->n_fields, field_name_at, descriptor);
}

const ProtobufCEnumValue *tck_enum_by_number(const ProtobufCEnumDescriptor *descriptor, int32_t number)
{
    unsigned low = 0, high = descriptor->n_values;

    while (low < high) {
        unsigned middle = low + (high - low) / 2;

        if (descriptor->values[middle].value == number)
            return &descriptor->values[middle];
        if (descriptor->values[middle].value < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const ProtobufCEnumValue *tck_enum_by_name(const ProtobufCEnumDescriptor *descriptor, const char *name)
{
    return protobuf_c_enum_descriptor_get_value_by_name(descriptor, name);
}

bool tck_enum_is_closed(const ProtobufCEnumDescriptor *descriptor)
{
    const struct tck_pool_enum *ours = tck_pool_enum_of(descriptor);

    return ours && ours->closed;
}
