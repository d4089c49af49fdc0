/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/suggest.h"
#include "wire/tree_internal.h"

const char *tck_tree_kind_text(enum tck_tree_kind kind)
{
    static const char *const texts[] = {
        [TCK_TREE_NULL] = "nothing",    [TCK_TREE_BOOL] = "true or false", [TCK_TREE_NUMBER] = "a number",
        [TCK_TREE_STRING] = "a string", [TCK_TREE_LIST] = "a list",        [TCK_TREE_MAP] = "a map",
    };

    return (size_t)kind < TCK_COUNT(texts) ? texts[kind] : "an unknown kind of value";
}

const struct tck_tree *tck_tree_get(const struct tck_tree *tree, const char *key)
{
    if (!tree || tree->kind != TCK_TREE_MAP)
        return NULL;
    for (const struct tck_tree *entry = tree->first; entry; entry = entry->next)
        if (strcmp(entry->key, key) == 0)
            return entry;
    return NULL;
}

/* --- builders --- */

struct tck_tree *tck_tree_scalar(struct tck_arena *arena, enum tck_tree_kind kind, const char *text, size_t text_size,
                                 struct tck_place place)
{
    struct tck_tree *tree = TCK_NEW(arena, struct tck_tree);

    if (!tree)
        return NULL;
    tree->kind = kind;
    tree->place = place;
    tree->text = tck_arena_strndup(arena, text, text_size);
    tree->text_size = text_size;
    return tree->text ? tree : NULL;
}

struct tck_tree *tck_tree_string(struct tck_arena *arena, const char *text, struct tck_place place)
{
    return tck_tree_scalar(arena, TCK_TREE_STRING, text, strlen(text), place);
}

struct tck_tree *tck_tree_number(struct tck_arena *arena, int64_t number, struct tck_place place)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRId64, number);

    return tck_tree_scalar(arena, TCK_TREE_NUMBER, text, (size_t)size, place);
}

struct tck_tree *tck_tree_bool(struct tck_arena *arena, bool value, struct tck_place place)
{
    const char *text = value ? "true" : "false";

    return tck_tree_scalar(arena, TCK_TREE_BOOL, text, strlen(text), place);
}

static struct tck_tree *container(struct tck_arena *arena, enum tck_tree_kind kind, struct tck_place place)
{
    struct tck_tree *tree = TCK_NEW(arena, struct tck_tree);

    if (!tree)
        return NULL;
    tree->kind = kind;
    tree->place = place;
    return tree;
}

struct tck_tree *tck_tree_map(struct tck_arena *arena, struct tck_place place)
{
    return container(arena, TCK_TREE_MAP, place);
}

struct tck_tree *tck_tree_list(struct tck_arena *arena, struct tck_place place)
{
    return container(arena, TCK_TREE_LIST, place);
}

void tck_tree_link(struct tck_tree *parent, struct tck_tree *child, struct tck_tree **last)
{
    if (*last)
        (*last)->next = child;
    else
        parent->first = child;
    *last = child;
    parent->count++;
}

bool tck_tree_append(struct tck_arena *arena, struct tck_tree *parent, const char *key, const struct tck_tree *value)
{
    struct tck_tree *child;

    if (!parent || !value)
        return false;
    child = TCK_NEW(arena, struct tck_tree);
    if (!child)
        return false;
    *child = *value;
    child->next = NULL;
    child->key = NULL;
    child->key_place = value->place;
    if (key && !(child->key = tck_arena_strdup(arena, key)))
        return false;
    parent->count++;
    if (!parent->first) {
        parent->first = child;
    } else {
        /* The children of a tree under construction were all made here, so the cast takes no const from shared memory.
         */
        struct tck_tree *last = (struct tck_tree *)parent->first;

        while (last->next)
            last = (struct tck_tree *)last->next;
        last->next = child;
    }
    return true;
}

/* --- plain scalars of YAML's core schema --- */

static bool is_one_of(const char *text, size_t size, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
            return true;
    return false;
}

int tck_tree_check_keys(const struct tck_tree *map, size_t count, const char *const keys[],
                        struct tck_error_list *errors)
{
    int r = 0;

