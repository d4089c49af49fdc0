/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scenario_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "engine/run_internal.h"

void tck_fresh_ids_init(struct tck_fresh_ids *ids)
{
    atomic_init(&ids->count, 0);
    /* Two runs against one candidate must not meet; without randomness, process and time make it unlikely. */
    if (getrandom(&ids->nonce, sizeof ids->nonce, GRND_NONBLOCK) != (ssize_t)sizeof ids->nonce)
        ids->nonce = (uint32_t)tck_now() ^ ((uint32_t)getpid() << 16);
}

const char *tck_fresh_id(struct tck_fresh_ids *ids, const char *prefix, struct tck_arena *arena)
{
    return tck_arena_printf(arena, "%s-%08x-%llu", prefix, ids->nonce,
                            (unsigned long long)atomic_fetch_add(&ids->count, 1) + 1);
}

/* --- operations --- */

static tck_operation *const operations[TCK_OP_COUNT] = {
    [TCK_OP_SEND] = tck_op_send,
    [TCK_OP_SEND_BYTES] = tck_op_send_bytes,
    [TCK_OP_HALF_CLOSE] = tck_op_half_close,
    [TCK_OP_ABORT] = tck_op_abort,
    [TCK_OP_EXPECT] = tck_op_expect,
    [TCK_OP_ANY_ORDER] = tck_op_any_order,
    [TCK_OP_EITHER] = tck_op_either,
    [TCK_OP_DISCOVER] = tck_op_discover,
    [TCK_OP_REPORT_ERROR] = tck_op_report_error,
    [TCK_OP_SET] = tck_op_set,
    [TCK_OP_FRESH] = tck_op_fresh,
    [TCK_OP_CHECK] = tck_op_check,
    [TCK_OP_REPEAT] = tck_op_repeat,
    [TCK_OP_SEE] = tck_op_see,
    [TCK_OP_SEE_DISCOVERY] = tck_op_see_discovery,
    [TCK_OP_CALL] = tck_op_call,
    [TCK_OP_SAY] = tck_op_say,
    [TCK_OP_END_SAYING] = tck_op_end_saying,
    [TCK_OP_HEAR] = tck_op_hear,
    [TCK_OP_LEAVE] = tck_op_leave,
    [TCK_OP_HTTP] = tck_op_http,
    [TCK_OP_REFLECT] = tck_op_reflect,
    [TCK_OP_PARALLEL] = tck_op_parallel,
    [TCK_OP_REPORTED] = tck_op_reported,
    [TCK_OP_MEDDLE] = tck_op_meddle,
    [TCK_OP_RELEASE] = tck_op_release,
    [TCK_OP_REFUSE] = tck_op_refuse,
    [TCK_OP_ACT] = tck_op_act,
    [TCK_OP_ORDER] = tck_op_order,
    [TCK_OP_APART] = tck_op_apart,
    [TCK_OP_OVERLAP] = tck_op_overlap,
};

static void start_clock(struct tck_scenario_run *run, const struct tck_op *op)
{
    int64_t until;

    run->patience = run->world->timeout ? run->world->timeout
                    : op->step->within  ? op->step->within
                                        : run->script->scenario->within;
    if (run->inquiry && run->patience > TCK_INQUIRY_PATIENCE)
        run->patience = TCK_INQUIRY_PATIENCE;
    until = tck_after(run->patience);
    run->until = until < run->deadline ? until : run->deadline;
}

static int perform_op(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    int r;

    run->op = op;
    run->blame = TCK_BLAME_NONE;
    run->marked = false;
    start_clock(run, op);
    r = operations[op->kind](run, op, err);
    if (r == 0 && run->inquiry)
        run->inquiry->answers += op->kind == TCK_OP_EXPECT || op->kind == TCK_OP_ANY_ORDER || op->kind == TCK_OP_EITHER;
    return r == 0 && !run->marked ? tck_mark(run, tck_now(), err) : r;
}

int tck_run_block(struct tck_scenario_run *run, const struct tck_block *block, struct tck_error *err)
{
    for (size_t i = 0; i < block->count; i++) {
        const struct tck_op *outer = run->op;
        enum tck_inquiry_step step = run->inquiry ? tck_inquiry_step(&block->ops[i]) : TCK_INQUIRY_LOOK;
        int r;

        if ((run->is_client && tck_is_decided(run)) || step == TCK_INQUIRY_STOP)
            return TCK_OVER;
        if (step == TCK_INQUIRY_SKIP)
            continue;
        r = perform_op(run, &block->ops[i], err);
        if (r == TCK_OVER && !run->is_client && run->shared->doubt)
            tck_inquire(run, block, i + 1);
        if (r != 0)
            return r; /* op stays: the result speaks of it */
        run->op = outer;
    }
    return 0;
}

/* --- the whole --- */

static void listen_begin(struct tck_scenario_run *run)
{
    const struct tck_listener *listener = run->world->listener;

    if (listener)
        run->listened = listener->begin(listener->context, run->result, run->script->pool, run->began);
}

