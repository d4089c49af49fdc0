/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "transport_fixture.h"

static void unary_call_gives_the_response(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call_status status;

    assert_done(
        tck_call_unary(fixture->channel, "/t.T/Status", NULL, tck_bytes("hello", 5), soon(), &response, &status, &err),
        &err);
    assert_int_equal(status.code, 0);
    assert_true(status.from_peer);
    assert_string_equal(tck_buffer_string(&response), "hello");
}

static void unary_call_without_content_gives_an_empty_response(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call_status status;

    tck_buffer_puts(&response, "old");
    assert_done(
        tck_call_unary(fixture->channel, "/t.T/Status", NULL, tck_bytes(NULL, 0), soon(), &response, &status, &err),
        &err);
    assert_int_equal(status.code, 0);
    assert_int_equal(response.size, 0);
}

static void client_stream_is_answered_at_the_half_close(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Collect");

    send_text(call, "one");
    send_text(call, "three");
    send_text(call, "");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_receives(call, "8");
    assert_ends(call, 0, "", true);
}

static void server_stream_gives_every_message_and_then_the_end(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Repeat");
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);

    send_text(call, "300 1000");
    for (int i = 0; i < 300; i++) {
        assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_RECEIVED);
        assert_int_equal(buffer.size, 1000);
    }
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
    assert_ends(call, 0, "", true);
}

static void bidirectional_stream_alternates(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");

    send_text(call, "a");
    assert_receives(call, "a");
    send_text(call, "b");
    send_text(call, "c");
    assert_receives(call, "b");
    assert_receives(call, "c");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).half_closed, 1);
    assert_int_equal(fixture_seen(fixture).cancelled, 0);
}

static void message_after_the_half_close_is_refused(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Silent");

    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_int_equal(tck_call_send(call, tck_bytes("x", 1), soon(), NULL), TCK_BAD_INPUT);
}

static void message_after_the_end_is_not_sent(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Repeat");

    send_text(call, "0 0");
    assert_ends(call, 0, "", true);
    assert_int_equal(tck_call_send(call, tck_bytes("x", 1), soon(), NULL), TCK_ENDED);
}

static void finish_drops_messages_that_were_not_received(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Repeat");

    send_text(call, "50 10000");
    assert_ends(call, 0, "", true);
}

static void unary_call_with_two_responses_is_internal(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;

    assert_int_equal(
        tck_call_unary(fixture->channel, "/t.T/Two", NULL, tck_bytes("x", 1), soon(), &response, &status, NULL), 0);
    assert_int_equal(status.code, 13);
    assert_false(status.from_peer);
}

static void unary_call_with_ok_and_no_response_is_internal(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;

    assert_int_equal(
        tck_call_unary(fixture->channel, "/t.T/None", NULL, tck_bytes("x", 1), soon(), &response, &status, NULL), 0);
    assert_int_equal(status.code, 13);
    assert_false(status.from_peer);
}

static void unknown_method_is_the_servers_status(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Nothing");

    assert_ends(call, 12, "no such method", true);
}

static void method_that_is_no_path_is_refused(void **state)
{
    static const char *const methods[] = { "", "Echo", "/t.T/Ec\nho", "/t.T/Ec ho", "/t.T/\xc3\xa9" };
    struct fixture *fixture = *state;
    struct tck_call *call = NULL;

    for (size_t i = 0; i < TCK_COUNT(methods); i++)
        assert_int_equal(tck_call_start(fixture->channel, methods[i], NULL, soon(), &call, NULL), TCK_BAD_INPUT);
    assert_null(call);
}

/* ---- metadata and status ---- */

static void add(struct tck_metadata *metadata, const char *key, const char *value, size_t size)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    assert_done(tck_metadata_add(metadata, key, value, size, &err), &err);
}

static void assert_entry(const struct tck_metadata *metadata, const char *key, const char *value, size_t size)
{
    const struct tck_metadata_entry *entry = tck_metadata_find(metadata, key);

    assert_non_null(entry);
    assert_int_equal(entry->value_size, size);
    assert_memory_equal(entry->value, value, size);
}

