/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "wire/fields_internal.h"
#include "wire/scalar_internal.h"
#include "wire/text_internal.h"
#include "wire/well_known_internal.h"

static const char *const keys[TCK_MATCHER_COUNT] = {
#define XX(key, id) [TCK_MATCHER_##id] = key,
    TCK_MATCHER_MAP(XX)
#undef XX
};

int tck_matcher_of(const struct tck_tree *pattern, enum tck_matcher *ret_matcher, const struct tck_tree **ret_argument,
                   struct tck_error *err)
{
    const struct tck_tree *entry, *other;
    const char *nearest;
    size_t i;

    *ret_matcher = TCK_MATCHER_COUNT;
    if (pattern->kind != TCK_TREE_MAP)
        return 0;
    for (entry = pattern->first; entry && entry->key[0] != '$'; entry = entry->next)
        ;
    if (!entry)
        return 0;

    for (i = 0; i < TCK_MATCHER_COUNT && strcmp(keys[i], entry->key) != 0; i++)
        ;
    if (i == TCK_MATCHER_COUNT) {
        nearest = tck_suggest_in(entry->key, TCK_MATCHER_COUNT, keys);
        if (nearest)
            return tck_fail(err, TCK_BAD_INPUT, entry->key_place, "no matcher '%s'; did you mean '%s'?", entry->key,
                            nearest);
        return tck_fail(err, TCK_BAD_INPUT, entry->key_place, "no matcher '%s'", entry->key);
    }
    other = entry == pattern->first ? entry->next : pattern->first;
    if (other && !(i == TCK_MATCHER_capture && pattern->count == 2 && strcmp(other->key, "as") == 0))
        return tck_fail(err, TCK_BAD_INPUT, other->key_place, "'%s' cannot stand beside the matcher '%s'", other->key,
                        entry->key);
    *ret_matcher = (enum tck_matcher)i;
    /* A capture may have a pattern beside it, so it is given the map. */
    *ret_argument = i == TCK_MATCHER_capture ? pattern : entry;
    return 0;
}

static int match_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                     const struct tck_subject *subject)
{
    if (subject->set || subject->implicit)
        return 1;
    return tck_differ_from(run, path, argument->place, subject, "any value");
}

static int match_absent(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                        const struct tck_subject *subject)
{
    return !subject->set || tck_differ_from(run, path, argument->place, subject, "absent");
}

static int match_optional(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                          const struct tck_subject *subject)
{
    return !subject->set || tck_match_pattern(run, path, argument, subject);
}

/* The subject as a string: strings, names of enums, wrapped and string Anys, and what JSON writes as a string.
 * *ret_text is NULL if it is none of these. */
static int string_of(struct tck_match_run *run, const struct tck_subject *subject, const char **ret_text)
{
    const struct tck_pool *pool = run->match->pool;
    struct tck_subject inner = *subject;
    const ProtobufCMessage *message = tck_subject_as_message(&inner), *opened;
    const char *url, *string_any = tck_pool_string_any(pool);
    const struct tck_tree *tree;
    struct tck_bytes bytes;
    ProtobufCMessage *content;
    int r;

    *ret_text = NULL;
    if (!inner.value && !inner.tree)
        return 0;
    if (message && string_any && tck_any_parts(message, &url, &bytes) &&
        strcmp(tck_type_name(url), tck_type_name(string_any)) == 0) {
        r = tck_message_unpack_any(pool, message, run->match->arena, &content, NULL);
        if (r < 0)
            return r == TCK_KIT ? tck_no_memory(run->err) : 0;
        opened = content;
        /* The arena keeps the message; the pointer to it need live only until the value inside is found. */
        inner = tck_subject_message(&opened);
    }
    inner = tck_subject_unwrap(&inner);
    message = tck_subject_as_message(&inner);
    if (inner.field && inner.field->type == PROTOBUF_C_TYPE_STRING && inner.shape == TCK_SUBJECT_ONE) {
        *ret_text = tck_value_string(inner.value);
        return 0;
    }
    if (inner.shape == TCK_SUBJECT_LIST || inner.shape == TCK_SUBJECT_MAP ||
        (message && tck_well_known(message->descriptor) == TCK_NOT_WELL_KNOWN))
        return 0;
    r = tck_subject_to_tree(pool, &inner, run->match->arena, &tree, run->err);
    if (r == 0 && tree->kind == TCK_TREE_STRING)
        *ret_text = tree->text;
    return r;
}

