/* SPDX-License-Identifier: Apache-2.0
 *
 * Variables before the run: some have values already, the others are taken on trust, and none may be missing.
 */
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "engine/compile_internal.h"
#include "wire/match.h"

/* --- walking the variables of a tree; the grammar is that of wire/bindings.h --- */

struct reference {
    const char *name; /* not terminated */
    size_t size;
    struct tck_place place;
};
typedef bool reference_visitor(const void *context, const struct reference *reference);

static size_t name_size(const char *text, size_t size)
{
    size_t n = 0;

    if (size == 0 || (text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '.')
        return 0;
    while (n < size && ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z') ||
                        (text[n] >= '0' && text[n] <= '9') || text[n] == '_' || text[n] == '-' || text[n] == '.'))
        n++;
    return n;
}

static bool is_whole(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_STRING && tree->text_size > 1 && tree->text[0] == '$' &&
           name_size(tree->text + 1, tree->text_size - 1) == tree->text_size - 1;
}

/* false as soon as a visitor says so. */
static bool visit_string(const struct tck_tree *tree, reference_visitor *visit, const void *context)
{
    const char *text = tree->text;

    if (is_whole(tree))
        return visit(context, &(struct reference){ text + 1, tree->text_size - 1, tree->place });
    for (size_t i = 0; i + 1 < tree->text_size; i++) {
        size_t n;

        if (text[i] != '$')
            continue;
        if (text[i + 1] == '{' && (n = name_size(text + i + 2, tree->text_size - i - 2)) > 0 &&
            !visit(context, &(struct reference){ text + i + 2, n, tree->place }))
            return false;
        i++; /* "$$" is one */
    }
    return true;
}

static bool visit_references(const struct tck_tree *tree, reference_visitor *visit, const void *context)
{
    if (!tree)
        return true;
    if (tree->kind == TCK_TREE_STRING)
        return visit_string(tree, visit, context);
    for (const struct tck_tree *child = tree->first; child; child = child->next)
        if (!visit_references(child, visit, context))
            return false;
    return true;
}

static const struct tck_binding *find(const struct tck_bindings *bindings, const char *name, size_t size)
{
    for (const struct tck_binding *binding = bindings->head; binding; binding = binding->next)
        if (strlen(binding->name) == size && memcmp(binding->name, name, size) == 0)
            return binding;
    return NULL;
}

/* --- what is known now --- */

static const struct tck_tree *known_string(struct tck_compiler *c, const struct tck_tree *tree)
{
    const struct tck_binding *binding;
    struct tck_tree *copy;

    if (!is_whole(tree) || !(binding = find(&c->known, tree->text + 1, tree->text_size - 1)))
        return tree;
    copy = TCK_NEW(c->arena, struct tck_tree);
    if (!copy) {
        tck_compiler_no_memory(c);
        return tree;
    }
    *copy = *binding->value;
    copy->key = tree->key;
    copy->key_place = tree->key_place;
    copy->next = NULL;
    return copy;
}

const struct tck_tree *tck_known(struct tck_compiler *c, const struct tck_tree *tree)
{
    struct tck_tree *copy;
    bool changed = false;

    if (!tree || !c->known.head)
        return tree;
    if (tree->kind == TCK_TREE_STRING)
        return known_string(c, tree);
    if (!tree->first)
        return tree;
    copy = tree->kind == TCK_TREE_LIST ? tck_new_list(c, tree->place) : tck_new_map(c, tree->place);
    for (const struct tck_tree *child = tree->first; child; child = child->next) {
        const struct tck_tree *known = tck_known(c, child);

        changed = changed || known != child;
        tck_put(c, copy, child->key, known);
    }
    return changed && copy ? copy : tree;
}

const char *tck_known_text(struct tck_compiler *c, const struct tck_tree *tree, const char *what)
{
    const struct tck_tree *resolved;

    if (!tree)
        return NULL;
    if (tck_bindings_resolve(&c->known, tree, c->arena, &resolved, NULL) < 0) {
        tck_mistake(c, tree->place, "%s must be known before the run, and '%s' is not", what, tree->text);
        return NULL;
    }
    if (resolved->kind == TCK_TREE_STRING || resolved->kind == TCK_TREE_NUMBER || resolved->kind == TCK_TREE_BOOL)
        return resolved->text;
    tck_mistake(c, tree->place, "%s must be a text, found %s", what, tck_tree_kind_text(resolved->kind));
    return NULL;
}

/* --- scope --- */

void tck_declare_own(struct tck_compiler *c, const char *name, const struct tck_tree *value)
{
    if (tck_bindings_bind(&c->scope, c->arena, name, value, NULL) < 0)
        tck_compiler_no_memory(c);
}

