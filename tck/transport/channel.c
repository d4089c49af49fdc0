/* SPDX-License-Identifier: Apache-2.0
 *
 * A channel is a grpc core channel that is replaced when it failed to connect. grpc core itself waits at least 100 ms
 * before it tries again, fails calls in the meantime, and while it tries again still fails calls with the old error: a
 * server that is up by now would look as if it were not.
 */
#include <grpc/grpc_security.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "transport/address.h"
#include "transport/client_internal.h"
#include "transport/transport_internal.h"

#define RECONNECT_AFTER TCK_MS(20)

struct tck_channel {
    atomic_uint refs; /* the owner's, and one of each call */
    char *target;     /* owned */
    struct tck_channel_options options;
    pthread_mutex_t lock; /* of what follows */
    grpc_channel *channel;
    int64_t made; /* when; the first call on it tries to connect */
};

static grpc_channel *create(const struct tck_channel *channel)
{
    struct tck_args args;
    grpc_channel_credentials *credentials = grpc_insecure_credentials_create();
    grpc_channel *made;

    tck_args_init(&args, channel->options.max_message);
    tck_args_add(&args, GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    tck_args_add(&args, GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, !channel->options.shared_connection);
    /* What goes out must be what the caller sends: no call is repeated behind its back, and no configuration that asks
     * for it is looked up by name. */
    tck_args_add(&args, GRPC_ARG_ENABLE_RETRIES, 0);
    tck_args_add(&args, GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    /* The least that grpc core takes. GRPC_ARG_MIN_RECONNECT_BACKOFF_MS keeps its default of 20 s, as it also limits
     * how long one attempt may take. */
    tck_args_add(&args, GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    tck_args_add(&args, GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    tck_args_add(&args, GRPC_ARG_KEEPALIVE_TIME_MS, INT32_MAX);
    made = grpc_channel_create(channel->target, credentials, &args.all);
    tck_args_done(&args);
    grpc_channel_credentials_release(credentials);
    return made;
}

int tck_channel_new(const char *target, const struct tck_channel_options *options, struct tck_channel **ret_channel,
                    struct tck_error *err)
{
    struct tck_channel *channel;
    int r;

    r = tck_address_check(target, err);
    if (r < 0)
        return r;
    r = tck_grpc_init(err);
    if (r < 0)
        return r;
    channel = calloc(1, sizeof *channel);
    /* The scheme is said, lest grpc core take a host called "dns" for one. */
    if (!channel || asprintf(&channel->target, "%s%s", tck_address_is_unix(target) ? "" : "dns:///", target) < 0) {
        free(channel);
        tck_grpc_shutdown();
        return tck_no_memory(err);
    }
    atomic_init(&channel->refs, 1);
    pthread_mutex_init(&channel->lock, NULL);
    if (options)
        channel->options = *options;
    if (channel->options.max_message == 0)
        channel->options.max_message = TCK_GRPC_MAX_MESSAGE;
    channel->channel = create(channel);
    channel->made = tck_now();
    *ret_channel = channel;
    return 0;
}

void tck_channel_free(struct tck_channel *channel)
{
    if (!channel || atomic_fetch_sub(&channel->refs, 1) > 1)
        return;
    grpc_channel_destroy(channel->channel);
    pthread_mutex_destroy(&channel->lock);
    free(channel->target);
    free(channel);
    tck_grpc_shutdown();
}

struct tck_channel *tck_channel_ref(struct tck_channel *channel)
{
    atomic_fetch_add(&channel->refs, 1);
    return channel;
}

size_t tck_channel_max_message(const struct tck_channel *channel)
{
    return channel->options.max_message;
}

/* With the lock held. Calls on the old one go on: they hold it. */
static void renew_if_broken(struct tck_channel *channel)
{
    if (grpc_channel_check_connectivity_state(channel->channel, 0) != GRPC_CHANNEL_TRANSIENT_FAILURE)
        return;
    if (tck_now() - channel->made < RECONNECT_AFTER)
        return;
    grpc_channel_destroy(channel->channel);
    channel->channel = create(channel);
    channel->made = tck_now();
}

/* With the lock held: waits until the state is no longer this one, or the deadline. */
static void await_change(struct tck_channel *channel, grpc_connectivity_state state, int64_t deadline,
                         grpc_completion_queue *queue)
{
    grpc_channel_watch_connectivity_state(channel->channel, state, tck_timespec(deadline), queue, channel);
    grpc_completion_queue_pluck(queue, channel, tck_timespec(TCK_NEVER), NULL); /* the watch ends at its deadline */
}

int tck_channel_connect(struct tck_channel *channel, int64_t deadline)
{
    grpc_completion_queue *queue = NULL;
    grpc_connectivity_state state;

    pthread_mutex_lock(&channel->lock);
    for (;;) {
        int64_t until = tck_after(RECONNECT_AFTER);

        renew_if_broken(channel);
        state = grpc_channel_check_connectivity_state(channel->channel, 1);
        if (state == GRPC_CHANNEL_READY || tck_now() >= deadline)
            break;
        if (!queue)
            queue = grpc_completion_queue_create_for_pluck(NULL);
        await_change(channel, state, until < deadline ? until : deadline, queue);
    }
    pthread_mutex_unlock(&channel->lock);
    if (queue) {
        grpc_completion_queue_shutdown(queue);
        grpc_completion_queue_destroy(queue);
    }
    return state == GRPC_CHANNEL_READY ? 0 : TCK_TIMED_OUT;
}

/* grpc core puts the method into the :path header as it is. */
int tck_method_check(const char *method, struct tck_error *err)
{
    if (method[0] != '/')
        return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "method '%s' does not have the form /package.Service/Method",
                        method);
    for (const char *p = method; *p; p++)
        if (*p <= ' ' || *p > '~')
            return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "method '%s' is not printable ASCII", method);
    return 0;
}

grpc_call *tck_channel_create_call(struct tck_channel *channel, grpc_completion_queue *queue, const char *method,
                                   int64_t deadline)
{
    grpc_slice path = grpc_slice_from_copied_string(method);
    grpc_call *call;

    pthread_mutex_lock(&channel->lock);
    renew_if_broken(channel);
    call = grpc_channel_create_call(channel->channel, NULL, GRPC_PROPAGATE_DEFAULTS, queue, path, NULL,
                                    tck_timespec(deadline), NULL);
    pthread_mutex_unlock(&channel->lock);
    grpc_slice_unref(path);
    return call;
}
