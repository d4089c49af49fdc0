/* SPDX-License-Identifier: Apache-2.0 */
#include "history/comparison.h"
#include "history_fixture.h"
#include "testing.h"

#define DEVIATES(id, rule, text)                       \
    SCENARIO(id, 1, "passed", "", "null", "[\"R-1\"]", \
             "[{\"rule\": " rule ", \"text\": \"" text "\", \"level\": \"should\"}]")
#define NOTHING (-1)

static struct tck_comparison *compare(const struct tck_past *before, const struct tck_past *after)
{
    struct tck_comparison *comparison = NULL;

    assert_int_equal(tck_comparison_new(before, after, &comparison, NULL), 0);
    return comparison;
}

/* One scenario in both runs, and what is told of it. */
static const struct {
    const char *before, *after;
    int kind;
    bool worse;
} changes[] = {
    { REPORT(""), REPORT(""), NOTHING, false },
    { REPORT(""), REPORT(SKIPPED("a")), TCK_CHANGE_APPEARED, false },
    { REPORT(""), REPORT(PASSED("a")), TCK_CHANGE_APPEARED, false },
    { REPORT(""), REPORT(FAILED("a", "R-1")), TCK_CHANGE_APPEARED, false },
    { REPORT(NOT_RUN("a")), REPORT(FAILED("a", "R-1")), TCK_CHANGE_APPEARED, false },
    { REPORT(NOT_RUN("a")), REPORT(NOT_RUN("a")), NOTHING, false },
    { REPORT(SKIPPED("a")), REPORT(""), TCK_CHANGE_DISAPPEARED, false },
    { REPORT(SKIPPED("a")), REPORT(SKIPPED("a")), NOTHING, false },
    { REPORT(SKIPPED("a")), REPORT(PASSED("a")), TCK_CHANGE_NEWLY_PASSING, false },
    { REPORT(SKIPPED("a")), REPORT(FAILED("a", "R-1")), TCK_CHANGE_NEWLY_FAILING, true },
    { REPORT(PASSED("a")), REPORT(""), TCK_CHANGE_DISAPPEARED, true },
    { REPORT(PASSED("a")), REPORT(NOT_RUN("a")), TCK_CHANGE_DISAPPEARED, true },
    { REPORT(PASSED("a")), REPORT(SKIPPED("a")), TCK_CHANGE_SKIPPED_NOW, true },
    { REPORT(PASSED("a")), REPORT(PASSED("a")), NOTHING, false },
    { REPORT(PASSED("a")), REPORT(FAILED("a", "R-1")), TCK_CHANGE_NEWLY_FAILING, true },
    { REPORT(PASSED("a")), REPORT(TIMED_OUT("a")), TCK_CHANGE_NEWLY_FAILING, true },
    { REPORT(PASSED("a")), REPORT(KNOWN("a", "R-1")), TCK_CHANGE_NEWLY_FAILING, true },
    { REPORT(PASSED("a")), REPORT(SCENARIO("a", 1, "failed", "unexpected-pass", "null", "[\"R-1\"]", "[]")), NOTHING,
      false },
    { REPORT(FAILED("a", "R-1")), REPORT(""), TCK_CHANGE_DISAPPEARED, false },
    { REPORT(FAILED("a", "R-1")), REPORT(SKIPPED("a")), TCK_CHANGE_SKIPPED_NOW, false },
    { REPORT(FAILED("a", "R-1")), REPORT(PASSED("a")), TCK_CHANGE_NEWLY_PASSING, false },
    { REPORT(FAILED("a", "R-1")), REPORT(FAILED("a", "R-1")), NOTHING, false },
    { REPORT(FAILED("a", "R-1")), REPORT(KNOWN("a", "R-1")), NOTHING, false },
    { REPORT(FAILED("a", "R-1")), REPORT(FAILED("a", "R-2")), TCK_CHANGE_FAILS_OTHERWISE, true },
    { REPORT(FAILED("a", "R-1")), REPORT(TIMED_OUT("a")), TCK_CHANGE_FAILS_OTHERWISE, true },
    { REPORT(TIMED_OUT("a")), REPORT(SCENARIO("a", 1, "errored", "timeout", "\"R-2\"", "[]", "[]")), NOTHING, false },
    /* of several repetitions the one that fails counts */
    { REPORT(PASSED("a")), REPORT(PASSED("a") "," FAILED("a", "R-1") "," PASSED("a")), TCK_CHANGE_NEWLY_FAILING, true },
};

static void each_change_is_told_and_judged_as_the_table_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(changes); i++) {
        tck_cleanup(tck_past_freep) struct tck_past *before = history_fixture_past(changes[i].before);
        tck_cleanup(tck_past_freep) struct tck_past *after = history_fixture_past(changes[i].after);
        tck_cleanup(tck_comparison_freep) struct tck_comparison *comparison = compare(before, after);

        if (comparison->change_count != (changes[i].kind != NOTHING) || comparison->worse != changes[i].worse)
            fail_msg("row %zu: %zu changes, worse: %d", i, comparison->change_count, comparison->worse);
        if (changes[i].kind == NOTHING)
            continue;
        assert_int_equal(comparison->changes[0].kind, changes[i].kind);
        assert_int_equal(comparison->changes[0].worse, changes[i].worse);
        assert_int_equal(comparison->counts[changes[i].kind], 1);
    }
}