static void metadata_goes_both_ways(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata request = { 0 }, headers = { 0 }, trailers = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_call_status status;

    add(&request, "X-Text", "plain value", 11);
    add(&request, "x-empty", "", 0);
    add(&request, "x-bytes-bin", "\0\1\377\0", 4);
    add(&request, "code", "0", 1);
    assert_int_equal(tck_call_start(fixture->channel, "/t.T/Status", &request, soon(), &call, NULL), 0);
    send_text(call, "go");
    assert_int_equal(tck_call_headers(call, soon(), &headers, NULL), 0);
    assert_entry(&headers, "x-text", "plain value", 11);
    assert_entry(&headers, "x-empty", "", 0);
    assert_entry(&headers, "x-bytes-bin", "\0\1\377\0", 4);
    assert_int_equal(tck_call_finish(call, soon(), &status, &trailers, NULL), 0);
    assert_entry(&trailers, "x-text", "plain value", 11);
    assert_entry(&trailers, "x-bytes-bin", "\0\1\377\0", 4);
}

static void status_comes_as_the_server_gave_it(void **state)
{
    static const struct {
        const char *code, *text;
        int number;
    } rows[] = {
        { "3", "grün, 漢字, 🙂 and 100%", 3 },
        { "16", "two\nlines", 16 },
        { "5", "", 5 },
        { "14", "the database is away", 14 },
        { "1", "as you wish", 1 },
        { "4", "too slow", 4 },
        { "8", "enough", 8 },
        { "13", "oh", 13 },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_metadata_done) struct tck_metadata request = { 0 };
        tck_cleanup(tck_call_freep) struct tck_call *call = NULL;

        add(&request, "code", rows[i].code, strlen(rows[i].code));
        add(&request, "text-bin", rows[i].text, strlen(rows[i].text));
        assert_int_equal(tck_call_start(fixture->channel, "/t.T/Status", &request, soon(), &call, NULL), 0);
        send_text(call, "go");
        assert_ends(call, rows[i].number, rows[i].text, true);
    }
}

static void long_status_text_is_cut_at_a_character(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata request = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_call_status status;
    char text[12001];

    for (size_t i = 0; i < 12000; i += 3)
        memcpy(text + i, "漢", 3);
    text[12000] = '\0';
    add(&request, "code", "2", 1);
    add(&request, "text-bin", text, 12000);
    assert_int_equal(tck_call_start(fixture->channel, "/t.T/Status", &request, soon(), &call, NULL), 0);
    send_text(call, "go");
    assert_int_equal(tck_call_finish(call, soon(), &status, NULL, NULL), 0);
    assert_int_equal(status.code, 2);
    assert_int_equal(strlen(status.message), 510); /* 170 characters; 511 would cut one */
    assert_memory_equal(status.message, text, 510);
}

static void headers_of_a_call_that_fails_are_the_end(void **state)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Silent");

    tck_call_cancel(call);
    assert_int_equal(tck_call_headers(call, soon(), &headers, NULL), TCK_ENDED);
}

/* ---- time ---- */

static int64_t deadline_at_server(struct fixture *fixture)
{
    struct tck_server_call *served = fixture_latest(fixture);
    int64_t deadline = tck_server_call_deadline(served);

    tck_server_call_unref(served);
    return deadline;
}

static void deadline_ends_the_call_on_both_sides(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    struct tck_call_status status;
    int64_t deadline;

    send_text(call, "x"); /* the connection stands before the clock runs */
    assert_receives(call, "x");
    tck_call_free(TCK_TAKE(call));
    deadline = tck_after(TCK_MS(400));
    assert_int_equal(tck_call_start(fixture->channel, "/t.T/Silent", NULL, deadline, &call, NULL), 0);
    send_text(call, "x");
    assert_int_equal(tck_call_finish(call, soon(), &status, NULL, NULL), 0);
    assert_int_equal(status.code, 4);
    assert_false(status.from_peer);
    assert_true(tck_now() >= deadline);
    fixture_await(fixture, &fixture->seen.closed, 2, "closed calls");
    /* It goes as grpc-timeout: rounded, and on its way for a while. */
    assert_true(llabs(deadline_at_server(fixture) - deadline) < TCK_MS(390));
}

static void call_without_deadline_has_none_at_the_server(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;

    assert_int_equal(tck_call_start(fixture->channel, "/t.T/Echo", NULL, TCK_NEVER, &call, NULL), 0);
    send_text(call, "x");
    assert_receives(call, "x");
    assert_true(deadline_at_server(fixture) == TCK_NEVER);
}

