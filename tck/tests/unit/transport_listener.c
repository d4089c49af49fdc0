/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_listener.h"

#include <errno.h>
#include <stdlib.h>

#define TEXT_KEPT 4096

void listener_init(struct listener *listener)
{
    pthread_condattr_t attributes;

    *listener = (struct listener){ .text = TCK_BUFFER_INIT(1 << 20) };
    pthread_mutex_init(&listener->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&listener->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

void listener_done(struct listener *listener)
{
    const char *breach;

    listener_await(listener, &listener->closed, 1, "ends of the stream");
    pthread_mutex_lock(&listener->lock);
    breach = listener->breach;
    pthread_mutex_unlock(&listener->lock);
    if (breach)
        fail_msg("a stream's callbacks: %s", breach);
    tck_buffer_done(&listener->text);
    tck_metadata_done(&listener->head);
    tck_metadata_done(&listener->trailers);
    pthread_cond_destroy(&listener->changed);
    pthread_mutex_destroy(&listener->lock);
}

/* ---- the callbacks ---- */

static void enter(struct listener *listener)
{
    bool alone = atomic_fetch_add(&listener->inside, 1) == 0;

    pthread_mutex_lock(&listener->lock);
    if (!alone)
        listener->breach = "two at once";
    if (listener->closed)
        listener->breach = "one after closed";
}

static void leave(struct listener *listener)
{
    atomic_fetch_sub(&listener->inside, 1); /* before closed is seen and the listener gone */
    pthread_cond_broadcast(&listener->changed);
    pthread_mutex_unlock(&listener->lock);
}

static void wait_if_told(struct listener *listener, atomic_bool *told)
{
    if (!atomic_load(told))
        return;
    listener->blocks = 1;
    pthread_cond_broadcast(&listener->changed);
    while (!listener->unblocked)
        pthread_cond_wait(&listener->changed, &listener->lock);
}

static void on_headers(struct tck_stream *stream, void *user, const struct tck_metadata *headers)
{
    struct listener *listener = user;

    (void)stream;
    enter(listener);
    if (listener->headers || listener->messages)
        listener->breach = "headers that were not the first";
    listener->headers++;
    tck_metadata_copy(&listener->head, headers, NULL);
    wait_if_told(listener, &listener->block_at_headers);
    leave(listener);
}

static void on_message(struct tck_stream *stream, void *user, struct tck_bytes message)
{
    struct listener *listener = user;

    enter(listener);
    listener->bytes += message.size;
    if (listener->text.size + message.size < TEXT_KEPT) {
        tck_buffer_append(&listener->text, message.data, message.size);
        tck_buffer_append(&listener->text, ",", 1);
    }
    if (listener->hold_at_message)
        tck_stream_hold_reading(stream);
    if (listener->cancel_at_message)
        tck_stream_cancel(stream);
    listener->messages++;
    wait_if_told(listener, &listener->block_at_message);
    leave(listener);
}

static void on_writable(struct tck_stream *stream, void *user)
{
    struct listener *listener = user;

    enter(listener);
    listener->writable++;
    listener->queued_at_writable = tck_stream_queued(stream);
    leave(listener);
}

static void on_closed(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                      const struct tck_metadata *trailers)
{
    struct listener *listener = user;

    (void)stream;
    enter(listener);
    listener->status = *status;
    tck_metadata_copy(&listener->trailers, trailers, NULL);
    listener->closed++;
    leave(listener);
}

const struct tck_stream_handler listening = {
    .headers = on_headers,
    .message = on_message,
    .writable = on_writable,
    .closed = on_closed,
};
const struct tck_stream_handler listening_least = { .message = on_message, .closed = on_closed };

/* ---- waiting ---- */

void listener_await(struct listener *listener, const size_t *what, size_t least, const char *name)
{
    int64_t deadline = tck_after(TCK_SECONDS(10));
    struct timespec until = { .tv_sec = deadline / TCK_SECONDS(1), .tv_nsec = deadline % TCK_SECONDS(1) };
    size_t got;
    int r = 0;

    pthread_mutex_lock(&listener->lock);
    while (*what < least && r != ETIMEDOUT)
        r = pthread_cond_timedwait(&listener->changed, &listener->lock, &until);
    got = *what;
    pthread_mutex_unlock(&listener->lock);
    if (got < least)
        fail_msg("waited ten seconds for %zu %s; there were %zu", least, name, got);
}

size_t listener_count(struct listener *listener, const size_t *what)
{
    size_t count;

    pthread_mutex_lock(&listener->lock);
    count = *what;
    pthread_mutex_unlock(&listener->lock);
    return count;
}

void listener_await_block(struct listener *listener)
{
    listener_await(listener, &listener->blocks, 1, "callbacks that block");
}

void listener_unblock(struct listener *listener)
{
    pthread_mutex_lock(&listener->lock);
    listener->unblocked = true;
    pthread_cond_broadcast(&listener->changed);
    pthread_mutex_unlock(&listener->lock);
}

void assert_closed(struct listener *listener, int code, const char *text, bool from_peer)
{
    const struct tck_call_status *status = &listener->status;

    listener_await(listener, &listener->closed, 1, "ends of the stream");
    if (status->code != code || status->from_peer != from_peer)
        fail_msg("status %d '%s' from %s, not %d from %s", status->code, status->message,
                 status->from_peer ? "the peer" : "us", code, from_peer ? "the peer" : "us");
    if (text)
        assert_string_equal(status->message, text);
}

void assert_heard(struct listener *listener, size_t messages, const char *text)
{
    listener_await(listener, &listener->messages, messages, "messages");
    pthread_mutex_lock(&listener->lock);
    assert_int_equal(listener->messages, messages);
    assert_string_equal(tck_buffer_string(&listener->text), text);
    pthread_mutex_unlock(&listener->lock);
}

/* ---- the stream ---- */

struct tck_stream *open_stream(struct tck_loop *loop, struct fixture *fixture, const char *method,
                               const struct tck_stream_handler *handler, struct listener *listener)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_stream *stream = NULL;

    listener_init(listener);
    assert_done(tck_stream_open(loop, fixture->channel, method, NULL, soon(), handler, listener, &stream, &err), &err);
    return stream;
}

void stream_text(struct tck_stream *stream, const char *text)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };

    assert_done(tck_stream_send(stream, tck_bytes(text, strlen(text)), &err), &err);
}
