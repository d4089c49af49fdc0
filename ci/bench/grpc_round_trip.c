/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-grpc — the floor for a protocol step on this machine: one bidirectional round trip of 100 bytes inside one
 * process, through grpc core's C API and nothing else, and through our transport. Prints microseconds; compare them
 * with each other and with other figures of the same machine, not as absolutes.
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

#include "transport/client.h"
#include "transport/server.h"

#define MESSAGE     100
#define WARM_UP     2000
#define ROUND_TRIPS 20000
#define ROUNDS      5

static void check(bool well, const char *what)
{
    if (well)
        return;
    fprintf(stderr, "tck-bench-grpc: %s failed\n", what);
    exit(4);
}

/* Runs the step until it is warm, then takes the best of a few rounds: the others were disturbed. */
static double measure(void (*step)(void *context), void *context)
{
    double best = 0;

    for (int i = 0; i < WARM_UP; i++)
        step(context);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t begun = tck_now();
        double each;

        for (int i = 0; i < ROUND_TRIPS; i++)
            step(context);
        each = (double)(tck_now() - begun) / 1e3 / ROUND_TRIPS;
        if (round == 0 || each < best)
            best = each;
    }
    return best;
}

/* ---- grpc core alone ---- */

struct bare {
    grpc_server *server;
    grpc_completion_queue *server_queue, *queue;
    grpc_channel *channel;
    grpc_call *call;
    grpc_metadata_array headers;
    pthread_t thread;
    int port;
};

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

static void *bare_serve(void *argument)
{
    struct bare *bare = argument;
    grpc_op headers = { .op = GRPC_OP_SEND_INITIAL_METADATA }, receive = { .op = GRPC_OP_RECV_MESSAGE },
            send = { .op = GRPC_OP_SEND_MESSAGE }, finish = { .op = GRPC_OP_SEND_STATUS_FROM_SERVER };
    grpc_byte_buffer *message = NULL;
    grpc_metadata_array metadata;
    grpc_call_details details;
    grpc_call *call = NULL;

    grpc_metadata_array_init(&metadata);
    grpc_call_details_init(&details);
    grpc_server_request_call(bare->server, &call, &details, &metadata, bare->server_queue, bare->server_queue, bare);
    grpc_completion_queue_next(bare->server_queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    check(call != NULL, "accepting a call");
    run(call, bare->server_queue, false, &headers, 1);
    receive.data.recv_message.recv_message = &message;
    for (;;) {
        run(call, bare->server_queue, false, &receive, 1);
        if (!message)
            break;
        send.data.send_message.send_message = message;
        run(call, bare->server_queue, false, &send, 1);
        grpc_byte_buffer_destroy(message);
        message = NULL;
    }
    run(call, bare->server_queue, false, &finish, 1);
    grpc_call_unref(call);
    grpc_call_details_destroy(&details);
    grpc_metadata_array_destroy(&metadata);
    return NULL;
}

static void bare_step(void *context)
{
    struct bare *bare = context;
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

static void bare_start(struct bare *bare)
{
    grpc_server_credentials *server_credentials = grpc_insecure_server_credentials_create();
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_op headers[] = { { .op = GRPC_OP_SEND_INITIAL_METADATA }, { .op = GRPC_OP_RECV_INITIAL_METADATA } };
    char target[32];

    bare->server = grpc_server_create(NULL, NULL);
    bare->server_queue = grpc_completion_queue_create_for_next(NULL);
    bare->queue = grpc_completion_queue_create_for_pluck(NULL);
    grpc_server_register_completion_queue(bare->server, bare->server_queue, NULL);
    bare->port = grpc_server_add_http2_port(bare->server, "127.0.0.1:0", server_credentials);
    check(bare->port > 0, "listening");
    grpc_server_start(bare->server);
    check(pthread_create(&bare->thread, NULL, bare_serve, bare) == 0, "a thread");
    snprintf(target, sizeof target, "127.0.0.1:%d", bare->port);
    bare->channel = grpc_channel_create(target, credentials, NULL);
    bare->call = grpc_channel_create_call(bare->channel, NULL, GRPC_PROPAGATE_DEFAULTS, bare->queue,
                                          grpc_slice_from_static_string("/bench/Echo"), NULL,
                                          gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    grpc_metadata_array_init(&bare->headers);
    headers[1].data.recv_initial_metadata.recv_initial_metadata = &bare->headers;
    run(bare->call, bare->queue, true, headers, 2); /* no message is received before the headers are */
    grpc_server_credentials_release(server_credentials);
    grpc_channel_credentials_release(credentials);
}

static void bare_stop(struct bare *bare)
{
    gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
    grpc_op close = { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT };

    run(bare->call, bare->queue, true, &close, 1);
    pthread_join(bare->thread, NULL);
    grpc_call_unref(bare->call);
    grpc_metadata_array_destroy(&bare->headers);
    grpc_channel_destroy(bare->channel);
    grpc_server_shutdown_and_notify(bare->server, bare->server_queue, bare);
    grpc_server_cancel_all_calls(bare->server);
    grpc_completion_queue_next(bare->server_queue, never, NULL);
    grpc_server_destroy(bare->server);
    grpc_completion_queue_shutdown(bare->server_queue);
    grpc_completion_queue_destroy(bare->server_queue);
    grpc_completion_queue_shutdown(bare->queue);
    grpc_completion_queue_destroy(bare->queue);
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

static const struct tck_server_handler echo_handler = { ignore_opened, echo, finish, ignore_closed };

struct ours {
    struct tck_server *server;
    struct tck_channel *channel;
    struct tck_call *call;
    struct tck_buffer buffer;
};

static void our_step(void *context)
{
    static const char fill[MESSAGE];
    struct ours *ours = context;
    int64_t deadline = tck_after(TCK_SECONDS(10));

    check(tck_call_send(ours->call, tck_bytes(fill, sizeof fill), deadline, NULL) == 0, "sending");
    check(tck_call_receive(ours->call, deadline, &ours->buffer, NULL) == TCK_RECEIVED, "receiving");
}

static double measure_ours(void)
{
    struct ours ours = { .buffer = TCK_BUFFER_INIT(1 << 20) };
    struct tck_server_options options = { .handler = &echo_handler };
    char target[32];
    double each;
    int port;

    check(tck_server_new(&options, &ours.server, NULL) == 0, "a server");
    check(tck_server_listen(ours.server, "127.0.0.1:0", &port, NULL) == 0, "listening");
    check(tck_server_start(ours.server, NULL) == 0, "starting");
    snprintf(target, sizeof target, "127.0.0.1:%d", port);
    check(tck_channel_new(target, NULL, &ours.channel, NULL) == 0, "a channel");
    check(tck_call_start(ours.channel, "/bench/Echo", NULL, TCK_NEVER, &ours.call, NULL) == 0, "a call");
    each = measure(our_step, &ours);
    tck_call_free(ours.call);
    tck_channel_free(ours.channel);
    tck_server_free(ours.server);
    tck_buffer_done(&ours.buffer);
    return each;
}

int main(void)
{
    struct bare bare = { 0 };

    check(tck_grpc_init(NULL) == 0, "grpc core");
    bare_start(&bare);
    printf("grpc core, bidirectional round trip of %d bytes: %.1f us\n", MESSAGE, measure(bare_step, &bare));
    bare_stop(&bare);
    printf("transport, bidirectional round trip of %d bytes: %.1f us\n", MESSAGE, measure_ours());
    tck_grpc_shutdown();
    return 0;
}
