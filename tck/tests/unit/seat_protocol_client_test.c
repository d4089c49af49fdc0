/* SPDX-License-Identifier: Apache-2.0
 *
 * The proxy's seat, opposite to a user function whose answers are written down (engine_scripted.h).
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include <cloudstate/event_sourced.pb-c.h>

#include "engine/builtin.h"
#include "engine_answers.h"
#include "engine_scripted.h"
#include "seat/protocol_client.h"

struct fixture {
    struct tck_pool *pool;
    struct scripted *scripted;
    struct tck_channel *channel;
    struct tck_arena *arena;
    struct tck_recording *recording;
    struct tck_protocol_client *client;
    volatile sig_atomic_t interrupted;
};

static int setup(void **state)
{
    static struct fixture fixture;
    char address[32];
    int port;

    memset(&fixture, 0, sizeof fixture);
    assert_int_equal(tck_grpc_init(NULL), 0);
    assert_int_equal(tck_builtin_pool_new(&fixture.pool, NULL), 0);
    fixture.scripted = scripted_new(fixture.pool, 0, &port);
    assert_non_null(fixture.scripted);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    assert_int_equal(tck_channel_new(address, NULL, &fixture.channel, NULL), 0);
    assert_int_equal(tck_arena_new(0, &fixture.arena, NULL), 0);
    assert_int_equal(tck_recording_new(fixture.pool, fixture.arena, &fixture.recording, NULL), 0);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    tck_protocol_client_close(fixture->client);
    tck_channel_free(fixture->channel);
    scripted_free(fixture->scripted);
    tck_pool_free(fixture->pool);
    tck_arena_free(fixture->arena);
    tck_grpc_shutdown();
    return 0;
}

static int64_t soon(void)
{
    return tck_after(TCK_SECONDS(10));
}

static struct tck_protocol_client *open(struct fixture *fixture, enum tck_conversation conversation, const char *script)
{
    struct tck_protocol_client_options options = { .name = "main",
                                                   .conversation = conversation,
                                                   .channel = fixture->channel,
                                                   .pool = fixture->pool,
                                                   .arena = fixture->arena,
                                                   .recording = fixture->recording,
                                                   .interrupted = &fixture->interrupted };

    scripted_answer(fixture->scripted, script);
    assert_int_equal(tck_protocol_client_open(&options, &fixture->client, NULL), 0);
    return fixture->client;
}

static void send(struct fixture *fixture, const char *yaml)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const struct tck_tree *tree;
    ProtobufCMessage *message;

    assert_int_equal(tck_tree_parse_yaml("t", tck_bytes(yaml, strlen(yaml)), fixture->arena, &tree, &errors), 0);
    assert_int_equal(
        tck_message_from_tree(fixture->pool,
                              tck_conversation(tck_protocol_client_conversation(fixture->client))->to_user_function,
                              tree, NULL, fixture->arena, &message, NULL),
        0);
    assert_int_equal(tck_protocol_client_send(fixture->client, message, soon(), NULL), TCK_SEND_DONE);
}

static struct tck_arrival receive(struct fixture *fixture, int64_t deadline)
{
    struct tck_arrival arrival;

    assert_int_equal(tck_protocol_client_receive(fixture->client, deadline, &arrival, NULL), 0);
    return arrival;
}

#define INIT    "{init: {service_name: cloudstate.tck.model.EventSourcedTckModel, entity_id: e}}"
#define COMMAND "{command: {entity_id: e, id: 1, name: Process, payload: {'@type': cloudstate.tck.model.Request}}}"

static void a_conversation_is_received_message_by_message_to_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct tck_protocol_client *client =
        open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 2\n" ANSWERS("1", "A", "") "at half-close\nend OK\n");
    const Cloudstate__Eventsourced__EventSourcedStreamOut *out;
    struct tck_arrival arrival;

    send(fixture, INIT);
    send(fixture, COMMAND);
    arrival = receive(fixture, soon());
    assert_int_equal(arrival.kind, TCK_ARRIVAL_MESSAGE);
    assert_int_equal(arrival.breaches, 0);
    out = (const void *)arrival.message;
    assert_int_equal(out->reply->command_id, 1);

    assert_false(tck_protocol_client_half_closed(client));
    assert_int_equal(tck_protocol_client_half_close(client, soon(), NULL), TCK_SEND_DONE);
    assert_int_equal(tck_protocol_client_half_close(client, soon(), NULL), TCK_SEND_DONE);
    assert_true(tck_protocol_client_half_closed(client));
    assert_false(tck_protocol_client_ended(client));
    arrival = receive(fixture, soon());
    assert_int_equal(arrival.kind, TCK_ARRIVAL_END);
    assert_int_equal(arrival.status.code, 0);
    assert_true(tck_protocol_client_ended(client));
    /* And again. */
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_END);
    tck_protocol_client_conclude(client, true);
    assert_int_equal(tck_judge_breach_count(tck_protocol_client_judge(client)), 0);
}

static void what_crosses_is_recorded_and_judged(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 2\n" ANSWERS("9", "A", "") "end INTERNAL boom\n");
    send(fixture, INIT);
    send(fixture, COMMAND);
    assert_int_equal(receive(fixture, soon()).breaches, 1); /* a reply to nothing */
    assert_int_equal(receive(fixture, soon()).status.code, 13);
    assert_int_equal(tck_recording_count(fixture->recording), 5);
    assert_string_equal(tck_recording_line(fixture->recording, 0)->text,
                        "/cloudstate.eventsourced.EventSourced/handle");
    assert_int_equal(tck_recording_line(fixture->recording, 1)->flow, TCK_SENT);
    assert_int_equal(tck_recording_line(fixture->recording, 3)->flow, TCK_CAME);
    assert_string_equal(tck_recording_line(fixture->recording, 4)->text, "the stream ends: INTERNAL: boom");
}

