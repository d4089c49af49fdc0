/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/transport_internal.h — between our types and grpc core's: times, messages, metadata, channel arguments.
 */
#ifndef TCK_TRANSPORT_TRANSPORT_INTERNAL_H
#define TCK_TRANSPORT_TRANSPORT_INTERNAL_H

#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "transport/metadata.h"

/* Both clocks are CLOCK_MONOTONIC, so a time point only changes its form. */
gpr_timespec tck_timespec(int64_t point);
int64_t tck_timespec_point(gpr_timespec time);

/* A copy of the bytes that grpc core may keep; NULL when memory runs out. */
grpc_byte_buffer *tck_byte_buffer_new(struct tck_bytes bytes);
/* Replaces the content of ret_buffer with the message's bytes. Errors: TCK_KIT. */
int tck_byte_buffer_read(grpc_byte_buffer *message, struct tck_buffer *ret_buffer, struct tck_error *err);

/* The message's bytes where they lie, if they are one slice, as most are; otherwise a copy in buffer. Valid while both
 * are. Errors: TCK_KIT. */
int tck_byte_buffer_view(grpc_byte_buffer *message, struct tck_buffer *buffer, struct tck_bytes *ret_bytes,
                         struct tck_error *err);

/* Appends what grpc core received. Takes any bytes: what came over the wire is not for us to refuse. */
int tck_metadata_receive(struct tck_metadata *metadata, const grpc_metadata_array *received, struct tck_error *err);

/* Metadata in grpc core's form; the values are copies. */
struct tck_metadata_out {
    grpc_metadata *items; /* owned, and so are their slices */
    size_t count;
};
/* metadata may be NULL. Errors: TCK_BAD_INPUT for an entry that HTTP/2 cannot carry, TCK_KIT. */
int tck_metadata_out_init(struct tck_metadata_out *out, const struct tck_metadata *metadata, struct tck_error *err);
void tck_metadata_out_done(struct tck_metadata_out *out);

/* What a thread did before it gave grpc core a tag, it did before a thread takes that tag from a completion queue.
 * ThreadSanitizer cannot see this, as grpc core is not instrumented, and is told. */
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#else
#define __tsan_release(address) ((void)(address))
#define __tsan_acquire(address) ((void)(address))
#endif
static inline void tck_hand_over(void *tag)
{
    __tsan_release(tag);
}
static inline void tck_take_over(void *tag)
{
    __tsan_acquire(tag);
}

/* Arguments of a channel or a server: those that both have, and what is added. */
struct tck_args {
    grpc_arg items[16];
    grpc_channel_args all; /* of items, for grpc core */
    grpc_resource_quota *quota;
};
void tck_args_init(struct tck_args *args, size_t max_message);
void tck_args_add(struct tck_args *args, const char *key, int value);
void tck_args_done(struct tck_args *args);

#endif
