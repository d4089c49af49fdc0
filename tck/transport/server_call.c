/* SPDX-License-Identifier: Apache-2.0
 *
 * One call on the server's side.
 *
 * Inward: completions only note what came (`received`, `over`) and then run the call's callbacks, unless another thread
 * is already doing so (`busy`), which then finds the note when its callback returns. So callbacks of one call never
 * overlap, and no lock is held during one.
 *
 * Outward: messages wait in a queue; one batch at a time is with grpc core (`sending`). What can go together (headers,
 * a message, the status) goes in one batch.
 */
#include <assert.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <string.h>

#include "base/container.h"
#include "transport/outbox.h"
#include "transport/server_internal.h"

_Static_assert(TCK_SERVER_QUEUE == TCK_OUTBOX_FULL, "server.h and outbox.h differ");

struct tck_server_call {
    atomic_uint refs; /* the open call's, one of each outstanding operation, and the users' */
    struct tck_server *server;
    struct tck_loop_event opened_event, receive_event, send_event, close_event;
    grpc_call_details details;
    grpc_metadata_array request;

    char *method; /* owned, from grpc core */
    char *peer;   /* owned, from grpc core */
    struct tck_metadata metadata;
    int64_t deadline;
    void *user;
    atomic_bool cancelled;

    pthread_mutex_t lock; /* of what follows */
    grpc_call *call;      /* NULL once closed */
    bool busy;            /* a thread runs callbacks */
    bool closed;          /* the last callback has begun */

    bool receiving;             /* a read is with grpc core */
    bool received;              /* it completed and was not looked at yet */
    bool read_out;              /* nothing more will be read */
    grpc_byte_buffer *incoming; /* written by the read; NULL: half-close */
    unsigned held;              /* more holds than releases of reading */
    bool close_asked, over;     /* the transport is done with the call */
    int over_cancelled;         /* written by GRPC_OP_RECV_CLOSE_ON_SERVER */

    bool sending;      /* a batch is with grpc core */
    bool sending_item; /* it holds the outbox's first message */
    bool writable;     /* the outbox recovered, which the handler was not told yet */
    bool headers_wanted, headers_sent;
    bool finishing; /* the status was given; it goes after the outbox */
    bool finish_sent;
    struct tck_outbox outbox;
    struct tck_metadata_out headers, trailers;
    grpc_status_code code;
    grpc_slice status_text;
    bool has_status_text;
};

static void was_opened(struct tck_loop_event *event, bool ok);
static void was_received(struct tck_loop_event *event, bool ok);
static void was_sent(struct tck_loop_event *event, bool ok);
static void was_closed(struct tck_loop_event *event, bool ok);

/* ---- life ---- */

struct tck_server_call *tck_server_call_new(struct tck_server *server)
{
    struct tck_server_call *call = calloc(1, sizeof *call);

    if (!call)
        return NULL;
    atomic_init(&call->refs, 1);
    pthread_mutex_init(&call->lock, NULL);
    call->server = server;
    call->opened_event.handle = was_opened;
    call->receive_event.handle = was_received;
    call->send_event.handle = was_sent;
    call->close_event.handle = was_closed;
    call->status_text = grpc_empty_slice();
    grpc_call_details_init(&call->details);
    grpc_metadata_array_init(&call->request);
    return call;
}

static void call_free(struct tck_server_call *call)
{
    tck_outbox_done(&call->outbox);
    tck_metadata_out_done(&call->headers);
    tck_metadata_out_done(&call->trailers);
    grpc_slice_unref(call->status_text);
    grpc_byte_buffer_destroy(call->incoming);
    gpr_free(call->method);
    gpr_free(call->peer);
    tck_metadata_done(&call->metadata);
    grpc_call_details_destroy(&call->details);
    grpc_metadata_array_destroy(&call->request);
    if (call->call)
        grpc_call_unref(call->call);
    pthread_mutex_destroy(&call->lock);
    free(call);
}

struct tck_server_call *tck_server_call_ref(struct tck_server_call *call)
{
    atomic_fetch_add(&call->refs, 1);
    return call;
}

struct tck_server_call *tck_server_call_unref(struct tck_server_call *call)
{
    if (call && atomic_fetch_sub(&call->refs, 1) == 1)
        call_free(call);
    return NULL;
}

grpc_call_error tck_server_call_request(struct tck_server_call *call)
{
    struct tck_server *server = call->server;

    tck_hand_over(&call->opened_event);
    return grpc_server_request_call(server->server, &call->call, &call->details, &call->request, server->queue,
                                    server->queue, &call->opened_event);
}

