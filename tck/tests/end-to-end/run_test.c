/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

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

static void bundled_user_function_passes_every_scenario(void **state)
{
    struct ran ran = { 0 };
    json_t *report;
    int upstream = 0;
    json_t *scenario;
    size_t i;

    (void)state;
    program_run(&ran, 120, "tck run");
    expect_exit(&ran, 0);
    expect_said(&ran, "conformant");
    expect_valid_junit(&ran, "reports/junit.xml");
    report = report_of(&ran, "reports/report.json");
    assert_int_equal(summary(report, "passed"), summary(report, "planned"));
    json_array_foreach(json_object_get(report, "scenarios"), i, scenario) upstream +=
        json_is_string(json_object_get(scenario, "upstream")) &&
        strstr(json_string_value(json_object_get(scenario, "upstream")), "| model |") != NULL;
    assert_int_equal(upstream, 156);
    json_decref(report);
    expect_no_process(&ran, 10);
    ran_done(&ran);
}

static void same_seed_gives_the_same_order(void **state)
{
    tck_cleanup(tck_freep) char *first = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct ran ran = { 0 };
        json_t *report, *order = json_array(), *scenario;
        char *text;
        size_t j;

        program_run(&ran, 120, "tck run --jobs 1 --shuffle --seed 7 --section crdt");
        report = report_of(&ran, "reports/report.json");
        json_array_foreach(json_object_get(report, "scenarios"), j, scenario)
            json_array_append(order, json_object_get(scenario, "id"));
        text = json_dumps(order, 0);
        if (first)
            assert_string_equal(text, first);
        assert_int_equal(json_integer_value(json_object_get(report, "seed")), 7);
        free(first);
        first = text;
        json_decref(order);
        json_decref(report);
        ran_done(&ran);
    }
}

static void repetitions_are_all_run_and_reported(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    program_run(&ran, 120, "tck run --repeat 3 --scenario crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 0);
    expect_valid_junit(&ran, "reports/junit.xml");
    report = report_of(&ran, "reports/report.json");
    assert_int_equal(summary(report, "passed"), 3);
    json_decref(report);
    ran_done(&ran);
}

static void several_configurations_are_several_runs_with_a_report_each(void **state)
{
    struct ran ran = { 0 };
    json_t *second;

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml",
                 "combinations:\n"
                 "- {name: one, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}}\n"
                 "- {name: two, user_function: {command: [tck-hostile-candidate, exit], env: {PORT: \"{port}\"}}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --scenario crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 3);
    expect_said(&ran, "1 passed");
    expect_valid_junit(&ran, "reports/junit-1.xml");
    expect_valid_junit(&ran, "reports/junit-2.xml");
    second = report_of(&ran, "reports/report-2.json");
    assert_string_equal(json_string_value(json_object_get(json_object_get(second, "candidate"), "name")), "two");
    json_decref(second);
    ran_done(&ran);
}

static void scenarios_of_ones_own_run_beside_the_built_in_ones(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(
        &ran, "mine.yaml",
        "suite: mine\nrole: user-function\nprotocol: value-entity\n"
        "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\ndefaults: {command: Process}\nscenarios:\n"
        "  - name: wrong on purpose\n    steps:\n      - init:\n"
        "      - command: {id: $id}\n        reply: {message: something}\n");
    program_run(&ran, 60, "tck run --specs mine.yaml --scenario 'mine/**'");
    expect_exit(&ran, 1);
    expect_said(&ran, "mine/wrong-on-purpose");
    expect_said(&ran, "reply.client_action.reply.payload.message");
    expect_said(&ran, "expected: \"something\"");
    expect_said(&ran, "mine.yaml:10");
    expect_said(&ran, "to run it alone: tck run --specs 'mine.yaml' --scenario 'mine/wrong-on-purpose'");
    ran_done(&ran);
}

static void scenario_asked_for_by_name_and_skipped_is_not_a_success(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: value-entity\nservices: [no.such.Service]\n"
                 "defaults: {command: Process}\nscenarios:\n  - name: not offered\n    steps:\n      - init:\n");
    program_run(&ran, 60, "tck run --specs mine.yaml --scenario mine/not-offered,crdt/flag/a-new-flag-is-off");
    expect_exit(&ran, 5);
    expect_said(&ran, "1 skipped: the candidate does not declare the service no.such.Service");
    ran_done(&ran);
}

static void mistake_that_only_the_run_can_show_is_bad_input_with_its_place(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: event-sourced\n"
                 "services: [cloudstate.tck.model.EventSourcedTckModel]\n"
                 "defaults: {command: Process, event: cloudstate.tck.model.Persisted}\nscenarios:\n"
                 "  - name: replays a list as one event\n    steps:\n      - init:\n"
                 "      - command: {id: $id, actions: [{emit: {value: A}}]}\n        reply: {message: A}\n"
                 "        events: {$capture: all}\n      - event: $all\n");
    program_run(&ran, 60, "tck run --specs mine.yaml --scenario 'mine/**'");
    expect_exit(&ran, 2);
    expect_said(&ran, "mine.yaml:13:16: ");
    expect_valid_junit(&ran, "reports/junit.xml");
    ran_done(&ran);
}

static void fail_fast_leaves_the_rest_unrun(void **state)
{
    struct ran ran = { 0 };
    json_t *report;

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml",
                 "user_function: {command: [tck-hostile-candidate, refuse], env: {PORT: \"{port}\"}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --fail-fast --jobs 1 --role user-function --section crdt");
    expect_exit(&ran, 1);
    report = report_of(&ran, "reports/report.json");
    assert_int_equal(summary(report, "failed"), 1);
    assert_int_equal(summary(report, "skipped"), summary(report, "planned") - 1);
    json_decref(report);
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundled_user_function_passes_every_scenario),
        cmocka_unit_test(same_seed_gives_the_same_order),
        cmocka_unit_test(repetitions_are_all_run_and_reported),
        cmocka_unit_test(several_configurations_are_several_runs_with_a_report_each),
        cmocka_unit_test(scenarios_of_ones_own_run_beside_the_built_in_ones),
        cmocka_unit_test(scenario_asked_for_by_name_and_skipped_is_not_a_success),
        cmocka_unit_test(mistake_that_only_the_run_can_show_is_bad_input_with_its_place),
        cmocka_unit_test(fail_fast_leaves_the_rest_unrun),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
