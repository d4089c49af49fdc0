/* SPDX-License-Identifier: Apache-2.0
 *
 * transport/client_internal.h — what channel.c gives to client.c and stream.c.
 */
#ifndef TCK_TRANSPORT_CLIENT_INTERNAL_H
#define TCK_TRANSPORT_CLIENT_INTERNAL_H

#include <grpc/grpc.h>

#include "transport/client.h"

/* Each call holds one, dropped by tck_channel_free: so its owner may free a channel before its calls. */
struct tck_channel *tck_channel_ref(struct tck_channel *channel);
/* TCK_BAD_INPUT for what is no path. */
int tck_method_check(const char *method, struct tck_error *err);
/* A new call on the channel; connects anew if the last try to connect failed. */
grpc_call *tck_channel_create_call(struct tck_channel *channel, grpc_completion_queue *queue, const char *method,
                                   int64_t deadline);
/* What the channel sends and takes at most in one message. */
size_t tck_channel_max_message(const struct tck_channel *channel);

#endif
