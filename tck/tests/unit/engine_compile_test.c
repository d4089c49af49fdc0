/* SPDX-License-Identifier: Apache-2.0
 *
 * The mistakes that are found before anything runs, each with the line where it stands. Steps begin in line 9.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdio.h>

#include "base/suggest.h"
#include "engine_fixture.h"

#define ES TCK_PROTOCOL_EVENT_SOURCED
#define VE TCK_PROTOCOL_VALUE_ENTITY
#define CR TCK_PROTOCOL_CRDT
#define AC TCK_PROTOCOL_ACTION

// clang-format off
static const struct {
    enum tck_protocol protocol;
    const char *extra, *steps, *says; /* says: a glob; a line a mistake */
} mistakes[] = {
    /* literals */
    { ES, NULL, "- init:\n- command: {idd: x}\n",
      "10: cloudstate.tck.model.Request has no field 'idd'; did you mean 'id'?\n" },
    { ES, NULL, "- init:\n- command: {id: {$any: }}\n", "10: '$any' matches what arrives; it cannot be sent\n" },
    { ES, NULL, "- init:\n- command: [1, 2]\n",
      "10: the payload is a cloudstate.tck.model.Request: expected its fields as a map, found a number\n"
      "10: the payload is a cloudstate.tck.model.Request: expected its fields as a map, found a number\n"
      "10: google.protobuf.Any wants a map of fields, found a list\n" },
    { ES, NULL, "- init:\n- event: {valu: x}\n",
      "10: cloudstate.tck.model.Persisted has no field 'valu'; did you mean 'value'?\n" },
    { ES, NULL, "- send: {inti: {}}\n",
      "9: cloudstate.eventsourced.EventSourcedStreamIn has no field 'inti'; did you mean 'init'?\n" },
    { CR, NULL, "- init:\n- delta: {gcounter: {increment: minus}}\n", "10: **increment**minus**\n" },
    { ES, NULL, "- discover: {proxy_nam: x}\n",
      "9: cloudstate.ProxyInfo has no field 'proxy_nam'; did you mean 'proxy_name'?\n" },
    { ES, NULL, "- discover:\n  spec: {entitis: []}\n",
      "10: cloudstate.EntitySpec has no field 'entitis'; did you mean 'entities'?\n" },
    /* patterns */
    { ES, NULL, "- init:\n- command: {id: x}\n  reply: {massage: A}\n",
      "11: cloudstate.tck.model.Response has no field 'massage'; did you mean 'message'?\n" },
    { ES, NULL, "- init:\n- command: {id: x}\n  events: [{value: {$regx: a}}]\n  reply: {}\n",
      "11: no matcher '$regx'; did you mean '$regex'?\n" },
    { ES, NULL, "- init:\n- command: {id: x}\n  reply: {message: {$regex: '('}}\n", "11: **" },
    { VE, NULL, "- init:\n- command: {id: x}\n  update: {valeu: A}\n",
      "11: cloudstate.tck.model.valueentity.Persisted has no field 'valeu'; did you mean 'value'?\n" },
    { CR, NULL, "- init:\n- command: {id: x}\n  update: {gcouter: {}}\n",
      "11: cloudstate.crdt.CrdtDelta has no field 'gcouter'; did you mean 'gcounter'?\n" },
    { ES, NULL, "- init:\n- command: {id: x}\n  effects: [{idd: x}]\n",
      "11: cloudstate.tck.model.Request has no field 'idd'; did you mean 'id'?\n" },
    { ES, NULL, "- init:\n- receive: {replay: {}}\n",
      "10: cloudstate.eventsourced.EventSourcedStreamOut has no field 'replay'; did you mean 'reply'?\n" },
    /* methods, services, targets */
    { ES, NULL, "- init:\n- command: {id: x}\n  name: Proces\n",
      "11: cloudstate.tck.model.EventSourcedTckModel has no method 'Proces'; did you mean 'Process'? To call it all the same, "
      "give the payload an \"@type\"\n" },
    { ES, NULL, "- init: {service: no.Such}\n- command: {id: x}\n",
      "5: no service 'no.Such' is known; to call it all the same, give the payload an \"@type\"\n" },
    { ES, "defaults: {target: {service: cloudstate.tck.model.EventSourcedTwo, command: Cull}}",
      "- init:\n- command: {id: x}\n  forward: {id: y}\n",
      "12: the type of the forward's payload is not known; write {\"@type\": full.Name, …}\n" },
    { AC, NULL, "- unary: {groups: []}\n  name: ProcessUnry\n",
      "10: cloudstate.tck.model.action.ActionTckModel has no method 'ProcessUnry'; did you mean 'ProcessUnary'? To call it all "
      "the same, give the payload an \"@type\"\n" },
    { AC, NULL, "- unary: {groups: []}\n  name: $later\n",
      "10: the name of a method must be known before the run, and '$later' is not\n" },
    /* conversations */
    { ES, NULL, "- expect: {failure: no}\n", "9: no stream is open on 'main' here\n" },
    { ES, NULL, "- init:\n- passivate:\n  on: second\n", "10: no stream is open on 'second' here\n" },
    { ES, NULL, "- abort:\n", "9: no stream is open on 'main' here\n" },
    { AC, NULL, "- message: {groups: []}\n", "9: no call is open on 'main' here: begin with 'streamed_in' or 'duplex'\n" },
    /* variables */
    { ES, NULL, "- init: {entity: $idd}\n", "9: no variable 'idd' is bound here; did you mean 'id'?\n" },
    { ES, NULL, "- init: {entity: 'x${nobody}'}\n", "9: no variable 'nobody' is bound here\n" },
    { ES, NULL, "- init:\n  on: e${nobody}\n", "9: no variable 'nobody' is bound here\n" },
    { ES, NULL, "- init:\n- command: {id: x}\n  reply: {message: $captured}\n- check: {value: $captured, is: 1}\n",
      "11: no variable 'captured' is bound here\n12: no variable 'captured' is bound here\n" },
    { ES, NULL, "- set: {_mine: 1}\n",
      "9: variables that begin with '_' belong to the kit; choose another name than '_mine'\n" },
    { ES, "rows: [{row: one, x: 1}]", "- fresh: x\n",
      "10: 'x' is a column of the row (or the item of a repeat) and cannot be bound again\n" },
    { ES, NULL, "- repeat: {times: $n}\n  steps: [{init: }]\n",
      "9: the count of 'times' must be known before the run, and '$n' is not\n" },
    { ES, NULL, "- repeat: {times: 10000000}\n  steps: [{init: }]\n",
      "9: 'times' takes a whole number from 0 to 1000000, found '10000000'\n" },
    { ES, NULL, "- repeat: {each: $list, as: x}\n  steps: [{init: }]\n",
      "9: the list of 'each' must be known before the run\n" },
    /* all at once */
    { ES, NULL, "- init: {entity: $a}\n- command: {idd: x}\n  reply: {massage: y}\n", "9: **\n10: **\n11: **\n" },
};

