/* SPDX-License-Identifier: Apache-2.0
 *
 * spec/spec.h — scenarios as data: YAML files to a typed tree.
 *
 * The loader checks all that can be known without descriptors: keys, kinds, verbs and what belongs to them, names,
 * levels, durations, rule ids. Every mistake of every file is reported with file:line:column and what was expected.
 * What messages may hold is checked by engine/compile.h, which knows the descriptors.
 *
 *     r = tck_spec_load_builtin(spec, &errors);
 *     r = tck_spec_load_directory(spec, "my-specs", &errors);
 *
 * The language is described in specs/README.md; the tables below are its single source: loader, "did you mean",
 * specs/schema.json, `tck explain` and shell completion all read them.
 */
#ifndef TCK_SPEC_SPEC_H
#define TCK_SPEC_SPEC_H

#include "base/clock.h"
#include "wire/tree.h"

// clang-format off

/* id, word, meaning */
#define TCK_ROLE_MAP(XX)                                                        \
    XX(USER_FUNCTION, "user-function", "the kit plays the proxy")               \
    XX(PROXY, "proxy", "our user function stands behind the candidate")         \
    XX(PAIR, "pair", "the kit is the client in front, and the tap between")
#define TCK_PROTOCOL_MAP(XX)                                                    \
    XX(DISCOVERY, "discovery", "cloudstate.EntityDiscovery")                    \
    XX(EVENT_SOURCED, "event-sourced", "cloudstate.eventsourced.EventSourced")  \
    XX(VALUE_ENTITY, "value-entity", "cloudstate.valueentity.ValueEntity")      \
    XX(CRDT, "crdt", "cloudstate.crdt.Crdt")                                    \
    XX(ACTION, "action", "cloudstate.action.ActionProtocol")
#define TCK_LEVEL_MAP(XX)                                                       \
    XX(MUST, "must", "a breach fails")                                          \
    XX(SHOULD, "should", "a breach fails under --strict")                       \
    XX(MAY, "may", "the choice is recorded and never fails")                    \
    XX(UPSTREAM, "upstream", "the original kit insists on it, the protocol does not")

/* Which protocols a verb belongs to (bits of 1 << enum tck_protocol). */
#define TCK_IN_ALL 0x1f
#define TCK_IN_DISCOVERY 0x01
#define TCK_IN_EVENT_SOURCED 0x02
#define TCK_IN_VALUE_ENTITY 0x04
#define TCK_IN_CRDT 0x08
#define TCK_IN_ACTION 0x10
#define TCK_IN_ENTITY (TCK_IN_EVENT_SOURCED | TCK_IN_VALUE_ENTITY | TCK_IN_CRDT)
#define TCK_IN_STREAM (TCK_IN_ENTITY | TCK_IN_ACTION)

/* Which roles a verb is for (bits of 1 << enum tck_role). */
#define TCK_FOR_ALL 0x7
#define TCK_FOR_USER_FUNCTION 0x1
#define TCK_FOR_PAIR 0x6 /* proxy and pair: where the kit stands in front of a proxy, and watches behind it */

/* id, word, protocols, roles, kind, meaning. SENDS, EXPECTS: on a conversation; BOTH: sends, and takes expectations in
 * the same step; CLIENT: in front of the proxy; STAGE: with what is between and behind; PLAIN: with none of them, and
 * without a wait. */
