/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/language.h — which keys may stand where, and what their values may be.
 *
 * Together with the verbs and expectations of spec/spec.h these tables are the whole grammar of scenario files. The
 * loader checks by them, "did you mean" searches them, specs/schema.json is printed from them (tck-spec-schema) and
 * `tck explain` speaks from them. A new key is one row here, and a line in specs/README.md.
 */
#ifndef TCK_SPEC_LANGUAGE_H
#define TCK_SPEC_LANGUAGE_H

#include "spec/spec.h"

/* Which kinds of tree a value may be: bits of 1 << enum tck_tree_kind, and two more. */
#define TCK_CAN_NULL     (1u << TCK_TREE_NULL)
#define TCK_CAN_BOOL     (1u << TCK_TREE_BOOL)
#define TCK_CAN_NUMBER   (1u << TCK_TREE_NUMBER)
#define TCK_CAN_STRING   (1u << TCK_TREE_STRING)
#define TCK_CAN_LIST     (1u << TCK_TREE_LIST)
#define TCK_CAN_MAP      (1u << TCK_TREE_MAP)
#define TCK_CAN_VARIABLE (1u << 6) /* "$name" as a whole, which may stand for any kind */
#define TCK_CAN_MATCHER  (1u << 7) /* {$any: }, {$regex: …}, … */
#define TCK_CAN_BE_SOME  0xfeu
#define TCK_CAN_BE_ANY   0xffu

// clang-format off

/* The maps whose keys are fixed. id, how a sentence names it, expectations that may stand in it (bits) */
#define TCK_E(id) (1u << TCK_EXPECTATION_##id)
#define TCK_EXPECT_ALL ((1u << TCK_EXPECTATION_COUNT) - 1)
#define TCK_SHAPE_MAP(XX)                                                                                        \
    XX(NONE, "a map", 0)                                                                                       \
    XX(SUITE, "a suite", 0)                                                                                    \
    XX(SCENARIO, "a scenario", 0)                                                                              \
    XX(DEFAULTS, "'defaults'", 0)                                                                              \
    XX(TARGET, "'target'", 0)                                                                                  \
    XX(STEP, "a step", 0)                                                                                      \
    XX(ALTERNATIVE, "an alternative", TCK_EXPECT_ALL)                                                          \
    XX(INIT, "'init'", 0)                                                                                      \
    XX(FROM_SNAPSHOT, "'snapshot'", 0)                                                                         \
    XX(FAILURE, "'failure'", 0)                                                                                \
    XX(BYTES, "'send_bytes'", 0)                                                                               \
    XX(REPLY, "'expect'", TCK_EXPECT_ALL)                                                                      \
    XX(STREAMED_MESSAGE, "'streamed_message'", TCK_E(REPLY) | TCK_E(FORWARD) | TCK_E(FAILURE) | TCK_E(EFFECTS)) \
    XX(CANCELLED, "'cancelled'", TCK_E(EFFECTS) | TCK_E(UPDATE) | TCK_E(DELETED))                              \
    XX(STREAM_FAILURE, "'stream_failure'", 0)                                                                  \
    XX(STATUS, "'closed'", 0)                                                                                  \
    XX(CHECK, "'check'", 0)                                                                                    \
    XX(REPEAT, "'repeat'", 0)                                                                                  \
    XX(CALL_FAILURE, "a call's failure", 0)                                                                    \
    XX(HTTP, "'http'", 0)                                                                                      \
    XX(PARALLEL, "'parallel'", 0)                                                                              \
    XX(MEDDLE, "'meddle'", 0)                                                                                  \
    XX(RESTART, "a restart", 0)                                                                                \
    XX(START, "a start", 0)                                                                                  \
    XX(APART, "'apart'", 0)                                                                                    \
    XX(OVERLAP, "'overlap'", 0)                                                                                \
    XX(REQUIREMENT, "a rule", 0)