static void unary_call_that_takes_too_long_times_out(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct tck_call_status status;

    assert_int_equal(tck_call_unary(fixture->channel, "/t.T/Silent", NULL, tck_bytes("x", 1), tck_after(TCK_MS(50)),
                                    &response, &status, NULL),
                     TCK_TIMED_OUT);
}

static void receive_that_timed_out_loses_no_message(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    int r;

    for (int i = 0; i < 3; i++)
        assert_int_equal(tck_call_receive(call, tck_after(TCK_MS(5)), &buffer, NULL), TCK_TIMED_OUT);
    assert_int_equal(buffer.size, 0);
    send_text(call, "first");
    send_text(call, "second");
    fixture_await(fixture, &fixture->seen.messages, 2, "messages");
    assert_receives(call, "first");
    assert_receives(call, "second");
    assert_int_equal(tck_call_receive(call, tck_now(), &buffer, NULL), TCK_TIMED_OUT);
    send_text(call, "third");
    while ((r = tck_call_receive(call, tck_after(TCK_MS(1)), &buffer, NULL)) == TCK_TIMED_OUT)
        ;
    assert_int_equal(r, TCK_RECEIVED);
    assert_string_equal(tck_buffer_string(&buffer), "third");
}

static void call_is_freed_at_once_in_any_state(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    int64_t begun = tck_now();
    struct tck_call *call;

    call = start(fixture, "/t.T/Silent");
    tck_call_free(call);
    call = start(fixture, "/t.T/Silent");
    assert_int_equal(tck_call_receive(call, tck_after(TCK_MS(5)), &buffer, NULL), TCK_TIMED_OUT);
    tck_call_free(call);
    call = start(fixture, "/t.T/Silent");
    send_text(call, "x");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    tck_call_free(call);
    call = start(fixture, "/t.T/Repeat");
    send_text(call, "100 100000");
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_RECEIVED);
    tck_call_free(call);
    tck_call_free(NULL);
    assert_true(tck_now() - begun < TCK_SECONDS(5));
}

static void call_outlives_the_owners_hold_of_its_channel(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_channel *channel = NULL;

    assert_int_equal(tck_channel_new(fixture->target, NULL, &channel, NULL), 0);
    assert_int_equal(tck_call_start(channel, "/t.T/Echo", NULL, soon(), &call, NULL), 0);
    tck_channel_free(channel);
    send_text(call, "x");
    assert_receives(call, "x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

static void channel_connects_before_any_call_where_somebody_listens(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(tck_channel_connect(fixture->channel, soon()), 0);
    assert_int_equal(tck_channel_connect(fixture->channel, tck_now()), 0); /* it stays connected */
}

static void channel_gives_up_connecting_at_the_deadline(void **state)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;

    (void)state;
    assert_int_equal(tck_channel_new("127.0.0.1:1", NULL, &channel, NULL), 0);
    assert_int_equal(tck_channel_connect(channel, tck_after(TCK_MS(70))), TCK_TIMED_OUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(channel_connects_before_any_call_where_somebody_listens),
        cmocka_unit_test(channel_gives_up_connecting_at_the_deadline),
        TEST(unary_call_gives_the_response),
        TEST(unary_call_without_content_gives_an_empty_response),
        TEST(client_stream_is_answered_at_the_half_close),
        TEST(server_stream_gives_every_message_and_then_the_end),
        TEST(bidirectional_stream_alternates),
        TEST(message_after_the_half_close_is_refused),
        TEST(message_after_the_end_is_not_sent),
        TEST(finish_drops_messages_that_were_not_received),
        TEST(unary_call_with_two_responses_is_internal),
        TEST(unary_call_with_ok_and_no_response_is_internal),
        TEST(unknown_method_is_the_servers_status),
        TEST(method_that_is_no_path_is_refused),
        TEST(metadata_goes_both_ways),
        TEST(status_comes_as_the_server_gave_it),
        TEST(long_status_text_is_cut_at_a_character),
        TEST(headers_of_a_call_that_fails_are_the_end),
        TEST(deadline_ends_the_call_on_both_sides),
        TEST(call_without_deadline_has_none_at_the_server),
        TEST(unary_call_that_takes_too_long_times_out),
        TEST(receive_that_timed_out_loses_no_message),
        TEST(call_is_freed_at_once_in_any_state),
        TEST(call_outlives_the_owners_hold_of_its_channel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
