/* SPDX-License-Identifier: Apache-2.0 */
#include "seat/protocol_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seat/seat_internal.h"

struct tck_protocol_client {
    struct tck_protocol_client_options options;
    const struct tck_conversation_row *row;
    struct tck_call *call;
    struct tck_judge *judge;
    struct tck_buffer out, in; /* reused from message to message */
    size_t breaches;           /* those of the judge that were looked at already */
    bool half_closed, aborted, ended, concluded;
    struct tck_call_status status; /* once ended */
    unsigned stream;               /* its number in the recording */
};

/* One more line of this conversation. */
static void tell(struct tck_protocol_client *client, struct tck_recorded line)
{
    line.conversation = client->options.name;
    line.protocol = client->row->word;
    line.stream = client->stream;
    tck_recording_note(client->options.recording, &line);
}

int tck_protocol_client_open(const struct tck_protocol_client_options *options, struct tck_protocol_client **ret_client,
                             struct tck_error *err)
{
    tck_cleanup(tck_protocol_client_closep) struct tck_protocol_client *client = calloc(1, sizeof *client);
    int r;

    if (!client)
        return tck_no_memory(err);
    client->options = *options;
    client->row = tck_conversation(options->conversation);
    client->out = client->in = (struct tck_buffer)TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    r = tck_judge_new(options->conversation, options->pool, &client->judge, err);
    if (r < 0)
        return r;
    /* The scenario keeps the time, not gRPC: a deadline here would reach the user function and change what it does. */
    r = tck_call_start(options->channel, client->row->method, NULL, TCK_NEVER, &client->call, err);
    if (r < 0)
        return r;
    client->stream = tck_recording_stream(options->recording);
    tell(client,
         (struct tck_recorded){ .kind = TCK_RECORDED_OPENED, .flow = TCK_HAPPENED, .text = client->row->method });
    *ret_client = TCK_TAKE(client);
    return 0;
}

void tck_protocol_client_close(struct tck_protocol_client *client)
{
    if (!client)
        return;
    tck_call_free(client->call);
    tck_judge_free(client->judge);
    tck_buffer_done(&client->out);
    tck_buffer_done(&client->in);
    free(client);
}

static void event(struct tck_protocol_client *client, const char *text)
{
    tell(client, (struct tck_recorded){ .flow = TCK_HAPPENED, .text = text });
}

/* --- sending --- */

/* What transport answers to a send or half-close, in our words. */
static int sent(struct tck_protocol_client *client, int r)
{
    if (r < 0)
        return r;
    if (r == TCK_ENDED) {
        event(client, "(not sent: the stream had ended)");
        return TCK_SEND_ENDED;
    }
    if (r == TCK_TIMED_OUT) {
        event(client, "(not sent: held back by flow control until the deadline)");
        return TCK_SEND_TIMED_OUT;
    }
    return TCK_SEND_DONE;
}

static void note_half_close(struct tck_protocol_client *client)
{
    client->half_closed = true;
    tell(client,
         (struct tck_recorded){ .kind = TCK_RECORDED_HALF_CLOSE, .flow = TCK_HAPPENED, .text = "we half-close" });
    tck_judge_half_close(client->judge);
}

static int send_packed(struct tck_protocol_client *client, struct tck_bytes bytes, int64_t deadline,
                       struct tck_error *err)
{
    if (client->row->proxy_streams || client->half_closed)
        return sent(client, tck_call_send(client->call, bytes, deadline, err));
    note_half_close(client);
    return sent(client, tck_call_send_last(client->call, bytes, deadline, err));
}

static void tell_message(struct tck_protocol_client *client, enum tck_flow flow, const ProtobufCMessage *message,
                         struct tck_bytes bytes)
{
    tell(client,
         (struct tck_recorded){ .kind = TCK_RECORDED_MESSAGE, .flow = flow, .message = message, .bytes = bytes });
}

static void tell_undecodable(struct tck_protocol_client *client, enum tck_flow flow, struct tck_bytes bytes)
{
    tell(client,
         (struct tck_recorded){ .kind = TCK_RECORDED_UNDECODABLE,
                                .flow = flow,
                                .bytes = bytes,
                                .text = tck_arena_printf(client->options.arena, "(%zu raw bytes)", bytes.size) });
}

int tck_protocol_client_send(struct tck_protocol_client *client, const ProtobufCMessage *message, int64_t deadline,
                             struct tck_error *err)
{
    int r;