static const char *const fine[] = {
    /* Methods that are unknown on purpose. */
    "- init: {service: no.Such}\n- command: {'@type': cloudstate.tck.model.Request}\n  name: Nope\n  failure: {description: {$any: }}\n",
    /* Captures are in scope after the pattern. */
    "- init:\n- command: {id: x}\n  reply: {message: {$capture: m}}\n- check: {value: $m, is: {$regex: '^A'}}\n"
    "- command: {id: $m}\n",
    /* Every matcher in a place that has a type. */
    "- init:\n- command: {id: x}\n  reply: {$optional: {message: A}}\n  events: {$unordered: [{value: A}, {$not: {value: B}}]}\n"
    "  effects: {$contains: [{id: a, synchronous: true}, {payload: {id: b}, synchronous: {$any: }}]}\n"
    "- command: {id: x}\n  reply: {$partial: {message: A}}\n  events: {$each: {$one_of: [{value: A}, {value: B}]}}\n"
    "- command: {id: x}\n  reply: {$capture: all, as: {message: A}}\n  events: {$size: 3}\n  snapshot: {$any: }\n"
    "- event: $all\n",
    "- init:\n- command: null\n  either:\n    - as: a\n      reply: {message: {$capture: m}}\n      then: [{command: {id: $m}}]\n"
    "    - as: b\n      ended:\n",
};
// clang-format on

