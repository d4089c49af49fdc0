/* SPDX-License-Identifier: Apache-2.0
 *
 * Posted works wait in a stack that all threads push to without a lock. Who pushes to an empty one rings the bell: an
 * empty batch of a call to nowhere, which grpc core puts into the completion queue at once (its C API has no other way
 * to put something there). While the works run, the stack's bottom is a mark, so that it is not empty and nobody rings.
 */
#include "transport/loop.h"

#include <grpc/slice.h>

#include "base/container.h"
#include "transport/loop_internal.h"
#include "transport/transport_internal.h"

/* Two cores serve a kit and what it tests; more threads only pay for callbacks that block. */
#define DEFAULT_THREADS 2

struct tck_loop {
    grpc_completion_queue *queue;
    struct tck_loop_threads threads;
    grpc_call *bell;
    struct tck_loop_event rung;
    _Atomic(struct tck_loop_work *) posted; /* the latest first */
    struct tck_loop_work running;           /* the mark */
    struct tck_loop_work last;              /* posted by tck_loop_free */
    bool ending;                            /* the last ran; of whoever runs posted works */
};

/* ---- posting ---- */

static void ring(struct tck_loop *loop)
{
    tck_hand_over(&loop->rung);
    grpc_call_start_batch(loop->bell, NULL, 0, &loop->rung, NULL);
}

void tck_loop_post(struct tck_loop *loop, struct tck_loop_work *work)
{
    struct tck_loop_work *top = atomic_load_explicit(&loop->posted, memory_order_relaxed);

    do
        work->next = top;
    while (!atomic_compare_exchange_weak(&loop->posted, &top, work));
    if (!top)
        ring(loop);
}

/* Runs what was posted until now, the oldest first. */
static void run_posted(struct tck_loop *loop)
{
    struct tck_loop_work *top = atomic_exchange(&loop->posted, &loop->running), *oldest = NULL, *next;

    for (; top && top != &loop->running; top = next) {
        next = top->next;
        top->next = oldest;
        oldest = top;
    }
    for (; oldest; oldest = next) {
        next = oldest->next; /* run may free it or post it again */
        oldest->run(oldest);
    }
}

/* Removes the mark; false when something lies above it. */
static bool is_empty(struct tck_loop *loop)
{
    struct tck_loop_work *mark = &loop->running;

    return atomic_compare_exchange_strong(&loop->posted, &mark, NULL);
}

/* What was posted meanwhile waits for its turn behind the other events, except at the end, when there are none. */
static void handle_rung(struct tck_loop_event *event, bool ok)
{
    struct tck_loop *loop = TCK_CONTAINER(event, struct tck_loop, rung);

    (void)ok;
    run_posted(loop);
    if (loop->ending) {
        while (!is_empty(loop))
            run_posted(loop);
        grpc_completion_queue_shutdown(loop->queue);
    } else if (!is_empty(loop)) {
        ring(loop);
    }
}

/* ---- life ---- */

static grpc_call *create_bell(grpc_completion_queue *queue)
{
    grpc_channel *nowhere = grpc_lame_client_channel_create("nowhere", GRPC_STATUS_UNAVAILABLE, "the bell of a loop");
    grpc_call *bell =
        grpc_channel_create_call(nowhere, NULL, GRPC_PROPAGATE_DEFAULTS, queue, grpc_slice_from_static_string("/bell"),
                                 NULL, tck_timespec(TCK_NEVER), NULL);

    grpc_channel_destroy(nowhere);
    return bell;
}

/* Once no thread is on it. */
static void destroy(struct tck_loop *loop)
{
    grpc_call_unref(loop->bell);
    grpc_completion_queue_destroy(loop->queue);
    tck_loop_threads_done(&loop->threads);
    free(loop);
    tck_grpc_shutdown();
}

int tck_loop_new(unsigned threads, struct tck_loop **ret_loop, struct tck_error *err)
{
    struct tck_loop *loop;
    int r;

    r = tck_grpc_init(err);
    if (r < 0)
        return r;
    loop = calloc(1, sizeof *loop);
    if (!loop) {
        tck_grpc_shutdown();
        return tck_no_memory(err);
    }
    loop->queue = grpc_completion_queue_create_for_next(NULL);
    loop->bell = create_bell(loop->queue);
    loop->rung.handle = handle_rung;
    tck_loop_threads_init(&loop->threads, loop->queue);
    r = tck_loop_threads_start(&loop->threads, threads ? threads : DEFAULT_THREADS, err);
    if (r < 0) {
        grpc_completion_queue_shutdown(loop->queue);
        destroy(loop);
        return r;
    }
    *ret_loop = loop;
    return 0;
}

static void begin_to_end(struct tck_loop_work *work)
{
    struct tck_loop *loop = TCK_CONTAINER(work, struct tck_loop, last);

    loop->ending = true;
}

void tck_loop_free(struct tck_loop *loop)
{
    if (!loop)
        return;
    loop->last.run = begin_to_end;
    tck_loop_post(loop, &loop->last);
    tck_loop_threads_join(&loop->threads);
    destroy(loop);
}

/* ---- for servers and streams ---- */

grpc_completion_queue *tck_loop_queue(const struct tck_loop *loop)
{
    return loop->queue;
}

unsigned tck_loop_thread_count(const struct tck_loop *loop)
{
    return loop->threads.count;
}
