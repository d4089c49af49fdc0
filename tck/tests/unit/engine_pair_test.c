/* SPDX-License-Identifier: Apache-2.0
 *
 * Scenarios in front of a proxy: each verb for what the pair does, and for what it does not.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include <stdlib.h>

#include "engine_pair.h"

// clang-format off
#define ES     TCK_PROTOCOL_EVENT_SOURCED
#define VE     TCK_PROTOCOL_VALUE_ENTITY
#define CRDT   TCK_PROTOCOL_CRDT
#define ACTION TCK_PROTOCOL_ACTION

#define EMIT_A "{id: $id, actions: [emit: {value: A}]}"

static void check(void **state, const struct engine_pair_case *cases, size_t count)
{
    engine_pair_check(*state, cases, count);
}
#define CHECK(state, cases) check(state, cases, TCK_COUNT(cases))

static void conversations_behind_the_proxy_are_taken_side_by_side_and_differences_name_the_side(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n"
          "- init:\n"
          "- command: " EMIT_A "\n  reply: {message: A}\n  events: [{value: A}]\n"
          "- call: " EMIT_A "\n  returns: {message: AA}\n"
          "- command: " EMIT_A "\n  id: {$capture: c}\n"
          "- expect: {reply: {message: AA}, events: [{value: A}]}\n"
          "- check: {value: $c, is: 2}\n",
          "passed" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n- init: {snapshot: {sequence: 1, value: {value: A}}}\n",
          "proxy difference: the proxy's init is not as expected: init.snapshot: expected *" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: {id: $id, actions: [emit: {value: B}]}\n",
          "proxy difference: the proxy's command 1 is not as expected: command.payload.actions*0*emit.value: "
          "expected \"B\", was \"A\"" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A "\n  id: 7\n  reply: {message: A}\n",
          "proxy difference: the proxy's command 1 is not as expected: command.id: expected 7, was 1" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A "\n  reply: {message: B}\n  events: "
          "[{value: A}]\n",
          "user-function difference: the reply to command 1 is not as expected: *" },
        { "proxy", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- event: {value: A}\n",
          "proxy difference: an event from the proxy is not as expected: expected event, was command*" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init: {entity: nobody}\n  within: 50ms\n",
          "proxy timeout: waited 50 ms for the proxy to open a conversation for 'nobody' of "
          "cloudstate.tck.model.EventSourcedTckModel" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- command: {}\n  within: 50ms\n",
          "proxy timeout: waited 50 ms for the proxy's command 2" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- half_close:\n",
          "proxy unexpected-message: expected the proxy's half-close, but the proxy sent: *" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- abort:\n",
          "proxy unexpected-message: expected the proxy's reset of the stream, but the proxy sent: *" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- send: {command: {$any: }}\n- receive: {reply: {$any: }}\n",
          "passed" },
    };

    CHECK(state, cases);
}

static void what_no_step_expected_fails_after_the_last_step(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n", "passed" }, /* about its client alone */
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n",
          "proxy unexpected-message: on 'main', the proxy said what no step expected: *" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A "\n",
          "user-function unexpected-message: on 'main', the user function said what no step expected: *" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- call: {id: \"${id}-x\"}\n  returns:\n",
          "proxy unexpected-message: the proxy opened a conversation for 'entity-*-x' of "
          "cloudstate.tck.model.EventSourcedTckModel that no step waited for" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- silence: 50ms\n",
          "user-function unexpected-message: the client of 'client' heard what no step expected: *" },
    };

    CHECK(state, cases);
}

static void passivation_is_seen_and_the_entity_is_replayed(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- passivate:\n  at: gone\n"
          "- call: {id: $id}\n  returns: {message: A}\n- init:\n- event: {value: A}\n  at: replayed\n"
          "- command: {id: $id}\n  reply: {message: A}\n"
          "- order: [gone, replayed]\n- overlap: {at_most: 1}\n",
          "passed" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- passivate:\n"
          "- call: {id: $id}\n  returns: {message: A}\n- init:\n- event: {value: B}\n",
          "proxy difference: an event from the proxy is not as expected: event.payload.value: expected \"B\", was \"A\"" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: A}\n- overlap: {at_most: 0}\n",
          "proxy check: 1 conversations for '*' of cloudstate.tck.model.EventSourcedTckModel were open at once, expected "
          "at most 0" },
    };

    CHECK(state, cases);
}

