/* SPDX-License-Identifier: Apache-2.0 */
#include "history/past.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define PATH_TEXT_MAX 160
#define SHOWN_MAX     40

void tck_past_free(struct tck_past *past)
{
    if (past)
        tck_arena_free(past->arena); /* it lives in it */
}

#define XX(id, word) [TCK_PAST_##id] = word,
static const char *const state_words[TCK_PAST_STATE_COUNT] = { TCK_PAST_MAP(XX) };
#undef XX

const char *tck_past_state_word(enum tck_past_state state)
{
    return state_words[state];
}

enum tck_past_state tck_past_state(const struct tck_past_result *result)
{
    switch (result->cause) {
    case TCK_CAUSE_NONE:
    case TCK_CAUSE_UNEXPECTED_PASS:
        return TCK_PAST_PASSES;
    case TCK_CAUSE_NOT_OFFERED:
        return TCK_PAST_SKIPPED;
    case TCK_CAUSE_NOT_RUN:
    case TCK_CAUSE_INTERRUPTED:
    case TCK_CAUSE_UNREACHABLE:
    case TCK_CAUSE_KIT:
    case TCK_CAUSE_SCENARIO:
        return TCK_PAST_NOT_RUN;
    default:
        return TCK_PAST_FAILS;
    }
}

size_t tck_past_group(const struct tck_past *past, size_t first)
{
    size_t end = first;

    while (end < past->count && strcmp(past->results[end].scenario, past->results[first].scenario) == 0)
        end++;
    return end - first;
}

const struct tck_past_result *tck_past_telling(const struct tck_past_result *results, size_t count)
{
    const struct tck_past_result *telling = results;

    for (size_t i = 1; i < count; i++)
        if (tck_past_state(&results[i]) > tck_past_state(telling))
            telling = &results[i];
    return telling;
}

/* --- reading --- */

/* Where in the document: "scenarios[3].verdict" while that is looked at. */
struct reader {
    const char *name;
    struct tck_arena *arena;
    char at[PATH_TEXT_MAX];
    struct tck_error *err;
};

static int wrong(const struct reader *reader, const char *key, const char *expected)
{
    return tck_fail(reader->err, TCK_BAD_INPUT, (struct tck_place){ .name = reader->name },
                    "is no report of tck: %s%s%s: expected %s", reader->at, reader->at[0] && key[0] ? "." : "", key,
                    expected);
}

static const char *kept(struct reader *reader, const json_t *text)
{
    return tck_arena_strndup(reader->arena, json_string_value(text), json_string_length(text));
}

/* A text, or NULL if null is allowed and there. */
static int read_text(struct reader *reader, const json_t *object, const char *key, bool may_be_null,
                     const char **ret_text)
{
    const json_t *value = json_object_get(object, key);

    *ret_text = NULL;
    if (may_be_null && json_is_null(value))
        return 0;
    if (!json_is_string(value))
        return wrong(reader, key, may_be_null ? "a text or null" : "a text");
    *ret_text = kept(reader, value);
    return *ret_text ? 0 : tck_no_memory(reader->err);
}

static int read_flag(struct reader *reader, const json_t *object, const char *key, bool *ret_flag)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_boolean(value))
        return wrong(reader, key, "true or false");
    *ret_flag = json_is_true(value);
    return 0;
}

static int read_count(struct reader *reader, const json_t *object, const char *key, size_t *ret_count)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > INT_MAX)
        return wrong(reader, key, "a number from 0");
    *ret_count = (size_t)json_integer_value(value);
    return 0;
}

/* One of the words that parse knows. */
static int read_word(struct reader *reader, const json_t *object, const char *key, const char *what,
                     int (*parse)(const char *word), int *ret_value)
{
    const json_t *value = json_object_get(object, key);
    char expected[128];

    *ret_value = json_is_string(value) ? parse(json_string_value(value)) : -1;
    if (*ret_value >= 0)
        return 0;
    if (json_is_string(value))
        snprintf(expected, sizeof expected, "%s that this version knows, found '%.*s'", what, SHOWN_MAX,
                 json_string_value(value));
    else
        snprintf(expected, sizeof expected, "%s", what);
    return wrong(reader, key, expected);
}

