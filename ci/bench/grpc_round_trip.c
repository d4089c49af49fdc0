/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-grpc — the floor for a protocol step on this machine: one bidirectional round trip of 100 bytes through
 * grpc core's C API and nothing else, and through our transport, each inside one process and between two. Prints
 * microseconds, the median of some rounds and the best; compare them with each other and with other figures of the same
 * machine and minute, not as absolutes.
 *
 * The bare client plucks; the bare server answers on a thread of its own, one message after the other.
 */
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "transport/client.h"
#include "transport/server.h"

#define MESSAGE     100
#define WARM_UP     2000
#define ROUND_TRIPS 5000
#define ROUNDS      5

static void check(bool well, const char *what)
{
    if (well)
        return;
    fprintf(stderr, "tck-bench-grpc: %s failed\n", what);
    exit(4);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Runs the step until it is warm, and then for some rounds. The best one says what it costs, the median what one gets.
 */
static void measure(const char *what, void (*step)(void *context), void *context)
{
    double each[ROUNDS];

    for (int i = 0; i < WARM_UP; i++)
        step(context);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begun = tck_now();

        for (int i = 0; i < ROUND_TRIPS; i++)
            step(context);
        each[round] = (double)(tck_now() - begun) / 1e3 / ROUND_TRIPS;
    }
    qsort(each, ROUNDS, sizeof *each, by_size);
    printf("%s: %.1f us, best %.1f\n", what, each[ROUNDS / 2], each[0]);
    fflush(stdout);
}

/* ---- grpc core alone ---- */

static grpc_byte_buffer *new_message(void)
{
    static const char fill[MESSAGE];
    grpc_slice slice = grpc_slice_from_copied_buffer(fill, sizeof fill);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);

    grpc_slice_unref(slice);
    return message;
}

static void run(grpc_call *call, grpc_completion_queue *queue, bool pluck, const grpc_op *ops, size_t count)
{
    gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    static int tag;

    check(grpc_call_start_batch(call, ops, count, &tag, NULL) == GRPC_CALL_OK, "starting a batch");
    if (pluck)
        grpc_completion_queue_pluck(queue, &tag, never, NULL);
    else
        grpc_completion_queue_next(queue, never, NULL);
}

struct bare_server {
    grpc_server *server;
    grpc_completion_queue *queue;
    pthread_t thread;
    int port;
};

/* Until the client half-closes or is gone. */
static void bare_echo(grpc_call *call, grpc_completion_queue *queue)
{
    grpc_op headers = { .op = GRPC_OP_SEND_INITIAL_METADATA }, receive = { .op = GRPC_OP_RECV_MESSAGE },
            send = { .op = GRPC_OP_SEND_MESSAGE }, finish = { .op = GRPC_OP_SEND_STATUS_FROM_SERVER };
    grpc_byte_buffer *message = NULL;

    run(call, queue, false, &headers, 1);
    receive.data.recv_message.recv_message = &message;
    for (;;) {
        run(call, queue, false, &receive, 1);
        if (!message)
            break;
        send.data.send_message.send_message = message;
        run(call, queue, false, &send, 1);
        grpc_byte_buffer_destroy(message);
        message = NULL;
    }
    run(call, queue, false, &finish, 1);
}

