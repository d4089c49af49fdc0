/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done with the JSON reports of earlier runs: compare, and run again what failed. The candidate is a mutant of
 * which two scenarios of value entities fail.
 */
#include <stdio.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

#define VE_02 "value-entity/state/a-failed-command-changes-nothing"
#define VE_03 "value-entity/stored-state/a-command-that-deletes-and-fails-changes-nothing"
#define ONLY  "--role user-function --junit none --scenario 'value-entity/**'"

static void prepare(struct ran *ran)
{
    program_prepare(ran);
    program_file(
        ran, "tck.yaml",
        "name: mutant\nuser_function: {command: [tck-user-function-mutant, --mutant, update-survives-failure], "
        "env: {PORT: \"{port}\"}}\n");
}

/* good.json of the reference, bad.json of the mutant. */
static void make_reports(struct ran *ran)
{
    prepare(ran);
    program_run(ran, 60, "tck run " ONLY " --json good.json");
    expect_exit(ran, 0);
    program_run(ran, 60, "tck run --config tck.yaml " ONLY " --json bad.json");
    expect_exit(ran, 1);
}

static void comparison_tells_what_got_worse_and_what_got_better(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    make_reports(&ran);
    program_run(&ran, 30, "tck compare good.json bad.json");
    expect_exit(&ran, 1);
    expect_said(&ran, "old: good.json  candidate: bundled pair  tck ");
    expect_said(&ran, "! newly failing  " VE_02 "\n    passes -> failed: rule UF-VE02, difference at step 3\n");
    expect_said(&ran, "! UF-VE03  kept -> broken\n");
    expect_said(&ran, "\n2 newly failing, ");
    expect_said(&ran, " as before: something got worse\n");
    program_run(&ran, 30, "tck compare bad.json good.json");
    expect_exit(&ran, 0);
    expect_said(&ran, "- newly passing  " VE_03 "\n    failed: rule UF-VE03, difference at step 6 -> passes\n");
    expect_said(&ran, "\n2 newly passing, ");
    program_run(&ran, 30, "tck compare bad.json bad.json");
    expect_exit(&ran, 0);
    expect_said(&ran, " as before: nothing got worse\n");
    ran_done(&ran);
}

static void report_that_cannot_be_read_is_bad_input_with_its_place(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        { "tck compare none.json none.json", "tck: none.json: cannot be opened: No such file or directory" },
        { "tck compare list.json list.json", "tck: list.json: is no report of tck: the document: expected an object" },
        { "tck compare cut.json cut.json", "tck: cut.json:2:1: is no JSON: " },
        { "tck compare list.json", "compare takes two JSON reports, the old one and the new one" },
        { "tck run --rerun-failed list.json", "tck: list.json: is no report of tck: the document: expected an object" },
        { "tck run --rerun-failed none.json", "tck: none.json: cannot be opened: No such file or directory" },
    };
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "list.json", "[]\n");
    program_file(&ran, "cut.json", "{\"kit\": {\"name\"\n");
    for (size_t i = 0; i < TCK_COUNT(rows); i++) {
        program_run(&ran, 30, "%s", rows[i].line);
        expect_exit(&ran, 2);
        expect_said(&ran, rows[i].says);
    }
    ran_done(&ran);
}

static void what_failed_is_run_again_alone(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    make_reports(&ran);
    program_run(&ran, 60, "tck run --config tck.yaml --rerun-failed bad.json");
    expect_exit(&ran, 1);
    expect_said(&ran, "0 passed, 2 failed, 0 skipped");
    program_run(&ran, 60, "tck run --rerun-failed bad.json --rerun-failed good.json --repeat 2");
    expect_exit(&ran, 0);
    expect_said(&ran, "4 passed, 0 failed");
    program_run(&ran, 60, "tck run --rerun-failed bad.json --rule UF-VE02");
    expect_exit(&ran, 0);
    expect_said(&ran, "1 passed, 0 failed");
    program_run(&ran, 60, "tck run --rerun-failed bad.json --section crdt");
    expect_exit(&ran, 2);
    expect_said(&ran, "no scenario is selected by all that was asked for");
    ran_done(&ran);
}

