/* SPDX-License-Identifier: Apache-2.0
 *
 * latencies.h — how long many calls took: counted in classes, each at most 1/64 wider than its lower bound, so memory
 * does not grow with the calls. From a nanosecond to some 18 minutes; what took longer counts as the longest.
 *
 * Any thread may note; reading beside that sees some of what is being noted.
 */
#ifndef TCK_BENCH_LATENCIES_H
#define TCK_BENCH_LATENCIES_H

#include <stdatomic.h>
#include <stdint.h>

#define LATENCIES_BITS    6  /* of a number that tell its class, below its highest */
#define LATENCIES_HIGHEST 40 /* bits of the longest */
#define LATENCIES_CLASSES ((LATENCIES_HIGHEST - LATENCIES_BITS + 1) << LATENCIES_BITS)

struct latencies {
    atomic_ulong count;
    atomic_llong longest;
    atomic_ulong classes[LATENCIES_CLASSES];
};

/* All zero is an empty one. Nanoseconds. */
void latencies_note(struct latencies *latencies, int64_t took);
/* The time, in microseconds, within which this share (0 to 1) of the calls came back; 0 if there were none. */
double latencies_within(const struct latencies *latencies, double share);
double latencies_longest(const struct latencies *latencies);

#endif
