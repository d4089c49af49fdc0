/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs and keys that expect: what they say becomes a pattern of a whole message to the proxy.
 */
#include <string.h>

#include "engine/compile_internal.h"
#include "wire/match.h"

const struct tck_tree *tck_anything(struct tck_compiler *c, struct tck_place place)
{
    struct tck_tree *map = tck_new_map(c, place);

    tck_put(c, map, "$any", tck_tree_scalar(c->arena, TCK_TREE_NULL, "", 0, place));
    return map;
}

const struct tck_tree *tck_metadata_pattern(struct tck_compiler *c, const struct tck_tree *metadata)
{
    return metadata && metadata->kind == TCK_TREE_LIST ? tck_wrapped(c, "entries", metadata) : metadata;
}

/* --- the expectations of a reply, one function each --- */

struct reply_parts {
    const struct tck_method *method; /* whose answer it is; NULL: not a known one */
    struct tck_place place;
    const struct tck_tree *id; /* pattern of the command's id; NULL where replies name none */
    const struct tck_tree *metadata;
    const char *action_case; /* "reply", "forward", "failure"; NULL: no client action */
    struct tck_tree *action;
    struct tck_tree *state;
    const struct tck_tree *effects, *events, *snapshot, *streamed, *end_stream;
};

typedef void expander(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value);

static void expand_reply(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    parts->action_case = "reply";
    parts->action = tck_new_map(c, value->place);
    tck_put(c, parts->action, "payload",
            tck_typed(c, value, parts->method ? parts->method->output->name : NULL, "the reply's payload"));
    tck_put(c, parts->action, "metadata", parts->metadata);
}

/* {payload, service, command, …} in place of the payload alone. */
static bool is_long_form(const struct tck_tree *value)
{
    return tck_tree_get(value, "payload") != NULL;
}

/* What a forward and a side effect have in common. */
static struct tck_tree *call_of(struct tck_compiler *c, const struct tck_tree *value, const struct tck_tree *payload,
                                const char *what)
{
    struct tck_tree *call = tck_new_map(c, value->place);
    struct tck_target target = is_long_form(value) ? tck_target_of(c, tck_tree_get(value, "service"),
                                                                   tck_tree_get(value, "command"), value->place)
                                                   : tck_target_of(c, NULL, NULL, value->place);

    tck_put(c, call, "service_name", target.service);
    tck_put(c, call, "command_name", target.command);
    tck_put(c, call, "payload", tck_typed(c, payload, target.input, what));
    return call;
}

static void expand_forward(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    parts->action_case = "forward";
    parts->action =
        call_of(c, value, is_long_form(value) ? tck_tree_get(value, "payload") : value, "the forward's payload");
    tck_put(c, parts->action, "metadata", parts->metadata);
}

static void expand_failure(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    bool fields = value->kind == TCK_TREE_MAP && !tck_pattern_is_matcher(value);
    const struct tck_tree *description = fields ? tck_tree_get(value, "description") : value;

    parts->action_case = "failure";
    parts->action = tck_new_map(c, value->place);
    if (c->envelope->failure_names_command)
        tck_put(c, parts->action, "command_id", parts->id);
    else
        tck_put(c, parts->action, "command_id", tck_anything(c, value->place));
    tck_put(c, parts->action, "description", description ? description : tck_anything(c, value->place));
    tck_put(c, parts->action, "restart", tck_tree_get(value, "restart"));
}

static void expand_no_action(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    (void)c;
    (void)value;
    parts->action_case = NULL; /* what a pattern does not name must be absent */
}

static const struct tck_tree *effect_leaf(struct tck_compiler *c, const struct tck_tree *value, const void *context)
{
    struct tck_tree *payload, *effect;

    (void)context;
    if (is_long_form(value)) {
        effect = call_of(c, value, tck_tree_get(value, "payload"), "the side effect's payload");
        tck_put(c, effect, "metadata", tck_metadata_pattern(c, tck_tree_get(value, "metadata")));
    } else if (value->kind == TCK_TREE_MAP && !tck_pattern_is_matcher(value)) {
        payload = tck_new_map(c, value->place);
        for (const struct tck_tree *field = value->first; field; field = field->next)
            if (strcmp(field->key, "synchronous") != 0)
                tck_put(c, payload, field->key, field);
        effect = call_of(c, value, payload, "the side effect's payload");
    } else {
        effect = call_of(c, value, value, "the side effect's payload");
    }
    tck_put(c, effect, "synchronous", tck_tree_get(value, "synchronous"));
    return effect;
}

static void expand_effects(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    parts->effects = tck_map_leaves(c, value, effect_leaf, NULL);
}

static void expand_events(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    parts->events = tck_typed(c, value, tck_default_type(c, "event"), "the event");
}

static void expand_snapshot(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    parts->snapshot = tck_typed(c, value, tck_default_type(c, "snapshot"), "the snapshot");
}

