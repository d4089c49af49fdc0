/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps as they should be: each verb, each key, and what becomes of them.
 */
#include <stdio.h>

#include "spec/language.h"
#include "spec_fixture.h"
#include "testing.h"

// clang-format off
/* Each verb of each protocol, and each key, in ways in which scenarios write them. */
static const struct {
    const char *protocol, *steps;
    const char *role; /* NULL: user-function */
} accepted[] = {
    { "event-sourced",
      "      - init:\n"
      "      - init: {entity: $id, service: a.B, snapshot: {sequence: 4, value: {value: A}}}\n"
      "      - event: {value: A}\n"
      "      - event: [{value: A}, {value: B}]\n"
      "        sequence: 7\n"
      "      - command:\n"
      "      - command: {id: $id}\n"
      "        name: Process\n"
      "        id: $n\n"
      "        entity: $other\n"
      "        subscribe: true\n"
      "        metadata: [{key: k, string_value: v}]\n"
      "        reply: {message: A}\n"
      "        events: [{value: A}]\n"
      "        snapshot: {value: A}\n"
      "        effects: [{id: other, synchronous: true}]\n"
      "        reply_metadata: {$any: }\n"
      "        on: other-${i}\n"
      "        within: 100ms\n"
      "        covers: [ES-A-1]\n"
      "        level: should\n"
      "        note: a note\n"
      "      - command:\n"
      "        payload_absent: true\n"
      "        failure: {description: {$regex: no}, restart: $restart}\n"
      "      - command: $payload\n"
      "        failure: {$any: }\n"
      "      - command: {}\n"
      "        forward: {service: a.B, command: C, payload: {}}\n"
      "      - expect: {id: 1}\n"
      "        failure: no\n"
      "      - expect: {id: {$any: }, reply: {}, events: {$unordered: [{value: A}, {value: B}]}}\n"
      "      - stream_failure:\n"
      "      - stream_failure: {id: 1, description: {$any: }, restart: true}\n"
      "      - send: {init: {}}\n"
      "      - send_bytes: {hex: 0aff}\n"
      "      - send_bytes: CgA=\n"
      "      - receive: {reply: {$partial: {command_id: 1}}}\n"
      "      - any_order:\n"
      "          - expect: {id: 1, no_action: true}\n"
      "          - receive: {$any: }\n"
      "      - silence: 200ms\n"
      "      - closed:\n"
      "      - closed: UNAVAILABLE\n"
      "      - closed: {code: {$one_of: [OK, CANCELLED]}, message: {$any: }}\n"
      "      - closed: {$any: }\n"
      "      - ended:\n"
      "      - passivate:\n"
      "      - half_close:\n"
      "      - abort:\n"
      "      - set: {a: 1, b: [x]}\n"
      "      - fresh: a\n"
      "      - fresh: [a, b]\n"
      "      - fresh: {a: Prefix}\n"
      "      - check: {value: $a, is: {$range: [1, 2]}}\n"
      "        covers: [ES-A-1]\n"
      "      - repeat: {times: $n}\n"
      "        steps: [half_close: ]\n"
      "      - repeat: {each: $list, as: x}\n"
      "        steps: [command: $x, half_close: ]\n"
      "      - discover:\n"
      "      - discover: {protocol_major_version: 9}\n"
      "        spec: {$partial: {}}\n"
      "      - report_error: something broke\n", NULL },
    { "value-entity",
      "      - init: {state: empty}\n"
      "      - init: {state: {value: A}}\n"
      "      - command: {}\n"
      "        reply: {}\n"
      "        update: {value: B}\n"
      "      - command: {}\n"
      "        reply: {}\n"
      "        deleted: true\n", NULL },
    { "crdt",
      "      - init: {delta: {gcounter: {increment: 1}}}\n"
      "      - delta: {gcounter: {increment: 1}}\n"
      "      - delete:\n"
      "      - command: {}\n"
      "        subscribe: true\n"
      "        reply: {}\n"
      "        update: {gcounter: {increment: 1}}\n"
      "        write_consistency: MAJORITY\n"
      "        streamed: true\n"
      "      - command: {}\n"
      "        no_action: true\n"
      "        write_consistency: $consistency\n"
      "      - streamed_message: {id: 1, reply: {}, effects: [], end_stream: true}\n"
      "      - streamed_message: {id: $n, forward: {}}\n"
      "      - streamed_message: {id: 1, failure: no}\n"
      "      - cancel: 1\n"
      "        entity: $other\n"
      "      - cancelled: {id: 1, effects: [], update: {}}\n"
      "      - cancelled: {id: 1, deleted: true}\n", NULL },
    { "action",
      "      - unary: {}\n"
      "        name: ProcessUnary\n"
      "        service: a.B\n"
      "        metadata: $metadata\n"
      "        no_action: true\n"
      "      - streamed_in:\n"
      "        name: ProcessStreamedIn\n"
      "        service: a.B\n"
      "        metadata: []\n"
      "      - streamed_out: {}\n"
      "        name: X\n"
      "        service: a.B\n"
      "        metadata: []\n"
      "      - duplex:\n"
      "        name: X\n"
      "        service: a.B\n"
      "        metadata: []\n"
      "      - message: {}\n"
      "        metadata: []\n"
      "        reply: {}\n", NULL },
    { "discovery", "      - discover: {}\n        spec: {}\n", NULL },
    { "event-sourced",
      "      - init:\n"
      "      - command: {}\n"
      "        id: {$capture: c}\n"
      "        metadata: {$any: }\n"
      "        at: came\n"
      "      - call: {id: $id}\n"
      "        as: one-${i}\n"
      "        service: a.B\n"
      "        method: Process\n"
      "        metadata: [{key: k, string_value: v}]\n"
      "        deadline: 1s\n"
      "        returns: {message: A}\n"
      "      - call:\n"
      "        fails: no\n"
      "      - say: {}\n"
      "        to: one\n"
      "      - end_saying:\n"
      "      - end_saying: one\n"
      "      - returned: {message: A}\n"
      "        of: one\n"
      "      - failed: {code: UNKNOWN, description: {$regex: A}}\n"
      "      - hears: {message: A}\n"
      "      - hung_up:\n"
      "      - hung_up: {code: UNKNOWN, message: A}\n"
      "      - quiet: 10ms\n"
      "      - leave:\n"
      "      - leave: one\n"
      "      - http: {get: /a}\n"
      "      - http: {post: /a}\n"
      "        body: {a: 1}\n"
      "        content_type: application/json\n"
      "        headers: {x-a: b}\n"
      "        status: {$range: [200, 299]}\n"
      "        answer: {a: 1}\n"
      "        answer_headers: {x-b: {$any: }}\n"
      "      - http: {put: /a}\n"
      "        text: A\n"
      "        answer_text: {$regex: A}\n"
      "      - http: {delete: /a}\n"
      "      - http: {patch: /a}\n"
      "      - reflect:\n"
      "        services: {$contains: [a.B]}\n"
      "        unknown_symbol: {$any: }\n"
      "      - parallel: {times: 2, as: i, steps: [{call: }]}\n"
      "      - parallel:\n"
      "          - - call:\n"
      "          - - http: {get: /a}\n"
      "            - repeat: {times: 2}\n"
      "              steps: [{call: }]\n"
      "      - reported: {$regex: A}\n"
      "      - meddle: {with: answer, do: delay, delay: 100ms, nth: 2, times: 0, service: a.B, entity: e}\n"
      "      - meddle: {with: command, do: alter, message: {}}\n"
      "      - meddle: {with: init, do: inject, bytes: {hex: 00}}\n"
      "      - meddle: {with: open, do: sever, status: INTERNAL, text: no}\n"
      "      - meddle: {with: reply, do: hold, name: x}\n"
      "      - meddle: {with: discovery, do: merge, message: {}, files: [a.proto], without_files: [b.proto], without: [a.B]}\n"
      "      - release: x\n"
      "      - refuse: true\n"
      "      - restart_proxy: {how: kill}\n"
      "      - restart_user_function:\n"
      "      - kill_proxy:\n"
      "      - start_proxy: {ready: false}\n"
      "      - order: [a, b]\n"
      "      - apart: {from: a, to: b, at_least: 1ms, at_most: 1s}\n"
      "      - overlap: {service: a.B, entity: e, at_most: 1}\n"
      "      - passivate:\n",
      "pair" },
    { "action",
      "      - unary: {}\n"
      "        contains: A\n"
      "      - meddle: {with: end, do: drop, call: duplex, command: Process, contains: A}\n",
      "proxy" },
};
// clang-format on

