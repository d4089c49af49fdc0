/* SPDX-License-Identifier: Apache-2.0
 *
 * judge_replay.h — any bytes as a conversation, played to a judge whose laws are checked on the way.
 *
 * The first byte tells the kind of conversation and whether the judge gets a pool. Then come records: one byte what
 * (enum replay_record), two bytes size (little endian), so many bytes of a message.
 *
 * The laws: a message of one side is never a breach by the other; a breach names a rule that there is, has a text that
 * can be shown and the number of the message in hand (0 at the end); there are never more than TCK_JUDGE_BREACHES_MAX;
 * no more commands are open than were sent; the same conversation gives the same breaches again.
 */
#ifndef TCK_TESTS_JUDGE_REPLAY_H
#define TCK_TESTS_JUDGE_REPLAY_H

#include "judge/judge.h"

enum replay_record {
    REPLAY_TO_USER_FUNCTION, /* the bytes are unpacked; what cannot be is undecodable */
    REPLAY_TO_PROXY,
    REPLAY_HALF_CLOSE,
    REPLAY_END, /* first byte: gRPC status; second: 1 by the user function, 2 waited */
    REPLAY_RECORD_COUNT,
};

/* Aborts if a law does not hold. pool: for judges that get one. Returns how many breaches were found. */
size_t judge_replay(const struct tck_pool *pool, const uint8_t *data, size_t size);

#endif
