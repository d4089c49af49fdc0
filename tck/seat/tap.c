/* SPDX-License-Identifier: Apache-2.0
 *
 * The tap's life, its port, its target, and its clock: a thread that sleeps unless something is delayed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "seat/tap_internal.h"

/* Calls that are cancelled end at once; should one not, the tap is leaked, not freed under its feet. */
#define LET_GO TCK_SECONDS(10)

/* ---- the calls ---- */

void tck_tap_enter(struct tck_tap *tap, struct tck_tapped_link *link)
{
    pthread_mutex_lock(&tap->lock);
    link->next = tap->calls;
    if (link->next)
        link->next->previous = link;
    tap->calls = link;
    tap->call_count++;
    pthread_mutex_unlock(&tap->lock);
}

void tck_tap_leave(struct tck_tap *tap, struct tck_tapped_link *link)
{
    pthread_mutex_lock(&tap->lock);
    *(link->previous ? &link->previous->next : &tap->calls) = link->next;
    if (link->next)
        link->next->previous = link->previous;
    /* With the lock: afterwards the tap may be gone. */
    if (--tap->call_count == 0)
        pthread_cond_broadcast(&tap->emptied);
    pthread_mutex_unlock(&tap->lock);
}

/* References to all open calls; NULL for none, or when memory runs out, which *ret_count tells apart. */
static struct tck_tapped **open_calls(struct tck_tap *tap, size_t *ret_count)
{
    struct tck_tapped **calls;
    size_t count = 0;

    pthread_mutex_lock(&tap->lock);
    calls = calloc(tap->call_count + 1, sizeof *calls);
    for (struct tck_tapped_link *link = tap->calls; link && calls; link = link->next)
        if (tck_tapped_try_ref(link->tapped))
            calls[count++] = link->tapped;
    pthread_mutex_unlock(&tap->lock);
    *ret_count = count;
    return calls;
}

/* Passes on all that is ready, and sees to it that the clock does so with the rest. */
static void pump(struct tck_tap *tap)
{
    struct tck_tapped **calls;
    int64_t next = TCK_NEVER;
    size_t count;

    calls = open_calls(tap, &count);
    if (!calls)
        next = tck_after(TCK_MS(100)); /* no memory now: the clock tries again */
    for (size_t i = 0; i < count; i++) {
        int64_t due = tck_tapped_pump(calls[i]);

        if (due < next)
            next = due;
        tck_tapped_unref(calls[i]);
    }
    free(calls);
    if (next != TCK_NEVER)
        tck_tap_wake_at(tap, next);
}

static void cut_calls(struct tck_tap *tap)
{
    struct tck_tapped **calls;
    size_t count;

    calls = open_calls(tap, &count);
    for (size_t i = 0; i < count; i++) {
        tck_tapped_cut(calls[i]);
        tck_tapped_unref(calls[i]);
    }
    free(calls);
}

static bool await_no_calls(struct tck_tap *tap)
{
    int64_t deadline = tck_after(LET_GO);
    bool none;

    pthread_mutex_lock(&tap->lock);
    while (tap->call_count && tck_changed_wait(&tap->emptied, &tap->lock, deadline, NULL))
        ;
    none = tap->call_count == 0;
    pthread_mutex_unlock(&tap->lock);
    return none;
}

/* ---- the clock ---- */

void tck_tap_wake_at(struct tck_tap *tap, int64_t time)
{
    pthread_mutex_lock(&tap->clock_lock);
    if (time < tap->wake) {
        tap->wake = time;
        pthread_cond_signal(&tap->clock_changed);
    }
    pthread_mutex_unlock(&tap->clock_lock);
}

/* With the lock held. */
static void sleep_until_wake(struct tck_tap *tap)
{
    struct timespec until = { .tv_sec = tap->wake / TCK_SECONDS(1), .tv_nsec = tap->wake % TCK_SECONDS(1) };

    if (tap->wake == TCK_NEVER)
        pthread_cond_wait(&tap->clock_changed, &tap->clock_lock);
    else
        pthread_cond_timedwait(&tap->clock_changed, &tap->clock_lock, &until);
}

