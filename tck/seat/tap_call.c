/* SPDX-License-Identifier: Apache-2.0
 *
 * One forwarded call: a call of the proxy at our server, a stream to the user function, and a lane each way.
 *
 * All of it is under the passage's lock, which the callbacks of both sides take; transport calls back with none of its own
 * held, so transport may be called with it. A thing is handed on and noted in one step. An alter function runs without
 * the lock: the callbacks of one side never overlap, so the order of its things is kept.
 */
#include <grpc/status.h>
#include <stdlib.h>
#include <string.h>

#include "seat/tap_internal.h"

/* How often empty headers let other events go first: in the first round the loop reads what came with them, in the second
 * it hands that over. */
#define ROUNDS_FOR_HEADERS 2

#define OUT_OF_MEMORY "the tap is out of memory"

struct tck_tapped {
    struct tck_tapped_link link;
    atomic_uint refs; /* the open server call's, the open stream's, waiting headers', and users' */
    struct tck_tap *tap;
    struct tck_passage *passage;  /* a reference */
    struct tck_server_call *call; /* a reference */
    bool discovery;

    /* of the callbacks of the server call */
    bool opening;    /* the opening waits until it is known whose the call is */
    bool identified; /* all is known that can be */
    int64_t opened_at;

    /* of the callbacks of the stream; then of the loop's works */
    struct tck_loop_work headers_work;
    unsigned rounds;

    /* under the passage's lock */
    struct tck_stream *stream; /* a reference; NULL: not opened yet, or it could not be */
    bool finished;             /* the proxy was told an end */
    struct tck_lane to_user_function, to_proxy;
};

/* ---- life ---- */

bool tck_tapped_try_ref(struct tck_tapped *tapped)
{
    unsigned refs = atomic_load(&tapped->refs);

    while (refs && !atomic_compare_exchange_weak(&tapped->refs, &refs, refs + 1))
        ;
    return refs != 0;
}

static void ref(struct tck_tapped *tapped)
{
    atomic_fetch_add(&tapped->refs, 1);
}

void tck_tapped_unref(struct tck_tapped *tapped)
{
    struct tck_tap *tap = tapped->tap;

    if (atomic_fetch_sub(&tapped->refs, 1) > 1)
        return;
    tck_lane_done(&tapped->to_user_function);
    tck_lane_done(&tapped->to_proxy);
    tck_stream_unref(tapped->stream);
    tck_server_call_unref(tapped->call);
    tck_passages_over(&tap->passages, tapped->passage);
    tck_passage_unref(tapped->passage);
    tck_tap_leave(tap, &tapped->link);
    free(tapped);
}

/* ---- noting; with the lock ---- */

static void note(struct tck_tapped *tapped, const struct tck_thing *thing, int64_t gone, enum tck_meddled meddled)
{
    struct tck_passed passed = thing->passed;

    passed.gone = gone;
    if (meddled != TCK_NOT_MEDDLED)
        passed.meddled = meddled;
    tck_passage_note(tapped->passage, &passed);
}

static bool note_if_stopped(struct tck_tapped *tapped, const struct tck_lane *lane, const struct tck_thing *thing)
{
    if (tck_fate_first(&thing->fate, TCK_MEDDLE_DROP))
        note(tapped, thing, 0, TCK_MEDDLED_DROPPED);
    else if (lane->dead)
        note(tapped, thing, 0, TCK_NOT_MEDDLED);
    else
        return false;
    return true;
}

/* ---- the end towards the proxy; with the lock ---- */

static void finish(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    const struct tck_passed *passed = &thing->passed;
    const char *message = passed->message && passed->message[0] ? passed->message : NULL;
    int64_t now = tck_now();
    int r = TCK_NO_SHOW;

    if (!tapped->finished) {
        /* Before the proxy has it: whoever sees the end must not find the call open. */
        tck_passages_closed(&tapped->tap->passages, tapped->passage, false, now);
        r = tck_server_call_finish(tapped->call, passed->code, message, thing->trailers, NULL);
    }
    tapped->finished |= r == 0;
    note(tapped, thing, r == 0 ? now : 0, TCK_NOT_MEDDLED);
}

