/* SPDX-License-Identifier: Apache-2.0
 *
 * The program that protobuf's own conformance suite talks to: it reads requests from stdin (a length of four bytes,
 * little end first, then a ConformanceRequest), reads the payload in the format given, writes it in the format wanted,
 * and answers.
 *
 *     conformance_testee FILE_DESCRIPTOR_SET
 *
 * The set holds the suite's messages. They are not compiled in: the types of the requests themselves go through the
 * pool.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wire/fields_internal.h"
#include "wire/json.h"
#include "wire/text.h"

#define REQUEST  "conformance.ConformanceRequest"
#define RESPONSE "conformance.ConformanceResponse"
#define LIMIT    ((size_t)64 << 20)

enum { PROTOBUF = 1, JSON = 2, TEXT = 4, IGNORE_UNKNOWN = 3 }; /* of the suite's WireFormat and TestCategory */

static const void *field_of(const ProtobufCMessage *message, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);

    if (!field || (tck_field_in_oneof(field) && tck_field_count(message, field) == 0))
        return NULL;
    return tck_field_at(message, field, 0);
}

static int number_of(const ProtobufCMessage *message, const char *name)
{
    const void *value = field_of(message, name);

    return value ? *(const int32_t *)value : 0;
}

/* Sets a string or bytes member of the response's oneof. */
static bool answer(ProtobufCMessage *response, const char *name, const char *data, size_t size, struct tck_arena *arena)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(response->descriptor, name);
    void *slot = field ? tck_field_add(response, field, arena) : NULL;

    if (!slot)
        return false;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return (*(char **)slot = tck_arena_strndup(arena, data, size)) != NULL;
    *(ProtobufCBinaryData *)slot = (ProtobufCBinaryData){ .len = size, .data = tck_arena_memdup(arena, data, size) };
    return true;
}

static bool refuse(ProtobufCMessage *response, const char *name, const struct tck_error *err, struct tck_arena *arena)
{
    char text[2048];

    tck_error_text(err, text, sizeof text);
    return answer(response, name, text, strlen(text), arena);
}

static int parse(const struct tck_pool *pool, const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
                 struct tck_arena *arena, ProtobufCMessage **ret_message, struct tck_error *err)
{
    const void *binary = field_of(request, "protobuf_payload"), *json = field_of(request, "json_payload");
    unsigned flags = number_of(request, "test_category") == IGNORE_UNKNOWN ? TCK_JSON_IGNORE_UNKNOWN : 0;

    if (binary)
        return tck_message_unpack(type, tck_value_bytes(binary), arena, ret_message, err);
    return tck_message_from_json(pool, type, tck_bytes(tck_value_string(json), strlen(tck_value_string(json))), flags,
                                 arena, ret_message, err);
}

static bool respond(const struct tck_pool *pool, const ProtobufCMessage *request, ProtobufCMessage *response,
                    struct tck_arena *arena)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(LIMIT);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const void *name = field_of(request, "message_type");
    const ProtobufCMessageDescriptor *type = name ? tck_pool_find_message(pool, tck_value_string(name)) : NULL;
    int format = number_of(request, "requested_output_format");
    const char *said = "this type, or this format, is not read here";
    ProtobufCMessage *message;

    if (!type || (format != PROTOBUF && format != JSON) ||
        (!field_of(request, "protobuf_payload") && !field_of(request, "json_payload")))
        return answer(response, "skipped", said, strlen(said), arena);
    if (parse(pool, request, type, arena, &message, &err) < 0)
        return refuse(response, "parse_error", &err, arena);
    if ((format == JSON ? tck_message_to_json(pool, message, 0, &out, &err) : tck_message_pack(message, &out, &err)) <
        0)
        return refuse(response, "serialize_error", &err, arena);
    return answer(response, format == JSON ? "json_payload" : "protobuf_payload", tck_buffer_string(&out), out.size,
                  arena);
}

/* false: the end, or a stream that is cut in the middle. */
static bool read_whole(void *data, size_t size)
{
    return fread(data, 1, size, stdin) == size;
}

static int serve_one(const struct tck_pool *pool, struct tck_bytes bytes, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(LIMIT);
    ProtobufCMessage *request, *response;
    uint8_t length[4];
    int r;

    r = tck_arena_new(0, &arena, err);
    if (r < 0)
        return r;
    r = tck_message_unpack(tck_pool_find_message(pool, REQUEST), bytes, arena, &request, err);
    if (r < 0)
        return r;
    response = tck_message_new(tck_pool_find_message(pool, RESPONSE), arena);
    if (!response || !respond(pool, request, response, arena))
        return tck_no_memory(err);
    r = tck_message_pack(response, &out, err);
    if (r < 0)
        return r;
    for (int i = 0; i < 4; i++)
        length[i] = (uint8_t)(out.size >> (8 * i));
    fwrite(length, 1, sizeof length, stdout);
    fwrite(tck_buffer_string(&out), 1, out.size, stdout);
    return fflush(stdout) == 0 ? 0 : tck_fail(err, TCK_KIT, TCK_NOWHERE, "the suite does not listen any more");
}

static int serve(const char *path, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer set = TCK_BUFFER_INIT(LIMIT), request = TCK_BUFFER_INIT(LIMIT);
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    uint8_t length[4];
    int r;

    r = tck_read_file(path, LIMIT, &set, err);
    if (r == 0)
        r = tck_pool_new(NULL, &pool, err);
    if (r == 0)
        r = tck_pool_add(pool, path, tck_buffer_bytes(&set), err);
    while (r == 0 && read_whole(length, sizeof length)) {
        size_t size = length[0] | (size_t)length[1] << 8 | (size_t)length[2] << 16 | (size_t)length[3] << 24;
        void *room;

        tck_buffer_clear(&request);
        room = tck_buffer_extend(&request, size);
        if (!room || !read_whole(room, size))
            return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a request of %zu bytes did not come whole", size);
        r = serve_one(pool, tck_buffer_bytes(&request), err);
    }
    return r;
}

int main(int argc, char **argv)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char text[2048];

    if (argc != 2) {
        fputs("conformance_testee FILE_DESCRIPTOR_SET\n", stderr);
        return 2;
    }
    if (serve(argv[1], &err) == 0)
        return 0;
    fprintf(stderr, "conformance_testee: %s\n", tck_error_text(&err, text, sizeof text));
    return 1;
}
