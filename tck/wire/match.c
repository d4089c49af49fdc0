/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/match.h"

#include <string.h>

#include "wire/match_internal.h"

/* Patterns nest as deep as trees may (100), and captured trees may stand inside them. */
#define DEPTH_MAX 250

int tck_match_resolve(struct tck_match_run *run, const struct tck_tree *pattern, const struct tck_tree **ret_pattern)
{
    *ret_pattern = pattern;
    if (run->values > 0 || pattern->kind != TCK_TREE_STRING || !memchr(pattern->text, '$', pattern->text_size))
        return 0;
    return tck_bindings_resolve(&run->bindings, pattern, run->match->arena, ret_pattern, run->err);
}

static int match_unwrapped(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                           const struct tck_subject *subject)
{
    const struct tck_tree *argument, *value;
    enum tck_matcher matcher;
    int r;

    if (run->values == 0) {
        r = tck_matcher_of(pattern, &matcher, &argument, run->err);
        if (r < 0)
            return r;
        if (matcher != TCK_MATCHER_COUNT)
            return tck_matchers[matcher](run, path, argument, subject);
    }

    r = tck_match_resolve(run, pattern, &value);
    if (r < 0)
        return r;
    if (value == pattern)
        return tck_match_literal(run, path, pattern, subject);
    run->values++;
    r = tck_match_literal(run, path, value, subject);
    run->values--;
    return r;
}

int tck_match_pattern(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                      const struct tck_subject *subject)
{
    int r;

    if (run->depth >= DEPTH_MAX)
        return tck_fail(run->err, TCK_BAD_INPUT, pattern->place, "this pattern nests above %d levels", DEPTH_MAX);
    run->depth++;
    r = match_unwrapped(run, path, pattern, subject);
    run->depth--;
    return r;
}

int tck_match_try(struct tck_match_run *run, const struct tck_path *path, const struct tck_tree *pattern,
                  const struct tck_subject *subject)
{
    struct tck_bindings before = run->bindings;
    int r;

    run->quiet++;
    r = tck_match_pattern(run, path, pattern, subject);
    run->quiet--;
    run->bindings = before;
    return r;
}

static int run_from(struct tck_match *match, const struct tck_tree *pattern, const struct tck_subject *subject,
                    struct tck_error *err)
{
    struct tck_match_run run = { .match = match, .err = err };
    int r;

    if (match->bindings)
        run.bindings = *match->bindings;
    r = tck_match_pattern(&run, NULL, pattern, subject);
    if (r == 1 && match->bindings)
        *match->bindings = run.bindings;
    return r;
}

int tck_match_message(struct tck_match *match, const struct tck_tree *pattern, const ProtobufCMessage *actual,
                      struct tck_error *err)
{
    struct tck_subject subject = tck_subject_message(&actual);

    return run_from(match, pattern, &subject, err);
}

int tck_match_tree(struct tck_match *match, const struct tck_tree *pattern, const struct tck_tree *actual,
                   struct tck_error *err)
{
    struct tck_subject subject = tck_subject_tree(actual);

    return run_from(match, pattern, &subject, err);
}
