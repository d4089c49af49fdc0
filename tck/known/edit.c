/* SPDX-License-Identifier: Apache-2.0 */
#include "known/edit.h"

#include <ctype.h>
#include <string.h>

#define REASON_MAX  200 /* bytes of a report's reason that are worth keeping */
#define INDENTATION 2   /* of entries where there are none yet */

void tck_edits_init(struct tck_edits *edits, struct tck_bytes text, struct tck_arena *arena)
{
    const uint8_t *newline = text.size ? memchr(text.data, '\n', text.size) : NULL;

    *edits = (struct tck_edits){ .text = text, .arena = arena };
    edits->eol = newline && newline > text.data && newline[-1] == '\r' ? "\r\n" : "\n";
}

/* --- places as bytes --- */

static char at(const struct tck_edits *edits, size_t offset)
{
    return offset < edits->text.size ? (char)edits->text.data[offset] : '\0';
}

static bool is_end(const struct tck_edits *edits, size_t offset)
{
    return offset >= edits->text.size || at(edits, offset) == '\n' || at(edits, offset) == '\r';
}

static size_t line_begin(const struct tck_edits *edits, unsigned line)
{
    size_t offset = 0;

    for (unsigned i = 1; i < line && offset < edits->text.size; i++) {
        while (offset < edits->text.size && at(edits, offset) != '\n')
            offset++;
        offset += offset < edits->text.size;
    }
    return offset;
}

static size_t next_line(const struct tck_edits *edits, size_t offset)
{
    while (offset < edits->text.size && at(edits, offset) != '\n')
        offset++;
    return offset + (offset < edits->text.size);
}

/* Columns count code points. */
static size_t offset_of(const struct tck_edits *edits, struct tck_place place)
{
    size_t offset = line_begin(edits, place.line);

    for (unsigned column = 1; column < place.column && offset < edits->text.size; column++) {
        offset++;
        while (offset < edits->text.size && ((unsigned char)at(edits, offset) & 0xc0) == 0x80)
            offset++;
    }
    return offset;
}

static int cannot(struct tck_place place, const char *why, struct tck_error *err)
{
    return tck_fail(err, TCK_BAD_INPUT, place, "%s, so it cannot be changed in its place", why);
}

#define MARKED "the value is written with an anchor, an alias or a tag, or as a block"

static bool is_marked(const struct tck_edits *edits, const struct tck_tree *value)
{
    const char first = at(edits, offset_of(edits, value->place));

    return first && strchr("&*!|>", first);
}

/* Where a scalar on one line ends. */
static int scalar_end(const struct tck_edits *edits, const struct tck_tree *scalar, bool flow, size_t *ret_end,
                      struct tck_error *err)
{
    const size_t begin = offset_of(edits, scalar->place);
    const char first = at(edits, begin);
    size_t end = begin + 1;

    if (is_marked(edits, scalar))
        return cannot(scalar->place, MARKED, err);
    if (first == '"' || first == '\'') {
        for (; !is_end(edits, end) && at(edits, end) != first; end++)
            if (first == '"' && at(edits, end) == '\\')
                end++;
        if (at(edits, end) != first)
            return cannot(scalar->place, "the value goes over several lines", err);
        *ret_end = end + 1;
        return 0;
    }
    while (!is_end(edits, end) && !(at(edits, end) == '#' && isblank((unsigned char)at(edits, end - 1))) &&
           !(flow && strchr(",]}", at(edits, end))))
        end++;
    while (end > begin && isblank((unsigned char)at(edits, end - 1)))
        end--;
    *ret_end = end;
    return 0;
}

static bool is_flow(const struct tck_edits *edits, const struct tck_tree *tree, char bracket)
{
    return at(edits, offset_of(edits, tree->place)) == bracket;
}

/* The value under a key: a scalar, or a list of them. begin is behind the key's colon where the list is of lines. */
static int value_range(const struct tck_edits *edits, const struct tck_known_entry *entry, const struct tck_tree *value,
                       size_t *ret_begin, size_t *ret_end, struct tck_error *err)
{
    const bool flow = is_flow(edits, entry->tree, '{'), list = value->kind == TCK_TREE_LIST,
               bracketed = list && is_flow(edits, value, '[');
    const struct tck_tree *last = value;
    int r;

    if (is_marked(edits, value))
        return cannot(value->place, MARKED, err);
    *ret_begin = offset_of(edits, value->place);
    for (const struct tck_tree *item = list ? value->first : NULL; item; item = item->next)
        last = item;
    r = scalar_end(edits, last, flow || bracketed, ret_end, err);
    if (r < 0)
        return r;
    if (list && !bracketed)
        *ret_begin = offset_of(edits, value->key_place) + strlen(value->key) + 1;
    if (!bracketed)
        return 0;
    while (isspace((unsigned char)at(edits, *ret_end)) || at(edits, *ret_end) == ',')
        ++*ret_end;
    if (at(edits, *ret_end) != ']')
        return cannot(value->place, "the list has comments in it", err);
    ++*ret_end;
    return 0;
}