/* Ends the call for both sides. */
static void sever(struct tck_tapped *tapped, int code, const char *message, enum tck_meddled meddled)
{
    struct tck_thing end = {
        .passed = { .kind = TCK_PASSED_ENDED, .at = tck_now(), .code = code, .message = message, .meddled = meddled }
    };

    finish(tapped, &end);
    if (tapped->stream)
        tck_stream_cancel(tapped->stream);
    tck_lane_die(&tapped->to_user_function);
    tck_lane_die(&tapped->to_proxy);
}

static void lose(struct tck_tapped *tapped)
{
    sever(tapped, GRPC_STATUS_RESOURCE_EXHAUSTED, OUT_OF_MEMORY, TCK_NOT_MEDDLED);
}

static bool sever_if_wanted(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    const struct tck_interference *what = tck_fate_first(&thing->fate, TCK_MEDDLE_SEVER);

    if (!what)
        return false;
    note(tapped, thing, 0, TCK_MEDDLED_DROPPED);
    sever(tapped, what->code, what->message, TCK_MEDDLED_INJECTED);
    return true;
}

/* ---- messages, both ways; with the lock ---- */

typedef int (*send_function)(struct tck_tapped *tapped, struct tck_bytes bytes);

static int send_to_user_function(struct tck_tapped *tapped, struct tck_bytes bytes)
{
    return tck_stream_send(tapped->stream, bytes, NULL);
}

static int send_last_to_user_function(struct tck_tapped *tapped, struct tck_bytes bytes)
{
    return tck_stream_send_last(tapped->stream, bytes, NULL);
}

static int send_to_proxy(struct tck_tapped *tapped, struct tck_bytes bytes)
{
    return tck_server_call_send(tapped->call, bytes, NULL);
}

static void send_one(struct tck_tapped *tapped, const struct tck_thing *thing, send_function send,
                     enum tck_meddled meddled)
{
    int64_t now = tck_now();
    int r;

    if (tapped->discovery)
        tck_discovery_see(&tapped->tap->discovery, tapped->passage->method, &thing->passed);
    r = send(tapped, thing->passed.bytes);
    note(tapped, thing, r == 0 ? now : 0, meddled);
    if (r == TCK_KIT)
        lose(tapped);
}

/* The message, and what interference adds to it. */
static void send_message(struct tck_tapped *tapped, const struct tck_thing *thing, send_function send)
{
    const struct tck_interference *what;
    size_t i = 0;

    send_one(tapped, thing, send, TCK_NOT_MEDDLED);
    while (tck_fate_next(&thing->fate, TCK_MEDDLE_DUPLICATE, &i))
        send_one(tapped, thing, send, TCK_MEDDLED_DUPLICATED);
    i = 0;
    while ((what = tck_fate_next(&thing->fate, TCK_MEDDLE_INJECT, &i))) {
        struct tck_thing more = { .passed = { .kind = thing->passed.kind, .at = tck_now(), .bytes = what->bytes } };

        send_one(tapped, &more, send, TCK_MEDDLED_INJECTED);
    }
}

/* ---- towards the user function; with the lock ---- */

static const struct tck_stream_handler stream_handler;

/* What belongs to one connection is made anew by the next. What HTTP/2 cannot carry has no way on. */
static int forward_metadata(struct tck_metadata *to, const struct tck_metadata *from)
{
    static const char *const own[] = { "user-agent",
                                       "te",
                                       "content-type",
                                       "grpc-encoding",
                                       "grpc-timeout",
                                       "grpc-status",
                                       "grpc-message",
                                       "grpc-accept-encoding",
                                       "grpc-internal-encoding-request" };

    for (size_t i = 0; i < from->count; i++) {
        const struct tck_metadata_entry *entry = &from->entries[i];
        bool skip = false;

        for (size_t k = 0; k < TCK_COUNT(own) && !skip; k++)
            skip = strcmp(entry->key, own[k]) == 0;
        if (!skip && tck_metadata_add(to, entry->key, entry->value, entry->value_size, NULL) == TCK_KIT)
            return TCK_KIT;
    }
    return 0;
}

static int open_stream(struct tck_tapped *tapped, struct tck_error *err)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };
    int r;

    if (forward_metadata(&own, tck_server_call_metadata(tapped->call)) < 0)
        return tck_no_memory(err);
    ref(tapped); /* the open stream's */
    r = tck_tap_open_stream(tapped->tap, tapped->passage->method, &own, tck_server_call_deadline(tapped->call),
                            &stream_handler, tapped, &tapped->stream, err);
    if (r < 0)
        atomic_fetch_sub(&tapped->refs, 1); /* not the last: somebody called us */
    return r;
}

