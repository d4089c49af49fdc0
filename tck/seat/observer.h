/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/observer.h — the kit beside a conversation that others have: what passed through the tap, one side at a time.
 *
 *     r = tck_observer_new(&options, &observer, err);
 *     r = tck_observer_take(observer, TCK_TO_USER_FUNCTION, deadline, &arrival, err); // what the proxy said next
 *     r = tck_observer_take(observer, TCK_TO_PROXY, deadline, &arrival, err);         // what the user function said next
 *
 * What passed is put into one queue for each side; taking from one leaves the other alone. All of it is recorded, with
 * the time at which it was handed on, and told to a judge in the order of passing. What a side said is what it said: a
 * message that the tap dropped or altered is there as it came, one that the tap made up is not there. What was meddled
 * with is not judged, nor is anything after it: the kit broke the rules then.
 *
 * Threads: one observer, one thread.
 * Memory: messages live in the arena given; what is unpacked of a conversation is what was looked at.
 */
#ifndef TCK_SEAT_OBSERVER_H
#define TCK_SEAT_OBSERVER_H

#include "seat/protocol_client.h"
#include "seat/tap.h"

struct tck_observer;

struct tck_observer_options {
    const char *name; /* of the conversation, for the recording; borrowed */
    enum tck_conversation conversation;
    struct tck_passage *passage; /* the observer takes a reference of its own */
    const struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_recording *recording;
    const volatile sig_atomic_t *interrupted; /* or NULL */
};

int tck_observer_new(const struct tck_observer_options *options, struct tck_observer **ret_observer,
                     struct tck_error *err);
void tck_observer_free(struct tck_observer *observer); /* takes NULL */
TCK_DEFINE_FREEP(struct tck_observer, tck_observer_free)

/* The next thing that went this way; waits for it. Of the proxy: a message, undecodable bytes, HALF_CLOSE (where the
 * proxy may send more than one message), RESET. Of the user function: a message, undecodable bytes, END (also the
 * cancelled end of what the proxy reset). At the end of all, END again. The arrival's time is that of handing on.
 * Returns 0 or a negative status. */
int tck_observer_take(struct tck_observer *observer, enum tck_direction direction, int64_t deadline,
                      struct tck_arrival *ret_arrival, struct tck_error *err);
/* Looks at what passed until now, without waiting. */
int tck_observer_look(struct tck_observer *observer, struct tck_error *err);

/* Nothing more will be looked at: the judge is told, once. */
void tck_observer_conclude(struct tck_observer *observer);
const struct tck_judge *tck_observer_judge(const struct tck_observer *observer);
/* Has a take found the end? */
bool tck_observer_ended(const struct tck_observer *observer);
/* Did the proxy reset it, so that what the user function's end says is not its own? */
bool tck_observer_was_reset(const struct tck_observer *observer);
bool tck_observer_was_half_closed(const struct tck_observer *observer);
bool tck_observer_meddled(const struct tck_observer *observer);
/* Did this user function say these bytes anywhere, until now? */
bool tck_observer_said(const struct tck_observer *observer, struct tck_bytes bytes);
/* Did this user function, when it last said a payload of this type ("cloudstate.tck.model.Response"), say an empty one? If
 * it ever did, *ret_once becomes true. */
bool tck_observer_said_nothing_as(const struct tck_observer *observer, const char *type, bool *ret_once);
/* Did it, of its own accord, end the conversation (an entity's at all, an action's with an error), or say that the stream
 * failed? */
bool tck_observer_gave_up(const struct tck_observer *observer);
/* Commands of the proxy that the user function has not answered yet, as far as was looked. */
size_t tck_observer_open_commands(const struct tck_observer *observer);

#endif