static void each_verb_and_key_in_its_protocol_is_accepted(void **state)
{
    bool seen[TCK_VERB_COUNT] = { false };

    (void)state;
    seen[TCK_VERB_EITHER] = true; /* has tests of its own below */
    for (size_t i = 0; i < TCK_COUNT(accepted); i++) {
        void *one = NULL;

        assert_int_equal(spec_fixture_setup(&one), 0);
        spec_fixture_steps_of(one, accepted[i].role ? accepted[i].role : "user-function", accepted[i].protocol,
                              accepted[i].steps);
        spec_fixture_assert_no_mistake(one);
        for (size_t k = 0; k < spec_fixture_scenario(one, 0)->step_count; k++)
            seen[spec_fixture_step(one, k)->verb] = true;
        spec_fixture_teardown(&one);
    }
    for (int verb = 0; verb < TCK_VERB_COUNT; verb++)
        if (!seen[verb])
            fail_msg("no step of this test is a '%s'", tck_verbs[verb].word);
}

static bool writes_key(const char *word)
{
    char pattern[64];

    for (size_t i = 0; i < TCK_COUNT(accepted); i++) {
        for (const char *before = " {"; *before; before++) {
            snprintf(pattern, sizeof pattern, "%c%s:", *before, word);
            if (strstr(accepted[i].steps, pattern))
                return true;
        }
    }
    return false;
}

