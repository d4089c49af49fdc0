/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <string.h>

#include "wire/fields_internal.h"
#include "wire/from_tree_internal.h"
#include "wire/scalar_internal.h"
#include "wire/text_internal.h"
#include "wire/well_known_internal.h"

/* Fields of a type above this are remembered in the arena instead of on the stack. */
#define SEEN_WORDS 8

struct seen {
    uint64_t words[SEEN_WORDS], *bits;
};

static bool seen_init(struct seen *seen, unsigned count, struct tck_arena *arena)
{
    size_t words = (count + 63) / 64;

    memset(seen->words, 0, sizeof seen->words);
    seen->bits = words <= SEEN_WORDS ? seen->words : tck_arena_array(arena, words, sizeof *seen->bits);
    return seen->bits != NULL;
}

static void see(struct seen *seen, const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field)
{
    size_t i = (size_t)(field - descriptor->fields);

    seen->bits[i / 64] |= (uint64_t)1 << (i % 64);
}

static bool was_seen(const struct seen *seen, size_t i)
{
    return (seen->bits[i / 64] >> (i % 64) & 1) != 0;
}

static int no_such_field(struct tck_match_run *run, const ProtobufCMessageDescriptor *descriptor,
                         const struct tck_tree *entry)
{
    const char *nearest = tck_field_suggest(descriptor, entry->key);

    if (nearest)
        return tck_fail(run->err, TCK_BAD_INPUT, entry->key_place, "%s has no field '%s'; did you mean '%s'?",
                        descriptor->name, entry->key, nearest);
    return tck_fail(run->err, TCK_BAD_INPUT, entry->key_place, "%s has no field '%s'", descriptor->name, entry->key);
}

static int differ_in_unknown(struct tck_match_run *run, const struct tck_path *path, struct tck_place place,
                             const char *expected, const ProtobufCMessage *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4096);
    const char *actual;

    if (run->quiet > 0)
        return 0;
    for (unsigned i = 0; i < message->n_unknown_fields && text.size < 1024; i++) {
        tck_buffer_puts(&text, i ? " " : "");
        tck_text_unknown(&message->unknown_fields[i], &text);
    }
    actual = tck_arena_strdup(run->match->arena, message->n_unknown_fields ? tck_buffer_string(&text) : "none");
    return tck_differ(run, path, place, expected, actual ? actual : "");
}

/* "@unknown" of a pattern: the same unknown fields in the same order. */
static int match_unknown(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *entry,
                         const ProtobufCMessage *message)
{
    const struct tck_literal literal = { run->match->pool, run->match->arena, run->err };
    ProtobufCMessage *wanted = tck_message_new(message->descriptor, run->match->arena);
    struct tck_path at = { .up = path, .name = TCK_KEY_UNKNOWN };
    const struct tck_tree *list = entry;
    bool same;
    int r = 0;

    if (!wanted)
        return tck_no_memory(run->err);
    if (run->values == 0)
        r = tck_bindings_resolve(&run->bindings, entry, run->match->arena, &list, run->err);
    if (r == 0)
        r = tck_literal_unknown(&literal, wanted, list);
    if (r < 0)
        return r;
    same = wanted->n_unknown_fields == message->n_unknown_fields;
    for (unsigned i = 0; same && i < message->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *x = &wanted->unknown_fields[i], *y = &message->unknown_fields[i];

        same = x->tag == y->tag && x->wire_type == y->wire_type && x->len == y->len &&
               (x->len == 0 || memcmp(x->data, y->data, x->len) == 0);
    }
    return same || differ_in_unknown(run, &at, entry->place, tck_pattern_words(run->match->arena, entry), message);
}

/* Could this pattern match where nothing is? Then an unset member of a oneof is no difference by itself. */
static bool takes_absence(const struct tck_tree *pattern)
{
    const char *key = pattern->kind == TCK_TREE_MAP && pattern->first ? pattern->first->key : "";

    return pattern->kind == TCK_TREE_NULL || *key == '$';
}

/* The member wanted is not set, but another of its oneof is: both are said in one difference. Returns 1 if that is not
 * the case. */
static int match_oneof(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *entry,
                       const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, struct seen *seen)
{
    const ProtobufCFieldDescriptor *set;
    struct tck_subject was;
    const char *actual;

    if (!tck_field_in_oneof(field) || tck_field_count(message, field) > 0 || takes_absence(entry))
        return 1;
    set = tck_oneof_member(message, field);
    if (!set || tck_field_count(message, set) == 0)
        return 1;
    see(seen, message->descriptor, set);
    if (run->quiet > 0)
        return 0;
    was = tck_subject_field(run->match->pool, message, set);
    actual = tck_arena_printf(run->match->arena, "%s %s", set->name, tck_subject_words(run, &was));
    return tck_differ(run, path, entry->place, field->name, actual ? actual : set->name);
}

