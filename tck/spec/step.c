/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps: which verb, what beside it, and what the tables cannot say of a verb.
 */
#include <string.h>

#include "base/suggest.h"
#include "spec/loader_internal.h"

static const char *verb_at(const void *context, size_t i)
{
    (void)context;
    return tck_verbs[i].word;
}

/* Nothing in the step is a verb: a slip of the pen, or a step that was forgotten. */
static void explain_no_verb(struct tck_loader *loader, const struct tck_tree *tree)
{
    struct tck_keys common;

    tck_shape_keys(TCK_SHAPE_STEP, &common);
    for (const struct tck_tree *entry = tree->first; entry; entry = entry->next) {
        if (tck_expectation_parse(entry->key) >= 0) {
            tck_loader_mistake(loader, tree->place,
                               "a step needs one verb; '%s' is an expectation and stands beside one, as in 'expect:'",
                               entry->key);
            return;
        }
        if (!tck_keys_find(&common, entry->key) && tck_verb_of_key(entry->key) < 0) {
            tck_loader_mistake(loader, entry->key_place, "unknown step '%s'%s", entry->key,
                               tck_loader_hint(loader, tck_suggest(entry->key, TCK_VERB_COUNT, verb_at, NULL)));
            return;
        }
    }
    tck_loader_mistake(loader, tree->place, "a step needs one verb; this one has none");
}

/* The entry of the step's verb, or NULL. `either` beside a verb that takes expectations is not one. */
static const struct tck_tree *find_verb(struct tck_loader *loader, const struct tck_tree *tree, enum tck_verb *ret_verb)
{
    const struct tck_tree *found = NULL, *either = NULL;

    for (const struct tck_tree *entry = tree->first; entry; entry = entry->next) {
        int verb = tck_verb_parse(entry->key);

        if (verb == TCK_VERB_EITHER) {
            either = entry;
        } else if (verb >= 0 && found) {
            tck_loader_mistake(loader, entry->key_place, "a step needs one verb; this one has '%s' and '%s'",
                               found->key, entry->key);
            return NULL;
        } else if (verb >= 0) {
            found = entry;
            *ret_verb = (enum tck_verb)verb;
        }
    }
    if (found && either && !tck_verb_takes_either(*ret_verb)) {
        tck_loader_mistake(loader, either->key_place, "'%s' takes no 'either'; make it a step of its own", found->key);
        return NULL;
    }
    if (!found && either)
        *ret_verb = TCK_VERB_EITHER;
    if (!found && !either)
        explain_no_verb(loader, tree);
    return found ? found : either;
}

static bool is_step_map(struct tck_loader *loader, const struct tck_tree *tree)
{
    if (tree->kind == TCK_TREE_MAP && tree->first)
        return true;
    if (tree->kind == TCK_TREE_STRING && tck_verb_parse(tree->text) >= 0)
        tck_loader_mistake(loader, tree->place, "a step is a map; write '%s:'", tree->text);
    else if (tree->kind == TCK_TREE_NULL || tree->kind == TCK_TREE_MAP)
        tck_loader_mistake(loader, tree->place, "a step needs one verb; this one is empty");
    else
        tck_loader_mistake(loader, tree->place, "a step is a map with one verb, found %s",
                           tck_tree_kind_text(tree->kind));
    return false;
}

static const struct {
    enum tck_expectation one, other;
} exclusions[] = {
#define XX(one, other) { TCK_EXPECTATION_##one, TCK_EXPECTATION_##other },
    TCK_EXCLUSION_MAP(XX)
#undef XX
};

static void add_expectations(struct tck_loader *loader, const struct tck_tree *map,
                             struct tck_expectations *expectations)
{
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++) {
        const struct tck_tree *entry = tck_tree_get(map, tck_expectation_word((enum tck_expectation)i));

        if (entry && expectations->of[i])
            tck_loader_mistake(loader, entry->key_place, "'%s' comes twice: beside 'expect' and inside it", entry->key);
        if (entry)
            expectations->of[i] = entry;
        expectations->any = expectations->any || entry;
    }
}

