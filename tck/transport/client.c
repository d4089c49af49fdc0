/* SPDX-License-Identifier: Apache-2.0
 *
 * One pluck queue per call: the thread that waits for an operation drives the sockets itself, so that no other thread
 * has to be woken on the way. An operation that was begun and not yet taken from the queue is `pending`; whatever it
 * reads or writes lives in the call until then.
 */
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "transport/client_internal.h"
#include "transport/peer_status.h"
#include "transport/transport_internal.h"

/* A cancelled call's operations complete at once; should grpc core ever keep one longer, the call is leaked, not freed
 * under its feet. */
#define LET_GO TCK_SECONDS(10)

/* An operation's address is its tag. */
struct operation {
    bool pending;
    bool ok;
};

struct tck_call {
    struct tck_channel *channel;
    grpc_completion_queue *queue;
    grpc_call *call;
    int64_t deadline;
    struct operation start, send, receive, status;
    atomic_bool cancelled;
    bool half_closed;
    bool sent_too_large;
    bool read_out; /* a receive found the end: nothing will follow */

    grpc_metadata_array headers;
    grpc_byte_buffer *incoming; /* written by receive */
    grpc_status_code code;
    grpc_slice details;
    const char *account; /* grpc core's, of a status other than OK */
    grpc_metadata_array trailers;
    struct tck_metadata_out metadata;
};

/* ---- operations ---- */

static bool begin(struct tck_call *call, struct operation *operation, const grpc_op *ops, size_t count)
{
    tck_hand_over(operation);
    if (grpc_call_start_batch(call->call, ops, count, operation, NULL) != GRPC_CALL_OK)
        return false;
    operation->pending = true;
    return true;
}

/* True when the operation is complete (its result in ok), false when the deadline came first. */
static bool await(struct tck_call *call, struct operation *operation, int64_t deadline)
{
    grpc_event event;

    if (!operation->pending)
        return true;
    event = grpc_completion_queue_pluck(call->queue, operation, tck_timespec(deadline), NULL);
    if (event.type != GRPC_OP_COMPLETE)
        return false;
    tck_take_over(operation);
    operation->pending = false;
    operation->ok = event.success;
    return true;
}

static int misuse(struct tck_error *err, const char *what)
{
    return tck_fail(err, TCK_KIT, TCK_NOWHERE, "grpc core refused to %s", what);
}

/* ---- the life of a call ---- */

/* The status first, so that it is waited for whatever happens to the rest. */
static int begin_call(struct tck_call *call, const struct tck_metadata *metadata, struct tck_error *err)
{
    grpc_op status = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT };
    grpc_op start[] = { { .op = GRPC_OP_SEND_INITIAL_METADATA }, { .op = GRPC_OP_RECV_INITIAL_METADATA } };
    int r;

    r = tck_metadata_out_init(&call->metadata, metadata, err);
    if (r < 0)
        return r;
    status.data.recv_status_on_client.trailing_metadata = &call->trailers;
    status.data.recv_status_on_client.status = &call->code;
    status.data.recv_status_on_client.status_details = &call->details;
    status.data.recv_status_on_client.error_string = &call->account;
    if (!begin(call, &call->status, &status, 1))
        return misuse(err, "wait for the status of a call");
    start[0].data.send_initial_metadata.count = call->metadata.count;
    start[0].data.send_initial_metadata.metadata = call->metadata.items;
    start[1].data.recv_initial_metadata.recv_initial_metadata = &call->headers;
    if (!begin(call, &call->start, start, TCK_COUNT(start)))
        return misuse(err, "send this metadata");
    return 0;
}

int tck_call_start(struct tck_channel *channel, const char *method, const struct tck_metadata *metadata,
                   int64_t deadline, struct tck_call **ret_call, struct tck_error *err)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    int r;

    r = tck_method_check(method, err);
    if (r < 0)
        return r;
    call = calloc(1, sizeof *call);
    if (!call)
        return tck_no_memory(err);
    call->channel = tck_channel_ref(channel);
    call->deadline = deadline;
    call->details = grpc_empty_slice();
    grpc_metadata_array_init(&call->headers);
    grpc_metadata_array_init(&call->trailers);
    call->queue = grpc_completion_queue_create_for_pluck(NULL);
    call->call = tck_channel_create_call(channel, call->queue, method, deadline);
    if (!call->call)
        return misuse(err, "create a call");
    r = begin_call(call, metadata, err);
    if (r < 0)
        return r;
    *ret_call = TCK_TAKE(call);
    return 0;
}

