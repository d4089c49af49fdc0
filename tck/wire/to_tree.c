/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wire/decode_internal.h"
#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/scalar_internal.h"
#include "wire/to_tree_internal.h"
#include "wire/tree_internal.h"
#include "wire/well_known_internal.h"

bool tck_spell_add(struct tck_tree *parent, struct tck_tree **last, const char *key, struct tck_tree *child)
{
    if (!child)
        return false;
    child->key = key;
    tck_tree_link(parent, child, last);
    return true;
}

/* --- values --- */

static struct tck_tree *text(const struct tck_speller *speller, enum tck_tree_kind kind, const char *spelled)
{
    return tck_tree_scalar(speller->arena, kind, spelled, strlen(spelled), TCK_NOWHERE);
}

/* As YAML writes them: a printed tree must read back to itself. */
static struct tck_tree *real(const struct tck_speller *speller, double number, const char *finite)
{
    if (isnan(number))
        return text(speller, TCK_TREE_NUMBER, ".nan");
    if (isinf(number))
        return text(speller, TCK_TREE_NUMBER, number < 0 ? "-.inf" : ".inf");
    return text(speller, TCK_TREE_NUMBER, finite);
}

static struct tck_tree *natural(const struct tck_speller *speller, uint64_t number)
{
    char spelled[32];

    snprintf(spelled, sizeof spelled, "%" PRIu64, number);
    return text(speller, TCK_TREE_NUMBER, spelled);
}

static struct tck_tree *enum_value(const struct tck_speller *speller, const ProtobufCEnumDescriptor *descriptor,
                                   int32_t number)
{
    const ProtobufCEnumValue *value = tck_enum_by_number(descriptor, number);

    if (number == 0 && tck_is_null_value(descriptor))
        return text(speller, TCK_TREE_NULL, "null");
    if (value)
        return text(speller, TCK_TREE_STRING, value->name);
    return tck_tree_number(speller->arena, number, TCK_NOWHERE);
}

struct tck_tree *tck_spell_bytes(const struct tck_speller *speller, struct tck_bytes bytes)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(bytes.size / 3 * 4 + 8);

    tck_base64_encode(bytes, &out);
    if (tck_buffer_check(&out, NULL) < 0)
        return NULL;
    return tck_tree_scalar(speller->arena, TCK_TREE_STRING, tck_buffer_string(&out), out.size, TCK_NOWHERE);
}

struct tck_tree *tck_spell_value(const struct tck_speller *speller, const ProtobufCFieldDescriptor *field,
                                 const void *value, unsigned depth)
{
    char spelled[32];

    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return tck_tree_number(speller->arena, *(const int32_t *)value, TCK_NOWHERE);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return tck_tree_number(speller->arena, *(const int64_t *)value, TCK_NOWHERE);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return natural(speller, *(const uint32_t *)value);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return natural(speller, *(const uint64_t *)value);
    case PROTOBUF_C_TYPE_FLOAT:
        return real(speller, (double)*(const float *)value, tck_scalar_float_text(*(const float *)value, spelled));
    case PROTOBUF_C_TYPE_DOUBLE:
        return real(speller, *(const double *)value, tck_scalar_double_text(*(const double *)value, spelled));
    case PROTOBUF_C_TYPE_BOOL:
        return tck_tree_bool(speller->arena, *(const protobuf_c_boolean *)value, TCK_NOWHERE);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_value(speller, field->descriptor, *(const int32_t *)value);
    case PROTOBUF_C_TYPE_STRING:
        return text(speller, TCK_TREE_STRING, tck_value_string(value));
    case PROTOBUF_C_TYPE_BYTES:
        return tck_spell_bytes(speller, tck_value_bytes(value));
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    if (!tck_value_message(value)) /* the value of a compiled map entry that had none */
        return tck_tree_map(speller->arena, TCK_NOWHERE);
    return tck_spell_message(speller, tck_value_message(value), depth + 1);
}

/* --- lists and maps --- */

static struct tck_tree *list(const struct tck_speller *speller, const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field, unsigned depth)
{
    struct tck_tree *tree = tck_tree_list(speller->arena, TCK_NOWHERE), *last = NULL;
    size_t count = tck_field_count(message, field);

    for (size_t i = 0; tree && i < count; i++)
        if (!tck_spell_add(tree, &last, NULL, tck_spell_value(speller, field, tck_field_at(message, field, i), depth)))
            return NULL;
    return tree;
}

