/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/passage_internal.h — how the tap fills a passage, and the table in which it keeps them.
 *
 * A passage has one lock, which is the lock of its call as well (tap_call.c): things are handed on and noted under it in
 * one step, so the notes are in the order in which things were handed on, and whoever sees an effect of a thing finds its
 * note.
 *
 * Lock order: a passage's, then the table's.
 */
#ifndef TCK_SEAT_PASSAGE_INTERNAL_H
#define TCK_SEAT_PASSAGE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "seat/tap.h"

/* What all kept passages that are over may take together; each open one has its own ceiling. */
#define TCK_PASSAGES_BYTES ((size_t)256 << 20)

/* Who a call is for: read from what the proxy says first (tap_identity.c). Texts live in the passage's arena and are
 * written once. */
struct tck_identity {
    enum tck_conversation conversation; /* TCK_CONVERSATION_COUNT: another call */
    const char *service;                /* NULL: not known (yet) */
    const char *entity_id;              /* of entities */
    const char *command;                /* of actions */
    struct tck_bytes payload;           /* of actions: the first that came, a google.protobuf.Any */
};

struct tck_passages {
    pthread_mutex_t lock; /* of what follows, and of the fields of the passages that say so */
    pthread_cond_t changed;
    struct tck_passage *first, *last; /* in the order in which they were opened; references */
    size_t over_count, over_bytes;
};

struct tck_passage {
    atomic_uint refs;
    char *method;
    struct tck_metadata metadata;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct tck_arena *arena;
    struct tck_passed *things;
    size_t count, capacity, used; /* used: bytes that the notes take */
    size_t missed;                /* noted no more */
    size_t next_given;
    bool over;

    struct tck_identity identity; /* written under both locks: read under either */
    /* the table's */
    struct tck_passage *next, *previous;
    bool listed, awaited;
    bool closed, cancelled; /* what the proxy took for the end came by, at */
    int64_t opened_at, closed_at;
};

void tck_passages_init(struct tck_passages *passages);
void tck_passages_done(struct tck_passages *passages);
/* A new one at the end of the table; the caller has a reference. */
int tck_passages_open(struct tck_passages *passages, const char *method, enum tck_conversation conversation,
                      const struct tck_metadata *metadata, struct tck_passage **ret_passage);
/* With the passage's lock held: identity tells more than before. */
void tck_passages_identify(struct tck_passages *passages, struct tck_passage *passage,
                           const struct tck_identity *identity);
/* With the passage's lock held: this is its end as the proxy has it. */
void tck_passages_closed(struct tck_passages *passages, struct tck_passage *passage, bool cancelled, int64_t at);
/* Nothing more will be noted; drops the oldest that are over, where there are too many. */
void tck_passages_over(struct tck_passages *passages, struct tck_passage *passage);

/* What tck_tap_await and its kin ask. */
struct tck_passage *tck_passages_await(struct tck_passages *passages, const struct tck_passage_key *key,
                                       int64_t deadline, const volatile sig_atomic_t *interrupted);
size_t tck_passages_open_now(struct tck_passages *passages, const struct tck_passage_key *key);
size_t tck_passages_most(struct tck_passages *passages, const struct tck_passage_key *key);

/* With the lock held; copies what it is given. A note that does not fit is counted only, but for the end. */
void tck_passage_note(struct tck_passage *passage, const struct tck_passed *passed);

bool tck_identity_matches(const struct tck_identity *identity, const struct tck_passage_key *key);

/* tap_identity.c: which conversation a method is; TCK_CONVERSATION_COUNT for none. */
enum tck_conversation tck_identity_conversation(const char *method);
/* Reads a message of the proxy; true when it told more than was known. The texts point into message. */
struct tck_identity_found {
    struct tck_bytes service, entity_id, command, payload; /* data NULL: not there */
};
bool tck_identity_read(const struct tck_identity *known, struct tck_bytes message,
                       struct tck_identity_found *ret_found);

/* A condition that is waited for on our clock. */
void tck_changed_init(pthread_cond_t *changed);
/* Waits, with the lock held, for a short time at most, so that an interruption is noticed. False when the deadline has
 * passed or the flag is set. */
bool tck_changed_wait(pthread_cond_t *changed, pthread_mutex_t *lock, int64_t deadline,
                      const volatile sig_atomic_t *interrupted);

#endif