static struct tck_tree *state_action(struct tck_compiler *c, struct reply_parts *parts)
{
    if (!parts->state)
        parts->state = tck_new_map(c, parts->place);
    return parts->state;
}

static void expand_update(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    if (c->scenario->suite->protocol == TCK_PROTOCOL_VALUE_ENTITY)
        value = tck_wrapped(c, "value", tck_typed(c, value, tck_default_type(c, "state"), "the state"));
    tck_put(c, state_action(c, parts), "update", value);
}

static void expand_deleted(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    if (tck_flag_is_true(value))
        tck_put(c, state_action(c, parts), "delete", tck_new_map(c, value->place));
}

static void expand_write_consistency(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    tck_put(c, state_action(c, parts), "write_consistency", value);
}

static void expand_streamed(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    (void)c;
    parts->streamed = value;
}

static void expand_reply_metadata(struct tck_compiler *c, struct reply_parts *parts, const struct tck_tree *value)
{
    (void)c;
    (void)parts; /* the reply or forward took it already */
    (void)value;
}

static expander *const expanders[TCK_EXPECTATION_COUNT] = {
    [TCK_EXPECTATION_REPLY] = expand_reply,       [TCK_EXPECTATION_FORWARD] = expand_forward,
    [TCK_EXPECTATION_FAILURE] = expand_failure,   [TCK_EXPECTATION_NO_ACTION] = expand_no_action,
    [TCK_EXPECTATION_EFFECTS] = expand_effects,   [TCK_EXPECTATION_EVENTS] = expand_events,
    [TCK_EXPECTATION_SNAPSHOT] = expand_snapshot, [TCK_EXPECTATION_UPDATE] = expand_update,
    [TCK_EXPECTATION_DELETED] = expand_deleted,   [TCK_EXPECTATION_WRITE_CONSISTENCY] = expand_write_consistency,
    [TCK_EXPECTATION_STREAMED] = expand_streamed, [TCK_EXPECTATION_REPLY_METADATA] = expand_reply_metadata,
};

/* --- putting a reply together --- */

static const struct tck_tree *expectation(struct tck_compiler *c, const struct tck_expectations *expectations,
                                          const struct tck_tree *value, int which)
{
    const struct tck_tree *tree = expectations ? expectations->of[which] : NULL;

    /* `expect`, `streamed_message` and `cancelled` hold theirs in their value. */
    return tck_known(c, tree ? tree : tck_tree_get(value, tck_expectation_word((enum tck_expectation)which)));
}

static void gather(struct tck_compiler *c, const struct tck_expectations *expectations, const struct tck_tree *value,
                   struct reply_parts *parts)
{
    parts->metadata = tck_metadata_pattern(c, expectation(c, expectations, value, TCK_EXPECTATION_REPLY_METADATA));
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++) {
        const struct tck_tree *tree = expectation(c, expectations, value, i);

        if (tree)
            expanders[i](c, parts, tree);
    }
}

static const struct tck_tree *assemble(struct tck_compiler *c, const struct reply_parts *parts)
{
    const struct tck_envelope *envelope = c->envelope;
    struct tck_tree *reply = tck_new_map(c, parts->place);

    if (envelope->command_id)
        tck_put(c, reply, envelope->command_id, parts->id);
    if (parts->action_case && envelope->client_action)
        tck_put(c, reply, envelope->client_action, tck_wrapped(c, parts->action_case, parts->action));
    else if (parts->action_case)
        tck_put(c, reply, parts->action_case, parts->action);
    tck_put(c, reply, "side_effects", parts->effects);
    tck_put(c, reply, "events", parts->events);
    tck_put(c, reply, "snapshot", parts->snapshot);
    tck_put(c, reply, "state_action", parts->state);
    tck_put(c, reply, "streamed", parts->streamed);
    tck_put(c, reply, "end_stream", parts->end_stream);
    return reply;
}

static struct tck_expected message_expected(struct tck_compiler *c, const struct tck_step *step, enum tck_about about,
                                            struct tck_place place, const struct tck_tree *id,
                                            const struct tck_tree *pattern)
{
    const struct tck_conversation_row *row = tck_conversation(tck_lane_of(c, step->on)->conversation);

    if (id)
        tck_check_variables(c, id);
    return (struct tck_expected){ .awaits = TCK_AWAITS_MESSAGE,
                                  .about = about,
                                  .place = place,
                                  .id = id,
                                  .pattern = tck_checked_pattern(c, row->to_proxy, pattern) };
}

static const struct tck_tree *id_pattern(struct tck_compiler *c, const struct tck_tree *id, struct tck_place place)
{
    return id ? id : tck_new_variable(c, TCK_VAR_COMMAND, place);
}

