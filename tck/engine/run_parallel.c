/* SPDX-License-Identifier: Apache-2.0
 *
 * Clients at the same time: each performs its steps in a thread of its own, with memory, variables and calls of its
 * own, and shares the result and the moments with the others.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/run_internal.h"

struct client {
    struct tck_scenario_run run;
    const struct tck_block *block;
    pthread_t thread;
    bool runs;
    struct tck_error err;
    int status;
};

static void *perform(void *context)
{
    struct client *client = context;

    client->status = tck_run_block(&client->run, client->block, &client->err);
    return NULL;
}

static int bind_number(struct client *client, const struct tck_op *op, int64_t number, struct tck_error *err)
{
    const struct tck_tree *tree;

    if (!op->as)
        return 0;
    tree = tck_tree_number(client->run.arena, number, op->step->place);
    return tree ? tck_bindings_bind(&client->run.bindings, client->run.arena, op->as, tree, err) : tck_no_memory(err);
}

/* The arena's node lies in the arena, and both become the scenario's when the client is done. */
static int prepare(struct tck_scenario_run *run, const struct tck_op *op, struct client *client, size_t i,
                   struct tck_error *err)
{
    struct tck_run_arena *own;
    int r;

    client->run = *run;
    client->run.is_client = true;
    client->run.talks = NULL; /* nobody looks behind the proxy from here */
    client->run.watched = false;
    client->run.calls = NULL;
    client->run.arenas = NULL;
    client->block = &op->branches[op->branch_count == 1 ? 0 : i];
    r = tck_arena_new(0, &client->run.arena, err);
    if (r < 0)
        return r;
    own = TCK_NEW(client->run.arena, struct tck_run_arena);
    if (!own) {
        tck_arena_free(client->run.arena);
        client->run.arena = NULL;
        return tck_no_memory(err);
    }
    own->arena = client->run.arena;
    client->run.arenas = own;
    return bind_number(client, op, (int64_t)i + 1, err);
}

static int start(struct client *client, struct tck_error *err)
{
    int r = pthread_create(&client->thread, NULL, perform, client);

    if (r != 0)
        return tck_fail(err, TCK_KIT, TCK_NOWHERE, "cannot start a thread for a client: %s", strerror(r));
    client->runs = true;
    return 0;
}

/* What the client leaves becomes the scenario's; its finding, too. */
static int merge(struct tck_scenario_run *run, struct client *client, int before, struct tck_error *err)
{
    struct tck_client_call **last_call = &client->run.calls;
    struct tck_run_arena **last_arena = &client->run.arenas;

    while (*last_call)
        last_call = &(*last_call)->next;
    *last_call = run->calls;
    run->calls = client->run.calls;
    while (*last_arena)
        last_arena = &(*last_arena)->next;
    *last_arena = run->arenas;
    run->arenas = client->run.arenas;
    if (client->run.decider)
        run->op = client->run.op; /* the result speaks of this step */
    if (before < 0 || client->status == 0)
        return before;
    if (client->status < 0)
        tck_error_move(err, &client->err);
    return client->status;
}

int tck_op_parallel(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const size_t count = op->branch_count == 1 ? (size_t)op->times : op->branch_count;
    struct client *clients = calloc(count, sizeof *clients);
    size_t prepared = 0;
    int r = 0;

    if (!clients)
        return tck_no_memory(err);
    while (prepared < count && r == 0) {
        r = prepare(run, op, &clients[prepared], prepared, err);
        prepared++;
    }
    for (size_t i = 0; i < prepared && r == 0; i++)
        r = start(&clients[i], err);
    for (size_t i = 0; i < prepared; i++) {
        if (clients[i].runs)
            pthread_join(clients[i].thread, NULL);
        r = merge(run, &clients[i], r, err);
        tck_error_done(&clients[i].err);
    }
    free(clients);
    return r;
}
