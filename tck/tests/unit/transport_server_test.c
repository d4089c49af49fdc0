/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport_fixture.h"

/* ---- cancellation ---- */

static void cancelled_call_is_seen_by_the_server(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    struct tck_server_call *served;

    send_text(call, "a");
    assert_receives(call, "a");
    served = fixture_latest(fixture);
    assert_false(tck_server_call_cancelled(served));
    tck_call_cancel(call);
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
    assert_int_equal(tck_call_send(call, tck_bytes("b", 1), soon(), NULL), TCK_ENDED);
    assert_ends(call, 1, NULL, false);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).cancelled, 1);
    assert_int_equal(fixture_seen(fixture).half_closed, 0); /* breaking off is no half-close */
    assert_true(tck_server_call_cancelled(served));
    tck_server_call_unref(served);
}

static void *cancel_it(void *call)
{
    tck_call_cancel(call);
    return NULL;
}

static void cancel_from_another_thread_ends_the_receive(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Silent");
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, cancel_it, call), 0);
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
    pthread_join(thread, NULL);
}

static void message_that_came_before_the_cancellation_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(1 << 20);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");

    assert_int_equal(tck_call_receive(call, tck_now(), &buffer, NULL), TCK_TIMED_OUT);
    send_text(call, "a");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    tck_call_cancel(call);
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_ENDED);
}

static void last_message_comes_with_the_status_and_is_the_last(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata trailers = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Last");
    struct tck_call_status status;

    send_text(call, "a");
    assert_receives(call, "a");
    assert_int_equal(tck_call_finish(call, soon(), &status, &trailers, NULL), 0);
    assert_int_equal(status.code, 0);
    assert_true(status.from_peer);
    assert_string_equal(tck_metadata_find(&trailers, "x-last")->value, "1");
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).refused, 1);
}

static void call_that_the_server_ends_early_ends_for_a_client_that_still_sends(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Silent");
    struct tck_server_call *served;
    int r;

    send_text(call, "x");
    fixture_await(fixture, &fixture->seen.messages, 1, "messages");
    served = fixture_latest(fixture);
    assert_int_equal(tck_server_call_finish(served, 10, "stop it", NULL, NULL), 0);
    while ((r = tck_call_send(call, tck_bytes("x", 1), soon(), NULL)) == 0)
        ;
    assert_int_equal(r, TCK_ENDED);
    assert_ends(call, 10, "stop it", true);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).cancelled, 0);
    tck_server_call_unref(served);
}

static void call_that_is_over_takes_nothing(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 };
    struct tck_call *call = start(fixture, "/t.T/Silent");
    struct tck_server_call *served;

    fixture_await(fixture, &fixture->seen.opened, 1, "calls");
    served = fixture_latest(fixture);
    assert_int_equal(tck_server_call_finish(served, 0, NULL, NULL, NULL), 0);
    assert_int_equal(tck_server_call_finish(served, 0, NULL, NULL, NULL), TCK_NO_SHOW);
    assert_int_equal(tck_server_call_send(served, tck_bytes("x", 1), NULL), TCK_NO_SHOW);
    tck_call_free(call);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(tck_server_call_headers(served, &headers, NULL), TCK_NO_SHOW);
    assert_int_equal(tck_server_call_send(served, tck_bytes("x", 1), NULL), TCK_NO_SHOW);
    assert_int_equal(tck_server_call_queued(served), 0);
    tck_server_call_unref(served);
}

static void headers_are_sent_once_and_alone_if_wanted(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 }, got = { 0 };
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Silent");
    struct tck_server_call *served;

    fixture_await(fixture, &fixture->seen.opened, 1, "calls");
    served = fixture_latest(fixture);
    tck_metadata_add(&headers, "x-early", "yes", 3, NULL);
    assert_int_equal(tck_server_call_headers(served, &headers, NULL), 0);
    assert_int_equal(tck_server_call_headers(served, &headers, NULL), TCK_BAD_INPUT);
    assert_int_equal(tck_call_headers(call, soon(), &got, NULL), 0);
    assert_string_equal(tck_metadata_find(&got, "x-early")->value, "yes");
    tck_server_call_unref(served);
}

/* ---- sizes ---- */

static void send_zeros(struct tck_call *call, size_t size)
{
    char *zeros = calloc(1, size);

    tck_call_send(call, tck_bytes(zeros, size), soon(), NULL);
    free(zeros);
}

