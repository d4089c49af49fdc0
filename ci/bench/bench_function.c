/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-bench-function — the user function behind the proxies that are compared: the services of bench.proto. It does as
 * little as a user function can, so that a proxy's own work shows. Prints its port and runs until its standard input
 * ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.pb-c.h"
#include "cloudstate.h"
#include "cloudstate_crdt.h"

#define PROGRAM        "tck-bench-function"
#define PACKAGE        "tck.bench."
#define SNAPSHOT_EVERY 100
#define DRAIN_GRACE    1000 /* milliseconds */

typedef Tck__Bench__Request Request;
typedef Tck__Bench__Counted Counted;
typedef Tck__Bench__Total Total;

#define REQUEST &tck__bench__request__descriptor

extern const unsigned char bench_descriptors[];
extern const size_t bench_descriptors_size;

static struct cloudstate_any total(struct cloudstate_context *context, int64_t value)
{
    Total packed = TCK__BENCH__TOTAL__INIT;

    packed.value = value;
    return cloudstate_pack(context, &packed.base);
}

/* ---- event sourced ---- */

struct state {
    int64_t value;
};

static void *new_state(void *user, const char *entity_id)
{
    (void)user;
    (void)entity_id;
    return calloc(1, sizeof(struct state));
}

/* Unsigned: a sum that runs over is no mistake here. */
static int64_t plus(int64_t value, int64_t by)
{
    return (int64_t)((uint64_t)value + (uint64_t)by);
}

static int apply_counted(void *of, const void *message)
{
    struct state *state = of;

    state->value = plus(state->value, ((const Counted *)message)->by);
    return 0;
}

static int apply_total(void *of, const void *message)
{
    ((struct state *)of)->value = ((const Total *)message)->value;
    return 0;
}

static struct cloudstate_any snapshot(struct cloudstate_context *context, const void *of)
{
    return total(context, ((const struct state *)of)->value);
}

static int count_events(struct cloudstate_context *context, const void *input)
{
    Counted event = TCK__BENCH__COUNTED__INIT;

    event.by = ((const Request *)input)->by;
    cloudstate_emit(context, cloudstate_pack(context, &event.base));
    return cloudstate_reply(context, total(context, ((struct state *)cloudstate_state(context))->value), NULL);
}

static const struct cloudstate_state_handler events[] = {
    { .type = &tck__bench__counted__descriptor, .apply = apply_counted },
};
static const struct cloudstate_state_handler snapshots[] = {
    { .type = &tck__bench__total__descriptor, .apply = apply_total },
};
static const struct cloudstate_command_handler event_sourced_commands[] = { { "Count", REQUEST, count_events } };

static const struct cloudstate_event_sourced event_sourced = {
    .service = PACKAGE "EventSourced",
    .persistence_id = "bench-event-sourced",
    .new_state = new_state,
    .free_state = free,
    .events = events,
    .event_count = 1,
    .snapshot_every = SNAPSHOT_EVERY,
    .snapshot = snapshot,
    .snapshots = snapshots,
    .snapshot_count = 1,
    .commands = event_sourced_commands,
    .command_count = 1,
};

/* ---- value entity ---- */

static int count_value(struct cloudstate_context *context, const void *input)
{
    const Total *before = cloudstate_value(context);
    struct cloudstate_any after = total(context, plus(before ? before->value : 0, ((const Request *)input)->by));

    cloudstate_update(context, after);
    return cloudstate_reply(context, after, NULL);
}

static const struct cloudstate_command_handler value_entity_commands[] = { { "Count", REQUEST, count_value } };

static const struct cloudstate_value_entity value_entity = {
    .service = PACKAGE "ValueEntity",
    .persistence_id = "bench-value-entity",
    .value = &tck__bench__total__descriptor,
    .commands = value_entity_commands,
    .command_count = 1,
};

/* ---- CRDT ---- */

static int count_crdt(struct cloudstate_context *context, const void *input)
{
    struct cloudstate_pncounter *counter = cloudstate_as_pncounter(cloudstate_crdt(context));

    cloudstate_pncounter_change(counter, ((const Request *)input)->by);
    return cloudstate_reply(context, total(context, cloudstate_pncounter_value(counter)), NULL);
}

static const struct cloudstate_command_handler crdt_commands[] = { { "Count", REQUEST, count_crdt } };

static const struct cloudstate_crdt_entity crdt = {
    .service = PACKAGE "Crdt",
    .type = CLOUDSTATE_PNCOUNTER,
    .commands = crdt_commands,
    .command_count = 1,
};

/* ---- action ---- */

static int echo(struct cloudstate_context *context, const void *input)
{
    (void)input;
    return cloudstate_reply(context, cloudstate_input(context), NULL);
}

static const struct cloudstate_action_handler action_commands[] = {
    { .name = "Echo", .input = REQUEST, .handle = echo },
};

static const struct cloudstate_action action = {
    .service = PACKAGE "Action",
    .commands = action_commands,
    .command_count = 1,
};

/* ---- the program ---- */

static void await_end(void)
{
    char bytes[64];
    ssize_t n;

    do
        n = read(STDIN_FILENO, bytes, sizeof bytes);
    while (n > 0 || (n < 0 && errno == EINTR));
}

static int serve(struct cloudstate_server *server, struct cloudstate_error *error)
{
    int port, r;

    r = cloudstate_serve_event_sourced(server, &event_sourced, error);
    if (r == 0)
        r = cloudstate_serve_value_entity(server, &value_entity, error);
    if (r == 0)
        r = cloudstate_serve_crdt(server, &crdt, error);
    if (r == 0)
        r = cloudstate_serve_action(server, &action, error);
    if (r == 0)
        r = cloudstate_server_start(server, "127.0.0.1", 0, &port, error);
    if (r < 0)
        return r;
    printf("%d\n", port);
    fflush(stdout);
    await_end();
    cloudstate_server_stop(server, DRAIN_GRACE);
    return 0;
}

int main(void)
{
    const struct cloudstate_options options = {
        .descriptors = bench_descriptors,
        .descriptors_size = bench_descriptors_size,
        .name = PROGRAM,
        .version = CLOUDSTATE_VERSION,
    };
    struct cloudstate_server *server = NULL;
    struct cloudstate_error error = { 0 };
    int r;

    r = cloudstate_server_new(&options, &server, &error);
    if (r == 0)
        r = serve(server, &error);
    cloudstate_server_free(server);
    if (r < 0)
        fprintf(stderr, PROGRAM ": %s\n", error.text);
    return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