static void mistakes_are_found_before_the_run_at_their_places(void **state)
{
    size_t wrong = 0;

    for (size_t i = 0; i < TCK_COUNT(mistakes); i++) {
        const char *told = engine_fixture_mistakes(
            *state, engine_fixture_scenario(*state, mistakes[i].protocol, mistakes[i].extra, mistakes[i].steps));

        if (told[0] && tck_glob_match(mistakes[i].says, told))
            continue;
        wrong++;
        printf("case %zu\n%swanted %swas    %s\n", i, mistakes[i].steps, mistakes[i].says, told);
    }
    assert_int_equal(wrong, 0);
}

static void what_is_odd_on_purpose_compiles(void **state)
{
    for (size_t i = 0; i < TCK_COUNT(fine); i++)
        assert_string_equal(engine_fixture_mistakes(*state, engine_fixture_scenario(*state, ES, NULL, fine[i])), "");
}

static void defaults_that_a_step_needs_must_be_there(void **state)
{
    static const char bare[] = "suite: t\nrole: user-function\nprotocol: event-sourced\n"
                               "services: [cloudstate.tck.model.EventSourcedTckModel]\n"
                               "scenarios:\n  - name: s\n    steps:\n"
                               "      - init:\n"
                               "      - event: {value: A}\n"
                               "      - command: {id: x}\n"
                               "        name: Process\n"
                               "        forward: {id: y}\n"
                               "      - command: {id: x}\n";
    const struct tck_spec *spec = engine_fixture_spec(*state, bare);

    assert_string_equal(engine_fixture_mistakes(*state, tck_spec_suite(spec, 0)->scenarios[0]),
                        "9: the type of the event is not known; write {\"@type\": full.Name, …}\n"
                        "12: no target is named: add 'target: {service, command}' to the defaults\n"
                        "12: the type of the forward's payload is not known; write {\"@type\": full.Name, …}\n"
                        "13: no method is named: add 'name' to the step, or 'command' to the defaults\n");
}

static void a_scenario_of_services_that_only_the_candidate_knows_waits_for_it(void **state)
{
    const struct tck_spec *spec =
        engine_fixture_spec(*state, "suite: t\nrole: user-function\nprotocol: action\n"
                                    "services: [com.example.Shop]\n"
                                    "defaults: {unary: Buy}\n"
                                    "scenarios:\n  - name: s\n    steps: [{unary: {what: tea}}]\n");
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };
    const char *missing = NULL;

    assert_false(tck_compile_possible(tck_spec_suite(spec, 0)->scenarios[0], engine_fixture_pool(*state), &missing));
    assert_string_equal(missing, "com.example.Shop");
    assert_int_equal(tck_compile_check(spec, engine_fixture_pool(*state), &errors), 0);
}

static void checking_a_spec_finds_the_mistakes_of_all_its_scenarios(void **state)
{
    const struct tck_spec *spec = engine_fixture_spec(*state, "suite: t\nrole: user-function\nprotocol: discovery\n"
                                                              "scenarios:\n"
                                                              "  - name: a\n    steps: [{discover: {x: 1}}]\n"
                                                              "  - name: b\n    steps: [{discover: {y: 1}}]\n");
    tck_cleanup(tck_error_list_done) struct tck_error_list errors = { 0 };

    assert_int_equal(tck_compile_check(spec, engine_fixture_pool(*state), &errors), TCK_BAD_INPUT);
    assert_int_equal(errors.count, 2);
    assert_int_equal(errors.items[0].line, 6);
    assert_int_equal(errors.items[1].line, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_found_before_the_run_at_their_places),
        cmocka_unit_test(what_is_odd_on_purpose_compiles),
        cmocka_unit_test(defaults_that_a_step_needs_must_be_there),
        cmocka_unit_test(a_scenario_of_services_that_only_the_candidate_knows_waits_for_it),
        cmocka_unit_test(checking_a_spec_finds_the_mistakes_of_all_its_scenarios),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