static void *bare_serve(void *argument)
{
    struct bare_server *bare = argument;
    grpc_metadata_array metadata;
    grpc_call_details details;
    grpc_call *call = NULL;

    grpc_metadata_array_init(&metadata);
    grpc_call_details_init(&details);
    grpc_server_request_call(bare->server, &call, &details, &metadata, bare->queue, bare->queue, bare);
    grpc_completion_queue_next(bare->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    if (call) { /* none: the server was shut down before one came */
        bare_echo(call, bare->queue);
        grpc_call_unref(call);
    }
    grpc_call_details_destroy(&details);
    grpc_metadata_array_destroy(&metadata);
    return NULL;
}

static void bare_server_start(struct bare_server *bare)
{
    grpc_server_credentials *credentials = grpc_insecure_server_credentials_create();

    bare->server = grpc_server_create(NULL, NULL);
    bare->queue = grpc_completion_queue_create_for_next(NULL);
    grpc_server_register_completion_queue(bare->server, bare->queue, NULL);
    bare->port = grpc_server_add_http2_port(bare->server, "127.0.0.1:0", credentials);
    check(bare->port > 0, "listening");
    grpc_server_start(bare->server);
    check(pthread_create(&bare->thread, NULL, bare_serve, bare) == 0, "a thread");
    grpc_server_credentials_release(credentials);
}

static void bare_server_stop(struct bare_server *bare)
{
    pthread_join(bare->thread, NULL);
    grpc_server_shutdown_and_notify(bare->server, bare->queue, bare);
    grpc_completion_queue_next(bare->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_server_destroy(bare->server);
    grpc_completion_queue_shutdown(bare->queue);
    grpc_completion_queue_destroy(bare->queue);
}

struct bare_client {
    grpc_completion_queue *queue;
    grpc_call *call;
};

static void bare_step(void *context)
{
    struct bare_client *bare = context;
    grpc_op send = { .op = GRPC_OP_SEND_MESSAGE }, receive = { .op = GRPC_OP_RECV_MESSAGE };
    grpc_byte_buffer *out = new_message(), *in = NULL;

    send.data.send_message.send_message = out;
    run(bare->call, bare->queue, true, &send, 1);
    receive.data.recv_message.recv_message = &in;
    run(bare->call, bare->queue, true, &receive, 1);
    check(in && grpc_byte_buffer_length(in) == MESSAGE, "a round trip of grpc core");
    grpc_byte_buffer_destroy(out);
    grpc_byte_buffer_destroy(in);
}

static void measure_bare(const char *what, int port)
{
    gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_op start[] = { { .op = GRPC_OP_SEND_INITIAL_METADATA }, { .op = GRPC_OP_RECV_INITIAL_METADATA } };
    grpc_op close = { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    struct bare_client bare;
    grpc_metadata_array headers;
    grpc_channel *channel;
    char target[32];

    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    channel = grpc_channel_create(target, credentials, NULL);
    grpc_channel_credentials_release(credentials);
    bare.queue = grpc_completion_queue_create_for_pluck(NULL);
    bare.call = grpc_channel_create_call(channel, NULL, GRPC_PROPAGATE_DEFAULTS, bare.queue,
                                         grpc_slice_from_static_string("/bench/Echo"), NULL, never, NULL);
    grpc_metadata_array_init(&headers);
    start[1].data.recv_initial_metadata.recv_initial_metadata = &headers;
    run(bare.call, bare.queue, true, start, 2); /* no message is received before the headers are */
    measure(what, bare_step, &bare);
    run(bare.call, bare.queue, true, &close, 1);
    grpc_call_unref(bare.call);
    grpc_metadata_array_destroy(&headers);
    grpc_channel_destroy(channel);
    grpc_completion_queue_shutdown(bare.queue);
    grpc_completion_queue_destroy(bare.queue);
}

/* ---- our transport ---- */

static void ignore_opened(void *context, struct tck_server_call *call, void **ret_user)
{
    (void)context;
    (void)call;
    *ret_user = NULL;
}

static void echo(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    (void)user;
    tck_server_call_send(call, message, NULL);
}

static void finish(struct tck_server_call *call, void *user)
{
    (void)user;
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void ignore_closed(struct tck_server_call *call, void *user, bool cancelled)
{
    (void)call;
    (void)user;
    (void)cancelled;
}

static const struct tck_server_handler echo_handler = {
    .opened = ignore_opened,
    .message = echo,
    .half_closed = finish,
    .closed = ignore_closed,
};

static struct tck_server *our_server_start(int *ret_port)
{
    struct tck_server_options options = { .handler = &echo_handler };
    struct tck_server *server;

    check(tck_server_new(&options, &server, NULL) == 0, "a server");
    check(tck_server_listen(server, "127.0.0.1:0", ret_port, NULL) == 0, "listening");
    check(tck_server_start(server, NULL) == 0, "starting");
    return server;
}

struct our_client {
    struct tck_call *call;
    struct tck_buffer buffer;
};

static void our_step(void *context)
{
    static const char fill[MESSAGE];
    struct our_client *ours = context;
    int64_t deadline = tck_after(TCK_SECONDS(10));

    check(tck_call_send(ours->call, tck_bytes(fill, sizeof fill), deadline, NULL) == 0, "sending");
    check(tck_call_receive(ours->call, deadline, &ours->buffer, NULL) == TCK_RECEIVED, "receiving");
}

static void measure_ours(const char *what, int port)
{
    struct our_client ours = { .buffer = TCK_BUFFER_INIT(1 << 20) };
    struct tck_channel *channel;
    char target[32];

    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    check(tck_channel_new(target, NULL, &channel, NULL) == 0, "a channel");
    check(tck_call_start(channel, "/bench/Echo", NULL, TCK_NEVER, &ours.call, NULL) == 0, "a call");
    measure(what, our_step, &ours);
    tck_call_free(ours.call);
    tck_channel_free(channel);
    tck_buffer_done(&ours.buffer);
}

/* ---- the servers, here and in another process ---- */

struct ports {
    int bare, ours;
};

struct servers {
    struct bare_server bare;
    struct tck_server *ours;
    struct ports ports;
};

static void servers_start(struct servers *servers)
{
    bare_server_start(&servers->bare);
    servers->ours = our_server_start(&servers->ports.ours);
    servers->ports.bare = servers->bare.port;
}

/* Once each has had its one client. */
static void servers_stop(struct servers *servers)
{
    bare_server_stop(&servers->bare);
    tck_server_free(servers->ours);
}

/* The other process: tells its ports and serves until the first one closes its end. */
static int serve(int peer)
{
    struct servers servers;
    char end;

    check(tck_grpc_init(NULL) == 0, "grpc core");
    servers_start(&servers);
    check(write(peer, &servers.ports, sizeof servers.ports) == sizeof servers.ports, "telling the ports");
    check(read(peer, &end, 1) == 0, "waiting for the end");
    servers_stop(&servers);
    tck_grpc_shutdown();
    return 0;
}

static pid_t start_other(int *ret_peer, struct ports *ret_ports)
{
    int ends[2];
    pid_t pid;

    check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "a pair of sockets");
    pid = fork(); /* before grpc core has threads */
    check(pid >= 0, "fork");
    if (pid == 0) {
        close(ends[0]);
        exit(serve(ends[1]));
    }
    close(ends[1]);
    check(read(ends[0], ret_ports, sizeof *ret_ports) == sizeof *ret_ports, "the other process");
    *ret_peer = ends[0];
    return pid;
}

int main(void)
{
    struct servers here;
    struct ports there;
    int peer;
    pid_t other = start_other(&peer, &there);

    check(tck_grpc_init(NULL) == 0, "grpc core");
    servers_start(&here);
    measure_bare("grpc core, one process", here.ports.bare);
    measure_bare("grpc core, two processes", there.bare);
    measure_ours("transport, one process", here.ports.ours);
    measure_ours("transport, two processes", there.ours);
    servers_stop(&here);
    tck_grpc_shutdown();
    close(peer);
    check(waitpid(other, NULL, 0) == other, "the end of the other process");
    return 0;
}
