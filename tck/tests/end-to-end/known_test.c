/* SPDX-License-Identifier: Apache-2.0
 *
 * Lists of known failures in real runs. The candidate is the mutant update-survives-failure, of which two scenarios of
 * value entities fail: VE_02 in step 3, VE_03 in step 6.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

#define VE_02  "value-entity/state/a-failed-command-changes-nothing"
#define VE_03  "value-entity/stored-state/a-command-that-deletes-and-fails-changes-nothing"
#define FINE   "value-entity/state/a-new-entity-has-an-empty-state"
#define MUTANT "{command: [tck-user-function-mutant, --mutant, update-survives-failure], env: {PORT: \"{port}\"}}"
#define RUN    "tck run --config tck.yaml --role user-function --scenario 'value-entity/**'"

static void prepare(struct ran *ran, const char *known)
{
    program_prepare(ran);
    program_file(ran, "tck.yaml", "name: mutant\nuser_function: " MUTANT "\nknown: known.yaml\n");
    program_file(ran, "known.yaml", known);
}

static json_t *report_of(const struct ran *ran, const char *name)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, name);
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    if (!report)
        fail_msg("no report %s; it said:\n%s\n%s", name, ran->out, ran->err);
    return report;
}

static int summary(const json_t *report, const char *key)
{
    return (int)json_integer_value(json_object_get(json_object_get(report, "summary"), key));
}

static json_t *scenario_of(const json_t *report, const char *id)
{
    json_t *scenario;
    size_t i;

    json_array_foreach(json_object_get(report, "scenarios"), i,
                       scenario) if (strcmp(json_string_value(json_object_get(scenario, "id")), id) ==
                                     0) return scenario;
    fail_msg("%s is not in the report", id);
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* What a list makes of the run, as a table: the list, the exit code, what is said. */
static const struct {
    const char *known;
    int exit_code;
    const char *says[3];
} runs[] = {
    /* both failures are expected */
    { "failing:\n  - scenario: " VE_02 "\n    rule: UF-VE02\n    step: 3\n    reason: one\n"
      "  - {scenario: " VE_03 ", rule: UF-VE03, reason: the other, until: 2999-12-31}\n",
      0,
      { ", 0 failed, 0 skipped, 0 errored, 2 known in ", "≈ 1 known: one  (known.yaml:2)",
        "≈ 1 known: the other  (known.yaml:6, until 2999-12-31)" } },
    /* one is not in the list */
    { "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: one}]\n", 1, { ", 1 failed, ", VE_03, "1 known in " } },
    /* one that passes is in it */
    { "failing: [{scenario: '**/a-*-fails-changes-nothing', rule: UF-VE03, reason: x},\n"
      "  {scenario: '**/a-failed-command-changes-nothing', rule: UF-VE02, reason: x},\n"
      "  {scenario: " FINE ", rule: UF-VE02, reason: it was so}]\n",
      1,
      { "  passed, but known.yaml:3 says that it fails (rule UF-VE02): it was so; remove the entry", "2 known in " } },
    /* another rule, another step, another cause */
    { "failing:\n- {scenario: " VE_02 ", rule: UF-VE03, reason: x}\n- {scenario: " VE_03
      ", rule: UF-VE03, reason: x}\n",
      1,
      { "known:    known.yaml:2 expects rule UF-VE03; this is rule UF-VE02, difference at step 3", "1 failed" } },
    { "failing:\n- {scenario: " VE_02 ", rule: UF-VE02, step: 4, reason: x}\n- {scenario: " VE_03
      ", rule: UF-VE03, reason: x}\n",
      1,
      { "known.yaml:2 expects rule UF-VE02 at step 4; this is rule UF-VE02, difference at step 3", "1 failed" } },
    { "failing:\n- {scenario: " VE_02 ", cause: timeout, reason: x}\n- {scenario: " VE_03
      ", rule: UF-VE03, reason: x}\n",
      1,
      { "known.yaml:2 expects timeout; this is rule UF-VE02, difference at step 3", "1 failed" } },
    /* expired */
    { "failing:\n- {scenario: " VE_02 ", rule: UF-VE02, reason: x, until: 2020-01-31}\n- {scenario: " VE_03
      ", rule: UF-VE03, reason: x}\n",
      1,
      { "known.yaml:2 excused it until 2020-01-31, and that day has passed", "1 failed" } },
};

static void list_decides_what_a_failure_is_worth(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(runs); i++) {
        struct ran ran = { 0 };

        prepare(&ran, runs[i].known);
        program_run(&ran, 60, RUN);
        expect_exit(&ran, runs[i].exit_code);
        for (size_t k = 0; k < 3 && runs[i].says[k]; k++)
            expect_said(&ran, runs[i].says[k]);
        expect_valid_junit(&ran, "reports/junit.xml");
        ran_done(&ran);
    }
}