static void pass_opening(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    int64_t now = tck_now();
    int r;

    if (tapped->discovery)
        tck_discovery_see(&tapped->tap->discovery, tapped->passage->method, &thing->passed);
    r = open_stream(tapped, &err);
    note(tapped, thing, r == 0 ? now : 0, TCK_NOT_MEDDLED);
    if (r < 0)
        sever(tapped, r == TCK_NO_SHOW ? GRPC_STATUS_UNAVAILABLE : GRPC_STATUS_INTERNAL, err.text, TCK_NOT_MEDDLED);
}

static void pass_half_close(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    int64_t now = tck_now();

    tck_stream_half_close(tapped->stream);
    note(tapped, thing, now, TCK_NOT_MEDDLED);
}

static void pass_command(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    struct tck_thing *half_close = NULL;

    if (thing->fate.count == 0)
        half_close = tck_lane_take(&tapped->to_user_function, TCK_PASSED_HALF_CLOSED);
    if (!half_close) {
        send_message(tapped, thing, send_to_user_function);
        return;
    }
    send_message(tapped, thing, send_last_to_user_function);
    pass_half_close(tapped, half_close); /* which has left already */
    tck_thing_free(half_close);
}

static void pass_reset(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    int64_t now = tck_now();

    tck_stream_cancel(tapped->stream);
    note(tapped, thing, now, TCK_NOT_MEDDLED);
}

static void pass_to_user_function(void *owner, struct tck_thing *thing)
{
    static void (*const passes[TCK_PASSED_COUNT])(struct tck_tapped *, const struct tck_thing *) = {
        [TCK_PASSED_OPENED] = pass_opening,
        [TCK_PASSED_COMMAND] = pass_command,
        [TCK_PASSED_HALF_CLOSED] = pass_half_close,
        [TCK_PASSED_CANCELLED] = pass_reset,
    };
    struct tck_tapped *tapped = owner;

    if (!note_if_stopped(tapped, &tapped->to_user_function, thing) && !sever_if_wanted(tapped, thing))
        passes[thing->passed.kind](tapped, thing);
}

static bool is_stream_full(void *owner)
{
    struct tck_tapped *tapped = owner;

    return tapped->stream && tck_stream_queued(tapped->stream) >= TCK_STREAM_QUEUE;
}

static void hold_call(void *owner)
{
    tck_server_call_hold_reading(((struct tck_tapped *)owner)->call);
}

static void release_call(void *owner)
{
    tck_server_call_release_reading(((struct tck_tapped *)owner)->call);
}

static const struct tck_lane_way to_user_function = {
    .pass_on = pass_to_user_function,
    .is_full = is_stream_full,
    .hold = hold_call,
    .release = release_call,
};

/* ---- towards the proxy; with the lock ---- */

static void pass_end(struct tck_tapped *tapped, struct tck_thing *thing)
{
    const struct tck_interference *what = tck_fate_first(&thing->fate, TCK_MEDDLE_SEVER);

    if (what) {
        thing->passed.code = what->code;
        thing->passed.message = what->message;
        thing->passed.meddled = TCK_MEDDLED_ALTERED;
        thing->trailers = NULL;
    }
    finish(tapped, thing);
}

static void pass_to_proxy(void *owner, struct tck_thing *thing)
{
    struct tck_tapped *tapped = owner;

    if (note_if_stopped(tapped, &tapped->to_proxy, thing))
        return;
    if (thing->passed.kind == TCK_PASSED_ENDED)
        pass_end(tapped, thing);
    else if (!sever_if_wanted(tapped, thing))
        send_message(tapped, thing, send_to_proxy);
}

static bool is_call_full(void *owner)
{
    return tck_server_call_queued(((struct tck_tapped *)owner)->call) >= TCK_SERVER_QUEUE;
}

static void hold_stream(void *owner)
{
    tck_stream_hold_reading(((struct tck_tapped *)owner)->stream);
}

static void release_stream(void *owner)
{
    tck_stream_release_reading(((struct tck_tapped *)owner)->stream);
}

