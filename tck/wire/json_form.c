/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/json_form_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/tree_internal.h"
#include "wire/well_known_internal.h"

struct path {
    const struct path *up;
    const char *name; /* NULL: an index */
    size_t index;
};

struct form {
    const struct tck_pool *pool;
    struct tck_arena *arena;
    bool ignore_unknown;
    struct tck_error *err;
};

/* 1: what the tree says can be left out (an enum's name that is not known, and is to be ignored). */
#define LEFT_OUT 1

static int form_message(struct form *form, const struct path *path, const ProtobufCMessageDescriptor *descriptor,
                        const struct tck_tree *tree, const struct tck_tree **ret_tree);

static void put_path(const struct path *path, struct tck_buffer *out)
{
    if (!path)
        return;
    put_path(path->up, out);
    if (path->name)
        tck_buffer_printf(out, "%s%.200s", out->size ? "." : "", path->name);
    else
        tck_buffer_printf(out, "[%zu]", path->index);
}

static int __attribute__((format(printf, 3, 4))) wrong(struct form *form, const struct path *path, const char *fmt, ...)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4096);
    char why[300];
    va_list args;

    va_start(args, fmt);
    vsnprintf(why, sizeof why, fmt, args);
    va_end(args);
    put_path(path, &text);
    return tck_fail(form->err, TCK_BAD_INPUT, TCK_NOWHERE, "%s%s%s", tck_buffer_string(&text), text.size ? ": " : "",
                    why);
}

static int wants(struct form *form, const struct path *path, const char *what, const struct tck_tree *tree)
{
    return wrong(form, path, "wants %s, found %s", what, tck_tree_kind_text(tree->kind));
}

/* A copy of a list or map that has no children yet. */
static struct tck_tree *emptied(struct form *form, const struct tck_tree *tree)
{
    struct tck_tree *copy = TCK_NEW(form->arena, struct tck_tree);

    if (copy) {
        *copy = *tree;
        copy->first = NULL;
        copy->count = 0;
    }
    return copy;
}

/* Links a copy of the child under the key that it had. */
static int add(struct form *form, struct tck_tree *parent, struct tck_tree **last, const char *key,
               const struct tck_tree *child)
{
    struct tck_tree *copy = TCK_NEW(form->arena, struct tck_tree);

    if (!copy)
        return tck_no_memory(form->err);
    *copy = *child;
    copy->key = key;
    copy->next = NULL;
    tck_tree_link(parent, copy, last);
    return 0;
}

static bool takes_null(const ProtobufCFieldDescriptor *field)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return tck_well_known(field->descriptor) == TCK_WK_VALUE;
    return field->type == PROTOBUF_C_TYPE_ENUM && tck_is_null_value(field->descriptor);
}

/* --- scalars --- */

/* JSON's own numbers are so already; in a string there might be YAML's 0x1f, .inf or a plus. */
static bool is_plain_number(const struct tck_tree *tree)
{
    return tree->kind == TCK_TREE_NUMBER || (tree->text_size > 0 && tree->text[0] != '.' && tree->text[0] != '+' &&
                                             strspn(tree->text, "0123456789+-.eE") == tree->text_size);
}

static bool is_named_number(const struct tck_tree *tree)
{
    return strcmp(tree->text, "NaN") == 0 || strcmp(tree->text, "Infinity") == 0 ||
           strcmp(tree->text, "-Infinity") == 0;
}

static int form_scalar(struct form *form, const struct path *path, const ProtobufCFieldDescriptor *field,
                       const struct tck_tree *tree)
{
    bool string = tree->kind == TCK_TREE_STRING;

    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
        return string ? 0 : wants(form, path, "base64", tree);
    case PROTOBUF_C_TYPE_ENUM:
        return string && form->ignore_unknown && !tck_enum_by_name(field->descriptor, tree->text) ? LEFT_OUT : 0;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BOOL:
        return 0; /* the same as in any literal */
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return !string || is_plain_number(tree) || is_named_number(tree) ? 0 : wants(form, path, "a number", tree);
    default:
        return !string || is_plain_number(tree) ? 0 : wants(form, path, "a whole number", tree);
    }
}

/* --- well-known types --- */

/* The fields of a Struct may be called as the keys that only literals know; spelled out, they are just names. */
static int form_struct(struct form *form, const struct path *path, const struct tck_tree *tree,
                       const struct tck_tree **ret_tree);