/* ---- with the lock held ---- */

/* Begins a batch; its event holds a reference until its completion was handled. */
static bool begin(struct tck_server_call *call, struct tck_loop_event *event, const grpc_op *ops, size_t count)
{
    tck_server_call_ref(call);
    tck_hand_over(event);
    if (grpc_call_start_batch(call->call, ops, count, event, NULL) == GRPC_CALL_OK)
        return true;
    /* Only our own mistake leads here; the call must not hang for it. The caller's own reference keeps the call. */
    tck_server_call_unref(call);
    grpc_call_cancel_with_status(call->call, GRPC_STATUS_INTERNAL, "an operation was refused", NULL);
    return false;
}

/* Asks for the end of the call where no read would see it. Not before: grpc core may be built to look through all that
 * is under way at each completion, so an idle call had better have one operation than two. */
static void begin_close(struct tck_server_call *call)
{
    grpc_op op = { .op = GRPC_OP_RECV_CLOSE_ON_SERVER };

    if (call->close_asked || call->receiving || call->received || call->over ||
        (!call->read_out && !call->finishing && !call->held && call->outbox.count < TCK_SERVER_QUEUE))
        return;
    call->close_asked = true;
    op.data.recv_close_on_server.cancelled = &call->over_cancelled;
    begin(call, &call->close_event, &op, 1);
}

static void begin_receive(struct tck_server_call *call)
{
    grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

    begin_close(call);
    if (call->receiving || call->received || call->read_out || call->finishing || call->over || call->held ||
        call->outbox.count >= TCK_SERVER_QUEUE)
        return;
    op.data.recv_message.recv_message = &call->incoming;
    call->receiving = begin(call, &call->receive_event, &op, 1);
}

static grpc_op headers_op(struct tck_server_call *call)
{
    grpc_op op = { .op = GRPC_OP_SEND_INITIAL_METADATA };

    op.data.send_initial_metadata.count = call->headers.count;
    op.data.send_initial_metadata.metadata = call->headers.items;
    call->headers_sent = true;
    return op;
}

static grpc_op message_op(struct tck_server_call *call)
{
    grpc_op op = { .op = GRPC_OP_SEND_MESSAGE };

    op.data.send_message.send_message = tck_outbox_first(&call->outbox);
    call->sending_item = true;
    return op;
}

static grpc_op status_op(struct tck_server_call *call)
{
    grpc_op op = { .op = GRPC_OP_SEND_STATUS_FROM_SERVER };

    op.data.send_status_from_server.trailing_metadata_count = call->trailers.count;
    op.data.send_status_from_server.trailing_metadata = call->trailers.items;
    op.data.send_status_from_server.status = call->code;
    op.data.send_status_from_server.status_details = call->has_status_text ? &call->status_text : NULL;
    call->finish_sent = true;
    return op;
}

/* Gives grpc core the next batch, if there is something to send and none is with it. */
static void pump(struct tck_server_call *call)
{
    grpc_op ops[3];
    size_t n = 0;
    bool finish = call->finishing && !call->finish_sent && call->outbox.count <= 1;

    if (call->sending || call->over || call->finish_sent)
        return;
    if (!call->headers_sent && (call->headers_wanted || call->outbox.count || finish))
        ops[n++] = headers_op(call);
    if (call->outbox.count)
        ops[n++] = message_op(call);
    if (finish)
        ops[n++] = status_op(call);
    if (n)
        call->sending = begin(call, &call->send_event, ops, n);
}

/* ---- callbacks; without the lock, one at a time ---- */

static void deliver_message(struct tck_server_call *call, grpc_byte_buffer *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer buffer = TCK_BUFFER_INIT(SIZE_MAX / 2);
    struct tck_bytes bytes;

    if (tck_byte_buffer_view(message, &buffer, &bytes, NULL) == 0)
        call->server->handler->message(call, call->user, bytes);
    else
        tck_server_call_finish(call, GRPC_STATUS_RESOURCE_EXHAUSTED, "out of memory", NULL, NULL);
}

static void deliver_closed(struct tck_server_call *call)
{
    struct tck_server *server = call->server;

    server->handler->closed(call, call->user, call->over_cancelled);
    grpc_call_unref(TCK_TAKE(call->call));
    tck_server_call_was_closed(server);
    tck_server_call_unref(call); /* the open call's */
}

