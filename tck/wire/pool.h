/* SPDX-License-Identifier: Apache-2.0
 *
 * wire/pool.h — the descriptor pool: message, enum and service descriptors made at run time.
 *
 * A candidate's payload types are known only from the FileDescriptorSet that it sends in discovery. The pool turns such
 * a set into protobuf-c descriptors, so that messages of run-time types and messages of compiled types go through one
 * codec (wire/message.h), one JSON mapping (wire/json.h), one text form (wire/text.h) and one comparison
 * (wire/match.h).
 *
 *     r = tck_pool_new(NULL, &pool, err);
 *     r = tck_pool_add(pool, "the candidate's descriptors", set, err);
 *     const ProtobufCMessageDescriptor *request = tck_pool_find_message(pool, "cloudstate.tck.model.Request");
 *
 * It knows protobuf alone, nothing of Cloudstate. proto2 and proto3 files are accepted; groups and extensions of
 * run-time types are kept as unknown fields. The set may be hostile: nesting, cycles of imports, names that clash or do
 * not resolve, numbers out of range and sizes are all checked, and none can crash or exhaust the process.
 *
 * Threads: build with one thread; a finished pool is read by any number.
 * Memory: everything belongs to the pool; descriptors live until it is freed.
 */
#ifndef TCK_WIRE_POOL_H
#define TCK_WIRE_POOL_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/buffer.h"

struct tck_pool;

struct tck_method {
    const char *name;      /* "Process" */
    const char *full_name; /* "/cloudstate.tck.model.EventSourcedTckModel/Process", as gRPC calls it */
    const ProtobufCMessageDescriptor *input, *output;
    bool client_streaming, server_streaming;
    struct tck_bytes options; /* serialized google.protobuf.MethodOptions, custom options included; size 0: none */
};

struct tck_service {
    const char *full_name; /* "cloudstate.tck.model.EventSourcedTckModel" */
    const char *file;
    const struct tck_method *methods;
    size_t method_count;
};

/* parent: a pool in which names are looked up when this one does not have them (borrowed, must outlive this one), or
 * NULL. Every pool without a parent knows the well-known types
 * google.protobuf.{Any,Empty,Timestamp,Duration,Struct,Value, ListValue,NullValue,FieldMask,*Value}. */
int tck_pool_new(const struct tck_pool *parent, struct tck_pool **ret_pool, struct tck_error *err);
void tck_pool_free(struct tck_pool *pool);
TCK_DEFINE_FREEP(struct tck_pool, tck_pool_free)

/* Adds all files of a serialized FileDescriptorSet, in any order. A file that the pool (not a parent) has already under
 * the same name is skipped. Either all of the set is added or nothing. Errors: TCK_BAD_INPUT, place is `what`. */
int tck_pool_add(struct tck_pool *pool, const char *what, struct tck_bytes file_descriptor_set, struct tck_error *err);

/* A type url (or a prefix of one, ending in '*') that is read as another message type than its last part says, for
 * encodings such as p.cloudstate.io/string, whose value is a message with one field 1: alias it to StringValue. */
int tck_pool_alias(struct tck_pool *pool, const char *type_url, const char *full_name, struct tck_error *err);
/* In literals and patterns, a plain string where an Any is wanted stands for an Any of this (aliased) type url. */
int tck_pool_set_string_any(struct tck_pool *pool, const char *type_url, struct tck_error *err);
const char *tck_pool_string_any(const struct tck_pool *pool);

const ProtobufCMessageDescriptor *tck_pool_find_message(const struct tck_pool *pool, const char *full_name);
const ProtobufCEnumDescriptor *tck_pool_find_enum(const struct tck_pool *pool, const char *full_name);
const struct tck_service *tck_pool_find_service(const struct tck_pool *pool, const char *full_name);
const struct tck_method *tck_pool_find_method(const struct tck_pool *pool, const char *service, const char *method);
/* "package.Message" of "type.googleapis.com/package.Message": what comes after the last '/'. */
const char *tck_type_name(const char *type_url);
/* By the url's aliases, else by that name. */
const ProtobufCMessageDescriptor *tck_pool_find_by_url(const struct tck_pool *pool, const char *type_url);

/* This pool's own services (not its parents'), in the order of files and declarations. */
size_t tck_pool_service_count(const struct tck_pool *pool);
const struct tck_service *tck_pool_service(const struct tck_pool *pool, size_t i);
/* Full names of this pool's own messages, for suggestions. */
size_t tck_pool_message_count(const struct tck_pool *pool);
const char *tck_pool_message_name(const struct tck_pool *pool, size_t i);

/* Serialized FieldOptions of a field of a run-time type; size 0 for none, and for compiled types. */
struct tck_bytes tck_pool_field_options(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                                        const ProtobufCFieldDescriptor *field);
/* Reads the first varint (bool, int, enum) with this number from serialized options; false if it is not there. */
bool tck_option_varint(struct tck_bytes options, uint32_t number, uint64_t *ret_value);
/* Reads the last length-delimited value with this number (messages, strings). */
bool tck_option_bytes(struct tck_bytes options, uint32_t number, struct tck_bytes *ret_value);

/* --- what protobuf-c's descriptors do not say; compiled types give the defaults --- */

/* Field i in the order of declaration (descriptor->fields has them in the order of their numbers, as have compiled types
 * here too). */
const ProtobufCFieldDescriptor *tck_pool_field_declared(const struct tck_pool *pool,
                                                        const ProtobufCMessageDescriptor *message, unsigned i);
const char *tck_pool_json_name(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                               const ProtobufCFieldDescriptor *field, char buf[256]);
bool tck_pool_is_map(const struct tck_pool *pool, const ProtobufCMessageDescriptor *message,
                     const ProtobufCFieldDescriptor *field);

#endif