static void *run_clock(void *context)
{
    struct tck_tap *tap = context;

    pthread_mutex_lock(&tap->clock_lock);
    while (!tap->clock_stops) {
        if (tck_now() < tap->wake) {
            sleep_until_wake(tap);
            continue;
        }
        tap->wake = TCK_NEVER;
        pthread_mutex_unlock(&tap->clock_lock);
        pump(tap);
        pthread_mutex_lock(&tap->clock_lock);
    }
    pthread_mutex_unlock(&tap->clock_lock);
    return NULL;
}

static void stop_clock(struct tck_tap *tap)
{
    if (!tap->clock_runs)
        return;
    pthread_mutex_lock(&tap->clock_lock);
    tap->clock_stops = true;
    pthread_cond_signal(&tap->clock_changed);
    pthread_mutex_unlock(&tap->clock_lock);
    pthread_join(tap->clock, NULL);
}

/* ---- the port ---- */

static int serve(struct tck_tap *tap, struct tck_error *err)
{
    tck_cleanup(tck_server_freep) struct tck_server *server = NULL;
    struct tck_server_options options = {
        .handler = &tck_tapped_handler, .context = tap, .loop = tap->loop, .max_message = tap->max_message
    };
    int port = 0, r;

    r = tck_server_new(&options, &server, err);
    if (r < 0)
        return r;
    r = tck_server_listen(server, tap->address, &port, err);
    if (r < 0)
        return r;
    r = tck_server_start(server, err);
    if (r < 0)
        return r;
    if (tap->port == 0) /* later it is the same, and others read it */
        tap->port = port;
    tap->server = TCK_TAKE(server);
    return 0;
}

/* The address as others can use it: with the port that was picked. */
static int name_port(struct tck_tap *tap, struct tck_error *err)
{
    const char *colon = strrchr(tap->address, ':');
    char *address;

    if (strncmp(tap->address, "unix:", 5) == 0)
        return 0;
    if (asprintf(&address, "%.*s:%d", (int)(colon - tap->address), tap->address, tap->port) < 0)
        return tck_no_memory(err);
    free(tap->address);
    tap->address = address;
    return 0;
}

int tck_tap_refuse(struct tck_tap *tap, bool refuse, struct tck_error *err)
{
    int r = 0;

    pthread_mutex_lock(&tap->server_lock);
    if (refuse)
        tck_server_free(TCK_TAKE(tap->server));
    else if (!tap->server)
        r = serve(tap, err);
    pthread_mutex_unlock(&tap->server_lock);
    return r < 0 ? tck_wrap(err, r, "the tap cannot listen again") : 0;
}

const char *tck_tap_address(const struct tck_tap *tap)
{
    return tap->address;
}

int tck_tap_port(const struct tck_tap *tap)
{
    return tap->port;
}

/* ---- the target ---- */

int tck_tap_set_target(struct tck_tap *tap, const char *target, struct tck_error *err)
{
    struct tck_channel_options options = { .max_message = tap->max_message };
    struct tck_channel *channel = NULL, *old;
    int r;

    r = tck_channel_new(target, &options, &channel, err);
    if (r < 0)
        return r;
    pthread_mutex_lock(&tap->target_lock);
    old = tap->channel;
    tap->channel = channel;
    pthread_mutex_unlock(&tap->target_lock);
    tck_channel_free(old); /* calls keep what they need of it */
    return 0;
}

int tck_tap_open_stream(struct tck_tap *tap, const char *method, const struct tck_metadata *metadata, int64_t deadline,
                        const struct tck_stream_handler *handler, void *user, struct tck_stream **ret_stream,
                        struct tck_error *err)
{
    int r;

    pthread_mutex_lock(&tap->target_lock);
    if (tap->channel)
        r = tck_stream_open(tap->loop, tap->channel, method, metadata, deadline, handler, user, ret_stream, err);
    else
        r = tck_fail(err, TCK_NO_SHOW, TCK_NOWHERE, "no user function runs behind the tap");
    pthread_mutex_unlock(&tap->target_lock);
    return r;
}

/* ---- life ---- */

