/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/well_known_internal.h"

/* Is null a value of this field, rather than "the default"? */
static bool takes_null(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return tck_well_known(field->descriptor) == TCK_WK_VALUE;
    return field->type == PROTOBUF_C_TYPE_ENUM && tck_is_null_value(field->descriptor);
}

int tck_literal_value(const struct tck_literal *literal, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth)
{
    ProtobufCMessage *part, **slot;
    int r;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return tck_literal_scalar(literal, message, field, tree);
    r = tck_literal_message(literal, field->descriptor, tree, depth + 1, &part);
    if (r < 0)
        return r;
    slot = tck_field_add(message, field, literal->arena);
    if (!slot)
        return tck_no_memory(literal->err);
    *slot = part;
    return 0;
}

/* --- maps --- */

/* A key as a scalar of its own: strings as they are, all else as YAML would read it. */
static int set_key(const struct tck_literal *literal, ProtobufCMessage *entry, const struct tck_tree *value)
{
    const ProtobufCFieldDescriptor *key = &entry->descriptor->fields[0];
    struct tck_tree tree = {
        .kind = TCK_TREE_STRING, .place = value->key_place, .text = value->key, .text_size = strlen(value->key)
    };
    bool is_true = strcmp(value->key, "true") == 0;

    if (key->type == PROTOBUF_C_TYPE_BOOL) {
        if (!is_true && strcmp(value->key, "false") != 0)
            return tck_literal_bad(literal, value->key_place, "the key of this map is true or false, not '%s'",
                                   value->key);
        tree.kind = TCK_TREE_BOOL;
    }
    return tck_literal_scalar(literal, entry, key, &tree);
}

/* An entry whose value is a message has one, if only an empty one. */
static int complete_entry(const struct tck_literal *literal, ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *value = &entry->descriptor->fields[1];
    ProtobufCMessage **slot;

    if (value->type != PROTOBUF_C_TYPE_MESSAGE || tck_value_message(tck_field_at(entry, value, 0)))
        return 0;
    slot = tck_field_add(entry, value, literal->arena);
    if (!slot || !(*slot = tck_message_new(value->descriptor, literal->arena)))
        return tck_no_memory(literal->err);
    return 0;
}

static int add_entry(const struct tck_literal *literal, ProtobufCMessage *message,
                     const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth)
{
    ProtobufCMessage *entry = tck_message_new(field->descriptor, literal->arena), **slot;
    const ProtobufCFieldDescriptor *value;
    int r;

    if (!entry)
        return tck_no_memory(literal->err);
    value = &entry->descriptor->fields[1];
    r = set_key(literal, entry, tree);
    if (r == 0 && (tree->kind != TCK_TREE_NULL || takes_null(value)))
        r = tck_literal_value(literal, entry, value, tree, depth + 1);
    if (r == 0)
        r = complete_entry(literal, entry);
    if (r < 0)
        return r;
    slot = tck_field_add(message, field, literal->arena);
    if (!slot)
        return tck_no_memory(literal->err);
    *slot = entry;
    return 0;
}

/* A map field written as a list of {key: …, value: …}, which can hold what a map cannot: equal keys, unknown fields. */
static int add_written_entry(const struct tck_literal *literal, ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth)
{
    int r = tck_literal_value(literal, message, field, tree, depth);

    if (r < 0)
        return r;
    return complete_entry(
        literal, *(ProtobufCMessage *const *)tck_field_at(message, field, tck_field_count(message, field) - 1));
}

/* --- fields --- */

static int add_item(const struct tck_literal *literal, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                    const struct tck_tree *item, unsigned depth)
{
    if (item->kind == TCK_TREE_NULL && !takes_null(field))
        return tck_literal_bad(literal, item->place, "field '%s': a list cannot hold null", field->name);
    if (tck_pool_is_map(literal->pool, message->descriptor, field))
        return add_written_entry(literal, message, field, item, depth);
    return tck_literal_value(literal, message, field, item, depth);
}

static int set_repeated(const struct tck_literal *literal, ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth)
{
    bool map = tck_pool_is_map(literal->pool, message->descriptor, field);
    int r = 0;

    if (tree->kind != TCK_TREE_LIST && !(map && tree->kind == TCK_TREE_MAP))
        return tck_literal_bad(literal, tree->place, "field '%s' wants %s, found %s", field->name,
                               map ? "a map" : "a list", tck_tree_kind_text(tree->kind));
    for (const struct tck_tree *item = tree->first; r == 0 && item; item = item->next) {
        r = tree->kind == TCK_TREE_MAP ? add_entry(literal, message, field, item, depth)
                                       : add_item(literal, message, field, item, depth);
    }
    return r;
}

