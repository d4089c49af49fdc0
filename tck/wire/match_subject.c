/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <stdio.h>
#include <string.h>

#include "wire/fields_internal.h"
#include "wire/text_internal.h"
#include "wire/to_tree_internal.h"
#include "wire/well_known_internal.h"

/* Texts of differences are cut here: a report shows what it was, the transcript holds all of it. */
#define WORDS_MAX  400
#define LISTED_MAX 8

struct tck_subject tck_subject_message(const ProtobufCMessage *const *message)
{
    return (struct tck_subject){ .shape = TCK_SUBJECT_ONE, .set = true, .value = message };
}

struct tck_subject tck_subject_tree(const struct tck_tree *tree)
{
    return (struct tck_subject){ .shape = TCK_SUBJECT_TREE, .set = tree && tree->kind != TCK_TREE_NULL, .tree = tree };
}

struct tck_subject tck_subject_field(const struct tck_pool *pool, const ProtobufCMessage *owner,
                                     const ProtobufCFieldDescriptor *field)
{
    struct tck_subject subject = { .field = field, .owner = owner, .set = tck_field_count(owner, field) > 0 };

    if (tck_field_is_repeated(field)) {
        subject.shape = tck_pool_is_map(pool, owner->descriptor, field) ? TCK_SUBJECT_MAP : TCK_SUBJECT_LIST;
        subject.implicit = true;
        return subject;
    }
    subject.implicit = !tck_field_has_presence(field);
    if (subject.set || subject.implicit)
        subject.value = tck_field_at(owner, field, 0);
    return subject;
}

const ProtobufCMessage *tck_subject_as_message(const struct tck_subject *subject)
{
    if (subject->shape != TCK_SUBJECT_ONE || !subject->value ||
        (subject->field && subject->field->type != PROTOBUF_C_TYPE_MESSAGE))
        return NULL;
    return tck_value_message(subject->value);
}

struct tck_subject tck_subject_unwrap(const struct tck_subject *subject)
{
    const ProtobufCMessage *message = tck_subject_as_message(subject);
    struct tck_subject inner = *subject;

    if (!message || tck_well_known(message->descriptor) != TCK_WK_WRAPPER)
        return inner;
    inner.field = tck_well_known_field(message->descriptor, 1);
    inner.owner = message;
    inner.value = tck_field_at(message, inner.field, 0);
    inner.implicit = true;
    return inner;
}

bool tck_subject_is_list(const struct tck_subject *subject)
{
    return subject->shape == TCK_SUBJECT_LIST ||
           (subject->shape == TCK_SUBJECT_TREE && subject->tree && subject->tree->kind == TCK_TREE_LIST);
}

bool tck_subject_is_map(const struct tck_subject *subject)
{
    return subject->shape == TCK_SUBJECT_MAP ||
           (subject->shape == TCK_SUBJECT_TREE && subject->tree && subject->tree->kind == TCK_TREE_MAP);
}

bool tck_subject_length(const struct tck_subject *subject, size_t *ret_length)
{
    if (subject->shape == TCK_SUBJECT_LIST || subject->shape == TCK_SUBJECT_MAP)
        *ret_length = tck_field_count(subject->owner, subject->field);
    else if (tck_subject_is_list(subject) || tck_subject_is_map(subject))
        *ret_length = subject->tree->count;
    else
        return false;
    return true;
}

static const struct tck_tree *tree_child(const struct tck_tree *tree, size_t i)
{
    const struct tck_tree *child = tree->first;

    while (i-- > 0)
        child = child->next;
    return child;
}

/* A value that is there, whatever it is. */
static struct tck_subject there(const ProtobufCFieldDescriptor *field, const void *value)
{
    return (struct tck_subject){ .shape = TCK_SUBJECT_ONE, .set = true, .field = field, .value = value };
}

/* The empty message that a NULL stands for in a map entry has no memory of its own, so it is absent to a matcher. */
static struct tck_subject entry_value(const ProtobufCMessage *entry)
{
    const ProtobufCFieldDescriptor *field = &entry->descriptor->fields[1];
    struct tck_subject subject = there(field, NULL);

    if (tck_field_count(entry, field) > 0 || !tck_field_has_presence(field))
        subject.value = tck_field_at(entry, field, 0);
    subject.set = subject.value != NULL;
    return subject;
}

struct tck_subject tck_subject_element(const struct tck_pool *pool, const struct tck_subject *subject, size_t i)
{
    const void *value;

    (void)pool;
    if (subject->shape == TCK_SUBJECT_TREE)
        return tck_subject_tree(tree_child(subject->tree, i));
    value = tck_field_at(subject->owner, subject->field, i);
    if (subject->shape == TCK_SUBJECT_MAP)
        return entry_value(tck_value_message(value));
    return there(subject->field, value);
}

