/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "wire/scalar_internal.h"
#include "wire/tree_internal.h"

/* Whole numbers with more digits than this may be more than jansson holds. */
#define SAFE_DIGITS 18

struct reader {
    struct tck_arena *arena;
    struct tck_place place; /* the document: jansson keeps no positions of values */
    size_t nodes;
    bool marked; /* long whole numbers are strings that begin with a NUL (see mark_long_numbers) */
    struct tck_error *err;
};

static void json_freep(json_t **json)
{
    json_decref(*json);
}

static struct tck_tree *scalar(struct reader *reader, const json_t *json)
{
    char text[32];

    switch (json_typeof(json)) {
    case JSON_STRING:
        if (reader->marked && json_string_length(json) > 0 && *json_string_value(json) == '\0')
            return tck_tree_scalar(reader->arena, TCK_TREE_NUMBER, json_string_value(json) + 1,
                                   json_string_length(json) - 1, reader->place);
        return tck_tree_scalar(reader->arena, TCK_TREE_STRING, json_string_value(json), json_string_length(json),
                               reader->place);
    case JSON_INTEGER:
        return tck_tree_number(reader->arena, json_integer_value(json), reader->place);
    case JSON_REAL:
        tck_scalar_double_text(json_real_value(json), text);
        return tck_tree_scalar(reader->arena, TCK_TREE_NUMBER, text, strlen(text), reader->place);
    case JSON_TRUE:
    case JSON_FALSE:
        return tck_tree_bool(reader->arena, json_is_true(json), reader->place);
    default:
        return tck_tree_scalar(reader->arena, TCK_TREE_NULL, "null", strlen("null"), reader->place);
    }
}

static int read_value(struct reader *reader, json_t *json, unsigned depth, struct tck_tree **ret_tree);

static int read_children(struct reader *reader, json_t *json, unsigned depth, struct tck_tree *tree)
{
    struct tck_tree *last = NULL, *child;
    json_t *value;
    const char *key;
    size_t i;
    int r;

    if (json_is_array(json)) {
        json_array_foreach(json, i, value)
        {
            r = read_value(reader, value, depth + 1, &child);
            if (r < 0)
                return r;
            tck_tree_link(tree, child, &last);
        }
        return 0;
    }
    json_object_foreach(json, key, value)
    {
        r = read_value(reader, value, depth + 1, &child);
        if (r < 0)
            return r;
        child->key = tck_arena_strdup(reader->arena, key);
        child->key_place = reader->place;
        if (!child->key)
            return tck_no_memory(reader->err);
        tck_tree_link(tree, child, &last);
    }
    return 0;
}

static int read_value(struct reader *reader, json_t *json, unsigned depth, struct tck_tree **ret_tree)
{
    struct tck_tree *tree;
    int r;

    if (depth > TCK_TREE_MAX_DEPTH)
        return tck_fail(reader->err, TCK_BAD_INPUT, reader->place, "the JSON is nested more than %d deep",
                        TCK_TREE_MAX_DEPTH);
    if (++reader->nodes > TCK_TREE_MAX_NODES)
        return tck_fail(reader->err, TCK_BAD_INPUT, reader->place, "the JSON has more than %d values",
                        TCK_TREE_MAX_NODES);
    if (json_is_array(json))
        tree = tck_tree_list(reader->arena, reader->place);
    else if (json_is_object(json))
        tree = tck_tree_map(reader->arena, reader->place);
    else
        tree = scalar(reader, json);
    if (!tree)
        return tck_no_memory(reader->err);
    r = json_is_array(json) || json_is_object(json) ? read_children(reader, json, depth, tree) : 0;
    if (r == 0)
        *ret_tree = tree;
    return r;
}

/* A number begins at `at`; where it ends. *ret_long: it is whole and longer than what jansson is sure to hold. */
static const char *skip_number(const char *at, const char *end, bool *ret_long)
{
    const char *digits = at + (*at == '-');
    bool whole = true;

    for (at++; at < end && ((*at >= '0' && *at <= '9') || memchr(".eE+-", *at, 5)); at++)
        whole = whole && *at >= '0' && *at <= '9';
    *ret_long = whole && at - digits > SAFE_DIGITS && *digits != '0';
    return at;
}

/* jansson refuses whole numbers outside int64, but uint64 is JSON too. Such numbers become strings that begin with a
 * NUL, as no other string of this text does: only an escape could put one there. false: one does, or the memory is
 * full. */
