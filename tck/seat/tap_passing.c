/* SPDX-License-Identifier: Apache-2.0
 *
 * How things of a forwarded call are handed on, noted, and ended. All of it with the passage's lock held.
 */
#include <grpc/status.h>
#include <string.h>

#include "seat/tapped_internal.h"

/* ---- noting ---- */

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

/* ---- the end towards the proxy ---- */

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

void tck_tapped_sever(struct tck_tapped *tapped, int code, const char *message, enum tck_meddled meddled)
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
    tck_tapped_sever(tapped, GRPC_STATUS_RESOURCE_EXHAUSTED, TCK_TAP_NO_MEMORY, TCK_NOT_MEDDLED);
}

static bool sever_if_wanted(struct tck_tapped *tapped, const struct tck_thing *thing)
{
    const struct tck_interference *what = tck_fate_first(&thing->fate, TCK_MEDDLE_SEVER);

    if (!what)
        return false;
    note(tapped, thing, 0, TCK_MEDDLED_DROPPED);
    tck_tapped_sever(tapped, what->code, what->message, TCK_MEDDLED_INJECTED);
    return true;
}

/* ---- messages, both ways ---- */

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

/* Returns when it was handed on, 0 if it could not be. */
static int64_t send_one(struct tck_tapped *tapped, const struct tck_thing *thing, send_function send,
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
    return r == 0 ? now : 0;
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

/* ---- towards the user function ---- */

/* What belongs to one connection is made anew by the next. What HTTP/2 cannot carry has no way on. */
int tck_tapped_forward_metadata(struct tck_metadata *to, const struct tck_metadata *from)
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

    if (tck_tapped_forward_metadata(&own, tck_server_call_metadata(tapped->call)) < 0)
        return tck_no_memory(err);
    tck_tapped_ref(tapped); /* the open stream's */
    r = tck_tap_open_stream(tapped->tap, tapped->passage->method, &own, tck_server_call_deadline(tapped->call),
                            &tck_tapped_stream_handler, tapped, &tapped->stream, err);
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
        tck_tapped_sever(tapped, r == TCK_NO_SHOW ? GRPC_STATUS_UNAVAILABLE : GRPC_STATUS_INTERNAL, err.text,
                         TCK_NOT_MEDDLED);
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
    int64_t gone;

    if (thing->fate.count == 0)
        half_close = tck_lane_take(&tapped->to_user_function, TCK_PASSED_HALF_CLOSED);
    if (!half_close) {
        send_message(tapped, thing, send_to_user_function);
        return;
    }
    gone = send_one(tapped, thing, send_last_to_user_function, TCK_NOT_MEDDLED);
    note(tapped, half_close, gone, TCK_NOT_MEDDLED); /* it left as one with the message */
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

const struct tck_lane_way tck_way_to_user_function = {
    .pass_on = pass_to_user_function,
    .is_full = is_stream_full,
    .hold = hold_call,
    .release = release_call,
};

/* ---- towards the proxy ---- */

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

const struct tck_lane_way tck_way_to_proxy = {
    .pass_on = pass_to_proxy,
    .is_full = is_call_full,
    .hold = hold_stream,
    .release = release_stream,
};
