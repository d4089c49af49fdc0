/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "wire/fields_internal.h"
#include "wire/scalar_internal.h"

struct literal {
    const ProtobufCFieldDescriptor *field;
    const struct tck_tree *tree;
    bool lenient;
    struct tck_arena *arena;
    struct tck_error *err;
};

/* actual NULL: only, is the literal a possible one? Returns 1 (equal, or possible), 0 or a negative status. */
typedef int compare_function(const struct literal *literal, const void *actual);

static int impossible(const struct literal *literal, const char *wanted)
{
    const struct tck_tree *tree = literal->tree;
    bool scalar = tree->kind != TCK_TREE_LIST && tree->kind != TCK_TREE_MAP && tree->kind != TCK_TREE_NULL;

    if (scalar)
        return tck_fail(literal->err, TCK_BAD_INPUT, tree->place, "'%s' wants %s, found %s '%.*s'",
                        literal->field->name, wanted, tck_tree_kind_text(tree->kind),
                        tree->text_size > 80 ? 80 : (int)tree->text_size, tree->text);
    return tck_fail(literal->err, TCK_BAD_INPUT, tree->place, "'%s' wants %s, found %s", literal->field->name, wanted,
                    tck_tree_kind_text(tree->kind));
}

static bool is_numeric(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_STRING;
}

static int compare_int32(const struct literal *literal, const void *actual)
{
    int64_t number;

    if (!is_numeric(literal->tree) ||
        !tck_scalar_int(literal->tree->text, literal->tree->text_size, INT32_MIN, INT32_MAX, &number))
        return impossible(literal, "a 32-bit integer");
    return !actual || *(const int32_t *)actual == number;
}

static int compare_int64(const struct literal *literal, const void *actual)
{
    int64_t number;

    if (!is_numeric(literal->tree) ||
        !tck_scalar_int(literal->tree->text, literal->tree->text_size, INT64_MIN, INT64_MAX, &number))
        return impossible(literal, "a 64-bit integer");
    return !actual || *(const int64_t *)actual == number;
}

static int compare_uint32(const struct literal *literal, const void *actual)
{
    uint64_t number;

    if (!is_numeric(literal->tree) ||
        !tck_scalar_uint(literal->tree->text, literal->tree->text_size, UINT32_MAX, &number))
        return impossible(literal, "an unsigned 32-bit integer");
    return !actual || *(const uint32_t *)actual == number;
}

static int compare_uint64(const struct literal *literal, const void *actual)
{
    uint64_t number;

    if (!is_numeric(literal->tree) ||
        !tck_scalar_uint(literal->tree->text, literal->tree->text_size, UINT64_MAX, &number))
        return impossible(literal, "an unsigned 64-bit integer");
    return !actual || *(const uint64_t *)actual == number;
}

static int compare_float(const struct literal *literal, const void *actual)
{
    float number, was;

    if (!is_numeric(literal->tree) || !tck_scalar_float(literal->tree->text, literal->tree->text_size, &number))
        return impossible(literal, "a number");
    if (!actual)
        return 1;
    was = *(const float *)actual;
    return was == number || (isnan(was) && isnan(number));
}

static int compare_double(const struct literal *literal, const void *actual)
{
    double number, was;

    if (!is_numeric(literal->tree) || !tck_scalar_double(literal->tree->text, literal->tree->text_size, &number))
        return impossible(literal, "a number");
    if (!actual)
        return 1;
    was = *(const double *)actual;
    return was == number || (isnan(was) && isnan(number));
}

static int compare_bool(const struct literal *literal, const void *actual)
{
    bool truth;

    if (literal->tree->kind != TCK_TREE_BOOL)
        return impossible(literal, "true or false");
    truth = strcmp(literal->tree->text, "true") == 0;
    return !actual || (*(const protobuf_c_boolean *)actual != 0) == truth;
}

static const char *enum_name_at(const void *descriptor, size_t i)
{
    return ((const ProtobufCEnumDescriptor *)descriptor)->values_by_name[i].name;
}

static int compare_enum(const struct literal *literal, const void *actual)
{
    const ProtobufCEnumDescriptor *descriptor = (const ProtobufCEnumDescriptor *)literal->field->descriptor;
    const struct tck_tree *tree = literal->tree;
    const ProtobufCEnumValue *value;
    const char *nearest;
    int64_t number;

    if (tree->kind == TCK_TREE_NUMBER && tck_scalar_int(tree->text, tree->text_size, INT32_MIN, INT32_MAX, &number))
        return !actual || *(const int32_t *)actual == number;
    if (tree->kind != TCK_TREE_STRING)
        return impossible(literal, "a name or number of its enum");
    value = tck_enum_by_name(descriptor, tree->text);
    if (value)
        return !actual || *(const int32_t *)actual == value->value;

    nearest = tck_suggest(tree->text, descriptor->n_value_names, enum_name_at, descriptor);
    if (nearest)
        return tck_fail(literal->err, TCK_BAD_INPUT, tree->place, "%s has no value '%s'; did you mean '%s'?",
                        descriptor->name, tree->text, nearest);
    return tck_fail(literal->err, TCK_BAD_INPUT, tree->place, "%s has no value '%s'", descriptor->name, tree->text);
}

