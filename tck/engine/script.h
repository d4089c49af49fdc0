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
#define TCK_OP_MAP(XX)                                              \
    XX(SEND, "send a message")                                      \
    XX(SEND_BYTES, "send bytes")                                    \
    XX(HALF_CLOSE, "send nothing more")                             \
    XX(ABORT, "reset the stream")                                   \
    XX(EXPECT, "take what arrives next, and compare")               \
    XX(ANY_ORDER, "take several messages, and find each its match") \
    XX(EITHER, "take what arrives next, and choose a road by it")   \
    XX(DISCOVER, "make a discovery call")                           \
    XX(REPORT_ERROR, "make an error report")                        \
    XX(SET, "bind variables")                                       \
    XX(FRESH, "bind fresh entity ids")                              \
    XX(CHECK, "compare a variable")                                 \
    XX(REPEAT, "perform operations several times")

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

enum tck_awaits { TCK_AWAITS_MESSAGE, TCK_AWAITS_END, TCK_AWAITS_SILENCE };

/* What a message is about, for sentences: "the reply to command 2". %s is the command's id, where there is one. */
#define TCK_ABOUT_MAP(XX)                                            \
    XX(MESSAGE, false, "a message")                                  \
    XX(REPLY, true, "the reply to command")                          \
    XX(RESPONSE, false, "the response of the action")                \
    XX(STREAMED, true, "a streamed message for command")             \
    XX(CANCELLED, true, "the answer to the cancellation of command") \
    XX(FAILURE, false, "a failure of the stream")

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
    const char *as; /* REPEAT: the counter's variable, or NULL */
};

struct tck_script {
    const struct tck_scenario *scenario;
    const struct tck_pool *pool;
    const char *service;       /* default; NULL: none */
    const char *entity_prefix; /* what fresh entity ids begin with */
    struct tck_block block;
};

#endif
