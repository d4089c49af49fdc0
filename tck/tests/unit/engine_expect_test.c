/* SPDX-License-Identifier: Apache-2.0
 *
 * Every expectation and every verb that expects: an answer that fits passes, a wrong one fails with the exact reason.
 */
// clang-format off
#include "testing.h"
// clang-format on

#include "engine_answers.h"
#include "engine_fixture.h"

#define ES TCK_PROTOCOL_EVENT_SOURCED
#define VE TCK_PROTOCOL_VALUE_ENTITY
#define CR TCK_PROTOCOL_CRDT
#define AC TCK_PROTOCOL_ACTION

#define COMMAND           "- init:\n- command: {id: x}\n"
#define DIFFERS(id, what) "difference: the reply to command " id " is not as expected: " what

// clang-format off
static const struct engine_case event_sourced[] = {
    { ES, NULL, COMMAND "  reply: {message: A}\n  events: [{value: A}]\n  snapshot: {value: S}\n  effects: [{id: e}]\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "A", ", events: [" PERSISTED("A") "], snapshot: " PERSISTED("S") ", side_effects: [" EFFECT("e", "") "]"),
      "passed" },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("1", "B", ""),
      DIFFERS("1", "reply.client_action.reply.payload.message: expected \"A\", was \"B\"") },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("2", "A", ""),
      DIFFERS("1", "reply.command_id: expected 1, was 2") },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n" ANSWERS("1", "A", ", events: [" PERSISTED("A") "]"),
      DIFFERS("1", "reply.events: expected absent, was **") },
    { ES, NULL, COMMAND "  reply: {}\n  events: [{value: A}, {value: B}]\n",
      "call\nat 2\n" ANSWERS("1", "''", ", events: [" PERSISTED("A") ", " PERSISTED("C") "]"),
      DIFFERS("1", "reply.events[1].value: expected \"B\", was \"C\"") },
    { ES, NULL, COMMAND "  reply: {}\n  events: {$unordered: [{value: B}, {value: A}]}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "''", ", events: [" PERSISTED("A") ", " PERSISTED("B") "]"), "passed" },
    { ES, NULL, COMMAND "  reply: {}\n  snapshot: {value: S}\n", "call\nat 2\n" ANSWERS("1", "''", ""),
      DIFFERS("1", "reply.snapshot: expected **, was absent") },
    { ES, NULL, COMMAND "  reply: {}\n  effects: [{id: e, synchronous: true}]\n",
      "call\nat 2\n" ANSWERS("1", "''", ", side_effects: [" EFFECT("e", "") "]"),
      DIFFERS("1", "reply.side_effects[0].synchronous: expected true, was **") },
    { ES, NULL, COMMAND "  reply: {}\n  effects: [{id: e, synchronous: true}, {payload: {'@type': cloudstate.tck.model.Request, id: f}, command: Process, service: cloudstate.tck.model.EventSourcedTckModel}]\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "''", ", side_effects: [" EFFECT("e", ", synchronous: true")
      ", {service_name: cloudstate.tck.model.EventSourcedTckModel, command_name: Process, payload: " REQUEST("f") "}]"),
      "passed" },
    { ES, NULL, COMMAND "  forward: {id: f}\n- passivate:\n",
      "call\nat 2\n" REPLIES("1", "forward: {service_name: cloudstate.tck.model.EventSourcedTwo, command_name: Call, payload: " REQUEST("f") "}", ""),
      "passed" },
    { ES, NULL, COMMAND "  forward: {id: f}\n", "call\nat 2\n" ANSWERS("1", "f", ""),
      DIFFERS("1", "**expected **, was **") },
    { ES, NULL, COMMAND "  forward: {id: f}\n",
      "call\nat 2\n" REPLIES("1", "forward: {service_name: no.Such, command_name: Call, payload: " REQUEST("f") "}", ""),
      DIFFERS("1", "reply.client_action.forward.service_name: expected \"cloudstate.tck.model.EventSourcedTwo\", was \"no.Such\"") },
    { ES, NULL, COMMAND "  forward: {payload: {id: f}, service: cloudstate.tck.model.EventSourcedTckModel, command: Process}\n- passivate:\n",
      "call\nat 2\n" REPLIES("1", "forward: {service_name: cloudstate.tck.model.EventSourcedTckModel, command_name: Process, payload: " REQUEST("f") "}", ""),
      "passed" },
    { ES, NULL, COMMAND "  failure: no\n- passivate:\n", "call\nat 2\n" FAILS("1", "no"), "passed" },
    { ES, NULL, COMMAND "  failure: no\n", "call\nat 2\n" FAILS("1", "nay"),
      DIFFERS("1", "reply.client_action.failure.description: expected \"no\", was \"nay\"") },
    { ES, NULL, COMMAND "  failure: {description: no, restart: true}\n", "call\nat 2\n" FAILS("1", "no"),
      DIFFERS("1", "reply.client_action.failure.restart: expected true, was **") },
    { ES, NULL, COMMAND "  failure: {$regex: '^n'}\n- passivate:\n", "call\nat 2\n" FAILS("1", "nay"), "passed" },
    { ES, NULL, COMMAND "  failure: no\n", "call\nat 2\n" REPLIES("1", "failure: {command_id: 9, description: no}", ""),
      DIFFERS("1", "reply.client_action.failure.command_id: expected 1, was 9") },
    { ES, NULL, COMMAND "  no_action: true\n  events: [{value: A}]\n", "call\nat 2\n" ANSWERS("1", "A", ", events: [" PERSISTED("A") "]"),
      DIFFERS("1", "reply.client_action: expected absent, was **") },
    { ES, NULL, COMMAND "  reply: {}\n  reply_metadata: [{key: k, string_value: v}]\n- passivate:\n",
      "call\nat 2\n" REPLIES("1", "reply: {" SAYS("''") ", metadata: {entries: [{key: k, string_value: v}]}}", ""), "passed" },
    { ES, NULL, COMMAND "  reply: {}\n", "call\nat 2\n" REPLIES("1", "reply: {" SAYS("''") ", metadata: {entries: [{key: k}]}}", ""),
      DIFFERS("1", "reply.client_action.reply.metadata: expected absent, was **") },
    /* An empty reply is an Any with its type; a reply without payload is another thing. */
    { ES, NULL, COMMAND "  reply: {}\n", "call\nat 2\n" REPLIES("1", "reply: {}", ""),
      DIFFERS("1", "reply.client_action.reply.payload: expected **, was absent") },
    { ES, NULL, COMMAND "  reply: {}\n", "call\nat 2\n< {reply: {command_id: 1}}\n",
      DIFFERS("1", "reply.client_action: expected **, was absent") },
    { ES, NULL, COMMAND "  reply: {message: A}\n", "call\nat 2\n< {failure: {command_id: 1, description: boom}}\n",
      DIFFERS("1", "**") },
};

