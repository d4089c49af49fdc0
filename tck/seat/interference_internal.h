/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/interference_internal.h — the interference in force at a tap, and what it says of one thing that passes.
 *
 *     tck_meddlings_find(&tap->meddlings, &identity, kind, &fate);
 *     r = tck_fate_alter(&fate, came, &altered, err);
 *     … the thing goes when tck_fate_ready(&fate, at, tck_now()) …
 *     tck_fate_done(&fate);
 *
 * Lock order: the table's lock is the last; none is held while a scenario's alter runs, but for tck_tap_forget's wait for
 * it.
 */
#ifndef TCK_SEAT_INTERFERENCE_INTERNAL_H
#define TCK_SEAT_INTERFERENCE_INTERNAL_H

#include "seat/passage_internal.h"

struct tck_meddling; /* one interference in force; counted references */

struct tck_meddlings {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct tck_meddling *first, **last;
    atomic_uint count; /* a tap that interferes with nothing looks at this alone */
};

/* All that applies to one thing, in the order in which it was asked for. */
struct tck_fate {
    struct tck_meddling **meddlings; /* references; NULL: nothing applies */
    size_t count;
};

void tck_meddlings_init(struct tck_meddlings *meddlings);
void tck_meddlings_done(struct tck_meddlings *meddlings);
int tck_meddlings_add(struct tck_meddlings *meddlings, const void *owner, const struct tck_interference *interference,
                      struct tck_error *err);
/* What is held under the name goes on, and will not be held again. The lanes have to be looked at after this. */
void tck_meddlings_release(struct tck_meddlings *meddlings, const void *owner, const char *name);
/* As above, all of the owner; returns when none of its alter functions runs any more. */
void tck_meddlings_forget(struct tck_meddlings *meddlings, const void *owner);
/* Waits until something was held under the name. 0 or TCK_TIMED_OUT. */
int tck_meddlings_await_held(struct tck_meddlings *meddlings, const void *owner, const char *name, int64_t deadline,
                             const volatile sig_atomic_t *interrupted);
/* Is there interference with openings of such conversations? They are then opened only once it is known whose they are.
 */
bool tck_meddlings_want_openings(struct tck_meddlings *meddlings, enum tck_conversation conversation);

/* Counts the thing (a message's bytes; else none), and says what applies to it. Errors: TCK_KIT. */
int tck_meddlings_find(struct tck_meddlings *meddlings, const struct tck_identity *identity, enum tck_passed_kind kind,
                       struct tck_bytes bytes, struct tck_fate *ret_fate);

void tck_fate_done(struct tck_fate *fate);
/* The bytes in place of those that came, if there are such. Errors: TCK_KIT, or what alter returned. */
int tck_fate_alter(struct tck_meddlings *meddlings, const struct tck_fate *fate, struct tck_bytes came,
                   struct tck_buffer *ret_altered, bool *ret_is_altered);
bool tck_fate_ready(const struct tck_fate *fate, int64_t at, int64_t now);
/* When it will be ready by the clock alone; TCK_NEVER: not by the clock. */
int64_t tck_fate_due(const struct tck_fate *fate, int64_t at);
/* The first interference of this sort, or NULL. */
const struct tck_interference *tck_fate_first(const struct tck_fate *fate, enum tck_meddle meddle);
/* For the sort's next after i; starts with 0. Returns NULL after the last. */
const struct tck_interference *tck_fate_next(const struct tck_fate *fate, enum tck_meddle meddle, size_t *i);

#endif