static int read_step(struct reader *reader, const json_t *object, size_t *ret_step)
{
    const json_t *step = json_object_get(object, "step");

    *ret_step = 0;
    if (json_is_null(step))
        return 0;
    if (!json_is_object(step))
        return wrong(reader, "step", "an object or null");
    return read_count(reader, step, "number", ret_step);
}

static int read_requirements(struct reader *reader, const json_t *object, struct tck_strings *ret_strings)
{
    const json_t *list = json_object_get(object, "requirements"), *item;
    const char **items;
    size_t i;

    if (!json_is_array(list))
        return wrong(reader, "requirements", "a list of rules");
    items = tck_arena_array(reader->arena, json_array_size(list), sizeof *items);
    if (!items)
        return tck_no_memory(reader->err);
    json_array_foreach(list, i, item)
    {
        if (!json_is_string(item))
            return wrong(reader, "requirements", "a list of rules");
        items[i] = kept(reader, item);
        if (!items[i])
            return tck_no_memory(reader->err);
    }
    *ret_strings = (struct tck_strings){ .items = items, .count = i };
    return 0;
}

static int read_deviations(struct reader *reader, const json_t *object, struct tck_past_result *result)
{
    const json_t *list = json_object_get(object, "deviations"), *item;
    struct tck_remark *remarks;
    size_t i;
    int r = 0, level;

    if (!json_is_array(list))
        return wrong(reader, "deviations", "a list");
    remarks = tck_arena_array(reader->arena, json_array_size(list), sizeof *remarks);
    if (!remarks)
        return tck_no_memory(reader->err);
    json_array_foreach(list, i, item)
    {
        if (!json_is_object(item))
            return wrong(reader, "deviations", "a list of objects");
        r = read_text(reader, item, "rule", true, &remarks[i].rule);
        if (r == 0)
            r = read_text(reader, item, "text", false, &remarks[i].text);
        if (r == 0)
            r = read_word(reader, item, "level", "a level", tck_level_parse, &level);
        if (r < 0)
            return r;
        remarks[i].level = (enum tck_level)level;
    }
    result->deviations = remarks;
    result->deviation_count = i;
    return 0;
}

static int read_verdict(struct reader *reader, const json_t *object, struct tck_past_result *result)
{
    int verdict, cause, r = read_word(reader, object, "verdict", "a verdict", tck_verdict_parse, &verdict);

    if (r == 0)
        r = read_word(reader, object, "cause", "a cause", tck_cause_parse, &cause);
    if (r < 0)
        return r;
    result->verdict = (enum tck_verdict)verdict;
    result->cause = (enum tck_cause)cause;
    /* A known failure keeps the cause of what it would be without the list. */
    if (verdict != (int)tck_cause_verdict(result->cause) &&
        (verdict != TCK_VERDICT_KNOWN || tck_past_state(result) != TCK_PAST_FAILS))
        return wrong(reader, "cause", "one that leads to this verdict");
    return 0;
}

static int read_result(struct reader *reader, const json_t *object, struct tck_past_result *result)
{
    size_t repetition = 0;
    int r;

    if (!json_is_object(object))
        return wrong(reader, "", "an object");
    r = read_text(reader, object, "id", false, &result->scenario);
    if (r == 0)
        r = read_verdict(reader, object, result);
    if (r == 0)
        r = read_text(reader, object, "reason", true, &result->reason);
    if (r == 0)
        r = read_text(reader, object, "rule", true, &result->rule);
    if (r == 0)
        r = read_step(reader, object, &result->step);
    if (r == 0)
        r = read_count(reader, object, "repetition", &repetition);
    if (r == 0)
        r = read_requirements(reader, object, &result->requirements);
    if (r == 0)
        r = read_deviations(reader, object, result);
    result->repetition = (unsigned)repetition;
    return r;
}

