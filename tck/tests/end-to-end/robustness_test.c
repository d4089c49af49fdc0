/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/cleanup.h"
#include "program.h"
#include "testing.h"

/* Peak memory that a hostile candidate may bring the kit to; a flood of 1 GiB must not show. Sanitizers need far more
 * by themselves. */
#ifdef __SANITIZE_ADDRESS__
#define PEAK_KIB (2000L << 10)
#elif defined(__SANITIZE_THREAD__)
#define PEAK_KIB (2000L << 10)
#else
#define PEAK_KIB (160L << 10)
#endif

/* Scenarios enough to meet every kind of conversation, few enough for candidates that let every wait run out. */
#define SOME                                                                                               \
    "--scenario crdt/flag/a-new-flag-is-off,event-sourced/state/a-new-entity-has-an-empty-state,"          \
    "value-entity/state/a-new-entity-has-an-empty-state,action/unary/a-unary-call-is-answered-by-a-reply," \
    "action/streamed-in/a-streamed-in-call-is-answered-by-a-reply"

static const struct {
    const char *mode;
    int exit_code;
    const char *says;
} candidates[] = {
    { "silent", 3, "was not ready within" },
    { "close", 3, "was not ready within" },
    { "garbage", 3, "was not ready within" },
    { "nonsense", 3, "bytes that are no EntitySpec" },
    { "exit", 3, "exited with status 7 before it was ready; its last line: cannot reach the database" },
    { "flood", 1, "failed" },
    { "nested", 1, "failed" },
    { "broken", 1, "failed" },
    { "refuse", 1, "INTERNAL: not " },
    { "mute", 5, "the 1 s of the whole scenario were over while waiting for the reply to command 1" },
    { "bomb", 1, "its descriptor set is broken" },
};

static void run_against(const char *mode, struct ran *ran)
{
    char config[512];

    program_prepare(ran);
    snprintf(config, sizeof config,
             "name: hostile\nuser_function: {command: [tck-hostile-candidate, %s], env: {PORT: \"{port}\"}, "
             "ready_timeout: 2s}\n",
             mode);
    program_file(ran, "tck.yaml", config);
    program_run(ran, 60, "tck run --config tck.yaml --timeout 1s --jobs 4 " SOME);
}

static void hostile_candidates_end_in_a_clear_verdict_and_a_whole_report(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(candidates); i++) {
        struct ran ran = { 0 };

        print_message("  %s\n", candidates[i].mode);
        run_against(candidates[i].mode, &ran);
        expect_exit(&ran, candidates[i].exit_code);
        expect_said(&ran, candidates[i].says);
        expect_valid_junit(&ran, "reports/junit.xml");
        if (ran.peak_kib > PEAK_KIB)
            fail_msg("%s brought the kit to %ld KiB", candidates[i].mode, ran.peak_kib);
        expect_no_process(&ran, 10);
        ran_done(&ran);
    }
}

static void candidate_without_a_program_is_one_that_cannot_be_started(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml", "user_function: {command: [no-such-program], port: auto}\n");
    program_run(&ran, 60, "tck run --config tck.yaml " SOME);
    expect_exit(&ran, 3);
    expect_said(&ran, "tck.yaml:1:16: 'no-such-program' cannot be started: No such file or directory");
    expect_valid_junit(&ran, "reports/junit.xml");
    ran_done(&ran);
}

static void address_where_nobody_listens_is_a_candidate_that_cannot_be_reached(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_prepare(&ran);
    program_file(&ran, "tck.yaml", "user_function: {address: \"127.0.0.1:1\", ready_timeout: 300ms}\n");
    program_run(&ran, 60, "tck run --config tck.yaml " SOME);
    expect_exit(&ran, 3);
    expect_said(&ran, "was not ready within 300 ms");
    expect_valid_junit(&ran, "reports/junit.xml");
    ran_done(&ran);
}

static void report_that_cannot_be_written_is_said_before_anything_runs(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run --junit /proc/no/junit.xml " SOME);
    expect_exit(&ran, 4);
    expect_said(&ran, "/proc/no: cannot be written: No such file or directory");
    expect_not_said(&ran, "passed");
    ran_done(&ran);
}

static void disk_that_is_full_loses_the_report_but_not_the_verdicts(void **state)
{
    struct ran ran = { 0 };

    (void)state;
    program_run(&ran, 60, "tck run --json /dev/full " SOME);
    expect_exit(&ran, 4);
    expect_said(&ran, "/dev/full: cannot be written: No space left on device");
    expect_said(&ran, "5 passed");
    expect_valid_junit(&ran, "reports/junit.xml");
    ran_done(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_candidates_end_in_a_clear_verdict_and_a_whole_report),
        cmocka_unit_test(candidate_without_a_program_is_one_that_cannot_be_started),
        cmocka_unit_test(address_where_nobody_listens_is_a_candidate_that_cannot_be_reached),
        cmocka_unit_test(report_that_cannot_be_written_is_said_before_anything_runs),
        cmocka_unit_test(disk_that_is_full_loses_the_report_but_not_the_verdicts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
