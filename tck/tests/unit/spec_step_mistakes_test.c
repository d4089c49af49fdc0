/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes in steps: each is found, alone, at its place, and said so that the author knows what to write.
 */
#include "spec_fixture.h"
#include "testing.h"

#define ES "event-sourced"
#define VE "value-entity"

// clang-format off
static const struct {
    const char *protocol, *steps;
    unsigned line, column;
    const char *says;
} mistakes[] = {
    /* no verb, or two */
    { ES, "      - comand: {}\n", 7, 9, "unknown step 'comand'; did you mean 'command'?" },
    { ES, "      - bananas: {}\n", 7, 9, "unknown step 'bananas'" },
    { ES, "      -\n", 7, 8, "a step needs one verb; this one is empty" },
    { ES, "      - {}\n", 7, 9, "a step needs one verb; this one is empty" },
    { ES, "      - on: other\n", 7, 9, "a step needs one verb; this one has none" },
    { ES, "      - init:\n        half_close:\n", 8, 9, "a step needs one verb; this one has 'init' and 'half_close'" },
    { ES, "      - reply: {}\n", 7, 9, "a step needs one verb; 'reply' is an expectation and stands beside one, as in 'expect:'" },
    { ES, "      - passivate\n", 7, 9, "a step is a map; write 'passivate:'" },
    { ES, "      - [init]\n", 7, 9, "a step is a map with one verb, found a list" },
    /* keys */
    { ES, "      - command: {}\n        replyy: {}\n", 8, 9, "unknown key 'replyy' in a 'command' step; did you mean 'reply'?" },
    { ES, "      - ended:\n        xyzzy: 1\n", 8, 9, "unknown key 'xyzzy' in a 'ended' step; it takes on, within, covers, level and note" },
    { ES, "      - init:\n        subscribe: true\n", 8, 9, "'subscribe' belongs to 'command', not to 'init'" },
    { ES, "      - init:\n        entity: x\n", 8, 9, "'entity' goes inside 'init', not beside it" },
    { ES, "      - expect: {within: 3s}\n        no_action: true\n", 7, 18, "'within' goes beside 'expect', not inside it" },
    { ES, "      - repeat: {times: 2, steps: [half_close: ]}\n        steps: [half_close: ]\n", 7, 28, "'steps' goes beside 'repeat', not inside it" },
    { ES, "      - init: {snapshots: 1}\n", 7, 16, "unknown key 'snapshots' in 'init'; did you mean 'snapshot'?" },
    /* expectations where there are none */
    { ES, "      - init:\n        reply: {}\n", 8, 9, "'init' takes no expectations, found 'reply'; they stand beside command or expect" },
    { "action", "      - streamed_in:\n        reply: {}\n", 8, 9, "'streamed_in' takes no expectations, found 'reply'; they stand beside unary, message or expect" },
    { ES, "      - passivate:\n        no_action: true\n", 8, 9, "'passivate' takes no expectations, found 'no_action'; they stand beside command or expect" },
    /* another protocol */
    { VE, "      - event: {}\n", 7, 9, "'event' is a step of event-sourced suites, and this one is value-entity" },
    { "action", "      - init:\n", 7, 9, "'init' is a step of event-sourced, value-entity or crdt suites, and this one is action" },
    { VE, "      - command: {}\n        reply: {}\n        events: []\n", 9, 9, "'events' belongs to event-sourced, and this suite is value-entity" },
    { ES, "      - command: {}\n        no_action: true\n        update: {}\n", 9, 9, "'update' belongs to value-entity or crdt, and this suite is event-sourced" },
    { ES, "      - init: {state: {}}\n", 7, 16, "'state' belongs to value-entity, and this suite is event-sourced" },
    /* kinds of values */
    { ES, "      - half_close: 1\n", 7, 21, "'half_close' takes nothing, found a number" },
    { ES, "      - init: x\n", 7, 15, "'init' takes nothing or a map, found a string" },
    { ES, "      - event:\n", 7, 15, "'event' takes a value, found nothing" },
    { ES, "      - command: {}\n        id: one\n        no_action: true\n", 8, 13, "'id' takes a whole number, found a string" },
    { ES, "      - command: {}\n        id: 1.5\n        no_action: true\n", 8, 13, "'id' takes a whole number, found '1.5'" },
    { ES, "      - command: {}\n        events: {value: A}\n", 8, 17, "'events' takes a list of patterns, found a map" },
    { ES, "      - command: {}\n        no_action: false\n", 8, 20, "'no_action' can only be true; leave it out instead" },
    { ES, "      - command: {}\n        no_action: 1\n", 8, 20, "'no_action' takes true (else leave it out), found a number" },
    { ES, "      - command: {}\n        failure: [x]\n", 8, 18, "'failure' takes a description or {description, restart}, found a list" },
    { ES, "      - command: {}\n        failure: {restart: true}\n", 8, 18, "'failure' needs 'description' (what the failure must say)" },
    { ES, "      - command: {}\n        metadata: [x]\n        no_action: true\n", 8, 20, "'metadata' takes a list of {key, string_value}, found a string in it" },
    { "crdt", "      - command: {}\n        no_action: true\n        write_consistency: MOST\n", 9, 28, "no write consistency 'MOST'; there are LOCAL, MAJORITY and ALL" },
    { "crdt", "      - cancel:\n", 7, 16, "'cancel' takes a whole number, found nothing" },
    { "crdt", "      - delta: [1]\n", 7, 16, "'delta' takes a map of fields, found a list" },
    { "crdt", "      - streamed_message: {reply: {}}\n", 7, 27, "'streamed_message' needs 'id' (the streamed command it belongs to)" },
    { "crdt", "      - cancelled: {id: 1, reply: {}}\n", 7, 28, "unknown key 'reply' in 'cancelled'; it takes id, effects, update and deleted" },
    { ES, "      - init: {snapshot: {value: {}}}\n", 7, 26, "'snapshot' needs 'sequence' (the sequence number of the last event in it)" },
    { ES, "      - closed: CANCELED\n", 7, 17, "no status 'CANCELED'; did you mean 'CANCELLED'?" },
    { ES, "      - closed: {code: OK, text: x}\n", 7, 28, "unknown key 'text' in 'closed'; it takes code and message" },
    { ES, "      - send_bytes: {hex: 0f1}\n", 7, 27, "'hex' has an odd count of hexadecimal digits: 3" },
    { ES, "      - send_bytes: {hex: xy}\n", 7, 27, "'hex' takes pairs of hexadecimal digits, found 'xy'" },
    { ES, "      - send_bytes: \"a b\"\n", 7, 21, "'send_bytes' takes base64, or {hex: …}, found 'a b'" },
    { ES, "      - send_bytes: abcde\n", 7, 21, "'send_bytes' takes base64, or {hex: …}, found 'abcde'" },
    { ES, "      - silence: 200\n", 7, 18, "'200' is not a duration; write for example 250ms, 3s or 2m" },
    { ES, "      - silence: 0s\n", 7, 18, "'silence' takes a duration above zero" },
    { ES, "      - receive:\n", 7, 17, "'receive' takes a value, found nothing" },
    { ES, "      - stream_failure: x\n", 7, 25, "'stream_failure' takes nothing or {id, description, restart}, found a string" },
    /* common keys */
    { ES, "      - init:\n        within: soon\n", 8, 17, "'soon' is not a duration; write for example 250ms, 3s or 2m" },
    { ES, "      - init:\n        level: shuold\n", 8, 16, "no level 'shuold'; did you mean 'should'?" },
    { ES, "      - init:\n        level: nevermore\n", 8, 16, "no level 'nevermore'; there are must, should, may and upstream" },
    { ES, "      - init:\n        covers: ES-INIT-1\n", 8, 17, "'covers' takes a list of rule ids, found a string; write [ES-INIT-1]" },
    { ES, "      - init:\n        covers: [es-init-1]\n", 8, 18, "'covers' takes the id of a rule, such as ES-SNAPSHOT-1, found 'es-init-1'" },
    { ES, "      - init:\n        covers: [7]\n", 8, 18, "'covers' takes a list of rule ids, found a number in it" },
    { ES, "      - init:\n        on: a b\n", 8, 13, "'on' takes a name without spaces, found 'a b'" },
    { ES, "      - init:\n        note: \"\"\n", 8, 15, "'note' is an empty text" },
    { ES, "      - set: {a: 1}\n        on: x\n", 8, 9, "'on' says nothing beside 'set', which neither sends nor waits" },
    /* command and expect */
    { ES, "      - command: {id: x}\n        payload_absent: true\n", 8, 9, "'payload_absent' sends no payload, but 'command' holds one" },
    { ES, "      - expect: {id: 1}\n", 7, 17, "'expect' needs an expectation: reply, forward, failure, no_action, …" },
    { ES, "      - expect: {reply: {}}\n        reply: {}\n", 7, 18, "'reply' comes twice: beside 'expect' and inside it" },
    { ES, "      - command: {}\n        reply: {}\n        failure: x\n", 9, 9, "no reply holds both 'reply' and 'failure'; an 'either' takes alternatives" },
    { VE, "      - command: {}\n        reply: {}\n        deleted: true\n        update: {}\n", 9, 9, "no reply holds both 'update' and 'deleted'; an 'either' takes alternatives" },
    /* set, fresh, check, repeat */
    { ES, "      - set: {a-b: 1}\n", 7, 15, "'a-b' takes a name of letters, digits and '_', found 'a-b'" },
    { ES, "      - set: [a]\n", 7, 14, "'set' takes a map of variables, found a list" },
    { ES, "      - fresh: 1a\n", 7, 16, "'fresh' takes a name of letters, digits and '_', found '1a'" },
    { ES, "      - fresh: [a, {b: c}]\n", 7, 20, "'fresh' takes a name, a list of names or {name: prefix}, found a map in it" },
    { ES, "      - check: {value: $a}\n", 7, 16, "'check' needs 'is' (the pattern it must match)" },
    { ES, "      - repeat: {}\n        steps: [half_close: ]\n", 7, 17, "'repeat' takes either 'times' or 'each'" },
    { ES, "      - repeat: {times: 2, each: [a], as: x}\n        steps: [half_close: ]\n", 7, 17, "'repeat' takes either 'times' or 'each'" },
    { ES, "      - repeat: {times: -2}\n        steps: [half_close: ]\n", 7, 25, "'times' takes a count, found '-2'" },
    { ES, "      - repeat: {each: [a]}\n        steps: [half_close: ]\n", 7, 17, "'repeat' with 'each' needs 'as', the variable that holds the value" },
    { ES, "      - repeat: {times: 2}\n", 7, 9, "a 'repeat' step needs 'steps' (the steps to repeat)" },
    { ES, "      - repeat: {times: 2}\n        steps: []\n", 8, 16, "'steps' has no steps" },
    { ES, "      - repeat: {times: 2}\n        steps: {init: }\n", 8, 16, "'steps' takes a list of steps, found a map" },
    { ES, "      - repeat: {times: 2}\n        steps:\n          - innit:\n", 9, 13, "unknown step 'innit'; did you mean 'init'?" },
    /* any_order */
    { ES, "      - any_order: []\n", 7, 20, "'any_order' has no steps" },
    { ES, "      - any_order: [init: ]\n", 7, 21, "'any_order' takes steps that expect one message, not 'init'" },
    { ES, "      - any_order: [closed: ]\n", 7, 21, "'any_order' takes steps that expect one message, not 'closed'" },
    { ES, "      - any_order: [{receive: {}, on: b}]\n", 7, 35, "'on' goes beside 'any_order': its steps share it" },
    /* either */
    { ES, "      - init:\n        either: []\n", 8, 9, "'init' takes no 'either'; make it a step of its own" },
    { ES, "      - either: [{as: a, closed: }]\n", 7, 17, "'either' needs at least two alternatives" },
    { ES, "      - either: [{as: a, closed: }, x]\n", 7, 37, "an alternative is a map, found a string" },
    { ES, "      - either: [{as: a, closed: }, {ended: }]\n", 7, 37, "an alternative needs 'as' (how reports name this road)" },
    { ES, "      - either: [{as: a, closed: }, {as: b}]\n", 7, 37, "an alternative needs an answer: expectations, or closed, silence, receive, …" },
    { ES, "      - either: [{as: a, closed: }, {as: a, ended: }]\n", 7, 37, "two alternatives are named 'a'" },
    { ES, "      - either: [{as: a, closed: }, {as: b, ended: , silence: 1s}]\n", 7, 54, "an alternative holds one answer; this one has 'ended' and 'silence'" },
    { ES, "      - either: [{as: a, closed: }, {as: b, ended: , reply: {}}]\n", 7, 45, "an alternative holds expectations or one answer, not both" },
    { ES, "      - either: [{as: a, closed: }, {as: b, init: }]\n", 7, 45, "'init' is no answer to choose by; write it under 'then'" },
    { ES, "      - either: [{as: a, closed: }, {as: b, expect: {reply: {}}}]\n", 7, 45, "write what 'expect' holds in the alternative itself" },
    { ES, "      - either: [{as: a, closed: }, {as: b, ended: , then: []}]\n", 7, 60, "'then' has no steps" },
    { ES, "      - either: [{as: a, closed: }, {as: b, ended: , then: [innit: ]}]\n", 7, 61, "unknown step 'innit'; did you mean 'init'?" },
    { ES, "      - command: {}\n        reply: {}\n        either: [{as: a, closed: }, {as: b, ended: }]\n", 8, 9, "'either' stands in place of 'reply'; write it in the alternatives" },
    { ES, "      - either: [{as: a, streamed_message: {id: 1}}, {as: b, closed: }]\n", 7, 26, "'streamed_message' belongs to crdt, and this suite is event-sourced" },
};
// clang-format on

