/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/language.h"

#include <assert.h>
#include <string.h>

#define SENDS   TCK_VERB_SENDS
#define EXPECTS TCK_VERB_EXPECTS
#define BOTH    TCK_VERB_BOTH
#define CLIENT  TCK_VERB_CLIENT
#define STAGE   TCK_VERB_STAGE
#define PLAIN   TCK_VERB_PLAIN

const struct tck_verb_row tck_verbs[TCK_VERB_COUNT] = {
#define XX(id, word, protocols, roles, kind, meaning) [TCK_VERB_##id] = { word, protocols, roles, kind, meaning },
    TCK_VERB_MAP(XX)
#undef XX
};

static const char *const seen[TCK_VERB_COUNT] = {
#define XX(id, meaning) [TCK_VERB_##id] = meaning,
    TCK_SEEN_MAP(XX)
#undef XX
};

const struct tck_shape_row tck_shapes[TCK_SHAPE_COUNT] = {
#define XX(id, what, expectations) [TCK_SHAPE_##id] = { what, expectations },
    TCK_SHAPE_MAP(XX)
#undef XX
};

const struct tck_value_row tck_values[TCK_VALUE_COUNT] = {
#define XX(id, takes, kinds, shape, element) \
    [TCK_VALUE_##id] = { takes, kinds, TCK_SHAPE_##shape, TCK_VALUE_##element },
    TCK_VALUE_MAP(XX)
#undef XX
};

enum { OPTIONAL, NEEDED };
enum beside { NEITHER, EXPECTATIONS, EXPECTATIONS_OR_EITHER };

static const struct {
    enum tck_shape shape;
    struct tck_key key;
} shape_keys[] = {
#define XX(shape, word, value, needed, protocols, meaning) \
    { TCK_SHAPE_##shape, { word, TCK_VALUE_##value, needed == NEEDED, protocols, TCK_FOR_ALL, -1, meaning } },
    TCK_KEY_MAP(XX)
#undef XX
#define XX(shape, word, value, needed, protocols, meaning) \
    { TCK_SHAPE_##shape, { word, TCK_VALUE_##value, needed == NEEDED, protocols, TCK_FOR_PAIR, -1, meaning } },
        TCK_PAIR_KEY_MAP(XX)
#undef XX
};

static const struct {
    enum tck_verb verb;
    struct tck_key key;
} verb_keys[] = {
#define XX(verb, word, value, needed, meaning) \
    { TCK_VERB_##verb, { word, TCK_VALUE_##value, needed == NEEDED, TCK_IN_ALL, TCK_FOR_ALL, -1, meaning } },
    TCK_VERB_KEY_MAP(XX)
#undef XX
};

static const struct {
    enum tck_value value;
    enum beside beside;
} verb_values[] = {
#define XX(verb, value, beside) [TCK_VERB_##verb] = { TCK_VALUE_##value, beside },
    TCK_VERB_VALUE_MAP(XX)
#undef XX
};
_Static_assert(TCK_COUNT(verb_values) == TCK_VERB_COUNT, "each verb has a row in TCK_VERB_VALUE_MAP");
_Static_assert(TCK_VERB_COUNT <= 64, "sets of verbs are 64 bits");

static const struct {
    const char *word, *meaning;
    unsigned protocols;
} expectations[TCK_EXPECTATION_COUNT] = {
#define XX(id, word, protocols, meaning) [TCK_EXPECTATION_##id] = { word, meaning, protocols },
    TCK_EXPECTATION_MAP(XX)
#undef XX
};

static const enum tck_value expectation_values[] = {
#define XX(id, value) [TCK_EXPECTATION_##id] = TCK_VALUE_##value,
    TCK_EXPECTATION_VALUE_MAP(XX)
#undef XX
};
_Static_assert(TCK_COUNT(expectation_values) == TCK_EXPECTATION_COUNT, "each expectation has a value");

#define XX(word) word,
const char *const tck_consistency_names[] = { TCK_CONSISTENCY_MAP(XX) };
const size_t tck_consistency_count = TCK_COUNT(tck_consistency_names);
const char *const tck_status_names[] = { TCK_STATUS_NAME_MAP(XX) };
const size_t tck_status_name_count = TCK_COUNT(tck_status_names);
#undef XX

#define XX(id, word, ...) word,
static const char *const roles[] = { TCK_ROLE_MAP(XX) };
static const char *const protocols[] = { TCK_PROTOCOL_MAP(XX) };
static const char *const levels[] = { TCK_LEVEL_MAP(XX) };
#undef XX
#define XX(id, word, service) service,
static const char *const protocol_services[] = { TCK_PROTOCOL_MAP(XX) };
#undef XX

static int find(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

const char *tck_role_word(enum tck_role role)
{
    return roles[role];
}

const char *tck_protocol_word(enum tck_protocol protocol)
{
    return protocols[protocol];
}

const char *tck_protocol_service(enum tck_protocol protocol)
{
    return protocol_services[protocol];
}

const char *tck_level_word(enum tck_level level)
{
    return levels[level];
}

const char *tck_expectation_word(enum tck_expectation expectation)
{
    return expectations[expectation].word;
}

const char *tck_expectation_meaning(enum tck_expectation expectation)
{
    return expectations[expectation].meaning;
}

unsigned tck_expectation_protocols(enum tck_expectation expectation)
{
    return expectations[expectation].protocols;
}

int tck_role_parse(const char *word)
{
    return find(word, roles, TCK_COUNT(roles));
}

int tck_protocol_parse(const char *word)
{
    return find(word, protocols, TCK_COUNT(protocols));
}

int tck_level_parse(const char *word)
{
    return find(word, levels, TCK_COUNT(levels));
}

int tck_verb_parse(const char *word)
{
    for (int i = 0; i < TCK_VERB_COUNT; i++)
        if (strcmp(tck_verbs[i].word, word) == 0)
            return i;
    return -1;
}

const char *tck_verb_meaning(enum tck_verb verb, enum tck_role role)
{
    return role != TCK_ROLE_USER_FUNCTION && seen[verb] ? seen[verb] : tck_verbs[verb].meaning;
}

const char *tck_roles_text(unsigned for_roles)
{
    return for_roles == TCK_FOR_USER_FUNCTION ? "user-function" : "proxy or pair";
}

int tck_expectation_parse(const char *word)
{
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++)
        if (strcmp(expectations[i].word, word) == 0)
            return i;
    return -1;
}

enum tck_value tck_verb_value(enum tck_verb verb)
{
    return verb_values[verb].value;
}

bool tck_verb_takes_expectations(enum tck_verb verb)
{
    return verb_values[verb].beside != NEITHER;
}

bool tck_verb_takes_either(enum tck_verb verb)
{
    return verb_values[verb].beside == EXPECTATIONS_OR_EITHER;
}

int tck_verb_of_key(const char *word)
{
    for (size_t i = 0; i < TCK_COUNT(verb_keys); i++)
        if (strcmp(verb_keys[i].key.word, word) == 0)
            return (int)verb_keys[i].verb;
    return -1;
}

static void add_key(struct tck_keys *keys, struct tck_key key)
{
    assert(keys->count < TCK_KEYS_MAX);
    keys->items[keys->count++] = key;
}

static void add_keys_of(struct tck_keys *keys, enum tck_shape shape)
{
    for (size_t i = 0; i < TCK_COUNT(shape_keys); i++)
        if (shape_keys[i].shape == shape)
            add_key(keys, shape_keys[i].key);
}

static void add_expectations(struct tck_keys *keys, unsigned which)
{
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++)
        if (which & 1u << i)
            add_key(keys, (struct tck_key){ .word = expectations[i].word,
                                            .value = expectation_values[i],
                                            .protocols = expectations[i].protocols,
                                            .roles = TCK_FOR_ALL,
                                            .expectation = i,
                                            .meaning = expectations[i].meaning });
}

static void add_verb(struct tck_keys *keys, enum tck_verb verb)
{
    add_key(keys, (struct tck_key){ .word = tck_verbs[verb].word,
                                    .value = verb_values[verb].value,
                                    .protocols = tck_verbs[verb].protocols,
                                    .roles = tck_verbs[verb].roles,
                                    .expectation = -1,
                                    .meaning = tck_verbs[verb].meaning });
}

void tck_shape_keys(enum tck_shape shape, struct tck_keys *ret_keys)
{
    ret_keys->what = tck_shapes[shape].what;
    ret_keys->verb = -1;
    ret_keys->shape = shape;
    ret_keys->count = 0;
    add_keys_of(ret_keys, shape);
    add_expectations(ret_keys, tck_shapes[shape].expectations);
    if (shape == TCK_SHAPE_ALTERNATIVE)
        for (int verb = 0; verb < TCK_VERB_COUNT; verb++)
            if (TCK_ALTERNATIVE_VERBS & UINT64_C(1) << verb)
                add_verb(ret_keys, (enum tck_verb)verb);
}

void tck_step_keys(enum tck_verb verb, struct tck_keys *ret_keys)
{
    static const char *const names[TCK_VERB_COUNT] = {
#define XX(id, word, ...) [TCK_VERB_##id] = "a '" word "' step",
        TCK_VERB_MAP(XX)
#undef XX
    };

    ret_keys->what = names[verb];
    ret_keys->verb = (int)verb;
    ret_keys->shape = TCK_SHAPE_STEP;
    ret_keys->count = 0;
    for (size_t i = 0; i < TCK_COUNT(verb_keys); i++)
        if (verb_keys[i].verb == verb)
            add_key(ret_keys, verb_keys[i].key);
    add_keys_of(ret_keys, TCK_SHAPE_STEP);
    if (tck_verb_takes_expectations(verb))
        add_expectations(ret_keys, TCK_EXPECT_ALL);
    if (tck_verb_takes_either(verb))
        add_verb(ret_keys, TCK_VERB_EITHER);
}

const struct tck_key *tck_keys_find(const struct tck_keys *keys, const char *word)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->items[i].word, word) == 0)
            return &keys->items[i];
    return NULL;
}
