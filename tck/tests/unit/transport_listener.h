/* SPDX-License-Identifier: Apache-2.0
 *
 * What a stream's callbacks told, and a wait for it. It also watches what every stream promises: callbacks never
 * overlap, headers come first, closed is the last and comes once; a breach fails the test at listener_done().
 */
#ifndef TCK_TESTS_TRANSPORT_LISTENER_H
#define TCK_TESTS_TRANSPORT_LISTENER_H

#include <stdatomic.h>

#include "base/buffer.h"
#include "transport/stream.h"
#include "transport_fixture.h"

struct listener {
    pthread_mutex_t lock; /* of all but the atomics */
    pthread_cond_t changed;
    size_t headers, messages, bytes, writable, closed;
    size_t queued_at_writable; /* the last time */
    struct tck_buffer text;    /* the messages, each followed by a comma; only the first 4 KiB */
    struct tck_metadata head, trailers;
    struct tck_call_status status;
    const char *breach; /* the promise that was broken */
    atomic_uint inside;
    atomic_bool block_at_headers, block_at_message; /* see listener_unblock */
    size_t blocks;                                  /* callbacks that block, or did */
    bool unblocked;
    bool hold_at_message; /* each message holds reading; the test releases */
    bool cancel_at_message;
};

extern const struct tck_stream_handler listening;       /* with all callbacks */
extern const struct tck_stream_handler listening_least; /* with message and closed only */

void listener_init(struct listener *listener);
/* Fails the test if a promise was broken, or the stream has not ended. */
void listener_done(struct listener *listener);
/* Waits until *what (one of the counts) is at least least; fails the test after ten seconds. */
void listener_await(struct listener *listener, const size_t *what, size_t least, const char *name);
size_t listener_count(struct listener *listener, const size_t *what);
/* Waits until a callback blocks. */
void listener_await_block(struct listener *listener);
void listener_unblock(struct listener *listener);
/* Waits for closed and compares. */
void assert_closed(struct listener *listener, int code, const char *text, bool from_peer);
/* Waits for so many messages and compares all that came ("a,b,"). */
void assert_heard(struct listener *listener, size_t messages, const char *text);

struct tck_stream *open_stream(struct tck_loop *loop, struct fixture *fixture, const char *method,
                               const struct tck_stream_handler *handler, struct listener *listener);
void stream_text(struct tck_stream *stream, const char *text);

#endif