static void step_mistake_is_found_alone_and_at_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        void *one = NULL;
        struct spec_fixture *fixture;

        assert_int_equal(spec_fixture_setup(&one), 0);
        fixture = one;
        assert_int_equal(spec_fixture_steps(fixture, mistakes[i].protocol, mistakes[i].steps), TCK_BAD_INPUT);
        spec_fixture_assert_mistake(fixture, 0, mistakes[i].line, mistakes[i].column, mistakes[i].says);
        if (fixture->errors.count > 1)
            fail_msg("besides \"%s\": \"%s\"", mistakes[i].says, fixture->errors.items[1].text);
        assert_int_equal(tck_spec_suite_count(fixture->spec), 0);
        spec_fixture_teardown(&one);
    }
}

static void steps_with_several_mistakes_report_each_of_them(void **state)
{
    struct spec_fixture *fixture = *state;

    assert_int_equal(spec_fixture_steps(fixture, ES,
                                        "      - innit:\n"
                                        "      - command: {}\n"
                                        "        within: 3\n"
                                        "        repply: {}\n"
                                        "      - either:\n"
                                        "          - as: one\n"
                                        "            closed: NOT_OK\n"
                                        "            then:\n"
                                        "              - paassivate:\n"
                                        "          - as: two\n"
                                        "            ended: 1\n"
                                        "      - half_close: 7\n"),
                     TCK_BAD_INPUT);
    spec_fixture_assert_mistake(fixture, 0, 7, 9, "unknown step 'innit'; did you mean 'init'?");
    spec_fixture_assert_mistake(fixture, 1, 9, 17, "'3' is not a duration; write for example 250ms, 3s or 2m");
    spec_fixture_assert_mistake(fixture, 2, 10, 9, "unknown key 'repply' in a 'command' step; did you mean 'reply'?");
    spec_fixture_assert_mistake(fixture, 3, 13, 21,
                                "no status 'NOT_OK'; there are OK, CANCELLED, UNKNOWN, INVALID_ARGUMENT, "
                                "DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED, RESOURCE_EXHAUSTED, "
                                "FAILED_PRECONDITION, ABORTED, OUT_OF_RANGE, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, "
                                "DATA_LOSS and UNAUTHENTICATED");
    spec_fixture_assert_mistake(fixture, 4, 15, 17, "unknown step 'paassivate'; did you mean 'passivate'?");
    spec_fixture_assert_mistake(fixture, 5, 17, 20, "'ended' takes nothing, found a number");
    spec_fixture_assert_mistake(fixture, 6, 18, 21, "'half_close' takes nothing, found a number");
    assert_int_equal(fixture->errors.count, 7);
}

static void steps_nested_too_deep_are_refused(void **state)
{
    tck_cleanup(tck_buffer_done) struct tck_buffer steps = TCK_BUFFER_INIT(1 << 16);
    struct spec_fixture *fixture = *state;

    tck_buffer_puts(&steps, "      - ");
    for (int i = 0; i < 10; i++)
        tck_buffer_puts(&steps, "{repeat: {times: 1}, steps: [");
    tck_buffer_puts(&steps, "{half_close: }");
    for (int i = 0; i < 10; i++)
        tck_buffer_puts(&steps, "]}");
    tck_buffer_putc(&steps, '\n');
    assert_int_equal(spec_fixture_steps(fixture, ES, tck_buffer_string(&steps)), TCK_BAD_INPUT);
    assert_int_equal(fixture->errors.count, 1);
    assert_string_equal(fixture->errors.items[0].text, "steps are nested more than 10 deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(step_mistake_is_found_alone_and_at_its_place),
        cmocka_unit_test_setup_teardown(steps_with_several_mistakes_report_each_of_them, spec_fixture_setup,
                                        spec_fixture_teardown),
        cmocka_unit_test_setup_teardown(steps_nested_too_deep_are_refused, spec_fixture_setup, spec_fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
