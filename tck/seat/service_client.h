/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/service_client.h — the kit as a client of the user's services, in front of a proxy: gRPC of all four shapes, and
 * HTTP.
 *
 *     r = tck_service_call_start(&options, &call, err);
 *     r = tck_service_call_send(call, message, deadline, err);    // the last one, unless the client streams
 *     r = tck_service_call_receive(call, deadline, &heard, err);  // the next message, or the end
 *     tck_service_call_free(call);
 *
 * Payloads are messages of the pool's types (the candidate's descriptors); what comes is unpacked with them. Everything is
 * told to a recording. It decides nothing.
 *
 * Threads: one call, one thread; any number side by side on one channel.
 */
#ifndef TCK_SEAT_SERVICE_CLIENT_H
#define TCK_SEAT_SERVICE_CLIENT_H

#include <signal.h>

#include "seat/recording.h"
#include "transport/client.h"

struct tck_service_call;

struct tck_service_call_options {
    const char *name; /* for the recording; borrowed */
    struct tck_channel *channel;
    const struct tck_pool *pool;
    const struct tck_method *method; /* of the pool */
    const struct tck_metadata *metadata;
    int64_t deadline; /* of the whole call, told to the server; TCK_NEVER: none */
    struct tck_arena *arena;
    struct tck_recording *recording;
    const volatile sig_atomic_t *interrupted; /* or NULL */
};

int tck_service_call_start(const struct tck_service_call_options *options, struct tck_service_call **ret_call,
                           struct tck_error *err);
/* Cancels what is still open. Takes NULL. */
void tck_service_call_free(struct tck_service_call *call);
TCK_DEFINE_FREEP(struct tck_service_call, tck_service_call_free)

/* As tck_call_send and its kin. A message for a method whose client does not stream is the last one too. Returns 0,
 * TCK_ENDED, TCK_TIMED_OUT, or a negative status. */
int tck_service_call_send(struct tck_service_call *call, const ProtobufCMessage *message, int64_t deadline,
                          struct tck_error *err);
int tck_service_call_send_bytes(struct tck_service_call *call, struct tck_bytes bytes, int64_t deadline,
                                struct tck_error *err);
int tck_service_call_half_close(struct tck_service_call *call, int64_t deadline, struct tck_error *err);
void tck_service_call_cancel(struct tck_service_call *call);

enum tck_heard_kind {
    TCK_HEARD_MESSAGE,
    TCK_HEARD_UNDECODABLE, /* bytes that are no message of the method's output */
    TCK_HEARD_END,
    TCK_HEARD_NOTHING, /* until the deadline */
    TCK_HEARD_INTERRUPTED,
};
struct tck_heard {
    enum tck_heard_kind kind;
    int64_t at; /* when it came, as near as can be told */
    const ProtobufCMessage *message;
    const char *why;                               /* UNDECODABLE */
    struct tck_call_status status;                 /* END */
    const struct tck_metadata *headers, *trailers; /* END, in the call; headers also with the first message */
};
int tck_service_call_receive(struct tck_service_call *call, int64_t deadline, struct tck_heard *ret_heard,
                             struct tck_error *err);

/* ---- HTTP ---- */

struct tck_http_request {
    const char *verb; /* "POST" */
    const char *url;  /* whole */
    const struct tck_metadata *headers;
    struct tck_bytes body; /* data NULL: none */
    int64_t deadline;
    struct tck_recording *recording; /* may be NULL */
    const char *name;
    const volatile sig_atomic_t *interrupted;
};
struct tck_http_answer {
    int status; /* 0: there was no answer; text says why */
    const char *text;
    struct tck_metadata headers;
    struct tck_buffer body;
    int64_t at;
};
/* One request over a connection of its own, by HTTP/1.1 and libcurl; waits for the whole answer, follows no redirection,
 * asks no proxy. No header is sent but the request's, Host, Accept and Content-Length. A connection that fails is an answer
 * with status 0; headers come in order, in lower case. Returns 0, TCK_TIMED_OUT (also when interrupted), or a negative
 * status of ours: TCK_BAD_INPUT for a url or header that cannot be sent, TCK_KIT. Untouched unless 0. */
#define TCK_HTTP_MAX_BODY    ((size_t)64 << 20)
#define TCK_HTTP_MAX_HEADERS ((size_t)1 << 20)
int tck_http(const struct tck_http_request *request, struct tck_arena *arena, struct tck_http_answer *ret_answer,
             struct tck_error *err);
void tck_http_answer_done(struct tck_http_answer *answer);

/* ---- what else a client can ask ---- */

/* The services that reflection lists (v1alpha, else v1), and the descriptors that it gives for them, added to the pool.
 * gRPC's own services are left out. Errors: TCK_NO_SHOW (no reflection there, or it does not answer), TCK_BROKEN
 * (nonsense, or a service without descriptors), TCK_KIT. */
int tck_reflect(struct tck_channel *channel, int64_t deadline, struct tck_pool *pool, struct tck_error *err);
/* grpc.health.v1: 0 serving, 1 not, 2 no such service known; negative as above. */
int tck_health(struct tck_channel *channel, const char *service, int64_t deadline, struct tck_error *err);

#endif
