/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/utf8.h"
#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/scalar_internal.h"
#include "wire/well_known_internal.h"

/* What an author may write for a field of this type. */
static const char *wanted(ProtobufCType type)
{
    static const char *const texts[] = {
        [PROTOBUF_C_TYPE_INT32] = "a whole number of 32 bits",
        [PROTOBUF_C_TYPE_SINT32] = "a whole number of 32 bits",
        [PROTOBUF_C_TYPE_SFIXED32] = "a whole number of 32 bits",
        [PROTOBUF_C_TYPE_INT64] = "a whole number of 64 bits",
        [PROTOBUF_C_TYPE_SINT64] = "a whole number of 64 bits",
        [PROTOBUF_C_TYPE_SFIXED64] = "a whole number of 64 bits",
        [PROTOBUF_C_TYPE_UINT32] = "a whole number from 0 of 32 bits",
        [PROTOBUF_C_TYPE_FIXED32] = "a whole number from 0 of 32 bits",
        [PROTOBUF_C_TYPE_UINT64] = "a whole number from 0 of 64 bits",
        [PROTOBUF_C_TYPE_FIXED64] = "a whole number from 0 of 64 bits",
        [PROTOBUF_C_TYPE_FLOAT] = "a number",
        [PROTOBUF_C_TYPE_DOUBLE] = "a number",
        [PROTOBUF_C_TYPE_BOOL] = "true or false",
        [PROTOBUF_C_TYPE_STRING] = "a string",
        [PROTOBUF_C_TYPE_BYTES] = "bytes: base64, or {hex: \"…\"}",
    };

    return (size_t)type < TCK_COUNT(texts) && texts[type] ? texts[type] : "a value";
}

static int wrong(const struct tck_literal *literal, const ProtobufCFieldDescriptor *field, const struct tck_tree *tree)
{
    bool scalar = tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_STRING || tree->kind == TCK_TREE_BOOL;

    if (field->type == PROTOBUF_C_TYPE_STRING && scalar && tree->kind != TCK_TREE_STRING)
        return tck_literal_bad(literal, tree->place, "field '%s' wants a string, found %s; write \"%s\" in quotes",
                               field->name, tck_tree_kind_text(tree->kind), tree->text);
    if (scalar)
        return tck_literal_bad(literal, tree->place, "field '%s' wants %s, found '%.80s'", field->name,
                               wanted(field->type), tree->text);
    return tck_literal_bad(literal, tree->place, "field '%s' wants %s, found %s", field->name, wanted(field->type),
                           tck_tree_kind_text(tree->kind));
}

/* --- numbers --- */

/* false: not a number that the type can hold. slot is of the field's type. */
static bool read_number(ProtobufCType type, const struct tck_tree *tree, void *slot)
{
    if (type == PROTOBUF_C_TYPE_FLOAT)
        return tck_scalar_float(tree->text, tree->text_size, slot);
    if (type == PROTOBUF_C_TYPE_DOUBLE)
        return tck_scalar_double(tree->text, tree->text_size, slot);
    return tck_scalar_whole(type, tree->text, tree->text_size, slot);
}

static int read_enum(const struct tck_literal *literal, const ProtobufCFieldDescriptor *field,
                     const struct tck_tree *tree, int32_t *slot)
{
    const ProtobufCEnumDescriptor *descriptor = field->descriptor;
    const ProtobufCEnumValue *value;

    if (tree->kind == TCK_TREE_NULL && tck_is_null_value(descriptor))
        return 0;
    if (tree->kind == TCK_TREE_NUMBER && read_number(PROTOBUF_C_TYPE_INT32, tree, slot))
        return 0;
    if (tree->kind != TCK_TREE_STRING)
        return tck_literal_bad(literal, tree->place,
                               "field '%s' wants the name or the number of a value of %s, found %s", field->name,
                               descriptor->name, tck_tree_kind_text(tree->kind));
    value = tck_enum_by_name(descriptor, tree->text);
    if (!value)
        return tck_literal_bad(literal, tree->place, "%s has no value '%.80s'", descriptor->name, tree->text);
    *slot = value->value;
    return 0;
}

