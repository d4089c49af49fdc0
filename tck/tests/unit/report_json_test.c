/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <unistd.h>

#include "report_fixture.h"
#include "testing.h"

static void json_holds_every_result_with_its_facts(void **state)
{
    char path[] = "/tmp/tck-json-test-XXXXXX";
    tck_cleanup(tck_sink_freep) struct tck_sink *sink = NULL;
    struct report_fixture fixture;
    json_t *report, *failed, *known;
    int fd = mkstemp(path);

    (void)state;
    close(fd);
    report_fixture_init(&fixture);
    assert_int_equal(tck_json_sink_new(path, &sink, NULL), 0);
    assert_int_equal(report_fixture_play(&fixture, sink, NULL), 0);
    report = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    unlink(path);
    assert_non_null(report);
    assert_int_equal(json_integer_value(json_object_get(report, "seed")), 42);
    assert_int_equal(json_integer_value(json_object_get(report, "exit_code")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(report, "summary"), "failed")), 1);
    assert_int_equal(json_array_size(json_object_get(report, "scenarios")), REPORT_FIXTURE_RESULTS);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(report, "summary"), "known")), 1);
    failed = json_array_get(json_object_get(report, "scenarios"), 1);
    assert_string_equal(json_string_value(json_object_get(failed, "id")), "es/state/two");
    assert_string_equal(json_string_value(json_object_get(failed, "verdict")), "failed");
    assert_string_equal(json_string_value(json_object_get(failed, "cause")), "difference");
    assert_string_equal(json_string_value(json_object_get(failed, "rule")), "ES-STATE-1");
    assert_string_equal(json_string_value(json_object_get(failed, "blame")), "proxy");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(failed, "step"), "line")), 9);
    assert_true(json_real_value(json_object_get(failed, "duration_ms")) == 12.0);
    assert_int_equal(json_array_size(json_object_get(failed, "transcript")), 2);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(report, "scenarios"), 0), "reason")));
    known = json_array_get(json_object_get(report, "scenarios"), 4);
    assert_string_equal(json_string_value(json_object_get(known, "verdict")), "known");
    assert_string_equal(json_string_value(json_object_get(known, "cause")), "difference");
    known = json_object_get(known, "known");
    assert_string_equal(json_string_value(json_object_get(known, "kind")), "failing");
    assert_string_equal(json_string_value(json_object_get(known, "until")), "2027-03-01");
    known = json_object_get(report, "known");
    assert_int_equal(json_array_size(json_object_get(known, "troubles")), 1);
    known = json_array_get(json_object_get(known, "flaky"), 0);
    assert_string_equal(json_string_value(json_object_get(known, "scenario")), "es/state/one");
    assert_int_equal(json_integer_value(json_object_get(known, "failed")), 3);
    assert_int_equal(json_integer_value(json_object_get(known, "runs")), 10);
    json_decref(report);
    report_fixture_done(&fixture);
}

static void json_of_an_interrupted_run_says_that_it_is_incomplete(void **state)
{
    char path[] = "/tmp/tck-json-test-XXXXXX";
    tck_cleanup(tck_sink_freep) struct tck_sink *sink = NULL;
    struct report_fixture fixture;
    json_t *report;
    int fd = mkstemp(path);

    (void)state;
    close(fd);
    report_fixture_init(&fixture);
    fixture.run.interrupted = SIGINT;
    assert_int_equal(tck_json_sink_new(path, &sink, NULL), 0);
    assert_int_equal(report_fixture_play(&fixture, sink, NULL), 0);
    report = json_load_file(path, 0, NULL);
    unlink(path);
    assert_true(json_is_false(json_object_get(report, "complete")));
    assert_string_equal(json_string_value(json_object_get(report, "interrupted")), "SIGINT");
    json_decref(report);
    report_fixture_done(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_holds_every_result_with_its_facts),
        cmocka_unit_test(json_of_an_interrupted_run_says_that_it_is_incomplete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
