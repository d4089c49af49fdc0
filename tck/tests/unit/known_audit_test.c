/* SPDX-License-Identifier: Apache-2.0 */
#include "known/audit.h"
#include "known_fixture.h"
#include "testing.h"

#define TODAY     20270301
#define RUNS_MAX  8
#define TEXTS_MAX 3

/* One result as the engine has it, and what the list makes of it. */
struct row {
    const char *id;
    enum tck_cause cause;
    const char *rule;
    size_t step;
    enum tck_verdict verdict;
    const char *says; /* the reason of an unexpected pass, or the note; NULL: none */
};

static const char list_text[] = "failing:\n"
                                "  - {scenario: one, rule: R-ONE-1, step: 4, reason: dead key, until: 2027-03-01}\n"
                                "  - {scenario: rows, rule: R-TWO-1, reason: rows}\n"
                                "  - {scenario: two, rule: R-TWO-2, reason: old, until: 2027-02-28}\n"
                                "flaky:\n"
                                "  - {scenario: last, cause: timeout, reason: slow}\n"
                                "  - {scenario: last, rule: R-ONE-1, reason: odd}\n";

static const struct row rows[] = {
    { "s/one", TCK_CAUSE_DIFFERENCE, "R-ONE-1", 4, TCK_VERDICT_KNOWN, NULL },
    { "s/one", TCK_CAUSE_DIFFERENCE, "R-ONE-1", 3, TCK_VERDICT_FAILED,
      "known.yaml:2 expects rule R-ONE-1 at step 4; this is rule R-ONE-1, difference at step 3" },
    { "s/one", TCK_CAUSE_CHECK, "R-TWO-1", 4, TCK_VERDICT_FAILED,
      "known.yaml:2 expects rule R-ONE-1 at step 4; this is rule R-TWO-1, check at step 4" },
    { "s/one", TCK_CAUSE_TIMEOUT, "R-ONE-1", 4, TCK_VERDICT_ERRORED,
      "known.yaml:2 expects rule R-ONE-1 at step 4; this is timeout at step 4" },
    { "s/one", TCK_CAUSE_DIED, NULL, 4, TCK_VERDICT_ERRORED,
      "known.yaml:2 expects rule R-ONE-1 at step 4; this is candidate-died at step 4" },
    { "s/one", TCK_CAUSE_NONE, NULL, 0, TCK_VERDICT_FAILED,
      "passed, but known.yaml:2 says that it fails (rule R-ONE-1 at step 4): dead key; remove the entry" },
    { "s/rows[a]", TCK_CAUSE_RULE, "R-TWO-1", 7, TCK_VERDICT_KNOWN, NULL },
    { "s/rows[b]", TCK_CAUSE_NONE, NULL, 0, TCK_VERDICT_FAILED,
      "passed, but known.yaml:3 says that it fails (rule R-TWO-1): rows; take it out of the entry" },
    { "s/two", TCK_CAUSE_RULE, "R-TWO-2", 7, TCK_VERDICT_FAILED,
      "known.yaml:4 excused it until 2027-02-28, and that day has passed" },
    { "s/two", TCK_CAUSE_RULE, "R-ONE-1", 7, TCK_VERDICT_FAILED,
      "known.yaml:4 expects rule R-TWO-2; this is rule R-ONE-1, rule at step 7" },
    { "s/two", TCK_CAUSE_NONE, NULL, 0, TCK_VERDICT_FAILED,
      "passed, but known.yaml:4 says that it fails (rule R-TWO-2): old; remove the entry" },
    { "s/last", TCK_CAUSE_TIMEOUT, "R-TWO-1", 1, TCK_VERDICT_KNOWN, NULL },
    { "s/last", TCK_CAUSE_DIFFERENCE, "R-ONE-1", 1, TCK_VERDICT_KNOWN, NULL },
    { "s/last", TCK_CAUSE_NONE, NULL, 0, TCK_VERDICT_PASSED, NULL },
    { "s/last", TCK_CAUSE_UNEXPECTED, "R-TWO-1", 0, TCK_VERDICT_FAILED,
      "known.yaml:6 allows timeout, known.yaml:7 allows rule R-ONE-1; this is rule R-TWO-1, unexpected-message" },
};

static struct tck_plan *plan_of(const struct tck_spec *spec, unsigned repeat)
{
    struct tck_selection selection = TCK_SELECTION_ALL;
    struct tck_plan *plan = NULL;

    selection.repeat = repeat;
    assert_int_equal(tck_plan_build(spec, &selection, &plan, NULL), 0);
    return plan;
}

static struct tck_result *result_of(const struct tck_spec *spec, const struct row *row)
{
    struct tck_result *result = NULL;

