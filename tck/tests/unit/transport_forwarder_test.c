/* SPDX-License-Identifier: Apache-2.0
 *
 * A server and streams on one loop, as a proxy has them: the forwarder of transport_forwarder.h under load.
 */
#include <stdio.h>
#include <stdlib.h>

#include "transport/stream.h"
#include "transport_fixture.h"
#include "transport_forwarder.h"

struct chain {
    struct tck_loop *loop;
    struct fixture *fixture; /* the target; its channel leads to the forwarder */
    struct forwarder *forwarder;
};

static int setup_chain(void **state, bool unary)
{
    struct chain *chain = calloc(1, sizeof *chain);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    char target[64];
    int port;

    assert_done(tck_loop_new(0, &chain->loop, &err), &err);
    chain->fixture = fixture_new(NULL, NULL);
    assert_done(
        forwarder_new(chain->loop, "127.0.0.1:0", chain->fixture->target, unary, &chain->forwarder, &port, &err), &err);
    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    tck_channel_free(chain->fixture->channel);
    assert_done(tck_channel_new(target, NULL, &chain->fixture->channel, &err), &err);
    *state = chain;
    return 0;
}

static int setup(void **state)
{
    return setup_chain(state, false);
}

static int setup_unary(void **state)
{
    return setup_chain(state, true);
}

static int teardown(void **state)
{
    struct chain *chain = *state;

    forwarder_free(chain->forwarder);
    tck_loop_free(chain->loop);
    fixture_free(chain->fixture);
    free(chain);
    return 0;
}

/* ---- one call ---- */

static void forwarded_conversation_is_the_same(void **state)
{
    struct chain *chain = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(chain->fixture, "/t.T/Echo");

    send_text(call, "a");
    assert_receives(call, "a");
    send_text(call, "b");
    send_text(call, "");
    assert_receives(call, "b");
    assert_receives(call, "");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
}

static void forwarded_status_and_metadata_are_the_same(void **state)
{
    struct chain *chain = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata metadata = { 0 }, headers = { 0 }, trailers = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_call_status status;

    assert_done(tck_metadata_add(&metadata, "x-a", "1", 1, &err), &err);
    assert_done(tck_metadata_add(&metadata, "code", "9", 1, &err), &err);
    assert_done(tck_metadata_add(&metadata, "text-bin", "not so", 6, &err), &err);
    assert_done(tck_call_start(chain->fixture->channel, "/t.T/Status", &metadata, soon(), &call, &err), &err);
    send_text(call, "a");
    assert_int_equal(tck_call_headers(call, soon(), &headers, &err), 0);
    assert_receives(call, "a");
    assert_int_equal(tck_call_finish(call, soon(), &status, &trailers, &err), 0);
    assert_int_equal(status.code, 9);
    assert_string_equal(status.message, "not so");
    assert_string_equal(tck_metadata_find(&headers, "x-a")->value, "1");
    assert_string_equal(tck_metadata_find(&trailers, "x-a")->value, "1");
}

static void cancelled_caller_cancels_the_forwarded_call(void **state)
{
    struct chain *chain = *state;
    struct fixture *fixture = chain->fixture;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Silent");

    send_text(call, "a");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    tck_call_cancel(call);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls");
}

/* ---- load ---- */

#define CALLERS    8
#define UNARIES    100
#define ROUND_TRIP 200

struct caller {
    struct chain *chain;
    unsigned number;
    pthread_t thread;
    size_t failed; /* asserting is for the main thread */
};

static void call_unaries(struct caller *caller)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(16 << 20);
    struct tck_call_status status;
    char text[64];

    for (int i = 0; i < UNARIES; i++) {
        int r, n = snprintf(text, sizeof text, "%u:%d", caller->number, i);

        r = tck_call_unary(caller->chain->fixture->channel, "/t.T/Echo", NULL, tck_bytes(text, (size_t)n), soon(),
                           &response, &status, NULL);
        caller->failed += r != 0 || status.code != 0 || strcmp(tck_buffer_string(&response), text) != 0;
    }
}

