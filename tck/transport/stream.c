/* SPDX-License-Identifier: Apache-2.0
 *
 * One call on the client's side, by callbacks; the mirror of server_call.c.
 *
 * Inward: completions only note what came and then run the stream's callbacks, unless another thread is already doing
 * so (`busy`), which then finds the note when its callback returns.
 *
 * Outward: messages wait in an outbox; one batch at a time is with grpc core. What can go together goes in one batch,
 * for each costs a write to the socket. So the request's metadata waits for the first message, though no longer than
 * for the loop to come around: a stream is often opened by a callback that will have a message for it in its next.
 *
 * The status completes after the last message was read (or dropped, when the connection broke), so nothing is read
 * once it is there.
 */
#include "transport/stream.h"

#include <assert.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/container.h"
#include "transport/client_internal.h"
#include "transport/loop_internal.h"
#include "transport/outbox.h"
#include "transport/peer_status.h"
#include "transport/transport_internal.h"

_Static_assert(TCK_STREAM_QUEUE == TCK_OUTBOX_FULL, "stream.h and outbox.h differ");

/* How often the metadata lets other events go first. In its first round the loop reads what came to the callback that
 * opened the stream, in its second it hands that over. */
#define ROUNDS_FOR_A_MESSAGE 2

struct tck_stream {
    atomic_uint refs; /* the open stream's, one of each outstanding event, and the users' */
    struct tck_channel *channel;
    const struct tck_stream_handler *handler;
    void *user;
    int64_t deadline;
    struct tck_loop_event round_event, headers_event, receive_event, send_event, status_event;

    pthread_mutex_t lock; /* of what follows */
    grpc_call *call;      /* NULL once closed */
    bool busy;            /* a thread runs callbacks */
    bool closed;          /* the last callback has begun */
    bool cancelled;

    bool headers_asked;   /* of grpc core */
    bool headers_awaited; /* by the handler; nothing else that comes is told before */
    bool headers_came;    /* and were not told yet */
    grpc_metadata_array headers;
    bool receiving;             /* a read is with grpc core */
    bool received;              /* it brought a message that was not looked at yet */
    bool receive_failed;        /* the last one did */
    bool read_out;              /* nothing more will be read */
    grpc_byte_buffer *incoming; /* written by the read */
    unsigned held;              /* more holds than releases of reading */
    bool status_asked, over;    /* the status came */

    unsigned rounds;      /* that the metadata waited */
    bool sending;         /* a batch is with grpc core */
    bool sending_item;    /* it holds the outbox's first message */
    bool send_failed;     /* nothing more can be sent */
    bool writable;        /* the outbox recovered, which the handler was not told yet */
    bool metadata_sent;   /* or is with grpc core */
    bool half_closing;    /* after the outbox */
    bool half_close_sent; /* or is with grpc core */
    bool sent_too_large;
    struct tck_outbox outbox;
    struct tck_metadata_out metadata;

    grpc_status_code code; /* this and what follows: written with the status */
    grpc_slice details;
    const char *account;
    grpc_metadata_array trailers;
};

static void came_round(struct tck_loop_event *event, bool ok);
static void got_headers(struct tck_loop_event *event, bool ok);
static void was_received(struct tck_loop_event *event, bool ok);
static void was_sent(struct tck_loop_event *event, bool ok);
static void got_status(struct tck_loop_event *event, bool ok);

/* ---- life ---- */

static struct tck_stream *stream_new(struct tck_channel *channel, int64_t deadline,
                                     const struct tck_stream_handler *handler, void *user)
{
    struct tck_stream *stream = calloc(1, sizeof *stream);

    if (!stream)
        return NULL;
    atomic_init(&stream->refs, 1);
    pthread_mutex_init(&stream->lock, NULL);
    stream->channel = tck_channel_ref(channel);
    stream->handler = handler;
    stream->user = user;
    stream->deadline = deadline;
    stream->round_event.handle = came_round;
    stream->headers_event.handle = got_headers;
    stream->receive_event.handle = was_received;
    stream->send_event.handle = was_sent;
    stream->status_event.handle = got_status;
    stream->details = grpc_empty_slice();
    grpc_metadata_array_init(&stream->headers);
    grpc_metadata_array_init(&stream->trailers);
    return stream;
}

