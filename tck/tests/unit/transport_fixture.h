/* SPDX-License-Identifier: Apache-2.0
 *
 * A server whose methods each show one behaviour, and the counts of what it saw; a channel to it.
 *
 *     Echo      sends each message back; OK at the half-close
 *     Collect   one message at the half-close: how many bytes came ("12")
 *     Repeat    on a message "3 100": three messages of 100 bytes, then OK
 *     Status    at the first message: headers and trailers as the request's x-… metadata, status as metadata "code" and
 *               "text-bin"
 *     Silent    nothing, until the call is closed
 *     Two, None two responses, or none, to a unary call
 *     Last      on a message: that message, OK and trailers as one; then another, which is refused
 *     Flood     a thread sends 64 KiB messages until the call is over, and waits while more than FLOOD_BOUND are queued
 *     Block     at a message, the handler does not return until fixture_release(), then as Echo
 *     Held      reads nothing until a test releases it, then as Echo
 *     Fill      on a message "100": so many 64 KiB messages, paced by writable, then OK
 *     others    UNIMPLEMENTED; but some methods of Cloudstate's protocol are as Echo
 */
#ifndef TCK_TESTS_TRANSPORT_FIXTURE_H
#define TCK_TESTS_TRANSPORT_FIXTURE_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <pthread.h>
#include <string.h>

#include "transport/client.h"
#include "transport/server.h"

#define FLOOD_BOUND   8
#define FLOOD_MESSAGE (64 << 10)
#define FLOOD_TOTAL   ((size_t)1 << 30)

struct seen {
    size_t opened, messages, blocked, half_closed, writable, closed, cancelled, flood_sent, flood_most_queued, refused;
};

struct fixture {
    struct tck_server *server;
    struct tck_channel *channel;
    char target[128];
    int port;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct seen seen;
    bool released;
    struct tck_server_call *latest; /* a reference */
};

/* Fails the test when err holds something: with its text. */
#define assert_done(r, err) assert_done_at((r), (err), __FILE__, __LINE__)
void assert_done_at(int r, const struct tck_error *err, const char *file, int line);

/* address NULL: 127.0.0.1 on a free port. */
struct fixture *fixture_new(const char *address, const struct tck_server_options *options);
/* Another server in place of the one that was freed. */
void fixture_serve(struct fixture *fixture, const char *address, const struct tck_server_options *options);
void fixture_free(struct fixture *fixture);
int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Waits until *count (one of fixture->seen) is at least least; fails the test after ten seconds. */
void fixture_await(struct fixture *fixture, const size_t *count, size_t least, const char *what);
/* Waits until *what is not 0 and has stopped growing, at most ten seconds; returns it. */
size_t fixture_settled(struct fixture *fixture, const size_t *what);
struct seen fixture_seen(struct fixture *fixture);
void fixture_release(struct fixture *fixture);
/* The call opened last; unref it. */
struct tck_server_call *fixture_latest(struct fixture *fixture);

int64_t soon(void); /* a deadline that no working test reaches */
struct tck_call *start(struct fixture *fixture, const char *method);
void send_text(struct tck_call *call, const char *text);
void assert_receives(struct tck_call *call, const char *text);
void assert_ends(struct tck_call *call, int code, const char *text, bool from_peer);
/* Bytes of memory that the process holds. */
size_t resident(void);

#endif
