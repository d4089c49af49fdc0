/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/to_tree_internal.h"
#include "wire/tree_internal.h"
#include "wire/well_known_internal.h"

#define LONGEST_PATHS ((size_t)1 << 20) /* of a FieldMask; a longer one is spelled by its fields */

typedef bool spell_function(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                            struct tck_tree **ret_tree);

static bool string(const struct tck_speller *speller, const char *text, size_t size, struct tck_tree **ret_tree)
{
    *ret_tree = tck_tree_scalar(speller->arena, TCK_TREE_STRING, text, size, TCK_NOWHERE);
    return true;
}

/* --- Any --- */

/* Opens the Any if packing its content again gives the bytes that it holds. NULL: it cannot be opened. */
static ProtobufCMessage *open_any(const struct tck_speller *speller, const ProtobufCMessage *any,
                                  struct tck_bytes value)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer again = TCK_BUFFER_INIT(value.size + 1);
    ProtobufCMessage *content;

    if (tck_message_unpack_any(speller->pool, any, speller->arena, &content, NULL) < 0)
        return NULL;
    if (protobuf_c_message_get_packed_size(content) != value.size || tck_message_pack(content, &again, NULL) < 0)
        return NULL;
    return value.size == 0 || memcmp(again.data, value.data, value.size) == 0 ? content : NULL;
}

/* The type as from_tree() takes it: without the prefix that it would put back. false: no spelling gives this url. */
static bool type_text(const char *url, const char **ret_text)
{
    size_t prefix = strlen(TCK_DEFAULT_URL_PREFIX);

    *ret_text = url;
    if (strncmp(url, TCK_DEFAULT_URL_PREFIX, prefix) == 0 && url[prefix] && !strchr(url + prefix, '/'))
        *ret_text = url + prefix;
    return strchr(url, '/') != NULL;
}

static bool is_string_any(const struct tck_speller *speller, const char *url, const ProtobufCMessage *content)
{
    const char *wanted = tck_pool_string_any(speller->pool);

    return wanted && strcmp(wanted, url) == 0 && content->n_unknown_fields == 0 && content->descriptor->n_fields == 1 &&
           content->descriptor->fields[0].type == PROTOBUF_C_TYPE_STRING &&
           !tck_field_is_repeated(&content->descriptor->fields[0]);
}

/* {"@type": …, and the content's fields, or its special form under "value"}. */
static struct tck_tree *opened(const struct tck_speller *speller, struct tck_tree *type,
                               const ProtobufCMessage *content, unsigned depth)
{
    struct tck_tree *tree = tck_tree_map(speller->arena, TCK_NOWHERE), *last = NULL;
    struct tck_tree *inside = tck_spell_message(speller, content, depth + 1);
    bool special = tck_well_known(content->descriptor) != TCK_NOT_WELL_KNOWN;

    if (!tree || !inside || !tck_spell_add(tree, &last, TCK_KEY_TYPE, type))
        return NULL;
    if (special && !tck_tree_get(inside, TCK_KEY_FIELDS))
        return tck_spell_add(tree, &last, "value", inside) ? tree : NULL;
    while (inside->first) { /* the children were made here and are no one else's: they move over */
        struct tck_tree *child = (struct tck_tree *)inside->first;

        inside->first = child->next;
        child->next = NULL;
        tck_tree_link(tree, child, &last);
    }
    return tree;
}

static struct tck_tree *unopened(const struct tck_speller *speller, struct tck_tree *type, struct tck_bytes value)
{
    struct tck_tree *tree = tck_tree_map(speller->arena, TCK_NOWHERE), *last = NULL;

    if (!tree || !tck_spell_add(tree, &last, TCK_KEY_TYPE, type) ||
        !tck_spell_add(tree, &last, TCK_KEY_VALUE, tck_spell_bytes(speller, value)))
        return NULL;
    return tree;
}

static bool spell_any(const struct tck_speller *speller, const ProtobufCMessage *any, unsigned depth,
                      struct tck_tree **ret_tree)
{
    ProtobufCMessage *content = NULL;
    struct tck_bytes value;
    const char *url, *type;
    struct tck_tree *spelled;

    tck_any_parts(any, &url, &value);
    if (!*url && value.size == 0) {
        *ret_tree = tck_tree_map(speller->arena, TCK_NOWHERE);
        return true;
    }
    if (!type_text(url, &type))
        return false;
    if (depth < TCK_MESSAGE_MAX_DEPTH) /* Anys in Anys are the one nesting that unpacking does not bound */
        content = open_any(speller, any, value);
    if (content && is_string_any(speller, url, content)) {
        const char *text = tck_value_string(tck_field_at(content, &content->descriptor->fields[0], 0));

        return string(speller, text, strlen(text), ret_tree);
    }
    spelled = tck_tree_string(speller->arena, type, TCK_NOWHERE);
    *ret_tree = content ? opened(speller, spelled, content, depth) : unopened(speller, spelled, value);
    return true;
}

/* --- times and masks --- */