#define TCK_VERB_MAP(XX)                                                                                          \
    XX(INIT, "init", TCK_IN_ENTITY, TCK_FOR_ALL, SENDS, "open the stream of an entity")                           \
    XX(EVENT, "event", TCK_IN_EVENT_SOURCED, TCK_FOR_ALL, SENDS, "replay persisted events")                       \
    XX(COMMAND, "command", TCK_IN_ENTITY, TCK_FOR_ALL, BOTH, "send a command")                                    \
    XX(DELTA, "delta", TCK_IN_CRDT, TCK_FOR_ALL, SENDS, "send a delta of the other replicas")                     \
    XX(DELETE, "delete", TCK_IN_CRDT, TCK_FOR_ALL, SENDS, "say that the entity was deleted")                      \
    XX(CANCEL, "cancel", TCK_IN_CRDT, TCK_FOR_ALL, SENDS, "say that the client of a streamed command went away")  \
    XX(UNARY, "unary", TCK_IN_ACTION, TCK_FOR_ALL, BOTH, "make a unary call")                                     \
    XX(STREAMED_IN, "streamed_in", TCK_IN_ACTION, TCK_FOR_ALL, SENDS, "open a streamed-in call")                  \
    XX(STREAMED_OUT, "streamed_out", TCK_IN_ACTION, TCK_FOR_ALL, SENDS, "open a streamed-out call")               \
    XX(DUPLEX, "duplex", TCK_IN_ACTION, TCK_FOR_ALL, SENDS, "open a call streamed both ways")                     \
    XX(MESSAGE, "message", TCK_IN_ACTION, TCK_FOR_ALL, BOTH, "send one more message on the call")                 \
    XX(SEND, "send", TCK_IN_STREAM, TCK_FOR_ALL, SENDS, "send a message in raw form")                             \
    XX(SEND_BYTES, "send_bytes", TCK_IN_STREAM, TCK_FOR_USER_FUNCTION, SENDS, "send bytes in place of a message") \
    XX(HALF_CLOSE, "half_close", TCK_IN_STREAM, TCK_FOR_ALL, SENDS, "send nothing more")                          \
    XX(ABORT, "abort", TCK_IN_STREAM, TCK_FOR_ALL, SENDS, "reset the stream")                                     \
    XX(DISCOVER, "discover", TCK_IN_ALL, TCK_FOR_ALL, BOTH, "ask for the entities")                               \
    XX(REPORT_ERROR, "report_error", TCK_IN_ALL, TCK_FOR_USER_FUNCTION, SENDS, "report an error to the user function")\
    XX(EXPECT, "expect", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "the next message is this reply")                   \
    XX(STREAMED_MESSAGE, "streamed_message", TCK_IN_CRDT, TCK_FOR_ALL, EXPECTS, "the next message belongs to a streamed command")\
    XX(CANCELLED, "cancelled", TCK_IN_CRDT, TCK_FOR_ALL, EXPECTS, "the next message answers a cancellation")      \
    XX(STREAM_FAILURE, "stream_failure", TCK_IN_ENTITY, TCK_FOR_ALL, EXPECTS, "the next message is a failure of the stream")\
    XX(RECEIVE, "receive", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "the next message, in raw form")                  \
    XX(ANY_ORDER, "any_order", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "the next messages, in any order")            \
    XX(CLOSED, "closed", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "the stream ends with this status")                 \
    XX(ENDED, "ended", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "the stream ends with any status")                    \
    XX(SILENCE, "silence", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "nothing may arrive for so long")                 \
    XX(PASSIVATE, "passivate", TCK_IN_STREAM, TCK_FOR_ALL, BOTH, "half-close; then the stream ends and says nothing more")\
    XX(EITHER, "either", TCK_IN_STREAM, TCK_FOR_ALL, EXPECTS, "one of several answers")                           \
    XX(SET, "set", TCK_IN_ALL, TCK_FOR_ALL, PLAIN, "bind variables")                                              \
    XX(FRESH, "fresh", TCK_IN_ALL, TCK_FOR_ALL, PLAIN, "bind fresh entity ids")                                   \
    XX(CHECK, "check", TCK_IN_ALL, TCK_FOR_ALL, PLAIN, "compare a captured value")                                \
    XX(REPEAT, "repeat", TCK_IN_ALL, TCK_FOR_ALL, PLAIN, "do steps several times")                                \
    XX(CALL, "call", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "begin a call of a client")                                \
    XX(SAY, "say", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the client sends one more message")                         \
    XX(END_SAYING, "end_saying", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the client sends nothing more")               \
    XX(RETURNED, "returned", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the call has this one reply, and ends with OK")   \
    XX(FAILED, "failed", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the call fails with this")                            \
    XX(HEARS, "hears", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the next message that the client hears")                \
    XX(HUNG_UP, "hung_up", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the call ends with this status")                    \
    XX(LEAVE, "leave", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the client cancels its call")                           \
    XX(QUIET, "quiet", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "the client hears nothing for so long")                  \
    XX(HTTP, "http", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "make an HTTP request")                                    \
    XX(REFLECT, "reflect", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "ask the proxy by reflection")                       \
    XX(PARALLEL, "parallel", TCK_IN_ALL, TCK_FOR_PAIR, CLIENT, "clients do these steps at the same time")         \
    XX(REPORTED, "reported", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "the proxy reported this error to the user function")\
    XX(MEDDLE, "meddle", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "interfere with what passes between proxy and user function")\
    XX(RELEASE, "release", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "let go what an interference holds")                  \
    XX(REFUSE, "refuse", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "refuse the connections of the proxy to the user function, or accept them again")\
    XX(RESTART_PROXY, "restart_proxy", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "end the proxy and start it again")       \
    XX(RESTART_USER_FUNCTION, "restart_user_function", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "end the user function and start it again")\
    XX(KILL_PROXY, "kill_proxy", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "kill the proxy")                               \
    XX(START_PROXY, "start_proxy", TCK_IN_ALL, TCK_FOR_PAIR, STAGE, "start the proxy, or wait until it is ready")                      \
    XX(ORDER, "order", TCK_IN_ALL, TCK_FOR_PAIR, PLAIN, "these moments came in this order")                       \
    XX(APART, "apart", TCK_IN_ALL, TCK_FOR_PAIR, PLAIN, "so much time lay between two moments")                   \
    XX(OVERLAP, "overlap", TCK_IN_ALL, TCK_FOR_PAIR, PLAIN, "so many conversations of an entity were open at once")

/* What the verbs of the protocol mean where it is not the kit that speaks: id, meaning */
#define TCK_SEEN_MAP(XX)                                                                                      \
    XX(INIT, "the proxy opens a stream for the entity")                                                       \
    XX(EVENT, "the proxy replays stored events")                                                              \
    XX(COMMAND, "the proxy sends a command")                                                                  \
    XX(DELTA, "the proxy sends a delta of the other replicas")                                                \
    XX(DELETE, "the proxy says that the entity was deleted")                                                  \
    XX(CANCEL, "the proxy says that the client of a streamed command went away")                              \
    XX(UNARY, "the proxy makes a unary call")                                                                 \
    XX(STREAMED_IN, "the proxy opens a streamed-in call")                                                     \
    XX(STREAMED_OUT, "the proxy opens a streamed-out call")                                                   \
    XX(DUPLEX, "the proxy opens a call streamed both ways")                                                   \
    XX(MESSAGE, "the proxy sends one more message on the call")                                               \
    XX(SEND, "the proxy sends a message, in raw form")                                                        \
    XX(HALF_CLOSE, "the proxy sends nothing more")                                                            \
    XX(ABORT, "the proxy resets the stream")                                                                  \
    XX(DISCOVER, "the proxy asked for the entities")                                                          \
    XX(PASSIVATE, "the proxy half-closes; then the stream ends and says nothing more")

/* id, word, protocols, meaning: the expectations on a reply */
#define TCK_EXPECTATION_MAP(XX)                                                                   \
    XX(REPLY, "reply", TCK_IN_STREAM, "a reply with this payload")                                \
    XX(FORWARD, "forward", TCK_IN_STREAM, "a forward with this payload")                          \
    XX(FAILURE, "failure", TCK_IN_STREAM, "a failure with this description")                      \
    XX(NO_ACTION, "no_action", TCK_IN_STREAM, "no client action")                                 \
    XX(EFFECTS, "effects", TCK_IN_STREAM, "these side effects")                                   \
    XX(EVENTS, "events", TCK_IN_EVENT_SOURCED, "these events")                                    \
    XX(SNAPSHOT, "snapshot", TCK_IN_EVENT_SOURCED, "this snapshot")                               \
    XX(UPDATE, "update", TCK_IN_VALUE_ENTITY | TCK_IN_CRDT, "this new state, or delta")           \
    XX(DELETED, "deleted", TCK_IN_VALUE_ENTITY | TCK_IN_CRDT, "the deletion of the entity")       \
    XX(WRITE_CONSISTENCY, "write_consistency", TCK_IN_CRDT, "this write consistency")             \
    XX(STREAMED, "streamed", TCK_IN_CRDT, "acceptance of a streamed command")                     \
    XX(REPLY_METADATA, "reply_metadata", TCK_IN_STREAM, "this metadata")

// clang-format on

#define XX(id, ...) TCK_ROLE_##id,
enum tck_role { TCK_ROLE_MAP(XX) TCK_ROLE_COUNT };
#undef XX
#define XX(id, ...) TCK_PROTOCOL_##id,
enum tck_protocol { TCK_PROTOCOL_MAP(XX) TCK_PROTOCOL_COUNT };
#undef XX
#define XX(id, ...) TCK_LEVEL_##id,
enum tck_level { TCK_LEVEL_MAP(XX) TCK_LEVEL_COUNT };
#undef XX
#define XX(id, ...) TCK_VERB_##id,
enum tck_verb { TCK_VERB_MAP(XX) TCK_VERB_COUNT };
#undef XX
#define XX(id, ...) TCK_EXPECTATION_##id,
enum tck_expectation { TCK_EXPECTATION_MAP(XX) TCK_EXPECTATION_COUNT };
#undef XX

enum tck_verb_kind { TCK_VERB_SENDS, TCK_VERB_EXPECTS, TCK_VERB_BOTH, TCK_VERB_CLIENT, TCK_VERB_STAGE, TCK_VERB_PLAIN };

struct tck_verb_row {
    const char *word;
    unsigned protocols, roles;
    enum tck_verb_kind kind;
    const char *meaning; /* where the kit speaks; see tck_verb_meaning */
};
extern const struct tck_verb_row tck_verbs[TCK_VERB_COUNT];

const char *tck_role_word(enum tck_role role);
const char *tck_protocol_word(enum tck_protocol protocol);
const char *tck_protocol_service(enum tck_protocol protocol); /* "cloudstate.crdt.Crdt" */
const char *tck_level_word(enum tck_level level);
const char *tck_expectation_word(enum tck_expectation expectation);
/* -1 if there is no such word. */
int tck_role_parse(const char *word);
int tck_protocol_parse(const char *word);
int tck_level_parse(const char *word);

struct tck_strings {
    const char *const *items;
    size_t count;
};

/* What a step must see in a reply. Values are the trees as written; NULL where not named. */
struct tck_expectations {
    const struct tck_tree *of[TCK_EXPECTATION_COUNT];
    bool any; /* at least one is named */
};

struct tck_step;

/* What one client of a `parallel` does. */
struct tck_branch {
    const struct tck_step *const *steps;
    size_t step_count;
};

/* One road of an `either`. Exactly one of: expectations.any, or `expects` (a step of an expecting verb). */
struct tck_alternative {
    const char *as;
    struct tck_place place;
    struct tck_expectations expectations;
    const struct tck_step *expects;
    const struct tck_step *const *then;
    size_t then_count;
};

struct tck_step {
    enum tck_verb verb;
    struct tck_place place;
    const struct tck_tree *tree;  /* the whole step as written, for printing and for keys that belong to the verb */
    const struct tck_tree *value; /* of the verb's key */
    const char *on;               /* "main" by default */
    int64_t within;               /* 0: the scenario's */
    int level;                    /* enum tck_level, or -1: the scenario's */
    struct tck_strings covers;
    const char *note;
    const char *at; /* the name of the moment at which what it saw passed, or NULL */
    struct tck_expectations expectations;
    const struct tck_alternative *alternatives; /* of `either`, as verb or as key beside a verb */
    size_t alternative_count;
    const struct tck_step *const *steps; /* of repeat and any_order */
    size_t step_count;
    const struct tck_branch *branches; /* of parallel; with {times, steps}: one */
    size_t branch_count;
};

#define TCK_NEED_DURABLE_STORE "durable-store" /* what the proxy stored outlives its process */

struct tck_suite;

struct tck_scenario {
    const char *id; /* "event-sourced/snapshots/the-fifth-event-brings-a-snapshot" */
    const char *name;
    const char *upstream; /* "event-sourced | model | verify single emitted event", or NULL */
    const char *why;      /* or NULL */
    struct tck_place place;
    const struct tck_suite *suite;
    enum tck_level level;
    struct tck_strings covers, tags, services;
    struct tck_strings needs;        /* TCK_NEED_…: what the configuration must say of the proxy */
    const struct tck_tree *defaults; /* the suite's with the scenario's on top; a map, empty if neither has any */
    const struct tck_tree *row;      /* the row's columns, or NULL */
    int64_t timeout, within;
    bool exclusive;
    const struct tck_step *const *steps;
    size_t step_count;
};

struct tck_suite {
    const char *id; /* "event-sourced/snapshots" */
    const char *title;
    const char *file; /* as given by the user, or "specs/…" for built-in ones */
    struct tck_place place;
    enum tck_role role;
    enum tck_protocol protocol;
    const struct tck_scenario *const *scenarios;
    size_t scenario_count;
};

struct tck_requirement {
    const char *id;   /* "ES-SNAPSHOT-1" */
    const char *text; /* the rule as one sentence */
    enum tck_level level;
    const char *source; /* where the protocol says so */
    bool judged;        /* a judge checks it in every conversation */
    struct tck_place place;
};

/* All suites and the requirements, in one arena. */
struct tck_spec;

int tck_spec_new(struct tck_spec **ret_spec, struct tck_error *err);
void tck_spec_free(struct tck_spec *spec);
TCK_DEFINE_FREEP(struct tck_spec, tck_spec_free)

/* The specs and requirements that the program carries. Mistakes in them are mistakes all the same. */
int tck_spec_load_builtin(struct tck_spec *spec, struct tck_error_list *errors);
/* All *.yaml below a directory, in the order of names; a requirements.yaml in it adds to the catalogue. A suite or a
 * rule with the id of one already loaded replaces it. Symbolic links to directories are not followed. */
int tck_spec_load_directory(struct tck_spec *spec, const char *directory, struct tck_error_list *errors);
/* One file; id is its suite's (for a file given by itself: its name without .yaml). */
int tck_spec_load_file(struct tck_spec *spec, const char *path, const char *id, struct tck_error_list *errors);
/* Text, for tests. */
int tck_spec_parse(struct tck_spec *spec, const char *file, const char *id, struct tck_bytes text,
                   struct tck_error_list *errors);
int tck_spec_parse_requirements(struct tck_spec *spec, const char *file, struct tck_bytes text,
                                struct tck_error_list *errors);
/* After all files are loaded: rule ids exist, names and upstream names are unique. */
int tck_spec_finish(struct tck_spec *spec, struct tck_error_list *errors);

size_t tck_spec_suite_count(const struct tck_spec *spec);
const struct tck_suite *tck_spec_suite(const struct tck_spec *spec, size_t i);
size_t tck_spec_requirement_count(const struct tck_spec *spec);
const struct tck_requirement *tck_spec_requirement(const struct tck_spec *spec, size_t i);
const struct tck_requirement *tck_spec_find_requirement(const struct tck_spec *spec, const char *id);

#endif
