/* SPDX-License-Identifier: Apache-2.0
 *
 * What is seen behind a proxy: which conversations are the scenario's, what nobody asked for on them, and whose fault
 * something is.
 */
#include <string.h>

#include "engine/envelope.h"
#include "engine/run_internal.h"

bool tck_is_watching(const struct tck_scenario_run *run)
{
    return run->script->scenario->suite->role != TCK_ROLE_USER_FUNCTION;
}

/* --- entities of this scenario alone --- */

/* With the lock held: an id that is fresh, or contains a fresh one, was never another scenario's. */
static bool is_own_text(const struct tck_scenario_run *run, const char *text)
{
    const struct tck_tree *id = tck_bindings_find(&run->bindings, TCK_VAR_ID);

    if (id && id->text && strstr(text, id->text))
        return true;
    for (const struct tck_own_entity *own = run->shared->own; own; own = own->next)
        if (strstr(text, own->entity))
            return true;
    return false;
}

static bool is_listed(const struct tck_scenario_run *run, const char *service, const char *entity)
{
    for (const struct tck_own_entity *own = run->shared->own; own; own = own->next)
        if (strcmp(own->service, service) == 0 && strcmp(own->entity, entity) == 0)
            return true;
    return false;
}

int tck_own(struct tck_scenario_run *run, const char *service, const char *entity, bool fresh, struct tck_error *err)
{
    struct tck_own_entity *own;

    if (!tck_is_watching(run) || !service || !entity[0])
        return 0;
    own = TCK_NEW(run->arena, struct tck_own_entity);
    if (!own || !(own->service = tck_arena_strdup(run->arena, service)) ||
        !(own->entity = tck_arena_strdup(run->arena, entity)))
        return tck_no_memory(err);
    pthread_mutex_lock(&run->shared->lock);
    if ((fresh || is_own_text(run, entity)) && !is_listed(run, service, entity)) {
        own->next = run->shared->own;
        run->shared->own = own;
    }
    pthread_mutex_unlock(&run->shared->lock);
    return 0;
}

/* --- which conversation --- */

/* A text of a payload that only this scenario's calls can have, or NULL. What a matcher says of a value is left out. */
static const char *own_text_in(const struct tck_scenario_run *run, const struct tck_tree *tree)
{
    static const char *const transparent[] = { "$partial", "$all_of", "$unordered", "$contains", "$optional", "as" };
    const char *found;

    if (tree->kind == TCK_TREE_STRING)
        return is_own_text(run, tree->text) && strlen(tree->text) == tree->text_size ? tree->text : NULL;
    for (const struct tck_tree *child = tree->first; child; child = child->next) {
        bool open = !child->key || (child->key[0] != '$' && child->key[0] != '@');

        for (size_t i = 0; child->key && !open && i < TCK_COUNT(transparent); i++)
            open = strcmp(child->key, transparent[i]) == 0;
        if (open && (found = own_text_in(run, child)))
            return found;
    }
    return NULL;
}

static const char *contained(struct tck_scenario_run *run, const struct tck_tree *payload)
{
    const struct tck_tree *resolved = payload;
    const char *text;

    if (!payload)
        return NULL;
    /* What is captured later in the same pattern cannot be resolved now. */
    if (tck_bindings_resolve(&run->bindings, payload, run->arena, &resolved, NULL) < 0)
        return NULL;
    pthread_mutex_lock(&run->shared->lock);
    text = own_text_in(run, resolved);
    pthread_mutex_unlock(&run->shared->lock);
    return text;
}

static int key_of(struct tck_scenario_run *run, const struct tck_op *op, struct tck_passage_key *ret_key,
                  struct tck_error *err)
{
    const struct tck_claim *claim = op->claim;
    int r;

    *ret_key = (struct tck_passage_key){ .conversation = op->conversation, .command = claim->command };
    r = tck_resolve_tree_text(run, claim->service, &ret_key->service, err);
    if (r == 0 && claim->entity)
        r = tck_resolve_tree_text(run, claim->entity, &ret_key->entity_id, err);
    if (r == 0 && claim->contains)
        return tck_resolve_tree_text(run, claim->contains, &ret_key->contains, err);
    ret_key->contains = contained(run, claim->payload);
    return r;
}

static const char *key_said(struct tck_scenario_run *run, const struct tck_passage_key *key)
{
    if (key->entity_id)
        return tck_say(run, "the proxy to open a conversation for '%s' of %s", key->entity_id, key->service);
    return tck_say(run, "the proxy to call %s of %s%s%s%s", key->command ? key->command : "a method", key->service,
                   key->contains ? " with '" : "", key->contains ? key->contains : "", key->contains ? "'" : "");
}