/* Keeps the table above true to the language: a key added there must be tried here. */
static void each_key_of_the_language_is_in_the_test_above(void **state)
{
    (void)state;
    for (int verb = 0; verb < TCK_VERB_COUNT; verb++) {
        struct tck_keys keys;

        tck_step_keys((enum tck_verb)verb, &keys);
        for (size_t i = 0; i < keys.count; i++)
            if (strcmp(keys.items[i].word, "either") != 0 && !writes_key(keys.items[i].word))
                fail_msg("no step of this test has '%s'", keys.items[i].word);
    }
    for (int shape = TCK_SHAPE_INIT; shape < TCK_SHAPE_REQUIREMENT; shape++) {
        struct tck_keys keys;

        tck_shape_keys((enum tck_shape)shape, &keys);
        for (size_t i = 0; i < keys.count; i++)
            if (!writes_key(keys.items[i].word))
                fail_msg("no step of this test has '%s'", keys.items[i].word);
    }
}

static void step_keeps_its_common_keys(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_step *plain, *rich;

    assert_int_equal(spec_fixture_steps(fixture, "event-sourced",
                                        "      - init:\n"
                                        "      - half_close:\n"
                                        "        on: other\n"
                                        "        within: 100ms\n"
                                        "        level: may\n"
                                        "        covers: [ES-A-1, ES-A-2]\n"
                                        "        note: a note\n"),
                     0);
    plain = spec_fixture_step(fixture, 0);
    assert_int_equal(plain->verb, TCK_VERB_INIT);
    assert_int_equal(plain->value->kind, TCK_TREE_NULL);
    assert_string_equal(plain->on, "main");
    assert_int_equal(plain->within, 0);
    assert_int_equal(plain->level, -1);
    assert_int_equal(plain->covers.count, 0);
    assert_null(plain->note);
    assert_false(plain->expectations.any);
    assert_int_equal(plain->place.line, SPEC_FIXTURE_STEPS);
    assert_string_equal(plain->place.name, "t.yaml");
    rich = spec_fixture_step(fixture, 1);
    assert_string_equal(rich->on, "other");
    assert_int_equal(rich->within, TCK_MS(100));
    assert_int_equal(rich->level, TCK_LEVEL_MAY);
    assert_int_equal(rich->covers.count, 2);
    assert_string_equal(rich->covers.items[1], "ES-A-2");
    assert_string_equal(rich->note, "a note");
    assert_int_equal(rich->tree->count, 6);
}

static void expectations_are_kept_from_beside_the_verb_and_from_inside(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_step *command, *split;

    assert_int_equal(spec_fixture_steps(fixture, "event-sourced",
                                        "      - command: {reply: not an expectation}\n"
                                        "        events: []\n"
                                        "      - expect: {id: 2, reply: {message: A}}\n"
                                        "        events: [{value: A}]\n"),
                     0);
    command = spec_fixture_step(fixture, 0);
    assert_true(command->expectations.any);
    assert_null(command->expectations.of[TCK_EXPECTATION_REPLY]);
    assert_int_equal(command->expectations.of[TCK_EXPECTATION_EVENTS]->count, 0);
    split = spec_fixture_step(fixture, 1);
    assert_int_equal(split->expectations.of[TCK_EXPECTATION_REPLY]->kind, TCK_TREE_MAP);
    assert_int_equal(split->expectations.of[TCK_EXPECTATION_EVENTS]->count, 1);
    assert_null(split->expectations.of[TCK_EXPECTATION_SNAPSHOT]);
}

