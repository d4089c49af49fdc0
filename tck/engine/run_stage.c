/* SPDX-License-Identifier: Apache-2.0
 *
 * The operations on what stands between client and user function: interference at the tap, error reports, and the
 * processes.
 */
#include <string.h>

#include <cloudstate/entity.pb-c.h>

#include "engine/discovery.h"
#include "engine/merge.h"
#include "engine/run_internal.h"

#define RECONNECT_PATIENCE TCK_SECONDS(5) /* gRPC itself tries again after a second or two */

#define LOOK_UP TCK_MS(50) /* how often a wait looks whether the run was interrupted */

static bool is_interrupted(const struct tck_scenario_run *run)
{
    return run->world->interrupted && *run->world->interrupted;
}

static int find_interrupted(struct tck_scenario_run *run)
{
    return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
}

/* --- REPORTED --- */

/* Looks at the reports from *mark on that are there until a moment. 1: one matches. */
static int look_at_reports(struct tck_scenario_run *run, const struct tck_op *op, size_t *mark, int64_t until,
                           struct tck_error *err)
{
    for (;;) {
        tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)1 << 20);
        struct tck_match match = { .pool = run->script->pool, .arena = run->arena, .bindings = &run->bindings };
        const struct tck_tree *actual;
        int r = tck_tap_await_report(run->world->tap, *mark, "", until, &text);

        if (r != 0)
            return r == TCK_TIMED_OUT ? 0 : r;
        ++*mark;
        actual = tck_tree_string(run->arena, tck_buffer_string(&text), TCK_NOWHERE);
        if (!actual)
            return tck_no_memory(err);
        r = tck_match_tree(&match, op->pattern, actual, err);
        if (r != 0)
            return r;
    }
}

int tck_op_reported(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer pattern = TCK_BUFFER_INIT(1 << 16);
    size_t mark = run->report_mark;

    run->blame = TCK_BLAME_PROXY;
    for (;;) {
        int64_t until = tck_after(LOOK_UP);
        const bool last = until >= run->until;
        int r = look_at_reports(run, op, &mark, last ? run->until : until, err);

        if (r != 0)
            return r < 0 ? r : 0;
        if (is_interrupted(run))
            return find_interrupted(run);
        if (last)
            break;
    }
    tck_tree_print(op->pattern, &pattern);
    return tck_find_timeout(run, tck_say(run, "the proxy to report %s", tck_buffer_string(&pattern)), "");
}

/* --- MEDDLE, RELEASE, REFUSE --- */

/* what it is called, what passes then, and which field of it (entities: of the oneof) must be set; NULL: any */
static const struct {
    const char *word;
    enum tck_passed_kind kind;
    const char *field;
} things[] = {
    { "open", TCK_PASSED_OPENED, NULL },
    { "init", TCK_PASSED_COMMAND, "init" },
    { "event", TCK_PASSED_COMMAND, "event" },
    { "command", TCK_PASSED_COMMAND, "command" },
    { "reply", TCK_PASSED_ANSWER, "reply" },
    { "answer", TCK_PASSED_ANSWER, NULL },
    { "half_close", TCK_PASSED_HALF_CLOSED, NULL },
    { "end", TCK_PASSED_ENDED, NULL },
    { "discovery", TCK_PASSED_ANSWER, NULL },
    { "report", TCK_PASSED_COMMAND, NULL },
};

static const struct {
    const char *word;
    enum tck_meddle meddle;
} ways[] = {
    { "delay", TCK_MEDDLE_DELAY }, { "drop", TCK_MEDDLE_DROP },     { "duplicate", TCK_MEDDLE_DUPLICATE },
    { "alter", TCK_MEDDLE_ALTER }, { "inject", TCK_MEDDLE_INJECT }, { "sever", TCK_MEDDLE_SEVER },
    { "hold", TCK_MEDDLE_HOLD },   { "merge", TCK_MEDDLE_ALTER },
};

/* An action's messages are of one sort. */
static uint32_t field_number(const struct tck_meddle_step *meddle, const char *field)
{
    const ProtobufCFieldDescriptor *descriptor =
        field && !meddle->command ? protobuf_c_message_descriptor_get_field_by_name(meddle->type, field) : NULL;

    return descriptor ? descriptor->id : 0;
}

static int aim(struct tck_scenario_run *run, const struct tck_meddle_step *meddle,
               struct tck_interference *ret_interference, struct tck_error *err)
{
    struct tck_passage_key *key = &ret_interference->key;
    int r;

