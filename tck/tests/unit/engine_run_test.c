/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole runs: a plan against a candidate, from the first discovery to the last sink.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/suggest.h"
#include "engine/run.h"
#include "engine_answers.h"
#include "engine_fixture.h"

/* --- a sink that counts --- */

struct counting_sink {
    struct tck_sink base;
    size_t started, scenarios_started, ended, run_ended, most_at_once, at_once;
    bool exclusive_alone;
    volatile sig_atomic_t *interrupt; /* set when the first scenario ends */
    int answer;                       /* of run_ended */
};

static void run_started(struct tck_sink *sink, const struct tck_run *run)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    assert_true(run->planned > 0);
    counting->started++;
}

static void scenario_started(struct tck_sink *sink, const struct tck_run *run, const struct tck_scenario *scenario)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    (void)run;
    counting->scenarios_started++;
    if (scenario->exclusive && counting->at_once > 0)
        counting->exclusive_alone = false;
    if (++counting->at_once > counting->most_at_once)
        counting->most_at_once = counting->at_once;
}

static void scenario_ended(struct tck_sink *sink, const struct tck_run *run, const struct tck_result *result)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    (void)run;
    assert_non_null(result->scenario);
    assert_true(result->verdict == TCK_VERDICT_PASSED || result->reason);
    counting->ended++;
    if (counting->at_once > 0)
        counting->at_once--;
    if (counting->interrupt)
        *counting->interrupt = SIGTERM;
}

static int run_ended(struct tck_sink *sink, const struct tck_run *run, struct tck_error *err)
{
    struct counting_sink *counting = (struct counting_sink *)sink;

    assert_int_equal(run->result_count, run->planned);
    counting->run_ended++;
    return counting->answer < 0 ? tck_fail(err, counting->answer, TCK_NOWHERE, "the disk is full") : 0;
}

static const struct tck_sink_methods methods = { .run_started = run_started,
                                                 .scenario_started = scenario_started,
                                                 .scenario_ended = scenario_ended,
                                                 .run_ended = run_ended };

/* --- runs --- */

struct whole {
    struct tck_arena *arena;
    struct tck_plan *plan;
    struct tck_configs configs;
    struct counting_sink sink;
    struct tck_sink *sinks[1];
    struct tck_run_options options;
    struct tck_run *run;
    struct tck_error err;
    int status;
};

static void whole_init(struct whole *whole, const struct tck_spec *spec, const char *config)
{
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    struct tck_selection selection = TCK_SELECTION_ALL;

    memset(whole, 0, sizeof *whole);
    assert_int_equal(tck_arena_new(0, &whole->arena, NULL), 0);
    assert_int_equal(tck_plan_build(spec, &selection, &whole->plan, &whole->err), 0);
    if (tck_config_parse("c.yaml", "/", tck_bytes(config, strlen(config)), whole->arena, &whole->configs, &errors) < 0)
        fail_msg("%s", errors.items[0].text);
    whole->sink.base.methods = &methods;
    whole->sink.exclusive_alone = true;
    whole->sinks[0] = &whole->sink.base;
    whole->options = (struct tck_run_options){ .kit_version = "1", .jobs = 1, .sinks = whole->sinks, .sink_count = 1 };
}

static void whole_execute(struct whole *whole, const struct tck_spec *spec)
{
    whole->status =
        tck_run_execute(whole->plan, spec, &whole->configs.items[0], &whole->options, &whole->run, &whole->err);
}

static void whole_done(struct whole *whole)
{
    tck_run_free(whole->run);
    tck_plan_free(whole->plan);
    tck_arena_free(whole->arena);
    tck_error_done(&whole->err);
}

static const char *running(struct engine_fixture *fixture)
{
    static char config[128];

    snprintf(config, sizeof config, "user_function: {address: '%s', ready_timeout: 5s}\n",
             engine_fixture_address(fixture));
    return config;
}

