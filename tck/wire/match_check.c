/* SPDX-License-Identifier: Apache-2.0 */
#include <regex.h>
#include <string.h>

#include "base/suggest.h"
#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/match_internal.h"
#include "wire/scalar_internal.h"
#include "wire/well_known_internal.h"

#define DEPTH_MAX 250

struct check {
    const struct tck_pool *pool;
    struct tck_arena *arena;
    struct tck_error_list *errors;
    unsigned depth;
    int worst;
};

/* What a pattern is for, as far as types tell. */
struct target {
    enum {
        LIST,
        MAP,
        MESSAGE,
        SCALAR,
        COUNT,
        ANYTHING
    } shape;                                   /* COUNT: what $size gives; ANYTHING: known only at run time */
    const ProtobufCFieldDescriptor *field;     /* LIST, MAP, SCALAR */
    const ProtobufCMessageDescriptor *message; /* MESSAGE */
};

static const struct target anything = { .shape = ANYTHING };

static void check_pattern(struct check *check, const struct tck_tree *pattern, const struct target *target);

static void __attribute__((format(printf, 3, 4)))
mistake(struct check *check, struct tck_place place, const char *fmt, ...)
{
    va_list args;
    const char *text;
    int r;

    va_start(args, fmt);
    text = tck_arena_vprintf(check->arena, fmt, args);
    va_end(args);
    r = tck_error_list_add(check->errors, text ? TCK_BAD_INPUT : TCK_KIT, place, "%s", text ? text : "out of memory");
    if (r < check->worst)
        check->worst = r;
}

/* Moves *err into the list, if there is one. */
static void take(struct check *check, int r, struct tck_error *err)
{
    if (r >= 0)
        return;
    r = tck_error_list_take(check->errors, err);
    if (r < check->worst)
        check->worst = r;
}

/* Does the string want a variable? "^A$" and "$5.00" do not: they resolve where nothing is bound. */
static bool is_variable(struct check *check, const struct tck_tree *tree)
{
    static const struct tck_bindings none;
    const struct tck_tree *resolved;

    return tree->kind == TCK_TREE_STRING && memchr(tree->text, '$', tree->text_size) &&
           tck_bindings_resolve(&none, tree, check->arena, &resolved, NULL) < 0;
}

static struct target message_target(const ProtobufCMessageDescriptor *message)
{
    return (struct target){ .shape = MESSAGE, .message = message };
}

/* One value of a field, list or not. */
static struct target element_target(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return message_target((const ProtobufCMessageDescriptor *)field->descriptor);
    return (struct target){ .shape = SCALAR, .field = field };
}

static struct target field_target(const struct check *check, const ProtobufCMessageDescriptor *owner,
                                  const ProtobufCFieldDescriptor *field)
{
    if (!tck_field_is_repeated(field))
        return element_target(field);
    return (struct target){ .shape = tck_pool_is_map(check->pool, owner, field) ? MAP : LIST, .field = field };
}

/* What stands in a list, or under the keys of a map. */
static struct target inner_target(const struct target *target)
{
    if (target->shape == LIST)
        return element_target(target->field);
    if (target->shape == MAP)
        return element_target(&((const ProtobufCMessageDescriptor *)target->field->descriptor)->fields[1]);
    return anything;
}

static enum tck_well_known well_known_of(const struct target *target)
{
    return target->shape == MESSAGE ? tck_well_known(target->message) : TCK_NOT_WELL_KNOWN;
}

static bool is_open(enum tck_well_known well_known)
{
    return well_known == TCK_WK_STRUCT || well_known == TCK_WK_VALUE || well_known == TCK_WK_LIST_VALUE;
}

static const char *target_name(const struct target *target)
{
    return target->shape == MESSAGE ? target->message->name : target->field ? target->field->name : "this";
}