static void either_beside_a_command_holds_its_roads(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_step *step;
    const struct tck_alternative *first, *second;

    assert_int_equal(spec_fixture_steps(fixture, "event-sourced",
                                        "      - command: {}\n"
                                        "        on: b\n"
                                        "        within: 1s\n"
                                        "        either:\n"
                                        "          - as: fails\n"
                                        "            failure: no\n"
                                        "            then: [passivate: , {half_close: , on: c}]\n"
                                        "          - as: ends\n"
                                        "            closed: UNAVAILABLE\n"),
                     0);
    step = spec_fixture_step(fixture, 0);
    assert_int_equal(step->verb, TCK_VERB_COMMAND);
    assert_false(step->expectations.any);
    assert_int_equal(step->alternative_count, 2);
    first = &step->alternatives[0];
    assert_string_equal(first->as, "fails");
    assert_int_equal(first->place.line, 11);
    assert_string_equal(first->expectations.of[TCK_EXPECTATION_FAILURE]->text, "no");
    assert_null(first->expects);
    assert_int_equal(first->then_count, 2);
    assert_string_equal(first->then[0]->on, "main");
    assert_string_equal(first->then[1]->on, "c");
    second = &step->alternatives[1];
    assert_false(second->expectations.any);
    assert_int_equal(second->expects->verb, TCK_VERB_CLOSED);
    assert_string_equal(second->expects->value->text, "UNAVAILABLE");
    assert_string_equal(second->expects->on, "b");
    assert_int_equal(second->expects->within, TCK_SECONDS(1));
    assert_int_equal(second->then_count, 0);
}

static void either_as_a_step_of_its_own_takes_each_kind_of_answer(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_step *step;

    assert_int_equal(spec_fixture_steps(fixture, "crdt",
                                        "      - either:\n"
                                        "          - {as: a, reply: {}, update: {}}\n"
                                        "          - {as: b, stream_failure: }\n"
                                        "          - {as: c, streamed_message: {id: 1, reply: {}}}\n"
                                        "          - {as: d, cancelled: {id: 1}}\n"
                                        "          - {as: e, receive: {$any: }}\n"
                                        "          - {as: f, closed: }\n"
                                        "          - {as: g, ended: }\n"
                                        "          - {as: h, silence: 1s}\n"),
                     0);
    step = spec_fixture_step(fixture, 0);
    assert_int_equal(step->verb, TCK_VERB_EITHER);
    assert_int_equal(step->alternative_count, 8);
    assert_non_null(step->alternatives[2].expects->expectations.of[TCK_EXPECTATION_REPLY]);
    assert_int_equal(step->alternatives[7].expects->verb, TCK_VERB_SILENCE);
}

static void steps_inside_steps_are_kept(void **state)
{
    struct spec_fixture *fixture = *state;
    const struct tck_step *repeat, *any_order;

    assert_int_equal(spec_fixture_steps(fixture, "event-sourced",
                                        "      - repeat: {times: 3, as: i}\n"
                                        "        steps:\n"
                                        "          - init:\n"
                                        "          - repeat: {each: [1, 2], as: k}\n"
                                        "            steps: [half_close: ]\n"
                                        "      - any_order: [{expect: {id: 2}, no_action: true}, receive: {$any: }]\n"
                                        "        on: b\n"),
                     0);
    repeat = spec_fixture_step(fixture, 0);
    assert_int_equal(repeat->step_count, 2);
    assert_int_equal(repeat->steps[1]->steps[0]->verb, TCK_VERB_HALF_CLOSE);
    any_order = spec_fixture_step(fixture, 1);
    assert_int_equal(any_order->step_count, 2);
    assert_string_equal(any_order->steps[1]->on, "b");
}

static void words_of_the_language_are_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < TCK_ROLE_COUNT; i++)
        assert_int_equal(tck_role_parse(tck_role_word((enum tck_role)i)), i);
    for (int i = 0; i < TCK_PROTOCOL_COUNT; i++)
        assert_int_equal(tck_protocol_parse(tck_protocol_word((enum tck_protocol)i)), i);
    for (int i = 0; i < TCK_LEVEL_COUNT; i++)
        assert_int_equal(tck_level_parse(tck_level_word((enum tck_level)i)), i);
    for (int i = 0; i < TCK_EXPECTATION_COUNT; i++)
        assert_int_equal(tck_expectation_parse(tck_expectation_word((enum tck_expectation)i)), i);
    for (int i = 0; i < TCK_VERB_COUNT; i++)
        assert_int_equal(tck_verb_parse(tck_verbs[i].word), i);
    assert_int_equal(tck_role_parse("Proxy"), -1);
    assert_int_equal(tck_protocol_parse(""), -1);
    assert_int_equal(tck_level_parse("none"), -1);
    assert_int_equal(tck_verb_parse("reply"), -1);
    assert_string_equal(tck_protocol_service(TCK_PROTOCOL_CRDT), "cloudstate.crdt.Crdt");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, spec_fixture_setup, spec_fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verb_and_key_in_its_protocol_is_accepted),
        cmocka_unit_test(each_key_of_the_language_is_in_the_test_above),
        TEST(step_keeps_its_common_keys),
        TEST(expectations_are_kept_from_beside_the_verb_and_from_inside),
        TEST(either_beside_a_command_holds_its_roads),
        TEST(either_as_a_step_of_its_own_takes_each_kind_of_answer),
        TEST(steps_inside_steps_are_kept),
        cmocka_unit_test(words_of_the_language_are_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
