/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/loop.h — the threads that a program's gRPC servers and streams share.
 *
 * A loop is one completion queue and a small pool of threads on it (loop_threads.h says how they take turns). A
 * server that is given a loop (tck_server_options.loop) and streams opened on it (stream.h) run their callbacks on
 * these threads, so what comes in at one side can go out at the other without waking a second thread. A server without
 * a loop has its own.
 *
 *     r = tck_loop_new(2, &loop, err);
 *     r = tck_server_new(&(struct tck_server_options){ .handler = &handler, .loop = loop }, &server, err);
 *     …
 *     tck_server_stop(server, grace);
 *     tck_loop_free(loop);                     // after every server and stream on it ended
 *
 * Other threads (a store's writer) hand work to the loop with tck_loop_post.
 *
 * A callback or a posted work that blocks holds up what comes after it for its own stream or call, or the other posted
 * works, but not the rest of the loop, as long as a thread is left.
 */
#ifndef TCK_TRANSPORT_LOOP_H
#define TCK_TRANSPORT_LOOP_H

#include "transport/grpc.h"

struct tck_loop;

/* threads: 0 for two. Starts them. Errors: TCK_KIT. */
int tck_loop_new(unsigned threads, struct tck_loop **ret_loop, struct tck_error *err);
/* Runs what is still posted, joins the threads. Everything on the loop must have ended. Not from one of its threads.
 * Takes NULL. */
void tck_loop_free(struct tck_loop *loop);
TCK_DEFINE_FREEP(struct tck_loop, tck_loop_free)

/* Work to be done once by a thread of the loop. It lives in its owner, who leaves it alone until run is called; the
 * loop does not touch it afterwards (run may free or post it again). */
struct tck_loop_work {
    void (*run)(struct tck_loop_work *work);
    struct tck_loop_work *next; /* the loop's */
};

/* From any thread; never fails and never runs the work before it returns. Works posted by one thread run in that order,
 * one after another (a loop runs one posted work at a time); many posted at once cost one wake-up. */
void tck_loop_post(struct tck_loop *loop, struct tck_loop_work *work);

#endif
