/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/suggest.h"
#include "wire/decode_internal.h"
#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/pool_internal.h"
#include "wire/scalar_internal.h"
#include "wire/tree_internal.h"
#include "wire/well_known_internal.h"

#define LONGEST_PATHS   ((size_t)1 << 20)  /* of a FieldMask */
#define LARGEST_CONTENT ((size_t)64 << 20) /* of an Any */
#define LARGEST_NUMBER  536870911          /* of a field: what a tag can hold */

/* --- Any --- */

static const char *type_name_at(const void *pool, size_t i)
{
    return tck_pool_message_name(pool, i);
}

static int unknown_type(const struct tck_literal *literal, const struct tck_tree *type)
{
    const char *name = tck_type_name(type->text);
    const char *nearest = NULL;

    for (const struct tck_pool *pool = literal->pool; pool && !nearest; pool = pool->parent)
        nearest = tck_suggest(name, tck_pool_message_count(pool), type_name_at, pool);
    if (nearest)
        return tck_literal_bad(literal, type->place, "no message type '%s' is known; did you mean '%s'?", name,
                               nearest);
    return tck_literal_bad(literal, type->place,
                           "no message type '%s' is known (its bytes can be given as " TCK_KEY_VALUE ")", name);
}

static int type_url(const struct tck_literal *literal, const struct tck_tree *type, const char **ret_url)
{
    if (type->kind != TCK_TREE_STRING || memchr(type->text, '\0', type->text_size))
        return tck_literal_bad(literal, type->place,
                               TCK_KEY_TYPE " wants the name or the url of a message type, found %s",
                               tck_tree_kind_text(type->kind));
    *ret_url = strchr(type->text, '/') ? type->text
                                       : tck_arena_printf(literal->arena, TCK_DEFAULT_URL_PREFIX "%s", type->text);
    return *ret_url ? 0 : tck_no_memory(literal->err);
}

/* The map without one of its keys. */
static struct tck_tree *without(const struct tck_literal *literal, const struct tck_tree *map, const char *key)
{
    struct tck_tree *rest = tck_tree_map(literal->arena, map->place);
    struct tck_tree *last = NULL;

    for (const struct tck_tree *entry = map->first; rest && entry; entry = entry->next) {
        struct tck_tree *copy;

        if (strcmp(entry->key, key) == 0)
            continue;
        copy = TCK_NEW(literal->arena, struct tck_tree);
        if (!copy)
            return NULL;
        *copy = *entry;
        copy->next = NULL;
        tck_tree_link(rest, copy, &last);
    }
    return rest;
}

static int pack_into(const struct tck_literal *literal, ProtobufCMessage *any, const char *url,
                     const ProtobufCMessage *content)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(LARGEST_CONTENT);
    void *bytes;
    int r = tck_message_pack(content, &out, literal->err);

    if (r < 0)
        return r;
    bytes = tck_arena_memdup(literal->arena, out.data, out.size);
    if (!bytes || !tck_any_fill(any, url, tck_bytes(bytes, out.size), literal->arena))
        return tck_no_memory(literal->err);
    return 0;
}

/* What stands beside "@type": fields; or, where the type has a special form, that form under "value". */
static int any_content(const struct tck_literal *literal, ProtobufCMessage *any, const struct tck_tree *map,
                       const char *url, const struct tck_tree *type, unsigned depth)
{
    const ProtobufCMessageDescriptor *descriptor = tck_pool_find_by_url(literal->pool, url);
    const struct tck_tree *rest, *value;
    ProtobufCMessage *content;
    int r;

    if (!descriptor)
        return unknown_type(literal, type);
    rest = without(literal, map, TCK_KEY_TYPE);
    if (!rest)
        return tck_no_memory(literal->err);
    if (tck_well_known(descriptor) != TCK_NOT_WELL_KNOWN && !tck_tree_get(rest, TCK_KEY_FIELDS)) {
        value = tck_tree_get(rest, "value");
        if (rest->count > 1 || (rest->count == 1 && !value))
            return tck_literal_bad(literal, rest->place, "%s in an Any is written {" TCK_KEY_TYPE ": …, value: …}",
                                   descriptor->name);
        rest = value ? value : rest;
        if (!value) { /* the type alone: its default */
            content = tck_message_new(descriptor, literal->arena);
            return content ? pack_into(literal, any, url, content) : tck_no_memory(literal->err);
        }
    }
    r = tck_literal_message(literal, descriptor, rest, depth + 1, &content);
    return r < 0 ? r : pack_into(literal, any, url, content);
}