static const char *key_text(const struct tck_speller *speller, const ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *field = &entry->descriptor->fields[0];
    const struct tck_tree *key = tck_spell_value(speller, field, tck_field_at(entry, field, 0), 0);

    return key ? key->text : NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Can a map say all of it? Not if an entry has unknown fields, or two have one key, as a sender that is not careful may
 * have it. keys: of all entries; they are sorted here. */
static bool is_plain_map(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, const char **keys,
                         size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tck_value_message(tck_field_at(message, field, i))->n_unknown_fields > 0)
            return false;
    qsort(keys, count, sizeof(*keys), by_text);
    for (size_t i = 1; i < count; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            return false;
    return true;
}

/* As a map where that says all, else as the list of the entries. */
static struct tck_tree *map(const struct tck_speller *speller, const ProtobufCMessage *message,
                            const ProtobufCFieldDescriptor *field, unsigned depth)
{
    struct tck_tree *tree = tck_tree_map(speller->arena, TCK_NOWHERE), *last = NULL;
    size_t count = tck_field_count(message, field);
    const char **keys = tck_arena_array(speller->arena, 2 * count, sizeof *keys); /* in order, and to be sorted */

    if (!tree || !keys)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        keys[i] = keys[count + i] = key_text(speller, tck_value_message(tck_field_at(message, field, i)));
        if (!keys[i])
            return NULL;
    }
    if (!is_plain_map(message, field, keys + count, count))
        return list(speller, message, field, depth);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessage *entry = tck_value_message(tck_field_at(message, field, i));
        const ProtobufCFieldDescriptor *value = &entry->descriptor->fields[1];

        if (!tck_spell_add(tree, &last, keys[i],
                           tck_spell_value(speller, value, tck_field_at(entry, value, 0), depth + 1)))
            return NULL;
    }
    return tree;
}

/* --- unknown fields --- */

/* The content of a kept field: its bytes are canonical (see tck_message_add_unknown). */
static struct tck_tree *unknown_content(const struct tck_speller *speller, const ProtobufCMessageUnknownField *unknown,
                                        const char **ret_key)
{
    struct tck_wire_input input = { unknown->data, unknown->data + unknown->len };
    uint8_t end_tag[10];
    uint64_t number = 0;

    switch ((int)unknown->wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        tck_wire_read_varint(&input, &number);
        *ret_key = "varint";
        return natural(speller, number);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        for (size_t i = unknown->len; i > 0; i--)
            number = number << 8 | unknown->data[i - 1];
        *ret_key = unknown->wire_type == PROTOBUF_C_WIRE_TYPE_64BIT ? "fixed64" : "fixed32";
        return natural(speller, number);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        tck_wire_read_varint(&input, &number);
        *ret_key = "bytes";
        return tck_spell_bytes(speller, tck_bytes(input.at, (size_t)(input.end - input.at)));
    default:
        *ret_key = "group";
        input.end -= tck_wire_put_varint((uint64_t)unknown->tag << 3 | TCK_WIRE_END_GROUP, end_tag);
        return tck_spell_bytes(speller, tck_bytes(input.at, (size_t)(input.end - input.at)));
    }
}

static struct tck_tree *unknown_fields(const struct tck_speller *speller, const ProtobufCMessage *message)
{
    struct tck_tree *tree = tck_tree_list(speller->arena, TCK_NOWHERE), *last = NULL;

    for (unsigned i = 0; tree && i < message->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *unknown = &message->unknown_fields[i];
        struct tck_tree *item = tck_tree_map(speller->arena, TCK_NOWHERE), *last_key = NULL, *content;
        const char *key;

        if (!item || !tck_spell_add(item, &last_key, "number", natural(speller, unknown->tag)))
            return NULL;
        content = unknown_content(speller, unknown, &key);
        if (!tck_spell_add(item, &last_key, key, content) || !tck_spell_add(tree, &last, NULL, item))
            return NULL;
    }
    return tree;
}

/* --- messages --- */

struct tck_tree *tck_spell_fields(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth)
{
    struct tck_tree *tree = tck_tree_map(speller->arena, TCK_NOWHERE), *last = NULL;

    for (unsigned i = 0; tree && i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        struct tck_tree *child;

        if (tck_field_count(message, field) == 0)
            continue;
        if (tck_pool_is_map(speller->pool, message->descriptor, field))
            child = map(speller, message, field, depth);
        else if (tck_field_is_repeated(field))
            child = list(speller, message, field, depth);
        else
            child = tck_spell_value(speller, field, tck_field_at(message, field, 0), depth);
        if (!tck_spell_add(tree, &last, field->name, child))
            return NULL;
    }
    if (tree && message->n_unknown_fields &&
        !tck_spell_add(tree, &last, TCK_KEY_UNKNOWN, unknown_fields(speller, message)))
        return NULL;
    return tree;
}

struct tck_tree *tck_spell_message(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth)
{
    struct tck_tree *tree, *whole, *last = NULL;

    if (tck_spell_well_known(speller, message, depth, &tree))
        return tree;
    tree = tck_spell_fields(speller, message, depth);
    if (!tree || tck_well_known(message->descriptor) == TCK_NOT_WELL_KNOWN)
        return tree;
    whole = tck_tree_map(speller->arena, TCK_NOWHERE);
    return whole && tck_spell_add(whole, &last, TCK_KEY_FIELDS, tree) ? whole : NULL;
}

int tck_message_to_tree(const struct tck_pool *pool, const ProtobufCMessage *message, struct tck_arena *arena,
                        const struct tck_tree **ret_tree, struct tck_error *err)
{
    const struct tck_speller speller = { pool, arena };
    const struct tck_tree *tree = tck_spell_message(&speller, message, 0);

    if (!tree)
        return tck_no_memory(err);
    *ret_tree = tree;
    return 0;
}
