/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/lane_internal.h — one direction of a forwarded call: things go through it in order, at once or when their fate
 * lets them, and a source that is faster than its target is held.
 *
 * A lane knows no transport: its way says how a thing is passed on, and how the source is held. All functions are called
 * with the lock of the lane's owner held, and call the way with it.
 */
#ifndef TCK_SEAT_LANE_INTERNAL_H
#define TCK_SEAT_LANE_INTERNAL_H

#include "seat/interference_internal.h"

/* What may wait in a lane before the source is held; what it had sent already still comes. */
#define TCK_LANE_THINGS 64
#define TCK_LANE_BYTES  ((size_t)16 << 20)

struct tck_thing {
    struct tck_thing *next;
    struct tck_passed passed;            /* bytes are those that go on; borrowed, unless it waits in a lane */
    const struct tck_metadata *trailers; /* ENDED; borrowed likewise */
    struct tck_fate fate;
    void *copies[4]; /* owned, of one that waits: bytes, came, message */
    struct tck_metadata own_trailers;
};

struct tck_lane_way {
    /* The thing's turn. Frees nothing. If the lane is dead it can only be noted. */
    void (*pass_on)(void *owner, struct tck_thing *thing);
    bool (*is_full)(void *owner); /* the target's queue */
    void (*hold)(void *owner);    /* the source's reading */
    void (*release)(void *owner);
};

struct tck_lane {
    const struct tck_lane_way *way;
    void *owner;
    struct tck_thing *first, **last; /* that wait; owned */
    size_t count, bytes;
    bool pairs;   /* a command waits for what follows it: see tck_lane_init */
    bool held;    /* the source is */
    bool passing; /* something is passed on: what comes meanwhile waits */
    bool dead;    /* the target takes nothing any more */
};

/* pairs: the proxy sends one message, which leaves together with the half-close, as gRPC libraries send it: some servers
 * take a half-close that comes alone for a broken call. */
void tck_lane_init(struct tck_lane *lane, const struct tck_lane_way *way, void *owner, bool pairs);
/* Frees what still waits, without a word. */
void tck_lane_done(struct tck_lane *lane);
/* Takes thing's fate; copies the rest if it has to wait. Errors: TCK_KIT: it could not be kept. */
int tck_lane_offer(struct tck_lane *lane, struct tck_thing *thing);
/* Passes on what is ready. */
void tck_lane_pump(struct tck_lane *lane);
/* When the first is ready by the clock alone; TCK_NEVER: not by the clock. */
int64_t tck_lane_due(const struct tck_lane *lane);
/* Holds or releases the source, as it is wanted now. */
void tck_lane_pace(struct tck_lane *lane);
/* The target is gone: what waits is passed on to a dead lane, the source is released. */
void tck_lane_die(struct tck_lane *lane);
/* The first that waits, if it is of this kind and nothing meddles with it; free it with tck_thing_free. */
struct tck_thing *tck_lane_take(struct tck_lane *lane, enum tck_passed_kind kind);
void tck_thing_free(struct tck_thing *thing);

#endif