static int form_open(struct form *form, const struct path *path, const struct tck_tree *tree,
                     const struct tck_tree **ret_tree)
{
    struct tck_tree *copy, *last = NULL;
    int r = 0;

    if (tree->kind == TCK_TREE_MAP)
        return form_struct(form, path, tree, ret_tree);
    if (tree->kind != TCK_TREE_LIST) {
        *ret_tree = tree;
        return 0;
    }
    copy = emptied(form, tree);
    if (!copy)
        return tck_no_memory(form->err);
    for (const struct tck_tree *child = tree->first; child && r == 0; child = child->next) {
        const struct tck_tree *formed;

        r = form_open(form, path, child, &formed);
        if (r == 0)
            r = add(form, copy, &last, NULL, formed);
    }
    *ret_tree = copy;
    return r;
}

static int form_struct(struct form *form, const struct path *path, const struct tck_tree *tree,
                       const struct tck_tree **ret_tree)
{
    struct tck_tree *copy, *last = NULL, *fields, *whole;
    int r = 0;

    if (tree->kind != TCK_TREE_MAP)
        return wants(form, path, "a map", tree);
    copy = emptied(form, tree);
    if (!copy)
        return tck_no_memory(form->err);
    for (const struct tck_tree *child = tree->first; child && r == 0; child = child->next) {
        const struct tck_tree *formed;

        r = form_open(form, path, child, &formed);
        if (r == 0)
            r = add(form, copy, &last, child->key, formed);
    }
    *ret_tree = copy;
    if (r < 0 || copy->count != 1 || strcmp(copy->first->key, TCK_KEY_FIELDS) != 0)
        return r;

    whole = emptied(form, tree);
    fields = emptied(form, tree);
    last = NULL;
    if (!whole || !fields)
        return tck_no_memory(form->err);
    r = add(form, fields, &last, "fields", copy);
    last = NULL;
    if (r == 0)
        r = add(form, whole, &last, TCK_KEY_FIELDS, fields);
    *ret_tree = whole;
    return r;
}

static int form_any(struct form *form, const struct path *path, const struct tck_tree *tree,
                    const struct tck_tree **ret_tree)
{
    const struct tck_tree *type = tck_tree_get(tree, TCK_KEY_TYPE), *formed = NULL;
    const ProtobufCMessageDescriptor *descriptor;
    struct tck_tree *copy, *fields, *last = NULL;
    bool special;
    int r = 0;

    if (tree->kind != TCK_TREE_MAP)
        return wants(form, path, "a map", tree);
    *ret_tree = tree;
    if (tree->count == 0)
        return 0;
    if (!type || type->kind != TCK_TREE_STRING || !strchr(type->text, '/'))
        return wrong(form, path, "an Any wants \"" TCK_KEY_TYPE "\": a type's url");
    descriptor = tck_pool_find_by_url(form->pool, type->text);
    if (!descriptor)
        return wrong(form, path, "no message type '%.200s' is known", type->text);

    copy = emptied(form, tree);
    fields = emptied(form, tree);
    if (!copy || !fields)
        return tck_no_memory(form->err);
    r = add(form, copy, &last, TCK_KEY_TYPE, type);
    special = tck_well_known(descriptor) != TCK_NOT_WELL_KNOWN;
    struct tck_tree *last_field = NULL;
    for (const struct tck_tree *child = tree->first; child && r == 0; child = child->next) {
        struct path at = { .up = path, .name = child->key };

        if (child == type)
            continue;
        if (!special) {
            r = add(form, fields, &last_field, child->key, child);
        } else if (strcmp(child->key, "value") == 0) {
            r = form_message(form, &at, descriptor, child, &formed);
            r = r < 0 ? r : add(form, copy, &last, child->key, formed);
        } else if (!form->ignore_unknown) {
            r = wrong(form, &at, "an Any of %s has but \"value\"", descriptor->name);
        }
    }
    if (r < 0)
        return r;
    *ret_tree = copy;
    if (special)
        return formed ? 0 : wrong(form, path, "an Any of %s wants \"value\"", descriptor->name);
    r = form_message(form, path, descriptor, fields, &formed);
    for (const struct tck_tree *child = formed ? formed->first : NULL; child && r == 0; child = child->next)
        r = add(form, copy, &last, child->key, child);
    return r;
}

static int form_special(struct form *form, const struct path *path, const ProtobufCMessageDescriptor *descriptor,
                        enum tck_well_known kind, const struct tck_tree *tree, const struct tck_tree **ret_tree)
{
    switch (kind) {
    case TCK_WK_ANY:
        return form_any(form, path, tree, ret_tree);
    case TCK_WK_STRUCT:
        return form_struct(form, path, tree, ret_tree);
    case TCK_WK_LIST_VALUE:
        return tree->kind == TCK_TREE_LIST ? form_open(form, path, tree, ret_tree) : wants(form, path, "a list", tree);
    case TCK_WK_VALUE:
        return form_open(form, path, tree, ret_tree);
    case TCK_WK_WRAPPER:
        *ret_tree = tree;
        if (tree->kind == TCK_TREE_NULL || tree->kind == TCK_TREE_MAP)
            return wants(form, path, "a value", tree);
        return form_scalar(form, path, tck_well_known_field(descriptor, 1), tree);
    default: /* Timestamp, Duration, FieldMask */
        *ret_tree = tree;
        return tree->kind == TCK_TREE_STRING ? 0 : wants(form, path, "a string", tree);
    }
}