static int compare_string(const struct literal *literal, const void *actual)
{
    const struct tck_tree *tree = literal->tree;
    const char *was;

    if (tree->kind != TCK_TREE_STRING &&
        !(literal->lenient && (tree->kind == TCK_TREE_NUMBER || tree->kind == TCK_TREE_BOOL)))
        return impossible(literal, "a string (in quotes)");
    if (!actual)
        return 1;
    was = tck_value_string(actual);
    return strlen(was) == tree->text_size && memcmp(was, tree->text, tree->text_size) == 0;
}

static int compare_bytes(const struct literal *literal, const void *actual)
{
    const struct tck_tree *tree = literal->tree, *hex = tck_tree_get(tree, "hex");
    struct tck_bytes bytes, was;
    int r = 1;

    if (is_numeric(tree)) /* "1234" is base64, too */
        r = tck_base64_decode(tree->text, tree->text_size, literal->arena, &bytes);
    else if (hex && tree->count == 1 && (hex->kind == TCK_TREE_STRING || hex->kind == TCK_TREE_NUMBER))
        r = tck_hex_decode(hex->text, hex->text_size, literal->arena, &bytes);
    if (r < 0)
        return tck_no_memory(literal->err);
    if (r > 0)
        return impossible(literal, "bytes as base64 or {hex: \"…\"}");
    if (!actual)
        return 1;
    was = tck_value_bytes(actual);
    return was.size == bytes.size && (was.size == 0 || memcmp(was.data, bytes.data, was.size) == 0);
}

static int compare_message(const struct literal *literal, const void *actual)
{
    (void)actual;
    return impossible(literal, "a map");
}

static compare_function *const compare[] = {
    [PROTOBUF_C_TYPE_INT32] = compare_int32,     [PROTOBUF_C_TYPE_SINT32] = compare_int32,
    [PROTOBUF_C_TYPE_SFIXED32] = compare_int32,  [PROTOBUF_C_TYPE_INT64] = compare_int64,
    [PROTOBUF_C_TYPE_SINT64] = compare_int64,    [PROTOBUF_C_TYPE_SFIXED64] = compare_int64,
    [PROTOBUF_C_TYPE_UINT32] = compare_uint32,   [PROTOBUF_C_TYPE_FIXED32] = compare_uint32,
    [PROTOBUF_C_TYPE_UINT64] = compare_uint64,   [PROTOBUF_C_TYPE_FIXED64] = compare_uint64,
    [PROTOBUF_C_TYPE_FLOAT] = compare_float,     [PROTOBUF_C_TYPE_DOUBLE] = compare_double,
    [PROTOBUF_C_TYPE_BOOL] = compare_bool,       [PROTOBUF_C_TYPE_ENUM] = compare_enum,
    [PROTOBUF_C_TYPE_STRING] = compare_string,   [PROTOBUF_C_TYPE_BYTES] = compare_bytes,
    [PROTOBUF_C_TYPE_MESSAGE] = compare_message,
};

int tck_match_scalar(const ProtobufCFieldDescriptor *field, const struct tck_tree *literal, const void *actual,
                     bool lenient, struct tck_arena *arena, struct tck_error *err)
{
    struct literal of = { .field = field, .tree = literal, .lenient = lenient, .arena = arena, .err = err };

    return compare[field->type](&of, actual);
}

bool tck_match_compare_numbers(const struct tck_tree *a, const struct tck_tree *b, int *ret_order)
{
    int64_t i, j;
    uint64_t u, v;
    double x, y;

    if (tck_scalar_int(a->text, a->text_size, INT64_MIN, INT64_MAX, &i) &&
        tck_scalar_int(b->text, b->text_size, INT64_MIN, INT64_MAX, &j)) {
        *ret_order = (i > j) - (i < j);
        return true;
    }
    if (tck_scalar_uint(a->text, a->text_size, UINT64_MAX, &u) &&
        tck_scalar_uint(b->text, b->text_size, UINT64_MAX, &v)) {
        *ret_order = (u > v) - (u < v);
        return true;
    }
    if (!tck_scalar_double(a->text, a->text_size, &x) || !tck_scalar_double(b->text, b->text_size, &y) || isnan(x) ||
        isnan(y))
        return false;
    *ret_order = (x > y) - (x < y);
    return true;
}

bool tck_match_tree_scalars(const struct tck_tree *a, const struct tck_tree *b)
{
    int order;

    if (a->kind != b->kind)
        return false;
    if (a->kind == TCK_TREE_NUMBER && tck_match_compare_numbers(a, b, &order))
        return order == 0;
    return a->text_size == b->text_size && memcmp(a->text, b->text, a->text_size) == 0;
}