/* Takes the next note. Called and returns with the lock held; false when there was none. */
static bool run_one(struct tck_server_call *call)
{
    if (call->received) {
        grpc_byte_buffer *message = TCK_TAKE(call->incoming);
        bool ignored = call->finishing;
        bool ended = !message && call->read_out;

        call->received = false;
        pthread_mutex_unlock(&call->lock);
        if (message && !ignored)
            deliver_message(call, message);
        else if (ended && !ignored)
            call->server->handler->half_closed(call, call->user);
        grpc_byte_buffer_destroy(message);
        pthread_mutex_lock(&call->lock);
        return true;
    }
    if (call->writable && !call->over) {
        const struct tck_server_handler *handler = call->server->handler;

        call->writable = false;
        pthread_mutex_unlock(&call->lock);
        if (handler->writable)
            handler->writable(call, call->user);
        pthread_mutex_lock(&call->lock);
        return true;
    }
    if (call->over && !call->closed) {
        call->closed = true;
        pthread_mutex_unlock(&call->lock);
        deliver_closed(call);
        pthread_mutex_lock(&call->lock);
        return true;
    }
    return false;
}

/* Runs callbacks until nothing is left to tell, then reads on. Takes the call locked and busy, leaves it unlocked. */
static void run_callbacks(struct tck_server_call *call)
{
    while (run_one(call) || (begin_receive(call), false))
        ;
    call->busy = false;
    pthread_mutex_unlock(&call->lock);
}

/* ---- completions ---- */

/* With the lock held. */
static void note_received(struct tck_server_call *call, bool ok)
{
    call->receiving = false;
    if (call->closed) {
        grpc_byte_buffer_destroy(TCK_TAKE(call->incoming));
    } else if (call->incoming) {
        call->received = true;
    } else {
        call->read_out = true;
        /* A call that broke off also reads as "no message"; that is no half-close. */
        call->received = ok && !grpc_call_failed_before_recv_message(call->call);
    }
}

/* With the lock held. */
static void note_sent(struct tck_server_call *call)
{
    call->sending = false;
    if (TCK_TAKE(call->sending_item) && call->outbox.count && tck_outbox_drop_first(&call->outbox))
        call->writable = true;
    if (!call->closed)
        pump(call);
}

/* After a note was taken: takes the call's lock, and gives it back, and the event's reference. */
static void wake(struct tck_server_call *call)
{
    if (call->busy) {
        pthread_mutex_unlock(&call->lock);
    } else {
        call->busy = true;
        run_callbacks(call);
    }
    tck_server_call_unref(call);
}

static void was_received(struct tck_loop_event *event, bool ok)
{
    struct tck_server_call *call = TCK_CONTAINER(event, struct tck_server_call, receive_event);

    pthread_mutex_lock(&call->lock);
    note_received(call, ok);
    wake(call);
}

static void was_sent(struct tck_loop_event *event, bool ok)
{
    struct tck_server_call *call = TCK_CONTAINER(event, struct tck_server_call, send_event);

    (void)ok; /* should it have failed, the call is over, which is another event */
    pthread_mutex_lock(&call->lock);
    note_sent(call);
    wake(call);
}

static void was_closed(struct tck_loop_event *event, bool ok)
{
    struct tck_server_call *call = TCK_CONTAINER(event, struct tck_server_call, close_event);

    (void)ok;
    pthread_mutex_lock(&call->lock);
    call->over = true;
    if (call->over_cancelled)
        atomic_store(&call->cancelled, true);
    wake(call);
}

/* False when memory runs out: the call is then dropped, which cancels it. */
static bool learn(struct tck_server_call *call)
{
    if (tck_metadata_receive(&call->metadata, &call->request, NULL) < 0)
        return false;
    call->method = grpc_slice_to_c_string(call->details.method);
    call->peer = grpc_call_get_peer(call->call);
    tck_server_name_peer(call->server, &call->peer);
    call->deadline = tck_timespec_point(call->details.deadline);
    return true;
}

static void open_call(struct tck_server_call *call)
{
    struct tck_server *server = call->server;

    tck_server_call_ref(call); /* the open call's, dropped when it is closed */
    pthread_mutex_lock(&call->lock);
    call->busy = true;
    pthread_mutex_unlock(&call->lock);
    server->handler->opened(server->context, call, &call->user);
    pthread_mutex_lock(&call->lock);
    run_callbacks(call);
}

static void was_opened(struct tck_loop_event *event, bool ok)
{
    struct tck_server_call *call = TCK_CONTAINER(event, struct tck_server_call, opened_event);
    struct tck_server *server = call->server;

    tck_server_call_was_opened(server, ok);
    if (ok && learn(call))
        open_call(call);
    else if (ok)
        tck_server_call_was_closed(server);
    tck_server_call_unref(call);
}

/* ---- what a handler may ask and do ---- */

