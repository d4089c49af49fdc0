/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/seat_internal.h — what the seats of a client share.
 */
#ifndef TCK_SEAT_SEAT_INTERNAL_H
#define TCK_SEAT_SEAT_INTERNAL_H

#include <signal.h>

#include "transport/client.h"

/* How often a wait looks whether the run was interrupted: soon for a person, and nothing to a processor. */
#define TCK_SEAT_LOOK_UP TCK_MS(50)
/* What one call may send or receive at once; transport refuses more. */
#define TCK_SEAT_MAX_BYTES ((size_t)TCK_GRPC_MAX_MESSAGE + (1 << 20))

static inline bool tck_seat_interrupted(const volatile sig_atomic_t *flag)
{
    return flag && *flag;
}

/* As tck_call_receive, but an interruption ends the wait with TCK_TIMED_OUT. */
int tck_seat_receive(struct tck_call *call, int64_t deadline, const volatile sig_atomic_t *interrupted,
                     struct tck_buffer *ret_message, struct tck_error *err);

#endif
