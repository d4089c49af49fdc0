/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/pool_build_internal.h"
#include "wire/scalar_internal.h"

/* --- bytes: C escapes, as protoc writes them --- */

static int octal_digit(char c)
{
    return c >= '0' && c <= '7' ? c - '0' : -1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape stands for, *text after its backslash and then after the escape. -1: no such escape. */
static int unescape(const char **text)
{
    static const char letters[] = "abfnrtv\\'\"?", bytes[] = "\a\b\f\n\r\t\v\\'\"?";
    const char *found = **text ? strchr(letters, **text) : NULL;
    bool hex = **text == 'x' || **text == 'X';
    int value = 0, digits = 0;

    if (found) {
        (*text)++;
        return (unsigned char)bytes[found - letters];
    }
    *text += hex;
    while (digits < (hex ? 2 : 3) && (hex ? hex_digit(**text) : octal_digit(**text)) >= 0) {
        value = value * (hex ? 16 : 8) + (hex ? hex_digit(**text) : octal_digit(**text));
        (*text)++;
        digits++;
    }
    return digits == 0 || value > 255 ? -1 : value;
}

static int bytes_default(struct tck_pool_builder *builder, const char *text, const char *user, const void **ret_default)
{
    ProtobufCBinaryData *data = TCK_NEW(builder->arena, ProtobufCBinaryData);

    if (!data || !(data->data = tck_arena_alloc(builder->arena, strlen(text))))
        return tck_no_memory(builder->err);
    while (*text) {
        int byte = (unsigned char)*text++;

        if (byte == '\\')
            byte = unescape(&text);
        if (byte < 0)
            return tck_pool_bad(builder, "field '%s': its default has a bad escape", user);
        data->data[data->len++] = (uint8_t)byte;
    }
    *ret_default = data;
    return 0;
}

/* --- numbers --- */

static bool read_double(const char *text, double *ret_number)
{
    static const char *const inf = "inf", *const minus_inf = "-inf", *const nan_text = "nan";

    if (strcmp(text, inf) == 0)
        *ret_number = INFINITY;
    else if (strcmp(text, minus_inf) == 0)
        *ret_number = -INFINITY;
    else if (strcmp(text, nan_text) == 0)
        *ret_number = NAN;
    else
        return tck_scalar_double(text, strlen(text), ret_number);
    return true;
}

/* Reads text as the type says into slot, which is of that type. */
static bool read_number(ProtobufCType type, const char *text, void *slot)
{
    double real;

    switch (type) {
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_double(text, slot);
    case PROTOBUF_C_TYPE_FLOAT:
        if (!read_double(text, &real))
            return false;
        *(float *)slot = (float)real;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)slot = strcmp(text, "true") == 0;
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    default:
        return tck_scalar_whole(type, text, strlen(text), slot);
    }
}

int tck_pool_default(struct tck_pool_builder *builder, const ProtobufCFieldDescriptor *field, const char *text,
                     const char *user, const void **ret_default)
{
    const ProtobufCEnumValue *value;
    void *slot;

    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return bytes_default(builder, text, user, ret_default);
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        *ret_default = tck_arena_strdup(builder->arena, text);
        return *ret_default ? 0 : tck_no_memory(builder->err);
    }
    slot = tck_arena_alloc(builder->arena, sizeof(uint64_t));
    if (!slot)
        return tck_no_memory(builder->err);
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        value = tck_enum_by_name(field->descriptor, text);
        if (!value)
            return tck_pool_bad(builder, "field '%s': its default '%s' is no value of its enum", user, text);
        *(int32_t *)slot = value->value;
    } else if (!read_number(field->type, text, slot)) {
        return tck_pool_bad(builder, "field '%s': its default '%s' does not fit its type", user, text);
    }
    *ret_default = slot;
    return 0;
}
