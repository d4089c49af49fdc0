/* SPDX-License-Identifier: Apache-2.0
 *
 * tck-spec-schema — prints the JSON Schema of scenario files from the tables of the language.
 *
 *     tck-spec-schema > specs/schema.json
 *     tck-spec-schema --check specs/schema.json
 *
 * Draft 7: what editors understand. The schema accepts all that the loader accepts, and less precisely: it does not
 * know which protocol knows which step.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/language.h"

#define VARIABLE_PATTERN "^\\$[A-Za-z_][A-Za-z0-9_]*$"

static json_t *need(json_t *value)
{
    if (!value) {
        fputs("tck-spec-schema: out of memory\n", stderr);
        exit(-TCK_KIT);
    }
    return value;
}

static void set(json_t *object, const char *key, json_t *take_value)
{
    if (json_object_set_new(object, key, need(take_value)) < 0)
        need(NULL);
}

static void append(json_t *array, json_t *take_value)
{
    if (json_array_append_new(array, need(take_value)) < 0)
        need(NULL);
}

static json_t *words_to_enum(size_t count, const char *const words[])
{
    json_t *schema = need(json_object()), *values = need(json_array());

    for (size_t i = 0; i < count; i++)
        append(values, json_string(words[i]));
    set(schema, "enum", values);
    return schema;
}

static json_t *reference(const char *name)
{
    return json_pack("{s:s+}", "$ref", "#/definitions/", name);
}

/* --- strings: what refines them, by value --- */

#define XX(id, word, ...) word,
static const char *const roles[] = { TCK_ROLE_MAP(XX) };
static const char *const protocols[] = { TCK_PROTOCOL_MAP(XX) };
static const char *const levels[] = { TCK_LEVEL_MAP(XX) };
#undef XX

#define XX(word) word,
static const char *const meddle_with[] = { TCK_MEDDLE_WITH_MAP(XX) };
static const char *const meddle_do[] = { TCK_MEDDLE_DO_MAP(XX) };
static const char *const needs[] = { TCK_NEED_MAP(XX) };
static const char *const how[] = { TCK_HOW_MAP(XX) };
#undef XX

static const char *const patterns[TCK_VALUE_COUNT] = {
    [TCK_VALUE_TEXT] = "\\S",
    [TCK_VALUE_DURATION] = "^([0-9]+\\.?[0-9]*|\\.[0-9]+)(us|ms|s|m|h)$",
    [TCK_VALUE_TAG] = "^[A-Za-z0-9._-]+$",
    [TCK_VALUE_RULE] = "^[A-Z][A-Z0-9-]*-[A-Z0-9-]*$",
    [TCK_VALUE_UPSTREAM] = "^\\S.* \\| (model|proxy) \\| .+$",
    [TCK_VALUE_FULL_NAME] = "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$",
    [TCK_VALUE_VARIABLE] = "^[A-Za-z_][A-Za-z0-9_]*$",
    [TCK_VALUE_FRESH] = "^[A-Za-z_][A-Za-z0-9_]*$",
    [TCK_VALUE_CONVERSATION] = "^\\S+$",
    [TCK_VALUE_CALL_NAME] = "^\\S+$",
    [TCK_VALUE_HEX] = "^([0-9A-Fa-f]{2})*$|\\$",
    [TCK_VALUE_BYTES] = "^[A-Za-z0-9+/_-]*={0,2}$|\\$",
};

