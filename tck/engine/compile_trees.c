/* SPDX-License-Identifier: Apache-2.0
 *
 * Building trees, and giving payloads their types.
 */
#include <string.h>

#include "engine/compile_internal.h"

struct tck_tree *tck_new_map(struct tck_compiler *c, struct tck_place place)
{
    struct tck_tree *map = tck_tree_map(c->arena, place);

    if (!map)
        tck_compiler_no_memory(c);
    return map;
}

struct tck_tree *tck_new_list(struct tck_compiler *c, struct tck_place place)
{
    struct tck_tree *list = tck_tree_list(c->arena, place);

    if (!list)
        tck_compiler_no_memory(c);
    return list;
}

const struct tck_tree *tck_new_string(struct tck_compiler *c, const char *text, struct tck_place place)
{
    const struct tck_tree *string = tck_tree_string(c->arena, text, place);

    if (!string)
        tck_compiler_no_memory(c);
    return string;
}

const struct tck_tree *tck_new_variable(struct tck_compiler *c, const char *name, struct tck_place place)
{
    char *text = tck_arena_printf(c->arena, "$%s", name);

    if (text)
        return tck_new_string(c, text, place);
    tck_compiler_no_memory(c);
    return NULL;
}

void tck_put(struct tck_compiler *c, struct tck_tree *parent, const char *key, const struct tck_tree *value)
{
    if (value && !tck_tree_append(c->arena, parent, key, value))
        tck_compiler_no_memory(c);
}

const struct tck_tree *tck_wrapped(struct tck_compiler *c, const char *key, const struct tck_tree *value)
{
    struct tck_tree *map = tck_new_map(c, value ? value->place : TCK_NOWHERE);

    tck_put(c, map, key, value);
    return map;
}

bool tck_pattern_is_matcher(const struct tck_tree *tree)
{
    return tree && tree->kind == TCK_TREE_MAP && tree->first && tree->first->key[0] == '$';
}

bool tck_flag_is_true(const struct tck_tree *tree)
{
    return tree && tree->kind == TCK_TREE_BOOL && strcmp(tree->text, "true") == 0;
}

int64_t tck_duration_of(const struct tck_tree *tree)
{
    int64_t duration = 0;

    if (tree && tree->kind == TCK_TREE_STRING)
        tck_duration_parse(tree->text, tree->place, &duration, NULL);
    return duration;
}

bool tck_has_type(const struct tck_tree *tree)
{
    return tck_tree_get(tree, "@type") != NULL;
}

static bool is_whole_variable(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_STRING && tree->text_size > 1 && tree->text[0] == '$' && tree->text[1] != '$' &&
           tree->text[1] != '{';
}

/* --- leaves --- */

/* The children of a matcher or list, each replaced; keys kept. */
static const struct tck_tree *map_children(struct tck_compiler *c, const struct tck_tree *tree, tck_leaf *leaf,
                                           const void *context)
{
    struct tck_tree *copy = tree->kind == TCK_TREE_LIST ? tck_new_list(c, tree->place) : tck_new_map(c, tree->place);

    for (const struct tck_tree *child = tree->first; child; child = child->next)
        tck_put(c, copy, child->key, tck_map_leaves(c, child, leaf, context));
    return copy;
}

/* {$capture: name, as: P}: the name is no pattern. */
static const struct tck_tree *map_capture(struct tck_compiler *c, const struct tck_tree *tree, tck_leaf *leaf,
                                          const void *context)
{
    struct tck_tree *copy = tck_new_map(c, tree->place);

    for (const struct tck_tree *child = tree->first; child; child = child->next)
        tck_put(c, copy, child->key, strcmp(child->key, "as") == 0 ? tck_map_leaves(c, child, leaf, context) : child);
    return copy;
}

const struct tck_tree *tck_map_leaves(struct tck_compiler *c, const struct tck_tree *tree, tck_leaf *leaf,
                                      const void *context)
{
    static const char *const with_patterns[] = { "$optional", "$not",       "$each",    "$one_of",
                                                 "$all_of",   "$unordered", "$contains" };

    if (tree->kind == TCK_TREE_LIST)
        return map_children(c, tree, leaf, context);
    if (!tck_pattern_is_matcher(tree))
        return leaf(c, tree, context);
    if (tck_tree_get(tree, "$capture"))
        return map_capture(c, tree, leaf, context);
    if (tck_tree_get(tree, "$partial"))
        return leaf(c, tree, context);
    for (size_t i = 0; i < TCK_COUNT(with_patterns); i++)
        if (strcmp(tree->first->key, with_patterns[i]) == 0)
            return map_children(c, tree, leaf, context);
    return tree; /* $any, $absent, $size, …: nothing in it has a type */
}

/* --- types --- */

struct payload {
    const char *type, *what;
};

static const struct tck_tree *with_type(struct tck_compiler *c, const struct tck_tree *fields, const char *type)
{
    struct tck_tree *map = tck_new_map(c, fields->place);

    tck_put(c, map, "@type", tck_new_string(c, type, fields->place));
    for (const struct tck_tree *field = fields->first; field; field = field->next)
        tck_put(c, map, field->key, field);
    return map;
}

static const struct tck_tree *typed_leaf(struct tck_compiler *c, const struct tck_tree *tree, const void *context)
{
    const struct payload *payload = context;

    if (tck_pattern_is_matcher(tree)) /* $partial, the only one that comes here */
        return tck_wrapped(c, "$partial", typed_leaf(c, tree->first, context));
    if (is_whole_variable(tree) || tck_has_type(tree))
        return tree;
    if (!payload->type) {
        if (tree->kind == TCK_TREE_STRING)
            return tree; /* a primitive string */
        tck_mistake(c, tree->place, "the type of %s is not known; write {\"@type\": full.Name, …}", payload->what);
        return NULL; /* one mistake is enough */
    }
    if (tree->kind == TCK_TREE_MAP || tree->kind == TCK_TREE_NULL)
        return with_type(c, tree, payload->type);
    tck_mistake(c, tree->place, "%s is a %s: expected its fields as a map, found %s", payload->what, payload->type,
                tck_tree_kind_text(tree->kind));
    return NULL;
}

const struct tck_tree *tck_typed(struct tck_compiler *c, const struct tck_tree *tree, const char *type,
                                 const char *what)
{
    struct payload payload = { type, what };

    return tree ? tck_map_leaves(c, tree, typed_leaf, &payload) : NULL;
}
