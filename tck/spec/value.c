/* SPDX-License-Identifier: Apache-2.0
 *
 * Does a value hold what the tables of spec/language.h say? First its kind, then what TCK_VALUE_MAP cannot say: the
 * refiners.
 */
#include <ctype.h>
#include <string.h>

#include "base/suggest.h"
#include "spec/loader_internal.h"

bool tck_is_variable(const struct tck_tree *tree)
{
    const char *c;

    if (!tree || tree->kind != TCK_TREE_STRING || tree->text[0] != '$')
        return false;
    c = tree->text + 1;
    if (!isalpha((unsigned char)*c) && *c != '_')
        return false;
    while (isalnum((unsigned char)*c) || *c == '_')
        c++;
    return c == tree->text + tree->text_size;
}

bool tck_is_matcher(const struct tck_tree *tree)
{
    return tree && tree->kind == TCK_TREE_MAP && tree->first && tree->first->key[0] == '$';
}

static bool holds_variable(const struct tck_tree *tree)
{
    return strchr(tree->text, '$') != NULL;
}

static const char *found(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_NULL ? "nothing" : tck_tree_kind_text(tree->kind);
}

/* --- refiners: true, or a mistake noted. Only strings and numbers get here, and no matchers. --- */

typedef bool refiner(struct tck_loader *loader, const char *word, const struct tck_tree *tree);

static bool refuse(struct tck_loader *loader, const char *word, enum tck_value value, const struct tck_tree *tree)
{
    tck_loader_mistake(loader, tree->place, "'%s' takes %s, found '%s'", word, tck_values[value].takes, tree->text);
    return false;
}

static bool is_not_empty(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    if (tree->text_size > 0 && strspn(tree->text, " \t\n") < tree->text_size)
        return true;
    tck_loader_mistake(loader, tree->place, "'%s' is an empty text", word);
    return false;
}

static bool is_duration(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    struct tck_error err = { 0 };
    int64_t duration;

    if (tck_duration_parse(tree->text, tree->place, &duration, &err) < 0) {
        int status = tck_error_list_take(loader->errors, &err);

        loader->worst = status < loader->worst ? status : loader->worst;
        return false;
    }
    if (duration > 0)
        return true;
    tck_loader_mistake(loader, tree->place, "'%s' takes a duration above zero", word);
    return false;
}

#define XX(id, word, ...) word,
static const char *const role_words[] = { TCK_ROLE_MAP(XX) };
static const char *const protocol_words[] = { TCK_PROTOCOL_MAP(XX) };
static const char *const level_words[] = { TCK_LEVEL_MAP(XX) };
#undef XX

static bool is_word(struct tck_loader *loader, const char *what, const struct tck_tree *tree, size_t count,
                    const char *const words[])
{
    const char *nearest;

    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], tree->text) == 0)
            return true;
    nearest = tck_suggest_in(tree->text, count, words);
    if (nearest)
        tck_loader_mistake(loader, tree->place, "no %s '%s'%s", what, tree->text, tck_loader_hint(loader, nearest));
    else
        tck_loader_mistake(loader, tree->place, "no %s '%s'; there are %s", what, tree->text,
                           tck_loader_words(loader, count, words, " and "));
    return false;
}

static bool is_role(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    return is_word(loader, word, tree, TCK_COUNT(role_words), role_words);
}

static bool is_protocol(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    return is_word(loader, word, tree, TCK_COUNT(protocol_words), protocol_words);
}

static bool is_level(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    return is_word(loader, word, tree, TCK_COUNT(level_words), level_words);
}

static bool is_consistency(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return holds_variable(tree) ||
           is_word(loader, "write consistency", tree, tck_consistency_count, tck_consistency_names);
}

static bool is_status(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return holds_variable(tree) || is_word(loader, "status", tree, tck_status_name_count, tck_status_names);
}

#define XX(word) word,
static const char *const meddle_with_words[] = { TCK_MEDDLE_WITH_MAP(XX) };
static const char *const meddle_do_words[] = { TCK_MEDDLE_DO_MAP(XX) };
static const char *const need_words[] = { TCK_NEED_MAP(XX) };
static const char *const how_words[] = { TCK_HOW_MAP(XX) };
#undef XX

static bool is_meddled_with(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return is_word(loader, "thing to meddle with", tree, TCK_COUNT(meddle_with_words), meddle_with_words);
}