/* id, what it takes (for "'tags' takes a list of texts, found a number"), kinds, its keys if a map, its elements if a list */
#define TCK_VALUE_MAP(XX)                                                                                      \
    XX(ANY, "a value", TCK_CAN_BE_ANY, NONE, ANY)                                                              \
    XX(SOME, "a value", TCK_CAN_BE_SOME, NONE, ANY)                                                            \
    XX(NOTHING, "nothing", TCK_CAN_NULL, NONE, ANY)                                                            \
    XX(TEXT, "a text", TCK_CAN_STRING, NONE, ANY)                                                              \
    XX(TEXTS, "a list of texts", TCK_CAN_LIST, NONE, TEXT)                                                     \
    XX(BOOLEAN, "true or false", TCK_CAN_BOOL, NONE, ANY)                                                      \
    XX(DURATION, "a duration such as 250ms, 3s or 2m", TCK_CAN_STRING | TCK_CAN_NUMBER, NONE, ANY)             \
    XX(ROLE, "user-function, proxy or pair", TCK_CAN_STRING, NONE, ANY)                                        \
    XX(PROTOCOL, "discovery, event-sourced, value-entity, crdt or action", TCK_CAN_STRING, NONE, ANY)          \
    XX(LEVEL, "must, should, may or upstream", TCK_CAN_STRING, NONE, ANY)                                      \
    XX(TAG, "a word", TCK_CAN_STRING, NONE, ANY)                                                               \
    XX(TAGS, "a list of words", TCK_CAN_LIST, NONE, TAG)                                                       \
    XX(RULE, "the id of a rule, such as ES-SNAPSHOT-1", TCK_CAN_STRING, NONE, ANY)                             \
    XX(RULES, "a list of rule ids", TCK_CAN_LIST, NONE, RULE)                                                  \
    XX(UPSTREAM, "a name of the form 'section | role | name'", TCK_CAN_STRING, NONE, ANY)                      \
    XX(FULL_NAME, "a full name such as cloudstate.tck.model.Persisted", TCK_CAN_STRING, NONE, ANY)             \
    XX(FULL_NAMES, "a list of full names", TCK_CAN_LIST, NONE, FULL_NAME)                                      \
    XX(VARIABLE, "a name of letters, digits and '_'", TCK_CAN_STRING, NONE, ANY)                               \
    XX(CONVERSATION, "a name without spaces", TCK_CAN_STRING, NONE, ANY)                                       \
    XX(STRING, "a text", TCK_CAN_STRING, NONE, ANY)                                                            \
    XX(NUMBER, "a whole number", TCK_CAN_NUMBER | TCK_CAN_VARIABLE, NONE, ANY)                                 \
    XX(FLAG, "true (else leave it out)", TCK_CAN_BOOL | TCK_CAN_VARIABLE, NONE, ANY)                           \
    XX(FIELDS, "a map of fields", TCK_CAN_MAP | TCK_CAN_VARIABLE, NONE, ANY)                                   \
    XX(OPTIONAL_FIELDS, "nothing or a map of fields", TCK_CAN_NULL | TCK_CAN_MAP | TCK_CAN_VARIABLE, NONE, ANY) \
    XX(METADATA, "a list of {key, string_value}", TCK_CAN_LIST | TCK_CAN_VARIABLE | TCK_CAN_MATCHER, NONE, FIELDS)               \
    XX(BYTES, "base64, or {hex: …}", TCK_CAN_STRING | TCK_CAN_MAP, BYTES, ANY)                                 \
    XX(HEX, "pairs of hexadecimal digits", TCK_CAN_STRING | TCK_CAN_NUMBER, NONE, ANY)                         \
    XX(LIST, "a list", TCK_CAN_LIST | TCK_CAN_VARIABLE, NONE, ANY)                                             \
    XX(PATTERNS, "a list of patterns", TCK_CAN_LIST | TCK_CAN_VARIABLE | TCK_CAN_MATCHER, NONE, ANY)           \
    XX(NUMBER_PATTERN, "a whole number", TCK_CAN_NUMBER | TCK_CAN_VARIABLE | TCK_CAN_MATCHER, NONE, ANY)       \
    XX(STRING_PATTERN, "a text", TCK_CAN_STRING | TCK_CAN_MATCHER, NONE, ANY)                                  \
    XX(BOOLEAN_PATTERN, "true or false", TCK_CAN_BOOL | TCK_CAN_VARIABLE | TCK_CAN_MATCHER, NONE, ANY)         \
    XX(CONSISTENCY, "LOCAL, MAJORITY or ALL", TCK_CAN_STRING | TCK_CAN_MATCHER, NONE, ANY)                     \
    XX(STATUS_NAME, "a status name such as UNAVAILABLE", TCK_CAN_STRING | TCK_CAN_MATCHER, NONE, ANY)          \
    XX(STATUS, "nothing, a status name or {code, message}",                                                    \
       TCK_CAN_NULL | TCK_CAN_STRING | TCK_CAN_MAP | TCK_CAN_MATCHER, STATUS, ANY)                             \
    XX(FAILURE, "a description or {description, restart}", TCK_CAN_STRING | TCK_CAN_MAP | TCK_CAN_MATCHER, FAILURE, ANY) \
    XX(DEFAULTS, "a map of defaults", TCK_CAN_MAP, DEFAULTS, ANY)                                              \
    XX(TARGET, "{service, command}", TCK_CAN_MAP, TARGET, ANY)                                                 \
    XX(INIT, "nothing or a map", TCK_CAN_NULL | TCK_CAN_MAP, INIT, ANY)                                        \
    XX(FROM_SNAPSHOT, "{sequence, value}", TCK_CAN_MAP, FROM_SNAPSHOT, ANY)                                    \
    XX(REPLY, "nothing or a map of expectations", TCK_CAN_NULL | TCK_CAN_MAP, REPLY, ANY)                      \
    XX(STREAMED_MESSAGE, "a map of expectations", TCK_CAN_MAP, STREAMED_MESSAGE, ANY)                          \
    XX(CANCELLED, "a map of expectations", TCK_CAN_MAP, CANCELLED, ANY)                                        \
    XX(STREAM_FAILURE, "nothing or {id, description, restart}", TCK_CAN_NULL | TCK_CAN_MAP, STREAM_FAILURE, ANY) \
    XX(CHECK, "{value, is}", TCK_CAN_MAP, CHECK, ANY)                                                          \
    XX(REPEAT, "{times: 50, as: i} or {each: [a, b], as: x}", TCK_CAN_MAP, REPEAT, ANY)                        \
    XX(FRESH, "a name, a list of names or {name: prefix}", TCK_CAN_STRING | TCK_CAN_LIST | TCK_CAN_MAP, NONE, VARIABLE) \
    XX(CALL_FAILURE, "a description or {code, description}",                                                   \
       TCK_CAN_STRING | TCK_CAN_MAP | TCK_CAN_MATCHER, CALL_FAILURE, ANY)                                      \
    XX(CALL_NAME, "nothing or a call's name", TCK_CAN_NULL | TCK_CAN_STRING, NONE, ANY)                        \
    XX(HTTP, "{verb: path}, as in {get: /carts/$id}", TCK_CAN_MAP, HTTP, ANY)                                  \
    XX(HEADERS, "a map of headers", TCK_CAN_MAP, NONE, ANY)                                                    \
    XX(PARALLEL, "a list of lists of steps, or {times: 10, as: i, steps: […]}", TCK_CAN_LIST | TCK_CAN_MAP, PARALLEL, ANY) \
    XX(MEDDLE, "{with, do, …}", TCK_CAN_MAP, MEDDLE, ANY)                                                      \
    XX(MEDDLE_WITH, "open, init, event, command, reply, answer, half_close, end, discovery or report", TCK_CAN_STRING, NONE, ANY)                     \
    XX(MEDDLE_DO, "delay, drop, duplicate, alter, merge, inject, sever or hold", TCK_CAN_STRING, NONE, ANY)           \
    XX(RESTART, "nothing or {how: kill} or {how: stop}", TCK_CAN_NULL | TCK_CAN_MAP, RESTART, ANY)             \
    XX(START, "nothing or {ready: false}", TCK_CAN_NULL | TCK_CAN_MAP, START, ANY)                             \
    XX(HOW, "kill or stop", TCK_CAN_STRING, NONE, ANY)                                                         \
    XX(NEED, "durable-store", TCK_CAN_STRING, NONE, ANY)                                                       \
    XX(NEEDS, "a list of needs", TCK_CAN_LIST, NONE, NEED)                                                     \
    XX(MOMENTS, "a list of moments", TCK_CAN_LIST, NONE, CONVERSATION)                                         \
    XX(APART, "{from, to, at_least, at_most}", TCK_CAN_MAP, APART, ANY)                                        \
    XX(OVERLAP, "{service, entity, at_most}", TCK_CAN_MAP, OVERLAP, ANY)                                       \
    XX(VARIABLES, "a map of variables", TCK_CAN_MAP, NONE, ANY)                                                \
    XX(ROWS, "a list of maps", TCK_CAN_LIST, NONE, ANY)                                                        \
    XX(STEPS, "a list of steps", TCK_CAN_LIST, NONE, ANY)                                                      \
    XX(EXPECTING_STEPS, "a list of expecting steps", TCK_CAN_LIST, NONE, ANY)                                  \
    XX(ALTERNATIVES, "a list of alternatives", TCK_CAN_LIST, NONE, ANY)                                        \
    XX(SCENARIOS, "a list of scenarios", TCK_CAN_LIST, NONE, ANY)

