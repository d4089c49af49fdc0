/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client can ask of a server besides its services: what they are (reflection), and whether it serves (health).
 *
 * Both versions of reflection have the same messages, field by field; only the service's name differs.
 */
#include <google/protobuf/descriptor.pb-c.h>
#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1alpha/reflection.pb-c.h>
#include <grpc/status.h>
#include <string.h>

#include "seat/seat_internal.h"
#include "seat/service_client.h"

#define MAX_FILES    4096
#define MAX_SERVICES 4096

/* Short names for generated ones. */
typedef Grpc__Reflection__V1alpha__ServerReflectionRequest request;
typedef Grpc__Reflection__V1alpha__ServerReflectionResponse response;
#define REQUEST_LIST   GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES
#define REQUEST_SYMBOL GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL
#define REQUEST_FILE   GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME
#define RESPONSE_FILES GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE
#define RESPONSE_LIST  GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE

struct reflection {
    struct tck_call *call;
    int64_t deadline;
    struct tck_arena *arena; /* of all that is read */
    struct tck_buffer out, in;
    struct {
        Google__Protobuf__FileDescriptorProto *file;
        struct tck_bytes bytes;
    } * files; /* in the arena; each name once */
    size_t count;
};

static void done(struct reflection *reflection)
{
    tck_call_free(reflection->call);
    tck_arena_free(reflection->arena);
    tck_buffer_done(&reflection->out);
    tck_buffer_done(&reflection->in);
}

/* ---- asking ---- */

static int broken_off(struct reflection *reflection, struct tck_error *err)
{
    struct tck_call_status status = { 0 };
    char code[16];
    int r = tck_call_finish(reflection->call, reflection->deadline, &status, NULL, err);

    if (r < 0)
        return r;
    if (r == TCK_TIMED_OUT)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "reflection does not answer");
    return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "reflection ended with %s%s%s",
                    tck_grpc_code_name(status.code, code), status.message[0] ? ": " : "", status.message);
}

static int ask(struct reflection *reflection, int what, const char *name, const response **ret_response,
               struct tck_error *err)
{
    request ask = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__INIT;
    ProtobufCMessage *message;
    int r;

    ask.message_request_case = what;
    ask.list_services = (char *)name; /* all three that we ask are texts in one place */
    tck_buffer_clear(&reflection->out);
    r = tck_message_pack(&ask.base, &reflection->out, err);
    if (r == 0)
        r = tck_call_send(reflection->call, tck_buffer_bytes(&reflection->out), reflection->deadline, err);
    if (r == 0)
        r = tck_call_receive(reflection->call, reflection->deadline, &reflection->in, err);
    if (r < 0)
        return r;
    if (r == TCK_TIMED_OUT)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "reflection does not answer");
    if (r == TCK_ENDED)
        return broken_off(reflection, err);
    r = tck_message_unpack(&grpc__reflection__v1alpha__server_reflection_response__descriptor,
                           tck_buffer_bytes(&reflection->in), reflection->arena, &message, err);
    if (r < 0)
        return tck_wrap(err, r, "reflection gives an answer that cannot be read");
    *ret_response = (const response *)message;
    return 0;
}

/* Opens the stream and asks for the services. */
static int list(struct reflection *reflection, struct tck_channel *channel, const char *method,
                const response **ret_response, struct tck_error *err)
{
    int r;

    tck_call_free(TCK_TAKE(reflection->call));
    r = tck_call_start(channel, method, NULL, TCK_NEVER, &reflection->call, err);
    if (r < 0)
        return r;
    return ask(reflection, REQUEST_LIST, "", ret_response, err);
}

/* ---- files ---- */

static bool has_file(const struct reflection *reflection, const char *name)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (strcmp(reflection->files[i].file->name, name) == 0)
            return true;
    return false;
}

static int add_file(struct reflection *reflection, ProtobufCBinaryData bytes, struct tck_error *err)
{
    Google__Protobuf__FileDescriptorProto *file;
    ProtobufCMessage *message;
    int r;

    r = tck_message_unpack(&google__protobuf__file_descriptor_proto__descriptor, tck_bytes(bytes.data, bytes.len),
                           reflection->arena, &message, err);
    if (r < 0)
        return tck_wrap(err, r, "reflection gives a file descriptor that cannot be read");
    file = (Google__Protobuf__FileDescriptorProto *)message;
    if (!file->name)
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "reflection gives a file descriptor without a name");
    if (has_file(reflection, file->name))
        return 0;
    if (reflection->count == MAX_FILES)
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "reflection gives more than %d files", MAX_FILES);
    reflection->files[reflection->count].file = file;
    reflection->files[reflection->count++].bytes = tck_bytes(bytes.data, bytes.len);
    return 0;
}

/* What is not found is an error response, or one without files: then nothing is added. */
static int fetch(struct reflection *reflection, int what, const char *name, struct tck_error *err)
{
    const response *answer;
    int r;

    r = ask(reflection, what, name, &answer, err);
    if (r < 0 || answer->message_response_case != RESPONSE_FILES)
        return r;
    for (size_t i = 0; i < answer->file_descriptor_response->n_file_descriptor_proto && r == 0; i++)
        r = add_file(reflection, answer->file_descriptor_response->file_descriptor_proto[i], err);
    return r;
}

