/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/message.h"

#include <limits.h>

#include "wire/fields_internal.h"

int tck_message_pack(const ProtobufCMessage *message, struct tck_buffer *out, struct tck_error *err)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *room;

    if (size > INT_MAX) /* protobuf's own limit */
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a %s of %zu bytes is larger than a message can be",
                        message->descriptor->name, size);
    if (size == 0)
        return tck_buffer_check(out, err);
    room = tck_buffer_extend(out, size);
    if (!room)
        return tck_buffer_check(out, err);
    protobuf_c_message_pack(message, room);
    return 0;
}

int tck_message_unpack_any(const struct tck_pool *pool, const ProtobufCMessage *any, struct tck_arena *arena,
                           ProtobufCMessage **ret_message, struct tck_error *err)
{
    const ProtobufCMessageDescriptor *descriptor;
    const char *type_url;
    struct tck_bytes value;
    int r;

    if (!tck_any_parts(any, &type_url, &value))
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "a %s is not a google.protobuf.Any", any->descriptor->name);
    if (!*type_url)
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "an Any has no type_url");
    descriptor = tck_pool_find_by_url(pool, type_url);
    if (!descriptor)
        return tck_fail(err, TCK_BROKEN, TCK_NOWHERE, "an Any has the type '%s', which is not known", type_url);
    r = tck_message_unpack(descriptor, value, arena, ret_message, err);
    return r < 0 ? tck_wrap(err, r, "an Any of type '%s' does not hold such a message", type_url) : 0;
}