int tck_watch(struct tck_scenario_run *run, const struct tck_op *op, const char *name, struct tck_talk *talk,
              struct tck_error *err)
{
    struct tck_observer_options options = { .name = name,
                                            .conversation = op->conversation,
                                            .pool = run->script->pool,
                                            .arena = run->arena,
                                            .recording = run->recording,
                                            .interrupted = run->world->interrupted };
    struct tck_passage_key key;
    int r;

    r = key_of(run, op, &key, err);
    if (r < 0)
        return r;
    run->watched = true;
    run->blame = TCK_BLAME_PROXY;
    r = tck_tap_await(run->world->tap, &key, run->until, run->world->interrupted, &options.passage, err);
    if (r < 0)
        return r;
    if (run->world->interrupted && *run->world->interrupted && r == TCK_TIMED_OUT)
        return tck_find(run, TCK_CAUSE_INTERRUPTED, NULL, NULL, "the run was interrupted while this scenario ran");
    if (r == TCK_TIMED_OUT)
        return tck_find_timeout(run, key_said(run, &key), "") == TCK_KIT ? TCK_KIT : TCK_OVER;
    talk->of = (struct tck_own_entity){ key.service, key.entity_id, NULL };
    r = tck_observer_new(&options, &talk->observer, err);
    tck_passage_unref(options.passage);
    return r;
}

/* --- after the last step --- */

static int look_at_rest(struct tck_scenario_run *run, struct tck_talk *talk, enum tck_direction direction,
                        const struct tck_arrival *arrival)
{
    const bool by_proxy = direction == TCK_TO_USER_FUNCTION;
    const char *who = by_proxy ? "the proxy" : "the user function", *rule = tck_new_breach_rule(run, talk);

    run->blame = by_proxy ? TCK_BLAME_PROXY : TCK_BLAME_USER_FUNCTION;
    switch (arrival->kind) {
    case TCK_ARRIVAL_MESSAGE:
        return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "on '%s', %s said what no step expected: %s", talk->on,
                        who, tck_message_said(run, arrival->message));
    case TCK_ARRIVAL_UNDECODABLE:
        return tck_find(run, TCK_CAUSE_UNDECODABLE, rule, NULL, "on '%s', %s said what no step expected: %s", talk->on,
                        who, arrival->why);
    case TCK_ARRIVAL_RESET:
        if (tck_user_function_spoilt_it(run))
            run->blame = TCK_BLAME_USER_FUNCTION;
        return tck_find(run, TCK_CAUSE_UNEXPECTED, rule, NULL, "the proxy reset '%s', which no step expected",
                        talk->on);
    case TCK_ARRIVAL_END:
        /* After a failure of the stream any status will do. */
        if (arrival->status.code == 0 || talk->ledger.failed)
            return 0;
        return tck_find(run, TCK_CAUSE_ENDED, rule, NULL, "after the last step, '%s' ended with %s", talk->on,
                        tck_status_said(run, &arrival->status));
    default:
        return 0; /* a half-close, or nothing */
    }
}

/* Takes what is left one way, without waiting. */
static int drain_side(struct tck_scenario_run *run, struct tck_talk *talk, enum tck_direction direction,
                      struct tck_error *err)
{
    struct tck_arrival arrival;
    int r;

    do {
        r = tck_observer_take(talk->observer, direction, 0, &arrival, err);
        if (r == 0 && arrival.kind == TCK_ARRIVAL_END && direction == TCK_TO_USER_FUNCTION)
            return 0; /* the proxy has nothing left to say; how it ended is the other side's */
        if (r == 0)
            r = look_at_rest(run, talk, direction, &arrival);
    } while (r == 0 && arrival.kind != TCK_ARRIVAL_NOTHING && arrival.kind != TCK_ARRIVAL_INTERRUPTED &&
             arrival.kind != TCK_ARRIVAL_END && arrival.kind != TCK_ARRIVAL_RESET);
    return r;
}

int tck_watch_drain(struct tck_scenario_run *run, struct tck_talk *talk, struct tck_error *err)
{
    const bool ended = tck_observer_ended(talk->observer);
    int r;

    r = ended ? 0 : drain_side(run, talk, TCK_TO_USER_FUNCTION, err);
    if (r == 0 && !ended)
        r = drain_side(run, talk, TCK_TO_PROXY, err);
    tck_observer_conclude(talk->observer);
    return r != 0 ? r : tck_find_breaches(run, talk);
}

