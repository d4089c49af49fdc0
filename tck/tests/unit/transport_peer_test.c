/* SPDX-License-Identifier: Apache-2.0
 *
 * Peers that are absent, broken or hostile.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "transport_fixture.h"
#include "transport_raw_peer.h"

/* A free port that nobody listens at. */
static void unused_target(char target[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    snprintf(target, 64, "127.0.0.1:%u", ntohs(address.sin_port));
    close(fd);
}

static void call_unary(const char *target, int64_t deadline, struct tck_call_status *ret_status, int want)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(16 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int r;

    assert_done(tck_channel_new(target, NULL, &channel, &err), &err);
    r = tck_call_unary(channel, "/t.T/Echo", NULL, tck_bytes("hello", 5), deadline, &response, ret_status, &err);
    assert_done(r, &err);
    assert_int_equal(r, want);
}

static void refused_connection_is_unavailable_at_once(void **state)
{
    struct tck_call_status status;
    int64_t begun = tck_now();
    char target[64];

    (void)state;
    unused_target(target);
    call_unary(target, soon(), &status, 0);
    assert_int_equal(status.code, 14);
    assert_false(status.from_peer);
    assert_non_null(strstr(status.message, "Connection refused"));
    assert_true(tck_now() - begun < TCK_SECONDS(5));
}

static void host_without_address_is_unavailable(void **state)
{
    struct tck_call_status status;

    (void)state;
    call_unary("no-such-host.invalid:1", tck_after(TCK_SECONDS(60)), &status, 0);
    assert_int_equal(status.code, 14);
    assert_false(status.from_peer);
}

static void target_that_is_no_address_is_refused(void **state)
{
    static const char *const targets[] = { "",        "a b:1",      "://",     "127.0.0.1:99999", "[::1", "unix:",
                                           "dns:///", "dns:///x:1", "x:y:z:1", "localhost",       "[]:1", "a/b:1" };
    struct tck_channel *none = NULL;

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(targets); i++)
        assert_int_equal(tck_channel_new(targets[i], NULL, &none, NULL), TCK_BAD_INPUT);
    assert_null(none);
}

static void target_that_nothing_is_at_is_unavailable(void **state)
{
    static const char *const targets[] = { "dns:1", "unix:/no/such/socket", "[::1]:1", "127.0.0.1:0",
                                           "unix:\x01\xff%zz" };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(targets); i++) {
        struct tck_call_status status = { 0 };

        call_unary(targets[i], tck_after(TCK_SECONDS(60)), &status, 0);
        assert_int_equal(status.code, 14);
        assert_false(status.from_peer);
    }
}

static void server_that_comes_up_later_is_found_by_the_next_call(void **state)
{
    tck_cleanup(tck_channel_freep) struct tck_channel *channel = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer response = TCK_BUFFER_INIT(1 << 20);
    struct fixture *fixture;
    struct tck_call_status status;
    int64_t failed_at = 0;
    char target[64];

    (void)state;
    unused_target(target);
    assert_int_equal(tck_channel_new(target, NULL, &channel, NULL), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            tck_call_unary(channel, "/t.T/Status", NULL, tck_bytes("x", 1), soon(), &response, &status, NULL), 0);
        assert_int_equal(status.code, 14);
        failed_at = tck_now();
    }
    fixture = fixture_new(target, NULL);
    while (tck_now() - failed_at < TCK_MS(20))
        ;
    assert_int_equal(tck_call_unary(channel, "/t.T/Status", NULL, tck_bytes("x", 1), soon(), &response, &status, NULL),
                     0);
    assert_int_equal(status.code, 0);
    fixture_free(fixture);
    fixture = fixture_new(target, NULL); /* another at the same port: the old connection is gone */
    do {
        assert_int_equal(
            tck_call_unary(channel, "/t.T/Status", NULL, tck_bytes("x", 1), soon(), &response, &status, NULL), 0);
    } while (status.code == 14 && tck_now() - failed_at < TCK_SECONDS(10));
    assert_int_equal(status.code, 0);
    fixture_free(fixture);
}

static void silent_peer_runs_into_the_deadline(void **state)
{
    static const struct raw_script script = { .after = RAW_HOLD };
    struct tck_call_status status;
    int64_t begun = tck_now();
    char target[64];
    struct raw_peer *peer = raw_peer_new(&script, target);

    (void)state;
    call_unary(target, tck_after(TCK_MS(200)), &status, TCK_TIMED_OUT);
    assert_true(tck_now() - begun < TCK_SECONDS(5));
    raw_peer_free(peer);
}

/* Peers that break off or send what is no gRPC: the call ends with a status of ours, soon. */
static void assert_breaks(const struct raw_script *script, int code)
{
    struct tck_call_status status;
    char target[64];
    struct raw_peer *peer = raw_peer_new(script, target);

    call_unary(target, soon(), &status, 0);
    if (status.code != code || status.from_peer)
        fail_msg("status %d '%s'%s, not %d from us", status.code, status.message,
                 status.from_peer ? " from the peer" : "", code);
    raw_peer_free(peer);
}

static void peer_that_closes_at_once_is_unavailable(void **state)
{
    (void)state;
    assert_breaks(&(struct raw_script){ .after = RAW_CLOSE }, 14);
    assert_breaks(&(struct raw_script){ .after = RAW_RESET }, 14);
}

