/* SPDX-License-Identifier: Apache-2.0
 *
 * Many calls, many messages, slow readers: what waits is bounded, and nothing gets lost or mixed up.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "transport_fixture.h"

#define THREADS          16
#define CALLS_PER_THREAD 13 /* 208 calls */
#define MESSAGES         20

struct worker {
    struct fixture *fixture;
    unsigned number;
    atomic_uint *failures;
    pthread_t thread;
};

/* True if the call echoed every message, in order, and ended well. */
static bool converse(struct fixture *fixture, unsigned number)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_call_status status;
    char text[64];

    if (tck_call_start(fixture->channel, "/t.T/Echo", NULL, soon(), &call, NULL) < 0)
        return false;
    for (unsigned i = 0; i < MESSAGES; i++) {
        int n = snprintf(text, sizeof text, "call %u message %u", number, i);

        if (tck_call_send(call, tck_bytes(text, (size_t)n), soon(), NULL) != 0 ||
            tck_call_receive(call, soon(), &buffer, NULL) != TCK_RECEIVED ||
            strcmp(tck_buffer_string(&buffer), text) != 0)
            return false;
    }
    return tck_call_half_close(call, soon(), NULL) == 0 && tck_call_finish(call, soon(), &status, NULL, NULL) == 0 &&
           status.code == 0;
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (unsigned i = 0; i < CALLS_PER_THREAD; i++)
        if (!converse(worker->fixture, worker->number * CALLS_PER_THREAD + i))
            atomic_fetch_add(worker->failures, 1);
    return NULL;
}

static void many_calls_from_many_threads_do_not_mix(void **state)
{
    struct fixture *fixture = *state;
    struct worker workers[THREADS];
    atomic_uint failures = 0;

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ .fixture = fixture, .number = i, .failures = &failures };
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    assert_int_equal(failures, 0);
    fixture_await(fixture, &fixture->seen.closed, THREADS * CALLS_PER_THREAD, "closed calls");
    assert_int_equal(fixture_seen(fixture).messages, THREADS * CALLS_PER_THREAD * MESSAGES);
    assert_int_equal(fixture_seen(fixture).cancelled, 0);
}

static void many_calls_open_at_once_are_all_served(void **state)
{
    struct fixture *fixture = *state;
    struct tck_call *calls[200];
    char text[32];

    for (size_t i = 0; i < TCK_COUNT(calls); i++)
        calls[i] = start(fixture, "/t.T/Echo");
    for (size_t i = 0; i < TCK_COUNT(calls); i++) {
        snprintf(text, sizeof text, "%zu", i);
        send_text(calls[i], text);
    }
    for (size_t i = TCK_COUNT(calls); i-- > 0;) {
        snprintf(text, sizeof text, "%zu", i);
        assert_receives(calls[i], text);
    }
    for (size_t i = 0; i < TCK_COUNT(calls); i++)
        tck_call_free(calls[i]);
    fixture_await(fixture, &fixture->seen.cancelled, TCK_COUNT(calls), "cancelled calls");
}

static void handlers_that_block_hold_up_no_other_call_while_a_thread_is_left(void **state)
{
    struct fixture *fixture = fixture_new(NULL, &(struct tck_server_options){ .threads = 4 });
    struct tck_call *blocked[4], *free_one = start(fixture, "/t.T/Echo");
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) { /* each takes a thread; the last one left serves */
        blocked[i] = start(fixture, "/t.T/Block");
        send_text(blocked[i], "wait");
        fixture_await(fixture, &fixture->seen.blocked, i + 1, "blocked handlers");
        send_text(free_one, "on we go");
        assert_receives(free_one, "on we go");
    }
    blocked[3] = start(fixture, "/t.T/Block"); /* now none is left, until they are released */
    send_text(blocked[3], "wait");
    fixture_await(fixture, &fixture->seen.blocked, 4, "blocked handlers");
    send_text(free_one, "later");
    fixture_release(fixture);
    assert_receives(free_one, "later");
    for (i = 0; i < 4; i++) {
        assert_receives(blocked[i], "wait");
        tck_call_free(blocked[i]);
    }
    tck_call_free(free_one);
    fixture_free(fixture);
}