static void client_hears_what_it_should_or_the_step_says_what_it_heard(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  as: one\n  metadata: [{key: x-a, string_value: b}]\n  deadline: 5s\n- returned: {message: "
          "A}\n  of: one\n",
          "passed" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: B}\n",
          "user-function difference: what the client of 'client' heard is not as expected: message: expected \"B\", was \"A\"" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n- returned: {message: B}\n",
          "user-function difference: what the client of 'client' heard is not as expected: *" },
        /* The user function said that too, but not as this answer: the steps behind the proxy show the right one. */
        { "pair", ES, NULL,
          "- meddle: {with: answer, nth: 2, do: alter, message: {reply: {command_id: 2, client_action: {reply: {payload: "
          "{\"@type\": cloudstate.tck.model.Response, message: A}}}}}}\n"
          "- call: " EMIT_A "\n  returns: {message: A}\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  events: [{value: A}]\n"
          "- call: " EMIT_A "\n  returns: {message: AA}\n- command: " EMIT_A
          "\n  reply: {message: AA}\n  events: [{value: A}]\n",
          "proxy difference: what the client of 'client' heard is not as expected: message: expected \"AA\", was \"A\"" },
        /* What the proxy sent is wrong, and is told in place of the answer that had to be wrong then. */
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  returns: {message: B}\n- init:\n- command: {id: $id, actions: [emit: {value: B}]}\n",
          "proxy difference: the proxy's command 1 is not as expected: *" },
        { "pair", ES, NULL, "- call: {id: $id, actions: [fail: {message: no}]}\n  fails: no\n", "passed" },
        { "pair", ES, NULL, "- call: {id: $id, actions: [fail: {message: no}]}\n  fails: yes\n",
          "user-function difference: the call 'client' did not end as expected: message: expected \"yes\", was \"no\"; it ended "
          "with UNKNOWN: no" },
        { "pair", ES, NULL, "- call: {id: $id, actions: [fail: {message: no}]}\n- failed: {code: UNKNOWN, description: no}\n",
          "passed" },
        { "pair", ES, NULL, "- call: {id: $id, actions: [fail: {message: no}]}\n- failed: {code: INTERNAL}\n",
          "proxy difference: the call 'client' did not end as expected: code: expected \"INTERNAL\", was \"UNKNOWN\"; *" },
        { "pair", ES, NULL, "- call: {id: $id, actions: [fail: {message: no}]}\n  returns:\n",
          "user-function stream-ended: the client of 'client' wanted a reply, but the call ended with UNKNOWN: no" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  fails: no\n",
          "user-function unexpected-message: the client of 'client' wanted the end of the call, but heard: *" },
        { "proxy", ACTION, NULL,
          "- call: {groups: [{steps: [{reply: {message: \"${id}-1\"}}, {reply: {message: \"${id}-2\"}}]}]}\n"
          "  method: ProcessStreamedOut\n"
          "- hears: {message: \"${id}-1\"}\n- hears: {message: \"${id}-2\"}\n- hung_up:\n"
          "- streamed_out: {groups: [{steps: [{reply: {message: \"${id}-1\"}}, {reply: {message: \"${id}-2\"}}]}]}\n"
          "- expect: {reply: {message: \"${id}-1\"}}\n- expect: {reply: {message: \"${id}-2\"}}\n- closed:\n",
          "user-function difference: the response of the action is not as expected: *" },
        { "proxy", ACTION, NULL,
          "- call:\n  method: ProcessStreamed\n- say: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n- hears: "
          "{message: $id}\n- quiet: 30ms\n- end_saying:\n- hung_up:\n"
          "- duplex:\n- message: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n  reply: {message: $id}\n- "
          "half_close:\n- closed:\n",
          "passed" },
        { "proxy", ACTION, NULL,
          "- call:\n  method: ProcessStreamed\n- say: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n- quiet: 3s\n",
          "unknown unexpected-message: the client of 'client' wanted silence for 3 s, but heard: *" },
        { "proxy", ACTION, NULL,
          "- call:\n  method: ProcessStreamed\n- say: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n- hears: "
          "{message: $id}\n- hung_up:\n  within: 50ms\n",
          "unknown timeout: the client of 'client': waited 50 ms for the end of the call" },
        { "proxy", ACTION, NULL,
          "- call:\n  method: ProcessStreamed\n- say: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n- hears: "
          "{message: $id}\n- leave:\n- duplex:\n- message: {groups: [{steps: [{reply: {message: $id}}]}]}\n  reply: {message: $id}\n- abort:\n",
          "passed" },
        { "proxy", ACTION, NULL,
          "- call: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n  method: ProcessUnary\n  returns: {message: $id}\n"
          "- unary: {groups: [{steps: [{reply: {message: \"${id}\"}}]}]}\n  reply: {message: $id}\n",
          "passed" },
    };

    CHECK(state, cases);
}

