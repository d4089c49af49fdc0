/* SPDX-License-Identifier: Apache-2.0 */
#include <ftw.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

#define FLAG  "crdt/flag/a-new-flag-is-off"
#define FATAL "crdt/flag/a-flag-comes-back-after-passivation" /* to the mutant crash-on-command */

/* A suite of one scenario whose conversation is longer than a transcript keeps. */
static void long_suite(struct ran *ran)
{
    program_prepare(ran);
    program_file(ran, "mine.yaml",
                 "suite: mine\nrole: user-function\nprotocol: value-entity\n"
                 "services: [cloudstate.tck.model.valueentity.ValueEntityTckModel]\ndefaults: {command: Process}\n"
                 "scenarios:\n  - name: long\n    timeout: 60s\n    steps:\n      - init:\n"
                 "      - repeat: {times: 1000}\n        steps:\n"
                 "          - command: {id: $id}\n            reply: {message: ''}\n");
}

/* Every line of a recording is whole; returns how many there are. */
static size_t expect_whole_lines(const struct ran *ran, const char *name)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, name);
    size_t count = 0;

    if (!text)
        fail_msg("no recording %s; it said:\n%s\n%s", name, ran->out, ran->err);
    for (char *line = text; *line; count++) {
        const size_t size = strcspn(line, "\n");
        json_error_t problem;
        json_t *json = json_loadb(line, size, 0, &problem);

        if (line[size] != '\n' || !json_is_object(json))
            fail_msg("%s: line %zu is not whole: %s", name, count + 1, problem.text);
        json_decref(json);
        line += size + 1;
    }
    return count;
}

static void recording_of_a_run_is_complete_and_keeps_its_rules(void **state)
{
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *text = NULL;

    (void)state;
    program_run(&ran, 60, "tck run --trace T --repeat 2 --scenario " FLAG);
    expect_exit(&ran, 0);
    assert_true(expect_whole_lines(&ran, "T/" FLAG ".jsonl") >= 7);
    assert_true(expect_whole_lines(&ran, "T/" FLAG "#2.jsonl") >= 7);
    text = program_read(&ran, "T/" FLAG ".jsonl");
    assert_non_null(strstr(text, "{\"kind\":\"recording\",\"version\":1,\"scenario\":\"" FLAG "\""));
    assert_non_null(strstr(text, "\"message\":{\"init\":{\"service_name\":\"cloudstate.tck.model.crdt.CrdtTckModel\""));
    assert_non_null(strstr(text, "{\"kind\":\"verdict\",\"verdict\":\"passed\""));
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 0);
    expect_said(&ran, "2 kept, 0 broken, 0 without conversations to judge, 0 unreadable: conformant");
    ran_done(&ran);
}

static void long_conversation_is_recorded_to_its_last_message(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    long_suite(&ran);
    program_run(&ran, 60, "tck run --specs mine.yaml --trace T --scenario 'mine/long'");
    expect_exit(&ran, 0);
    assert_true(expect_whole_lines(&ran, "T/mine/long.jsonl") > 2000);
    program_run(&ran, 60, "tck judge -v T");
    expect_exit(&ran, 0);
    expect_said(&ran, "✓ kept  mine/long  (conversations: 1, messages: 2001)");
    ran_done(&ran);
}

static void pair_is_recorded_on_both_sides_of_the_proxy(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run --trace T --role proxy --section event-sourced");
    expect_exit(&ran, 0);
    program_run(&ran, 60, "grep -rl '\"protocol\":\"client\",\"from\":\"proxy\"' T");
    expect_exit(&ran, 0);
    program_run(&ran, 60, "grep -rl '\"protocol\":\"event-sourced\",\"from\":\"user-function\"' T");
    expect_exit(&ran, 0);
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 0);
    ran_done(&ran);
}

static void several_runs_record_in_folders_of_their_own(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml",
                 "combinations:\n"
                 "- {name: one, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}}\n"
                 "- {name: two, user_function: {command: [tck-user-function], env: {PORT: \"{port}\"}}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --trace T --scenario " FLAG);
    expect_exit(&ran, 0);
    expect_whole_lines(&ran, "T/run-1/" FLAG ".jsonl");
    expect_whole_lines(&ran, "T/run-2/" FLAG ".jsonl");
    ran_done(&ran);
}