static int match_field(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *entry,
                       const ProtobufCMessage *message, struct seen *seen)
{
    const ProtobufCFieldDescriptor *field = tck_field_by_key(run->match->pool, message->descriptor, entry->key);
    struct tck_subject subject;
    struct tck_path at = { .up = path };
    int r;

    if (!field)
        return no_such_field(run, message->descriptor, entry);
    see(seen, message->descriptor, field);
    r = match_oneof(run, path, entry, message, field, seen);
    if (r <= 0)
        return r;
    at.name = field->name;
    subject = tck_subject_field(run->match->pool, message, field);
    return tck_match_pattern(run, &at, entry, &subject);
}

/* What the pattern did not name must be absent. */
static int match_rest(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const ProtobufCMessage *message, const struct seen *seen)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    int matched = 1, r;

    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        struct tck_path at = { .up = path, .name = field->name };
        struct tck_subject subject;

        if (was_seen(seen, i) || tck_field_count(message, field) == 0)
            continue;
        matched = 0;
        if (run->quiet > 0)
            return 0;
        subject = tck_subject_field(run->match->pool, message, field);
        r = tck_differ_from(run, &at, pattern->place, &subject, "absent");
        if (r < 0)
            return r;
    }
    if (message->n_unknown_fields == 0 || tck_tree_get(pattern, "@unknown"))
        return matched;
    return differ_in_unknown(run, path, pattern->place, "no unknown fields", message);
}

static int match_message_fields(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                                const ProtobufCMessage *message, bool partial)
{
    struct seen seen;
    int matched = 1, r;

    if (!seen_init(&seen, message->descriptor->n_fields, run->match->arena))
        return tck_no_memory(run->err);
    for (const struct tck_tree *entry = pattern->first; entry; entry = entry->next) {
        if (strcmp(entry->key, "@type") == 0)
            continue; /* of the Any around it, or repeating what is known */
        if (strcmp(entry->key, "@unknown") == 0)
            r = match_unknown(run, path, entry, message);
        else
            r = match_field(run, path, entry, message, &seen);
        if (r < 0 || (r == 0 && run->quiet > 0))
            return r;
        matched &= r;
    }
    if (partial)
        return matched;
    r = match_rest(run, path, pattern, message, &seen);
    return r < 0 ? r : r & matched;
}

static size_t find_key(const struct tck_subject *map, const char *key, size_t length)
{
    char buf[32];
    size_t i = length;

    /* From the end: on the wire the last of equal keys counts. */
    while (i-- > 0)
        if (strcmp(tck_subject_key(map, i, buf), key) == 0)
            return i;
    return length;
}

static int match_map(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                     const struct tck_subject *map, bool partial)
{
    size_t length = 0;
    int matched = 1, r;
    char buf[32];

    tck_subject_length(map, &length);
    for (const struct tck_tree *entry = pattern->first; entry; entry = entry->next) {
        struct tck_path at = { .up = path, .name = entry->key };
        size_t i = find_key(map, entry->key, length);
        struct tck_subject value = { .shape = TCK_SUBJECT_TREE };

        if (i < length)
            value = tck_subject_element(run->match->pool, map, i);
        r = tck_match_pattern(run, &at, entry, &value);
        if (r < 0 || (r == 0 && run->quiet > 0))
            return r;
        matched &= r;
    }
    for (size_t i = 0; !partial && i < length; i++) {
        struct tck_path at = { .up = path, .name = tck_subject_key(map, i, buf) };
        struct tck_subject value;

        if (tck_tree_get(pattern, at.name))
            continue;
        matched = 0;
        value = tck_subject_element(run->match->pool, map, i);
        r = tck_differ_from(run, &at, pattern->place, &value, "absent");
        if (r < 0)
            return r;
    }
    return matched;
}

int tck_match_fields(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                     const struct tck_subject *subject, bool partial)
{
    const ProtobufCMessage *message = tck_subject_as_message(subject);

    if (!message)
        return match_map(run, path, pattern, subject, partial);
    switch (tck_well_known(message->descriptor)) {
    case TCK_WK_ANY:
        return tck_match_any(run, path, pattern, message, partial);
    case TCK_NOT_WELL_KNOWN:
        return match_message_fields(run, path, pattern, message, partial);
    default: /* Struct and Value, as the maps they are in JSON */
        break;
    }

    struct tck_subject tree;
    const struct tck_tree *form;
    int r = tck_subject_to_tree(run->match->pool, subject, run->match->arena, &form, run->err);

    if (r < 0)
        return r;
    tree = tck_subject_tree(form);
    if (!tck_subject_is_map(&tree))
        return tck_differ_pattern(run, path, pattern, subject);
    return match_map(run, path, pattern, &tree, partial);
}