static void changes_come_by_kind_and_then_by_scenario(void **state)
{
    static const char *const wanted[] = { "c", "d", "b", "a", "e" };
    tck_cleanup(tck_past_freep) struct tck_past *before = history_fixture_past(
        REPORT(PASSED("d") "," PASSED("c") "," FAILED("b", "R-1") "," SKIPPED("e") "," PASSED("f")));
    tck_cleanup(tck_past_freep) struct tck_past *after = history_fixture_past(
        REPORT(FAILED("d", "R-1") "," FAILED("c", "R-1") "," PASSED("b") "," PASSED("a") "," PASSED("f")));
    tck_cleanup(tck_comparison_freep) struct tck_comparison *comparison = compare(before, after);

    (void)state;
    assert_int_equal(comparison->change_count, TCK_COUNT(wanted));
    for (size_t i = 0; i < TCK_COUNT(wanted); i++) {
        const struct tck_change *change = &comparison->changes[i];

        assert_string_equal(change->before ? change->before->scenario : change->after->scenario, wanted[i]);
    }
    assert_int_equal(comparison->same, 1);
}

static void deviations_that_come_are_worse_and_those_that_go_are_not(void **state)
{
    static const struct {
        const char *before, *after;
        size_t count;
        bool came;
    } rows[] = {
        { REPORT(PASSED("a")), REPORT(DEVIATES("a", "\"R-2\"", "x")), 1, true },
        { REPORT(DEVIATES("a", "\"R-2\"", "x")), REPORT(PASSED("a")), 1, false },
        { REPORT(DEVIATES("a", "\"R-2\"", "x")), REPORT(DEVIATES("a", "\"R-2\"", "other words")), 0, false },
        { REPORT(DEVIATES("a", "null", "x")), REPORT(DEVIATES("a", "null", "x")), 0, false },
        { REPORT(FAILED("a", "R-1")), REPORT(DEVIATES("a", "\"R-2\"", "x")), 0, false },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_past_freep) struct tck_past *before = history_fixture_past(rows[i].before);
        tck_cleanup(tck_past_freep) struct tck_past *after = history_fixture_past(rows[i].after);
        tck_cleanup(tck_comparison_freep) struct tck_comparison *comparison = compare(before, after);

        assert_int_equal(comparison->deviation_count, rows[i].count);
        assert_int_equal(comparison->worse, rows[i].came);
        if (rows[i].count)
            assert_int_equal(comparison->deviations[0].came, rows[i].came);
    }
}

static void rules_are_kept_deviated_from_broken_or_unproven(void **state)
{
    static const struct {
        const char *before, *after;
        int was, is; /* of R-1; NOTHING: nothing is told of it */
        bool worse;
    } rows[] = {
        { REPORT(PASSED("a")), REPORT(FAILED("a", "R-1")), TCK_PROOF_KEPT, TCK_PROOF_BROKEN, true },
        { REPORT(FAILED("a", "R-1")), REPORT(PASSED("a")), TCK_PROOF_BROKEN, TCK_PROOF_KEPT, false },
        { REPORT(PASSED("a")), REPORT(DEVIATES("a", "\"R-1\"", "x")), TCK_PROOF_KEPT, TCK_PROOF_DEVIATED, true },
        { REPORT(DEVIATES("a", "\"R-1\"", "x")), REPORT(PASSED("a")), TCK_PROOF_DEVIATED, TCK_PROOF_KEPT, false },
        { REPORT(PASSED("a")), REPORT(TIMED_OUT("a")), TCK_PROOF_KEPT, TCK_PROOF_UNPROVEN, true },
        { REPORT(PASSED("a")), REPORT(PASSED("a") "," FAILED("b", "R-1")), TCK_PROOF_KEPT, TCK_PROOF_BROKEN, true },
        { REPORT(PASSED("a") "," SKIPPED("b")), REPORT(PASSED("a") "," SKIPPED("b")), NOTHING, NOTHING, false },
        { REPORT(SKIPPED("a")), REPORT(FAILED("a", "R-1")), TCK_PROOF_UNPROVEN, TCK_PROOF_BROKEN, false },
        { REPORT(FAILED("a", "R-1")), REPORT(KNOWN("a", "R-1")), NOTHING, NOTHING, false },
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_past_freep) struct tck_past *before = history_fixture_past(rows[i].before);
        tck_cleanup(tck_past_freep) struct tck_past *after = history_fixture_past(rows[i].after);
        tck_cleanup(tck_comparison_freep) struct tck_comparison *comparison = compare(before, after);

        assert_int_equal(comparison->rule_count, rows[i].was != NOTHING);
        if (rows[i].was == NOTHING)
            continue;
        assert_string_equal(comparison->rules[0].rule, "R-1");
        assert_int_equal(comparison->rules[0].before, rows[i].was);
        assert_int_equal(comparison->rules[0].after, rows[i].is);
        assert_int_equal(comparison->rules[0].worse, rows[i].worse);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_and_judged_as_the_table_has_it),
        cmocka_unit_test(changes_come_by_kind_and_then_by_scenario),
        cmocka_unit_test(deviations_that_come_are_worse_and_those_that_go_are_not),
        cmocka_unit_test(rules_are_kept_deviated_from_broken_or_unproven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