/* --- the lines of an entry --- */

/* The column of the dash, from 0, if it stands before the entry on its line. */
static int dash_column(const struct tck_edits *edits, const struct tck_tree *entry, size_t *ret_column,
                       struct tck_error *err)
{
    const size_t begin = line_begin(edits, entry->place.line), end = offset_of(edits, entry->place);
    size_t dash = begin;

    while (dash < end && at(edits, dash) == ' ')
        dash++;
    for (size_t i = dash + 1; i < end; i++)
        if (at(edits, i) != ' ')
            dash = end;
    if (dash >= end || at(edits, dash) != '-')
        return cannot(entry->place, "the entry does not begin with '-' on a line of its own", err);
    *ret_column = dash - begin;
    return 0;
}

/* Everything that is indented more than the dash, without what is blank at the end. */
static int entry_range(const struct tck_edits *edits, const struct tck_tree *entry, size_t *ret_begin, size_t *ret_end,
                       struct tck_error *err)
{
    size_t column, line, end;
    int r = dash_column(edits, entry, &column, err);

    if (r < 0)
        return r;
    *ret_begin = line_begin(edits, entry->place.line);
    end = next_line(edits, *ret_begin);
    for (line = end; line < edits->text.size; line = next_line(edits, line)) {
        size_t text = line;

        while (at(edits, text) == ' ' && text < edits->text.size)
            text++;
        if (is_end(edits, text))
            continue;
        if (text - line <= column)
            break;
        end = next_line(edits, text);
    }
    *ret_end = end;
    return 0;
}

/* --- edits --- */

static int add(struct tck_edits *edits, size_t begin, size_t end, const char *text, struct tck_error *err)
{
    if (edits->count == edits->capacity) {
        size_t capacity = edits->capacity ? 2 * edits->capacity : 16;
        struct tck_edit *items = tck_arena_array(edits->arena, capacity, sizeof *items);

        if (!items)
            return tck_no_memory(err);
        if (edits->count)
            memcpy(items, edits->items, edits->count * sizeof *items);
        edits->items = items;
        edits->capacity = capacity;
    }
    text = tck_arena_strdup(edits->arena, text);
    if (!text)
        return tck_no_memory(err);
    edits->items[edits->count++] = (struct tck_edit){ .begin = begin, .end = end, .text = text };
    return 0;
}

int tck_edit_drop(struct tck_edits *edits, const struct tck_known_entry *entry, struct tck_error *err)
{
    size_t begin, end;
    int r = entry_range(edits, entry->tree, &begin, &end, err);

    return r < 0 ? r : add(edits, begin, end, "", err);
}

int tck_edit_set(struct tck_edits *edits, const struct tck_known_entry *entry, const char *key, const char *new_key,
                 const char *value, struct tck_error *err)
{
    const struct tck_tree *old = tck_tree_get(entry->tree, key);
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)1 << 20);
    size_t begin, end;
    int r = value_range(edits, entry, old, &begin, &end, err);

    if (r < 0)
        return r;
    if (new_key) {
        begin = offset_of(edits, old->key_place);
        tck_buffer_printf(&text, "%s: ", new_key);
    } else if (at(edits, begin - 1) == ':') {
        tck_buffer_putc(&text, ' ');
    }
    tck_buffer_puts(&text, value);
    return text.failed ? tck_no_memory(err) : add(edits, begin, end, tck_buffer_string(&text), err);
}

static const struct tck_tree *last_entry(const struct tck_known *list, enum tck_known_kind kind)
{
    const struct tck_tree *entries = tck_tree_get(tck_known_root(list), tck_known_word(kind)), *last = NULL;

    for (const struct tck_tree *item = entries && entries->kind == TCK_TREE_LIST ? entries->first : NULL; item;
         item = item->next)
        last = item;
    return last;
}

/* Behind a heading without entries: "failing:" or "failing: []". */
static int add_first(struct tck_edits *edits, const struct tck_tree *heading, const char *entries,
                     struct tck_error *err)
{
    size_t begin = offset_of(edits, heading->key_place) + strlen(heading->key) + 1, end = begin;
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)16 << 20);

    while (isblank((unsigned char)at(edits, end)))
        end++;
    if (at(edits, end) == '[') {
        end++;
        while (isblank((unsigned char)at(edits, end)))
            end++;
        if (at(edits, end) != ']')
            return cannot(heading->place, "the list is written over several lines", err);
        if (add(edits, begin, end + 1, "", err) < 0)
            return TCK_KIT;
    } else if (!is_end(edits, end) && at(edits, end) != '#') {
        return cannot(heading->place, "the heading has a value of its own", err);
    }
    end = next_line(edits, end);
    if (end > 0 && at(edits, end - 1) != '\n')
        tck_buffer_puts(&text, edits->eol);
    tck_buffer_puts(&text, entries);
    return text.failed ? tck_no_memory(err) : add(edits, end, end, tck_buffer_string(&text), err);
}

