/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/tapped_internal.h — one forwarded call: a call of the proxy at our server, a stream to the user function, and a lane
 * each way. tap_call.c has what comes from both sides, tap_passing.c what is passed on.
 *
 * All of it is under the passage's lock, which the callbacks of both sides take; transport calls back with none of its own
 * held, so transport may be called with it. A thing is handed on and noted in one step. An alter function runs without
 * the lock: the callbacks of one side never overlap, so the order of its things is kept.
 */
#ifndef TCK_SEAT_TAPPED_INTERNAL_H
#define TCK_SEAT_TAPPED_INTERNAL_H

#include "seat/tap_internal.h"

#define TCK_TAP_NO_MEMORY "the tap is out of memory"

struct tck_tapped {
    struct tck_tapped_link link;
    atomic_uint refs; /* the open server call's, the open stream's, waiting headers', and users' */
    struct tck_tap *tap;
    struct tck_passage *passage;  /* a reference */
    struct tck_server_call *call; /* a reference */
    bool discovery;

    /* of the callbacks of the server call */
    bool opening;    /* the opening waits until it is known whose the call is */
    bool identified; /* all is known that can be */
    int64_t opened_at;

    /* of the callbacks of the stream; then of the loop's works */
    struct tck_loop_work headers_work;
    unsigned rounds;

    /* under the passage's lock */
    struct tck_stream *stream; /* a reference; NULL: not opened yet, or it could not be */
    bool finished;             /* the proxy was told an end */
    struct tck_lane to_user_function, to_proxy;
};

extern const struct tck_stream_handler tck_tapped_stream_handler;

/* The lanes' ways; their owner is the call. */
extern const struct tck_lane_way tck_way_to_user_function, tck_way_to_proxy;

/* With the lock: ends the call for both sides. The end is noted as meddled says. */
void tck_tapped_sever(struct tck_tapped *tapped, int code, const char *message, enum tck_meddled meddled);
void tck_tapped_ref(struct tck_tapped *tapped);
/* Copies what is to go on to the other side. Errors: TCK_KIT. */
int tck_tapped_forward_metadata(struct tck_metadata *to, const struct tck_metadata *from);

#endif
