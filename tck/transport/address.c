/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool tck_address_is_unix(const char *address)
{
    return strncmp(address, "unix:", 5) == 0;
}

struct parts {
    char host[256]; /* without brackets; the longest name that DNS has is 253 */
    const char *port;
};

/* False unless it is "host:port" or "[v6]:port". */
static bool split(const char *address, struct parts *ret_parts)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? (size_t)(colon - address) : 0;
    bool bracketed = length > 2 && address[0] == '[' && address[length - 1] == ']';

    if (length == 0 || length >= sizeof ret_parts->host)
        return false;
    if (!bracketed && memchr(address, ':', length))
        return false;
    snprintf(ret_parts->host, sizeof ret_parts->host, "%.*s", (int)(bracketed ? length - 2 : length),
             bracketed ? address + 1 : address);
    ret_parts->port = colon + 1;
    return strpbrk(ret_parts->host, "[]/ \t\r\n") == NULL;
}

static bool is_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && digits <= 5 && !text[digits] && strtol(text, NULL, 10) <= UINT16_MAX;
}

int tck_address_check(const char *address, struct tck_error *err)
{
    struct parts parts;

    if (tck_address_is_unix(address) ? address[5] != '\0' : split(address, &parts) && is_port(parts.port))
        return 0;
    return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE,
                    "'%s' is not an address; write host:port, [IPv6]:port or unix:path", address);
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

const char *tck_listen_reason(const char *address, char *buf, size_t size)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
    struct addrinfo *addresses = NULL;
    struct parts parts;
    int r;

    if (tck_address_is_unix(address) || !split(address, &parts)) {
        snprintf(buf, size, "no socket can be made there");
        return buf;
    }
    r = getaddrinfo(parts.host, parts.port, &hints, &addresses);
    if (r != 0) {
        snprintf(buf, size, "%s", gai_strerror(r));
        return buf;
    }
    r = try_addresses(addresses);
    freeaddrinfo(addresses);
    snprintf(buf, size, "%s", r ? strerror(r) : "it was taken for a moment; try again");
    return buf;
}

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
