/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json.h"
#include "wire/literal_internal.h"

int tck_message_from_json(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                          struct tck_bytes json, unsigned flags, struct tck_arena *arena,
                          ProtobufCMessage **ret_message, struct tck_error *err)
{
    unsigned literal = TCK_LITERAL_JSON | (flags & TCK_JSON_IGNORE_UNKNOWN ? TCK_LITERAL_IGNORE_UNKNOWN : 0);
    const struct tck_tree *tree;
    int r;

    r = tck_tree_parse_json("JSON", json, arena, &tree, err);
    if (r < 0)
        return r;
    return tck_literal_read(pool, descriptor, tree, NULL, literal, arena, ret_message, err);
}
