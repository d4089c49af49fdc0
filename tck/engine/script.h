/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/script.h — a scenario made ready to run: its steps as operations on conversations.
 *
 * engine/compile.h makes scripts, engine/scenario_run.h performs them. All shorthands are gone: what is sent is a
 * literal of a whole message, what is expected a pattern of a whole message. What only the run knows stands in them as
 * a variable:
 */
#ifndef TCK_ENGINE_SCRIPT_H
#define TCK_ENGINE_SCRIPT_H

#include "judge/judge.h"
#include "spec/spec.h"

/* Bound by the run. Those that begin with '_' belong to the kit: no scenario may bind such a name. */
#define TCK_VAR_ID       "id"        /* the entity id of the scenario */
#define TCK_VAR_SERVICE  "service"   /* the default service */
#define TCK_VAR_COMMAND  "_command"  /* id of the command that is sent, or whose answer is expected */
#define TCK_VAR_ENTITY   "_entity"   /* id of the entity of this conversation */
#define TCK_VAR_SEQUENCE "_sequence" /* of the next event to replay */

/* id, meaning */
#define TCK_OP_MAP(XX)                                                \
    XX(SEND, "send a message")                                        \
    XX(SEND_BYTES, "send bytes")                                      \
    XX(HALF_CLOSE, "send nothing more")                               \
    XX(ABORT, "reset the stream")                                     \
    XX(EXPECT, "take what arrives next, and compare")                 \
    XX(ANY_ORDER, "take several messages, and find each its match")   \
    XX(EITHER, "take what arrives next, and choose a road by it")     \
    XX(DISCOVER, "make a discovery call")                             \
    XX(REPORT_ERROR, "make an error report")                          \
    XX(SET, "bind variables")                                         \
    XX(FRESH, "bind fresh entity ids")                                \
    XX(CHECK, "compare a variable")                                   \
    XX(REPEAT, "perform operations several times")                    \
    XX(SEE, "take what the proxy sent next, and compare")             \
    XX(SEE_DISCOVERY, "compare how the proxy asked for the entities") \
    XX(CALL, "begin a call of a client")                              \
    XX(SAY, "send a message on it")                                   \
    XX(END_SAYING, "send nothing more on it")                         \
    XX(HEAR, "take what the client hears next, and compare")          \
    XX(LEAVE, "cancel it")                                            \
    XX(HTTP, "make an HTTP request, and compare its answer")          \
    XX(REFLECT, "ask by reflection, and compare")                     \
    XX(PARALLEL, "perform blocks at the same time")                   \
    XX(REPORTED, "wait for an error report of the proxy")             \
    XX(MEDDLE, "interfere with what passes")                          \
    XX(RELEASE, "let go what is held")                                \
    XX(REFUSE, "close or open the tap")                               \
    XX(ACT, "end or start processes")                                 \
    XX(ORDER, "compare moments")                                      \
    XX(APART, "compare the time between two moments")                 \
    XX(OVERLAP, "count conversations")

#define XX(id, ...) TCK_OP_##id,
enum tck_op_kind { TCK_OP_MAP(XX) TCK_OP_COUNT };
#undef XX

/* When an operation opens a stream (or call) for its conversation. */
enum tck_opens {
    TCK_OPENS_NEVER,
    TCK_OPENS_FIRST,  /* if the conversation has none yet */
    TCK_OPENS_AGAIN,  /* if it has none, or a step saw the last one end */
    TCK_OPENS_ALWAYS, /* a new one, whatever became of the last */
};

enum tck_awaits {
    TCK_AWAITS_MESSAGE,
    TCK_AWAITS_END,
    TCK_AWAITS_SILENCE,
    TCK_AWAITS_HALF_CLOSE, /* of the proxy, in SEE */
    TCK_AWAITS_RESET,      /* by the proxy, in SEE */
};

/* What a message is about, for sentences: "the reply to command 2". %s is the command's id, where there is one. */
#define TCK_ABOUT_MAP(XX)                                            \
    XX(MESSAGE, false, "a message")                                  \
    XX(REPLY, true, "the reply to command")                          \
    XX(RESPONSE, false, "the response of the action")                \
    XX(STREAMED, true, "a streamed message for command")             \
    XX(CANCELLED, true, "the answer to the cancellation of command") \
    XX(FAILURE, false, "a failure of the stream")                    \
    XX(SEEN_INIT, false, "the proxy's init")                         \
    XX(SEEN_EVENT, false, "an event from the proxy")                 \
    XX(SEEN_COMMAND, true, "the proxy's command")                    \
    XX(SEEN_MESSAGE, false, "a message from the proxy")              \
    XX(HEARD, false, "a message to the client")