/* The value of any fixed-size field. */
static int read_fixed(const struct tck_literal *literal, const ProtobufCFieldDescriptor *field,
                      const struct tck_tree *tree, void *slot)
{
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return read_enum(literal, field, tree, slot);
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        if (tree->kind != TCK_TREE_BOOL)
            return wrong(literal, field, tree);
        *(protobuf_c_boolean *)slot = strcmp(tree->text, "true") == 0;
        return 0;
    }
    if ((tree->kind != TCK_TREE_NUMBER && tree->kind != TCK_TREE_STRING) || !read_number(field->type, tree, slot))
        return wrong(literal, field, tree);
    return 0;
}

/* --- strings and bytes --- */

static int read_string(const struct tck_literal *literal, const ProtobufCFieldDescriptor *field,
                       const struct tck_tree *tree, char **ret_text)
{
    if (tree->kind != TCK_TREE_STRING)
        return wrong(literal, field, tree);
    if (memchr(tree->text, '\0', tree->text_size))
        return tck_literal_bad(literal, tree->place,
                               "field '%s': a NUL character cannot be sent in a string; write the "
                               "message as bytes",
                               field->name);
    if (!tck_utf8_valid(tree->text, tree->text_size, NULL))
        return tck_literal_bad(literal, tree->place, "field '%s': the string is not UTF-8", field->name);
    *ret_text = tck_arena_strndup(literal->arena, tree->text, tree->text_size);
    return *ret_text ? 0 : tck_no_memory(literal->err);
}

int tck_literal_bytes(const struct tck_literal *literal, const struct tck_tree *tree, const char *user,
                      struct tck_bytes *ret_bytes)
{
    const struct tck_tree *hex = tree->count == 1 ? tck_tree_get(tree, "hex") : NULL;
    int r;

    if (hex && (hex->kind == TCK_TREE_STRING || hex->kind == TCK_TREE_NUMBER)) {
        r = tck_hex_decode(hex->text, hex->text_size, literal->arena, ret_bytes);
        if (r > 0)
            return tck_literal_bad(literal, hex->place, "'%s' wants pairs of hexadecimal digits, found '%.80s'", user,
                                   hex->text);
    } else if (tree->kind == TCK_TREE_STRING || tree->kind == TCK_TREE_NUMBER) { /* 1234 is base64, too */
        r = tck_base64_decode(tree->text, tree->text_size, literal->arena, ret_bytes);
        if (r > 0)
            return tck_literal_bad(literal, tree->place, "'%s' wants base64 (or {hex: \"…\"}), found '%.80s'", user,
                                   tree->text);
    } else {
        return tck_literal_bad(literal, tree->place, "'%s' wants %s, found %s", user, wanted(PROTOBUF_C_TYPE_BYTES),
                               tck_tree_kind_text(tree->kind));
    }
    return r < 0 ? tck_no_memory(literal->err) : 0;
}

int tck_literal_scalar(const struct tck_literal *literal, ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, const struct tck_tree *tree)
{
    union {
        uint64_t number;
        char *text;
        ProtobufCBinaryData data;
    } value = { 0 };
    struct tck_bytes bytes = { 0 };
    void *slot;
    int r;

    if (field->type == PROTOBUF_C_TYPE_STRING)
        r = read_string(literal, field, tree, &value.text);
    else if (field->type == PROTOBUF_C_TYPE_BYTES)
        r = tck_literal_bytes(literal, tree, field->name, &bytes);
    else
        r = read_fixed(literal, field, tree, &value.number);
    if (r < 0)
        return r;
    if (bytes.size) /* empty bytes have no pointer: protobuf-c would write them where nothing is to be written */
        value.data = (ProtobufCBinaryData){ .len = bytes.size, .data = (uint8_t *)bytes.data };
    slot = tck_field_add(message, field, literal->arena);
    if (!slot)
        return tck_no_memory(literal->err);
    memcpy(slot, &value, tck_type_size(field->type));
    return 0;
}
