/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "wire/json.h"
#include "wire/json_form_internal.h"

/* A copy of the tree whose places are called by their paths. jansson knows no positions of values, so a path is the
 * best that an error can say; it is made only when there is an error to say. */
static struct tck_tree *with_paths(const struct tck_tree *tree, const char *path, struct tck_arena *arena)
{
    struct tck_tree *copy = TCK_NEW(arena, struct tck_tree), *last = NULL;
    size_t i = 0;

    if (!copy || !path)
        return NULL;
    *copy = *tree;
    copy->place = (struct tck_place){ .name = path };
    copy->key_place = copy->place;
    copy->first = copy->next = NULL;
    for (const struct tck_tree *child = tree->first; child; child = child->next, i++) {
        const char *dot = *path ? "." : "";
        struct tck_tree *made = with_paths(child,
                                           child->key ? tck_arena_printf(arena, "%s%s%s", path, dot, child->key)
                                                      : tck_arena_printf(arena, "%s[%zu]", path, i),
                                           arena);

        if (!made)
            return NULL;
        if (last)
            last->next = made;
        else
            copy->first = made;
        last = made;
    }
    return copy;
}

/* Reads once more what failed, for the path. */
static int explain(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                   const struct tck_tree *tree, int status, struct tck_error *err)
{
    tck_cleanup(tck_arena_freep) struct tck_arena *arena = NULL;
    struct tck_tree *placed;
    ProtobufCMessage *message;
    int r;

    r = tck_arena_new(0, &arena, err);
    if (r < 0)
        return r;
    placed = with_paths(tree, "", arena);
    if (!placed)
        return status; /* what err says is right, if it does not say where */
    r = tck_message_from_tree(pool, descriptor, placed, NULL, arena, &message, err);
    return r < 0 ? r : status;
}

int tck_message_from_json(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                          struct tck_bytes json, unsigned flags, struct tck_arena *arena,
                          ProtobufCMessage **ret_message, struct tck_error *err)
{
    const struct tck_tree *tree;
    int r;

    r = tck_tree_parse_json("JSON", json, arena, &tree, err);
    if (r < 0)
        return r;
    r = tck_json_form(pool, descriptor, tree, (flags & TCK_JSON_IGNORE_UNKNOWN) != 0, arena, &tree, err);
    if (r < 0)
        return r;
    r = tck_message_from_tree(pool, descriptor, tree, NULL, arena, ret_message, err);
    return r == TCK_BAD_INPUT && err ? explain(pool, descriptor, tree, r, err) : r;
}
