/* SPDX-License-Identifier: Apache-2.0
 *
 * Reflection and health, opposite to a server that has the descriptors of the kit itself and can be told to be odd.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdatomic.h>
#include <stdio.h>

#include <google/protobuf/descriptor.pb-c.h>
#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1alpha/reflection.pb-c.h>

#include "builtin_descriptors.h"
#include "seat/service_client.h"
#include "transport/server.h"

typedef Grpc__Reflection__V1alpha__ServerReflectionRequest reflection_request;
typedef Grpc__Reflection__V1alpha__ServerReflectionResponse reflection_response;

enum oddity {
    NOT_ODD,
    ONLY_VERSION_1,
    ONE_FILE_AT_A_TIME, /* imports are not sent along */
    NOTHING_FOUND_BY_ERROR,
    NOTHING_FOUND_BY_EMPTINESS,
    GARBAGE,
    GARBAGE_AS_FILE,
    WRONG_ANSWER,
    SILENT,
    NO_REFLECTION
};

struct fixture {
    struct tck_server *server;
    struct tck_channel *channel;
    struct tck_pool *pool;
    struct tck_arena *arena; /* of the server's thread */
    const Google__Protobuf__FileDescriptorSet *set;
    _Atomic(enum oddity) oddity; /* of the test, read by the server */
    atomic_size_t asked;
};

#define ALPHA     "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
#define VERSION_1 "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
#define HEALTH    "/grpc.health.v1.Health/Check"

/* ---- the server ---- */

static void answer(struct tck_server_call *call, const ProtobufCMessage *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(16 << 20);

    tck_message_pack(message, &bytes, NULL);
    tck_server_call_send(call, tck_buffer_bytes(&bytes), NULL);
}

static void answer_services(struct tck_server_call *call)
{
    static const char *const names[] = { "grpc.reflection.v1alpha.ServerReflection",
                                         "cloudstate.tck.model.action.ActionTckModel",
                                         "cloudstate.tck.model.valueentity.ValueEntityTckModel" };
    Grpc__Reflection__V1alpha__ServiceResponse services[TCK_COUNT(names)], *list[TCK_COUNT(names)];
    Grpc__Reflection__V1alpha__ListServiceResponse all = GRPC__REFLECTION__V1ALPHA__LIST_SERVICE_RESPONSE__INIT;
    reflection_response response = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__INIT;

    for (size_t i = 0; i < TCK_COUNT(names); i++) {
        grpc__reflection__v1alpha__service_response__init(&services[i]);
        services[i].name = (char *)names[i];
        list[i] = &services[i];
    }
    all.n_service = TCK_COUNT(names);
    all.service = list;
    response.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
    response.list_services_response = &all;
    answer(call, &response.base);
}

static const Google__Protobuf__FileDescriptorProto *find(const struct fixture *fixture, const char *name, bool is_file)
{
    for (size_t i = 0; i < fixture->set->n_file; i++) {
        const Google__Protobuf__FileDescriptorProto *file = fixture->set->file[i];
        char full[256];

        if (is_file && strcmp(file->name, name) == 0)
            return file;
        for (size_t k = 0; k < file->n_service && !is_file; k++) {
            snprintf(full, sizeof full, "%s.%s", file->package, file->service[k]->name);
            if (strcmp(full, name) == 0)
                return file;
        }
    }
    return NULL;
}

#define MAX_FILES 32

struct found {
    const Google__Protobuf__FileDescriptorProto *files[MAX_FILES];
    size_t count;
};

static void add(const struct fixture *fixture, const Google__Protobuf__FileDescriptorProto *file, struct found *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->files[i] == file)
            return;
    found->files[found->count++] = file;
    for (size_t i = 0; i < file->n_dependency && fixture->oddity != ONE_FILE_AT_A_TIME; i++)
        add(fixture, find(fixture, file->dependency[i], true), found);
}

static void answer_error(struct tck_server_call *call)
{
    Grpc__Reflection__V1alpha__ErrorResponse error = GRPC__REFLECTION__V1ALPHA__ERROR_RESPONSE__INIT;
    reflection_response response = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__INIT;

    error.error_code = 5;
    response.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
    response.error_response = &error;
    answer(call, &response.base);
}

