/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs that act on what stands between client and user function, and those that compare moments.
 */
#include <stdlib.h>
#include <string.h>

#include <cloudstate/entity.pb-c.h>

#include "engine/compile_internal.h"

static const struct tck_tree *inside(struct tck_compiler *c, const struct tck_step *step, const char *key)
{
    const struct tck_tree *tree = tck_known(c, tck_tree_get(step->value, key));

    tck_check_variables(c, tree);
    return tree;
}

/* The service and the entity that a step speaks of. */
static const struct tck_tree *service_of(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *service = inside(c, step, "service");

    if (!service && !c->service)
        tck_mistake(c, step->place, "no service is named: add 'services' to the suite, or 'service' to the step");
    return service || !c->service ? service : tck_new_variable(c, TCK_VAR_SERVICE, step->place);
}

static const struct tck_tree *entity_of(struct tck_compiler *c, const struct tck_step *step)
{
    const struct tck_tree *entity = inside(c, step, "entity");

    return entity ? entity : tck_new_variable(c, TCK_VAR_ID, step->place);
}

static int64_t count_of(struct tck_compiler *c, const struct tck_tree *tree, int64_t least, int64_t otherwise)
{
    const char *text = tree ? tck_known_text(c, tree, "a count") : NULL;
    char *end = NULL;
    long long count = text ? strtoll(text, &end, 10) : otherwise;

    if (text && (*end || end == text || count < least || count > 1000000)) {
        tck_mistake(c, tree->place, "'%s' takes a count from %lld, found '%s'", tree->key, (long long)least, text);
        return otherwise;
    }
    return count;
}

/* --- interference --- */

/* id of the conversation, its word in `call` and among the defaults */
static const struct {
    enum tck_conversation conversation;
    const char *word;
} calls[] = {
    { TCK_CONVERSATION_ACTION_UNARY, "unary" },
    { TCK_CONVERSATION_ACTION_STREAMED_IN, "streamed_in" },
    { TCK_CONVERSATION_ACTION_STREAMED_OUT, "streamed_out" },
    { TCK_CONVERSATION_ACTION_DUPLEX, "duplex" },
};

static void aim_at_action(struct tck_compiler *c, const struct tck_step *step, struct tck_meddle_step *meddle)
{
    const struct tck_tree *call = tck_tree_get(step->value, "call"), *command = inside(c, step, "command");
    const char *word = call ? call->text : "unary";

    meddle->conversation = TCK_CONVERSATION_COUNT;
    for (size_t i = 0; i < TCK_COUNT(calls); i++)
        if (strcmp(calls[i].word, word) == 0)
            meddle->conversation = calls[i].conversation;
    if (meddle->conversation == TCK_CONVERSATION_COUNT) {
        tck_mistake(c, call->place, "no kind of call '%s'; there are unary, streamed_in, streamed_out and duplex",
                    word);
        meddle->conversation = TCK_CONVERSATION_ACTION_UNARY;
    }
    if (!command)
        command = tck_default(c, word);
    meddle->command = command ? tck_known_text(c, command, "the name of a method") : NULL;
    meddle->contains = inside(c, step, "contains");
}

/* Whose messages, and of which type. */
static void aim(struct tck_compiler *c, const struct tck_step *step, struct tck_meddle_step *meddle)
{
    const struct tck_conversation_row *row;

    meddle->conversation = TCK_CONVERSATION_COUNT;
    if (strcmp(meddle->with, "discovery") == 0 || strcmp(meddle->with, "report") == 0) {
        meddle->type = strcmp(meddle->with, "report") == 0 ? &cloudstate__user_function_error__descriptor
                                                           : &cloudstate__entity_spec__descriptor;
        return;
    }
    if (c->scenario->suite->protocol == TCK_PROTOCOL_DISCOVERY) {
        tck_mistake(c, step->place, "in a suite of protocol discovery only discovery and reports can be meddled with");
        meddle->type = &cloudstate__entity_spec__descriptor;
        return;
    }
    meddle->conversation = c->envelope->conversation;
    meddle->service = service_of(c, step);
    if (c->scenario->suite->protocol == TCK_PROTOCOL_ACTION)
        aim_at_action(c, step, meddle);
    else
        meddle->entity = entity_of(c, step);
    row = tck_conversation(meddle->conversation);
    meddle->type = strcmp(meddle->with, "answer") == 0 || strcmp(meddle->with, "reply") == 0 ? row->to_proxy
                                                                                             : row->to_user_function;
}

