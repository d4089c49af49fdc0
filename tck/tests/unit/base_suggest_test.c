/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/suggest.h"
#include "testing.h"

static const char *const names[] = { "command", "init", "delta", "delete", "snapshot" };

static void mistyped_word_finds_its_neighbour(void **state)
{
    (void)state;
    assert_string_equal(tck_suggest_in("comand", TCK_COUNT(names), names), "command");
    assert_string_equal(tck_suggest_in("iint", TCK_COUNT(names), names), "init");
    assert_string_equal(tck_suggest_in("Snapshot", TCK_COUNT(names), names), "snapshot");
    assert_string_equal(tck_suggest_in("deleet", TCK_COUNT(names), names), "delete");
}

static void foreign_word_finds_nothing(void **state)
{
    char huge[500];

    (void)state;
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    assert_null(tck_suggest_in("banana", TCK_COUNT(names), names));
    assert_null(tck_suggest_in("", TCK_COUNT(names), names));
    assert_null(tck_suggest_in(huge, TCK_COUNT(names), names));
}

static void glob_matches_as_a_shell_does_with_two_stars_for_all(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
        { "crdt/*", "crdt/gset", true },
        { "crdt/*", "crdt/gset/empty", false },
        { "crdt/**", "crdt/gset/empty", true },
        { "**/empty", "crdt/gset/empty", true },
        { "*set*", "gset-new", true },
        { "*", "", true },
        { "a?c", "abc", true },
        { "a?c", "a/c", false },
        { "**a*b", "x/a/ab", true },
        { "abc", "abcd", false },
        { "abc*", "abc", true },
        { "", "a", false },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++)
        assert_int_equal(tck_glob_match(rows[i].pattern, rows[i].text), rows[i].matches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistyped_word_finds_its_neighbour),
        cmocka_unit_test(foreign_word_finds_nothing),
        cmocka_unit_test(glob_matches_as_a_shell_does_with_two_stars_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
