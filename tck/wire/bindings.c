/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/bindings.h"

#include <string.h>

#include "base/suggest.h"
#include "wire/tree_internal.h"

/* Bounds what "${a}${a}${a}…" can grow into when every variable is long. */
#define MAX_TEXT ((size_t)16 << 20)

int tck_bindings_bind(struct tck_bindings *bindings, struct tck_arena *arena, const char *name,
                      const struct tck_tree *value, struct tck_error *err)
{
    struct tck_binding *binding = TCK_NEW(arena, struct tck_binding);

    if (!binding || !(binding->name = tck_arena_strdup(arena, name)))
        return tck_no_memory(err);
    binding->value = value;
    binding->next = bindings->head;
    bindings->head = binding;
    return 0;
}

static const struct tck_tree *find(const struct tck_bindings *bindings, const char *name, size_t size)
{
    for (const struct tck_binding *binding = bindings->head; binding; binding = binding->next)
        if (strlen(binding->name) == size && memcmp(binding->name, name, size) == 0)
            return binding->value;
    return NULL;
}

const struct tck_tree *tck_bindings_find(const struct tck_bindings *bindings, const char *name)
{
    return find(bindings, name, strlen(name));
}

static int not_bound(const struct tck_bindings *bindings, const char *name, size_t size, struct tck_place place,
                     struct tck_error *err)
{
    tck_cleanup(tck_freep) const char **names = NULL;
    tck_cleanup(tck_freep) char *word = strndup(name, size);
    const char *nearest = NULL;
    size_t count = 0, i = 0;

    for (const struct tck_binding *binding = bindings->head; binding; binding = binding->next)
        count++;
    names = calloc(count + 1, sizeof *names);
    if (!word || !names)
        return tck_no_memory(err);
    for (const struct tck_binding *binding = bindings->head; binding; binding = binding->next)
        names[i++] = binding->name;
    nearest = tck_suggest_in(word, count, names);
    if (nearest)
        return tck_fail(err, TCK_BAD_INPUT, place, "no variable '%s' is bound here; did you mean '%s'?", word, nearest);
    return tck_fail(err, TCK_BAD_INPUT, place, "no variable '%s' is bound here", word);
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
}

/* Length of the name that text begins with, 0 for none: "$5.00" is a price. */
static size_t name_size(const char *text, size_t size)
{
    size_t n = 0;

    if (size == 0 || (text[0] >= '0' && text[0] <= '9') || text[0] == '-' || text[0] == '.')
        return 0;
    while (n < size && is_name_character(text[n]))
        n++;
    return n;
}

static bool is_whole_name(const char *text, size_t size)
{
    return name_size(text, size) == size;
}

/* Appends the variable whose "${…}" begins at text, and says how much of the text that took. */
static int append_variable(const struct tck_bindings *bindings, const struct tck_tree *tree, const char *text,
                           size_t size, struct tck_buffer *out, size_t *ret_taken, struct tck_error *err)
{
    size_t n = name_size(text + 2, size - 2);
    const struct tck_tree *value;

    if (n == 0 || n + 2 >= size || text[n + 2] != '}')
        return tck_fail(err, TCK_BAD_INPUT, tree->place,
                        "'${' wants a variable's name and '}'; a dollar itself is '$$'");
    value = find(bindings, text + 2, n);
    if (!value)
        return not_bound(bindings, text + 2, n, tree->place, err);
    if (value->kind == TCK_TREE_LIST || value->kind == TCK_TREE_MAP || value->kind == TCK_TREE_NULL)
        return tck_fail(err, TCK_BAD_INPUT, tree->place, "the variable '%.*s' is %s and cannot be part of a string",
                        (int)n, text + 2, tck_tree_kind_text(value->kind));
    tck_buffer_append(out, value->text, value->text_size);
    *ret_taken = n + 3;
    return 0;
}

static int fill_in(const struct tck_bindings *bindings, const struct tck_tree *tree, struct tck_buffer *out,
                   struct tck_error *err)
{
    const char *text = tree->text;
    size_t size = tree->text_size, taken;
    int r;

    for (size_t i = 0; i < size; i += taken) {
        taken = 1;
        if (text[i] == '$' && i + 1 < size && text[i + 1] == '$') {
            tck_buffer_putc(out, '$');
            taken = 2;
        } else if (text[i] == '$' && i + 1 < size && text[i + 1] == '{') {
            r = append_variable(bindings, tree, text + i, size - i, out, &taken, err);
            if (r < 0)
                return r;
        } else {
            tck_buffer_putc(out, text[i]);
        }
    }
    return tck_buffer_check(out, err);
}