static void http_answers_and_reflection_are_compared(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- http: {post: \"/tck/model/eventsourced/${id}\"}\n  body: {actions: [{emit: {value: A}}]}\n  answer: {message: "
          "A}\n  answer_headers: {content-type: {$regex: json}}\n",
          "passed" },
        { "pair", ES, NULL,
          "- http: {post: \"/tck/model/eventsourced/${id}\"}\n  body: {actions: [{emit: {value: A}}]}\n  answer: {message: "
          "B}\n",
          "user-function difference: the JSON of the HTTP answer is not as expected: message: expected \"B\", was \"A\"; it was 200: "
          "{\"message\":*\"A\"}" },
        { "pair", ES, NULL,
          "- http: {post: \"/tck/model/eventsourced/${id}\"}\n  body: {actions: [{emit: {value: A}}]}\n  answer: {}\n",
          "user-function difference: the JSON of the HTTP answer is not as expected: message: *" },
        { "pair", ES, NULL, "- http: {get: /nowhere}\n  status: 404\n", "passed" },
        { "pair", ES, NULL, "- http: {get: /nowhere}\n",
          "proxy difference: the status of the HTTP answer is not as expected: expected 200, was 404; it was 404: *" },
        { "pair", ES, NULL,
          "- http: {post: \"/tck/model/eventsourced/${id}\"}\n  text: \"{\"\n  status: 400\n  answer_text: {$regex: .}\n",
          "passed" },
        { "pair", ES, NULL, "- http: {get: /nowhere}\n  status: 404\n  answer_text: X\n",
          "proxy difference: the body of the HTTP answer is not as expected: *" },
        { "pair", ES, NULL,
          "- reflect:\n  services: {$contains: [cloudstate.tck.model.EventSourcedTckModel]}\n  unknown_symbol: "
          "{file_descriptor_response: {}}\n",
          "passed" },
        { "pair", ES, NULL, "- reflect:\n  services: [a.B]\n",
          "proxy difference: what reflection answered is not as expected: list_services_response.service*" },
        { "pair", TCK_PROTOCOL_DISCOVERY, NULL,
          "- discover: {$partial: {protocol_minor_version: 2}}\n  spec: {$any: }\n", "passed" },
        { "pair", TCK_PROTOCOL_DISCOVERY, NULL, "- discover: {$partial: {proxy_name: nobody}}\n",
          "proxy difference: the proxy's ProxyInfo is not as expected: proxy_name: expected \"nobody\", was *" },
        { "pair", TCK_PROTOCOL_DISCOVERY, NULL, "- discover:\n  spec: {}\n",
          "user-function difference: the user function's EntitySpec is not as expected: **" },
    };

    CHECK(state, cases);
}

static void moments_are_compared_by_one_clock(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  at: asked\n- init:\n- command: " EMIT_A
          "\n  at: said\n  reply: {message: A}\n  events: [{value: A}]\n- returned: {message: A}\n  at: heard\n"
          "- order: [asked, said, heard]\n- apart: {from: asked, to: heard, at_most: 5s}\n",
          "passed" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  at: a\n- returned: {message: A}\n  at: b\n- order: [b, a]\n",
          "proxy check: 'a' came * before 'b', and not after it" },
        { "pair", ES, NULL,
          "- call: " EMIT_A "\n  at: a\n- returned: {message: A}\n  at: b\n- apart: {from: a, to: b, at_least: 10s}\n",
          "proxy check: 'b' came * after 'a', expected at least 10 s" },
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: delay, delay: 200ms}\n- call: " EMIT_A "\n  at: a\n- returned: {message: A}\n  at: b\n"
          "- apart: {from: a, to: b, at_most: 100ms}\n",
          "proxy check: 'b' came * after 'a', expected at most 100 ms" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  at: \"x-${id}\"\n  returns: {message: A}\n- order: [\"x-${id}\", \"y-${id}\"]\n",
          " scenario-mistake: *no step before this one named a moment 'y-*'" },
    };

    CHECK(state, cases);
}