    tck_buffer_clear(&client->out);
    r = tck_message_pack(message, &client->out, err);
    if (r < 0)
        return r;
    tell_message(client, TCK_SENT, message, tck_buffer_bytes(&client->out));
    tck_judge_message(client->judge, TCK_TO_USER_FUNCTION, message);
    return send_packed(client, tck_buffer_bytes(&client->out), deadline, err);
}

int tck_protocol_client_send_bytes(struct tck_protocol_client *client, struct tck_bytes bytes, int64_t deadline,
                                   struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;

    if (tck_message_unpack(client->row->to_user_function, bytes, client->options.arena, &message, &why) < 0) {
        tck_judge_undecodable(client->judge, TCK_TO_USER_FUNCTION, why.text);
        tell_undecodable(client, TCK_SENT, bytes);
    } else {
        tck_judge_message(client->judge, TCK_TO_USER_FUNCTION, message);
        tell_message(client, TCK_SENT, message, bytes);
    }
    return send_packed(client, bytes, deadline, err);
}

int tck_protocol_client_half_close(struct tck_protocol_client *client, int64_t deadline, struct tck_error *err)
{
    if (client->half_closed || client->aborted)
        return TCK_SEND_DONE;
    note_half_close(client);
    return sent(client, tck_call_half_close(client->call, deadline, err));
}

void tck_protocol_client_abort(struct tck_protocol_client *client)
{
    if (client->ended)
        return;
    tell(client,
         (struct tck_recorded){ .kind = TCK_RECORDED_RESET, .flow = TCK_HAPPENED, .text = "we reset the stream" });
    tck_call_cancel(client->call);
    client->aborted = true;
    tck_protocol_client_conclude(client, false);
}

/* --- receiving --- */

/* Breaches by the user function that the judge found since we last looked. */
static size_t new_breaches(struct tck_protocol_client *client)
{
    size_t count = tck_judge_breach_count(client->judge), found = 0;

    for (; client->breaches < count; client->breaches++)
        if (tck_judge_breach(client->judge, client->breaches)->by == TCK_SIDE_USER_FUNCTION)
            found++;
    return found;
}

static int take_message(struct tck_protocol_client *client, struct tck_arrival *arrival, struct tck_error *err)
{
    const struct tck_protocol_client_options *options = &client->options;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    ProtobufCMessage *message;
    int r;

    r = tck_message_unpack(client->row->to_proxy, tck_buffer_bytes(&client->in), options->arena, &message, &why);
    if (r == TCK_KIT) {
        tck_error_move(err, &why);
        return r;
    }
    if (r < 0) {
        arrival->kind = TCK_ARRIVAL_UNDECODABLE;
        arrival->why = tck_arena_strdup(options->arena, why.text);
        if (!arrival->why)
            return tck_no_memory(err);
        tell_undecodable(client, TCK_CAME, tck_buffer_bytes(&client->in));
        event(client, arrival->why);
        tck_judge_undecodable(client->judge, TCK_TO_PROXY, why.text);
    } else {
        arrival->kind = TCK_ARRIVAL_MESSAGE;
        arrival->message = message;
        tell_message(client, TCK_CAME, message, tck_buffer_bytes(&client->in));
        tck_judge_message(client->judge, TCK_TO_PROXY, message);
    }
    arrival->breaches = new_breaches(client);
    return 0;
}

static void tell_end(struct tck_protocol_client *client)
{
    const struct tck_call_status *status = &client->status;
    char code[16];

    tell(client, (struct tck_recorded){ .kind = TCK_RECORDED_END,
                                        .flow = TCK_CAME,
                                        .code = status->code,
                                        .status = status->message,
                                        .from_peer = status->from_peer,
                                        .text = tck_arena_printf(client->options.arena, "the stream ends: %s%s%s",
                                                                 tck_grpc_code_name(status->code, code),
                                                                 status->message[0] ? ": " : "", status->message) });
}

static int take_end(struct tck_protocol_client *client, struct tck_arrival *arrival, struct tck_error *err)
{
    int r;

    if (!client->ended) {
        /* The end was received, so the status is there; a deadline all the same. */
        r = tck_call_finish(client->call, tck_after(TCK_SECONDS(1)), &client->status, NULL, err);
        if (r < 0)
            return r;
        if (r == TCK_TIMED_OUT)
            return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a stream that had ended gave no status within a second");
        client->ended = true;
        tell_end(client);
    }
    arrival->kind = TCK_ARRIVAL_END;
    arrival->status = client->status;
    return 0;
}

