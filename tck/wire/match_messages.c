/* SPDX-License-Identifier: Apache-2.0
 *
 * Message against message. Both sides are values, so equality is an equivalence and bags (unordered lists, maps) can be
 * compared by sorting hashes: n log n for lists that a candidate may make as long as it likes.
 */
#include "wire/match_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/text_internal.h"
#include "wire/well_known_internal.h"

struct comparison {
    struct tck_match_run run;
    const char *const *unordered;
    size_t unordered_count;
};

/* An element of a bag. */
struct keyed {
    uint64_t hash;
    size_t index;
    bool paired;
};

struct side { /* of a list: owner and length */
    const ProtobufCMessage *owner;
    size_t length;
};

static int compare_messages(struct comparison *comparison, const struct tck_path *path,
                            const ProtobufCMessage *expected, const ProtobufCMessage *actual);

/* Names of the path from its root, without indexes, against "reply.events". */
static bool path_is(const struct tck_path *path, const char *text, size_t size)
{
    size_t length;

    while (path && !path->name)
        path = path->up;
    if (!path)
        return size == 0;
    length = strlen(path->name);
    if (length > size || memcmp(text + size - length, path->name, length) != 0)
        return false;
    size -= length;
    if (size > 0 && text[--size] != '.')
        return false;
    return path_is(path->up, text, size);
}

static bool is_bag(const struct comparison *comparison, const struct tck_path *path, const ProtobufCMessage *owner,
                   const ProtobufCFieldDescriptor *field)
{
    if (tck_pool_is_map(comparison->run.match->pool, owner->descriptor, field))
        return true;
    for (size_t i = 0; i < comparison->unordered_count; i++)
        if (path_is(path, comparison->unordered[i], strlen(comparison->unordered[i])))
            return true;
    return false;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    /* The finalizer of splitmix64. */
    hash = (hash ^ value) + 0x9e3779b97f4a7c15;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
    return hash ^ (hash >> 31);
}

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t word;

    hash = mix(hash, size);
    for (size_t i = 0; i < size; i += sizeof word) {
        word = 0;
        memcpy(&word, bytes + i, size - i < sizeof word ? size - i : sizeof word);
        hash = mix(hash, word);
    }
    return hash;
}

/* 0 is -0, and NaN is NaN. */
static uint64_t hash_number(double number)
{
    if (isnan(number))
        return 3;
    if (number == 0)
        return 4;
    return hash_bytes(5, &number, sizeof number);
}

/* The content of an Any, or NULL if it cannot be opened and has to be compared by its bytes. */
static const ProtobufCMessage *open_any(struct comparison *comparison, const ProtobufCMessage *any)
{
    ProtobufCMessage *content;

    if (tck_message_unpack_any(comparison->run.match->pool, any, comparison->run.match->arena, &content, NULL) < 0)
        return NULL;
    return content;
}

static uint64_t hash_message(struct comparison *comparison, const struct tck_path *path,
                             const ProtobufCMessage *message, unsigned depth);

static uint64_t hash_value(struct comparison *comparison, const struct tck_path *path,
                           const ProtobufCFieldDescriptor *field, const void *value, unsigned depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return hash_message(comparison, path, tck_value_message(value), depth + 1);
    case PROTOBUF_C_TYPE_STRING:
        return hash_bytes(1, tck_value_string(value), strlen(tck_value_string(value)));
    case PROTOBUF_C_TYPE_BYTES:
        return hash_bytes(2, tck_value_bytes(value).data, tck_value_bytes(value).size);
    case PROTOBUF_C_TYPE_FLOAT:
        return hash_number((double)*(const float *)value);
    case PROTOBUF_C_TYPE_DOUBLE:
        return hash_number(*(const double *)value);
    default:
        return hash_bytes(6, value, tck_type_size(field->type));
    }
}

static uint64_t hash_field(struct comparison *comparison, const struct tck_path *path, const ProtobufCMessage *message,
                           const ProtobufCFieldDescriptor *field, unsigned depth)
{
    struct tck_path at = { .up = path, .name = field->name };
    bool bag = tck_field_is_repeated(field) && is_bag(comparison, &at, message, field);
    uint64_t hash = field->id;

    for (size_t i = 0, count = tck_field_count(message, field); i < count; i++) {
        uint64_t element = hash_value(comparison, &at, field, tck_field_at(message, field, i), depth);

        hash = bag ? hash + mix(field->id, element) : mix(hash, element);
    }
    return hash;
}