static int match_regex(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                       const struct tck_subject *subject)
{
    const struct tck_tree *expression;
    const char *text;
    char why[128];
    regex_t regex;
    int r;

    r = tck_match_resolve(run, argument, &expression);
    if (r < 0)
        return r;
    if (expression->kind != TCK_TREE_STRING)
        return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "'$regex' wants a string, found %s",
                        tck_tree_kind_text(expression->kind));
    r = string_of(run, subject, &text);
    if (r < 0)
        return r;
    if (text) {
        r = regcomp(&regex, expression->text, REG_EXTENDED | REG_NOSUB);
        if (r != 0) {
            regerror(r, &regex, why, sizeof why);
            return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "not a regular expression: %s", why);
        }
        r = regexec(&regex, text, 0, NULL, 0);
        regfree(&regex);
        if (r == 0)
            return 1;
    }
    return tck_differ_from(run, path, argument->place, subject, "a string that matches /%s/", expression->text);
}

static int match_not(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                     const struct tck_subject *subject)
{
    int r = tck_match_try(run, path, argument, subject);

    if (r < 0)
        return r;
    if (r == 0)
        return 1;
    return run->quiet > 0 ? 0
                          : tck_differ_from(run, path, argument->place, subject, "anything but %s",
                                            tck_pattern_words(run->match->arena, argument));
}

static int wants_list(struct tck_match_run *run, const struct tck_tree *argument)
{
    if (argument->kind == TCK_TREE_LIST)
        return 0;
    return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "'%s' wants a list of patterns, found %s", argument->key,
                    tck_tree_kind_text(argument->kind));
}

static int match_one_of(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                        const struct tck_subject *subject)
{
    int r = wants_list(run, argument);

    if (r < 0)
        return r;
    for (const struct tck_tree *alternative = argument->first; alternative; alternative = alternative->next) {
        struct tck_bindings before = run->bindings;

        run->quiet++;
        r = tck_match_pattern(run, path, alternative, subject);
        run->quiet--;
        if (r != 0)
            return r; /* keeps what this alternative captured */
        run->bindings = before;
    }
    return run->quiet > 0 ? 0
                          : tck_differ_from(run, path, argument->place, subject, "one of %s",
                                            tck_pattern_words(run->match->arena, argument));
}

static int match_all_of(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                        const struct tck_subject *subject)
{
    int matched = 1, r = wants_list(run, argument);

    if (r < 0)
        return r;
    for (const struct tck_tree *pattern = argument->first; pattern; pattern = pattern->next) {
        r = tck_match_pattern(run, path, pattern, subject);
        if (r < 0 || (r == 0 && run->quiet > 0))
            return r;
        matched &= r;
    }
    return matched;
}

static int match_unordered(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                           const struct tck_subject *subject)
{
    int r = wants_list(run, argument);

    return r < 0 ? r : tck_match_assignment(run, path, argument, subject, true);
}

static int match_contains(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                          const struct tck_subject *subject)
{
    int r = wants_list(run, argument);

    return r < 0 ? r : tck_match_assignment(run, path, argument, subject, false);
}

static int match_each(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                      const struct tck_subject *subject)
{
    bool is_map = tck_subject_is_map(subject);
    int matched = 1, r;
    size_t length;
    char buf[32];

    if (!tck_subject_length(subject, &length))
        return tck_differ_from(run, path, argument->place, subject, "a list");
    for (size_t i = 0; i < length; i++) {
        struct tck_path at = { .up = path, .index = i, .name = is_map ? tck_subject_key(subject, i, buf) : NULL };
        struct tck_subject element = tck_subject_element(run->match->pool, subject, i);

        r = tck_match_pattern(run, &at, argument, &element);
        if (r < 0 || (r == 0 && run->quiet > 0))
            return r;
        matched &= r;
    }
    return matched;
}

/* Elements, bytes, or bytes of a string; false: it has no size. */
static int size_of(struct tck_match_run *run, const struct tck_subject *subject, size_t *ret_size, bool *ret_has)
{
    struct tck_subject inner = tck_subject_unwrap(subject);
    const char *text;
    int r;

    *ret_has = true;
    if (tck_subject_length(&inner, ret_size))
        return 0;
    if (inner.shape == TCK_SUBJECT_ONE && inner.value && inner.field && inner.field->type == PROTOBUF_C_TYPE_BYTES) {
        *ret_size = tck_value_bytes(inner.value).size;
        return 0;
    }
    if (inner.shape == TCK_SUBJECT_TREE && inner.tree && inner.tree->kind == TCK_TREE_STRING) {
        *ret_size = inner.tree->text_size;
        return 0;
    }
    r = string_of(run, &inner, &text);
    *ret_has = r == 0 && text;
    *ret_size = *ret_has ? strlen(text) : 0;
    return r;
}

static int match_size(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                      const struct tck_subject *subject)
{
    struct tck_tree number = { .kind = TCK_TREE_NUMBER, .place = argument->place };
    struct tck_subject length = { .shape = TCK_SUBJECT_TREE, .set = true, .tree = &number };
    char text[24];
    size_t size;
    bool has;
    int r;

    r = size_of(run, subject, &size, &has);
    if (r < 0)
        return r;
    if (!has)
        return tck_differ_from(run, path, argument->place, subject, "something with a size");
    number.text_size = (size_t)snprintf(text, sizeof text, "%zu", size);
    number.text = text;
    r = tck_match_try(run, path, argument, &length);
    if (r != 0 || run->quiet > 0)
        return r;
    return tck_differ_from(run, path, argument->place, subject, "a size of %s (it is %zu)",
                           tck_pattern_words(run->match->arena, argument), size);
}

