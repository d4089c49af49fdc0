/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/pool_internal.h — how the pool keeps what it built. For this room alone.
 *
 * Every run-time descriptor is the first member of a larger struct with what protobuf-c's descriptors do not say. The
 * descriptor's reserved1 points to itself then; compiled descriptors have NULL there, so one test tells the two apart
 * without a look-up.
 */
#ifndef TCK_WIRE_POOL_INTERNAL_H
#define TCK_WIRE_POOL_INTERNAL_H

#include "wire/pool.h"

struct tck_pool_field {
    const char *json_name;
    struct tck_bytes options; /* serialized FieldOptions */
};

struct tck_pool_message {
    ProtobufCMessageDescriptor descriptor;
    const struct tck_pool_field *fields; /* parallel to descriptor.fields */
    const unsigned *declared;            /* their indices, in the order of declaration */
    bool map_entry;
};

struct tck_pool_enum {
    ProtobufCEnumDescriptor descriptor;
    bool closed;
    int32_t first_number; /* of the value declared first: the default of proto2 fields */
};

/* NULL for compiled types. */
const struct tck_pool_message *tck_pool_message_of(const ProtobufCMessageDescriptor *descriptor);
const struct tck_pool_enum *tck_pool_enum_of(const ProtobufCEnumDescriptor *descriptor);

enum tck_pool_kind { TCK_POOL_FILE, TCK_POOL_MESSAGE, TCK_POOL_ENUM, TCK_POOL_SERVICE };

struct tck_pool_name {
    const char *name; /* full, no leading dot; NULL: a free slot */
    enum tck_pool_kind kind;
    void *thing; /* struct tck_pool_message, tck_pool_enum or tck_service; NULL for files */
};

/* A hash table with open addressing. */
struct tck_pool_names {
    struct tck_pool_name *table;
    size_t slots; /* a power of two, above the number of names; 0: none */
};

/* What one tck_pool_add() added. All of it in its own arena, so a set that turns out bad leaves nothing behind. */
struct tck_pool_set {
    struct tck_arena *arena;
    struct tck_pool_names files, names;
    struct tck_pool_message **messages;
    size_t message_count;
    struct tck_service *services;
    size_t service_count;
    struct tck_pool_set *next; /* in the order of addition */
};

struct tck_pool_alias {
    const char *type_url; /* without the '*' of a prefix */
    size_t size;
    bool prefix;
    const char *full_name;
    struct tck_pool_alias *next;
};

struct tck_pool {
    const struct tck_pool *parent;
    struct tck_pool_set *sets;
    struct tck_arena *arena;        /* aliases */
    struct tck_pool_alias *aliases; /* the newest first */
    const char *string_any;
};

/* Builds a set from serialized bytes, without changing the pool. Errors as tck_pool_add. */
int tck_pool_build(const struct tck_pool *pool, const char *what, struct tck_bytes file_descriptor_set,
                   struct tck_pool_set **ret_set, struct tck_error *err);
void tck_pool_set_free(struct tck_pool_set *set);
TCK_DEFINE_FREEP(struct tck_pool_set, tck_pool_set_free)

/* Room for so many names. false: the arena is full. */
bool tck_pool_names_init(struct tck_pool_names *names, size_t count, struct tck_arena *arena);
/* The slot that holds the name, or the free one where it belongs; NULL: no slots. */
struct tck_pool_name *tck_pool_slot(const struct tck_pool_names *names, const char *name);
/* NULL: not there. */
const struct tck_pool_name *tck_pool_lookup(const struct tck_pool_names *names, const char *name);
/* In this pool, else its parents; NULL: nowhere. */
const struct tck_pool_name *tck_pool_find(const struct tck_pool *pool, const char *full_name);

#endif
