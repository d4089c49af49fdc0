/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/peer_name.h — what grpc core does not tell of sockets: who is at the other end of an adopted one, and why a
 * port could not be opened.
 */
#ifndef TCK_TRANSPORT_PEER_NAME_H
#define TCK_TRANSPORT_PEER_NAME_H

#include <stddef.h>

/* "ipv4:127.0.0.1:4711", "ipv6:[::1]:4711" or "unix:"; "unknown" if it is gone already. */
void tck_peer_name(int fd, char *buf, size_t size);
/* Tries the address once more by hand to learn the system's reason ("Address already in use"). Returns buf. */
const char *tck_listen_reason(const char *address, char *buf, size_t size);

#endif
