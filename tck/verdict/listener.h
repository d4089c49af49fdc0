/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/listener.h — who is told of each scenario while it goes on: every line of its conversations, then its result.
 *
 * A sink sees verdicts; a listener sees what led to them, message by message, and keeps what it wants of it at once: the
 * bytes of a line are there only while it is told.
 *
 * Threads: begin and end are called by the scenario's thread, line by any of its threads, one at a time for each
 * scenario; scenarios run side by side.
 */
#ifndef TCK_VERDICT_LISTENER_H
#define TCK_VERDICT_LISTENER_H

#include "verdict/verdict.h"

struct tck_recorded; /* seat/recording.h */
struct tck_pool;

struct tck_listener {
    void *context;
    /* The candidate is known: once in a run, before the first scenario. types: its own message types, made of
     * `descriptors` (a serialized FileDescriptorSet); NULL where it has none, or they are broken. May be NULL. */
    void (*known)(void *context, const struct tck_run *run, const struct tck_pool *types, struct tck_bytes descriptors);
    /* A scenario begins, its result empty; pool: the types that it is read with. Returns what the other two are given. */
    void *(*begin)(void *context, const struct tck_result *result, const struct tck_pool *pool, int64_t began);
    void (*line)(void *scenario, const struct tck_recorded *line);
    /* Called for every scenario that began; the result is complete. May be NULL. */
    void (*end)(void *scenario, const struct tck_result *result);
    /* The run is over, before the sinks are told: TCK_KIT if something could not be kept, with what. May be NULL. */
    int (*conclude)(void *context, struct tck_error *err);
};

#endif
