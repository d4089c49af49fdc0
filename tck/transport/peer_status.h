/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/peer_status.h — who made a call's status: the server, or grpc core in its place?
 *
 * grpc core's account of a status ("error string") begins with "Error received from peer" when the status came as
 * trailing metadata. All others were made in the client: no connection, a message above the limit. But grpc core also
 * makes up trailing metadata when a stream ends without a status (connection lost, RST_STREAM, broken frames,
 * cancelled), and its account is the same then; no call of its API tells the two apart. Those are known by code and
 * text. Where this is wrong: a peer that sends the very same code and words, say because it forwards a status of its
 * own grpc core ("Socket closed"), has its status taken for a broken stream.
 */
#ifndef TCK_TRANSPORT_PEER_STATUS_H
#define TCK_TRANSPORT_PEER_STATUS_H

#include <grpc/slice.h>
#include <stdbool.h>
#include <stddef.h>

#include "transport/client.h"

/* What the client itself knows of the call; grpc core uses the same words on both sides. */
struct tck_status_facts {
    bool deadline_passed; /* "Deadline Exceeded": when it is over on both sides, it is ours that counts */
    bool receive_failed;  /* "Received message larger than max": the last read did not just find the end */
    bool sent_too_large;  /* "Sent message larger than max" */
    bool cancelled;       /* by us */
};

/* account: the error string, or NULL (as it is for OK). */
bool tck_status_is_from_peer(int code, const char *account, grpc_slice details, struct tck_status_facts facts);
/* Copies details into buf, cut at a character's end; a NUL byte becomes a space. */
void tck_status_details(char *buf, size_t size, grpc_slice details);

/* What the caller is told of a call's end. */
void tck_status_tell(int code, const char *account, grpc_slice details, struct tck_status_facts facts,
                     struct tck_call_status *ret_status);

#endif
