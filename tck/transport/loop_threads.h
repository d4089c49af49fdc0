/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/loop_threads.h — the threads of a loop, of which one at a time polls.
 *
 * The polling thread takes an event from the completion queue and handles it itself. Were several to poll, grpc core
 * would wake another for each event, only so that somebody polls meanwhile; on two cores that doubles the time of a
 * round trip. So the others wait, and one of them watches: when an event takes longer than a moment (its handler
 * blocks), the watcher polls in its place, and the thread that was held up joins the waiting ones when it is done.
 */
#ifndef TCK_TRANSPORT_LOOP_THREADS_H
#define TCK_TRANSPORT_LOOP_THREADS_H

#include <grpc/grpc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/error.h"

/* What a completion queue's tag is: an event inside the object that it concerns. Several may be handled at once. */
struct tck_loop_event {
    void (*handle)(struct tck_loop_event *event, bool ok);
};

struct tck_loop_threads {
    grpc_completion_queue *queue;
    pthread_t *ids; /* owned */
    unsigned count;
    atomic_ullong turn;         /* counts up; odd while the polling thread handles an event */
    atomic_bool watcher_sleeps; /* nothing happened for a while; the next event wakes it */
    pthread_mutex_t lock;       /* of what follows */
    pthread_cond_t seat, wake;  /* the watcher's seat is free; wake the watcher */
    bool watched, over;
};

void tck_loop_threads_init(struct tck_loop_threads *threads, grpc_completion_queue *queue);
/* Errors: TCK_KIT if not even one thread could be made. */
int tck_loop_threads_start(struct tck_loop_threads *threads, unsigned wanted, struct tck_error *err);
/* After the queue's shutdown: returns when its last event was handled. */
void tck_loop_threads_join(struct tck_loop_threads *threads);
void tck_loop_threads_done(struct tck_loop_threads *threads);

#endif
