/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose fault is it? A proxy and a user function that do what is written down, with a tap between them: the proxy's part
 * is played by a scenario of role user-function, the user function's by a script. A second scenario then looks at what
 * passed.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>
#include <stdlib.h>

#include "base/suggest.h"
#include "engine_answers.h"
#include "engine_fixture.h"

struct blame_fixture {
    struct engine_fixture *fixture;
    struct tck_tap *tap;
};

struct blame_case {
    const char *proxy;         /* steps */
    const char *user_function; /* script */
    const char *role, *steps;  /* of the scenario that looks on */
    const char *wanted;        /* "passed…", or "<blame> <cause> <rule>: <reason>" as a glob */
};

#define INIT           "- init: {entity: e}\n"
#define SENDS_A        "- command: {id: e, actions: [emit: {value: A}]}\n"
#define SEES_A         SENDS_A "  reply: {message: A}\n  events: [{value: A}]\n"
#define ANSWERS_A(id)  ANSWERS(id, "A", ", events: [" PERSISTED("A") "]")
#define CALL_WITH(...) "call\nat 2\n" __VA_ARGS__

static int setup(void **state)
{
    struct blame_fixture *blame = calloc(1, sizeof *blame);
    struct tck_error err = { 0 };

    assert_non_null(blame);
    blame->fixture = engine_fixture_new();
    if (tck_tap_new(
            &(struct tck_tap_options){ .address = "127.0.0.1:0", .target = engine_fixture_address(blame->fixture) },
            &blame->tap, &err) < 0)
        fail_msg("%s", err.text);
    engine_fixture_connect(blame->fixture, tck_tap_address(blame->tap));
    *state = blame;
    return 0;
}

static int teardown(void **state)
{
    struct blame_fixture *blame = *state;

    tck_tap_free(blame->tap);
    engine_fixture_free(blame->fixture);
    free(blame);
    return 0;
}

static void describe(const struct tck_result *result, struct tck_buffer *out)
{
    if (result->verdict != TCK_VERDICT_PASSED) {
        tck_buffer_printf(out, "%s %s %s: %s", tck_blame_word(result->blame), tck_cause_word(result->cause),
                          result->rule ? result->rule : "-", result->reason);
        return;
    }
    tck_buffer_puts(out, "passed");
    for (size_t i = 0; i < result->deviation_count; i++)
        tck_buffer_printf(out, "; %s: %s", result->deviations[i].rule, result->deviations[i].text);
}

static const struct tck_result *run(struct blame_fixture *blame, enum tck_protocol protocol,
                                    const struct blame_case *with)
{
    engine_fixture_answer(blame->fixture, with->user_function);
    engine_fixture_run(blame->fixture, engine_fixture_scenario(blame->fixture, protocol, "timeout: 2s", with->proxy));
    engine_fixture_world(blame->fixture)->tap = blame->tap;
    return engine_fixture_run(
        blame->fixture, engine_fixture_scenario_of(blame->fixture, with->role, protocol, "within: 300ms", with->steps));
}

static void check(struct blame_fixture *blame, enum tck_protocol protocol, const struct blame_case *cases, size_t count)
{
    size_t wrong = 0;

    for (size_t i = 0; i < count; i++) {
        tck_cleanup(tck_buffer_done) struct tck_buffer told = TCK_BUFFER_INIT(1 << 20);
        const struct tck_result *result = run(blame, protocol, &cases[i]);

        describe(result, &told);
        if (tck_glob_match(cases[i].wanted, tck_buffer_string(&told)))
            continue;
        wrong++;
        printf("case %zu\n  wanted %s\n  was    %s\n", i, cases[i].wanted, tck_buffer_string(&told));
        for (size_t line = 0; line < result->transcript_count; line++)
            printf("    %s %s\n", result->transcript[line].arrow, result->transcript[line].text);
    }
    if (wrong)
        fail_msg("%zu of %zu cases differ", wrong, count);
}

static void conversation_that_keeps_the_rules_passes(void **state)
{
    static const struct blame_case cases[] = {
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH(ANSWERS_A("1")), "pair", INIT SEES_A, "passed" },
        { INIT SENDS_A "  reply: {message: A}\n  events: [{value: A}]\n- passivate:\n", CALL_WITH(ANSWERS_A("1")),
          "pair", INIT SEES_A "- passivate:\n", "passed" },
    };

    check(*state, TCK_PROTOCOL_EVENT_SOURCED, cases, TCK_COUNT(cases));
}

static void rule_that_the_proxy_breaks_is_held_against_it_in_both_roles(void **state)
{
    static const struct blame_case cases[] = {
        { INIT SENDS_A "  id: 1\n- expect: {reply: {message: A}, events: [{value: A}]}\n" SENDS_A
                       "  id: 1\n- expect: {reply: {message: A}, events: [{value: A}]}\n",
          CALL_WITH(ANSWERS_A("1") "at 3\n" ANSWERS_A("1")), "proxy",
          INIT SEES_A SENDS_A "  id: 1\n  reply: {message: A}\n  events: [{value: A}]\n",
          "proxy rule *: the proxy of 'main': *" },
        { INIT SENDS_A "  id: 1\n- expect: {reply: {message: A}, events: [{value: A}]}\n" SENDS_A
                       "  id: 1\n- expect: {reply: {message: A}, events: [{value: A}]}\n",
          CALL_WITH(ANSWERS_A("1") "at 3\n" ANSWERS_A("1")), "pair",
          INIT SEES_A SENDS_A "  id: 1\n  reply: {message: A}\n  events: [{value: A}]\n",
          "proxy rule *: the proxy of 'main': *" },
    };

    check(*state, TCK_PROTOCOL_EVENT_SOURCED, cases, TCK_COUNT(cases));
}

