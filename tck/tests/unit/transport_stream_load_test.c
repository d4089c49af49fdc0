/* SPDX-License-Identifier: Apache-2.0
 *
 * Many streams at once, floods that are held back, cancelling at any time.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "transport_listener.h"

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

/* ---- many ---- */

#define MANY 1000

static void thousand_streams_of_one_channel_are_open_at_once(void **state)
{
    struct both *both = *state;
    struct listener *listeners = calloc(MANY, sizeof *listeners);
    struct tck_stream **streams = calloc(MANY, sizeof(*streams));
    char text[32], twice[64];

    for (size_t i = 0; i < MANY; i++) {
        streams[i] = open_stream(both->loop, both->fixture, "/t.T/Echo", &listening, &listeners[i]);
        snprintf(text, sizeof text, "%zu", i);
        stream_text(streams[i], text);
    }
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%zu,", i);
        assert_heard(&listeners[i], 1, text);
    }
    assert_int_equal(fixture_seen(both->fixture).opened, MANY);
    assert_int_equal(fixture_seen(both->fixture).closed, 0);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "%zu", i);
        assert_int_equal(tck_stream_send_last(streams[i], tck_bytes(text, strlen(text)), NULL), 0);
    }
    for (size_t i = 0; i < MANY; i++) {
        snprintf(twice, sizeof twice, "%zu,%zu,", i, i);
        assert_closed(&listeners[i], 0, "", true);
        assert_heard(&listeners[i], 2, twice);
        tck_stream_unref(streams[i]);
        listener_done(&listeners[i]);
    }
    free(streams);
    free(listeners);
}

/* ---- held back ---- */

/* Far more than what the sockets and the windows of HTTP/2 hold. */
#define FLOOD_MESSAGES  1000
#define FLOOD_HELD_MOST 300

