/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match_internal.h"

#include <string.h>

#include "wire/text.h"

/* Longer texts are cut: what the whole looked like is in the transcript. */
#define WORDS_MAX 600
/* What is built before it is cut. */
#define BUILD_MAX ((size_t)1 << 20)

/* The buffer's text in the arena, cut at a whole character; "…" when it did not even fit the buffer, "" when the arena
 * is full: a difference with a word missing is still a difference. */
static const char *keep(struct tck_arena *arena, struct tck_buffer *text)
{
    size_t size = text->size;
    const char *kept;

    if (text->failed)
        return "…";
    if (size <= WORDS_MAX) {
        kept = tck_arena_strndup(arena, tck_buffer_string(text), size);
        return kept ? kept : "";
    }
    size = WORDS_MAX;
    while (size > 0 && ((unsigned char)text->data[size] & 0xc0) == 0x80)
        size--;
    kept = tck_arena_printf(arena, "%.*s…", (int)size, text->data);
    return kept ? kept : "";
}

static void put_path(const struct tck_path *path, struct tck_buffer *out)
{
    if (!path)
        return;
    put_path(path->up, out);
    if (!path->name)
        tck_buffer_printf(out, "[%zu]", path->index);
    else
        tck_buffer_printf(out, "%s%s", out->size > 0 ? "." : "", path->name);
}

const char *tck_path_words(struct tck_arena *arena, const struct tck_path *path)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(BUILD_MAX);

    put_path(path, &text);
    return keep(arena, &text);
}

const char *tck_pattern_words(struct tck_arena *arena, const struct tck_tree *pattern)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(BUILD_MAX);

    if (pattern->kind == TCK_TREE_STRING)
        tck_text_quote(pattern->text, pattern->text_size, WORDS_MAX, &text);
    else
        tck_tree_print(pattern, &text);
    return keep(arena, &text);
}

const char *tck_subject_words(struct tck_match_run *run, const struct tck_subject *subject)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer text = TCK_BUFFER_INIT(BUILD_MAX);

    tck_subject_print(run->match->pool, subject, &text);
    return keep(run->match->arena, &text);
}

int tck_differ(struct tck_match_run *run, const struct tck_path *path, struct tck_place place, const char *expected,
               const char *actual)
{
    struct tck_match *match = run->match;
    struct tck_difference *difference;

    if (run->quiet > 0 || match->difference_count++ >= TCK_DIFFERENCES_MAX)
        return 0;
    difference = TCK_NEW(match->arena, struct tck_difference);
    if (!difference)
        return tck_no_memory(run->err);
    *difference = (struct tck_difference){ tck_path_words(match->arena, path), expected, actual, place, NULL };
    if (match->last)
        match->last->next = difference;
    else
        match->differences = difference;
    match->last = difference;
    return 0;
}

/* Nobody will see it: putting it in words would be for nothing. */
static bool unseen(struct tck_match_run *run)
{
    if (run->quiet > 0)
        return true;
    if (run->match->difference_count < TCK_DIFFERENCES_MAX)
        return false;
    run->match->difference_count++;
    return true;
}

int tck_differ_from(struct tck_match_run *run, const struct tck_path *path, struct tck_place place,
                    const struct tck_subject *actual, const char *fmt, ...)
{
    const char *expected;
    va_list args;

    if (unseen(run))
        return 0;
    va_start(args, fmt);
    expected = tck_arena_vprintf(run->match->arena, fmt, args);
    va_end(args);
    return tck_differ(run, path, place, expected ? expected : "", tck_subject_words(run, actual));
}

int tck_differ_pattern(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                       const struct tck_subject *actual)
{
    if (unseen(run))
        return 0;
    return tck_differ(run, path, pattern->place, tck_pattern_words(run->match->arena, pattern),
                      tck_subject_words(run, actual));
}

void tck_differences_print(const struct tck_match *match, struct tck_buffer *out)
{
    size_t shown = 0;

    for (const struct tck_difference *difference = match->differences; difference; difference = difference->next) {
        tck_buffer_printf(out, "%s%sexpected %s, was %s\n", difference->path, *difference->path ? ": " : "",
                          difference->expected, difference->actual);
        shown++;
    }
    if (match->difference_count > shown)
        tck_buffer_printf(out, "… and %zu more differences\n", match->difference_count - shown);
}
