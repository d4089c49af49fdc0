/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/server_internal.h — what server.c (ports, stopping) and server_call.c (one call) share.
 *
 * All calls of a server post to the completion queue of its loop. A tag is an event inside the call, which holds a
 * reference on its call while it is outstanding. Once a call is closed, its events leave the server alone: then it may
 * be gone, while the loop goes on.
 *
 * Lock order: a call's lock, then the server's. Neither is held while a handler runs.
 */
#ifndef TCK_TRANSPORT_SERVER_INTERNAL_H
#define TCK_TRANSPORT_SERVER_INTERNAL_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "transport/loop_internal.h"
#include "transport/server.h"
#include "transport/transport_internal.h"

/* The peers of adopted descriptors by name: grpc core itself would say "fd:7". */
struct tck_server_adopted {
    int fd;
    char peer[64];
};

struct tck_server {
    const struct tck_server_handler *handler;
    void *context;
    grpc_server *server;
    struct tck_loop *loop;
    struct tck_loop *own_loop;    /* owned; the same, or NULL when the loop was given, or the server stopped */
    grpc_completion_queue *queue; /* the loop's */
    struct tck_loop_event shut_down_event;
    unsigned requests_wanted;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool started, stopping, stopped;
    bool shut_down;     /* grpc core reported the end of its own shutdown */
    size_t open_calls;  /* opened and not yet closed */
    unsigned requested; /* requests for a call that are outstanding */
    struct tck_server_adopted *adopted;
    size_t adopted_count, adopted_capacity;
};

/* A request for a call came back, with a call if ok; asks for more. */
void tck_server_call_was_opened(struct tck_server *server, bool ok);
void tck_server_call_was_closed(struct tck_server *server);
/* Replaces "fd:7" by the name of that peer. */
void tck_server_name_peer(struct tck_server *server, char **peer);

/* A call to be filled by grpc core, with one reference, which the outstanding request holds. */
struct tck_server_call *tck_server_call_new(struct tck_server *server);
grpc_call_error tck_server_call_request(struct tck_server_call *call);

#endif
