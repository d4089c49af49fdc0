/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/peer_name.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage storage;
};

void tck_peer_name(int fd, char *buf, size_t size)
{
    union address address;
    socklen_t length = sizeof address;
    char text[INET6_ADDRSTRLEN];

    if (getpeername(fd, &address.any, &length) < 0) {
        snprintf(buf, size, "unknown");
    } else if (address.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text);
        snprintf(buf, size, "ipv4:%s:%u", text, ntohs(address.v4.sin_port));
    } else if (address.any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr)) {
        inet_ntop(AF_INET, address.v6.sin6_addr.s6_addr + 12, text, sizeof text);
        snprintf(buf, size, "ipv4:%s:%u", text, ntohs(address.v6.sin6_port));
    } else if (address.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text);
        snprintf(buf, size, "ipv6:[%s]:%u", text, ntohs(address.v6.sin6_port));
    } else {
        snprintf(buf, size, "unix:");
    }
}

/* The first error of binding and listening at one of the addresses; 0 when all work. */
static int try_addresses(const struct addrinfo *addresses)
{
    int error = 0, on = 1;

    for (const struct addrinfo *at = addresses; at && !error; at = at->ai_next) {
        int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, at->ai_addr, at->ai_addrlen) < 0 || listen(fd, 1) < 0)
            error = errno;
        close(fd);
    }
    return error;
}

/* Splits "host:port", "[v6]:port". False if it is neither. */
static bool split(char *address, char **ret_host, char **ret_port)
{
    char *colon = strrchr(address, ':');
    size_t length;

    if (!colon || strncmp(address, "unix:", 5) == 0)
        return false;
    *colon = '\0';
    length = strlen(address);
    if (address[0] == '[' && address[length - 1] == ']') {
        address[length - 1] = '\0';
        address++;
    }
    *ret_host = address;
    *ret_port = colon + 1;
    return true;
}

const char *tck_listen_reason(const char *address, char *buf, size_t size)
{
    tck_cleanup(tck_freep) char *copy = strdup(address);
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *addresses = NULL;
    char *host, *port;
    int r;

    if (!copy || !split(copy, &host, &port)) {
        snprintf(buf, size, "not an address to listen at (host:port), or it is taken");
        return buf;
    }
    r = getaddrinfo(host[0] ? host : NULL, port, &hints, &addresses);
    if (r != 0) {
        snprintf(buf, size, "%s", gai_strerror(r));
        return buf;
    }
    r = try_addresses(addresses);
    freeaddrinfo(addresses);
    snprintf(buf, size, "%s", r ? strerror(r) : "it was taken for a moment; try again");
    return buf;
}
