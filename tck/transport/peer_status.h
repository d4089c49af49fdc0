/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/peer_status.h — who made a call's status: the server, or grpc core in its place?
 *
 * grpc core's account of a status ("error string") begins with "Error received from peer" when the status came up from
 * the HTTP/2 layer. All others were made above it: connection refused, deadline, cancellation, size limits. But that
 * layer makes statuses too, when a stream ends without one (connection lost, RST_STREAM, broken frames), and reports
 * them the same way. Those are known by their texts, which no API tells apart from a server that sends the very same
 * words; such a server would have its own status taken for a broken connection.
 */
#ifndef TCK_TRANSPORT_PEER_STATUS_H
#define TCK_TRANSPORT_PEER_STATUS_H

#include <grpc/slice.h>
#include <stdbool.h>
#include <stddef.h>

/* account: the error string, or NULL (as it is for OK). */
bool tck_status_is_from_peer(int code, const char *account, grpc_slice details);
/* Copies details into buf, cut at a character's end; a NUL byte becomes a space. */
void tck_status_details(char *buf, size_t size, grpc_slice details);

#endif