static void check_exclusions(struct tck_loader *loader, const struct tck_expectations *expectations)
{
    for (size_t i = 0; i < TCK_COUNT(exclusions); i++) {
        const struct tck_tree *one = expectations->of[exclusions[i].one],
                              *other = expectations->of[exclusions[i].other];

        if (one && other)
            tck_loader_mistake(loader, other->key_place,
                               "no reply holds both '%s' and '%s'; an 'either' takes alternatives", one->key,
                               other->key);
    }
}

void tck_loader_expectations(struct tck_loader *loader, const struct tck_tree *beside, const struct tck_tree *inside,
                             struct tck_expectations *ret_expectations)
{
    add_expectations(loader, beside, ret_expectations);
    add_expectations(loader, inside, ret_expectations);
    check_exclusions(loader, ret_expectations);
}

static struct tck_step_list read_steps(struct tck_loader *loader, const struct tck_tree *list, const char *on,
                                       uint64_t allowed);

/* --- what the tables cannot say, by verb. good: the tables find nothing wrong --- */

static void check_command(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const struct tck_tree *absent = tck_tree_get(step->tree, "payload_absent");

    if (good && absent && step->value->kind != TCK_TREE_NULL)
        tck_loader_mistake(loader, absent->key_place, "'payload_absent' sends no payload, but 'command' holds one");
}

static void check_expect(struct tck_loader *loader, struct tck_step *step, bool good)
{
    if (good && !step->expectations.any)
        tck_loader_mistake(loader, step->value->place,
                           "'expect' needs an expectation: reply, forward, failure, no_action, …");
}

static void check_repeat(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const struct tck_tree *times = tck_tree_get(step->value, "times"), *each = tck_tree_get(step->value, "each");
    struct tck_step_list steps;

    if (good && !times == !each)
        tck_loader_mistake(loader, step->value->place, "'repeat' takes either 'times' or 'each'");
    if (times && times->kind == TCK_TREE_NUMBER && times->text[0] == '-')
        tck_loader_mistake(loader, times->place, "'times' takes a count, found '%s'", times->text);
    if (good && each && !tck_tree_get(step->value, "as"))
        tck_loader_mistake(loader, step->value->place,
                           "'repeat' with 'each' needs 'as', the variable that holds the value");
    steps = tck_loader_steps(loader, tck_tree_get(step->tree, "steps"), step->on);
    step->steps = steps.items;
    step->step_count = steps.count;
}

/* All of them are messages of one conversation, and wait together. */
static void check_any_order(struct tck_loader *loader, struct tck_step *step, bool good)
{
    struct tck_step_list steps = read_steps(loader, step->value, step->on, TCK_ANY_ORDER_VERBS);

    (void)good;
    for (size_t i = 0; i < steps.count; i++) {
        static const char *const shared[] = { "on", "within" };

        for (size_t k = 0; steps.items[i] && k < TCK_COUNT(shared); k++) {
            const struct tck_tree *entry = tck_tree_get(steps.items[i]->tree, shared[k]);

            if (entry)
                tck_loader_mistake(loader, entry->key_place, "'%s' goes beside 'any_order': its steps share it",
                                   shared[k]);
        }
    }
    step->steps = steps.items;
    step->step_count = steps.count;
}

static void check_either(struct tck_loader *loader, struct tck_step *step, bool good)
{
    (void)good;
    tck_loader_alternatives(loader, step->value, step);
}

static void check_call(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const struct tck_tree *fails = tck_tree_get(step->tree, "fails");

    if (good && fails && tck_tree_get(step->tree, "returns"))
        tck_loader_mistake(loader, fails->key_place, "no call both 'returns' and 'fails'");
}

static void check_http(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const struct tck_tree *text = tck_tree_get(step->tree, "text"), *whole = tck_tree_get(step->tree, "answer_text");

    if (good && step->value->count != 1)
        tck_loader_mistake(loader, step->value->place, "'http' takes one verb with its path, as in {get: /carts/$id}");
    if (text && tck_tree_get(step->tree, "body"))
        tck_loader_mistake(loader, text->key_place, "'http' sends 'body' or 'text', not both");
    if (whole && tck_tree_get(step->tree, "answer"))
        tck_loader_mistake(loader, whole->key_place, "'http' takes 'answer' or 'answer_text', not both");
}