int tck_edit_add(struct tck_edits *edits, const struct tck_known *list, enum tck_known_kind kind,
                 const struct tck_buffer *entries, struct tck_error *err)
{
    const struct tck_tree *root = tck_known_root(list), *heading = tck_tree_get(root, tck_known_word(kind)),
                          *last = last_entry(list, kind);
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT((size_t)16 << 20);
    size_t begin, end = edits->text.size;
    int r = 0;

    if (entries->failed)
        return tck_no_memory(err);
    if (root->kind == TCK_TREE_MAP && is_flow(edits, root, '{'))
        return cannot(root->place, "the list is written in braces", err);
    if (heading && !last)
        return add_first(edits, heading, tck_buffer_string(entries), err);
    if (last)
        r = entry_range(edits, last, &begin, &end, err);
    if (r < 0)
        return r;
    if (end > 0 && at(edits, end - 1) != '\n')
        tck_buffer_puts(&text, edits->eol);
    if (!heading)
        tck_buffer_printf(&text, "%s:%s", tck_known_word(kind), edits->eol);
    tck_buffer_puts(&text, tck_buffer_string(entries));
    return text.failed ? tck_no_memory(err) : add(edits, end, end, tck_buffer_string(&text), err);
}

/* --- new text --- */

static void say_quoted(const char *text, size_t size, const char *rest, struct tck_buffer *out)
{
    tck_buffer_putc(out, '"');
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            tck_buffer_putc(out, '\\');
        tck_buffer_putc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
    }
    tck_buffer_printf(out, "%s\"", rest);
}

void tck_edit_say_id(const char *id, struct tck_buffer *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-.";

    if (strchr(id, '/') && id[strspn(id, plain)] == '\0' && isalnum((unsigned char)id[0]))
        tck_buffer_puts(out, id);
    else
        say_quoted(id, strlen(id), "", out);
}

static void say_reason(const char *reason, struct tck_buffer *out)
{
    const size_t size = strlen(reason);
    size_t kept = size > REASON_MAX ? REASON_MAX : size;

    while (kept < size && kept > 0 && ((unsigned char)reason[kept] & 0xc0) == 0x80)
        kept--;
    say_quoted(reason, kept, kept < size ? "…" : "", out);
}

void tck_edit_entry(const struct tck_edits *edits, const struct tck_known *list, enum tck_known_kind kind,
                    const char *scenario, const struct tck_known_failure *failure, const char *reason,
                    struct tck_buffer *out)
{
    const struct tck_tree *last = last_entry(list, kind);
    size_t column = INDENTATION;
    int indent;

    if (last && dash_column(edits, last, &column, NULL) < 0)
        column = INDENTATION; /* adding it then fails with the reason */
    indent = (int)column;
    tck_buffer_printf(out, "%*s- scenario: ", indent, "");
    tck_edit_say_id(scenario, out);
    if (failure->rule && failure->cause != TCK_CAUSE_TIMEOUT)
        tck_buffer_printf(out, "%s%*s  rule: %s%s", edits->eol, indent, "", failure->rule, edits->eol);
    else
        tck_buffer_printf(out, "%s%*s  cause: %s%s", edits->eol, indent, "", tck_cause_word(failure->cause),
                          edits->eol);
    if (failure->step)
        tck_buffer_printf(out, "%*s  step: %zu%s", indent, "", failure->step, edits->eol);
    tck_buffer_printf(out, "%*s  reason: ", indent, "");
    say_reason(reason, out);
    tck_buffer_puts(out, edits->eol);
}

static int by_begin(const void *a, const void *b)
{
    const struct tck_edit *left = a, *right = b;

    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

int tck_edits_make(const struct tck_edits *edits, struct tck_buffer *out, struct tck_error *err)
{
    size_t done = 0;

    if (edits->count)
        qsort(edits->items, edits->count, sizeof *edits->items, by_begin);
    for (size_t i = 0; i < edits->count; i++) {
        if (edits->items[i].begin < done)
            return tck_fail(err, TCK_BAD_INPUT, TCK_NOWHERE, "two changes meet in one place of the list: an alias?");
        tck_buffer_append(out, edits->text.data + done, edits->items[i].begin - done);
        tck_buffer_puts(out, edits->items[i].text);
        done = edits->items[i].end;
    }
    tck_buffer_append(out, edits->text.data + done, edits->text.size - done);
    return tck_buffer_check(out, err);
}
