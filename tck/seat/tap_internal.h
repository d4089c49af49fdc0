/* SPDX-License-Identifier: Apache-2.0
 *
 * seat/tap_internal.h — what the parts of the tap know of each other: its life and its clock (tap.c), a call that it
 * forwards (tap_call.c), and what it sees of discovery (tap_discovery.c).
 *
 * Lock order: a passage's lock (which is its call's), then one of: target_lock, lock, those of the tables.
 */
#ifndef TCK_SEAT_TAP_INTERNAL_H
#define TCK_SEAT_TAP_INTERNAL_H

#include "seat/lane_internal.h"
#include "transport/loop.h"
#include "transport/server.h"
#include "transport/stream.h"

/* ---- a forwarded call ---- */

struct tck_tapped;

extern const struct tck_server_handler tck_tapped_handler; /* its context is the tap */

/* Passes on what is ready by now; returns when the next is ready by the clock, or TCK_NEVER. */
int64_t tck_tapped_pump(struct tck_tapped *tapped);
/* Gives up what waits and cancels the call to the user function. */
void tck_tapped_cut(struct tck_tapped *tapped);
/* False when it is just being freed. */
bool tck_tapped_try_ref(struct tck_tapped *tapped);
void tck_tapped_unref(struct tck_tapped *tapped);

/* The tap's list of calls. Its links are the tap's. */
struct tck_tapped_link {
    struct tck_tapped *tapped;
    struct tck_tapped_link *next, *previous;
};

/* ---- discovery ---- */

/* Of one report that is kept; the rest is cut. */
#define TCK_REPORT_BYTES ((size_t)64 << 10)

struct tck_discovery {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    struct tck_buffer spec, proxy_info;
    unsigned count;
    char *reports[TCK_REPORTS]; /* a ring: report n is at n % TCK_REPORTS; owned */
    size_t reported;
};

void tck_discovery_init(struct tck_discovery *discovery);
void tck_discovery_done(struct tck_discovery *discovery);
/* Looks at what is passed on by a call of this method. */
void tck_discovery_see(struct tck_discovery *discovery, const char *method, const struct tck_passed *passed);
/* Is it one of discovery's methods? Both take one message. */
bool tck_discovery_is_method(const char *method);

/* ---- the tap ---- */

struct tck_tap {
    char *address; /* with its port */
    int port;
    size_t max_message;
    struct tck_loop *loop;
    struct tck_passages passages;
    struct tck_meddlings meddlings;
    struct tck_discovery discovery;

    pthread_mutex_t server_lock; /* of those who stop and start it */
    struct tck_server *server;   /* NULL while it refuses */

    pthread_mutex_t target_lock;
    struct tck_channel *channel; /* NULL: no user function yet */

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t emptied;
    struct tck_tapped_link *calls;
    size_t call_count;

    pthread_mutex_t clock_lock; /* of what follows */
    pthread_cond_t clock_changed;
    pthread_t clock;
    bool clock_runs, clock_stops;
    int64_t wake; /* when something that is delayed is ready; TCK_NEVER */
};

void tck_tap_enter(struct tck_tap *tap, struct tck_tapped_link *link);
void tck_tap_leave(struct tck_tap *tap, struct tck_tapped_link *link);
/* The calls are to be pumped at this time. */
void tck_tap_wake_at(struct tck_tap *tap, int64_t time);
/* Opens the call to the user function. Errors: TCK_NO_SHOW (none was named yet), others as tck_stream_open. */
int tck_tap_open_stream(struct tck_tap *tap, const char *method, const struct tck_metadata *metadata, int64_t deadline,
                        const struct tck_stream_handler *handler, void *user, struct tck_stream **ret_stream,
                        struct tck_error *err);

#endif