const char *tck_server_call_method(const struct tck_server_call *call)
{
    return call->method;
}

const char *tck_server_call_peer(const struct tck_server_call *call)
{
    return call->peer;
}

const struct tck_metadata *tck_server_call_metadata(const struct tck_server_call *call)
{
    return &call->metadata;
}

int64_t tck_server_call_deadline(const struct tck_server_call *call)
{
    return call->deadline;
}

bool tck_server_call_cancelled(const struct tck_server_call *call)
{
    return atomic_load(&call->cancelled);
}

size_t tck_server_call_queued(const struct tck_server_call *call)
{
    struct tck_server_call *own = (struct tck_server_call *)call;
    size_t count;

    pthread_mutex_lock(&own->lock);
    count = own->outbox.count;
    pthread_mutex_unlock(&own->lock);
    return count;
}

void tck_server_call_hold_reading(struct tck_server_call *call)
{
    pthread_mutex_lock(&call->lock);
    call->held++;
    pthread_mutex_unlock(&call->lock);
}

void tck_server_call_release_reading(struct tck_server_call *call)
{
    pthread_mutex_lock(&call->lock);
    assert(call->held > 0);
    call->held--;
    /* While callbacks run, whoever runs them reads on afterwards. */
    if (!call->busy && !call->closed)
        begin_receive(call);
    pthread_mutex_unlock(&call->lock);
}

/* Takes the lock if the call can still be written to. */
static int lock_open(struct tck_server_call *call, struct tck_error *err)
{
    pthread_mutex_lock(&call->lock);
    if (!call->finishing && !call->over && !call->closed)
        return 0;
    pthread_mutex_unlock(&call->lock);
    return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "the call is over");
}

int tck_server_call_headers(struct tck_server_call *call, const struct tck_metadata *headers, struct tck_error *err)
{
    struct tck_metadata_out out;
    int r;

    r = tck_metadata_out_init(&out, headers, err);
    if (r < 0)
        return r;
    r = lock_open(call, err);
    if (r < 0) {
        tck_metadata_out_done(&out);
        return r;
    }
    if (call->headers_sent || call->headers_wanted) {
        pthread_mutex_unlock(&call->lock);
        tck_metadata_out_done(&out);
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "the headers were sent already");
    }
    call->headers = out;
    call->headers_wanted = true;
    pump(call);
    pthread_mutex_unlock(&call->lock);
    return 0;
}

int tck_server_call_send(struct tck_server_call *call, struct tck_bytes message, struct tck_error *err)
{
    grpc_byte_buffer *item;
    int r;

    item = tck_byte_buffer_new(message);
    r = lock_open(call, err);
    if (r < 0) {
        grpc_byte_buffer_destroy(item);
        return r;
    }
    r = tck_outbox_push(&call->outbox, item);
    if (r == 0)
        pump(call);
    pthread_mutex_unlock(&call->lock);
    if (r < 0) {
        grpc_byte_buffer_destroy(item);
        return tck_no_memory(err);
    }
    return 0;
}

/* Takes item, which may be NULL. */
static int finish(struct tck_server_call *call, grpc_byte_buffer *item, int code, const char *message,
                  const struct tck_metadata *trailers, struct tck_error *err)
{
    struct tck_metadata_out out;
    int r;

    r = tck_metadata_out_init(&out, trailers, err);
    if (r == 0) {
        r = lock_open(call, err);
        if (r < 0)
            tck_metadata_out_done(&out);
    }
    if (r < 0) {
        grpc_byte_buffer_destroy(item);
        return r;
    }
    if (item && tck_outbox_push(&call->outbox, item) < 0) {
        pthread_mutex_unlock(&call->lock);
        tck_metadata_out_done(&out);
        grpc_byte_buffer_destroy(item);
        return tck_no_memory(err);
    }
    call->trailers = out;
    call->code = (grpc_status_code)code;
    call->has_status_text = message != NULL;
    if (message)
        call->status_text = grpc_slice_from_copied_string(message);
    call->finishing = true;
    pump(call);
    pthread_mutex_unlock(&call->lock);
    return 0;
}

int tck_server_call_finish(struct tck_server_call *call, int code, const char *message,
                           const struct tck_metadata *trailers, struct tck_error *err)
{
    return finish(call, NULL, code, message, trailers, err);
}

int tck_server_call_send_last(struct tck_server_call *call, struct tck_bytes last, int code, const char *message,
                              const struct tck_metadata *trailers, struct tck_error *err)
{
    return finish(call, tck_byte_buffer_new(last), code, message, trailers, err);
}