static const struct engine_case value_entity[] = {
    { VE, NULL, COMMAND "  reply: {message: A}\n  update: {value: A}\n- passivate:\n",
      "call\nat 2\n" VE_ANSWERS("1", "A", ", state_action: {update: {value: " VE_STATE("A") "}}"), "passed" },
    { VE, NULL, COMMAND "  reply: {message: A}\n  update: {value: A}\n",
      "call\nat 2\n" VE_ANSWERS("1", "A", ", state_action: {update: {value: " VE_STATE("B") "}}"),
      DIFFERS("1", "reply.state_action.update.value.value: expected \"A\", was \"B\"") },
    { VE, NULL, COMMAND "  reply: {}\n  deleted: true\n- passivate:\n",
      "call\nat 2\n" VE_ANSWERS("1", "''", ", state_action: {delete: {}}"), "passed" },
    { VE, NULL, COMMAND "  reply: {}\n  deleted: true\n", "call\nat 2\n" VE_ANSWERS("1", "''", ""),
      DIFFERS("1", "reply.state_action: expected **, was absent") },
    { VE, NULL, COMMAND "  reply: {}\n", "call\nat 2\n" VE_ANSWERS("1", "''", ", state_action: {delete: {}}"),
      DIFFERS("1", "reply.state_action: expected absent, was **") },
};