/* The watcher sleeps after a tenth of a second without events; the next event must find somebody again. */
static void handler_that_blocks_after_a_quiet_time_holds_up_no_other_call(void **state)
{
    struct fixture *fixture = *state;
    struct tck_call *blocked = start(fixture, "/t.T/Block"), *free_one = start(fixture, "/t.T/Echo");
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);

    send_text(free_one, "before");
    assert_receives(free_one, "before");
    assert_int_equal(tck_call_receive(free_one, tck_after(TCK_MS(250)), &buffer, NULL), TCK_TIMED_OUT);
    send_text(blocked, "wait");
    fixture_await(fixture, &fixture->seen.blocked, 1, "blocked handlers");
    send_text(free_one, "after");
    assert_receives(free_one, "after");
    fixture_release(fixture);
    assert_receives(blocked, "wait");
    tck_call_free(blocked);
    tck_call_free(free_one);
}

static void flood_is_held_back_until_it_is_cancelled(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(FLOOD_MESSAGE);
    struct tck_call *call = start(fixture, "/t.T/Flood");
    size_t before = resident();
    struct seen seen;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_RECEIVED);
        assert_int_equal(buffer.size, FLOOD_MESSAGE);
    }
    fixture_await(fixture, &fixture->seen.flood_most_queued, FLOOD_BOUND, "messages in the queue");
    seen = fixture_seen(fixture);
    assert_true(seen.flood_most_queued <= FLOOD_BOUND);
    assert_true(seen.flood_sent < 200); /* of the 16384; what the windows and the sockets hold */
    assert_true(resident() < before + (32 << 20));
    tck_call_cancel(call);
    assert_ends(call, 1, NULL, false);
    tck_call_free(call);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).cancelled, 1);
}

/* The client sends without ever reading; the server echoes. Its queue, and with it its reading, must come to rest. */
static void server_stops_reading_from_a_client_that_does_not_read(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    static const char fill[FLOOD_MESSAGE];
    size_t sent = 0, before = resident();
    struct tck_server_call *served;
    int r;

    while ((r = tck_call_send(call, tck_bytes(fill, sizeof fill), tck_after(TCK_MS(500)), NULL)) == 0 && sent < 4096)
        sent++;
    assert_int_equal(r, TCK_TIMED_OUT); /* flow control holds it back; that cancels the call */
    served = fixture_latest(fixture);
    assert_true(tck_server_call_queued(served) <= TCK_SERVER_QUEUE);
    tck_server_call_unref(served);
    assert_true(sent < 4 * TCK_SERVER_QUEUE);
    assert_true(resident() < before + (64 << 20));
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
    assert_ends(call, 1, NULL, false);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
}

/* As above, but then the client reads: everything must come, in order. */
static void slow_reader_gets_everything(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    char message[4096];
    unsigned number;

    for (unsigned i = 0; i < 150; i++) { /* more than TCK_SERVER_QUEUE, less than what the windows hold on the way */
        memset(message, 0, sizeof message);
        memcpy(message, &i, sizeof i);
        assert_int_equal(tck_call_send(call, tck_bytes(message, i < 30 ? sizeof message : 8), soon(), NULL), 0);
    }
    for (unsigned i = 0; i < 150; i++) {
        assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_RECEIVED);
        memcpy(&number, buffer.data, sizeof number);
        assert_int_equal(number, i);
    }
}

static void sender_that_is_freed_while_held_back_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct tck_call *call = start(fixture, "/t.T/Echo");
    char *big = calloc(1, 8 << 20);

    send_text(call, "now the server knows the call");
    assert_receives(call, "now the server knows the call");
    while (tck_call_send(call, tck_bytes(big, 8 << 20), tck_after(TCK_MS(100)), NULL) == 0)
        ;
    free(big);
    tck_call_free(call);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
}

#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(many_calls_from_many_threads_do_not_mix),
        WITH_SERVER(many_calls_open_at_once_are_all_served),
        cmocka_unit_test(handlers_that_block_hold_up_no_other_call_while_a_thread_is_left),
        WITH_SERVER(handler_that_blocks_after_a_quiet_time_holds_up_no_other_call),
        WITH_SERVER(flood_is_held_back_until_it_is_cancelled),
        WITH_SERVER(server_stops_reading_from_a_client_that_does_not_read),
        WITH_SERVER(slow_reader_gets_everything),
        WITH_SERVER(sender_that_is_freed_while_held_back_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