static void converse(struct caller *caller)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(16 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    struct tck_call_status status;
    char text[64];

    if (tck_call_start(caller->chain->fixture->channel, "/t.T/Echo", NULL, soon(), &call, NULL) < 0)
        abort();
    for (int i = 0; i < ROUND_TRIP; i++) {
        int n = snprintf(text, sizeof text, "%u/%d", caller->number, i);

        caller->failed += tck_call_send(call, tck_bytes(text, (size_t)n), soon(), NULL) != 0 ||
                          tck_call_receive(call, soon(), &buffer, NULL) != TCK_RECEIVED ||
                          strcmp(tck_buffer_string(&buffer), text) != 0;
    }
    caller->failed += tck_call_half_close(call, soon(), NULL) != 0 ||
                      tck_call_finish(call, soon(), &status, NULL, NULL) != 0 || status.code != 0;
}

static void *call_in_both_ways(void *argument)
{
    call_unaries(argument);
    converse(argument);
    return NULL;
}

static void *call_unaries_only(void *argument)
{
    call_unaries(argument);
    return NULL;
}

static void run_callers(struct chain *chain, void *(*calls)(void *))
{
    struct caller callers[CALLERS];

    for (unsigned i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){ .chain = chain, .number = i };
        assert_int_equal(pthread_create(&callers[i].thread, NULL, calls, &callers[i]), 0);
    }
    for (unsigned i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].failed, 0);
    }
}

static void calls_forwarded_under_load_do_not_mix(void **state)
{
    run_callers(*state, call_in_both_ways);
}

static void unary_calls_forwarded_with_their_end_do_not_mix(void **state)
{
    run_callers(*state, call_unaries_only);
}

static void forwarder_that_is_freed_under_load_ends_every_call(void **state)
{
    struct chain *chain = *state;
    struct fixture *fixture = chain->fixture;
    struct tck_call *calls[50];

    for (size_t i = 0; i < TCK_COUNT(calls); i++) {
        calls[i] = start(fixture, "/t.T/Echo");
        send_text(calls[i], "a");
    }
    fixture_await(fixture, &fixture->seen.messages, TCK_COUNT(calls) / 2, "messages");
    forwarder_free(TCK_TAKE(chain->forwarder));
    fixture_await(fixture, &fixture->seen.closed, fixture_seen(fixture).opened, "closed calls");
    for (size_t i = 0; i < TCK_COUNT(calls); i++) {
        struct tck_call_status status;

        assert_int_equal(tck_call_finish(calls[i], soon(), &status, NULL, NULL), 0);
        assert_int_not_equal(status.code, 0);
        tck_call_free(calls[i]);
    }
}

/* ---- slow sides ---- */

/* Queues of both, windows and sockets of two connections. */
#define HELD_MOST 600

static void caller_that_does_not_read_holds_back_the_target(void **state)
{
    struct chain *chain = *state;
    struct fixture *fixture = chain->fixture;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Fill");
    size_t got = 0;

    send_text(call, "2000");
    assert_in_range(fixture_settled(fixture, &fixture->seen.flood_sent), TCK_SERVER_QUEUE, HELD_MOST);
    while (tck_call_receive(call, soon(), &buffer, NULL) == TCK_RECEIVED)
        got++;
    assert_int_equal(got, 2000);
    assert_ends(call, 0, "", true);
}

static void target_that_does_not_read_holds_back_the_caller(void **state)
{
    struct chain *chain = *state;
    struct fixture *fixture = chain->fixture;
    static const char fill[FLOOD_MESSAGE];
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Held");
    size_t sent = 0;

    while (sent < HELD_MOST && tck_call_send(call, tck_bytes(fill, sizeof fill), tck_after(TCK_MS(500)), NULL) == 0)
        sent++;
    assert_in_range(sent, TCK_STREAM_QUEUE, HELD_MOST - 1);
    fixture_await(fixture, &fixture->seen.cancelled, 1, "cancelled calls"); /* a send that times out cancels */
}

int main(void)
{
#define WITH_CHAIN(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        WITH_CHAIN(forwarded_conversation_is_the_same),
        WITH_CHAIN(forwarded_status_and_metadata_are_the_same),
        WITH_CHAIN(cancelled_caller_cancels_the_forwarded_call),
        WITH_CHAIN(calls_forwarded_under_load_do_not_mix),
        cmocka_unit_test_setup_teardown(unary_calls_forwarded_with_their_end_do_not_mix, setup_unary, teardown),
        WITH_CHAIN(forwarder_that_is_freed_under_load_ends_every_call),
        WITH_CHAIN(caller_that_does_not_read_holds_back_the_target),
        WITH_CHAIN(target_that_does_not_read_holds_back_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
