/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/builtin.h"

#include <builtin_descriptors.h>

/* clang-format off */
/* type url, the message whose field 1 it is */
#define TCK_ALIAS_MAP(XX)                                     \
    XX("p.cloudstate.io/string", "google.protobuf.StringValue") \
    XX("p.cloudstate.io/bytes", "google.protobuf.BytesValue")   \
    XX("p.cloudstate.io/int32", "google.protobuf.Int32Value")   \
    XX("p.cloudstate.io/int64", "google.protobuf.Int64Value")   \
    XX("p.cloudstate.io/float", "google.protobuf.FloatValue")   \
    XX("p.cloudstate.io/double", "google.protobuf.DoubleValue") \
    XX("p.cloudstate.io/bool", "google.protobuf.BoolValue")     \
    XX("json.cloudstate.io/*", "google.protobuf.BytesValue")
/* clang-format on */

struct tck_bytes tck_builtin_odd_files(void)
{
    return tck_bytes(tck_odd_descriptors, tck_odd_descriptors_size);
}

int tck_builtin_pool_new(struct tck_pool **ret_pool, struct tck_error *err)
{
    static const struct {
        const char *url, *message;
    } aliases[] = {
#define XX(url, message) { url, message },
        TCK_ALIAS_MAP(XX)
#undef XX
    };
    tck_cleanup(tck_pool_freep) struct tck_pool *pool = NULL;
    int r;

    r = tck_pool_new(NULL, &pool, err);
    if (r < 0)
        return r;
    r = tck_pool_add(pool, "the protocol's own descriptors",
                     tck_bytes(tck_builtin_descriptors, tck_builtin_descriptors_size), err);
    if (r == 0)
        r = tck_pool_add(pool, "the kit's own services", tck_builtin_odd_files(), err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < TCK_COUNT(aliases); i++) {
        r = tck_pool_alias(pool, aliases[i].url, aliases[i].message, err);
        if (r < 0)
            return r;
    }
    r = tck_pool_set_string_any(pool, "p.cloudstate.io/string", err);
    if (r < 0)
        return r;
    *ret_pool = TCK_TAKE(pool);
    return 0;
}