static void message_at_the_limit_passes_both_ways(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Echo");

    send_zeros(call, TCK_GRPC_MAX_MESSAGE);
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_RECEIVED);
    assert_int_equal(buffer.size, TCK_GRPC_MAX_MESSAGE);
}

static void message_above_the_limit_is_not_sent(void **state)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Echo");

    send_zeros(call, TCK_GRPC_MAX_MESSAGE + 1);
    assert_ends(call, 8, NULL, false);
}

static void message_above_the_servers_limit_is_refused_by_the_server(void **state)
{
    struct fixture *fixture = fixture_new(NULL, &(struct tck_server_options){ .max_message = 1000 });
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");

    (void)state;
    send_zeros(call, 1001);
    assert_ends(call, 8, NULL, true);
    fixture_await(fixture, &fixture->seen.closed, 1, "closed calls");
    assert_int_equal(fixture_seen(fixture).messages, 0);
    assert_int_equal(fixture_seen(fixture).half_closed, 0);
    tck_call_free(TCK_TAKE(call));
    call = start(fixture, "/t.T/Echo"); /* the server goes on */
    send_text(call, "fine");
    assert_receives(call, "fine");
    tck_call_free(TCK_TAKE(call));
    fixture_free(fixture);
}

static void message_above_the_clients_limit_ends_the_call(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;

    assert_int_equal(
        tck_channel_new(fixture->target, &(struct tck_channel_options){ .max_message = 1000 }, &channel, NULL), 0);
    assert_int_equal(tck_call_start(channel, "/t.T/Repeat", NULL, soon(), &call, NULL), 0);
    send_text(call, "1 1001");
    assert_ends(call, 8, NULL, false);
}

static void message_far_above_the_clients_limit_is_not_stored(void **state)
{
    struct fixture *fixture = fixture_new(NULL, &(struct tck_server_options){ .max_message = 256 << 20 });
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;

    (void)state;
    assert_int_equal(
        tck_channel_new(fixture->target, &(struct tck_channel_options){ .max_message = 1 << 20 }, &channel, NULL), 0);
    assert_int_equal(tck_call_start(channel, "/t.T/Repeat", NULL, soon(), &call, NULL), 0);
    send_text(call, "1 200000000");
    assert_ends(call, 8, "Buffers full", false); /* and not "Received message larger than max", which needs it all */
    fixture_free(fixture);
}

static void response_that_does_not_fit_the_callers_buffer_is_an_error(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(10);
    tck_cleanup(tck_call_freep) struct tck_call *call = start(*state, "/t.T/Repeat");

    send_text(call, "2 11");
    assert_int_equal(tck_call_receive(call, soon(), &buffer, NULL), TCK_KIT);
    assert_ends(call, 0, "", true);
}

/* ---- addresses ---- */

static void unix_socket_serves(void **state)
{
    char address[64];
    struct fixture *fixture;
    struct tck_call *call;

    (void)state;
    snprintf(address, sizeof address, "unix:/tmp/tck-transport-%d.sock", getpid());
    fixture = fixture_new(address, NULL);
    call = start(fixture, "/t.T/Echo");
    send_text(call, "through the file system");
    assert_receives(call, "through the file system");
    tck_call_free(call);
    fixture_free(fixture);
}

static void port_that_is_taken_is_an_error_with_the_reason(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_server_freep) struct tck_server *second = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_server_options options = { 0 };
    int port = -1;

    assert_int_equal(tck_server_new(&options, &second, NULL), 0);
    assert_int_equal(tck_server_listen(second, fixture->target, &port, &err), TCK_NO_SHOW);
    assert_non_null(strstr(err.text, fixture->target));
    assert_non_null(strstr(err.text, "Address already in use"));
    assert_int_equal(port, -1);
}

static void address_that_cannot_be_listened_at_is_an_error(void **state)
{
    static const struct {
        const char *address;
        int status;
    } rows[] = {
        { "", TCK_BAD_INPUT },
        { "nonsense", TCK_BAD_INPUT },
        { "127.0.0.1", TCK_BAD_INPUT },
        { "127.0.0.1:", TCK_BAD_INPUT },
        { "127.0.0.1:65536", TCK_BAD_INPUT },
        { "127.0.0.1:1x", TCK_BAD_INPUT },
        { ":80", TCK_BAD_INPUT },
        { "::1:80", TCK_BAD_INPUT },
        { "unix:", TCK_BAD_INPUT },
        { "192.0.2.1:0", TCK_NO_SHOW },
        { "no-such-host.invalid:0", TCK_NO_SHOW },
        { "unix:/no/such/directory/socket", TCK_NO_SHOW },
    };
    tck_cleanup(tck_server_freep) struct tck_server *server = NULL;
    struct tck_server_options options = { 0 };

    (void)state;
    assert_int_equal(tck_server_new(&options, &server, NULL), 0);
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_error_done) struct tck_error err = { 0 };

        assert_int_equal(tck_server_listen(server, rows[i].address, NULL, &err), rows[i].status);
        assert_non_null(strstr(err.text, rows[i].address));
    }
}