void tck_declare(struct tck_compiler *c, const char *name, const struct tck_tree *value, struct tck_place place)
{
    if (name[0] == '_')
        tck_mistake(c, place, "variables that begin with '_' belong to the kit; choose another name than '%s'", name);
    else if (find(&c->known, name, strlen(name)))
        tck_mistake(c, place, "'%s' is a column of the row (or the item of a repeat) and cannot be bound again", name);
    else
        tck_declare_own(c, name, value);
}

static void declare_captures(struct tck_compiler *c, const struct tck_tree *tree)
{
    const struct tck_tree *name = tck_tree_get(tree, "$capture");

    if (name && name->kind == TCK_TREE_STRING)
        tck_declare(c, name->text, NULL, name->place);
    for (const struct tck_tree *child = tree->first; child; child = child->next)
        declare_captures(c, child);
}

static bool is_in_scope(const void *context, const struct reference *reference)
{
    /* The visitor's context is const for those that only look; this one notes mistakes. */
    struct tck_compiler *c = *(struct tck_compiler *const *)context;
    tck_cleanup(tck_freep) const char **names = NULL;
    tck_cleanup(tck_freep) char *word = NULL;
    size_t count = 0;
    const char *nearest;

    if (find(&c->scope, reference->name, reference->size))
        return true;
    for (const struct tck_binding *binding = c->scope.head; binding; binding = binding->next)
        count++;
    names = calloc(count + 1, sizeof *names);
    word = strndup(reference->name, reference->size);
    if (!names || !word) {
        tck_compiler_no_memory(c);
        return false;
    }
    count = 0;
    for (const struct tck_binding *binding = c->scope.head; binding; binding = binding->next)
        if (binding->name[0] != '_')
            names[count++] = binding->name;
    nearest = tck_suggest_in(word, count, names);
    if (nearest)
        tck_mistake(c, reference->place, "no variable '%s' is bound here; did you mean '%s'?", word, nearest);
    else
        tck_mistake(c, reference->place, "no variable '%s' is bound here", word);
    return true;
}

void tck_check_variables(struct tck_compiler *c, const struct tck_tree *tree)
{
    if (!tree)
        return;
    declare_captures(c, tree);
    visit_references(tree, is_in_scope, &c);
}

static bool has_value(const void *context, const struct reference *reference)
{
    const struct tck_compiler *c = context;
    const struct tck_binding *binding = find(&c->scope, reference->name, reference->size);

    return binding && binding->value;
}

bool tck_can_be_tried(const struct tck_compiler *c, const struct tck_tree *tree)
{
    return visit_references(tree, has_value, c);
}

/* --- whole messages --- */

/* The first matcher in a tree, or NULL. */
static const struct tck_tree *matcher_in(const struct tck_tree *tree)
{
    const struct tck_tree *found;

    if (tck_pattern_is_matcher(tree))
        return tree;
    for (const struct tck_tree *child = tree->first; child; child = child->next)
        if ((found = matcher_in(child)))
            return found;
    return NULL;
}

static void note(struct tck_compiler *c, int status)
{
    if (status < c->status)
        c->status = status;
}

static void try_literal(struct tck_compiler *c, const ProtobufCMessageDescriptor *type, const struct tck_tree *tree)
{
    struct tck_error err = { 0 };
    ProtobufCMessage *message;

    if (tck_message_from_tree(c->pool, type, tree, &c->scope, c->arena, &message, &err) < 0)
        note(c, tck_error_list_take(c->errors, &err));
}

const struct tck_tree *tck_checked_literal(struct tck_compiler *c, const ProtobufCMessageDescriptor *type,
                                           const struct tck_tree *tree)
{
    const struct tck_tree *matcher;

    if (!tree)
        return NULL;
    matcher = matcher_in(tree);
    if (matcher) {
        tck_mistake(c, matcher->place, "'%s' matches what arrives; it cannot be sent", matcher->first->key);
        return tree;
    }
    tck_check_variables(c, tree);
    /* A trial finds more than the check of a pattern does, but it needs all values. */
    if (tck_can_be_tried(c, tree))
        try_literal(c, type, tree);
    else
        note(c, tck_match_check(c->pool, type, tree, c->arena, c->errors));
    return tree;
}

const struct tck_tree *tck_checked_pattern(struct tck_compiler *c, const ProtobufCMessageDescriptor *type,
                                           const struct tck_tree *tree)
{
    if (!tree)
        return NULL;
    tck_check_variables(c, tree);
    note(c, tck_match_check(c->pool, type, tree, c->arena, c->errors));
    return tree;
}