    assert_int_equal(tck_result_new(known_fixture_scenario(spec, row->id), &result, NULL), 0);
    result->repetition = 1;
    result->cause = row->cause;
    result->verdict = tck_cause_verdict(row->cause);
    result->rule = row->rule;
    result->step = row->step;
    result->reason = row->cause == TCK_CAUSE_NONE ? NULL : "it was so";
    return result;
}

static void each_result_gets_the_verdict_that_the_list_gives_it(void **state)
{
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, list_text);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 1);
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;

    assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        tck_cleanup(tck_result_freep) struct tck_result *result = result_of(*state, &rows[i]);
        bool turned = rows[i].cause == TCK_CAUSE_NONE && rows[i].verdict == TCK_VERDICT_FAILED;

        assert_int_equal(tck_audit_result(audit, result, NULL), 0);
        assert_int_equal(result->verdict, rows[i].verdict);
        assert_int_equal(result->cause, turned ? TCK_CAUSE_UNEXPECTED_PASS : rows[i].cause);
        assert_non_null(result->known);
        if (turned)
            assert_string_equal(result->reason, rows[i].says);
        else if (rows[i].says)
            assert_string_equal(result->known->note, rows[i].says);
        else
            assert_null(result->known->note);
        if (rows[i].cause != TCK_CAUSE_NONE)
            assert_string_equal(result->reason, "it was so");
    }
}

static void what_was_not_run_to_an_end_is_not_judged(void **state)
{
    static const enum tck_cause causes[] = { TCK_CAUSE_NOT_OFFERED, TCK_CAUSE_NOT_RUN,  TCK_CAUSE_INTERRUPTED,
                                             TCK_CAUSE_UNREACHABLE, TCK_CAUSE_SCENARIO, TCK_CAUSE_KIT };
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, list_text);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 1);
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;

    assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
    for (size_t i = 0; i < TCK_COUNT(causes); i++) {
        const struct row row = { .id = "s/one", .cause = causes[i] };
        tck_cleanup(tck_result_freep) struct tck_result *result = result_of(*state, &row);

        assert_int_equal(tck_audit_result(audit, result, NULL), 0);
        assert_int_equal(result->verdict, tck_cause_verdict(causes[i]));
        assert_null(result->known);
    }
}

static void scenario_in_no_entry_keeps_its_verdict(void **state)
{
    tck_cleanup(tck_known_freep) struct tck_known *list =
        known_fixture_list(*state, "failing: [{scenario: two, rule: R-ONE-1, reason: r}]\n");
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 1);
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;
    const struct row row = { "s/one", TCK_CAUSE_DIFFERENCE, "R-ONE-1", 4, TCK_VERDICT_FAILED, NULL };
    tck_cleanup(tck_result_freep) struct tck_result *result = result_of(*state, &row);

    assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
    assert_int_equal(tck_audit_result(audit, result, NULL), 0);
    assert_int_equal(result->verdict, TCK_VERDICT_FAILED);
    assert_null(result->known);
}

/* What a run says of its list, from what became of its scenarios. */
static const struct {
    const char *list;
    enum tck_cause one, two; /* of s/one and s/two; the others are not run */
    const char *troubles[TEXTS_MAX];
} runs[] = {
    { "failing: [{scenario: one, rule: R-ONE-1, reason: r}]",
      TCK_CAUSE_NOT_OFFERED,
      TCK_CAUSE_NONE,
      { "known.yaml:1: every scenario of this entry was skipped (it was so), so nothing shows that it still holds" } },
    { "flaky: [{scenario: one, rule: R-ONE-1, reason: r}]",
      TCK_CAUSE_NOT_OFFERED,
      TCK_CAUSE_NONE,
      { "known.yaml:1: every scenario of this entry was skipped (it was so), so nothing shows that it still holds" } },
    { "failing: [{scenario: [one, two], rule: R-ONE-1, reason: r}]",
      TCK_CAUSE_NOT_OFFERED,
      TCK_CAUSE_DIFFERENCE,
      { NULL } },
    { "failing: [{scenario: [one, two], rule: R-ONE-1, reason: r}]",
      TCK_CAUSE_NOT_OFFERED,
      TCK_CAUSE_NOT_RUN,
      { NULL } },
    { "failing: [{scenario: one, rule: R-ONE-1, reason: r}]", TCK_CAUSE_NOT_RUN, TCK_CAUSE_NOT_RUN, { NULL } },
    { "failing: [{scenario: one, rule: R-ONE-1, reason: r}]", TCK_CAUSE_INTERRUPTED, TCK_CAUSE_NOT_RUN, { NULL } },
    { "flaky: [{scenario: one, rule: R-ONE-1, reason: r, until: 2027-02-28}]",
      TCK_CAUSE_NONE,
      TCK_CAUSE_NONE,
      { "known.yaml:1: the entry was for the time until 2027-02-28, and that day has passed; remove it" } },
    { "flaky: [{scenario: one, rule: R-ONE-1, reason: r, until: 2027-02-28}]",
      TCK_CAUSE_NOT_RUN,
      TCK_CAUSE_NONE,
      { NULL } },
    { "flaky: [{scenario: one, rule: R-ONE-1, reason: r, until: 2027-03-01}]",
      TCK_CAUSE_NONE,
      TCK_CAUSE_NONE,
      { NULL } },
};

