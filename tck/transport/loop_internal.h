/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/loop_internal.h — what a loop gives to the servers and streams on it: its completion queue. Every tag in it
 * is a struct tck_loop_event inside its owner.
 */
#ifndef TCK_TRANSPORT_LOOP_INTERNAL_H
#define TCK_TRANSPORT_LOOP_INTERNAL_H

#include "transport/loop.h"
#include "transport/loop_threads.h"

grpc_completion_queue *tck_loop_queue(const struct tck_loop *loop);
unsigned tck_loop_thread_count(const struct tck_loop *loop);

#endif