static struct tck_expected reply_expected(struct tck_compiler *c, const struct tck_step *step, struct tck_place place,
                                          const struct tck_expectations *expectations, const struct tck_tree *value,
                                          const struct tck_method *method, bool latest)
{
    const struct tck_tree *id = tck_known(c, tck_tree_get(value, "id")), *pattern;
    struct reply_parts parts = { .method = method, .place = place, .id = id_pattern(c, id, place) };
    struct tck_expected expected;

    gather(c, expectations, value, &parts);
    pattern = assemble(c, &parts);
    if (c->envelope->reply)
        pattern = tck_wrapped(c, c->envelope->reply, pattern);
    expected = message_expected(c, step, c->envelope->answer, place, id, pattern);
    expected.latest = latest;
    return expected;
}

/* --- the verbs, as one expected thing each --- */

typedef struct tck_expected expected_maker(struct tck_compiler *c, const struct tck_step *step);

static struct tck_expected expected_expect(struct tck_compiler *c, const struct tck_step *step)
{
    return reply_expected(c, step, step->place, &step->expectations, step->value,
                          tck_lane_answers(tck_lane_of(c, step->on), false), false);
}

static struct tck_expected of_streamed_command(struct tck_compiler *c, const struct tck_step *step,
                                               enum tck_about about, const char *field)
{
    const struct tck_lane *lane = tck_lane_of(c, step->on);
    const struct tck_tree *id = tck_known(c, tck_tree_get(step->value, "id"));
    struct reply_parts parts = { .method = lane->streamed ? lane->streamed : lane->method,
                                 .place = step->place,
                                 .id = id_pattern(c, id, step->place),
                                 .end_stream = tck_known(c, tck_tree_get(step->value, "end_stream")) };

    gather(c, &step->expectations, step->value, &parts);
    return message_expected(c, step, about, step->place, id, tck_wrapped(c, field, assemble(c, &parts)));
}

static struct tck_expected expected_streamed_message(struct tck_compiler *c, const struct tck_step *step)
{
    return of_streamed_command(c, step, TCK_ABOUT_STREAMED, "streamed_message");
}

static struct tck_expected expected_cancelled(struct tck_compiler *c, const struct tck_step *step)
{
    return of_streamed_command(c, step, TCK_ABOUT_CANCELLED, "stream_cancelled_response");
}

static struct tck_expected expected_stream_failure(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *value = tck_known(c, step->value), *description = tck_tree_get(value, "description");
    struct tck_tree *failure = tck_new_map(c, step->place);

    tck_put(c, failure, "command_id", tck_tree_get(value, "id"));
    tck_put(c, failure, "description", description ? description : tck_anything(c, step->place));
    tck_put(c, failure, "restart", tck_tree_get(value, "restart"));
    return message_expected(c, step, TCK_ABOUT_FAILURE, step->place, NULL, tck_wrapped(c, "failure", failure));
}

static struct tck_expected expected_receive(struct tck_compiler *c, const struct tck_step *step)
{
    return message_expected(c, step, TCK_ABOUT_MESSAGE, step->place, NULL, tck_known(c, step->value));
}

struct tck_expected tck_end_expected(struct tck_compiler *c, const struct tck_step *step, const struct tck_tree *code,
                                     const struct tck_tree *message)
{
    if (code)
        tck_check_variables(c, code);
    if (message)
        tck_check_variables(c, message);
    return (struct tck_expected){ .awaits = TCK_AWAITS_END, .place = step->place, .code = code, .message = message };
}

struct tck_expected tck_closed_expected(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *value = tck_known(c, step->value);

    if (value->kind == TCK_TREE_MAP && !tck_pattern_is_matcher(value))
        return tck_end_expected(c, step, tck_tree_get(value, "code"), tck_tree_get(value, "message"));
    return tck_end_expected(c, step, value->kind == TCK_TREE_NULL ? tck_new_string(c, "OK", step->place) : value, NULL);
}

static struct tck_expected expected_ended(struct tck_compiler *c, const struct tck_step *step)
{
    return tck_end_expected(c, step, NULL, NULL);
}

struct tck_expected tck_silence_expected(struct tck_compiler *c, const struct tck_step *step)
{
    struct tck_expected expected = { .awaits = TCK_AWAITS_SILENCE, .place = step->place };
    const char *text = tck_known_text(c, step->value, "a silence");
    struct tck_error err = { 0 };
    int r;

    if (text && (r = tck_duration_parse(text, step->value->place, &expected.silence, &err)) < 0) {
        c->status = r < c->status ? r : c->status;
        tck_error_list_take(c->errors, &err);
    }
    c->waits += expected.silence;
    return expected;
}

