/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a conversation; their form and the laws of the judge are in unit/judge_replay.h.
 */
#include <stdio.h>

#include "builtin_descriptors.h"
#include "judge_replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Made once, for as long as the process lives. */
static const struct tck_pool *protocol_pool(void)
{
    static struct tck_pool *pool;

    if (pool)
        return pool;
    if (tck_pool_new(NULL, &pool, NULL) < 0 ||
        tck_pool_add(pool, "the protocol", tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size), NULL) <
            0) {
        fprintf(stderr, "the pool cannot be made\n");
        abort();
    }
    return pool;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    judge_replay(protocol_pool(), data, size);
    return 0;
}
