/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_forwarder.h"

#include <grpc/status.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "transport/stream.h"

struct forwarder {
    struct tck_loop *loop;
    bool unary;
    struct tck_server *server;
    struct tck_channel *channel;
};

struct forwarded {
    atomic_uint refs;             /* the call's and the stream's; each drops its own when it is closed */
    struct tck_server_call *call; /* a reference */
    struct tck_stream *stream;    /* a reference; NULL if it could not be opened */
    bool unary;
    struct tck_buffer request, response; /* of a unary call, until its end came */
    pthread_mutex_t lock;                /* of what follows; needed only where a queue is full */
    bool caller_held, target_held;
};

static void release(struct forwarded *forwarded)
{
    if (atomic_fetch_sub(&forwarded->refs, 1) > 1)
        return;
    tck_stream_unref(forwarded->stream);
    tck_server_call_unref(forwarded->call);
    tck_buffer_done(&forwarded->request);
    tck_buffer_done(&forwarded->response);
    pthread_mutex_destroy(&forwarded->lock);
    free(forwarded);
}

/* What a gRPC library writes of its own accord is not for forwarding. */
static int forward_metadata(struct tck_metadata *to, const struct tck_metadata *from, struct tck_error *err)
{
    int r = 0;

    for (size_t i = 0; i < from->count && r == 0; i++) {
        const struct tck_metadata_entry *entry = &from->entries[i];

        if (strncmp(entry->key, "grpc-", 5) != 0 && strcmp(entry->key, "user-agent") != 0)
            r = tck_metadata_add(to, entry->key, entry->value, entry->value_size, err);
    }
    return r;
}

/* ---- from the target to the caller ---- */

static void on_headers(struct tck_stream *stream, void *user, const struct tck_metadata *headers)
{
    struct forwarded *forwarded = user;
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };

    (void)stream;
    /* Headers that say nothing go together with what comes next. */
    if (forward_metadata(&own, headers, NULL) == 0 && own.count)
        tck_server_call_headers(forwarded->call, &own, NULL);
}

static void on_answer(struct tck_stream *stream, void *user, struct tck_bytes message)
{
    struct forwarded *forwarded = user;

    if (forwarded->unary) {
        tck_buffer_append(&forwarded->response, message.data, message.size);
        return;
    }
    tck_server_call_send(forwarded->call, message, NULL);
    if (tck_server_call_queued(forwarded->call) < TCK_SERVER_QUEUE)
        return;
    pthread_mutex_lock(&forwarded->lock);
    if (!forwarded->target_held && tck_server_call_queued(forwarded->call) >= TCK_SERVER_QUEUE) {
        forwarded->target_held = true;
        tck_stream_hold_reading(stream);
    }
    pthread_mutex_unlock(&forwarded->lock);
}

static void on_call_writable(struct tck_server_call *call, void *user)
{
    struct forwarded *forwarded = user;

    (void)call;
    pthread_mutex_lock(&forwarded->lock);
    if (forwarded->target_held) {
        forwarded->target_held = false;
        tck_stream_release_reading(forwarded->stream);
    }
    pthread_mutex_unlock(&forwarded->lock);
}

static void on_stream_closed(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                             const struct tck_metadata *trailers)
{
    struct forwarded *forwarded = user;
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };

    (void)stream;
    forward_metadata(&own, trailers, NULL);
    if (forwarded->unary && status->code == GRPC_STATUS_OK)
        tck_server_call_send_last(forwarded->call, tck_buffer_bytes(&forwarded->response), status->code, NULL, &own,
                                  NULL);
    else
        tck_server_call_finish(forwarded->call, status->code, status->message[0] ? status->message : NULL, &own, NULL);
    release(forwarded);
}

/* ---- from the caller to the target ---- */

static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    struct forwarded *forwarded = user;

    if (!forwarded->stream)
        return;
    if (forwarded->unary) {
        tck_buffer_append(&forwarded->request, message.data, message.size);
        return;
    }
    tck_stream_send(forwarded->stream, message, NULL);
    if (tck_stream_queued(forwarded->stream) < TCK_STREAM_QUEUE)
        return;
    pthread_mutex_lock(&forwarded->lock);
    if (!forwarded->caller_held && tck_stream_queued(forwarded->stream) >= TCK_STREAM_QUEUE) {
        forwarded->caller_held = true;
        tck_server_call_hold_reading(call);
    }
    pthread_mutex_unlock(&forwarded->lock);
}

