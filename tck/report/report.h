/* SPDX-License-Identifier: Apache-2.0
 *
 * report/report.h — the report writers: terminal, JUnit and JSON, from one result model.
 *
 * Each is a sink (verdict/verdict.h). Files are written whole or not at all, when the run ends; what they say is made
 * fit to be shown, so no name or payload of a candidate can break a document or a terminal. None computes a verdict.
 *
 * Memory: a sink borrows the spec (for the texts of rules) and its options' strings until it is freed.
 */
#ifndef TCK_REPORT_REPORT_H
#define TCK_REPORT_REPORT_H

#include <stdio.h>

#include "verdict/pause.h"

/* JUnit XML as Jenkins' schema has it (reports/junit.xsd): a testsuite a spec file, a testcase a scenario. Errors and
 * failures are told apart: `failure` for a broken rule, `error` where nothing could be judged. */
int tck_junit_sink_new(const char *path, const struct tck_spec *spec, struct tck_sink **ret_sink,
                       struct tck_error *err);

/* One JSON object (reports/report.schema.json). */
int tck_json_sink_new(const char *path, struct tck_sink **ret_sink, struct tck_error *err);

enum tck_verbosity { TCK_QUIET = -1, TCK_NORMAL = 0, TCK_VERBOSE = 1 };

struct tck_terminal_options {
    FILE *results; /* what was found: stdout */
    FILE *talk;    /* progress: stderr */
    bool color;
    bool progress; /* rewrite one line while running (talk is a terminal) */
    bool trace;    /* show the transcript of passed scenarios too */
    enum tck_verbosity verbosity;
};
/* Quiet: the summary line alone. Normal: each scenario that did not pass, with all that is known, and the summary.
 * Verbose: a line for every scenario. */
int tck_terminal_sink_new(const struct tck_terminal_options *options, const struct tck_spec *spec,
                          struct tck_sink **ret_sink, struct tck_error *err);

void tck_sink_free(struct tck_sink *sink);
TCK_DEFINE_FREEP(struct tck_sink, tck_sink_free)

/* All that is known of a result that did not pass, as plain text of several lines: reason, rule with its sentence, step
 * with its place, differences, remarks, the transcript, the candidate's output, and the command
 * that runs it alone. Used by every writer. */
void tck_result_describe(const struct tck_run *run, const struct tck_result *result, const struct tck_spec *spec,
                         struct tck_buffer *out);
/* What a person needs who wants to look at the candidate while the run pauses: why, where each side is, the commands that run
 * a scenario alone against these sides, and how to go on. Several lines of plain text. */
void tck_pause_describe(const struct tck_run *run, const struct tck_pause *pause, struct tck_buffer *out);
/* The transcript alone, a line a message with milliseconds. */
void tck_result_transcript(const struct tck_result *result, struct tck_buffer *out);

#endif
