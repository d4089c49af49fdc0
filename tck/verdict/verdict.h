/* SPDX-License-Identifier: Apache-2.0
 *
 * verdict/verdict.h — the result model: what the engine found out and every report writer tells.
 *
 * The engine fills results; sinks (terminal, JUnit, JSON, …) are told of events as they happen and see the whole run at
 * its end. Sinks compute no verdicts.
 *
 * Threads: sinks are called by one thread at a time. A result is immutable once scenario_ended was called with it.
 * Memory: a result owns an arena with all of its texts and lives until the run is freed.
 */
#ifndef TCK_VERDICT_VERDICT_H
#define TCK_VERDICT_VERDICT_H

#include <signal.h>

#include "base/arena.h"
#include "base/clock.h"
#include "spec/spec.h"

/* id, word in reports, mark on terminals */
#define TCK_VERDICT_MAP(XX)     \
    XX(PASSED, "passed", "✓")   \
    XX(FAILED, "failed", "✗")   \
    XX(SKIPPED, "skipped", "-") \
    XX(ERRORED, "errored", "!") \
    XX(KNOWN, "known", "≈")

/* Why a verdict is not "passed". id, word, the verdict it leads to; any of these but unexpected-pass can be that of a
 * known failure. */
#define TCK_CAUSE_MAP(XX)                             \
    XX(NONE, "", PASSED)                              \
    XX(DIFFERENCE, "difference", FAILED)              \
    XX(UNEXPECTED, "unexpected-message", FAILED)      \
    XX(UNDECODABLE, "undecodable-message", FAILED)    \
    XX(ENDED, "stream-ended", FAILED)                 \
    XX(RULE, "rule", FAILED)                          \
    XX(CHECK, "check", FAILED)                        \
    XX(UNEXPECTED_PASS, "unexpected-pass", FAILED)    \
    XX(TIMEOUT, "timeout", ERRORED)                   \
    XX(DIED, "candidate-died", ERRORED)               \
    XX(UNREACHABLE, "candidate-unreachable", ERRORED) \
    XX(KIT, "kit", ERRORED)                           \
    XX(SCENARIO, "scenario-mistake", ERRORED)         \
    XX(INTERRUPTED, "interrupted", ERRORED)           \
    XX(NOT_OFFERED, "not-offered", SKIPPED)           \
    XX(NOT_RUN, "not-run", SKIPPED)

/* Whose fault it is, where both a proxy and a user function may be. id, word in reports, how a sentence names it */
#define TCK_BLAME_MAP(XX)                                    \
    XX(NONE, "", "nobody")                                   \
    XX(UNKNOWN, "unknown", "the proxy or the user function") \
    XX(PROXY, "proxy", "the proxy")                          \
    XX(USER_FUNCTION, "user-function", "the user function")

/* What the list of known failures says of a scenario. id, word in reports and in the list */
#define TCK_KNOWN_MAP(XX)  \
    XX(NONE, "")           \
    XX(FAILING, "failing") \
    XX(FLAKY, "flaky")

#define XX(id, ...) TCK_KNOWN_##id,
enum tck_known_kind { TCK_KNOWN_MAP(XX) TCK_KNOWN_COUNT };
#undef XX
#define XX(id, ...) TCK_BLAME_##id,
enum tck_blame { TCK_BLAME_MAP(XX) TCK_BLAME_COUNT };
#undef XX
#define XX(id, ...) TCK_VERDICT_##id,
enum tck_verdict { TCK_VERDICT_MAP(XX) TCK_VERDICT_COUNT };
#undef XX
#define XX(id, ...) TCK_CAUSE_##id,
enum tck_cause { TCK_CAUSE_MAP(XX) TCK_CAUSE_COUNT };
#undef XX

const char *tck_verdict_word(enum tck_verdict verdict);
const char *tck_verdict_mark(enum tck_verdict verdict);
const char *tck_cause_word(enum tck_cause cause);
/* -1 if there is no such word. */
int tck_verdict_parse(const char *word);
int tck_cause_parse(const char *word);
enum tck_verdict tck_cause_verdict(enum tck_cause cause);
const char *tck_known_word(enum tck_known_kind kind);
const char *tck_blame_word(enum tck_blame blame);
const char *tck_blame_text(enum tck_blame blame); /* "the proxy" */

struct tck_result_difference {
    const char *path, *expected, *actual;
};

/* One line of the transcript: a message, half-close, status or an event of ours. */
struct tck_transcript_line {
    int64_t at;               /* since the scenario began */
    const char *conversation; /* the step's `on` */
    const char *arrow;        /* "->" to the candidate, "<-" from it, "--" an event */
    const char *text;         /* one line, printable UTF-8, cut at TCK_TRANSCRIPT_TEXT_MAX bytes */
};
#define TCK_TRANSCRIPT_TEXT_MAX  2000
#define TCK_TRANSCRIPT_LINES_MAX 200 /* the last ones are kept, and how many were before */

/* A breach below the level that fails, or one road of a choice. */
struct tck_remark {
    const char *rule; /* or NULL */
    const char *text;
    enum tck_level level;
};

/* What a list of known failures says of a scenario, and why that does not hold here, if it does not. */
struct tck_known_fact {
    enum tck_known_kind kind;
    struct tck_place place; /* of the entry */
    const char *reason;     /* as the list has it */
    const char *until;      /* the last day of the entry, "2027-03-01", or NULL */
    const char *note;       /* why the entry does not excuse this failure, or no longer holds; or NULL */
};