static int match_list(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *list)
{
    static const struct tck_subject nothing = { .shape = TCK_SUBJECT_ONE };
    const struct tck_tree *wanted = pattern->first;
    size_t length = 0;
    int matched = 1, r;

    tck_subject_length(list, &length);
    if (length != pattern->count && run->quiet > 0)
        return 0;
    for (size_t i = 0; i < length || wanted; i++) {
        struct tck_path at = { .up = path, .index = i };
        struct tck_subject element = i < length ? tck_subject_element(run->match->pool, list, i) : nothing;

        if (!wanted)
            r = tck_differ_from(run, &at, pattern->place, &element, "the list to end");
        else if (i >= length)
            r = tck_differ(run, &at, wanted->place, tck_pattern_words(run->match->arena, wanted),
                           "the end of the list");
        else
            r = tck_match_pattern(run, &at, wanted, &element);
        if (r < 0 || (r == 0 && run->quiet > 0))
            return r;
        matched &= r;
        wanted = wanted ? wanted->next : NULL;
    }
    return matched;
}

static int wrong_shape(struct tck_match_run *run, const struct tck_tree *pattern, const struct tck_subject *subject,
                       const char *wanted)
{
    return tck_fail(run->err, TCK_BAD_INPUT, pattern->place, "'%s' wants %s, found %s", subject->field->name, wanted,
                    tck_tree_kind_text(pattern->kind));
}

/* As a map, or by its entries, [{key: …, value: …}], which are a list in the order they came in. */
static int match_map_field(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                           const struct tck_subject *map)
{
    struct tck_subject entries = *map;

    if (pattern->kind == TCK_TREE_MAP)
        return match_map(run, path, pattern, map, false);
    if (pattern->kind != TCK_TREE_LIST)
        return wrong_shape(run, pattern, map, "a map");
    entries.shape = TCK_SUBJECT_LIST;
    return match_list(run, path, pattern, &entries);
}

/* A Timestamp, Duration or FieldMask: the literal is made a message too, so that "1.50s" is "1.5s". */
static int match_converted(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                           const struct tck_subject *subject)
{
    const ProtobufCMessage *actual = tck_subject_as_message(subject);
    tck_cleanup(tck_buffer_done) struct tck_buffer a = TCK_BUFFER_INIT(SIZE_MAX), b = TCK_BUFFER_INIT(SIZE_MAX);
    const struct tck_tree *form;
    struct tck_subject spelled;
    ProtobufCMessage *wanted;
    int r;

    r = tck_message_from_tree(run->match->pool, actual->descriptor, pattern, run->values > 0 ? NULL : &run->bindings,
                              run->match->arena, &wanted, run->err);
    if (r < 0 || (r = tck_message_pack(wanted, &a, run->err)) < 0 || (r = tck_message_pack(actual, &b, run->err)) < 0)
        return r;
    if (a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0))
        return 1;
    if (run->quiet > 0)
        return 0;
    r = tck_subject_to_tree(run->match->pool, subject, run->match->arena, &form, run->err);
    if (r < 0)
        return r;
    spelled = tck_subject_tree(form);
    return tck_differ_pattern(run, path, pattern, &spelled);
}

/* Struct, Value, ListValue: by their JSON. */
static int match_as_tree(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const struct tck_subject *subject)
{
    const struct tck_tree *form;
    struct tck_subject tree;
    int r = tck_subject_to_tree(run->match->pool, subject, run->match->arena, &form, run->err);

    if (r < 0)
        return r;
    tree = tck_subject_tree(form);
    return tck_match_literal(run, path, pattern, &tree);
}

static int match_wrapper(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const struct tck_subject *subject)
{
    const ProtobufCMessage *wrapper = tck_subject_as_message(subject);
    struct tck_subject value = tck_subject_unwrap(subject);
    int r = tck_match_literal(run, path, pattern, &value);

    if (r < 1 || wrapper->n_unknown_fields == 0)
        return r;
    return differ_in_unknown(run, path, pattern->place, "no unknown fields", wrapper);
}

