/* SPDX-License-Identifier: Apache-2.0
 *
 * What the verbs that send put on the wire.
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

/* received: a glob, a line a message, in the order of their coming. */
struct sent {
    enum tck_protocol protocol;
    const char *steps, *received;
};

static const struct sent sendings[] = {
    { ES, "- init:\n",
      "init { service_name: \"cloudstate.tck.model.EventSourcedTckModel\" entity_id: \"entity-**-**\" }\n" },
    { ES, "- init: {entity: e, service: no.Such}\n", "init { service_name: \"no.Such\" entity_id: \"e\" }\n" },
    { ES,
      "- init: {entity: e, snapshot: {sequence: 5, value: {value: ABCDE}}}\n"
      "- event: {value: F}\n"
      "- event: [{value: G}, {value: H}]\n"
      "- event: {value: I}\n"
      "  sequence: 20\n"
      "- event: {'@type': other.org/no.Such, '@value': {hex: 0a00}}\n",
      "init { ** snapshot { snapshot_sequence: 5 snapshot { [cloudstate.tck.model.Persisted] { value: \"ABCDE\" } } } "
      "}\n"
      "event { sequence: 6 payload { [cloudstate.tck.model.Persisted] { value: \"F\" } } }\n"
      "event { sequence: 7 payload { ** { value: \"G\" } } }\n"
      "event { sequence: 8 payload { ** { value: \"H\" } } }\n"
      "event { sequence: 20 payload { ** { value: \"I\" } } }\n"
      "event { sequence: 21 payload { **other.org/no.Such** } }\n" },
    { ES,
      "- init: {entity: e}\n"
      "- command: {id: e, actions: [{emit: {value: A}}]}\n"
      "- command: null\n"
      "- command: {id: x}\n"
      "  id: 9223372036854775807\n"
      "  name: Process\n"
      "  entity: other\n"
      "  metadata: [{key: k, string_value: v}]\n"
      "- command: null\n"
      "  payload_absent: true\n"
      "- command: {'@type': cloudstate.tck.model.Request}\n"
      "  name: Nope\n",
      "init { ** }\n"
      "command { entity_id: \"e\" id: 1 name: \"Process\" payload { [cloudstate.tck.model.Request] { id: \"e\" actions "
      "{ emit { value: \"A\" } } } } }\n"
      "command { entity_id: \"e\" id: 2 name: \"Process\" payload { [**Request] {} } }\n"
      "command { entity_id: \"other\" id: 9223372036854775807 name: \"Process\" payload { ** } metadata { entries { "
      "key: \"k\" string_value: \"v\" } } }\n"
      "command { entity_id: \"e\" id: 4 name: \"Process\" }\n"
      "command { entity_id: \"e\" id: 5 name: \"Nope\" payload { [**Request] {} } }\n" },
    { VE, "- init: {entity: e}\n", "init { ** entity_id: \"e\" state {} }\n" },
    { VE, "- init: {entity: e, state: empty}\n", "init { ** entity_id: \"e\" state {} }\n" },
    { VE, "- init: {entity: e, state: absent}\n", "init { ** entity_id: \"e\" }\n" },
    { VE, "- init: {entity: e, state: {value: D}}\n",
      "init { ** state { value { [cloudstate.tck.model.valueentity.Persisted] { value: \"D\" } } } }\n" },
    { CR,
      "- init: {entity: e, delta: {gcounter: {increment: 42}}}\n"
      "- delta: {gset: {added: [one]}}\n"
      "- command: {id: e}\n"
      "  name: ProcessStreamed\n"
      "  subscribe: true\n"
      "- cancel: 1\n"
      "- cancel: 7\n"
      "  entity: other\n"
      "- delete:\n",
      "init { ** delta { gcounter { increment: 42 } } }\n"
      "delta { gset { added { [p.cloudstate.io/string] { value: \"one\" } } } }\n"
      "command { entity_id: \"e\" id: 1 name: \"ProcessStreamed\" payload { [**StreamedRequest] { id: \"e\" } } "
      "streamed: true }\n"
      "stream_cancelled { entity_id: \"e\" id: 1 }\n"
      "stream_cancelled { entity_id: \"other\" id: 7 }\n"
      "delete {}\n" },
    { AC, "- unary: {groups: [{steps: [{reply: {message: one}}]}]}\n",
      "service_name: \"cloudstate.tck.model.action.ActionTckModel\" name: \"ProcessUnary\" payload { "
      "[cloudstate.tck.model.action.Request] { groups { steps { reply { message: \"one\" } } } } }\n" },
    { AC,
      "- unary: {id: x}\n"
      "  service: cloudstate.tck.model.action.ActionTwo\n"
      "  name: Call\n"
      "  metadata: [{key: k, string_value: v}]\n",
      "service_name: \"cloudstate.tck.model.action.ActionTwo\" name: \"Call\" payload { [**OtherRequest] { id: \"x\" } "
      "} metadata { ** }\n" },
    { AC, "- streamed_out: {groups: []}\n",
      "service_name: ** name: \"ProcessStreamedOut\" payload { [**Request] {} }\n" },
    { AC,
      "- streamed_in:\n"
      "- message: {groups: [{steps: []}]}\n"
      "- message: null\n"
      "  metadata: [{key: k, string_value: v}]\n",
      "service_name: ** name: \"ProcessStreamedIn\"\n"
      "payload { [**Request] { groups {} } }\n"
      "payload { [**Request] {} } metadata { entries { key: \"k\" string_value: \"v\" } }\n" },
    { AC,
      "- duplex:\n"
      "- message: {groups: []}\n",
      "service_name: ** name: \"ProcessStreamed\"\npayload { [**Request] {} }\n" },
    { ES,
      "- send: {command: {id: 7, entity_id: $id}}\n"
      "- send_bytes: {hex: ff}\n",
      "command { entity_id: \"entity-**\" id: 7 }\n(garbage)\n" },
    { ES, "- send: {init: {entity_id: e, '@unknown': [{number: 999, varint: 1}]}}\n",
      "init { entity_id: \"e\" 999: 1 }\n" },
    { ES, "- init:\n- event: [{value: A}, {value: B}]\n  sequence: 8\n",
      "init { ** }\nevent { sequence: 8 ** }\nevent { sequence: 9 ** }\n" },
    /* Ids go on from what was really sent, raw or not. */
    { ES,
      "- send: {init: {service_name: s, entity_id: raw, snapshot: {snapshot_sequence: 3}}}\n"
      "- event: {value: A}\n"
      "- command: null\n",
      "init { ** }\nevent { sequence: 4 ** }\ncommand { entity_id: \"raw\" id: 1 ** }\n" },
    /* Variables, and loops. */
    { ES,
      "- set: {who: me, greeting: 'hello ${id}'}\n"
      "- fresh: {a: GCounter, b: '${who}'}\n"
      "- fresh: c\n"
      "- init: {entity: $greeting}\n"
      "- repeat: {times: 2, as: i}\n"
      "  steps:\n"
      "    - command: {id: '${a} ${b} ${c} $$${i}'}\n"
      "- repeat: {each: [{value: A}, {value: B}], as: e}\n"
      "  steps:\n"
      "    - event: $e\n",
      "init { ** entity_id: \"hello entity-**\" }\n"
      "command { ** { id: \"GCounter-**-** me-**-** entity-**-** $1\" } } }\n"
      "command { ** { id: \"GCounter-**-** me-**-** entity-**-** $2\" } } }\n"
      "event { sequence: 1 payload { ** { value: \"A\" } } }\n"
      "event { sequence: 2 payload { ** { value: \"B\" } } }\n" },
};

