/* SPDX-License-Identifier: Apache-2.0
 *
 * judge/judge.h — does one conversation keep the rules that hold in every conversation?
 *
 * A judge is fed what crossed the wire between a proxy and a user function on one stream (or action call), in order,
 * and answers which rules were broken, by which side, and at which message. It sends nothing, waits for nothing and
 * knows no transport: the same judge serves a live run, the tap, a recording and the fuzzer. It says nothing of what a
 * scenario wanted; it knows only the protocol: order of messages, ids echoed, one reply a command, sequences, deltas,
 * half-close.
 *
 *     tck_cleanup(tck_judge_freep) struct tck_judge *judge = NULL;
 *     r = tck_judge_new(TCK_CONVERSATION_EVENT_SOURCED, pool, &judge, err);
 *     tck_judge_message(judge, TCK_TO_USER_FUNCTION, init);
 *     tck_judge_message(judge, TCK_TO_PROXY, reply);
 *     tck_judge_end(judge, &end);                                     // what never came is judged here
 *     for (size_t i = 0; i < tck_judge_breach_count(judge); i++)
 *         … tck_judge_breach(judge, i)->rule …
 *
 * When the proxy's side itself breaks a rule (hostile scenarios do so on purpose), what the user function still owes
 * changes: the judge then asks of it only what holds after a protocol error (an end, at most one failure, no reply as
 * if nothing had happened).
 *
 * Threads: one judge, one thread; any number side by side.
 * Memory: grows with commands still open, not with the length of the stream (commands.h says what is remembered of
 * those that are done); breaches kept: TCK_JUDGE_BREACHES_MAX in all, and the first few of each rule.
 * Rules: the rows of TCK_JUDGE_RULE_MAP; each id is in specs/requirements.yaml with `judged: true`, and a test checks
 * that both lists are the same.
 */
#ifndef TCK_JUDGE_JUDGE_H
#define TCK_JUDGE_JUDGE_H

#include "wire/message.h"

/* id, word, the messages' descriptors are those of the service; half_close: who may half-close first */
#define TCK_CONVERSATION_MAP(XX)                   \
    XX(EVENT_SOURCED, "event-sourced")             \
    XX(VALUE_ENTITY, "value-entity")               \
    XX(CRDT, "crdt")                               \
    XX(ACTION_UNARY, "action unary")               \
    XX(ACTION_STREAMED_IN, "action streamed-in")   \
    XX(ACTION_STREAMED_OUT, "action streamed-out") \
    XX(ACTION_DUPLEX, "action duplex")

#define XX(id, ...) TCK_CONVERSATION_##id,
enum tck_conversation { TCK_CONVERSATION_MAP(XX) TCK_CONVERSATION_COUNT };
#undef XX
const char *tck_conversation_word(enum tck_conversation conversation);

/* Static facts of a kind of conversation: its gRPC method and the compiled types of its messages each way. */
struct tck_conversation_row {
    const char *word;
    const char *method; /* "/cloudstate.crdt.Crdt/handle" */
    const ProtobufCMessageDescriptor *to_user_function, *to_proxy;
    bool proxy_streams, user_function_streams; /* more than one message may go this way */
};
const struct tck_conversation_row *tck_conversation(enum tck_conversation conversation);

enum tck_direction { TCK_TO_USER_FUNCTION, TCK_TO_PROXY };
enum tck_side { TCK_SIDE_PROXY, TCK_SIDE_USER_FUNCTION };
#define TCK_SIDE_COUNT 2

struct tck_breach {
    const char *rule; /* id in requirements.yaml; static */
    enum tck_side by;
    size_t message; /* number of the message in the conversation, both ways counted, from 1; 0: at the end */
    char text[240]; /* what was wrong, with the values: "reply to command 7, which was never sent" */
};

#define TCK_JUDGE_BREACHES_MAX 32

struct tck_judge;

/* pool: to look into payloads where a rule needs it; may be NULL. */
int tck_judge_new(enum tck_conversation conversation, const struct tck_pool *pool, struct tck_judge **ret_judge,
                  struct tck_error *err);
void tck_judge_free(struct tck_judge *judge);
TCK_DEFINE_FREEP(struct tck_judge, tck_judge_free)

/* One message of the compiled type of tck_conversation(…) for that direction. */
void tck_judge_message(struct tck_judge *judge, enum tck_direction direction, const ProtobufCMessage *message);
/* Bytes that are no such message; why: the sentence of the unpacking error. */
void tck_judge_undecodable(struct tck_judge *judge, enum tck_direction direction, const char *why);
/* The proxy's side will send nothing more. */
void tck_judge_half_close(struct tck_judge *judge);

struct tck_conversation_end {
    int code;              /* gRPC status */
    bool by_user_function; /* it ended the stream with this status; false: cancelled, lost, or our deadline */
    bool waited; /* the proxy's side gave it time to end after half-close; false: cut off, so nothing is owed */
};
void tck_judge_end(struct tck_judge *judge, const struct tck_conversation_end *end);

size_t tck_judge_breach_count(const struct tck_judge *judge);
const struct tck_breach *tck_judge_breach(const struct tck_judge *judge, size_t i);
/* Commands sent and not yet answered. */
size_t tck_judge_open_commands(const struct tck_judge *judge);

/* Did memory run out? Then the judge has said nothing since, and what it says is not all. */
bool tck_judge_lost(const struct tck_judge *judge);

/* Every rule that a judge can find broken, for the check against requirements.yaml. */
size_t tck_judge_rule_count(void);
const char *tck_judge_rule(size_t i);

#endif