static void waiting_has_an_end_and_loses_nothing(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 2\n" ANSWERS("1", "A", ""));
    send(fixture, INIT);
    assert_int_equal(receive(fixture, tck_after(TCK_MS(10))).kind, TCK_ARRIVAL_NOTHING);
    send(fixture, COMMAND);
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_MESSAGE);
}

static void bytes_that_are_no_message_are_an_answer(void **state)
{
    struct fixture *fixture = *state;
    struct tck_arrival arrival;

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 1\n< hex 0affff\n");
    send(fixture, INIT);
    arrival = receive(fixture, soon());
    assert_int_equal(arrival.kind, TCK_ARRIVAL_UNDECODABLE);
    assert_int_equal(arrival.breaches, 1);
    assert_true(arrival.why[0]);
}

static void raw_bytes_are_sent_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t empty_command[] = { 0x1a, 0x00 }, garbage[] = { 0xff };

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 2\nend OK\n");
    assert_int_equal(tck_protocol_client_send_bytes(fixture->client, tck_bytes(empty_command, 2), soon(), NULL),
                     TCK_SEND_DONE);
    assert_int_equal(tck_protocol_client_send_bytes(fixture->client, tck_bytes(garbage, 1), soon(), NULL),
                     TCK_SEND_DONE);
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_END);
    assert_string_equal(scripted_received(fixture->scripted), "command {}\n(garbage)\n");
}

static void a_call_in_which_the_proxy_says_one_thing_is_half_closed_by_it(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, TCK_CONVERSATION_ACTION_UNARY, "call\nat half-close\n" ACTION_ANSWERS("A", "") "end OK\n");
    send(fixture, "{service_name: s, name: n}");
    assert_true(tck_protocol_client_half_closed(fixture->client));
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_MESSAGE);
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_END);
}

static void sending_after_the_end_says_so(void **state)
{
    struct fixture *fixture = *state;
    Cloudstate__Eventsourced__EventSourcedStreamIn *in =
        TCK_NEW(fixture->arena, Cloudstate__Eventsourced__EventSourcedStreamIn);

    cloudstate__eventsourced__event_sourced_stream_in__init(in);
    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 1\nend INTERNAL boom\n");
    send(fixture, INIT);
    assert_int_equal(receive(fixture, soon()).kind, TCK_ARRIVAL_END);
    assert_int_equal(tck_protocol_client_send(fixture->client, &in->base, soon(), NULL), TCK_SEND_ENDED);
}

static void an_abort_ends_the_conversation_and_owes_nothing(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 2\nstay\n");
    send(fixture, INIT);
    send(fixture, COMMAND);
    tck_protocol_client_abort(fixture->client);
    assert_true(tck_protocol_client_ended(fixture->client));
    assert_int_equal(tck_judge_breach_count(tck_protocol_client_judge(fixture->client)), 0);
}

static void an_interruption_ends_a_wait(void **state)
{
    struct fixture *fixture = *state;

    open(fixture, TCK_CONVERSATION_EVENT_SOURCED, "call\nat 1\nstay\n");
    send(fixture, INIT);
    fixture->interrupted = 1;
    assert_int_equal(receive(fixture, tck_after(TCK_SECONDS(60))).kind, TCK_ARRIVAL_INTERRUPTED);
}

static void a_call_outside_conversations_has_one_answer_and_a_status(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(16 << 20);
    struct tck_call_status status = { 0 };

    scripted_answer(fixture->scripted, "discover hex 0a00\n");
    assert_int_equal(tck_seat_call(fixture->channel, "/cloudstate.EntityDiscovery/discover", tck_bytes("", 0), soon(),
                                   NULL, &response, &status, NULL),
                     0);
    assert_int_equal(status.code, 0);
    assert_int_equal(response.size, 2);

    scripted_answer(fixture->scripted, "discover end OK\n");
    assert_int_equal(tck_seat_call(fixture->channel, "/cloudstate.EntityDiscovery/discover", tck_bytes("", 0), soon(),
                                   NULL, &response, &status, NULL),
                     0);
    assert_int_equal(status.code, 13);
    assert_string_equal(status.message, "a unary call was answered by OK without a message");

    scripted_answer(fixture->scripted, "discover stay\n");
    assert_int_equal(tck_seat_call(fixture->channel, "/cloudstate.EntityDiscovery/discover", tck_bytes("", 0),
                                   tck_after(TCK_MS(20)), NULL, &response, &status, NULL),
                     TCK_TIMED_OUT);
    fixture->interrupted = 1;
    assert_int_equal(tck_seat_call(fixture->channel, "/cloudstate.EntityDiscovery/discover", tck_bytes("", 0),
                                   tck_after(TCK_SECONDS(60)), &fixture->interrupted, &response, &status, NULL),
                     TCK_TIMED_OUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(a_conversation_is_received_message_by_message_to_its_end),
        TEST(what_crosses_is_recorded_and_judged),
        TEST(waiting_has_an_end_and_loses_nothing),
        TEST(bytes_that_are_no_message_are_an_answer),
        TEST(raw_bytes_are_sent_as_they_are),
        TEST(a_call_in_which_the_proxy_says_one_thing_is_half_closed_by_it),
        TEST(sending_after_the_end_says_so),
        TEST(an_abort_ends_the_conversation_and_owes_nothing),
        TEST(an_interruption_ends_a_wait),
        TEST(a_call_outside_conversations_has_one_answer_and_a_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
