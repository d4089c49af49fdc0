/* SPDX-License-Identifier: Apache-2.0
 *
 * Reports as short texts: a report around scenarios that say only what a test is about.
 */
#ifndef TCK_TESTS_HISTORY_FIXTURE_H
#define TCK_TESTS_HISTORY_FIXTURE_H

#include "history/past.h"

/* One scenario of a report: {SCENARIO("a/b", 1, "failed", "difference", "\"R-1\"", "[\"R-1\"]", "[]")}. rule, requirements and
 * deviations are JSON. It failed in step 3, or in none. */
#define SCENARIO(id, repetition, verdict, cause, rule, requirements, deviations)                              \
    "{\"id\": \"" id "\", \"repetition\": " #repetition ", \"verdict\": \"" verdict "\", \"cause\": \"" cause \
    "\", \"reason\": null, \"rule\": " rule ", \"step\": {\"number\": 3}, \"requirements\": " requirements    \
    ", \"deviations\": " deviations "}"
#define PASSED(id)       SCENARIO(id, 1, "passed", "", "null", "[\"R-1\"]", "[]")
#define FAILED(id, rule) SCENARIO(id, 1, "failed", "difference", "\"" rule "\"", "[\"R-1\"]", "[]")
#define TIMED_OUT(id)    SCENARIO(id, 1, "errored", "timeout", "\"R-1\"", "[\"R-1\"]", "[]")
#define SKIPPED(id)      SCENARIO(id, 1, "skipped", "not-offered", "null", "[\"R-1\"]", "[]")
#define NOT_RUN(id)      SCENARIO(id, 1, "skipped", "not-run", "null", "[\"R-1\"]", "[]")
#define KNOWN(id, rule)  SCENARIO(id, 1, "known", "difference", "\"" rule "\"", "[\"R-1\"]", "[]")

#define REPORT(scenarios)                                                                                            \
    "{\"kit\": {\"name\": \"tck\", \"version\": \"0.1\"}, \"candidate\": {\"name\": \"mine\"}, \"complete\": true, " \
    "\"strict\": false, \"upstream\": false, \"scenarios\": [" scenarios "]}"

/* The report; mistakes fail the test. */
struct tck_past *history_fixture_past(const char *json);

#endif