static void sending_puts_whole_messages_on_the_wire(void **state)
{
    size_t wrong = 0;

    for (size_t i = 0; i < TCK_COUNT(sendings); i++) {
        const char *received;

        engine_fixture_answer(*state, NULL);
        engine_fixture_run(*state, engine_fixture_scenario(*state, sendings[i].protocol, NULL, sendings[i].steps));
        received = engine_fixture_received(*state);
        if (tck_glob_match(sendings[i].received, received))
            continue;
        wrong++;
        printf("case %zu\n%swanted\n%swas\n%s\n", i, sendings[i].steps, sendings[i].received, received);
    }
    assert_int_equal(wrong, 0);
}

static void a_row_gives_whole_values_with_types(void **state)
{
    engine_fixture_answer(*state, NULL);
    engine_fixture_run(
        *state, engine_fixture_scenario(
                    *state, ES,
                    "rows: [{row: one, service: cloudstate.tck.model.EventSourcedTwo, "
                    "name: Call, events: [{value: A}], at: 5}]",
                    "- init: {entity: '${row}', service: $service, snapshot: {sequence: $at, value: {value: x}}}\n"
                    "- event: $events\n"
                    "- command: {id: $row}\n"
                    "  name: $name\n"));
    assert_true(
        tck_glob_match("init { service_name: \"cloudstate.tck.model.EventSourcedTwo\" entity_id: \"one\" snapshot { "
                       "snapshot_sequence: 5 ** } }\n"
                       "event { sequence: 6 payload { [**Persisted] { value: \"A\" } } }\n"
                       "command { entity_id: \"one\" id: 1 name: \"Call\" payload { [**Request] { id: \"one\" } } }\n",
                       engine_fixture_received(*state)));
}

static void fresh_ids_are_never_used_twice(void **state)
{
    struct tck_world *world = engine_fixture_world(*state);
    struct tck_fresh_ids other;
    struct tck_arena *arena;

    assert_int_equal(tck_arena_new(0, &arena, NULL), 0);
    assert_string_not_equal(tck_fresh_id(world->ids, "e", arena), tck_fresh_id(world->ids, "e", arena));
    tck_fresh_ids_init(&other);
    assert_string_not_equal(tck_fresh_id(&other, "e", arena), tck_fresh_id(world->ids, "e", arena));
    tck_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sending_puts_whole_messages_on_the_wire),
        cmocka_unit_test(a_row_gives_whole_values_with_types),
        cmocka_unit_test(fresh_ids_are_never_used_twice),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