static const struct tck_lane_way to_proxy = {
    .pass_on = pass_to_proxy,
    .is_full = is_call_full,
    .hold = hold_stream,
    .release = release_stream,
};

/* ---- what comes; without the lock ---- */

static void lock(struct tck_tapped *tapped)
{
    pthread_mutex_lock(&tapped->passage->lock);
}

static void unlock(struct tck_tapped *tapped)
{
    pthread_mutex_unlock(&tapped->passage->lock);
}

static void mark_meddled(struct tck_thing *thing, bool is_altered)
{
    if (is_altered)
        thing->passed.meddled = TCK_MEDDLED_ALTERED;
    else if (tck_fate_first(&thing->fate, TCK_MEDDLE_DELAY) || tck_fate_first(&thing->fate, TCK_MEDDLE_HOLD))
        thing->passed.meddled = TCK_MEDDLED_DELAYED;
}

/* What interference makes of the thing. */
static int meddle(struct tck_tapped *tapped, struct tck_thing *thing, struct tck_buffer *altered)
{
    struct tck_meddlings *meddlings = &tapped->tap->meddlings;
    struct tck_identity identity;
    bool is_altered = false;
    int r;

    lock(tapped);
    identity = tapped->passage->identity; /* its texts stay as they are */
    unlock(tapped);
    r = tck_meddlings_find(meddlings, &identity, thing->passed.kind, &thing->fate);
    if (r == 0)
        r = tck_fate_alter(meddlings, &thing->fate, thing->passed.bytes, altered, &is_altered);
    if (r < 0)
        return r;
    if (is_altered) {
        thing->passed.came = thing->passed.bytes;
        thing->passed.bytes = altered->data ? tck_buffer_bytes(altered) : tck_bytes("", 0);
    }
    mark_meddled(thing, is_altered);
    return 0;
}

static void offer(struct tck_tapped *tapped, struct tck_lane *lane, struct tck_thing *thing)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer altered = { 0 };
    int64_t due;
    int r = 0;

    if (atomic_load(&tapped->tap->meddlings.count))
        r = meddle(tapped, thing, &altered);
    lock(tapped);
    if (r < 0)
        sever(tapped, GRPC_STATUS_INTERNAL, "the tap could not make what was to pass in place of this",
              TCK_MEDDLED_INJECTED);
    else if (tck_lane_offer(lane, thing) < 0)
        lose(tapped);
    tck_fate_done(&thing->fate);
    due = tck_lane_due(lane);
    unlock(tapped);
    if (due != TCK_NEVER)
        tck_tap_wake_at(tapped->tap, due);
}

static void offer_message(struct tck_tapped *tapped, struct tck_lane *lane, enum tck_passed_kind kind,
                          struct tck_bytes message)
{
    struct tck_thing thing = { .passed = { .kind = kind, .at = tck_now() } };

    thing.passed.bytes = message.data ? message : tck_bytes("", 0);
    offer(tapped, lane, &thing);
}

/* ---- from the proxy ---- */

static const char *keep_text(struct tck_arena *arena, struct tck_bytes text, const char *known, bool *lost)
{
    const char *kept = known;

    if (text.data && !known) {
        kept = tck_arena_strndup(arena, (const char *)text.data, text.size);
        *lost |= !kept;
    }
    return kept;
}

static void keep_identity(struct tck_tapped *tapped, const struct tck_identity_found *found)
{
    struct tck_passage *passage = tapped->passage;
    struct tck_identity identity = passage->identity;
    bool lost = false;

    identity.service = keep_text(passage->arena, found->service, identity.service, &lost);
    identity.entity_id = keep_text(passage->arena, found->entity_id, identity.entity_id, &lost);
    identity.command = keep_text(passage->arena, found->command, identity.command, &lost);
    if (found->payload.data && !identity.payload.data) {
        const void *payload = tck_arena_memdup(passage->arena, found->payload.data, found->payload.size);

        if (payload)
            identity.payload = tck_bytes(payload, found->payload.size);
        lost |= !payload;
    }
    if (!lost)
        tck_passages_identify(&tapped->tap->passages, passage, &identity);
}

