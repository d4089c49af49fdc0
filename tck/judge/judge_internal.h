/* SPDX-License-Identifier: Apache-2.0
 *
 * judge/judge_internal.h — what the judges of the four protocols share. For this room alone.
 *
 *     judge.c        takes messages in, dispatches them, keeps the breaches
 *     stream.c       what holds on every stream of an entity: Init, commands, answers, failures, ends
 *     answer.c       what holds for every answer: client action, side effects, metadata
 *     crdt_delta.c   what holds for every delta
 *     …_judge.c      one protocol each
 *
 * Error of the proxy. How much it frees the user function from what it owes has three grades (enum tck_refusal). Most
 * errors can be overlooked by a user function that means well, so it may go on as usual or may end the stream with a
 * failure or error; then no unanswered command counts. After the few that it has to notice (no Init, a second one, a
 * delta of another type) commands that came before may still be answered, later ones may not.
 */
#ifndef TCK_JUDGE_JUDGE_INTERNAL_H
#define TCK_JUDGE_JUDGE_INTERNAL_H

#include "cloudstate/action.pb-c.h"
#include "cloudstate/crdt.pb-c.h"
#include "cloudstate/event_sourced.pb-c.h"
#include "cloudstate/value_entity.pb-c.h"
#include "judge/commands.h"
#include "judge/judge.h"
#include "judge/rules.h"

enum tck_refusal {
    TCK_GOES_ON,     /* the user function owes what it owes */
    TCK_MAY_REFUSE,  /* it may fail and end, or go on */
    TCK_MUST_REFUSE, /* it may not go on as if nothing had happened */
};

/* One breach of a rule is a fact, thirty are noise that hides the breaches of other rules. */
#define TCK_JUDGE_BREACHES_OF_A_RULE 4

struct tck_stream_state {
    bool initialised;
    char *entity_id;                   /* owned; of Init */
    const struct tck_service *service; /* of Init, where the pool knows it */
    bool carries_state;                /* something was given to start from, which may turn out to be unreadable */
    bool commanded;                    /* a command or cancellation was sent */
    bool answered;                     /* an answer was given */
    size_t failures;                   /* of the stream */
    bool failed_whole;                 /* one of them named no command */
    bool restart_asked;                /* by a failure in a reply */
    bool deleted;                      /* CRDT: by either side */
};

struct tck_event_sourced_state {
    int64_t sequence; /* of the snapshot or the last event */
};

struct tck_crdt_state {
    Cloudstate__Crdt__CrdtDelta__DeltaCase type; /* of the value; 0 while there is none */
    bool flag_on;
    bool deleted_by_function;
    size_t late_cancels;    /* cancellations of commands that had ended, to which a response may come or not */
    bool late_cancels_lost; /* more than are kept: responses to such are not judged any more */
};

struct tck_call_state {
    size_t commands, responses;
    bool metadata_first;
    bool unknown;                    /* the service or command does not exist */
    const struct tck_method *method; /* where the pool knows it */
};

struct tck_judge {
    enum tck_conversation conversation;
    const struct tck_pool *pool; /* or NULL */
    size_t message;              /* number of the last one */
    bool half_closed, ended;
    bool ending; /* tck_judge_end() is at work: what is found has no message */
    bool lost;   /* no memory: what is not known cannot be judged */
    enum tck_refusal refusal;
    struct tck_commands commands;
    struct tck_stream_state stream;
    union {
        struct tck_event_sourced_state event_sourced;
        struct tck_crdt_state crdt;
        struct tck_call_state call;
    };
    struct tck_breach breaches[TCK_JUDGE_BREACHES_MAX];
    size_t breach_count;
    unsigned char times[TCK_RULE_COUNT]; /* that each rule was found broken, up to TCK_JUDGE_BREACHES_OF_A_RULE */
};

/* --- judge.c --- */

