/* SPDX-License-Identifier: Apache-2.0
 *
 * From what was found to the verdict: causes, levels, rules of the judges, and all that a result tells.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include "base/suggest.h"
#include "engine_answers.h"
#include "engine_fixture.h"

#define ES TCK_PROTOCOL_EVENT_SOURCED
#define AC TCK_PROTOCOL_ACTION

#define COMMAND "- init:\n- command: {id: x}\n"

// clang-format off
static const struct engine_case causes[] = {
    /* Waiting has an end, and says for what. */
    { ES, "within: 30ms", COMMAND "- command: {id: x}\n  reply: {message: A}\n", "call\nat 2\nstay\n",
      "timeout: waited 30 ms for the reply to command 2" },
    { ES, NULL, COMMAND "- expect: {reply: {message: A}}\n  within: 30ms\n", "call\nat 2\nstay\n",
      "timeout: waited 30 ms for the reply to command 1" },
    { ES, "timeout: 30ms", COMMAND "- expect: {reply: {message: A}}\n", "call\nat 2\nstay\n",
      "timeout: the 30 ms of the whole scenario were over while waiting for the reply to command 1" },
    { ES, "within: 30ms", "- init:\n- passivate:\n", "call\nat half-close\nstay\n",
      "timeout: waited 30 ms for the end of the stream with OK" },
    { AC, "within: 30ms", "- unary: {groups: []}\n  reply: {}\n", "call\nat 1\nstay\n",
      "timeout: waited 30 ms for the response of the action" },
    /* Bytes that are no message are an answer, not an accident. */
    { ES, NULL, COMMAND "- expect: {reply: {message: A}}\n", "call\nat 2\n< hex 0affff\n",
      "undecodable-message: expected the reply to command 1, but what arrived is no cloudstate.eventsourced.EventSourcedStreamOut: **" },
    { ES, NULL, COMMAND "- ended:\n", "call\nat 2\n< hex ffff\n",
      "undecodable-message: expected the end of the stream, but what arrived is no **" },
    { ES, NULL, COMMAND "- expect: {reply: {message: A}}\n", "call\nat 2\nend INTERNAL boom\n",
      "stream-ended: expected the reply to command 1, but the stream ended with INTERNAL: boom" },
    /* After the last step */
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("1", "A", "") ANSWERS("1", "B", ""),
      "unexpected-message: a message that no step expected arrived on 'main': reply { command_id: 1 **" },
    { ES, NULL, COMMAND, "call\nat half-close\n" ANSWERS("1", "A", "") "end OK\n",
      "unexpected-message: a message that no step expected arrived on 'main': reply { command_id: 1 **" },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("1", "A", "") "< hex ffff\n",
      "undecodable-message: what arrived on 'main' after the last step is no message: **" },
    { ES, NULL, "- init:\n", "call\nat half-close\nend INTERNAL boom\n",
      "stream-ended: after the last step, the stream 'main' ended with INTERNAL: boom" },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("1", "A", "") "at half-close\nstay\n", "passed" },
    { ES, NULL, COMMAND "  reply: {message: A}\n  on: main\n- init:\n  on: b\n- command: {id: x}\n  on: b\n",
      "call\nat 2\n" ANSWERS("1", "A", "") "call\nat 2\n" ANSWERS("1", "B", ""),
      "unexpected-message: a message that no step expected arrived on 'b': **" },
    /* After a failure of the stream any end will do. */
    { ES, NULL, "- init:\n- init:\n- stream_failure:\n", "call\nat 2\n< {failure: {description: twice}}\nend INTERNAL boom\n", "passed" },
    /* A judge sees what the scenario does not look at. */
    { ES, NULL, COMMAND "- receive: {$any: }\n", "call\nat 2\n" ANSWERS("7", "A", ""), "rule: reply **7**" },
    { ES, NULL, "- init:\n- closed:\n", "call\nat 1\nend OK\n", "rule: the stream ends with OK before the proxy half-closed it" },
    { ES, NULL, "- init:\n- half_close:\n- receive: {$any: }\n", "call\nat half-close\n" ANSWERS("1", "A", "") "end OK\n", "rule: **" },
    /* What the scenario breaks itself, on purpose, is nobody's fault. */
    { ES, NULL, "- init:\n- init:\n- either:\n    - as: a failure\n      stream_failure:\n    - as: an end\n      ended:\n",
      "call\nat 2\nend INTERNAL boom\n", "passed; took: an end" },
    /* Discovery and error reports */
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n  spec: {$partial: {service_info: {$partial: {support_library_name: fixture}}}}\n", NULL, "passed" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n  spec: {$partial: {service_info: {$partial: {support_library_name: other}}}}\n", NULL,
      "difference: the EntitySpec is not as expected: service_info.support_library_name: expected \"other\", was \"fixture\"" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n", "discover end UNIMPLEMENTED nope\n",
      "stream-ended: /cloudstate.EntityDiscovery/discover was answered with UNIMPLEMENTED: nope" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n  within: 30ms\n", "discover stay\n",
      "timeout: waited 30 ms for the answer of /cloudstate.EntityDiscovery/discover" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n", "discover hex ffff\n",
      "undecodable-message: what /cloudstate.EntityDiscovery/discover answered is no cloudstate.EntitySpec: **" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n", "discover {proto: {hex: 'ff'}}\n",
      "difference: the EntitySpec is not consistent: its descriptor set is broken: **" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n", "discover {entities: [{service_name: no.Such}]}\n",
      "difference: the EntitySpec is not consistent: the service 'no.Such' is declared, but no file of the descriptor set defines it" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n", "discover {entities: [{service_name: a}, {service_name: a}]}\n", "difference: **" },
    { TCK_PROTOCOL_DISCOVERY, NULL, "- report_error: something is wrong\n", NULL, "passed" },
    /* The scenario's own slips that only the run can show are not the candidate's. */
    { ES, NULL, COMMAND "  reply: {}\n  events: {$capture: events}\n- command: {id: '${events}'}\n",
      "call\nat 2\n" ANSWERS("1", "''", ", events: [" PERSISTED("A") "]"),
      "scenario-mistake: t.yaml:13:23: the variable 'events' is a list and cannot be part of a string" },
};