/* A plain string: an Any of the type that the pool was told to take for strings. */
static int string_any(const struct tck_literal *literal, ProtobufCMessage *any, const struct tck_tree *tree)
{
    const char *url = tck_pool_string_any(literal->pool);
    const ProtobufCMessageDescriptor *descriptor = url ? tck_pool_find_by_url(literal->pool, url) : NULL;
    ProtobufCMessage *content;
    int r;

    if (!descriptor || descriptor->n_fields == 0 || descriptor->fields[0].type != PROTOBUF_C_TYPE_STRING)
        return tck_literal_bad(literal, tree->place,
                               "an Any is written {" TCK_KEY_TYPE ": a type, its fields…}, found a string");
    content = tck_message_new(descriptor, literal->arena);
    if (!content)
        return tck_no_memory(literal->err);
    r = tck_literal_scalar(literal, content, &descriptor->fields[0], tree);
    return r < 0 ? r : pack_into(literal, any, url, content);
}

static int fill_any(const struct tck_literal *literal, ProtobufCMessage *any, const struct tck_tree *tree,
                    unsigned depth)
{
    const struct tck_tree *type = tck_tree_get(tree, TCK_KEY_TYPE);
    const struct tck_tree *raw = tck_tree_get(tree, TCK_KEY_VALUE);
    struct tck_bytes bytes;
    const char *url;
    int r;

    if (tree->kind == TCK_TREE_STRING)
        return string_any(literal, any, tree);
    if (tree->kind != TCK_TREE_MAP || tree->count == 0)
        return 1;
    if (!type)
        return tck_literal_bad(literal, tree->place, "an Any wants its type under " TCK_KEY_TYPE);
    r = type_url(literal, type, &url);
    if (r < 0)
        return r;
    if (!raw)
        return any_content(literal, any, tree, url, type, depth);
    if (tree->count > 2)
        return tck_literal_bad(literal, tree->place,
                               "an Any with " TCK_KEY_VALUE " has no other fields than " TCK_KEY_TYPE);
    r = tck_literal_bytes(literal, raw, TCK_KEY_VALUE, &bytes);
    if (r < 0)
        return r;
    return tck_any_fill(any, url, bytes, literal->arena) ? 0 : tck_no_memory(literal->err);
}

/* --- times and masks --- */

typedef bool time_parser(const char *text, int64_t *ret_seconds, int32_t *ret_nanos);

static int fill_time(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                     time_parser *parse, const char *example)
{
    int64_t seconds;
    int32_t nanos;

    if (tree->kind != TCK_TREE_STRING)
        return 1;
    if (memchr(tree->text, '\0', tree->text_size) || !parse(tree->text, &seconds, &nanos))
        return tck_literal_bad(literal, tree->place, "%s is written like \"%s\", found '%.80s'",
                               message->descriptor->name, example, tree->text);
    return tck_time_write(message, seconds, nanos, literal->arena) ? 0 : tck_no_memory(literal->err);
}

static int fill_timestamp(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                          unsigned depth)
{
    (void)depth;
    return fill_time(literal, message, tree, tck_timestamp_parse, "1972-01-01T10:00:20.021Z");
}

static int fill_duration(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                         unsigned depth)
{
    (void)depth;
    return fill_time(literal, message, tree, tck_wire_duration_parse, "1.5s");
}

