/* SPDX-License-Identifier: Apache-2.0 */
#include "report_fixture.h"
#include "testing.h"

static const char requirements[] =
    "- {id: ES-STATE-1, level: must, text: A new entity is empty., source: event_sourced.proto}\n";
static const char suite[] =
    "suite: state\nrole: user-function\nprotocol: event-sourced\n"
    "services: [cloudstate.tck.model.EventSourcedTckModel]\ndefaults: {command: Process}\nscenarios:\n"
    "- {name: one, covers: [ES-STATE-1], upstream: event-sourced | model | verify one, steps: [init: ]}\n"
    "- {name: two, covers: [ES-STATE-1], why: 'it ]]> matters', steps: [init: ]}\n"
    "- {name: three, steps: [init: ]}\n- {name: four, steps: [init: ]}\n- {name: five, steps: [init: ]}\n";

static void load(struct report_fixture *fixture)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

    assert_int_equal(tck_spec_new(&fixture->spec, NULL), 0);
    tck_spec_parse_requirements(fixture->spec, "requirements.yaml", tck_bytes(requirements, sizeof requirements - 1),
                                &errors);
    tck_spec_parse(fixture->spec, "specs/es/state.yaml", "es/state", tck_bytes(suite, sizeof suite - 1), &errors);
    tck_spec_finish(fixture->spec, &errors);
    if (errors.count)
        fail_msg("%s", errors.items[0].text);
}

static void fill(struct tck_result *result, enum tck_cause cause, const char *reason)
{
    static const struct tck_transcript_line transcript[] = { { TCK_MS(1), "main", "->", "init { }" },
                                                             { TCK_MS(2), "other", "<-", HOSTILE } };
    static const struct tck_result_difference difference = { "reply.events[0].value", "\"A\"", HOSTILE };
    static const struct tck_remark remark = { "ES-STATE-1", HOSTILE, TCK_LEVEL_SHOULD };

    result->cause = cause;
    result->verdict = tck_cause_verdict(cause);
    result->reason = reason;
    result->duration = TCK_MS(12);
    result->repetition = 1;
    if (cause == TCK_CAUSE_NONE || result->verdict == TCK_VERDICT_SKIPPED)
        return;
    result->rule = "ES-STATE-1";
    result->step = 2;
    result->step_place = (struct tck_place){ "specs/es/state.yaml", 9, 7 };
    result->step_text = HOSTILE;
    result->differences = &difference;
    result->difference_count = 1;
    result->transcript = transcript;
    result->transcript_count = 2;
    result->transcript_dropped = 5;
    result->deviations = result->choices = &remark;
    result->deviation_count = result->choice_count = 1;
    result->candidate_output = "line one\n" HOSTILE "\n";
}

/* The fifth is known to fail, the first is known to be flaky, and one entry shows nothing any more. */
static void know(struct report_fixture *fixture)
{
    static const struct tck_known_fact failing = {
        TCK_KNOWN_FAILING, { "known.yaml", 3, 5 }, "known " HOSTILE, "2027-03-01", NULL
    };
    static const struct tck_known_fact flaky = { TCK_KNOWN_FLAKY, { "known.yaml", 9, 5 }, "odd " HOSTILE, NULL, NULL };
    static const char *const troubles[] = { "known.yaml:12: " HOSTILE };
    static struct tck_flaky_rate rate = { .fact = &flaky, .failed = 3, .runs = 10 };

    fixture->results[4]->known = &failing;
    fixture->results[4]->verdict = TCK_VERDICT_KNOWN;
    fixture->results[0]->known = &flaky;
    rate.scenario = fixture->results[0]->scenario;
    fixture->run.known = (struct tck_run_known){
        .file = "known.yaml", .troubles = troubles, .trouble_count = 1, .rates = &rate, .rate_count = 1
    };
}

void report_fixture_init(struct report_fixture *fixture)
{
    static const enum tck_cause causes[] = { TCK_CAUSE_NONE, TCK_CAUSE_DIFFERENCE, TCK_CAUSE_NOT_OFFERED,
                                             TCK_CAUSE_TIMEOUT, TCK_CAUSE_DIFFERENCE };

    memset(fixture, 0, sizeof *fixture);
    load(fixture);
    for (size_t i = 0; i < REPORT_FIXTURE_RESULTS; i++) {
        assert_int_equal(tck_result_new(tck_spec_suite(fixture->spec, 0)->scenarios[i], &fixture->results[i], NULL), 0);
        fill(fixture->results[i], causes[i], i == 0 ? NULL : "because " HOSTILE);
    }
    know(fixture);
    for (size_t i = 0; i < REPORT_FIXTURE_RESULTS; i++)
        fixture->run.count[fixture->results[i]->verdict]++;
    fixture->results[1]->blame = TCK_BLAME_PROXY;
    fixture->run.kit_version = "0.0";
    fixture->run.candidate =
        (struct tck_candidate_facts){ .name = HOSTILE, .service_name = HOSTILE, .protocol_minor = 2 };
    fixture->run.seed = 42;
    fixture->run.jobs = 1;
    fixture->run.planned = fixture->run.result_count = REPORT_FIXTURE_RESULTS;
    fixture->run.results = fixture->results;
    fixture->run.duration = TCK_MS(40);
    fixture->run.started_at.tv_sec = 1000000000;
}

void report_fixture_done(struct report_fixture *fixture)
{
    for (size_t i = 0; i < REPORT_FIXTURE_RESULTS; i++)
        tck_result_free(fixture->results[i]);
    tck_spec_free(fixture->spec);
}

int report_fixture_play(struct report_fixture *fixture, struct tck_sink *sink, struct tck_error *err)
{
    if (sink->methods->run_started)
        sink->methods->run_started(sink, &fixture->run);
    for (size_t i = 0; i < REPORT_FIXTURE_RESULTS; i++) {
        if (sink->methods->scenario_started)
            sink->methods->scenario_started(sink, &fixture->run, fixture->results[i]->scenario);
        if (sink->methods->scenario_ended)
            sink->methods->scenario_ended(sink, &fixture->run, fixture->results[i]);
    }
    return sink->methods->run_ended(sink, &fixture->run, err);
}