static void answer_files(struct fixture *fixture, struct tck_server_call *call, const char *name, bool is_file)
{
    const Google__Protobuf__FileDescriptorProto *file = find(fixture, name, is_file);
    Grpc__Reflection__V1alpha__FileDescriptorResponse files = GRPC__REFLECTION__V1ALPHA__FILE_DESCRIPTOR_RESPONSE__INIT;
    reflection_response response = GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__INIT;
    ProtobufCBinaryData packed[MAX_FILES];
    struct tck_buffer buffers[MAX_FILES];
    struct found found = { .count = 0 };

    if (file && fixture->oddity != NOTHING_FOUND_BY_EMPTINESS)
        add(fixture, file, &found);
    for (size_t i = 0; i < found.count; i++) {
        buffers[i] = (struct tck_buffer)TCK_BUFFER_INIT(16 << 20);
        tck_message_pack(&found.files[i]->base, &buffers[i], NULL);
        packed[i] = (ProtobufCBinaryData){ buffers[i].size, (uint8_t *)buffers[i].data };
    }
    if (found.count && fixture->oddity == GARBAGE_AS_FILE)
        packed[0].len = 3;
    files.n_file_descriptor_proto = found.count;
    files.file_descriptor_proto = packed;
    response.message_response_case =
        GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
    response.file_descriptor_response = &files;
    answer(call, &response.base);
    for (size_t i = 0; i < found.count; i++)
        tck_buffer_done(&buffers[i]);
}

static void answer_reflection(struct fixture *fixture, struct tck_server_call *call, const reflection_request *request)
{
    bool list = request->message_request_case ==
                GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES;
    bool is_file = request->message_request_case ==
                   GRPC__REFLECTION__V1ALPHA__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME;

    if (fixture->oddity == GARBAGE)
        tck_server_call_send(call, tck_bytes("\x32\xff", 2), NULL);
    else if (fixture->oddity == WRONG_ANSWER || (!list && fixture->oddity == NOTHING_FOUND_BY_ERROR))
        answer_error(call);
    else if (list)
        answer_services(call);
    else
        answer_files(fixture, call, is_file ? request->file_by_filename : request->file_containing_symbol, is_file);
}

static void answer_health(struct tck_server_call *call, const char *service)
{
    Grpc__Health__V1__HealthCheckResponse response = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

    if (strcmp(service, "unknown") == 0) {
        tck_server_call_finish(call, 5, "no such service", NULL, NULL);
    } else if (strcmp(service, "failing") == 0) {
        tck_server_call_finish(call, 13, "oh", NULL, NULL);
    } else if (strcmp(service, "garbage") == 0) {
        tck_server_call_send_last(call, tck_bytes("\x0a", 1), 0, NULL, NULL, NULL);
    } else {
        response.status = strcmp(service, "up") == 0
                              ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
                              : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
        answer(call, &response.base);
        tck_server_call_finish(call, 0, NULL, NULL, NULL);
    }
}

static void on_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    struct fixture *fixture = context;
    const char *method = tck_server_call_method(call);
    bool odd = fixture->oddity == NO_REFLECTION || (fixture->oddity == ONLY_VERSION_1 && strcmp(method, ALPHA) == 0) ||
               (fixture->oddity == NOT_ODD && strcmp(method, VERSION_1) == 0);

    *ret_user = fixture;
    if (odd && strcmp(method, HEALTH) != 0)
        tck_server_call_finish(call, 12, "no reflection", NULL, NULL);
}

static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    struct fixture *fixture = user;
    bool health = strcmp(tck_server_call_method(call), HEALTH) == 0;
    ProtobufCMessage *request;

    fixture->asked++;
    if (fixture->oddity == SILENT ||
        tck_message_unpack(health ? &grpc__health__v1__health_check_request__descriptor
                                  : &grpc__reflection__v1alpha__server_reflection_request__descriptor,
                           message, fixture->arena, &request, NULL) < 0)
        return;
    if (health)
        answer_health(call, ((Grpc__Health__V1__HealthCheckRequest *)request)->service);
    else
        answer_reflection(fixture, call, (reflection_request *)request);
}

static void on_half_closed(struct tck_server_call *call, void *user)
{
    (void)user;
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void on_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    (void)call;
    (void)user;
    (void)cancelled;
}

static const struct tck_server_handler handler = {
    .opened = on_opened,
    .message = on_message,
    .half_closed = on_half_closed,
    .closed = on_closed,
};

static int setup(void **state)
{
    static struct fixture fixture;
    ProtobufCMessage *set;
    char target[32];
    int port;

    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(tck_arena_new(0, &fixture.arena, NULL), 0);
    assert_int_equal(tck_message_unpack(&google__protobuf__file_descriptor_set__descriptor,
                                        tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size), fixture.arena,
                                        &set, NULL),
                     0);
    fixture.set = (const Google__Protobuf__FileDescriptorSet *)set;
    assert_int_equal(
        tck_server_new(&(struct tck_server_options){ .handler = &handler, .context = &fixture, .threads = 1 },
                       &fixture.server, NULL),
        0);
    assert_int_equal(tck_server_listen(fixture.server, "127.0.0.1:0", &port, NULL), 0);
    assert_int_equal(tck_server_start(fixture.server, NULL), 0);
    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    assert_int_equal(tck_channel_new(target, NULL, &fixture.channel, NULL), 0);
    assert_int_equal(tck_pool_new(NULL, &fixture.pool, NULL), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tck_channel_free(fixture->channel);
    tck_server_free(fixture->server);
    tck_pool_free(fixture->pool);
    tck_arena_free(fixture->arena);
    return 0;
}