static int fill_field_mask(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                           unsigned depth)
{
    const ProtobufCFieldDescriptor *paths = tck_well_known_field(message->descriptor, 1);
    const char *at = tree->text, *end = at + tree->text_size;

    (void)depth;
    if (tree->kind != TCK_TREE_STRING)
        return 1;
    while (at < end) {
        tck_cleanup(tck_buffer_done) struct tck_buffer path = TCK_BUFFER_INIT(LONGEST_PATHS);
        size_t size = strcspn(at, ",");
        struct tck_tree one = { .kind = TCK_TREE_STRING, .place = tree->place };
        int r;

        if (size == 0 || !tck_field_mask_path_from_json(at, size, &path))
            return tck_literal_bad(literal, tree->place,
                                   "a FieldMask is written like \"user.displayName,photo\", found '%.80s'", tree->text);
        r = tck_buffer_check(&path, literal->err);
        if (r < 0)
            return r;
        one.text = tck_buffer_string(&path);
        one.text_size = path.size;
        r = tck_literal_scalar(literal, message, paths, &one);
        if (r < 0)
            return r;
        at += size;
        at += at < end && *at == ',';
    }
    return 0;
}

/* --- Struct, Value, ListValue --- */

static int fill_struct(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                       unsigned depth)
{
    const ProtobufCFieldDescriptor *fields = tck_well_known_field(message->descriptor, 1);
    struct tck_tree wrapped = *tree;
    struct tck_tree map = { .kind = TCK_TREE_MAP, .place = tree->place, .first = &wrapped, .count = 1 };

    if (tree->kind != TCK_TREE_MAP)
        return tree->kind == TCK_TREE_NULL ? 1
                                           : tck_literal_bad(literal, tree->place, "a Struct is a map, found %s",
                                                             tck_tree_kind_text(tree->kind));
    wrapped.key = fields->name;
    wrapped.next = NULL;
    return tck_literal_fields(literal, message, &map, depth);
}

static int fill_list(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                     unsigned depth)
{
    const ProtobufCFieldDescriptor *values = tck_well_known_field(message->descriptor, 1);
    int r = 0;

    if (tree->kind != TCK_TREE_LIST)
        return 1;
    for (const struct tck_tree *item = tree->first; r == 0 && item; item = item->next)
        r = tck_literal_value(literal, message, values, item, depth);
    return r;
}

static int fill_value(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                      unsigned depth)
{
    static const enum tck_value_kind kinds[] = {
        [TCK_TREE_NULL] = TCK_VALUE_NULL,     [TCK_TREE_BOOL] = TCK_VALUE_BOOL, [TCK_TREE_NUMBER] = TCK_VALUE_NUMBER,
        [TCK_TREE_STRING] = TCK_VALUE_STRING, [TCK_TREE_LIST] = TCK_VALUE_LIST, [TCK_TREE_MAP] = TCK_VALUE_STRUCT,
    };
    const ProtobufCFieldDescriptor *field = tck_well_known_field(message->descriptor, (uint32_t)kinds[tree->kind]);

    if (tree->kind == TCK_TREE_NULL)
        return tck_field_add(message, field, literal->arena) ? 0 : tck_no_memory(literal->err);
    return tck_literal_value(literal, message, field, tree, depth);
}

/* --- wrappers --- */

static int fill_wrapper(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                        unsigned depth)
{
    (void)depth;
    if (tree->kind == TCK_TREE_NULL || (tree->kind == TCK_TREE_MAP && !tck_tree_get(tree, "hex")))
        return 1;
    return tck_literal_scalar(literal, message, tck_well_known_field(message->descriptor, 1), tree);
}

int tck_literal_well_known(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                           unsigned depth)
{
    static int (*const fill[])(const struct tck_literal *, ProtobufCMessage *, const struct tck_tree *, unsigned) = {
        [TCK_WK_ANY] = fill_any,           [TCK_WK_TIMESTAMP] = fill_timestamp,
        [TCK_WK_DURATION] = fill_duration, [TCK_WK_FIELD_MASK] = fill_field_mask,
        [TCK_WK_STRUCT] = fill_struct,     [TCK_WK_VALUE] = fill_value,
        [TCK_WK_LIST_VALUE] = fill_list,   [TCK_WK_WRAPPER] = fill_wrapper,
    };
    enum tck_well_known kind = tck_well_known(message->descriptor);

    return kind == TCK_NOT_WELL_KNOWN ? 1 : fill[kind](literal, message, tree, depth);
}