static void check_field(struct check *check, const struct tck_tree *entry, const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *field = tck_field_by_key(check->pool, message, entry->key);
    const char *nearest;
    struct target target;

    if (field) {
        target = field_target(check, message, field);
        check_pattern(check, entry, &target);
        return;
    }
    nearest = tck_field_suggest(message, entry->key);
    if (nearest)
        mistake(check, entry->key_place, "%s has no field '%s'; did you mean '%s'?", message->name, entry->key,
                nearest);
    else
        mistake(check, entry->key_place, "%s has no field '%s'", message->name, entry->key);
}

static void check_unknown(struct check *check, const struct tck_tree *entry, const ProtobufCMessageDescriptor *message)
{
    struct tck_error err = { 0 };
    const struct tck_literal literal = { check->pool, check->arena, &err };
    ProtobufCMessage *made = tck_message_new(message, check->arena);

    take(check, made ? tck_literal_unknown(&literal, made, entry) : tck_no_memory(&err), &err);
    tck_error_done(&err);
}

static void check_fields(struct check *check, const struct tck_tree *pattern, const ProtobufCMessageDescriptor *message)
{
    for (const struct tck_tree *entry = pattern->first; entry; entry = entry->next) {
        if (strcmp(entry->key, "@type") == 0)
            continue;
        if (strcmp(entry->key, "@unknown") == 0)
            check_unknown(check, entry, message);
        else
            check_field(check, entry, message);
    }
}

static const char *message_name_at(const void *pool, size_t i)
{
    return tck_pool_message_name((const struct tck_pool *)pool, i);
}

static void check_content(struct check *check, const struct tck_tree *pattern, const struct tck_tree *type)
{
    const ProtobufCMessageDescriptor *message = tck_pool_find_by_url(check->pool, type->text);
    const struct tck_tree *value = tck_tree_get(pattern, "value");
    const char *nearest;
    struct target target;

    if (!message) {
        if (pattern->count == 1)
            return; /* only the type is compared, for which it need not be known */
        nearest =
            tck_suggest(tck_type_name(type->text), tck_pool_message_count(check->pool), message_name_at, check->pool);
        if (nearest)
            mistake(check, type->place, "no message type '%s'; did you mean '%s'?", type->text, nearest);
        else
            mistake(check, type->place, "no message type '%s'", type->text);
        return;
    }
    target = message_target(message);
    if (tck_well_known(message) == TCK_NOT_WELL_KNOWN)
        check_fields(check, pattern, message);
    else if (value)
        check_pattern(check, value, &target);
    for (const struct tck_tree *entry = pattern->first; entry; entry = entry->next)
        if (tck_well_known(message) != TCK_NOT_WELL_KNOWN && strcmp(entry->key, "@type") != 0 &&
            strcmp(entry->key, "value") != 0)
            mistake(check, entry->key_place, "the content of an Any of %s stands under 'value'", message->name);
}

static void check_any(struct check *check, const struct tck_tree *pattern)
{
    const struct tck_tree *type = tck_tree_get(pattern, "@type"), *bytes = tck_tree_get(pattern, "@value");
    const ProtobufCMessageDescriptor *any = tck_pool_find_message(check->pool, "google.protobuf.Any");
    struct target target;

    if (pattern->count == 0)
        return;
    if (!type)
        mistake(check, pattern->place, "an Any wants its type: {\"@type\": full.Name, …}");
    else if (type->kind != TCK_TREE_STRING)
        mistake(check, type->place, "'@type' wants a type's name, found %s", tck_tree_kind_text(type->kind));
    else if (bytes && any) {
        target = element_target(tck_well_known_field(any, 2));
        check_pattern(check, bytes, &target);
    } else if (!is_variable(check, type))
        check_content(check, pattern, type);
}