static void peer_that_sends_garbage_is_unavailable(void **state)
{
    static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    unsigned char noise[4096];

    (void)state;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (unsigned char)(i * 131 + 17);
    assert_breaks(&(struct raw_script){ .bytes = tck_bytes(text, sizeof text - 1), .after = RAW_HOLD }, 14);
    assert_breaks(&(struct raw_script){ .bytes = tck_bytes(noise, sizeof noise), .after = RAW_HOLD }, 14);
}

static void peer_that_vanishes_in_a_call_is_unavailable(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096);

    (void)state;
    assert_breaks(&(struct raw_script){ .http2 = true, .after = RAW_CLOSE }, 14);
    assert_breaks(&(struct raw_script){ .http2 = true, .after = RAW_RESET }, 14);
    raw_response_headers(&out);
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out), .after = RAW_CLOSE }, 14);
    raw_frame(&out, RAW_DATA, 0, 1, "\0\0\0\0\5hel", 8); /* a message that breaks off */
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out), .after = RAW_CLOSE }, 14);
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out), .after = RAW_RESET }, 14);
}

static void stream_that_is_reset_is_no_status_of_the_peer(void **state)
{
    /* HTTP/2 error, and the status that the gRPC specification maps it to */
    static const struct {
        unsigned char error;
        int code;
    } rows[] = { { 2, 13 }, { 7, 14 }, { 8, 1 }, { 11, 8 }, { 12, 7 } };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096);
        const unsigned char payload[4] = { 0, 0, 0, rows[i].error };

        raw_response_headers(&out);
        raw_frame(&out, RAW_RST_STREAM, 0, 1, payload, 4);
        assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out) }, rows[i].code);
    }
}

static void peer_that_goes_away_is_unavailable(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096);

    (void)state;
    raw_frame(&out, RAW_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0bye", 11); /* stream 1 was not taken */
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out), .after = RAW_HOLD }, 14);
}

static void answer_without_grpc_status_is_no_status_of_the_peer(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096), block = TCK_BUFFER_INIT(1024);

    (void)state;
    raw_response_headers(&out);
    raw_frame(&out, RAW_DATA, RAW_END_STREAM, 1, NULL, 0);
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out) }, 2);
    tck_buffer_clear(&out);
    raw_header(&block, ":status", "404");
    raw_header(&block, "content-type", "text/html");
    raw_frame(&out, RAW_HEADERS, RAW_END_HEADERS | RAW_END_STREAM, 1, block.data, block.size);
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out) }, 12);
}

static void message_that_only_says_it_is_huge_takes_no_memory(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096);
    size_t before = resident();
    struct raw_script script = { .http2 = true };
    struct tck_call_status status;
    struct raw_peer *peer;
    char target[64];

    (void)state;
    raw_response_headers(&out);
    raw_frame(&out, RAW_DATA, 0, 1, "\0\377\377\377\377", 5);
    script.bytes = tck_buffer_bytes(&out);
    peer = raw_peer_new(&script, target);
    call_unary(target, tck_after(TCK_MS(200)), &status, TCK_TIMED_OUT);
    raw_peer_free(peer);
    assert_true(resident() < before + (64 << 20));
}

static void compressed_answer_is_refused_and_not_inflated(void **state)
{
    static const char message[] = "\1\0\0\0\5\x1f\x8b\x08\0\0"; /* the compressed flag, five bytes of gzip */
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(4096), block = TCK_BUFFER_INIT(1024);

    (void)state;
    raw_header(&block, ":status", "200");
    raw_header(&block, "content-type", "application/grpc");
    raw_header(&block, "grpc-encoding", "gzip");
    raw_frame(&out, RAW_HEADERS, RAW_END_HEADERS, 1, block.data, block.size);
    raw_frame(&out, RAW_DATA, 0, 1, message, sizeof message - 1);
    assert_breaks(&(struct raw_script){ .http2 = true, .bytes = tck_buffer_bytes(&out) }, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_connection_is_unavailable_at_once),
        cmocka_unit_test(host_without_address_is_unavailable),
        cmocka_unit_test(target_that_is_no_address_is_refused),
        cmocka_unit_test(target_that_nothing_is_at_is_unavailable),
        cmocka_unit_test(server_that_comes_up_later_is_found_by_the_next_call),
        cmocka_unit_test(silent_peer_runs_into_the_deadline),
        cmocka_unit_test(peer_that_closes_at_once_is_unavailable),
        cmocka_unit_test(peer_that_sends_garbage_is_unavailable),
        cmocka_unit_test(peer_that_vanishes_in_a_call_is_unavailable),
        cmocka_unit_test(stream_that_is_reset_is_no_status_of_the_peer),
        cmocka_unit_test(peer_that_goes_away_is_unavailable),
        cmocka_unit_test(answer_without_grpc_status_is_no_status_of_the_peer),
        cmocka_unit_test(compressed_answer_is_refused_and_not_inflated),
        cmocka_unit_test(message_that_only_says_it_is_huge_takes_no_memory),
    };
    int r;

    tck_grpc_init(NULL);
    r = cmocka_run_group_tests(tests, NULL, NULL);
    tck_grpc_shutdown();
    return r;
}
