/* SPDX-License-Identifier: Apache-2.0
 *
 * history/past.h — a run that is over, from its JSON report (`--json FILE`).
 *
 * Reads what other commands need of a report and checks all of that: a report comes from a disk, a mail or a build server,
 * so nothing in it is believed. What is not asked for (transcripts, differences) is skipped over.
 *
 *     tck_cleanup(tck_past_freep) struct tck_past *past = NULL;
 *     r = tck_past_load("reports/report.json", &past, err);
 *     for (size_t i = 0; i < past->count; i += n)
 *         n = tck_past_group(past, i);            // all repetitions of one scenario
 *
 * Memory: one arena; files above TCK_PAST_CEILING are refused.
 */
#ifndef TCK_HISTORY_PAST_H
#define TCK_HISTORY_PAST_H

#include "verdict/verdict.h"

#define TCK_PAST_CEILING ((size_t)256 << 20)

struct tck_past_result {
    const char *scenario; /* its id */
    unsigned repetition;
    enum tck_verdict verdict;
    enum tck_cause cause;
    const char *reason, *rule;       /* or NULL */
    size_t step;                     /* 0: none */
    struct tck_strings requirements; /* the rules that the scenario proves */
    const struct tck_remark *deviations;
    size_t deviation_count;
};

/* What a result says of the scenario. id, word */
#define TCK_PAST_MAP(XX)                                                                 \
    XX(NOT_RUN, "not run") /* cut off, out of reach, or the kit's or the spec's fault */ \
    XX(SKIPPED, "skipped")                                                               \
    XX(PASSES, "passes") /* also where a list said that it fails */                      \
    XX(FAILS, "fails")   /* failed, errored or known */
#define XX(id, ...) TCK_PAST_##id,
enum tck_past_state { TCK_PAST_MAP(XX) TCK_PAST_STATE_COUNT };
#undef XX

struct tck_past {
    const char *file, *kit_version, *candidate; /* "" where nothing is said */
    bool complete, strict, upstream;
    const struct tck_past_result *results; /* by scenario, then by repetition */
    size_t count;
    struct tck_arena *arena;
};

/* Errors: TCK_BAD_INPUT with the file and, for JSON that is none, line and column, or else the path of what is wrong
 * within the document. */
int tck_past_load(const char *path, struct tck_past **ret_past, struct tck_error *err);
/* Text in place of a file. */
int tck_past_parse(const char *name, struct tck_bytes text, struct tck_past **ret_past, struct tck_error *err);
void tck_past_free(struct tck_past *past);
TCK_DEFINE_FREEP(struct tck_past, tck_past_free)

enum tck_past_state tck_past_state(const struct tck_past_result *result);
const char *tck_past_state_word(enum tck_past_state state);
/* How many results, from the first of them on, are of the same scenario. */
size_t tck_past_group(const struct tck_past *past, size_t first);
/* Of the repetitions of a scenario the one that says most: one that fails, else passes, else was skipped. */
const struct tck_past_result *tck_past_telling(const struct tck_past_result *results, size_t count);

#endif