static int match_message(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                         const struct tck_subject *subject)
{
    const ProtobufCMessage *message = tck_subject_as_message(subject);
    enum tck_well_known well_known = tck_well_known(message->descriptor);
    const struct tck_tree *fields = pattern->count == 1 ? tck_tree_get(pattern, TCK_KEY_FIELDS) : NULL;

    if (well_known != TCK_NOT_WELL_KNOWN && fields && fields->kind == TCK_TREE_MAP)
        return match_message_fields(run, path, fields, message, false);
    if (well_known == TCK_WK_WRAPPER)
        return match_wrapper(run, path, pattern, subject);
    if (well_known == TCK_WK_STRUCT || well_known == TCK_WK_VALUE || well_known == TCK_WK_LIST_VALUE)
        return match_as_tree(run, path, pattern, subject);
    if (well_known != TCK_NOT_WELL_KNOWN && well_known != TCK_WK_ANY)
        return match_converted(run, path, pattern, subject);
    if (well_known == TCK_WK_ANY && pattern->kind == TCK_TREE_STRING)
        return tck_match_string_any(run, path, pattern, message);
    if (pattern->kind != TCK_TREE_MAP)
        return tck_fail(run->err, TCK_BAD_INPUT, pattern->place, "%s wants a map, found %s", message->descriptor->name,
                        tck_tree_kind_text(pattern->kind));
    return tck_match_fields(run, path, pattern, subject, false);
}

static int match_tree(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *subject)
{
    if (pattern->kind == TCK_TREE_LIST && tck_subject_is_list(subject))
        return match_list(run, path, pattern, subject);
    if (pattern->kind == TCK_TREE_MAP && tck_subject_is_map(subject))
        return match_map(run, path, pattern, subject, false);
    if (subject->tree && pattern->kind != TCK_TREE_LIST && pattern->kind != TCK_TREE_MAP &&
        tck_match_tree_scalars(pattern, subject->tree))
        return 1;
    return tck_differ_pattern(run, path, pattern, subject);
}

/* Bytes are shown as base64 on both sides and enums by their bare names; all else as the pattern and the text form have
 * it. */
static int differ_in_scalar(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                            const struct tck_subject *subject)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(1024);
    struct tck_bytes bytes;
    const char *actual;

    if (run->quiet > 0)
        return 0;
    if (subject->field->type == PROTOBUF_C_TYPE_ENUM)
        return tck_differ_from(run, path, pattern->place, subject, "%s", pattern->text);
    if (subject->field->type != PROTOBUF_C_TYPE_BYTES)
        return tck_differ_pattern(run, path, pattern, subject);
    bytes = tck_value_bytes(subject->value);
    tck_buffer_putc(&text, '"');
    tck_base64_encode(tck_bytes(bytes.data, bytes.size < 300 ? bytes.size : 300), &text);
    tck_buffer_putc(&text, '"');
    if (bytes.size > 300)
        tck_buffer_printf(&text, "… %zu bytes", bytes.size);
    actual = tck_arena_strdup(run->match->arena, tck_buffer_string(&text));
    return tck_differ(run, path, pattern->place, tck_pattern_words(run->match->arena, pattern), actual ? actual : "");
}

/* A NullValue, for which null is a value and not its absence. */
static bool is_null_field(const struct tck_subject *subject)
{
    return subject->shape == TCK_SUBJECT_ONE && subject->field && subject->field->type == PROTOBUF_C_TYPE_ENUM &&
           tck_is_null_value(subject->field->descriptor);
}

int tck_match_literal(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *subject)
{
    int r;

    if (pattern->kind == TCK_TREE_NULL && is_null_field(subject))
        return (subject->value && *(const int32_t *)subject->value == 0) ||
               tck_differ_pattern(run, path, pattern, subject);
    if (pattern->kind == TCK_TREE_NULL && !tck_subject_as_message(subject))
        return !subject->set || tck_differ_from(run, path, pattern->place, subject, "absent");
    if (subject->shape == TCK_SUBJECT_TREE)
        return match_tree(run, path, pattern, subject);
    if (subject->shape == TCK_SUBJECT_LIST)
        return pattern->kind == TCK_TREE_LIST ? match_list(run, path, pattern, subject)
                                              : wrong_shape(run, pattern, subject, "a list");
    if (subject->shape == TCK_SUBJECT_MAP)
        return match_map_field(run, path, pattern, subject);

    if (!subject->value)
        return tck_differ_pattern(run, path, pattern, subject);
    if (tck_subject_as_message(subject)) {
        const ProtobufCMessage *message = tck_subject_as_message(subject);

        /* null is a Value of its own; of any other message it says that there is none. */
        if (pattern->kind == TCK_TREE_NULL && tck_well_known(message->descriptor) != TCK_WK_VALUE)
            return tck_differ_from(run, path, pattern->place, subject, "absent");
        return match_message(run, path, pattern, subject);
    }
    if (pattern->kind == TCK_TREE_MAP && run->values == 0) { /* {hex: "$bytes"} */
        r = tck_bindings_resolve(&run->bindings, pattern, run->match->arena, &pattern, run->err);
        if (r < 0)
            return r;
    }
    r = tck_match_scalar(subject->field, pattern, subject->value, run->values > 0, run->match->arena, run->err);
    return r != 0 ? r : differ_in_scalar(run, path, pattern, subject);
}
