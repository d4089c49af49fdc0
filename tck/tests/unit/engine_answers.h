/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_answers.h — answers of the TCK models, as lines of a candidate's script (engine_fixture.h).
 */
#ifndef TCK_TESTS_ENGINE_ANSWERS_H
#define TCK_TESTS_ENGINE_ANSWERS_H

// clang-format off
/* Payloads. */
#define SAYS(text) "payload: {'@type': cloudstate.tck.model.Response, message: " text "}"
#define PERSISTED(text) "{'@type': cloudstate.tck.model.Persisted, value: " text "}"
#define REQUEST(id) "{'@type': cloudstate.tck.model.Request, id: " id "}"
#define EFFECT(id, more) "{service_name: cloudstate.tck.model.EventSourcedTwo, command_name: Call, payload: " REQUEST(id) more "}"
/* A reply with a client action, and more fields: ", events: […]". */
#define REPLIES(id, action, more) "< {reply: {command_id: " id ", client_action: {" action "}" more "}}\n"
#define ANSWERS(id, text, more) REPLIES(id, "reply: {" SAYS(text) "}", more)
#define FAILS(id, text) REPLIES(id, "failure: {command_id: " id ", description: " text "}", "")
#define VE_STATE(text) "{'@type': cloudstate.tck.model.valueentity.Persisted, value: " text "}"
#define VE_ANSWERS(id, text, more) \
    REPLIES(id, "reply: {payload: {'@type': cloudstate.tck.model.valueentity.Response, message: " text "}}", more)
#define CRDT_STATE(n) "{'@type': cloudstate.tck.model.crdt.Response, state: {gcounter: {value: " n "}}}"
#define CRDT_ANSWERS(id, n, more) REPLIES(id, "reply: {payload: " CRDT_STATE(n) "}", more)
#define CRDT_STREAMS(id, n, more) \
    "< {streamed_message: {command_id: " id ", client_action: {reply: {payload: " CRDT_STATE(n) "}}" more "}}\n"
#define ACTION_ANSWERS(text, more) \
    "< {reply: {payload: {'@type': cloudstate.tck.model.action.Response, message: " text "}}" more "}\n"
// clang-format on

#endif