struct tck_result {
    const struct tck_scenario *scenario;
    enum tck_verdict verdict;
    enum tck_cause cause;
    const char *reason;                 /* one sentence; NULL when passed */
    const char *rule;                   /* id of the rule broken, if one is known */
    enum tck_blame blame;               /* NONE: passed, or there is one candidate only */
    const struct tck_known_fact *known; /* NULL: no list speaks of the scenario, or it was not run to its end */
    struct tck_place step_place;
    size_t step;           /* number of the step, from 1; 0: none */
    const char *step_text; /* the step as one line */
    const struct tck_result_difference *differences;
    size_t difference_count;
    const struct tck_transcript_line *transcript;
    size_t transcript_count, transcript_dropped;
    const struct tck_remark *deviations; /* breaches of `should` and `upstream` that do not fail here */
    size_t deviation_count;
    const struct tck_remark *choices; /* which alternative of each `either` was taken; rule NULL, level may */
    size_t choice_count;
    struct tck_strings entities;  /* ids that were this run of the scenario's alone */
    const char *candidate_output; /* what the candidate printed meanwhile, last lines, or NULL; only when not passed */
    int64_t started;              /* since the run began */
    int64_t duration;
    unsigned repetition; /* with --repeat: from 1 */
    struct tck_arena *arena;
};

/* New and empty (passed). Free with tck_result_free; a run frees those added to it. */
int tck_result_new(const struct tck_scenario *scenario, struct tck_result **ret_result, struct tck_error *err);
void tck_result_free(struct tck_result *result);
TCK_DEFINE_FREEP(struct tck_result, tck_result_free)

/* What discovery told of the candidate; empty strings where it told nothing. */
struct tck_candidate_facts {
    const char *name; /* from the configuration */
    const char *user_function_address, *proxy_address;
    const char *service_name, *service_version, *service_runtime, *library_name, *library_version;
    int protocol_major, protocol_minor;
    const char *output_file;                                    /* where its whole output is kept, or NULL */
    const char *proxy_name, *proxy_version, *proxy_output_file; /* the first two as it names itself in discovery */
    bool user_function_stands_in, proxy_stands_in; /* for what the configuration does not have: not judged by itself */
};

/* Of a scenario that is known to be flaky: how often it did not pass. */
struct tck_flaky_rate {
    const struct tck_scenario *scenario;
    const struct tck_known_fact *fact;
    size_t failed, runs;
};

/* What became of the list of known failures in this run. */
struct tck_run_known {
    const char *file;            /* NULL: there was no list */
    const char *const *troubles; /* entries that show nothing any more, a sentence with its place each */
    size_t trouble_count;
    const struct tck_flaky_rate *rates; /* of the flaky scenarios that were run, in the order of the plan */
    size_t rate_count;
};

struct tck_run {
    const char *kit_version;
    const char *command; /* that a person gives to run against this candidate again, "tck run --config …"; or NULL */
    const char *specs;   /* options that add the specs of this run, "--specs 'mine'", or "" */
    struct tck_candidate_facts candidate;
    uint64_t seed;
    bool shuffled, strict, upstream;
    unsigned jobs;
    struct timespec started_at; /* wall clock */
    int64_t started, duration;  /* monotonic */
    size_t planned;
    struct tck_result *const *results; /* in the order of the plan, owned; NULL entries have not ended yet */
    size_t result_count;               /* == planned (times repetitions) */
    size_t count[TCK_VERDICT_COUNT];
    size_t deviations;
    int interrupted;       /* the signal that ended the run early, or 0 */
    bool candidate_failed; /* could not be started or reached, or died */
    bool kit_failed;
    bool bad_scenario;          /* a scenario has a mistake that only its run could show */
    const char *problem;        /* one sentence for run-wide trouble (candidate did not start, …), or NULL */
    const char *problem_output; /* the candidate's last output then, or NULL */
    struct tck_run_known known; /* filled when the run ends */
    bool unproven;              /* something asked for by name was skipped, or nothing passed */
    struct tck_arena *arena;    /* owns the strings of this struct */
};

/* Does a breach at this level fail, with these flags? */
bool tck_level_fails(enum tck_level level, bool strict, bool upstream);

/* Exit status by precedence: KIT, BAD_INPUT, NO_SHOW, BROKEN, UNPROVEN (any errored scenario, unproven, an entry of the
 * list of known failures that shows nothing any more, or nothing passed or failed as known), OK. */
enum tck_status tck_run_status(const struct tck_run *run);

struct tck_sink;
struct tck_pause; /* verdict/pause.h */
struct tck_sink_methods {
    void (*run_started)(struct tck_sink *sink, const struct tck_run *run);
    void (*scenario_started)(struct tck_sink *sink, const struct tck_run *run, const struct tck_scenario *scenario);
    void (*scenario_ended)(struct tck_sink *sink, const struct tck_run *run, const struct tck_result *result);
    /* The run stands still after a failure (again, where an answer changed something). */
    void (*paused)(struct tck_sink *sink, const struct tck_run *run, const struct tck_pause *pause);
    /* Called in every case, also when interrupted or when the candidate never came. Negative status: could not be
     * written. */
    int (*run_ended)(struct tck_sink *sink, const struct tck_run *run, struct tck_error *err);
    void (*free)(struct tck_sink *sink);
};
/* The first member of every sink. Methods may be NULL. */
struct tck_sink {
    const struct tck_sink_methods *methods;
};

#endif