/* The scripted user function as a process of its own; script lines are ended with '\n'. */
static const char *started(const char *script)
{
    static char config[4096];
    const char *directory = getenv("TCK_TESTS_BIN");
    size_t n;

    n = (size_t)snprintf(config, sizeof config,
                         "user_function:\n  command: ['%s/scripted-user-function']\n  ready_timeout: 20s\n  env:\n"
                         "    PORT: '{port}'\n    SCRIPT: |\n",
                         directory ? directory : ".");
    for (; *script; script += strcspn(script, "\n") + 1)
        n += (size_t)snprintf(config + n, sizeof config - n, "      %.*s\n", (int)strcspn(script, "\n"), script);
    assert_true(n < sizeof config);
    return config;
}

#define SUITE                                                  \
    "suite: t\nrole: user-function\nprotocol: event-sourced\n" \
    "services: [cloudstate.tck.model.EventSourcedTckModel]\ndefaults: {command: Process}\nscenarios:\n"
#define READS(name) "  - {name: " name ", steps: [{init: }, {command: {id: x}, reply: {message: A}}, {passivate: }]}\n"
#define RIGHT       "call\nat 2\n" ANSWERS("1", "A", "")
#define WRONG       "call\nat 2\n" ANSWERS("1", "B", "")

static void results_are_in_the_order_of_the_plan_and_sinks_hear_of_all(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b") READS("c"));
    struct whole whole;

    engine_fixture_answer(*state, RIGHT WRONG RIGHT);
    whole_init(&whole, spec, running(*state));
    whole_execute(&whole, spec);
    assert_int_equal(whole.status, 0);
    assert_int_equal(whole.run->result_count, 3);
    assert_string_equal(whole.run->results[0]->scenario->id, "t/a");
    assert_string_equal(whole.run->results[2]->scenario->id, "t/c");
    assert_int_equal(whole.run->count[TCK_VERDICT_PASSED], 2);
    assert_int_equal(whole.run->results[1]->cause, TCK_CAUSE_DIFFERENCE);
    assert_int_equal(tck_run_status(whole.run), TCK_BROKEN);
    assert_int_equal(whole.sink.started, 1);
    assert_int_equal(whole.sink.scenarios_started, 3);
    assert_int_equal(whole.sink.ended, 3);
    assert_int_equal(whole.sink.run_ended, 1);
    assert_string_equal(whole.run->candidate.library_name, "fixture");
    assert_string_equal(whole.run->candidate.user_function_address, engine_fixture_address(*state));
    whole_done(&whole);
}

static void what_the_candidate_does_not_declare_is_skipped_by_name(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a"));
    struct whole whole;

    engine_fixture_answer(*state, "discover {}\n");
    whole_init(&whole, spec, running(*state));
    whole.options.by_name = true;
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->verdict, TCK_VERDICT_SKIPPED);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_NOT_OFFERED);
    assert_string_equal(whole.run->results[0]->reason,
                        "the candidate does not declare the service cloudstate.tck.model.EventSourcedTckModel");
    assert_true(whole.run->unproven);
    assert_int_equal(tck_run_status(whole.run), TCK_UNPROVEN);
    assert_int_equal(whole.sink.scenarios_started, 0);
    whole_done(&whole);
}

static void a_service_whose_types_nobody_knows_is_skipped(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(
        *state, "suite: t\nrole: user-function\nprotocol: action\nservices: [com.example.Shop]\n"
                "defaults: {unary: Buy}\nscenarios:\n  - {name: s, steps: [{unary: {what: tea}}]}\n");
    struct whole whole;

    engine_fixture_answer(*state, "discover add com.example.Shop\n");
    whole_init(&whole, spec, running(*state));
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_NOT_OFFERED);
    assert_non_null(strstr(whole.run->results[0]->reason, "known neither to the kit nor to the candidate"));
    whole_done(&whole);
}