static void check_reflect(struct tck_loader *loader, struct tck_step *step, bool good)
{
    if (good && !tck_tree_get(step->tree, "services") && !tck_tree_get(step->tree, "unknown_symbol"))
        tck_loader_mistake(loader, step->value->place, "'reflect' needs 'services' or 'unknown_symbol'");
}

/* What each way to meddle needs, and what else it may have beside `with`, `nth`, … */
static const struct {
    const char *way, *needed, *other;
} meddle_needs[] = {
    { "delay", "delay", NULL },      { "drop", NULL, NULL },           { "duplicate", NULL, NULL },
    { "alter", "message", "bytes" }, { "inject", "message", "bytes" }, { "merge", "message", "files" },
    { "sever", NULL, NULL },         { "hold", "name", NULL },
};

static const char *const meddle_aims[] = { "service", "entity", "call", "command", "contains" };
static const char *const meddle_files[] = { "files", "without_files", "without" };

static bool has_any(const struct tck_tree *map, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tck_tree_get(map, keys[i]))
            return true;
    return false;
}

/* What is said to all, and what its answer may lose and get. */
static void check_meddled_discovery(struct tck_loader *loader, const struct tck_tree *map, const char *with,
                                    const char *way)
{
    const bool discovery = strcmp(with, "discovery") == 0, report = strcmp(with, "report") == 0;

    if ((discovery || report) && has_any(map, meddle_aims, TCK_COUNT(meddle_aims)))
        tck_loader_mistake(loader, map->place, "'%s' is of no service or entity", with);
    if (!(discovery && strcmp(way, "merge") == 0) && has_any(map, meddle_files, TCK_COUNT(meddle_files)))
        tck_loader_mistake(loader, map->place,
                           "'files', 'without_files' and 'without' are for {with: discovery, do: merge}");
}

static void check_meddle(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const char *way = tck_loader_text(step->value, "do"), *with = tck_loader_text(step->value, "with");
    const bool message =
        with && strcmp(with, "open") != 0 && strcmp(with, "half_close") != 0 && strcmp(with, "end") != 0;

    if (!good || !way || !with)
        return;
    check_meddled_discovery(loader, step->value, with, way);
    for (size_t i = 0; i < TCK_COUNT(meddle_needs); i++) {
        const char *needed = meddle_needs[i].needed, *other = meddle_needs[i].other;

        if (strcmp(meddle_needs[i].way, way) != 0 || !needed)
            continue;
        if (!tck_tree_get(step->value, needed) && !(other && tck_tree_get(step->value, other)) &&
            !has_any(step->value, meddle_files, TCK_COUNT(meddle_files)))
            tck_loader_mistake(loader, step->value->place, "'%s' needs '%s'", way, needed);
        if (other && !message)
            tck_loader_mistake(loader, step->value->place, "only messages can be meddled with by '%s'", way);
    }
}

static void check_apart(struct tck_loader *loader, struct tck_step *step, bool good)
{
    if (good && !tck_tree_get(step->value, "at_least") && !tck_tree_get(step->value, "at_most"))
        tck_loader_mistake(loader, step->value->place, "'apart' needs 'at_least' or 'at_most'");
}

static void check_order(struct tck_loader *loader, struct tck_step *step, bool good)
{
    if (good && step->value->count < 2)
        tck_loader_mistake(loader, step->value->place, "'order' needs at least two moments");
}

/* One client with these steps. */
static void read_branch(struct tck_loader *loader, const struct tck_tree *list, struct tck_branch *ret_branch)
{
    struct tck_step_list steps;

    loader->in_parallel = true;
    steps = tck_loader_steps(loader, list, "main");
    loader->in_parallel = false;
    *ret_branch = (struct tck_branch){ steps.items, steps.count };
}

