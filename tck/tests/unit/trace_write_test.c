/* SPDX-License-Identifier: Apache-2.0 */
#include "testing.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#include <cloudstate/value_entity.pb-c.h>

#include "engine/builtin.h"
#include "report_fixture.h"
#include "seat/recording.h"
#include "trace/rejudge.h"
#include "trace/trace.h"

struct fixture {
    struct report_fixture report;
    struct tck_pool *builtin;
    char directory[64];
    struct tck_trace *trace;
};

static int setup(void **state)
{
    static struct fixture fixture;

    memset(&fixture, 0, sizeof fixture);
    report_fixture_init(&fixture.report);
    assert_int_equal(tck_builtin_pool_new(&fixture.builtin, NULL), 0);
    snprintf(fixture.directory, sizeof fixture.directory, "/tmp/tck-trace-XXXXXX");
    assert_non_null(mkdtemp(fixture.directory));
    assert_int_equal(tck_trace_new(fixture.directory, "run-2", &fixture.trace, NULL), 0);
    *state = &fixture;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    nftw(fixture->directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    tck_trace_free(fixture->trace);
    tck_pool_free(fixture->builtin);
    report_fixture_done(&fixture->report);
    return 0;
}

static const char *path_in(const struct fixture *fixture, const char *name)
{
    static char path[256];

    snprintf(path, sizeof path, "%s/run-2/%s", fixture->directory, name);
    return path;
}

static char *content_of(const struct fixture *fixture, const char *name)
{
    struct tck_buffer text = TCK_BUFFER_INIT((size_t)64 << 20);

    assert_int_equal(tck_read_file(path_in(fixture, name), (size_t)64 << 20, &text, NULL), 0);
    return tck_buffer_take(&text);
}

static void tell_init(const struct tck_listener *listener, void *scenario, struct tck_bytes bytes)
{
    Cloudstate__Valueentity__ValueEntityStreamIn in = CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__INIT;
    Cloudstate__Valueentity__ValueEntityInit init = CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_INIT__INIT;

    init.entity_id = (char *)"e";
    init.service_name = (char *)"s";
    in.message_case = CLOUDSTATE__VALUEENTITY__VALUE_ENTITY_STREAM_IN__MESSAGE_INIT;
    in.init = &init;
    listener->line(scenario, &(struct tck_recorded){ .at = TCK_MS(7),
                                                     .conversation = HOSTILE,
                                                     .flow = TCK_SENT,
                                                     .kind = TCK_RECORDED_MESSAGE,
                                                     .message = &in.base,
                                                     .text = "",
                                                     .protocol = "value-entity",
                                                     .stream = 1,
                                                     .bytes = bytes });
}

static void *begin(struct fixture *fixture, size_t i)
{
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);

    listener->known(listener->context, &fixture->report.run, NULL, tck_bytes("", 0));
    return listener->begin(listener->context, fixture->report.results[i], fixture->builtin, TCK_MS(5));
}

static void recording_reads_back_whatever_names_and_texts_are_in_it(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    tck_cleanup(tck_rejudged_freep) struct tck_rejudged *rejudged = NULL;
    struct tck_spec *spec = fixture->report.spec;
    void *scenario = begin(fixture, 1);
    tck_cleanup(tck_freep) char *text = NULL;

    tell_init(listener, scenario,
              tck_bytes("\x0a\x06\x0a\x01s\x12\x01"
                        "e",
                        8));
    listener->line(scenario, &(struct tck_recorded){ .conversation = "", .text = HOSTILE, .kind = TCK_RECORDED_NOTE });
    listener->end(scenario, fixture->report.results[1]);
    assert_int_equal(listener->conclude(listener->context, NULL), 0);
    text = content_of(fixture, "es/state/two.jsonl");
    assert_non_null(strstr(text, "\"at_ms\":2.000"));
    assert_non_null(strstr(text, "\"message\":{\"init\":{\"service_name\":\"s\",\"entity_id\":\"e\"}}"));
    assert_non_null(strstr(text, "\"bytes\":\"CgYKAXMSAWU=\""));
    assert_int_equal(tck_rejudge(path_in(fixture, "es/state/two.jsonl"),
                                 &(struct tck_rejudge_options){ .spec = spec, .builtin = fixture->builtin }, &rejudged,
                                 NULL),
                     0);
    assert_string_equal(rejudged->scenario, "es/state/two");
    assert_int_equal(rejudged->conversations, 1);
    assert_int_equal(rejudged->messages, 1);
    assert_string_equal(rejudged->verdict, "failed");
}