/* False if an operation is still not complete after a time that is far too long. */
static bool drain(struct tck_call *call)
{
    struct operation *operations[] = { &call->start, &call->send, &call->receive, &call->status };
    int64_t deadline = tck_after(LET_GO);

    for (size_t i = 0; i < TCK_COUNT(operations); i++)
        if (!await(call, operations[i], deadline))
            return false;
    return true;
}

void tck_call_free(struct tck_call *call)
{
    if (!call)
        return;
    if (call->call) {
        if (call->status.pending)
            grpc_call_cancel(call->call, NULL);
        if (!drain(call))
            return;
        grpc_call_unref(call->call);
    }
    grpc_completion_queue_shutdown(call->queue);
    grpc_completion_queue_destroy(call->queue);
    grpc_byte_buffer_destroy(call->incoming);
    grpc_metadata_array_destroy(&call->headers);
    grpc_metadata_array_destroy(&call->trailers);
    grpc_slice_unref(call->details);
    gpr_free((void *)call->account);
    tck_metadata_out_done(&call->metadata);
    tck_channel_free(call->channel);
    free(call);
}

void tck_call_cancel(struct tck_call *call)
{
    atomic_store(&call->cancelled, true);
    grpc_call_cancel(call->call, NULL);
}

/* ---- sending ---- */

static int send_batch(struct tck_call *call, const grpc_op *ops, size_t count, int64_t deadline, struct tck_error *err)
{
    if (atomic_load(&call->cancelled))
        return TCK_ENDED;
    if (!begin(call, &call->send, ops, count))
        return misuse(err, "send a message");
    if (!await(call, &call->send, deadline)) {
        tck_call_cancel(call);
        return TCK_TIMED_OUT;
    }
    return call->send.ok ? 0 : TCK_ENDED;
}

static int send_message(struct tck_call *call, struct tck_bytes message, bool last, int64_t deadline,
                        struct tck_error *err)
{
    grpc_op ops[] = { { .op = GRPC_OP_SEND_MESSAGE }, { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT } };
    grpc_byte_buffer *bytes;
    int r;

    if (call->half_closed)
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "a message cannot be sent after the half-close");
    call->half_closed = last;
    call->sent_too_large = message.size > tck_channel_max_message(call->channel);
    bytes = tck_byte_buffer_new(message);
    ops[0].data.send_message.send_message = bytes;
    r = send_batch(call, ops, last ? 2 : 1, deadline, err);
    /* grpc core holds the slices itself, also those of a message that is still held back. */
    grpc_byte_buffer_destroy(bytes);
    return r;
}

int tck_call_send(struct tck_call *call, struct tck_bytes message, int64_t deadline, struct tck_error *err)
{
    return send_message(call, message, false, deadline, err);
}

int tck_call_send_last(struct tck_call *call, struct tck_bytes message, int64_t deadline, struct tck_error *err)
{
    return send_message(call, message, true, deadline, err);
}

int tck_call_half_close(struct tck_call *call, int64_t deadline, struct tck_error *err)
{
    if (call->half_closed)
        return 0;
    call->half_closed = true;
    return send_batch(call, &(grpc_op){ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT }, 1, deadline, err);
}

/* ---- receiving ---- */

/* The next message into call->incoming (TCK_RECEIVED), or the end with its status (TCK_ENDED), or TCK_TIMED_OUT. */
static int await_message(struct tck_call *call, int64_t deadline, struct tck_error *err)
{
    grpc_op receive = { .op = GRPC_OP_RECV_MESSAGE };

    receive.data.recv_message.recv_message = &call->incoming;
    while (!call->read_out) {
        if (!call->receive.pending && !begin(call, &call->receive, &receive, 1))
            return misuse(err, "receive a message");
        if (!await(call, &call->receive, deadline))
            return TCK_TIMED_OUT;
        if (!call->receive.ok || !call->incoming) {
            call->read_out = true;
            break;
        }
        if (!atomic_load(&call->cancelled))
            return TCK_RECEIVED;
        grpc_byte_buffer_destroy(TCK_TAKE(call->incoming)); /* came before the cancellation took hold */
    }
    return await(call, &call->status, deadline) ? TCK_ENDED : TCK_TIMED_OUT;
}

