/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/ledger.h — what one conversation has been sent, and what it is owed.
 *
 * It counts, so that scenarios need not: ids of commands, sequence numbers of events, which commands have no answer
 * yet. It reads what is really sent and received, shorthand or raw.
 */
#ifndef TCK_ENGINE_LEDGER_H
#define TCK_ENGINE_LEDGER_H

#include "base/arena.h"
#include "judge/judge.h"

struct tck_ledger {
    enum tck_conversation conversation;
    struct tck_arena *arena;
    const char *entity; /* of Init, or NULL */
    int64_t commands;   /* how many were sent */
    int64_t latest;     /* id of the last one */
    int64_t sequence;   /* of the next event to replay */
    int64_t *open;      /* ids without an answer, in the order they were sent: open_first to open_end */
    size_t open_first, open_end, open_capacity;
    bool failed; /* the user function sent a failure of the stream */
};

void tck_ledger_init(struct tck_ledger *ledger, enum tck_conversation conversation, struct tck_arena *arena);
/* A message of the conversation's type that was sent. Errors: TCK_KIT. */
int tck_ledger_sent(struct tck_ledger *ledger, const ProtobufCMessage *message, struct tck_error *err);
/* One that arrived: an answered command is closed. */
void tck_ledger_came(struct tck_ledger *ledger, const ProtobufCMessage *message);

size_t tck_ledger_open(const struct tck_ledger *ledger);
/* The i-th oldest command without an answer. */
int64_t tck_ledger_open_id(const struct tck_ledger *ledger, size_t i);

#endif