static bool spell_timestamp(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                            struct tck_tree **ret_tree)
{
    char text[40];
    int64_t seconds;
    int32_t nanos;

    (void)depth;
    tck_time_read(message, &seconds, &nanos);
    return tck_timestamp_text(seconds, nanos, text) && string(speller, text, strlen(text), ret_tree);
}

static bool spell_duration(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                           struct tck_tree **ret_tree)
{
    char text[40];
    int64_t seconds;
    int32_t nanos;

    (void)depth;
    tck_time_read(message, &seconds, &nanos);
    return tck_wire_duration_text(seconds, nanos, text) && string(speller, text, strlen(text), ret_tree);
}

static bool spell_field_mask(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                             struct tck_tree **ret_tree)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(LONGEST_PATHS);
    const ProtobufCFieldDescriptor *paths = tck_well_known_field(message->descriptor, 1);
    size_t count = tck_field_count(message, paths);

    (void)depth;
    for (size_t i = 0; i < count; i++) {
        const char *path = tck_value_string(tck_field_at(message, paths, i));

        if (!*path || strchr(path, ',') || !tck_field_mask_path_to_json(path, &out))
            return false;
        if (i + 1 < count)
            tck_buffer_putc(&out, ',');
    }
    return tck_buffer_check(&out, NULL) == 0 && string(speller, tck_buffer_string(&out), out.size, ret_tree);
}

/* --- Struct, Value, ListValue, wrappers --- */

/* The one field of a type, spelled alone. */
static bool spell_only_field(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                             struct tck_tree **ret_tree)
{
    struct tck_tree *fields = tck_spell_fields(speller, message, depth);
    const ProtobufCFieldDescriptor *field = tck_well_known_field(message->descriptor, 1);
    struct tck_tree *only = fields ? (struct tck_tree *)fields->first : NULL;

    if (fields && !only) /* an empty list or map */
        only = tck_pool_is_map(speller->pool, message->descriptor, field) ? tck_tree_map(speller->arena, TCK_NOWHERE)
                                                                          : tck_tree_list(speller->arena, TCK_NOWHERE);
    if (only)
        only->key = NULL;
    *ret_tree = only;
    return true;
}

static bool spell_struct(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                         struct tck_tree **ret_tree)
{
    spell_only_field(speller, message, depth, ret_tree);
    /* not where it would be taken for something else: entries that are no plain map, a key that means the fields */
    return !*ret_tree || ((*ret_tree)->kind == TCK_TREE_MAP && !tck_tree_get(*ret_tree, TCK_KEY_FIELDS));
}

static bool spell_value(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                        struct tck_tree **ret_tree)
{
    const ProtobufCFieldDescriptor *member = tck_oneof_member(message, tck_well_known_field(message->descriptor, 1));
    const void *value = member ? tck_field_at(message, member, 0) : NULL;

    if (!member || (member->id == TCK_VALUE_NULL && *(const int32_t *)value != 0) ||
        (member->id == TCK_VALUE_NUMBER && !isfinite(*(const double *)value)))
        return false;
    if (member->id == TCK_VALUE_STRUCT || member->id == TCK_VALUE_LIST) {
        *ret_tree = tck_spell_value(speller, member, value, depth);
        /* must read back as this kind: a list that could only be spelled by its fields looks like a Struct */
        return !*ret_tree || ((*ret_tree)->kind == (member->id == TCK_VALUE_LIST ? TCK_TREE_LIST : TCK_TREE_MAP) &&
                              !tck_tree_get(*ret_tree, TCK_KEY_FIELDS));
    }
    *ret_tree = member->id == TCK_VALUE_NULL ? tck_tree_scalar(speller->arena, TCK_TREE_NULL, "null", 4, TCK_NOWHERE)
                                             : tck_spell_value(speller, member, value, depth);
    return true;
}

static bool spell_wrapper(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                          struct tck_tree **ret_tree)
{
    const ProtobufCFieldDescriptor *field = tck_well_known_field(message->descriptor, 1);

    *ret_tree = tck_spell_value(speller, field, tck_field_at(message, field, 0), depth);
    return true;
}

bool tck_spell_well_known(const struct tck_speller *speller, const ProtobufCMessage *message, unsigned depth,
                          struct tck_tree **ret_tree)
{
    static spell_function *const spell[] = {
        [TCK_WK_ANY] = spell_any,
        [TCK_WK_TIMESTAMP] = spell_timestamp,
        [TCK_WK_DURATION] = spell_duration,
        [TCK_WK_FIELD_MASK] = spell_field_mask,
        [TCK_WK_STRUCT] = spell_struct,
        [TCK_WK_VALUE] = spell_value,
        [TCK_WK_LIST_VALUE] = spell_only_field,
        [TCK_WK_WRAPPER] = spell_wrapper,
    };
    enum tck_well_known kind = tck_well_known(message->descriptor);

    if (kind == TCK_NOT_WELL_KNOWN || message->n_unknown_fields > 0)
        return false;
    return spell[kind](speller, message, depth, ret_tree);
}
