/* SPDX-License-Identifier: Apache-2.0
 *
 * A forwarded call: its life, and what comes from both sides.
 */
#include <grpc/status.h>
#include <stdlib.h>
#include <string.h>

#include "base/container.h"
#include "seat/tapped_internal.h"

/* How often empty headers let other events go first: in the first round the loop reads what came with them, in the second
 * it hands that over. */
#define ROUNDS_FOR_HEADERS 2

/* ---- life ---- */

bool tck_tapped_try_ref(struct tck_tapped *tapped)
{
    unsigned refs = atomic_load(&tapped->refs);

    while (refs && !atomic_compare_exchange_weak(&tapped->refs, &refs, refs + 1))
        ;
    return refs != 0;
}

void tck_tapped_ref(struct tck_tapped *tapped)
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
    r = tck_meddlings_find(meddlings, &identity, thing->passed.kind, thing->passed.bytes, &thing->fate);
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
        tck_tapped_sever(tapped, GRPC_STATUS_INTERNAL, "the tap could not make what was to pass in place of this",
                         TCK_MEDDLED_INJECTED);
    else if (tck_lane_offer(lane, thing) < 0)
        tck_tapped_sever(tapped, GRPC_STATUS_RESOURCE_EXHAUSTED, TCK_TAP_NO_MEMORY, TCK_NOT_MEDDLED);
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
    tck_lane_init(&tapped->to_user_function, &tck_way_to_user_function, tapped, is_one_message(method, conversation));
    tck_lane_init(&tapped->to_proxy, &tck_way_to_proxy, tapped, false);
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
        tck_server_call_finish(call, GRPC_STATUS_RESOURCE_EXHAUSTED, TCK_TAP_NO_MEMORY, NULL, NULL);
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
    struct tck_tapped *tapped = TCK_CONTAINER(work, struct tck_tapped, headers_work);

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
    if (tck_tapped_forward_metadata(&own, headers) == 0 && own.count) {
        tck_server_call_headers(tapped->call, &own, NULL);
        return;
    }
    tck_tapped_ref(tapped);
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

    if (tck_tapped_forward_metadata(&own, trailers) == 0)
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

const struct tck_stream_handler tck_tapped_stream_handler = {
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
