/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/grpc.h — the library as a whole, and gRPC status codes by name.
 *
 * Bytes in, bytes out: transport knows nothing of protobuf. grpc core's C API does the work.
 */
#ifndef TCK_TRANSPORT_GRPC_H
#define TCK_TRANSPORT_GRPC_H

#include "base/error.h"

/* Counted; every successful init is paired with a shutdown. Sends grpc core's own log lines to nowhere unless the
 * environment variable GRPC_VERBOSITY is set. Safe to call from any thread. */
int tck_grpc_init(struct tck_error *err);
void tck_grpc_shutdown(void);

/* What both sides accept at most in one message; above it the call ends with RESOURCE_EXHAUSTED. */
#define TCK_GRPC_MAX_MESSAGE (12 << 20)

/* "OK", "CANCELLED", … "UNAUTHENTICATED"; "CODE 99" for others (buf). */
const char *tck_grpc_code_name(int code, char buf[16]);
/* The code of a name, or -1. */
int tck_grpc_code_parse(const char *name);

#endif