#define WRONG "call\nat 2\n" ANSWERS("1", "B", "") "at 3\n" ANSWERS("2", "B", "")
#define TWICE COMMAND "  reply: {message: A}\n  level: should\n- command: {id: x}\n  reply: {message: B}\n- passivate:\n"
#define DEVIATION "the reply to command 1 is not as expected: reply.client_action.reply.payload.message: expected \"A\", was \"B\""
static const struct engine_case levels[] = {
    { ES, "level: should", COMMAND "  reply: {message: A}\n", WRONG, "passed; should: " DEVIATION },
    { ES, "level: upstream", COMMAND "  reply: {message: A}\n", WRONG, "passed; upstream: " DEVIATION },
    { ES, "level: may", COMMAND "  reply: {message: A}\n", WRONG, "passed; took: " DEVIATION },
    /* A step of a lower level does not keep the scenario from going on. */
    { ES, NULL, TWICE, WRONG, "passed; should: " DEVIATION },
    { ES, NULL, TWICE, "call\nat 2\n" ANSWERS("1", "B", "") "at 3\n" ANSWERS("2", "C", ""),
      "difference: the reply to command 2 is not as expected: **" },
    { ES, "level: should", COMMAND "  reply: {message: A}\n  within: 30ms\n", "call\nat 2\nstay\n",
      "passed; should: waited 30 ms for the reply to command 1" },
};
// clang-format on

static void causes_are_told_with_what_was_awaited(void **state)
{
    engine_fixture_check(*state, causes, TCK_COUNT(causes));
}

static void levels_below_must_are_deviations(void **state)
{
    engine_fixture_check(*state, levels, TCK_COUNT(levels));
}

static const struct tck_result *run_with(struct engine_fixture *fixture, const char *extra, const char *steps,
                                         const char *candidate, bool strict, bool upstream)
{
    engine_fixture_answer(fixture, candidate);
    engine_fixture_world(fixture)->strict = strict;
    engine_fixture_world(fixture)->upstream = upstream;
    return engine_fixture_run(fixture, engine_fixture_scenario(fixture, ES, extra, steps));
}

static void strict_and_upstream_fail_what_else_deviates(void **state)
{
    static const struct {
        const char *level;
        bool strict, upstream;
        enum tck_verdict verdict;
    } rows[] = {
        { "level: should", true, false, TCK_VERDICT_FAILED },   { "level: should", false, true, TCK_VERDICT_PASSED },
        { "level: upstream", true, false, TCK_VERDICT_FAILED }, { "level: upstream", false, true, TCK_VERDICT_FAILED },
        { "level: may", true, true, TCK_VERDICT_PASSED },       { "level: must", false, false, TCK_VERDICT_FAILED },
    };

    for (size_t i = 0; i < TCK_COUNT(rows); i++)
        assert_int_equal(
            run_with(*state, rows[i].level, COMMAND "  reply: {message: A}\n", WRONG, rows[i].strict, rows[i].upstream)
                ->verdict,
            rows[i].verdict);
}

