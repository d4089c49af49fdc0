/* SPDX-License-Identifier: Apache-2.0 */
#include "latencies.h"

#define BASE    (1 << LATENCIES_BITS)
#define LONGEST (((int64_t)1 << LATENCIES_HIGHEST) - 1)

/* The first BASE classes hold one number each; after them every doubling has BASE of its own. */
static unsigned class_of(int64_t took)
{
    unsigned doublings;

    if (took < BASE)
        return (unsigned)took;
    doublings = (unsigned)(63 - __builtin_clzll((unsigned long long)took)) - LATENCIES_BITS;
    return (doublings << LATENCIES_BITS) + (unsigned)(took >> doublings);
}

/* The largest number of a class. */
static int64_t upper_bound(unsigned class)
{
    unsigned doublings = class >> LATENCIES_BITS;

    if (doublings == 0)
        return class;
    doublings--;
    return (((int64_t)(class - (doublings << LATENCIES_BITS)) + 1) << doublings) - 1;
}

void latencies_note(struct latencies *latencies, int64_t took)
{
    long long longest = atomic_load(&latencies->longest);

    took = took < 0 ? 0 : took > LONGEST ? LONGEST : took;
    atomic_fetch_add(&latencies->count, 1);
    atomic_fetch_add(&latencies->classes[class_of(took)], 1);
    while (took > longest && !atomic_compare_exchange_weak(&latencies->longest, &longest, took))
        ;
}

double latencies_within(const struct latencies *latencies, double share)
{
    double wanted = (double)atomic_load(&latencies->count) * share;
    unsigned long seen = 0;

    if (atomic_load(&latencies->count) == 0)
        return 0;
    for (unsigned class = 0; class < LATENCIES_CLASSES; class ++) {
        seen += atomic_load(&latencies->classes[class]);
        if (seen > 0 && (double)seen >= wanted)
            return (double)upper_bound(class) / 1e3;
    }
    return latencies_longest(latencies);
}

double latencies_longest(const struct latencies *latencies)
{
    return (double)atomic_load(&latencies->longest) / 1e3;
}