static void entries_that_show_nothing_any_more_are_told_at_the_end(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(runs); i++) {
        const struct row one = { .id = "s/one", .cause = runs[i].one, .rule = "R-ONE-1" },
                         two = { .id = "s/two", .cause = runs[i].two, .rule = "R-ONE-1" };
        tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, runs[i].list);
        tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 1);
        tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;
        struct tck_result *results[] = { result_of(*state, &one), result_of(*state, &two) };
        struct tck_run run = { .results = results, .result_count = 2 };
        size_t count = 0;

        assert_int_equal(tck_arena_new(0, &run.arena, NULL), 0);
        assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
        for (size_t k = 0; k < 2; k++)
            assert_int_equal(tck_audit_result(audit, results[k], NULL), 0);
        assert_int_equal(tck_audit_end(audit, &run, NULL), 0);
        assert_string_equal(run.known.file, "known.yaml");
        for (; runs[i].troubles[count]; count++) {
            assert_true(count < run.known.trouble_count);
            assert_string_equal(run.known.troubles[count], runs[i].troubles[count]);
        }
        assert_int_equal(run.known.trouble_count, count);
        for (size_t k = 0; k < 2; k++)
            tck_result_free(results[k]);
        tck_arena_free(run.arena);
    }
}

static void flaky_scenarios_are_counted_over_all_repetitions(void **state)
{
    static const enum tck_cause causes[RUNS_MAX] = { TCK_CAUSE_TIMEOUT, TCK_CAUSE_NONE,    TCK_CAUSE_NONE,
                                                     TCK_CAUSE_TIMEOUT, TCK_CAUSE_NOT_RUN, TCK_CAUSE_CHECK };
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, list_text);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 6);
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;
    struct tck_result *results[6];
    struct tck_run run = { .results = results, .result_count = 6 };

    assert_int_equal(tck_arena_new(0, &run.arena, NULL), 0);
    assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
    for (size_t i = 0; i < 6; i++) {
        const struct row row = { .id = "s/last", .cause = causes[i], .rule = "R-TWO-2" };

        results[i] = result_of(*state, &row);
        assert_int_equal(tck_audit_result(audit, results[i], NULL), 0);
    }
    assert_int_equal(tck_audit_end(audit, &run, NULL), 0);
    assert_int_equal(run.known.rate_count, 1);
    assert_string_equal(run.known.rates[0].scenario->id, "s/last");
    assert_int_equal(run.known.rates[0].failed, 3); /* twice as the list allows, once otherwise */
    assert_int_equal(run.known.rates[0].runs, 5);
    assert_int_equal(run.known.trouble_count, 0);
    for (size_t i = 0; i < 6; i++)
        tck_result_free(results[i]);
    tck_arena_free(run.arena);
}

static void later_repetition_that_passes_is_told_of_flaky_entries(void **state)
{
    tck_cleanup(tck_known_freep) struct tck_known *list = known_fixture_list(*state, list_text);
    tck_cleanup(tck_plan_freep) struct tck_plan *plan = plan_of(*state, 2);
    tck_cleanup(tck_audit_freep) struct tck_audit *audit = NULL;
    const struct row row = { .id = "s/one" };
    tck_cleanup(tck_result_freep) struct tck_result *result = result_of(*state, &row);

    result->repetition = 2;
    assert_int_equal(tck_audit_new(list, TODAY, plan, &audit, NULL), 0);
    assert_int_equal(tck_audit_result(audit, result, NULL), 0);
    assert_string_equal(result->reason,
                        "passed, but known.yaml:2 says that it fails (rule R-ONE-1 at step 4): dead key; "
                        "remove the entry, or say that it is flaky");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_result_gets_the_verdict_that_the_list_gives_it),
        cmocka_unit_test(what_was_not_run_to_an_end_is_not_judged),
        cmocka_unit_test(scenario_in_no_entry_keeps_its_verdict),
        cmocka_unit_test(entries_that_show_nothing_any_more_are_told_at_the_end),
        cmocka_unit_test(flaky_scenarios_are_counted_over_all_repetitions),
        cmocka_unit_test(later_repetition_that_passes_is_told_of_flaky_entries),
    };

    return cmocka_run_group_tests(tests, known_fixture_setup, known_fixture_teardown);
}
