/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pool.h"

#include <string.h>

#include "builtin_descriptors.h"
#include "wire/decode_internal.h"
#include "wire/fields_internal.h"
#include "wire/pool_internal.h"

#define LARGEST_MEMORY ((size_t)8 << 20) /* aliases: a handful */

int tck_pool_new(const struct tck_pool *parent, struct tck_pool **ret_pool, struct tck_error *err)
{
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = calloc(1, sizeof *pool);
    int r;

    if (!pool)
        return tck_no_memory(err);
    pool->parent = parent;
    r = tck_arena_new(LARGEST_MEMORY, &pool->arena, err);
    if (r == 0 && !parent)
        r = tck_pool_add(pool, "the well-known types",
                         tck_bytes(tck_wellknown_descriptors, tck_wellknown_descriptors_size), err);
    if (r < 0)
        return r;
    *ret_pool = TCK_TAKE(pool);
    return 0;
}

void tck_pool_free(struct tck_pool *pool)
{
    struct tck_pool_set *next;

    if (!pool)
        return;
    for (struct tck_pool_set *set = pool->sets; set; set = next) {
        next = set->next;
        tck_pool_set_free(set);
    }
    tck_arena_free(pool->arena);
    free(pool);
}

void tck_pool_set_free(struct tck_pool_set *set)
{
    if (!set)
        return;
    tck_arena_free(set->arena);
    free(set);
}

int tck_pool_add(struct tck_pool *pool, const char *what, struct tck_bytes file_descriptor_set, struct tck_error *err)
{
    struct tck_pool_set **end = &pool->sets;

    while (*end)
        end = &(*end)->next;
    return tck_pool_build(pool, what, file_descriptor_set, end, err);
}

/* --- names --- */

static uint64_t hash(const char *name)
{
    uint64_t h =
        UINT64_C(14695981039346656037); /* FNV-1a; the set's size is bounded, so collisions at worst are slow */

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * UINT64_C(1099511628211);
    return h;
}

bool tck_pool_names_init(struct tck_pool_names *names, size_t count, struct tck_arena *arena)
{
    size_t slots = 8;

    while (slots < 2 * count)
        slots *= 2;
    names->table = tck_arena_array(arena, slots, sizeof *names->table);
    names->slots = names->table ? slots : 0;
    return names->table != NULL;
}

struct tck_pool_name *tck_pool_slot(const struct tck_pool_names *names, const char *name)
{
    size_t slot;

    if (names->slots == 0)
        return NULL;
    slot = hash(name) & (names->slots - 1);
    while (names->table[slot].name && strcmp(names->table[slot].name, name) != 0)
        slot = (slot + 1) & (names->slots - 1);
    return &names->table[slot];
}

const struct tck_pool_name *tck_pool_lookup(const struct tck_pool_names *names, const char *name)
{
    const struct tck_pool_name *slot = tck_pool_slot(names, name);

    return slot && slot->name ? slot : NULL;
}

const struct tck_pool_name *tck_pool_find(const struct tck_pool *pool, const char *full_name)
{
    for (; pool; pool = pool->parent) {
        for (const struct tck_pool_set *set = pool->sets; set; set = set->next) {
            const struct tck_pool_name *found = tck_pool_lookup(&set->names, full_name);

            if (found)
                return found;
        }
    }
    return NULL;
}

static void *find_kind(const struct tck_pool *pool, const char *full_name, enum tck_pool_kind kind)
{
    const struct tck_pool_name *found = tck_pool_find(pool, full_name);

    return found && found->kind == kind ? found->thing : NULL;
}

const ProtobufCMessageDescriptor *tck_pool_find_message(const struct tck_pool *pool, const char *full_name)
{
    const struct tck_pool_message *message = find_kind(pool, full_name, TCK_POOL_MESSAGE);

    return message ? &message->descriptor : NULL;
}

const ProtobufCEnumDescriptor *tck_pool_find_enum(const struct tck_pool *pool, const char *full_name)
{
    const struct tck_pool_enum *found = find_kind(pool, full_name, TCK_POOL_ENUM);

    return found ? &found->descriptor : NULL;
}

const struct tck_service *tck_pool_find_service(const struct tck_pool *pool, const char *full_name)
{
    return find_kind(pool, full_name, TCK_POOL_SERVICE);
}

const struct tck_method *tck_pool_find_method(const struct tck_pool *pool, const char *service, const char *method)
{
    const struct tck_service *found = tck_pool_find_service(pool, service);

    for (size_t i = 0; found && i < found->method_count; i++)
        if (strcmp(found->methods[i].name, method) == 0)
            return &found->methods[i];
    return NULL;
}

/* --- type urls --- */

int tck_pool_alias(struct tck_pool *pool, const char *type_url, const char *full_name, struct tck_error *err)
{
    struct tck_pool_alias *alias = TCK_NEW(pool->arena, struct tck_pool_alias);
    size_t size = strlen(type_url);

    if (!alias)
        return tck_no_memory(err);
    alias->prefix = size > 0 && type_url[size - 1] == '*';
    alias->size = size - alias->prefix;
    alias->type_url = tck_arena_strndup(pool->arena, type_url, alias->size);
    alias->full_name = tck_arena_strdup(pool->arena, full_name);
    if (!alias->type_url || !alias->full_name)
        return tck_no_memory(err);
    alias->next = pool->aliases;
    pool->aliases = alias;
    return 0;
}

