/* SPDX-License-Identifier: Apache-2.0
 *
 * trace/rejudge.h — a recorded conversation before the judges once more, without a candidate.
 *
 *     r = tck_rejudge("traces/crdt/flag/….jsonl", &options, &rejudged, err);
 *     for (size_t i = 0; i < rejudged->breach_count; i++)
 *         … rejudged->breaches[i].rule …
 *
 * Both directions of each entity conversation and action call are fed to the same judges as in a live run, up to where the
 * kit meddled with it. What the steps of the scenario wanted is not looked at: that is for a run.
 *
 * Threads: any number side by side. Memory: one line, what judges remember, and the breaches.
 */
#ifndef TCK_TRACE_REJUDGE_H
#define TCK_TRACE_REJUDGE_H

#include "trace/reader.h"
#include "verdict/verdict.h"

#define TCK_REJUDGE_STREAMS_MAX  100000 /* of one recording: above what a scenario can open in its time */
#define TCK_REJUDGE_BREACHES_MAX 1000   /* of one recording: nobody reads more */

struct tck_rejudge_options {
    const struct tck_spec *spec;    /* for the levels of rules */
    const struct tck_pool *builtin; /* the kit's own types */
    bool strict, upstream;
};

struct tck_rejudged_breach {
    const char *rule; /* static */
    enum tck_side by;
    enum tck_level level;
    bool ours;      /* by the kit, which had that seat: a scenario does so on purpose */
    bool fails;     /* with the options' flags */
    unsigned line;  /* of the recording; 0: found at its end */
    const char *on; /* the conversation */
    const char *text;
};

struct tck_rejudged {
    const char *scenario;
    enum tck_role role;
    size_t conversations; /* that judges looked at */
    size_t messages;
    const struct tck_rejudged_breach *breaches;
    size_t breach_count, failing;
    bool cut;               /* the recording has no verdict: it was cut off */
    const char *verdict;    /* the recorded one, in words; NULL: cut */
    const char *disagrees;  /* where it and the judges say different things, as a sentence; NULL: they agree */
    const char *types_lack; /* why the candidate's own types are not known here, as a sentence; NULL: nothing lacks */
    struct tck_arena *arena;
};

/* Errors: as tck_trace_reader_open and tck_trace_read; TCK_BAD_INPUT too for more than TCK_REJUDGE_STREAMS_MAX streams. */
int tck_rejudge(const char *path, const struct tck_rejudge_options *options, struct tck_rejudged **ret_rejudged,
                struct tck_error *err);
void tck_rejudged_free(struct tck_rejudged *rejudged); /* takes NULL */
TCK_DEFINE_FREEP(struct tck_rejudged, tck_rejudged_free)

#endif
