/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <string.h>

#include "wire/fields_internal.h"
#include "wire/scalar_internal.h"
#include "wire/well_known_internal.h"

static int differ_from_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                           const ProtobufCMessage *any, const char *type)
{
    struct tck_subject subject = tck_subject_message(&any);

    return tck_differ_from(run, path, pattern->place, &subject, "an Any of %s", type);
}

/* The Any's bytes against base64 or {hex: …}. */
static int match_bytes(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                       const ProtobufCMessage *any)
{
    const ProtobufCFieldDescriptor *field = tck_well_known_field(any->descriptor, 2);
    struct tck_subject subject = tck_subject_field(run->match->pool, any, field);
    struct tck_path at = { .up = path, .name = "@value" };

    return tck_match_pattern(run, &at, pattern, &subject);
}

/* The Any's type is the one wanted, but it does not open: its type is not known, or its bytes are broken. */
static int match_closed(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                        const ProtobufCMessage *any, const struct tck_error *why, bool partial)
{
    const char *url, *actual;
    struct tck_bytes bytes;

    tck_any_parts(any, &url, &bytes);
    /* Only its type was asked for, or it has nothing in it. */
    if (pattern->count == 1 && (partial || bytes.size == 0))
        return 1;
    if (run->quiet > 0)
        return 0;
    actual = tck_arena_printf(run->match->arena, "%zu bytes that cannot be read: %s", bytes.size, why->text);
    return tck_differ(run, path, pattern->place, tck_pattern_words(run->match->arena, pattern), actual ? actual : "");
}

static int match_content(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const ProtobufCMessage *any, bool partial)
{
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    struct tck_subject content;
    ProtobufCMessage *message;
    const ProtobufCMessage *opened;
    const struct tck_tree *value;
    int r;

    r = tck_message_unpack_any(run->match->pool, any, run->match->arena, &message, &why);
    if (r == TCK_KIT) {
        tck_error_move(run->err, &why);
        return r;
    }
    if (r < 0)
        return match_closed(run, path, pattern, any, &why, partial);

    opened = message;
    content = tck_subject_message(&opened);
    if (tck_well_known(opened->descriptor) == TCK_NOT_WELL_KNOWN)
        return tck_match_fields(run, path, pattern, &content, partial);
    /* As in JSON: what has a form of its own stands under "value". */
    value = tck_tree_get(pattern, "value");
    if (value)
        return tck_match_pattern(run, path, value, &content);
    return partial || tck_differ_from(run, path, pattern->place, &content, "an empty %s", opened->descriptor->name);
}

/* {}: an Any that holds nothing, not even a type. */
static int match_empty(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                       const ProtobufCMessage *any)
{
    struct tck_subject subject = tck_subject_message(&any);
    struct tck_bytes bytes;
    const char *url;

    tck_any_parts(any, &url, &bytes);
    if (*url == '\0' && bytes.size == 0 && any->n_unknown_fields == 0)
        return 1;
    return tck_differ_from(run, path, pattern->place, &subject, "an empty Any");
}

int tck_match_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                  const ProtobufCMessage *any, bool partial)
{
    const struct tck_tree *type = tck_tree_get(pattern, "@type"), *bytes = tck_tree_get(pattern, "@value");
    const char *url;
    struct tck_bytes value;
    int r;

    if (pattern->count == 0)
        return partial || match_empty(run, path, pattern, any);
    if (!type)
        return tck_fail(run->err, TCK_BAD_INPUT, pattern->place, "an Any wants its type: {\"@type\": full.Name, …}");
    r = tck_match_resolve(run, type, &type);
    if (r < 0)
        return r;
    if (type->kind != TCK_TREE_STRING)
        return tck_fail(run->err, TCK_BAD_INPUT, type->place, "'@type' wants a type's name, found %s",
                        tck_tree_kind_text(type->kind));

    tck_any_parts(any, &url, &value);
    if (strcmp(tck_type_name(url), tck_type_name(type->text)) != 0)
        return differ_from_any(run, path, pattern, any, tck_type_name(type->text));
    if (bytes)
        return match_bytes(run, path, bytes, any);
    return match_content(run, path, pattern, any, partial);
}

int tck_match_string_any(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const ProtobufCMessage *any)
{
    const struct tck_pool *pool = run->match->pool;
    const char *wanted = tck_pool_string_any(pool), *url;
    tck_cleanup(tck_error_done) struct tck_error why = { 0 };
    struct tck_subject content;
    struct tck_bytes bytes;
    ProtobufCMessage *message;
    const ProtobufCMessage *opened;
    int r;

    if (!wanted)
        return tck_fail(run->err, TCK_BAD_INPUT, pattern->place,
                        "an Any wants its type, {\"@type\": full.Name, …}, found a string");
    tck_any_parts(any, &url, &bytes);
    if (strcmp(tck_type_name(url), tck_type_name(wanted)) != 0)
        return differ_from_any(run, path, pattern, any, tck_type_name(wanted));
    r = tck_message_unpack_any(pool, any, run->match->arena, &message, &why);
    if (r == TCK_KIT) {
        tck_error_move(run->err, &why);
        return r;
    }
    if (r < 0)
        return match_closed(run, path, pattern, any, &why, false);
    opened = message;
    content = tck_subject_message(&opened);
    return tck_match_literal(run, path, pattern, &content);
}
