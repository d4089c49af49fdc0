/* SPDX-License-Identifier: Apache-2.0
 *
 * engine/run_internal.h — one scenario while it runs: what the operations work on.
 *
 * Operations return 0 to go on, TCK_OVER when the scenario is decided (the result is filled), or a negative status of
 * ours.
 */
#ifndef TCK_ENGINE_RUN_INTERNAL_H
#define TCK_ENGINE_RUN_INTERNAL_H

#include "engine/ledger.h"
#include "engine/scenario_run.h"
#include "seat/protocol_client.h"
#include "wire/match.h"

#define TCK_OVER 1

/* One conversation of the scenario. */
struct tck_talk {
    const char *on;
    struct tck_protocol_client *client; /* owned */
    struct tck_ledger ledger;
    bool current;    /* the one that steps on this name speak to; else it only waits for its end */
    size_t breaches; /* how many of the judge's were counted */
    size_t unsent;   /* number of a step whose message found the stream ended, or 0 */
    struct tck_talk *next;
};

struct tck_scenario_run {
    const struct tck_world *world;
    struct tck_channel *channel;
    const struct tck_script *script;
    struct tck_result *result;
    struct tck_arena *arena; /* of messages and the like; the result has its own */
    struct tck_bindings bindings;
    struct tck_recording *recording;
    struct tck_talk *talks;
    const struct tck_op *op; /* in hand; NULL after the last */
    int64_t timeout;         /* what the whole scenario is given */
    int64_t began, deadline; /* of the whole scenario */
    int64_t until;           /* of the step in hand: its own or the scenario's, whichever is first */
    int64_t patience;        /* what the step was given, for sentences */
    unsigned generation;     /* of the candidate, when the scenario began */
    uint64_t output_mark;
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
/* Notes which road of an `either` was taken. */
int tck_note_choice(struct tck_scenario_run *run, const char *as);
/* Copies transcript, step and output into the result. */
int tck_result_complete(struct tck_scenario_run *run);
/* A text in the scenario's arena, "" when there is no memory. */
const char *tck_say(struct tck_scenario_run *run, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *tck_message_said(struct tck_scenario_run *run, const ProtobufCMessage *message);
const char *tck_status_said(struct tck_scenario_run *run, const struct tck_call_status *status);

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
void tck_talks_close(struct tck_scenario_run *run);

/* --- expectations (run_expect.c) --- */

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
    tck_op_either, tck_op_discover, tck_op_report_error, tck_op_set, tck_op_fresh, tck_op_check, tck_op_repeat;

#endif
