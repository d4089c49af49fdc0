/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/client.h — the client's side of gRPC: channels and calls of all four shapes, as bytes.
 *
 *     r = tck_channel_new("127.0.0.1:8080", NULL, &channel, err);
 *     r = tck_call_start(channel, "/cloudstate.eventsourced.EventSourced/handle", NULL, deadline, &call, err);
 *     r = tck_call_send(call, init, deadline, err);
 *     r = tck_call_receive(call, deadline, &arena_or_buffer, err);     // TCK_RECEIVED, TCK_ENDED, TCK_TIMED_OUT or < 0
 *     r = tck_call_half_close(call, deadline, err);
 *     r = tck_call_finish(call, deadline, &status, err);
 *
 * Every wait has a deadline. A receive that times out leaves the read pending; the next receive takes it up, so nothing
 * is lost by waiting in slices. At most one message is read ahead: a peer that floods is held back by HTTP/2 flow
 * control.
 *
 * Threads: one call is used by one thread at a time, except tck_call_cancel, which any thread may call; channels are
 * shared freely, and a call keeps what it needs of its channel.
 */
#ifndef TCK_TRANSPORT_CLIENT_H
#define TCK_TRANSPORT_CLIENT_H

#include "base/clock.h"
#include "transport/grpc.h"
#include "transport/metadata.h"

struct tck_channel;
struct tck_call;

struct tck_channel_options {
    size_t max_message;     /* 0: TCK_GRPC_MAX_MESSAGE */
    bool shared_connection; /* true: channels with equal options to one target may share a connection; default: its own
                             */
};

/* target: "host:port" or "unix:path"; connects when the first call needs it. Never goes through an HTTP proxy, repeats
 * no call by itself, offers no compression. A connection that failed or broke is tried again by the next call, unless
 * the last try is less than 20 ms ago: then the call fails with that try's error. Errors: TCK_BAD_INPUT (not an
 * address), TCK_KIT. */
int tck_channel_new(const char *target, const struct tck_channel_options *options, struct tck_channel **ret_channel,
                    struct tck_error *err);
void tck_channel_free(struct tck_channel *channel);
TCK_DEFINE_FREEP(struct tck_channel, tck_channel_free)
/* Waits until the channel is connected, trying again as often as it takes: what fails a first try is not always the
 * server. 0, or enum tck_receive's TCK_TIMED_OUT. Calls that begin on the channel meanwhile wait with it. */
int tck_channel_connect(struct tck_channel *channel, int64_t deadline);

/* Starts a call (does not wait for the connection). deadline: of the whole call, also sent to the server as
 * grpc-timeout; TCK_NEVER for none. metadata may be NULL. Errors: TCK_BAD_INPUT for a method that is no path or
 * metadata that cannot be sent, TCK_KIT. */
int tck_call_start(struct tck_channel *channel, const char *method, const struct tck_metadata *metadata,
                   int64_t deadline, struct tck_call **ret_call, struct tck_error *err);
/* Cancels what is still open and waits for the library to let go of it; takes NULL. */
void tck_call_free(struct tck_call *call);
TCK_DEFINE_FREEP(struct tck_call, tck_call_free)

enum tck_receive {
    TCK_RECEIVED = 1, /* a message is in the buffer */
    TCK_ENDED = 2,    /* the peer will send nothing more; the status is ready for tck_call_finish */
    TCK_TIMED_OUT = 3,
};

/* Sends one message; waits until it was handed to the transport. TCK_ENDED when the call is over, so that it could not
 * be sent; TCK_TIMED_OUT when flow control held it back until the deadline (then the call is cancelled); 0 when sent.
 */
int tck_call_send(struct tck_call *call, struct tck_bytes message, int64_t deadline, struct tck_error *err);
/* Sends the last message: it and the half-close leave as one, as unary calls of other gRPC libraries do. Some servers
 * take the half-close that comes after a single request for a broken call. Returns as tck_call_send. */
int tck_call_send_last(struct tck_call *call, struct tck_bytes message, int64_t deadline, struct tck_error *err);
/* No more messages from us. 0, TCK_ENDED or TCK_TIMED_OUT as above. */
int tck_call_half_close(struct tck_call *call, int64_t deadline, struct tck_error *err);
/* The next message replaces the content of ret_message. Returns enum tck_receive or a negative status. */
int tck_call_receive(struct tck_call *call, int64_t deadline, struct tck_buffer *ret_message, struct tck_error *err);
/* RST_STREAM with CANCELLED; later receives give TCK_ENDED. */
void tck_call_cancel(struct tck_call *call);

struct tck_call_status {
    int code;          /* gRPC status code */
    char message[512]; /* as it came, cut at a character's end; a NUL byte in it became a space */
    bool from_peer;    /* the server sent this status; false: our library made it (connection refused or lost, deadline,
                        * cancel).    How it knows, and where it can be wrong: peer_status.h */
};
/* The call's end, and trailing metadata if ret_trailers is not NULL. Messages not yet received are dropped. Returns 0
 * or TCK_TIMED_OUT. */
int tck_call_finish(struct tck_call *call, int64_t deadline, struct tck_call_status *ret_status,
                    struct tck_metadata *ret_trailers, struct tck_error *err);
/* Initial metadata from the server: waits for it. 0, TCK_ENDED or TCK_TIMED_OUT. */
int tck_call_headers(struct tck_call *call, int64_t deadline, struct tck_metadata *ret_headers, struct tck_error *err);

/* A whole unary call: sends request, wants one response. Returns 0 with *ret_status filled (also when its code is not
 * OK), or TCK_TIMED_OUT when the deadline passed here (a DEADLINE_EXCEEDED that the server sent is a status like
 * others). ret_response holds the response's bytes when the code is OK. A server that ends with OK and no response, or
 * sends two, gives INTERNAL, not from the peer. */
int tck_call_unary(struct tck_channel *channel, const char *method, const struct tck_metadata *metadata,
                   struct tck_bytes request, int64_t deadline, struct tck_buffer *ret_response,
                   struct tck_call_status *ret_status, struct tck_error *err);

#endif
