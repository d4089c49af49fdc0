/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

/* A candidate that never answers, so that the run is surely in the middle when the signal comes. */
static pid_t start_endless_run(struct ran *ran)
{
    pid_t pid;

    program_prepare(ran);
    program_file(ran, "tck.yaml", "user_function: {command: [tck-hostile-candidate, mute], env: {PORT: \"{port}\"}}\n");
    pid = program_start(ran, "tck run --config tck.yaml --timeout 300s --jobs 2 --section crdt,event-sourced");
    program_await(ran, "candidate: ", 30);
    return pid;
}

static void expect_incomplete_reports(const struct ran *ran, const char *signal_name)
{
    tck_cleanup(tck_freep) char *text = program_read(ran, "reports/report.json");
    json_t *report = text ? json_loads(text, 0, NULL) : NULL;

    expect_valid_junit(ran, "reports/junit.xml");
    assert_non_null(report);
    assert_true(json_is_false(json_object_get(report, "complete")));
    assert_string_equal(json_string_value(json_object_get(report, "interrupted")), signal_name);
    json_decref(report);
}

static void run_that_is_interrupted_writes_its_reports_and_leaves_no_process(void **state)
{
    static const struct {
        int number;
        const char *name;
    } signals[] = { { SIGINT, "SIGINT" }, { SIGTERM, "SIGTERM" } };

    (void)state;
    for (size_t i = 0; i < TCK_COUNT(signals); i++) {
        struct ran ran = { 0 };
        pid_t pid = start_endless_run(&ran);

        kill(pid, signals[i].number);
        program_finish(&ran, pid, 30);
        assert_true(WIFSIGNALED(ran.status));
        assert_int_equal(WTERMSIG(ran.status), signals[i].number);
        expect_incomplete_reports(&ran, signals[i].name);
        expect_said(&ran, "interrupted by");
        expect_no_process(&ran, 10);
        ran_done(&ran);
    }
}

static void kit_that_is_killed_leaves_no_process(void **state)
{
    struct ran ran = { 0 };
    pid_t pid = start_endless_run(&ran);

    (void)state;
    kill(pid, SIGKILL);
    program_finish(&ran, pid, 30);
    expect_no_process(&ran, 10);
    ran_done(&ran);
}

static void wait_for_a_candidate_that_never_comes_can_be_interrupted(void **state)
{
    struct ran ran = { 0 };
    pid_t pid;

    (void)state;
    program_prepare(&ran);
    program_file(
        &ran, "tck.yaml",
        "user_function: {command: [tck-hostile-candidate, silent], env: {PORT: \"{port}\"}, ready_timeout: 300s}\n");
    pid = program_start(&ran, "tck run --config tck.yaml --section crdt");
    program_await(&ran, "candidate: ", 30);
    kill(pid, SIGINT);
    program_finish(&ran, pid, 30);
    assert_true(WIFSIGNALED(ran.status));
    expect_incomplete_reports(&ran, "SIGINT");
    expect_no_process(&ran, 10);
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_that_is_interrupted_writes_its_reports_and_leaves_no_process),
        cmocka_unit_test(kit_that_is_killed_leaves_no_process),
        cmocka_unit_test(wait_for_a_candidate_that_never_comes_can_be_interrupted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
