/* SPDX-License-Identifier: Apache-2.0
 *
 * The scripted user function as a program: listens on $PORT, and answers as $SCRIPT says.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/builtin.h"
#include "engine_scripted.h"
#include "transport/grpc.h"

int main(void)
{
    const char *port = getenv("PORT"), *script = getenv("SCRIPT");
    struct tck_pool *pool;
    struct scripted *scripted;
    int bound;

    if (!port || tck_grpc_init(NULL) < 0 || tck_builtin_pool_new(&pool, NULL) < 0)
        return 2;
    scripted = scripted_new(pool, atoi(port), &bound);
    if (!scripted)
        return 2;
    scripted_answer(scripted, script);
    fprintf(stderr, "scripted user function at port %d\n", bound);
    for (;;)
        pause(); /* until a signal ends it */
}