static void a_proxys_scenario_is_skipped_where_only_a_user_function_is_judged(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(
        *state, "suite: t\nrole: proxy\nprotocol: discovery\nscenarios:\n  - {name: s, steps: [{discover: }]}\n");
    struct whole whole;

    engine_fixture_answer(*state, NULL);
    whole_init(&whole, spec, running(*state));
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_NOT_OFFERED);
    whole_done(&whole);
}

static void a_mistake_in_a_scenario_ends_the_run_before_it_begins(void **state)
{
    const struct tck_spec *spec =
        engine_fixture_spec(*state, SUITE "  - {name: a, steps: [{init: {entity: $nobody}}]}\n");
    struct whole whole;

    whole_init(&whole, spec, "user_function: {command: [/no/such/program]}\n");
    whole_execute(&whole, spec);
    assert_int_equal(whole.status, TCK_BAD_INPUT);
    assert_int_equal(whole.err.line, 7);
    assert_int_equal(whole.sink.started, 0);
    whole_done(&whole);
}

static void failing_fast_leaves_the_rest_unrun(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b") READS("c"));
    struct whole whole;

    engine_fixture_answer(*state, WRONG RIGHT RIGHT);
    whole_init(&whole, spec, running(*state));
    whole.options.fail_fast = true;
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->verdict, TCK_VERDICT_FAILED);
    assert_int_equal(whole.run->results[1]->cause, TCK_CAUSE_NOT_RUN);
    assert_string_equal(whole.run->results[2]->reason, "not run: t/a failed, and the run was to stop then");
    assert_int_equal(whole.sink.ended, 3);
    whole_done(&whole);
}

static void an_interruption_leaves_the_rest_unrun_and_the_sinks_told(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b") READS("c"));
    volatile sig_atomic_t interrupted = 0;
    struct whole whole;

    engine_fixture_answer(*state, RIGHT RIGHT RIGHT);
    whole_init(&whole, spec, running(*state));
    whole.options.interrupted = &interrupted;
    whole.sink.interrupt = &interrupted;
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->verdict, TCK_VERDICT_PASSED);
    assert_int_equal(whole.run->results[1]->cause, TCK_CAUSE_NOT_RUN);
    assert_int_equal(whole.run->results[2]->cause, TCK_CAUSE_NOT_RUN);
    assert_int_equal(whole.run->interrupted, SIGTERM);
    assert_int_equal(tck_run_status(whole.run), TCK_UNPROVEN);
    assert_int_equal(whole.sink.run_ended, 1);
    whole_done(&whole);
}

static void a_candidate_that_is_not_there_errors_every_scenario(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b"));
    struct whole whole;

    whole_init(&whole, spec, "user_function: {address: '127.0.0.1:1', ready_timeout: 50ms}\n");
    whole_execute(&whole, spec);
    assert_int_equal(whole.status, 0);
    assert_true(whole.run->candidate_failed);
    assert_int_equal(whole.run->count[TCK_VERDICT_ERRORED], 2);
    assert_int_equal(whole.run->results[1]->cause, TCK_CAUSE_UNREACHABLE);
    assert_non_null(strstr(whole.run->problem, "127.0.0.1:1"));
    assert_int_equal(tck_run_status(whole.run), TCK_NO_SHOW);
    assert_int_equal(whole.sink.run_ended, 1);
    whole_done(&whole);
}

static void a_report_that_cannot_be_written_is_an_error_after_the_run(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a"));
    struct whole whole;

    engine_fixture_answer(*state, RIGHT);
    whole_init(&whole, spec, running(*state));
    whole.sink.answer = TCK_KIT;
    whole_execute(&whole, spec);
    assert_int_equal(whole.status, TCK_KIT);
    assert_string_equal(whole.err.text, "the disk is full");
    assert_int_equal(whole.run->count[TCK_VERDICT_PASSED], 1);
    whole_done(&whole);
}