    key->conversation = meddle->conversation;
    key->command = meddle->command;
    if (!meddle->service)
        key->service =
            meddle->type == &cloudstate__entity_spec__descriptor ? TCK_DISCOVER_METHOD : TCK_REPORT_ERROR_METHOD;
    r = meddle->service ? tck_resolve_tree_text(run, meddle->service, &key->service, err) : 0;
    if (r == 0 && meddle->entity)
        r = tck_resolve_tree_text(run, meddle->entity, &key->entity_id, err);
    if (r == 0 && meddle->contains)
        r = tck_resolve_tree_text(run, meddle->contains, &key->contains, err);
    for (size_t i = 0; i < TCK_COUNT(things); i++)
        if (strcmp(things[i].word, meddle->with) == 0) {
            ret_interference->kind = things[i].kind;
            ret_interference->field = field_number(meddle, things[i].field);
        }
    for (size_t i = 0; i < TCK_COUNT(ways); i++)
        if (strcmp(ways[i].word, meddle->way) == 0)
            ret_interference->meddle = ways[i].meddle;
    return r;
}

/* What the tap does on threads of its own needs nothing of the run but this, which lives in its arena. */
static int merge(struct tck_scenario_run *run, const struct tck_meddle_step *meddle,
                 struct tck_interference *ret_interference, struct tck_error *err)
{
    struct tck_merge *made = TCK_NEW(run->arena, struct tck_merge);
    void *copy = tck_arena_memdup(run->arena, ret_interference->bytes.data, ret_interference->bytes.size);

    if (!made || !copy)
        return tck_no_memory(err);
    *made = (struct tck_merge){ .more = tck_bytes(copy, ret_interference->bytes.size),
                                .files = meddle->files,
                                .without_files = meddle->without_files,
                                .without = meddle->without };
    ret_interference->alter = tck_merge;
    ret_interference->context = made;
    return 0;
}

int tck_op_meddle(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer packed = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);
    const struct tck_meddle_step *meddle = op->meddle;
    struct tck_interference interference = { .skip = meddle->nth - 1,
                                             .times = meddle->times,
                                             .delay = meddle->delay,
                                             .bytes = meddle->bytes,
                                             .code = tck_grpc_code_parse(meddle->status),
                                             .message = "" };
    ProtobufCMessage *message;
    int r;

    r = aim(run, meddle, &interference, err);
    if (r == 0 && meddle->text)
        r = tck_resolve_tree_text(run, meddle->text, &interference.message, err);
    if (r == 0 && meddle->name)
        r = tck_resolve_text(run, meddle->name, &interference.name, err);
    if (r == 0 && meddle->message) {
        r = tck_message_from_tree(run->script->pool, meddle->type, meddle->message, &run->bindings, run->arena,
                                  &message, err);
        if (r == 0)
            r = tck_message_pack(message, &packed, err);
        interference.bytes = tck_buffer_bytes(&packed);
    }
    if (r == 0 && strcmp(meddle->way, "merge") == 0)
        r = merge(run, meddle, &interference, err);
    if (r < 0)
        return r;
    run->meddles = true;
    run->misled = run->misled || (!meddle->service && meddle->type == &cloudstate__entity_spec__descriptor);
    r = tck_tap_interfere(run->world->tap, run->shared, &interference, err);
    return r < 0 ? tck_wrap(err, r, "%s:%u: 'meddle'", op->step->place.name ? op->step->place.name : "",
                            op->step->place.line)
                 : 0;
}

int tck_op_release(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    const char *name;
    int r = tck_resolve_tree_text(run, op->tree, &name, err);

    if (r < 0)
        return r;
    run->blame = TCK_BLAME_UNKNOWN;
    r = tck_tap_await_held(run->world->tap, run->shared, name, run->until, run->world->interrupted);
    if (is_interrupted(run))
        return find_interrupted(run);
    if (r == TCK_TIMED_OUT)
        return tck_find_timeout(run, tck_say(run, "something to pass that is held as '%s'", name), "");
    tck_tap_release(run->world->tap, run->shared, name);
    return 0;
}

int tck_op_refuse(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    int r = tck_tap_refuse(run->world->tap, op->flag, err);

    if (r == 0)
        run->refused = op->flag;
    return r;
}

/* --- ACT --- */

#define NO_ACT TCK_ACT_COUNT