#define XX(id, ...) TCK_ABOUT_##id,
enum tck_about { TCK_ABOUT_MAP(XX) TCK_ABOUT_COUNT };
#undef XX

/* One thing that may arrive, and what it must be like. */
struct tck_expected {
    enum tck_awaits awaits;
    enum tck_about about;
    struct tck_place place;
    const struct tck_tree *id;      /* of the command it answers, as written; NULL: the oldest one not answered, or */
    bool latest;                    /* the one sent last */
    const struct tck_tree *pattern; /* MESSAGE: of a message to the proxy */
    const struct tck_tree *code;    /* END: pattern of the status' name; NULL: any status */
    const struct tck_tree *message; /* END: pattern of the status' text; NULL: any */
    int64_t silence;                /* SILENCE: for how long */
};

struct tck_op;
struct tck_block {
    const struct tck_op *ops;
    size_t count;
};

/* Which conversation behind the proxy a SEE waits for, where it opens one. What its trees hold is resolved in the run. */
struct tck_claim {
    const struct tck_tree *service, *entity;
    const char *command;            /* of an action */
    const struct tck_tree *payload; /* of an action: pattern of the first one, or NULL */
    const struct tck_tree
        *contains; /* of an action: a text in its first payload; NULL: one is looked for in the pattern */
};

struct tck_http_step {
    const char *verb;                                                      /* "POST" */
    const struct tck_tree *path, *body, *text, *content_type, *headers;    /* to send; NULL: not said */
    const struct tck_tree *status, *answer, *answer_text, *answer_headers; /* patterns; status is always there */
};

struct tck_meddle_step {
    enum tck_conversation conversation;
    const struct tck_tree *service, *entity, *contains; /* resolved in the run */
    const char *command;
    const struct tck_tree *message; /* literal, or NULL */
    const ProtobufCMessageDescriptor *type;
    const char *with, *way, *status, *name;
    const struct tck_tree *text;
    struct tck_bytes bytes;
    unsigned nth, times;
    int64_t delay;
    const struct tck_tree *files, *without_files, *without; /* lists of texts, or NULL */
};

/* One alternative of an EITHER. */
struct tck_road {
    const char *as;
    struct tck_expected expected;
    struct tck_block then;
};

struct tck_op {
    enum tck_op_kind kind;
    const struct tck_step *step; /* which it was made from */
    size_t number;               /* of the scenario's step, from 1; steps inside others have the outer one's */
    const char *on;
    enum tck_conversation conversation;
    enum tck_opens opens;
    const struct tck_tree *tree;    /* SEND, DISCOVER, REPORT_ERROR: literal; SET, FRESH: a map; CHECK: the value */
    const struct tck_tree *id;      /* SEND of a command or cancellation: its id as written; NULL: the next one */
    const struct tck_tree *pattern; /* DISCOVER: of the EntitySpec, or NULL; CHECK: what the value must be */
    struct tck_bytes bytes;         /* SEND_BYTES */
    const struct tck_expected *expected; /* EXPECT: one; ANY_ORDER: several */
    size_t expected_count;
    const struct tck_road *roads; /* EITHER */
    size_t road_count;
    struct tck_block body; /* REPEAT */
    int64_t times;
    const char *as; /* REPEAT, PARALLEL: the counter's variable, or NULL */

    /* --- in front of a proxy, and behind it --- */
    const struct tck_claim *claim;   /* SEE that opens */
    const char *call;                /* CALL … LEAVE: the call's name; may hold variables */
    const struct tck_method *method; /* CALL, SAY, HEAR */
    const struct tck_tree *metadata; /* CALL: a list of {key, string_value}, or NULL */
    int64_t patience;                /* CALL: what the proxy is told; 0: nothing */
    bool last;                       /* HEAR: then the call ends with OK */
    const struct tck_http_step *http;
    const struct tck_meddle_step *meddle;
    const struct tck_block *branches; /* PARALLEL: one for each client, or one for all (times) */
    size_t branch_count;
    bool flag;                      /* REFUSE: whether; ACT: kill */
    int64_t at_least, at_most;      /* APART; 0: not said */
    const struct tck_tree *service; /* OVERLAP */
};

struct tck_script {
    const struct tck_scenario *scenario;
    const struct tck_pool *pool;
    const char *service;       /* default; NULL: none */
    const char *entity_prefix; /* what fresh entity ids begin with */
    bool ends_user_function;   /* a step does */
    int64_t waits;             /* what its silences and delays come to, once each */
    struct tck_block block;
};

#endif