static void compile_meddle(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_meddle_step *meddle = TCK_NEW(c->arena, struct tck_meddle_step);
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_MEDDLE, step);
    const struct tck_tree *message = inside(c, step, "message"), *bytes = inside(c, step, "bytes");
    const struct tck_tree *status = inside(c, step, "status"), *name = inside(c, step, "name");

    if (!meddle) {
        tck_compiler_no_memory(c);
        return;
    }
    op->meddle = meddle;
    meddle->with = tck_tree_get(step->value, "with")->text;
    meddle->way = tck_tree_get(step->value, "do")->text;
    aim(c, step, meddle);
    meddle->nth = (unsigned)count_of(c, inside(c, step, "nth"), 1, 1);
    meddle->times = (unsigned)count_of(c, inside(c, step, "times"), 0, 1);
    meddle->delay = tck_duration_of(inside(c, step, "delay"));
    c->waits += meddle->delay;
    meddle->files = inside(c, step, "files");
    meddle->without_files = inside(c, step, "without_files");
    meddle->without = inside(c, step, "without");
    meddle->message = tck_checked_literal(c, meddle->type, message);
    if (bytes)
        meddle->bytes = tck_compile_bytes(c, bytes);
    if (tck_pattern_is_matcher(status))
        tck_mistake(c, status->place, "'status' takes the name of a status, not a pattern");
    meddle->status = status && status->text ? status->text : "UNAVAILABLE";
    meddle->text = inside(c, step, "text");
    meddle->name = name ? name->text : NULL;
}

static void compile_release(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    tck_ops_add(c, ops, TCK_OP_RELEASE, step)->tree = step->value;
}

static void must_be_alone(struct tck_compiler *c, const struct tck_step *step)
{
    if (!c->scenario->exclusive)
        tck_mistake(c, step->value->key_place, "'%s' is for scenarios that run alone: add 'exclusive: true'",
                    tck_verbs[step->verb].word);
}

static void compile_refuse(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    must_be_alone(c, step);
    tck_ops_add(c, ops, TCK_OP_REFUSE, step)->flag = tck_flag_is_true(step->value);
}

/* What is done to the processes; the run looks up the acts by the verb. flag: it is killed, or not waited for. */
static void compile_act(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    const struct tck_tree *how = inside(c, step, "how"), *ready = inside(c, step, "ready");

    must_be_alone(c, step);
    c->ends_user_function |= step->verb == TCK_VERB_RESTART_USER_FUNCTION;
    tck_ops_add(c, ops, TCK_OP_ACT, step)->flag =
        (how && strcmp(how->text, "kill") == 0) || (ready && !tck_flag_is_true(ready));
}

static void compile_reported(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_REPORTED, step);

    op->pattern = tck_known(c, step->value);
    tck_check_variables(c, op->pattern);
}

/* --- moments --- */

static bool is_named(const struct tck_compiler *c, const char *name)
{
    for (const struct tck_named_moment *moment = c->moments; moment; moment = moment->next)
        if (strcmp(moment->name, name) == 0)
            return true;
    return false;
}

/* Names that hold variables are settled in the run. */
static void check_moments(struct tck_compiler *c, const struct tck_tree *names)
{
    tck_check_variables(c, names);
    for (const struct tck_tree *name = names->first; name; name = name->next)
        if (name->kind == TCK_TREE_STRING && !strchr(name->text, '$') && !is_named(c, name->text))
            tck_mistake(c, name->place, "no step before this one has 'at: %s'", name->text);
}

static void compile_order(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_ORDER, step);

    op->tree = tck_known(c, step->value);
    check_moments(c, op->tree);
}

static void compile_apart(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_APART, step);
    struct tck_tree *moments = tck_new_list(c, step->place);

    tck_put(c, moments, NULL, inside(c, step, "from"));
    tck_put(c, moments, NULL, inside(c, step, "to"));
    op->tree = moments;
    check_moments(c, moments);
    op->at_least = tck_duration_of(inside(c, step, "at_least"));
    op->at_most = tck_duration_of(inside(c, step, "at_most"));
}

static void compile_overlap(struct tck_compiler *c, const struct tck_step *step, struct tck_ops *ops)
{
    struct tck_op *op = tck_ops_add(c, ops, TCK_OP_OVERLAP, step);

    op->conversation = c->envelope->conversation;
    op->service = service_of(c, step);
    op->tree = entity_of(c, step);
    op->times = count_of(c, inside(c, step, "at_most"), 0, 1);
}

const tck_verb_compiler tck_stage_compilers[TCK_VERB_COUNT] = {
    [TCK_VERB_REPORTED] = compile_reported, [TCK_VERB_MEDDLE] = compile_meddle,
    [TCK_VERB_RELEASE] = compile_release,   [TCK_VERB_REFUSE] = compile_refuse,
    [TCK_VERB_RESTART_PROXY] = compile_act, [TCK_VERB_RESTART_USER_FUNCTION] = compile_act,
    [TCK_VERB_KILL_PROXY] = compile_act,    [TCK_VERB_START_PROXY] = compile_act,
    [TCK_VERB_ORDER] = compile_order,       [TCK_VERB_APART] = compile_apart,
    [TCK_VERB_OVERLAP] = compile_overlap,
};