/* verb; how it ends a process: as the system does, or at once; how it starts it */
static const struct {
    enum tck_verb verb;
    enum tck_act stop, kill, start;
} acts[] = {
    { TCK_VERB_RESTART_PROXY, TCK_ACT_STOP_PROXY, TCK_ACT_KILL_PROXY, TCK_ACT_START_PROXY },
    { TCK_VERB_KILL_PROXY, TCK_ACT_KILL_PROXY, TCK_ACT_KILL_PROXY, NO_ACT },
    { TCK_VERB_START_PROXY, NO_ACT, NO_ACT, TCK_ACT_START_PROXY },
    { TCK_VERB_RESTART_USER_FUNCTION, TCK_ACT_STOP_USER_FUNCTION, TCK_ACT_KILL_USER_FUNCTION,
      TCK_ACT_START_USER_FUNCTION },
};

static bool can_act(const struct tck_scenario_run *run, enum tck_act act)
{
    const struct tck_world *world = run->world;

    return world->act && (!world->can_act || world->can_act(world->act_context, act));
}

/* What a process takes to end and to start, at most its stop_timeout and its ready_timeout, does not count as the
 * scenario's time. */
static int act(struct tck_scenario_run *run, enum tck_act what, struct tck_error *err)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    const int64_t began = tck_now();
    int r;

    if (what == NO_ACT)
        return 0;
    r = run->world->act(run->world->act_context, what, &why);
    run->deadline += tck_now() - began;
    if (r == TCK_NO_SHOW && what == TCK_ACT_START_PROXY && run->misled) {
        /* What this proxy was told at its start is this scenario's doing; the others have one that is told the truth. */
        run->proxy_is_odd = true;
        return tck_find(run, TCK_CAUSE_TIMEOUT, NULL, NULL, "%s", why.text);
    }
    if (r == TCK_NO_SHOW)
        return tck_find(run, TCK_CAUSE_UNREACHABLE, NULL, NULL, "%s", why.text);
    if (r < 0) {
        tck_error_move(err, &why);
        return r;
    }
    tck_recording_event(run->recording, "main", TCK_HAPPENED, tck_verbs[run->op->step->verb].word);
    if (what == TCK_ACT_START_PROXY)
        run->proxy_is_odd = run->misled;
    if (what == TCK_ACT_STOP_PROXY || what == TCK_ACT_KILL_PROXY || what == TCK_ACT_LAUNCH_PROXY)
        run->proxy_is_odd = true;
    /* The connection of this client was to the old one. */
    if (what == TCK_ACT_START_PROXY && tck_channel_connect(run->channel, run->deadline) == TCK_TIMED_OUT)
        return tck_find(run, TCK_CAUSE_UNREACHABLE, NULL, NULL, "the proxy takes no connections after its start");
    return 0;
}

int tck_op_act(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err)
{
    for (size_t i = 0; i < TCK_COUNT(acts); i++) {
        enum tck_act end, start = acts[i].start;
        int r;

        if (acts[i].verb != op->step->verb)
            continue;
        end = op->flag ? acts[i].kill : acts[i].stop;
        if (start == TCK_ACT_START_PROXY && end == NO_ACT && op->flag)
            start = TCK_ACT_LAUNCH_PROXY;
        if ((end != NO_ACT && !can_act(run, end)) || (start != NO_ACT && !can_act(run, start)))
            return tck_find(run, TCK_CAUSE_NOT_OFFERED, NULL, NULL,
                            "'%s' needs a process that the kit starts, and it was found running",
                            tck_verbs[op->step->verb].word);
        run->blame = TCK_BLAME_UNKNOWN;
        r = act(run, end, err);
        return r != 0 ? r : act(run, start, err);
    }
    return 0;
}

void tck_stage_restore(struct tck_scenario_run *run)
{
    if (!tck_is_watching(run) || !run->world->tap)
        return;
    tck_tap_forget(run->world->tap, run->shared);
    if (run->refused)
        tck_tap_refuse(run->world->tap, false, NULL);
    if (!run->proxy_is_odd || !can_act(run, TCK_ACT_START_PROXY))
        return;
    run->world->act(run->world->act_context, TCK_ACT_KILL_PROXY, NULL);
    /* Who uses the connection next shall not hear of the proxy that is gone. */
    if (!run->world->lifts && run->world->act(run->world->act_context, TCK_ACT_START_PROXY, NULL) == 0)
        tck_channel_connect(run->channel, tck_after(RECONNECT_PATIENCE));
}