static void scenarios_run_side_by_side_but_exclusive_ones_alone(void **state)
{
    static const char quiet[] = ", steps: [{init: }, {silence: 20ms}, {passivate: }]}\n";
    tck_cleanup(tck_buffer_done) struct tck_buffer yaml = TCK_BUFFER_INIT(1 << 16);
    const struct tck_spec *spec;
    struct whole whole;

    tck_buffer_puts(&yaml, SUITE);
    for (int i = 0; i < 12; i++)
        tck_buffer_printf(&yaml, "  - {name: s%d, exclusive: %s%s", i, i % 4 == 3 ? "true" : "false", quiet);
    spec = engine_fixture_spec(*state, tck_buffer_string(&yaml));
    engine_fixture_answer(*state, NULL);
    whole_init(&whole, spec, running(*state));
    whole.options.jobs = 4;
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->count[TCK_VERDICT_PASSED], 12);
    assert_true(whole.sink.exclusive_alone);
    assert_in_range(whole.sink.most_at_once, 2, 4);
    whole_done(&whole);
}

static void repetitions_are_numbered(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a"));
    struct tck_selection selection = TCK_SELECTION_ALL;
    struct whole whole;

    engine_fixture_answer(*state, RIGHT RIGHT);
    whole_init(&whole, spec, running(*state));
    tck_plan_free(whole.plan);
    selection.repeat = 2;
    assert_int_equal(tck_plan_build(spec, &selection, &whole.plan, NULL), 0);
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->count[TCK_VERDICT_PASSED], 2);
    assert_int_equal(whole.run->results[0]->repetition, 1);
    assert_int_equal(whole.run->results[1]->repetition, 2);
    whole_done(&whole);
}

/* --- candidates that die --- */

/* The name of a file that does not exist. */
static void name_file(char file[64])
{
    int fd;

    snprintf(file, 64, "/tmp/tck-engine-run-XXXXXX");
    fd = mkstemp(file);
    assert_true(fd >= 0);
    close(fd);
    unlink(file);
}

static void a_candidate_that_dies_is_started_again_for_those_that_follow(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b"));
    char file[64], script[1024];
    struct whole whole;

    name_file(file);
    snprintf(script, sizeof script, "call\nat 2\ndie 3 once %s\n%s", file, ANSWERS("1", "A", ""));
    whole_init(&whole, spec, started(script));
    whole_execute(&whole, spec);
    unlink(file);
    assert_int_equal(whole.status, 0);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_DIED);
    assert_true(
        tck_glob_match("the candidate exited with status 3 (expected the reply to command 1, but the stream ended with "
                       "UNAVAILABLE**)",
                       whole.run->results[0]->reason));
    assert_int_equal(whole.run->results[1]->verdict, TCK_VERDICT_PASSED);
    assert_true(whole.run->candidate_failed);
    assert_string_equal(whole.run->problem, "the candidate exited with status 3 during the run, and was started again");
    assert_int_equal(tck_run_status(whole.run), TCK_NO_SHOW);
    whole_done(&whole);
}

static void a_candidate_that_dies_between_scenarios_is_told_of(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a") READS("b"));
    char file[64], script[1024];
    struct whole whole;

    name_file(file);
    /* A second call never gets an answer: it could come in before the end of the first was noticed. After the new start
     * the second scenario's is the first. */
    snprintf(script, sizeof script, "call\nat 2\n%sat closed\ndie 4 once %s\ncall\nstay\n", ANSWERS("1", "A", ""),
             file);
    whole_init(&whole, spec, started(script));
    whole_execute(&whole, spec);
    unlink(file);
    assert_int_equal(whole.run->results[0]->verdict, TCK_VERDICT_PASSED);
    /* The second finds it dead and has it started again, or begins before that is known; it is never blamed. */
    assert_true(whole.run->results[1]->verdict == TCK_VERDICT_PASSED || whole.run->results[1]->cause == TCK_CAUSE_DIED);
    assert_true(whole.run->candidate_failed);
    assert_string_equal(whole.run->problem, "the candidate exited with status 4 during the run, and was started again");
    whole_done(&whole);
}