/* One that no step waited for, as a conversation like others; *ret_talk NULL: there is none. */
static int adopt(struct tck_scenario_run *run, const struct tck_own_entity *own, struct tck_talk **ret_talk,
                 struct tck_error *err)
{
    const struct tck_passage_key key = { .conversation =
                                             tck_envelopes[run->script->scenario->suite->protocol].conversation,
                                         .service = own->service,
                                         .entity_id = own->entity };
    struct tck_observer_options options = { .name = own->entity,
                                            .conversation = key.conversation,
                                            .pool = run->script->pool,
                                            .arena = run->arena,
                                            .recording = run->recording };
    struct tck_talk *talk;
    int r;

    *ret_talk = NULL;
    r = tck_tap_await(run->world->tap, &key, 0, NULL, &options.passage, err);
    if (r != 0)
        return r < 0 ? r : 0;
    talk = TCK_NEW(run->arena, struct tck_talk);
    r = talk ? tck_observer_new(&options, &talk->observer, err) : tck_no_memory(err);
    tck_passage_unref(options.passage);
    if (r < 0)
        return r;
    talk->on = own->entity;
    talk->of = (struct tck_own_entity){ own->service, own->entity, NULL };
    tck_ledger_init(&talk->ledger, key.conversation, run->arena);
    talk->next = run->talks;
    run->talks = talk;
    *ret_talk = talk;
    return 0;
}

static bool has_entities(const struct tck_scenario_run *run)
{
    const enum tck_protocol protocol = run->script->scenario->suite->protocol;

    return protocol != TCK_PROTOCOL_ACTION && protocol != TCK_PROTOCOL_DISCOVERY;
}

static int judge_rest(struct tck_scenario_run *run, const struct tck_own_entity *own, struct tck_error *err)
{
    struct tck_talk *talk;
    int r;

    while ((r = adopt(run, own, &talk, err)) == 0 && talk) {
        r = tck_observer_look(talk->observer, err);
        if (r < 0)
            return r;
        run->blame = TCK_BLAME_PROXY;
        if (run->watched)
            return tck_find(run, TCK_CAUSE_UNEXPECTED, NULL, NULL,
                            "the proxy opened a conversation for '%s' of %s that no step waited for", own->entity,
                            own->service);
        tck_observer_conclude(talk->observer);
        r = tck_find_breaches(run, talk);
        if (r != 0)
            return r;
    }
    return r;
}

int tck_watch_rest(struct tck_scenario_run *run, struct tck_error *err)
{
    int r = 0;

    if (!has_entities(run))
        return 0;
    for (const struct tck_own_entity *own = run->shared->own; own && r == 0; own = own->next)
        r = judge_rest(run, own, err);
    return r;
}

static void look_at_all(struct tck_scenario_run *run, const struct tck_own_entity *own)
{
    struct tck_talk *talk;

    while (adopt(run, own, &talk, NULL) == 0 && talk)
        tck_observer_look(talk->observer, NULL);
}

void tck_watch_look(struct tck_scenario_run *run)
{
    const struct tck_strings *services = &run->script->scenario->services;
    struct tck_talk *talk;

    if (!tck_is_watching(run) || !run->world->tap)
        return;
    for (talk = run->talks; talk; talk = talk->next)
        if (talk->observer)
            tck_observer_look(talk->observer, NULL);
    if (!has_entities(run))
        return;
    for (const struct tck_own_entity *own = run->shared->own; own; own = own->next) {
        look_at_all(run, own);
        for (size_t i = 0; i < services->count; i++) {
            const struct tck_own_entity target = { .service = services->items[i], .entity = own->entity };

            look_at_all(run, &target);
        }
    }
}

/* --- whose fault --- */

static bool user_function_said(const struct tck_scenario_run *run, struct tck_bytes bytes)
{
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next)
        if (talk->observer && tck_observer_said(talk->observer, bytes))
            return true;
    return false;
}

static bool user_function_owes(const struct tck_scenario_run *run)
{
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next)
        if (talk->observer && tck_observer_open_commands(talk->observer))
            return true;
    return false;
}

static bool same_entity(const struct tck_talk *one, const struct tck_talk *other)
{
    return one->of.entity && other->of.entity && strcmp(one->of.entity, other->of.entity) == 0 &&
           strcmp(one->of.service, other->of.service) == 0;
}