static void line_is_there_before_the_scenario_ends(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    void *scenario = begin(fixture, 0);
    tck_cleanup(tck_freep) char *before = NULL;

    tell_init(listener, scenario, tck_bytes("", 0));
    before = content_of(fixture, "es/state/one.jsonl");
    assert_non_null(strstr(before, "\"kind\":\"message\""));
    assert_int_equal(before[strlen(before) - 1], '\n');
    listener->end(scenario, fixture->report.results[0]);
}

static void message_that_is_too_long_to_read_has_its_bytes_alone(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    tck_cleanup(tck_freep) char *large = calloc(1, (size_t)2 << 20);
    tck_cleanup(tck_freep) char *text = NULL;
    void *scenario = begin(fixture, 0);

    tell_init(listener, scenario, tck_bytes(large, (size_t)2 << 20));
    listener->end(scenario, fixture->report.results[0]);
    text = content_of(fixture, "es/state/one.jsonl");
    assert_non_null(strstr(text, "\"message\":null,\"bytes\":\"AAAA"));
}

static void types_of_the_candidate_lie_beside_once(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    tck_cleanup(tck_freep) char *text = NULL;
    tck_cleanup(tck_pool_freep) struct tck_pool *own = NULL;
    void *scenario;

    assert_int_equal(tck_pool_new(fixture->builtin, &own, NULL), 0);
    listener->known(listener->context, &fixture->report.run, own, tck_bytes("", 0));
    scenario = listener->begin(listener->context, fixture->report.results[0], own, 0);
    listener->end(scenario, fixture->report.results[0]);
    text = content_of(fixture, "es/state/one.jsonl");
    assert_non_null(strstr(text, "\"descriptors\":\"descriptors-cbf29ce484222325.binpb\""));
    assert_int_equal(access(path_in(fixture, "descriptors-cbf29ce484222325.binpb"), R_OK), 0);
}

static void what_cannot_be_written_is_told_once_and_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    void *scenario;

    /* A file where a directory should be. */
    assert_int_equal(tck_write_file(path_in(fixture, "es"), tck_bytes("", 0), NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        scenario = begin(fixture, i);
        tell_init(listener, scenario, tck_bytes("", 0));
        listener->end(scenario, fixture->report.results[i]);
    }
    assert_int_equal(listener->conclude(listener->context, &err), TCK_KIT);
    assert_non_null(strstr(err.name, "/run-2/es"));
    assert_string_equal(err.text, "cannot be written: Not a directory");
}

static void recording_of_another_run_is_left_to_it(void **state)
{
    struct fixture *fixture = *state;
    const struct tck_listener *listener = tck_trace_listener(fixture->trace);
    tck_cleanup(tck_trace_freep) struct tck_trace *other = NULL;
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    const struct tck_listener *its;
    tck_cleanup(tck_freep) char *text = NULL;
    void *scenario = begin(fixture, 0), *again;

    assert_int_equal(tck_trace_new(fixture->directory, "run-2", &other, NULL), 0);
    its = tck_trace_listener(other);
    its->known(its->context, &fixture->report.run, NULL, tck_bytes("", 0));
    again = its->begin(its->context, fixture->report.results[0], fixture->builtin, 0);
    its->end(again, fixture->report.results[0]);
    assert_int_equal(its->conclude(its->context, &err), TCK_KIT);
    assert_string_equal(err.text, "cannot be written: another run is writing it");
    listener->end(scenario, fixture->report.results[0]);
    text = content_of(fixture, "es/state/one.jsonl");
    assert_ptr_equal(strstr(text, "\"kind\":\"verdict\""), strrchr(text, '{') + 1);
    assert_int_equal(listener->conclude(listener->context, NULL), 0);
}

static void directory_that_cannot_be_made_is_told_before_anything_runs(void **state)
{
    tck_cleanup(tck_error_done) struct tck_error err = { 0 };
    struct tck_trace *trace = NULL;

    (void)state;
    assert_int_equal(tck_trace_new("/proc/no/traces", "", &trace, &err), TCK_KIT);
    assert_string_equal(err.name, "/proc/no");
    assert_null(trace);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(recording_reads_back_whatever_names_and_texts_are_in_it),    TEST(line_is_there_before_the_scenario_ends),
        TEST(message_that_is_too_long_to_read_has_its_bytes_alone),       TEST(types_of_the_candidate_lie_beside_once),
        TEST(what_cannot_be_written_is_told_once_and_at_the_end),         TEST(recording_of_another_run_is_left_to_it),
        TEST(directory_that_cannot_be_made_is_told_before_anything_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