static int set_field(const struct tck_literal *literal, ProtobufCMessage *message,
                     const ProtobufCFieldDescriptor *field, const struct tck_tree *tree, unsigned depth)
{
    const ProtobufCFieldDescriptor *other = tck_oneof_member(message, field);

    if (tree->kind == TCK_TREE_NULL && !takes_null(field))
        return 0;
    if (other && other != field)
        return tck_literal_bad(literal, tree->key_place, "'%s' and '%s' exclude each other", other->name, field->name);
    if (tck_field_is_repeated(field))
        return set_repeated(literal, message, field, tree, depth);
    return tck_literal_value(literal, message, field, tree, depth);
}

static int no_such_field(const struct tck_literal *literal, const ProtobufCMessageDescriptor *descriptor,
                         const struct tck_tree *entry)
{
    const char *nearest = tck_field_suggest(descriptor, entry->key);

    if (nearest)
        return tck_literal_bad(literal, entry->key_place, "%s has no field '%s'; did you mean '%s'?", descriptor->name,
                               entry->key, nearest);
    return tck_literal_bad(literal, entry->key_place, "%s has no field '%s'", descriptor->name, entry->key);
}

/* Which fields a literal named, a bit each. */
static bool is_seen(const uint8_t *seen, size_t i)
{
    return (seen[i / 8] >> i % 8 & 1) != 0;
}

static int check_required(const struct tck_literal *literal, const ProtobufCMessageDescriptor *descriptor,
                          const struct tck_tree *map, const uint8_t *seen)
{
    if (tck_descriptor_is_map_entry(descriptor))
        return 0;
    for (unsigned i = 0; i < descriptor->n_fields; i++)
        if (descriptor->fields[i].label == PROTOBUF_C_LABEL_REQUIRED && !is_seen(seen, i))
            return tck_literal_bad(literal, map->place, "%s requires the field '%s'", descriptor->name,
                                   descriptor->fields[i].name);
    return 0;
}

static int set_entry(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *entry,
                     uint8_t *seen, unsigned depth)
{
    const ProtobufCFieldDescriptor *field = tck_field_by_key(literal->pool, message->descriptor, entry->key);
    size_t i;

    if (!field && strcmp(entry->key, TCK_KEY_UNKNOWN) == 0)
        return tck_literal_unknown(literal, message, entry);
    if (!field)
        return no_such_field(literal, message->descriptor, entry);
    i = (size_t)(field - message->descriptor->fields);
    if (is_seen(seen, i))
        return tck_literal_bad(literal, entry->key_place, "field '%s' is given twice", field->name);
    seen[i / 8] |= (uint8_t)(1U << i % 8);
    return set_field(literal, message, field, entry, depth);
}

int tck_literal_fields(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *map,
                       unsigned depth)
{
    uint8_t *seen = tck_arena_alloc(literal->arena, message->descriptor->n_fields / 8 + 1);
    int r = 0;

    if (!seen)
        return tck_no_memory(literal->err);
    for (const struct tck_tree *entry = map->first; r == 0 && entry; entry = entry->next)
        r = set_entry(literal, message, entry, seen, depth);
    return r < 0 ? r : check_required(literal, message->descriptor, map, seen);
}

/* --- messages --- */

static int fill(const struct tck_literal *literal, ProtobufCMessage *message, const struct tck_tree *tree,
                unsigned depth)
{
    const struct tck_tree *fields = tree->count == 1 ? tck_tree_get(tree, TCK_KEY_FIELDS) : NULL;
    int r = fields && fields->kind == TCK_TREE_MAP ? 1 : tck_literal_well_known(literal, message, tree, depth);

    if (r <= 0)
        return r;
    if (tree->kind != TCK_TREE_MAP && tree->kind != TCK_TREE_NULL)
        return tck_literal_bad(literal, tree->place, "%s wants a map of fields, found %s", message->descriptor->name,
                               tck_tree_kind_text(tree->kind));
    return tck_literal_fields(literal, message, fields ? fields : tree, depth);
}

int tck_literal_message(const struct tck_literal *literal, const ProtobufCMessageDescriptor *descriptor,
                        const struct tck_tree *tree, unsigned depth, ProtobufCMessage **ret_message)
{
    ProtobufCMessage *message;
    int r;

    if (depth > TCK_LITERAL_MAX_DEPTH)
        return tck_literal_bad(literal, tree->place, "the message is nested more than %d deep", TCK_LITERAL_MAX_DEPTH);
    message = tck_message_new(descriptor, literal->arena);
    if (!message)
        return tck_no_memory(literal->err);
    r = fill(literal, message, tree, depth);
    if (r == 0)
        *ret_message = message;
    return r;
}

int tck_message_from_tree(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                          const struct tck_tree *tree, const struct tck_bindings *bindings, struct tck_arena *arena,
                          ProtobufCMessage **ret_message, struct tck_error *err)
{
    const struct tck_literal literal = { pool, arena, err };

    if (bindings) {
        int r = tck_bindings_resolve(bindings, tree, arena, &tree, err);

        if (r < 0)
            return r;
    }
    return tck_literal_message(&literal, descriptor, tree, 0, ret_message);
}