static void init(struct tck_tap *tap)
{
    pthread_mutex_init(&tap->server_lock, NULL);
    pthread_mutex_init(&tap->target_lock, NULL);
    pthread_mutex_init(&tap->lock, NULL);
    pthread_mutex_init(&tap->clock_lock, NULL);
    tck_changed_init(&tap->emptied);
    tck_changed_init(&tap->clock_changed);
    tck_passages_init(&tap->passages);
    tck_meddlings_init(&tap->meddlings);
    tck_discovery_init(&tap->discovery);
    tap->wake = TCK_NEVER;
}

int tck_tap_new(const struct tck_tap_options *options, struct tck_tap **ret_tap, struct tck_error *err)
{
    tck_cleanup(tck_tap_freep) struct tck_tap *tap = NULL;
    int r;

    r = tck_grpc_init(err);
    if (r < 0)
        return r;
    tap = calloc(1, sizeof *tap);
    if (!tap) {
        tck_grpc_shutdown();
        return tck_no_memory(err);
    }
    init(tap);
    tap->max_message = options->max_message;
    tap->address = strdup(options->address);
    if (!tap->address)
        return tck_no_memory(err);
    r = tck_loop_new(0, &tap->loop, err);
    if (r == 0 && options->target)
        r = tck_tap_set_target(tap, options->target, err);
    if (r == 0)
        r = serve(tap, err);
    if (r == 0)
        r = name_port(tap, err);
    if (r < 0)
        return r;
    tap->clock_runs = pthread_create(&tap->clock, NULL, run_clock, tap) == 0;
    if (!tap->clock_runs)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "the tap cannot start a thread");
    *ret_tap = TCK_TAKE(tap);
    return 0;
}

void tck_tap_free(struct tck_tap *tap)
{
    if (!tap)
        return;
    stop_clock(tap);
    tck_server_free(TCK_TAKE(tap->server));
    cut_calls(tap);
    if (!await_no_calls(tap))
        return;
    tck_loop_free(tap->loop);
    tck_channel_free(tap->channel);
    tck_discovery_done(&tap->discovery);
    tck_meddlings_done(&tap->meddlings);
    tck_passages_done(&tap->passages);
    pthread_cond_destroy(&tap->emptied);
    pthread_cond_destroy(&tap->clock_changed);
    pthread_mutex_destroy(&tap->clock_lock);
    pthread_mutex_destroy(&tap->lock);
    pthread_mutex_destroy(&tap->target_lock);
    pthread_mutex_destroy(&tap->server_lock);
    free(tap->address);
    free(tap);
    tck_grpc_shutdown();
}

/* ---- what a scenario asks ---- */

int tck_tap_await(struct tck_tap *tap, const struct tck_passage_key *key, int64_t deadline,
                  const volatile sig_atomic_t *interrupted, struct tck_passage **ret_passage, struct tck_error *err)
{
    struct tck_passage *passage = tck_passages_await(&tap->passages, key, deadline, interrupted);

    (void)err; /* nothing can fail */
    if (!passage)
        return TCK_TIMED_OUT;
    *ret_passage = passage;
    return 0;
}

size_t tck_passage_open_now(struct tck_tap *tap, const struct tck_passage_key *key)
{
    return tck_passages_open_now(&tap->passages, key);
}

size_t tck_passage_most(struct tck_tap *tap, const struct tck_passage_key *key)
{
    return tck_passages_most(&tap->passages, key);
}

int tck_tap_interfere(struct tck_tap *tap, const void *owner, const struct tck_interference *interference,
                      struct tck_error *err)
{
    return tck_meddlings_add(&tap->meddlings, owner, interference, err);
}

void tck_tap_release(struct tck_tap *tap, const void *owner, const char *name)
{
    tck_meddlings_release(&tap->meddlings, owner, name);
    pump(tap);
}

int tck_tap_await_held(struct tck_tap *tap, const void *owner, const char *name, int64_t deadline,
                       const volatile sig_atomic_t *interrupted)
{
    return tck_meddlings_await_held(&tap->meddlings, owner, name, deadline, interrupted);
}

void tck_tap_forget(struct tck_tap *tap, const void *owner)
{
    tck_meddlings_forget(&tap->meddlings, owner);
    pump(tap);
}