/* Where the proxy is judged it may have told the wrong state, and nobody looked at that. */
static bool may_be_misled(const struct tck_scenario_run *run)
{
    if (run->script->scenario->suite->role != TCK_ROLE_PROXY)
        return false;
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next)
        for (const struct tck_talk *other = talk->next; other; other = other->next)
            if (same_entity(talk, other))
                return true;
    return false;
}

/* Counts the texts of a JSON value, and those of them that the user function said. */
static void count_texts(const struct tck_scenario_run *run, const struct tck_tree *json, size_t *texts, size_t *said)
{
    if (json->kind == TCK_TREE_STRING && json->text_size) {
        ++*texts;
        *said += user_function_said(run, tck_bytes(json->text, json->text_size));
    }
    for (const struct tck_tree *child = json->first; child; child = child->next)
        count_texts(run, child, texts, said);
}

/* An empty message is in every answer. One that was said earlier may be the one, or not. */
static bool handed_on_nothing(const struct tck_scenario_run *run, const char *type, bool *ret_can_tell)
{
    bool once = false;

    *ret_can_tell = true;
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next)
        if (talk->observer && tck_observer_said_nothing_as(talk->observer, type, &once))
            return true;
    *ret_can_tell = !once;
    return false;
}

static bool handed_on_message(const struct tck_scenario_run *run, const ProtobufCMessage *message, bool *ret_can_tell)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer packed = TCK_BUFFER_INIT(TCK_GRPC_MAX_MESSAGE + 1);

    *ret_can_tell = tck_message_pack(message, &packed, NULL) == 0;
    if (!*ret_can_tell)
        return false;
    return packed.size ? user_function_said(run, tck_buffer_bytes(&packed))
                       : handed_on_nothing(run, message->descriptor->name, ret_can_tell);
}

static bool handed_on_text(const struct tck_scenario_run *run, struct tck_bytes text, bool *ret_can_tell)
{
    *ret_can_tell = text.size > 0;
    return text.size > 0 && user_function_said(run, text);
}

static bool handed_on_json(const struct tck_scenario_run *run, const struct tck_tree *json, bool *ret_can_tell)
{
    size_t texts = 0, said = 0;

    count_texts(run, json, &texts, &said);
    *ret_can_tell = texts > 0;
    return texts > 0 && texts == said;
}

static bool handed_on(const struct tck_scenario_run *run, const struct tck_suspect *suspect, bool *ret_can_tell)
{
    const struct tck_arrival *arrival = suspect->arrival;

    if (suspect->json)
        return handed_on_json(run, suspect->json, ret_can_tell);
    if (!arrival) { /* of a user function's words the body is never empty */
        const bool said = handed_on_text(run, suspect->text, ret_can_tell);

        *ret_can_tell = true;
        return said;
    }
    if (arrival->kind == TCK_ARRIVAL_MESSAGE)
        return handed_on_message(run, arrival->message, ret_can_tell);
    if (arrival->kind == TCK_ARRIVAL_END)
        return handed_on_text(run, tck_bytes(arrival->status.message, strlen(arrival->status.message)), ret_can_tell);
    *ret_can_tell = false;
    return false;
}

static bool user_function_gave_up(const struct tck_scenario_run *run)
{
    for (const struct tck_talk *talk = run->talks; talk; talk = talk->next)
        if (talk->observer && tck_observer_gave_up(talk->observer))
            return true;
    return false;
}

/* Is the user function the reason why a command failed, or was not sent? Not if the proxy drove it to that. */
bool tck_user_function_spoilt_it(struct tck_scenario_run *run)
{
    return !tck_broke_rule(run, TCK_SIDE_PROXY) &&
           (tck_broke_rule(run, TCK_SIDE_USER_FUNCTION) || user_function_gave_up(run));
}

enum tck_blame tck_blame_heard(struct tck_scenario_run *run, const struct tck_suspect *suspect)
{
    bool can_tell;

    if (!run->watched && !has_entities(run))
        return TCK_BLAME_UNKNOWN;
    tck_watch_look(run);
    if (suspect->arrival && suspect->arrival->kind == TCK_ARRIVAL_NOTHING)
        return user_function_owes(run) ? TCK_BLAME_USER_FUNCTION : suspect->more ? TCK_BLAME_UNKNOWN : TCK_BLAME_PROXY;
    if (suspect->failed && tck_user_function_spoilt_it(run))
        return TCK_BLAME_USER_FUNCTION;
    if (handed_on(run, suspect, &can_tell))
        return may_be_misled(run) ? TCK_BLAME_UNKNOWN : TCK_BLAME_USER_FUNCTION;
    return can_tell ? TCK_BLAME_PROXY : TCK_BLAME_UNKNOWN;
}