static bool is_meddle(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return is_word(loader, "way to meddle", tree, TCK_COUNT(meddle_do_words), meddle_do_words);
}

static bool is_need(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return is_word(loader, "need", tree, TCK_COUNT(need_words), need_words);
}

static bool is_how(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    (void)word;
    return is_word(loader, "way to end a process", tree, TCK_COUNT(how_words), how_words);
}

static bool is_made_of(const struct tck_tree *tree, const char *others)
{
    for (size_t i = 0; i < tree->text_size; i++)
        if (!isalnum((unsigned char)tree->text[i]) && !(tree->text[i] && strchr(others, tree->text[i])))
            return false;
    return tree->text_size > 0;
}

static bool is_tag(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    return is_made_of(tree, "-_.") || refuse(loader, word, TCK_VALUE_TAG, tree);
}

static bool is_rule(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    bool shaped = is_made_of(tree, "-") && isupper((unsigned char)tree->text[0]) && strchr(tree->text, '-');

    for (const char *c = tree->text; *c; c++)
        shaped = shaped && !islower((unsigned char)*c);
    return shaped || refuse(loader, word, TCK_VALUE_RULE, tree);
}

/* Three parts, as in the lists of the original kit; its roles are these two. */
static bool is_upstream(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    static const char *const roles[] = { "model", "proxy" };
    const char *first = strstr(tree->text, " | "), *second = first ? strstr(first + 3, " | ") : NULL;
    size_t role_size;

    if (!second || first == tree->text || second[3] == '\0' || strstr(second + 3, " | ") || strchr(" |", tree->text[0]))
        return refuse(loader, word, TCK_VALUE_UPSTREAM, tree);
    role_size = (size_t)(second - first - 3);
    for (size_t i = 0; i < TCK_COUNT(roles); i++)
        if (strlen(roles[i]) == role_size && strncmp(first + 3, roles[i], role_size) == 0)
            return true;
    tck_loader_mistake(loader, tree->place, "the role of an upstream name is model or proxy, found '%.*s'",
                       (int)role_size, first + 3);
    return false;
}

static bool is_full_name(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    bool shaped = is_made_of(tree, "._");
    const char *c = tree->text;

    for (bool begins = true; shaped && *c; begins = *c++ == '.')
        shaped = !begins || isalpha((unsigned char)*c) || *c == '_';
    shaped = shaped && c[-1] != '.';
    return shaped || refuse(loader, word, TCK_VALUE_FULL_NAME, tree);
}

static bool is_variable_name(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    if (is_made_of(tree, "_") && !isdigit((unsigned char)tree->text[0]))
        return true;
    return refuse(loader, word, TCK_VALUE_VARIABLE, tree);
}

/* "${i}" may be a part of it: a loop opens many conversations. */
static bool is_conversation(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    for (size_t i = 0; i < tree->text_size; i++)
        if (!isgraph((unsigned char)tree->text[i]) && !((unsigned char)tree->text[i] & 0x80))
            return refuse(loader, word, TCK_VALUE_CONVERSATION, tree);
    return tree->text_size > 0 || refuse(loader, word, TCK_VALUE_CONVERSATION, tree);
}

static bool is_whole(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    const char *digits = tree->text + (tree->text[0] == '-');

    if (tree->kind == TCK_TREE_STRING ||
        (*digits && strspn(digits, "0123456789") == strlen(digits) && strlen(digits) < 20))
        return true;
    return refuse(loader, word, TCK_VALUE_NUMBER, tree);
}

static bool is_hex(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    if (holds_variable(tree))
        return true;
    for (size_t i = 0; i < tree->text_size; i++)
        if (!isxdigit((unsigned char)tree->text[i]))
            return refuse(loader, word, TCK_VALUE_HEX, tree);
    if (tree->text_size % 2 == 0)
        return true;
    tck_loader_mistake(loader, tree->place, "'%s' has an odd count of hexadecimal digits: %zu", word, tree->text_size);
    return false;
}