static void reports_show_what_is_known_apart(void **state)
{
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *junit = NULL;
    json_t *report, *scenario, *known;

    (void)state;
    prepare(&ran, "failing:\n  - {scenario: " VE_02 ", rule: UF-VE02, reason: the key is dead, until: 2999-12-31}\n"
                  "  - {scenario: " VE_03 ", rule: UF-VE02, reason: x}\n");
    program_run(&ran, 60, RUN);
    expect_exit(&ran, 1);
    report = report_of(&ran, "reports/report.json");
    assert_int_equal(summary(report, "known"), 1);
    assert_int_equal(summary(report, "failed"), 1);
    assert_string_equal(text_of(json_object_get(report, "known"), "file"), "known.yaml");
    scenario = scenario_of(report, VE_02);
    known = json_object_get(scenario, "known");
    assert_string_equal(text_of(scenario, "verdict"), "known");
    assert_string_equal(text_of(scenario, "cause"), "difference");
    assert_string_equal(text_of(scenario, "rule"), "UF-VE02");
    assert_true(json_array_size(json_object_get(scenario, "transcript")) > 0);
    assert_string_equal(text_of(known, "kind"), "failing");
    assert_string_equal(text_of(known, "reason"), "the key is dead");
    assert_string_equal(text_of(known, "file"), "known.yaml");
    assert_int_equal(json_integer_value(json_object_get(known, "line")), 2);
    assert_string_equal(text_of(known, "until"), "2999-12-31");
    assert_true(json_is_null(json_object_get(known, "note")));
    scenario = scenario_of(report, VE_03);
    assert_string_equal(text_of(scenario, "verdict"), "failed");
    assert_string_equal(text_of(json_object_get(scenario, "known"), "note"),
                        "known.yaml:3 expects rule UF-VE02; this is rule UF-VE03, difference at step 6");
    assert_true(json_is_null(json_object_get(scenario_of(report, FINE), "known")));
    json_decref(report);
    junit = program_read(&ran, "reports/junit.xml");
    assert_non_null(strstr(junit, "<skipped type=\"UF-VE02\" message=\"known failure: the key is dead\">"));
    assert_non_null(strstr(junit, "<property name=\"tck.known\" value=\"known.yaml\"/>"));
    ran_done(&ran);
}

static void flaky_scenarios_may_fail_and_are_counted(void **state)
{
    struct ran ran = { 0 };
    json_t *report, *rates;

    (void)state;
    prepare(&ran, "flaky:\n- {scenario: " VE_02 ", rule: UF-VE02, reason: odd}\n"
                  "- {scenario: " FINE ", cause: timeout, reason: slow}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --repeat 3 --scenario " VE_02 "," FINE);
    expect_exit(&ran, 0);
    expect_said(&ran, "≈ flaky: " VE_02 ": 3 of 3 failed: odd  (known.yaml:2)");
    expect_said(&ran, "≈ flaky: " FINE ": 0 of 3 failed: slow  (known.yaml:3)");
    expect_said(&ran, "3 passed, 0 failed, 0 skipped, 0 errored, 3 known");
    report = report_of(&ran, "reports/report.json");
    rates = json_object_get(json_object_get(report, "known"), "flaky");
    assert_int_equal(json_array_size(rates), 2);
    json_decref(report);
    ran_done(&ran);
}

static void flaky_scenario_that_fails_otherwise_is_red(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, "flaky: [{scenario: " VE_02 ", cause: timeout, reason: slow}]\n");
    program_run(&ran, 60, "tck run --config tck.yaml --scenario " VE_02);
    expect_exit(&ran, 1);
    expect_said(&ran, "known.yaml:1 allows timeout; this is rule UF-VE02, difference at step 3");
    expect_said(&ran, "1 of 1 failed");
    ran_done(&ran);
}

static void entry_whose_scenarios_are_all_skipped_is_not_proven(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: value-entity\nservices: [no.such.Service]\n"
                 "defaults: {command: Process}\nscenarios:\n  - name: not offered\n    steps:\n      - init:\n");
    program_file(&ran, "known.yaml", "failing: [{scenario: mine/not-offered, rule: UF-VE02, reason: x}]\n");
    program_run(&ran, 60, "tck run --known known.yaml --role user-function --specs mine.yaml");
    expect_exit(&ran, 5);
    expect_said(&ran, "! known.yaml:1: every scenario of this entry was skipped (the candidate does not declare the "
                      "service no.such.Service), so nothing shows that it still holds");
    ran_done(&ran);
}

static void entries_whose_scenarios_are_not_selected_are_not_judged(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, "failing: [{scenario: 'crdt/**', rule: UF-VE02, reason: x, until: 2020-01-01}]\n");
    program_run(&ran, 60, "tck run --config tck.yaml --scenario " FINE);
    expect_exit(&ran, 0);
    expect_not_said(&ran, "known.yaml");
    ran_done(&ran);
}

