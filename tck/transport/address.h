/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/address.h — what grpc core does not tell of addresses: that one is malformed (it takes "host" for port 443
 * and port 99999 for 34463), why a port could not be opened, and who is at the other end of an adopted socket.
 */
#ifndef TCK_TRANSPORT_ADDRESS_H
#define TCK_TRANSPORT_ADDRESS_H

#include "base/error.h"

bool tck_address_is_unix(const char *address);
/* 0 for "host:port", "[v6]:port" and "unix:path". Errors: TCK_BAD_INPUT. */
int tck_address_check(const char *address, struct tck_error *err);
/* Tries to listen at the address once more by hand, to learn the system's reason ("Address already in use"). Returns
 * buf. */
const char *tck_listen_reason(const char *address, char *buf, size_t size);
/* "ipv4:127.0.0.1:4711", "ipv6:[::1]:4711" or "unix:"; "unknown" if it is gone already. */
void tck_peer_name(int fd, char *buf, size_t size);

#endif
