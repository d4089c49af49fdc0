/* SPDX-License-Identifier: Apache-2.0
 *
 * wire_fuzz.h — what the fuzz targets of the wire room share: a pool, and laws that are checked in every build.
 */
#ifndef TCK_TESTS_WIRE_FUZZ_H
#define TCK_TESTS_WIRE_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "builtin_descriptors.h"
#include "wire/match.h"

extern const unsigned char wire_kinds[];
extern const size_t wire_kinds_size;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): a release build must check it too. */
#define LAW(condition, what)                           \
    do {                                               \
        if (!(condition)) {                            \
            fprintf(stderr, "broken law: %s\n", what); \
            abort();                                   \
        }                                              \
    } while (0)

/* The protocol and tck.test.Kinds; made once, for as long as the process lives. */
static inline const struct tck_pool *fuzz_pool(void)
{
    static struct tck_pool *pool;

    if (!pool)
        LAW(tck_pool_new(NULL, &pool, NULL) == 0 &&
                tck_pool_add(pool, "the protocol", tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size),
                             NULL) == 0 &&
                tck_pool_add(pool, "kinds", tck_bytes(wire_kinds, wire_kinds_size), NULL) == 0,
            "the pool can be made");
    return pool;
}

#endif