/* The user function broke the rule, with the message in hand. */
void tck_judge_blame(struct tck_judge *judge, enum tck_judge_rule rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The proxy did. */
void tck_judge_blame_proxy(struct tck_judge *judge, enum tck_refusal refusal, enum tck_judge_rule rule, const char *fmt,
                           ...) __attribute__((format(printf, 4, 5)));
/* Whoever sends that way did. */
void tck_judge_blame_sender(struct tck_judge *judge, enum tck_direction direction, enum tck_refusal refusal,
                            enum tck_judge_rule rule, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A string from the wire for a sentence: quoted, '?' for control characters, cut if it is long. Returns buf. */
#define TCK_SHOWN_SIZE 72
const char *tck_shown(const char *text, char buf[TCK_SHOWN_SIZE]);
/* protobuf-c leaves NULL in messages that were built by hand. */
static inline const char *tck_text(const char *text)
{
    return text ? text : "";
}

/* --- one protocol each --- */

struct tck_judge_protocol {
    void (*from_proxy)(struct tck_judge *judge, const ProtobufCMessage *message);
    void (*from_function)(struct tck_judge *judge, const ProtobufCMessage *message);
    void (*end)(struct tck_judge *judge, const struct tck_conversation_end *end);
    enum tck_judge_rule undecodable, after_end;
};
extern const struct tck_judge_protocol tck_event_sourced_judge, tck_value_entity_judge, tck_crdt_judge,
    tck_action_judge;

/* --- stream.c --- */

/* Init came. false: it came again, and nothing of it counts. */
bool tck_stream_init(struct tck_judge *judge, const char *service_name, const char *entity_id);
/* Anything else came from the proxy: was Init there before? what: "command", "event", … */
bool tck_stream_begun(struct tck_judge *judge, const char *what);
void tck_stream_empty_message(struct tck_judge *judge, enum tck_direction direction);
/* Opens it. NULL: no memory. */
struct tck_command *tck_stream_command(struct tck_judge *judge, const Cloudstate__Command *command);
/* The same for entities that have one command at a time and no streams. */
void tck_stream_serial_command(struct tck_judge *judge, const Cloudstate__Command *command);

/* What all answers have. */
struct tck_answer {
    int64_t id;
    const Cloudstate__ClientAction *action;
    Cloudstate__SideEffect **effects;
    size_t effect_count;
};

/* Any message of the user function: may it say anything now? failure: it is a failure of the stream. */
void tck_stream_speaks(struct tck_judge *judge, bool failure);
/* A reply: the command that it answers (not awaiting any more, not settled), or NULL if it answers none. */
struct tck_command *tck_stream_reply(struct tck_judge *judge, const struct tck_answer *answer);
/* A failure of the stream. */
void tck_stream_failure(struct tck_judge *judge, const Cloudstate__Failure *failure);
void tck_stream_end(struct tck_judge *judge, const struct tck_conversation_end *end);

/* --- answer.c --- */

/* method: what the answer answers, or NULL. what: "reply to command 7". */
void tck_answer_action(struct tck_judge *judge, const Cloudstate__ClientAction *action, int64_t id,
                       const struct tck_method *method, const char *what);
void tck_answer_payload(struct tck_judge *judge, const Cloudstate__Reply *reply, const struct tck_method *method,
                        enum tck_judge_rule absent, enum tck_judge_rule other_type, const char *what);
void tck_answer_forward(struct tck_judge *judge, const Cloudstate__Forward *forward, const char *what);
void tck_answer_effects(struct tck_judge *judge, Cloudstate__SideEffect *const *effects, size_t count,
                        const char *what);

static inline bool tck_action_fails(const Cloudstate__ClientAction *action)
{
    return action && action->action_case == CLOUDSTATE__CLIENT_ACTION__ACTION_FAILURE;
}

/* Is there an Any, and does it say what it holds? */
static inline bool tck_any_typed(const Google__Protobuf__Any *any)
{
    return any && any->type_url && any->type_url[0] != '\0';
}

/* Does the type url name this type? True where it cannot be said: method types of google.protobuf.Any hold any type. */
bool tck_any_is(const Google__Protobuf__Any *any, const ProtobufCMessageDescriptor *type);

/* --- crdt_delta.c --- */

/* A delta of the entity (not one inside a map), from either side. */
void tck_crdt_delta(struct tck_judge *judge, enum tck_direction direction, const Cloudstate__Crdt__CrdtDelta *delta);

#endif