    for (const struct tck_tree *item = map->first; item; item = item->next) {
        const char *near;

        if (is_one_of(item->key, strlen(item->key), keys, count))
            continue;
        near = tck_suggest_in(item->key, count, keys);
        r = tck_error_list_add(errors, TCK_BAD_INPUT, item->key_place, "unknown key '%.80s'%s%s%s", item->key,
                               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return r;
}

static size_t skip_digits(const char *text, size_t size, size_t at, bool (*is_digit)(char))
{
    while (at < size && is_digit(text[at]))
        at++;
    return at;
}

static bool is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_octal(char c)
{
    return c >= '0' && c <= '7';
}

static bool is_hexadecimal(char c)
{
    return isxdigit((unsigned char)c) != 0;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal_number(const char *text, size_t size)
{
    size_t at = 0, whole, fraction = 0;

    if (at < size && (text[at] == '-' || text[at] == '+'))
        at++;
    whole = skip_digits(text, size, at, is_decimal) - at;
    at += whole;
    if (at < size && text[at] == '.') {
        at++;
        fraction = skip_digits(text, size, at, is_decimal) - at;
        at += fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        size_t digits;

        at++;
        if (at < size && (text[at] == '-' || text[at] == '+'))
            at++;
        digits = skip_digits(text, size, at, is_decimal) - at;
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == size;
}

static bool is_number(const char *text, size_t size)
{
    static const char *const specials[] = { ".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf", "+.INF",
                                            "-.inf", "-.Inf", "-.INF", ".nan",  ".NaN",  ".NAN" };

    if (size > 2 && text[0] == '0' && text[1] == 'x')
        return skip_digits(text, size, 2, is_hexadecimal) == size;
    if (size > 2 && text[0] == '0' && text[1] == 'o')
        return skip_digits(text, size, 2, is_octal) == size;
    return is_decimal_number(text, size) || is_one_of(text, size, specials, TCK_COUNT(specials));
}

enum tck_tree_kind tck_tree_plain_kind(const char *text, size_t size)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL" };
    static const char *const bools[] = { "true", "True", "TRUE", "false", "False", "FALSE" };

    if (is_one_of(text, size, nulls, TCK_COUNT(nulls)))
        return TCK_TREE_NULL;
    if (is_one_of(text, size, bools, TCK_COUNT(bools)))
        return TCK_TREE_BOOL;
    return is_number(text, size) ? TCK_TREE_NUMBER : TCK_TREE_STRING;
}

/* --- printing --- */

/* A narrow set: anything else is quoted, which is never wrong. */
static bool is_plain_safe(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool inside = i > 0 && i + 1 < size;

        if (!isalnum(c) && c != '_' && c != '$' && !(i > 0 && c && strchr("./-+", c)) && !(inside && c == ' '))
            return false;
    }
    return size > 0;
}

/* Characters that YAML reads as line breaks or not at all, in the bytes of UTF-8: C1 controls, line and paragraph
 * separator, byte order mark, U+FFFE and U+FFFF. Returns how many bytes the one at text takes, 0 for an ordinary one.
 */
static size_t special_character(const char *text, size_t size, unsigned *ret_code)
{
    const unsigned char *c = (const unsigned char *)text;

    if (size >= 2 && c[0] == 0xc2 && c[1] < 0xa0) {
        *ret_code = c[1];
        return 2;
    }
    if (size < 3 || (c[0] != 0xe2 && c[0] != 0xef))
        return 0;
    *ret_code = (c[0] & 0x0fU) << 12 | (c[1] & 0x3fU) << 6 | (c[2] & 0x3fU);
    return *ret_code == 0x2028 || *ret_code == 0x2029 || *ret_code == 0xfeff || *ret_code >= 0xfffe ? 3 : 0;
}

static void print_quoted(const char *text, size_t size, struct tck_buffer *out)
{
    static const struct {
        char raw, letter;
    } escapes[] = { { '"', '"' },  { '\\', '\\' }, { '\n', 'n' }, { '\r', 'r' },
                    { '\t', 't' }, { '\0', '0' },  { 27, 'e' } };

    tck_buffer_putc(out, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        size_t e = 0, special;
        unsigned code;

        while (e < TCK_COUNT(escapes) && escapes[e].raw != text[i])
            e++;
        if (e < TCK_COUNT(escapes))
            tck_buffer_printf(out, "\\%c", escapes[e].letter);
        else if (c < 0x20 || c == 0x7f)
            tck_buffer_printf(out, "\\x%02X", c);
        else if ((special = special_character(text + i, size - i, &code)) > 0) {
            tck_buffer_printf(out, "\\u%04X", code);
            i += special - 1;
        } else
            tck_buffer_putc(out, text[i]);
    }
    tck_buffer_putc(out, '"');
}

static void print_text(const char *text, size_t size, bool looks_like_itself, struct tck_buffer *out)
{
    if (is_plain_safe(text, size) && looks_like_itself)
        tck_buffer_append(out, text, size);
    else
        print_quoted(text, size, out);
}

void tck_tree_print(const struct tck_tree *tree, struct tck_buffer *out)
{
    switch (tree->kind) {
    case TCK_TREE_NULL:
        tck_buffer_puts(out, "null");
        return;
    case TCK_TREE_BOOL:
    case TCK_TREE_NUMBER:
        tck_buffer_append(out, tree->text, tree->text_size);
        return;
    case TCK_TREE_STRING:
        print_text(tree->text, tree->text_size, tck_tree_plain_kind(tree->text, tree->text_size) == TCK_TREE_STRING,
                   out);
        return;
    case TCK_TREE_LIST:
    case TCK_TREE_MAP:
        break;
    }
    tck_buffer_putc(out, tree->kind == TCK_TREE_MAP ? '{' : '[');
    for (const struct tck_tree *child = tree->first; child; child = child->next) {
        if (child->key) {
            print_text(child->key, strlen(child->key), true, out);
            tck_buffer_puts(out, ": ");
        }
        tck_tree_print(child, out);
        if (child->next)
            tck_buffer_puts(out, ", ");
    }
    tck_buffer_putc(out, tree->kind == TCK_TREE_MAP ? '}' : ']');
}