static uint64_t hash_message(struct comparison *comparison, const struct tck_path *path,
                             const ProtobufCMessage *message, unsigned depth)
{
    const ProtobufCMessage *content;
    struct tck_bytes bytes;
    const char *url;
    uint64_t hash = 8;

    if (!message || depth > TCK_MESSAGE_MAX_DEPTH)
        return 0;
    if (tck_any_parts(message, &url, &bytes) && (content = open_any(comparison, message)) != NULL) {
        url = tck_type_name(url);
        return mix(hash_bytes(7, url, strlen(url)), hash_message(comparison, path, content, depth + 1));
    }
    for (unsigned i = 0; i < message->descriptor->n_fields; i++)
        hash = mix(hash, hash_field(comparison, path, message, &message->descriptor->fields[i], depth));
    return hash;
}

static struct tck_subject subject_of(const ProtobufCFieldDescriptor *field, const void *value)
{
    return (struct tck_subject){ .shape = TCK_SUBJECT_ONE, .set = value != NULL, .field = field, .value = value };
}

/* Records both values (NULL: absent), unless nobody looks. */
static int differ(struct comparison *comparison, const struct tck_path *path, const ProtobufCFieldDescriptor *field,
                  const void *expected, const void *actual, const char *absent)
{
    struct tck_subject a = subject_of(field, expected), b = subject_of(field, actual);
    struct tck_match_run *run = &comparison->run;

    if (run->quiet > 0)
        return 0;
    return tck_differ(run, path, TCK_NOWHERE, expected ? tck_subject_words(run, &a) : absent,
                      actual ? tck_subject_words(run, &b) : absent);
}

static bool scalars_equal(const ProtobufCFieldDescriptor *field, const void *a, const void *b)
{
    struct tck_bytes x, y;
    double v, w;

    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return strcmp(tck_value_string(a), tck_value_string(b)) == 0;
    case PROTOBUF_C_TYPE_BYTES:
        x = tck_value_bytes(a);
        y = tck_value_bytes(b);
        return x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        v = field->type == PROTOBUF_C_TYPE_FLOAT ? (double)*(const float *)a : *(const double *)a;
        w = field->type == PROTOBUF_C_TYPE_FLOAT ? (double)*(const float *)b : *(const double *)b;
        return v == w || (isnan(v) && isnan(w));
    case PROTOBUF_C_TYPE_BOOL:
        return (*(const protobuf_c_boolean *)a != 0) == (*(const protobuf_c_boolean *)b != 0);
    default:
        return memcmp(a, b, tck_type_size(field->type)) == 0;
    }
}

static int compare_values(struct comparison *comparison, const struct tck_path *path,
                          const ProtobufCFieldDescriptor *field, const void *expected, const void *actual)
{
    const ProtobufCMessage *a, *b;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE)
        return scalars_equal(field, expected, actual) || differ(comparison, path, field, expected, actual, "");
    a = tck_value_message(expected);
    b = tck_value_message(actual);
    if (!a || !b)
        return a == b || differ(comparison, path, field, a ? expected : NULL, b ? actual : NULL, "absent");
    return compare_messages(comparison, path, a, b);
}

