/* SPDX-License-Identifier: Apache-2.0
 *
 * May these keys stand in this map? Where one may not, the sentence says where it would belong.
 */
#include <string.h>

#include "base/suggest.h"
#include "spec/loader_internal.h"

const char *tck_loader_protocols(struct tck_loader *loader, unsigned protocols)
{
    const char *words[TCK_PROTOCOL_COUNT];
    size_t count = 0;

    for (unsigned i = 0; i < TCK_PROTOCOL_COUNT; i++)
        if (protocols & 1u << i)
            words[count++] = tck_protocol_word((enum tck_protocol)i);
    return tck_loader_words(loader, count, words, " or ");
}

static bool shape_has(enum tck_shape shape, const char *word)
{
    struct tck_keys keys;

    tck_shape_keys(shape, &keys);
    return tck_keys_find(&keys, word) != NULL;
}

static bool step_has(enum tck_verb verb, const char *word)
{
    struct tck_keys keys;

    tck_step_keys(verb, &keys);
    return tck_keys_find(&keys, word) != NULL;
}

/* The verbs of this protocol beside which expectations may stand. */
static const char *expectation_hosts(struct tck_loader *loader)
{
    const char *words[TCK_VERB_COUNT];
    size_t count = 0;

    for (int verb = 0; verb < TCK_VERB_COUNT; verb++)
        if (tck_verb_takes_expectations((enum tck_verb)verb) && tck_verbs[verb].protocols & loader->protocols)
            words[count++] = tck_verbs[verb].word;
    return tck_loader_words(loader, count, words, " or ");
}

/* A key of the language in a step of a verb it does not belong to. */
static bool explain_beside(struct tck_loader *loader, const struct tck_tree *entry, enum tck_verb verb)
{
    const char *word = tck_verbs[verb].word;
    int owner;

    if (shape_has(tck_values[tck_verb_value(verb)].shape, entry->key)) {
        tck_loader_mistake(loader, entry->key_place, "'%s' goes inside '%s', not beside it", entry->key, word);
        return true;
    }
    if (tck_expectation_parse(entry->key) >= 0) {
        tck_loader_mistake(loader, entry->key_place, "'%s' takes no expectations, found '%s'; they stand beside %s",
                           word, entry->key, expectation_hosts(loader));
        return true;
    }
    owner = tck_verb_of_key(entry->key);
    if (owner >= 0) {
        tck_loader_mistake(loader, entry->key_place, "'%s' belongs to '%s', not to '%s'", entry->key,
                           tck_verbs[owner].word, word);
        return true;
    }
    return false;
}

/* A key of the step inside the value of its verb. */
static bool explain_inside(struct tck_loader *loader, const struct tck_tree *entry, const struct tck_keys *keys)
{
    enum tck_verb verb = (enum tck_verb)loader->verb;

    if (loader->verb < 0 || tck_values[tck_verb_value(verb)].shape != keys->shape || !step_has(verb, entry->key))
        return false;
    tck_loader_mistake(loader, entry->key_place, "'%s' goes beside '%s', not inside it", entry->key,
                       tck_verbs[verb].word);
    return true;
}

static bool explain_alternative(struct tck_loader *loader, const struct tck_tree *entry, const struct tck_keys *keys)
{
    int verb = tck_verb_parse(entry->key);

    if (keys->shape != TCK_SHAPE_ALTERNATIVE || verb < 0)
        return false;
    if (verb == TCK_VERB_EXPECT)
        tck_loader_mistake(loader, entry->key_place, "write what 'expect' holds in the alternative itself");
    else
        tck_loader_mistake(loader, entry->key_place, "'%s' is no answer to choose by; write it under 'then'",
                           entry->key);
    return true;
}

static const char *key_at(const void *context, size_t i)
{
    return ((const struct tck_keys *)context)->items[i].word;
}

static void unknown_key(struct tck_loader *loader, const struct tck_tree *entry, const struct tck_keys *keys)
{
    const char *nearest, *words[TCK_KEYS_MAX];
    size_t count = 0;

    if (keys->verb >= 0 && explain_beside(loader, entry, (enum tck_verb)keys->verb))
        return;
    if (explain_inside(loader, entry, keys) || explain_alternative(loader, entry, keys))
        return;
    nearest = tck_suggest(entry->key, keys->count, key_at, keys);
    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i].protocols & loader->protocols && keys->items[i].roles & loader->roles)
            words[count++] = keys->items[i].word;
    if (nearest)
        tck_loader_mistake(loader, entry->key_place, "unknown key '%s' in %s; did you mean '%s'?", entry->key,
                           keys->what, nearest);
    else
        tck_loader_mistake(loader, entry->key_place, "unknown key '%s' in %s; it takes %s", entry->key, keys->what,
                           tck_loader_words(loader, count, words, " and "));
}

static bool check_entry(struct tck_loader *loader, const struct tck_tree *entry, const struct tck_keys *keys)
{
    const struct tck_key *key = tck_keys_find(keys, entry->key);

    if (!key) {
        unknown_key(loader, entry, keys);
        return false;
    }
    if (!(key->protocols & loader->protocols)) {
        tck_loader_mistake(loader, entry->key_place, "'%s' belongs to %s, and this suite is %s", entry->key,
                           tck_loader_protocols(loader, key->protocols),
                           tck_protocol_word((enum tck_protocol)loader->protocol));
        return false;
    }
    if (!(key->roles & loader->roles)) {
        tck_loader_mistake(loader, entry->key_place, "'%s' is for scenarios of role %s", entry->key,
                           tck_roles_text(key->roles));
        return false;
    }
    return tck_loader_value(loader, entry->key, key->value, entry);
}

bool tck_loader_keys(struct tck_loader *loader, const struct tck_tree *map, const struct tck_keys *keys,
                     const char *except)
{
    bool good = true;

    for (const struct tck_tree *entry = map->first; entry; entry = entry->next)
        if (!except || strcmp(entry->key, except) != 0)
            good = check_entry(loader, entry, keys) && good;
    for (size_t i = 0; i < keys->count; i++) {
        const struct tck_key *key = &keys->items[i];

        if (!key->needed || tck_tree_get(map, key->word))
            continue;
        tck_loader_mistake(loader, map->place, "%s needs '%s' (%s)", keys->what, key->word, key->meaning);
        good = false;
    }
    return good;
}

bool tck_loader_shape(struct tck_loader *loader, const struct tck_tree *map, enum tck_shape shape)
{
    struct tck_keys keys;

    tck_shape_keys(shape, &keys);
    return tck_loader_keys(loader, map, &keys, NULL);
}