/* The rule of a reply to a command that was never sent, at another level. */
static const struct tck_spec *spec_with_level(struct tck_spec **spec, const char *rule, const char *level)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    char yaml[256];

    snprintf(yaml, sizeof yaml, "- {id: %s, level: %s, text: t, source: s}\n", rule, level);
    assert_int_equal(tck_spec_new(spec, NULL), 0);
    assert_int_equal(tck_spec_parse_requirements(*spec, "r.yaml", tck_bytes(yaml, strlen(yaml)), &errors), 0);
    return *spec;
}

static const struct tck_result *end_early(struct engine_fixture *fixture, const struct tck_spec *spec, bool strict)
{
    engine_fixture_answer(fixture, "call\nat 1\nend OK\n");
    engine_fixture_world(fixture)->spec = spec;
    engine_fixture_world(fixture)->strict = strict;
    return engine_fixture_run(fixture, engine_fixture_scenario(fixture, ES, NULL, "- init:\n- closed:\n"));
}

static void rules_of_judges_count_by_their_level(void **state)
{
    const struct tck_result *result = end_early(*state, NULL, false);
    struct tck_spec *spec;
    char rule[64];

    assert_int_equal(result->cause, TCK_CAUSE_RULE);
    snprintf(rule, sizeof rule, "%s", result->rule);

    result = end_early(*state, spec_with_level(&spec, rule, "should"), false);
    assert_int_equal(result->verdict, TCK_VERDICT_PASSED);
    assert_int_equal(result->deviation_count, 1);
    assert_string_equal(result->deviations[0].rule, rule);
    assert_int_equal(end_early(*state, spec, true)->cause, TCK_CAUSE_RULE);
    tck_spec_free(spec);

    result = end_early(*state, spec_with_level(&spec, rule, "may"), false);
    assert_int_equal(result->verdict, TCK_VERDICT_PASSED);
    assert_int_equal(result->deviation_count, 0);
    assert_int_equal(result->choice_count, 1);
    assert_string_equal(result->choices[0].rule, rule);
    tck_spec_free(spec);
}

/* The level excuses what the step found, not what a judge found in the same message. */
static void level_of_a_scenario_excuses_no_breach_of_a_stronger_rule(void **state)
{
    const struct tck_result *result = run_with(*state, "level: should", COMMAND "  reply: {message: A}\n",
                                               "call\nat 2\n" ANSWERS("7", "A", ""), false, false);

    assert_int_equal(result->verdict, TCK_VERDICT_FAILED);
    assert_int_equal(result->cause, TCK_CAUSE_RULE);
    assert_int_equal(result->deviation_count, 1);
}

static void a_failure_names_the_rule_that_the_step_covers_first(void **state)
{
    struct engine_fixture *fixture = *state;
    const struct tck_result *result;

    result =
        run_with(fixture, "covers: [A-B-1]", COMMAND "  reply: {message: A}\n  covers: [C-D-1]\n", WRONG, false, false);
    assert_string_equal(result->rule, "C-D-1");
    result = run_with(fixture, "covers: [A-B-1]", COMMAND "  reply: {message: A}\n", WRONG, false, false);
    assert_string_equal(result->rule, "A-B-1");
    /* What a judge found in that very message says more. */
    result = run_with(fixture, "covers: [A-B-1]", COMMAND "  reply: {message: A}\n",
                      "call\nat 2\n" ANSWERS("7", "A", ""), false, false);
    assert_int_equal(result->cause, TCK_CAUSE_DIFFERENCE);
    assert_string_not_equal(result->rule, "A-B-1");
}

static void a_failed_result_tells_all_that_is_known(void **state)
{
    const struct tck_result *result =
        run_with(*state, NULL,
                 "- init:\n- repeat: {times: 2}\n  steps:\n    - command: {id: x}\n      reply: {message: A}\n      "
                 "events: []\n",
                 "call\nat 2\n" ANSWERS("1", "A", "") "at 3\n" ANSWERS("2", "B", ", events: [" PERSISTED("A") "]"),
                 false, false);

    assert_int_equal(result->verdict, TCK_VERDICT_FAILED);
    assert_int_equal(result->step, 2);
    assert_int_equal(result->step_place.line, 12);
    assert_non_null(strstr(result->step_text, "command: {id: "));
    assert_int_equal(result->difference_count, 2);
    assert_string_equal(result->differences[0].path, "reply.client_action.reply.payload.message");
    assert_string_equal(result->differences[0].expected, "\"A\"");
    assert_string_equal(result->differences[0].actual, "\"B\"");
    assert_string_equal(result->differences[1].path, "reply.events[0]");
    assert_int_equal(result->transcript_count, 6);
    assert_string_equal(result->transcript[1].arrow, "->");
    assert_string_equal(result->transcript[1].conversation, "main");
    assert_true(tck_glob_match("init { ** }", result->transcript[1].text));
    assert_string_equal(result->transcript[5].arrow, "<-");
    assert_true(result->transcript[5].at >= result->transcript[1].at);
    assert_true(result->duration >= result->transcript[5].at);
}

