/* SPDX-License-Identifier: Apache-2.0
 *
 * What stream.h promises of one stream; many at once and floods: transport_stream_load_test.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "transport_listener.h"
#include "transport_raw_peer.h"

struct both {
    struct tck_loop *loop;
    struct fixture *fixture; /* its server is on the loop */
};

static int setup(void **state)
{
    struct both *both = calloc(1, sizeof *both);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    assert_done(tck_loop_new(0, &both->loop, &err), &err);
    both->fixture = fixture_new(NULL, &(struct tck_server_options){ .loop = both->loop });
    *state = both;
    return 0;
}

static int teardown(void **state)
{
    struct both *both = *state;

    fixture_free(both->fixture);
    tck_loop_free(both->loop);
    free(both);
    return 0;
}

/* ---- the four shapes ---- */

static void conversation_is_heard_in_order_and_ends_after_the_half_close(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);

    stream_text(stream, "a");
    assert_heard(&listener, 1, "a,");
    stream_text(stream, "b");
    stream_text(stream, "");
    stream_text(stream, "c");
    assert_heard(&listener, 4, "a,b,,c,");
    assert_int_equal(listener_count(&listener, &listener.closed), 0);
    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 4, "a,b,,c,");
    assert_int_equal(listener_count(&listener, &listener.headers), 1);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void single_message_and_half_close_give_a_single_answer(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening_least, &listener);

    assert_int_equal(tck_stream_send_last(stream, tck_bytes("a", 1), NULL), 0);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, "a,");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void streamed_messages_are_all_sent_before_the_half_close(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Collect", &listening_least, &listener);

    for (int i = 0; i < 50; i++)
        stream_text(stream, "12");
    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, "100,");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void half_close_without_a_message_reaches_the_server(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Collect", &listening_least, &listener);

    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, "0,");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void stream_without_a_message_is_opened_all_the_same(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Silent", &listening, &listener);

    fixture_await(both->fixture, &both->fixture->seen.opened, 1, "opened calls");
    tck_stream_cancel(stream);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void messages_of_a_slow_listener_all_come_before_the_end(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Repeat", &listening, &listener);

    pthread_mutex_lock(&listener.lock);
    listener.hold_at_message = true;
    pthread_mutex_unlock(&listener.lock);
    stream_text(stream, "100 1000");
    for (size_t i = 1; i <= 100; i++) {
        listener_await(&listener, &listener.messages, i, "messages");
        tck_stream_release_reading(stream);
    }
    assert_closed(&listener, 0, "", true);
    assert_int_equal(listener_count(&listener, &listener.bytes), 100 * 1000);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void large_message_comes_back_whole(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);
    size_t size = 3 << 20;
    char *fill = calloc(1, size);

    assert_int_equal(tck_stream_send_last(stream, tck_bytes(fill, size), NULL), 0);
    free(fill); /* it was copied */
    assert_closed(&listener, 0, "", true);
    assert_int_equal(listener_count(&listener, &listener.bytes), size);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* ---- metadata and status ---- */

static void headers_trailers_and_status_are_the_servers(void **state)
{
    struct both *both = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct listener listener;
    struct tck_stream *stream;

    listener_init(&listener);
    assert_done(tck_metadata_add(&metadata, "x-a", "1", 1, &err), &err);
    assert_done(tck_metadata_add(&metadata, "code", "9", 1, &err), &err);
    assert_done(tck_metadata_add(&metadata, "text-bin", "not so", 6, &err), &err);
    assert_done(tck_stream_open(both->loop, both->fixture->channel, "/t.T/Status", &metadata, soon(), &listening,
                                &listener, &stream, &err),
                &err);
    stream_text(stream, "a");
    assert_closed(&listener, 9, "not so", true);
    assert_heard(&listener, 1, "a,");
    assert_int_equal(listener_count(&listener, &listener.headers), 1);
    assert_string_equal(tck_metadata_find(&listener.head, "x-a")->value, "1");
    assert_string_equal(tck_metadata_find(&listener.trailers, "x-a")->value, "1");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void refusal_by_the_server_is_the_peers_status(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Nothing", &listening, &listener);

    assert_closed(&listener, 12, "no such method", true);
    assert_int_equal(tck_stream_send(stream, tck_bytes("a", 1), NULL), TCK_NO_SHOW);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void deadline_that_passes_ends_the_stream(void **state)
{
    struct both *both = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct listener listener;
    struct tck_stream *stream;

    listener_init(&listener);
    assert_done(tck_stream_open(both->loop, both->fixture->channel, "/t.T/Silent", NULL, tck_after(TCK_MS(50)),
                                &listening, &listener, &stream, &err),
                &err);
    assert_closed(&listener, 4, NULL, false);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void what_cannot_be_sent_opens_nothing(void **state)
{
    struct both *both = *state;
    struct tck_metadata_entry bad = { .key = (char *)"a b", .value = (char *)"1", .value_size = 1 };
    struct tck_metadata metadata = { .entries = &bad, .count = 1 };
    struct tck_stream *stream = NULL;
    struct listener listener;

    listener_init(&listener);
    assert_int_equal(tck_stream_open(both->loop, both->fixture->channel, "Echo", NULL, TCK_NEVER, &listening, &listener,
                                     &stream, NULL),
                     TCK_BAD_INPUT);
    assert_int_equal(tck_stream_open(both->loop, both->fixture->channel, "/t.T/Echo", &metadata, TCK_NEVER, &listening,
                                     &listener, &stream, NULL),
                     TCK_BAD_INPUT);
    assert_null(stream);
    listener.closed = 1; /* none came, and listener_done wants one */
    listener_done(&listener);
}

static void message_above_the_limit_ends_the_stream(void **state)
{
    struct both *both = *state;
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct listener listener;
    struct tck_stream *stream;
    static const char fill[2000];

    listener_init(&listener);
    assert_done(
        tck_channel_new(both->fixture->target, &(struct tck_channel_options){ .max_message = 1000 }, &channel, &err),
        &err);
    assert_done(tck_stream_open(both->loop, channel, "/t.T/Silent", NULL, soon(), &listening, &listener, &stream, &err),
                &err);
    assert_int_equal(tck_stream_send(stream, tck_bytes(fill, sizeof fill), NULL), 0);
    assert_closed(&listener, 8, NULL, false);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* ---- the end ---- */

static void nothing_is_sent_after_the_half_close(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);

    assert_int_equal(tck_stream_send_last(stream, tck_bytes("a", 1), NULL), 0);
    assert_int_equal(tck_stream_send(stream, tck_bytes("b", 1), NULL), TCK_NO_SHOW);
    assert_int_equal(tck_stream_send_last(stream, tck_bytes("b", 1), NULL), TCK_NO_SHOW);
    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, "a,");
    tck_stream_cancel(stream); /* too late for anything */
    assert_int_equal(tck_stream_queued(stream), 0);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void cancelled_stream_ends_with_that_code_at_both_sides(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Silent", &listening, &listener);

    stream_text(stream, "a");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    tck_stream_cancel(stream);
    assert_closed(&listener, 1, NULL, false);
    assert_int_equal(tck_stream_send(stream, tck_bytes("b", 1), NULL), TCK_NO_SHOW);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void stream_cancelled_by_its_callback_hears_no_further_message(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);

    pthread_mutex_lock(&listener.lock);
    listener.cancel_at_message = true;
    pthread_mutex_unlock(&listener.lock);
    for (int i = 0; i < 20; i++)
        tck_stream_send(stream, tck_bytes("a", 1), NULL);
    assert_closed(&listener, 1, NULL, false);
    assert_heard(&listener, 1, "a,");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void message_that_came_before_the_cancellation_is_dropped(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);

    atomic_store(&listener.block_at_headers, true);
    stream_text(stream, "a"); /* comes back with the headers, and waits behind them */
    listener_await_block(&listener);
    tck_stream_cancel(stream);
    listener_unblock(&listener);
    assert_closed(&listener, 1, NULL, false);
    assert_int_equal(listener_count(&listener, &listener.messages), 0);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void stream_cancelled_in_time_is_cancelled_even_if_told_after_its_deadline(void **state)
{
    struct both *both = *state;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct listener listener;
    struct tck_stream *stream;
    int64_t deadline = tck_after(TCK_SECONDS(1));

    listener_init(&listener);
    atomic_store(&listener.block_at_headers, true);
    assert_done(tck_stream_open(both->loop, both->fixture->channel, "/t.T/Echo", NULL, deadline, &listening, &listener,
                                &stream, &err),
                &err);
    stream_text(stream, "a");
    listener_await_block(&listener);
    tck_stream_cancel(stream);
    while (tck_now() <= deadline)
        nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL); /* the deadline is what is waited for */
    listener_unblock(&listener);
    assert_closed(&listener, 1, NULL, false);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void stream_that_nobody_holds_goes_on_to_its_end(void **state)
{
    struct both *both = *state;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listener);

    assert_int_equal(tck_stream_send_last(stream, tck_bytes("a", 1), NULL), 0);
    assert_null(tck_stream_unref(stream));
    assert_null(tck_stream_unref(NULL));
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, "a,");
    listener_done(&listener);
}

static void stream_goes_on_when_its_channel_was_freed(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Echo", &listening, &listener);

    stream_text(stream, "a");
    assert_heard(&listener, 1, "a,");
    tck_channel_free(TCK_TAKE(fixture->channel));
    assert_int_equal(tck_stream_send_last(stream, tck_bytes("b", 1), NULL), 0);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 2, "a,b,");
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void server_that_ends_early_ends_a_stream_that_still_sends(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Silent", &listening, &listener);
    struct tck_server_call *call;

    stream_text(stream, "a");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    call = fixture_latest(fixture);
    assert_int_equal(tck_server_call_finish(call, 10, "stop it", NULL, NULL), 0);
    tck_server_call_unref(call);
    assert_closed(&listener, 10, "stop it", true);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* ---- connections ---- */

static void connection_that_breaks_in_mid_stream_is_unavailable(void **state)
{
    static const enum raw_after ways[] = { RAW_CLOSE, RAW_RESET };
    struct both *both = *state;

    for (size_t i = 0; i < TCK_COUNT(ways); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(1 << 20);
        tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
        struct raw_script script = { .http2 = true, .after = ways[i] };
        struct raw_peer *peer;
        struct listener listener;
        struct tck_stream *stream;
        char target[64];

        raw_response_headers(&bytes);
        script.bytes = tck_buffer_bytes(&bytes);
        peer = raw_peer_new(&script, target);
        listener_init(&listener);
        assert_int_equal(tck_channel_new(target, NULL, &channel, NULL), 0);
        assert_int_equal(
            tck_stream_open(both->loop, channel, "/t.T/Echo", NULL, soon(), &listening, &listener, &stream, NULL), 0);
        assert_closed(&listener, 14, NULL, false);
        assert_int_equal(tck_stream_send(stream, tck_bytes("a", 1), NULL), TCK_NO_SHOW);
        tck_stream_unref(stream);
        listener_done(&listener);
        raw_peer_free(peer);
    }
}

static void refused_stream_connects_once_the_server_is_there(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream;

    tck_server_stop(fixture->server, 0); /* nobody listens at the port any more */
    stream = open_stream(both->loop, fixture, "/t.T/Echo", &listening, &listener);
    assert_closed(&listener, 14, NULL, false);
    tck_stream_unref(stream);
    listener_done(&listener);

    tck_server_free(TCK_TAKE(fixture->server));
    fixture_serve(fixture, fixture->target, &(struct tck_server_options){ .loop = both->loop });
    assert_int_equal(tck_channel_connect(fixture->channel, soon()), 0);
    stream = open_stream(both->loop, fixture, "/t.T/Echo", &listening, &listener);
    assert_int_equal(tck_stream_send_last(stream, tck_bytes("a", 1), NULL), 0);
    assert_closed(&listener, 0, "", true);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void latest_peer(struct fixture *fixture, char peer[64])
{
    struct tck_server_call *call = fixture_latest(fixture);

    snprintf(peer, 64, "%s", tck_server_call_peer(call));
    tck_server_call_unref(call);
}

static void ask_peer(struct both *both, struct tck_channel *channel, char peer[64])
{
    struct listener listener;
    struct tck_stream *stream;

    listener_init(&listener);
    assert_int_equal(
        tck_stream_open(both->loop, channel, "/t.T/Echo", NULL, soon(), &listening, &listener, &stream, NULL), 0);
    stream_text(stream, "a");
    assert_heard(&listener, 1, "a,");
    latest_peer(both->fixture, peer);
    tck_stream_half_close(stream);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void channels_to_one_target_have_connections_of_their_own(void **state)
{
    struct both *both = *state;
    tck_cleanup(tck_channel_freep) struct tck_channel *other = NULL;
    char first[64], again[64], others[64];

    assert_int_equal(tck_channel_new(both->fixture->target, NULL, &other, NULL), 0);
    ask_peer(both, both->fixture->channel, first);
    ask_peer(both, both->fixture->channel, again);
    ask_peer(both, other, others);
    assert_string_equal(first, again);
    assert_string_not_equal(first, others);
}

int main(void)
{
#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_LOOP(conversation_is_heard_in_order_and_ends_after_the_half_close),
        WITH_LOOP(single_message_and_half_close_give_a_single_answer),
        WITH_LOOP(streamed_messages_are_all_sent_before_the_half_close),
        WITH_LOOP(half_close_without_a_message_reaches_the_server),
        WITH_LOOP(stream_without_a_message_is_opened_all_the_same),
        WITH_LOOP(messages_of_a_slow_listener_all_come_before_the_end),
        WITH_LOOP(large_message_comes_back_whole),
        WITH_LOOP(headers_trailers_and_status_are_the_servers),
        WITH_LOOP(refusal_by_the_server_is_the_peers_status),
        WITH_LOOP(deadline_that_passes_ends_the_stream),
        WITH_LOOP(what_cannot_be_sent_opens_nothing),
        WITH_LOOP(message_above_the_limit_ends_the_stream),
        WITH_LOOP(nothing_is_sent_after_the_half_close),
        WITH_LOOP(cancelled_stream_ends_with_that_code_at_both_sides),
        WITH_LOOP(stream_cancelled_by_its_callback_hears_no_further_message),
        WITH_LOOP(message_that_came_before_the_cancellation_is_dropped),
        WITH_LOOP(stream_cancelled_in_time_is_cancelled_even_if_told_after_its_deadline),
        WITH_LOOP(stream_that_nobody_holds_goes_on_to_its_end),
        WITH_LOOP(stream_goes_on_when_its_channel_was_freed),
        WITH_LOOP(server_that_ends_early_ends_a_stream_that_still_sends),
        WITH_LOOP(connection_that_breaks_in_mid_stream_is_unavailable),
        WITH_LOOP(refused_stream_connects_once_the_server_is_there),
        WITH_LOOP(channels_to_one_target_have_connections_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