static void mutant(struct ran *ran, const char *name)
{
    char config[256];

    program_prepare(ran);
    snprintf(config, sizeof config,
             "user_function: {command: [tck-user-function-mutant, --mutant, %s], env: {PORT: \"{port}\"}}\n", name);
    program_file(ran, "tck.yaml", config);
}

static void broken_rule_is_found_again_without_the_candidate(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    mutant(&ran, "empty-message");
    program_run(&ran, 60, "tck run --config tck.yaml --trace T --timeout 2s --scenario 'crdt/flag/**'");
    expect_exit(&ran, 1);
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 1);
    expect_said(&ran, "✗ broken  " FLAG);
    expect_said(&ran, "T/" FLAG ".jsonl:");
    expect_said(&ran, "ST-MESSAGE-1 (must) by the user function, on 'main': message ");
    expect_said(&ran, "rule:   Every message on a stream has one of its cases set.");
    expect_not_said(&ran, "disagree");
    program_run(&ran, 60, "tck judge --quiet T");
    expect_exit(&ran, 1);
    expect_not_said(&ran, FLAG);
    ran_done(&ran);
}

static void death_of_the_candidate_is_the_end_of_its_recording(void **state)
{
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *text = NULL;

    (void)state;
    mutant(&ran, "crash-on-command");
    program_run(&ran, 60, "tck run --config tck.yaml --trace T --scenario " FATAL);
    expect_exit(&ran, 3);
    expect_whole_lines(&ran, "T/" FATAL ".jsonl");
    text = program_read(&ran, "T/" FATAL ".jsonl");
    assert_non_null(strstr(text, "{\"kind\":\"verdict\",\"verdict\":\"errored\",\"cause\":\"candidate-died\""));
    ran_done(&ran);
}

static size_t recordings;
static const struct ran *looked_at;

static int look_at(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (type != FTW_F || !strstr(path, ".jsonl"))
        return 0;
    recordings++;
    expect_whole_lines(looked_at, path + strlen(looked_at->directory) + 1);
    return 0;
}

static void run_that_is_ended_leaves_recordings_of_whole_lines(void **state)
{
    static const int signals[] = { SIGINT, SIGKILL };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct ran ran = { 0 };
        char path[128];
        pid_t pid;

        program_prepare(&ran);
        program_file(&ran, "tck.yaml",
                     "user_function: {command: [tck-hostile-candidate, mute], env: {PORT: \"{port}\"}}\n");
        pid = program_start(&ran, "tck run --config tck.yaml --trace T --timeout 2s --jobs 1 --verbose "
                                  "--section crdt,event-sourced");
        program_await(&ran, "errored", 60); /* one is written whole, and another surely began or is about to */
        kill(pid, signals[i]);
        program_finish(&ran, pid, 30);
        assert_true(WIFSIGNALED(ran.status));
        recordings = 0;
        looked_at = &ran;
        snprintf(path, sizeof path, "%s/T", ran.directory);
        nftw(path, look_at, 16, FTW_PHYS);
        assert_true(recordings > 0);
        program_run(&ran, 60, "tck judge T");
        expect_exit(&ran, 0);
        ran_done(&ran);
    }
}

static void full_disk_loses_recordings_but_no_verdict_and_no_report(void **state)
{
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *text = NULL;
    json_t *report;

    (void)state;
    long_suite(&ran);
    /* No file may grow above 256 KiB. */
    program_run(&ran, 60,
                "sh -c 'trap \"\" XFSZ; ulimit -f 512; exec tck run --specs mine.yaml --trace T --jobs 1 "
                "--scenario mine/long," FLAG "'");
    expect_exit(&ran, 4);
    expect_said(&ran, "tck: T/mine/long.jsonl: cannot be written: File too large");
    expect_said(&ran, "2 passed, 0 failed");
    expect_valid_junit(&ran, "reports/junit.xml");
    text = program_read(&ran, "reports/report.json");
    report = json_loads(text, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(report, "exit_code")), 4);
    json_decref(report);
    assert_true(expect_whole_lines(&ran, "T/mine/long.jsonl") > 100);
    program_run(&ran, 60, "tck judge -v T");
    expect_exit(&ran, 0);
    expect_said(&ran, "the recording was cut off before its verdict");
    ran_done(&ran);
}

