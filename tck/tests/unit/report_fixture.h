/* SPDX-License-Identifier: Apache-2.0
 *
 * A run for the report writers' tests: one result of each verdict, with names and payloads that try to break a
 * document.
 */
#ifndef TCK_TESTS_REPORT_FIXTURE_H
#define TCK_TESTS_REPORT_FIXTURE_H

#include "report/report.h"

/* Control characters, the end of a CDATA section, markup, broken UTF-8, a noncharacter, emoji, terminal escapes. */
#define HOSTILE "a\x01\x1b[31m]]><b attr='\"'>&amp; \xff\xc3 \xef\xbf\xbf 😀 \x7f"

#define REPORT_FIXTURE_RESULTS 5

struct report_fixture {
    struct tck_spec *spec;
    struct tck_run run;
    struct tck_result *results[REPORT_FIXTURE_RESULTS]; /* passed, failed, skipped, errored, known */
};

void report_fixture_init(struct report_fixture *fixture);
void report_fixture_done(struct report_fixture *fixture);
/* Lets a sink see the whole run, as the engine would. Returns what run_ended returned. */
int report_fixture_play(struct report_fixture *fixture, struct tck_sink *sink, struct tck_error *err);

#endif