/* --- unknown fields --- */

static int unknown_number(const struct tck_literal *literal, const struct tck_tree *item, uint32_t *ret_number)
{
    const struct tck_tree *number = tck_tree_get(item, "number");
    uint64_t natural = 0;

    if (!number || number->kind != TCK_TREE_NUMBER ||
        !tck_scalar_uint(number->text, number->text_size, LARGEST_NUMBER, &natural) || natural == 0)
        return tck_literal_bad(literal, item->place, TCK_KEY_UNKNOWN " wants a number from 1 to %d for each field",
                               LARGEST_NUMBER);
    *ret_number = (uint32_t)natural;
    return 0;
}

static bool is_run_of_fields(struct tck_bytes bytes)
{
    struct tck_wire_input input = { bytes.data, bytes.data + bytes.size };
    struct tck_wire_field field;

    while (input.at < input.end)
        if (tck_wire_read(&input, TCK_MESSAGE_MAX_DEPTH, &field))
            return false;
    return true;
}

static int unknown_content(const struct tck_literal *literal, const struct tck_tree *content,
                           struct tck_wire_field *field)
{
    static const struct {
        const char *key;
        uint8_t wire_type;
        uint64_t highest; /* 0: bytes */
    } kinds[] = {
        { "varint", PROTOBUF_C_WIRE_TYPE_VARINT, UINT64_MAX },
        { "fixed64", PROTOBUF_C_WIRE_TYPE_64BIT, UINT64_MAX },
        { "fixed32", PROTOBUF_C_WIRE_TYPE_32BIT, UINT32_MAX },
        { "bytes", PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, 0 },
        { "group", TCK_WIRE_START_GROUP, 0 },
    };
    size_t k = 0;
    int r;

    while (k < TCK_COUNT(kinds) && strcmp(kinds[k].key, content->key) != 0)
        k++;
    if (k == TCK_COUNT(kinds))
        return tck_literal_bad(literal, content->key_place,
                               "an unknown field is a varint, fixed64, fixed32, bytes or group, not '%s'",
                               content->key);
    field->wire_type = kinds[k].wire_type;
    if (kinds[k].highest) {
        if ((content->kind != TCK_TREE_NUMBER && content->kind != TCK_TREE_STRING) ||
            !tck_scalar_uint(content->text, content->text_size, kinds[k].highest, &field->varint))
            return tck_literal_bad(literal, content->place, "'%s' wants a whole number from 0", content->key);
        return 0;
    }
    r = tck_literal_bytes(literal, content, content->key, &field->payload);
    if (r == 0 && field->wire_type == TCK_WIRE_START_GROUP && !is_run_of_fields(field->payload))
        return tck_literal_bad(literal, content->place, "the bytes of a group must be fields");
    return r;
}

int tck_literal_unknown(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *list)
{
    if (list->kind != TCK_TREE_LIST)
        return tck_literal_bad(literal, list->place, TCK_KEY_UNKNOWN " wants a list, found %s",
                               tck_tree_kind_text(list->kind));
    for (const struct tck_tree *item = list->first; item; item = item->next) {
        struct tck_wire_field field = { 0 };
        const struct tck_tree *content = item->first;
        int r = unknown_number(literal, item, &field.number);

        if (r < 0)
            return r;
        if (item->count != 2)
            return tck_literal_bad(literal, item->place,
                                   TCK_KEY_UNKNOWN " wants {number: …, varint: …} for each field");
        if (strcmp(content->key, "number") == 0)
            content = content->next;
        r = unknown_content(literal, content, &field);
        if (r < 0)
            return r;
        if (!tck_message_add_unknown(message, &field, literal->arena))
            return tck_no_memory(literal->err);
    }
    return 0;
}
