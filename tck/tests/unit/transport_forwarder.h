/* SPDX-License-Identifier: Apache-2.0
 *
 * A server that forwards every call of every method to a target, byte for byte, through streams on the same loop: the
 * least that a proxy does. Metadata is forwarded, but for what gRPC libraries write themselves. A slow side holds back
 * the other. The tests run it under load; ci/bench/grpc_forwarder.c is it as a program.
 *
 * If told that all methods are unary, it sends the request together with the half-close, and the response together with
 * the status: half the writes. (A proxy that knows its methods does so.)
 */
#ifndef TCK_TESTS_TRANSPORT_FORWARDER_H
#define TCK_TESTS_TRANSPORT_FORWARDER_H

#include "transport/client.h"
#include "transport/loop.h"
#include "transport/server.h"

struct forwarder;

/* address: as tck_server_listen. target: as tck_channel_new. */
int forwarder_new(struct tck_loop *loop, const char *address, const char *target, bool unary,
                  struct forwarder **ret_forwarder, int *ret_port, struct tck_error *err);
/* Cancels what still runs. Takes NULL. */
void forwarder_free(struct forwarder *forwarder);
TCK_DEFINE_FREEP(struct forwarder, forwarder_free)

#endif