static void a_passed_result_has_no_transcript_unless_asked_for(void **state)
{
    static const char right[] = "call\nat 2\n" ANSWERS("1", "A", "");
    const char *steps = COMMAND "  reply: {message: A}\n- passivate:\n";
    struct engine_fixture *fixture = *state;

    assert_int_equal(run_with(fixture, NULL, steps, right, false, false)->transcript_count, 0);
    engine_fixture_answer(fixture, right);
    engine_fixture_world(fixture)->transcripts = true;
    assert_int_equal(engine_fixture_run(fixture, engine_fixture_scenario(fixture, ES, NULL, steps))->transcript_count,
                     6);
}

struct traced {
    size_t lines, ends;
    char last[64];
};

static void *begin(void *context, const struct tck_result *result, const struct tck_pool *pool, int64_t began)
{
    assert_string_equal(result->scenario->id, "t/s");
    assert_non_null(pool);
    assert_true(began > 0);
    return context;
}

static void hear(void *context, const struct tck_recorded *line)
{
    struct traced *traced = context;

    traced->lines++;
    assert_int_equal(line->stream, 1);
    assert_string_equal(line->protocol, "event-sourced");
    snprintf(traced->last, sizeof traced->last, "%s %s", tck_recorded_word(line->kind), line->text);
}

static void hear_end(void *context, const struct tck_result *result)
{
    struct traced *traced = context;

    traced->ends++;
    assert_int_equal(result->verdict, TCK_VERDICT_PASSED);
}

static void listener_hears_of_every_line_and_of_the_result(void **state)
{
    struct engine_fixture *fixture = *state;
    struct traced traced = { 0 };
    const struct tck_listener listener = { .context = &traced, .begin = begin, .line = hear, .end = hear_end };

    engine_fixture_answer(fixture, "call\nat 2\n" ANSWERS("1", "A", ""));
    engine_fixture_world(fixture)->listener = &listener;
    engine_fixture_run(fixture,
                       engine_fixture_scenario(fixture, ES, NULL, COMMAND "  reply: {message: A}\n- passivate:\n"));
    assert_int_equal(traced.lines, 7); /* the last is for listeners alone */
    assert_int_equal(traced.ends, 1);
    assert_string_equal(traced.last, "concluded ");
}

static volatile sig_atomic_t interrupted;

static void interrupt(void *context, const struct tck_recorded *line)
{
    (void)context;
    if (line->flow == TCK_SENT)
        interrupted = SIGINT;
}

static void an_interruption_ends_a_wait_at_once(void **state)
{
    struct engine_fixture *fixture = *state;
    const struct tck_listener listener = { .begin = begin, .line = interrupt };
    const struct tck_result *result;

    engine_fixture_answer(fixture, "call\nat 1\nstay\n");
    engine_fixture_world(fixture)->interrupted = &interrupted;
    engine_fixture_world(fixture)->listener = &listener;
    interrupted = 0;
    result = engine_fixture_run(fixture,
                                engine_fixture_scenario(fixture, ES, "within: 60s", COMMAND "  reply: {message: A}\n"));
    assert_int_equal(result->cause, TCK_CAUSE_INTERRUPTED);
    assert_int_equal(result->verdict, TCK_VERDICT_ERRORED);
    assert_true(result->duration < TCK_SECONDS(10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_told_with_what_was_awaited),
        cmocka_unit_test(levels_below_must_are_deviations),
        cmocka_unit_test(strict_and_upstream_fail_what_else_deviates),
        cmocka_unit_test(rules_of_judges_count_by_their_level),
        cmocka_unit_test(level_of_a_scenario_excuses_no_breach_of_a_stronger_rule),
        cmocka_unit_test(a_failure_names_the_rule_that_the_step_covers_first),
        cmocka_unit_test(a_failed_result_tells_all_that_is_known),
        cmocka_unit_test(a_passed_result_has_no_transcript_unless_asked_for),
        cmocka_unit_test(listener_hears_of_every_line_and_of_the_result),
        cmocka_unit_test(an_interruption_ends_a_wait_at_once),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