static void identify(struct tck_tapped *tapped, struct tck_bytes message)
{
    struct tck_passage *passage = tapped->passage;
    struct tck_identity_found found;

    if (tapped->identified)
        return;
    lock(tapped);
    if (tck_identity_read(&passage->identity, message, &found))
        keep_identity(tapped, &found);
    tapped->identified = passage->identity.service && (passage->identity.conversation < TCK_CONVERSATION_ACTION_UNARY ||
                                                       passage->identity.payload.data);
    unlock(tapped);
}

static void offer_opening(struct tck_tapped *tapped)
{
    struct tck_thing thing = { .passed = { .kind = TCK_PASSED_OPENED, .at = tapped->opened_at } };

    tapped->opening = false;
    offer(tapped, &tapped->to_user_function, &thing);
}

static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    struct tck_tapped *tapped = user;

    (void)call;
    if (!tapped)
        return;
    identify(tapped, message);
    if (tapped->opening)
        offer_opening(tapped);
    offer_message(tapped, &tapped->to_user_function, TCK_PASSED_COMMAND, message);
}

static void on_half_closed(struct tck_server_call *call, void *user)
{
    struct tck_tapped *tapped = user;
    struct tck_thing thing = { .passed = { .kind = TCK_PASSED_HALF_CLOSED, .at = tck_now() } };

    (void)call;
    if (!tapped)
        return;
    if (tapped->opening)
        offer_opening(tapped);
    offer(tapped, &tapped->to_user_function, &thing);
}

static void on_call_writable(struct tck_server_call *call, void *user)
{
    struct tck_tapped *tapped = user;

    (void)call;
    if (!tapped)
        return;
    lock(tapped);
    tck_lane_pace(&tapped->to_proxy);
    unlock(tapped);
}

/* With the lock. A reset has its place behind what still waits; but if the call was not opened yet, it never will be. */
static void pass_cancelled(struct tck_tapped *tapped)
{
    struct tck_thing thing = { .passed = { .kind = TCK_PASSED_CANCELLED, .at = tck_now() } };

    if (!tapped->stream)
        tck_lane_die(&tapped->to_user_function);
    tck_passages_closed(&tapped->tap->passages, tapped->passage, true, thing.passed.at);
    if (tck_lane_offer(&tapped->to_user_function, &thing) < 0) {
        if (tapped->stream)
            tck_stream_cancel(tapped->stream);
        tck_lane_die(&tapped->to_user_function);
    }
}

static void on_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    struct tck_tapped *tapped = user;

    (void)call;
    if (!tapped)
        return;
    if (tapped->opening)
        offer_opening(tapped);
    lock(tapped);
    tck_lane_die(&tapped->to_proxy);
    if (cancelled && !tapped->finished)
        pass_cancelled(tapped);
    unlock(tapped);
    tck_tapped_unref(tapped);
}

/* A proxy says one thing only to an action that does not stream in, and to discovery. */
static bool is_one_message(const char *method, enum tck_conversation conversation)
{
    return conversation == TCK_CONVERSATION_COUNT ? tck_discovery_is_method(method)
                                                  : !tck_conversation(conversation)->proxy_streams;
}

static struct tck_tapped *tapped_new(struct tck_tap *tap, struct tck_server_call *call)
{
    const char *method = tck_server_call_method(call);
    enum tck_conversation conversation = tck_identity_conversation(method);
    struct tck_tapped *tapped = calloc(1, sizeof *tapped);

    if (!tapped)
        return NULL;
    atomic_init(&tapped->refs, 1);
    tapped->tap = tap;
    tapped->link.tapped = tapped;
    tapped->opened_at = tck_now();
    tapped->discovery = tck_discovery_is_method(method);
    tapped->identified = conversation == TCK_CONVERSATION_COUNT;
    tapped->opening = tck_meddlings_want_openings(&tap->meddlings, conversation);
    tck_lane_init(&tapped->to_user_function, &to_user_function, tapped, is_one_message(method, conversation));
    tck_lane_init(&tapped->to_proxy, &to_proxy, tapped, false);
    if (tck_passages_open(&tap->passages, method, conversation, tck_server_call_metadata(call), &tapped->passage) < 0) {
        free(tapped);
        return NULL;
    }
    tapped->call = tck_server_call_ref(call);
    tck_tap_enter(tap, &tapped->link);
    return tapped;
}