/* map, key, value, NEEDED or OPTIONAL, protocols, meaning */
#define TCK_KEY_MAP(XX)                                                                                        \
    XX(SUITE, "suite", TEXT, NEEDED, TCK_IN_ALL, "its title, for reports")                                     \
    XX(SUITE, "role", ROLE, NEEDED, TCK_IN_ALL, "what is judged")                                              \
    XX(SUITE, "protocol", PROTOCOL, NEEDED, TCK_IN_ALL, "which steps and shorthands apply")                    \
    XX(SUITE, "services", FULL_NAMES, OPTIONAL, TCK_IN_ALL, "services that the candidate must declare")        \
    XX(SUITE, "defaults", DEFAULTS, OPTIONAL, TCK_IN_ALL, "what steps need not repeat")                        \
    XX(SUITE, "level", LEVEL, OPTIONAL, TCK_IN_ALL, "what a breach means; must by default")                    \
    XX(SUITE, "tags", TAGS, OPTIONAL, TCK_IN_ALL, "words to select by")                                        \
    XX(SUITE, "timeout", DURATION, OPTIONAL, TCK_IN_ALL, "how long a scenario may take in all; default 10s")   \
    XX(SUITE, "within", DURATION, OPTIONAL, TCK_IN_ALL, "how long each step waits; default 3s")                \
    XX(SUITE, "scenarios", SCENARIOS, NEEDED, TCK_IN_ALL, "the scenarios")                                     \
    XX(SCENARIO, "name", TEXT, NEEDED, TCK_IN_ALL, "a sentence that says what must hold; unique in its file")  \
    XX(SCENARIO, "upstream", UPSTREAM, OPTIONAL, TCK_IN_ALL,                                                   \
       "the original kit's scenario that this one stands for: section | role | name")                          \
    XX(SCENARIO, "covers", RULES, OPTIONAL, TCK_IN_ALL, "ids of requirements.yaml that it proves")             \
    XX(SCENARIO, "level", LEVEL, OPTIONAL, TCK_IN_ALL, "what a breach means; the suite's by default")          \
    XX(SCENARIO, "tags", TAGS, OPTIONAL, TCK_IN_ALL, "words to select by, besides the suite's")                \
    XX(SCENARIO, "timeout", DURATION, OPTIONAL, TCK_IN_ALL, "how long it may take in all")                     \
    XX(SCENARIO, "within", DURATION, OPTIONAL, TCK_IN_ALL, "how long each step waits")                         \
    XX(SCENARIO, "services", FULL_NAMES, OPTIONAL, TCK_IN_ALL, "services it needs besides the suite's")        \
    XX(SCENARIO, "defaults", DEFAULTS, OPTIONAL, TCK_IN_ALL, "defaults on top of the suite's")                 \
    XX(SCENARIO, "why", TEXT, OPTIONAL, TCK_IN_ALL, "one sentence for the reader of a failure")                \
    XX(SCENARIO, "rows", ROWS, OPTIONAL, TCK_IN_ALL,                                                           \
       "a table: it runs once for each row, with the row's keys as variables; `row` names the row")            \
    XX(SCENARIO, "exclusive", BOOLEAN, OPTIONAL, TCK_IN_ALL, "true: nothing else runs meanwhile")              \
    XX(SCENARIO, "steps", STEPS, NEEDED, TCK_IN_ALL, "the conversation")                                       \
    XX(DEFAULTS, "service", FULL_NAME, OPTIONAL, TCK_IN_ALL,                                                   \
       "the service of the entity or the action; the first of `services` by default")                          \
    XX(DEFAULTS, "command", VARIABLE, OPTIONAL, TCK_IN_ENTITY, "the command's name")                           \
    XX(DEFAULTS, "unary", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the method of `unary` steps")                    \
    XX(DEFAULTS, "streamed_in", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the method of `streamed_in` steps")        \
    XX(DEFAULTS, "streamed_out", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the method of `streamed_out` steps")      \
    XX(DEFAULTS, "duplex", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the method of `duplex` steps")                  \
    XX(DEFAULTS, "event", FULL_NAME, OPTIONAL, TCK_IN_ENTITY, "the message type of events")                    \
    XX(DEFAULTS, "snapshot", FULL_NAME, OPTIONAL, TCK_IN_EVENT_SOURCED, "the message type of snapshots; `event` by default") \
    XX(DEFAULTS, "state", FULL_NAME, OPTIONAL, TCK_IN_ENTITY, "the message type of states; `event` by default") \
    XX(DEFAULTS, "target", TARGET, OPTIONAL, TCK_IN_STREAM, "where forwards and side effects go that do not say")  \
    XX(DEFAULTS, "entity", CONVERSATION, OPTIONAL, TCK_IN_ALL, "what a fresh entity id begins with")           \
    XX(TARGET, "service", FULL_NAME, NEEDED, TCK_IN_ALL, "the service")                                        \
    XX(TARGET, "command", VARIABLE, NEEDED, TCK_IN_ALL, "its command")                                         \
    XX(STEP, "on", CONVERSATION, OPTIONAL, TCK_IN_ALL, "which conversation, by a name of your choice; `main` by default") \
    XX(STEP, "within", DURATION, OPTIONAL, TCK_IN_ALL, "how long this step waits")                             \
    XX(STEP, "covers", RULES, OPTIONAL, TCK_IN_ALL, "the rules that this very step proves")                    \
    XX(STEP, "level", LEVEL, OPTIONAL, TCK_IN_ALL, "if this step alone is of another level than the scenario") \
    XX(STEP, "note", TEXT, OPTIONAL, TCK_IN_ALL, "a sentence for `tck explain` and reports")                   \
    XX(ALTERNATIVE, "as", TEXT, NEEDED, TCK_IN_ALL, "how reports name this road")                              \
    XX(ALTERNATIVE, "then", STEPS, OPTIONAL, TCK_IN_ALL, "the steps that follow on this road")                 \
    XX(INIT, "entity", STRING, OPTIONAL, TCK_IN_ENTITY, "the entity's id; $id by default")                     \
    XX(INIT, "service", STRING, OPTIONAL, TCK_IN_ENTITY, "the service; the default one if not said")           \
    XX(INIT, "snapshot", FROM_SNAPSHOT, OPTIONAL, TCK_IN_EVENT_SOURCED, "the snapshot to start from")          \
    XX(INIT, "state", SOME, OPTIONAL, TCK_IN_VALUE_ENTITY, "the state to start from, or `empty` for a state without value") \
    XX(INIT, "delta", FIELDS, OPTIONAL, TCK_IN_CRDT, "the delta to start from")                                \
    XX(FROM_SNAPSHOT, "sequence", NUMBER, NEEDED, TCK_IN_ALL, "the sequence number of the last event in it")   \
    XX(FROM_SNAPSHOT, "value", ANY, NEEDED, TCK_IN_ALL, "the snapshot, a message")                             \
    XX(FAILURE, "description", STRING_PATTERN, NEEDED, TCK_IN_ALL, "what the failure must say")                \
    XX(FAILURE, "restart", BOOLEAN_PATTERN, OPTIONAL, TCK_IN_ALL, "whether a restart is asked for")            \
    XX(BYTES, "hex", HEX, NEEDED, TCK_IN_ALL, "the bytes as pairs of hexadecimal digits")                      \
    XX(REPLY, "id", NUMBER_PATTERN, OPTIONAL, TCK_IN_ENTITY, "the command it answers; the oldest unanswered by default") \
    XX(STREAMED_MESSAGE, "id", NUMBER_PATTERN, NEEDED, TCK_IN_ALL, "the streamed command it belongs to")       \
    XX(STREAMED_MESSAGE, "end_stream", FLAG, OPTIONAL, TCK_IN_ALL, "it is the last one")                       \
    XX(CANCELLED, "id", NUMBER_PATTERN, NEEDED, TCK_IN_ALL, "the streamed command that was cancelled")         \
    XX(STREAM_FAILURE, "id", NUMBER_PATTERN, OPTIONAL, TCK_IN_ALL, "the command it is about; 0 if not said")   \
    XX(STREAM_FAILURE, "description", STRING_PATTERN, OPTIONAL, TCK_IN_ALL, "what it says; anything if not said") \
    XX(STREAM_FAILURE, "restart", BOOLEAN_PATTERN, OPTIONAL, TCK_IN_ALL, "whether a restart is asked for")     \
    XX(STATUS, "code", STATUS_NAME, OPTIONAL, TCK_IN_ALL, "the status name")                                   \
    XX(STATUS, "message", STRING_PATTERN, OPTIONAL, TCK_IN_ALL, "the status message")                          \
    XX(CHECK, "value", SOME, NEEDED, TCK_IN_ALL, "what was captured")                                          \
    XX(CHECK, "is", ANY, NEEDED, TCK_IN_ALL, "the pattern it must match")                                      \
    XX(REPEAT, "times", NUMBER, OPTIONAL, TCK_IN_ALL, "how often")                                             \
    XX(REPEAT, "each", LIST, OPTIONAL, TCK_IN_ALL, "once for each of these values")                            \
    XX(REPEAT, "as", VARIABLE, OPTIONAL, TCK_IN_ALL, "the variable that holds the count or the value")         \
    XX(CALL_FAILURE, "code", STATUS_NAME, OPTIONAL, TCK_IN_ALL, "the status name")                             \
    XX(CALL_FAILURE, "description", STRING_PATTERN, OPTIONAL, TCK_IN_ALL, "what the status says")              \
    XX(HTTP, "get", STRING, OPTIONAL, TCK_IN_ALL, "the path of a GET")                                         \
    XX(HTTP, "post", STRING, OPTIONAL, TCK_IN_ALL, "the path of a POST")                                       \
    XX(HTTP, "put", STRING, OPTIONAL, TCK_IN_ALL, "the path of a PUT")                                         \
    XX(HTTP, "delete", STRING, OPTIONAL, TCK_IN_ALL, "the path of a DELETE")                                   \
    XX(HTTP, "patch", STRING, OPTIONAL, TCK_IN_ALL, "the path of a PATCH")                                     \
    XX(PARALLEL, "times", NUMBER, NEEDED, TCK_IN_ALL, "how many clients do the steps")                         \
    XX(PARALLEL, "as", VARIABLE, OPTIONAL, TCK_IN_ALL, "the variable that holds the client's number, from 1")  \
    XX(PARALLEL, "steps", STEPS, NEEDED, TCK_IN_ALL, "the steps of each client")                               \
    XX(MEDDLE, "with", MEDDLE_WITH, NEEDED, TCK_IN_ALL, "what passes: open, init, event, command, reply, answer (any message of the user function), half_close or end; or discovery (the user function's answer to it) or report (of an error, by the proxy)") \
    XX(MEDDLE, "do", MEDDLE_DO, NEEDED, TCK_IN_ALL, "delay, drop, duplicate, alter, merge (another message into it), inject (after it), sever or hold") \
    XX(MEDDLE, "nth", NUMBER, OPTIONAL, TCK_IN_ALL, "the first such thing that it happens to, from 1; 1 by default") \
    XX(MEDDLE, "times", NUMBER, OPTIONAL, TCK_IN_ALL, "how many such things it happens to; 0: all from then on; 1 by default") \
    XX(MEDDLE, "service", STRING, OPTIONAL, TCK_IN_ALL, "the service; the default one if not said")            \
    XX(MEDDLE, "entity", STRING, OPTIONAL, TCK_IN_ENTITY, "the entity's id; $id by default")                   \
    XX(MEDDLE, "call", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the kind of call: unary (by default), streamed_in, streamed_out or duplex") \
    XX(MEDDLE, "command", VARIABLE, OPTIONAL, TCK_IN_ACTION, "the method; the default one of this kind of call if not said") \
    XX(MEDDLE, "contains", STRING, OPTIONAL, TCK_IN_ACTION, "a text that the call's first payload contains; any if not said") \
    XX(MEDDLE, "delay", DURATION, OPTIONAL, TCK_IN_ALL, "delay: for how long")                                 \
    XX(MEDDLE, "message", FIELDS, OPTIONAL, TCK_IN_ALL, "alter, inject: the whole message, in raw form; merge: what is merged into it") \
    XX(MEDDLE, "files", TEXTS, OPTIONAL, TCK_IN_ALL, "merge, with discovery: proto files of the kit that the answer gets, and what they import") \
    XX(MEDDLE, "without_files", TEXTS, OPTIONAL, TCK_IN_ALL, "merge, with discovery: proto files that the answer loses") \
    XX(MEDDLE, "without", TEXTS, OPTIONAL, TCK_IN_ALL, "merge, with discovery: services that the answer loses; globs") \
    XX(MEDDLE, "bytes", BYTES, OPTIONAL, TCK_IN_ALL, "alter, inject: bytes in place of a message")             \
    XX(MEDDLE, "status", STATUS_NAME, OPTIONAL, TCK_IN_ALL, "sever: what the proxy is told; UNAVAILABLE by default") \
    XX(MEDDLE, "text", STRING, OPTIONAL, TCK_IN_ALL, "sever: the text beside the status")                      \
    XX(MEDDLE, "name", CONVERSATION, OPTIONAL, TCK_IN_ALL, "hold: the name for `release`")                     \
    XX(RESTART, "how", HOW, OPTIONAL, TCK_IN_ALL, "kill (at once) or stop (as the system does); stop by default") \
    XX(START, "ready", BOOLEAN, OPTIONAL, TCK_IN_ALL, "false: it is not waited for")                           \
    XX(APART, "from", CONVERSATION, NEEDED, TCK_IN_ALL, "the earlier moment")                                  \
    XX(APART, "to", CONVERSATION, NEEDED, TCK_IN_ALL, "the later moment")                                      \
    XX(APART, "at_least", DURATION, OPTIONAL, TCK_IN_ALL, "the least time between them")                       \
    XX(APART, "at_most", DURATION, OPTIONAL, TCK_IN_ALL, "the most time between them")                         \
    XX(OVERLAP, "service", STRING, OPTIONAL, TCK_IN_ALL, "the service; the default one if not said")           \
    XX(OVERLAP, "entity", STRING, OPTIONAL, TCK_IN_ENTITY, "the entity's id; $id by default")                  \
    XX(OVERLAP, "at_most", NUMBER, NEEDED, TCK_IN_ALL, "how many may be open at once")                         \
    XX(REQUIREMENT, "id", RULE, NEEDED, TCK_IN_ALL, "a stable id, such as ES-SNAPSHOT-1")                      \
    XX(REQUIREMENT, "level", LEVEL, NEEDED, TCK_IN_ALL, "what a breach means")                                 \
    XX(REQUIREMENT, "text", TEXT, NEEDED, TCK_IN_ALL, "the rule as one sentence")                              \
    XX(REQUIREMENT, "source", TEXT, NEEDED, TCK_IN_ALL, "where the protocol says so")                          \
    XX(REQUIREMENT, "judged", BOOLEAN, OPTIONAL, TCK_IN_ALL, "true: a judge checks it in every conversation")

/* The same, of keys that only scenarios of role proxy or pair know. */
#define TCK_PAIR_KEY_MAP(XX)                                                                                   \
    XX(SUITE, "needs", NEEDS, OPTIONAL, TCK_IN_ALL, "what the proxy must have; else the scenarios are skipped") \
    XX(SCENARIO, "needs", NEEDS, OPTIONAL, TCK_IN_ALL, "what it needs besides the suite's")                    \
    XX(DEFAULTS, "method", VARIABLE, OPTIONAL, TCK_IN_ALL, "the method of `call` steps; `command` by default") \
    XX(STEP, "at", CONVERSATION, OPTIONAL, TCK_IN_ALL,                                                         \
       "names the moment at which what this step saw passed; for `order` and `apart`")

/* verb, value, what may stand beside it: expectations, those or `either`, or neither */
#define TCK_VERB_VALUE_MAP(XX)                        \
    XX(INIT, INIT, NEITHER)                           \
    XX(EVENT, SOME, NEITHER)                          \
    XX(COMMAND, ANY, EXPECTATIONS_OR_EITHER)          \
    XX(DELTA, FIELDS, NEITHER)                        \
    XX(DELETE, NOTHING, NEITHER)                      \
    XX(CANCEL, NUMBER_PATTERN, NEITHER)               \
    XX(UNARY, ANY, EXPECTATIONS_OR_EITHER)            \
    XX(STREAMED_IN, NOTHING, NEITHER)                 \
    XX(STREAMED_OUT, ANY, NEITHER)                    \
    XX(DUPLEX, NOTHING, NEITHER)                      \
    XX(MESSAGE, ANY, EXPECTATIONS_OR_EITHER)          \
    XX(SEND, FIELDS, NEITHER)                         \
    XX(SEND_BYTES, BYTES, NEITHER)                    \
    XX(HALF_CLOSE, NOTHING, NEITHER)                  \
    XX(ABORT, NOTHING, NEITHER)                       \
    XX(DISCOVER, OPTIONAL_FIELDS, NEITHER)            \
    XX(REPORT_ERROR, STRING, NEITHER)                 \
    XX(EXPECT, REPLY, EXPECTATIONS)                   \
    XX(STREAMED_MESSAGE, STREAMED_MESSAGE, NEITHER)   \
    XX(CANCELLED, CANCELLED, NEITHER)                 \
    XX(STREAM_FAILURE, STREAM_FAILURE, NEITHER)       \
    XX(RECEIVE, SOME, NEITHER)                        \
    XX(ANY_ORDER, EXPECTING_STEPS, NEITHER)           \
    XX(CLOSED, STATUS, NEITHER)                       \
    XX(ENDED, NOTHING, NEITHER)                       \
    XX(SILENCE, DURATION, NEITHER)                    \
    XX(PASSIVATE, NOTHING, NEITHER)                   \
    XX(EITHER, ALTERNATIVES, NEITHER)                 \
    XX(SET, VARIABLES, NEITHER)                       \
    XX(FRESH, FRESH, NEITHER)                         \
    XX(CHECK, CHECK, NEITHER)                         \
    XX(REPEAT, REPEAT, NEITHER)                       \
    XX(CALL, ANY, NEITHER)                            \
    XX(SAY, ANY, NEITHER)                             \
    XX(END_SAYING, CALL_NAME, NEITHER)                \
    XX(RETURNED, ANY, NEITHER)                        \
    XX(FAILED, CALL_FAILURE, NEITHER)                 \
    XX(HEARS, ANY, NEITHER)                           \
    XX(HUNG_UP, STATUS, NEITHER)                      \
    XX(LEAVE, CALL_NAME, NEITHER)                     \
    XX(QUIET, DURATION, NEITHER)                      \
    XX(HTTP, HTTP, NEITHER)                           \
    XX(REFLECT, NOTHING, NEITHER)                     \
    XX(PARALLEL, PARALLEL, NEITHER)                   \
    XX(REPORTED, STRING_PATTERN, NEITHER)             \
    XX(MEDDLE, MEDDLE, NEITHER)                       \
    XX(RELEASE, CONVERSATION, NEITHER)                \
    XX(REFUSE, BOOLEAN, NEITHER)                      \
    XX(RESTART_PROXY, RESTART, NEITHER)               \
    XX(RESTART_USER_FUNCTION, RESTART, NEITHER)       \
    XX(KILL_PROXY, NOTHING, NEITHER)                  \
    XX(START_PROXY, START, NEITHER)                   \
    XX(ORDER, MOMENTS, NEITHER)                       \
    XX(APART, APART, NEITHER)                         \
    XX(OVERLAP, OVERLAP, NEITHER)

/* verb, key beside it, value, NEEDED or OPTIONAL, meaning */
#define TCK_VERB_KEY_MAP(XX)                                                                                   \
    XX(EVENT, "sequence", NUMBER_PATTERN, OPTIONAL, "its sequence number, in place of the next one")                   \
    XX(COMMAND, "name", STRING, OPTIONAL, "the command's name; the default one if not said")                   \
    XX(COMMAND, "id", NUMBER_PATTERN, OPTIONAL, "the command's id; 1, 2, 3… in this stream by default")                \
    XX(COMMAND, "entity", STRING, OPTIONAL, "the entity's id; that of the stream by default")                  \
    XX(COMMAND, "subscribe", FLAG, OPTIONAL, "sets `streamed`")                                                \
    XX(COMMAND, "metadata", METADATA, OPTIONAL, "the command's metadata")                                      \
    XX(COMMAND, "payload_absent", FLAG, OPTIONAL, "sends no payload at all")                                   \
    XX(CANCEL, "entity", STRING, OPTIONAL, "the entity's id; that of the stream by default")                   \
    XX(UNARY, "name", STRING, OPTIONAL, "the method; the default one if not said")                             \
    XX(UNARY, "service", STRING, OPTIONAL, "the service; the default one if not said")                         \
    XX(UNARY, "contains", STRING, OPTIONAL, "in front of a proxy: a text that the payload contains, to tell the call from others") \
    XX(UNARY, "metadata", METADATA, OPTIONAL, "the call's metadata")                                           \
    XX(STREAMED_IN, "name", STRING, OPTIONAL, "the method; the default one if not said")                       \
    XX(STREAMED_IN, "service", STRING, OPTIONAL, "the service; the default one if not said")                   \
    XX(STREAMED_IN, "metadata", METADATA, OPTIONAL, "the call's metadata")                                     \
    XX(STREAMED_OUT, "name", STRING, OPTIONAL, "the method; the default one if not said")                      \
    XX(STREAMED_OUT, "service", STRING, OPTIONAL, "the service; the default one if not said")                  \
    XX(STREAMED_OUT, "metadata", METADATA, OPTIONAL, "the call's metadata")                                    \
    XX(DUPLEX, "name", STRING, OPTIONAL, "the method; the default one if not said")                            \
    XX(DUPLEX, "service", STRING, OPTIONAL, "the service; the default one if not said")                        \
    XX(DUPLEX, "metadata", METADATA, OPTIONAL, "the call's metadata")                                          \
    XX(MESSAGE, "metadata", METADATA, OPTIONAL, "the message's metadata")                                      \
    XX(DISCOVER, "spec", SOME, OPTIONAL, "a pattern for the EntitySpec")                                       \
    XX(REPEAT, "steps", STEPS, NEEDED, "the steps to repeat")                                                  \
    XX(CALL, "as", CONVERSATION, OPTIONAL, "the call's name; `client` by default")                             \
    XX(CALL, "service", STRING, OPTIONAL, "the service; the default one if not said")                          \
    XX(CALL, "method", STRING, OPTIONAL, "the method; the default one if not said")                            \
    XX(CALL, "metadata", METADATA, OPTIONAL, "request headers")                                                \
    XX(CALL, "deadline", DURATION, OPTIONAL, "how long the client waits in all, told to the proxy")            \
    XX(CALL, "returns", ANY, OPTIONAL, "the one reply; the call ends with OK")                                 \
    XX(CALL, "fails", CALL_FAILURE, OPTIONAL, "how the call fails")                                            \
    XX(SAY, "to", CONVERSATION, OPTIONAL, "the call; `client` by default")                                     \
    XX(RETURNED, "of", CONVERSATION, OPTIONAL, "the call; `client` by default")                                \
    XX(FAILED, "of", CONVERSATION, OPTIONAL, "the call; `client` by default")                                  \
    XX(HEARS, "of", CONVERSATION, OPTIONAL, "the call; `client` by default")                                   \
    XX(HUNG_UP, "of", CONVERSATION, OPTIONAL, "the call; `client` by default")                                 \
    XX(QUIET, "of", CONVERSATION, OPTIONAL, "the call; `client` by default")                                   \
    XX(HTTP, "body", ANY, OPTIONAL, "what is sent, as JSON")                                                   \
    XX(HTTP, "text", STRING, OPTIONAL, "what is sent, as it is")                                               \
    XX(HTTP, "content_type", STRING, OPTIONAL, "application/json by default where something is sent")          \
    XX(HTTP, "headers", HEADERS, OPTIONAL, "request headers")                                                  \
    XX(HTTP, "status", NUMBER_PATTERN, OPTIONAL, "the status of the answer; 200 by default")                   \
    XX(HTTP, "answer", ANY, OPTIONAL, "the JSON of the answer; maps strict, with defaults as the proxy writes them") \
    XX(HTTP, "answer_text", STRING_PATTERN, OPTIONAL, "the whole body of the answer")                          \
    XX(HTTP, "answer_headers", HEADERS, OPTIONAL, "some headers of the answer")                                \
    XX(REFLECT, "services", PATTERNS, OPTIONAL, "the names that it lists")                                     \
    XX(REFLECT, "unknown_symbol", SOME, OPTIONAL, "the answer for a symbol that there is not; in raw form")

/* expectation, value */
#define TCK_EXPECTATION_VALUE_MAP(XX)              \
    XX(REPLY, ANY)                                 \
    XX(FORWARD, ANY)                               \
    XX(FAILURE, FAILURE)                           \
    XX(NO_ACTION, FLAG)                            \
    XX(EFFECTS, PATTERNS)                          \
    XX(EVENTS, PATTERNS)                           \
    XX(SNAPSHOT, ANY)                              \
    XX(UPDATE, ANY)                                \
    XX(DELETED, FLAG)                              \
    XX(WRITE_CONSISTENCY, CONSISTENCY)             \
    XX(STREAMED, FLAG)                             \
    XX(REPLY_METADATA, SOME)

/* Two that no reply can hold at once: a reply has one client action, a state action is one of several. */
#define TCK_EXCLUSION_MAP(XX)                                                          \
    XX(REPLY, FORWARD) XX(REPLY, FAILURE) XX(REPLY, NO_ACTION)                         \
    XX(FORWARD, FAILURE) XX(FORWARD, NO_ACTION) XX(FAILURE, NO_ACTION)                 \
    XX(UPDATE, DELETED)                                                                \
    XX(REPLY_METADATA, FAILURE) XX(REPLY_METADATA, NO_ACTION)

/* The verbs that may be an alternative of `either`, and those that may be elements of `any_order` (bits of verbs). */
#define TCK_V(id) (UINT64_C(1) << TCK_VERB_##id)
#define TCK_ALTERNATIVE_VERBS                                                                                  \
    (TCK_V(STREAM_FAILURE) | TCK_V(STREAMED_MESSAGE) | TCK_V(CANCELLED) | TCK_V(RECEIVE) | TCK_V(CLOSED) |     \
     TCK_V(ENDED) | TCK_V(SILENCE))
#define TCK_ANY_ORDER_VERBS                                                                                    \
    (TCK_V(EXPECT) | TCK_V(STREAM_FAILURE) | TCK_V(STREAMED_MESSAGE) | TCK_V(CANCELLED) | TCK_V(RECEIVE))

#define TCK_MEDDLE_WITH_MAP(XX)                                                                                \
    XX("open") XX("init") XX("event") XX("command") XX("reply") XX("answer") XX("half_close") XX("end") XX("discovery") XX("report")
#define TCK_MEDDLE_DO_MAP(XX)                                                                                  \
    XX("delay") XX("drop") XX("duplicate") XX("alter") XX("merge") XX("inject") XX("sever") XX("hold")
#define TCK_NEED_MAP(XX) XX("durable-store")
#define TCK_HOW_MAP(XX) XX("kill") XX("stop")
#define TCK_CONSISTENCY_MAP(XX) XX("LOCAL") XX("MAJORITY") XX("ALL")
#define TCK_STATUS_NAME_MAP(XX)                                                                                \
    XX("OK") XX("CANCELLED") XX("UNKNOWN") XX("INVALID_ARGUMENT") XX("DEADLINE_EXCEEDED") XX("NOT_FOUND")      \
    XX("ALREADY_EXISTS") XX("PERMISSION_DENIED") XX("RESOURCE_EXHAUSTED") XX("FAILED_PRECONDITION")            \
    XX("ABORTED") XX("OUT_OF_RANGE") XX("UNIMPLEMENTED") XX("INTERNAL") XX("UNAVAILABLE") XX("DATA_LOSS")      \
    XX("UNAUTHENTICATED")

// clang-format on

#define TCK_DEFAULT_TIMEOUT TCK_SECONDS(10)
#define TCK_DEFAULT_WITHIN  TCK_SECONDS(3)
#define TCK_PARALLEL_MAX    200 /* clients of one `parallel` */
#define TCK_STEP_MAX_DEPTH  10  /* of `repeat`, `then` and `any_order` in each other; nobody reads deeper ones */

#define XX(id, ...) TCK_SHAPE_##id,
enum tck_shape { TCK_SHAPE_MAP(XX) TCK_SHAPE_COUNT };
#undef XX
#define XX(id, ...) TCK_VALUE_##id,
enum tck_value { TCK_VALUE_MAP(XX) TCK_VALUE_COUNT };
#undef XX

struct tck_shape_row {
    const char *what;
    unsigned expectations;
};
extern const struct tck_shape_row tck_shapes[TCK_SHAPE_COUNT];

struct tck_value_row {
    const char *takes;
    unsigned kinds;
    enum tck_shape shape;
    enum tck_value element;
};
extern const struct tck_value_row tck_values[TCK_VALUE_COUNT];

/* One key that may stand in a map. */
struct tck_key {
    const char *word;
    enum tck_value value;
    bool needed;
    unsigned protocols, roles;
    int expectation; /* enum tck_expectation, or -1 */
    const char *meaning;
};

/* The keys of a map, or those of a step of this verb besides the verb itself: its own, the common ones, the
 * expectations (and `either`) if it takes them. */
#define TCK_KEYS_MAX 32
struct tck_keys {
    const char *what; /* "a suite", "a 'command' step" */
    int verb;         /* of a step, else -1 */
    enum tck_shape shape;
    struct tck_key items[TCK_KEYS_MAX];
    size_t count;
};
void tck_shape_keys(enum tck_shape shape, struct tck_keys *ret_keys);
void tck_step_keys(enum tck_verb verb, struct tck_keys *ret_keys);
const struct tck_key *tck_keys_find(const struct tck_keys *keys, const char *word);

enum tck_value tck_verb_value(enum tck_verb verb);
/* What may stand beside this verb? */
bool tck_verb_takes_expectations(enum tck_verb verb);
bool tck_verb_takes_either(enum tck_verb verb);
/* -1 if there is no such word. */
int tck_verb_parse(const char *word);
int tck_expectation_parse(const char *word);
/* Protocols that know the expectation. */
unsigned tck_expectation_protocols(enum tck_expectation expectation);
const char *tck_expectation_meaning(enum tck_expectation expectation);

/* The verb beside which this word may stand, or -1: for "'subscribe' belongs to 'command'". */
int tck_verb_of_key(const char *word);
/* What the verb does in a scenario of this role. */
const char *tck_verb_meaning(enum tck_verb verb, enum tck_role role);
/* "user-function", "proxy or pair" */
const char *tck_roles_text(unsigned roles);

extern const char *const tck_consistency_names[];
extern const size_t tck_consistency_count;
extern const char *const tck_status_names[];
extern const size_t tck_status_name_count;

#endif