static void check_parallel(struct tck_loader *loader, struct tck_step *step, bool good)
{
    const bool listed = step->value->kind == TCK_TREE_LIST;
    size_t count = listed ? step->value->count : 1;
    struct tck_branch *branches;

    if (listed && (count == 0 || count > TCK_PARALLEL_MAX)) {
        tck_loader_mistake(loader, step->value->place, "'parallel' takes 1 to %d lists of steps, found %zu",
                           TCK_PARALLEL_MAX, count);
        return;
    }
    branches = good ? tck_loader_array(loader, count, sizeof *branches) : NULL;
    if (!branches)
        return;
    step->branches = branches;
    step->branch_count = count;
    if (!listed) {
        read_branch(loader, tck_tree_get(step->value, "steps"), branches);
        return;
    }
    for (const struct tck_tree *list = step->value->first; list; list = list->next, branches++) {
        if (list->kind == TCK_TREE_LIST)
            read_branch(loader, list, branches);
        else
            tck_loader_mistake(loader, list->place, "'parallel' takes lists of steps, found %s in it",
                               tck_tree_kind_text(list->kind));
    }
}

static void (*const checks[TCK_VERB_COUNT])(struct tck_loader *loader, struct tck_step *step, bool good) = {
    [TCK_VERB_COMMAND] = check_command,     [TCK_VERB_EXPECT] = check_expect,   [TCK_VERB_REPEAT] = check_repeat,
    [TCK_VERB_ANY_ORDER] = check_any_order, [TCK_VERB_EITHER] = check_either,   [TCK_VERB_CALL] = check_call,
    [TCK_VERB_HTTP] = check_http,           [TCK_VERB_REFLECT] = check_reflect, [TCK_VERB_MEDDLE] = check_meddle,
    [TCK_VERB_APART] = check_apart,         [TCK_VERB_ORDER] = check_order,     [TCK_VERB_PARALLEL] = check_parallel,
};

/* Common keys that mean nothing beside a verb of this kind, and why. */
static const struct {
    enum tck_verb_kind kind;
    const char *key, *why;
} idle_keys[] = {
    { TCK_VERB_PLAIN, "on", "neither sends nor waits" },    { TCK_VERB_PLAIN, "within", "neither sends nor waits" },
    { TCK_VERB_PLAIN, "at", "neither sends nor waits" },    { TCK_VERB_CLIENT, "on", "happens in front of the proxy" },
    { TCK_VERB_STAGE, "on", "belongs to no conversation" },
};

static void check_idle_keys(struct tck_loader *loader, const struct tck_step *step)
{
    for (size_t i = 0; i < TCK_COUNT(idle_keys); i++) {
        const struct tck_tree *entry = tck_tree_get(step->tree, idle_keys[i].key);

        if (entry && idle_keys[i].kind == tck_verbs[step->verb].kind)
            tck_loader_mistake(loader, entry->key_place, "'%s' says nothing beside '%s', which %s", entry->key,
                               tck_verbs[step->verb].word, idle_keys[i].why);
    }
}

/* Is the verb one of this role, and may a client of `parallel` do it? */
static bool check_role(struct tck_loader *loader, const struct tck_step *step)
{
    const struct tck_verb_row *verb = &tck_verbs[step->verb];

    if (!(verb->roles & loader->roles)) {
        tck_loader_mistake(loader, step->value->key_place, "'%s' is for scenarios of role %s", verb->word,
                           tck_roles_text(verb->roles));
        return false;
    }
    if (loader->in_parallel &&
        (step->verb == TCK_VERB_PARALLEL || (verb->kind != TCK_VERB_CLIENT && verb->kind != TCK_VERB_PLAIN))) {
        tck_loader_mistake(loader, step->value->key_place, "'parallel' takes the steps of clients, not '%s'",
                           verb->word);
        return false;
    }
    return true;
}