static void nothing_is_run_again_where_nothing_failed(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran);
    program_run(&ran, 60, "tck run --scenario " VE_02 " --json good.json");
    program_run(&ran, 60, "tck run --rerun-failed good.json --json again.json");
    expect_exit(&ran, 0);
    expect_said(&ran, "nothing failed there, so there is nothing to run again\n");
    assert_null(program_read(&ran, "again.json"));
    ran_done(&ran);
}

static void report_in_which_nothing_passed_is_no_reason_to_run_nothing(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: value-entity\nservices: [no.such.Service]\n"
                 "defaults: {command: Process}\nscenarios:\n  - name: not offered\n    steps:\n      - init:\n");
    program_run(&ran, 60, "tck run --specs mine.yaml --scenario 'mine/**' --json skipped.json");
    expect_exit(&ran, 5);
    program_run(&ran, 60, "tck run --specs mine.yaml --rerun-failed skipped.json");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: skipped.json: shows neither a scenario that failed nor one that passed");
    ran_done(&ran);
}

static void scenarios_that_there_are_no_more_are_named(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: value-entity\n"
                 "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\ndefaults: {command: Process}\n"
                 "scenarios:\n  - name: wrong on purpose\n    steps:\n      - init:\n"
                 "      - command: {id: $id}\n        reply: {message: something}\n");
    program_run(&ran, 60, "tck run --specs mine.yaml --config tck.yaml --scenario 'mine/**'," VE_02 " --json old.json");
    expect_exit(&ran, 1);
    program_run(&ran, 60, "tck run --rerun-failed old.json");
    expect_exit(&ran, 0);
    expect_said(&ran, "tck: old.json: there is no scenario 'mine/wrong-on-purpose' any more\n");
    expect_said(&ran, "1 passed");
    program_run(&ran, 60, "tck run --specs mine.yaml --scenario 'mine/**' --json mine.json");
    program_run(&ran, 60, "tck run --rerun-failed mine.json");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: mine.json: none of the scenarios that failed is there any more");
    ran_done(&ran);
}

static void what_a_run_that_was_cut_off_left_over_is_run(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran);
    program_run(&ran, 60, "tck run --config tck.yaml --fail-fast --jobs 1 " ONLY " --json cut.json");
    expect_exit(&ran, 1);
    program_run(&ran, 60, "tck run --rerun-failed cut.json");
    expect_exit(&ran, 0);
    expect_said(&ran, " passed, 0 failed, 0 skipped");
    program_run(&ran, 60, "tck run --rerun-failed cut.json --rule UF-VE03");
    expect_exit(&ran, 0); /* after the first failure these were not run */
    expect_said(&ran, "2 passed, 0 failed");
    ran_done(&ran);
}

static void known_failure_is_not_run_again(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    prepare(&ran);
    program_file(&ran, "known.yaml", "failing: [{scenario: " VE_02 ", rule: UF-VE02, reason: x}]\n");
    program_run(&ran, 60,
                "tck run --config tck.yaml --known known.yaml --scenario " VE_02 "," VE_03 " --json report.json");
    expect_exit(&ran, 1);
    program_run(&ran, 60, "tck run --rerun-failed report.json");
    expect_exit(&ran, 0);
    expect_said(&ran, "1 passed, 0 failed");
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparison_tells_what_got_worse_and_what_got_better),
        cmocka_unit_test(report_that_cannot_be_read_is_bad_input_with_its_place),
        cmocka_unit_test(what_failed_is_run_again_alone),
        cmocka_unit_test(nothing_is_run_again_where_nothing_failed),
        cmocka_unit_test(report_in_which_nothing_passed_is_no_reason_to_run_nothing),
        cmocka_unit_test(scenarios_that_there_are_no_more_are_named),
        cmocka_unit_test(what_a_run_that_was_cut_off_left_over_is_run),
        cmocka_unit_test(known_failure_is_not_run_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