static void run_of_known_failures_alone_is_green(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}]\n");
    program_run(&ran, 60, "tck run --config tck.yaml --fail-fast --repeat 2 --scenario " VE_02);
    expect_exit(&ran, 0);
    expect_said(&ran, "0 passed, 0 failed, 0 skipped, 0 errored, 2 known");
    ran_done(&ran);
}

static void known_failure_does_not_end_a_run_that_fails_fast_and_an_unexpected_pass_does(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    prepare(&ran, "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}, {scenario: " FINE
                  ", rule: UF-VE02, reason: x}]\n");
    program_run(&ran, 60, "tck run --config tck.yaml --jobs 1 --fail-fast --repeat 2 --scenario " VE_02);
    expect_exit(&ran, 0);
    program_run(&ran, 60, "tck run --config tck.yaml --jobs 1 --fail-fast --repeat 2 --scenario " FINE);
    expect_exit(&ran, 1);
    report = report_of(&ran, "reports/report.json");
    assert_int_equal(summary(report, "failed"), 1);
    assert_int_equal(summary(report, "skipped"), 1);
    json_decref(report);
    ran_done(&ran);
}

static void mistakes_of_the_list_are_bad_input_before_anything_runs(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, "failing:\n- {scenario: no/such, rule: UF-VE02, reason: x}\n- {scenario: " VE_02
                  ", rule: UF-VE2, until: soon}\n");
    program_run(&ran, 30, RUN);
    expect_exit(&ran, 2);
    expect_said(&ran, "known.yaml:2:14: no scenario is named 'no/such'; `tck list` shows what there is\n");
    expect_said(&ran, "did you mean 'UF-VE02'?\n");
    expect_said(&ran, "'soon' is no day");
    expect_said(&ran, "the entry says no reason");
    program_run(&ran, 30, RUN " --known not-there.yaml");
    expect_exit(&ran, 2);
    expect_said(&ran, "not-there.yaml: cannot be opened: No such file or directory");
    assert_null(program_read(&ran, "reports/report.json"));
    ran_done(&ran);
}

static void list_of_the_command_line_replaces_that_of_the_configuration(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, "failing: [{scenario: " FINE ", rule: UF-VE02, reason: wrong}]\n");
    program_file(&ran, "other.yaml",
                 "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}, {scenario: " VE_03
                 ", rule: UF-VE03, reason: x}]\n");
    program_run(&ran, 60, RUN " --known other.yaml");
    expect_exit(&ran, 0);
    ran_done(&ran);
}

static void each_combination_has_its_own_list_beside_the_configuration(void **state)
{
    struct ran ran = { 0 };
    json_t *first;

    (void)state;
    program_prepare(&ran);
    program_run(&ran, 10, "mkdir gate");
    program_file(
        &ran, "gate/tck.yaml",
        "combinations:\n"
        "- {name: mutant, user_function: " MUTANT ", known: mutant.yaml}\n"
        "- {name: good, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}, known: good.yaml}\n");
    program_file(&ran, "gate/mutant.yaml", "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}]\n");
    program_file(&ran, "gate/good.yaml", "flaky: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}]\n");
    program_run(&ran, 60, "tck run --config gate/tck.yaml --scenario " VE_02);
    expect_exit(&ran, 0);
    first = report_of(&ran, "reports/report-1.json");
    assert_string_equal(text_of(json_object_get(first, "known"), "file"), "gate/mutant.yaml");
    json_decref(first);
    expect_said(&ran, "1 known");
    expect_said(&ran, "0 of 1 failed");
    ran_done(&ran);
}

static void update_makes_a_red_run_green_and_a_mended_candidate_takes_its_entries_out(void **state)
{
    static const char by_hand[] =
        "# ours\nfailing:\n# of the mutant\n- {scenario: " VE_02 ", rule: UF-VE03, reason: mine}\n";
    tck_cleanup(tck_freep) char *updated = NULL, *mended = NULL;
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran, by_hand);
    program_run(&ran, 60, RUN);
    expect_exit(&ran, 1);
    program_run(&ran, 30, "tck known --update known.yaml reports/report.json");
    expect_exit(&ran, 0);
    expect_said(&ran, "corrected: known.yaml:4: now rule UF-VE02, difference at step 3\n");
    expect_said(&ran, "added to failing: " VE_03 ": rule UF-VE03, difference at step 6\n");
    expect_said(&ran, "known.yaml: written\n");
    updated = program_read(&ran, "known.yaml");
    assert_non_null(strstr(updated, "# ours\nfailing:\n# of the mutant\n- {scenario: " VE_02
                                    ", rule: UF-VE02, reason: mine}\n- scenario: " VE_03
                                    "\n  rule: UF-VE03\n  step: 6\n  reason: \"the reply to command 5"));
    program_run(&ran, 60, RUN);
    expect_exit(&ran, 0);
    expect_said(&ran, "2 known");
    program_run(&ran, 30, "tck known --update known.yaml reports/report.json");
    expect_said(&ran, "known.yaml: nothing to change\n");
    program_run(&ran, 60, "tck run --known known.yaml --role user-function --scenario 'value-entity/**'");
    expect_exit(&ran, 1);
    program_run(&ran, 30, "tck known --update known.yaml reports/report.json");
    expect_said(&ran, "dropped: known.yaml:4: " VE_02 ": passed\n");
    mended = program_read(&ran, "known.yaml");
    assert_string_equal(mended, "# ours\nfailing:\n# of the mutant\n");
    program_run(&ran, 60, "tck run --known known.yaml --role user-function --scenario 'value-entity/**'");
    expect_exit(&ran, 0);
    ran_done(&ran);
}