static json_t *string_schema(enum tck_value value)
{
    json_t *schema;

    switch (value) {
    case TCK_VALUE_ROLE:
        return words_to_enum(TCK_COUNT(roles), roles);
    case TCK_VALUE_PROTOCOL:
        return words_to_enum(TCK_COUNT(protocols), protocols);
    case TCK_VALUE_LEVEL:
        return words_to_enum(TCK_COUNT(levels), levels);
    case TCK_VALUE_MEDDLE_WITH:
        return words_to_enum(TCK_COUNT(meddle_with), meddle_with);
    case TCK_VALUE_MEDDLE_DO:
        return words_to_enum(TCK_COUNT(meddle_do), meddle_do);
    case TCK_VALUE_NEED:
        return words_to_enum(TCK_COUNT(needs), needs);
    case TCK_VALUE_HOW:
        return words_to_enum(TCK_COUNT(how), how);
    case TCK_VALUE_CONSISTENCY:
        return json_pack("{s:[o,o]}", "anyOf", words_to_enum(tck_consistency_count, tck_consistency_names),
                         reference("variable"));
    case TCK_VALUE_STATUS:
    case TCK_VALUE_STATUS_NAME:
        return json_pack("{s:[o,o]}", "anyOf", words_to_enum(tck_status_name_count, tck_status_names),
                         reference("variable"));
    default:
        break;
    }
    schema = need(json_pack("{s:s}", "type", "string"));
    if (patterns[value])
        set(schema, "pattern", json_string(patterns[value]));
    return schema;
}

/* --- lists and maps --- */

static const char *const shape_names[TCK_SHAPE_COUNT] = {
#define XX(id, ...) [TCK_SHAPE_##id] = #id,
    TCK_SHAPE_MAP(XX)
#undef XX
};

/* "from_snapshot" */
static json_t *shape_reference(enum tck_shape shape)
{
    char name[64];
    size_t i;

    for (i = 0; shape_names[shape][i] && i + 1 < sizeof name; i++)
        name[i] = (char)tolower((unsigned char)shape_names[shape][i]);
    name[i] = '\0';
    return reference(name);
}

/* Lists whose elements the loader builds, and how many there must be. */
static const struct {
    enum tck_value value;
    const char *element;
    int least;
} lists[] = {
    { TCK_VALUE_SCENARIOS, "scenario", 1 },
    { TCK_VALUE_STEPS, "step", 1 },
    { TCK_VALUE_EXPECTING_STEPS, "step", 1 },
    { TCK_VALUE_ALTERNATIVES, "alternative", 2 },
    { TCK_VALUE_ROWS, "row", 1 },
    { TCK_VALUE_PARALLEL, "steps", 1 },
};

static json_t *value_schema(enum tck_value value);

static json_t *list_schema(enum tck_value value)
{
    json_t *schema = need(json_pack("{s:s}", "type", "array"));

    for (size_t i = 0; i < TCK_COUNT(lists); i++) {
        if (lists[i].value != value)
            continue;
        set(schema, "items", reference(lists[i].element));
        set(schema, "minItems", json_integer(lists[i].least));
    }
    if (tck_values[value].element != TCK_VALUE_ANY)
        set(schema, "items", value_schema(tck_values[value].element));
    return schema;
}

static json_t *map_schema(enum tck_value value)
{
    if (tck_values[value].shape != TCK_SHAPE_NONE)
        return shape_reference(tck_values[value].shape);
    if (value == TCK_VALUE_VARIABLES || value == TCK_VALUE_FRESH)
        return json_pack("{s:s,s:{s:s}}", "type", "object", "propertyNames", "pattern", patterns[TCK_VALUE_VARIABLE]);
    return json_pack("{s:s}", "type", "object");
}

static json_t *number_schema(enum tck_value value)
{
    bool whole = value == TCK_VALUE_NUMBER || value == TCK_VALUE_NUMBER_PATTERN;

    return json_pack("{s:s}", "type", whole ? "integer" : "number");
}

/* --- values --- */

static json_t *one_of_kinds(enum tck_value value)
{
    unsigned kinds = tck_values[value].kinds;
    json_t *choices = need(json_array());

    if (kinds & TCK_CAN_NULL)
        append(choices, json_pack("{s:s}", "type", "null"));
    if (kinds & TCK_CAN_BOOL)
        append(choices,
               value == TCK_VALUE_FLAG ? json_pack("{s:b}", "const", 1) : json_pack("{s:s}", "type", "boolean"));
    if (kinds & TCK_CAN_NUMBER && value != TCK_VALUE_DURATION) /* a number has no unit, so it is never one */
        append(choices, number_schema(value));
    if (kinds & TCK_CAN_STRING)
        append(choices, string_schema(value));
    if (kinds & TCK_CAN_LIST)
        append(choices, list_schema(value));
    if (kinds & TCK_CAN_MAP)
        append(choices, map_schema(value));
    if (kinds & TCK_CAN_VARIABLE)
        append(choices, reference("variable"));
    if (kinds & TCK_CAN_MATCHER)
        append(choices, reference("matcher"));
    return choices;
}