static expected_maker *const expected_makers[TCK_VERB_COUNT] = {
    [TCK_VERB_EXPECT] = expected_expect,       [TCK_VERB_STREAMED_MESSAGE] = expected_streamed_message,
    [TCK_VERB_CANCELLED] = expected_cancelled, [TCK_VERB_STREAM_FAILURE] = expected_stream_failure,
    [TCK_VERB_RECEIVE] = expected_receive,     [TCK_VERB_CLOSED] = tck_closed_expected,
    [TCK_VERB_ENDED] = expected_ended,         [TCK_VERB_SILENCE] = tck_silence_expected,
};

/* --- operations --- */

static void add_expected(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops,
                         struct tck_expected expected)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_EXPECT, step);

    tck_check_open(c, step);
    op->expected = tck_arena_memdup(c->arena, &expected, sizeof expected);
    op->expected_count = 1;
    if (!op->expected)
        tck_compiler_no_memory(c);
}

static void compile_expecting(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    add_expected(c, step, ops, expected_makers[step->verb](c, step));
}

static void compile_passivate(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_expected half_close = { .awaits = TCK_AWAITS_HALF_CLOSE, .place = step->place };
    struct tck_op *op;

    if (c->seen) {
        tck_compile_see(c, step, ops, TCK_OPENS_NEVER, &half_close);
    } else {
        op = tck_ops_add(c, ops, TCK_OP_HALF_CLOSE, step);
        op->conversation = tck_lane_of(c, step->on)->conversation;
        op->opens = TCK_OPENS_NEVER;
    }
    add_expected(c, step, ops, tck_end_expected(c, step, tck_new_string(c, "OK", step->place), NULL));
}

static void compile_any_order(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_expected *expected = tck_arena_array(c->arena, step->step_count, sizeof *expected);
    struct tck_op *op;

    if (!expected) {
        tck_compiler_no_memory(c);
        return;
    }
    tck_check_open(c, step);
    for (size_t i = 0; i < step->step_count; i++) {
        const struct tck_step *inner = step->steps[i];

        if (strcmp(inner->on, step->on) != 0)
            tck_mistake(c, inner->place, "the messages of 'any_order' are those of one conversation, here '%s'",
                        step->on);
        expected[i] = expected_makers[inner->verb](c, inner);
    }
    op = tck_ops_add(c, ops, TCK_OP_ANY_ORDER, step);
    op->expected = expected;
    op->expected_count = step->step_count;
}

static struct tck_expected alternative_expected(struct tck_compiler *c, const struct tck_step *step,
                                                const struct tck_alternative *alternative, bool latest,
                                                const struct tck_method *method)
{
    if (alternative->expects)
        return expected_makers[alternative->expects->verb](c, alternative->expects);
    return reply_expected(c, step, alternative->place, &alternative->expectations, NULL, method, latest);
}

static void compile_roads(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops, bool latest)
{
    struct tck_road *roads = tck_arena_array(c->arena, step->alternative_count, sizeof *roads);
    const struct tck_method *method = tck_lane_answers(tck_lane_of(c, step->on), latest);
    struct tck_lane *saved = tck_lanes_save(c);
    struct tck_op *op;

    if (!roads) {
        tck_compiler_no_memory(c);
        return;
    }
    tck_check_open(c, step);
    for (size_t i = 0; i < step->alternative_count; i++) {
        const struct tck_alternative *alternative = &step->alternatives[i];

        if (i > 0)
            tck_lanes_restore(c, saved);
        roads[i].as = alternative->as;
        roads[i].expected = alternative_expected(c, step, alternative, latest, method);
        roads[i].then = tck_compile_steps(c, alternative->then, alternative->then_count);
    }
    op = tck_ops_add(c, ops, TCK_OP_EITHER, step);
    op->roads = roads;
    op->road_count = step->alternative_count;
}

static void compile_either(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    compile_roads(c, step, ops, false);
}

void tck_compile_answer(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    if (step->alternative_count)
        compile_roads(c, step, ops, true);
    else if (step->expectations.any)
        add_expected(c, step, ops,
                     reply_expected(c, step, step->place, &step->expectations, NULL,
                                    tck_lane_answers(tck_lane_of(c, step->on), true), true));
}

const tck_verb_compiler tck_expect_compilers[TCK_VERB_COUNT] = {
    [TCK_VERB_EXPECT] = compile_expecting,    [TCK_VERB_STREAMED_MESSAGE] = compile_expecting,
    [TCK_VERB_CANCELLED] = compile_expecting, [TCK_VERB_STREAM_FAILURE] = compile_expecting,
    [TCK_VERB_RECEIVE] = compile_expecting,   [TCK_VERB_CLOSED] = compile_expecting,
    [TCK_VERB_ENDED] = compile_expecting,     [TCK_VERB_SILENCE] = compile_expecting,
    [TCK_VERB_PASSIVATE] = compile_passivate, [TCK_VERB_ANY_ORDER] = compile_any_order,
    [TCK_VERB_EITHER] = compile_either,
};