static void check_message_literal(struct check *check, const struct tck_tree *pattern,
                                  const ProtobufCMessageDescriptor *message)
{
    enum tck_well_known well_known = tck_well_known(message);
    struct tck_error err = { 0 };
    const struct tck_tree *fields = pattern->count == 1 ? tck_tree_get(pattern, TCK_KEY_FIELDS) : NULL;
    struct target inner;
    ProtobufCMessage *made;

    if (well_known != TCK_NOT_WELL_KNOWN && fields && fields->kind == TCK_TREE_MAP) {
        check_fields(check, fields, message);
    } else if (well_known == TCK_WK_ANY && pattern->kind == TCK_TREE_STRING) {
        if (!tck_pool_string_any(check->pool))
            mistake(check, pattern->place, "an Any wants its type, {\"@type\": full.Name, …}, found a string");
    } else if (well_known == TCK_WK_WRAPPER) {
        inner = element_target(tck_well_known_field(message, 1));
        check_pattern(check, pattern, &inner);
    } else if (is_open(well_known)) {
        if (well_known == TCK_WK_STRUCT ? pattern->kind != TCK_TREE_MAP
                                        : well_known == TCK_WK_LIST_VALUE && pattern->kind != TCK_TREE_LIST)
            mistake(check, pattern->place, "%s wants %s, found %s", message->name,
                    well_known == TCK_WK_STRUCT ? "a map" : "a list", tck_tree_kind_text(pattern->kind));
        else
            check_pattern(check, pattern, &anything);
    } else if (well_known != TCK_NOT_WELL_KNOWN && well_known != TCK_WK_ANY) {
        take(check, tck_message_from_tree(check->pool, message, pattern, NULL, check->arena, &made, &err), &err);
        tck_error_done(&err);
    } else if (pattern->kind != TCK_TREE_MAP) {
        mistake(check, pattern->place, "%s wants a map, found %s", message->name, tck_tree_kind_text(pattern->kind));
    } else if (well_known == TCK_WK_ANY) {
        check_any(check, pattern);
    } else {
        check_fields(check, pattern, message);
    }
}

static void check_scalar(struct check *check, const struct tck_tree *pattern, const ProtobufCFieldDescriptor *field)
{
    struct tck_error err = { 0 };

    /* {hex: "$bytes"} */
    if (pattern->kind == TCK_TREE_MAP && pattern->count == 1 && is_variable(check, pattern->first))
        return;
    take(check, tck_match_scalar(field, pattern, NULL, false, check->arena, &err), &err);
    tck_error_done(&err);
}

static void check_children(struct check *check, const struct tck_tree *pattern, const struct target *target)
{
    for (const struct tck_tree *child = pattern->first; child; child = child->next)
        check_pattern(check, child, target);
}

static void check_literal(struct check *check, const struct tck_tree *pattern, const struct target *target)
{
    struct target inner = inner_target(target), entry = { .shape = MESSAGE };

    if (target->shape == MAP)
        entry.message = target->field->descriptor;
    if (is_variable(check, pattern) || pattern->kind == TCK_TREE_NULL)
        return;
    if (target->shape == MESSAGE)
        check_message_literal(check, pattern, target->message);
    else if (target->shape == SCALAR)
        check_scalar(check, pattern, target->field);
    else if (target->shape == LIST && pattern->kind != TCK_TREE_LIST)
        mistake(check, pattern->place, "'%s' wants a list, found %s", target->field->name,
                tck_tree_kind_text(pattern->kind));
    else if (target->shape == MAP && pattern->kind == TCK_TREE_LIST)
        check_children(check, pattern, &entry);
    else if (target->shape == MAP && pattern->kind != TCK_TREE_MAP)
        mistake(check, pattern->place, "'%s' wants a map, found %s", target->field->name,
                tck_tree_kind_text(pattern->kind));
    else if (target->shape == COUNT && pattern->kind != TCK_TREE_NUMBER)
        mistake(check, pattern->place, "a size is a number, found %s", tck_tree_kind_text(pattern->kind));
    else
        check_children(check, pattern, &inner);
}

/* The checks of the matchers' arguments. */
typedef void check_function(struct check *check, const struct tck_tree *argument, const struct target *target);

static void check_nothing(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    (void)target;
    if (argument->kind != TCK_TREE_NULL)
        mistake(check, argument->place, "'%s' takes nothing, found %s", argument->key,
                tck_tree_kind_text(argument->kind));
}