static void stream_free(struct tck_stream *stream)
{
    if (stream->call)
        grpc_call_unref(stream->call);
    tck_outbox_done(&stream->outbox);
    tck_metadata_out_done(&stream->metadata);
    grpc_byte_buffer_destroy(stream->incoming);
    grpc_metadata_array_destroy(&stream->headers);
    grpc_metadata_array_destroy(&stream->trailers);
    grpc_slice_unref(stream->details);
    gpr_free((void *)stream->account);
    tck_channel_free(stream->channel);
    pthread_mutex_destroy(&stream->lock);
    free(stream);
}

struct tck_stream *tck_stream_ref(struct tck_stream *stream)
{
    atomic_fetch_add(&stream->refs, 1);
    return stream;
}

struct tck_stream *tck_stream_unref(struct tck_stream *stream)
{
    if (stream && atomic_fetch_sub(&stream->refs, 1) == 1)
        stream_free(stream);
    return NULL;
}

/* ---- batches; with the lock held ---- */

/* The event holds a reference until it was handled. */
static bool begin(struct tck_stream *stream, struct tck_loop_event *event, const grpc_op *ops, size_t count)
{
    tck_stream_ref(stream);
    tck_hand_over(event);
    if (grpc_call_start_batch(stream->call, ops, count, event, NULL) == GRPC_CALL_OK)
        return true;
    /* Only our own mistake leads here; the stream must not hang for it. The caller's own reference keeps it. */
    tck_stream_unref(stream);
    grpc_call_cancel_with_status(stream->call, GRPC_STATUS_INTERNAL, "an operation was refused", NULL);
    return false;
}

static grpc_op headers_op(struct tck_stream *stream)
{
    grpc_op op = { .op = GRPC_OP_RECV_INITIAL_METADATA };

    op.data.recv_initial_metadata.recv_initial_metadata = &stream->headers;
    stream->headers_asked = true;
    return op;
}

/* Asks for the status where no read would see the end of the call. Not before: grpc core may be built to look through
 * all that is under way at each completion, so an idle stream had better have one operation than two. */
static void begin_status(struct tck_stream *stream)
{
    grpc_op op = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT };

    if (stream->status_asked || stream->receiving || stream->received || stream->over ||
        (!stream->read_out && !stream->held))
        return;
    stream->status_asked = true;
    op.data.recv_status_on_client.trailing_metadata = &stream->trailers;
    op.data.recv_status_on_client.status = &stream->code;
    op.data.recv_status_on_client.status_details = &stream->details;
    op.data.recv_status_on_client.error_string = &stream->account;
    begin(stream, &stream->status_event, &op, 1);
}

/* A handler that does not want the headers gets no event for them. */
static void begin_receive(struct tck_stream *stream)
{
    grpc_op ops[2] = { { .op = GRPC_OP_RECV_MESSAGE } };
    size_t n = 1;

    begin_status(stream);
    if (stream->receiving || stream->received || stream->read_out || stream->over || stream->held)
        return;
    ops[0].data.recv_message.recv_message = &stream->incoming;
    if (!stream->headers_asked)
        ops[n++] = headers_op(stream);
    stream->receiving = begin(stream, &stream->receive_event, ops, n);
}

static void begin_headers(struct tck_stream *stream)
{
    grpc_op op = headers_op(stream);

    stream->headers_awaited = begin(stream, &stream->headers_event, &op, 1);
}

static grpc_op metadata_op(struct tck_stream *stream)
{
    grpc_op op = { .op = GRPC_OP_SEND_INITIAL_METADATA };

    op.data.send_initial_metadata.count = stream->metadata.count;
    op.data.send_initial_metadata.metadata = stream->metadata.items;
    stream->metadata_sent = true;
    return op;
}

static grpc_op message_op(struct tck_stream *stream)
{
    grpc_op op = { .op = GRPC_OP_SEND_MESSAGE };

    op.data.send_message.send_message = tck_outbox_first(&stream->outbox);
    stream->sending_item = true;
    return op;
}

/* Gives grpc core the next batch, if there is something to send and none is with it. */
static void pump(struct tck_stream *stream)
{
    grpc_op ops[3];
    size_t n = 0;

    if (stream->sending || stream->over || stream->send_failed)
        return;
    if (!stream->metadata_sent)
        ops[n++] = metadata_op(stream);
    if (stream->outbox.count)
        ops[n++] = message_op(stream);
    if (stream->half_closing && !stream->half_close_sent && stream->outbox.count <= 1) {
        ops[n++] = (grpc_op){ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };
        stream->half_close_sent = true;
    }
    if (n)
        stream->sending = begin(stream, &stream->send_event, ops, n);
}

