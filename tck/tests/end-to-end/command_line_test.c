/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

static void program_without_a_command_tells_what_there_is(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 30, "tck");
    expect_exit(&ran, 2);
    expect_said(&ran, "Usage: tck COMMAND [OPTIONS]");
    ran_done(&ran);
    program_run(&ran, 30, "tck --help");
    expect_exit(&ran, 0);
    expect_said(&ran, "validate");
    ran_done(&ran);
}

static void help_is_short_or_long(void **state)
{
    struct ran brief = { 0 }, whole = { 0 };

    (void)state;
    program_run(&brief, 30, "tck run -h");
    program_run(&whole, 30, "tck run --help");
    expect_exit(&brief, 0);
    expect_exit(&whole, 0);
    expect_said(&brief, "--fail-fast");
    expect_said(&whole, "--fail-fast");
    expect_said(&whole, "plays the scenarios against it");
    expect_not_said(&brief, "plays the scenarios against it");
    ran_done(&brief);
    ran_done(&whole);
}

static const struct {
    const char *line, *says;
} mistakes[] = {
    { "tck rum", "unknown command 'rum'; did you mean 'run'?" },
    { "tck run --scenaro x", "unknown option '--scenaro'; did you mean '--scenario'?" },
    { "tck run -Z", "unknown option '-Z'" },
    { "tck run --jobs", "--jobs needs N" },
    { "tck run --jobs zero", "--jobs: expected a whole number from 1 to 1000000, found 'zero'" },
    { "tck run --timeout 5", "'5' is not a duration; write for example 250ms, 3s or 2m" },
    { "tck run --color blue", "--color: expected one of auto, always, never, found 'blue'" },
    { "tck run --shuffle=yes", "--shuffle takes no value" },
    { "tck run --seed -1", "--seed: expected a whole number from 0 to 9007199254740991, found '-1'" },
    { "tck run --scenario no/such/thing", "no/such/thing" },
    { "tck run --rule ES-SNAPSHT-1", "ES-SNAPSHT-1" },
    { "tck run --config no-such.yaml", "no-such.yaml: cannot be opened: No such file or directory" },
    { "tck run --config x.yaml --user-function 127.0.0.1:1", "--config excludes --attach, --user-function" },
    { "tck run --config x.yaml --attach", "--config excludes --attach" },
    { "tck run --proxy nowhere", "--proxy: an address is host:port" },
    { "tck run --proxy 127.0.0.1:9000 --tap 70000", "--tap is a port, from 1 to 65535" },
    { "tck run --tap 8090", "--tap goes with --proxy or --attach" },
    { "tck run --user-function nowhere", "an address is host:port" },
    { "tck run --specs no-such-directory", "no-such-directory" },
    { "tck explain", "which scenario?" },
    { "tck completion tcsh", "no completion for 'tcsh'" },
    { "tck list --format xml", "--format: expected one of text, json, found 'xml'" },
};

static void mistakes_on_the_command_line_are_one_clear_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        struct ran ran = { 0 };

        program_run(&ran, 30, "%s", mistakes[i].line);
        expect_exit(&ran, 2);
        expect_said(&ran, mistakes[i].says);
        assert_true(strlen(ran.err) < 1000); /* the error and one hint, never the whole usage */
        ran_done(&ran);
    }
}

static void list_names_every_scenario_with_its_facts(void **state)
{
    struct ran ran = { 0 };
    json_t *list, *first;

    (void)state;
    program_run(&ran, 30, "tck list --format json --section crdt --rule 'CR-FLAG-*'");
    expect_exit(&ran, 0);
    list = json_loads(ran.out, 0, NULL);
    assert_int_equal(json_array_size(list), 6);
    first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "id")), "crdt/flag/a-new-flag-is-off");
    assert_string_equal(json_string_value(json_object_get(first, "suite")), "crdt/flag");
    assert_string_equal(json_string_value(json_object_get(first, "role")), "user-function");
    assert_string_equal(json_string_value(json_object_get(first, "upstream")),
                        "crdt | model | verify Flag initial empty state");
    assert_string_equal(json_string_value(json_array_get(json_object_get(first, "requirements"), 0)), "CR-FLAG-1");
    assert_string_equal(json_string_value(json_object_get(first, "file")), "specs/crdt/flag.yaml");
    assert_true(json_integer_value(json_object_get(first, "line")) > 0);
    json_decref(list);
    ran_done(&ran);
}

static void explain_tells_the_steps_and_the_rules(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 30, "tck explain every-fifth-event-brings-a-snapshot-of-the-state-after-it");
    expect_exit(&ran, 0);
    expect_said(&ran, "open the stream");
    expect_said(&ran, "proves ES-SNAPSHOT-1 (must): ");
    ran_done(&ran);
}

static void validate_reports_every_mistake_with_its_place(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: event-sourced\n"
                 "services: [cloudstate.tck.model.EventSourcedTckModel]\ndefaults: {command: Process}\nscenarios:\n"
                 "  - name: one\n    covers: [NO-RULE-1]\n    steps:\n      - init:\n      - comand: {id: $id}\n"
                 "  - name: two\n    level: shoud\n    steps:\n      - init:\n");
    program_run(&ran, 30, "tck validate mine.yaml");
    expect_exit(&ran, 2);
    expect_said(&ran, "mine.yaml:8:");
    expect_said(&ran, "NO-RULE-1");
    expect_said(&ran, "mine.yaml:11:9: ");
    expect_said(&ran, "did you mean 'command'?");
    expect_said(&ran, "mine.yaml:13:");
    ran_done(&ran);
}

static void validate_checks_what_messages_can_hold(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: event-sourced\n"
                 "services: [cloudstate.tck.model.EventSourcedTckModel]\ndefaults: {command: Process}\nscenarios:\n"
                 "  - name: one\n    steps:\n      - init:\n"
                 "      - command: {id: $id, action: []}\n        reply: {mesage: A}\n");
    program_run(&ran, 30, "tck validate mine.yaml");
    expect_exit(&ran, 2);
    expect_said(&ran, "mine.yaml:10:");
    expect_said(&ran, "did you mean 'actions'?");
    expect_said(&ran, "mine.yaml:11:");
    expect_said(&ran, "did you mean 'message'?");
    ran_done(&ran);
}

static void manual_and_completions_come_from_the_program(void **state)
{
    static const char *const lines[][2] = {
        { "tck manual", ".SH EXIT STATUS" },          { "tck completion bash", "complete -o filenames -F _tck tck" },
        { "tck completion zsh", "#compdef tck" },     { "tck completion fish", "complete -c tck" },
        { "tck version", "Cloudstate protocol 0.2" }, { "tck --version", "Cloudstate protocol 0.2" }
    };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(lines); i++) {
        struct ran ran = { 0 };

        program_run(&ran, 30, "%s", lines[i][0]);
        expect_exit(&ran, 0);
        expect_said(&ran, lines[i][1]);
        ran_done(&ran);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_without_a_command_tells_what_there_is),
        cmocka_unit_test(help_is_short_or_long),
        cmocka_unit_test(mistakes_on_the_command_line_are_one_clear_error),
        cmocka_unit_test(list_names_every_scenario_with_its_facts),
        cmocka_unit_test(explain_tells_the_steps_and_the_rules),
        cmocka_unit_test(validate_reports_every_mistake_with_its_place),
        cmocka_unit_test(validate_checks_what_messages_can_hold),
        cmocka_unit_test(manual_and_completions_come_from_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