static bool mark_long_numbers(struct tck_bytes text, struct tck_buffer *out)
{
    const char *at = (const char *)text.data, *end = at + text.size;
    bool in_string = false;

    if (memmem(at, text.size, "\\u0000", strlen("\\u0000")))
        return false;
    while (at < end) {
        const char *token = at;
        bool is_long = false;

        if (in_string && *at == '\\' && end - at > 1) {
            at += 2;
        } else if (!in_string && (*at == '-' || (*at >= '0' && *at <= '9'))) {
            at = skip_number(at, end, &is_long);
        } else {
            in_string = in_string != (*at == '"');
            at++;
        }
        if (is_long)
            tck_buffer_printf(out, "\"\\u0000%.*s\"", (int)(at - token), token);
        else
            tck_buffer_append(out, token, (size_t)(at - token));
    }
    return !out->failed;
}

static json_t *load(struct reader *reader, struct tck_bytes text, json_error_t *problem)
{
    static const size_t flags = JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
    tck_cleanup(tck_buffer_done) struct tck_buffer marked = TCK_BUFFER_INIT(SIZE_MAX);
    json_t *json = json_loadb(text.size ? (const char *)text.data : "", text.size, flags, problem);

    if (json || json_error_code(problem) != json_error_numeric_overflow || !mark_long_numbers(text, &marked))
        return json;
    reader->marked = true;
    return json_loadb(tck_buffer_string(&marked), marked.size, flags, problem);
}

int tck_tree_parse_json(const char *name, struct tck_bytes text, struct tck_arena *arena,
                        const struct tck_tree **ret_root, struct tck_error *err)
{
    struct reader reader = { .arena = arena, .err = err };
    tck_cleanup(json_freep) json_t *json = NULL;
    struct tck_tree *root;
    json_error_t problem;
    int r;

    reader.place.name = tck_arena_strdup(arena, name);
    if (!reader.place.name)
        return tck_no_memory(err);
    json = load(&reader, text, &problem);
    if (!json && json_error_code(&problem) == json_error_out_of_memory)
        return tck_no_memory(err);
    if (!json) {
        struct tck_place place = { .name = reader.place.name,
                                   .line = problem.line > 0 ? (unsigned)problem.line : 1,
                                   .column = problem.column > 0 ? (unsigned)problem.column : 1 };

        return tck_fail(err, TCK_BAD_INPUT, place, "not JSON: %s", problem.text);
    }
    r = read_value(&reader, json, 0, &root);
    if (r == 0)
        *ret_root = root;
    return r;
}

/* --- printing --- */

static void print_text(const char *text, size_t size, struct tck_buffer *out)
{
    tck_buffer_putc(out, '"');
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            tck_buffer_printf(out, "\\%c", c);
        else if (c < 0x20)
            tck_buffer_printf(out, "\\u%04x", c);
        else
            tck_buffer_putc(out, (char)c);
    }
    tck_buffer_putc(out, '"');
}

/* YAML has other notations too: .5, 0x1f, .inf. */
static bool is_json_number(const char *text)
{
    text += *text == '-';
    return *text >= '0' && *text <= '9' && text[strspn(text, "0123456789.eE+-")] == '\0' &&
           text[strlen(text) - 1] != '.';
}

void tck_tree_print_json(const struct tck_tree *tree, struct tck_buffer *out)
{
    const bool map = tree->kind == TCK_TREE_MAP;

    switch (tree->kind) {
    case TCK_TREE_NULL:
        tck_buffer_puts(out, "null");
        return;
    case TCK_TREE_BOOL:
        tck_buffer_puts(out, tree->text);
        return;
    case TCK_TREE_NUMBER:
        if (is_json_number(tree->text)) {
            tck_buffer_puts(out, tree->text);
            return;
        }
        print_text(tree->text, tree->text_size, out);
        return;
    case TCK_TREE_STRING:
        print_text(tree->text, tree->text_size, out);
        return;
    case TCK_TREE_LIST:
    case TCK_TREE_MAP:
        tck_buffer_putc(out, map ? '{' : '[');
        for (const struct tck_tree *child = tree->first; child; child = child->next) {
            if (child != tree->first)
                tck_buffer_putc(out, ',');
            if (map) {
                print_text(child->key, strlen(child->key), out);
                tck_buffer_putc(out, ':');
            }
            tck_tree_print_json(child, out);
        }
        tck_buffer_putc(out, map ? '}' : ']');
        return;
    }
}
