/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run_internal.h — one scenario while it runs: what the operations work on.
 *
 * Operations return 0 to go on, TCK_OVER when the scenario is decided (the result is filled), or a negative status of
 * ours.
 */
#ifndef TCK_ENGINE_RUN_INTERNAL_H
#define TCK_ENGINE_RUN_INTERNAL_H

#include <pthread.h>

#include "engine/ledger.h"
#include "engine/scenario_run.h"
#include "seat/observer.h"
#include "seat/protocol_client.h"
#include "seat/service_client.h"
#include "wire/match.h"

#define TCK_OVER 1

/* An entity that is this scenario's alone. */
struct tck_own_entity {
    const char *service, *entity;
    const struct tck_own_entity *next;
};

/* One conversation of the scenario. */
struct tck_talk {
    const char *on;
    struct tck_protocol_client *client; /* the kit is the proxy; owned */
    struct tck_observer *observer;      /* or it watches one; owned */
    struct tck_own_entity of;           /* whom that one is for; an action's has no entity */
    struct tck_ledger ledger;
    bool current;    /* the one that steps on this name speak to; else it only waits for its end */
    size_t breaches; /* how many of the judge's were counted */
    size_t unsent;   /* number of a step whose message found the stream ended, or 0 */
    struct tck_talk *next;
};

/* A call of a client. */
struct tck_client_call {
    const char *name;
    struct tck_service_call *call; /* owned */
    bool current;                  /* the one that steps of this name speak of */
    bool ended;                    /* a step heard the end, or the client left */
    bool streams;                  /* the client may hear many messages */
    struct tck_client_call *next;
};

struct tck_run_arena {
    struct tck_arena *arena;
    struct tck_run_arena *next;
};

/* What a client heard and should not have: where it came from tells whose fault it is. One of the first three. */
struct tck_suspect {
    const struct tck_arrival *arrival;
    const struct tck_tree *json;
    struct tck_bytes text;
    bool failed; /* it says that the command failed */
    bool more;   /* one of several messages: that it does not come may be because it was never said */
};

/* A moment that a step named. */
struct tck_moment {
    const char *name;
    int64_t at;
    const struct tck_moment *next;
};

/* What the clients of a `parallel` share with their scenario. Its address is what tells scenarios apart at the tap. */
struct tck_shared {
    pthread_mutex_t lock;       /* of what follows, and of the result */
    bool decided;               /* the result has its verdict */
    bool doubt;                 /* a client heard what was found: whose fault it is will be looked at */
    struct tck_suspect suspect; /* in that case */
    struct tck_arrival arrival; /* what it points to */
    const struct tck_moment *moments;
    const struct tck_own_entity *own;
};

/* What the steps that look behind the proxy tell of something that a client heard. */
struct tck_inquiry {
    unsigned answers; /* of the user function that were as they should be */
    bool stuck;       /* nothing more can be told */
    bool waits;       /* as the proxy did not do what comes next */
    bool overruled;   /* something was found behind the proxy, and the result tells of that */
};

struct tck_scenario_run {
    struct tck_shared *shared;
    const struct tck_world *world;
    struct tck_channel *channel;
    const struct tck_script *script;
    struct tck_result *result;
    struct tck_arena *arena; /* of messages and the like; the result has its own */
    struct tck_bindings bindings;
    struct tck_recording *recording;
    void *listened; /* of the world's listener */
    struct tck_talk *talks;
    const struct tck_op *op;           /* in hand; NULL after the last */
    int64_t timeout;                   /* what the whole scenario is given */
    int64_t began, deadline;           /* of the whole scenario */
    int64_t until;                     /* of the step in hand: its own or the scenario's, whichever is first */
    int64_t patience;                  /* what the step was given, for sentences */
    enum tck_blame blame;              /* whose fault it is if the step finds something now */
    const struct tck_suspect *suspect; /* of the step in hand, or NULL */
    bool is_client;                    /* of a `parallel`: in a thread of its own */
    bool decider;                      /* it was this thread that found what the result tells */
    bool marked;                       /* the step in hand named its moment already */
    struct tck_inquiry *inquiry;       /* into what a client heard; NULL: none */
    bool meddles;                      /* a step interferes: what does not come may be its doing */
    bool watched;                      /* a step waited for a conversation behind the proxy */
    bool refused;                      /* the tap's port is closed */
    bool misled;                       /* a step has the proxy told something else of the user function */
    bool proxy_is_odd;                 /* it is down, or not ready, or serves what it should not */
    size_t report_mark;                /* of the tap, when the scenario began */
    struct tck_client_call *calls;
    struct tck_run_arena *arenas;        /* of clients that are done: what they named and heard lives in them */
    unsigned generation[TCK_SIDE_COUNT]; /* of the sides (enum tck_side), when the scenario began */
    uint64_t output_mark[TCK_SIDE_COUNT];
};