static int by_hash(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void key_all(struct comparison *comparison, const struct tck_path *path, const ProtobufCFieldDescriptor *field,
                    const struct side *side, struct keyed *keyed)
{
    for (size_t i = 0; i < side->length; i++) {
        keyed[i].index = i;
        keyed[i].hash = hash_value(comparison, path, field, tck_field_at(side->owner, field, i), 0);
    }
    qsort(keyed, side->length, sizeof *keyed, by_hash);
}

/* Pairs what is equal among the elements of one hash; those of the expected side are in a, of the actual in b. */
static int pair_up(struct comparison *comparison, const struct tck_path *path, const ProtobufCFieldDescriptor *field,
                   const struct side sides[2], struct keyed *a, struct keyed *b)
{
    size_t i = 0, j = 0;
    int r;

    for (; i < sides[0].length; i++) {
        while (j < sides[1].length && (b[j].hash < a[i].hash || (b[j].hash == a[i].hash && b[j].paired)))
            j++;
        for (size_t k = j; k < sides[1].length && b[k].hash == a[i].hash && !a[i].paired; k++) {
            if (b[k].paired)
                continue;
            comparison->run.quiet++;
            r = compare_values(comparison, path, field, tck_field_at(sides[0].owner, field, a[i].index),
                               tck_field_at(sides[1].owner, field, b[k].index));
            comparison->run.quiet--;
            if (r < 0)
                return r;
            a[i].paired = b[k].paired = r;
        }
    }
    return 0;
}

static int compare_bags(struct comparison *comparison, const struct tck_path *path,
                        const ProtobufCFieldDescriptor *field, const struct side sides[2])
{
    tck_cleanup(tck_freep) struct keyed *keyed = calloc(sides[0].length + sides[1].length + 1, sizeof *keyed);
    struct keyed *side_keys;
    int matched = 1, r;

    if (!keyed)
        return tck_no_memory(comparison->run.err);
    key_all(comparison, path, field, &sides[0], keyed);
    key_all(comparison, path, field, &sides[1], keyed + sides[0].length);
    r = pair_up(comparison, path, field, sides, keyed, keyed + sides[0].length);
    if (r < 0)
        return r;

    side_keys = keyed;
    for (int side = 0; side < 2; side_keys += sides[side++].length)
        for (size_t i = 0; i < sides[side].length; i++) {
            const void *value = tck_field_at(sides[side].owner, field, side_keys[i].index);
            struct tck_path at = { .up = path, .index = side_keys[i].index };

            if (side_keys[i].paired)
                continue;
            matched = 0;
            if (comparison->run.quiet > 0)
                return 0;
            /* An index of the expected side would point at something else in the message. */
            r = side == 0 ? differ(comparison, path, field, value, NULL, "no such element")
                          : differ(comparison, &at, field, NULL, value, "no such element");
            if (r < 0)
                return r;
        }
    return matched;
}

static int compare_lists(struct comparison *comparison, const struct tck_path *path,
                         const ProtobufCFieldDescriptor *field, const struct side sides[2])
{
    int matched = 1, r;

    if (sides[0].length != sides[1].length && comparison->run.quiet > 0)
        return 0;
    for (size_t i = 0; i < sides[0].length || i < sides[1].length; i++) {
        struct tck_path at = { .up = path, .index = i };
        const void *a = i < sides[0].length ? tck_field_at(sides[0].owner, field, i) : NULL;
        const void *b = i < sides[1].length ? tck_field_at(sides[1].owner, field, i) : NULL;

        r = a && b ? compare_values(comparison, &at, field, a, b)
                   : differ(comparison, &at, field, a, b, "the end of the list");
        if (r < 0 || (r == 0 && comparison->run.quiet > 0))
            return r;
        matched &= r;
    }
    return matched;
}

static int compare_fields(struct comparison *comparison, const struct tck_path *path,
                          const ProtobufCFieldDescriptor *field, const ProtobufCMessage *expected,
                          const ProtobufCMessage *actual)
{
    struct side sides[2] = { { expected, tck_field_count(expected, field) },
                             { actual, tck_field_count(actual, field) } };

    if (tck_field_is_repeated(field))
        return is_bag(comparison, path, expected, field) ? compare_bags(comparison, path, field, sides)
                                                         : compare_lists(comparison, path, field, sides);
    if (sides[0].length == 0 && sides[1].length == 0)
        return 1;
    if (sides[0].length != sides[1].length && tck_field_has_presence(field))
        return differ(comparison, path, field, sides[0].length ? tck_field_at(expected, field, 0) : NULL,
                      sides[1].length ? tck_field_at(actual, field, 0) : NULL, "absent");
    return compare_values(comparison, path, field, tck_field_at(expected, field, 0), tck_field_at(actual, field, 0));
}

static const char *unknown_words(struct tck_match_run *run, const ProtobufCMessage *message)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(4096);
    const char *words;

    for (unsigned i = 0; i < message->n_unknown_fields && text.size < 1024; i++) {
        tck_buffer_puts(&text, i ? " " : "unknown fields ");
        tck_text_unknown(&message->unknown_fields[i], &text);
    }
    words =
        tck_arena_strdup(run->match->arena, message->n_unknown_fields ? tck_buffer_string(&text) : "no unknown fields");
    return words ? words : "";
}