static const struct engine_case crdt[] = {
    { CR, NULL, COMMAND "  reply: {state: {gcounter: {value: 1}}}\n  update: {gcounter: {increment: 1}}\n  write_consistency: ALL\n- passivate:\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", state_action: {update: {gcounter: {increment: 1}}, write_consistency: ALL}"), "passed" },
    { CR, NULL, COMMAND "  reply: {state: {gcounter: {value: 1}}}\n  update: {gcounter: {increment: 1}}\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", state_action: {update: {gcounter: {increment: 1}}, write_consistency: ALL}"),
      DIFFERS("1", "reply.state_action.write_consistency: expected absent, was ALL") },
    { CR, NULL, COMMAND "  reply: {state: {gcounter: {value: 1}}}\n  update: {gcounter: {increment: 1}}\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", state_action: {update: {gcounter: {increment: 2}}}"),
      DIFFERS("1", "reply.state_action.update.gcounter.increment: expected 1, was 2") },
    { CR, NULL, COMMAND "  reply: {state: {gcounter: {value: 1}}}\n  deleted: true\n- passivate:\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", state_action: {delete: {}}"), "passed" },
    { CR, NULL, COMMAND "  name: ProcessStreamed\n  subscribe: true\n  reply: {state: {gcounter: {value: 1}}}\n  streamed: true\n"
      "- delta: {gcounter: {increment: 1}}\n- streamed_message: {id: 1, reply: {state: {gcounter: {value: 2}}}, end_stream: true}\n- passivate:\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", streamed: true") "at 3\n" CRDT_STREAMS("1", "2", ", end_stream: true"), "passed" },
    { CR, NULL, COMMAND "  name: ProcessStreamed\n  subscribe: true\n  reply: {state: {gcounter: {value: 1}}}\n  streamed: true\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ""), DIFFERS("1", "reply.streamed: expected true, was **") },
    { CR, NULL, COMMAND "  name: ProcessStreamed\n  subscribe: true\n  reply: {state: {gcounter: {value: 1}}}\n  streamed: true\n"
      "- delta: {gcounter: {increment: 1}}\n- streamed_message: {id: 1, reply: {state: {gcounter: {value: 3}}}}\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", streamed: true") "at 3\n" CRDT_STREAMS("1", "2", ""),
      "difference: a streamed message for command 1 is not as expected: "
      "streamed_message.client_action.reply.payload.state.gcounter.value: expected 3, was 2" },
    { CR, NULL, COMMAND "  name: ProcessStreamed\n  subscribe: true\n  reply: {state: {gcounter: {value: 1}}}\n  streamed: true\n"
      "- cancel: 1\n- cancelled: {id: 1, update: {gcounter: {increment: 4}}}\n- passivate:\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", streamed: true")
      "at 3\n< {stream_cancelled_response: {command_id: 1, state_action: {update: {gcounter: {increment: 4}}}}}\n", "passed" },
    { CR, NULL, COMMAND "  name: ProcessStreamed\n  subscribe: true\n  reply: {state: {gcounter: {value: 1}}}\n  streamed: true\n"
      "- cancel: 1\n- cancelled: {id: 1}\n",
      "call\nat 2\n" CRDT_ANSWERS("1", "1", ", streamed: true") "at 3\n< {stream_cancelled_response: {command_id: 2}}\n",
      "difference: the answer to the cancellation of command 1 is not as expected: "
      "stream_cancelled_response.command_id: expected 1, was 2" },
};

static const struct engine_case actions[] = {
    { AC, NULL, "- unary: {groups: []}\n  reply: {message: A}\n", "call\nat 1\n" ACTION_ANSWERS("A", "") "end OK\n", "passed" },
    { AC, NULL, "- unary: {groups: []}\n  reply: {message: A}\n", "call\nat 1\n" ACTION_ANSWERS("B", "") "end OK\n",
      "difference: the response of the action is not as expected: reply.payload.message: expected \"A\", was \"B\"" },
    { AC, NULL, "- unary: {groups: []}\n  no_action: true\n  effects: [{id: a}]\n",
      "call\nat 1\n< {side_effects: [{service_name: cloudstate.tck.model.action.ActionTwo, command_name: Call, payload: "
      "{'@type': cloudstate.tck.model.action.OtherRequest, id: a}}]}\nend OK\n", "passed" },
    /* The id in an action's failure means nothing. */
    { AC, NULL, "- unary: {groups: []}\n  failure: no\n", "call\nat 1\n< {failure: {command_id: 77, description: no}}\nend OK\n", "passed" },
    { AC, NULL, "- unary: {groups: []}\n  failure: no\n", "call\nat 1\n< {failure: {description: nay}}\nend OK\n",
      "difference: the response of the action is not as expected: failure.description: expected \"no\", was \"nay\"" },
    { AC, NULL, "- unary: {groups: []}\n  reply: {message: A}\n", "call\nat 1\nend NOT_FOUND gone\n",
      "stream-ended: expected the response of the action, but the stream ended with NOT_FOUND: gone" },
    { AC, NULL, "- unary: {groups: []}\n  reply: {message: A}\n", "call\nat 1\n" ACTION_ANSWERS("A", "") "end DATA_LOSS late\n",
      "stream-ended: after its response, the call ended with DATA_LOSS: late" },
    { AC, NULL, "- streamed_in:\n- message: {groups: []}\n- half_close:\n- expect: {reply: {message: A}}\n",
      "call\nat half-close\n" ACTION_ANSWERS("A", "") "end OK\n", "passed" },
    { AC, NULL, "- streamed_out: {groups: []}\n- expect: {reply: {message: A}}\n- expect: {reply: {message: B}}\n- closed:\n",
      "call\nat 1\n" ACTION_ANSWERS("A", "") ACTION_ANSWERS("B", "") "end OK\n", "passed" },
    { AC, NULL, "- duplex:\n- message: {groups: []}\n  reply: {message: A}\n- message: {groups: []}\n  reply: {message: B}\n- passivate:\n",
      "call\nat 2\n" ACTION_ANSWERS("A", "") "at 3\n" ACTION_ANSWERS("B", ""), "passed" },
    /* Calls of one name follow each other; calls of several names run side by side. */
    { AC, NULL, "- unary: {groups: []}\n  reply: {message: A}\n- unary: {groups: []}\n  reply: {message: B}\n",
      "call\nat 1\n" ACTION_ANSWERS("A", "") "end OK\ncall\nat 1\n" ACTION_ANSWERS("B", "") "end OK\n", "passed" },
    { AC, NULL, "- duplex:\n  on: a\n- duplex:\n  on: b\n- message: {groups: []}\n  on: b\n  reply: {message: B}\n"
      "- message: {groups: []}\n  on: a\n  reply: {message: A}\n",
      "call\nat 2\n" ACTION_ANSWERS("A", "") "call\nat 2\n" ACTION_ANSWERS("B", ""), "passed" },
};

static const struct engine_case verbs[] = {
    { ES, NULL, "- init:\n- command: {id: x}\n- command: {id: x}\n- expect: {reply: {message: A}}\n- expect: {reply: {message: B}}\n- passivate:\n",
      "call\nat 3\n" ANSWERS("1", "A", "") ANSWERS("2", "B", ""), "passed" },
    { ES, NULL, "- init:\n- command: {id: x}\n- command: {id: x}\n- expect: {reply: {message: B}, id: 2}\n",
      "call\nat 3\n" ANSWERS("1", "A", ""),
      DIFFERS("2", "reply.command_id: expected 2, was 1 (and 1 more)") },
    { ES, NULL, "- init:\n- command: {id: x}\n  id: 9223372036854775807\n  reply: {message: A}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("'9223372036854775807'", "A", ""), "passed" },
    { ES, NULL, "- init:\n- init:\n- stream_failure: {description: {$regex: twice}}\n- ended:\n",
      "call\nat 2\n< {failure: {description: init came twice}}\nend INTERNAL x\n", "passed" },
    { ES, NULL, "- init:\n- init:\n- stream_failure:\n", "call\nat 2\n< {failure: {command_id: 3, description: x}}\n",
      "difference: a failure of the stream is not as expected: failure.command_id: expected absent, was 3" },
    { ES, NULL, "- init:\n- command: {id: x}\n- receive: {$partial: {reply: {$partial: {command_id: 1}}}}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "A", ""), "passed" },
    { ES, NULL, "- init:\n- command: {id: x}\n- receive: {$partial: {reply: {$partial: {command_id: 2}}}}\n",
      "call\nat 2\n" ANSWERS("1", "A", ""),
      "difference: a message is not as expected: reply.command_id: expected 2, was 1" },
    { ES, NULL, "- init:\n- half_close:\n- closed:\n", "call\n", "passed" },
    { ES, NULL, "- init:\n- closed: NOT_FOUND\n", "call\nat 1\nend INTERNAL boom\n",
      "difference: expected the end of the stream with NOT_FOUND, but it ended with INTERNAL: boom" },
    { ES, NULL, "- init:\n- closed: {code: {$one_of: [INTERNAL, UNKNOWN]}, message: {$regex: oo}}\n", "call\nat 1\nend INTERNAL boom\n", "passed" },
    { ES, NULL, "- init:\n- closed: {code: INTERNAL, message: bang}\n", "call\nat 1\nend INTERNAL boom\n",
      "difference: expected the end of the stream with INTERNAL, but it ended with INTERNAL: boom" },
    { ES, NULL, "- init:\n- ended:\n", "call\nat 1\nend ABORTED x\n", "passed" },
    { ES, NULL, "- init:\n- command: {id: x}\n- ended:\n", "call\nat 2\n" ANSWERS("1", "A", ""),
      "unexpected-message: expected the end of the stream, but a message arrived: reply { command_id: 1 **" },
    { ES, NULL, "- init:\n- silence: 20ms\n- passivate:\n", "call\n", "passed" },
    { ES, NULL, "- init:\n- command: {id: x}\n- silence: 2s\n", "call\nat 2\n" ANSWERS("1", "A", ""),
      "unexpected-message: expected silence for 2 s, but a message arrived: reply { **" },
    { ES, NULL, "- init:\n- silence: 2s\n", "call\nat 1\nend INTERNAL boom\n",
      "stream-ended: expected silence for 2 s, but the stream ended with INTERNAL: boom" },
    { ES, NULL, COMMAND "- passivate:\n", "call\nat 2\n" ANSWERS("1", "A", ""),
      "unexpected-message: expected the end of the stream with OK, but a message arrived: **" },
    { ES, NULL, "- init:\n- passivate:\n", "call\nat half-close\nend INTERNAL boom\n",
      "difference: expected the end of the stream with OK, but it ended with INTERNAL: boom" },
    /* What could not be sent is not forgotten because the stream ended well. */
    { ES, NULL, "- init:\n- init:\n- stream_failure:\n- ended:\n- command: {id: x}\n- passivate:\n",
      "call\nat 2\n< {failure: {description: twice}}\nend OK\n",
      "stream-ended: the stream had ended before step 5 could send its message" },
    /* check, captures */
    { ES, NULL, COMMAND "  reply: {message: {$capture: m}}\n- check: {value: $m, is: {$regex: '^A'}}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "ABC", ""), "passed" },
    { ES, NULL, COMMAND "  reply: {message: {$capture: m}}\n  events: [{value: {$capture: e}}]\n- check: {value: '${m} ${e}', is: ABC A}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "ABC", ", events: [" PERSISTED("A") "]"), "passed" },
    { ES, NULL, COMMAND "  reply: {message: {$capture: m}}\n- check: {value: $m, is: B}\n",
      "call\nat 2\n" ANSWERS("1", "ABC", ""), "check: the check does not hold: expected \"B\", was \"ABC\"" },
    { ES, NULL, COMMAND "  reply: {}\n  events: {$capture: events}\n- passivate:\n- init:\n- repeat: {times: 1}\n  steps:\n    - check: {value: $events, is: {$size: 2}}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "''", ", events: [" PERSISTED("A") ", " PERSISTED("B") "]"), "passed" },
    /* on: a loop opens many streams, and comes back to each */
    { ES, NULL, "- repeat: {times: 2, as: i}\n  steps:\n    - init:\n      on: e${i}\n    - command: {id: x}\n      on: e${i}\n      reply: {message: '${i}'}\n"
      "- repeat: {times: 2, as: i}\n  steps:\n    - command: {id: x}\n      on: e${i}\n      reply: {message: 'again ${i}'}\n    - passivate:\n      on: e${i}\n",
      "call\nat 2\n" ANSWERS("1", "'1'", "") "at 3\n" ANSWERS("2", "again 1", "")
      "call\nat 2\n" ANSWERS("1", "'2'", "") "at 3\n" ANSWERS("2", "again 2", ""), "passed" },
    /* abort: the stream is gone, and nothing is held against the candidate */
    { ES, NULL, "- init:\n- command: {id: x}\n- abort:\n- init:\n- passivate:\n", "call\nat 1\nstay\ncall\n", "passed" },
};

#define TWO "- init:\n- command: {id: x}\n- command: {id: x}\n- any_order:\n    - expect: {reply: {message: A}}\n    - expect: {reply: {message: B}}\n"
static const struct engine_case orders[] = {
    { ES, NULL, TWO "- passivate:\n", "call\nat 3\n" ANSWERS("1", "A", "") ANSWERS("2", "B", ""), "passed" },
    { CR, NULL, "- init:\n- command: {id: x}\n- command: {id: x}\n- any_order:\n"
      "    - expect: {reply: {state: {gcounter: {value: 1}}}}\n    - expect: {reply: {state: {gcounter: {value: 2}}}}\n- passivate:\n",
      "call\nat 3\n" CRDT_ANSWERS("2", "2", "") CRDT_ANSWERS("1", "1", ""), "passed" },
    /* The general one must not take the message that the special one needs. */
    { CR, NULL, "- init:\n- command: {id: x}\n- command: {id: x}\n- any_order:\n    - receive: {reply: {$any: }}\n"
      "    - receive: {reply: {$partial: {command_id: 1}}}\n- passivate:\n",
      "call\nat 3\n" CRDT_ANSWERS("1", "1", "") CRDT_ANSWERS("2", "2", ""), "passed" },
    { CR, NULL, "- init:\n- command: {id: x}\n- command: {id: x}\n- any_order:\n"
      "    - expect: {reply: {state: {gcounter: {value: {$capture: a}}}}}\n    - expect: {reply: {state: {gcounter: {value: {$capture: b}}}}}\n"
      "- check: {value: '${a} ${b}', is: 1 2}\n- passivate:\n",
      "call\nat 3\n" CRDT_ANSWERS("2", "2", "") CRDT_ANSWERS("1", "1", ""), "passed" },
    { ES, NULL, TWO, "call\nat 3\n" ANSWERS("1", "A", "") ANSWERS("2", "C", ""),
      "difference: message 2 of 2 in any order; the nearest that is still wanted: the reply to command 2 is not as expected: "
      "reply.client_action.reply.payload.message: expected \"B\", was \"C\"" },
    { ES, NULL, TWO, "call\nat 3\n" ANSWERS("1", "A", "") "end INTERNAL boom\n",
      "stream-ended: message 2 of 2 in any order; the nearest that is still wanted: expected the reply to command 2, but the "
      "stream ended with INTERNAL: boom" },
};

#define EITHER COMMAND "  either:\n    - as: asks for a restart\n      failure: {description: no, restart: true}\n" \
    "      then: [{passivate: }]\n    - as: goes on\n      failure: no\n" \
    "      then: [{command: {id: y}, reply: {message: A}}, {passivate: }]\n"
static const struct engine_case choices[] = {
    { ES, NULL, EITHER, "call\nat 2\n" REPLIES("1", "failure: {command_id: 1, description: no, restart: true}", ""),
      "passed; took: asks for a restart" },
    { ES, NULL, EITHER, "call\nat 2\n" FAILS("1", "no") "at 3\n" ANSWERS("2", "A", ""), "passed; took: goes on" },
    { ES, NULL, EITHER, "call\nat 2\n" FAILS("1", "no") "at 3\n" ANSWERS("2", "B", ""),
      DIFFERS("2", "reply.client_action.reply.payload.message: expected \"A\", was \"B\"") },
    { ES, NULL, EITHER, "call\nat 2\n" FAILS("1", "nay"),
      "difference: none of the 2 alternatives fits; of 'goes on', the nearest: the reply to command 1 is not as expected: "
      "reply.client_action.failure.description: expected \"no\", was \"nay\"" },
    { ES, NULL, EITHER, "call\nat 2\nend INTERNAL boom\n",
      "stream-ended: none of the 2 alternatives fits; of 'asks for a restart', the nearest: expected the reply to command 1, but "
      "the stream ended with INTERNAL: boom" },
    { ES, NULL, "- init:\n- init:\n- either:\n    - as: ends\n      ended:\n    - as: fails\n      stream_failure:\n    - as: waits\n      silence: 20ms\n",
      "call\nat 2\nend INTERNAL boom\n", "passed; took: ends" },
    { ES, NULL, COMMAND "- either:\n    - as: ends\n      ended:\n    - as: fails\n      stream_failure: {id: 1}\n    - as: waits\n      silence: 20ms\n",
      "call\nat 2\n< {failure: {command_id: 1, description: boom}}\nend OK\n", "passed; took: fails" },
    { ES, NULL, "- init:\n- either:\n    - as: ends\n      ended:\n    - as: waits\n      silence: 20ms\n      then: [{passivate: }]\n",
      "call\n", "passed; took: waits" },
    /* What a road that does not fit captured is forgotten. */
    { ES, NULL, "- set: {m: before}\n" COMMAND "  either:\n    - as: a\n      reply: {message: {$capture: m}}\n      events: [{value: A}]\n"
      "    - as: b\n      reply: {message: A}\n- check: {value: $m, is: before}\n- passivate:\n",
      "call\nat 2\n" ANSWERS("1", "A", ""), "passed; took: b" },
};
// clang-format on

static void event_sourced_expectations_hold_or_say_why(void **state)
{
    engine_fixture_check(*state, event_sourced, TCK_COUNT(event_sourced));
}

static void value_entity_expectations_hold_or_say_why(void **state)
{
    engine_fixture_check(*state, value_entity, TCK_COUNT(value_entity));
}

static void crdt_expectations_hold_or_say_why(void **state)
{
    engine_fixture_check(*state, crdt, TCK_COUNT(crdt));
}

static void action_expectations_hold_or_say_why(void **state)
{
    engine_fixture_check(*state, actions, TCK_COUNT(actions));
}

static void verbs_that_expect_hold_or_say_why(void **state)
{
    engine_fixture_check(*state, verbs, TCK_COUNT(verbs));
}

static void messages_in_any_order_find_each_its_expectation(void **state)
{
    engine_fixture_check(*state, orders, TCK_COUNT(orders));
}

static void alternatives_are_chosen_by_what_arrives(void **state)
{
    engine_fixture_check(*state, choices, TCK_COUNT(choices));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(event_sourced_expectations_hold_or_say_why),
        cmocka_unit_test(value_entity_expectations_hold_or_say_why),
        cmocka_unit_test(crdt_expectations_hold_or_say_why),
        cmocka_unit_test(action_expectations_hold_or_say_why),
        cmocka_unit_test(verbs_that_expect_hold_or_say_why),
        cmocka_unit_test(messages_in_any_order_find_each_its_expectation),
        cmocka_unit_test(alternatives_are_chosen_by_what_arrives),
    };

    return cmocka_run_group_tests(tests, engine_fixture_setup, engine_fixture_teardown);
}