const char *tck_subject_key(const struct tck_subject *subject, size_t i, char buf[32])
{
    const ProtobufCMessage *entry;
    const ProtobufCFieldDescriptor *field;
    const void *value;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(64);

    if (subject->shape == TCK_SUBJECT_TREE)
        return tree_child(subject->tree, i)->key;
    entry = tck_value_message(tck_field_at(subject->owner, subject->field, i));
    field = &entry->descriptor->fields[0];
    if (tck_field_count(entry, field) == 0 && tck_field_has_presence(field))
        return "";
    value = tck_field_at(entry, field, 0);
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return tck_value_string(value);
    tck_text_value(NULL, field, value, 0, &text);
    snprintf(buf, 32, "%s", tck_buffer_string(&text));
    return buf;
}

static int value_to_tree(const struct tck_pool *pool, const ProtobufCFieldDescriptor *field, const void *value,
                         struct tck_arena *arena, const struct tck_tree **ret_tree, struct tck_error *err)
{
    const struct tck_speller speller = { pool, arena };

    if (!field)
        return tck_message_to_tree(pool, tck_value_message(value), arena, ret_tree, err);
    *ret_tree = tck_spell_value(&speller, field, value, 0);
    return *ret_tree ? 0 : tck_no_memory(err);
}

int tck_subject_to_tree(const struct tck_pool *pool, const struct tck_subject *subject, struct tck_arena *arena,
                        const struct tck_tree **ret_tree, struct tck_error *err)
{
    bool is_map = subject->shape == TCK_SUBJECT_MAP;
    struct tck_tree *tree;
    size_t length;
    char key[32];

    if (subject->shape == TCK_SUBJECT_TREE && subject->tree) {
        *ret_tree = subject->tree;
        return 0;
    }
    if (subject->shape == TCK_SUBJECT_ONE && subject->value)
        return value_to_tree(pool, subject->field, subject->value, arena, ret_tree, err);

    tree = is_map                               ? tck_tree_map(arena, TCK_NOWHERE)
           : subject->shape == TCK_SUBJECT_LIST ? tck_tree_list(arena, TCK_NOWHERE)
                                                : tck_tree_scalar(arena, TCK_TREE_NULL, "", 0, TCK_NOWHERE);
    if (!tree)
        return tck_no_memory(err);
    if (!tck_subject_length(subject, &length))
        length = 0;
    for (size_t i = 0; i < length; i++) {
        struct tck_subject element = tck_subject_element(pool, subject, i);
        const struct tck_tree *child;
        int r = tck_subject_to_tree(pool, &element, arena, &child, err);

        if (r < 0)
            return r;
        if (!tck_tree_append(arena, tree, is_map ? tck_subject_key(subject, i, key) : NULL, child))
            return tck_no_memory(err);
    }
    *ret_tree = tree;
    return 0;
}

static void print_all(const struct tck_pool *pool, const struct tck_subject *subject, struct tck_buffer *out)
{
    bool is_map = tck_subject_is_map(subject);
    size_t length = 0;
    char key[32];

    tck_subject_length(subject, &length);
    tck_buffer_putc(out, is_map ? '{' : '[');
    for (size_t i = 0; i < length && i < LISTED_MAX; i++) {
        struct tck_subject element = tck_subject_element(pool, subject, i);
        const char *name = is_map ? tck_subject_key(subject, i, key) : NULL;

        tck_buffer_puts(out, i ? ", " : "");
        if (name) {
            tck_text_quote(name, strlen(name), WORDS_MAX, out);
            tck_buffer_puts(out, ": ");
        }
        tck_subject_print(pool, &element, out);
    }
    if (length > LISTED_MAX)
        tck_buffer_printf(out, ", … %zu in all", length);
    tck_buffer_putc(out, is_map ? '}' : ']');
}

static void print_message(const struct tck_pool *pool, const ProtobufCMessage *message, struct tck_buffer *out)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(1 << 20);

    tck_message_to_text(pool, message, WORDS_MAX, &text);
    if (text.size > 0)
        tck_buffer_printf(out, "{ %s }", tck_buffer_string(&text));
    else
        tck_buffer_puts(out, "{}");
}

void tck_subject_print(const struct tck_pool *pool, const struct tck_subject *subject, struct tck_buffer *out)
{
    const struct tck_tree *tree = subject->tree;
    const ProtobufCMessage *message = tck_subject_as_message(subject);

    if (message)
        print_message(pool, message, out);
    else if (subject->shape == TCK_SUBJECT_LIST || subject->shape == TCK_SUBJECT_MAP)
        print_all(pool, subject, out);
    else if (subject->shape == TCK_SUBJECT_TREE && tree && tree->kind == TCK_TREE_STRING)
        tck_text_quote(tree->text, tree->text_size, WORDS_MAX, out);
    else if (subject->shape == TCK_SUBJECT_TREE && tree)
        tck_tree_print(tree, out);
    else if (subject->value)
        tck_text_value(pool, subject->field, subject->value, WORDS_MAX, out);
    else
        tck_buffer_puts(out, "absent");
}
