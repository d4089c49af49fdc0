/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/stream.h — the client's side of one gRPC call by callbacks, on a loop: what client.h is for threads that
 * wait, this is for a program with many calls open at once. All four shapes are the same here: messages out, half-close,
 * messages in, one end.
 *
 *     static const struct tck_stream_handler handler = { .message = on_message, .closed = on_closed };
 *     r = tck_stream_open(loop, channel, "/cloudstate.eventsourced.EventSourced/handle", NULL, TCK_NEVER, &handler, entity,
 *                         &stream, err);
 *     tck_stream_send(stream, init, err);
 *     …
 *     tck_stream_unref(stream);                // an open stream that nobody holds goes on until its end
 *
 * The request's metadata leaves together with the first message, or by itself if none is sent while the loop comes around
 * twice.
 *
 * Callbacks of one stream never overlap; those of different streams run side by side on the loop's threads. No lock of
 * the stream is held during one, so a callback may call any function here. The next message is read only after the
 * callback for the one before returned, and not while reading is held.
 */
#ifndef TCK_TRANSPORT_STREAM_H
#define TCK_TRANSPORT_STREAM_H

#include "transport/client.h"
#include "transport/loop.h"

struct tck_stream;

struct tck_stream_handler {
    /* Initial metadata came; may be NULL. */
    void (*headers)(struct tck_stream *stream, void *user, const struct tck_metadata *headers);
    void (*message)(struct tck_stream *stream, void *user, struct tck_bytes message);
    /* The queue of what waits to be sent, which had reached TCK_STREAM_QUEUE, is down to half of it; may be NULL. */
    void (*writable)(struct tck_stream *stream, void *user);
    /* Always the last, exactly once, also after tck_stream_cancel. Messages that came before the end were delivered
     * before it (unless cancelled). */
    void (*closed)(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                   const struct tck_metadata *trailers);
};

#define TCK_STREAM_QUEUE 64

/* Opens a call; its callbacks may run before this returns. deadline: TCK_NEVER for none. metadata may be NULL. The
 * caller gets a reference. Errors: as tck_call_start; then no callback is ever called. */
int tck_stream_open(struct tck_loop *loop, struct tck_channel *channel, const char *method,
                    const struct tck_metadata *metadata, int64_t deadline, const struct tck_stream_handler *handler,
                    void *user, struct tck_stream **ret_stream, struct tck_error *err);
struct tck_stream *tck_stream_ref(struct tck_stream *stream);
/* Takes NULL, returns NULL. */
struct tck_stream *tck_stream_unref(struct tck_stream *stream);

/* From any thread. Messages are copied and sent in order. Once the call is over, or was half-closed, they do nothing
 * and return TCK_NO_SHOW. Errors: TCK_KIT. */
int tck_stream_send(struct tck_stream *stream, struct tck_bytes message, struct tck_error *err);
/* The last message; it leaves together with the half-close (see tck_call_send_last). */
int tck_stream_send_last(struct tck_stream *stream, struct tck_bytes message, struct tck_error *err);
void tck_stream_half_close(struct tck_stream *stream);
/* RST_STREAM with CANCELLED; closed comes with that code. */
void tck_stream_cancel(struct tck_stream *stream);
/* How many messages wait to be sent; a producer stops at TCK_STREAM_QUEUE and goes on at writable. */
size_t tck_stream_queued(const struct tck_stream *stream);
/* Back-pressure towards the peer: while held, no further message is read (one that is already on its way may still be
 * delivered). Counts: as many releases as holds. */
void tck_stream_hold_reading(struct tck_stream *stream);
void tck_stream_release_reading(struct tck_stream *stream);

#endif
