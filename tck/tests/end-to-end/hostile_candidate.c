/* SPDX-License-Identifier: Apache-2.0
 *
 * A candidate that means harm: listens on $PORT and behaves as its one argument says. For tests of the kit.
 *
 *   silent      accepts connections and never says a word
 *   close       accepts and closes at once
 *   garbage     answers whatever comes with bytes that are no HTTP/2
 *   flood       answers discovery; on every stream sends 1 GiB of messages that nobody asked for
 *   nested      answers discovery; on every stream sends one message that nests 200,000 deep
 *   broken      answers discovery; on every stream sends bytes that are no message
 *   mute        answers discovery; opens streams and never answers
 *   refuse      answers discovery; ends every stream with an error status
 *   nonsense    answers discovery with bytes that are no EntitySpec
 *   bomb        answers discovery with descriptors that are broken
 *   exit        ends at once with status 7
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cloudstate/entity.pb-c.h"
#include "transport/server.h"

#define FLOOD_MESSAGE (64 << 10)
#define FLOOD_TOTAL   ((size_t)1 << 30)
#define NESTING       200000

static const char *mode;

/* --- raw sockets --- */

static int listen_raw(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 64) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

static void serve_raw(int port)
{
    static const char garbage[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n\xff\x00\x01 not what you think\r\n";
    int listener = listen_raw(port);

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char block[1024];

        if (fd < 0)
            continue;
        if (strcmp(mode, "close") == 0) {
            close(fd);
        } else if (strcmp(mode, "garbage") == 0) {
            if (read(fd, block, sizeof block) >= 0 && write(fd, garbage, sizeof garbage) < 0)
                perror("write");
            close(fd);
        } /* silent: the connection stays open and unread */
    }
}

/* --- a gRPC server --- */

static const char *const services[] = {
    "cloudstate.tck.model.EventSourcedTckModel",       "cloudstate.tck.model.EventSourcedTwo",
    "cloudstate.tck.model.EventSourcedConfigured",     "cloudstate.tck.model.valueentity.ValueEntityTckModel",
    "cloudstate.tck.model.valueentity.ValueEntityTwo", "cloudstate.tck.model.valueentity.ValueEntityConfigured",
    "cloudstate.tck.model.crdt.CrdtTckModel",          "cloudstate.tck.model.crdt.CrdtTwo",
    "cloudstate.tck.model.crdt.CrdtConfigured",        "cloudstate.tck.model.action.ActionTckModel",
    "cloudstate.tck.model.action.ActionTwo",
};