static void interference_does_what_it_says_until_the_scenario_ends(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: hold, name: x}\n- call: " EMIT_A "\n- quiet: 50ms\n- release: x\n  at: released\n"
          "- returned: {message: A}\n  at: heard\n- order: [released, heard]\n",
          "passed" },
        { "pair", ES, NULL, "- release: nothing\n  within: 50ms\n",
          "unknown timeout: waited 50 ms for something to pass that is held as 'nothing'" },
        { "pair", ES, NULL,
          "- meddle: {with: command, nth: 2, do: delay, delay: 200ms}\n- call: " EMIT_A "\n  returns: {message: A}\n  at: a\n- "
          "call: " EMIT_A "\n  returns: {message: AA}\n  at: b\n- apart: {from: a, to: b, at_least: 200ms}\n",
          "passed" },
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: alter, message: {reply: {command_id: 99}}}\n- call: " EMIT_A
          "\n  fails: {$any: }\n- reported: {$regex: .}\n",
          "passed" },
        { "pair", ES, NULL,
          "- meddle: {with: command, do: sever, status: INTERNAL, text: cut}\n- call: " EMIT_A "\n  fails: {$any: }\n",
          "passed" },
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: hold, name: x}\n- call: " EMIT_A "\n- init:\n- command: " EMIT_A
          "\n  reply: {message: A}\n  within: 50ms\n",
          "unknown timeout: waited 50 ms for the reply to command 1" },
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: alter, message: {reply: {command_id: 1, client_action: {reply: {payload: {\"@type\": "
          "cloudstate.tck.model.Response, message: B}}}}}}\n- call: " EMIT_A
          "\n  returns: {message: B}\n- init:\n- command: " EMIT_A "\n  reply: {message: A}\n  events: [{value: A}]\n",
          "passed" },
        { "pair", ES, NULL,
          "- meddle: {with: reply, do: drop}\n- call: " EMIT_A "\n- quiet: 100ms\n- leave:\n", "passed" },
        { "pair", ES, NULL,
          "- meddle: {with: command, do: sever}\n- meddle: {with: command, nth: 2, do: sever}\n"
          "- call: " EMIT_A "\n  fails: {$any: }\n- call: " EMIT_A "\n  fails: {$any: }\n- call: " EMIT_A
          "\n  returns: {message: A}\n",
          "passed" },
        { "pair", ES, NULL, "- reported: {$regex: no such report}\n  within: 80ms\n",
          "proxy timeout: waited 80 ms for the proxy to report {$regex: no such report}" },
        { "pair", ES, "exclusive: true", "- refuse: true\n- call: " EMIT_A "\n  fails: {$any: }\n- refuse: false\n", "passed" },
        /* The refusal of the case before is over, and so is that of a scenario that did not end it. */
        { "pair", ES, "exclusive: true", "- refuse: true\n", "passed" },
        { "pair", ES, NULL, "- repeat: {times: 40}\n  steps: [{http: {get: /ready}}]\n- call: " EMIT_A "\n  returns: {message: A}\n",
          "passed" },
    };

    CHECK(state, cases);
}

static void clients_at_the_same_time_share_findings_and_moments(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, NULL,
          "- parallel: {times: 8, as: i, steps: [{call: {id: \"${id}-${i}\", actions: [emit: {value: A}]}, returns: {message: "
          "A}, as: \"c-${i}\", at: \"m-${i}\"}]}\n- set: {n: 8}\n- order: [\"m-${n}\", \"m-${n}\"]\n",
          "passed" },
        { "pair", ES, NULL,
          "- parallel: {times: 8, as: i, steps: [{call: {id: \"${id}-${i}\", actions: [emit: {value: A}]}, returns: {message: "
          "A}}]}\n",
          "passed" },
        { "pair", ES, NULL,
          "- parallel:\n  - - call: {id: \"${id}-a\"}\n      returns:\n  - - call: {id: \"${id}-b\"}\n      returns: {message: "
          "X}\n",
          "user-function difference: what the client of 'client' heard is not as expected: message: expected \"X\", was \"\"" },
        { "pair", ES, NULL,
          "- parallel:\n  - - call: {id: \"${id}-a\"}\n      as: a\n  - - call: {id: \"${id}-b\"}\n      as: b\n- returned:\n  "
          "of: a\n- returned:\n  of: b\n",
          "passed" },
        { "pair", ES, NULL,
          "- parallel: {times: 20, as: i, steps: [{repeat: {times: 5}, steps: [{call: {id: $id, actions: [emit: {value: "
          "A}]}, returns: {$any: }}]}]}\n",
          "passed" },
    };

    CHECK(state, cases);
}

static void processes_end_and_start_as_the_scenario_wants(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- call: " EMIT_A "\n  returns: {message: A}\n- restart_proxy: {how: kill}\n- call: {id: $id}\n  returns:\n",
          "passed" },
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- kill_proxy:\n- call: " EMIT_A "\n  fails: {$any: }\n- start_proxy:\n- call: " EMIT_A "\n  returns: {message: A}\n",
          "passed" },
        { "pair", ES, "timeout: 60s\n    exclusive: true", "- kill_proxy:\n", "passed" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n", "passed" },
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- restart_user_function:\n- call: " EMIT_A "\n  returns: {message: A}\n", "passed" },
    };

    CHECK(state, cases);
}

