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
    unsigned stream;               /* its number in the recording */
};

/* One more line of this call. */
static void tell(struct tck_service_call *call, struct tck_recorded line)
{
    line.conversation = call->options.name;
    line.protocol = "client";
    line.stream = call->stream;
    tck_recording_note(call->options.recording, &line);
}

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
    call->stream = tck_recording_stream(options->recording);
    tell(call, (struct tck_recorded){
                   .kind = TCK_RECORDED_OPENED, .flow = TCK_HAPPENED, .text = options->method->full_name });
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

static void event(struct tck_service_call *call, enum tck_recorded_kind kind, const char *text)
{
    tell(call, (struct tck_recorded){ .kind = kind, .flow = TCK_HAPPENED, .text = text });
}

static void tell_message(struct tck_service_call *call, enum tck_flow flow, const ProtobufCMessage *message,
                         struct tck_bytes bytes)
{
    tell(call, (struct tck_recorded){ .kind = TCK_RECORDED_MESSAGE, .flow = flow, .message = message, .bytes = bytes });
}

static void tell_undecodable(struct tck_service_call *call, enum tck_flow flow, struct tck_bytes bytes)
{
    tell(call, (struct tck_recorded){ .kind = TCK_RECORDED_UNDECODABLE,
                                      .flow = flow,
                                      .bytes = bytes,
                                      .text = tck_arena_printf(call->options.arena, "(%zu raw bytes)", bytes.size) });
}

static int sent(struct tck_service_call *call, int r)
{
    if (r == TCK_ENDED)
        event(call, TCK_RECORDED_NOTE, "(not sent: the call had ended)");
    else if (r == TCK_TIMED_OUT)
        event(call, TCK_RECORDED_NOTE, "(not sent: held back by flow control until the deadline)");
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
    tell_message(call, TCK_SENT, message, tck_buffer_bytes(&call->out));
    return send_packed(call, tck_buffer_bytes(&call->out), deadline, err);
}

int tck_service_call_send_bytes(struct tck_service_call *call, struct tck_bytes bytes, int64_t deadline,
                                struct tck_error *err)
{
    tell_undecodable(call, TCK_SENT, bytes);
    return send_packed(call, bytes, deadline, err);
}

int tck_service_call_half_close(struct tck_service_call *call, int64_t deadline, struct tck_error *err)
{
    if (call->half_closed || call->cancelled)
        return 0;
    call->half_closed = true;
    event(call, TCK_RECORDED_HALF_CLOSE, "we half-close");
    return sent(call, tck_call_half_close(call->call, deadline, err));
}

void tck_service_call_cancel(struct tck_service_call *call)
{
    if (call->ended || call->cancelled)
        return;
    call->cancelled = true;
    event(call, TCK_RECORDED_RESET, "we cancel");
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
        tell_message(call, TCK_CAME, message, tck_buffer_bytes(&call->in));
        return 0;
    }
    heard->kind = TCK_HEARD_UNDECODABLE;
    heard->why = tck_arena_strdup(options->arena, why.text);
    if (!heard->why)
        return tck_no_memory(err);
    tell_undecodable(call, TCK_CAME, tck_buffer_bytes(&call->in));
    event(call, TCK_RECORDED_NOTE, heard->why);
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
    tell(call,
         (struct tck_recorded){ .kind = TCK_RECORDED_END,
                                .flow = TCK_CAME,
                                .code = call->status.code,
                                .status = call->status.message,
                                .from_peer = call->status.from_peer,
                                .text = tck_arena_printf(call->options.arena, "the call ends: %s%s%s",
                                                         tck_grpc_code_name(call->status.code, code),
                                                         call->status.message[0] ? ": " : "", call->status.message) });
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
