/* SPDX-License-Identifier: Apache-2.0
 *
 * Ports, requests for calls, and the end of a server. What happens inside a call is in server_call.c.
 */
#include <errno.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/string_util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "transport/address.h"
#include "transport/server_internal.h"

/* Requests kept outstanding per thread, so that a burst of calls finds one ready. */
#define REQUESTS_PER_THREAD 4
/* What clients without a call have, once the server stops, to leave by themselves. */
#define IDLE_GRACE TCK_MS(500)

static void was_shut_down(struct tck_loop_event *event, bool ok)
{
    struct tck_server *server = TCK_CONTAINER(event, struct tck_server, shut_down_event);

    (void)ok;
    pthread_mutex_lock(&server->lock);
    server->shut_down = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

/* ---- for server_call.c ---- */

static bool wants_request(const struct tck_server *server)
{
    return server->started && !server->stopping && server->requested < server->requests_wanted;
}

static bool request_one(struct tck_server *server)
{
    struct tck_server_call *call = tck_server_call_new(server);

    if (call && tck_server_call_request(call) == GRPC_CALL_OK)
        return true;
    tck_server_call_unref(call);
    return false;
}

/* With the lock held; the last that is done with the server once it stops. */
static void end_request(struct tck_server *server)
{
    server->requested--;
    if (server->requested == 0)
        pthread_cond_broadcast(&server->changed);
}

/* Keeps enough requests outstanding; without memory the next call tries again. */
static void request_calls(struct tck_server *server)
{
    bool wanted, got = true;

    while (got) {
        pthread_mutex_lock(&server->lock);
        wanted = wants_request(server);
        server->requested += wanted;
        pthread_mutex_unlock(&server->lock);
        if (!wanted)
            return;
        got = request_one(server);
    }
    pthread_mutex_lock(&server->lock);
    end_request(server);
    pthread_mutex_unlock(&server->lock);
}

void tck_server_call_was_opened(struct tck_server *server, bool ok)
{
    pthread_mutex_lock(&server->lock);
    server->open_calls += ok;
    end_request(server);
    pthread_mutex_unlock(&server->lock);
    /* Without a call (the server stops) it may be freed by now; the open call keeps it. */
    if (ok)
        request_calls(server);
}

void tck_server_call_was_closed(struct tck_server *server)
{
    request_calls(server);
    /* Last: once the count is 0 the server may be freed by the thread that stops it. */
    pthread_mutex_lock(&server->lock);
    server->open_calls--;
    if (server->open_calls == 0)
        pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

void tck_server_name_peer(struct tck_server *server, char **peer)
{
    int fd;

    if (sscanf(*peer, "fd:%d", &fd) != 1)
        return;
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->adopted_count; i++) {
        if (server->adopted[i].fd == fd) {
            gpr_free(*peer);
            *peer = gpr_strdup(server->adopted[i].peer);
            break;
        }
    }
    pthread_mutex_unlock(&server->lock);
}

/* ---- life ---- */

static grpc_server *create_server(size_t max_message)
{
    struct tck_args args;
    grpc_server *server;

    tck_args_init(&args, max_message);
    /* With SO_REUSEPORT two servers would share a port that the second should find taken. */
    tck_args_add(&args, GRPC_ARG_ALLOW_REUSEPORT, 0);
    /* Clients may keep their connection alive as often as they like. */
    tck_args_add(&args, GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    server = grpc_server_create(&args.all, NULL);
    tck_args_done(&args);
    return server;
}

static void init_lock(struct tck_server *server)
{
    pthread_condattr_t attributes;

    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* Its threads run events as soon as they are there, so that is all it takes. */
static int init_loop(struct tck_server *server, const struct tck_server_options *options, struct tck_error *err)
{
    int r;

    server->loop = options->loop;
    if (!server->loop) {
        r = tck_loop_new(options->threads, &server->own_loop, err);
        if (r < 0)
            return r;
        server->loop = server->own_loop;
    }
    server->queue = tck_loop_queue(server->loop);
    server->requests_wanted = REQUESTS_PER_THREAD * tck_loop_thread_count(server->loop);
    return 0;
}

int tck_server_new(const struct tck_server_options *options, struct tck_server **ret_server, struct tck_error *err)
{
    struct tck_server *server;
    int r;

    r = tck_grpc_init(err);
    if (r < 0)
        return r;
    server = calloc(1, sizeof *server);
    r = server ? init_loop(server, options, err) : tck_no_memory(err);
    if (r < 0) {
        free(server);
        tck_grpc_shutdown();
        return r;
    }
    init_lock(server);
    server->handler = options->handler;
    server->context = options->context;
    server->shut_down_event.handle = was_shut_down;
    server->server = create_server(options->max_message);
    grpc_server_register_completion_queue(server->server, server->queue, NULL);
    *ret_server = server;
    return 0;
}

void tck_server_free(struct tck_server *server)
{
    if (!server)
        return;
    tck_server_stop(server, 0);
    grpc_server_destroy(server->server);
    pthread_cond_destroy(&server->changed);
    pthread_mutex_destroy(&server->lock);
    free(server->adopted);
    free(server);
    tck_grpc_shutdown();
}

/* ---- ports ---- */

int tck_server_listen(struct tck_server *server, const char *address, int *ret_port, struct tck_error *err)
{
    grpc_server_credentials *credentials;
    char reason[128];
    int port, r;

    r = tck_address_check(address, err);
    if (r < 0)
        return r;
    credentials = grpc_insecure_server_credentials_create();
    port = grpc_server_add_http2_port(server->server, address, credentials);
    grpc_server_credentials_release(credentials);
    if (port == 0)
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "cannot listen at '%s': %s", address,
                        tck_listen_reason(address, reason, sizeof reason));
    if (ret_port)
        *ret_port = port;
    return 0;
}

/* Descriptors are small numbers used again and again, so the table stays as short as the most connections at once. */
static int remember_peer(struct tck_server *server, int fd)
{
    struct tck_server_adopted *slot = NULL;

    for (size_t i = 0; i < server->adopted_count && !slot; i++)
        if (server->adopted[i].fd == fd)
            slot = &server->adopted[i];
    if (!slot) {
        if (server->adopted_count == server->adopted_capacity) {
            size_t capacity = server->adopted_capacity ? server->adopted_capacity * 2 : 8;
            struct tck_server_adopted *adopted = reallocarray(server->adopted, capacity, sizeof *adopted);

            if (!adopted)
                return TCK_KIT;
            server->adopted = adopted;
            server->adopted_capacity = capacity;
        }
        slot = &server->adopted[server->adopted_count++];
        slot->fd = fd;
    }
    tck_peer_name(fd, slot->peer, sizeof slot->peer);
    return 0;
}

int tck_server_adopt(struct tck_server *server, int take_fd, struct tck_error *err)
{
    grpc_server_credentials *credentials;
    int on = 1, r;

    pthread_mutex_lock(&server->lock);
    if (!server->started || server->stopping) {
        pthread_mutex_unlock(&server->lock);
        close(take_fd);
        return tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "a connection came while the server does not run");
    }
    r = remember_peer(server, take_fd);
    if (r < 0) {
        pthread_mutex_unlock(&server->lock);
        close(take_fd);
        return tck_no_memory(err);
    }
    setsockopt(take_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* fails for a Unix socket, which needs none */
    credentials = grpc_insecure_server_credentials_create();
    /* Under the lock, so that the server cannot stop in between. */
    grpc_server_add_channel_from_fd(server->server, take_fd, credentials);
    pthread_mutex_unlock(&server->lock);
    grpc_server_credentials_release(credentials);
    return 0;
}

/* ---- running ---- */

int tck_server_start(struct tck_server *server, struct tck_error *err)
{
    (void)err; /* grpc core aborts rather than fails */
    grpc_server_start(server->server);
    pthread_mutex_lock(&server->lock);
    server->started = true;
    pthread_mutex_unlock(&server->lock);
    request_calls(server);
    return 0;
}

/* No event that concerns the server is to come: those of calls that are closed touch only the call. */
static bool is_done(const struct tck_server *server)
{
    return server->shut_down && server->open_calls == 0 && server->requested == 0;
}

/* With the lock held. */
static bool await_done(struct tck_server *server, int64_t deadline)
{
    struct timespec until = { .tv_sec = deadline / TCK_SECONDS(1), .tv_nsec = deadline % TCK_SECONDS(1) };

    while (!is_done(server))
        if (pthread_cond_timedwait(&server->changed, &server->lock, &until) == ETIMEDOUT)
            return is_done(server);
    return true;
}

/* With the lock held: waits until all is done, or what is left is not worth waiting for. A client that was told that we
 * go, and has no call open, may not even read that: those of grpc core look only every five seconds while they are idle.
 * New calls would be refused anyway. */
static bool await_leaving(struct tck_server *server, int64_t deadline)
{
    int64_t idle_until = 0;

    while (!is_done(server)) {
        int64_t now = tck_now(), until = deadline;
        struct timespec time;

        if (server->open_calls > 0)
            idle_until = 0;
        else if (!idle_until)
            idle_until = now + IDLE_GRACE;
        if (idle_until && idle_until < until)
            until = idle_until;
        if (now >= until)
            return false;
        time = (struct timespec){ .tv_sec = until / TCK_SECONDS(1), .tv_nsec = until % TCK_SECONDS(1) };
        pthread_cond_timedwait(&server->changed, &server->lock, &time);
    }
    return true;
}

static void end_calls(struct tck_server *server, int64_t grace)
{
    bool done;

    pthread_mutex_lock(&server->lock);
    done = await_leaving(server, tck_after(grace));
    pthread_mutex_unlock(&server->lock);
    if (done)
        return;
    grpc_server_cancel_all_calls(server->server);
    /* Without limit: only a handler that does not return can hold this up, and nothing may be freed beneath it. */
    pthread_mutex_lock(&server->lock);
    await_done(server, TCK_NEVER);
    pthread_mutex_unlock(&server->lock);
}

/* True for the first; others wait until the first is done. */
static bool begin_stop(struct tck_server *server)
{
    bool first;

    pthread_mutex_lock(&server->lock);
    first = !server->stopping;
    server->stopping = true;
    while (!first && !server->stopped)
        pthread_cond_wait(&server->changed, &server->lock);
    pthread_mutex_unlock(&server->lock);
    return first;
}

void tck_server_stop(struct tck_server *server, int64_t grace)
{
    if (!begin_stop(server))
        return;
    tck_hand_over(&server->shut_down_event);
    grpc_server_shutdown_and_notify(server->server, server->queue, &server->shut_down_event);
    end_calls(server, grace);
    tck_loop_free(TCK_TAKE(server->own_loop));
    pthread_mutex_lock(&server->lock);
    server->stopped = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}