static void check_same(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    check_pattern(check, argument, target);
}

static void check_regex(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    enum tck_well_known well_known = well_known_of(target);
    bool possible = target->shape == ANYTHING || (target->shape == MESSAGE && well_known != TCK_NOT_WELL_KNOWN) ||
                    (target->shape == SCALAR &&
                     (target->field->type == PROTOBUF_C_TYPE_STRING || target->field->type == PROTOBUF_C_TYPE_ENUM ||
                      target->field->type == PROTOBUF_C_TYPE_BYTES));
    regex_t regex;
    char why[128];
    int r;

    if (!possible)
        mistake(check, argument->key_place, "'$regex' is for strings, and %s is none", target_name(target));
    if (argument->kind != TCK_TREE_STRING) {
        mistake(check, argument->place, "'$regex' wants a string, found %s", tck_tree_kind_text(argument->kind));
        return;
    }
    if (is_variable(check, argument))
        return;
    r = regcomp(&regex, argument->text, REG_EXTENDED | REG_NOSUB);
    if (r == 0) {
        regfree(&regex);
        return;
    }
    regerror(r, &regex, why, sizeof why);
    mistake(check, argument->place, "not a regular expression: %s", why);
}

static bool wants_list(struct check *check, const struct tck_tree *argument)
{
    if (argument->kind == TCK_TREE_LIST)
        return true;
    mistake(check, argument->place, "'%s' wants a list of patterns, found %s", argument->key,
            tck_tree_kind_text(argument->kind));
    return false;
}

static void check_alternatives(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    if (wants_list(check, argument))
        check_children(check, argument, target);
}

static bool is_for_lists(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    enum tck_well_known well_known = well_known_of(target);

    if (target->shape == LIST || target->shape == ANYTHING || well_known == TCK_WK_LIST_VALUE ||
        well_known == TCK_WK_VALUE)
        return true;
    mistake(check, argument->key_place, "'%s' is for lists, and %s is none", argument->key, target_name(target));
    return false;
}

static void check_elements(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    struct target inner = inner_target(target);

    if (is_for_lists(check, argument, target) && wants_list(check, argument))
        check_children(check, argument, &inner);
}

static void check_each(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    struct target inner = inner_target(target);

    if (target->shape == MAP || is_for_lists(check, argument, target))
        check_pattern(check, argument, &inner);
}

static void check_size(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    static const struct target count = { .shape = COUNT };
    uint64_t size;
    bool has = target->shape != COUNT && (target->shape != MESSAGE || tck_well_known(target->message));

    if (target->shape == SCALAR)
        has = target->field->type == PROTOBUF_C_TYPE_STRING || target->field->type == PROTOBUF_C_TYPE_BYTES;
    if (!has)
        mistake(check, argument->key_place, "'$size' is for lists, maps, strings and bytes, and %s is none",
                target_name(target));
    if (argument->kind == TCK_TREE_NUMBER && !tck_scalar_uint(argument->text, argument->text_size, SIZE_MAX, &size))
        mistake(check, argument->place, "'$size' wants a whole number from 0, found %s", argument->text);
    else
        check_pattern(check, argument, &count);
}

static bool is_number(const struct target *target)
{
    ProtobufCType type;

    if (target->shape == MESSAGE)
        return tck_well_known(target->message) == TCK_WK_WRAPPER || tck_well_known(target->message) == TCK_WK_VALUE;
    if (target->shape != SCALAR)
        return target->shape == COUNT || target->shape == ANYTHING;
    type = target->field->type;
    return type != PROTOBUF_C_TYPE_STRING && type != PROTOBUF_C_TYPE_BYTES && type != PROTOBUF_C_TYPE_BOOL &&
           type != PROTOBUF_C_TYPE_ENUM;
}