static void on_stream_writable(struct tck_stream *stream, void *user)
{
    struct forwarded *forwarded = user;

    (void)stream;
    pthread_mutex_lock(&forwarded->lock);
    if (forwarded->caller_held) {
        forwarded->caller_held = false;
        tck_server_call_release_reading(forwarded->call);
    }
    pthread_mutex_unlock(&forwarded->lock);
}

static void on_half_closed(struct tck_server_call *call, void *user)
{
    struct forwarded *forwarded = user;

    (void)call;
    if (forwarded->stream && forwarded->unary)
        tck_stream_send_last(forwarded->stream, tck_buffer_bytes(&forwarded->request), NULL);
    else if (forwarded->stream)
        tck_stream_half_close(forwarded->stream);
}

static void on_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    struct forwarded *forwarded = user;

    (void)call;
    if (cancelled && forwarded->stream)
        tck_stream_cancel(forwarded->stream);
    release(forwarded);
}

static const struct tck_stream_handler stream_handler = {
    .headers = on_headers,
    .message = on_answer,
    .writable = on_stream_writable,
    .closed = on_stream_closed,
};

static int open_stream(struct forwarder *forwarder, struct forwarded *forwarded, struct tck_error *err)
{
    struct tck_server_call *call = forwarded->call;
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };
    int r;

    r = forward_metadata(&own, tck_server_call_metadata(call), err);
    if (r < 0)
        return r;
    atomic_fetch_add(&forwarded->refs, 1);
    r = tck_stream_open(forwarder->loop, forwarder->channel, tck_server_call_method(call), &own,
                        tck_server_call_deadline(call), &stream_handler, forwarded, &forwarded->stream, err);
    if (r < 0)
        release(forwarded);
    return r;
}

static void on_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    struct forwarder *forwarder = context;
    struct forwarded *forwarded = calloc(1, sizeof *forwarded);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    if (!forwarded)
        abort();
    *ret_user = forwarded;
    atomic_init(&forwarded->refs, 1);
    pthread_mutex_init(&forwarded->lock, NULL);
    forwarded->call = tck_server_call_ref(call);
    forwarded->unary = forwarder->unary;
    forwarded->request = forwarded->response = (struct tck_buffer)TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE);
    if (open_stream(forwarder, forwarded, &err) < 0)
        tck_server_call_finish(call, GRPC_STATUS_INTERNAL, err.text, NULL, NULL);
}

static const struct tck_server_handler server_handler = {
    .opened = on_opened,
    .message = on_message,
    .half_closed = on_half_closed,
    .writable = on_call_writable,
    .closed = on_closed,
};

/* ---- life ---- */

int forwarder_new(struct tck_loop *loop, const char *address, const char *target, bool unary,
                  struct forwarder **ret_forwarder, int *ret_port, struct tck_error *err)
{
    tck_cleanup(forwarder_freep) struct forwarder *forwarder = calloc(1, sizeof *forwarder);
    int r;

    if (!forwarder)
        return tck_no_memory(err);
    forwarder->loop = loop;
    forwarder->unary = unary;
    r = tck_channel_new(target, NULL, &forwarder->channel, err);
    if (r < 0)
        return r;
    r = tck_server_new(&(struct tck_server_options){ .handler = &server_handler, .context = forwarder, .loop = loop },
                       &forwarder->server, err);
    if (r < 0)
        return r;
    r = tck_server_listen(forwarder->server, address, ret_port, err);
    if (r < 0)
        return r;
    r = tck_server_start(forwarder->server, err);
    if (r < 0)
        return r;
    *ret_forwarder = TCK_TAKE(forwarder);
    return 0;
}

void forwarder_free(struct forwarder *forwarder)
{
    if (!forwarder)
        return;
    tck_server_free(forwarder->server);
    tck_channel_free(forwarder->channel);
    free(forwarder);
}