static int by_scenario(const void *a, const void *b)
{
    const struct tck_past_result *left = a, *right = b;
    int order = strcmp(left->scenario, right->scenario);

    return order ? order : (left->repetition > right->repetition) - (left->repetition < right->repetition);
}

static int read_results(struct reader *reader, const json_t *root, struct tck_past *past)
{
    const json_t *list = json_object_get(root, "scenarios"), *item;
    struct tck_past_result *results;
    size_t i;
    int r;

    if (!json_is_array(list))
        return wrong(reader, "scenarios", "a list");
    results = tck_arena_array(reader->arena, json_array_size(list), sizeof *results);
    if (!results)
        return tck_no_memory(reader->err);
    json_array_foreach(list, i, item)
    {
        snprintf(reader->at, sizeof reader->at, "scenarios[%zu]", i);
        r = read_result(reader, item, &results[i]);
        if (r < 0)
            return r;
    }
    qsort(results, i, sizeof *results, by_scenario);
    past->results = results;
    past->count = i;
    return 0;
}

static int read_kit(struct reader *reader, const json_t *root, struct tck_past *past)
{
    const json_t *kit = json_object_get(root, "kit"), *name = json_object_get(kit, "name");
    const json_t *candidate = json_object_get(root, "candidate");
    int r;

    if (!json_is_string(name) || strcmp(json_string_value(name), "tck") != 0)
        return wrong(reader, "kit.name", "\"tck\"");
    snprintf(reader->at, sizeof reader->at, "kit");
    r = read_text(reader, kit, "version", false, &past->kit_version);
    snprintf(reader->at, sizeof reader->at, "candidate");
    if (r == 0)
        r = read_text(reader, candidate, "name", true, &past->candidate);
    if (r == 0 && !past->candidate)
        past->candidate = "";
    reader->at[0] = '\0';
    return r;
}

static int read_root(struct reader *reader, const json_t *root, struct tck_past *past)
{
    int r;

    if (!json_is_object(root))
        return wrong(reader, "the document", "an object");
    r = read_kit(reader, root, past);
    if (r == 0)
        r = read_flag(reader, root, "complete", &past->complete);
    if (r == 0)
        r = read_flag(reader, root, "strict", &past->strict);
    if (r == 0)
        r = read_flag(reader, root, "upstream", &past->upstream);
    return r == 0 ? read_results(reader, root, past) : r;
}

static void json_freep(json_t **json)
{
    json_decref(*json);
}

int tck_past_parse(const char *name, struct tck_bytes text, struct tck_past **ret_past, struct tck_error *err)
{
    tck_cleanup(json_freep) json_t *root = NULL;
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct reader reader = { .name = name, .err = err };
    struct tck_past *past;
    json_error_t problem;
    int r;

    r = tck_arena_new(0, &arena, err);
    if (r < 0)
        return r;
    reader.arena = arena;
    past = TCK_NEW(arena, struct tck_past);
    if (!past || !(past->file = tck_arena_strdup(arena, name)))
        return tck_no_memory(err);
    root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &problem);
    if (!root && json_error_code(&problem) == json_error_out_of_memory)
        return tck_no_memory(err);
    if (!root)
        return tck_fail(err, TCK_BAD_INPUT,
                        (struct tck_place){ name, (unsigned)(problem.line > 0 ? problem.line : 1),
                                            (unsigned)(problem.column > 0 ? problem.column : 1) },
                        "is no JSON: %s", problem.text);
    r = read_root(&reader, root, past);
    if (r < 0)
        return r;
    past->arena = TCK_TAKE(arena);
    *ret_past = past;
    return 0;
}

int tck_past_load(const char *path, struct tck_past **ret_past, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(TCK_PAST_CEILING);
    int r = tck_read_file(path, TCK_PAST_CEILING, &text, err);

    return r < 0 ? r : tck_past_parse(path, tck_buffer_bytes(&text), ret_past, err);
}
