/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/server.h — the server's side of gRPC: any method of any service, as bytes, by callbacks.
 *
 * A server hands every incoming call to one handler. For each call the callbacks run one after another (never two at
 * once), on a small pool of threads; different calls run side by side. The next message of a call is read only after
 * the callback for the one before returned and less than TCK_SERVER_QUEUE messages wait to be sent to that peer: a slow
 * peer holds back its own stream, not the process.
 *
 *     static void on_message(struct tck_server_call *call, void *user, struct tck_bytes message)
 *     { tck_server_call_send(call, message, NULL); }                       // an echo
 *
 *     r = tck_server_new(&(struct tck_server_options){ .handler = &handler, .context = app }, &server, err);
 *     r = tck_server_listen(server, "127.0.0.1:0", &port, err);
 *     r = tck_server_start(server, err);
 *     …
 *     tck_server_stop(server, TCK_SECONDS(5));                              // drains, then cancels
 *     tck_server_free(server);
 */
#ifndef TCK_TRANSPORT_SERVER_H
#define TCK_TRANSPORT_SERVER_H

#include "base/clock.h"
#include "transport/grpc.h"
#include "transport/metadata.h"

struct tck_loop;
struct tck_server;
struct tck_server_call;

#define TCK_SERVER_QUEUE 64

struct tck_server_handler {
    /* A call began. *ret_user is given to the later callbacks. The handler may finish the call here (e.g.
     * UNIMPLEMENTED). */
    void (*opened)(void *context, struct tck_server_call *call, void **ret_user);
    void (*message)(struct tck_server_call *call, void *user, struct tck_bytes message);
    void (*half_closed)(struct tck_server_call *call, void *user); /* the client will send nothing more */
    /* The queue of what waits to be sent, which had reached TCK_SERVER_QUEUE, is down to half of it; may be NULL. */
    void (*writable)(struct tck_server_call *call, void *user);
    /* Always the last, exactly once: the status was sent, or the client cancelled or vanished. Frees user. After it
     * returns the call must not be touched, unless a reference is held (then sends do nothing). */
    void (*closed)(struct tck_server_call *call, void *user, bool cancelled);
};

struct tck_server_options {
    const struct tck_server_handler *handler;
    void *context;         /* given to opened */
    struct tck_loop *loop; /* whose threads run the callbacks (loop.h); NULL: the server's own */
    unsigned threads;      /* of its own; 0: two */
    size_t max_message;    /* 0: TCK_GRPC_MAX_MESSAGE */
};

int tck_server_new(const struct tck_server_options *options, struct tck_server **ret_server, struct tck_error *err);
/* Stops (without grace) and frees. A loop that was given must still be there. */
void tck_server_free(struct tck_server *server);
TCK_DEFINE_FREEP(struct tck_server, tck_server_free)
/* address: "host:port" (port 0 picks a free one) or "unix:path". Call before start. Errors: TCK_BAD_INPUT for what is
 * no address, TCK_NO_SHOW with the address and the reason (in use, not local). */
int tck_server_listen(struct tck_server *server, const char *address, int *ret_port, struct tck_error *err);
/* Serves one connected, non-blocking socket (used behind an acceptor that peeks); the server owns the descriptor, also
 * on failure. Call after start. Errors: TCK_NO_SHOW when the server does not run, TCK_KIT. */
int tck_server_adopt(struct tck_server *server, int take_fd, struct tck_error *err);
int tck_server_start(struct tck_server *server, struct tck_error *err);
/* No new calls; waits up to grace for those that run, cancels the rest, cuts the connections that are left, joins the
 * threads of its own (a loop that was given goes on). A client without a call has half a second to leave by itself.
 * Idempotent. Not from a handler. */
void tck_server_stop(struct tck_server *server, int64_t grace);

/* "/package.Service/Method", peer ("ipv4:127.0.0.1:4711"), request metadata: valid until closed returns, or while a
 * reference is held. */
const char *tck_server_call_method(const struct tck_server_call *call);
const char *tck_server_call_peer(const struct tck_server_call *call);
const struct tck_metadata *tck_server_call_metadata(const struct tck_server_call *call);
int64_t tck_server_call_deadline(const struct tck_server_call *call); /* on our clock; TCK_NEVER for none */

/* The following may be called from any thread between opened and closed (or while a reference is held), also from
 * within a callback. Messages are copied and sent in order. After finish, or once the call is cancelled, they do
 * nothing and return TCK_NO_SHOW. Once finish was called, no more messages are read. */
int tck_server_call_headers(struct tck_server_call *call, const struct tck_metadata *headers, struct tck_error *err);
int tck_server_call_send(struct tck_server_call *call, struct tck_bytes message, struct tck_error *err);
/* Ends the call after what was sent before: code is a gRPC status code, message may be NULL, trailers may be NULL. */
int tck_server_call_finish(struct tck_server_call *call, int code, const char *message,
                           const struct tck_metadata *trailers, struct tck_error *err);
/* The last message and the end as one: they leave together, which saves a unary call half the way out. */
int tck_server_call_send_last(struct tck_server_call *call, struct tck_bytes last, int code, const char *message,
                              const struct tck_metadata *trailers, struct tck_error *err);
bool tck_server_call_cancelled(const struct tck_server_call *call);
/* How many sent messages still wait for the peer; a producer that reacts to no message looks here to pace itself. */
size_t tck_server_call_queued(const struct tck_server_call *call);
/* Back-pressure towards the client: while held, no further message is read (one that is already on its way may still be
 * delivered). Counts: as many releases as holds. */
void tck_server_call_hold_reading(struct tck_server_call *call);
void tck_server_call_release_reading(struct tck_server_call *call);
struct tck_server_call *tck_server_call_ref(struct tck_server_call *call);
struct tck_server_call *tck_server_call_unref(struct tck_server_call *call);

#endif