static json_t *value_schema(enum tck_value value)
{
    json_t *choices, *only;

    if (tck_values[value].kinds == TCK_CAN_BE_ANY)
        return json_object();
    if (tck_values[value].kinds == TCK_CAN_BE_SOME)
        return json_pack("{s:{s:s}}", "not", "type", "null");
    choices = one_of_kinds(value);
    if (json_array_size(choices) > 1)
        return json_pack("{s:o}", "anyOf", choices);
    only = json_incref(json_array_get(choices, 0));
    json_decref(choices);
    return only;
}

/* A key: its value's schema with its meaning. A $ref stands alone in draft 7, so it is wrapped. */
static json_t *property(enum tck_value value, const char *meaning)
{
    json_t *schema = need(value_schema(value));

    if (json_object_get(schema, "$ref"))
        schema = need(json_pack("{s:[o]}", "allOf", schema));
    set(schema, "description", json_string(meaning));
    return schema;
}

/* --- maps with fixed keys --- */

static json_t *needed_keys(const struct tck_keys *keys)
{
    json_t *needed = need(json_array());

    for (size_t i = 0; i < keys->count; i++)
        if (keys->items[i].needed)
            append(needed, json_string(keys->items[i].word));
    return needed;
}

static void add_properties(json_t *properties, const struct tck_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        if (!json_object_get(properties, keys->items[i].word))
            set(properties, keys->items[i].word, property(keys->items[i].value, keys->items[i].meaning));
}

static json_t *shape_schema(enum tck_shape shape)
{
    json_t *schema = need(json_pack("{s:s}", "type", "object")), *properties = need(json_object());
    struct tck_keys keys;

    tck_shape_keys(shape, &keys);
    add_properties(properties, &keys);
    set(schema, "properties", properties);
    set(schema, "required", needed_keys(&keys));
    set(schema, "additionalProperties", json_false());
    return schema;
}

/* --- steps --- */

static json_t *has_verb(enum tck_verb verb)
{
    return json_pack("{s:[s]}", "required", tck_verbs[verb].word);
}

/* `either` is the step's verb unless one stands there that takes it. */
static json_t *is_verb_of_step(enum tck_verb verb)
{
    json_t *hosts;

    if (verb != TCK_VERB_EITHER)
        return has_verb(verb);
    hosts = need(json_array());
    for (int host = 0; host < TCK_VERB_COUNT; host++)
        if (tck_verb_takes_either((enum tck_verb)host))
            append(hosts, has_verb((enum tck_verb)host));
    return json_pack("{s:[s],s:{s:o}}", "required", tck_verbs[verb].word, "not", "anyOf", hosts);
}

/* "If this is the verb, then only these keys." */
static json_t *verb_rule(enum tck_verb verb)
{
    json_t *words = need(json_array()), *then;
    struct tck_keys keys;

    tck_step_keys(verb, &keys);
    append(words, json_string(tck_verbs[verb].word));
    for (size_t i = 0; i < keys.count; i++)
        append(words, json_string(keys.items[i].word));
    then = need(json_pack("{s:{s:o},s:o}", "propertyNames", "enum", words, "required", needed_keys(&keys)));
    return json_pack("{s:o,s:o}", "if", is_verb_of_step(verb), "then", then);
}

/* With the roles, where it is not for all. */
static const char *verb_meaning(enum tck_verb verb)
{
    static char text[256];
    const unsigned roles_of_verb = tck_verbs[verb].roles;

    if (roles_of_verb == TCK_FOR_ALL)
        return tck_verbs[verb].meaning;
    snprintf(text, sizeof text, "%s (role %s)", tck_verbs[verb].meaning, tck_roles_text(roles_of_verb));
    return text;
}