static void proxy_is_told_what_the_scenario_makes_of_the_answer_to_discovery(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- kill_proxy:\n- meddle: {with: discovery, do: merge, message: {entities: [{service_name: no.Such, entity_type: "
          "cloudstate.action.ActionProtocol}]}}\n- start_proxy: {ready: false}\n- reported: {$regex: \"no\\\\.Such\"}\n"
          "- start_proxy:\n- call: " EMIT_A "\n  returns: {message: A}\n",
          "passed" },
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- kill_proxy:\n- meddle: {with: discovery, do: merge, times: 0, without: [\"*.EventSourcedTwo\"], files: "
          "[tck/odd/keys.proto], message: {entities: [{service_name: tck.odd.LateKey, entity_type: "
          "cloudstate.eventsourced.EventSourced, persistence_id: odd}]}}\n"
          "- start_proxy:\n- call: {name: $id}\n  service: tck.odd.LateKey\n  method: Process\n  fails: {code: {$not: "
          "UNIMPLEMENTED}}\n- call: {id: $id}\n  service: cloudstate.tck.model.EventSourcedTwo\n  method: Call\n  fails: "
          "{code: UNIMPLEMENTED}\n",
          "passed" },
        /* What was said there is forgotten. */
        { "pair", ES, NULL,
          "- call: {name: $id}\n  service: tck.odd.LateKey\n  method: Process\n  fails: {code: UNIMPLEMENTED}\n- call: " EMIT_A
          "\n  returns: {message: A}\n",
          "passed" },
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- kill_proxy:\n- meddle: {with: discovery, do: hold, name: x}\n- start_proxy: {ready: false}\n"
          "- call: " EMIT_A "\n  deadline: 50ms\n  returns: {message: A}\n",
          "* *: *" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n", "passed" },
    };

    CHECK(state, cases);
}

/* It is no other scenario's business: theirs is started anew, and told the truth. */
static void proxy_that_is_never_ready_with_what_it_was_told_at_its_start_is_no_lost_candidate(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, "timeout: 60s\n    exclusive: true",
          "- kill_proxy:\n- meddle: {with: discovery, do: merge, times: 0, message: {entities: [{service_name: no.Such, "
          "entity_type: cloudstate.action.ActionProtocol}]}}\n- start_proxy:\n",
          "* timeout: *not ready within 5 s*" },
        { "pair", ES, NULL, "- call: " EMIT_A "\n  returns: {message: A}\n", "passed" },
    };

    engine_pair_patience(*state, TCK_SECONDS(5));
    CHECK(state, cases);
    engine_pair_patience(*state, TCK_SECONDS(60));
}

static void time_that_a_process_takes_to_start_is_not_the_scenarios(void **state)
{
    static const struct engine_pair_case cases[] = {
        { "pair", ES, "timeout: 1s\n    exclusive: true",
          "- call: " EMIT_A "\n  returns: {message: A}\n- restart_proxy: {how: kill}\n- call: {id: $id}\n  returns:\n",
          "passed" },
    };

    engine_pair_slow_down(*state, TCK_MS(1500));
    CHECK(state, cases);
    engine_pair_slow_down(*state, 0);
}
// clang-format on

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations_behind_the_proxy_are_taken_side_by_side_and_differences_name_the_side),
        cmocka_unit_test(what_no_step_expected_fails_after_the_last_step),
        cmocka_unit_test(passivation_is_seen_and_the_entity_is_replayed),
        cmocka_unit_test(client_hears_what_it_should_or_the_step_says_what_it_heard),
        cmocka_unit_test(http_answers_and_reflection_are_compared),
        cmocka_unit_test(moments_are_compared_by_one_clock),
        cmocka_unit_test(interference_does_what_it_says_until_the_scenario_ends),
        cmocka_unit_test(clients_at_the_same_time_share_findings_and_moments),
        cmocka_unit_test(processes_end_and_start_as_the_scenario_wants),
        cmocka_unit_test(proxy_is_told_what_the_scenario_makes_of_the_answer_to_discovery),
        cmocka_unit_test(proxy_that_is_never_ready_with_what_it_was_told_at_its_start_is_no_lost_candidate),
        cmocka_unit_test(time_that_a_process_takes_to_start_is_not_the_scenarios),
    };

    return cmocka_run_group_tests(tests, engine_pair_setup, engine_pair_teardown);
}
