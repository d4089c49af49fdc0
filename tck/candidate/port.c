/* SPDX-License-Identifier: Apache-2.0 */
#include "candidate/port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int check_free(const struct tck_side_config *config, const char *what, struct tck_error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV }, *found = NULL;
    char service[8];
    bool taken = false;

    snprintf(service, sizeof service, "%d", config->port);
    if (getaddrinfo(config->host, service, &hints, &found) != 0 || !found)
        return tck_fail(err, TCK_BAD_INPUT, config->place, "the host '%s' is not known", config->host);
    for (struct addrinfo *info = found; info && !taken; info = info->ai_next) {
        int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, 0);

        taken = fd >= 0 && connect(fd, info->ai_addr, info->ai_addrlen) == 0;
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(found);
    if (taken)
        return tck_fail(err, TCK_NO_SHOW, config->place,
                        "port %d of %s is taken by another program, so %s cannot be started there", config->port,
                        config->host, what);
    return 0;
}

static int pick(struct tck_port *ret_port, struct tck_error *err)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0) {
        *ret_port = (struct tck_port){ .number = ntohs(address.sin_port), .hold = fd };
        return 0;
    }
    if (fd >= 0)
        close(fd);
    return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no free port: %s", strerror(errno));
}

int tck_port_decide(const struct tck_side_config *config, const char *what, struct tck_port *ret_port,
                    struct tck_error *err)
{
    int r;

    if (!config->address && config->port == TCK_PORT_AUTO)
        return pick(ret_port, err);
    r = config->address ? 0 : check_free(config, what, err);
    if (r == 0)
        *ret_port = (struct tck_port){ .number = config->port, .hold = -1 };
    return r;
}

void tck_port_let_go(struct tck_port *port)
{
    if (port->hold >= 0)
        close(port->hold);
    port->hold = -1;
}