static void flooding_server_is_held_back_and_goes_on_when_released(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Fill", &listening, &listener);
    size_t before = resident(), sent;

    tck_stream_hold_reading(stream);
    tck_stream_hold_reading(stream);
    stream_text(stream, "1000");
    sent = fixture_settled(fixture, &fixture->seen.flood_sent);
    assert_in_range(sent, TCK_SERVER_QUEUE, FLOOD_HELD_MOST);
    assert_true(listener_count(&listener, &listener.messages) <= 1); /* one may have been on its way */
    assert_true(resident() - before < ((size_t)FLOOD_HELD_MOST * FLOOD_MESSAGE * 2));
    tck_stream_release_reading(stream);
    assert_int_equal(fixture_settled(fixture, &fixture->seen.flood_sent), sent); /* held twice */
    tck_stream_release_reading(stream);
    assert_closed(&listener, 0, "", true);
    assert_int_equal(listener_count(&listener, &listener.bytes), (size_t)FLOOD_MESSAGES * FLOOD_MESSAGE);
    assert_true(fixture_seen(fixture).writable > 0);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void held_stream_that_is_cancelled_ends(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Fill", &listening, &listener);

    tck_stream_hold_reading(stream);
    stream_text(stream, "1000");
    fixture_settled(fixture, &fixture->seen.flood_sent);
    tck_stream_cancel(stream);
    assert_closed(&listener, 1, NULL, false);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls");
    tck_stream_release_reading(stream);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* Sends until the queue stays full: what the sockets take is not the queue's. Returns how many it took. */
static size_t fill_queue(struct tck_stream *stream)
{
    static const char fill[FLOOD_MESSAGE];
    size_t sent = 0;

    for (int quiet = 0; quiet < 20;) {
        if (tck_stream_queued(stream) < TCK_STREAM_QUEUE) {
            assert_int_equal(tck_stream_send(stream, tck_bytes(fill, sizeof fill), NULL), 0);
            sent++;
            quiet = 0;
        } else {
            nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL); /* paces; it stays full for all that time */
            quiet++;
        }
        assert_true(sent < FLOOD_HELD_MOST);
    }
    return sent;
}

static void server_that_holds_reading_fills_the_streams_queue_until_it_releases(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Held", &listening, &listener);
    struct tck_server_call *call;
    size_t sent;

    fixture_await(fixture, &fixture->seen.opened, 1, "opened calls");
    call = fixture_latest(fixture);
    sent = fill_queue(stream);
    assert_int_equal(fixture_seen(fixture).messages, 0);
    tck_server_call_release_reading(call);
    listener_await(&listener, &listener.writable, 1, "times that the queue was writable");
    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_int_equal(listener_count(&listener, &listener.messages), sent);
    assert_true(listener.queued_at_writable <= TCK_STREAM_QUEUE / 2);
    tck_server_call_unref(call);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* Such a server sends its headers with its only answer, at the end. */
static void queue_that_recovers_is_told_before_the_headers_came(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Collect", &listening, &listener);
    struct tck_server_call *call;
    char sum[32];

    fixture_await(fixture, &fixture->seen.opened, 1, "opened calls");
    call = fixture_latest(fixture);
    tck_server_call_hold_reading(call);
    snprintf(sum, sizeof sum, "%zu,", fill_queue(stream) * FLOOD_MESSAGE);
    tck_server_call_release_reading(call);
    listener_await(&listener, &listener.writable, 1, "times that the queue was writable");
    assert_int_equal(listener_count(&listener, &listener.headers), 0);
    tck_stream_half_close(stream);
    assert_closed(&listener, 0, "", true);
    assert_heard(&listener, 1, sum);
    tck_server_call_unref(call);
    tck_stream_unref(stream);
    listener_done(&listener);
}

static void next_message_is_read_only_after_the_callback_returned(void **state)
{
    struct both *both = *state;
    struct fixture *fixture = both->fixture;
    struct listener listener, other;
    struct tck_stream *stream = open_stream(both->loop, fixture, "/t.T/Fill", &listening, &listener), *second;

    atomic_store(&listener.block_at_message, true);
    stream_text(stream, "1000");
    assert_in_range(fixture_settled(fixture, &fixture->seen.flood_sent), TCK_SERVER_QUEUE, FLOOD_HELD_MOST);
    listener_await_block(&listener);
    /* Another stream goes on meanwhile. */
    second = open_stream(both->loop, fixture, "/t.T/Echo", &listening, &other);
    stream_text(second, "a");
    assert_heard(&other, 1, "a,");
    tck_stream_half_close(second);
    tck_stream_unref(second);
    listener_done(&other);
    listener_unblock(&listener);
    assert_closed(&listener, 0, "", true);
    assert_int_equal(listener_count(&listener, &listener.messages), FLOOD_MESSAGES);
    tck_stream_unref(stream);
    listener_done(&listener);
}

/* ---- cancelling at any time ---- */

#define CANCELLERS 3
#define ROUNDS     150

struct canceller {
    struct both *both;
    unsigned seed;
    pthread_t thread;
    size_t failed; /* streams that did not end as they should; asserting is for the main thread */
};

struct target {
    struct tck_stream *stream;
    int spins;
};

static void *cancel_soon(void *argument)
{
    struct target *target = argument;

    for (volatile int i = 0; i < target->spins; i++)
        ;
    tck_stream_cancel(target->stream);
    return NULL;
}

static void *open_send_and_cancel(void *argument)
{
    struct canceller *canceller = argument;
    struct both *both = canceller->both;

    for (int i = 0; i < ROUNDS; i++) {
        struct listener listener;
        struct target target = { .spins = rand_r(&canceller->seed) % 400000 };
        pthread_t thread;

        listener_init(&listener);
        if (tck_stream_open(both->loop, both->fixture->channel, "/t.T/Echo", NULL, soon(),
                            i % 2 ? &listening : &listening_least, &listener, &target.stream, NULL) < 0)
            abort();
        if (pthread_create(&thread, NULL, cancel_soon, &target) != 0)
            abort();
        while (tck_stream_send(target.stream, tck_bytes("a", 1), NULL) == 0) {
            tck_stream_hold_reading(target.stream);
            tck_stream_release_reading(target.stream);
        }
        pthread_join(thread, NULL);
        tck_stream_unref(target.stream);
        listener_await(&listener, &listener.closed, 1, "ends of the stream");
        canceller->failed += listener.status.code != 1;
        listener_done(&listener);
    }
    return NULL;
}

static void stream_may_be_cancelled_by_any_thread_at_any_time(void **state)
{
    struct canceller cancellers[CANCELLERS];
    struct both *both = *state;

    for (unsigned i = 0; i < CANCELLERS; i++) {
        cancellers[i] = (struct canceller){ .both = both, .seed = i };
        assert_int_equal(pthread_create(&cancellers[i].thread, NULL, open_send_and_cancel, &cancellers[i]), 0);
    }
    for (unsigned i = 0; i < CANCELLERS; i++) {
        pthread_join(cancellers[i].thread, NULL);
        assert_int_equal(cancellers[i].failed, 0);
    }
}

int main(void)
{
#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_LOOP(thousand_streams_of_one_channel_are_open_at_once),
        WITH_LOOP(flooding_server_is_held_back_and_goes_on_when_released),
        WITH_LOOP(held_stream_that_is_cancelled_ends),
        WITH_LOOP(server_that_holds_reading_fills_the_streams_queue_until_it_releases),
        WITH_LOOP(queue_that_recovers_is_told_before_the_headers_came),
        WITH_LOOP(next_message_is_read_only_after_the_callback_returned),
        WITH_LOOP(stream_may_be_cancelled_by_any_thread_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