/* Servers may send a file without what it imports. What cannot be had, the pool may know. */
static int fetch_imports(struct reflection *reflection, struct tck_error *err)
{
    int r = 0;

    for (size_t i = 0; i < reflection->count; i++) { /* which grows meanwhile */
        const Google__Protobuf__FileDescriptorProto *file = reflection->files[i].file;

        for (size_t k = 0; k < file->n_dependency && r == 0; k++)
            if (!has_file(reflection, file->dependency[k]))
                r = fetch(reflection, REQUEST_FILE, file->dependency[k], err);
        if (r < 0)
            return r;
    }
    return 0;
}

static bool declares(const Google__Protobuf__FileDescriptorProto *file, const char *service)
{
    const char *package = file->package ? file->package : "";
    size_t size = strlen(package);

    if (size) {
        if (strncmp(service, package, size) != 0 || service[size] != '.')
            return false;
        service += size + 1;
    }
    for (size_t i = 0; i < file->n_service; i++)
        if (file->service[i]->name && strcmp(file->service[i]->name, service) == 0)
            return true;
    return false;
}

static bool is_declared(const struct reflection *reflection, const char *service)
{
    for (size_t i = 0; i < reflection->count; i++)
        if (declares(reflection->files[i].file, service))
            return true;
    return false;
}

static int fetch_service(struct reflection *reflection, const char *service, struct tck_error *err)
{
    int r = 0;

    if (strncmp(service, "grpc.", 5) == 0)
        return 0;
    if (!is_declared(reflection, service))
        r = fetch(reflection, REQUEST_SYMBOL, service, err);
    if (r == 0 && !is_declared(reflection, service))
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "reflection lists the service '%s', but does not describe it",
                        service);
    return r;
}

/* ---- all of it ---- */

/* FileDescriptorSet is its files, each as field 1. */
static int add_to_pool(const struct reflection *reflection, struct tck_pool *pool, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer set = TCK_BUFFER_INIT(TCK_ARENA_CEILING);
    int r;

    for (size_t i = 0; i < reflection->count; i++) {
        size_t size = reflection->files[i].bytes.size;

        tck_buffer_putc(&set, 1 << 3 | PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
        for (; size > 0x7f; size >>= 7)
            tck_buffer_putc(&set, (char)(0x80 | (size & 0x7f)));
        tck_buffer_putc(&set, (char)size);
        tck_buffer_append(&set, reflection->files[i].bytes.data, reflection->files[i].bytes.size);
    }
    r = tck_buffer_check(&set, err);
    if (r == 0)
        r = tck_pool_add(pool, "the descriptors of reflection", tck_buffer_bytes(&set), err);
    if (r == TCK_BAD_INPUT) { /* not the user's mistake, but the server's */
        if (err)
            err->status = TCK_BROKEN;
        return TCK_BROKEN;
    }
    return r;
}

static int reflect(struct reflection *reflection, struct tck_channel *channel, struct tck_pool *pool,
                   struct tck_error *err)
{
    const response *answer;
    int r;

    r = list(reflection, channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &answer, err);
    if (r == TCK_NO_SHOW && tck_now() < reflection->deadline)
        r = list(reflection, channel, "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", &answer, err);
    if (r < 0)
        return r;
    if (answer->message_response_case != RESPONSE_LIST || answer->list_services_response->n_service > MAX_SERVICES)
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE,
                        "reflection does not answer with its services when asked for them");
    for (size_t i = 0; i < answer->list_services_response->n_service; i++) {
        r = fetch_service(reflection, answer->list_services_response->service[i]->name, err);
        if (r < 0)
            return r;
    }
    r = fetch_imports(reflection, err);
    return r < 0 ? r : add_to_pool(reflection, pool, err);
}

int tck_reflect(struct tck_channel *channel, int64_t deadline, struct tck_pool *pool, struct tck_error *err)
{
    tck_cleanup(done) struct reflection reflection = { .deadline = deadline };
    int r;

    reflection.out = reflection.in = (struct tck_buffer)TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    r = tck_arena_new(0, &reflection.arena, err);
    if (r < 0)
        return r;
    reflection.files = tck_arena_array(reflection.arena, MAX_FILES, sizeof *reflection.files);
    return reflection.files ? reflect(&reflection, channel, pool, err) : tck_no_memory(err);
}

/* ---- health ---- */

static int read_health(struct tck_bytes bytes, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    ProtobufCMessage *message;
    int status, r;

    r = tck_arena_new(0, &arena, err);
    if (r == 0)
        r = tck_message_unpack(&grpc__health__v1__health_check_response__descriptor, bytes, arena, &message, err);
    if (r < 0)
        return tck_wrap(err, r, "the answer about health cannot be read");
    status = (int)((Grpc__Health__V1__HealthCheckResponse *)message)->status;
    if (status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN)
        return 2;
    return status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING ? 0 : 1;
}

int tck_health(struct tck_channel *channel, const char *service, int64_t deadline, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    tck_cleanup(tck_buffer_done) struct tck_buffer in = TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    Grpc__Health__V1__HealthCheckRequest check = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
    struct tck_call_status status = { 0 };
    char code[16];
    int r;

    check.service = (char *)service;
    r = tck_message_pack(&check.base, &out, err);
    if (r == 0)
        r = tck_call_unary(channel, "/grpc.health.v1.Health/Check", NULL, tck_buffer_bytes(&out), deadline, &in,
                           &status, err);
    if (r < 0)
        return r;
    if (r == TCK_TIMED_OUT)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "the question about health was not answered in time");
    if (status.code == GRPC_STATUS_NOT_FOUND && status.from_peer)
        return 2;
    if (status.code != GRPC_STATUS_OK)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "the question about health ended with %s%s%s",
                        tck_grpc_code_name(status.code, code), status.message[0] ? ": " : "", status.message);
    return read_health(tck_buffer_bytes(&in), err);
}