/* Those beside the verb and those inside its value. */
static void read_expectations(struct tck_loader *loader, struct tck_step *step)
{
    const struct tck_tree *either = tck_verb_takes_either(step->verb) ? tck_tree_get(step->tree, "either") : NULL;
    bool beside = tck_verb_takes_expectations(step->verb);
    bool inside = tck_shapes[tck_values[tck_verb_value(step->verb)].shape].expectations;

    tck_loader_expectations(loader, beside ? step->tree : NULL, inside ? step->value : NULL, &step->expectations);
    if (!either)
        return;
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++)
        if (step->expectations.of[i])
            tck_loader_mistake(loader, step->expectations.of[i]->key_place,
                               "'either' stands in place of '%s'; write it in the alternatives",
                               step->expectations.of[i]->key);
    tck_loader_alternatives(loader, either, step);
}

static void read_step_content(struct tck_loader *loader, struct tck_step *step, const char *on)
{
    enum tck_verb verb = step->verb;
    struct tck_keys keys;
    bool good;

    if (!(tck_verbs[verb].protocols & loader->protocols)) {
        tck_loader_mistake(loader, step->value->key_place, "'%s' is a step of %s suites, and this one is %s",
                           tck_verbs[verb].word, tck_loader_protocols(loader, tck_verbs[verb].protocols),
                           tck_protocol_word((enum tck_protocol)loader->protocol));
        return; /* what would be wrong with its keys is of no use */
    }
    if (!check_role(loader, step))
        return;
    tck_step_keys(verb, &keys);
    loader->verb = (int)verb;
    good = tck_loader_keys(loader, step->tree, &keys, tck_verbs[verb].word);
    good = tck_loader_value(loader, tck_verbs[verb].word, tck_verb_value(verb), step->value) && good;
    loader->verb = -1;
    step->on = tck_loader_text(step->tree, "on");
    if (!step->on)
        step->on = on;
    step->within = tck_loader_duration(step->tree, "within", 0);
    step->level = tck_loader_level(step->tree, "level", -1);
    step->covers = tck_loader_strings(loader, (struct tck_strings){ 0 }, step->tree, "covers");
    tck_loader_rules(loader, step->tree);
    step->note = tck_loader_text(step->tree, "note");
    step->at = tck_loader_text(step->tree, "at");
    read_expectations(loader, step);
    check_idle_keys(loader, step);
    if (checks[verb])
        checks[verb](loader, step, good);
}

/* allowed: bits of the verbs that may stand here. */
static struct tck_step *read_step(struct tck_loader *loader, const struct tck_tree *tree, const char *on,
                                  uint64_t allowed)
{
    const struct tck_tree *value;
    struct tck_step *step;
    enum tck_verb verb;

    if (!is_step_map(loader, tree))
        return NULL;
    value = find_verb(loader, tree, &verb);
    if (!value)
        return NULL;
    if (!(allowed & UINT64_C(1) << verb)) {
        tck_loader_mistake(loader, value->key_place, "'any_order' takes steps that expect one message, not '%s'",
                           value->key);
        return NULL;
    }
    step = TCK_LOADER_NEW(loader, struct tck_step);
    if (!step)
        return NULL;
    *step =
        (struct tck_step){ .verb = verb, .place = tree->place, .tree = tree, .value = value, .on = on, .level = -1 };
    read_step_content(loader, step, on);
    return step;
}

static struct tck_step_list read_steps(struct tck_loader *loader, const struct tck_tree *list, const char *on,
                                       uint64_t allowed)
{
    struct tck_step_list steps = { 0 };
    const struct tck_step **items;

    if (!list || list->kind != TCK_TREE_LIST)
        return steps;
    if (list->count == 0)
        tck_loader_mistake(loader, list->place, "'%s' has no steps", list->key);
    if (loader->depth >= TCK_STEP_MAX_DEPTH) {
        tck_loader_mistake(loader, list->place, "steps are nested more than %d deep", TCK_STEP_MAX_DEPTH);
        return steps;
    }
    items = tck_loader_array(loader, list->count, sizeof *items);
    if (!items)
        return steps;
    loader->depth++;
    for (const struct tck_tree *item = list->first; item; item = item->next)
        items[steps.count++] = read_step(loader, item, on, allowed);
    loader->depth--;
    steps.items = items;
    return steps;
}

struct tck_step_list tck_loader_steps(struct tck_loader *loader, const struct tck_tree *list, const char *on)
{
    return read_steps(loader, list, on, UINT64_MAX);
}