int tck_call_receive(struct tck_call *call, int64_t deadline, struct tck_buffer *ret_message, struct tck_error *err)
{
    int r = await_message(call, deadline, err);

    if (r == TCK_RECEIVED) {
        int read = tck_byte_buffer_read(call->incoming, ret_message, err);

        grpc_byte_buffer_destroy(TCK_TAKE(call->incoming));
        if (read < 0)
            return read;
    }
    return r;
}

int tck_call_headers(struct tck_call *call, int64_t deadline, struct tck_metadata *ret_headers, struct tck_error *err)
{
    if (!await(call, &call->start, deadline))
        return TCK_TIMED_OUT;
    if (!call->start.ok)
        return TCK_ENDED;
    return tck_metadata_receive(ret_headers, &call->headers, err);
}

/* ---- the end ---- */

static void fill_status(struct tck_call *call, struct tck_call_status *ret_status)
{
    struct tck_status_facts facts = {
        .deadline_passed = tck_now() >= call->deadline,
        .receive_failed = !call->receive.ok,
        .sent_too_large = call->sent_too_large,
        .cancelled = atomic_load(&call->cancelled),
    };

    tck_status_tell((int)call->code, call->account, call->details, facts, ret_status);
}

int tck_call_finish(struct tck_call *call, int64_t deadline, struct tck_call_status *ret_status,
                    struct tck_metadata *ret_trailers, struct tck_error *err)
{
    int r;

    while ((r = await_message(call, deadline, err)) == TCK_RECEIVED)
        grpc_byte_buffer_destroy(TCK_TAKE(call->incoming));
    if (r != TCK_ENDED)
        return r;
    fill_status(call, ret_status);
    return ret_trailers ? tck_metadata_receive(ret_trailers, &call->trailers, err) : 0;
}

/* ---- unary ---- */

/* A successful unary call has one response: none or two are the server's mistake, which gRPC libraries report as
 * INTERNAL. */
static void broken_unary(struct tck_call_status *status, const char *text)
{
    status->code = GRPC_STATUS_INTERNAL;
    status->from_peer = false;
    snprintf(status->message, sizeof status->message, "%s", text);
}

static int receive_single(struct tck_call *call, int64_t deadline, struct tck_buffer *ret_response,
                          struct tck_call_status *ret_status, struct tck_error *err)
{
    int first, r;

    first = tck_call_receive(call, deadline, ret_response, err);
    if (first < 0 || first == TCK_TIMED_OUT)
        return first;
    r = await_message(call, deadline, err);
    if (r == TCK_RECEIVED) {
        tck_call_cancel(call);
        broken_unary(ret_status, "the server sent more than one response to a unary call");
        return 0;
    }
    if (r != TCK_ENDED)
        return r;
    fill_status(call, ret_status);
    if (ret_status->code == GRPC_STATUS_OK && first != TCK_RECEIVED)
        broken_unary(ret_status, "the server ended a unary call with OK and sent no response");
    return 0;
}

int tck_call_unary(struct tck_channel *channel, const char *method, const struct tck_metadata *metadata,
                   struct tck_bytes request, int64_t deadline, struct tck_buffer *ret_response,
                   struct tck_call_status *ret_status, struct tck_error *err)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    int r;

    r = tck_call_start(channel, method, metadata, deadline, &call, err);
    if (r < 0)
        return r;
    r = send_message(call, request, true, deadline, err);
    if (r < 0 || r == TCK_TIMED_OUT)
        return r;
    r = receive_single(call, deadline, ret_response, ret_status, err);
    if (r < 0)
        return r;
    /* Whether the deadline strikes here or inside grpc core is chance; the caller gets one answer for both. */
    if (r == TCK_TIMED_OUT || (ret_status->code == GRPC_STATUS_DEADLINE_EXCEEDED && !ret_status->from_peer))
        return TCK_TIMED_OUT;
    return 0;
}