/* ---- opening ---- */

int tck_stream_open(struct tck_loop *loop, struct tck_channel *channel, const char *method,
                    const struct tck_metadata *metadata, int64_t deadline, const struct tck_stream_handler *handler,
                    void *user, struct tck_stream **ret_stream, struct tck_error *err)
{
    struct tck_stream *stream;
    int r;

    r = tck_method_check(method, err);
    if (r < 0)
        return r;
    stream = stream_new(channel, deadline, handler, user);
    if (!stream)
        return tck_no_memory(err);
    r = tck_metadata_out_init(&stream->metadata, metadata, err);
    if (r < 0) {
        tck_stream_unref(stream);
        return r;
    }
    stream->call = tck_channel_create_call(channel, tck_loop_queue(loop), method, deadline);
    pthread_mutex_lock(&stream->lock);
    tck_stream_ref(stream); /* the open stream's, dropped when it is closed */
    *ret_stream = stream;
    if (handler->headers)
        begin_headers(stream);
    begin_receive(stream);
    begin(stream, &stream->round_event, NULL, 0);
    pthread_mutex_unlock(&stream->lock);
    return 0;
}

/* ---- callbacks; without the lock, one at a time ---- */

static void deliver_headers(struct tck_stream *stream)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata headers = { 0 };

    if (tck_metadata_receive(&headers, &stream->headers, NULL) == 0)
        stream->handler->headers(stream, stream->user, &headers);
    else
        tck_stream_cancel(stream);
}

static void deliver_message(struct tck_stream *stream, grpc_byte_buffer *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(SIZE_MAX / 2);
    struct tck_bytes bytes;

    if (tck_byte_buffer_view(message, &buffer, &bytes, NULL) == 0)
        stream->handler->message(stream, stream->user, bytes);
    else
        tck_stream_cancel(stream); /* no memory */
}

static void deliver_closed(struct tck_stream *stream)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata trailers = { 0 };
    struct tck_call_status status;
    struct tck_status_facts facts = {
        .deadline_passed = tck_now() >= stream->deadline,
        .receive_failed = stream->receive_failed,
        .sent_too_large = stream->sent_too_large,
        .cancelled = stream->cancelled,
    };

    tck_status_tell((int)stream->code, stream->account, stream->details, facts, &status);
    if (tck_metadata_receive(&trailers, &stream->trailers, NULL) < 0)
        tck_metadata_done(&trailers); /* no memory: the status matters more */
    stream->handler->closed(stream, stream->user, &status, &trailers);
}

/* Takes the next note. Called and returns with the lock held; false when there was none. Headers come before all else
 * that comes, but a server may have to hear much before it sends them. */
static bool run_one(struct tck_stream *stream)
{
    grpc_byte_buffer *message = NULL;

    if (stream->closed)
        return false;
    if (TCK_TAKE(stream->headers_came)) {
        pthread_mutex_unlock(&stream->lock);
        deliver_headers(stream);
    } else if (!stream->headers_awaited && TCK_TAKE(stream->received)) {
        bool dropped = stream->cancelled;

        message = TCK_TAKE(stream->incoming);
        pthread_mutex_unlock(&stream->lock);
        if (!dropped)
            deliver_message(stream, message);
        grpc_byte_buffer_destroy(message);
    } else if (!stream->headers_awaited && stream->over && !stream->receiving) {
        stream->closed = true;
        pthread_mutex_unlock(&stream->lock);
        deliver_closed(stream);
    } else if (TCK_TAKE(stream->writable) && stream->handler->writable) {
        pthread_mutex_unlock(&stream->lock);
        stream->handler->writable(stream, stream->user);
    } else {
        return false;
    }
    pthread_mutex_lock(&stream->lock);
    return true;
}

/* Once closed, the stream needs nothing of its loop and its channel any more. */
static void let_go(struct tck_stream *stream)
{
    grpc_call_unref(TCK_TAKE(stream->call));
    tck_outbox_done(&stream->outbox);
    tck_stream_unref(stream); /* the open stream's */
}

/* After a note was taken: takes the stream's lock, and gives it back, and the event's reference. Runs callbacks until
 * nothing is left to tell, then reads on. */
