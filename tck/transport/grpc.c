/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/grpc.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* name, number as in the gRPC specification */
// clang-format off
#define CODE_MAP(XX)          \
    XX(OK, 0)                 \
    XX(CANCELLED, 1)          \
    XX(UNKNOWN, 2)            \
    XX(INVALID_ARGUMENT, 3)   \
    XX(DEADLINE_EXCEEDED, 4)  \
    XX(NOT_FOUND, 5)          \
    XX(ALREADY_EXISTS, 6)     \
    XX(PERMISSION_DENIED, 7)  \
    XX(RESOURCE_EXHAUSTED, 8) \
    XX(FAILED_PRECONDITION, 9)\
    XX(ABORTED, 10)           \
    XX(OUT_OF_RANGE, 11)      \
    XX(UNIMPLEMENTED, 12)     \
    XX(INTERNAL, 13)          \
    XX(UNAVAILABLE, 14)       \
    XX(DATA_LOSS, 15)         \
    XX(UNAUTHENTICATED, 16)
// clang-format on

static const char *const code_names[] = {
#define XX(name, number) [number] = #name,
    CODE_MAP(XX)
#undef XX
};

#define XX(name, number) _Static_assert(GRPC_STATUS_##name == (number), "gRPC core numbers " #name " otherwise");
CODE_MAP(XX)
#undef XX

static pthread_once_t quieten_once = PTHREAD_ONCE_INIT;

static void log_nowhere(gpr_log_func_args *args)
{
    (void)args;
}

static void quieten(void)
{
    if (!getenv("GRPC_VERBOSITY"))
        gpr_set_log_function(log_nowhere);
}

int tck_grpc_init(struct tck_error *err)
{
    (void)err; /* grpc core aborts rather than fails */
    pthread_once(&quieten_once, quieten);
    grpc_init();
    return 0;
}

void tck_grpc_shutdown(void)
{
    /* The plain grpc_shutdown cleans up on a thread of its own, which may still run when the process exits. */
    grpc_shutdown_blocking();
}

const char *tck_grpc_code_name(int code, char buf[16])
{
    if (code >= 0 && (size_t)code < TCK_COUNT(code_names))
        return code_names[code];
    snprintf(buf, 16, "CODE %d", code);
    return buf;
}

int tck_grpc_code_parse(const char *name)
{
    for (size_t i = 0; i < TCK_COUNT(code_names); i++)
        if (strcmp(name, code_names[i]) == 0)
            return (int)i;
    return -1;
}