static void answer_discovery(struct tck_server_call *call)
{
    static uint8_t broken_descriptors[] = { 0x0a, 0x05, 0x0a, 0xff, 0xff, 0xff, 0x7f };
    Cloudstate__Entity entities[TCK_COUNT(services)], *list[TCK_COUNT(services)];
    Cloudstate__ServiceInfo info = CLOUDSTATE__SERVICE_INFO__INIT;
    Cloudstate__EntitySpec spec = CLOUDSTATE__ENTITY_SPEC__INIT;
    uint8_t packed[8192];
    size_t size;

    if (strcmp(mode, "nonsense") == 0) {
        tck_server_call_send(call, tck_bytes("\x0a\xff\xff\xff\x7f?", 6), NULL);
        tck_server_call_finish(call, 0, NULL, NULL, NULL);
        return;
    }
    for (size_t i = 0; i < TCK_COUNT(services); i++) {
        cloudstate__entity__init(&entities[i]);
        entities[i].service_name = (char *)services[i];
        entities[i].entity_type = (char *)"cloudstate.eventsourced.EventSourced";
        list[i] = &entities[i];
    }
    info.service_name = (char *)"hostile \x1b[31m candidate";
    info.protocol_minor_version = 2;
    spec.entities = list;
    spec.n_entities = TCK_COUNT(services);
    spec.service_info = &info;
    if (strcmp(mode, "bomb") == 0)
        spec.proto = (ProtobufCBinaryData){ .data = broken_descriptors, .len = sizeof broken_descriptors };
    size = cloudstate__entity_spec__pack(&spec, packed);
    tck_server_call_send(call, tck_bytes(packed, size), NULL);
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

/* Field 1, length-delimited, in itself, and so on: what a recursive decoder walks down without end. */
static void send_nested(struct tck_server_call *call)
{
    uint8_t *bytes = malloc(NESTING * 6), *at = bytes + NESTING * 6;
    size_t size = 0;

    for (int i = 0; bytes && i < NESTING; i++) {
        uint8_t head[6];
        size_t n = 0;

        head[n++] = 0x0a;
        for (size_t rest = size;; rest >>= 7) {
            head[n++] = (uint8_t)(rest > 0x7f ? rest | 0x80 : rest);
            if (rest <= 0x7f)
                break;
        }
        at -= n;
        memcpy(at, head, n);
        size += n;
    }
    if (bytes)
        tck_server_call_send(call, tck_bytes(at, size), NULL);
    free(bytes);
}

static void *flood(void *argument)
{
    struct tck_server_call *call = argument;
    uint8_t *message = calloc(1, FLOOD_MESSAGE);

    if (message) {
        /* A reply whose description is one long text: field 2 (failure), field 2 (description). */
        static const uint8_t head[] = { 0x12, 0xf8, 0xff, 0x03, 0x12, 0xf4, 0xff, 0x03 };

        memset(message, 'x', FLOOD_MESSAGE);
        memcpy(message, head, sizeof head);
        for (size_t sent = 0; sent < FLOOD_TOTAL && !tck_server_call_cancelled(call);) {
            if (tck_server_call_queued(call) >= TCK_SERVER_QUEUE) {
                sched_yield();
                continue;
            }
            if (tck_server_call_send(call, tck_bytes(message, FLOOD_MESSAGE), NULL) < 0)
                break;
            sent += FLOOD_MESSAGE;
        }
    }
    tck_server_call_finish(call, 0, NULL, NULL, NULL);
    tck_server_call_unref(call);
    free(message);
    return NULL;
}

static void opened(void *context, struct tck_server_call *call, void **ret_user)
{
    pthread_t thread;

    (void)context;
    (void)ret_user;
    if (strcmp(tck_server_call_method(call), "/cloudstate.EntityDiscovery/discover") == 0)
        return;
    if (strcmp(mode, "refuse") == 0)
        tck_server_call_finish(call, 13, "not \x01 today \xff", NULL, NULL);
    else if (strcmp(mode, "broken") == 0)
        tck_server_call_send(call, tck_bytes("\x0a\x7f\xff", 3), NULL);
    else if (strcmp(mode, "nested") == 0)
        send_nested(call);
    else if (strcmp(mode, "flood") == 0 && pthread_create(&thread, NULL, flood, tck_server_call_ref(call)) == 0)
        pthread_detach(thread);
}

static void got_message(struct tck_server_call *call, void *user, struct tck_bytes message)
{
    (void)user;
    (void)message;
    if (strcmp(tck_server_call_method(call), "/cloudstate.EntityDiscovery/discover") == 0)
        answer_discovery(call);
}

static void half_closed(struct tck_server_call *call, void *user)
{
    (void)user;
    if (strcmp(mode, "mute") != 0 && strcmp(mode, "flood") != 0)
        tck_server_call_finish(call, 0, NULL, NULL, NULL);
}

static void closed(struct tck_server_call *call, void *user, bool cancelled)
{
    (void)call;
    (void)user;
    (void)cancelled;
}

static void serve_grpc(int port)
{
    static const struct tck_server_handler handler = {
        .opened = opened,
        .message = got_message,
        .half_closed = half_closed,
        .closed = closed,
    };
    struct tck_server_options options = { .handler = &handler };
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_server *server = NULL;
    char address[32], text[1024];
    sigset_t stop;
    int bound, signal_number;

    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);
    snprintf(address, sizeof address, "127.0.0.1:%d", port);
    if (tck_server_new(&options, &server, &err) < 0 || tck_server_listen(server, address, &bound, &err) < 0 ||
        tck_server_start(server, &err) < 0) {
        fprintf(stderr, "%s\n", tck_error_text(&err, text, sizeof text));
        exit(1);
    }
    fprintf(stderr, "hostile candidate: %s at port %d\n", mode, bound);
    sigwait(&stop, &signal_number);
    tck_server_stop(server, 0);
    tck_server_free(server);
}

int main(int argc, char *argv[])
{
    const char *port = getenv("PORT");

    mode = argc > 1 ? argv[1] : "mute";
    signal(SIGPIPE, SIG_IGN);
    if (strcmp(mode, "exit") == 0) {
        fputs("cannot reach the database\n", stderr);
        return 7;
    }
    if (strcmp(mode, "silent") == 0 || strcmp(mode, "close") == 0 || strcmp(mode, "garbage") == 0)
        serve_raw(port ? atoi(port) : 8080);
    else
        serve_grpc(port ? atoi(port) : 8080);
    return 0;
}