static void assert_peer_is_local(struct fixture *fixture)
{
    struct tck_server_call *served = fixture_latest(fixture);

    assert_memory_equal(tck_server_call_peer(served), "ipv4:127.0.0.1:", 15);
    tck_server_call_unref(served);
}

static void peer_is_told_by_address(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Silent");

    fixture_await(fixture, &fixture->seen.opened, 1, "calls");
    assert_peer_is_local(fixture);
}

static void adopted_connection_is_served_like_an_accepted_one(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    struct tck_call *call = NULL;
    char target[64];
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    snprintf(target, sizeof target, "127.0.0.1:%u", ntohs(address.sin_port));
    assert_int_equal(tck_channel_new(target, NULL, &channel, NULL), 0);
    assert_int_equal(tck_call_start(channel, "/t.T/Echo", NULL, soon(), &call, NULL), 0);
    fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fd >= 0);
    assert_done(tck_server_adopt(fixture->server, fd, &err), &err);
    send_text(call, "adopted");
    assert_receives(call, "adopted");
    assert_peer_is_local(fixture);
    tck_call_free(call);
    close(listener);
}

static void adopted_connection_after_the_stop_is_closed(void **state)
{
    struct fixture *fixture = *state;
    char byte;
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    tck_server_stop(fixture->server, 0);
    assert_int_equal(tck_server_adopt(fixture->server, pair[0], NULL), TCK_NO_SHOW);
    assert_int_equal(read(pair[1], &byte, 1), 0);
    close(pair[1]);
}

static void adopted_peer_that_sends_garbage_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    struct tck_call *call;
    char rest[256];
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(tck_server_adopt(fixture->server, pair[0], NULL), 0);
    assert_true(write(pair[1], "GET / HTTP/1.1\r\n\r\n and so on and on", 35) > 0);
    while (read(pair[1], rest, sizeof rest) > 0) /* settings and GOAWAY, then the end */
        ;
    close(pair[1]);
    call = start(fixture, "/t.T/Echo");
    send_text(call, "still there");
    assert_receives(call, "still there");
    tck_call_free(call);
}

/* ---- stopping ---- */

static void *stop(void *argument)
{
    tck_server_stop(argument, TCK_SECONDS(20));
    return NULL;
}

static void stop_lets_a_call_end_within_the_grace(void **state)
{
    struct fixture *fixture = *state;
    tck_cleanup(tck_call_freep) struct tck_call *call = start(fixture, "/t.T/Echo");
    struct tck_call *late;
    struct tck_call_status status;
    int64_t give_up = tck_after(TCK_SECONDS(10));
    pthread_t thread;

    send_text(call, "a");
    assert_receives(call, "a");
    /* The stopper waits for the call, which goes on meanwhile. */
    assert_int_equal(pthread_create(&thread, NULL, stop, fixture->server), 0);
    do { /* once the server is stopping, it takes no new calls */
        late = start(fixture, "/t.T/None");
        tck_call_send(late, tck_bytes("x", 1), soon(), NULL);
        assert_int_equal(tck_call_finish(late, soon(), &status, NULL, NULL), 0);
        tck_call_free(late);
    } while (status.code == 0 && tck_now() < give_up);
    assert_int_not_equal(status.code, 0);
    send_text(call, "b");
    assert_receives(call, "b");
    assert_int_equal(tck_call_half_close(call, soon(), NULL), 0);
    assert_ends(call, 0, "", true);
    pthread_join(thread, NULL);
    assert_int_equal(fixture_seen(fixture).cancelled, 0);
}

