/* SPDX-License-Identifier: Apache-2.0
 *
 * The kit as a client of services: the four shapes of calls, opposite to a server that answers as its methods' names say.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include <cloudstate/tck/model/action.pb-c.h>

#include "builtin_descriptors.h"
#include "seat/service_client.h"
#include "transport/server.h"

#define SERVICE "cloudstate.tck.model.action.ActionTckModel"

struct fixture {
    struct tck_server *server;
    struct tck_channel *channel;
    struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_recording *recording;
    struct tck_service_call *call;
    volatile sig_atomic_t interrupted;
};

/* ---- the server ---- */

/* Response{message} */
#define ANSWER(text) "\x0a\x01" text

static void on_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 };

    (void)context;
    (void)ret_user;
    tck_metadata_add(&headers, "x-header", "h", 1, NULL);
    tck_server_call_headers(call, &headers, NULL);
}

static void finish(struct tck_server_call *call, int code, const char *text)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata trailers = { 0 };
    const struct tck_metadata_entry *asked = tck_metadata_find(tck_server_call_metadata(call), "x-ask");

    tck_metadata_add(&trailers, "x-trailer-bin", "\0\1", 2, NULL);
    if (asked)
        tck_metadata_add(&trailers, "x-asked", asked->value, asked->value_size, NULL);
    tck_server_call_finish(call, code, text, &trailers, NULL);
}

static bool is(const struct tck_server_call *call, const char *method)
{
    return strcmp(strrchr(tck_server_call_method(call), '/') + 1, method) == 0;
}

/* An empty message asks for bytes that are no response; otherwise messages are answered by "A". */
static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    (void)user;
    if (message.size == 0)
        tck_server_call_send(call, tck_bytes("\x0a\xff", 2), NULL);
    else if (!is(call, "ProcessStreamedIn"))
        tck_server_call_send(call, tck_bytes(ANSWER("A"), 3), NULL);
    if (is(call, "ProcessStreamedOut"))
        tck_server_call_send(call, tck_bytes(ANSWER("B"), 3), NULL);
}

static void on_half_closed(struct tck_server_call *call, void *user)
{
    (void)user;
    if (is(call, "ProcessStreamedIn"))
        tck_server_call_send(call, tck_bytes(ANSWER("S"), 3), NULL);
    finish(call, is(call, "ProcessStreamed") ? 9 : 0, is(call, "ProcessStreamed") ? "not now" : NULL);
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
    char target[32];
    int port;

    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(tck_server_new(&(struct tck_server_options){ .handler = &handler }, &fixture.server, NULL), 0);
    assert_int_equal(tck_server_listen(fixture.server, "127.0.0.1:0", &port, NULL), 0);
    assert_int_equal(tck_server_start(fixture.server, NULL), 0);
    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    assert_int_equal(tck_channel_new(target, NULL, &fixture.channel, NULL), 0);
    assert_int_equal(tck_pool_new(NULL, &fixture.pool, NULL), 0);
    assert_int_equal(
        tck_pool_add(fixture.pool, "own", tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size), NULL), 0);
    assert_int_equal(tck_arena_new(0, &fixture.arena, NULL), 0);
    assert_int_equal(tck_recording_new(fixture.pool, fixture.arena, &fixture.recording, NULL), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tck_service_call_free(fixture->call);
    tck_channel_free(fixture->channel);
    tck_server_free(fixture->server);
    tck_arena_free(fixture->arena);
    tck_pool_free(fixture->pool);
    return 0;
}

/* ---- the client ---- */

static int64_t soon(void)
{
    return tck_after(TCK_SECONDS(20));
}

static void open_with(struct fixture *fixture, const char *method, const struct tck_metadata *metadata,
                      int64_t deadline)
{
    struct tck_service_call_options options = { .name = "main",
                                                .channel = fixture->channel,
                                                .pool = fixture->pool,
                                                .method = tck_pool_find_method(fixture->pool, SERVICE, method),
                                                .metadata = metadata,
                                                .deadline = deadline,
                                                .arena = fixture->arena,
                                                .recording = fixture->recording,
                                                .interrupted = &fixture->interrupted };

    assert_non_null(options.method);
    assert_int_equal(tck_service_call_start(&options, &fixture->call, NULL), 0);
}