static void on_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    struct tck_tapped *tapped = tapped_new(context, call);

    *ret_user = tapped;
    if (!tapped)
        tck_server_call_finish(call, GRPC_STATUS_RESOURCE_EXHAUSTED, OUT_OF_MEMORY, NULL, NULL);
    else if (!tapped->opening)
        offer_opening(tapped);
}

const struct tck_server_handler tck_tapped_handler = {
    .opened = on_opened,
    .message = on_message,
    .half_closed = on_half_closed,
    .writable = on_call_writable,
    .closed = on_closed,
};

/* ---- from the user function ---- */

/* Transport drops what comes too late: the headers went with a message or the end, or the call is over. */
static void send_empty_headers(struct tck_loop_work *work)
{
    struct tck_tapped *tapped = (struct tck_tapped *)((char *)work - offsetof(struct tck_tapped, headers_work));

    if (++tapped->rounds < ROUNDS_FOR_HEADERS) {
        tck_loop_post(tapped->tap->loop, work);
        return;
    }
    tck_server_call_headers(tapped->call, &(struct tck_metadata){ 0 }, NULL);
    tck_tapped_unref(tapped);
}

/* Headers that say nothing matter as well: to some proxies they open the stream of answers. But if an end came with them,
 * the user function sent nothing but trailers, and so do we. */
static void on_headers(struct tck_stream *stream, void *user, const struct tck_metadata *headers)
{
    struct tck_tapped *tapped = user;
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };

    (void)stream;
    if (forward_metadata(&own, headers) == 0 && own.count) {
        tck_server_call_headers(tapped->call, &own, NULL);
        return;
    }
    ref(tapped);
    tapped->headers_work.run = send_empty_headers;
    tck_loop_post(tapped->tap->loop, &tapped->headers_work);
}

static void on_answer(struct tck_stream *stream, void *user, struct tck_bytes message)
{
    struct tck_tapped *tapped = user;

    (void)stream;
    offer_message(tapped, &tapped->to_proxy, TCK_PASSED_ANSWER, message);
}

static void on_stream_writable(struct tck_stream *stream, void *user)
{
    struct tck_tapped *tapped = user;

    (void)stream;
    lock(tapped);
    tck_lane_pace(&tapped->to_user_function);
    unlock(tapped);
}

static void offer_end(struct tck_tapped *tapped, const struct tck_call_status *status,
                      const struct tck_metadata *trailers)
{
    tck_cleanup(tck_metadata_done) struct tck_metadata own = { 0 };
    struct tck_thing thing = { .passed = { .kind = TCK_PASSED_ENDED,
                                           .at = tck_now(),
                                           .code = status->code,
                                           .message = status->message,
                                           .from_user_function = status->from_peer } };

    if (forward_metadata(&own, trailers) == 0)
        thing.trailers = &own; /* without memory the status matters more */
    offer(tapped, &tapped->to_proxy, &thing);
}

static void on_stream_closed(struct tck_stream *stream, void *user, const struct tck_call_status *status,
                             const struct tck_metadata *trailers)
{
    struct tck_tapped *tapped = user;
    bool ours;

    (void)stream;
    lock(tapped);
    /* After our own reset, the status is not the user function's. */
    ours = tapped->to_proxy.dead && !status->from_peer;
    tck_lane_die(&tapped->to_user_function);
    unlock(tapped);
    if (!ours)
        offer_end(tapped, status, trailers);
    tck_tapped_unref(tapped);
}

static const struct tck_stream_handler stream_handler = {
    .headers = on_headers,
    .message = on_answer,
    .writable = on_stream_writable,
    .closed = on_stream_closed,
};

/* ---- for the tap ---- */

int64_t tck_tapped_pump(struct tck_tapped *tapped)
{
    int64_t out, in;

    lock(tapped);
    tck_lane_pump(&tapped->to_user_function);
    tck_lane_pump(&tapped->to_proxy);
    out = tck_lane_due(&tapped->to_user_function);
    in = tck_lane_due(&tapped->to_proxy);
    unlock(tapped);
    return out < in ? out : in;
}

void tck_tapped_cut(struct tck_tapped *tapped)
{
    lock(tapped);
    if (tapped->stream)
        tck_stream_cancel(tapped->stream);
    tck_lane_die(&tapped->to_user_function);
    unlock(tapped);
}