static void stop_cancels_what_is_open_after_the_grace(void **state)
{
    struct fixture *fixture = *state;
    struct tck_call *calls[10];
    struct tck_call_status status;
    int64_t begun;

    for (size_t i = 0; i < TCK_COUNT(calls); i++)
        calls[i] = start(fixture, "/t.T/Silent");
    fixture_await(fixture, &fixture->seen.opened, TCK_COUNT(calls), "calls");
    begun = tck_now();
    tck_server_stop(fixture->server, TCK_MS(50));
    assert_true(tck_now() - begun >= TCK_MS(50));
    assert_true(tck_now() - begun < TCK_SECONDS(5));
    assert_int_equal(fixture_seen(fixture).closed, TCK_COUNT(calls));
    assert_int_equal(fixture_seen(fixture).cancelled, TCK_COUNT(calls));
    for (size_t i = 0; i < TCK_COUNT(calls); i++) {
        assert_int_equal(tck_call_finish(calls[i], soon(), &status, NULL, NULL), 0);
        assert_int_equal(status.code, 14);
        tck_call_free(calls[i]);
    }
    tck_server_stop(fixture->server, TCK_SECONDS(5)); /* again: nothing to do */
}

/* A client of HTTP/2 that reads nothing while it has nothing to do, not even that the server goes. */
static void stop_waits_out_no_grace_for_a_client_without_a_call(void **state)
{
    static const char hello[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0"; /* and empty settings */
    struct fixture *fixture = *state;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)fixture->port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    int64_t begun;
    char byte;

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(fd, hello, sizeof hello), sizeof hello);
    assert_int_equal(read(fd, &byte, 1), 1);
    begun = tck_now();
    tck_server_stop(fixture->server, TCK_SECONDS(60));
    assert_true(tck_now() - begun < TCK_SECONDS(5));
    close(fd);
}

static void stop_is_not_held_up_by_a_connection_that_says_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                   .sin_port = htons((uint16_t)fixture->port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), pair[2];
    int64_t begun;
    char byte;

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(read(fd, &byte, 1), 1); /* the server's settings: it has taken the connection */
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(tck_server_adopt(fixture->server, pair[0], NULL), 0);
    begun = tck_now();
    tck_server_stop(fixture->server, TCK_MS(50));
    assert_true(tck_now() - begun < TCK_SECONDS(5));
    close(fd);
    close(pair[1]);
}

static void server_that_was_never_started_is_freed(void **state)
{
    struct tck_server_options options = { 0 };
    struct tck_server *server = NULL;

    (void)state;
    assert_int_equal(tck_server_new(&options, &server, NULL), 0);
    tck_server_free(server);
    assert_int_equal(tck_server_new(&options, &server, NULL), 0);
    assert_int_equal(tck_server_listen(server, "127.0.0.1:0", NULL, NULL), 0);
    tck_server_free(server);
    tck_server_free(NULL);
}

#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(cancelled_call_is_seen_by_the_server),
        WITH_SERVER(cancel_from_another_thread_ends_the_receive),
        WITH_SERVER(message_that_came_before_the_cancellation_is_dropped),
        WITH_SERVER(last_message_comes_with_the_status_and_is_the_last),
        WITH_SERVER(call_that_the_server_ends_early_ends_for_a_client_that_still_sends),
        WITH_SERVER(call_that_is_over_takes_nothing),
        WITH_SERVER(headers_are_sent_once_and_alone_if_wanted),
        WITH_SERVER(message_at_the_limit_passes_both_ways),
        WITH_SERVER(message_above_the_limit_is_not_sent),
        cmocka_unit_test(message_above_the_servers_limit_is_refused_by_the_server),
        WITH_SERVER(message_above_the_clients_limit_ends_the_call),
        cmocka_unit_test(message_far_above_the_clients_limit_is_not_stored),
        WITH_SERVER(response_that_does_not_fit_the_callers_buffer_is_an_error),
        cmocka_unit_test(unix_socket_serves),
        WITH_SERVER(port_that_is_taken_is_an_error_with_the_reason),
        cmocka_unit_test(address_that_cannot_be_listened_at_is_an_error),
        WITH_SERVER(peer_is_told_by_address),
        WITH_SERVER(adopted_connection_is_served_like_an_accepted_one),
        WITH_SERVER(adopted_connection_after_the_stop_is_closed),
        WITH_SERVER(adopted_peer_that_sends_garbage_is_dropped),
        WITH_SERVER(stop_lets_a_call_end_within_the_grace),
        WITH_SERVER(stop_cancels_what_is_open_after_the_grace),
        WITH_SERVER(stop_waits_out_no_grace_for_a_client_without_a_call),
        WITH_SERVER(stop_is_not_held_up_by_a_connection_that_says_nothing),
        cmocka_unit_test(server_that_was_never_started_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