int tck_pool_set_string_any(struct tck_pool *pool, const char *type_url, struct tck_error *err)
{
    const char *copy = tck_arena_strdup(pool->arena, type_url);

    if (!copy)
        return tck_no_memory(err);
    pool->string_any = copy;
    return 0;
}

const char *tck_pool_string_any(const struct tck_pool *pool)
{
    while (pool && !pool->string_any)
        pool = pool->parent;
    return pool ? pool->string_any : NULL;
}

static const struct tck_pool_alias *find_alias(const struct tck_pool *pool, const char *type_url)
{
    for (; pool; pool = pool->parent)
        for (const struct tck_pool_alias *alias = pool->aliases; alias; alias = alias->next)
            if (strncmp(alias->type_url, type_url, alias->size) == 0 &&
                (alias->prefix || type_url[alias->size] == '\0'))
                return alias;
    return NULL;
}

const char *tck_type_name(const char *type_url)
{
    const char *slash = strrchr(type_url, '/');

    return slash ? slash + 1 : type_url;
}

const ProtobufCMessageDescriptor *tck_pool_find_by_url(const struct tck_pool *pool, const char *type_url)
{
    const struct tck_pool_alias *alias = find_alias(pool, type_url);

    return tck_pool_find_message(pool, alias ? alias->full_name : tck_type_name(type_url));
}

/* --- what this pool has --- */

size_t tck_pool_service_count(const struct tck_pool *pool)
{
    size_t count = 0;

    for (const struct tck_pool_set *set = pool->sets; set; set = set->next)
        count += set->service_count;
    return count;
}

const struct tck_service *tck_pool_service(const struct tck_pool *pool, size_t i)
{
    const struct tck_pool_set *set = pool->sets;

    for (; set && i >= set->service_count; set = set->next)
        i -= set->service_count;
    return set ? &set->services[i] : NULL;
}

size_t tck_pool_message_count(const struct tck_pool *pool)
{
    size_t count = 0;

    for (const struct tck_pool_set *set = pool->sets; set; set = set->next)
        count += set->message_count;
    return count;
}

const char *tck_pool_message_name(const struct tck_pool *pool, size_t i)
{
    const struct tck_pool_set *set = pool->sets;

    for (; set && i >= set->message_count; set = set->next)
        i -= set->message_count;
    return set ? set->messages[i]->descriptor.name : NULL;
}

/* --- what descriptors do not say --- */

const struct tck_pool_message *tck_pool_message_of(const ProtobufCMessageDescriptor *descriptor)
{
    return descriptor->reserved1 == descriptor ? descriptor->reserved1 : NULL;
}

const struct tck_pool_enum *tck_pool_enum_of(const ProtobufCEnumDescriptor *descriptor)
{
    return descriptor->reserved1 == descriptor ? descriptor->reserved1 : NULL;
}

struct tck_bytes tck_pool_field_options(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                                        const ProtobufCFieldDescriptor *field)
{
    const struct tck_pool_message *ours = tck_pool_message_of(message);

    (void)pool;
    return ours ? ours->fields[field - message->fields].options : tck_bytes(NULL, 0);
}

const ProtobufCFieldDescriptor *tck_pool_field_declared(const struct tck_pool *pool,
                                                        const ProtobufCMessageDescriptor *message, unsigned i)
{
    const struct tck_pool_message *ours = tck_pool_message_of(message);

    (void)pool;
    return &message->fields[ours ? ours->declared[i] : i];
}

bool tck_option_varint(struct tck_bytes options, uint32_t number, uint64_t *ret_value)
{
    struct tck_wire_input input = { options.data, options.data + options.size };
    struct tck_wire_field field;

    while (input.at < input.end && !tck_wire_read(&input, TCK_MESSAGE_MAX_DEPTH, &field)) {
        if (field.number == number && field.wire_type == PROTOBUF_C_WIRE_TYPE_VARINT) {
            *ret_value = field.varint;
            return true;
        }
    }
    return false;
}

bool tck_option_bytes(struct tck_bytes options, uint32_t number, struct tck_bytes *ret_value)
{
    struct tck_wire_input input = { options.data, options.data + options.size };
    struct tck_wire_field field;
    bool found = false;

    while (input.at < input.end && !tck_wire_read(&input, TCK_MESSAGE_MAX_DEPTH, &field)) {
        if (field.number == number && field.wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
            *ret_value = field.payload;
            found = true;
        }
    }
    return found;
}

const char *tck_pool_json_name(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                               const ProtobufCFieldDescriptor *field, char buf[256])
{
    const struct tck_pool_message *ours = tck_pool_message_of(message);
    size_t size = 0;
    bool capital = false;

    (void)pool;
    if (ours)
        return ours->fields[field - message->fields].json_name;
    for (const char *c = field->name; *c && size < 255; c++) {
        if (*c != '_')
            buf[size++] = capital && *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        capital = *c == '_';
    }
    buf[size] = '\0';
    return buf;
}

bool tck_pool_is_map(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                     const ProtobufCFieldDescriptor *field)
{
    (void)pool;
    (void)message;
    return tck_field_is_repeated(field) && field->type == PROTOBUF_C_TYPE_MESSAGE &&
           tck_descriptor_is_map_entry(field->descriptor);
}