/* Waits in slices, so that an interruption is noticed; a pending read is taken up by the next slice. */
int tck_seat_receive(struct tck_call *call, int64_t deadline, const volatile sig_atomic_t *flag,
                     struct tck_buffer *ret_message, struct tck_error *err)
{
    for (;;) {
        int64_t slice = tck_after(TCK_SEAT_LOOK_UP);
        int r = tck_call_receive(call, slice < deadline ? slice : deadline, ret_message, err);

        if (r != TCK_TIMED_OUT || slice >= deadline || tck_seat_interrupted(flag))
            return r;
    }
}

int tck_protocol_client_receive(struct tck_protocol_client *client, int64_t deadline, struct tck_arrival *ret_arrival,
                                struct tck_error *err)
{
    struct tck_arrival arrival = { 0 };
    int r = TCK_ENDED;

    if (!client->ended)
        r = tck_seat_receive(client->call, deadline, client->options.interrupted, &client->in, err);
    arrival.at = tck_now();
    if (tck_seat_interrupted(client->options.interrupted)) {
        arrival.kind = TCK_ARRIVAL_INTERRUPTED;
        r = 0;
    } else if (r == TCK_RECEIVED) {
        r = take_message(client, &arrival, err);
    } else if (r == TCK_ENDED) {
        r = take_end(client, &arrival, err);
    } else if (r == TCK_TIMED_OUT) {
        arrival.kind = TCK_ARRIVAL_NOTHING;
        r = 0;
    }
    if (r < 0)
        return r;
    *ret_arrival = arrival;
    return 0;
}

void tck_protocol_client_conclude(struct tck_protocol_client *client, bool waited)
{
    struct tck_conversation_end end = { .code = client->status.code };

    if (client->concluded)
        return;
    client->concluded = true;
    end.by_user_function = client->ended && client->status.from_peer;
    end.waited = client->ended || (waited && client->half_closed);
    if (!client->ended)
        end.code = tck_grpc_code_parse("CANCELLED"); /* which is what we are about to do */
    tell(client, (struct tck_recorded){ .kind = TCK_RECORDED_CONCLUDED,
                                        .flow = TCK_HAPPENED,
                                        .code = end.code,
                                        .from_peer = end.by_user_function,
                                        .waited = end.waited });
    tck_judge_end(client->judge, &end);
}

/* --- looking at it --- */

const char *tck_protocol_client_name(const struct tck_protocol_client *client)
{
    return client->options.name;
}

enum tck_conversation tck_protocol_client_conversation(const struct tck_protocol_client *client)
{
    return client->options.conversation;
}

const struct tck_judge *tck_protocol_client_judge(const struct tck_protocol_client *client)
{
    return client->judge;
}

bool tck_protocol_client_ended(const struct tck_protocol_client *client)
{
    return client->ended || client->aborted;
}

bool tck_protocol_client_half_closed(const struct tck_protocol_client *client)
{
    return client->half_closed;
}

/* --- calls outside of conversations --- */

int tck_seat_call(struct tck_channel *channel, const char *method, struct tck_bytes request, int64_t deadline,
                  const volatile sig_atomic_t *flag, struct tck_buffer *ret_response,
                  struct tck_call_status *ret_status, struct tck_error *err)
{
    tck_cleanup(tck_call_freep) struct tck_call *call = NULL;
    tck_cleanup(tck_buffer_done) struct tck_buffer more = TCK_BUFFER_INIT(TCK_SEAT_MAX_BYTES);
    int r, messages = 0;

    r = tck_call_start(channel, method, NULL, TCK_NEVER, &call, err);
    if (r < 0)
        return r;
    r = tck_call_send_last(call, request, deadline, err);
    if (r < 0 || r == TCK_TIMED_OUT)
        return r;
    while ((r = tck_seat_receive(call, deadline, flag, messages ? &more : ret_response, err)) == TCK_RECEIVED)
        if (messages++)
            break;
    if (r < 0 || r == TCK_TIMED_OUT)
        return r;
    if (r == TCK_ENDED) {
        r = tck_call_finish(call, deadline, ret_status, NULL, err);
        if (r != 0)
            return r;
    }
    if (messages == 1 || ret_status->code != 0)
        return 0;
    *ret_status = (struct tck_call_status){ .code = tck_grpc_code_parse("INTERNAL") /* as gRPC libraries say it */ };
    snprintf(ret_status->message, sizeof ret_status->message, "a unary call was answered by %s",
             messages ? "more than one message" : "OK without a message");
    return 0;
}