/* ---- reflection ---- */

static int reflect(struct fixture *fixture, enum oddity oddity, int64_t deadline, struct tck_error *err)
{
    fixture->oddity = oddity;
    return tck_reflect(fixture->channel, deadline, fixture->pool, err);
}

static int64_t soon(void)
{
    return tck_after(TCK_SECONDS(20));
}

static void assert_reflects(struct fixture *fixture, enum oddity oddity)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const struct tck_method *method;

    assert_int_equal(reflect(fixture, oddity, soon(), &err), 0);
    method = tck_pool_find_method(fixture->pool, "cloudstate.tck.model.action.ActionTckModel", "ProcessStreamedOut");
    assert_non_null(method);
    assert_true(method->server_streaming);
    assert_non_null(tck_pool_find_service(fixture->pool, "cloudstate.tck.model.valueentity.ValueEntityTckModel"));
}

static void services_are_listed_and_described(void **state)
{
    assert_reflects(*state, NOT_ODD);
}

static void version_1_is_asked_where_there_is_no_other(void **state)
{
    assert_reflects(*state, ONLY_VERSION_1);
}

static void imports_that_are_not_sent_along_are_asked_for(void **state)
{
    struct fixture *fixture = *state;

    assert_reflects(fixture, ONE_FILE_AT_A_TIME);
    assert_true(fixture->asked > 4);
}

static void assert_fails(struct fixture *fixture, enum oddity oddity, int status, const char *part)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char text[1024];

    assert_int_equal(reflect(fixture, oddity, soon(), &err), status);
    assert_int_equal(err.status, status);
    assert_non_null(strstr(tck_error_text(&err, text, sizeof text), part));
    assert_int_equal(tck_pool_service_count(fixture->pool), 0);
}

static void service_that_is_not_described_is_named(void **state)
{
    assert_fails(*state, NOTHING_FOUND_BY_ERROR, TCK_BROKEN, "'cloudstate.tck.model.action.ActionTckModel'");
    assert_fails(*state, NOTHING_FOUND_BY_EMPTINESS, TCK_BROKEN, "'cloudstate.tck.model.action.ActionTckModel'");
}

static void nonsense_is_said_to_be_so(void **state)
{
    assert_fails(*state, GARBAGE, TCK_BROKEN, "an answer that cannot be read");
    assert_fails(*state, GARBAGE_AS_FILE, TCK_BROKEN, "a file descriptor that cannot be read");
    assert_fails(*state, WRONG_ANSWER, TCK_BROKEN, "does not answer with its services");
}

static void server_without_reflection_is_said_to_have_none(void **state)
{
    assert_fails(*state, NO_REFLECTION, TCK_NO_SHOW, "UNIMPLEMENTED: no reflection");
}

static void server_that_is_silent_is_not_waited_for_beyond_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    assert_int_equal(reflect(fixture, SILENT, tck_after(TCK_MS(50)), &err), TCK_NO_SHOW);
    assert_string_equal(err.text, "reflection does not answer");
    assert_int_equal(tck_health(fixture->channel, "up", tck_after(TCK_MS(50)), &err), TCK_NO_SHOW);
}

/* ---- health ---- */

static void health_is_told_by_service(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(tck_health(fixture->channel, "up", soon(), NULL), 0);
    assert_int_equal(tck_health(fixture->channel, "down", soon(), NULL), 1);
    assert_int_equal(tck_health(fixture->channel, "unknown", soon(), NULL), 2);
    assert_int_equal(tck_health(fixture->channel, "failing", soon(), NULL), TCK_NO_SHOW);
    assert_int_equal(tck_health(fixture->channel, "garbage", soon(), NULL), TCK_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(services_are_listed_and_described),
        TEST(version_1_is_asked_where_there_is_no_other),
        TEST(imports_that_are_not_sent_along_are_asked_for),
        TEST(service_that_is_not_described_is_named),
        TEST(nonsense_is_said_to_be_so),
        TEST(server_without_reflection_is_said_to_have_none),
        TEST(server_that_is_silent_is_not_waited_for_beyond_the_deadline),
        TEST(health_is_told_by_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