/* A copy of value in the place of the tree that stood for it: mistakes are then shown where the author wrote them. */
static const struct tck_tree *stand_in(const struct tck_tree *tree, const struct tck_tree *value,
                                       struct tck_arena *arena)
{
    struct tck_tree *copy = TCK_NEW(arena, struct tck_tree);

    if (!copy)
        return NULL;
    *copy = *value;
    copy->place = tree->place;
    copy->key = tree->key;
    copy->key_place = tree->key_place;
    copy->next = tree->next;
    return copy;
}

static int resolve_string(const struct tck_bindings *bindings, const struct tck_tree *tree, struct tck_arena *arena,
                          const struct tck_tree **ret_tree, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer out = TCK_BUFFER_INIT(MAX_TEXT);
    const struct tck_tree *value, *resolved;
    int r;

    if (!memchr(tree->text, '$', tree->text_size)) {
        *ret_tree = tree;
        return 0;
    }
    if (tree->text_size > 1 && tree->text[0] == '$' && is_whole_name(tree->text + 1, tree->text_size - 1)) {
        value = find(bindings, tree->text + 1, tree->text_size - 1);
        if (!value)
            return not_bound(bindings, tree->text + 1, tree->text_size - 1, tree->place, err);
    } else {
        r = fill_in(bindings, tree, &out, err);
        if (r < 0)
            return r;
        value = tck_tree_scalar(arena, TCK_TREE_STRING, tck_buffer_string(&out), out.size, tree->place);
        if (!value)
            return tck_no_memory(err);
    }
    resolved = stand_in(tree, value, arena);
    if (!resolved)
        return tck_no_memory(err);
    *ret_tree = resolved;
    return 0;
}

static int resolve(const struct tck_bindings *bindings, const struct tck_tree *tree, unsigned depth,
                   struct tck_arena *arena, const struct tck_tree **ret_tree, struct tck_error *err);

/* Copies the children only if one of them changed. */
static int resolve_children(const struct tck_bindings *bindings, const struct tck_tree *tree, unsigned depth,
                            struct tck_arena *arena, const struct tck_tree **ret_tree, struct tck_error *err)
{
    struct tck_tree *copy = NULL, *last = NULL;

    for (const struct tck_tree *child = tree->first; child; child = child->next) {
        const struct tck_tree *resolved;
        struct tck_tree *link;
        int r = resolve(bindings, child, depth + 1, arena, &resolved, err);

        if (r < 0)
            return r;
        if (resolved == child && !copy)
            continue;
        if (!copy) {
            copy = TCK_NEW(arena, struct tck_tree);
            if (!copy)
                return tck_no_memory(err);
            *copy = *tree;
            copy->first = NULL;
            copy->count = 0;
            for (const struct tck_tree *before = tree->first; before != child; before = before->next) {
                link = TCK_NEW(arena, struct tck_tree);
                if (!link)
                    return tck_no_memory(err);
                *link = *before;
                link->next = NULL;
                tck_tree_link(copy, link, &last);
            }
        }
        link = TCK_NEW(arena, struct tck_tree);
        if (!link)
            return tck_no_memory(err);
        *link = *resolved;
        link->next = NULL;
        tck_tree_link(copy, link, &last);
    }
    *ret_tree = copy ? copy : tree;
    return 0;
}

static int resolve(const struct tck_bindings *bindings, const struct tck_tree *tree, unsigned depth,
                   struct tck_arena *arena, const struct tck_tree **ret_tree, struct tck_error *err)
{
    /* A scenario can put captured trees into captured trees; the readers' bound does not hold for those. */
    if (depth > 2 * TCK_TREE_MAX_DEPTH)
        return tck_fail(err, TCK_BAD_INPUT, tree->place, "nested more than %d deep", 2 * TCK_TREE_MAX_DEPTH);
    if (tree->kind == TCK_TREE_STRING)
        return resolve_string(bindings, tree, arena, ret_tree, err);
    return resolve_children(bindings, tree, depth, arena, ret_tree, err);
}

int tck_bindings_resolve(const struct tck_bindings *bindings, const struct tck_tree *tree, struct tck_arena *arena,
                         const struct tck_tree **ret_tree, struct tck_error *err)
{
    return resolve(bindings, tree, 0, arena, ret_tree, err);
}