static void check_range(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    const struct tck_tree *low = argument->first, *high = low ? low->next : NULL;
    int order;

    if (!is_number(target))
        mistake(check, argument->key_place, "'$range' is for numbers, and %s is none", target_name(target));
    if (argument->kind != TCK_TREE_LIST || argument->count != 2) {
        mistake(check, argument->place, "'$range' wants [low, high], null for an open end");
        return;
    }
    for (const struct tck_tree *bound = low; bound; bound = bound->next)
        if (bound->kind != TCK_TREE_NULL && !is_variable(check, bound) &&
            !(bound->kind == TCK_TREE_NUMBER && tck_match_compare_numbers(bound, bound, &order)))
            mistake(check, bound->place, "a bound of '$range' is a number or null, found %s",
                    tck_tree_kind_text(bound->kind));
    if (low->kind == TCK_TREE_NUMBER && high->kind == TCK_TREE_NUMBER && tck_match_compare_numbers(low, high, &order) &&
        order > 0)
        mistake(check, argument->place, "nothing is in this range: %s is above %s", low->text, high->text);
}

static void check_partial(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    enum tck_well_known well_known = well_known_of(target);

    if (argument->kind != TCK_TREE_MAP) {
        mistake(check, argument->place, "'$partial' wants a map of fields, found %s",
                tck_tree_kind_text(argument->kind));
        return;
    }
    if (target->shape == MAP || target->shape == ANYTHING || is_open(well_known) ||
        (target->shape == MESSAGE && (well_known == TCK_NOT_WELL_KNOWN || well_known == TCK_WK_ANY)))
        check_literal(check, argument, target);
    else
        mistake(check, argument->key_place, "'$partial' is for messages, and %s is none", target_name(target));
}

static void check_capture(struct check *check, const struct tck_tree *argument, const struct target *target)
{
    const struct tck_tree *name = tck_tree_get(argument, "$capture"), *as = tck_tree_get(argument, "as");

    if (name->kind != TCK_TREE_STRING || name->text_size == 0)
        mistake(check, name->place, "'$capture' wants the name of a variable, found %s",
                tck_tree_kind_text(name->kind));
    if (as)
        check_pattern(check, as, target);
}

static check_function *const checks[TCK_MATCHER_COUNT] = {
    [TCK_MATCHER_any] = check_nothing,
    [TCK_MATCHER_absent] = check_nothing,
    [TCK_MATCHER_optional] = check_same,
    [TCK_MATCHER_regex] = check_regex,
    [TCK_MATCHER_not] = check_same,
    [TCK_MATCHER_one_of] = check_alternatives,
    [TCK_MATCHER_all_of] = check_alternatives,
    [TCK_MATCHER_unordered] = check_elements,
    [TCK_MATCHER_contains] = check_elements,
    [TCK_MATCHER_each] = check_each,
    [TCK_MATCHER_size] = check_size,
    [TCK_MATCHER_range] = check_range,
    [TCK_MATCHER_partial] = check_partial,
    [TCK_MATCHER_capture] = check_capture,
};

static void check_pattern(struct check *check, const struct tck_tree *pattern, const struct target *target)
{
    const struct tck_tree *argument;
    struct tck_error err = { 0 };
    enum tck_matcher matcher;
    int r;

    if (check->depth >= DEPTH_MAX) {
        mistake(check, pattern->place, "this pattern nests above %d levels", DEPTH_MAX);
        return;
    }
    check->depth++;
    r = tck_matcher_of(pattern, &matcher, &argument, &err);
    if (r < 0)
        take(check, r, &err);
    else if (matcher == TCK_MATCHER_COUNT)
        check_literal(check, pattern, target);
    else
        checks[matcher](check, argument, target);
    tck_error_done(&err);
    check->depth--;
}

int tck_match_check(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                    const struct tck_tree *pattern, struct tck_arena *arena, struct tck_error_list *errors)
{
    struct check check = { .pool = pool, .arena = arena, .errors = errors };
    struct target target = message_target(descriptor);

    check_pattern(&check, pattern, &target);
    return check.worst;
}