static void directory_that_cannot_be_written_to_is_said_before_anything_runs(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "T", "in the way\n");
    program_run(&ran, 60, "tck run --trace T --scenario " FLAG);
    expect_exit(&ran, 4);
    expect_said(&ran, "tck: T: cannot be written: Not a directory");
    expect_not_said(&ran, "passed");
    program_run(&ran, 60, "tck run --trace /proc/no/T --scenario " FLAG);
    expect_exit(&ran, 4);
    expect_said(&ran, "tck: /proc/no: cannot be written: No such file or directory");
    ran_done(&ran);
}

static void bytes_that_are_no_message_are_recorded_and_found_again(void **state)
{
    struct ran ran = { 0 };
    tck_cleanup(tck_freep) char *text = NULL;

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml",
                 "user_function: {command: [tck-hostile-candidate, broken], env: {PORT: \"{port}\"}}\n");
    program_run(&ran, 60, "tck run --config tck.yaml --trace T --timeout 2s --scenario " FLAG);
    expect_exit(&ran, 1);
    text = program_read(&ran, "T/" FLAG ".jsonl");
    assert_non_null(strstr(text, "{\"kind\":\"undecodable\""));
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 1);
    expect_said(&ran, "cannot be read: ");
    ran_done(&ran);
}

static void what_is_no_recording_or_damaged_is_a_mistake_with_its_place(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run --trace T --quiet --scenario " FLAG);
    program_run(&ran, 60, "sed -i 3s/.....$// T/" FLAG ".jsonl");
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: T/" FLAG ".jsonl:3:");
    expect_said(&ran, "not JSON");
    expect_said(&ran, "1 unreadable: a recording cannot be read");
    program_run(&ran, 60, "tck judge reports/report.json");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: reports/report.json:1");
    program_run(&ran, 60, "tck judge nowhere");
    expect_exit(&ran, 2);
    expect_said(&ran, "tck: nowhere: cannot be read: No such file or directory");
    program_run(&ran, 60, "tck judge reports");
    expect_exit(&ran, 2);
    expect_said(&ran, "no recordings (*.jsonl) are below this directory");
    program_run(&ran, 60, "tck judge");
    expect_exit(&ran, 2);
    expect_said(&ran, "which recordings?");
    ran_done(&ran);
}

static void recordings_without_entities_prove_nothing(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run --trace T --quiet --role user-function --section discovery");
    expect_exit(&ran, 0);
    program_run(&ran, 60, "tck judge T");
    expect_exit(&ran, 5);
    expect_said(&ran, "nothing could be judged");
    ran_done(&ran);
}

static void verbose_twice_shows_every_message_on_the_terminal(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run -vv --scenario " FLAG);
    expect_exit(&ran, 0);
    expect_said(&ran, "-> init { service_name: \"cloudstate.tck.model.crdt.CrdtTckModel\"");
    expect_said(&ran, "<- reply { command_id: 1");
    program_run(&ran, 60, "tck run -v --scenario " FLAG);
    expect_said(&ran, "passed  " FLAG);
    expect_not_said(&ran, "<- reply");
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recording_of_a_run_is_complete_and_keeps_its_rules),
        cmocka_unit_test(long_conversation_is_recorded_to_its_last_message),
        cmocka_unit_test(pair_is_recorded_on_both_sides_of_the_proxy),
        cmocka_unit_test(several_runs_record_in_folders_of_their_own),
        cmocka_unit_test(broken_rule_is_found_again_without_the_candidate),
        cmocka_unit_test(death_of_the_candidate_is_the_end_of_its_recording),
        cmocka_unit_test(run_that_is_ended_leaves_recordings_of_whole_lines),
        cmocka_unit_test(full_disk_loses_recordings_but_no_verdict_and_no_report),
        cmocka_unit_test(directory_that_cannot_be_written_to_is_said_before_anything_runs),
        cmocka_unit_test(bytes_that_are_no_message_are_recorded_and_found_again),
        cmocka_unit_test(what_is_no_recording_or_damaged_is_a_mistake_with_its_place),
        cmocka_unit_test(recordings_without_entities_prove_nothing),
        cmocka_unit_test(verbose_twice_shows_every_message_on_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