static void listen_end(struct tck_scenario_run *run)
{
    const struct tck_listener *listener = run->world->listener;

    if (listener && listener->end)
        listener->end(run->listened, run->result);
}

static int bind_text(struct tck_scenario_run *run, const char *name, const char *text, struct tck_error *err)
{
    const struct tck_tree *tree = text ? tck_tree_string(run->arena, text, run->script->scenario->place) : NULL;

    return tree ? tck_bindings_bind(&run->bindings, run->arena, name, tree, err) : tck_no_memory(err);
}

static int bind_row(struct tck_scenario_run *run, struct tck_error *err)
{
    const struct tck_tree *row = run->script->scenario->row;

    for (const struct tck_tree *column = row ? row->first : NULL; column; column = column->next) {
        const struct tck_tree *value;
        int r = tck_bindings_resolve(&run->bindings, column, run->arena, &value, err);

        if (r == 0)
            r = tck_bindings_bind(&run->bindings, run->arena, column->key, value, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int prepare(struct tck_scenario_run *run, struct tck_error *err)
{
    const char *id;
    int r;

    r = tck_recording_new(run->script->pool, run->arena, &run->recording, err);
    if (r < 0)
        return r;
    if (run->world->listener)
        tck_recording_listen(run->recording, run->world->listener->line, run->listened);
    tck_sides_note(run);
    id = tck_fresh_id(run->world->ids, run->script->entity_prefix, run->arena);
    r = bind_text(run, TCK_VAR_ID, id, err);
    if (r == 0)
        r = tck_result_name_entity(run, id, err);
    if (r == 0)
        r = bind_text(run, TCK_VAR_SERVICE, run->script->service ? run->script->service : "", err);
    if (r == 0 && tck_is_watching(run)) {
        run->report_mark = tck_tap_report_mark(run->world->tap);
        r = tck_own(run, run->script->service, tck_bindings_find(&run->bindings, TCK_VAR_ID)->text, true, err);
    }
    return r < 0 ? r : bind_row(run, err);
}

static int perform(struct tck_scenario_run *run, struct tck_error *err)
{
    int r;

    r = prepare(run, err);
    if (r == 0)
        r = tck_run_block(run, &run->script->block, err);
    if (r == 0) {
        run->op = NULL;
        r = tck_talks_drain(run, err);
        if (r == 0 && tck_is_watching(run))
            r = tck_watch_rest(run, err);
        if (r == 0)
            r = tck_calls_drain(run, err);
        if (r == TCK_OVER && run->shared->doubt)
            tck_inquire(run, NULL, 0);
    }
    /* A step whose level excuses the candidate may end a scenario, but excuses nothing that the judges found. */
    if (r == TCK_OVER && !tck_is_decided(run))
        r = tck_talks_judge(run);
    return r < 0 ? r : 0;
}

/* What is nobody's fault but ours or the scenario's, as a result: a scenario that could not be judged is never one that passed. */
static void give_up(struct tck_result *result, int status, const struct tck_error *err)
{
    char text[1024];

    result->cause = status == TCK_BAD_INPUT ? TCK_CAUSE_SCENARIO : TCK_CAUSE_KIT;
    result->verdict = tck_cause_verdict(result->cause);
    result->reason =
        tck_arena_strdup(result->arena, err->text[0] ? tck_error_text(err, text, sizeof text) : "out of memory");
    if (!result->reason)
        result->reason = "out of memory";
}

int tck_scenario_run(const struct tck_world *world, struct tck_channel *channel, const struct tck_script *script,
                     struct tck_result *result, struct tck_error *err)
{
    struct tck_shared shared = { .lock = PTHREAD_MUTEX_INITIALIZER };
    struct tck_scenario_run run = {
        .shared = &shared, .world = world, .channel = channel, .script = script, .result = result, .began = tck_now()
    };
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    int r;

    run.timeout = world->timeout ? world->timeout : script->scenario->timeout;
    run.deadline = tck_after(run.timeout);
    listen_begin(&run);
    r = tck_arena_new(0, &run.arena, &why);
    if (r == 0 && tck_is_watching(&run) && !world->tap)
        r = tck_fail(&why, TCK_KIT, TCK_NOWHERE, "a scenario of role %s needs a tap",
                     tck_role_word(script->scenario->suite->role));
    if (r == 0)
        r = perform(&run, &why);
    if (r < 0)
        give_up(result, r, &why);
    if (run.recording && tck_result_complete(&run) < 0 && r == 0) {
        r = tck_no_memory(&why);
        give_up(result, r, &why);
    }
    tck_calls_free(&run);
    tck_talks_close(&run);
    tck_stage_restore(&run);
    result->duration = tck_now() - run.began;
    listen_end(&run);
    tck_run_arenas_free(&run);
    pthread_mutex_destroy(&shared.lock);
    tck_arena_free(run.arena);
    if (r < 0)
        tck_error_move(err, &why);
    return r;
}