/* --- fields --- */

static int form_value(struct form *form, const struct path *path, const ProtobufCFieldDescriptor *field,
                      const struct tck_tree *tree, const struct tck_tree **ret_tree)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return form_message(form, path, field->descriptor, tree, ret_tree);
    *ret_tree = tree;
    return form_scalar(form, path, field, tree);
}

static int form_repeated(struct form *form, const struct path *path, const ProtobufCFieldDescriptor *field, bool map,
                         const struct tck_tree *tree, const struct tck_tree **ret_tree)
{
    const ProtobufCFieldDescriptor *value =
        map ? &((const ProtobufCMessageDescriptor *)field->descriptor)->fields[1] : field;
    struct tck_tree *copy = emptied(form, tree), *last = NULL;
    struct path at = { .up = path };

    if (!copy)
        return tck_no_memory(form->err);
    if (tree->kind != (map ? TCK_TREE_MAP : TCK_TREE_LIST))
        return wants(form, path, map ? "a map" : "a list", tree);
    for (const struct tck_tree *child = tree->first; child; child = child->next, at.index++) {
        const struct tck_tree *formed;
        int r;

        at.name = map ? child->key : NULL;
        if (child->kind == TCK_TREE_NULL && !takes_null(value))
            return wants(form, &at, "a value", child);
        r = form_value(form, &at, value, child, &formed);
        if (r == 0)
            r = add(form, copy, &last, child->key, formed);
        if (r < 0)
            return r;
    }
    *ret_tree = copy;
    return 0;
}

static int form_field(struct form *form, const struct path *path, const ProtobufCMessageDescriptor *descriptor,
                      const ProtobufCFieldDescriptor *field, const struct tck_tree *tree,
                      const struct tck_tree **ret_tree)
{
    *ret_tree = tree;
    if (tree->kind == TCK_TREE_NULL && (tck_field_is_repeated(field) || !takes_null(field)))
        return 0;
    if (tck_field_is_repeated(field))
        return form_repeated(form, path, field, tck_pool_is_map(form->pool, descriptor, field), tree, ret_tree);
    return form_value(form, path, field, tree, ret_tree);
}

static int form_fields(struct form *form, const struct path *path, const ProtobufCMessageDescriptor *descriptor,
                       const struct tck_tree *tree, const struct tck_tree **ret_tree)
{
    struct tck_tree *copy = emptied(form, tree), *last = NULL;

    if (!copy)
        return tck_no_memory(form->err);
    if (tree->kind != TCK_TREE_MAP)
        return wants(form, path, "a map", tree);
    for (const struct tck_tree *child = tree->first; child; child = child->next) {
        const ProtobufCFieldDescriptor *field = tck_field_by_key(form->pool, descriptor, child->key);
        struct path at = { .up = path, .name = child->key };
        const struct tck_tree *formed;
        int r;

        if (!field && form->ignore_unknown)
            continue;
        if (!field)
            return wrong(form, path, "%s has no field '%.200s'", descriptor->name, child->key);
        r = form_field(form, &at, descriptor, field, child, &formed);
        if (r == 0)
            r = add(form, copy, &last, child->key, formed);
        if (r < 0)
            return r;
    }
    *ret_tree = copy;
    return 0;
}

static int form_message(struct form *form, const struct path *path, const ProtobufCMessageDescriptor *descriptor,
                        const struct tck_tree *tree, const struct tck_tree **ret_tree)
{
    enum tck_well_known kind = tck_well_known(descriptor);

    /* The text's own nesting is bounded by its reader. */
    return kind == TCK_NOT_WELL_KNOWN ? form_fields(form, path, descriptor, tree, ret_tree)
                                      : form_special(form, path, descriptor, kind, tree, ret_tree);
}

int tck_json_form(const struct tck_pool *pool, const ProtobufCMessageDescriptor *descriptor,
                  const struct tck_tree *tree, bool ignore_unknown, struct tck_arena *arena,
                  const struct tck_tree **ret_tree, struct tck_error *err)
{
    struct form form = { .pool = pool, .arena = arena, .ignore_unknown = ignore_unknown, .err = err };
    int r = form_message(&form, NULL, descriptor, tree, ret_tree);

    return r == LEFT_OUT ? wrong(&form, NULL, "nothing is left of this") : r;
}