static void a_candidate_that_keeps_dying_is_given_up(void **state)
{
    const struct tck_spec *spec =
        engine_fixture_spec(*state, SUITE READS("a") READS("b") READS("c") READS("d") READS("e") READS("f"));
    struct whole whole;

    whole_init(&whole, spec, started("call\nat 2\ndie 7\n"));
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_DIED);
    assert_int_equal(whole.run->results[TCK_RUN_RESTARTS]->cause, TCK_CAUSE_DIED);
    assert_int_equal(whole.run->results[TCK_RUN_RESTARTS + 1]->cause, TCK_CAUSE_UNREACHABLE);
    assert_string_equal(whole.run->results[5]->reason,
                        "the candidate exited with status 7, and it was started again 3 times already");
    assert_int_equal(whole.sink.ended, 6);
    whole_done(&whole);
}

static void those_in_flight_at_a_death_are_errored_and_not_blamed(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(
        *state, SUITE "  - {name: a, steps: [{init: }, {silence: 5s}, {passivate: }]}\n"
                      "  - {name: b, steps: [{init: }, {silence: 5s}, {passivate: }]}\n"
                      "  - {name: c, steps: [{init: }, {silence: 100ms}, {command: {id: x}, reply: {message: A}}]}\n");
    struct whole whole;

    /* Which call is whose is chance: whoever sends a second message ends it. */
    whole_init(&whole, spec, started("call\nat 2\ndie 5\ncall\nat 2\ndie 5\ncall\nat 2\ndie 5\n"));
    whole.options.jobs = 3;
    whole_execute(&whole, spec);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(whole.run->results[i]->cause, TCK_CAUSE_DIED);
        assert_non_null(strstr(whole.run->results[i]->reason, "the candidate "));
    }
    whole_done(&whole);
}

static void a_candidate_that_never_becomes_ready_is_told_with_its_output(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, SUITE READS("a"));
    struct whole whole;

    whole_init(&whole, spec,
               "user_function: {command: [/bin/sh, -c, 'echo no licence >&2; exit 9'], env: {PORT: '{port}'}}\n");
    whole_execute(&whole, spec);
    assert_int_equal(whole.run->results[0]->cause, TCK_CAUSE_UNREACHABLE);
    assert_non_null(strstr(whole.run->problem, "exited with status 9"));
    assert_non_null(strstr(whole.run->problem_output, "no licence"));
    whole_done(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_in_the_order_of_the_plan_and_sinks_hear_of_all),
        cmocka_unit_test(what_the_candidate_does_not_declare_is_skipped_by_name),
        cmocka_unit_test(a_service_whose_types_nobody_knows_is_skipped),
        cmocka_unit_test(a_proxys_scenario_is_skipped_where_only_a_user_function_is_judged),
        cmocka_unit_test(a_mistake_in_a_scenario_ends_the_run_before_it_begins),
        cmocka_unit_test(failing_fast_leaves_the_rest_unrun),
        cmocka_unit_test(an_interruption_leaves_the_rest_unrun_and_the_sinks_told),
        cmocka_unit_test(a_candidate_that_is_not_there_errors_every_scenario),
        cmocka_unit_test(a_report_that_cannot_be_written_is_an_error_after_the_run),
        cmocka_unit_test(scenarios_run_side_by_side_but_exclusive_ones_alone),
        cmocka_unit_test(repetitions_are_numbered),
        cmocka_unit_test(a_candidate_that_dies_is_started_again_for_those_that_follow),
        cmocka_unit_test(a_candidate_that_dies_between_scenarios_is_told_of),
        cmocka_unit_test(a_candidate_that_keeps_dying_is_given_up),
        cmocka_unit_test(those_in_flight_at_a_death_are_errored_and_not_blamed),
        cmocka_unit_test(a_candidate_that_never_becomes_ready_is_told_with_its_output),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