static json_t *step_schema(void)
{
    json_t *schema = need(json_pack("{s:s}", "type", "object")), *properties = need(json_object());
    json_t *some_verb = need(json_array()), *rules = need(json_array());

    for (int i = 0; i < TCK_VERB_COUNT; i++)
        set(properties, tck_verbs[i].word, property(tck_verb_value((enum tck_verb)i), verb_meaning((enum tck_verb)i)));
    for (int i = 0; i < TCK_VERB_COUNT; i++) {
        struct tck_keys keys;

        tck_step_keys((enum tck_verb)i, &keys);
        add_properties(properties, &keys);
        append(some_verb, has_verb((enum tck_verb)i));
        append(rules, verb_rule((enum tck_verb)i));
    }
    set(schema, "properties", properties);
    set(schema, "additionalProperties", json_false());
    set(schema, "anyOf", some_verb);
    set(schema, "allOf", rules);
    return schema;
}

/* --- the whole --- */

static json_t *definitions(void)
{
    json_t *all = need(json_object());

    for (int shape = TCK_SHAPE_NONE + 1; shape < TCK_SHAPE_COUNT; shape++) {
        json_t *name = need(shape_reference((enum tck_shape)shape));
        const char *path = json_string_value(json_object_get(name, "$ref"));

        set(all, path + strlen("#/definitions/"),
            shape == TCK_SHAPE_STEP ? step_schema() : shape_schema((enum tck_shape)shape));
        json_decref(name);
    }
    set(all, "variable", json_pack("{s:s,s:s}", "type", "string", "pattern", VARIABLE_PATTERN));
    set(all, "matcher",
        json_pack("{s:s,s:s,s:{s:s},s:i}", "description", "a matcher: {$any: }, {$regex: …}, …", "type", "object",
                  "propertyNames", "pattern", "^\\$|^as$", "minProperties", 1));
    set(all, "steps", list_schema(TCK_VALUE_STEPS));
    set(all, "row",
        json_pack("{s:s,s:[s],s:{s:s}}", "type", "object", "required", "row", "propertyNames", "pattern",
                  patterns[TCK_VALUE_VARIABLE]));
    set(all, "requirements", json_pack("{s:s,s:o}", "type", "array", "items", reference("requirement")));
    return all;
}

static char *print_schema(void)
{
    tck_cleanup(json_decrefp) json_t *schema = need(json_object());
    char *text;

    set(schema, "$schema", json_string("http://json-schema.org/draft-07/schema#"));
    set(schema, "title", json_string("A suite of tck scenarios"));
    set(schema, "description",
        json_string(
            "Printed by tck-spec-schema from the tables of tck/spec: change those. The manual is specs/README.md."));
    set(schema, "allOf", json_pack("[o]", reference("suite")));
    set(schema, "definitions", definitions());
    text = json_dumps(schema, JSON_INDENT(1));
    if (!text)
        need(NULL);
    return text;
}

static int check(const char *path, const char *schema)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer file = TCK_BUFFER_INIT(16 << 20);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    size_t size = strlen(schema);
    char text[1024];

    if (tck_read_file(path, 16 << 20, &file, &err) < 0) {
        fprintf(stderr, "tck-spec-schema: %s\n", tck_error_text(&err, text, sizeof text));
        return -TCK_BAD_INPUT;
    }
    if (file.size == size + 1 && memcmp(file.data, schema, size) == 0 && file.data[size] == '\n')
        return 0;
    fprintf(stderr, "%s is not what the tables of tck/spec say; write it anew: tck-spec-schema > %s\n", path, path);
    return -TCK_BROKEN;
}

int main(int argc, char **argv)
{
    tck_cleanup(tck_freep) char *schema = NULL;

    if (argc != 1 && (argc != 3 || strcmp(argv[1], "--check") != 0)) {
        fputs("usage: tck-spec-schema [--check FILE]\n", stderr);
        return -TCK_BAD_INPUT;
    }
    schema = print_schema();
    if (argc == 3)
        return check(argv[2], schema);
    return puts(schema) < 0 || fflush(stdout) != 0 ? -TCK_KIT : 0;
}
