/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/pool_build_internal.h — one set of files on its way into the pool. For the pool's own sources alone.
 *
 * Building has four steps, each over all files: choose the files (pool_files.c); give every type its name and its
 * memory, enums their values (pool_build.c, pool_enum.c); lay out the messages, for which all names must be known
 * (pool_message.c, pool_default.c); make the services (pool_build.c).
 */
#ifndef TCK_WIRE_POOL_BUILD_INTERNAL_H
#define TCK_WIRE_POOL_BUILD_INTERNAL_H

#include "google/protobuf/descriptor.pb-c.h"
#include "wire/pool_internal.h"

#define TCK_POOL_MAX_BYTES ((size_t)16 << 20) /* of one set; those in use are below one */
#define TCK_POOL_MAX_PARTS 200000             /* types, fields, values and methods of one set: bounds its memory */
#define TCK_POOL_MAX_NAME  512                /* of a full name */

struct tck_pool_pending {
    struct tck_pool_message *message;
    const Google__Protobuf__DescriptorProto *proto;
    bool proto3;
};

struct tck_pool_builder {
    const struct tck_pool *pool;
    struct tck_pool_set *set;
    struct tck_arena *arena;                       /* the set's: what stays */
    struct tck_arena *scratch;                     /* the parsed set and work lists: freed at the end */
    Google__Protobuf__FileDescriptorProto **files; /* those to add */
    size_t file_count;
    struct tck_pool_pending *pending; /* parallel to set->messages */
    struct tck_place place;           /* what the caller calls the set */
    struct tck_error *err;
};

#define tck_pool_bad(builder, ...) tck_fail((builder)->err, TCK_BAD_INPUT, (builder)->place, __VA_ARGS__)

/* Chooses the files that the pool does not have yet; checks names, syntax, imports. */
int tck_pool_choose_files(struct tck_pool_builder *builder, const Google__Protobuf__FileDescriptorSet *set);

/* Is text an identifier? false: the mistake is reported; `of` is what it names, `in` is where. */
int tck_pool_check_identifier(struct tck_pool_builder *builder, const char *text, const char *of, const char *in);
/* "scope.name", or name alone for an empty scope. */
int tck_pool_full_name(struct tck_pool_builder *builder, const char *scope, const char *name,
                       const char **ret_full_name);
/* Makes a thing known under its full name. */
int tck_pool_register(struct tck_pool_builder *builder, const char *full_name, enum tck_pool_kind kind, void *thing);
/* Finds the type that type_name means inside scope; `user` is who wants it, for the error. */
int tck_pool_resolve(struct tck_pool_builder *builder, const char *scope, const char *type_name, const char *user,
                     const struct tck_pool_name **ret_name);
/* Serialized options, or nothing where options is NULL. */
int tck_pool_keep_options(struct tck_pool_builder *builder, const ProtobufCMessage *options,
                          struct tck_bytes *ret_bytes);

/* Ranges over count numbers in rising order, as protobuf-c searches them. */
int tck_pool_make_ranges(struct tck_pool_builder *builder, size_t count,
                         int (*number_at)(const void *context, size_t i), const void *context, unsigned *ret_count,
                         const ProtobufCIntRange **ret_ranges);

int tck_pool_build_enum(struct tck_pool_builder *builder, const Google__Protobuf__EnumDescriptorProto *proto,
                        const char *scope, bool proto3);
int tck_pool_build_message(struct tck_pool_builder *builder, const struct tck_pool_pending *pending);

/* The default value of a proto2 field, in memory of the field's type (strings: the characters), from the text in the
 * descriptor. `user` is the field's full name, for errors. */
int tck_pool_default(struct tck_pool_builder *builder, const ProtobufCFieldDescriptor *field, const char *text,
                     const char *user, const void **ret_default);

#endif