/* The subject as a number in a tree; *ret_number is NULL if it is none. */
static int number_of(struct tck_match_run *run, const struct tck_subject *subject, const struct tck_tree **ret_number)
{
    struct tck_subject inner = tck_subject_unwrap(subject);
    const struct tck_tree *tree;
    int r;

    *ret_number = NULL;
    if (inner.shape == TCK_SUBJECT_LIST || inner.shape == TCK_SUBJECT_MAP || (!inner.value && !inner.tree))
        return 0;
    if (tck_subject_as_message(&inner) && tck_well_known(tck_subject_as_message(&inner)->descriptor) != TCK_WK_VALUE)
        return 0;
    r = tck_subject_to_tree(run->match->pool, &inner, run->match->arena, &tree, run->err);
    if (r < 0)
        return r;
    if (tree->kind == TCK_TREE_NUMBER)
        *ret_number = tree;
    /* An infinity is a string in JSON; it is a number all the same. */
    else if (inner.field && (inner.field->type == PROTOBUF_C_TYPE_DOUBLE || inner.field->type == PROTOBUF_C_TYPE_FLOAT))
        *ret_number = tree;
    return 0;
}

/* Is number on the right side of this bound? sign: -1 for the low one, 1 for the high one. */
static int within(struct tck_match_run *run, const struct tck_tree *bound, const struct tck_tree *number, int sign)
{
    int r, order;

    r = tck_match_resolve(run, bound, &bound);
    if (r < 0 || bound->kind == TCK_TREE_NULL)
        return r < 0 ? r : 1;
    if (bound->kind != TCK_TREE_NUMBER || !tck_match_compare_numbers(bound, bound, &order))
        return tck_fail(run->err, TCK_BAD_INPUT, bound->place, "a bound of '$range' is a number or null, found %s",
                        tck_tree_kind_text(bound->kind));
    return number && tck_match_compare_numbers(number, bound, &order) && order * sign <= 0;
}

static int match_range(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                       const struct tck_subject *subject)
{
    const struct tck_tree *number;
    int r, low, high;

    if (argument->kind != TCK_TREE_LIST || argument->count != 2)
        return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "'$range' wants [low, high], null for an open end");
    r = number_of(run, subject, &number);
    if (r < 0)
        return r;
    low = within(run, argument->first, number, -1);
    if (low < 0)
        return low;
    high = within(run, argument->first->next, number, 1);
    if (high < 0)
        return high;
    if (number && low && high)
        return 1;
    return run->quiet > 0 ? 0
                          : tck_differ_from(run, path, argument->place, subject, "a number in %s",
                                            tck_pattern_words(run->match->arena, argument));
}

static int match_partial(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                         const struct tck_subject *subject)
{
    bool holds_fields = tck_subject_as_message(subject) || tck_subject_is_map(subject);

    if (argument->kind != TCK_TREE_MAP)
        return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "'$partial' wants a map of fields, found %s",
                        tck_tree_kind_text(argument->kind));
    if (!holds_fields && (subject->shape == TCK_SUBJECT_TREE || !subject->value))
        return run->quiet > 0 ? 0
                              : tck_differ_from(run, path, argument->place, subject, "%s and more",
                                                tck_pattern_words(run->match->arena, argument));
    if (!holds_fields)
        return tck_fail(run->err, TCK_BAD_INPUT, argument->place, "'$partial' is for messages, and '%s' is none",
                        subject->field->name);
    return tck_match_fields(run, path, argument, subject, true);
}

static int match_capture(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *argument,
                         const struct tck_subject *subject)
{
    const struct tck_tree *name = tck_tree_get(argument, "$capture"), *as = tck_tree_get(argument, "as"), *value;
    int r;

    if (name->kind != TCK_TREE_STRING || name->text_size == 0)
        return tck_fail(run->err, TCK_BAD_INPUT, name->place, "'$capture' wants the name of a variable, found %s",
                        tck_tree_kind_text(name->kind));
    run->captured = true;
    r = as ? tck_match_pattern(run, path, as, subject) : match_any(run, path, name, subject);
    if (r <= 0)
        return r;
    r = tck_subject_to_tree(run->match->pool, subject, run->match->arena, &value, run->err);
    if (r < 0)
        return r;
    r = tck_bindings_bind(&run->bindings, run->match->arena, name->text, value, run->err);
    return r < 0 ? r : 1;
}

tck_matcher_function *const tck_matchers[TCK_MATCHER_COUNT] = {
#define XX(key, id) [TCK_MATCHER_##id] = match_##id,
    TCK_MATCHER_MAP(XX)
#undef XX
};