static bool is_base64(struct tck_loader *loader, const char *word, const struct tck_tree *tree)
{
    size_t size = tree->text_size, padding = 0;

    if (holds_variable(tree))
        return true;
    while (padding < 2 && padding < size && tree->text[size - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < size - padding; i++)
        if (!isalnum((unsigned char)tree->text[i]) && !(tree->text[i] && strchr("+/-_", tree->text[i])))
            return refuse(loader, word, TCK_VALUE_BYTES, tree);
    return (size - padding) % 4 != 1 || refuse(loader, word, TCK_VALUE_BYTES, tree);
}

static refiner *const refiners[TCK_VALUE_COUNT] = {
    [TCK_VALUE_TEXT] = is_not_empty,
    [TCK_VALUE_DURATION] = is_duration,
    [TCK_VALUE_ROLE] = is_role,
    [TCK_VALUE_PROTOCOL] = is_protocol,
    [TCK_VALUE_LEVEL] = is_level,
    [TCK_VALUE_TAG] = is_tag,
    [TCK_VALUE_RULE] = is_rule,
    [TCK_VALUE_UPSTREAM] = is_upstream,
    [TCK_VALUE_FULL_NAME] = is_full_name,
    [TCK_VALUE_VARIABLE] = is_variable_name,
    [TCK_VALUE_CONVERSATION] = is_conversation,
    [TCK_VALUE_NUMBER] = is_whole,
    [TCK_VALUE_NUMBER_PATTERN] = is_whole,
    [TCK_VALUE_HEX] = is_hex,
    [TCK_VALUE_BYTES] = is_base64,
    [TCK_VALUE_CONSISTENCY] = is_consistency,
    [TCK_VALUE_STATUS_NAME] = is_status,
    [TCK_VALUE_STATUS] = is_status,
    [TCK_VALUE_FRESH] = is_variable_name,
    [TCK_VALUE_CALL_NAME] = is_conversation,
    [TCK_VALUE_MEDDLE_WITH] = is_meddled_with,
    [TCK_VALUE_MEDDLE_DO] = is_meddle,
    [TCK_VALUE_HOW] = is_how,
    [TCK_VALUE_NEED] = is_need,
};

/* --- kinds, maps, lists --- */

/* A matcher stands for a value only where matchers may; elsewhere it is a map like any other. */
static bool is_of_kind(enum tck_value value, const struct tck_tree *tree)
{
    unsigned kinds = tck_values[value].kinds;

    if ((kinds & TCK_CAN_VARIABLE && tck_is_variable(tree)) || (kinds & TCK_CAN_MATCHER && tck_is_matcher(tree)))
        return true;
    return kinds & 1u << tree->kind;
}

static bool check_variables(struct tck_loader *loader, const struct tck_tree *map)
{
    bool good = true;

    for (const struct tck_tree *entry = map->first; entry; entry = entry->next) {
        struct tck_tree name = { .kind = TCK_TREE_STRING, .place = entry->key_place, .text = entry->key };

        name.text_size = strlen(entry->key);
        good = is_variable_name(loader, entry->key, &name) && good;
    }
    return good;
}

static bool check_list(struct tck_loader *loader, const char *word, enum tck_value value, const struct tck_tree *list)
{
    enum tck_value element = tck_values[value].element;
    bool good = true;

    if (element == TCK_VALUE_ANY)
        return true;
    if (list->count > TCK_LIST_MAX) {
        tck_loader_mistake(loader, list->place, "'%s' has %zu elements, more than %d", word, list->count, TCK_LIST_MAX);
        return false;
    }
    for (const struct tck_tree *item = list->first; item; item = item->next) {
        if (is_of_kind(element, item)) {
            good = tck_loader_value(loader, word, element, item) && good;
        } else {
            tck_loader_mistake(loader, item->place, "'%s' takes %s, found %s in it", word, tck_values[value].takes,
                               found(item));
            good = false;
        }
    }
    return good;
}

static bool check_map(struct tck_loader *loader, enum tck_value value, const struct tck_tree *map)
{
    bool good = true;

    if (tck_values[value].shape != TCK_SHAPE_NONE)
        return tck_loader_shape(loader, map, tck_values[value].shape);
    if (value == TCK_VALUE_VARIABLES || value == TCK_VALUE_FRESH)
        good = check_variables(loader, map);
    if (value == TCK_VALUE_HEADERS)
        for (const struct tck_tree *entry = map->first; entry; entry = entry->next)
            good = tck_loader_value(loader, entry->key, TCK_VALUE_STRING_PATTERN, entry) && good;
    if (value == TCK_VALUE_FRESH)
        for (const struct tck_tree *entry = map->first; entry; entry = entry->next)
            good = tck_loader_value(loader, entry->key, TCK_VALUE_CONVERSATION, entry) && good;
    return good;
}

/* Where somebody wrote "covers: X" for "covers: [X]", say so. */
static const char *list_hint(struct tck_loader *loader, enum tck_value value, const struct tck_tree *tree)
{
    const char *hint;

    if (!(tck_values[value].kinds & TCK_CAN_LIST) || tree->kind != TCK_TREE_STRING || tree->text_size > 60)
        return "";
    hint = tck_arena_printf(loader->arena, "; write [%s]", tree->text);
    return hint ? hint : "";
}

bool tck_loader_value(struct tck_loader *loader, const char *word, enum tck_value value, const struct tck_tree *tree)
{
    if (!is_of_kind(value, tree)) {
        tck_loader_mistake(loader, tree->place, "'%s' takes %s, found %s%s", word, tck_values[value].takes, found(tree),
                           list_hint(loader, value, tree));
        return false;
    }
    if (tck_values[value].kinds & TCK_CAN_VARIABLE && tck_is_variable(tree))
        return true;
    switch (tree->kind) {
    case TCK_TREE_STRING:
    case TCK_TREE_NUMBER:
        if (refiners[value] && strlen(tree->text) != tree->text_size) {
            tck_loader_mistake(loader, tree->place, "'%s' holds a NUL character", word);
            return false;
        }
        return !refiners[value] || refiners[value](loader, word, tree);
    case TCK_TREE_LIST:
        return check_list(loader, word, value, tree);
    case TCK_TREE_MAP:
        if (tck_values[value].kinds & TCK_CAN_MATCHER && tck_is_matcher(tree))
            return true;
        return check_map(loader, value, tree);
    case TCK_TREE_BOOL:
        if (value != TCK_VALUE_FLAG || strcmp(tree->text, "true") == 0)
            return true;
        tck_loader_mistake(loader, tree->place, "'%s' can only be true; leave it out instead", word);
        return false;
    case TCK_TREE_NULL:
        return true;
    }
    return true;
}

/* --- readers --- */

const char *tck_loader_text(const struct tck_tree *map, const char *key)
{
    const struct tck_tree *tree = tck_tree_get(map, key);

    return tree && tree->kind == TCK_TREE_STRING ? tree->text : NULL;
}

int64_t tck_loader_duration(const struct tck_tree *map, const char *key, int64_t otherwise)
{
    const struct tck_tree *tree = tck_tree_get(map, key);
    int64_t duration = otherwise;

    if (tree && tree->kind == TCK_TREE_STRING)
        tck_duration_parse(tree->text, tree->place, &duration, NULL);
    return duration;
}

int tck_loader_level(const struct tck_tree *map, const char *key, int otherwise)
{
    const char *word = tck_loader_text(map, key);
    int level = word ? tck_level_parse(word) : -1;

    return level < 0 ? otherwise : level;
}

bool tck_loader_true(const struct tck_tree *map, const char *key)
{
    const struct tck_tree *tree = tck_tree_get(map, key);

    return tree && tree->kind == TCK_TREE_BOOL && strcmp(tree->text, "true") == 0;
}

struct tck_strings tck_loader_strings(struct tck_loader *loader, struct tck_strings first, const struct tck_tree *map,
                                      const char *key)
{
    const struct tck_tree *list = tck_tree_get(map, key);
    const char **items;
    size_t count = first.count;

    if (!list || list->kind != TCK_TREE_LIST || list->count == 0 || list->count > TCK_LIST_MAX)
        return first;
    items = tck_loader_array(loader, first.count + list->count, sizeof *items);
    if (!items)
        return first;
    if (first.count)
        memcpy(items, first.items, first.count * sizeof *items);
    for (const struct tck_tree *item = list->first; item; item = item->next) {
        bool known = item->kind != TCK_TREE_STRING;

        for (size_t i = 0; i < count && !known; i++)
            known = strcmp(items[i], item->text) == 0;
        if (!known)
            items[count++] = item->text;
    }
    return (struct tck_strings){ .items = items, .count = count };
}

void tck_loader_rules(struct tck_loader *loader, const struct tck_tree *map)
{
    const struct tck_tree *list = tck_tree_get(map, "covers");

    if (!list || list->kind != TCK_TREE_LIST || list->count > TCK_LIST_MAX)
        return;
    for (const struct tck_tree *item = list->first; item; item = item->next)
        if (item->kind == TCK_TREE_STRING)
            tck_loader_mention(loader, &loader->entry->rules, item);
}