static void update_makes_a_list_that_is_not_there_and_changes_none_that_it_cannot(void **state)
{
    static const char braces[] = "{failing: []}\n";
    tck_cleanup(tck_freep) char *after = NULL;
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml", "name: mutant\nuser_function: " MUTANT "\n");
    program_run(&ran, 60, RUN);
    program_run(&ran, 30, "tck known --update new.yaml reports/report.json");
    expect_exit(&ran, 0);
    program_run(&ran, 60, RUN " --known new.yaml");
    expect_exit(&ran, 0);
    program_file(&ran, "braces.yaml", braces);
    program_file(&ran, "list.json", "[]");
    program_run(&ran, 60, RUN " --json again.json");
    program_run(&ran, 30, "tck known --update braces.yaml again.json");
    expect_exit(&ran, 2);
    expect_said(&ran, "braces.yaml:1:1: the list is written in braces, so it cannot be changed in its place\n");
    after = program_read(&ran, "braces.yaml");
    assert_string_equal(after, braces);
    program_run(&ran, 30, "tck known --update new.yaml list.json");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: list.json: is no report of tck: ");
    ran_done(&ran);
}

static void list_is_shown_with_the_scenarios_of_each_entry(void **state)
{
    static const struct {
        const char *line, *says;
    } mistakes[] = { { "tck known", "known takes one list" },
                     { "tck known a.yaml b.yaml", "known takes one list" },
                     { "tck known none.yaml", "none.yaml: cannot be opened: No such file or directory" },
                     { "tck known --update known.yaml", "--update takes the list, and a JSON report or several" },
                     { "tck known bad.yaml", "bad.yaml:1:2: unknown key 'fail'" } };
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran,
            "failing:\n- {scenario: [" VE_02 ", " VE_03 "], rule: UF-VE02, step: 3, reason: dead, until: 2020-01-01}\n"
            "flaky:\n- {scenario: " FINE ", cause: timeout, reason: slow, until: 2999-12-31}\n");
    program_file(&ran, "bad.yaml", "{fail: []}\n");
    program_run(&ran, 30, "tck known known.yaml");
    expect_exit(&ran, 0);
    expect_said(&ran,
                "known.yaml:2  failing: rule UF-VE02 at step 3, over: until 2020-01-01  dead\n  " VE_02 "\n  " VE_03
                "\nknown.yaml:4  flaky: timeout, until 2999-12-31  slow\n  " FINE "\n2 entries: no mistakes\n");
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        program_run(&ran, 30, "%s", mistakes[i].line);
        expect_exit(&ran, 2);
        expect_said(&ran, mistakes[i].says);
    }
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_decides_what_a_failure_is_worth),
        cmocka_unit_test(reports_show_what_is_known_apart),
        cmocka_unit_test(flaky_scenarios_may_fail_and_are_counted),
        cmocka_unit_test(flaky_scenario_that_fails_otherwise_is_red),
        cmocka_unit_test(entry_whose_scenarios_are_all_skipped_is_not_proven),
        cmocka_unit_test(entries_whose_scenarios_are_not_selected_are_not_judged),
        cmocka_unit_test(run_of_known_failures_alone_is_green),
        cmocka_unit_test(known_failure_does_not_end_a_run_that_fails_fast_and_an_unexpected_pass_does),
        cmocka_unit_test(mistakes_of_the_list_are_bad_input_before_anything_runs),
        cmocka_unit_test(list_of_the_command_line_replaces_that_of_the_configuration),
        cmocka_unit_test(each_combination_has_its_own_list_beside_the_configuration),
        cmocka_unit_test(update_makes_a_red_run_green_and_a_mended_candidate_takes_its_entries_out),
        cmocka_unit_test(update_makes_a_list_that_is_not_there_and_changes_none_that_it_cannot),
        cmocka_unit_test(list_is_shown_with_the_scenarios_of_each_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