static void open(struct fixture *fixture, const char *method)
{
    open_with(fixture, method, NULL, TCK_NEVER);
}

/* A request that is not empty. */
static ProtobufCMessage *request(struct fixture *fixture)
{
    ProtobufCMessage *message;

    assert_int_equal(tck_message_unpack(tck_pool_find_message(fixture->pool, "cloudstate.tck.model.action.Request"),
                                        tck_bytes("\x0a\x00", 2), fixture->arena, &message, NULL),
                     0);
    return message;
}

static struct tck_heard receive(struct fixture *fixture, int64_t deadline)
{
    struct tck_heard heard;

    assert_int_equal(tck_service_call_receive(fixture->call, deadline, &heard, NULL), 0);
    return heard;
}

static void assert_heard(struct fixture *fixture, const char *text)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
    struct tck_heard heard = receive(fixture, soon());

    assert_int_equal(heard.kind, TCK_HEARD_MESSAGE);
    assert_string_equal(heard.message->descriptor->name, "cloudstate.tck.model.action.Response");
    assert_int_equal(tck_message_pack(heard.message, &bytes, NULL), 0);
    assert_int_equal(bytes.size, 3);
    assert_memory_equal(bytes.data + 2, text, 1);
    assert_string_equal(tck_metadata_find(heard.headers, "x-header")->value, "h");
}

static struct tck_heard assert_end(struct fixture *fixture, int code, const char *text)
{
    struct tck_heard heard = receive(fixture, soon());

    assert_int_equal(heard.kind, TCK_HEARD_END);
    assert_int_equal(heard.status.code, code);
    assert_string_equal(heard.status.message, text);
    return heard;
}

static void send(struct fixture *fixture)
{
    assert_int_equal(tck_service_call_send(fixture->call, request(fixture), soon(), NULL), 0);
}

/* ---- tests ---- */

static void unary_call_sends_one_message_and_hears_one(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, "ProcessUnary");
    send(fixture);
    assert_heard(fixture, "A");
    assert_end(fixture, 0, "");
    assert_end(fixture, 0, ""); /* and again */
}

static void streamed_in_call_is_answered_after_the_half_close(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, "ProcessStreamedIn");
    send(fixture);
    send(fixture);
    assert_int_equal(receive(fixture, tck_after(TCK_MS(20))).kind, TCK_HEARD_NOTHING);
    assert_int_equal(tck_service_call_half_close(fixture->call, soon(), NULL), 0);
    assert_int_equal(tck_service_call_half_close(fixture->call, soon(), NULL), 0);
    assert_heard(fixture, "S");
    assert_end(fixture, 0, "");
}

static void streamed_out_call_hears_many_messages(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, "ProcessStreamedOut");
    send(fixture);
    assert_heard(fixture, "A");
    assert_heard(fixture, "B");
    assert_end(fixture, 0, "");
}

static void streamed_call_hears_while_it_sends_and_its_status_is_not_touched(void **state)
{
    struct fixture *fixture = *state;
    struct tck_heard heard;

    open(fixture, "ProcessStreamed");
    for (int i = 0; i < 3; i++) {
        send(fixture);
        assert_heard(fixture, "A");
    }
    assert_int_equal(tck_service_call_half_close(fixture->call, soon(), NULL), 0);
    heard = assert_end(fixture, 9, "not now");
    assert_true(heard.status.from_peer);
}

static void metadata_goes_and_headers_and_trailers_come(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 };
    struct tck_heard heard;

    assert_int_equal(tck_metadata_add(&metadata, "x-ask", "me", 2, NULL), 0);
    open_with(fixture, "ProcessUnary", &metadata, soon());
    send(fixture);
    assert_heard(fixture, "A");
    heard = assert_end(fixture, 0, "");
    assert_string_equal(tck_metadata_find(heard.headers, "x-header")->value, "h");
    assert_string_equal(tck_metadata_find(heard.trailers, "x-asked")->value, "me");
    assert_int_equal(tck_metadata_find(heard.trailers, "x-trailer-bin")->value_size, 2);
}