typedef int tck_operation(struct tck_scenario_run *run, const struct tck_op *op, struct tck_error *err);

int tck_run_block(struct tck_scenario_run *run, const struct tck_block *block, struct tck_error *err);

/* --- findings (run_finding.c) --- */

/* Ends the scenario with this cause, unless the level of the step in hand tolerates it: then it is noted as a
 * deviation, and the scenario goes on where the step alone is of that level and nothing is lost by it. match may be
 * NULL; rule NULL: the first that the step covers. Returns 0, TCK_OVER or TCK_KIT. */
int tck_find(struct tck_scenario_run *run, enum tck_cause cause, const char *rule, const struct tck_match *match,
             const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Something that was expected did not come because the stream is gone or silent: tells a dead or unreachable candidate
 * from one that merely ended the stream. status NULL: nothing came in time. */
int tck_find_gone(struct tck_scenario_run *run, enum tck_cause cause, const struct tck_call_status *status,
                  const struct tck_match *match, const char *sentence);
/* Counts the breaches that the judge of this talk found since the last look. Returns 0, TCK_OVER or TCK_KIT. */
int tck_find_breaches(struct tck_scenario_run *run, struct tck_talk *talk);
/* The rule of a new breach that fails, for a finding about the same message; NULL for none. Does not count it. */
const char *tck_new_breach_rule(struct tck_scenario_run *run, const struct tck_talk *talk);
/* Did this side break, on a conversation that was looked at, a rule whose breach fails? */
bool tck_broke_rule(const struct tck_scenario_run *run, enum tck_side by);
/* Notes which road of an `either` was taken. */
int tck_note_choice(struct tck_scenario_run *run, const char *as);
/* Remembers how the sides are, to tell later whether one died, and what it printed since. */
void tck_sides_note(struct tck_scenario_run *run);
/* One more id that this scenario made. */
int tck_result_name_entity(struct tck_scenario_run *run, const char *id, struct tck_error *err);
/* Copies transcript, step and output into the result. */
int tck_result_complete(struct tck_scenario_run *run);
/* A text in the scenario's arena, "" when there is no memory. */
const char *tck_say(struct tck_scenario_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *tck_message_said(struct tck_scenario_run *run, const ProtobufCMessage *message);
const char *tck_status_said(struct tck_scenario_run *run, const struct tck_call_status *status);

/* Did another client find something? */
bool tck_is_decided(struct tck_scenario_run *run);

/* --- conversations (run_talk.c) --- */

/* The conversation of an operation, which an earlier one opened. *ret_talk may be one whose stream has ended. */
int tck_talk_open(struct tck_scenario_run *run, const struct tck_op *op, struct tck_talk **ret_talk,
                  struct tck_error *err);
/* The same, and it is opened if the operation says so. */
int tck_talk_for(struct tck_scenario_run *run, const struct tck_op *op, struct tck_talk **ret_talk,
                 struct tck_error *err);
/* What arrives next: tells the ledger, and ends the scenario when the run is interrupted. */
int tck_talk_take(struct tck_scenario_run *run, struct tck_talk *talk, int64_t until, struct tck_arrival *ret_arrival,
                  struct tck_error *err);
/* After the last step: half-closes all, and looks at what still arrives. */
int tck_talks_drain(struct tck_scenario_run *run, struct tck_error *err);
/* Counts what the judges found until now, in all conversations. Returns 0, TCK_OVER or TCK_KIT. */
int tck_talks_judge(struct tck_scenario_run *run);
void tck_talks_close(struct tck_scenario_run *run);

bool tck_talk_ended(const struct tck_talk *talk);
const struct tck_judge *tck_talk_judge(const struct tck_talk *talk);

/* --- behind a proxy (run_watch.c) --- */

/* Is this a scenario in front of a proxy? */
bool tck_is_watching(const struct tck_scenario_run *run);
/* The conversation that a SEE waits for, as the talk's. Returns as a finding where there is none in time. */
int tck_watch(struct tck_scenario_run *run, const struct tck_op *op, const char *name, struct tck_talk *talk,
              struct tck_error *err);
/* An entity of this scenario alone, if its id shows that it is: the conversations for it are looked at in the end. */
int tck_own(struct tck_scenario_run *run, const char *service, const char *entity, bool fresh, struct tck_error *err);
int tck_watch_drain(struct tck_scenario_run *run, struct tck_talk *talk, struct tck_error *err);
/* Conversations of the scenario's own entities that no step waited for. */
int tck_watch_rest(struct tck_scenario_run *run, struct tck_error *err);
/* Records all that passed, also where no step looks any more. */
void tck_watch_look(struct tck_scenario_run *run);
/* Looks at all conversations of the scenario, so only for a finding that ends it: where the proxy only handed on what the
 * user function said, or waits for it, it is that one's fault; but where the proxy is judged, and an entity was
 * activated anew, nobody knows, as its state is what the proxy said. */
enum tck_blame tck_blame_heard(struct tck_scenario_run *run, const struct tck_suspect *suspect);
bool tck_user_function_spoilt_it(struct tck_scenario_run *run);

/* --- whose fault a finding is (run_inquiry.c) --- */

/* How long a step waits within an inquiry: what it looks for has passed, as its outcome did. */
#define TCK_INQUIRY_PATIENCE TCK_MS(200)

/* After a client heard what it should not: looks behind the proxy, by the steps of the block from `next` on (NULL: there
 * are none), for what was wrong there. What is found first takes the finding's place. Where all is as it should be up to
 * the user function's answer, the fault is the proxy's; where the steps do not tell, the judges or the words do. */
void tck_inquire(struct tck_scenario_run *run, const struct tck_block *block, size_t next);
enum tck_inquiry_step { TCK_INQUIRY_LOOK, TCK_INQUIRY_SKIP, TCK_INQUIRY_STOP };
enum tck_inquiry_step tck_inquiry_step(const struct tck_op *op);

/* --- clients (run_client.c) --- */

/* A text with the variables in it replaced. */
int tck_resolve_text(struct tck_scenario_run *run, const char *text, const char **ret_text, struct tck_error *err);
int tck_resolve_tree_text(struct tck_scenario_run *run, const struct tck_tree *tree, const char **ret_text,
                          struct tck_error *err);
int tck_calls_drain(struct tck_scenario_run *run, struct tck_error *err);
void tck_calls_free(struct tck_scenario_run *run);
void tck_run_arenas_free(struct tck_scenario_run *run);

/* --- moments (run_moments.c) --- */

/* What the step in hand saw passed at this time; the first word of an operation about it is kept. */
int tck_mark(struct tck_scenario_run *run, int64_t at, struct tck_error *err);

/* Puts right what the scenario did to tap and processes. */
void tck_stage_restore(struct tck_scenario_run *run);

/* --- expectations (run_expect.c) --- */

/* Binds what a pattern captured, the nodes in front of `before`, to the scenario. */
int tck_keep_captures(struct tck_scenario_run *run, const struct tck_binding *node, const struct tck_binding *before,
                      struct tck_error *err);
/* "path: expected X, was Y (and 2 more)" */
const char *tck_first_difference(struct tck_scenario_run *run, const struct tck_match *match);
int tck_find_timeout(struct tck_scenario_run *run, const char *wanted, const char *before);
/* The scenario's variables, and those that depend on this conversation. */
int tck_bind_for(struct tck_scenario_run *run, const struct tck_op *op, const struct tck_talk *talk,
                 struct tck_bindings *ret_bindings, struct tck_error *err);

/* An expectation when it is looked at: the id of the command is settled. */
struct tck_wanted {
    const struct tck_expected *expected;
    const struct tck_tree *id; /* bound to TCK_VAR_COMMAND; NULL: none */
};
/* skip: how many commands without an answer are spoken for already. */
int tck_want(struct tck_scenario_run *run, const struct tck_talk *talk, const struct tck_expected *expected,
             size_t skip, struct tck_wanted *ret_wanted, struct tck_error *err);
/* 1: it is what was wanted (captures are kept); 0: it is not, the differences are in match; negative: TCK_BAD_INPUT,
 * TCK_KIT. keep false: captures are forgotten. */
int tck_compare(struct tck_scenario_run *run, const struct tck_wanted *wanted, const struct tck_arrival *arrival,
                bool keep, struct tck_match *match, struct tck_error *err);
const char *tck_wanted_said(struct tck_scenario_run *run, const struct tck_wanted *wanted);
/* Why the arrival is not what was wanted, as a finding. before: how the sentence begins, "" for plainly. */
int tck_find_mismatch(struct tck_scenario_run *run, const struct tck_talk *talk, const struct tck_wanted *wanted,
                      const struct tck_arrival *arrival, const struct tck_match *match, const char *before);

/* --- operations --- */

tck_operation tck_op_send, tck_op_send_bytes, tck_op_half_close, tck_op_abort, tck_op_expect, tck_op_any_order,
    tck_op_either, tck_op_discover, tck_op_report_error, tck_op_set, tck_op_fresh, tck_op_check, tck_op_repeat,
    tck_op_see, tck_op_see_discovery, tck_op_call, tck_op_say, tck_op_end_saying, tck_op_hear, tck_op_leave,
    tck_op_http, tck_op_reflect, tck_op_parallel, tck_op_reported, tck_op_meddle, tck_op_release, tck_op_refuse,
    tck_op_act, tck_op_order, tck_op_apart, tck_op_overlap;

#endif
