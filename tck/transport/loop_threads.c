/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/loop_threads.h"

#include <string.h>

#include "transport/transport_internal.h"

/* Handling an event takes some 10 µs; what takes this long blocks. Also how often the watcher looks. */
#define MOMENT (TCK_MS(1) / 2)
/* After so many looks at nothing (100 ms) the watcher sleeps, so that an idle loop takes no time at all. */
#define LOOKS_BEFORE_SLEEP 200

void tck_loop_threads_init(struct tck_loop_threads *threads, grpc_completion_queue *queue)
{
    pthread_condattr_t attributes;

    *threads = (struct tck_loop_threads){ .queue = queue };
    pthread_mutex_init(&threads->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&threads->seat, &attributes);
    pthread_cond_init(&threads->wake, &attributes);
    pthread_condattr_destroy(&attributes);
}

void tck_loop_threads_done(struct tck_loop_threads *threads)
{
    pthread_cond_destroy(&threads->wake);
    pthread_cond_destroy(&threads->seat);
    pthread_mutex_destroy(&threads->lock);
    free(threads->ids);
}

/* ---- polling ---- */

static void wake_watcher(struct tck_loop_threads *threads)
{
    pthread_mutex_lock(&threads->lock);
    pthread_cond_signal(&threads->wake);
    pthread_mutex_unlock(&threads->lock);
}

/* Polls until the watcher took over (true) or the queue is at its end (false). */
static bool poll_events(struct tck_loop_threads *threads)
{
    for (;;) {
        grpc_event next = grpc_completion_queue_next(threads->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        struct tck_loop_event *event = next.tag;
        unsigned long long turn;

        if (next.type == GRPC_QUEUE_SHUTDOWN)
            return false;
        tck_take_over(event);
        turn = atomic_fetch_add(&threads->turn, 1) + 1;
        if (atomic_load(&threads->watcher_sleeps))
            wake_watcher(threads);
        event->handle(event, next.success);
        if (!atomic_compare_exchange_strong(&threads->turn, &turn, turn + 1))
            return true;
    }
}

/* ---- watching ---- */

static bool is_busy(unsigned long long turn)
{
    return turn % 2 == 1;
}

/* With the lock held. */
static void sleep_until_an_event(struct tck_loop_threads *threads, unsigned long long turn)
{
    atomic_store(&threads->watcher_sleeps, true);
    /* Looked at after the store, as the polling thread looks at watcher_sleeps after its step: one sees the other's. */
    if (atomic_load(&threads->turn) == turn && !threads->over)
        pthread_cond_wait(&threads->wake, &threads->lock);
    atomic_store(&threads->watcher_sleeps, false);
}

/* With the lock held. */
static void wait_a_moment(struct tck_loop_threads *threads)
{
    int64_t until = tck_after(MOMENT);
    struct timespec time = { .tv_sec = until / TCK_SECONDS(1), .tv_nsec = until % TCK_SECONDS(1) };

    pthread_cond_timedwait(&threads->wake, &threads->lock, &time);
}

/* With the lock held. True when it is now for the caller to poll, false when all is over. */
static bool watch(struct tck_loop_threads *threads)
{
    unsigned long long seen = atomic_load(&threads->turn), now;
    unsigned quiet = 0;

    while (!threads->over) {
        if (quiet < LOOKS_BEFORE_SLEEP)
            wait_a_moment(threads);
        else
            sleep_until_an_event(threads, seen);
        now = atomic_load(&threads->turn);
        if (now == seen && is_busy(now) && atomic_compare_exchange_strong(&threads->turn, &now, now + 1))
            return true;
        quiet = now == seen ? quiet + 1 : 0;
        seen = now;
    }
    return false;
}

/* Waits for the watcher's seat, and watches. */
static bool await_turn(struct tck_loop_threads *threads)
{
    bool mine = false;

    pthread_mutex_lock(&threads->lock);
    while (threads->watched && !threads->over)
        pthread_cond_wait(&threads->seat, &threads->lock);
    if (!threads->over) {
        threads->watched = true;
        mine = watch(threads);
        threads->watched = false;
        pthread_cond_signal(&threads->seat);
    }
    pthread_mutex_unlock(&threads->lock);
    return mine;
}

static void end(struct tck_loop_threads *threads)
{
    pthread_mutex_lock(&threads->lock);
    threads->over = true;
    pthread_cond_broadcast(&threads->seat);
    pthread_cond_broadcast(&threads->wake);
    pthread_mutex_unlock(&threads->lock);
}

static void run(struct tck_loop_threads *threads, bool polling)
{
    while (polling || await_turn(threads)) {
        if (!poll_events(threads)) {
            end(threads);
            return;
        }
        polling = false;
    }
}

static void *run_first(void *threads)
{
    run(threads, true);
    return NULL;
}

static void *run_other(void *threads)
{
    run(threads, false);
    return NULL;
}

int tck_loop_threads_start(struct tck_loop_threads *threads, unsigned wanted, struct tck_error *err)
{
    int r = 0;

    threads->ids = calloc(wanted, sizeof *threads->ids);
    if (!threads->ids)
        return tck_no_memory(err);
    while (r == 0 && threads->count < wanted) {
        r = pthread_create(&threads->ids[threads->count], NULL, threads->count ? run_other : run_first, threads);
        threads->count += r == 0;
    }
    if (threads->count == 0)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "no thread for a loop: %s", strerror(r));
    return 0;
}

void tck_loop_threads_join(struct tck_loop_threads *threads)
{
    for (unsigned i = 0; i < threads->count; i++)
        pthread_join(threads->ids[i], NULL);
}