static void bytes_that_are_no_response_are_said_to_be_so(void **state)
{
    struct fixture *fixture = *state;
    struct tck_heard heard;

    open(fixture, "ProcessUnary");
    assert_int_equal(tck_service_call_send_bytes(fixture->call, tck_bytes("", 0), soon(), NULL), 0);
    heard = receive(fixture, soon());
    assert_int_equal(heard.kind, TCK_HEARD_UNDECODABLE);
    assert_true(heard.why[0]);
    assert_end(fixture, 0, "");
}

static void all_is_recorded(void **state)
{
    struct fixture *fixture = *state;
    const char *const texts[] = { "/" SERVICE "/ProcessStreamed", NULL, NULL, "we half-close",
                                  "the call ends: FAILED_PRECONDITION: not now" };

    open(fixture, "ProcessStreamed");
    send(fixture);
    assert_heard(fixture, "A");
    assert_int_equal(tck_service_call_half_close(fixture->call, soon(), NULL), 0);
    assert_end(fixture, 9, "not now");
    assert_int_equal(tck_recording_count(fixture->recording), TCK_COUNT(texts));
    for (size_t i = 0; i < TCK_COUNT(texts); i++) {
        const struct tck_recorded *line = tck_recording_line(fixture->recording, i);

        assert_string_equal(line->conversation, "main");
        if (texts[i])
            assert_string_equal(line->text, texts[i]);
        else
            assert_non_null(line->message);
    }
}

static void deadline_of_the_call_ends_it(void **state)
{
    struct fixture *fixture = *state;
    struct tck_heard heard;

    open_with(fixture, "ProcessStreamed", NULL, tck_after(TCK_MS(50)));
    heard = receive(fixture, soon());
    assert_int_equal(heard.kind, TCK_HEARD_END);
    assert_int_equal(heard.status.code, 4);
}

static void cancelled_call_ends_as_cancelled(void **state)
{
    struct fixture *fixture = *state;
    struct tck_heard heard;

    open(fixture, "ProcessStreamed");
    send(fixture);
    assert_heard(fixture, "A");
    tck_service_call_cancel(fixture->call);
    heard = receive(fixture, soon());
    assert_int_equal(heard.kind, TCK_HEARD_END);
    assert_int_equal(heard.status.code, 1);
    assert_false(heard.status.from_peer);
    assert_int_equal(tck_service_call_send(fixture->call, request(fixture), soon(), NULL), TCK_ENDED);
}

static void interruption_ends_a_wait_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, "ProcessStreamed");
    fixture->interrupted = 1;
    assert_int_equal(receive(fixture, tck_after(TCK_SECONDS(60))).kind, TCK_HEARD_INTERRUPTED);
    fixture->interrupted = 0;
    send(fixture);
    assert_heard(fixture, "A");
}

static void server_that_is_not_there_is_an_end(void **state)
{
    struct fixture *fixture = *state;
    struct tck_heard heard;

    tck_server_free(TCK_TAKE(fixture->server));
    open_with(fixture, "ProcessUnary", NULL, soon());
    tck_service_call_send(fixture->call, request(fixture), soon(), NULL);
    heard = receive(fixture, soon());
    assert_int_equal(heard.kind, TCK_HEARD_END);
    assert_int_equal(heard.status.code, 14);
    assert_false(heard.status.from_peer);
    assert_int_equal(heard.headers->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(unary_call_sends_one_message_and_hears_one),
        TEST(streamed_in_call_is_answered_after_the_half_close),
        TEST(streamed_out_call_hears_many_messages),
        TEST(streamed_call_hears_while_it_sends_and_its_status_is_not_touched),
        TEST(metadata_goes_and_headers_and_trailers_come),
        TEST(bytes_that_are_no_response_are_said_to_be_so),
        TEST(all_is_recorded),
        TEST(deadline_of_the_call_ends_it),
        TEST(cancelled_call_ends_as_cancelled),
        TEST(interruption_ends_a_wait_and_loses_nothing),
        TEST(server_that_is_not_there_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