static void wake(struct tck_stream *stream)
{
    if (!stream->busy) {
        stream->busy = true;
        while (run_one(stream) || (begin_receive(stream), false))
            ;
        stream->busy = false;
        if (stream->closed && stream->call)
            let_go(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    tck_stream_unref(stream);
}

/* ---- completions ---- */

static void came_round(struct tck_loop_event *event, bool ok)
{
    struct tck_stream *stream = TCK_CONTAINER(event, struct tck_stream, round_event);

    (void)ok;
    pthread_mutex_lock(&stream->lock);
    if (!stream->metadata_sent && !stream->over) {
        if (++stream->rounds < ROUNDS_FOR_A_MESSAGE)
            begin(stream, &stream->round_event, NULL, 0);
        else
            pump(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    tck_stream_unref(stream);
}

static void got_headers(struct tck_loop_event *event, bool ok)
{
    struct tck_stream *stream = TCK_CONTAINER(event, struct tck_stream, headers_event);

    pthread_mutex_lock(&stream->lock);
    stream->headers_awaited = false;
    stream->headers_came = ok;
    wake(stream);
}

static void was_received(struct tck_loop_event *event, bool ok)
{
    struct tck_stream *stream = TCK_CONTAINER(event, struct tck_stream, receive_event);

    pthread_mutex_lock(&stream->lock);
    stream->receiving = false;
    stream->receive_failed = !ok;
    stream->received = ok && stream->incoming;
    stream->read_out = !stream->received;
    wake(stream);
}

static void was_sent(struct tck_loop_event *event, bool ok)
{
    struct tck_stream *stream = TCK_CONTAINER(event, struct tck_stream, send_event);

    pthread_mutex_lock(&stream->lock);
    stream->sending = false;
    stream->send_failed = !ok;
    if (TCK_TAKE(stream->sending_item) && stream->outbox.count && tck_outbox_drop_first(&stream->outbox))
        stream->writable = true;
    if (!ok)
        tck_outbox_done(&stream->outbox); /* the status follows */
    else
        pump(stream);
    wake(stream);
}

static void got_status(struct tck_loop_event *event, bool ok)
{
    struct tck_stream *stream = TCK_CONTAINER(event, struct tck_stream, status_event);

    (void)ok;
    pthread_mutex_lock(&stream->lock);
    stream->over = true;
    wake(stream);
}

/* ---- what its owner may do ---- */

/* With the lock held. */
static bool is_open(const struct tck_stream *stream)
{
    return !stream->half_closing && !stream->send_failed && !stream->cancelled && !stream->over;
}

static int send_message(struct tck_stream *stream, struct tck_bytes message, bool last, struct tck_error *err)
{
    grpc_byte_buffer *item = tck_byte_buffer_new(message);
    bool open;
    int r = 0;

    pthread_mutex_lock(&stream->lock);
    open = is_open(stream);
    if (open)
        r = tck_outbox_push(&stream->outbox, item);
    if (open && r == 0) {
        TCK_TAKE(item);
        stream->sent_too_large |= message.size > tck_channel_max_message(stream->channel);
        stream->half_closing = last;
        pump(stream);
    }
    pthread_mutex_unlock(&stream->lock);
    grpc_byte_buffer_destroy(item);
    if (!open)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "the call is over or half-closed");
    return r < 0 ? tck_no_memory(err) : 0;
}

int tck_stream_send(struct tck_stream *stream, struct tck_bytes message, struct tck_error *err)
{
    return send_message(stream, message, false, err);
}

int tck_stream_send_last(struct tck_stream *stream, struct tck_bytes message, struct tck_error *err)
{
    return send_message(stream, message, true, err);
}

void tck_stream_half_close(struct tck_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    if (is_open(stream)) {
        stream->half_closing = true;
        pump(stream);
    }
    pthread_mutex_unlock(&stream->lock);
}

void tck_stream_cancel(struct tck_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    if (!stream->over && !stream->cancelled) {
        stream->cancelled = true;
        grpc_call_cancel(stream->call, NULL);
    }
    pthread_mutex_unlock(&stream->lock);
}

size_t tck_stream_queued(const struct tck_stream *stream)
{
    struct tck_stream *own = (struct tck_stream *)stream;
    size_t count;

    pthread_mutex_lock(&own->lock);
    count = own->outbox.count;
    pthread_mutex_unlock(&own->lock);
    return count;
}

void tck_stream_hold_reading(struct tck_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->held++;
    pthread_mutex_unlock(&stream->lock);
}

void tck_stream_release_reading(struct tck_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    assert(stream->held > 0);
    stream->held--;
    /* While callbacks run, whoever runs them reads on afterwards. */
    if (!stream->busy)
        begin_receive(stream);
    pthread_mutex_unlock(&stream->lock);
}
