/* SPDX-License-Identifier: Apache-2.0
 *
 * Times, messages and channel arguments in grpc core's form.
 */
#include <assert.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/compression.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>
#include <string.h>

#include "transport/grpc.h"
#include "transport/transport_internal.h"

gpr_timespec tck_timespec(int64_t point)
{
    if (point == TCK_NEVER)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return (gpr_timespec){
        .tv_sec = point / TCK_SECONDS(1),
        .tv_nsec = (int32_t)(point % TCK_SECONDS(1)),
        .clock_type = GPR_CLOCK_MONOTONIC,
    };
}

int64_t tck_timespec_point(gpr_timespec time)
{
    int64_t point;

    time = gpr_convert_clock_type(time, GPR_CLOCK_MONOTONIC);
    if (__builtin_mul_overflow(time.tv_sec, TCK_SECONDS(1), &point) ||
        __builtin_add_overflow(point, time.tv_nsec, &point))
        return TCK_NEVER;
    return point;
}

grpc_byte_buffer *tck_byte_buffer_new(struct tck_bytes bytes)
{
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)bytes.data, bytes.size);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);

    grpc_slice_unref(slice);
    return message;
}

int tck_byte_buffer_read(grpc_byte_buffer *message, struct tck_buffer *ret_buffer, struct tck_error *err)
{
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    uint8_t *room;

    tck_buffer_clear(ret_buffer);
    room = tck_buffer_extend(ret_buffer, grpc_byte_buffer_length(message));
    if (!room)
        return tck_buffer_check(ret_buffer, err);
    if (!grpc_byte_buffer_reader_init(&reader, message))
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "a received message cannot be read");
    while (grpc_byte_buffer_reader_peek(&reader, &slice)) {
        memcpy(room, GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
        room += GRPC_SLICE_LENGTH(*slice);
    }
    grpc_byte_buffer_reader_destroy(&reader);
    return 0;
}

int tck_byte_buffer_view(grpc_byte_buffer *message, struct tck_buffer *buffer, struct tck_bytes *ret_bytes,
                         struct tck_error *err)
{
    size_t size = grpc_byte_buffer_length(message);
    grpc_byte_buffer_reader reader;
    grpc_slice *slice;
    int r;

    if (size == 0) {
        *ret_bytes = tck_bytes("", 0);
        return 0;
    }
    if (grpc_byte_buffer_reader_init(&reader, message) && grpc_byte_buffer_reader_peek(&reader, &slice) &&
        GRPC_SLICE_LENGTH(*slice) == size) {
        *ret_bytes = tck_bytes(GRPC_SLICE_START_PTR(*slice), size);
        return 0;
    }
    r = tck_byte_buffer_read(message, buffer, err);
    if (r < 0)
        return r;
    *ret_bytes = tck_buffer_bytes(buffer);
    return 0;
}

/* grpc core looks at a message's size when all of it is there, and a message may say that it has 4 GiB. So memory has a
 * ceiling too: sixteen messages at the limit at once. Above it, grpc core breaks off connections with "Buffers full".
 */
static size_t memory_ceiling(size_t max_message)
{
    return ((size_t)64 << 20) + 16 * max_message;
}

static void add_quota(struct tck_args *args, size_t max_message)
{
    args->quota = grpc_resource_quota_create("tck");
    grpc_resource_quota_resize(args->quota, memory_ceiling(max_message));
    args->items[args->all.num_args++] = (grpc_arg){
        .type = GRPC_ARG_POINTER,
        .key = (char *)GRPC_ARG_RESOURCE_QUOTA,
        .value.pointer = { .p = args->quota, .vtable = grpc_resource_quota_arg_vtable() },
    };
}

void tck_args_init(struct tck_args *args, size_t max_message)
{
    size_t limit = max_message == 0 ? TCK_GRPC_MAX_MESSAGE : max_message > INT32_MAX ? INT32_MAX : max_message;

    *args = (struct tck_args){ .all.args = args->items };
    tck_args_add(args, GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)limit);
    tck_args_add(args, GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, (int)limit);
    add_quota(args, limit);
    /* grpc core inflates all of a compressed message before it looks at the limit: a few kilobytes could take all
     * memory. So no compression is offered, and a peer that compresses unasked gets UNIMPLEMENTED; on the client's side
     * that needs both of these. */
    tck_args_add(args, GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
    tck_args_add(args, GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    /* Statuses carry stack traces; the default of 8 KiB would turn such a status into RESOURCE_EXHAUSTED. */
    tck_args_add(args, GRPC_ARG_MAX_METADATA_SIZE, 64 << 10);
    /* No bandwidth probes: they are pings that the other side did not ask for, and they let the windows grow. */
    tck_args_add(args, GRPC_ARG_HTTP2_BDP_PROBE, 0);
}

void tck_args_add(struct tck_args *args, const char *key, int value)
{
    assert(args->all.num_args < TCK_COUNT(args->items));
    args->items[args->all.num_args++] = (grpc_arg){
        .type = GRPC_ARG_INTEGER,
        .key = (char *)key,
        .value.integer = value,
    };
}

void tck_args_done(struct tck_args *args)
{
    grpc_resource_quota_unref(args->quota);
}
