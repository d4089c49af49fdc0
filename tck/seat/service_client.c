/* SPDX-License-Identifier: Apache-2.0
 *
 * A call of a user's service through the proxy.
 */
#include "seat/service_client.h"

#include <stdlib.h>

#include "seat/seat_internal.h"

struct tck_service_call {
    struct tck_service_call_options options;
    struct tck_call *call;
    struct tck_buffer out, in; /* reused from message to message */
    bool half_closed, cancelled, ended, has_headers;
    struct tck_metadata headers, trailers;
    struct tck_call_status status; /* once ended */
};

int tck_service_call_start(const struct tck_service_call_options *options, struct tck_service_call **ret_call,
                           struct tck_error *err)
{
    tck_cleanup(tck_service_call_freep) struct tck_service_call *call = calloc(1, sizeof *call);
    int r;

    if (!call)
        return tck_no_memory(err);
    call->options = *options;
    call->out = call->in = (struct tck_buffer)TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    r = tck_call_start(options->channel, options->method->full_name, options->metadata, options->deadline, &call->call,
                       err);
    if (r < 0)
        return r;
    tck_recording_event(options->recording, options->name, TCK_HAPPENED, options->method->full_name);
    *ret_call = TCK_TAKE(call);
    return 0;
}

void tck_service_call_free(struct tck_service_call *call)
{
    if (!call)
        return;
    tck_call_free(call->call);
    tck_metadata_done(&call->headers);
    tck_metadata_done(&call->trailers);
    tck_buffer_done(&call->out);
    tck_buffer_done(&call->in);
    free(call);
}

/* ---- sending ---- */

static void event(struct tck_service_call *call, enum tck_flow flow, const char *text)
{
    tck_recording_event(call->options.recording, call->options.name, flow, text);
}

static int sent(struct tck_service_call *call, int r)
{
    if (r == TCK_ENDED)
        event(call, TCK_HAPPENED, "(not sent: the call had ended)");
    else if (r == TCK_TIMED_OUT)
        event(call, TCK_HAPPENED, "(not sent: held back by flow control until the deadline)");
    return r;
}

static int send_packed(struct tck_service_call *call, struct tck_bytes bytes, int64_t deadline, struct tck_error *err)
{
    if (call->options.method->client_streaming || call->half_closed)
        return sent(call, tck_call_send(call->call, bytes, deadline, err));
    call->half_closed = true;
    return sent(call, tck_call_send_last(call->call, bytes, deadline, err));
}

int tck_service_call_send(struct tck_service_call *call, const ProtobufCMessage *message, int64_t deadline,
                          struct tck_error *err)
{
    int r;

    tck_buffer_clear(&call->out);
    r = tck_message_pack(message, &call->out, err);
    if (r < 0)
        return r;
    tck_recording_message(call->options.recording, call->options.name, TCK_SENT, message);
    return send_packed(call, tck_buffer_bytes(&call->out), deadline, err);
}

static const char *bytes_text(struct tck_service_call *call, size_t size)
{
    return tck_arena_printf(call->options.arena, "(%zu raw bytes)", size);
}

int tck_service_call_send_bytes(struct tck_service_call *call, struct tck_bytes bytes, int64_t deadline,
                                struct tck_error *err)
{
    event(call, TCK_SENT, bytes_text(call, bytes.size));
    return send_packed(call, bytes, deadline, err);
}

int tck_service_call_half_close(struct tck_service_call *call, int64_t deadline, struct tck_error *err)
{
    if (call->half_closed || call->cancelled)
        return 0;
    call->half_closed = true;
    event(call, TCK_HAPPENED, "we half-close");
    return sent(call, tck_call_half_close(call->call, deadline, err));
}

void tck_service_call_cancel(struct tck_service_call *call)
{
    if (call->ended || call->cancelled)
        return;
    call->cancelled = true;
    event(call, TCK_HAPPENED, "we cancel");
    tck_call_cancel(call->call);
}

/* ---- receiving ---- */

/* Once something came, the headers and the status are there as well; a deadline all the same. */
static int64_t at_hand(void)
{
    return tck_after(TCK_SECONDS(1));
}

static int missing(struct tck_error *err, const char *what)
{
    return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a call that had come to its %s did not give it within a second", what);
}

static int take_headers(struct tck_service_call *call, struct tck_error *err)
{
    int r;

    if (call->has_headers)
        return 0;
    r = tck_call_headers(call->call, at_hand(), &call->headers, err);
    if (r == TCK_TIMED_OUT)
        return missing(err, "headers");
    call->has_headers = true;
    return r < 0 ? r : 0; /* a call that failed before has none */
}

static int take_message(struct tck_service_call *call, struct tck_heard *heard, struct tck_error *err)
{
    const struct tck_service_call_options *options = &call->options;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    r = take_headers(call, err);
    if (r < 0)
        return r;
    heard->headers = &call->headers;
    r = tck_message_unpack(options->method->output, tck_buffer_bytes(&call->in), options->arena, &message, &why);
    if (r == TCK_KIT) {
        tck_error_move(err, &why);
        return r;
    }
    if (r == 0) {
        heard->kind = TCK_HEARD_MESSAGE;
        heard->message = message;
        tck_recording_message(options->recording, options->name, TCK_CAME, message);
        return 0;
    }
    heard->kind = TCK_HEARD_UNDECODABLE;
    heard->why = tck_arena_strdup(options->arena, why.text);
    if (!heard->why)
        return tck_no_memory(err);
    event(call, TCK_CAME, bytes_text(call, call->in.size));
    event(call, TCK_HAPPENED, heard->why);
    return 0;
}

static int learn_end(struct tck_service_call *call, struct tck_error *err)
{
    char code[16];
    int r;

    r = take_headers(call, err);
    if (r < 0)
        return r;
    r = tck_call_finish(call->call, at_hand(), &call->status, &call->trailers, err);
    if (r == TCK_TIMED_OUT)
        return missing(err, "end");
    if (r < 0)
        return r;
    call->ended = true;
    event(call, TCK_CAME,
          tck_arena_printf(call->options.arena, "the call ends: %s%s%s", tck_grpc_code_name(call->status.code, code),
                           call->status.message[0] ? ": " : "", call->status.message));
    return 0;
}

static int take_end(struct tck_service_call *call, struct tck_heard *heard, struct tck_error *err)
{
    int r = call->ended ? 0 : learn_end(call, err);

    if (r < 0)
        return r;
    heard->kind = TCK_HEARD_END;
    heard->status = call->status;
    heard->headers = &call->headers;
    heard->trailers = &call->trailers;
    return 0;
}

int tck_service_call_receive(struct tck_service_call *call, int64_t deadline, struct tck_heard *ret_heard,
                             struct tck_error *err)
{
    struct tck_heard heard = { .kind = TCK_HEARD_NOTHING };
    int r = TCK_ENDED;

    if (!call->ended)
        r = tck_seat_receive(call->call, deadline, call->options.interrupted, &call->in, err);
    heard.at = tck_now();
    if (r == TCK_RECEIVED)
        r = take_message(call, &heard, err);
    else if (r == TCK_ENDED)
        r = take_end(call, &heard, err);
    else if (r == TCK_TIMED_OUT && tck_seat_interrupted(call->options.interrupted))
        heard.kind = TCK_HEARD_INTERRUPTED;
    if (r < 0)
        return r;
    *ret_heard = heard;
    return 0;
}