static void rule_that_the_user_function_breaks_fails_a_pair_and_is_noted_for_a_proxy(void **state)
{
    static const struct blame_case cases[] = {
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH(ANSWERS_A("7")), "pair", INIT SENDS_A "- receive: {$any: }\n",
          "user-function rule *: the user function of 'main': *7*" },
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH(ANSWERS_A("7")), "proxy",
          INIT SENDS_A "- receive: {$any: }\n- abort:\n", "passed; *: the user function of 'main': *7*" },
    };

    check(*state, TCK_PROTOCOL_EVENT_SOURCED, cases, TCK_COUNT(cases));
}

static void difference_is_the_fault_of_the_side_that_said_it(void **state)
{
    static const struct blame_case cases[] = {
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH(ANSWERS_A("1")), "pair",
          INIT "- command: {id: e, actions: [emit: {value: B}]}\n",
          "proxy difference -: the proxy's command 1 is not as expected: **" },
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH(ANSWERS("1", "B", "")), "pair", INIT SEES_A,
          "user-function difference -: the reply to command 1 is not as expected: **" },
        { INIT SENDS_A "- silence: 50ms\n", CALL_WITH("stay\n"), "pair", INIT SEES_A,
          "proxy stream-ended -: expected the reply to command 1, but the stream ended with CANCELLED: the proxy reset "
          "it" },
        { INIT SENDS_A "- silence: 50ms\n- abort:\n", CALL_WITH("stay\n"), "pair", INIT SENDS_A "- abort:\n",
          "passed" },
        { INIT SENDS_A "- receive: {$any: }\n", CALL_WITH("< hex 0aff\n"), "pair", INIT SEES_A,
          "user-function undecodable-message *: expected the reply to command 1, but what arrived is no **" },
        { INIT "- send_bytes: {hex: 0aff}\n- silence: 50ms\n", CALL_WITH("stay\n"), "pair", INIT SENDS_A,
          "proxy undecodable-message *: expected the proxy's command 1, but what the proxy sent is no **" },
        { INIT SENDS_A "- ended:\n", CALL_WITH("end INTERNAL boom\n"), "pair", INIT SENDS_A,
          "user-function stream-ended ST-END-2: after the last step, 'main' ended with INTERNAL: boom" },
    };

    check(*state, TCK_PROTOCOL_EVENT_SOURCED, cases, TCK_COUNT(cases));
}

/* A client of gRPC that wants one answer may let go of the call as soon as it has that. Where there are more answers to
 * come, or this one did not come, something is lost. */
static void proxy_that_has_the_one_answer_may_reset_the_call(void **state)
{
    static const struct blame_case cases[] = {
        { "- streamed_in:\n- message: {groups: [{steps: [{reply: {message: e}}]}]}\n- half_close:\n- expect:\n  reply: "
          "{message: A}\n  within: 50ms\n",
          "call\nat half-close\n" ACTION_ANSWERS("A", "") "stay\n", "proxy",
          "- streamed_in:\n- message: {groups: [{steps: [{reply: {message: e}}]}]}\n- half_close:\n- expect: {reply: "
          "{message: A}}\n",
          "passed" },
        { "- streamed_in:\n- message: {groups: [{steps: [{reply: {message: e}}]}]}\n- half_close:\n- silence: 50ms\n",
          "call\nat half-close\nstay\n", "proxy",
          "- streamed_in:\n- message: {groups: [{steps: [{reply: {message: e}}]}]}\n- half_close:\n- expect: {reply: "
          "{message: A}}\n",
          "proxy stream-ended *: expected the response of the action, but the stream ended with CANCELLED: the proxy "
          "reset it" },
        { "- streamed_out: {groups: [{steps: [{reply: {message: e}}]}]}\n- expect: {reply: {message: A}}\n- silence: "
          "50ms\n",
          "call\nat 1\n" ACTION_ANSWERS("A", "") "stay\n", "proxy",
          "- streamed_out: {groups: [{steps: [{reply: {message: e}}]}]}\n- expect: {reply: {message: A}}\n- expect: "
          "{reply: {message: B}}\n",
          "proxy stream-ended *: expected the response of the action, but the stream ended with CANCELLED: the proxy "
          "reset it" },
    };

    check(*state, TCK_PROTOCOL_ACTION, cases, TCK_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conversation_that_keeps_the_rules_passes, setup, teardown),
        cmocka_unit_test_setup_teardown(rule_that_the_proxy_breaks_is_held_against_it_in_both_roles, setup, teardown),
        cmocka_unit_test_setup_teardown(rule_that_the_user_function_breaks_fails_a_pair_and_is_noted_for_a_proxy, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(difference_is_the_fault_of_the_side_that_said_it, setup, teardown),
        cmocka_unit_test_setup_teardown(proxy_that_has_the_one_answer_may_reset_the_call, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
