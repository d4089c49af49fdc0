/* SPDX-License-Identifier: Apache-2.0 */
#include "transport_raw_peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct raw_peer {
    const struct raw_script *script;
    int listener;
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    int connection;       /* -1 for none */
    bool stopping;
};

static bool send_all(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, void *data, size_t size)
{
    return size == 0 || recv(fd, data, size, MSG_WAITALL) == (ssize_t)size;
}

/* Greets, acknowledges settings, and reads up to the client's first HEADERS frame. */
static bool greet(int fd)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(1024);
    unsigned char head[24], payload[65536];
    size_t length;

    raw_frame(&out, RAW_SETTINGS, 0, 0, NULL, 0);
    raw_frame(&out, RAW_SETTINGS, 1, 0, NULL, 0);
    if (!receive_all(fd, head, 24) || !send_all(fd, out.data, out.size))
        return false;
    for (;;) {
        if (!receive_all(fd, head, 9))
            return false;
        length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        if (length > sizeof payload || !receive_all(fd, payload, length))
            return false;
        if (head[3] == RAW_HEADERS)
            return true;
    }
}

static void serve(struct raw_peer *peer, int fd)
{
    const struct raw_script *script = peer->script;
    char rest[4096];

    if (script->http2 && !greet(fd))
        return;
    if (!send_all(fd, script->bytes.data, script->bytes.size))
        return;
    if (script->after == RAW_RESET)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ .l_onoff = 1 }, sizeof(struct linger));
    while (script->after == RAW_HOLD && recv(fd, rest, sizeof rest, 0) > 0)
        ;
}

static void *accept_all(void *argument)
{
    struct raw_peer *peer = argument;
    int fd;

    while ((fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        bool stopping;

        pthread_mutex_lock(&peer->lock);
        peer->connection = fd;
        stopping = peer->stopping;
        pthread_mutex_unlock(&peer->lock);
        if (!stopping)
            serve(peer, fd);
        pthread_mutex_lock(&peer->lock);
        peer->connection = -1;
        close(fd);
        pthread_mutex_unlock(&peer->lock);
    }
    return NULL;
}

struct raw_peer *raw_peer_new(const struct raw_script *script, char target[64])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct raw_peer *peer = calloc(1, sizeof *peer);
    socklen_t length = sizeof address;

    peer->script = script;
    peer->connection = -1;
    pthread_mutex_init(&peer->lock, NULL);
    peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(peer->listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(peer->listener, 16) < 0 ||
        getsockname(peer->listener, (struct sockaddr *)&address, &length) < 0)
        abort();
    snprintf(target, 64, "127.0.0.1:%u", ntohs(address.sin_port));
    if (pthread_create(&peer->thread, NULL, accept_all, peer) != 0)
        abort();
    return peer;
}

void raw_peer_free(struct raw_peer *peer)
{
    if (!peer)
        return;
    pthread_mutex_lock(&peer->lock);
    peer->stopping = true;
    shutdown(peer->listener, SHUT_RDWR); /* ends the accept */
    if (peer->connection >= 0)
        shutdown(peer->connection, SHUT_RDWR);
    pthread_mutex_unlock(&peer->lock);
    pthread_join(peer->thread, NULL);
    close(peer->listener);
    pthread_mutex_destroy(&peer->lock);
    free(peer);
}

void raw_frame(struct tck_buffer *out, enum raw_frame type, unsigned flags, unsigned stream, const void *payload,
               size_t size)
{
    const unsigned char head[9] = {
        (unsigned char)(size >> 16),
        (unsigned char)(size >> 8),
        (unsigned char)size,
        (unsigned char)type,
        (unsigned char)flags,
        0,
        0,
        0,
        (unsigned char)stream,
    };

    tck_buffer_append(out, head, sizeof head);
    tck_buffer_append(out, payload, size);
}

void raw_header(struct tck_buffer *block, const char *name, const char *value)
{
    tck_buffer_putc(block, 0); /* literal, new name, not indexed */
    tck_buffer_putc(block, (char)strlen(name));
    tck_buffer_puts(block, name);
    tck_buffer_putc(block, (char)strlen(value));
    tck_buffer_puts(block, value);
}

void raw_response_headers(struct tck_buffer *out)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer block = TCK_BUFFER_INIT(1024);

    raw_header(&block, ":status", "200");
    raw_header(&block, "content-type", "application/grpc");
    raw_frame(out, RAW_HEADERS, RAW_END_HEADERS, 1, block.data, block.size);
}