static int compare_unknown(struct comparison *comparison, const struct tck_path *path, const ProtobufCMessage *expected,
                           const ProtobufCMessage *actual)
{
    struct tck_match_run *run = &comparison->run;
    bool same = expected->n_unknown_fields == actual->n_unknown_fields;

    for (unsigned i = 0; same && i < expected->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *a = &expected->unknown_fields[i], *b = &actual->unknown_fields[i];

        same = a->tag == b->tag && a->wire_type == b->wire_type && a->len == b->len &&
               memcmp(a->data, b->data, a->len) == 0;
    }
    if (same || run->quiet > 0)
        return same;
    return tck_differ(run, path, TCK_NOWHERE, unknown_words(run, expected), unknown_words(run, actual));
}

/* 1 or 0 or negative as ever; 2: not both are Anys that can be opened, compare them as any message. */
static int compare_anys(struct comparison *comparison, const struct tck_path *path, const ProtobufCMessage *expected,
                        const ProtobufCMessage *actual)
{
    const char *a, *b;
    struct tck_bytes bytes;
    const ProtobufCMessage *x, *y;

    if (!tck_any_parts(expected, &a, &bytes) || !tck_any_parts(actual, &b, &bytes))
        return 2;
    a = tck_type_name(a);
    b = tck_type_name(b);
    if (strcmp(a, b) != 0) {
        struct tck_subject subject = tck_subject_message(&actual);

        return tck_differ_from(&comparison->run, path, TCK_NOWHERE, &subject, "an Any of %s", a);
    }
    x = open_any(comparison, expected);
    y = x ? open_any(comparison, actual) : NULL;
    return x && y ? compare_messages(comparison, path, x, y) : 2;
}

static int compare_messages(struct comparison *comparison, const struct tck_path *path,
                            const ProtobufCMessage *expected, const ProtobufCMessage *actual)
{
    const ProtobufCMessageDescriptor *descriptor = expected->descriptor;
    int matched = 1, r;

    if (comparison->run.depth > 2 * TCK_MESSAGE_MAX_DEPTH)
        return tck_fail(comparison->run.err, TCK_BROKEN, TCK_NOWHERE, "a message nests above %d levels",
                        2 * TCK_MESSAGE_MAX_DEPTH);
    comparison->run.depth++;
    r = compare_anys(comparison, path, expected, actual);
    for (unsigned i = 0; r == 2 && i < descriptor->n_fields; i++) {
        struct tck_path at = { .up = path, .name = descriptor->fields[i].name };
        int same = compare_fields(comparison, &at, &descriptor->fields[i], expected, actual);

        matched &= same > 0;
        if (same < 0 || (same == 0 && comparison->run.quiet > 0))
            r = same;
    }
    if (r == 2) {
        r = compare_unknown(comparison, path, expected, actual);
        r = r < 0 ? r : r & matched;
    }
    comparison->run.depth--;
    return r;
}

/* Two pools can have a type of one name; their layouts need not be the same. */
static int adopt(struct tck_match *match, const ProtobufCMessageDescriptor *descriptor,
                 const ProtobufCMessage **message, struct tck_error *err)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer bytes = TCK_BUFFER_INIT(SIZE_MAX);
    ProtobufCMessage *adopted;
    int r;

    if ((*message)->descriptor == descriptor)
        return 0;
    r = tck_message_pack(*message, &bytes, err);
    if (r < 0)
        return r;
    r = tck_message_unpack(descriptor, tck_buffer_bytes(&bytes), match->arena, &adopted, err);
    if (r < 0)
        return r;
    *message = adopted;
    return 0;
}

int tck_match_messages(struct tck_match *match, const ProtobufCMessage *expected, const ProtobufCMessage *actual,
                       const char *const *unordered, size_t unordered_count, struct tck_error *err)
{
    struct comparison comparison = { .run = { .match = match, .err = err },
                                     .unordered = unordered,
                                     .unordered_count = unordered_count };
    int r;

    if (strcmp(expected->descriptor->name, actual->descriptor->name) != 0)
        return tck_differ(&comparison.run, NULL, TCK_NOWHERE, expected->descriptor->name, actual->descriptor->name);
    r = adopt(match, expected->descriptor, &actual, err);
    return r < 0 ? r : compare_messages(&comparison, NULL, expected, actual);
}
